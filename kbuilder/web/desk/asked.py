"""What askers found no answer to: an article is written, one answers it already, or it is turned down."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from kbuilder.errors import NotFound
from kbuilder.publish.attribution import web_address
from kbuilder.text import N_, squeeze
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.forms import LETTER, field
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Overtaken, Room, address
from kbuilder.web.desk.shelf import View, after, key
from kbuilder.workspace.asked import Missing, nearest, unknown

NEAR = 3
"""Answers that are shown as near."""


def router(room: Room) -> APIRouter:
    """The routes of what was asked in vain."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    do, may = room.service.do, room.may

    @desk.get("/asked/{name}", dependencies=may("see"))
    async def one(request: Request, name: str, of: str = "") -> Response:
        view = View.read(of)
        values = await do(_one, room, name, view, visitor_of(request))
        return await room.desk.page(request, "asked.html", view=view, name=name, **values)

    @desk.post("/asked/{name}/reject", dependencies=may("decide"))
    async def reject(request: Request, name: str) -> Response:
        reason = squeeze(await field(request, "reason", LETTER))
        kind = squeeze(await field(request, "kind"))
        why = ": ".join(part for part in (kind, reason) if part)
        await do(_reject, room, visitor_of(request), name, why, await field(request, "wording"))
        return go(request, f"/desk/asked/{name}", done="rejected")

    @desk.post("/asked/{name}/answered", dependencies=may("decide"))
    async def answered(request: Request, name: str) -> Response:
        chosen = await field(request, "other") or await field(request, "article")
        article = await do(_answer, room, visitor_of(request), name, chosen, await field(request, "wording"))
        return go(request, f"/desk/articles/{article}", done="saved")

    @desk.post("/asked/{name}/undo", dependencies=may("decide"))
    async def undo(request: Request, name: str) -> Response:
        try:
            await do(_undo, room, visitor_of(request), name, await field(request, "verdict"))
        except Overtaken:
            return go(request, f"/desk/asked/{name}", done="overtaken")
        return go(request, f"/desk/asked/{name}", done="undone")

    return desk


def find(room: Room, name: str, visitor: Visitor) -> Missing:
    """What was asked, as far as the visitor may see it.

    Raises:
        NotFound: there is nothing of this name for them, or nothing any more.
    """
    found = room.workspace.asked_of(name)
    if found is None or not visitor.reaches(found):
        raise unknown(name)
    return found


def _one(room: Room, name: str, view: View, visitor: Visitor) -> dict[str, Any]:
    found = find(room, name, visitor)
    items = room.waiting(view, visitor)
    keys = [key(item) for item in items]
    place = keys.index(found.id) if found.id in keys else -1
    near = [each for each in nearest(room.parts, found, NEAR) if visitor.reaches(each)]
    known = {each.id: each for each in room.workspace.articles()}
    article = known.get(found.decision.article) if found.decision else None
    return {
        "config": room.parts.config(),
        "asked": found,
        "near": [(each, "" if each.reviewed else web_address(each.url)) for each in near],
        "article": article,
        "awaits": bool(article and room.awaits(article, visitor)),
        "place": place,
        "count": len(items),
        "before": items[place - 1] if place > 0 else None,
        "following": after(items, found.id, max(place, 0)),
        "address": address,
    }


def _reject(room: Room, visitor: Visitor, name: str, reason: str, wording: str) -> None:
    found = find(room, name, visitor)
    made = room.workspace.reject_asked(found.id, editor=visitor.editor, reason=reason, wording=wording)
    room.handled(visitor, found.id, wording or found.id, "reject", made)


def _answer(room: Room, visitor: Visitor, name: str, article: str, wording: str) -> str:
    found, chosen = find(room, name, visitor), room.parts.decided.article(room.parts.head(), article)
    if not visitor.reaches(chosen):
        raise NotFound(N_("There is no article “{name}”."), N_("Name it by its id or its slug."), name=article)
    made = room.workspace.answer_asked(found.id, chosen.id, editor=visitor.editor, wording=wording)
    room.handled(visitor, made.id, made.title, "edit")
    return made.id


def _undo(room: Room, visitor: Visitor, name: str, verdict: str) -> None:
    found = find(room, name, visitor)
    made = room.undo(found.decision.id if found.decision else found.id, visitor, verdict)
    room.handled(visitor, found.id, found.id, "undo", made)
