"""What is installed is whole: the wheel alone, in an empty folder, runs the demo."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_models_recipes_and_the_site(wheel: Path) -> None:
    """Everything that may be changed without Python is there, and nothing of the tests."""
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {name.removeprefix("kbuilder/_shipped/") for name in names if name.startswith("kbuilder/_shipped/")}
    ours = [
        path.relative_to(ROOT).as_posix()
        for folder in ("pipelines", "site")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    ]
    assert set(ours) <= shipped
    assert {"models/answers.json", "models/minilm.toml", "models/ranker.json"} <= shipped
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


def test_the_wheel_runs_the_demo_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """Import, build, verdicts, publish and three questions, from the installed files alone."""
    installed = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(installed), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(installed), "LC_ALL": "C"}
    where = [sys.executable, "-c", "import kbuilder; print(kbuilder.__file__)"]
    found = subprocess.run(where, check=True, capture_output=True, text=True, env=environment, cwd=empty).stdout
    assert found.startswith(str(installed))
    demo = [sys.executable, "-m", "kbuilder.cli", "demo", "kb", "--recipe", "small"]
    told = subprocess.run(demo, check=True, capture_output=True, text=True, env=environment, cwd=empty).stdout
    assert "212 threads, 166 solved" in told
    assert "silence" in told
    site = empty / "kb" / "_build" / "site" / "public"
    assert (site / "index.html").is_file()
    assert any("durch das Larkspan-Team" in page.read_text("utf-8") for page in site.glob("de/*/index.html"))


def test_git_ignores_nothing_that_ships() -> None:
    """``site/`` stands in many lists of ignored folders; here it is source."""
    files = ["site/templates/base.html", "models/ranker.json", "pipelines/default.toml"]
    ignored = subprocess.run(["git", "-C", str(ROOT), "check-ignore", *files], capture_output=True, check=False)
    assert ignored.returncode == 1
