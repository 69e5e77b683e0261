"""Notices: what everybody should know now, made, changed and ended without waiting for a candidate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from kbuilder.config import Config
from kbuilder.errors import Conflict, Denied, KBError, NotFound, Said
from kbuilder.store.notices import Notice
from kbuilder.store.people import Work, subject
from kbuilder.text import N_, products_of, short_id, utc
from kbuilder.web.desk import candidate as shown
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.advice import said
from kbuilder.web.desk.forms import LETTER, UNPROCESSABLE, begun_in, field
from kbuilder.web.desk.keeping import work_of
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room
from kbuilder.web.desk.unsaved import NEW, NOTICE
from kbuilder.workspace import notices
from kbuilder.workspace.rights import NAMES

_LOCAL = "%Y-%m-%dT%H:%M"
"""As browsers send a day and time of day."""


@dataclass(frozen=True, slots=True)
class Written:
    """A notice as it stands in its form."""

    notice: Notice
    since: str
    """In the knowledge base's own time; ``""``: now."""
    until: str
    products: str
    seen: str = ""
    """Digest of what it was changed from; ``""``: it is new."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a notice was not kept."""

    error: str = ""
    place: str = ""
    """Where what was written is seen again."""
    theirs: Written | None = None
    """How it stands now, where somebody else changed it."""


NOT_REFUSED = Refused()


def router(room: Room) -> APIRouter:
    """The routes of notices."""
    desk = APIRouter(prefix=PATH + "/notices", include_in_schema=False)
    _looking(desk, room)
    _changing(desk, room)
    return desk


def _looking(desk: APIRouter, room: Room) -> None:
    do, may = room.service.do, room.may

    @desk.get("", dependencies=may("see"))
    async def listed(request: Request) -> Response:
        return await room.desk.page(request, "notices.html", **await do(_listed, room, visitor_of(request)))

    @desk.get("/new", dependencies=may("decide"))
    async def new(request: Request, target: str = "") -> Response:
        config, visitor = await room.service.config(), visitor_of(request)
        empty = Written(Notice(id="", title="", language=begun_in(request, config)), "", "", "")
        begun = await do(room.parts.people.work, visitor.person.id, _own_target("", ""))
        if begun and not target:
            target = f"{NOTICE}-{short_id(room.parts.clock())}"  # beside what is not saved yet
            return go(request, f"{PATH}/notices/new", target=target)
        return await _form(room, request, empty, _own_target(target, ""))

    @desk.get("/{name}", dependencies=may("decide"))
    async def one(request: Request, name: str, target: str = "") -> Response:
        visitor = visitor_of(request)
        try:
            known = await do(_written, room, name, visitor)
        except NotFound:
            if not await do(room.parts.people.work, visitor.person.id, target):
                raise
            return go(request, f"{PATH}/notices/new", target=target)  # it is over: what was written can be a new one
        return await _form(room, request, known, _own_target("", known.notice.id))


def _changing(desk: APIRouter, room: Room) -> None:
    do, may = room.service.do, room.may

    @desk.post("", dependencies=may("decide"))
    async def make(request: Request) -> Response:
        return await _save(room, request, "")

    @desk.post("/{name}", dependencies=may("decide"))
    async def change(request: Request, name: str) -> Response:
        return await _save(room, request, name)

    @desk.post("/{name}/end", dependencies=may("decide"))
    async def end(request: Request, name: str) -> Response:
        await do(_end, room, name, visitor_of(request))
        return go(request, "/desk/notices", done="ended-notice")


async def _save(room: Room, request: Request, name: str) -> Response:
    """Keep what was sent, or show the form once more with what is wrong."""
    visitor, config = visitor_of(request), await room.service.config()
    given, target = await _given(request, name), _own_target(await field(request, "target"), name)
    try:
        await room.service.do(_keep, room, _in_utc(given, config.zone), visitor, config)
    except (NotFound, Denied):
        raise
    except KBError as error:
        again = bool(name) and isinstance(error, Conflict)
        theirs = await room.service.do(_written, room, name, visitor) if again else None
        given = replace(given, seen=theirs.seen) if theirs else given
        work = replace(await work_of(request, room.parts.clock(), target=target), base=given.seen)
        await room.service.people.do(room.unsaved.keep, work)
        place = await room.service.do(room.unsaved.place, work, visitor)
        refused = Refused(said(error, request), place, theirs)
        return await _form(room, request, given, target, kept=work.updated, refused=refused)
    await room.service.people.do(room.parts.people.drop_work, visitor.person.id, target)
    return go(request, "/desk/notices", done="saved")


async def _form(
    room: Room, request: Request, written: Written, target: str, *, kept: str = "", refused: Refused = NOT_REFUSED
) -> Response:
    """The form: with what was just sent, else what was kept, else what there is.

    Args:
        target: what it is kept under.
        kept: when what was just sent was kept.
    """
    config, visitor = await room.service.config(), visitor_of(request)
    work = None if kept else await room.service.people.do(room.parts.people.work, visitor.person.id, target)
    written = _as_kept(work, written.notice.id) if work else written
    new = not (kept or written.notice.id)
    return await room.desk.page(
        request,
        "notice.html",
        status=(409 if refused.theirs else UNPROCESSABLE) if kept else 200,
        config=config,
        written=written,
        target=target,
        kept=work.updated if work else kept,
        refused=refused,
        begun=await room.service.do(room.unsaved.begun, visitor, NOTICE, target) if new else [],
        audiences=sorted(config.audience),
        known=await room.service.do(_products, room),
        html=shown.preview_html(written.notice.text, {}, "en"),
    )


def _own_target(target: str, name: str) -> str:
    """What a notice is kept under while it is written, if a form or an address may say so."""
    return target if subject(target) == NOTICE else f"{NOTICE}-{name or NEW}"


def _as_kept(work: Work, name: str) -> Written:
    """What somebody wrote of a notice, or of one that is over by now: as a new one."""
    more = {each: work.more.get(each, "") for each in ("language", "audience", "url")}
    notice = Notice(id=name, title=work.title, text=work.body, **more)
    times = {each: work.more.get(each, "") for each in ("since", "until", "products")}
    return Written(notice, **times, seen=work.base if name else "")


async def _given(request: Request, name: str) -> Written:
    notice = Notice(
        id=name,
        title=await field(request, "title"),
        text=await field(request, "body", LETTER),
        language=await field(request, "language"),
        audience=await field(request, "audience") or "public",
        url=await field(request, "url"),
    )
    since, until = await field(request, "since"), await field(request, "until")
    return Written(notice, since, until, await field(request, "products"), await field(request, "seen"))


def _in_utc(given: Written, zone: ZoneInfo) -> Written:
    """What was sent, its times as they are stored.

    Raises:
        KBError: one is none.
    """
    products = products_of(given.products)
    since, until = (_time(each, zone) for each in (given.since, given.until))
    return replace(given, notice=replace(given.notice, since=since, until=until, products=products))


def _time(written: str, zone: ZoneInfo) -> str:
    if not written:
        return ""
    try:
        return utc(datetime.fromisoformat(written).replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise KBError(N_("“{value}” is no day with its time, such as 2026-11-23 20:15"), value=written[:40]) from None


def _local(written: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(written).astimezone(zone).strftime(_LOCAL) if written else ""


def _listed(room: Room, visitor: Visitor) -> dict[str, Any]:
    standing, config = notices.standing(room.parts), room.parts.config()
    tells = _tells(visitor, config)
    return {
        "config": config,
        "groups": [
            (N_("Told now"), [each for each in standing.current if _sees(visitor, each)]),
            (N_("Announced for later"), [each for each in standing.planned if _sees(visitor, each)]),
        ],
        "tells": tells,
        "mine": lambda each: tells and visitor.reaches(each),
    }


def _sees(visitor: Visitor, notice: Notice) -> bool:
    """Whether somebody may read a notice: one for all languages is for everybody of its audience."""
    spoken = visitor.person.languages if not notice.language else ()
    return any(visitor.reaches(each) for each in (notice, *(replace(notice, language=one) for one in spoken)))


def _written(room: Room, name: str, visitor: Visitor) -> Written:
    notice = _for(room, name, visitor)
    zone = room.parts.config().zone
    since, until = _local(notice.since, zone), _local(notice.until, zone)
    return Written(notice, since, until, ", ".join(notice.products), notice.digest)


def _for(room: Room, name: str, visitor: Visitor) -> Notice:
    """A notice that the visitor may change.

    Raises:
        NotFound: there is none of this name for them.
    """
    notice = notices.find(room.parts, name)
    if not visitor.reaches(notice):
        raise NotFound(N_("There is no such notice, or it is over."), N_("Look at those that there are."))
    return notice


def _keep(room: Room, given: Written, visitor: Visitor, config: Config) -> None:
    """Commit a notice.

    Raises:
        Denied: where publishing takes two, this takes a publisher; or the audience or language is not this one's.
        KBError: something about it cannot be.
    """
    _allow(visitor, config)
    notice = given.notice
    if not visitor.reaches(notice):
        raise Denied(N_("Your rights do not reach this audience or language."), N_("Choose another one."))
    if not notice.id:
        notices.make(room.parts, notice, visitor.editor)
        return
    before = _for(room, notice.id, visitor)
    same = _local(before.since, config.zone) == given.since  # the form has no seconds
    notice = replace(notice, since=before.since if same else notice.since)
    notices.change(room.parts, notice, visitor.editor, seen=given.seen)


def _end(room: Room, name: str, visitor: Visitor) -> None:
    _allow(visitor, room.parts.config())
    notices.end(room.parts, _for(room, name, visitor).id, visitor.editor)


def _tells(visitor: Visitor, config: Config) -> bool:
    """Whether somebody may make notices: where publishing takes two, nobody looks at them before readers do."""
    return visitor.may("publish" if config.desk.steps > 1 else "decide")


def _allow(visitor: Visitor, config: Config) -> None:
    if not _tells(visitor, config):
        raise Denied(
            N_("Your role does not allow this."),
            N_("Ask whoever administers the desk for the role: {role}"),
            role=Said(NAMES["publisher"]),
        )


def _products(room: Room) -> list[str]:
    """The products that articles name."""
    return sorted({name for each in room.workspace.articles() for name in products_of(each.product)})
