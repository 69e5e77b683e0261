"""Importers: one module a platform, each to the one :class:`~kbuilder.records.Thread`.

They convert at the border: nothing deeper ever sees a platform's XML, HTML or JSON. Memory does not grow with the
export, and bad rows do not stop the good ones: they are listed in the report and can be mended and imported again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from kbuilder.config import Source
from kbuilder.errors import SourceError
from kbuilder.importers.fields import SAMPLE, spoken
from kbuilder.importers.report import Report
from kbuilder.importers.spill import names_seen
from kbuilder.records import Post, Thread
from kbuilder.text import N_

FORMATS = ("stackexchange", "discourse", "jsonl", "csv")
_MODULES = {"csv": "csv_table"}
_COMPLETE = ("stackexchange",)
_SUFFIXES = {"stackexchange": "xml", "discourse": "jsonl", "jsonl": "jsonl", "csv": "csv"}
Reader = Callable[[Path, Source, Report], Iterator[Thread]]


def read(path: Path, source: Source, report: Report, usual: str = "en") -> Iterator[Thread]:
    """The threads of an export, one by one. ``report`` is whole when they are at their end.

    A thread's language is the source's; else what the export says, else what its words look like.

    Args:
        usual: the language of a thread that has no word of any.

    Raises:
        SourceError: the export cannot be read at all, or is hostile: nothing of it should be kept.
    """
    if not path.exists() or (path.is_dir() and source.format == "csv"):
        raise SourceError(
            N_("There is no file {path} to import."), N_("Name the export: a file, or a folder."), path=path
        )
    module = import_module(f"kbuilder.importers.{_MODULES.get(source.format, source.format)}")
    reader: Reader = module.read
    with names_seen() as authors:
        for thread in reader(path, source, report):
            finished = _with_language(thread, source, usual)
            new = {_person(post) for post in finished.posts if post.author}
            report.add(finished, sum(authors.is_new(name) for name in sorted(new)))
            yield finished


def complete_by_nature(format: str) -> bool:  # noqa: A002 - the field's term
    """Whether an export of this format always holds the whole source, so that absence means deletion."""
    return format in _COMPLETE


def row_suffix(format: str) -> str:  # noqa: A002 - the field's term
    """What the name of a file of rows to mend ends in."""
    return _SUFFIXES[format]


def rows_to_mend(format: str, report: Report) -> str:  # noqa: A002 - the field's term
    """The bad rows of an import as a file that the same format reads once they are mended.

    ``csv``: the header and the rows. ``jsonl`` and ``discourse``: a row or topic a line. ``stackexchange``: an XML
    file; a mended question brings the answers that were set aside with it, while an answer or comment whose thread
    was imported is mended in the export itself, at the place that is named above it.

    A file of mended rows never holds the whole source: import it as partial.
    """
    rows = [reject.row.rstrip("\r\n") for reject in report.rejects]
    if format == "stackexchange":
        named = zip(report.rejects, rows, strict=True)
        lines = [f"  <!-- {reject.place.replace('--', '- -')} -->\n  {row}" for reject, row in named]
        return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', "<posts>", *lines, "</posts>"]) + "\n"
    header = [report.header] if report.header else []
    return "".join(f"{row}\n" for row in [*header, *rows])


def _with_language(thread: Thread, source: Source, usual: str) -> Thread:
    known = source.language or thread.language
    if not known:
        from kbuilder import markup

        body = markup.plain(thread.question.body[: 4 * SAMPLE])
        known = spoken(f"{thread.title}\n{body}", usual)
    return thread if known == thread.language else replace(thread, language=known)


def _person(post: Post) -> str:
    """What tells one author from another."""
    author = post.author
    return (author.id or f"name {author.name}") if author else ""
