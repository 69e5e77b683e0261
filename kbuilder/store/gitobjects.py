"""Git's objects as dulwich reads them, by the names that git gives them: hexadecimal ids."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dulwich.objects import ObjectID
    from dulwich.repo import Repo

FOLDER = 0o40000
"""The mode of a folder's entry."""
EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""Git's name of the empty tree, which need not be stored to be meant."""

Entries = dict[str, tuple[int, str]]
"""A folder's names, each with mode and id."""


def object_id(key: str) -> ObjectID:
    """As dulwich wants it."""
    from dulwich.objects import ObjectID

    return ObjectID(key.encode())


def raw(repo: Repo, key: str) -> bytes:
    """What an object holds."""
    return bytes(repo.object_store.get_raw(object_id(key))[1])


def entries(repo: Repo, key: str) -> Entries:
    """A folder's names, each with mode and id."""
    from dulwich.objects import parse_tree

    if key == EMPTY:
        return {}
    return {os.fsdecode(name): (mode, sha.decode()) for name, mode, sha in parse_tree(raw(repo, key), sha_len=20)}


def commit_links(repo: Repo, commit: str) -> tuple[str, list[str]]:
    """A commit's tree and its parents."""
    found: Any = repo.object_store[object_id(commit)]
    return found.tree.decode(), [parent.decode() for parent in found.parents]
