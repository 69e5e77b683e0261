"""How likely, in words; and what is not looked up any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect, Request

from kbuilder.web.asking import in_words
from kbuilder.web.work import Work, while_here

ORDER = ("possible", "likely", "very likely", "almost certain")


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_probable_is_never_said_more_weakly(one: float, other: float) -> None:
    """The words keep the order of the figures, and there is a word for each."""
    weaker, stronger = sorted((one, other))
    assert ORDER.index(in_words(weaker)) <= ORDER.index(in_words(stronger))


def request(receive: Callable[[], Awaitable[Any]]) -> Request:
    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


def test_what_nobody_waits_for_is_not_begun() -> None:
    """Whoever types lets go of each question with the next key: the last one does not wait behind the others."""
    work, free, done = Work("test"), threading.Event(), list[str]()

    async def all_of_it() -> None:
        gone = asyncio.Event()

        async def receive() -> dict[str, str]:
            await gone.wait()
            return {"type": "http.disconnect"}

        def piece(name: str) -> Callable[[], Any]:
            return lambda: work.do(done.append, name)

        busy = asyncio.ensure_future(work.do(free.wait))
        waits = asyncio.ensure_future(while_here(request(receive), piece("let go")))
        while work.waiting < 2:
            await asyncio.sleep(0)
        gone.set()
        with pytest.raises(ClientDisconnect):
            await waits
        with pytest.raises(ClientDisconnect):
            await while_here(request(receive), piece("gone before"))
        free.set()
        await busy
        gone.clear()
        await while_here(request(receive), piece("waited for"))

    with ThreadPoolExecutor(1) as elsewhere:  # in this thread a browser's tests may keep a loop
        elsewhere.submit(asyncio.run, all_of_it()).result()
    work.close()
    assert (done, work.waiting) == (["waited for"], 0)
