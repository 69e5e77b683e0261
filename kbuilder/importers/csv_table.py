"""Tables of questions and answers: CSV with any separator, its columns guessed by their headers.

:func:`guess` says which column is taken for what before anything is imported. Rows of the same question are its
several answers. What an answer column holds counts as a right answer: tables are written by people who know.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from kbuilder import markup
from kbuilder.config import Source
from kbuilder.errors import SourceError
from kbuilder.importers import tables
from kbuilder.importers.fields import language
from kbuilder.importers.report import BadRow, Report
from kbuilder.importers.spill import spilled
from kbuilder.importers.tables import Guess, Row
from kbuilder.records import Author, Post, Thread
from kbuilder.text import N_, short_id, squeeze

NAMES = {
    "id": "id key number nr nummer schluessel faq-id ticket ticketnummer question-id thread-id",
    "title": "title subject headline titel betreff ueberschrift thema kurzfrage",
    "question": "question questions q frage fragen problem anfrage kundenfrage query issue symptom",
    "body": "body details description text beschreibung fragetext einzelheiten question-body question-text",
    "answer": "answer answers a reply response solution answer-text antwort antworten antworttext loesung",
    "tags": "tags tag keywords labels schlagworte schlagwoerter stichworte category kategorie rubrik topic",
    "url": "url link permalink address adresse webadresse quelle",
    "author": "author user name writer answered-by autor autorin verfasser benutzer ersteller erstellt-von",
    "date": "date created created-at time timestamp datum erstellt erstellt-am zeit zeitpunkt stand",
    "language": "language lang locale sprache",
    "product": "product model device produkt modell geraet artikel",
}
"""Our fields and the headers that mean them, English and German, folded."""
_TITLE = 150
_HTML = re.compile(r"</?(?:p|br|div|ul|ol|li|b|i|a|strong|em|pre|code|h[1-6]|table|img)\b[^>]*>", re.IGNORECASE)
_SCHEMA = """
CREATE TABLE rows (thread TEXT, line INTEGER, data TEXT, PRIMARY KEY (thread, line)) WITHOUT ROWID;
"""


def guess(path: Path) -> Guess:
    """What the columns of a table are taken for, judged by its first row.

    Raises:
        SourceError: empty, in no known encoding, or without a column of questions.
    """
    guessed = tables.guess(path, NAMES)
    if not {"question", "title"} & guessed.positions.keys():
        raise SourceError(
            N_("{file} has no column of questions; its first row is: {headers}"),
            N_("Name the columns in the first row: question, answer, and if you like {others}."),
            file=path.name,
            headers=", ".join(guessed.headers)[:200],
            others=", ".join(field for field in NAMES if field not in ("question", "answer")),
        )
    return guessed


def read(path: Path, source: Source, report: Report) -> Iterator[Thread]:
    """The questions of a table, in the order of their ids, each with its answers in the order of its rows.

    Without an id column the question's own text is its id: an answer may change and stay the same thread's. A file
    of mended rows begins with the header row and is read like any other.

    Raises:
        SourceError: as :func:`guess`.
    """
    guessed = guess(path)
    report.columns, report.header = guessed.columns, guessed.header
    with spilled(_SCHEMA) as database:
        count = _spill(path, guessed, database, report)
        for header in guessed.unused:
            report.not_carried[N_("column") + f" {header}"] = count
        threads = database.execute("SELECT thread, data FROM rows ORDER BY thread, line")
        for key, rows in _grouped(threads):
            yield _thread(key, rows, source)


def _spill(path: Path, guessed: Guess, database: sqlite3.Connection, report: Report) -> int:
    count = 0
    for line, source, found in tables.rows(path, guessed):
        count += 1
        try:
            row = _checked(found)
            database.execute("INSERT INTO rows VALUES (?, ?, ?)", (_key(row), line, json.dumps(row)))
        except BadRow as problem:
            report.put_aside(f"{path.name}:{line}", problem, source)
    return count


def _checked(row: Row | BadRow) -> Row:
    """A row that can be read.

    Raises:
        BadRow: it cannot be, has no question, or a date that is none.
    """
    if isinstance(row, BadRow):
        raise row
    if not row.get("question") and not row.get("title"):
        raise BadRow(N_("there is no question"))
    return {**row, "date": tables.moment(row.get("date", ""))}


def _key(row: Row) -> str:
    given = re.sub(r"[\s#]+", "-", row.get("id", ""))
    return given or short_id(squeeze("\n".join(row.get(name, "") for name in ("title", "question", "body"))))


# Threads


def _grouped(found: Iterator[tuple[str, str]] | sqlite3.Cursor) -> Iterator[tuple[str, list[Row]]]:
    """Rows of one thread together."""
    key, rows = "", list[Row]()
    for thread, written in found:
        if rows and thread != key:
            yield key, rows
            rows = []
        key = thread
        rows.append(json.loads(written))
    if rows:
        yield key, rows


def _thread(key: str, rows: list[Row], source: Source) -> Thread:
    first = rows[0]
    name = f"{source.name}:{key}"
    asked = markdown("\n\n".join(first[part] for part in ("question", "body") if first.get(part)) or first["title"])
    return Thread(
        id=name,
        title=_title(first),
        question=Post(
            id=f"{name}#q", body=asked, created=first["date"], licence=source.licence, url=first.get("url", "")
        ),
        answers=tuple(_answer(row, f"{name}#a{n}", source) for n, row in enumerate(rows, 1) if row.get("answer")),
        url=first.get("url", ""),
        tags=tuple(tag.strip() for tag in re.split(r"[,;|]", first.get("tags", "")) if tag.strip()),
        product=first.get("product", ""),
        audience=source.audience,
        language=language(first.get("language", "")),
    )


def _title(row: Row) -> str:
    whole = squeeze(row.get("title") or markup.plain(markdown(row["question"])))
    if len(whole) <= _TITLE:
        return whole
    return whole[:_TITLE].rpartition(" ")[0] + " …"


def _answer(row: Row, name: str, source: Source) -> Post:
    author = row.get("author", "")
    return Post(
        id=name,
        body=markdown(row["answer"]),
        created=row["date"],
        author=Author(id="", name=squeeze(author)) if author else None,
        accepted=True,
        licence=source.licence,
        url=row.get("url", ""),
    )


def markdown(cell: str) -> str:
    """A cell's text: HTML where it has tags of HTML, else Markdown."""
    return markup.from_html(cell) if _HTML.search(cell) else markup.without_html(cell)
