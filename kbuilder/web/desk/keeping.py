"""What is not saved yet: kept while it is written, thrown away, or handed in for review."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.errors import KBError
from kbuilder.store.people import Work
from kbuilder.text import N_, short_id, squeeze
from kbuilder.web.desk.access import PATH, visitor_of
from kbuilder.web.desk.forms import TEXT, UNPROCESSABLE, field
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room

_MORE = ("kind", "language", "audience", "tags", "product", "thread", "post", "translates", "asked", "wording")
_TARGET = re.compile(r"[a-z0-9-]{1,60}")


def router(room: Room) -> APIRouter:
    """The routes of unsaved work."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    _keeping(desk, room)
    return desk


async def more_of(request: Request) -> dict[str, str]:
    """What a form says about an article beside its text."""
    return {name: await field(request, name) for name in _MORE}


async def work_of(request: Request, now: str, *, submitted: bool = False) -> Work:
    """What a form for a text holds, as unsaved work of whoever sent it.

    Raises:
        HTTPException: it says no such target: 422.
    """
    title, body = await field(request, "title"), await field(request, "body", TEXT)
    target, seen = await field(request, "target"), await field(request, "seen")
    if not _TARGET.fullmatch(target):
        raise HTTPException(UNPROCESSABLE)
    if submitted and target == "new":
        target = f"new-{short_id(now + title)}"
    more = {name: value for name, value in (await more_of(request)).items() if value}
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
        await do(room.parts.people.save_work, made)
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
        if not squeeze(made.title) or not squeeze(made.body):
            raise KBError(N_("An article needs a title and a text."), N_("Write both, then save it."))
        await do(room.parts.people.save_work, made)
        await do(room.parts.people.drop_work, made.person, "new")
        return go(request, PATH, done="submitted")


def _own(address: str) -> bool:
    return bool(re.fullmatch(r"/desk/[a-z0-9/-]*", address)) and "//" not in address
