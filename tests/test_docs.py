"""The documentation is true: generated pages are fresh, links lead somewhere, every verb and key is told."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest
from pydantic import BaseModel

from kbuilder.config import Config

ROOT = Path(__file__).parents[1]
DOCS = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"])
# Of other projects' or this workplace's world, never to stand in ours. Put together so that they do not stand here.
FORBIDDEN = ["/work/" + "main", "pypi" + ".org", "registry.npm" + "js"]


def script(name: str) -> ModuleType:
    """A script of ``docs/``."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says() -> None:
    """``make docs`` would change nothing, and every table of ``kbuilder.toml`` is told."""
    pages = script("generate").pages()
    for name, text in pages.items():
        assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == text, name
    told = re.findall(r"^## \[+([a-z]+)", pages["kbuilder.toml.md"], re.MULTILINE)
    tables = {name for name, field in Config.model_fields.items() if isinstance(field.default, BaseModel)}
    assert tables <= {*told}


@pytest.mark.parametrize("page", ["tutorial.md", "how-to/import-csv-or-json-lines.md"])
def test_commands_print_what_the_page_shows(page: str) -> None:
    """``make docs`` would change no output on the pages that everything else builds on."""
    file = ROOT / "docs" / page
    assert script("transcripts").renewed(file) == file.read_text(encoding="utf-8")


def test_the_readmes_library_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten lines, as they stand there: threads in, a published site and a suggestion out."""
    code = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[0]
    example = (ROOT / "pipelines" / "example" / "threads.en.jsonl").read_text(encoding="utf-8")
    (tmp_path / "threads.jsonl").write_text(example.replace('"larkspan:', '"forum:'), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert capsys.readouterr().out.startswith("106\n")
    assert len(list((tmp_path / "help" / "articles").rglob("*.md"))) == 10
    assert (tmp_path / "help" / "_build" / "site" / "public" / "index.html").exists()


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Each link within the documents names a file that is there."""
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not urlsplit(target).scheme and not target.startswith("#"):
            assert (page.parent / target.partition("#")[0]).exists(), target


def test_the_readme_shows_the_two_commands() -> None:
    """A newcomer finds them on the first screen, with a picture."""
    first_screen = (ROOT / "README.md").read_text(encoding="utf-8")[:2500]
    assert "make demo" in first_screen
    assert "make test" in first_screen
    assert ".svg" in first_screen or ".png" in first_screen


def test_every_document_is_reached_from_the_readme_or_the_index() -> None:
    """No page of the documentation is lost."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in DOCS:
        name = page.relative_to(ROOT / "docs").as_posix() if page.is_relative_to(ROOT / "docs") else ""
        assert not name or name == "index.md" or f"({name})" in index, name


def test_the_changelog_knows_this_version() -> None:
    """What is released is told to its users."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_project_speaks_of_itself_alone() -> None:
    """No path of a machine and no host of a package registry stands in any file of the project."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], check=True, capture_output=True, text=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert len(files) > 100
    for file in files:
        if file.is_file() and file.suffix != ".png":
            text = file.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in FORBIDDEN if word in text], file


def test_templates_use_what_is_documented_and_all_of_it() -> None:
    """Each name and attribute stands in the reference; each view's field is used by some template."""
    from jinja2 import Environment, meta, nodes

    generate = script("generate")
    environment = Environment()
    environment.filters |= dict.fromkeys(generate.FILTERS, str)
    files = {file.name: file for file in (ROOT / "site" / "templates").iterdir() if file.is_file()}
    assert files.keys() == generate.TEMPLATES.keys()
    used: set[str] = set()
    for name, file in files.items():
        tree = environment.parse(file.read_text(encoding="utf-8"))
        macros = {str(each) for taken in tree.find_all(nodes.FromImport) for each in taken.names}
        macros |= {each.name for each in tree.find_all(nodes.Macro)}
        its_own = {each.name for each in tree.find_all(nodes.Name) if each.ctx == "store"}
        given = {*generate.EVERYWHERE, *generate.TEMPLATES[name], *macros, *its_own, "caller"}
        assert meta.find_undeclared_variables(tree) <= given, name
        used |= {each.attr for each in tree.find_all(nodes.Getattr)}
    text = generate.templates()
    told = set(re.findall(r"`(\w+)`", text))
    pythons_own = {"format", "removesuffix", "index0", "last", "revindex"}
    assert used - told - pythons_own == set()
    tables = text[text.index("\n## Link\n") :]
    fields = set(re.findall(r"^\| `(\w+)` \| `", tables, re.MULTILINE))
    assert len(fields) > 40
    assert fields - used - UNUSED_FIELDS == set()


UNUSED_FIELDS = {"post", "keys"}
"""Of sources: for themes that show more than ours."""
