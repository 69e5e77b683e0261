"""Signing in and out: by a password of this desk, or by an account at the provider."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from kbuilder.config import Config
from kbuilder.errors import Denied, KBError, Overloaded
from kbuilder.text import N_
from kbuilder.texts import SHIPPED
from kbuilder.web.desk.access import COOKIE, PATH, SIGN_IN, gate, is_own_page, is_sent_by, own_address, visitor_of
from kbuilder.web.desk.advice import said
from kbuilder.web.desk.forms import field
from kbuilder.web.desk.pages import Desk, go
from kbuilder.web.desk.throttle import Throttle, TooMany, see_that_there_is_time
from kbuilder.web.service import Service
from kbuilder.workspace import oidc, people

ENTER = "kbuilder_enter"
"""The cookie that ties the form to sign in to the browser that asked for it."""
AWAY = "kbuilder_away"
"""The cookie that ties the way back from the provider to the browser that set out: its secret, language, and goal."""
AWAY_FOR = 900
"""Seconds that someone may take there."""
WRONG = N_("Mail address and password do not belong together.")
TOO_OLD = N_("This form was open for too long, or in two tabs. Sign in once more.")
STRANGER = N_("Nobody at this desk has the address {mail}.")
STRANGER_HINT = N_("Ask whoever administers it to let you in.")


def router(service: Service) -> APIRouter:
    """The routes of signing in and out."""
    signing = APIRouter(prefix=PATH, include_in_schema=False)
    throttle = Throttle()
    _by_password(signing, service, throttle)
    _to_provider(signing, service)
    _from_provider(signing, service, throttle)
    parts, may = service.workspace.parts, gate(service)

    @signing.get("/session", dependencies=may("see"))
    async def session(request: Request) -> Response:
        """Who is signed in now, and what their forms carry: for a page that was open before they signed in."""
        if not is_own_page(request):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        visitor = visitor_of(request)
        found = {"person": visitor.person.id, "name": visitor.person.name, "csrf": visitor.csrf}
        return JSONResponse(found, headers={"Cache-Control": "no-store"})

    @signing.post("/sign-out", dependencies=may("see"))
    async def sign_out(request: Request) -> Response:
        session = visitor_of(request).session
        if session:
            await service.people.do(people.sign_out, parts, session)
        response = go(request, SIGN_IN)
        response.delete_cookie(COOKIE, path=PATH)
        return response

    return signing


@dataclass(frozen=True)
class SignIn:
    """The form to sign in."""

    service: Service

    async def page(self, request: Request, error: str = "", status: int = 200, mail: str = "") -> Response:
        """The form, tied to the browser that asks for it."""
        anyone = bool(await self.service.people.do(people.everyone, self.service.workspace.parts))
        token = secrets.token_urlsafe(24)
        values = {"token": token, "error": error, "mail": mail, "anyone": anyone}
        values["following"] = own_address(request.query_params.get("next", ""))
        response = await Desk(self.service).page(request, "sign-in.html", status=status, **values)
        _set(response, request, ENTER, token, SIGN_IN)
        return response

    async def refused(
        self, request: Request, error: KBError, status: int = HTTPStatus.FORBIDDEN, mail: str = ""
    ) -> Response:
        """The form again, with why it did not work."""
        return await self.page(request, said(error, request), status, mail)

    async def later(self, request: Request, error: TooMany, mail: str = "") -> Response:
        """Likewise, after too many tries; programs are told when to try again."""
        response = await self.refused(request, error, HTTPStatus.TOO_MANY_REQUESTS, mail)
        response.headers["Retry-After"] = str(error.seconds)
        return response


def _by_password(signing: APIRouter, service: Service, throttle: Throttle) -> None:
    sign_in_page, parts = SignIn(service), service.workspace.parts

    @signing.get("/sign-in")
    async def sign_in_form(request: Request) -> Response:
        return await sign_in_page.page(request)

    @signing.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        if not await is_sent_by(request, request.cookies.get(ENTER, "")):
            return await sign_in_page.refused(request, Denied(TOO_OLD))
        mail, password = (await field(request, "mail")).lower(), await field(request, "password")
        machine = request.client.host if request.client else ""
        try:
            with throttle.trying(machine, mail):
                see_that_there_is_time(service.passwords)
                token = await service.passwords.do(people.sign_in, parts, mail, password)
                if token is None:
                    raise Denied(WRONG)
        except TooMany as error:
            return await sign_in_page.later(request, error, mail)
        except Overloaded as error:
            return await sign_in_page.refused(request, error, HTTPStatus.SERVICE_UNAVAILABLE, mail)
        except Denied as error:
            return await sign_in_page.refused(request, error, mail=mail)
        response = go(request, own_address(await field(request, "next", 1000)))
        _set(response, request, COOKIE, token, PATH)
        response.delete_cookie(ENTER, path=SIGN_IN)
        return response


async def _with_provider(service: Service) -> Config:
    """The configuration.

    Raises:
        HTTPException: it names no provider: 404.
    """
    found = await service.config()
    if not found.oidc.issuer:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found


def _to_provider(signing: APIRouter, service: Service) -> None:
    """The way to the provider; it waits for another's server, and so in a thread that nobody else needs."""
    sign_in_page, parts = SignIn(service), service.workspace.parts

    @signing.get("/sign-in/away")
    async def away(request: Request) -> Response:
        flow = oidc.Flow.begun()
        try:
            address = await run_in_threadpool(oidc.way_out, parts, await _with_provider(service), flow)
        except KBError as error:
            return await sign_in_page.refused(request, error, HTTPStatus.BAD_GATEWAY)
        response = RedirectResponse(address, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
        following, chosen = own_address(request.query_params.get("next", "")), request.query_params.get("lang", "")
        language = chosen if chosen in SHIPPED else "-"
        _set(response, request, AWAY, f"{flow.token} {language} {following}", SIGN_IN, AWAY_FOR)
        return response


def _from_provider(signing: APIRouter, service: Service, throttle: Throttle) -> None:
    """The way back."""
    sign_in_page, parts = SignIn(service), service.workspace.parts

    @signing.get("/sign-in/back")
    async def back(request: Request) -> Response:
        settings = await _with_provider(service)
        token, language, following = [*request.cookies.get(AWAY, "").split(" ", 2), "", "", ""][:3]
        if language in SHIPPED and "lang" not in request.query_params:  # the provider knows nothing of it
            query = urlencode([*request.query_params.multi_items(), ("lang", language)])
            return RedirectResponse(f"{oidc.BACK}?{query}", HTTPStatus.SEE_OTHER)
        machine = request.client.host if request.client else ""
        try:
            with throttle.trying(machine, machine):
                flow = oidc.Flow(token)
                account = await run_in_threadpool(oidc.account_of, parts, settings, flow, request.query_params)
                session = await service.people.do(people.sign_in_as, parts, account)
        except TooMany as error:
            return await sign_in_page.later(request, error)
        except oidc.Unreached as error:
            return await sign_in_page.refused(request, error, HTTPStatus.BAD_GATEWAY)
        except Denied as error:
            return await sign_in_page.refused(request, error)
        if session is None:
            return await sign_in_page.refused(request, Denied(STRANGER, STRANGER_HINT, mail=account.mail))
        response = go(request, own_address(following))
        _set(response, request, COOKIE, session, PATH)
        response.delete_cookie(AWAY, path=SIGN_IN)
        return response


def _set(response: Response, request: Request, name: str, value: str, path: str, seconds: int | None = None) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, seconds, path=path, httponly=True, samesite="lax", secure=secure)
