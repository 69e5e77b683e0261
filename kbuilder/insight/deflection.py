"""What the answers saved: cases out of events, counted so that silence is never a success, and the hold-out's effect.

A case is one question: what happened on one page view, or of one member on one day where the page has no view. It is

- *confirmed*: the asker said that an answer helped, and did not post within the window;
- *potential*: an answer was opened, nothing was posted and nothing said;
- *none*: the question was posted, or the answer did not help;
- else the asker left without a word, which counts for nothing.

With a member's pseudonym the window spans visits; without one it is the page view.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from kbuilder.store.database import Arm, Event

Outcome = Literal["confirmed", "potential", "none", "left"]
OUTCOMES: tuple[Outcome, ...] = ("confirmed", "potential", "none", "left")
CONFIDENCE = 0.95
USEFUL = 0.05
"""Half the width of an interval that decides something: five points of a hundred."""
_NORMAL = 1.959964
"""Of the standard normal distribution, for :data:`CONFIDENCE`."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question."""

    time: str
    outcome: Outcome
    posted: bool
    target: str = ""
    """The answer that was found, shown or not; ``""``: there was none."""
    member: str = ""
    who: str = ""
    """By which the hold-out was drawn: the member, else the page view."""
    language: str = ""
    product: str = ""
    arm: Arm = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Cases that share something."""

    name: str
    asked: int
    found: int
    """Of these, for how many there was an answer."""
    outcomes: dict[Outcome, int]


@dataclass(frozen=True, slots=True)
class Effect:
    """How much less often those post who are shown answers than those who are held out. Shares in [-1, 1]."""

    shown: int
    held: int
    posted_shown: float
    posted_held: float
    difference: float
    """Held out minus shown: positive where answers save questions."""
    low: float
    high: float
    weeks: float
    """That today's traffic needs for an interval of half width :data:`USEFUL`, from nothing on."""


def cases(events: Iterable[Event], window: float, posts: Iterable[tuple[str, str]] = ()) -> list[Case]:
    """The cases of events, in the order of their first moments.

    Args:
        events: in the order in which they came.
        window: days within which a member who posts after all was not helped.
        posts: further questions that were posted: member and time.
    """
    found = [_case(visit) for visit in visits(events, window, posts)]
    return sorted(found, key=lambda case: (case.time, case.who))


@dataclass(frozen=True, slots=True)
class Visit:
    """What happened on one page view, or of one member on one day where the page has no view: one question."""

    events: list[Event]
    member: str
    posted: bool
    """On the page, or by the member within the window."""

    @property
    def who(self) -> str:
        return self.member or self.events[0].page_view


def visits(events: Iterable[Event], window: float, posts: Iterable[tuple[str, str]] = ()) -> list[Visit]:
    """The visits on which something was asked; the arguments are those of :func:`cases`."""
    together: dict[tuple[str, str], list[Event]] = {}
    posted: dict[str, list[str]] = {}
    for member, time in posts:
        posted.setdefault(member, []).append(time)
    for event in events:
        key = ("view", event.page_view) if event.page_view else ("day", f"{event.member} {event.time[:10]}")
        if event.page_view or event.member:
            together.setdefault(key, []).append(event)
        if event.kind == "posted" and event.member:
            posted.setdefault(event.member, []).append(event.time)
    return [_visit(each, window, posted) for each in together.values() if any(e.kind == "asked" for e in each)]


def _visit(events: list[Event], window: float, posted: dict[str, list[str]]) -> Visit:
    begun, later = events[0].time, _shifted(events[-1].time, window)
    member = next((event.member for event in events if event.member), "")
    wrote = any(event.kind == "posted" for event in events)
    after = member and any(begun <= time <= later for time in posted.get(member, ()))
    return Visit(events, member, bool(wrote or after))


def _case(visit: Visit) -> Case:
    asked = [event for event in visit.events if event.kind == "asked"]
    best = next((event for event in reversed(asked) if event.target), asked[-1])
    return Case(
        time=visit.events[0].time,
        outcome=_outcome(visit.events, visit.posted),
        posted=visit.posted,
        target=best.target,
        member=visit.member,
        who=visit.who,
        language=best.language,
        product=best.product,
        arm=best.arm,
    )


def _outcome(events: Sequence[Event], posted: bool) -> Outcome:
    said = [event.kind for event in events if event.kind in ("helped", "not_helped")]
    if posted or said[-1:] == ["not_helped"]:
        return "none"
    if said:
        return "confirmed"
    return "potential" if any(event.kind == "opened" for event in events) else "left"


def rows(found: Sequence[Case], name: Callable[[Case], str]) -> list[Row]:
    """Cases by what they share, the most first; those held out are left out, for nothing was shown to them."""
    groups: dict[str, list[Case]] = {}
    for case in found:
        if case.arm != "held":
            groups.setdefault(name(case), []).append(case)
    made = [
        Row(
            key,
            len(group),
            sum(bool(case.target) for case in group),
            {outcome: Counter(case.outcome for case in group)[outcome] for outcome in OUTCOMES},
        )
        for key, group in groups.items()
    ]
    return sorted(made, key=lambda row: (-row.asked, row.name))


def week(case: Case) -> str:
    """The Monday of a case's week, in UTC."""
    day = date.fromisoformat(case.time[:10])
    return (day - timedelta(days=day.weekday())).isoformat()


def effect(found: Sequence[Case]) -> Effect | None:
    """What the hold-out says: ``None`` while either side has nobody.

    Compared are askers for whom there was an answer, each once, by the first such question: later ones may depend
    on what was shown before. The interval is Newcombe's hybrid score interval for a difference of two independent
    proportions (Statistics in Medicine 17, 1998, method 10).
    """
    first: dict[str, Case] = {}
    for case in found:
        if case.arm and case.target:
            first.setdefault(case.who, case)
    sides = {arm: [case.posted for case in first.values() if case.arm == arm] for arm in ("shown", "held")}
    shown, held = sides["shown"], sides["held"]
    if not shown or not held:
        return None
    low, high = difference(sum(held), len(held), sum(shown), len(shown))
    mine, theirs = sum(shown) / len(shown), sum(held) / len(held)
    span = datetime.fromisoformat(found[-1].time) - datetime.fromisoformat(found[0].time)
    a_week = len(first) / max(span / timedelta(weeks=1), 1.0)
    return Effect(
        len(shown),
        len(held),
        mine,
        theirs,
        theirs - mine,
        low,
        high,
        weeks(len(held) / len(first), a_week, theirs, mine),
    )


def difference(one: int, of_one: int, other: int, of_other: int) -> tuple[float, float]:
    """The interval of ``one / of_one - other / of_other``.

    >>> [round(bound, 4) for bound in difference(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    (low1, high1), (low2, high2) = _wilson(one, of_one), _wilson(other, of_other)
    p1, p2 = one / of_one, other / of_other
    return (
        p1 - p2 - math.hypot(p1 - low1, high2 - p2),
        p1 - p2 + math.hypot(high1 - p1, p2 - low2),
    )


def _wilson(count: int, of: int) -> tuple[float, float]:
    from scipy.stats import binomtest

    found = binomtest(count, of).proportion_ci(CONFIDENCE, "wilson")
    return float(found.low), float(found.high)


def weeks(share: float, a_week: float, posted_held: float, posted_shown: float) -> float:
    """How many weeks of traffic make the interval's half width :data:`USEFUL`.

    Args:
        share: of the askers who are held out.
        a_week: askers for whom there is an answer.

    >>> round(weeks(0.05, 1000, 0.5, 0.3))
    8
    """
    spread = posted_held * (1 - posted_held) / share + posted_shown * (1 - posted_shown) / (1 - share)
    return (_NORMAL / USEFUL) ** 2 * spread / a_week


def _shifted(time: str, days: float) -> str:
    return (datetime.fromisoformat(time) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
