"""What askers said of suggestions, as far as it can be believed: what the ranker learns from.

A suggestion is *confirmed* by whoever opened it, said that it helped, and did not post within the window; it is
*refused* by whoever said that it did not help, or opened it and posted all the same. Silence says nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor

from kbuilder.insight.deflection import Visit, visits
from kbuilder.records import digest
from kbuilder.store.database import Event
from kbuilder.text import N_

QUICKEST = 2.0
"""Seconds from opening an answer to a word on it: nobody reads faster."""
A_VOICE = 3
"""Verdicts of one asker that count, each on another answer."""
A_SHARE, A_FEW = 0.2, 5
"""Share of all verdicts that one answer, and one day, may have; but so many at least."""
TOO_QUICK = N_("said before it could be read")
TOO_LOUD = N_("more than one asker's share")
TOO_MANY_ANSWER = N_("more than one answer's share")
TOO_MANY_DAY = N_("more than one day's share")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an asker said of the first suggestion, or showed by posting."""

    time: str
    voice: str
    """The member, else the page view."""
    target: str
    right: bool
    model: str
    """Id of the model that the question was read with."""
    figures: Mapping[str, float]
    """What the probability was made of."""


@dataclass(frozen=True)
class Heard:
    """Verdicts that count, and how many do not, by reason."""

    verdicts: list[Verdict]
    aside: dict[str, int]


def heard(events: Iterable[Event], window: float, posts: Iterable[tuple[str, str]] = ()) -> Heard:
    """The verdicts among events; neither a few loud voices nor a robot can make up most of them.

    The page view's id is the asker's own choice, so that a robot can be as many askers as it likes. It can not be
    quick, though, and no answer and no day has more than a fifth of all verdicts. Which of them count is drawn by
    digest: whoever comes first, or last, has no more weight.

    Args:
        events: in the order in which they came.
        window: days within which a member who posts after all was not helped.
        posts: further questions that were posted: member and time.
    """
    found = [each for visit in visits(events, window, posts) for each in _said(visit)]
    kept = [verdict for verdict, quick in found if not quick]
    aside = Counter({TOO_QUICK: len(found) - len(kept)})
    kept = list({(each.voice, each.target): each for each in kept}.values())
    for why, group, most in _LIMITS:
        owners = [group(each) for each in kept]
        fewer = _at_most(kept, owners, most(Counter(owners).values()))
        aside[why] = len(kept) - len(fewer)
        kept = fewer
    ordered = sorted(kept, key=lambda each: (each.time, each.voice, each.target))
    return Heard(ordered, {why: count for why, count in aside.items() if count})


def _said(visit: Visit) -> list[tuple[Verdict, bool]]:
    """The verdicts of one visit, and whether each came too quickly. What was not found first there is not judged."""
    asked = {e.target: e for e in visit.events if e.kind == "asked" and e.target and e.evidence and e.page_view}
    found = []
    for target, event in asked.items():
        opened = next((e for e in visit.events if e.kind == "opened" and e.target == target), None)
        words = [e for e in visit.events if e.kind in ("helped", "not_helped") and e.target == target]
        if opened is None or not (words or visit.posted):
            continue
        last = words[-1] if words else visit.events[-1]
        right = bool(words) and last.kind == "helped" and not visit.posted
        told = json.loads(event.evidence)
        verdict = Verdict(last.time, visit.who, target, right, told["model"], told["figures"])
        found.append((verdict, bool(words) and _between(opened.time, last.time) < QUICKEST))
    return found


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


def _at_most(verdicts: Sequence[Verdict], owners: Sequence[str], most: int) -> list[Verdict]:
    pairs = sorted(zip(verdicts, owners, strict=True), key=lambda pair: digest(f"{pair[0].voice} {pair[0].target}"))
    counts: Counter[str] = Counter()
    kept = []
    for each, owner in pairs:
        counts[owner] += 1
        if counts[owner] <= most:
            kept.append(each)
    return kept


def _between(one: str, other: str) -> float:
    return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds()
