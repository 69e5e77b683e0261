"""Messages to the support: kept to be counted, and gone without a byte left when they are erased."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kbuilder.records import Contact, digest
from kbuilder.store.database import BATCH, Database, chunks

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Kept:
    """What an import of messages changed."""

    added: int
    changed: int
    unchanged: int
    erased: int
    """Left out because somebody asked for them to be erased."""


@dataclass(frozen=True)
class Contacts:
    """The messages' part of the database."""

    database: Database

    def put(self, contacts: Iterable[Contact]) -> Kept:
        """Take in messages, a batch a transaction. The same ones again change nothing; what was erased stays away."""
        total = [0, 0, 0, 0]
        for batch in chunks(contacts, BATCH):
            with self.database.write() as connection:
                done = self._put(connection, {each.id: each for each in batch})
            total = [before + more for before, more in zip(total, done, strict=True)]
        return Kept(*total)

    def _put(self, connection: Connection, batch: dict[str, Contact]) -> tuple[int, int, int, int]:
        from sqlalchemy import delete, select

        table, erased = self.database.table("contacts"), self.database.table("erased")
        gone = set(connection.scalars(select(erased.c.digest).where(erased.c.digest.in_(map(digest, batch)))))
        wanted = {key: each for key, each in batch.items() if digest(key) not in gone}
        query = select(table).where(table.c.id.in_(list(wanted)))
        known = {row["id"]: Contact(**row) for row in connection.execute(query).mappings()}
        fresh = [each for key, each in wanted.items() if known.get(key) != each]
        changed = [each.id for each in fresh if each.id in known]
        connection.execute(delete(table).where(table.c.id.in_(changed)))
        if fresh:
            connection.execute(table.insert(), [dataclasses.asdict(each) for each in fresh])
        added = len(fresh) - len(changed)
        return added, len(changed), len(wanted) - len(fresh), len(batch) - len(wanted)

    def chosen(self, name: str = "", before: str = "", id: str = "") -> list[Contact]:  # noqa: A002 - the record's word
        """Messages by id; those of a name, from before a time, or with an id, where that is given.

        Messages without a date are from before any time.
        """
        from sqlalchemy import select

        table = self.database.table("contacts")
        query = select(table).order_by(table.c.id)
        if name:
            query = query.where(table.c.name == name)
        if before:
            query = query.where(table.c.date < before)
        if id:
            query = query.where(table.c.id == id)
        return self._read(query)

    def erase(self, ids: Sequence[str], *, for_good: bool) -> None:
        """Erase messages, and leave no byte of them.

        Args:
            for_good: a later import leaves them out.

        Raises:
            Conflict: another process holds the database open, so that its log could not be cleared.
        """
        from sqlalchemy import delete, select

        table, erased = self.database.table("contacts"), self.database.table("erased")
        with self.database.write() as connection:
            for batch in chunks(ids, BATCH):
                connection.execute(delete(table).where(table.c.id.in_(batch)))
                if for_good:
                    digests = [digest(each) for each in batch]
                    known = {*connection.scalars(select(erased.c.digest).where(erased.c.digest.in_(digests)))}
                    rows = [{"digest": each} for each in digests if each not in known]
                    connection.execute(erased.insert(), rows) if rows else None
        self.database.scrub()

    def _read(self, query: Any) -> list[Contact]:
        with self.database.read() as connection:
            return [Contact(**row) for row in connection.execute(query).mappings()]
