"""What is not saved yet: kept while it is written, thrown away, or handed in for review."""

from __future__ import annotations

import re
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.errors import Conflict
from kbuilder.review.verdicts import Incomplete
from kbuilder.review.writing import complete
from kbuilder.store.people import Work
from kbuilder.text import N_, short_id, squeeze, words
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.forms import LETTER, TEXT, UNPROCESSABLE, field
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room
from kbuilder.web.desk.unsaved import Carried

_MORE = (
    "kind",
    "language",
    "audience",
    "tags",
    "product",
    "thread",
    "post",
    "translates",
    "asked",
    "wording",
    "reason",
    "since",
    "until",
    "products",
    "url",
)
_FROM = ("by", "handed")
"""Whose handed-in text somebody goes on with."""
_TARGET = re.compile(r"[a-z0-9-]{1,60}")


def router(room: Room) -> APIRouter:
    """The routes of unsaved work."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    _keeping(desk, room)
    return desk


async def more_of(request: Request) -> dict[str, str]:
    """What a form says about an article, or a notice, beside its text."""
    return {name: await field(request, name) for name in _MORE}


async def carried(request: Request, target: str = "") -> Carried:
    """The unsaved work that a form carries.

    Args:
        target: what it is kept under where the form does not say.
    """
    by, handed = await field(request, "by"), await field(request, "handed")
    return Carried(await field(request, "target") or target, by, handed)


async def work_of(request: Request, now: str, *, target: str = "", submitted: bool = False) -> Work:
    """What a form for a text holds, as unsaved work of whoever sent it.

    Args:
        target: what it is kept under, if not what the form says.

    Raises:
        HTTPException: it says no such target: 422.
    """
    title, body = await field(request, "title"), await field(request, "body", TEXT)
    target, seen = target or await field(request, "target"), await field(request, "seen")
    if not _TARGET.fullmatch(target):
        raise HTTPException(UNPROCESSABLE)
    if submitted and target == "new":
        target = f"new-{short_id(now + title)}"
    given = {**await more_of(request), **({} if submitted else {name: await field(request, name) for name in _FROM})}
    more = {name: value for name, value in given.items() if value}
    return Work(
        person=visitor_of(request).person.id,
        target=target,
        base=seen,
        title=title,
        body=body,
        updated=now,
        more=more,
        submitted=now if submitted else "",
    )


def _keeping(desk: APIRouter, room: Room) -> None:
    do, may = room.service.people.do, room.may

    @desk.post("/work", dependencies=may("write"))
    async def keep(request: Request) -> Response:
        made = await work_of(request, room.parts.clock())
        await do(room.unsaved.keep, made)
        return await room.desk.page(request, "kept.html", kept_at=made.updated)

    @desk.post("/work/drop", dependencies=may("write"))
    async def drop(request: Request) -> Response:
        target = await field(request, "target")
        await do(room.parts.people.drop_work, visitor_of(request).person.id, target)
        back = await field(request, "back")
        return go(request, back if back.startswith("/desk/") and _own(back) else PATH, done="thrown-away")

    @desk.post("/work/hand-in", dependencies=may("write"))
    async def hand_in(request: Request) -> Response:
        made = await work_of(request, room.parts.clock(), submitted=True)
        complete(made.title, made.body)
        if await room.service.do(room.unsaved.is_out_of_reach, visitor_of(request), made):
            made = replace(made, target=f"new-{short_id(made.updated + made.title)}")
        await room.service.do(room.unsaved.hand_in, visitor_of(request), made, await carried(request))
        return go(request, PATH, done="submitted")

    @desk.post("/work/take-back", dependencies=may("write"))
    async def take_back(request: Request) -> Response:
        await do(room.unsaved.take_back, visitor_of(request), await field(request, "target"))
        return go(request, PATH, done="taken-back")

    @desk.post("/work/turn-down", dependencies=may("decide"))
    async def turn_down(request: Request) -> Response:
        why = squeeze(await field(request, "why", LETTER))
        await room.service.do(_turn_down, room, visitor_of(request), await carried(request), why)
        return go(request, PATH, done="turned-down")


def _turn_down(room: Room, visitor: Visitor, carried: Carried, reason: str) -> None:
    """Give a text back to whoever handed it in.

    Raises:
        Conflict: it is not the one that the visitor looked at.
        Denied: it changes what readers see, which another decides on.
        Incomplete: there is no reason.
    """
    handed = room.unsaved.find(visitor, carried.by, carried.target)
    if handed is None or handed.submitted != carried.handed:
        raise Conflict(
            N_("This text does not wait any more as you looked at it."),
            N_("Look at what was handed in as it is now, and decide again."),
        )
    articles = room.workspace.articles()
    article = next((each for each in articles if handed.about in (each.id, each.lineage)), None)
    if article:
        room.see_that_it_may_change(article, visitor)
    if not words(reason):
        raise Incomplete(
            N_("What is turned down needs a reason: whoever wrote it must know why."),
            N_("Write the reason, then send it again."),
        )
    room.unsaved.turn_down(visitor, handed, reason)


def _own(address: str) -> bool:
    return bool(re.fullmatch(r"/desk/[a-z0-9/-]*", address)) and "//" not in address
