"""Tables of messages to the support: what was asked there counts, and who asked is not to be known.

Personal data are taken out before anything is kept, and of a message no more than its beginning is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kbuilder import markup
from kbuilder.errors import SourceError
from kbuilder.importers import fields, tables
from kbuilder.importers.csv_table import markdown
from kbuilder.importers.report import BadRow, Report
from kbuilder.importers.tables import Guess, Row
from kbuilder.records import Contact, digest
from kbuilder.redact import own, redact
from kbuilder.text import N_, squeeze

NAMES = {
    "id": "id key number nr nummer ticket ticket-id ticketnummer case case-number case-id vorgang vorgangsnummer",
    "date": "date created created-at received time timestamp datum erstellt erstellt-am eingang zeit zeitpunkt",
    "subject": "subject title betreff titel thema headline",
    "text": "text message body description question request issue nachricht anfrage anliegen frage problem",
    "product": "product model device produkt modell geraet artikel",
    "language": "language lang locale sprache",
}
"""Our fields and the headers that mean them, English and German, folded."""
WORDS, CHARACTERS = 120, 2_000
"""What is kept of a message, at most."""
_READ = 8_000
"""Characters that are looked at for that."""


def read(
    path: Path, name: str, report: Report, patterns: Mapping[str, Sequence[str]], usual: str = "en"
) -> Iterator[Contact]:
    """The messages of a table, one by one; what cannot be read is in the report when they are at their end.

    Without a column of tickets a row is known by what it says, and the second of two equal rows by being the second:
    the same table again is the same messages.

    Args:
        name: of the export; the same ticket in the next one with this name is the same message.
        patterns: of personal data of one's own kind, as ``kbuilder.toml`` has them.
        usual: the language of a message that has no word of any.

    Raises:
        SourceError: it cannot be read at all, or has no column of messages.
    """
    if not path.is_file():
        raise SourceError(N_("There is no file {path} to import."), N_("Name the table of messages."), path=path)
    guessed = _guess(path)
    report.columns, report.header = guessed.columns, guessed.header
    told: Counter[str] = Counter()
    for line, source, found in tables.rows(path, guessed):
        report.not_carried.update(N_("column") + f" {header}" for header in guessed.unused)
        try:
            yield _contact(found, name, patterns, usual, told)
        except BadRow as problem:
            report.put_aside(f"{path.name}:{line}", problem, source)


def id_of(name: str, ticket: str) -> str:
    """The id of a message by its ticket's number, which is itself not kept."""
    return digest(f"{name}\n{squeeze(ticket)}")


def _guess(path: Path) -> Guess:
    guessed = tables.guess(path, NAMES)
    if not {"text", "subject"} & guessed.positions.keys():
        raise SourceError(
            N_("{file} has no column of messages; its first row is: {headers}"),
            N_("Name the columns in the first row: date, text, and if you like {others}."),
            file=path.name,
            headers=", ".join(guessed.headers)[:200],
            others=", ".join(field for field in NAMES if field not in ("date", "text")),
        )
    return guessed


def _contact(
    row: Row | BadRow, name: str, patterns: Mapping[str, Sequence[str]], usual: str, told: Counter[str]
) -> Contact:
    """
    Raises:
        BadRow: the row cannot be read, says nothing, or has a date that is none.
    """
    if isinstance(row, BadRow):
        raise row
    date = tables.moment(row.get("date", ""))
    said = "\n".join(_plain(row[part]) for part in ("subject", "text") if row.get(part))
    text = _beginning(redact(own(said, patterns).text).text)
    if not text:
        raise BadRow(N_("there is no message"))
    product = squeeze(redact(row.get("product", "")[:CHARACTERS]).text)
    if row.get("id"):
        key = id_of(name, row["id"])
    else:
        content = "\n".join((name, date, text, product))
        told[digest(content)] += 1
        key = digest(f"{content}\n{told[digest(content)]}")
    spoken = fields.language(row.get("language", "")) or fields.spoken(text, usual)
    return Contact(id=key, name=name, date=date, text=text, product=product, language=spoken)


def _plain(cell: str) -> str:
    """A cell's text without markup. Of a long one the beginning: looking at all of it would be waste."""
    return markup.plain(markdown(cell[:_READ]))


def _beginning(text: str) -> str:
    words = re.findall(r"\S+", text)[:WORDS]
    return " ".join(words)[:CHARACTERS].strip()
