"""What is not done as it was sent: nothing that somebody wrote is lost by it.

What is refused is told in the desk's own frame, with what was written. Whoever must sign in first, or did so anew
since the page was opened, gets what they sent back as a form that can be sent again: with the present session's token
only where it was written by the same person.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kbuilder.text import N_
from kbuilder.texts import translator
from kbuilder.web import problems
from kbuilder.web.desk.access import (
    ACCOUNT,
    SAFE,
    SIGN_IN,
    PasswordNeeded,
    SignInNeeded,
    StaleForm,
    Visitor,
    given_token,
    is_surely_own_page,
    known,
    own_address,
)
from kbuilder.web.desk.advice import at_desk
from kbuilder.web.desk.pages import Desk
from kbuilder.web.pages import language_of
from kbuilder.web.problems import Problem, Tell, is_at_desk
from kbuilder.web.service import Service

SIGN_OUT = "/desk/sign-out"
WRITTEN = {
    "title": N_("Title"),
    "body": N_("Text, in Markdown"),
    "reason": N_("Why?"),
    "why": N_("Why?"),
    "with": N_("Or as another candidate or article: how its title begins, or its address"),
    "text": N_("What should they look at?"),
    "slug": N_("Words of the address"),
    "product": N_("Products, with commas between"),
    "products": N_("Products, with commas between"),
    "tags": N_("Topics, with commas between"),
    "url": N_("Where more is told"),
    "words": N_("What it shows, for those who do not see it"),
    "message": N_("The customer's message"),
    "wording": N_("Also found by, in your words (kept for good, unlike the questions)"),
}
"""The fields that people write, and what they are called; what else a form sends is kept unseen."""
CHOSEN = (("/keep", "title"),)
"""Fields of such names that are a choice in a form, by the end of its address."""
FINAL = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.CONFLICT)
"""What is refused so is refused again: what was written is shown, and not sent once more."""


def teller(service: Service) -> Tell:
    """What tells what went wrong: at the desk in the desk's own frame and words, with what was sent."""
    desk = Desk(service)

    async def tell(request: Request, problem: Problem) -> Response:
        if not is_at_desk(request.url.path) or "hx-request" in request.headers:
            return problems.answer(request, problem, service.pages)
        return await _refused(desk, request, problem)

    return tell


def install(app: FastAPI, service: Service, tell: Tell) -> None:
    """Let an application tell what went wrong, and hold what was sent by whoever must sign in first."""
    desk = Desk(service)

    async def lead(target: str, request: Request, _: Exception) -> Response:
        if "hx-request" in request.headers:  # asked by a page in which something may be written
            return Response(None, HTTPStatus.UNAUTHORIZED)
        if _keeps(request):
            return await _held(desk, request, target)
        return _to(target, request)

    async def stale(request: Request, _: Exception) -> Response:
        if "hx-request" in request.headers or not _keeps(request):
            return await tell(request, problems.of_status(HTTPStatus.FORBIDDEN))
        return await _held(desk, request, SIGN_IN)

    problems.install(app, tell)
    app.add_exception_handler(SignInNeeded, partial(lead, SIGN_IN))
    app.add_exception_handler(PasswordNeeded, partial(lead, ACCOUNT))
    app.add_exception_handler(StaleForm, stale)


async def _refused(desk: Desk, request: Request, problem: Problem) -> Response:
    """A page that says why something was not done and what to do about it, with what was written."""
    told = replace(problem, detail=at_desk(problem.detail), hint=at_desk(problem.hint))
    if not hasattr(request.state, "visitor"):  # no gate was passed
        request.state.visitor = await known(desk.service, request)
    visitor: Visitor | None = request.state.visitor
    keeps = visitor is not None and _keeps(request)
    response = await desk.page(
        request,
        "refused.html",
        status=problem.status,
        problem=told.told(translator(language_of(request))),
        back=own_address(_came_from(request)),
        again=problem.status not in FINAL,
        sent_here=""
        if request.method in SAFE
        else request.url.path + (f"?{query}" if (query := request.url.query) else ""),
        **await _sent(request, keeps=keeps),
    )
    response.headers.update(problem.headers)
    return response


def _keeps(request: Request) -> bool:
    """Whether what was sent is to be sent again: it comes from a page of ours, and is no password."""
    return (
        request.method not in SAFE
        and is_surely_own_page(request)
        and not request.url.path.startswith((ACCOUNT, SIGN_OUT))
    )


async def _held(desk: Desk, request: Request, target: str) -> Response:
    """A page that holds what was sent, to be sent again."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    token = await given_token(request)
    theirs = visitor is not None and token.partition(".")[0] == visitor.person.id
    return await desk.page(
        request,
        "held.html",
        status=HTTPStatus.UNAUTHORIZED if visitor is None else HTTPStatus.FORBIDDEN,
        target=target,
        theirs=theirs,
        token=visitor.csrf if visitor and theirs else token,
        **await _sent(request, keeps=True),
    )


async def _sent(request: Request, *, keeps: bool) -> dict[str, Any]:
    """What a form sent: the fields that people write, and the others."""
    form = (await _form(request)).multi_items() if keeps else []
    sent = [(name, value) for name, value in form if isinstance(value, str) and name != "csrf"]
    chosen = {name for end, name in CHOSEN if request.url.path.endswith(end)}
    people = WRITTEN.keys() - chosen
    return {
        "written": [(name, WRITTEN[name], value) for name, value in sent if name in people],
        "unseen": [(name, value) for name, value in sent if name not in people],
    }


async def _form(request: Request) -> FormData:
    """What was sent, as the gate has read it; nothing where it cannot be read."""
    with suppress(HTTPException, RuntimeError):  # it is no form, or came only in part: that is what went wrong
        return getattr(request.state, "sent", None) or await request.form()
    return FormData()


def _came_from(request: Request) -> str:
    """The page that led here; ``""``: none of ours is known."""
    came = urlsplit(request.headers.get("referer", ""))
    if request.method in SAFE and (came.netloc != request.headers.get("host") or came.path == request.url.path):
        return ""
    return f"{came.path}?{came.query}" if came.query else came.path


def _to(target: str, request: Request) -> Response:
    came = request.url.path if request.method in SAFE else urlsplit(_came_from(request)).path
    if request.url.query and request.method in SAFE:
        came += "?" + request.url.query
    return RedirectResponse(f"{target}?next={quote(own_address(came), safe='/')}", HTTPStatus.SEE_OTHER)
