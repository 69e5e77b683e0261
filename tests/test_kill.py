"""Kill -9 at any moment: the next run goes on, nothing acknowledged is lost, nothing is half published."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import prepared
import pytest

from kbuilder import Workspace
from kbuilder.records import Draft
from kbuilder.workspace.publishing import differences

MOMENTS = (0.15, 0.55, 0.8, 0.97)
"""Of the time that the work takes undisturbed: when it is killed."""
VERDICTS = """
import sys
from kbuilder import Workspace
from kbuilder.records import Draft
kb = Workspace.open(sys.argv[1])
ready = [item.lineage for item in kb.queue() if isinstance(kb.draft(item.lineage), Draft)]
print("ready", flush=True)
for lineage in ready[:25]:
    print(kb.approve(lineage, editor="ada").id, flush=True)
"""


def cli(kb: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "kbuilder.cli", "-C", str(kb), *words]


def undisturbed(command: Sequence[str]) -> float:
    """Seconds that a command takes when nobody kills it."""
    start = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - start


def killed(command: Sequence[str], after: float) -> str:
    """What a command had printed when it was killed."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        told, _ = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.kill()
        told, _ = process.communicate()
    return told


def git(kb: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(kb), *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A third of the example before its import."""
    return prepared.few(tmp_path_factory.mktemp("empty") / "kb").root


@pytest.fixture(scope="module")
def imported(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The example imported, and how long that takes."""
    root = tmp_path_factory.mktemp("imported") / "kb"
    shutil.copytree(empty, root)
    return root, undisturbed(import_(root))


@pytest.fixture(scope="module")
def built(imported: tuple[Path, float], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The example built, and how long that takes."""
    root = tmp_path_factory.mktemp("built") / "kb"
    shutil.copytree(imported[0], root)
    return root, undisturbed(cli(root, "build"))


def import_(root: Path) -> list[str]:
    return cli(root, "import", "jsonl", str(root / "var" / "example.jsonl"))


def copied(root: Path, folder: Path) -> Path:
    shutil.copytree(root, folder / "kb")
    return folder / "kb"


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_import_goes_on(empty: Path, imported: tuple[Path, float], tmp_path: Path, moment: float) -> None:
    """Run again, it ends with the same threads as one that nobody killed."""
    root = copied(empty, tmp_path)
    killed(import_(root), moment * imported[1])
    subprocess.run(import_(root), check=True, capture_output=True)
    expected, found = Workspace(imported[0]), Workspace(root)
    assert list(found.parts.database.threads()) == list(expected.parts.database.threads())
    assert found.parts.database.count() == prepared.THREADS
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_build_goes_on(
    imported: tuple[Path, float], built: tuple[Path, float], tmp_path: Path, moment: float
) -> None:
    """Run again, it ends with the same generation, and nobody ever sees half of one."""
    root = copied(imported[0], tmp_path)
    killed(cli(root, "build"), moment * built[1])
    half = root / "_build" / "current"
    if half.exists():
        assert (root / "_build" / "generations" / half.read_text().strip() / "manifest.json").exists()
    subprocess.run(cli(root, "build"), check=True, capture_output=True)
    one, two = Workspace(built[0]).generation, Workspace(root).generation
    assert differences(one.folder, two.folder) == []
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize("moment", [0.02, 0.05, 0.1, 0.2, 0.4, 0.7])
def test_no_acknowledged_verdict_is_lost(built: tuple[Path, float], tmp_path: Path, moment: float) -> None:
    """Each verdict that was printed is in git, each article there has its decision, and the work tree is whole."""
    root = copied(built[0], tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", VERDICTS, str(root)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(moment)
    process.kill()
    acknowledged = set(process.stdout.read().split())
    kb = Workspace(root)
    kept = {article.id for article in kb.articles()}
    assert acknowledged <= kept
    assert len(kept) - len(acknowledged) <= 1
    assert kept == {each.article for each in kb.parts.decided.decisions(kb.parts.head())}
    assert git(root, "status", "--porcelain") == ""
    git(root, "fsck", "--strict")
    left = next(i.lineage for i in kb.queue() if isinstance(kb.draft(i.lineage), Draft))
    assert kb.approve(left, editor="ada").lineage == left


@dataclass(frozen=True)
class Publishing:
    """Some articles published and more approved; the site before and after, and the time it takes."""

    root: Path
    before: Path
    after: Path
    seconds: float


@pytest.fixture(scope="module")
def publishing(built: tuple[Path, float], tmp_path_factory: pytest.TempPathFactory) -> Publishing:
    folder = tmp_path_factory.mktemp("publishing")
    root = copied(built[0], folder)
    kb = Workspace(root)
    ready = [item.lineage for item in kb.queue() if isinstance(kb.draft(item.lineage), Draft)]
    for lineage in ready[:3]:
        kb.approve(lineage, editor="ada")
    kb.publish()
    before = shutil.copytree(root / "_build" / "site", folder / "before")
    for lineage in ready[3:6]:
        kb.approve(lineage, editor="ada")
    kb.close()
    clone = copied(root, folder / "reference")
    seconds = undisturbed(cli(clone, "publish"))
    after = clone / "_build" / "site"
    assert differences(before, after) != []
    return Publishing(root, before, after, seconds)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_publish_leaves_the_last_good_site(publishing: Publishing, tmp_path: Path, moment: float) -> None:
    """Readers see the site before or the site after, whole; the next run ends with the same bytes."""
    root = copied(publishing.root, tmp_path)
    killed(cli(root, "publish"), moment * publishing.seconds)
    served = root / "_build" / "site"
    assert differences(served, publishing.before) == [] or differences(served, publishing.after) == []
    subprocess.run(cli(root, "publish"), check=True, capture_output=True)
    assert differences(served, publishing.after) == []
