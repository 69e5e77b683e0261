"""What is known of the folder that is served: what each file was made from, and the cards of all articles.

One SQLite file beside the folder. It is believed only while it says of itself that it belongs to the folder; what
is deleted leaves no byte in it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from kbuilder.publish.cards import Card, all_stored, stored
from kbuilder.records import FORMAT
from kbuilder.store.sqlite import refusals
from kbuilder.text import N_

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE cards (file TEXT PRIMARY KEY, card TEXT) WITHOUT ROWID;
CREATE TABLE texts (file TEXT PRIMARY KEY, text TEXT);
CREATE TABLE files (path TEXT PRIMARY KEY, needs TEXT, output TEXT, size INTEGER, time INTEGER) WITHOUT ROWID;
"""


class Made(NamedTuple):
    """A file of the site."""

    needs: str
    """Digests of what it was made from, by part: ``article=… page=…``."""
    output: str
    """The digest of its bytes."""
    size: int
    time: int
    """Of the last change on disk: where that and the size are as noted, the bytes are not read again."""


@dataclass(frozen=True)
class Seen:
    """What was known when a publish began."""

    fingerprint: str = ""
    """Of everything: equal means that nothing has changed."""
    shared: Mapping[str, str] = field(default_factory=dict)
    """Digests of what all pages are made from."""
    articles: int = 0
    pages: int = 0
    twin: bool = False
    """Whether the twin folder holds the same files."""
    cards: Mapping[str, Card] = field(default_factory=dict)
    """By article file."""
    files: Mapping[str, Made] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    """Of tags and products, as they stood in addresses."""


@dataclass(frozen=True)
class State:
    """The file that keeps it."""

    path: Path

    def facts(self) -> Seen:
        """What is known without files and cards; an empty one if nothing that can be believed is."""
        return self._read(whole=False)

    def read(self) -> Seen:
        """All that is known; an empty one if nothing that can be believed is."""
        return self._read(whole=True)

    def _read(self, *, whole: bool) -> Seen:
        if not self.path.is_file():
            return Seen()
        try:
            with closing(sqlite3.connect(self.path)) as connection:
                told = dict(connection.execute("SELECT name, value FROM facts"))
                if told.get("format") != str(FORMAT) or told.get("switching"):
                    return Seen()
                cards = connection.execute("SELECT group_concat(card) FROM cards").fetchone()[0] if whole else ""
                files = connection.execute("SELECT path, needs, output, size, time FROM files") if whole else []
                return Seen(
                    fingerprint=told["fingerprint"],
                    shared=json.loads(told["shared"]),
                    articles=int(told["articles"]),
                    pages=int(told["pages"]),
                    twin=told.get("twin") == "same",
                    cards={card.file: card for card in all_stored(cards or "")},
                    files={row[0]: Made._make(row[1:]) for row in files},
                    names=json.loads(told["names"]),
                )
        except (sqlite3.Error, ValueError, KeyError, TypeError):
            return Seen()

    def texts(self, files: Iterable[str]) -> Iterator[tuple[str, str]]:
        """What is searched of articles: their file, and the text."""
        with self._open() as connection:
            for file in files:
                found = connection.execute("SELECT text FROM texts WHERE file = ?", (file,)).fetchone()
                yield file, found[0] if found else ""

    def blob(self, file: str) -> str:
        """The content of an article's file, by its id, as it was last published; ``""``: it was not."""
        if not self.path.is_file():
            return ""
        try:
            with closing(sqlite3.connect(self.path)) as connection:
                found = connection.execute("SELECT card FROM cards WHERE file = ?", (file,)).fetchone()
                return stored(found[0]).blob if found else ""
        except (sqlite3.Error, ValueError, TypeError):
            return ""

    def note(self, **facts: str) -> None:
        """Keep some facts; ``""`` takes one away."""
        with self._changing() as connection:
            _note(connection, facts)

    def write(self, before: Seen, now: Seen, texts: Mapping[str, str]) -> None:
        """What is known from now on, all or nothing.

        Args:
            texts: what is searched of those articles whose cards are new.
        """
        with self._changing() as connection:
            _update(connection, "cards", "file", before.cards, now.cards, _card_row)
            _update(connection, "files", "path", before.files, now.files, _file_row)
            connection.executemany("DELETE FROM texts WHERE file = ?", _keys(before.cards.keys() - now.cards.keys()))
            connection.executemany("INSERT OR REPLACE INTO texts VALUES (?, ?)", texts.items())
            facts = {
                "format": str(FORMAT),
                "fingerprint": now.fingerprint,
                "shared": json.dumps(now.shared, sort_keys=True),
                "names": json.dumps(now.names, ensure_ascii=False),
                "articles": str(now.articles),
                "pages": str(now.pages),
            }
            _note(connection, {**facts, "twin": "", "switching": ""})

    def fresh(self) -> None:
        """Know nothing."""
        self.path.unlink(missing_ok=True)
        self.path.with_name(self.path.name + "-journal").unlink(missing_ok=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as connection:
            connection.executescript(_TABLES)

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection, connection:
            connection.execute("PRAGMA secure_delete = ON")
            yield connection

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The file; what the disk refuses, such as room, is no bug of ours."""
        anew = N_("Delete it, and publish again: all is made anew.")
        with refusals(self.path, anew), closing(sqlite3.connect(self.path)) as connection:
            yield connection


def _note(connection: sqlite3.Connection, facts: Mapping[str, str]) -> None:
    for name, value in facts.items():
        if value:
            connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        else:
            connection.execute("DELETE FROM facts WHERE name = ?", (name,))


def _update(connection, table, key, before, now, row) -> None:  # type: ignore[no-untyped-def]
    connection.executemany(f"DELETE FROM {table} WHERE {key} = ?", _keys(before.keys() - now.keys()))  # noqa: S608
    rows = [row(name, value) for name, value in now.items() if before.get(name) is not value]
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)  # noqa: S608


def _keys(names: Iterable[str]) -> list[tuple[str]]:
    return [(name,) for name in names]


def _card_row(file: str, card: Card) -> tuple[object, ...]:
    return file, json.dumps(card, ensure_ascii=False)


def _file_row(path: str, made: Made) -> tuple[object, ...]:
    return path, *made
