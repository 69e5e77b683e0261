"""Knowledge bases to try things on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kbuilder import Workspace
from kbuilder.workspace.environment import clock as system_clock

THREADS = 71


def few(folder: Path, clock: Callable[[], str] = system_clock) -> Workspace:
    """Every third thread of the example, not imported yet: built in a tenth of the time, and of every kind."""
    kb = Workspace.create(folder, recipe="small", example=True, clock=clock)
    kb.example.write_bytes(b"".join(kb.example.read_bytes().splitlines(keepends=True)[::3]))
    return kb
