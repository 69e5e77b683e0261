"""Keys with which programs ask. A key is random, said once, and kept as a digest alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from kbuilder.errors import KBError, NotFound
from kbuilder.records import digest
from kbuilder.store.askers import Askers, Key
from kbuilder.text import N_, short_id, squeeze
from kbuilder.workspace.parts import Parts

PREFIX = "kb_"
"""So that tools which look for leaked secrets know one."""


@dataclass(frozen=True, slots=True)
class Created:
    """A new key."""

    key: Key
    secret: str
    """Said once, kept nowhere."""


def create(parts: Parts, name: str) -> Created:
    """A new key for a program or site.

    Raises:
        KBError: no name, by which it could be told from others.
    """
    if not squeeze(name):
        raise KBError(
            N_("The key's name is empty."), N_("Name the site that asks with it, such as: forum.example.org")
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    key = Key(id=short_id(secrets.token_hex(16)), name=squeeze(name), digest=digest(secret), created=parts.clock())
    Askers(parts.database).add_key(key)
    return Created(key, secret)


def everyone(parts: Parts) -> list[Key]:
    """All keys, the oldest first."""
    return Askers(parts.database).all_keys()


def revoke(parts: Parts, id: str) -> Key:  # noqa: A002 - the record's own word
    """Let a key count no more; again changes nothing.

    Raises:
        NotFound: there is no such key.
    """
    found = next((key for key in everyone(parts) if key.id == id), None)
    if found is None:
        raise NotFound(N_("There is no key {id}."), N_("List all with: kbuilder keys list"), id=id)
    if not found.revoked:
        Askers(parts.database).change_key(id, revoked=parts.clock())
    return found


def known(parts: Parts, secret: str) -> Key | None:
    """The key that a request was made with, if it counts."""
    found = Askers(parts.database).key(digest(secret)) if secret.startswith(PREFIX) else None
    return None if found is None or found.revoked else found


def note(parts: Parts, key: Key) -> None:
    """Note the day on which a key is used."""
    today = parts.clock()[:10]
    if key.used != today:
        Askers(parts.database).change_key(key.id, used=today)
