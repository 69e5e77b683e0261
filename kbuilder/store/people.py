"""The people at the desk and what is theirs: rights, sessions, unsaved work, notes; and who decided what, when.

Whoever is removed takes all of it along. Of a session only a digest of its token is kept: who reads the database
cannot sign in with what stands there.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kbuilder.errors import Conflict
from kbuilder.store.database import Database
from kbuilder.text import N_

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who may sign in."""

    id: str
    name: str
    mail: str
    """In small letters."""
    created: str
    password: str = ""
    """Its argon2 hash; ``""``: none, so that this way in is closed."""
    roles: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    """Whose articles may be seen and decided on; empty: all."""
    languages: tuple[str, ...] = ()
    """Likewise; empty: all."""
    pseudonym: str = ""
    """Under which verdicts are committed; ``""``: the name."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    renew: bool = False
    """The password is a first one: it must be changed before anything else is done."""
    disabled: bool = False
    issuer: str = ""
    """The provider at which this person's account is; ``""``: none is bound."""
    subject: str = ""
    """The account's name there, which stays when its mail address changes."""

    @property
    def editor(self) -> str:
        """The author of this person's commits."""
        return self.pseudonym or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser in which someone is signed in."""

    token: str
    """A digest of the one that the browser holds."""
    person: str
    csrf: str
    """What its forms carry. It begins with the person's id: a form that outlives its session says whose it was."""
    created: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What someone wrote and has not saved yet, or hands in for review."""

    person: str
    target: str
    """A lineage, an article's id, or a new id; more behind a dash, where somebody keeps several texts on one."""
    base: str
    """Digest of what it began from."""
    title: str
    body: str
    updated: str
    more: Mapping[str, Any] = field(default_factory=dict)
    submitted: str = ""
    """When it was handed in; ``""``: it is still being written."""

    @property
    def about(self) -> str:
        """The lineage or article's id that it is about; of a new article, no such id."""
        return subject(self.target)


def subject(target: str) -> str:
    """What a text is about, by what it is kept under.

    >>> subject("kqoxlv6sqkde"), subject("kqoxlv6sqkde-2gscjjdbopm6"), subject("new-2gscjjdbopm6")
    ('kqoxlv6sqkde', 'kqoxlv6sqkde', 'new')
    """
    return target.partition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A question to a colleague about a candidate or article."""

    id: int = 0
    target: str
    person: str
    recipient: str
    text: str
    time: str
    done: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """A verdict given at the desk."""

    decision: str
    person: str
    target: str
    title: str
    verdict: str
    opened: str
    decided: str
    kept: float | None = None
    """Share of the draft's words that stayed, of an approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Someone who has a candidate or article open, or had."""

    target: str
    person: str
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """A candidate that is put off."""

    target: str
    person: str
    until: str
    reason: str


_LISTS = ("roles", "audiences", "languages", "settings", "more")


@dataclass(frozen=True)
class People:
    """The desk's part of the database."""

    database: Database

    # -- people -----------------------------------------------------------------------------------------------

    def add(self, person: Person) -> None:
        """Take someone in.

        Raises:
            Conflict: the mail address is someone's already.
        """
        from sqlalchemy.exc import IntegrityError

        try:
            self._put("people", person)
        except IntegrityError:
            raise Conflict(
                N_("{mail} belongs to someone already."),
                N_("List everyone with: kbuilder people list"),
                mail=person.mail,
            ) from None

    def change(self, person: Person) -> None:
        """Replace what is kept of someone."""
        from sqlalchemy import update

        table = self.database.table("people")
        with self.database.write() as connection:
            connection.execute(update(table).where(table.c.id == person.id).values(**_row(person)))

    def remove(self, id: str) -> None:  # noqa: A002 - the record's own word
        """Forget someone, with all that is theirs."""
        self._drop("people", id=id)

    def person(self, **known: str) -> Person | None:
        """Someone by ``id`` or ``mail``."""
        found = self._all("people", Person, **known)
        return found[0] if found else None

    def bind(self, id: str, issuer: str, subject: str) -> bool:  # noqa: A002 - the record's own word
        """Let an account at the provider be someone's who has none; whether it is."""
        from sqlalchemy import update

        table = self.database.table("people")
        query = update(table).where(table.c.id == id, table.c.subject == "").values(issuer=issuer, subject=subject)
        with self.database.write() as connection:
            return bool(connection.execute(query).rowcount)

    def people(self) -> list[Person]:
        """Everyone, by name."""
        return sorted(self._all("people", Person), key=lambda each: (each.name.casefold(), each.id))

    # -- sessions ---------------------------------------------------------------------------------------------

    def open_session(self, session: Session, expired: str) -> None:
        """Keep a new session, and drop those that were last seen before a time."""
        from sqlalchemy import delete

        table = self.database.table("sessions")
        with self.database.write() as connection:
            connection.execute(delete(table).where(table.c.seen < expired))
            connection.execute(table.insert(), _row(session))

    def session(self, token: str) -> tuple[Session, Person] | None:
        """A session and whose it is, by the digest of its token."""
        found = self._all("sessions", Session, token=token)
        person = self.person(id=found[0].person) if found else None
        return (found[0], person) if person else None

    def touch_session(self, token: str, time: str) -> None:
        """Note that a session is in use."""
        from sqlalchemy import update

        table = self.database.table("sessions")
        with self.database.write() as connection:
            connection.execute(update(table).where(table.c.token == token).values(seen=time))

    def sessions(self, person: str) -> list[Session]:
        """Someone's sessions, the last used first."""
        return sorted(self._all("sessions", Session, person=person), key=lambda each: each.seen, reverse=True)

    def end_sessions(self, person: str, keep: str = "", only: str = "") -> None:
        """End someone's sessions: all, all but one, or one."""
        from sqlalchemy import delete

        table = self.database.table("sessions")
        query = delete(table).where(table.c.person == person, table.c.token != keep)
        with self.database.write() as connection:
            connection.execute(query.where(table.c.token == only) if only else query)

    # -- work -------------------------------------------------------------------------------------------------

    def save_work(self, work: Work) -> None:
        """Keep what someone has written so far, or hands in, in place of what was kept, or handed in, before."""
        self._put("handed_in" if work.submitted else "work", work, replacing=("person", "target"))

    def work(self, person: str, target: str) -> Work | None:
        """What someone wrote and has not saved yet."""
        found = self._all("work", Work, person=person, target=target)
        return found[0] if found else None

    def handed_in(self, person: str, target: str) -> Work | None:
        """What someone handed in; it stays so while they go on writing."""
        found = self._all("handed_in", Work, person=person, target=target)
        return found[0] if found else None

    def works(self, **known: str) -> list[Work]:
        """All unsaved work, handed in or not, or that of a ``person`` or on a ``target``; the newest first."""
        found = [work for table in ("work", "handed_in") for work in self._all(table, Work, **known)]
        found.sort(key=lambda each: each.target)  # of one second, the text itself before what came back beside it
        return sorted(found, key=lambda each: each.updated, reverse=True)

    def drop_work(self, person: str, target: str) -> None:
        """It was saved, or thrown away; what was handed in stays."""
        self._drop("work", person=person, target=target)

    def drop_handed_in(self, person: str, target: str) -> None:
        """It was saved, taken back or turned down; what is still being written stays."""
        self._drop("handed_in", person=person, target=target)

    # -- who does what ----------------------------------------------------------------------------------------

    def visit(self, target: str, person: str, time: str) -> None:
        """Note that someone has a candidate or article open; the first time stays until a verdict."""
        self._put("visits", Visit(target=target, person=person, first=time, last=time), ("target", "person"), "last")

    def visits(self, target: str, since: str = "") -> list[Visit]:
        """Who has it open, or had since a time."""
        return [each for each in self._all("visits", Visit, target=target) if each.last >= since]

    def claim(self, target: str, person: str, time: str) -> None:
        """Let a candidate be someone's."""
        self._put_row("claims", {"target": target, "person": person, "time": time}, ("target",))

    def unclaim(self, target: str) -> None:
        """Let it be nobody's again."""
        self._drop("claims", target=target)

    def claims(self) -> dict[str, str]:
        """Target to person."""
        from sqlalchemy import select

        table = self.database.table("claims")
        with self.database.read() as connection:
            return {row.target: row.person for row in connection.execute(select(table))}

    def defer(self, deferred: Deferred) -> None:
        """Put a candidate off."""
        self._put("deferred", deferred, replacing=("target",))

    def undefer(self, target: str) -> None:
        """Let it wait again."""
        self._drop("deferred", target=target)

    def deferred(self) -> dict[str, Deferred]:
        """What was put off, by target."""
        return {each.target: each for each in self._all("deferred", Deferred)}

    # -- notes ------------------------------------------------------------------------------------------------

    def ask(self, note: Note) -> None:
        """Keep a question to a colleague."""
        row = {name: value for name, value in _row(note).items() if name != "id"}
        with self.database.write() as connection:
            connection.execute(self.database.table("notes").insert(), row)

    def notes(self, **known: str) -> list[Note]:
        """Questions on a ``target`` or to a ``recipient``, the oldest first."""
        return sorted(self._all("notes", Note, **known), key=lambda each: each.id)

    def answer_note(self, number: int, recipient: str, time: str) -> None:
        """The one who was asked has seen to it."""
        from sqlalchemy import update

        table = self.database.table("notes")
        query = update(table).where(table.c.id == number, table.c.recipient == recipient).values(done=time)
        with self.database.write() as connection:
            connection.execute(query)

    # -- what was decided -------------------------------------------------------------------------------------

    def handled(self, done: Handled) -> None:
        """Note a verdict; whoever has its target open begins anew."""
        from sqlalchemy import delete

        with self.database.write() as connection:
            table = self.database.table("handled")
            connection.execute(_upsert(connection, table, _row(done), ("decision",), ""))
            for name in ("visits", "claims", "deferred"):
                table = self.database.table(name)
                connection.execute(delete(table).where(table.c.target == done.target))

    def done(self, since: str = "", person: str = "") -> list[Handled]:
        """Verdicts given at the desk, the newest first."""
        found = self._all("handled", Handled, **({"person": person} if person else {}))
        kept = (each for each in found if each.decided >= since)
        return sorted(kept, key=lambda each: (each.decided, each.decision), reverse=True)

    # -- rows -------------------------------------------------------------------------------------------------

    def _all(self, name: str, kind: type[Any], **known: str) -> list[Any]:
        from sqlalchemy import select

        table = self.database.table(name)
        query = select(table).where(*(table.c[key] == value for key, value in known.items()))
        with self.database.read() as connection:
            return [kind(**_values(row._mapping)) for row in connection.execute(query)]

    def _put(self, name: str, record: Any, replacing: Sequence[str] = (), only: str = "") -> None:
        self._put_row(name, _row(record), replacing, only)

    def _put_row(self, name: str, row: Mapping[str, Any], replacing: Sequence[str] = (), only: str = "") -> None:
        with self.database.write() as connection:
            connection.execute(_upsert(connection, self.database.table(name), row, replacing, only))

    def _drop(self, name: str, **known: str) -> None:
        from sqlalchemy import delete

        table = self.database.table(name)
        with self.database.write() as connection:
            connection.execute(delete(table).where(*(table.c[key] == value for key, value in known.items())))


def _upsert(connection: Connection, table: Any, row: Mapping[str, Any], keys: Sequence[str], only: str) -> Any:
    """An insert that replaces the row of the same keys, whole or in one column."""
    from sqlalchemy.dialects import postgresql, sqlite

    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    query = dialect.insert(table).values(**row)
    if not keys:
        return query
    changed = {name: query.excluded[name] for name in row if name not in keys and only in ("", name)}
    return query.on_conflict_do_update(index_elements=list(keys), set_=changed)


def _row(record: Any) -> dict[str, Any]:
    plain = dataclasses.asdict(record)
    return {name: json.dumps(value, sort_keys=True) if name in _LISTS else value for name, value in plain.items()}


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _read(value) if name in _LISTS else value for name, value in row.items()}


def _read(text: str) -> Any:
    value = json.loads(text)
    return tuple(value) if isinstance(value, list) else value
