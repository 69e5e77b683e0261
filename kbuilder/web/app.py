"""The one web application: ``/`` the site, ``/ask`` a form, ``/desk`` for editors, ``/api/v1`` for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response

import kbuilder
from kbuilder.web import api, ask, desk, problems
from kbuilder.web.desk import access
from kbuilder.web.middleware import BodyLimit, LastNet, ProtectingHeaders
from kbuilder.web.preview import Preview, own_file
from kbuilder.web.service import Service

if TYPE_CHECKING:
    from kbuilder.workspace.workspace import Workspace


def create_app(workspace: Workspace) -> FastAPI:
    """The web application of a knowledge base; an ASGI application for any server."""
    service = Service(workspace)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    app = FastAPI(
        title="kbuilder",
        summary="Existing answers to a question, before it is posted.",
        version=kbuilder.__version__,
        openapi_url=None,  # its own route, below, tells the shape of problems too
        lifespan=lifespan,
        middleware=[
            Middleware(ProtectingHeaders),
            Middleware(LastNet, pages=service.pages),
            Middleware(BodyLimit, pages=service.pages),
        ],
    )
    problems.install(app, service.pages)
    access.install(app)
    app.include_router(api.router(service))
    app.include_router(ask.router(service))
    app.include_router(desk.router(service))

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> JSONResponse:
        return JSONResponse(api.described(app))

    @app.get("/-/{name}", include_in_schema=False)
    async def shared(name: str) -> Response:
        return await service.do(own_file, workspace, name)

    app.router.default = Preview(service, app.router.default)
    return app
