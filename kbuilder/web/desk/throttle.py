"""How often someone may try to sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from kbuilder.errors import KBError
from kbuilder.text import N_

BOTH = parse("6 per 15 minutes")
"""Failures for one mail address from one machine."""
MACHINE = parse("30 per 15 minutes")
"""From one machine, whoever for: a proxy or an office shares its address."""
MAIL = parse("60 per hour")
"""For one mail address, from wherever: many machines that try one person's password."""


class TooMany(KBError):
    """Too many failures; to be tried again later."""


@dataclass(frozen=True)
class Throttle:
    """Counts failures in this process; a success is not counted."""

    _limiter: Any = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    def check(self, machine: str, mail: str) -> None:
        """See that it may be tried.

        Raises:
            TooMany: it may not, now.
        """
        if not all(self._limiter.test(limit, *keys) for limit, keys in _limits(machine, mail)):
            raise TooMany(
                N_("There were too many tries to sign in."),
                N_("Wait a quarter of an hour, or have the password reset: kbuilder people reset MAIL"),
            )

    def failed(self, machine: str, mail: str) -> None:
        """Count a failure."""
        for limit, keys in _limits(machine, mail):
            self._limiter.hit(limit, *keys)


def _limits(machine: str, mail: str) -> tuple[tuple[Any, tuple[str, ...]], ...]:
    return ((BOTH, ("both", machine, mail)), (MACHINE, ("machine", machine)), (MAIL, ("mail", mail)))
