"""What askers said of suggestions, as far as it can be believed: what the ranker learns from, and others are told.

A suggestion is *confirmed* by whoever opened it, said that it helped, and did not post within the window; it is
*refused* by whoever said that it did not help, or opened it and posted all the same. Silence says nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import floor

from kbuilder.insight.visits import Visit
from kbuilder.records import digest
from kbuilder.text import N_

QUICKEST = 2.0
"""Seconds from opening an answer to a word on it: nobody reads faster."""
A_VOICE = 3
"""Verdicts of one asker that count, each on another answer."""
A_SHARE, A_FEW = 0.2, 5
"""Share of all verdicts that one answer, and one day, may have; but so many at least."""
TOO_QUICK = N_("said before it could be read")
AGAIN = N_("said again by the same asker of the same answer")
TOO_LOUD = N_("more than one asker's share")
TOO_MANY_ANSWER = N_("more than one answer's share")
TOO_MANY_DAY = N_("more than one day's share")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an asker said of a suggestion, or showed by posting."""

    time: str
    voice: str
    """The member, else the page view."""
    target: str
    right: bool
    model: str = ""
    """Id of the model that the question was read with."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """What the probability was made of; empty: it was not the first suggestion, or nobody asked for it."""
    said: bool = True
    """In a word; else posting shows it."""
    quick: bool = False
    """Said before it could be read."""


@dataclass(frozen=True)
class Heard:
    """Verdicts that count, and how many do not, by reason."""

    verdicts: list[Verdict]
    aside: dict[str, int]


def heard(found: Iterable[Visit], *, words: bool = False) -> Heard:
    """The verdicts of visits; neither a few loud voices nor a robot can make up most of them.

    The page view's id is the asker's own choice, so that a robot can be as many askers as it likes. It can not be
    quick, though, and no answer and no day has more than a fifth of all verdicts. Which of them count is drawn by
    digest: whoever comes first, or last, has no more weight.

    Args:
        found: in any order; one is looked at at a time.
        words: hear what was said in a word, of every suggestion, without the figures; else of first suggestions what
            posting shows, too.
    """
    views = (each for each in found if each.events[0].page_view)
    told = [verdict for each in views for verdict in (spoken(each) if words else said(each))]
    why = doubts(told)
    kept = (each for each, doubt in zip(told, why, strict=True) if not doubt)
    ordered = sorted(kept, key=lambda each: (each.time, each.voice, each.target))
    return Heard(ordered, dict(Counter(doubt for doubt in why if doubt)))


def doubts(found: Sequence[Verdict]) -> list[str]:
    """Why each does not count; ``""``: it does. Of the same asker's words on the same answer the last counts."""
    why = [TOO_QUICK if each.quick else "" for each in found]
    last = {(each.voice, each.target): row for row, each in enumerate(found) if not why[row]}
    for row, each in enumerate(found):
        if not why[row] and last[each.voice, each.target] != row:
            why[row] = AGAIN
    for doubt, owner, most in _LIMITS:
        rows = [row for row, doubted in enumerate(why) if not doubted]
        limit, counts = most(Counter(owner(found[row]) for row in rows).values()), Counter[str]()
        for row in sorted(rows, key=lambda row: digest(f"{found[row].voice} {found[row].target}")):
            counts[owner(found[row])] += 1
            if counts[owner(found[row])] > limit:
                why[row] = doubt
    return why


def said(visit: Visit) -> list[Verdict]:
    """The verdicts of one visit on first suggestions, each with what its probability was made of."""
    evidence = {e.target: json.loads(e.evidence) for e in visit.events if e.kind == "asked" and e.evidence}
    known = [(verdict, evidence[verdict.target]) for verdict in _verdicts(visit) if verdict.target in evidence]
    return [replace(verdict, model=told["model"], figures=told["figures"]) for verdict, told in known]


def spoken(visit: Visit) -> list[Verdict]:
    """The verdicts of one visit that were said in a word, on any suggestion."""
    return [verdict for verdict in _verdicts(visit) if verdict.said]


def _verdicts(visit: Visit) -> Iterator[Verdict]:
    """What was not suggested there is not judged.

    The page says when an answer was opened, but that the server was asked before is the server's own word.
    """
    asked = min((e.time for e in visit.events if e.kind == "asked"), default="")
    for target in sorted(visit.suggested):
        opened = next((e for e in visit.events if e.kind == "opened" and e.target == target), None)
        words = [e for e in visit.events if e.kind in ("helped", "not_helped") and e.target == target]
        if opened is None or not (words or visit.posted):
            continue
        last = words[-1] if words else visit.events[-1]
        right = bool(words) and last.kind == "helped" and not visit.posted
        quick = bool(words) and _between(max(asked, opened.time), last.time) < QUICKEST
        yield Verdict(last.time, visit.who, target, right, said=bool(words), quick=quick)


def _share(counts: Collection[int]) -> int:
    """How many of each group may count, so that none has more than its share of what then counts.

    >>> _share([3000] + [10] * 20)  # 50 of 250
    50
    """
    most = max(counts, default=0)
    while most > (fair := max(A_FEW, floor(A_SHARE * sum(min(count, most) for count in counts)))):
        most = fair
    return most


_LIMITS: tuple[tuple[str, Callable[[Verdict], str], Callable[[Collection[int]], int]], ...] = (
    (TOO_LOUD, lambda each: each.voice, lambda _: A_VOICE),
    (TOO_MANY_ANSWER, lambda each: each.target, _share),
    (TOO_MANY_DAY, lambda each: each.time[:10], _share),
)
"""Why verdicts do not count, of whom, and how many of each do."""


def _between(one: str, other: str) -> float:
    return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds()
