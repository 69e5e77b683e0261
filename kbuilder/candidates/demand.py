"""How much a problem is wanted.

The score is ``threads + (askers + recent + growth + unanswered + log10(1 + views)) / 2``: each thread is work for
somebody, counts more if another person asked it, more if it is of the last year, more again if the year before had
fewer, and more if nobody has marked an answer. Where fewer asked than the year before, growth counts nothing. Views
come in decades: a thread that a search engine found, with a hundred times the views, weighs as much as one thread
more, and no single one outweighs a problem that people keep asking.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from kbuilder.records import Demand, Thread
from kbuilder.text import parse_time, utc

RECENT = timedelta(days=365)


def score(threads: int, askers: int, recent: int, views: int, growth: int = 0, unanswered: int = 0) -> float:
    """Grows with each of its terms.

    >>> score(3, 3, 1, 999), score(3, 3, 1, 999, growth=1, unanswered=2), score(3, 3, 1, 999, growth=-5)
    (6.5, 8.0, 6.5)
    """
    halves = askers + recent + max(growth, 0) + unanswered + math.log10(1 + max(views, 0))
    return round(threads + halves / 2, 4)


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
    recent = sum(thread.question.created >= since for thread in members)
    year_before = utc(datetime.fromisoformat(parse_time(since)) - RECENT) if since else ""
    before = sum(year_before <= thread.question.created < since for thread in members)
    unanswered = sum(thread.id in unmarked for thread in members)
    views = sum(thread.views for thread in members)
    askers = len({_asker(thread) for thread in members})
    return Demand(
        threads=len(members),
        askers=askers,
        views=views,
        recent=recent,
        before=before,
        unanswered=unanswered,
        last=max(thread.question.created for thread in members),
        score=score(len(members), askers, recent, views, recent - before, unanswered),
    )


def _asker(thread: Thread) -> tuple[str, str]:
    """Who asked: by id, else by name within the source; a deleted account is somebody of its own."""
    author = thread.question.author
    if author is None:
        return ("thread", thread.id)
    return ("id", author.id) if author.id else (thread.source, author.name)
