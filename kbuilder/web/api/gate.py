"""Who may use ``/api/v1``: pages of which origin, programs with which key, and how often."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kbuilder.config import ApiSettings
from kbuilder.errors import KBError
from kbuilder.records import digest
from kbuilder.store.askers import Key
from kbuilder.text import N_
from kbuilder.web.asking import shortly
from kbuilder.web.guard import is_local
from kbuilder.web.problems import Problem, answer, of_error, of_status
from kbuilder.web.service import Service
from kbuilder.workspace import keys

PREFIX = "/api/v1/"
FORM = "/ask"
"""Where people ask: as often as programs without a key."""
TOKEN = "X-Audience-Token"  # noqa: S105 - the name of a header
OPEN = ("health", "ready")
"""Routes for those who watch the server: neither limited nor behind a key."""
REMEMBERED = 30.0
"""Seconds for which a key that was looked up is not looked up again: so long a revoked one may live on."""
_MOST = 10_000
_LOG = logging.getLogger(__name__)


@dataclass
class Origins(CORSMiddleware):
    """CORS as ``kbuilder.toml`` has it now."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        super().__init__(
            app,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", TOKEN),
            expose_headers=("Retry-After",),
        )
        self.service = service
        self.now: tuple[str, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        self.now = (await _settings(self.service)).origins
        await super().__call__(scope, receive, send)

    def is_allowed_origin(self, origin: str) -> bool:
        """Whether scripts of a page may ask."""
        return "*" in self.now or origin in self.now

    def preflight_response(self, request_headers: Headers) -> Response:
        """What a browser hears that asks first; a refusal in the one shape."""
        response = super().preflight_response(request_headers)
        if response.status_code == 200:
            return Response(None, 204, {k: v for k, v in response.headers.items() if not k.startswith("content-")})
        request = Request({"type": "http", "path": PREFIX, "headers": request_headers.raw, "query_string": b""})
        return answer(request, _NOT_FROM_THERE, self.service.pages)


_NOT_FROM_THERE = Problem(
    403,
    N_("Not from this page"),
    N_("Scripts of this page may not ask here, or not this way."),
    N_("Its origin must stand in kbuilder.toml, below [api], among the origins."),
    "urn:kbuilder:problem:origin",
)
_NO_KEY = Problem(
    401,
    N_("A key is needed"),
    N_("The key is missing, revoked or not one of this knowledge base."),
    N_("Make one with: kbuilder keys create NAME, and send it as: Authorization: Bearer KEY"),
    "urn:kbuilder:problem:key",
    headers={"WWW-Authenticate": "Bearer"},
)


@dataclass
class Gate:
    """Lets a request to the API or the form through, or says why not."""

    app: ASGIApp
    service: Service
    _limiter: Any = field(default_factory=lambda: SlidingWindowCounterRateLimiter(MemoryStorage()))
    _keys: dict[str, tuple[float, Key | None]] = field(default_factory=dict)
    """By digest, when each was looked up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if not (path.startswith(PREFIX) or _is_form(path)) or _is_open(request := Request(scope)):
            await self.app(scope, receive, send)
            return
        refused = await self._refused(request, await _settings(self.service))
        if refused:
            self.service.metrics.refused.labels(str(refused.status)).inc()
            await answer(request, refused, self.service.pages)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _refused(self, request: Request, settings: ApiSettings) -> Problem | None:
        if _is_form(request.url.path):
            return self._limited("address", address(request), settings.per_minute)
        secret = bearer(request.headers)
        if secret and not self._is_known_lately(digest(secret)):  # each invented key would be asked of the database
            refused = self._limited("look-up", address(request), settings.per_minute)
            if refused:
                return refused
        try:
            key = await self._key(secret) if secret else None
        except KBError as error:  # the database is away: keys cannot be told, so all are limited like strangers
            if settings.key_required:
                return of_error(error)
            key, secret = None, ""
        if (secret or settings.key_required) and key is None:
            return self._limited("address", address(request), settings.per_minute) or _NO_KEY
        if key:
            return self._limited("key", key.id, settings.per_minute_key)
        return self._limited("address", address(request), settings.per_minute)

    def _is_known_lately(self, name: str) -> bool:
        return name in self._keys and time.monotonic() - self._keys[name][0] < REMEMBERED

    async def _key(self, secret: str) -> Key | None:
        name, now = digest(secret), time.monotonic()
        if self._is_known_lately(name):
            return self._keys[name][1]
        key = await self.service.people.do(keys.known, self.service.workspace.parts, secret)
        if len(self._keys) >= _MOST:
            self._keys.clear()
        self._keys[name] = (now, key)
        if key:
            await shortly(self._noted(key))
        return key

    async def _noted(self, key: Key) -> None:
        """Apart from looking it up: that only reads, and waits for nobody who writes."""
        try:
            await self.service.events.do(keys.note, self.service.workspace.parts, key)
        except Exception as error:
            _LOG.warning("The day on which a key was used could not be noted: %s", error)

    def _limited(self, kind: str, name: str, per_minute: int) -> Problem | None:
        limit = RateLimitItemPerMinute(per_minute)
        if self._limiter.hit(limit, kind, name):
            return None
        wait = max(1, ceil(self._limiter.get_window_stats(limit, kind, name).reset_time - time.time()))
        return _too_many({"Retry-After": str(wait)})


def _is_open(request: Request) -> bool:
    name = request.url.path.removeprefix(PREFIX)
    return name in OPEN or (name == "metrics" and is_local(request))


def _is_form(path: str) -> bool:
    return path == FORM or path.startswith(f"{FORM}/")


def _too_many(headers: Mapping[str, str]) -> Problem:
    status = of_status(429)
    return Problem(429, status.title, status.detail, headers=headers)


def bearer(headers: Headers) -> str:
    """The key that a request brings.

    >>> bearer(Headers({"authorization": "Bearer kb_x"}))
    'kb_x'
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def address(request: Request) -> str:
    """By which a client without a key is counted: its address, of IPv6 the network that one customer has."""
    host = request.client.host if request.client else ""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))
    return str(found)


async def _settings(service: Service) -> ApiSettings:
    """The API's settings; the defaults while the configuration is wrong, which each route then says itself."""
    try:
        return (await service.recent()).api
    except KBError:
        return ApiSettings()
