"""Work on the knowledge base, done away from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from starlette.requests import ClientDisconnect, Request

P = ParamSpec("P")
T = TypeVar("T")


class Work:
    """Does one piece of work at a time, in a thread of its own: a workspace is not made for several at once."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self.waiting = 0
        """Pieces that are asked for and not done."""

    async def do(self, function: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """What the function returns, once it is its turn. Whoever stops waiting takes the piece along."""
        self.waiting += 1
        try:
            return await asyncio.wrap_future(self._thread.submit(function, *given, **named))
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """Take no more work, and let what waits go."""
        self._thread.shutdown(wait=False, cancel_futures=True)


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
