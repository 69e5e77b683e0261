"""Messages to the support: a private source. They are counted in what candidates are asked for, and never shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbuilder import embedding
from kbuilder.errors import KBError, NotFound
from kbuilder.importers import contacts as tables
from kbuilder.importers import rows_to_mend
from kbuilder.importers.report import Report
from kbuilder.records import Article, Candidate, Contact, Progress, Thread, digest, silent
from kbuilder.store.contacts import Kept
from kbuilder.text import N_, parse_time, slug
from kbuilder.workspace import generation
from kbuilder.workspace.generation import Generation
from kbuilder.workspace.importing import SET_ASIDE, set_aside
from kbuilder.workspace.parts import Parts

if TYPE_CHECKING:
    import numpy as np

NAME = "contacts"
"""Of an export that is given no other: the next one of the same system follows it."""
_ASIDE = ".messages"
"""What the names of files of rows that were set aside go on with."""
_SPACE = "contacts"
"""Vectors of messages are kept apart from those that ``kbuilder vectors export`` carries elsewhere."""


@dataclass(frozen=True)
class Imported:
    """What an import of messages did."""

    name: str
    report: Report
    kept: Kept
    set_aside: Path | None
    """The file that holds the bad rows."""


@dataclass(frozen=True)
class Counted:
    """What is there of messages: numbers alone."""

    messages: Mapping[str, int]
    """By the name of the export."""
    languages: Mapping[str, int]
    matched: int
    """That a candidate of the last build, or an article that has none, is about."""
    answered: int
    """Of these, those that an article answers."""


def run(parts: Parts, path: Path, name: str = "") -> Imported:
    """Import a table of messages, all or nothing; the next build counts them.

    Args:
        name: of the export; without one that of the rows which were set aside, else :data:`NAME`.

    Raises:
        SourceError: it cannot be read, or has no column of messages.
        Conflict: another import or a build runs.
    """
    settings, report = parts.config(), Report()
    key = slug(name or _set_aside_of(parts, path) or NAME)
    with parts.building():
        read = list(tables.read(path, key, report, settings.redact.own, settings.languages[0]))
        kept = parts.contacts.put(read)
        rows = rows_to_mend("csv", report) if report.rejects else ""
        return Imported(key, report, kept, set_aside(parts, f"{key}{_ASIDE}", "csv", rows, path))


def counted(parts: Parts) -> Counted:
    """How many messages there are, and how many of them candidates of the last build and articles are about."""
    built, articles = generation.current(parts.derived), parts.decided.articles(parts.head())
    messages = parts.contacts.chosen()
    matched, answered = _matched(built, articles) if built else (0, 0)
    return Counted(
        messages=_counts([each.name for each in messages]),
        languages=_counts([each.language for each in messages]),
        matched=matched,
        answered=answered,
    )


def answered_by(parts: Parts, article: Article) -> int:
    """How many messages an article answers: those of its candidates, or where there is none those of its own."""
    built = generation.current(parts.derived)
    if not built:
        return 0
    found = _candidates(article, built.candidates.values())
    return sum(each.demand.contacts for each in found) or built.contacts.get(article.id, 0)


def unasked(articles: Iterable[Article], threads: Iterable[Thread]) -> list[Article]:
    """The articles that cite no solved question of these, by id; those that readers no longer see are left out."""
    solved = {thread.id for thread in threads if thread.solved_question}
    found = (each for each in articles if each.state != "archived" and solved.isdisjoint(each.cited))
    return sorted(found, key=lambda each: each.id)


def without_candidate(articles: Iterable[Article], found: Collection[Candidate]) -> list[Article]:
    """Those that none of the candidates is about."""
    return [each for each in articles if not _candidates(each, found)]


def _matched(built: Generation, articles: Sequence[Article]) -> tuple[int, int]:
    """How many messages the build found a candidate or an article for, and how many an article answers."""
    found = built.candidates.values()
    answering = {each.lineage for article in articles for each in _candidates(article, found)}
    own = sum(built.contacts.get(each.id, 0) for each in articles)
    matched = sum(each.demand.contacts for each in found) + sum(built.contacts.values())
    return matched, own + sum(each.demand.contacts for each in found if each.lineage in answering)


def _candidates(article: Article, found: Iterable[Candidate]) -> list[Candidate]:
    """That an article is about: its own; where that is gone, those that hold the threads which it cites."""
    cited, holders = article.cited, list[Candidate]()
    for each in found:
        if article.lineage and each.lineage == article.lineage:
            return [each]
        if not cited.isdisjoint((*each.members, *each.asking)):
            holders.append(each)
    return holders


def erase(parts: Parts, name: str = "", before: str = "", ticket: str = "") -> int:
    """Erase messages from the database, the cache of vectors and the rows set aside; how many.

    Args:
        name: of the export.
        before: a day: those from before it, and those without a date.
        ticket: one by its number; a later import leaves it out.

    Raises:
        KBError: nothing is given, or no date.
        NotFound: there is no such message.
        Conflict: a build runs, or another process holds the database open.
    """
    if not (name or before or ticket):
        raise KBError(
            N_("Which messages are to be erased was not said."),
            N_("Give --name, --before or --ticket."),
        )
    key = slug(name or NAME)
    with parts.building():
        asked = {"name": key if name or ticket else "", "before": _moment(before)}
        wanted = parts.contacts.chosen(**asked, id=tables.id_of(key, ticket) if ticket else "")
        keys = sorted({digest(each.text) for each in wanted})
        for space in parts.cache.spaces():
            if space.startswith(_SPACE):
                parts.cache.delete(space, keys)
        for file in sorted((parts.var / SET_ASIDE).glob(f"{asked['name'] or '*'}{_ASIDE}*.csv")):
            file.unlink()
        parts.contacts.erase([each.id for each in wanted], for_good=bool(ticket))
    if not wanted:
        raise NotFound(N_("There is no such message."), N_("See what there is with: kbuilder contacts show"))
    return len(wanted)


def vectors(parts: Parts, messages: Sequence[Contact], progress: Progress = silent) -> np.ndarray | None:
    """Vectors of messages by the recipe's model; ``None`` without one."""
    if parts.encoder is None:
        return None

    def get(space: str, keys: Sequence[str]) -> dict[str, bytes]:
        return parts.cache.get(f"{_SPACE} {space}", keys)

    def put(space: str, items: Mapping[str, bytes]) -> None:
        parts.cache.put(f"{_SPACE} {space}", items)

    return embedding.cached(parts.encoder, get, put, [each.text for each in messages], progress)


def _set_aside_of(parts: Parts, path: Path) -> str:
    """The name of the export that a file of rows set aside belongs to; ``""``: it is none."""
    name, ours, _ = path.name.partition(_ASIDE)
    return name if ours and path.resolve().parent == (parts.var / SET_ASIDE).resolve() else ""


def _moment(day: str) -> str:
    """
    Raises:
        KBError: it is no date.
    """
    try:
        return parse_time(day) if day else ""
    except (ValueError, OverflowError):
        raise KBError(N_("“{value}” is no date."), N_("Write it like 2026-11-23."), value=day) from None


def _counts(values: Sequence[str]) -> dict[str, Any]:
    return {value: values.count(value) for value in sorted({*values})}
