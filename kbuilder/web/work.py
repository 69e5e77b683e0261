"""Work on the knowledge base, done away from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

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
