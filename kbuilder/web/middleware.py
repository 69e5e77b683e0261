"""What every request passes: headers that protect, limits on its size and time, and the last net for bugs."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kbuilder.pictures import MOST_BYTES
from kbuilder.web.pages import Pages
from kbuilder.web.problems import Tell, answer, of_status

MAX_BODY = 64 * 1024
"""Bytes of a request's body."""
MAX_FORM = 2 * 1024 * 1024
"""Of a form of the desk: an article's text, in which each letter may take several bytes."""
MAX_PICTURE = MOST_BYTES + MAX_FORM
"""Of a form with a picture beside the text."""
BODY_SECONDS = 30.0
"""For a request's body to arrive, and a second more for each 32 KiB that it may have."""
_SLOWEST = 32 * 1024

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
    tell: Tell
    pages: Pages
    """What it is told with where it cannot be told as it should be."""

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
            await (await self._told(request))(scope, receive, send)

    async def _told(self, request: Request) -> Response:
        try:
            return await self.tell(request, of_status(500))
        except Exception:
            _LOG.exception("%s %s: the page that tells of it", request.method, request.url.path)
            return answer(request, of_status(500), self.pages)


@dataclass(frozen=True)
class BodyLimit:
    """Refuses a request whose body is too large, by what it declares and by what it sends, or that takes too long."""

    app: ASGIApp
    tell: Tell
    limit: int = MAX_BODY
    seconds: float = BODY_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        size = 0
        limit = MAX_FORM if scope["path"].startswith("/desk/") else self.limit
        if scope["path"] == "/desk/pictures":
            limit = MAX_PICTURE

        due: float | None = asyncio.get_running_loop().time() + self.seconds + limit / _SLOWEST

        async def counted() -> Message:
            nonlocal size, due
            if size > limit:  # whoever reads on after the refusal waits for nothing
                raise HTTPException(413)
            try:
                async with asyncio.timeout_at(due):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, headers={"Connection": "close"}) from None
            if not message.get("more_body", False):
                due = None  # what comes now is that the client goes, whenever that is
            size += len(message.get("body", b""))
            if size > limit:
                raise HTTPException(413)
            return message

        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > limit:
            await (await self.tell(Request(scope), of_status(413)))(scope, receive, send)
        else:
            await self.app(scope, counted, send)
