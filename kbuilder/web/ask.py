"""``/ask``: a form to ask in. It works without a script, by keyboard and read aloud.

A question is sent in the body of a request: web servers write addresses into their logs, and no bodies. What another
page carries over stands behind the ``#`` of the address, which no browser sends; a script takes it from there.
"""

from __future__ import annotations

import re
import secrets
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.background import BackgroundTask, BackgroundTasks
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.publish.attribution import web_address
from kbuilder.records import Suggestion
from kbuilder.text import squeeze
from kbuilder.web.api import models, telling
from kbuilder.web.asking import Asker, ask, count, in_words, take
from kbuilder.web.desk.access import is_own_page
from kbuilder.web.desk.forms import UNPROCESSABLE, field
from kbuilder.web.desk.pages import go
from kbuilder.web.pages import language_of
from kbuilder.web.preview import find
from kbuilder.web.service import AUDIENCE, Service
from kbuilder.web.whole import of_all
from kbuilder.workspace import reading
from kbuilder.workspace.tokens import PSEUDONYM

MAX_QUESTION = 1000
TOLD = ("opened", "helped", "not_helped", "posted")
"""What the page tells of."""


def router(service: Service) -> APIRouter:
    """The form's routes."""
    asking = APIRouter(include_in_schema=False)

    @asking.api_route("/ask", methods=["GET", "HEAD"])
    async def form(
        request: Request,
        q: Annotated[str, Query(max_length=MAX_QUESTION)] = "",
        told: Literal["", "helped", "not_helped"] = "",
    ) -> Response:
        return await answer(request, squeeze(q), _page_view(request), told=told)

    @asking.post("/ask")
    async def asked(request: Request) -> Response:
        view = _page_view(request, await field(request, "page_view"))
        return await answer(request, squeeze(await field(request, "q", MAX_QUESTION)), view)

    @asking.post("/ask/told")
    async def happened(request: Request) -> Response:
        if not is_own_page(request):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        kind = await field(request, "kind")
        told = _told(await field(request, "page_view"), kind, await field(request, "target"))
        asker = Asker(page_view=told.page_view)
        kept = telling.events(told, asker, service.workspace.parts.clock(), await service.recent())
        response, later = (
            go(request, "/ask", told=kind if kind in ("helped", "not_helped") else ""),
            BackgroundTasks(),
        )
        response.background = later
        await take(service, kept, later)
        return response

    async def answer(request: Request, question: str, view: str, told: str = "") -> Response:
        if not question:
            return await page(request, "", view, told=told)
        asker = Asker(page_view=view)
        answered = await ask(service, question, asker, experiment=bool(view))
        opened = await of_all(service, answered.suggestions)
        found = [
            (each, await run_in_threadpool(_address, service, each), whole)
            for each, whole in zip(answered.suggestions, opened, strict=True)
        ]
        read = [language_of(request), answered.surely]
        notices = await service.do(reading.notices, service.workspace.parts, AUDIENCE, read)
        response = await page(request, question, view, found=found, in_words=in_words, notices=notices)
        response.headers["Cache-Control"] = "private, no-cache"  # whoever comes back to it need not send it again
        if view:
            response.background = BackgroundTask(count, service, answered, question, asker)
        return response

    async def page(request: Request, question: str, view: str, **values: Any) -> Response:
        config = await service.config()
        return service.pages.page(
            request,
            "ask.html",
            title=config.title,
            question=question,
            config=config,
            community=carried(web_address(config.ask_url), question),
            longest=MAX_QUESTION,
            page_view=view,
            **{"found": None, "notices": [], "told": "", **values},
        )

    return asking


def _told(view: str, kind: str, target: str) -> models.Events:
    """What the page tells, in the API's words."""
    try:
        if view and kind in TOLD:
            happened = models.Happened.model_validate({"kind": kind, "target": target})
            return models.Events(page_view=view, member="", language="", product="", events=[happened])
    except ValidationError:
        pass
    raise HTTPException(UNPROCESSABLE)


def _page_view(request: Request, given: str = "") -> str:
    """The id by which what happens on a page belongs together; ``""``: whoever asks wants nothing to be counted."""
    if "1" in (request.headers.get("dnt"), request.headers.get("sec-gpc")):
        return ""
    return given if re.fullmatch(PSEUDONYM, given) else secrets.token_urlsafe(12)


def carried(address: str, question: str) -> str:
    """Where the community is asked, with what was typed as the beginning of the question.

    >>> carried("https://forum.example/new", "Is it so?"), carried("https://forum.example/ask#q={query}", "a b")
    ('https://forum.example/new?title=Is+it+so%3F', 'https://forum.example/ask#q=a%20b')
    """
    if "{query}" in address:
        return address.replace("{query}", quote(question, safe=""))
    if not address or not question:
        return address
    parts = urlsplit(address)
    query = "&".join(part for part in (parts.query, urlencode({"title": question})) if part)
    return parts._replace(query=query).geturl()


def _address(service: Service, suggestion: Suggestion) -> str:
    """Where an answer can be read; ``""``: the article is not published yet."""
    if not suggestion.reviewed:
        return web_address(suggestion.url)
    page = "/" + suggestion.url.lstrip("/")
    return page if find(service.workspace.parts.site / AUDIENCE, page) else ""
