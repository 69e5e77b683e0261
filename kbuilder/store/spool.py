"""Events on their way to the database: first on disk, so that none is lost while the database is away.

A line is added and synced before whoever sent it is answered. Moving them on takes whole files: one that was moved
just before a crash may be moved again, so an event is kept at least once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from kbuilder.records import dumps, loads
from kbuilder.store.database import Event
from kbuilder.store.locks import Busy, locked
from kbuilder.text import N_

_NAME = "events"
_PATIENCE = 5.0
"""Seconds to wait for another process that adds a line: that takes milliseconds."""


@dataclass(frozen=True)
class Spool:
    """A folder of waiting events."""

    folder: Path

    def add(self, events: Sequence[Event]) -> None:
        """Keep events.

        Raises:
            OSError: the disk does not take them.
        """
        if not events:
            return
        lines = b"".join(dumps(event) + b"\n" for event in events)
        with self._held():
            file = os.open(self.folder / f"{_NAME}.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                _write(file, lines)
            finally:
                os.close(file)

    def waiting(self) -> int:
        """How many events are not in the database yet."""
        return sum(len(_lines(file)) for file in self._files())

    def drain(self, keep: Callable[[Sequence[Event]], None]) -> int:
        """Move on all that waits; how many events. Does nothing while another process does it.

        Args:
            keep: stores events, all or none; whatever it raises leaves them here.
        """
        if not self._files():
            return 0
        try:
            with locked(self.folder / "drain.lock", N_("events being stored")):
                return self._drain(keep)
        except Busy:
            return 0

    def _drain(self, keep: Callable[[Sequence[Event]], None]) -> int:
        with self._held():
            self._close_current()
        moved = 0
        for file in sorted(self.folder.glob(f"{_NAME}-*.jsonl")):
            events = [loads(Event, line) for line in _lines(file)]
            keep(events)
            file.unlink()
            moved += len(events)
        return moved

    def _held(self) -> AbstractContextManager[None]:
        return locked(self.folder / "add.lock", N_("events being added"), _PATIENCE)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob(f"{_NAME}*.jsonl"))

    def _close_current(self) -> None:
        """Give the file that is being written a number: what comes now goes into a new one."""
        current = self.folder / f"{_NAME}.jsonl"
        if current.exists():
            numbers = [int(file.stem.partition("-")[2]) for file in self.folder.glob(f"{_NAME}-*.jsonl")]
            current.rename(self.folder / f"{_NAME}-{max(numbers, default=0) + 1:08d}.jsonl")


def _write(file: int, lines: bytes) -> None:
    """Write whole lines: what a full disk took of them is taken back, and what a crash left of one goes."""
    before = os.fstat(file).st_size
    if before and os.pread(file, 1, before - 1) != b"\n":
        before = os.pread(file, before, 0).rfind(b"\n") + 1
        os.ftruncate(file, before)
    try:
        written = 0
        while written < len(lines):
            written += os.write(file, lines[written:])
        os.fsync(file)
    except OSError:
        os.ftruncate(file, before)
        raise


def _lines(file: Path) -> list[bytes]:
    """The whole lines of a file; a last one that was cut by a crash was never answered for."""
    try:
        return file.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:  # moved on just now
        return []
