"""What an import found, left out and could not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kbuilder.errors import Said, SourceError
from kbuilder.records import Thread
from kbuilder.text import N_

MOST_REJECTS = 10_000
"""More bad rows than this, and the file is something else than it was said to be."""
MOST_KEPT = 128 << 20
"""Characters of bad rows, likewise."""


class BadRow(Exception):
    """A row that cannot be read: a message of the catalogue and the values of its fields."""

    def __init__(self, message: str, **values: str | Said) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


@dataclass(frozen=True, slots=True)
class Reject:
    """A row set aside."""

    place: str
    """``file:line``, or the file alone."""
    message: str
    """A message id of the catalogue with ``{name}`` fields."""
    row: str
    """The row as it was, for mending."""
    values: Mapping[str, str | Said] = field(default_factory=dict)


@dataclass
class Report:
    """Counts of one import. It is filled while the threads are drawn, and whole when they are at their end."""

    threads: int = 0
    solved: int = 0
    answers: int = 0
    comments: int = 0
    authors: int = 0
    unlinked: int = 0
    """Threads without an address, whose licence asks that one is given."""
    languages: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    """What is no thread or may not be one, by reason: message ids of the catalogue."""
    not_carried: Counter[str] = field(default_factory=Counter)
    """What the export holds and a thread does not: message ids of the catalogue."""
    columns: dict[str, str] = field(default_factory=dict)
    """CSV: our field to the header of the column that it was read from."""
    header: str = ""
    """CSV: the header row, which a file of mended rows begins with."""
    rejects: list[Reject] = field(default_factory=list)
    _kept: int = 0

    def add(self, thread: Thread, new_authors: int) -> None:
        """Count one thread."""
        self.threads += 1
        self.solved += thread.solved
        self.answers += len(thread.answers)
        self.comments += len(thread.comments)
        self.authors += new_authors
        self.unlinked += not thread.url and any(post.licence.upper().startswith("CC BY") for post in thread.posts)
        self.languages[thread.language] += 1

    def put_aside(self, place: str, problem: BadRow, row: str) -> None:
        """Keep a bad row.

        Raises:
            SourceError: there are too many for this to be such an export.
        """
        self._kept += len(row)
        if len(self.rejects) >= MOST_REJECTS or (self.rejects and self._kept > MOST_KEPT):
            first = self.rejects[0]
            raise SourceError(
                N_("{limit} rows and more cannot be read; the first is {place}: {problem}"),
                N_("Check that this is an export of the named format, and fetch it again."),
                limit=len(self.rejects),
                place=first.place,
                problem=Said(first.message, first.values),
            )
        self.rejects.append(Reject(place, problem.message, row, problem.values))

    def as_dict(self) -> dict[str, Any]:
        """For ``--json`` and for the database; without the rows, which may hold anything."""
        return {
            "threads": self.threads,
            "solved": self.solved,
            "answers": self.answers,
            "comments": self.comments,
            "authors": self.authors,
            "unlinked": self.unlinked,
            "languages": _ordered(self.languages),
            "skipped": _ordered(self.skipped),
            "not_carried": _ordered(self.not_carried),
            "columns": self.columns,
            "rejects": [
                {
                    "place": reject.place,
                    "message": reject.message,
                    "values": {name: str(value) for name, value in reject.values.items()},
                }
                for reject in self.rejects
            ],
        }


def _ordered(counts: Counter[str]) -> dict[str, int]:
    """Most first, equal ones by name; what was not met is left out."""
    return {name: count for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])) if count}
