"""Locks between processes, which a killed holder never leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kbuilder.errors import Conflict, Said
from kbuilder.text import N_


class Busy(Conflict):
    """Someone else holds a lock."""


@contextmanager
def locked(path: Path, what: str, wait: float = 0) -> Iterator[None]:
    """Hold the lock ``path`` while the block runs.

    Args:
        path: the lock's file; its folder is made.
        what: what holds it, as a message id: "a build".
        wait: seconds to wait for the holder before giving up.

    Raises:
        Busy: someone else holds it.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise Busy(
            N_("Something else is running here: {what} (it holds {path})."),
            N_("Wait until it has finished, or stop it, and try again. A killed one leaves no lock."),
            what=Said(what),
            path=path,
        ) from None
    try:
        yield
    finally:
        lock.release()
