"""The ten most wanted, what was done, and both as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from kbuilder.candidates.demand import pareto
from kbuilder.records import Draft
from kbuilder.review.queue import Item
from kbuilder.store.askers import Askers
from kbuilder.store.people import Handled
from kbuilder.text import utc
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.queue import Room, address
from kbuilder.web.desk.shelf import View, key
from kbuilder.workspace import flags

TOP = 10
DAYS = 30
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def router(room: Room) -> APIRouter:
    """The routes of figures."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    do, may = room.service.do, room.may

    @desk.get("/top", dependencies=may("see"))
    async def top(request: Request) -> Response:
        items = await do(room.waiting, View(), visitor_of(request))
        curve = pareto(item.demand.score for item in items)
        return await room.desk.page(request, "top.html", items=items[:TOP], curve=curve, address=address)

    @desk.get("/activity", dependencies=may("see"))
    async def activity(request: Request) -> Response:
        return await room.desk.page(request, "activity.html", **await do(_activity, room, visitor_of(request)))

    @desk.get("/queue.csv", dependencies=may("see"))
    async def queue_csv(request: Request) -> Response:
        items = await do(room.waiting, View.read(request.url.query), visitor_of(request))
        head = ("id", "kind", "title", "language", "product", "threads", "askers", "views", "last")
        return _csv(head, (_row(item) for item in items), "queue.csv")

    @desk.get("/activity.csv", dependencies=may("see"))
    async def activity_csv(request: Request) -> Response:
        found = await do(_activity, room, visitor_of(request))
        head = ("decided", "verdict", "title", "minutes", "kept", "by")
        rows = (
            (
                each.decided,
                each.verdict,
                each.title,
                f"{minutes(each):.1f}",
                "" if each.kept is None else f"{each.kept:.2f}",
                found["names"].get(each.person, ""),
            )
            for each in found["verdicts"]
        )
        return _csv(head, rows, "activity.csv")

    return desk


def minutes(done: Handled) -> float:
    """From the first look to the verdict."""
    span = datetime.fromisoformat(done.decided) - datetime.fromisoformat(done.opened)
    return max(span.total_seconds(), 0) / 60


def _activity(room: Room, visitor: Visitor) -> dict[str, Any]:
    """What was done lately: everyone's in sum, by person only where that is configured, and one's own."""
    config = room.parts.config()
    since = utc(datetime.fromisoformat(room.parts.clock()) - timedelta(days=DAYS))
    done = [each for each in _reached(room, visitor, room.parts.people.done(since)) if each.verdict != "undo"]
    names = {each.id: each.name for each in room.parts.people.people()}
    open_to_all = config.desk.by_person
    told = names if open_to_all else {visitor.person.id: names.get(visitor.person.id, "")}
    return {
        "config": config,
        "days": DAYS,
        "verdicts": done,
        "names": told,
        "all": summary(done),
        "by": [
            (told[person], summary([each for each in done if each.person == person]))
            for person in sorted(told, key=lambda each: (told[each].casefold(), each))
            if person and any(each.person == person for each in done)
        ],
        "minutes": minutes,
        "flags": _flags(room, visitor, since),
        "flagged": sum(any(each.kind == flags.KIND for each in item.reasons) for item in room.shelf.reached(visitor)),
    }


def _flags(room: Room, visitor: Visitor, since: str) -> int:
    """How many readers told of articles that the visitor may see: whoever told several times counts once."""
    seen = {each.id for each in room.workspace.articles() if visitor.reaches(each)}
    told = Askers(room.parts.database).events(since, kinds=(flags.KIND,))
    return len({(each.target, each.member or each.page_view) for each in told if each.target in seen})


def _reached(room: Room, visitor: Visitor, done: Sequence[Handled]) -> list[Handled]:
    """Of what was done, what the visitor's rights reach. What nobody can tell any more is not for who is limited."""
    if not (visitor.person.audiences or visitor.person.languages):
        return list(done)
    drafts = {each.lineage: each for each in room.workspace.generation.drafts.values() if isinstance(each, Draft)}
    articles = {name: each for each in room.workspace.articles() for name in (each.id, each.lineage)}
    waiting = {key(item) for item in room.shelf.reached(visitor)}

    def reaches(target: str) -> bool:
        found = articles.get(target) or drafts.get(target) or room.workspace.asked_of(target)
        return visitor.reaches(found) if found else target in waiting

    targets = {target: reaches(target) for target in {each.target for each in done}}
    return [each for each in done if targets[each.target]]


def summary(done: Sequence[Handled]) -> dict[str, Any]:
    """How many verdicts, the median minutes of those that were looked at, and the share of drafts kept."""
    spans = [minutes(each) for each in done]
    shares = [each.kept for each in done if each.kept is not None]
    return {
        "count": len(done),
        "minutes": median(spans) if spans else None,
        "kept": sum(shares) / len(shares) if shares else None,
        "approved": sum(each.verdict == "approve" for each in done),
        "rejected": sum(each.verdict == "reject" for each in done),
    }


def _row(item: Item) -> tuple[object, ...]:
    demand = item.demand
    return (
        key(item),
        item.kind,
        item.title,
        item.language,
        item.product,
        demand.threads,
        demand.askers,
        demand.views,
        demand.last,
    )


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([safe(value) for value in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response("\ufeff" + text.getvalue(), 200, headers, "text/csv; charset=utf-8")


def safe(value: object) -> object:
    """A cell that no spreadsheet takes for a formula.

    >>> safe("=1+1"), safe("plain"), safe(-3)
    ("'=1+1", 'plain', -3)
    """
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.lstrip(" ").startswith(_FORMULA) else value
