"""How much a problem is wanted.

The score is ``threads + contacts + (askers + recent + growth + unanswered + log10(1 + views)) / 2``: each thread and
each message to the support is work for somebody. A thread counts more if another person asked it, more if it is of
the last year, more again if the year before had fewer, and more if nobody has marked an answer. Where fewer asked
than the year before, growth counts nothing. Views come in decades: a thread that a search engine found, with a
hundred times the views, weighs as much as one thread more, and no single one outweighs a problem that people keep
asking.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate

from kbuilder.records import Contact, Demand, Thread
from kbuilder.text import parse_time, utc

RECENT = timedelta(days=365)
EIGHTY = 0.8
"""The share of the demand at which the Pareto curve has its line."""
_POINTS = 100


@dataclass(frozen=True)
class Pareto:
    """How few problems most of the demand is about."""

    shares: tuple[float, ...]
    """Of all demand, what each problem and those before it stand for, the most wanted first."""

    @property
    def eighty(self) -> int:
        """How many of the first stand for 80 % of the demand."""
        return sum(share < EIGHTY for share in self.shares) + bool(self.shares)

    @property
    def points(self) -> list[tuple[int, float]]:
        """The curve as numbers of problems with their share: a hundred at most, the last among them."""
        count = len(self.shares)
        step = max(1, -(-count // _POINTS))
        return [(n, share) for n, share in enumerate(self.shares, 1) if n % step == 0 or n == count]


def pareto(scores: Iterable[float]) -> Pareto:
    """The Pareto curve of some demands; empty where nothing is wanted.

    >>> pareto([6, 1, 2, 1])
    Pareto(shares=(0.6, 0.8, 0.9, 1.0))
    """
    sums = list(accumulate(sorted(scores, reverse=True)))
    return Pareto(tuple(each / sums[-1] for each in sums) if any(sums) else ())


def score(demand: Demand) -> float:
    """What orders the queue: grows with each of its terms."""
    halves = demand.askers + demand.recent + max(demand.growth, 0) + demand.unanswered
    return round(demand.threads + demand.contacts + (halves + math.log10(1 + max(demand.views, 0))) / 2, 4)


def recent_from(threads: Iterable[Thread]) -> str:
    """The moment from which a thread is recent: a year before the corpus's newest; ``""`` where no time is known."""
    newest = max((thread.question.created for thread in threads), default="")
    return utc(datetime.fromisoformat(parse_time(newest)) - RECENT) if newest else ""


def of(members: Sequence[Thread], since: str, unmarked: Collection[str] = ()) -> Demand:
    """The demand for some threads' problem.

    Args:
        since: what :func:`recent_from` says of the whole corpus.
        unmarked: ids of threads in which nobody marked an answer.
    """
    year_before = utc(datetime.fromisoformat(parse_time(since)) - RECENT) if since else ""
    return _scored(
        Demand(
            threads=len(members),
            askers=len({_asker(thread) for thread in members}),
            views=sum(thread.views for thread in members),
            recent=sum(thread.question.created >= since for thread in members),
            before=sum(year_before <= thread.question.created < since for thread in members),
            unanswered=sum(thread.id in unmarked for thread in members),
            last=max(thread.question.created for thread in members),
            score=0.0,
        )
    )


def with_contacts(demand: Demand, contacts: Sequence[Contact]) -> Demand:
    """A problem's demand with the messages to the support that ask it, too."""
    last = max([demand.last, *(each.date for each in contacts)])
    return _scored(replace(demand, contacts=len(contacts), last=last))


def _scored(demand: Demand) -> Demand:
    return replace(demand, score=score(demand))


def _asker(thread: Thread) -> tuple[str, str]:
    """Who asked: by id, else by name within the source; a deleted account is somebody of its own."""
    author = thread.question.author
    if author is None:
        return ("thread", thread.id)
    return ("id", author.id) if author.id else (thread.source, author.name)
