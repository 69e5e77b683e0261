"""``/ask``: a form to ask in. It works without a script, by keyboard and read aloud."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from kbuilder.publish.attribution import web_address
from kbuilder.records import Suggestion
from kbuilder.text import squeeze
from kbuilder.web.asking import ask, count, in_words
from kbuilder.web.preview import find
from kbuilder.web.service import AUDIENCE, Service

MAX_QUESTION = 1000


def router(service: Service) -> APIRouter:
    """The form's routes."""
    asking = APIRouter(include_in_schema=False)

    @asking.api_route("/ask", methods=["GET", "HEAD"])
    async def form(request: Request, q: Annotated[str, Query(max_length=MAX_QUESTION)] = "") -> Response:
        question = squeeze(q)
        if not question:
            config = await service.config()
            return service.pages.page(
                request,
                "ask.html",
                title=config.title,
                question="",
                found=None,
                config=config,
                longest=MAX_QUESTION,
            )
        answered = await ask(service, question)
        found = [(each, await run_in_threadpool(_address, service, each)) for each in answered.suggestions]
        response = service.pages.page(
            request,
            "ask.html",
            title=answered.config.title,
            question=question,
            found=found,
            config=answered.config,
            longest=MAX_QUESTION,
            in_words=in_words,
        )
        response.background = BackgroundTask(count, service, answered, question)
        return response

    return asking


def _address(service: Service, suggestion: Suggestion) -> str:
    """Where an answer can be read; ``""``: the article is not published yet."""
    if not suggestion.reviewed:
        return web_address(suggestion.url)
    page = "/" + suggestion.url.lstrip("/")
    return page if find(service.workspace.parts.site / AUDIENCE, page) else ""
