"""Bringing in articles that were written elsewhere: Markdown files and tables."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.config import Config
from kbuilder.errors import Denied, KBError, told
from kbuilder.text import N_
from kbuilder.texts import translator
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.forms import UNPROCESSABLE, field
from kbuilder.web.desk.queue import Room
from kbuilder.web.pages import language_of
from kbuilder.workspace import bringing, reviewing
from kbuilder.workspace.bringing import Brought, File, Found

MOST = 200
"""Files of one form."""


def router(room: Room) -> APIRouter:
    """The routes of bringing in."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)

    @desk.get("/bring", dependencies=room.may("decide"))
    async def form(request: Request) -> Response:
        return await _page(room, request)

    @desk.post("/bring", dependencies=room.may("decide"))
    async def bring(request: Request) -> Response:
        config = await room.service.config()
        language, audience = await field(request, "language"), await field(request, "audience")
        if language not in config.languages or audience not in config.audience:
            raise HTTPException(UNPROCESSABLE)
        files = await _files(request)
        try:
            found, done, lacking = await room.service.do(
                _bring, room, visitor_of(request), files, config, language, audience
            )
        except KBError as error:
            say = translator(language_of(request))
            return await _page(
                room,
                request,
                error=told(error.message, error.values, say),
                hint=told(error.hint, error.values, say),
                status=UNPROCESSABLE,
            )
        return await _page(room, request, found=found, done=done, lacking=lacking)

    return desk


async def _page(
    room: Room,
    request: Request,
    *,
    error: str = "",
    hint: str = "",
    found: Found | None = None,
    done: Brought | None = None,
    lacking: Collection[str] = (),
    status: int = 200,
) -> Response:
    return await room.desk.page(
        request,
        "bring.html",
        status=status,
        error=error,
        hint=hint,
        found=found,
        brought=done,
        lacking=lacking,
        endings=",".join(bringing.ENDINGS),
    )


async def _files(request: Request) -> list[File]:
    given = (await request.form(max_files=MOST)).getlist("file")
    return [
        File(each.filename, await each.read()) for each in given if isinstance(each, UploadFile) and each.filename
    ]


def _bring(
    room: Room, visitor: Visitor, files: list[File], config: Config, language: str, audience: str
) -> tuple[Found, Brought, set[str]]:
    """Read all, see that the visitor's rights hold for each, then make them.

    Returns:
        Last, the ids of those that want mending before they can be published.

    Raises:
        Denied: one is for readers or in a language that is not the visitor's.
    """
    found = bringing.read(files, config, language, audience)
    foreign = next((each for each in found.articles if not visitor.reaches(each)), None)
    if foreign:
        raise Denied(
            N_("“{title}” is for readers, or in a language, that your role does not reach. Nothing was brought in."),
            title=foreign.title,
        )
    done = bringing.bring(room.parts, found.articles, visitor.editor)
    for each in done.made:
        room.handled(visitor, each.id, each.title, "bring")
    tree = room.parts.head()
    lacking = {each.id for each in done.made if reviewing.faults_of(room.parts, tree, each, visitor.editor)}
    return replace(found, articles=()), done, lacking
