"""The published site as it lies in ``_build/site``: what a web server would show."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kbuilder import resources
from kbuilder.web.middleware import content_policy
from kbuilder.web.problems import is_at_desk, wants_json
from kbuilder.web.service import AUDIENCE, Service

if TYPE_CHECKING:
    from kbuilder.workspace.workspace import Workspace

INDEX = "index.html"
RULES = "_redirects"
"""The list of moved and withdrawn articles that a site carries for web servers."""
_LONGEST = 1024
"""Characters of an address; file systems refuse much longer ones."""
_SHARED = {
    "style.css": "site/static/style.css",
    "icon.svg": "site/static/icon.svg",
    "web.css": "site/web/web.css",
    "ask.js": "site/web/ask.js",
}
"""What the pages here are dressed in: the site's style and their own."""
_TYPES = {
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
    ".html": "text/html",
    ".css": "text/css",
    ".json": "application/json",
    ".txt": "text/plain",
}
"""Of the files that a site has: the machine's own table differs from one to the next."""


@dataclass(frozen=True)
class Preview:
    """What answers where no route does: the site's files for readers, 404 for programs."""

    service: Service
    otherwise: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.otherwise(scope, receive, send)
            return
        request = Request(scope, receive)
        if wants_json(request) or is_at_desk(request.url.path):
            raise HTTPException(404)
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        root = self.service.workspace.parts.site / AUDIENCE
        path = request.url.path
        target, status = await run_in_threadpool(rule, root, path)
        if target != path:
            return _redirect(request, target, status)
        found = await run_in_threadpool(find, root, path)
        if isinstance(found, Path):
            return _file(request, found, await run_in_threadpool(_read, found), status)
        return _redirect(request, found, 307) if found else await self._missing(request, root)

    async def _missing(self, request: Request, root: Path) -> Response:
        own = await run_in_threadpool(_own_missing_page, root, request.url.path)
        if own is not None:
            return Response(own, 404, _site_headers(), "text/html")
        if root.is_dir():
            raise HTTPException(404)
        title = (await self.service.config()).title
        command = f"kbuilder -C {self.service.workspace.root} publish"
        return self.service.pages.page(request, "unpublished.html", title=title, status=404, command=command)


def rule(root: Path, path: str) -> tuple[str, int]:
    """What the site's own list of moved and withdrawn articles says of an address: where to go, and the status."""
    try:
        lines = (root / RULES).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return path, 200
    for old, new, status in (line.split() for line in lines if line):
        if old == path:
            return (path, 410) if status == "410" else (new, int(status))
    return path, 200


def find(root: Path, path: str) -> Path | str:
    """The file that an address means; the address to go to instead, where a folder lacks its slash; ``""``: none.

    Nothing outside of ``root`` is ever found, whatever the address holds and wherever a link points.
    """
    parts = path.removeprefix("/").split("/")
    names = parts[:-1] if parts[-1] == "" else parts
    if len(path) > _LONGEST or not all(_is_name(name) for name in names):
        return ""
    place = root.joinpath(*names)
    if not place.resolve().is_relative_to(root.resolve()):
        return ""
    if parts[-1] != "" and place.is_file():
        return place
    if not (place / INDEX).is_file():
        return ""
    return place / INDEX if parts[-1] == "" else "/" + "/".join(names) + "/"


def _is_name(name: str) -> bool:
    """Whether a site may have a file or folder of this name."""
    size = len(name.encode("utf-8", "replace"))
    return 0 < size <= 255 and name.isprintable() and not name.startswith(".") and not set(name) & set("\\:")


def _read(file: Path) -> bytes:
    """A file's content, whole: the site's folder may be swapped for another at any moment.

    Raises:
        HTTPException: it was swapped for one without this file just now.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise HTTPException(404) from None


def _redirect(request: Request, target: str, status: int) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(quote(target) + query, status, {"Cache-Control": "no-cache"})


def _file(request: Request, file: Path, content: bytes, status: int) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**_site_headers(), "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(None, 304, headers)
    return Response(content, status, headers, media_type(file.name))


def media_type(name: str) -> str:
    """The media type of a file by its name."""
    known = _TYPES.get(Path(name).suffix.lower())
    return known or mimetypes.guess_type(name, strict=True)[0] or "application/octet-stream"


def _site_headers() -> dict[str, str]:
    return {"Cache-Control": "no-cache", "Content-Security-Policy": content_policy("'self'")}


def _own_missing_page(root: Path, path: str) -> bytes | None:
    """The site's page for what is not there: its language's, else the one for all."""
    language = path.split("/")[1] if path.count("/") > 1 else ""
    for name in (f"/{language}/404.html", "/404.html"):
        found = find(root, name)
        if isinstance(found, Path):
            return _read(found)
    return None


def own_file(workspace: Workspace, name: str) -> Response:
    """A style or picture that the pages here share with the site, as the knowledge base has it.

    Raises:
        HTTPException: there is none of this name.
    """
    if name not in _SHARED:
        raise HTTPException(404)
    content = resources.read(_SHARED[name], workspace.parts.head())
    return Response(content, 200, {"Cache-Control": "no-cache"}, media_type(name))
