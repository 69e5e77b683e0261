"""Events of askers, from disk to the database, and what is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kbuilder.errors import KBError
from kbuilder.redact import redact
from kbuilder.store.askers import Askers, Question
from kbuilder.store.database import Event
from kbuilder.store.spool import Spool
from kbuilder.text import N_, utc
from kbuilder.workspace.parts import Parts


@dataclass(frozen=True, slots=True)
class Helped:
    """What readers said of an answer, each of them once: the last word counts."""

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
        Askers(parts.database).keep_question(Question(time=parts.clock(), text=redact(text).text, **asked))


def erase_member(parts: Parts, member: str) -> int:
    """Forget what is kept of a member by pseudonym, also what waits on disk; how many events and questions.

    Raises:
        KBError: the database does not answer, or no pseudonym was given.
    """
    if not member:
        raise KBError(N_("Name the member's pseudonym."))
    drain(parts)
    return Askers(parts.database).erase_member(member)


def helped(parts: Parts) -> dict[str, Helped]:
    """By article or thread, how many of those who said so were helped."""
    return {target: Helped(yes, told) for target, (yes, told) in Askers(parts.database).last_words().items()}


def days_ago(parts: Parts, days: float) -> str:
    """A time some days before now."""
    return utc(datetime.fromisoformat(parts.clock()) - timedelta(days=days))


def add(parts: Parts, events: Sequence[Event]) -> None:
    """Keep events on disk, to be moved on.

    Raises:
        OSError: the disk does not take them.
    """
    spool(parts).add(events)
