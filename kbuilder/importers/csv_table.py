"""Tables of questions and answers: CSV with any separator, its columns guessed by their headers.

:func:`guess` says which column is taken for what before anything is imported. Rows of the same question are its
several answers. What an answer column holds counts as a right answer: tables are written by people who know.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from kbuilder import markup
from kbuilder.config import Source
from kbuilder.errors import SourceError
from kbuilder.importers.fields import clean
from kbuilder.importers.report import BadRow, Report
from kbuilder.importers.spill import spilled
from kbuilder.records import Author, Post, Thread
from kbuilder.text import N_, fold, parse_time, short_id, squeeze

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
_KNOWN = {name: field for field, names in NAMES.items() for name in names.split()}
_ENCODINGS = ("utf-8-sig", "cp1252")
_SEPARATORS = ",;\t|"
_SAMPLE = 1 << 16
_LONGEST = 1 << 24
"""Characters of a line, at most: a longer one is read as several, and so set aside."""
_TITLE = 150
_GERMAN_TIMES = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")
_HTML = re.compile(r"</?(?:p|br|div|ul|ol|li|b|i|a|strong|em|pre|code|h[1-6]|table|img)\b[^>]*>", re.IGNORECASE)
_SCHEMA = """
CREATE TABLE rows (thread TEXT, line INTEGER, data TEXT, PRIMARY KEY (thread, line)) WITHOUT ROWID;
"""

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Guess:
    """How a table will be read."""

    encoding: str
    separator: str
    columns: dict[str, str]
    """Our field to the header of its column."""
    unused: tuple[str, ...]
    """Headers of columns that are not carried."""
    positions: dict[str, int]
    width: int
    """How many columns there are."""
    header: str
    """The header row as it is written."""


def guess(path: Path) -> Guess:
    """What the columns of a table are taken for, judged by its first row.

    Raises:
        SourceError: empty, in no known encoding, or without a column of questions.
    """
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(_SAMPLE)
    separator = _separator(sample)
    source = _first_record(sample, separator)
    headers = next(csv.reader(io.StringIO(source), delimiter=separator), [])
    positions: dict[str, int] = {}
    for position, header in enumerate(headers):
        field = _KNOWN.get(re.sub(r"[^a-z0-9]+", "-", fold(header)).strip("-"), "")
        if field:
            positions.setdefault(field, position)
    if not {"question", "title"} & positions.keys():
        raise SourceError(
            N_("{file} has no column of questions; its first row is: {headers}"),
            N_("Name the columns in the first row: question, answer, and if you like {others}."),
            file=path.name,
            headers=", ".join(headers)[:200],
            others=", ".join(field for field in NAMES if field not in ("question", "answer")),
        )
    columns = {field: headers[position] for field, position in positions.items()}
    taken = set(positions.values())
    unused = tuple(header for position, header in enumerate(headers) if position not in taken and header.strip())
    return Guess(encoding, separator, columns, unused, positions, len(headers), source.rstrip("\r\n"))


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


# The file


def _encoding(path: Path) -> str:
    """UTF-8, else what Excel writes on Windows: UTF-16 as "Unicode text", or Windows-1252."""
    with path.open("rb") as file:
        marked = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ("utf-16",) if marked else _ENCODINGS:
        try:
            with path.open(encoding=encoding, newline="") as file:
                while file.read(1 << 20):
                    pass
        except UnicodeError:  # of UTF-16 also one that is cut short
            continue
        return encoding
    raise SourceError(
        N_("{file} is neither UTF-8 nor UTF-16 nor Windows-1252."), N_("Save it as CSV in UTF-8."), file=path.name
    )


def _separator(sample: str) -> str:
    first = sample.partition("\n")[0]
    return max(_SEPARATORS, key=lambda mark: (first.count(mark), -_SEPARATORS.index(mark)))


def _first_record(sample: str, separator: str) -> str:
    with _tapped(io.StringIO(sample, newline="")) as (tap, lines):
        next(csv.reader(lines, delimiter=separator), None)
        return tap.taken()


class _Tap:
    """The lines that a reader has drawn since it was last asked."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._lines: list[str] = []
        self.number = 0

    def lines(self) -> Iterator[str]:
        while line := self._file.readline(_LONGEST):
            self.number += 1
            self._lines.append(line)
            yield line

    def taken(self) -> str:
        text = "".join(self._lines)
        self._lines.clear()
        return text


@contextmanager
def _tapped(file: IO[str]) -> Iterator[tuple[_Tap, Iterator[str]]]:
    with file:
        tap = _Tap(file)
        yield tap, tap.lines()


def _records(path: Path, guessed: Guess) -> Iterator[tuple[int, str, list[str] | BadRow]]:
    """Each row's first line, its source, and its cells or what is wrong with it."""
    with _tapped(path.open(encoding=guessed.encoding, newline="")) as (tap, lines):
        reader = csv.reader(lines, delimiter=guessed.separator, strict=True)
        cells: list[str] | BadRow | None
        while True:
            first = tap.number + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                cells = BadRow(N_("this is not CSV: {error}"), error=str(error))
            if cells is None:
                return
            if first > 1:
                yield first, tap.taken(), cells
            else:
                tap.taken()


def _spill(path: Path, guessed: Guess, database: sqlite3.Connection, report: Report) -> int:
    count = 0
    for line, source, cells in _records(path, guessed):
        if not source.strip(" \t\r\n" + guessed.separator):
            continue
        count += 1
        try:
            if isinstance(cells, BadRow):
                raise cells
            row = _row(cells, guessed)
            database.execute("INSERT INTO rows VALUES (?, ?, ?)", (_key(row), line, json.dumps(row)))
        except BadRow as problem:
            report.put_aside(f"{path.name}:{line}", problem, source)
    return count


def _row(cells: list[str], guessed: Guess) -> Row:
    """A row's fields, checked.

    Raises:
        BadRow: too many cells, no question, or a date that is none.
    """
    if len(cells) > guessed.width:
        raise BadRow(
            N_("{found} cells where the first row has {width}"), found=str(len(cells)), width=str(guessed.width)
        )
    row = {field: clean(cells[n]).strip() for field, n in guessed.positions.items() if n < len(cells)}
    if not row.get("question") and not row.get("title"):
        raise BadRow(N_("there is no question"))
    row["date"] = _time(row.get("date", ""))
    return row


def _time(written: str) -> str:
    """A date in ISO 8601 or as Germans write it; others can be read in two ways."""
    if not written:
        return ""
    for form in _GERMAN_TIMES:
        try:
            return parse_time(datetime.strptime(written, form).isoformat())  # noqa: DTZ007 - the zone is not written
        except ValueError:
            continue
    try:
        return parse_time(written)
    except (ValueError, OverflowError):
        raise BadRow(N_("“{value}” is no date like 2026-11-23 or 23.11.2026"), value=written[:60]) from None


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
    asked = _markdown("\n\n".join(first[part] for part in ("question", "body") if first.get(part)) or first["title"])
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
        language=_language(first.get("language", "")),
    )


def _title(row: Row) -> str:
    whole = squeeze(row.get("title") or markup.plain(_markdown(row["question"])))
    if len(whole) <= _TITLE:
        return whole
    return whole[:_TITLE].rpartition(" ")[0] + " …"


def _language(written: str) -> str:
    """A code such as ``de`` or ``pt_BR``; anything else is left to be detected."""
    code = written.lower().replace("_", "-")
    return code if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", code) else ""


def _answer(row: Row, name: str, source: Source) -> Post:
    author = row.get("author", "")
    return Post(
        id=name,
        body=_markdown(row["answer"]),
        created=row["date"],
        author=Author(id="", name=squeeze(author)) if author else None,
        accepted=True,
        licence=source.licence,
        url=row.get("url", ""),
    )


def _markdown(cell: str) -> str:
    """A cell's text: HTML where it has tags of HTML, else Markdown."""
    return markup.from_html(cell) if _HTML.search(cell) else markup.without_html(cell)
