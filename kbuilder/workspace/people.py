"""The people at the desk: taken in, given roles, signed in and out. Passwords are hashed with argon2."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from kbuilder.errors import Conflict, Denied, KBError, NotFound
from kbuilder.records import digest
from kbuilder.store.people import Person, Session
from kbuilder.text import N_, fold, short_id, squeeze, utc
from kbuilder.workspace.oidc import Account
from kbuilder.workspace.parts import Parts
from kbuilder.workspace.rights import ROLES

SHORTEST, LONGEST = 10, 200
"""Characters of a password."""
IDLE = timedelta(hours=12)
"""After which a session that nobody used ends."""
LIFE = timedelta(days=30)
"""After which every session ends."""
TOUCH = timedelta(minutes=1)
"""Between two notes that a session is in use."""

_MAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,189}")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class WeakPassword(KBError):
    """A password that is not taken."""


@dataclass(frozen=True, slots=True)
class Added:
    """Someone new, or someone whose password was reset."""

    person: Person
    password: str
    """Said once, kept nowhere; it must be changed at the first sign-in."""


def add(
    parts: Parts,
    mail: str,
    name: str,
    roles: Sequence[str],
    audiences: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> Added:
    """Take someone in, with a first password.

    Raises:
        KBError: no mail address, no name, or no such role.
        Conflict: the address is someone's already.
    """
    address = mail.strip().lower()
    if not _MAIL.fullmatch(address) or not squeeze(name):
        raise KBError(
            N_("“{mail}” is no mail address, or the name is missing."),
            N_("Give both, such as ada@example.org and Ada."),
            mail=mail,
        )
    password = _first_password()
    person = Person(
        id=short_id(secrets.token_hex(16)),
        name=squeeze(name),
        mail=address,
        created=parts.clock(),
        password=_hasher().hash(password),
        roles=_known(roles),
        audiences=tuple(audiences),
        languages=tuple(languages),
        renew=True,
    )
    parts.people.add(person)
    return Added(person, password)


def everyone(parts: Parts) -> list[Person]:
    """All people, by name."""
    return parts.people.people()


def find(parts: Parts, name: str) -> Person:
    """Someone by mail address or id.

    Raises:
        NotFound: there is nobody of this name.
    """
    found = parts.people.person(mail=name.strip().lower()) or parts.people.person(id=name)
    if found is None:
        raise NotFound(
            N_("There is nobody called {name}."), N_("List everyone with: kbuilder people list"), name=name
        )
    return found


def is_anothers(parts: Parts, person: Person, name: str) -> bool:
    """Whether somebody else's verdicts stand under a name, or would: history must say who decided."""
    others = (each for each in everyone(parts) if each.id != person.id)
    names = {fold(each) for other in others for each in (other.name, other.pseudonym, other.mail) if each}
    return fold(squeeze(name)) in names


def change(parts: Parts, person: Person, **values: Any) -> Person:
    """Give someone other roles, audiences, languages, or close the way in with ``disabled=True``.

    Whoever is closed out is signed out at once.

    Raises:
        KBError: no such role.
        Conflict: nobody would be left to administer.
    """
    if "roles" in values:
        values["roles"] = _known(values["roles"])
    new = replace(person, **values)
    if _administers(person) and not _administers(new):
        others = [each for each in everyone(parts) if each.id != person.id and _administers(each)]
        if not others:
            raise Conflict(
                N_("{name} is the only administrator."),
                N_("Make someone else one first."),
                name=person.name,
            )
    parts.people.change(new)
    if new.disabled:
        parts.people.end_sessions(new.id)
    return new


def reset(parts: Parts, person: Person) -> Added:
    """Give someone a first password again; all their sessions end."""
    password = _first_password()
    new = replace(person, password=_hasher().hash(password), renew=True)
    parts.people.change(new)
    parts.people.end_sessions(person.id)
    return Added(new, password)


def set_password(parts: Parts, person: Person, old: str, new: str, keep: str) -> None:
    """Let someone choose another password; their other sessions end.

    Args:
        keep: digest of the session's token that goes on.

    Raises:
        Denied: the old one is wrong.
        WeakPassword: the new one is too short, too long, or the old one.
    """
    proved = _proved(parts, person, old)
    if proved is None:
        raise Denied(N_("The present password is not right."))
    if not SHORTEST <= len(new) <= LONGEST or new == old or new.lower() in (person.mail, person.name.lower()):
        raise WeakPassword(
            N_("A password has at least {least} characters, and is neither the old one nor your name."),
            N_("Take some words that only you would put together."),
            least=SHORTEST,
        )
    parts.people.change(replace(proved, password=_hasher().hash(new), renew=False))
    parts.people.end_sessions(person.id, keep=keep)


def sign_in(parts: Parts, mail: str, password: str) -> str | None:
    """A new session's token, for the browser alone; ``None``: not these.

    Takes as long for an address that nobody has as for a wrong password.
    """
    person = _proved(parts, parts.people.person(mail=mail.strip().lower()), password)
    if person is None:
        return None
    if _hasher().check_needs_rehash(person.password):
        parts.people.change(replace(person, password=_hasher().hash(password)))
    return open_session(parts, person)


def sign_in_as(parts: Parts, account: Account) -> str | None:
    """A new session's token for whoever has proved elsewhere who they are; ``None``: nobody here.

    The first account that comes with a person's address is theirs from then on. A first password that was never
    changed is dropped with it: it was said to someone, and is not needed.

    Raises:
        Denied: another account is theirs.
    """
    bound = parts.people.person(issuer=account.issuer, subject=account.subject)
    person = bound or parts.people.person(mail=account.mail.strip().lower())
    if person is None or person.disabled:
        return None
    if bound is None and not parts.people.bind(person.id, account.issuer, account.subject):
        raise Denied(
            N_("{mail} belongs to another account here than the one that you came with."),
            N_("If it is yours, ask whoever administers the desk to release the old one."),
            mail=person.mail,
        )
    if person.renew:
        parts.people.change(replace(find(parts, person.id), password="", renew=False))
    return open_session(parts, person)


def release(parts: Parts, person: Person) -> Person:
    """Let another account at the provider be someone's: the next that comes with their address. Sessions end."""
    new = replace(person, issuer="", subject="")
    parts.people.change(new)
    parts.people.end_sessions(person.id)
    return new


def open_session(parts: Parts, person: Person) -> str:
    """Sign someone in whose identity is sure."""
    token, now = secrets.token_urlsafe(32), parts.clock()
    csrf = f"{person.id}.{secrets.token_urlsafe(32)}"
    session = Session(token=digest(token), person=person.id, csrf=csrf, created=now, seen=now)
    parts.people.open_session(session, expired=_before(now, IDLE))
    return token


def signed_in(parts: Parts, token: str) -> tuple[Session, Person] | None:
    """The session of a token and its person; ``None``: there is none, or it has ended."""
    found = parts.people.session(digest(token)) if token else None
    if found is None:
        return None
    session, person = found
    now = parts.clock()
    if person.disabled or session.seen < _before(now, IDLE) or session.created < _before(now, LIFE):
        parts.people.end_sessions(person.id, only=session.token)
        return None
    if session.seen < _before(now, TOUCH):
        parts.people.touch_session(session.token, now)
    return session, person


def sign_out(parts: Parts, session: Session) -> None:
    """End a session."""
    parts.people.end_sessions(session.person, only=session.token)


def _known(roles: Sequence[str]) -> tuple[str, ...]:
    unknown = sorted(set(roles) - ROLES.keys())
    if unknown or not roles:
        raise KBError(
            N_("There is no role “{role}”."),
            N_("The roles are: {roles}"),
            role=", ".join(unknown),
            roles=", ".join(ROLES),
        )
    return tuple(role for role in ROLES if role in roles)


def _administers(person: Person) -> bool:
    return "administrator" in person.roles and not person.disabled


def _before(now: str, span: timedelta) -> str:
    return utc(datetime.fromisoformat(now) - span)


def _first_password() -> str:
    """Four groups that can be read out."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


@cache
def _hasher() -> Any:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash that nothing matches, for the time that it takes to compare."""
    return str(_hasher().hash(secrets.token_hex(16)))


def _proved(parts: Parts, person: Person | None, password: str) -> Person | None:
    """The person as they are once the password was compared, which takes a while; ``None``: it is not theirs."""
    right = _matches(person.password if person else "", password)
    now = parts.people.person(id=person.id) if person and right else None
    return now if now and person and now.password == person.password and not now.disabled else None


def _matches(known: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return bool(_hasher().verify(known or _nobody(), password[: LONGEST + 1])) and bool(known)
    except (VerificationError, InvalidHashError):
        return False
