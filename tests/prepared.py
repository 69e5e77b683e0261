"""Knowledge bases to try things on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from kbuilder import Workspace
from kbuilder.workspace.environment import clock as system_clock

THREADS = 71


def few(folder: Path, clock: Callable[[], str] = system_clock) -> Workspace:
    """Every third thread of the example, not imported yet: built in a tenth of the time, and of every kind."""
    kb = Workspace.create(folder, recipe="small", example=True, clock=clock)
    kb.example.write_bytes(b"".join(kb.example.read_bytes().splitlines(keepends=True)[::3]))
    return kb


def example(temporary: pytest.TempPathFactory, clock: Callable[[], str] = system_clock) -> Workspace:
    """The example, built without a model and not decided on: one's own copy of what one process builds for all."""
    shared = temporary.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with FileLock(shared / "example.lock"):
        if not (shared / "example").exists():
            made = Workspace.create(shared / "making", recipe="small", example=True)
            made.import_threads("jsonl", made.example)
            made.build()
            made.close()
            (shared / "making").rename(shared / "example")
    return Workspace.open(shutil.copytree(shared / "example", temporary.mktemp("example") / "kb"), clock)
