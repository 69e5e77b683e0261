"""Views of the queue that somebody keeps under a name: theirs alone."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.text import squeeze
from kbuilder.web.desk.access import PATH, visitor_of
from kbuilder.web.desk.forms import UNPROCESSABLE, field
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room
from kbuilder.web.desk.shelf import VIEWS, View, views_of

MOST = 20
LONGEST = 40
"""Characters of a name."""


def router(room: Room) -> APIRouter:
    """The routes of saved views."""
    desk = APIRouter(prefix=PATH + "/views", include_in_schema=False)

    async def change(request: Request, kept: list[tuple[str, str]]) -> None:
        visitor = visitor_of(request)
        if visitor.session is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        settings = {**visitor.person.settings, VIEWS: kept}
        await room.service.people.do(room.parts.people.change, replace(visitor.person, settings=settings))

    @desk.post("", dependencies=room.may("see"))
    async def keep(request: Request) -> Response:
        name = squeeze(await field(request, "name"))[:LONGEST]
        written = View.read(await field(request, "of", 1000)).written()
        others = [each for each in views_of(visitor_of(request).person) if each[0] != name]
        if not name or not written or len(others) >= MOST:
            raise HTTPException(UNPROCESSABLE)
        await change(request, sorted([*others, (name, written)], key=lambda each: each[0].casefold()))
        return go(request, f"/desk?{written}", done="saved")

    @desk.post("/drop", dependencies=room.may("see"))
    async def drop(request: Request) -> Response:
        name = squeeze(await field(request, "name"))
        await change(request, [each for each in views_of(visitor_of(request).person) if each[0] != name])
        return go(request, "/desk", done="changed")

    return desk
