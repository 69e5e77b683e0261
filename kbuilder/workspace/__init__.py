"""The composition root: opens a knowledge base and wires the rooms, which know nothing of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kbuilder.workspace.workspace import Workspace

__all__ = ["Workspace"]


def __getattr__(name: str) -> object:
    """``Workspace``, imported when it is first asked for: ``kbuilder --help`` does without it."""
    if name == "Workspace":
        from kbuilder.workspace.workspace import Workspace

        return Workspace
    raise AttributeError(name)
