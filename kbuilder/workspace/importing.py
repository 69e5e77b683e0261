"""An import: a platform's export in, threads in the database, and a report of what was and was not carried."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kbuilder import config, importers
from kbuilder.config import Source
from kbuilder.errors import ConfigError, SourceError
from kbuilder.importers.report import Report
from kbuilder.importers.spill import spooled
from kbuilder.records import Post, Progress, Thread
from kbuilder.redact import own
from kbuilder.store.database import Imported
from kbuilder.text import N_, slug, utc
from kbuilder.workspace.facts import AUTHOR
from kbuilder.workspace.parts import Parts

SET_ASIDE = "set-aside"
"""In ``var/``: the folder of rows that could not be read, to be mended."""


@dataclass(frozen=True)
class ImportResult:
    """What an import did."""

    source: Source
    report: Report
    stored: Imported
    set_aside: Path | None
    """The file that holds the bad rows; mend it and import it."""
    redacted: Mapping[str, int] = field(default_factory=dict)
    """How often each kind of personal data that kbuilder.toml names was replaced."""
    ahead: Sequence[str] = ()
    """Ids of threads that say they were asked in the future."""

    def as_dict(self) -> dict[str, Any]:
        """For ``--json`` and for the database."""
        return {
            "source": self.source.name,
            "format": self.source.format,
            "complete": self.source.complete,
            "url": self.source.url,
            **self.report.as_dict(),
            "added": self.stored.added,
            "changed": self.stored.changed,
            "unchanged": self.stored.unchanged,
            "removed": self.stored.removed,
            "redacted": dict(sorted(self.redacted.items())),
            "ahead": len(self.ahead),
            "set_aside": str(self.set_aside) if self.set_aside else "",
        }


def run(parts: Parts, source: Source, path: Path, *, allow_removals: bool, progress: Progress) -> ImportResult:
    """Import a file or folder into the database, and note the source in ``kbuilder.toml`` if it is new there.

    The export is read to its end before a thread of it is stored: one that turns out hostile, cut or wrong
    changes nothing.

    Raises:
        SourceError: the export cannot be read, or more than 5 % of the source would go.
        Conflict: another import or build runs.
    """
    if not path.exists():
        raise _absent(path)
    report, settings, redacted, ahead = Report(), parts.config(), Counter[str](), list[str]()
    read = importers.read(path, source, report, settings.languages[0])
    if settings.redact.own:
        read = (_without(thread, settings.redact.own, redacted) for thread in read)
    with (
        parts.building(),
        spooled(_told(_dated(read, parts.clock(), ahead), progress), parts.var) as threads,
    ):
        stored = parts.database.put_threads(
            source.name,
            threads,
            complete=source.complete and not report.rejects,  # what could not be read must not look deleted
            allow_removals=allow_removals,
        )
        rows = importers.rows_to_mend(source.format, report) if report.rejects else ""
        aside = set_aside(parts, source.name, importers.row_suffix(source.format), rows, path)
        result = ImportResult(source, report, stored, aside, redacted, ahead)
        parts.database.put_report(source.name, parts.clock(), result.as_dict())
        if report.threads or stored.unchanged:  # what nothing came from is no source
            _remember(parts, source)
    return result


def guess_columns(path: Path) -> dict[str, str]:
    """What the columns of a table are taken for: our field to the column's header.

    Raises:
        SourceError: it cannot be read, or has no column of questions.
    """
    from kbuilder.importers import csv_table

    if not path.is_file():
        raise _absent(path)
    return dict(csv_table.guess(path).columns)


def _absent(path: Path) -> SourceError:
    folder = N_("{path} is a folder; this format is one file.")
    none = N_("{path} does not exist.")
    return SourceError(folder if path.is_dir() else none, N_("Name the export's file or folder."), path=path)


def settle(parts: Parts, format: str, path: Path, given: dict[str, Any]) -> Source:  # noqa: A002 - the field's term
    """The source that an import is for: as ``kbuilder.toml`` has it, else made of the file's name and what is given.

    Raises:
        ConfigError: there is no such format, or the name stands for a source of another format.
    """
    if format not in importers.FORMATS:
        raise ConfigError(
            N_("There is no format “{format}”; expected one of: {known}"),
            N_("Name the platform that the export comes from; jsonl and csv take anything else."),
            format=format,
            known=", ".join(importers.FORMATS),
        )
    sources = parts.config().source
    same_file = (each.name for each in sources if each.path and (parts.root / each.path).resolve() == path.resolve())
    name = given.get("name") or next(same_file, "") or slug(path.name.split(".")[0])
    known = parts.config().source_named(name)
    if known and known.format != format:
        raise ConfigError(
            N_("{file} has the source “{name}” as {known}, not {format}."),
            N_("Give this import another name with --name."),
            file=config.FILE,
            name=name,
            known=known.format,
            format=format,
        )
    told = {key: value for key, value in given.items() if value not in (None, "")}
    if known:
        return _source({**known.model_dump(exclude_defaults=True), **told})
    complete = {"complete": importers.complete_by_nature(format) and path.suffix != ".xml"}
    return _source({"name": name, "format": format, **complete, **told})


def _source(told: dict[str, Any]) -> Source:
    """A source of what was given on the command line, checked like one in the file."""
    lines = "\n".join(f"{key} = {_toml(value)}" for key, value in told.items())
    return config.parse(Source, lines.encode(), "import")


def _told(threads: Iterator[Thread], progress: Progress) -> Iterator[Thread]:
    for number, thread in enumerate(threads, 1):
        progress(N_("Importing"), number, 0)
        yield thread


def _dated(threads: Iterator[Thread], now: str, ahead: list[str]) -> Iterator[Thread]:
    """The threads; ids of those dated in the future are noted. Clocks and time zones are less than a day apart."""
    latest = utc(datetime.fromisoformat(now) + timedelta(days=1))
    for thread in threads:
        if thread.question.created > latest:
            ahead.append(thread.id)
        yield thread


def _without(thread: Thread, patterns: Mapping[str, Sequence[str]], counts: Counter[str]) -> Thread:
    """The thread without what the patterns find in its title and posts; what was found is counted."""

    def bare(text: str) -> str:
        redacted = own(text, patterns)
        counts.update(kind for kind, _ in redacted.found)
        return redacted.text

    def post(each: Post) -> Post:
        return replace(each, body=bare(each.body))

    return replace(
        thread,
        title=bare(thread.title),
        question=post(thread.question),
        answers=tuple(map(post, thread.answers)),
        comments=tuple(map(post, thread.comments)),
    )


def set_aside(parts: Parts, name: str, suffix: str, rows: str, path: Path) -> Path | None:
    """Keep bad rows where they can be mended, beside those of earlier imports; ``None`` where there are none.

    A file of mended rows goes once it was imported itself.
    """
    folder = parts.var / SET_ASIDE
    if path.resolve().parent == folder.resolve():
        path.unlink()
    if not rows:
        return None
    folder.mkdir(exist_ok=True)
    for number in itertools.count(1):
        file = folder / f"{name if number == 1 else f'{name}.{number}'}.{suffix}"
        if not file.exists() or file.read_text(encoding="utf-8") == rows:
            break
    file.write_text(rows, encoding="utf-8")
    return file


def _remember(parts: Parts, source: Source) -> None:
    """Write a source into ``kbuilder.toml`` if it is new there or has another address, title or licence now."""
    tree = parts.head()
    known = parts.config(tree).source_named(source.name)
    if known == source:
        return
    text = (tree.read(config.FILE) or b"").decode()
    if known is None:
        lines = [f"{key} = {_toml(value)}" for key, value in source.model_dump(exclude_defaults=True).items()]
        text = text.rstrip() + "\n\n[[source]]\n" + "\n".join(lines) + "\n"
    for key in ("url", "title", "licence") if known else ():
        text = config.with_source_value(text, source.name, key, _toml(getattr(source, key)))
    changed = {config.FILE: text.encode()}
    parts.repository.commit(tree, changed, f"Note the source {source.name}", AUTHOR, parts.clock())


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # strings, booleans and lists of strings are written alike
