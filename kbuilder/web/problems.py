"""What went wrong, in one shape: RFC 9457 problem details below ``/api``, the same facts as a page elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from kbuilder import errors
from kbuilder.errors import KBError, Said
from kbuilder.text import N_
from kbuilder.texts import Translate, translator
from kbuilder.validation import literals
from kbuilder.web.pages import Pages, language_of
from kbuilder.workspace.tokens import BadToken

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger(__name__)
_PLAIN = "about:blank"
_GONE = 499
"""Nobody is there to read it; servers use it in their logs."""

_KINDS: tuple[tuple[type[KBError], int, str, str], ...] = (
    (BadToken, 401, "token", N_("Not signed")),
    (errors.NotFound, 404, "not-found", N_("Not found")),
    (errors.Denied, 403, "denied", N_("Not allowed")),
    (errors.Conflict, 409, "conflict", N_("Changed meanwhile")),
    (errors.StaleError, 503, "stale", N_("Not ready")),
    (errors.ModelError, 503, "model", N_("The model cannot be used")),
    (errors.MissingExtra, 503, "missing-extra", N_("A package is not installed")),
    (errors.ConfigError, 500, "config", N_("The configuration is wrong")),
    (errors.SourceError, 400, "source", N_("This cannot be read")),
    (errors.Overloaded, 503, "overloaded", N_("Not at the moment")),
    (KBError, 400, "refused", N_("This cannot be done")),
)
_STATUSES = {
    400: (N_("Bad request"), N_("The request is not as it should be.")),
    403: (N_("Not allowed"), N_("This is not for you.")),
    404: (N_("Not found"), N_("There is nothing at this address.")),
    405: (N_("Not done this way"), N_("This address does not answer to the method {method}.")),
    408: (N_("Too slow"), N_("The request did not arrive whole in time.")),
    415: (N_("Of another kind"), N_("This takes JSON, sent with Content-Type: application/json.")),
    413: (N_("Too large"), N_("The request is larger than this server takes.")),
    401: (N_("Who are you?"), N_("This needs a key or a token.")),
    429: (N_("Too many requests"), N_("There were too many requests. Wait a little, then ask again.")),
    422: (N_("Not as expected"), N_("Some values of the request are missing, too long or of another kind.")),
    500: (N_("Something went wrong here"), N_("This is a fault of the program. It was written to the log.")),
}


class Detail(BaseModel):
    """One value of a request that is not as it should be."""

    pointer: str = Field(description="Where it stands: a JSON pointer into the body, or a parameter's name.")
    detail: str


class ProblemDetails(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(description="`urn:kbuilder:problem:…`, or `about:blank` where the status says it all.")
    title: str
    status: int
    detail: str
    hint: str | None = Field(None, description="What to do about it.")
    errors: list[Detail] | None = Field(None, description="Each value that is wrong.")


@dataclass(frozen=True)
class Problem:
    """What went wrong: messages of the catalogue with their values."""

    status: int
    title: str
    detail: str
    hint: str = ""
    kind: str = _PLAIN
    values: Mapping[str, object] = field(default_factory=dict)
    errors: tuple[tuple[str, Said], ...] = ()
    """Where a value stands, and what is wrong with it."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def told(self, translate: Translate) -> ProblemDetails:
        """The problem in a language."""
        return ProblemDetails(
            type=self.kind,
            title=translate(self.title),
            status=self.status,
            detail=errors.told(self.detail, self.values, translate),
            hint=errors.told(self.hint, self.values, translate) if self.hint else None,
            errors=[Detail(pointer=pointer, detail=said.told(translate)) for pointer, said in self.errors] or None,
        )


Tell = Callable[[Request, Problem], Awaitable[Response]]
"""What makes the response to a request from a problem."""


def of_status(status: int, **values: object) -> Problem:
    """A problem that its HTTP status says all about."""
    title, detail = _STATUSES.get(status) or (HTTPStatus(status).phrase, HTTPStatus(status).description)
    return Problem(status, title, detail, values=values)


def of_error(error: KBError, *, to_editor: bool = False) -> Problem:
    """A problem that is explained to people; what is wrong with the server itself is nothing for strangers."""
    status, name, title = next(entry[1:] for entry in _KINDS if isinstance(error, entry[0]))
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and not to_editor:
        return Problem(status, title, N_("The server's log says what is wrong."), kind=f"urn:kbuilder:problem:{name}")
    headers = {"Retry-After": "2"} if isinstance(error, errors.Overloaded) else {}
    kind = f"urn:kbuilder:problem:{name}"
    return Problem(status, title, error.message, error.hint, kind, values=error.values, headers=headers)


def wants_json(request: Request) -> bool:
    """Whether a path is the API's, and so a problem is told to a program."""
    return request.url.path == "/openapi.json" or request.url.path.partition("/")[2].split("/")[0] == "api"


def is_at_desk(path: str) -> bool:
    """Whether a path is the desk's.

    >>> is_at_desk("/desk"), is_at_desk("/desk/articles"), is_at_desk("/desktop/")
    (True, True, False)
    """
    return path == "/desk" or path.startswith("/desk/")


def answer(request: Request, problem: Problem, pages: Pages) -> Response:
    """A problem as the response to a request, in the reader's language."""
    language = language_of(request)
    told = problem.told(translator(language))
    if wants_json(request):
        headers = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
        content = told.model_dump(exclude_none=True)
        return JSONResponse(content, problem.status, {**headers, **problem.headers}, MEDIA_TYPE)
    response = pages.page(request, "problem.html", status=problem.status, problem=told)
    response.headers.update(problem.headers)
    return response


def install(app: FastAPI, tell: Tell) -> None:
    """Let an application answer every error in this shape."""

    async def explained(request: Request, error: Exception) -> Response:
        assert isinstance(error, KBError)  # noqa: S101 - narrows what Starlette hands in
        problem = of_error(error, to_editor=is_at_desk(request.url.path))
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _LOG.error("%s %s: %s %s", request.method, request.url.path, error, error.advice)
        return await tell(request, problem)

    async def by_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - likewise
        found = of_status(error.status_code, method=request.method)
        return await tell(request, replace(found, headers=error.headers or {}))

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - likewise
        return await tell(request, _NO_JSON if _is_no_json(request, error) else of_validation(error))

    app.add_exception_handler(KBError, explained)
    app.add_exception_handler(HTTPException, by_status)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(ClientDisconnect, lambda *_: Response(None, _GONE))


_NO_JSON = replace(of_status(415), headers={"Accept": "application/json"})


def _is_no_json(request: Request, error: RequestValidationError) -> bool:
    """Whether a body was not even read, because it is said to be of another kind, or nothing is said of it."""
    whole = any(fault["loc"] == ("body",) and fault["type"] != "missing" for fault in error.errors())
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return wants_json(request) and whole and not (kind == "application/json" or kind.endswith("+json"))


def of_validation(error: RequestValidationError) -> Problem:
    """What is wrong with a request's values; the values themselves are not repeated."""
    faults: list[dict[str, Any]] = list(error.errors())
    status = 400 if any(fault["type"] == "json_invalid" for fault in faults) else 422
    details = tuple((_pointer(each["loc"]), _said(each)) for each in faults)
    return replace(of_status(status), errors=details)


_FAULTS = {
    "missing": N_("This is missing."),
    "extra_forbidden": N_("There is no such field."),
    "json_invalid": N_("This is not JSON."),
    "string_too_short": N_("At least {min_length} characters are needed."),
    "string_too_long": N_("At most {max_length} characters are taken."),
    "too_short": N_("At least {min_length} are needed."),
    "too_long": N_("At most {max_length} are taken."),
    "literal_error": N_("Expected is one of: {expected}"),
    "string_pattern_mismatch": N_("This has another form than: {pattern}"),
    "greater_than_equal": N_("At least {ge} is expected."),
    "less_than_equal": N_("At most {le} is taken."),
    "string_type": N_("Text is expected."),
    "int_type": N_("A whole number is expected."),
    "bool_type": N_("Expected is true or false."),
    "list_type": N_("A list is expected."),
    "model_attributes_type": N_("An object is expected."),
}
"""By what is wrong with a value, what is said of it."""
_OTHERWISE = N_("This is of another kind than is expected.")


def _said(fault: Any) -> Said:
    """A fault as a message; what the client sent is not in it."""
    expected = {"expected": ", ".join(literals(fault))}  # pydantic's own list has its words in English
    return Said(_FAULTS.get(fault["type"], _OTHERWISE), {**fault.get("ctx", {}), **expected})


def _pointer(place: tuple[int | str, ...]) -> str:
    if place[:1] != ("body",):
        return str(place[-1])
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in place[1:])
    return "#" + "".join(f"/{part}" for part in escaped)
