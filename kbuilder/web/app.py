"""The one web application: ``/`` the site, ``/ask`` a form, ``/desk`` for editors, ``/api/v1`` for programs."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response

import kbuilder
from kbuilder.errors import KBError, Overloaded
from kbuilder.store.locks import Busy
from kbuilder.web import api, ask, desk, flagging, widget
from kbuilder.web.api.gate import Gate, Origins
from kbuilder.web.asking import move_on, put_down
from kbuilder.web.desk import refusing
from kbuilder.web.middleware import BodyLimit, LastNet, ProtectingHeaders
from kbuilder.web.preview import Preview, own_file
from kbuilder.web.service import PROBE, Service
from kbuilder.workspace import events, notices, pushing, telling
from kbuilder.workspace.parts import Parts
from kbuilder.workspace.workspace import Workspace

MOVE_EVERY = 30.0
"""Seconds between two tries to move on what waits on disk."""
RENEW_EVERY = 0.25
"""Seconds between two looks whether something else is to be suggested."""
REST = 4
"""Times as long as making that ready took, it waits: while one verdict follows another, a fifth of the work at most
goes there, and the desk is not kept waiting by it."""
PUSH_EVERY = 3.0
"""Seconds between two looks whether there is a verdict to push."""
_LOG = logging.getLogger(__name__)


def create_app(workspace: Workspace, once_warm: Callable[[], object] = lambda: None) -> FastAPI:
    """The web application of a knowledge base; an ASGI application for any server.

    Args:
        once_warm: done when a first question was asked, answered or not.
    """
    service = Service(workspace)
    tell = refusing.teller(service)
    workspace.parts.steadfast = True

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        workspace.renewing = True
        tasks = (_keep_renewing, _keep_moving, _keep_telling, _keep_pushing, _keep_tidy)
        background = [asyncio.create_task(each(service)) for each in (partial(_warm, once_warm), *tasks)]
        yield
        for task in background:
            task.cancel()
        workspace.renewing = False
        try:
            await put_down(service)
        except Overloaded as error:
            _LOG.error("%d events are lost: %s", len(service.lately.unkept), error.__cause__)
        service.close()

    app = FastAPI(
        title="kbuilder",
        summary="Existing answers to a question, before it is posted.",
        version=kbuilder.__version__,
        openapi_url=None,  # its own route, below, tells the shape of problems too
        redirect_slashes=False,  # made from the Host header, it would lead wherever that says
        lifespan=lifespan,
        middleware=[
            Middleware(ProtectingHeaders),
            Middleware(Origins, service=service),
            Middleware(LastNet, tell=tell, pages=service.pages),
            Middleware(BodyLimit, tell=tell),
            Middleware(Gate, service=service),
        ],
    )
    refusing.install(app, service, tell)
    app.include_router(api.router(service))
    app.include_router(ask.router(service))
    app.include_router(desk.router(service))
    app.include_router(flagging.router(service))
    app.include_router(widget.router(service))

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> JSONResponse:
        return JSONResponse(api.described(app))

    @app.get("/-/{name}", include_in_schema=False)
    async def shared(name: str) -> Response:
        return await service.do(own_file, workspace, name)

    app.state.service = service
    app.router.default = Preview(service, app.router.default)
    return app


def open_app(folder: Path) -> FastAPI:
    """The web application of the knowledge base in a folder, for a process of its own.

    Where that dies, as when a file is cut that it has mapped, its log says at which line.
    """
    faulthandler.enable(file=2)
    return create_app(Workspace.open(folder), once_warm=_settle)


async def _warm(once_warm: Callable[[], object], service: Service) -> None:
    """Open the index and load the model before the first question; what is wrong is told by ``ready``."""
    try:
        await service.do(service.workspace.suggest, PROBE)
    except Exception as error:
        _LOG.warning("Not ready yet: %s", error)
    once_warm()


def _settle() -> None:
    """Let the collector of garbage look no more at what is in memory by now.

    It looks at everything only where what is new has come to a quarter of what is old: so much garbage gathered
    beside a model and its libraries.
    """
    gc.collect()
    gc.freeze()


async def _keep_renewing(service: Service) -> None:
    """Make ready what is committed and built, as long as the server runs: no question waits for it."""
    told, pause = "", RENEW_EVERY
    while True:
        await asyncio.sleep(pause)
        began = time.monotonic()
        try:
            await service.renewing.do(service.workspace.renew)
        except Exception as error:  # tried again at once, and told once
            if str(error) != told:
                _LOG.warning("What is new is not suggested yet: %s", error)
            told = str(error)
        else:
            told = ""
        pause = max(RENEW_EVERY, REST * (time.monotonic() - began))


async def _keep_moving(service: Service) -> None:
    """Move on the events on disk, forget what is old, and let notices begin and end, as long as the server runs."""
    while True:
        await move_on(service)
        try:
            await service.do(notices.turn, service.workspace.parts)
        except Exception as error:
            _LOG.warning("Notices could not be brought up to date: %s", error)
        try:
            await service.events.do(events.tidy, service.workspace.parts)
        except Exception as error:
            _LOG.warning("Old events and questions could not be dropped: %s", error)
        await asyncio.sleep(MOVE_EVERY)


async def _keep_telling(service: Service) -> None:
    """Send the mails and webhooks that are due, as long as the server runs."""
    parts = service.workspace.parts
    while True:
        await asyncio.sleep(MOVE_EVERY)
        try:
            if await service.do(telling.is_wanted, parts):
                for error in await service.telling.do(_tell, parts):
                    _LOG.warning("%s %s", error, error.advice)
        except Exception as error:
            _LOG.warning("Nobody could be told what is new: %s", error)


async def _keep_pushing(service: Service) -> None:
    """Send each verdict on to the other repository, if there is one, as long as the server runs."""
    parts = service.workspace.parts
    while True:
        await asyncio.sleep(PUSH_EVERY)
        try:
            if await service.do(pushing.is_due, parts):
                await service.pushing.do(_push, parts)
        except Exception as error:
            _LOG.warning("Nothing was pushed: %s", error)


async def _keep_tidy(service: Service) -> None:
    """Pack what verdicts left in git, as long as the server runs, so that no editor waits for it."""
    while True:
        await asyncio.sleep(MOVE_EVERY)
        try:
            await service.pushing.do(_tidy, service.workspace.parts)
        except Exception as error:
            _LOG.warning("What verdicts left in git could not be packed: %s", error)


def _tidy(parts: Parts) -> None:
    with suppress(Busy), _apart(parts) as own:
        own.repository.tidy()


def _push(parts: Parts) -> None:
    with suppress(Busy), _apart(parts) as own:  # busy: another process is at it
        pushing.push(own)


def _tell(parts: Parts) -> tuple[KBError, ...]:
    with suppress(Busy), _apart(parts) as own:
        return telling.tell(own).wrong
    return ()


@contextmanager
def _apart(parts: Parts) -> Iterator[Parts]:
    """The same knowledge base with stores of its own: slow servers of others keep nobody at the desk waiting."""
    own = parts.apart()
    try:
        yield own
    finally:
        own.close()
