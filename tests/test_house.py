"""The house: imports go downwards, no room knows another, each outside library has one door."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kbuilder

ROOT = Path(kbuilder.__file__).parent
FLOORS = (
    {"records", "errors", "text", "formulas"},
    {"config", "validation", "resources", "texts", "markup", "pictures", "redact", "chatter", "contrast"},
    {"store", "embedding", "index", "ranking"},
    {"importers", "candidates", "drafting", "review", "suggest", "publish", "insight"},
    {"workspace"},
    {"evaluation", "web", "cli", "demo"},
)
ROOMS = FLOORS[3]
DOORS = {
    "faiss": {"index/vectors.py"},
    "sentence_transformers": {"embedding/"},
    "torch": {"embedding/"},
    "onnxruntime": {"embedding/quick.py"},
    "markdown": {"markup/"},
    "markdown_it": {"markup/"},
    "nh3": {"markup/"},
    "markdownify": {"markup/"},
    "jinja2": {"publish/", "web/", "evaluation/"},
    "sqlalchemy": {
        "store/database.py",
        "store/engine.py",
        "store/people.py",
        "store/askers.py",
        "store/contacts.py",
        "store/migrations/",
    },
    "alembic": {"store/database.py", "store/migrations/"},
    "dulwich": {"store/"},
    "bm25s": {"index/"},
    "openai": {"drafting/llm.py"},
    "pagefind": {"publish/"},
    "yaml": {"store/articles.py"},
    "PIL": {"pictures.py"},
    "argon2": {"workspace/people.py"},
    "authlib": {"workspace/oidc.py"},
    "httpx2": {"workspace/oidc.py"},
    "joserfc": {"workspace/oidc.py"},
    "limits": {"web/desk/throttle.py", "web/api/gate.py", "web/service.py"},
    "jwt": {"workspace/tokens.py"},
    "prometheus_client": {"web/metrics.py"},
    "pickle": set(),
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Each module's path below the package, and its syntax."""
    for file in sorted(ROOT.rglob("*.py")):
        yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    """Dotted names of all imports, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def place(path: str) -> str:
    """The house's name for a module: ``store/git.py`` lies in ``store``."""
    return path.partition("/")[0].removesuffix(".py")


def floor(name: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if name in names)


def own_imports() -> Iterator[tuple[str, str, str]]:
    """``(module, its place, the place that it imports)`` for imports within the package."""
    for path, tree in modules():
        for name in imports(tree):
            parts = name.split(".")
            known = len(parts) > 1 and any(parts[1] in names for names in FLOORS)
            if parts[0] == "kbuilder" and known and path != "__init__.py":
                yield path, place(path), parts[1]


def test_imports_go_downwards_only() -> None:
    """No module imports from a floor above its own."""
    assert [
        (path, there) for path, here, there in own_imports() if here != there and floor(there) > floor(here)
    ] == []


def test_no_room_imports_another() -> None:
    """What passes between rooms is a record."""
    assert [(path, there) for path, here, there in own_imports() if here in ROOMS and there in ROOMS - {here}] == []


def test_each_library_has_one_door() -> None:
    """A library that could be replaced is imported in one place."""
    strays = [
        (path, library)
        for path, tree in modules()
        for library in {name.partition(".")[0] for name in imports(tree)} & DOORS.keys()
        if not any(path.startswith(door) for door in DOORS[library])
    ]
    assert strays == []


def test_only_the_command_line_prints() -> None:
    """Everything else returns what it has to say."""
    calls = [
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert {place(path) for path in calls} == {"cli"}


def test_the_environment_is_read_in_one_place() -> None:
    """Clock and environment come in through ``workspace/environment.py``."""
    readers = {
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv", "now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"os", "datetime", "date"}
    }
    assert readers <= {"workspace/environment.py", "embedding/encoder.py"}


def test_every_package_is_on_a_floor() -> None:
    """A newcomer finds each part of the house in its plan."""
    known = set().union(*FLOORS) | {"__init__", "_shipped"}
    assert {place(path) for path, _ in modules()} <= known


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        (["-c", "import kbuilder"], set()),
        (["-m", "kbuilder.cli", "--help"], {"typer", "click"}),
    ],
)
def test_heavy_libraries_are_imported_where_they_are_used(command: list[str], allowed: set[str]) -> None:
    """``import kbuilder`` and ``kbuilder --help`` load nothing that is slow to load."""
    seen = subprocess.run(
        [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True
    ).stderr
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in seen.splitlines() if "|" in line}
    heavy = {"numpy", "scipy", "sklearn", "torch", "pydantic", "sqlalchemy", "fastapi", "faiss", "jinja2", "rich"}
    assert loaded & (heavy - allowed) == set()
