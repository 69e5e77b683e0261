"""The page on which people are taken in, given roles, and shut out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from starlette.responses import Response

from kbuilder.errors import KBError
from kbuilder.web.desk.access import PATH, gate
from kbuilder.web.desk.advice import said
from kbuilder.web.desk.forms import field, fields
from kbuilder.web.desk.pages import Desk, go
from kbuilder.web.service import Service
from kbuilder.workspace import people
from kbuilder.workspace.people import Added
from kbuilder.workspace.rights import ROLES


def router(service: Service) -> APIRouter:
    """The routes of whoever administers."""
    admin = APIRouter(prefix=PATH + "/people", include_in_schema=False)
    desk, may = Desk(service), gate(service)
    parts = service.workspace.parts

    async def page(request: Request, added: Added | None = None, error: str = "") -> Response:
        everyone = await service.people.do(people.everyone, parts)
        status = 422 if error else 200
        return await desk.page(
            request, "people.html", status=status, everyone=everyone, added=added, error=error, roles=list(ROLES)
        )

    async def limits(request: Request) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Audiences and languages of the form, as far as the knowledge base has them."""
        config = await service.config()
        audiences = await fields(request, "audience")
        languages = await fields(request, "language")
        return (
            tuple(name for name in sorted(config.audience) if name in audiences),
            tuple(name for name in config.languages if name in languages),
        )

    @admin.get("", dependencies=may("administer"))
    async def everyone(request: Request) -> Response:
        return await page(request)

    @admin.post("", dependencies=may("administer"))
    async def add(request: Request) -> Response:
        mail, name, roles = await field(request, "mail"), await field(request, "name"), await fields(request, "role")
        try:
            added = await service.people.do(people.add, parts, mail, name, roles, *await limits(request))
        except KBError as error:
            return await page(request, error=said(error, request))
        return await page(request, added)

    @admin.post("/{person}", dependencies=may("administer"))
    async def change(request: Request, person: str) -> Response:
        found = await service.people.do(people.find, parts, person)
        audiences, languages = await limits(request)
        values = {
            "roles": await fields(request, "role"),
            "audiences": audiences,
            "languages": languages,
            "disabled": bool(await field(request, "disabled")),
        }
        try:
            await service.people.do(lambda: people.change(parts, found, **values))
        except KBError as error:
            return await page(request, error=said(error, request))
        return go(request, "/desk/people", done="changed")

    _ways_in(admin, service, page)
    return admin


def _ways_in(admin: APIRouter, service: Service, page: Callable[..., Awaitable[Response]]) -> None:
    """What somebody signs in with: a first password again, or another account at the provider."""
    may, parts = gate(service), service.workspace.parts

    @admin.post("/{person}/reset", dependencies=may("administer"))
    async def reset(request: Request, person: str) -> Response:
        found = await service.people.do(people.find, parts, person)
        return await page(request, await service.people.do(people.reset, parts, found))

    @admin.post("/{person}/release", dependencies=may("administer"))
    async def release(request: Request, person: str) -> Response:
        found = await service.people.do(people.find, parts, person)
        await service.people.do(people.release, parts, found)
        return go(request, "/desk/people", done="released-account")
