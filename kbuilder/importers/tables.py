"""Tables as they come: any usual separator and encoding, columns known by their headers, each row with its line.

What the columns mean is for the reader of a kind of table to say.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from kbuilder.errors import SourceError
from kbuilder.importers.report import BadRow
from kbuilder.text import N_, clean, fold, parse_time

_ENCODINGS = ("utf-8-sig", "cp1252")
_SEPARATORS = ",;\t|"
_SAMPLE = 1 << 16
_LONGEST = 1 << 24
"""Characters of a line, at most: a longer one is read as several, and so set aside."""
_GERMAN_TIMES = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")

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
    headers: tuple[str, ...]
    """Its cells."""


def guess(path: Path, names: Mapping[str, str]) -> Guess:
    """What the columns of a table are taken for, judged by its first row.

    Args:
        path: of the table.
        names: our fields and the headers that mean them, folded, apart by blanks.

    Raises:
        SourceError: in no known encoding.
    """
    known = {name: field for field, written in names.items() for name in written.split()}
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(_SAMPLE)
    separator = _separator(sample)
    source = _first_record(sample, separator)
    headers = next(csv.reader(io.StringIO(source), delimiter=separator), [])
    positions: dict[str, int] = {}
    for position, header in enumerate(headers):
        field = known.get(re.sub(r"[^a-z0-9]+", "-", fold(header)).strip("-"), "")
        if field:
            positions.setdefault(field, position)
    columns = {field: headers[position] for field, position in positions.items()}
    taken = set(positions.values())
    unused = tuple(header for position, header in enumerate(headers) if position not in taken and header.strip())
    written = source.rstrip("\r\n")
    return Guess(encoding, separator, columns, unused, positions, len(headers), written, tuple(headers))


def rows(path: Path, guessed: Guess) -> Iterator[tuple[int, str, Row | BadRow]]:
    """Each row's first line, its source, and its fields or what is wrong with it; empty rows are left out."""
    for line, source, cells in _records(path, guessed):
        if source.strip(" \t\r\n" + guessed.separator):
            yield line, source, cells if isinstance(cells, BadRow) else _row(cells, guessed)


def _row(cells: list[str], guessed: Guess) -> Row | BadRow:
    if len(cells) > guessed.width:
        return BadRow(
            N_("{found} cells where the first row has {width}"), found=str(len(cells)), width=str(guessed.width)
        )
    return {field: clean(cells[n]).strip() for field, n in guessed.positions.items() if n < len(cells)}


def moment(written: str) -> str:
    """A date in ISO 8601 or as Germans write it, in UTC; others can be read in two ways.

    Raises:
        BadRow: it is none.
    """
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
