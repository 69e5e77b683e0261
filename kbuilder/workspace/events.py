"""Events of askers, from disk to the database, and what is told of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from kbuilder.errors import KBError
from kbuilder.insight.verdicts import Heard, heard
from kbuilder.insight.visits import is_asking, posted_by, visit
from kbuilder.redact import redact
from kbuilder.store.askers import Askers, Question
from kbuilder.store.database import Event, EventKind
from kbuilder.store.spool import Spool
from kbuilder.suggest.answering import READ
from kbuilder.text import N_, utc
from kbuilder.workspace.parts import Parts


@dataclass(frozen=True, slots=True)
class Helped:
    """What askers said of an answer, as far as it can be believed, each of them once: the last word counts."""

    yes: int
    told: int


def spool(parts: Parts) -> Spool:
    """Where events wait."""
    return Spool(parts.var / "events")


def drain(parts: Parts) -> int:
    """Move waiting events to the database; how many.

    Raises:
        KBError: the database does not answer; they wait on.
    """

    def keep(events: Sequence[Event]) -> None:  # the database is opened only where there is something to keep
        parts.database.record_events(events)

    return spool(parts).drain(keep)


def tidy(parts: Parts) -> None:
    """Forget what is older than ``kbuilder.toml`` allows."""
    settings, askers = parts.config().asking, Askers(parts.database)
    askers.drop_questions(days_ago(parts, settings.keep_questions))
    if settings.keep_events:
        askers.drop_events(days_ago(parts, settings.keep_events))


def keep_question(parts: Parts, text: str, **asked: str) -> None:
    """Keep a question that nothing answered, without personal data, where that is wanted.

    Args:
        text: empty where it was answered: then what was kept of the same page view is forgotten.
        asked: ``page_view``, ``language``, ``product``, ``audience``.
    """
    if parts.config().asking.keep_questions:
        kept = redact(text[:READ].replace("\0", " ")).text  # which PostgreSQL does not store
        Askers(parts.database).keep_question(Question(time=parts.clock(), text=kept, **asked))


def erase_member(parts: Parts, member: str) -> int:
    """Forget what is kept of a member by pseudonym, also what waits on disk; how many events and questions.

    Raises:
        KBError: the database does not answer, or no pseudonym was given.
    """
    if not member:
        raise KBError(N_("Name the member's pseudonym."))
    drain(parts)
    return Askers(parts.database).erase_member(member)


def verdicts(parts: Parts, *, words: bool = False) -> Heard:
    """What askers said of suggestions, as far as it can be believed; of all events few are in memory at a time.

    Args:
        words: by whom a word was said, on any answer that was shown; else also by posting, on the first alone.
    """
    askers, window = Askers(parts.database), parts.config().asking.window
    around: tuple[EventKind, ...] = ("helped", "not_helped") if words else ("opened",)
    views = partial(askers.views, ("asked", "opened", "helped", "not_helped", "posted"), around)
    known = posted_by(views(), posted(parts, askers.members()))
    return heard((visit(each, window, known) for each in views() if is_asking(each)), words=words)


def helped(parts: Parts) -> dict[str, Helped]:
    """By article or thread, how many of those who said so and can be believed were helped.

    All that was said is read for it: ask for it now and then, not with each question.
    """
    said: dict[str, list[bool]] = {}
    for verdict in verdicts(parts, words=True).verdicts:
        said.setdefault(verdict.target, []).append(verdict.right)
    return {target: Helped(sum(right), len(right)) for target, right in said.items()}


def posted(parts: Parts, members: Collection[str]) -> Iterator[tuple[str, str]]:
    """Questions of the forum by members: the author, as the host names the member, and when."""
    for thread in parts.database.threads_of(members):
        author = thread.question.author
        member = author.id.partition(":")[2] if author else ""
        if member in members:
            yield member, thread.question.created


def days_ago(parts: Parts, days: float) -> str:
    """A time some days before now."""
    return utc(datetime.fromisoformat(parts.clock()) - timedelta(days=days))


def add(parts: Parts, events: Sequence[Event]) -> None:
    """Keep events on disk, to be moved on.

    Raises:
        OSError: the disk does not take them.
    """
    spool(parts).add(events)
