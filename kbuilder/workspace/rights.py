"""Who may do what: roles give rights, and a person's audiences and languages say where they hold."""

from __future__ import annotations

from typing import Literal

from kbuilder.store.people import Person
from kbuilder.text import N_

Right = Literal["see", "write", "answer", "decide", "publish", "administer"]

ROLES: dict[str, frozenset[Right]] = {
    "reader": frozenset({"see"}),
    "author": frozenset({"see", "write"}),
    "agent": frozenset({"see", "answer"}),
    "editor": frozenset({"see", "write", "answer", "decide"}),
    "publisher": frozenset({"see", "write", "answer", "decide", "publish"}),
    "administrator": frozenset({"see", "write", "answer", "decide", "publish", "administer"}),
}
"""What each role may. An author hands in drafts and never publishes; an agent answers customers."""

NAMES = {
    "reader": N_("Reader"),
    "author": N_("Author"),
    "agent": N_("Agent"),
    "editor": N_("Editor"),
    "publisher": N_("Publisher"),
    "administrator": N_("Administrator"),
}

NEEDED: dict[Right, str] = {
    "see": "reader",
    "write": "author",
    "answer": "agent",
    "decide": "editor",
    "publish": "publisher",
    "administer": "administrator",
}
"""The least role that has a right."""


def rights(person: Person) -> frozenset[Right]:
    """All that a person's roles allow; a role that is not known allows nothing."""
    if person.disabled:
        return frozenset()
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in person.roles))


def reaches(person: Person, audience: str, language: str) -> bool:
    """Whether a person's rights hold for something of an audience and language.

    >>> guest = Person(id="", name="", mail="", created="", languages=("de",))
    >>> reaches(guest, "public", "de"), reaches(guest, "public", "en")
    (True, False)
    """
    return (not person.audiences or audience in person.audiences) and (
        not person.languages or language in person.languages
    )
