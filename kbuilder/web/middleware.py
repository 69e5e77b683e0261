"""What every request passes: headers that protect, a limit on its size, and the last net for bugs."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kbuilder.pictures import MOST_BYTES
from kbuilder.web.pages import Pages
from kbuilder.web.problems import answer, of_status

MAX_BODY = 64 * 1024
"""Bytes of a request's body."""
MAX_FORM = 2 * 1024 * 1024
"""Of a form of the desk: an article's text, in which each letter may take several bytes."""
MAX_PICTURE = MOST_BYTES + MAX_FORM
"""Of a form with a picture beside the text."""

_LOG = logging.getLogger(__name__)


def content_policy(frames: str = "'none'") -> str:
    """The Content-Security-Policy: everything from here, nothing inline; the site's search runs as WebAssembly.

    Args:
        frames: who may show the page in a frame.
    """
    return (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:; object-src 'none'; "
        f"base-uri 'self'; form-action 'self'; frame-ancestors {frames}"
    )


_HEADERS = {
    "Content-Security-Policy": content_policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class ProtectingHeaders:
    """Adds the headers that protect, where a response does not bring its own."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, protected if scope["type"] == "http" else send)


@dataclass(frozen=True)
class LastNet:
    """Answers a bug with a problem that shows nothing of the inside, and logs it with its traceback."""

    app: ASGIApp
    pages: Pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if started or scope["type"] != "http":
                raise
            request = Request(scope)
            _LOG.exception("%s %s", request.method, request.url.path)
            await answer(request, of_status(500), self.pages)(scope, receive, send)


@dataclass(frozen=True)
class BodyLimit:
    """Refuses a request whose body is too large, by what it declares and by what it sends."""

    app: ASGIApp
    pages: Pages
    limit: int = MAX_BODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        size = 0
        limit = MAX_FORM if scope["path"].startswith("/desk/") else self.limit
        if scope["path"] == "/desk/pictures":
            limit = MAX_PICTURE

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                raise HTTPException(413)
            return message

        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > limit:
            await answer(Request(scope), of_status(413), self.pages)(scope, receive, send)
        else:
            await self.app(scope, counted, send)
