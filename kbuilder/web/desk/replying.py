"""Replying to a customer: a message in, the answers that there are with their sources out, or a gap for editors."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from kbuilder.errors import KBError
from kbuilder.publish.attribution import web_address
from kbuilder.redact import redact
from kbuilder.store.people import Work
from kbuilder.text import N_, language_of, short_id, squeeze, words
from kbuilder.web.asking import ask, in_words
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.forms import LETTER, LINE, field
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room
from kbuilder.web.desk.texts import new_text
from kbuilder.web.whole import of_all
from kbuilder.workspace.answering import gist


def router(room: Room) -> APIRouter:
    """The routes of replying."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)

    @desk.get("/answer", dependencies=room.may("answer"))
    async def form(request: Request) -> Response:
        return await room.desk.page(request, "reply.html", message="", found=None, asked="", in_words=in_words)

    @desk.post("/answer", dependencies=room.may("answer"))
    async def reply(request: Request) -> Response:
        message = await field(request, "message", LETTER)
        found: list[Any] = []
        if squeeze(message):
            answered = await ask(room.service, gist(message))
            reached = [each for each in answered.suggestions if visitor_of(request).reaches(each)]
            found = [
                (each, web_address(each.url) if not each.reviewed else f"/desk/articles/{each.target}", whole)
                for each, whole in zip(reached, await of_all(room.service, reached), strict=True)
            ]
        asked = redact(gist(message)).text if squeeze(message) and not found else ""
        return await room.desk.page(
            request, "reply.html", message=message, found=found, asked=asked[:LINE], in_words=in_words
        )

    @desk.post("/answer/gap", dependencies=room.may("answer"))
    async def gap(request: Request) -> Response:
        wording = squeeze(await field(request, "wording"))
        if not words(wording):
            raise KBError(N_("What was asked is missing."), N_("Write it in your words, then send it again."))
        await room.service.do(_report, room, visitor_of(request), wording)
        return go(request, f"{PATH}/answer", done="reported")

    return desk


def _report(room: Room, visitor: Visitor, wording: str) -> None:
    """Hand in what nothing here answers, as an article that is still to be written."""
    language, now = language_of(wording, room.parts.config().languages), room.parts.clock()
    text = new_text("question", language)
    audience = (visitor.person.audiences or ("public",))[0]
    work = Work(
        person=visitor.person.id,
        target=f"new-{short_id(now + wording)}",
        base="",
        title=wording,
        body=text.body,
        updated=now,
        more={"kind": "question", "language": language, "audience": audience},
        submitted=now,
    )
    room.parts.people.save_work(work)
