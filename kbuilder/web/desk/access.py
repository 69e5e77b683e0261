"""Who is at the desk, and whether they may: signed in, with the right, and by a form of ours.

A POST is let through only with the session's own token in its form or header, and only from a page of this host.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import Request

from kbuilder.errors import Denied, Said
from kbuilder.store.people import Person, Session
from kbuilder.text import N_
from kbuilder.web.guard import is_local
from kbuilder.web.problems import is_at_desk
from kbuilder.web.service import Service
from kbuilder.workspace import people, rights
from kbuilder.workspace.rights import NAMES, NEEDED, Right

COOKIE = "kbuilder_desk"
PATH = "/desk"
SIGN_IN = "/desk/sign-in"
ACCOUNT = "/desk/account"
SAFE = ("GET", "HEAD")

_NOBODY = Person(id="", name="", mail="", created="", roles=("reader",))
"""Whoever sits at this machine before there are people: may look, not decide."""


class SignInNeeded(Exception):
    """Nobody is signed in."""


class PasswordNeeded(Exception):
    """A first password is to be changed before anything else."""


class StaleForm(Exception):
    """A change was not sent by a form of the session that is open now."""


@dataclass(frozen=True)
class Visitor:
    """Who is at the desk."""

    person: Person
    session: Session | None = None
    """``None``: nobody can sign in yet, and this is whoever sits at the machine."""

    @property
    def csrf(self) -> str:
        return self.session.csrf if self.session else ""

    @property
    def rights(self) -> frozenset[Right]:
        return rights.rights(self.person)

    @property
    def editor(self) -> str:
        return self.person.editor

    def may(self, right: Right) -> bool:
        return right in self.rights

    def reaches(self, thing: Any) -> bool:
        """Whether this one's rights hold for something with an audience and a language."""
        return rights.reaches(self.person, getattr(thing, "audience", "public"), thing.language)


@dataclass(frozen=True, slots=True)
class Reach:
    """An audience and a language, of what is not at hand itself."""

    audience: str
    language: str


@dataclass(frozen=True)
class Gate:
    """What stands before a route: a right, and for changes a form of ours."""

    service: Service
    right: Right

    async def __call__(self, request: Request) -> None:
        visitor = await _visitor(self.service, request)
        request.state.visitor = visitor
        if not visitor.may(self.right):
            raise Denied(
                N_("Your role does not allow this."),
                N_("Ask whoever administers the desk for the role: {role}"),
                role=Said(NAMES[NEEDED[self.right]]),
            )
        if request.method not in SAFE:
            request.state.sent = await request.form()
            if not await is_sent_by(request, visitor.csrf):
                raise StaleForm
        if visitor.person.renew and not request.url.path.startswith((ACCOUNT, "/desk/sign-out")):
            raise PasswordNeeded


def gate(service: Service) -> Any:
    """What makes the dependencies of a route: ``may("decide")``."""
    return lambda right: [Depends(Gate(service, right))]


async def known(service: Service, request: Request) -> Visitor | None:
    """Who is at the desk, where no gate has asked; ``None``: nobody who may be told more than a stranger."""
    with suppress(SignInNeeded, Denied):
        return await _visitor(service, request)
    return None


def visitor_of(request: Request) -> Visitor:
    """Who is at the desk, once the gate has let them through."""
    visitor: Visitor = request.state.visitor
    return visitor


async def _visitor(service: Service, request: Request) -> Visitor:
    found, anyone = await service.people.do(_look, service, request.cookies.get(COOKIE, ""))
    if found:
        session, person = found
        return Visitor(person, session)
    if anyone:
        raise SignInNeeded
    if is_local(request):
        return Visitor(_NOBODY)
    raise Denied(
        N_("Nobody can sign in here yet, and so the desk answers only to the machine that it runs on."),
        N_("Open it there, at http://127.0.0.1, or let the first person sign in with: kbuilder people add MAIL"),
    )


def _look(service: Service, token: str) -> tuple[tuple[Session, Person] | None, bool]:
    parts = service.workspace.parts
    found = people.signed_in(parts, token)
    return found, bool(found) or bool(people.everyone(parts))


async def is_sent_by(request: Request, token: str) -> bool:
    """Whether a change was sent by a form of ours that holds a token."""
    given = await given_token(request)
    return bool(token) and secrets.compare_digest(given.encode(), token.encode()) and is_own_page(request)


async def given_token(request: Request) -> str:
    """The token that a change was sent with."""
    given = request.headers.get("x-csrf-token", "")
    if not given and "form" in request.headers.get("content-type", ""):
        given = str((await request.form()).get("csrf", ""))
    return given


def is_own_page(request: Request) -> bool:
    """Whether a request comes from a page of this host, as far as the browser says."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    return "origin" not in request.headers or _is_from_here(request)


def is_surely_own_page(request: Request) -> bool:
    """Whether the browser says so itself."""
    return is_own_page(request) and _is_from_here(request)


def _is_from_here(request: Request) -> bool:
    origin = urlsplit(request.headers.get("origin", "")).netloc.lower()
    return bool(origin) and origin == request.headers.get("host", "").lower()


def own_address(address: str) -> str:
    """An address below ``/desk`` to go on to; the desk itself where it is any other.

    >>> own_address("/desk/articles?page=2"), own_address("//evil.example/desk"), own_address("/desk/\\\\evil")
    ('/desk/articles?page=2', '/desk', '/desk')
    """
    path = address.partition("?")[0]
    plain = address.isascii() and address.isprintable() and not set(address) & set("\\\"'<> #")
    inside = is_at_desk(path) and "//" not in path and ".." not in path and SIGN_IN not in path
    return address if plain and inside else PATH
