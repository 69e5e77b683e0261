"""Packing: objects that lie about as single files become one pack. It needs no git and survives a kill."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbuilder.errors import KBError
from kbuilder.store.gitobjects import FOLDER, commit_links, entries, object_id, raw
from kbuilder.text import N_

if TYPE_CHECKING:
    from dulwich.repo import Repo

OBJECTS_A_COMMIT = 8
"""Of a verdict: the commit, two files and five folders."""
LONGEST_CHAIN = 50
"""Deltas that stand on one another in a pack; git's own limit."""


def is_due(objects: Path, commits: int) -> bool:
    """Whether as much lies about as so many commits leave, told from one folder of 256, as by ``git gc --auto``."""
    folder = objects / "17"
    return folder.is_dir() and sum(1 for _ in folder.iterdir()) >= commits * OBJECTS_A_COMMIT // 256


def pack(repo: Repo, objects: Path, head: str) -> int:
    """Pack what lies about; how many objects.

    Args:
        objects: the repository's folder of objects.
        head: the commit whose history tells which object is like which.
    """
    _drop_unfinished(objects / "pack")
    loose = _unpacked(repo, objects)
    order = _delta_order(repo, head, loose)
    made = repo.object_store.add_pack_data(len(order), (_packed(repo, key, base) for key, base in order))
    for key in sorted(loose):
        if made is None or object_id(key) not in made:
            raise KBError(N_("The object {key} was not packed."), N_("Check the disk: git fsck"), key=key)
    for key in sorted(loose):
        _drop_single(objects, key)
    return len(loose)


def _unpacked(repo: Repo, objects: Path) -> set[str]:
    """Objects that lie about and are in no pack; those that are in one too are removed."""
    loose = set()
    for key in sorted(_single_objects(objects)):
        if repo.object_store.contains_packed(object_id(key)):
            _drop_single(objects, key)
        else:
            loose.add(key)
    return loose


def _drop_single(objects: Path, key: str) -> None:
    (objects / key[:2] / key[2:]).unlink(missing_ok=True)


def _single_objects(objects: Path) -> Iterator[str]:
    for file in objects.glob("[0-9a-f][0-9a-f]/*"):
        if re.fullmatch(r"[0-9a-f]{38}", file.name):
            yield file.parent.name + file.name


def _drop_unfinished(packs: Path) -> None:
    """Remove what a killed packer left: dulwich's scratch files, and locks on indexes."""
    for pattern in ("tmp*.pack", "*.idx.lock"):
        for left in sorted(packs.glob(pattern)):
            left.unlink(missing_ok=True)


def _delta_order(repo: Repo, head: str, loose: set[str]) -> list[tuple[str, str]]:
    """Every loose object with the one to write it as a difference from, or ``""``; bases come first.

    Each version of a folder or file is a difference from the next newer one, so that the newest is read quickest:
    twenty changed bytes instead of twenty thousand.
    """
    chain: dict[str, int] = {}
    order: list[tuple[str, str]] = []
    folder = lru_cache(maxsize=64)(lambda key: entries(repo, key))

    def emit(key: str, base: str = "") -> None:
        if key in loose and key not in chain:
            depth = chain.get(base, LONGEST_CHAIN) + 1
            chain[key] = depth if depth <= LONGEST_CHAIN else 0
            order.append((key, base if chain[key] else ""))

    def compare(mode: int, new: str, old: str) -> None:
        if new == old or new not in loose:
            return
        emit(new)
        if old:
            emit(old, new)
        if mode != FOLDER:
            return
        before = folder(old) if old else {}
        for name, (kind, key) in folder(new).items():
            former = before.get(name, (0, ""))
            compare(kind, key, former[1] if former[0] == kind else "")

    todo = [head] if head else []
    while todo:
        commit = todo.pop()
        if commit not in loose or commit in chain:
            continue
        emit(commit)
        tree, parents = commit_links(repo, commit)
        reachable = [parent for parent in parents if object_id(parent) in repo.object_store]
        compare(FOLDER, tree, commit_links(repo, reachable[0])[0] if reachable else "")
        todo.extend(reversed(reachable))
    order.extend((key, "") for key in sorted(loose - chain.keys()))
    return order


def _packed(repo: Repo, key: str, base: str) -> Any:
    from dulwich.pack import UnpackedObject, create_delta

    kind, content = repo.object_store.get_raw(object_id(key))
    chunks = list(create_delta(raw(repo, base), bytes(content))) if base else [bytes(content)]
    return UnpackedObject(
        kind,
        sha=bytes.fromhex(key),
        delta_base=bytes.fromhex(base) if base else None,
        decomp_len=sum(map(len, chunks)),
        decomp_chunks=chunks,
    )
