"""Temporary files, so that memory does not grow with what is imported."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

from kbuilder.records import Thread, dumps, loads


@contextmanager
def spilled(schema: str) -> Iterator[sqlite3.Connection]:
    """An empty database with these tables, gone at the end.

    It is one transaction that is never committed: nobody reads it afterwards.
    """
    with (
        TemporaryDirectory(prefix="kbuilder-") as folder,
        closing(sqlite3.connect(Path(folder) / "spill.sqlite3", isolation_level=None)) as database,
    ):
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -2000")
        database.executescript(schema)
        database.execute("BEGIN")
        yield database


@contextmanager
def names_seen() -> Iterator[Names]:
    """A set of names that lies on disk."""
    with spilled("CREATE TABLE seen (name TEXT PRIMARY KEY) WITHOUT ROWID") as database:
        yield Names(database)


class Names:
    """Which names have been met."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def is_new(self, name: str) -> bool:
        """Whether a name is met for the first time; from now on it is not."""
        return self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (name,)).rowcount == 1


@contextmanager
def spooled(threads: Iterable[Thread], folder: Path) -> Iterator[Spool]:
    """Threads written to a file of no name below ``folder`` until the last is there; then to be read, repeatedly."""
    with TemporaryFile(dir=folder, prefix="import-") as file:
        file.writelines(dumps(thread) + b"\n" for thread in threads)
        yield Spool(file)


class Spool:
    """Threads in a file, from the first one each time."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[Thread]:
        self._file.seek(0)
        for line in self._file:
            yield loads(Thread, line)
