"""A temporary SQLite file, so that memory does not grow with what is imported."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


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
