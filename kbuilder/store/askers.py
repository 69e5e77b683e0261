"""What askers and the programs that ask for them leave: keys, questions where they are kept, and their events.

Of a key only a digest is kept. A question is kept for as many days as ``kbuilder.toml`` says, which is none at first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from kbuilder.store.database import Database, Event, EventKind

if TYPE_CHECKING:
    from sqlalchemy import Select

_ROWS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a program asks with."""

    id: str
    name: str
    digest: str
    """Of the key itself, which is said once and kept nowhere."""
    created: str
    used: str = ""
    """The last day on which it was used."""
    revoked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that nothing answered, without personal data."""

    time: str
    text: str
    page_view: str = ""
    language: str = ""
    product: str = ""
    audience: str = "public"


@dataclass(frozen=True)
class Askers:
    """The askers' part of the database."""

    database: Database

    # -- keys -------------------------------------------------------------------------------------------------

    def add_key(self, key: Key) -> None:
        """Keep a new key."""
        self._insert("keys", [key])

    def all_keys(self) -> list[Key]:
        """All keys, the oldest first."""
        from sqlalchemy import select

        table = self.database.table("keys")
        return [Key(**row) for row in self._rows(select(table).order_by(table.c.created, table.c.id))]

    def key(self, digest: str) -> Key | None:
        """The key with a digest, revoked or not."""
        from sqlalchemy import select

        table = self.database.table("keys")
        found = self._rows(select(table).where(table.c.digest == digest))
        return Key(**found[0]) if found else None

    def change_key(self, id: str, **values: str) -> None:  # noqa: A002 - the record's own word
        """Note when a key was ``used`` or ``revoked``."""
        from sqlalchemy import update

        table = self.database.table("keys")
        with self.database.write() as connection:
            connection.execute(update(table).where(table.c.id == id).values(**values))

    # -- questions --------------------------------------------------------------------------------------------

    def keep_question(self, question: Question) -> None:
        """Keep a question in place of what was kept of the same page view; one without text is only forgotten."""
        from sqlalchemy import delete

        table = self.database.table("questions")
        if question.page_view:
            with self.database.write() as connection:
                connection.execute(delete(table).where(table.c.page_view == question.page_view))
        if question.text:
            self._insert("questions", [question])

    def questions(self, since: str = "") -> list[Question]:
        """Those that were kept since a time, the oldest first."""
        from sqlalchemy import select

        table = self.database.table("questions")
        rows = self._rows(select(table).where(table.c.time >= since).order_by(table.c.id))
        return [Question(**{name: row[name] for name in row if name != "id"}) for row in rows]

    def drop_questions(self, before: str) -> None:
        """Forget the questions from before a time."""
        self._drop("questions", before)

    # -- events -----------------------------------------------------------------------------------------------

    def events(
        self, since: str = "", until: str = "", kinds: Sequence[EventKind] = (), around: Sequence[EventKind] = ()
    ) -> Iterator[Event]:
        """Events of a span of time in the order in which they came, some thousands in memory at a time.

        Args:
            since: from this time on; ``""``: from the first.
            until: before this time; ``""``: to the last.
            kinds: of these kinds alone; empty: of all.
            around: of the page views alone on which one of these happened, or a member posted; empty: all.
        """
        table, last = self.database.table("events"), 0
        query = self._events(since, until, kinds, around).order_by(table.c.id).limit(_ROWS)
        while rows := self._rows(query.where(table.c.id > last)):
            last = rows[-1]["id"]
            yield from map(_event, rows)

    def views(self, kinds: Sequence[EventKind], around: Sequence[EventKind]) -> Iterator[list[Event]]:
        """The events of each page view in the order in which they came, one view in memory at a time.

        What happened on none comes as one. The database is read until the last one was taken.

        Args:
            kinds: as in :meth:`events`.
            around: likewise.
        """
        table = self.database.table("events")
        query = self._events(kinds=kinds, around=around).order_by(table.c.page_view, table.c.id)
        with self.database.read() as connection:
            rows = connection.execution_options(yield_per=_ROWS).execute(query).mappings()
            for _, view in groupby(rows, key=itemgetter("page_view")):
                yield [*map(_event, view)]

    def members(self) -> set[str]:
        """The pseudonyms by which members are known."""
        from sqlalchemy import select

        table = self.database.table("events")
        with self.database.read() as connection:
            return {*connection.scalars(select(table.c.member).where(table.c.member != "").distinct())}

    def _events(
        self, since: str = "", until: str = "", kinds: Sequence[EventKind] = (), around: Sequence[EventKind] = ()
    ) -> Select[Any]:
        from sqlalchemy import or_, select

        table = self.database.table("events")
        query = select(table).where(table.c.time >= since)
        if until:
            query = query.where(table.c.time < until)
        if kinds:
            query = query.where(table.c.kind.in_(kinds))
        if around:
            by_member = (table.c.kind == "posted") & (table.c.member != "")
            told = or_(table.c.kind.in_(around), by_member)
            views = select(table.c.page_view).where(told, table.c.page_view != "")
            query = query.where(or_(table.c.page_view.in_(views), by_member))
        return query

    def newest(self, kind: EventKind) -> int:
        """The number of the newest event of a kind: another one when there is another event; 0: there is none."""
        from sqlalchemy import func, select

        table = self.database.table("events")
        with self.database.read() as connection:
            return int(connection.scalar(select(func.max(table.c.id)).where(table.c.kind == kind)) or 0)

    def drop_events(self, before: str) -> None:
        """Forget the events from before a time."""
        self._drop("events", before)

    def erase_member(self, member: str) -> int:
        """Forget a member: all events of the pseudonym and of its page views, and questions of these; how many.

        Raises:
            ValueError: no pseudonym, which would mean everyone without one.
        """
        from sqlalchemy import delete, or_, select

        if not member:
            raise ValueError("a pseudonym is needed")
        events, questions = self.database.table("events"), self.database.table("questions")
        theirs = select(events.c.page_view).where(events.c.member == member, events.c.page_view != "").distinct()
        with self.database.write() as connection:
            views = list(connection.scalars(theirs))
            gone = connection.execute(delete(questions).where(questions.c.page_view.in_(views))).rowcount
            mine = or_(events.c.member == member, events.c.page_view.in_(views))
            return int(gone + connection.execute(delete(events).where(mine)).rowcount)

    # -- rows -------------------------------------------------------------------------------------------------

    def _rows(self, query: Select[Any]) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _insert(self, name: str, records: Sequence[Any]) -> None:
        with self.database.write() as connection:
            connection.execute(self.database.table(name).insert(), [dataclasses.asdict(each) for each in records])

    def _drop(self, name: str, before: str) -> None:
        from sqlalchemy import delete

        table = self.database.table(name)
        with self.database.write() as connection:
            connection.execute(delete(table).where(table.c.time < before))


def _event(row: Mapping[Any, Any]) -> Event:
    return Event(**{name: row[name] for name in row if name != "id"})
