"""``/widget``: the script for a community's own forms, and forms of several kinds to see it on."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from kbuilder import resources
from kbuilder.web.middleware import content_policy
from kbuilder.web.preview import media_type
from kbuilder.web.service import Service

if TYPE_CHECKING:
    from kbuilder.workspace.workspace import Workspace

FOLDER = "site/widget"
SCRIPT = "kbuilder.js"
EXAMPLES = (
    "index.html",
    "plain.html",
    "formular.html",
    "composer.html",
    "rich.html",
    "frame.html",
    "app.html",
    "sent.html",
    "app.js",
    "examples.css",
)
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=300",
}
"""Any page may take the script, with a check of its content (SRI) or without."""
_SAID = re.compile(rb"^ *(?:/\*.*?\*/|// [^\n]*)\n|^ +| // [^\n]*", re.MULTILINE | re.DOTALL)


def router(service: Service) -> APIRouter:
    """The widget's routes."""
    widget = APIRouter(prefix="/widget", include_in_schema=False)

    @widget.api_route(f"/{SCRIPT}", methods=["GET", "HEAD"])
    async def script(request: Request) -> Response:
        return _sent(request, SCRIPT, await service.do(_script, service.workspace), _OPEN)

    @widget.api_route("/examples", methods=["GET", "HEAD"])
    async def bare() -> Response:
        return RedirectResponse("/widget/examples/", 307)

    @widget.api_route("/examples/{name:path}", methods=["GET", "HEAD"])
    async def example(request: Request, name: str) -> Response:
        wanted = name or "index.html"
        if wanted not in EXAMPLES:
            raise HTTPException(404)
        content = await service.do(_read, service.workspace, f"examples/{wanted}")
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": content_policy("'self'")}
        return _sent(request, wanted, content, headers)

    return widget


def _read(workspace: Workspace, name: str) -> bytes:
    return resources.read(f"{FOLDER}/{name}", workspace.parts.head())


def _script(workspace: Workspace) -> bytes:
    """The script as it is sent: without what it says to its readers, and without indentation."""
    return _SAID.sub(b"", _read(workspace, SCRIPT))


def _sent(request: Request, name: str, content: bytes, headers: dict[str, str]) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        return Response(None, 304, {**headers, "ETag": tag})
    return Response(content, 200, {**headers, "ETag": tag}, media_type(name))
