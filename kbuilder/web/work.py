"""Work on the knowledge base, done away from the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from starlette.requests import ClientDisconnect, Request

P = ParamSpec("P")
T = TypeVar("T")
_LOGGER = logging.getLogger(__name__)


class Work:
    """Does one piece of work at a time, in a thread of its own: a workspace is not made for several at once."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self.waiting = 0
        """Pieces that are asked for and not done."""
        self.closed = False
        """Whether nobody waits for anything any more: long pieces look at it."""

    async def do(self, function: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """What the function returns, once it is its turn. Whoever stops waiting takes the piece along."""
        self.waiting += 1
        try:
            return await asyncio.wrap_future(self._thread.submit(function, *given, **named))
        finally:
            self.waiting -= 1

    def begin(self, function: Callable[P, T], *given: P.args, **named: P.kwargs) -> None:
        """Let a piece be done for which nobody waits. What became of it, it keeps by itself."""
        self._thread.submit(function, *given, **named).add_done_callback(_log)

    def close(self) -> None:
        """Take no more work, and let what waits go."""
        self.closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)


def _log(done: Future[Any]) -> None:
    """Tell of a bug in a piece for which nobody waits."""
    error = None if done.cancelled() else done.exception()
    if error:
        _LOGGER.error("Work that nobody waited for failed.", exc_info=error)


async def while_here(request: Request, begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of some work, which is not done any more once whoever asked for it has gone.

    Whoever types lets go of each question with the next key: nobody behind them waits for its answer.

    Raises:
        ClientDisconnect: they went.
    """
    going = asyncio.ensure_future(_gone(request))
    await asyncio.sleep(0)  # who went while the request waited is known at once
    if going.done():
        raise ClientDisconnect
    doing = asyncio.ensure_future(begin())
    try:
        await asyncio.wait((doing, going), return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ClientDisconnect
        return doing.result()
    finally:
        doing.cancel()
        going.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
