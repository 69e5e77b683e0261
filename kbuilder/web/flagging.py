"""``/flag``: where a reader of the published site says that an article is out of date. It works without a script."""

from __future__ import annotations

import re
import secrets
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.background import BackgroundTasks
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.store.database import Event
from kbuilder.web.api.gate import address
from kbuilder.web.api.models import MAX_WORDS
from kbuilder.web.asking import take
from kbuilder.web.desk.access import is_own_page
from kbuilder.web.desk.forms import UNPROCESSABLE, field
from kbuilder.web.desk.pages import go
from kbuilder.web.service import AUDIENCE, Service
from kbuilder.workspace import flags, reading
from kbuilder.workspace.reading import Reading
from kbuilder.workspace.tokens import PSEUDONYM

Name = Annotated[str, Query(min_length=1, max_length=200)]


def router(service: Service) -> APIRouter:
    """The form's routes."""
    telling = APIRouter(include_in_schema=False)

    async def named(article: str) -> Reading:
        """What the public may read by this id."""
        return await service.do(reading.article, service.workspace.parts, article, AUDIENCE)

    @telling.api_route("/flag", methods=["GET", "HEAD"])
    async def form(request: Request, article: Name, told: bool = False) -> Response:
        found = await named(article)
        return service.pages.page(
            request,
            "flag.html",
            title=(await service.config()).title,
            article=found.article,
            address=found.url,
            told=told,
            longest=MAX_WORDS,
            page_view=secrets.token_urlsafe(12),
        )

    @telling.post("/flag")
    async def flag(request: Request, article: Name) -> Response:
        page_view = await field(request, "page_view")
        if not is_own_page(request):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        if not re.fullmatch(PSEUDONYM, page_view):
            raise HTTPException(UNPROCESSABLE)
        found = (await named(article)).article
        words = flags.plain(await field(request, "words", MAX_WORDS))
        service.count_flags(address(request))
        event = Event(
            time=service.workspace.parts.clock(),
            kind=flags.KIND,
            target=found.id,
            page_view=page_view,
            language=found.language,
            product=found.product,
            words=words,
        )
        response, later = go(request, "/flag", article=found.id, told="yes"), BackgroundTasks()
        response.background = later
        await take(service, [event], later)
        return response

    return telling
