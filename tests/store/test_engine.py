"""How the database is reached: a file that goes while it is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbuilder.errors import KBError
from kbuilder.store import engine
from kbuilder.store.askers import Askers
from kbuilder.store.database import Database, Event


def kinds(database: Database) -> list[str]:
    return [each.kind for each in Askers(database).events()]


def happened(database: Database, kind: str) -> None:
    database.record_events([Event(time="1", kind=kind, page_view="v")])  # type: ignore[arg-type]


def test_a_file_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    """Nor is an empty one made in its place; once it is back, all is there."""
    file = tmp_path / "kb.sqlite"
    database = Database.open(f"sqlite:///{file}")
    happened(database, "asked")
    aside = [each.rename(each.with_name(f"aside-{each.name}")) for each in tmp_path.iterdir()]
    with pytest.raises(KBError, match="does not answer"):
        happened(database, "opened")
    assert not file.exists()
    for each in aside:
        each.rename(each.with_name(each.name.removeprefix("aside-")))
    happened(database, "helped")
    assert kinds(database) == ["asked", "helped"]
    database.close()


def test_what_is_written_goes_into_the_file_that_is_there(tmp_path: Path) -> None:
    """One that was brought back from a copy is not the one that was opened."""
    file, copy = tmp_path / "kb.sqlite", tmp_path / "copy.sqlite"
    for each in (file, copy):
        made = Database.open(f"sqlite:///{each}")
        happened(made, "asked")
        made.close()
    database = Database.open(f"sqlite:///{file}")
    happened(database, "opened")
    for each in tmp_path.glob("kb.sqlite*"):
        each.unlink()
    copy.rename(file)
    happened(database, "helped")
    database.close()
    again = Database.open(f"sqlite:///{file}")
    assert kinds(again) == ["asked", "helped"]
    again.close()


def test_many_connections_keep_little_of_the_file_in_memory(tmp_path: Path) -> None:
    """What each of them kept would grow with the file, up to some megabytes for each thread of a server."""
    database = Database.open(f"sqlite:///{tmp_path / 'kb.sqlite'}")
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar() == -engine.CACHE_KB
    database.close()
