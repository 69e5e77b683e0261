"""What the answers saved, with the assumption beside each figure."""

from __future__ import annotations

from math import ceil
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kbuilder.text import N_
from kbuilder.web.desk.access import PATH, visitor_of
from kbuilder.web.desk.queue import Room
from kbuilder.workspace import stats

NAMES = {
    "week": (N_("By week"), N_("Week from")),
    "language": (N_("By language"), N_("Language")),
    "product": (N_("By product"), N_("Product")),
    "article": (N_("By answer"), N_("Answer")),
}
"""Of each table, its title and what its first column holds."""
_ROWS = 20


def router(room: Room) -> APIRouter:
    """The route of the page."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)

    @desk.get("/saved", dependencies=room.may("see"))
    async def saved(request: Request, weeks: Annotated[int, Query(ge=1, le=520)] = stats.WEEKS) -> Response:
        report = await room.service.figures.do(stats.report, room.parts, weeks)
        limited = bool(visitor_of(request).person.audiences)  # titles of other audiences are not for them
        tables = [
            (*NAMES[name], [row for row in rows if row.name][:_ROWS])
            for name, rows in report.by.items()
            if not (limited and name == "article")
        ]
        needed = ceil(report.effect.weeks) if report.effect else None
        return await room.desk.page(
            request,
            "saved.html",
            report=report,
            tables=tables,
            weeks=weeks,
            needed=needed,
            others=(stats.OTHER, stats.OTHER_LANGUAGE),
        )

    return desk
