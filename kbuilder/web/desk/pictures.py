"""Pictures: added while an article is written, and shown at the desk as the site will show them."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from pathlib import PurePosixPath

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from kbuilder.errors import KBError
from kbuilder.pictures import MOST_BYTES
from kbuilder.web.desk.access import PATH, visitor_of
from kbuilder.web.desk.advice import said
from kbuilder.web.desk.forms import UNPROCESSABLE, field
from kbuilder.web.desk.keeping import work_of
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room
from kbuilder.web.preview import media_type
from kbuilder.workspace import pictures

SHOWN = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")
_ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""For a picture that somebody opens by itself: an SVG from git may be anything."""


def router(room: Room) -> APIRouter:
    """The routes of pictures."""
    desk = APIRouter(prefix=PATH + "/pictures", include_in_schema=False)
    may, parts = room.may, room.parts

    @desk.post("", dependencies=may("write"))
    async def add(request: Request) -> Response:
        """To a script the Markdown that shows it, or what is wrong; to a form its text with it at the end."""
        given = (await request.form()).get("picture")
        if not isinstance(given, UploadFile):
            raise HTTPException(UNPROCESSABLE)
        words, data = await field(request, "words"), await given.read(MOST_BYTES + 1)
        by_script = "hx-request" in request.headers
        try:
            path = await room.service.pictures.do(pictures.add, parts, data)
        except KBError as error:
            if not by_script:
                raise
            return PlainTextResponse(said(error, request), UNPROCESSABLE)
        line = pictures.shown(path, words)
        if by_script:
            return PlainTextResponse(line)
        work = await work_of(request, parts.clock())
        await room.service.people.do(room.unsaved.keep, replace(work, body=f"{work.body.rstrip()}\n\n{line}\n"))
        return go(request, await room.service.do(room.unsaved.place, work, visitor_of(request)))

    @desk.get("/{name:path}", dependencies=may("see"))
    async def show(name: str) -> Response:
        path = f"media/{name}"
        found = await room.service.do(lambda: pictures.read(parts, parts.head(), path))
        if found is None or PurePosixPath(path).suffix.lower() not in SHOWN:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        headers = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": _ALONE}
        return Response(found, 200, headers, media_type(path))

    return desk
