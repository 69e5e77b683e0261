"""Real git, the oracle of the repository that a knowledge base is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from kbuilder.store import git
from kbuilder.store.git import Repository

WHEN = "2026-11-23T20:15:00Z"
ARTICLE = "articles/en/re/reset.md"


def run(root: Path, *words: str) -> str:
    """Real git's answer."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    command = ["git", "-C", str(root), "-c", "user.name=Hand", "-c", "user.email=hand@example.org", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sound(root: Path) -> None:
    """Git finds nothing wrong and nothing left to do."""
    assert run(root, "status", "--porcelain") == ""
    assert run(root, "fsck", "--full", "--strict", "--no-dangling") == ""


def commit(repository: Repository, changes: dict[str, bytes | None], message: str = "A verdict") -> git.Tree:
    return repository.commit(repository.head(), changes, message, "Ada", WHEN)
