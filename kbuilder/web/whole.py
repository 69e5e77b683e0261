"""The whole of an answer that is opened: an article, or what solved a thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from kbuilder.errors import KBError, NotFound, Overloaded
from kbuilder.records import Suggestion
from kbuilder.text import N_
from kbuilder.web.asking import MOST_WAITING
from kbuilder.web.service import AUDIENCE, Service
from kbuilder.workspace import reading, solved
from kbuilder.workspace.reading import Reading
from kbuilder.workspace.solved import Solved

BELOW = 3
"""Level of the heading that an answer stands below on a page of ours."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer to be shown on a page of ours: one of the two."""

    article: Reading | None = None
    thread: Solved | None = None
    names: str = ""
    """What stands before its anchors."""


async def thread(service: Service, name: str, audience: str, *, below: int = 1, names: str = "") -> Solved:
    """A solved thread by its id. It is read from the database, which keeps no question waiting.

    Raises:
        NotFound: these readers have none.
        Overloaded: the database does not answer, or too many wait for it.
    """
    config, parts = await service.recent(), service.workspace.parts

    def read() -> Solved:
        return solved.read(parts.database, config, name, audience, below=below, names=names)

    try:
        if service.threads.waiting >= MOST_WAITING:
            raise TimeoutError
        return await asyncio.wait_for(service.threads.do(read), config.api.seconds)
    except NotFound:
        raise
    except Exception as error:
        _LOG.warning("A thread could not be read: %r", error)
        raise Overloaded(
            N_("The answer cannot be shown at the moment."), N_("Ask again in a few seconds.")
        ) from error


async def of_all(service: Service, found: Sequence[Suggestion]) -> list[Whole | None]:
    """The whole of each suggestion on a page; ``None``: it cannot be shown, and its sentence stands alone."""
    return await asyncio.gather(*(_of(service, each, number) for number, each in enumerate(found, 1)))


async def _of(service: Service, found: Suggestion, number: int) -> Whole | None:
    names = f"found-{number}-"
    try:
        if found.reviewed:
            parts = service.workspace.parts
            article = await service.do(reading.article, parts, found.target, AUDIENCE, below=BELOW, names=names)
            return Whole(article=article, names=names)
        return Whole(thread=await thread(service, found.target, AUDIENCE, below=BELOW, names=names), names=names)
    except KBError as error:
        _LOG.warning("An answer is not shown whole: %s", error)
        return None
