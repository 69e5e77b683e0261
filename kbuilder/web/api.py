"""``/api/v1``: the same answers for programs."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urljoin

from fastapi import APIRouter, BackgroundTasks, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from kbuilder.errors import KBError
from kbuilder.publish.attribution import web_address
from kbuilder.records import Suggestion
from kbuilder.text import N_
from kbuilder.web import problems
from kbuilder.web.asking import Answered, Reason, ask, count
from kbuilder.web.problems import Problem, ProblemDetails
from kbuilder.web.service import Service

if TYPE_CHECKING:
    from kbuilder.workspace.workspace import Workspace

MAX_TITLE = 300
MAX_BODY = 20_000
_SCHEMAS = "#/components/schemas/{model}"
_LOG = logging.getLogger(__name__)


class Question(BaseModel):
    """A question as it is being asked."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE)]
    body: Annotated[str, StringConstraints(max_length=MAX_BODY)] = ""
    language: Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3}(-[a-z0-9]{2,8})*)?$")] = Field(
        "", description="BCP 47, lower case; detected where it is empty."
    )

    @property
    def text(self) -> str:
        """Title and body as one."""
        return f"{self.title}\n{self.body}".strip()


class Found(BaseModel):
    """An existing answer."""

    target: str = Field(description="The article's or thread's id.")
    reviewed: bool = Field(description="A reviewed article, else a solved thread.")
    title: str
    url: str
    sentence: str = Field(description="The best sentence of the answer, without personal data.")
    probability: float = Field(ge=0, le=1, description="That it answers the question, calibrated.")
    language: str
    updated: str
    why: list[str] = Field(description="What matched.")


class Suggestions(BaseModel):
    """The answers that exist, the likeliest first."""

    suggestions: list[Found]
    reason: Reason | None = Field(None, description="Why there are none.")


class Health(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Questions can be answered."""

    status: Literal["ready"] = "ready"
    generation: str = Field(description="The build whose index answers.")
    threads: int
    note: str | None = Field(None, description="What is missing without stopping it: the model, for example.")


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": _SCHEMAS.format(model=ProblemDetails.__name__)}
    return {"description": description, "content": {problems.MEDIA_TYPE: {"schema": schema}}}


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description of an application, the shape of its problems included."""
    told = get_openapi(
        title=app.title, summary=app.summary, version=app.version, openapi_version="3.1.0", routes=app.routes
    )
    problem = ProblemDetails.model_json_schema(ref_template=_SCHEMAS)
    told["components"]["schemas"].update({ProblemDetails.__name__: problem, **problem.pop("$defs")})
    return told


def router(service: Service) -> APIRouter:
    """The API's routes."""
    api = APIRouter(prefix="/api/v1", tags=["v1"], responses={500: _problem("A fault of the server.")})

    @api.post(
        "/suggest",
        summary="Existing answers to a question; none where nothing is sure enough.",
        response_model_exclude_none=True,
        responses={
            400: _problem("The body is not JSON."),
            413: _problem("The body is too large."),
            422: _problem("A value is missing, too long or of another kind."),
            503: _problem("Nothing is built yet, or the model is missing."),
        },
    )
    async def suggest(question: Question, request: Request, later: BackgroundTasks) -> Suggestions:
        answered = await ask(service, question.text, question.language)
        later.add_task(count, service, answered)
        base = answered.config.url or str(request.base_url)
        return _told(answered, question, base)

    @api.get("/health", summary="Whether the process runs.")
    async def health() -> Health:
        return Health()

    @api.get(
        "/ready",
        summary="Whether questions can be answered.",
        response_model=Ready,
        response_model_exclude_none=True,
        responses={503: _problem("They cannot; the details say why.")},
    )
    async def ready(request: Request) -> Ready | Response:
        found = await service.do(_readiness, service.workspace)
        return problems.answer(request, found, service.pages) if isinstance(found, Problem) else found

    return api


def _told(answered: Answered, question: Question, base: str) -> Suggestions:
    found = [_found(each, base) for each in answered.suggestions]
    return Suggestions(suggestions=found, reason=answered.reason(question.text))


def _found(suggestion: Suggestion, base: str) -> Found:
    told = dataclasses.asdict(suggestion)
    return Found(**{**told, "url": _address(suggestion, base)})


def _address(suggestion: Suggestion, base: str) -> str:
    """Where an answer can be read: on the site, or in its forum."""
    if suggestion.reviewed:
        return urljoin(base.rstrip("/") + "/", suggestion.url.lstrip("/"))
    return web_address(suggestion.url)


def _readiness(workspace: Workspace) -> Ready | Problem:
    try:
        generation = workspace.generation.id
        threads = workspace.parts.database.count()
        workspace.suggest("")  # opens both indexes and loads the model
        return Ready(generation=generation, threads=threads, note=workspace.parts.dense_note or None)
    except KBError as error:
        return dataclasses.replace(problems.of_error(error), status=503)
    except Exception:  # whatever it is, the one who asks wants to hear "not ready"
        _LOG.exception("Not ready")
        return Problem(503, N_("Not ready"), N_("The database or the index does not answer; the log says why."))
