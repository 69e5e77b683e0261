"""The routes of ``/api/v1`` and their description."""

from __future__ import annotations

import dataclasses
import logging
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Path, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.responses import Response

from kbuilder.errors import Denied, KBError
from kbuilder.text import N_
from kbuilder.web import metrics, problems, whole
from kbuilder.web.api import models, telling
from kbuilder.web.api.gate import PREFIX, TOKEN, address, bearer
from kbuilder.web.asking import Asker, ask, count, move_soon, shortly, take
from kbuilder.web.guard import is_local
from kbuilder.web.problems import Problem, ProblemDetails
from kbuilder.web.service import PROBE, Service
from kbuilder.web.work import while_here
from kbuilder.workspace import events, flags, keys, reading, tokens

if TYPE_CHECKING:
    from kbuilder.workspace.workspace import Workspace

_AWAY = "The database does not answer: events wait on disk."
_FULL = "The disk does not take events: what was asked waits in memory, and what askers do is to be sent again."
_SCHEMAS = "#/components/schemas/{model}"
_WRONG = "What was committed last to kbuilder.toml is wrong, and an earlier one is used; the log says more."
_OUTDATED = "What was committed last is not suggested yet; the log says why."
_LOG = logging.getLogger(__name__)
_KEY = HTTPBearer(auto_error=False, scheme_name="key", description="A key of `kbuilder keys create`.")
_READER = APIKeyHeader(
    name=TOKEN, auto_error=False, scheme_name="audience", description="A signed token: whose articles may be seen."
)
Token = Annotated[str | None, Depends(_READER)]


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": _SCHEMAS.format(model=ProblemDetails.__name__)}
    return {"description": description, "content": {problems.MEDIA_TYPE: {"schema": schema}}}


_MAY_BRING: list[dict[str, list[str]]] = [{}, {"key": []}, {"audience": []}, {"key": [], "audience": []}]
"""Nothing at all, either, or both."""
_ASKED: dict[int | str, dict[str, Any]] = {
    400: _problem("The body is not JSON."),
    401: _problem("The key, or the audience's token, does not hold."),
    408: _problem("The body did not arrive whole in time."),
    415: _problem("The body is not sent as `application/json`."),
    413: _problem("The body is too large."),
    422: _problem("A value is missing, too long or of another kind."),
    429: _problem("Too many requests; `Retry-After` says for how many seconds."),
    503: _problem("Nothing is built yet, the model is missing, or too much is asked at once."),
}


def _links(**named: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Where an answer leads, for programs that follow a description."""
    return {200: {"links": named}}


_FIRST = "$response.body#/suggestions/0/target"
_READ = {
    "operationId": "article",
    "parameters": {"slug": _FIRST},
    "description": "The article of the first suggestion, where it is one.",
}
_OPEN = {
    "operationId": "thread",
    "parameters": {"id": _FIRST},
    "description": "The thread of the first suggestion, where it is one.",
}
_TELL = {
    "operationId": "events",
    "requestBody": {"page_view": "$request.body#/page_view", "events": [{"kind": "opened", "target": _FIRST}]},
    "description": "That it was opened, by the page that asked.",
}
_ASK = {
    "operationId": "suggest",
    "requestBody": {"title": "$response.body#/title", "language": "$response.body#/language"},
    "description": "What its own title finds.",
}


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description of an application, the shape of its problems included."""
    told = get_openapi(
        title=app.title, summary=app.summary, version=app.version, openapi_version="3.1.0", routes=app.routes
    )
    problem = ProblemDetails.model_json_schema(ref_template=_SCHEMAS)
    told["components"]["schemas"].update({ProblemDetails.__name__: problem, **problem.pop("$defs")})
    for name in ("HTTPValidationError", "ValidationError"):  # the framework's own shape, which nothing here has
        told["components"]["schemas"].pop(name, None)
    for path, operations in told["paths"].items():
        for operation in operations.values():
            operation["security"] = [] if path.removeprefix(PREFIX) in ("health", "ready") else _MAY_BRING
    return told


def router(service: Service) -> APIRouter:
    """The API's routes."""
    api = APIRouter(
        prefix="/api/v1",
        tags=["v1"],
        dependencies=[Depends(_KEY)],
        responses={500: _problem("A fault of the server.")},
    )
    _asking(api, service)
    _watching(api, service)
    return api


def _asking(api: APIRouter, service: Service) -> None:
    @api.post(
        "/suggest",
        operation_id="suggest",
        summary="Existing answers to a question; none where nothing is sure enough.",
        response_model_exclude_none=True,
        responses={**_ASKED, **_links(read=_READ, open=_OPEN, tell=_TELL)},
    )
    async def suggest(
        question: models.Question, request: Request, later: BackgroundTasks, token: Token = None
    ) -> models.Suggestions:
        asker = await _asker(service, question, token)
        begin = partial(ask, service, question.text, asker, experiment=question.purpose == "ask")
        answered = await while_here(request, begin)
        if question.count:
            later.add_task(count, service, answered, question.text, asker)
        return await service.do(
            telling.told, service.workspace, answered, question, asker, _base(request), service.lately.helped
        )

    @api.get(
        "/articles/{slug}",
        operation_id="article",
        summary="An article, by slug or id.",
        response_model_exclude_none=True,
        responses={**_ASKED, **_links(ask=_ASK), 404: _problem("These readers have no such article.")},
    )
    async def article(
        slug: Annotated[str, Path(min_length=1, max_length=200)],
        request: Request,
        response: Response,
        language: Annotated[models.Language, Query()] = "",
        token: Token = None,
    ) -> models.Article:
        reader = await _reader(service, token)
        base = _base(request)
        found = await service.do(reading.article, service.workspace.parts, slug, reader.audience, language, base)
        _keep_to(response, token)
        return telling.article(found, service.lately.helped)

    @api.get(
        "/threads/{id:path}",
        operation_id="thread",
        summary="A solved thread's answers, by its id.",
        response_model_exclude_none=True,
        responses={
            **_ASKED,
            **_links(ask=_ASK),
            404: _problem("These readers have no such solved thread."),
        },
    )
    async def thread(
        id: Annotated[str, Path(min_length=1, max_length=200)],  # noqa: A002 - the record's own word
        response: Response,
        token: Token = None,
    ) -> models.Solved:
        reader = await _reader(service, token)
        _keep_to(response, token)
        return telling.solved(await whole.thread(service, id, reader.audience), service.lately.helped)

    @api.post("/events", operation_id="events", status_code=202, summary="What askers did.", responses=_ASKED)
    async def happened(
        told: models.Events, request: Request, later: BackgroundTasks, token: Token = None
    ) -> models.Taken:
        asker = await _asker(service, told, token)
        if not bearer(request.headers):  # a key is one forum's, for all of its readers
            service.count_flags(address(request), sum(each.kind == flags.KIND for each in told.events))
        kept = telling.events(told, asker, service.workspace.parts.clock(), await service.recent())
        await take(service, kept, later)
        return models.Taken(taken=len(kept))


def _watching(api: APIRouter, service: Service) -> None:
    @api.get("/health", summary="Whether the process runs.")
    async def health() -> models.Health:
        return models.Health()

    @api.get(
        "/ready",
        summary="Whether questions can be answered.",
        response_model=models.Ready,
        response_model_exclude_none=True,
        responses={503: _problem("They cannot; the details say why.")},
    )
    async def ready(request: Request) -> models.Ready | Response:
        await move_soon(service)
        found = await service.do(_readiness, service.workspace)
        if isinstance(found, Problem):
            return problems.answer(request, found, service.pages)
        if service.lately.full:
            return found.model_copy(update={"note": _FULL})
        if not await shortly(_database_answers(service)):
            return found.model_copy(update={"note": _AWAY})
        return found

    @api.get(
        "/metrics",
        summary="Figures for Prometheus: with a key, or from the same machine.",
        response_class=Response,
        responses={
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
            401: _ASKED[401],
            429: _ASKED[429],
            403: _problem("Neither a key nor the same machine."),
        },
    )
    async def figures(request: Request) -> Response:
        secret, parts = bearer(request.headers), service.workspace.parts
        if not is_local(request) and await service.people.do(keys.known, parts, secret) is None:
            raise Denied(
                N_("Figures are for whoever runs this server."),
                N_("Ask from the same machine, or with a key: kbuilder keys create NAME"),
            )
        return Response(service.metrics.written(), media_type=metrics.MEDIA_TYPE)


def _base(request: Request) -> str:
    """Where the public site stands if ``kbuilder.toml`` does not say: a Host header counts on this machine alone."""
    return str(request.base_url) if is_local(request) else ""


def _keep_to(response: Response, token: str | None) -> None:
    """Let no cache on the way give to others what these readers may see."""
    response.headers["Vary"] = "X-Audience-Token"
    if token:
        response.headers["Cache-Control"] = "private, no-store"


async def _reader(service: Service, token: str | None) -> tokens.Reader:
    config = await service.recent()
    return tokens.reader(token or "", service.workspace.parts.environ, config)


async def _asker(service: Service, who: models.Who, token: str | None) -> Asker:
    """Whoever asks: what the signed token says of the member goes before what the request says."""
    reader = await _reader(service, token)
    return Asker(
        page_view=who.page_view,
        member=reader.member or who.member,
        signed=bool(reader.member),
        language=who.language,
        product=who.product,
        audience=reader.audience,
    )


def _readiness(workspace: Workspace) -> models.Ready | Problem:
    try:
        generation = workspace.generation.id
        workspace.suggest(PROBE)  # opens both indexes and loads the model
    except KBError as error:
        return dataclasses.replace(problems.of_error(error), status=503)
    except Exception:  # whatever it is, the one who asks wants to hear "not ready"
        _LOG.exception("Not ready")
        return Problem(503, N_("Not ready"), N_("The index does not answer; the log says why."))
    wrong = [*([_WRONG] if workspace.parts.wrong else []), *([_OUTDATED] if workspace.outdated else [])]
    lacks = (str(each).replace(f"{workspace.root}/", "") for each in workspace.lacks)  # strangers may ask
    note = " ".join([*wrong, *lacks]) or workspace.parts.dense_note
    return models.Ready(generation=generation, waiting=events.spool(workspace.parts).waiting(), note=note or None)


async def _database_answers(service: Service) -> bool:
    """Questions are answered without it, and events wait on disk."""
    try:
        await service.events.do(_count, service.workspace)
    except Exception as error:
        _LOG.warning("The database does not answer: %s", error)
        return False
    return True


def _count(workspace: Workspace) -> int:
    return workspace.parts.database.count()
