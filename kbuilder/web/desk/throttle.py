"""How often someone may try to sign in."""

from __future__ import annotations

import time
from asyncio import CancelledError
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from kbuilder.errors import Denied, KBError, Overloaded
from kbuilder.text import N_
from kbuilder.web.work import Work

BOTH = parse("6 per 15 minutes")
"""Failures for one mail address from one machine."""
MACHINE = parse("30 per 15 minutes")
"""From one machine, whoever for: a proxy or an office shares its address."""
MAIL = parse("60 per hour")
"""For one mail address, from wherever: many machines that try one person's password."""
WAITING = 20
"""Passwords that wait to be compared: some seconds of work; more are turned away, not made to wait longer."""


class TooMany(KBError):
    """Too many failures; to be tried again later."""

    seconds = 1
    """Until a try may be let through."""


@dataclass
class Throttle:
    """Counts failures in this process; a success is not counted. Used by the event loop alone."""

    _limiter: Any = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))
    _begun: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """The tries of which nobody knows yet how they end: each may fail, and so many sent at once are not more."""

    @contextmanager
    def trying(self, machine: str, mail: str) -> Iterator[None]:
        """A try: it failed if it is ``Denied``, or given up before its end.

        Raises:
            TooMany: it may not be tried, now.
        """
        limits = _limits(machine, mail)
        told = [(self._limiter.get_window_stats(limit, *keys), keys) for limit, keys in limits]
        full = [stats.reset_time for stats, keys in told if stats.remaining <= self._begun[keys]]
        if full:
            error = TooMany(
                N_("There were too many tries to sign in."),
                N_("Wait a quarter of an hour, or have the password reset: kbuilder people reset MAIL"),
            )
            error.seconds = max(1, ceil(max(full) - time.time()))
            raise error
        begun = [keys for _, keys in limits]
        self._begun.update(begun)
        try:
            yield
        except (Denied, CancelledError):
            for limit, keys in limits:
                self._limiter.hit(limit, *keys)
            raise
        finally:
            self._begun -= Counter(begun)


def see_that_there_is_time(passwords: Work) -> None:
    """Take a password to be compared only where not too many wait.

    Raises:
        Overloaded: they do.
    """
    if passwords.waiting >= WAITING:
        raise Overloaded(N_("Too many want to sign in just now."), N_("Try again in a moment."))


def _limits(machine: str, mail: str) -> tuple[tuple[Any, tuple[str, ...]], ...]:
    return ((BOTH, ("both", machine, mail)), (MACHINE, ("machine", machine)), (MAIL, ("mail", mail)))
