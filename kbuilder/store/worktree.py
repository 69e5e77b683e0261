"""Files in a work tree: told by their content, written whole or not at all, never through a symbolic link."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OTHER = "other"
"""The state of a path on which something stands that is no file: a folder, a link, or what lies below a link."""


@dataclass(frozen=True)
class WorkTree:
    """A knowledge base's files as they lie in its folder, committed or not; a :class:`kbuilder.resources.Tree`."""

    root: Path

    def read(self, path: str) -> bytes | None:
        """The file's content; ``None`` where no file of the folder's own is."""
        return (self.root / path).read_bytes() if state(self.root, path) not in (None, OTHER) else None

    def list(self, prefix: str) -> list[str]:
        """Paths of all files below a folder, sorted."""
        found = (file.relative_to(self.root).as_posix() for file in (self.root / prefix).rglob("*") if file.is_file())
        return sorted(found)


def blob_id(data: bytes) -> str:
    """Git's name of a file's content.

    >>> blob_id(b"")
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def state(root: Path, path: str) -> str | None:
    """What a path of the work tree holds: a blob id, ``None`` for nothing, or :data:`OTHER`."""
    file = root / path
    if any(parent.is_symlink() for parent in _between(root, file)):
        return OTHER
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            return OTHER
        return blob_id(file.read_bytes())
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return OTHER


def replace(file: Path, data: bytes, scratch: Path, *, mode: int = 0o666) -> None:
    """Write a file so that it is there in full or as it was before, also after a power cut.

    Args:
        file: what is written; its folder is made.
        data: the content.
        scratch: a folder on the same file system, where a killed writer may leave a ``tmp-`` file.
        mode: permissions before the umask.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    written = scratch / f"tmp-{secrets.token_hex(8)}"
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(descriptor)
    written.replace(file)


def remove(root: Path, path: str) -> None:
    """Remove a file and the folders that this leaves empty."""
    file = root / path
    file.unlink()
    for folder in _between(root, file):
        try:
            folder.rmdir()
        except OSError:
            return


def clear(scratch: Path) -> None:
    """Remove what killed writers left. Only for the one who holds the lock."""
    for left in sorted(scratch.glob("tmp-*")):
        left.unlink(missing_ok=True)


def _between(root: Path, file: Path) -> Iterator[Path]:
    """The folders above a file, the nearest first, without the root."""
    for parent in file.parents:
        if parent == root:
            return
        yield parent
