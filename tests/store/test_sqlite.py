"""What SQLite refuses, told as what it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kbuilder.errors import KBError
from kbuilder.store.sqlite import refusals


class Kept(KBError):
    """Of one's own."""


def test_a_disk_without_room(tmp_path: Path) -> None:
    """What cannot be written is told with the file."""
    path = tmp_path / "a.sqlite"
    full = pytest.raises(Kept, match=r"a\.sqlite cannot be used: database or disk is full")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        with full, refusals(path, "Again.", Kept):
            connection.execute("CREATE TABLE t (a)")


def test_a_damaged_file(tmp_path: Path) -> None:
    """What to do is told as it was given."""
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"nothing of the kind" * 100)
    with (
        pytest.raises(KBError, match=r"a\.sqlite is damaged: file is not a database") as caught,
        refusals(path, "Delete it."),
        closing(sqlite3.connect(path)) as connection,
    ):
        connection.execute("SELECT * FROM sqlite_master")
    assert caught.value.hint == "Delete it."


def test_a_mistake_of_ours_stays_one(tmp_path: Path) -> None:
    """Too few values for a statement are no fault of a file."""
    with (
        pytest.raises(sqlite3.ProgrammingError),
        refusals(tmp_path / "a.sqlite", "Delete it."),
        closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection,
    ):
        connection.execute("SELECT ?", ())
