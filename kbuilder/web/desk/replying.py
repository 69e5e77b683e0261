"""Replying to a customer: a message in, the answers that there are with their sources out."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from kbuilder.publish.attribution import web_address
from kbuilder.text import squeeze
from kbuilder.web.asking import ask, in_words
from kbuilder.web.desk.access import PATH, visitor_of
from kbuilder.web.desk.forms import LETTER, field
from kbuilder.web.desk.queue import Room


def router(room: Room) -> APIRouter:
    """The routes of replying."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)

    @desk.get("/answer", dependencies=room.may("answer"))
    async def form(request: Request) -> Response:
        return await room.desk.page(request, "reply.html", message="", found=None, in_words=in_words)

    @desk.post("/answer", dependencies=room.may("answer"))
    async def reply(request: Request) -> Response:
        message = await field(request, "message", LETTER)
        found: list[Any] = []
        if squeeze(message):
            answered = await ask(room.service, squeeze(message))
            found = [
                (each, web_address(each.url) if not each.reviewed else f"/desk/articles/{each.target}")
                for each in answered.suggestions
                if visitor_of(request).reaches(each)
            ]
        return await room.desk.page(request, "reply.html", message=message, found=found, in_words=in_words)

    return desk
