"""Bytes kept by the content that they were made from: vectors, drafts, pages.

One SQLite file that several processes read and write at once. What is put under a key stays until it is deleted:
the first one counts, so that two builds that make a vector at the same moment both go on with the same one.
A space is a name for keys that belong together, such as an embedder's id.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kbuilder.errors import Conflict, KBError, SourceError, StaleError
from kbuilder.store.sqlite import refusals
from kbuilder.text import N_

FORMAT = 1
BUSY_SECONDS = 30.0
"""To wait for another writer, or for readers of what is deleted."""

_MAGIC = b"kbuilder cache\n"
_LENGTHS = struct.Struct(">IQ")
_PARAMETERS = 900
"""Keys in one question to SQLite."""
_LONGEST_KEY = 4096


class Unusable(KBError):
    """A cache can be neither read nor written now: the disk is full, for instance, or the file is damaged."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A file of values by space and key. It is made at first use.

    Each method raises :class:`Unusable` where the disk or the file does not bear it.
    """

    path: Path

    def get(self, space: str, keys: Sequence[str]) -> dict[str, bytes]:
        """The values of those keys that are known, in the order of ``keys``."""
        found: dict[str, bytes] = {}
        with self._open() as connection:
            for start in range(0, len(keys), _PARAMETERS):
                chunk = keys[start : start + _PARAMETERS]
                marks = ",".join("?" * len(chunk))
                query = f"SELECT key, value FROM entries WHERE space = ? AND key IN ({marks})"  # noqa: S608 - marks
                found.update(connection.execute(query, (space, *chunk)))
        return {key: found[key] for key in keys if key in found}

    def put(self, space: str, items: Mapping[str, bytes]) -> None:
        """Keep values, all or none. A key that is known keeps the value that it has."""
        with self._open() as connection, _writing(connection):
            _insert(connection, space, items.items())

    def keys(self, space: str) -> list[str]:
        """All keys of a space, sorted."""
        with self._open() as connection:
            rows = connection.execute("SELECT key FROM entries WHERE space = ? ORDER BY key", (space,))
            return [key for (key,) in rows]

    def spaces(self) -> list[str]:
        """The names of all spaces that hold anything, sorted."""
        with self._open() as connection:
            return [name for (name,) in connection.execute("SELECT DISTINCT space FROM entries ORDER BY space")]

    def delete(self, space: str, keys: Iterable[str]) -> None:
        """Delete values so that no byte of them is left.

        Raises:
            Conflict: a reader kept the log; they are deleted, but the log still holds them.
        """
        with self._open() as connection:
            with _writing(connection):
                connection.executemany(
                    "DELETE FROM entries WHERE space = ? AND key = ?", ((space, key) for key in keys)
                )
            self._scrub(connection)

    def clear(self, space: str) -> None:
        """Delete a whole space so that no byte of it is left.

        Raises:
            Conflict: a reader kept the log; it is deleted, but the log still holds it.
        """
        with self._open() as connection:
            with _writing(connection):
                connection.execute("DELETE FROM entries WHERE space = ?", (space,))
            self._scrub(connection)

    def export(self, space: str, file: Path) -> int:
        """Write a space to one file: the same bytes for the same content, on any machine.

        Returns:
            How many values it holds.
        """
        written = file.with_name(f".{file.name}.{os.getpid()}.part")
        try:
            with self._open() as connection, _reading(connection), written.open("wb") as stream:
                count = _export(connection, space, stream)
            written.replace(file)
        finally:
            written.unlink(missing_ok=True)
        return count

    def import_(self, file: Path) -> tuple[str, int]:
        """Take in what :meth:`export` wrote, all or nothing. Keys that are known keep their values.

        Returns:
            The space, and how many values are new.

        Raises:
            SourceError: the file is no such export, damaged, or of a newer format.
        """
        with self._open() as connection, file.open("rb") as stream, _writing(connection):
            before = connection.total_changes
            reader = _Reader(stream, file)
            space, count = reader.header()
            _insert(connection, space, reader.entries(count))
            reader.end()
            return space, connection.total_changes - before

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection of one's own, so that threads and forks share nothing."""
        with (
            refusals(self.path, N_("Delete it and build again: kbuilder build"), Unusable),
            closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)) as connection,
        ):
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA secure_delete=ON")
            self._prepare(connection)
            yield connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found == 0:
            with _writing(connection):
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS entries"
                    " (space TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (space, key))"
                )
                connection.execute(f"PRAGMA user_version={FORMAT}")
        elif found != FORMAT:
            raise StaleError(
                N_("The cache {path} has format {found}; this kbuilder uses {known}."),
                N_("Delete it and build again: kbuilder build"),
                path=self.path,
                found=found,
                known=FORMAT,
            )

    def _scrub(self, connection: sqlite3.Connection) -> None:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise Conflict(
                N_("The values are deleted, but the log of {path} still holds them: another process reads it."),
                N_("Stop kbuilder serve and any running build, then run the same command again."),
                path=self.path,
            )


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def _reading(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN")
    yield
    connection.execute("COMMIT")


def _insert(connection: sqlite3.Connection, space: str, items: Iterable[tuple[str, bytes]]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO entries VALUES (?, ?, ?)", ((space, key, value) for key, value in items)
    )


# -- the file of an export: magic, one line of JSON, entries in the order of their keys, SHA-256 ------------------


def _export(connection: sqlite3.Connection, space: str, stream: IO[bytes]) -> int:
    (count,) = connection.execute("SELECT count(*) FROM entries WHERE space = ?", (space,)).fetchone()
    checksum = hashlib.sha256()

    def write(data: bytes) -> None:
        checksum.update(data)
        stream.write(data)

    header = {"format": FORMAT, "space": space, "count": count}
    write(_MAGIC + json.dumps(header, ensure_ascii=False, sort_keys=True).encode() + b"\n")
    rows = connection.execute("SELECT key, value FROM entries WHERE space = ? ORDER BY key", (space,))
    for key, value in rows:
        name = key.encode()
        write(_LENGTHS.pack(len(name), len(value)) + name + value)
    stream.write(checksum.digest())
    return int(count)


@dataclass(slots=True)
class _Reader:
    """Reads an export, and counts the bytes into its checksum."""

    stream: IO[bytes]
    file: Path
    checksum: hashlib._Hash | None = None

    def header(self) -> tuple[str, int]:
        """Space and number of entries."""
        self.checksum = hashlib.sha256()
        if self._read(len(_MAGIC)) != _MAGIC:
            raise self._fault(N_("{file} is no export of vectors."))
        line = self.stream.readline(_LONGEST_KEY)
        self.checksum.update(line)
        try:
            header = json.loads(line)
            format_, space, count = int(header["format"]), str(header["space"]), int(header["count"])
        except (ValueError, KeyError, TypeError):
            raise self._fault(N_("{file} is damaged.")) from None
        if format_ > FORMAT:
            raise self._fault(N_("{file} was written by a newer kbuilder."))
        return space, count

    def entries(self, count: int) -> Iterator[tuple[str, bytes]]:
        """Keys and values."""
        size = self.file.stat().st_size
        for _ in range(count):
            name, value = _LENGTHS.unpack(self._read(_LENGTHS.size))
            if name > _LONGEST_KEY or value > size:
                raise self._fault(N_("{file} is damaged."))
            try:
                yield self._read(name).decode(), self._read(value)
            except UnicodeDecodeError:
                raise self._fault(N_("{file} is damaged.")) from None

    def end(self) -> None:
        """See that all of it was read, as it was written."""
        expected = self.checksum.digest() if self.checksum else b""
        if self.stream.read() != expected:
            raise self._fault(N_("{file} is damaged."))

    def _read(self, size: int) -> bytes:
        data = self.stream.read(size)
        if len(data) != size:
            raise self._fault(N_("{file} is damaged."))
        if self.checksum:
            self.checksum.update(data)
        return data

    def _fault(self, message: str) -> SourceError:
        return SourceError(message, N_("Export it again with: kbuilder vectors export FILE"), file=self.file)
