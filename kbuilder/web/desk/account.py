"""One's own account: password, settings, sessions."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.errors import KBError
from kbuilder.text import N_, squeeze
from kbuilder.texts import SHIPPED, translator
from kbuilder.web.desk.access import PATH, gate, own_address, visitor_of
from kbuilder.web.desk.advice import said
from kbuilder.web.desk.forms import UNPROCESSABLE, field, fields
from kbuilder.web.desk.pages import Desk, go
from kbuilder.web.desk.throttle import Throttle, see_that_there_is_time
from kbuilder.web.pages import language_of
from kbuilder.web.service import Service
from kbuilder.workspace import mailing, people


def router(service: Service) -> APIRouter:
    """The routes of the account."""
    account = APIRouter(prefix=PATH, include_in_schema=False)
    _password(account, service)
    _settings(account, service)
    return account


def _password(account: APIRouter, service: Service) -> None:
    desk, may, throttle = Desk(service), gate(service), Throttle()
    parts = service.workspace.parts

    @account.get("/account", dependencies=may("see"))
    async def own_page(request: Request) -> Response:
        return await _page(desk, request)

    @account.post("/account/password", dependencies=may("see"))
    async def password(request: Request) -> Response:
        visitor = visitor_of(request)
        session = visitor.session
        if session is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        say = translator(language_of(request))
        new = await field(request, "new", 1000)
        if new != await field(request, "again", 1000):
            return await _page(desk, request, say(N_("The two new passwords differ.")), UNPROCESSABLE)
        old = await field(request, "old", 1000)
        key = f"password {visitor.person.id}"
        try:
            with throttle.trying(key, visitor.person.mail):
                see_that_there_is_time(service.passwords)
                await service.passwords.do(people.set_password, parts, visitor.person, old, new, session.token)
        except KBError as error:
            return await _page(desk, request, said(error, request), UNPROCESSABLE)
        following = own_address(await field(request, "next", 1000))
        return go(request, following, done="password")


def _settings(account: APIRouter, service: Service) -> None:
    desk, may, parts = Desk(service), gate(service), service.workspace.parts

    @account.post("/account/settings", dependencies=may("see"))
    async def settings(request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor.session is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        language = await field(request, "language")
        kept = {
            **visitor.person.settings,
            "keys": bool(await field(request, "keys")),
            "language": language if language in SHIPPED else "",
        }
        if (await service.config()).mail.host:
            wanted = await fields(request, "told")
            kept[mailing.QUIET] = [kind for kind in mailing.KINDS if kind not in wanted]
        pseudonym = squeeze(await field(request, "pseudonym"))[:80].translate({ord(mark): None for mark in "<>"})
        if await service.people.do(people.is_anothers, parts, visitor.person, pseudonym):
            say = translator(language_of(request))
            return await _page(desk, request, say(N_("Somebody else here goes by this name.")), UNPROCESSABLE)
        person = replace(visitor.person, settings=kept, pseudonym=pseudonym)
        await service.people.do(parts.people.change, person)
        return go(request, "/desk/account", done="settings")

    @account.post("/account/sessions/{number}", dependencies=may("see"))
    async def end_session(request: Request, number: str) -> Response:
        person = visitor_of(request).person
        found = await service.people.do(parts.people.sessions, person.id)
        only = next((each.token for each in found if each.token.startswith(number) and len(number) >= 12), "")
        if not only:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        await service.people.do(parts.people.end_sessions, person.id, "", only)
        return go(request, "/desk/account", done="ended")


async def _page(desk: Desk, request: Request, error: str = "", status: int = 200) -> Response:
    """One's own page.

    Raises:
        HTTPException: nobody is signed in: 404.
    """
    visitor = visitor_of(request)
    if visitor.session is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    people_of = desk.service.workspace.parts.people
    found = await desk.service.people.do(people_of.sessions, visitor.person.id)
    following = own_address(request.query_params.get("next", ""))
    values = {"error": error, "sessions": found, "following": following, "least": people.SHORTEST}
    values["kinds"], values["quiet"] = mailing.KINDS, visitor.person.settings.get(mailing.QUIET, ())
    return await desk.page(request, "account.html", status=status, **values)
