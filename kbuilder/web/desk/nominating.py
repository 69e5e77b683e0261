"""Nominating: a thread, or an answer, by its address."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from kbuilder.errors import KBError, NotFound, Said
from kbuilder.records import Draft
from kbuilder.text import N_
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.advice import said
from kbuilder.web.desk.forms import UNPROCESSABLE, field
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room
from kbuilder.workspace import nominating

_LONGEST = 1000
"""Characters of an address."""


def router(room: Room) -> APIRouter:
    """The routes of nominating."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    do, may = room.service.do, room.may

    @desk.get("/nominate", dependencies=may("write"))
    async def form(request: Request, address: str = "") -> Response:
        return await room.desk.page(request, "nominate.html", address=address[:_LONGEST], error="")

    @desk.post("/nominate", dependencies=may("write"))
    async def nominate(request: Request) -> Response:
        address = await field(request, "address", _LONGEST)
        try:
            page, done = await do(_place, room, visitor_of(request), address)
        except KBError as error:
            return await room.desk.page(
                request,
                "nominate.html",
                address=address.strip(),
                error=said(error, request),
                status=UNPROCESSABLE,
            )
        return go(request, page, **({"done": done} if done else {}))

    return desk


def _place(room: Room, visitor: Visitor, address: str) -> tuple[str, str]:
    """Where to go on for an address, and what is to be said there.

    Raises:
        KBError: nothing stands there for the visitor, or it gives no draft.
    """
    named = nominating.find(room.parts, address)
    candidate, made = nominating.draft(room.parts, named.thread.id, named.post.id if named.post else "")
    if not visitor.reaches(replace(named.thread, language=candidate.language)):
        raise NotFound(N_("Nothing that was imported stands at “{address}”."), address=address[:200])
    if named.article and visitor.reaches(named.article):
        return f"/desk/articles/{named.article.id}", "there"
    drafts = room.workspace.generation.drafts
    if named.lineage and isinstance(drafts.get(named.lineage), Draft) and not named.post:
        return f"/desk/candidates/{named.lineage}", "held"
    if not isinstance(made, Draft):
        why = Said(made.reason) if named.thread.answers else Said(N_("Nobody has answered it."))
        raise NotFound(
            N_("This thread gives no draft: {reason}"),
            N_("If you know the answer, write the article from nothing: under Articles, “New”."),
            reason=why,
        )
    asked = {"thread": named.thread.id, "post": named.post.id if named.post else ""}
    return f"/desk/articles/new?{urlencode(asked)}", ""
