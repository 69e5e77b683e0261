"""The command line: words in, a :class:`~kbuilder.workspace.Workspace` method called, its result printed.

One module for each kind of work.
"""

from __future__ import annotations

from kbuilder.cli import (  # noqa: F401 - each registers its commands
    answers,
    building,
    candidates,
    clustering,
    contacts,
    demonstrating,
    erasing,
    evaluating,
    history,
    judging,
    keys,
    knowledge,
    learning,
    models,
    people,
    phrasings,
    publishing,
    pushing,
    reviewing,
    rewriting,
    stats,
    suggesting,
    telling,
)
from kbuilder.cli.app import app
from kbuilder.cli.main import main

__all__ = ["app", "main"]
