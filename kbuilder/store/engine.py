"""How the database is reached: SQLite by its file, PostgreSQL by its address."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbuilder.errors import KBError
from kbuilder.text import N_

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

BUSY_SECONDS = 30
"""To wait for another writer."""
CACHE_KB = 256
"""Of a connection: what it does not keep, the system does, once for all connections."""
SCRUB_SECONDS = 5.0
"""To wait for readers of what was erased."""


def engine(url: str) -> Engine:
    """What connects to a database.

    Args:
        url: ``sqlite:///PATH`` or ``postgresql://…``.

    Raises:
        KBError: it is neither.
    """
    from sqlalchemy import create_engine, event
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        address = make_url(url)
    except ArgumentError:
        address = None
    if address is None or address.get_backend_name() not in {"sqlite", "postgresql"}:
        raise KBError(
            N_("KBUILDER_DATABASE_URL is no address of a database that kbuilder knows."),
            N_("Expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME."),
        )
    if address.get_backend_name() == "postgresql":
        return create_engine(address.set(drivername="postgresql+psycopg"))
    made = create_engine(address, connect_args={"timeout": BUSY_SECONDS, "isolation_level": None})
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    if address.database:
        _watch(made, Path(address.database))
    return made


def _watch(engine: Engine, file: Path) -> None:
    """Notice that a file is gone, or that another one stands in its place, as one that was brought back from a copy.

    What is written to one that was opened before would be lost with it, without a word.
    """
    from sqlalchemy import event, exc

    opened: list[object] = []

    def identity() -> object:
        try:
            found = file.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def refuse(*_: object) -> None:
        if opened and identity() is None:  # it would be made anew, empty
            raise sqlite3.OperationalError(f"{file.name} is gone")

    def note(_: object, record: Any) -> None:
        record.info["file"] = identity()
        opened.append(True)

    def compare(_: object, record: Any, __: object) -> None:
        if record.info["file"] != identity():
            raise exc.DisconnectionError  # the pool opens it anew

    event.listen(engine, "do_connect", refuse)
    event.listen(engine, "connect", note)
    event.listen(engine, "checkout", compare)


def _prepare_sqlite(connection: Any, _: object) -> None:
    settings = (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "synchronous=FULL",
        f"cache_size=-{CACHE_KB}",
    )
    for setting in settings:
        connection.execute(f"PRAGMA {setting}").close()


def _begin_sqlite(connection: Connection) -> None:
    """Python's own driver begins transactions too late, and never around a table's making."""
    writes = connection.get_execution_options().get("kbuilder_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def scrub_sqlite(engine: Engine) -> bool:
    """Write the file anew and cut its log to nothing; ``False`` if a reader keeps the log."""
    pooled = engine.raw_connection()
    try:
        cursor = pooled.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(SCRUB_SECONDS * 1000)}")
        cursor.execute("VACUUM")
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    finally:
        pooled.invalidate()
