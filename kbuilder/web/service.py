"""What the routes share: the knowledge base, who works on it, and the templates."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.exceptions import HTTPException

from kbuilder.web.metrics import Metrics
from kbuilder.web.pages import Pages
from kbuilder.web.work import Work

if TYPE_CHECKING:
    from kbuilder.config import Config
    from kbuilder.store.database import Event
    from kbuilder.workspace.events import Helped
    from kbuilder.workspace.workspace import Workspace

P = ParamSpec("P")
T = TypeVar("T")

AUDIENCE = "public"
"""Whose site and answers are shown: without sign-in there is no other."""
PROBE = "ready"
"""A question that a server asks itself: what reads questions is loaded by it."""
RECENT = 1.0
"""Seconds for which the gate goes by the configuration that it read last."""
A_GLANCE = 0.25
"""Seconds that it waits for a newer one, while questions are being answered."""
FLAGS = parse("20 per hour")
"""What readers at one address may call out of date: each is one more thing for an editor to look at."""

MOST_UNKEPT = 10_000
"""Events in memory while the disk is full, a kilobyte each; of more the oldest are lost."""


@dataclass
class Lately:
    """What was read a moment ago."""

    config: Config | None = None
    read: float = 0.0
    helped: dict[str, Helped] = field(default_factory=dict)
    """By article or thread, as last told by the events."""
    tell_at: float = 0.0
    """When they tell it next, on the monotonic clock."""
    counted: OrderedDict[str, set[str]] = field(default_factory=OrderedDict)
    """By page view, the answers that were counted as found for it, first or besides; ``""``: that nothing was."""
    full: bool = False
    """The disk did not take the last events."""
    unkept: deque[Event] = field(default_factory=lambda: deque(maxlen=MOST_UNKEPT))
    """What it did not take and nobody will send again: it is put down with what comes next."""


@dataclass(frozen=True, eq=False)  # one is itself: FastAPI keeps it as a key
class Service:
    """A knowledge base that is being served."""

    workspace: Workspace
    pages: Pages = field(default_factory=Pages.shipped)
    metrics: Metrics = field(default_factory=Metrics.fresh)
    lately: Lately = field(default_factory=Lately)
    flags: Any = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))
    work: Work = field(default_factory=lambda: Work("workspace"))
    renewing: Work = field(default_factory=lambda: Work("renewing"))
    """Apart, so that no question waits for the index that holds what was just approved."""
    spooling: Work = field(default_factory=lambda: Work("spooling"))
    """Apart, so that what happened is on disk at once."""
    events: Work = field(default_factory=lambda: Work("events"))
    """Apart too, so that an import that holds the database keeps no answer waiting."""
    threads: Work = field(default_factory=lambda: Work("threads"))
    """Likewise: a thread that is opened is read from it."""
    people: Work = field(default_factory=lambda: Work("people"))
    """Likewise: who is there is asked with every page of the desk."""
    passwords: Work = field(default_factory=lambda: Work("passwords"))
    """Apart from who is there: comparing one takes a fifth of a second, one after the other."""
    telling: Work = field(default_factory=lambda: Work("telling"))
    """Likewise: other people's servers may be slow."""
    pictures: Work = field(default_factory=lambda: Work("pictures"))
    """Likewise: a large one takes a second to be made anew, one after the other."""
    pushing: Work = field(default_factory=lambda: Work("pushing"))
    """Likewise, and apart from telling: what is decided does not wait for mails."""

    judging: Work = field(default_factory=lambda: Work("judging"))
    """Likewise: asking the archive's questions again takes minutes."""
    figures: Work = field(default_factory=lambda: Work("figures"))
    """Likewise: all that was counted is read for them, and meanwhile more is to be counted."""

    async def do(self, function: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """The result of a piece of work on the knowledge base."""
        return await self.work.do(function, *given, **named)

    def count_flags(self, address: str, times: int = 1) -> None:
        """Count what readers at an address call out of date.

        Raises:
            HTTPException: it is too much for now: 429.
        """
        if times and not self.flags.hit(FLAGS, address, cost=times):
            wait = max(1, ceil(self.flags.get_window_stats(FLAGS, address).reset_time - time.time()))
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(wait)})

    async def config(self) -> Config:
        """The configuration as last committed."""
        return await self.do(self.workspace.parts.config)

    async def recent(self) -> Config:
        """The configuration as committed a moment ago; where questions keep it waiting, as it was read last."""
        if self.lately.config is None:
            self.lately.config, self.lately.read = await self.config(), time.monotonic()
        elif time.monotonic() - self.lately.read >= RECENT:
            self.lately.read = time.monotonic()  # whoever comes meanwhile does not wait, too
            with suppress(TimeoutError):
                self.lately.config = await asyncio.wait_for(self.config(), A_GLANCE)
        return self.lately.config

    def close(self) -> None:
        """End the threads."""
        works = (getattr(self, each.name) for each in fields(self))
        for work in (each for each in works if isinstance(each, Work)):
            work.close()
