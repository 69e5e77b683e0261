"""What the answers saved: cases out of events, counted so that silence is never a success, and the hold-out's effect.

A case is one question: what happened on one page view, or of one member on one day where the page has no view. It is

- *confirmed*: the asker opened an answer that was suggested, said that it helped, and did not post within the window;
- *potential*: an answer that was suggested was opened, nothing was posted and nothing said;
- *none*: the question was posted, or the answer did not help;
- *aside*: it is said to have helped, and nothing learns from it either: too quick, too loud, a robot perhaps;
- *open*: it would be confirmed or potential, and the window is not over;
- else the asker left without a word, which counts for nothing.

With a member's pseudonym the window spans visits; without one it is the page view.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from kbuilder.insight.verdicts import doubts, spoken
from kbuilder.insight.visits import Visit, visits
from kbuilder.store.database import Arm, Event

Outcome = Literal["confirmed", "potential", "none", "left", "aside", "open"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
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
    signed: bool = False
    """The member by the forum's word."""
    who: str = ""
    """By which the hold-out was drawn: the member, else the page view."""
    language: str = ""
    product: str = ""
    arm: Arm = ""
    doubt: str = ""
    """Why it is set aside."""


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


def cases(
    events: Iterable[Event], window: float, posts: Iterable[tuple[str, str]] = (), *, now: str = "\uffff"
) -> list[Case]:
    """The cases of events, in the order of their first moments.

    Args:
        events: in the order in which they came.
        window: days within which a member who posts after all was not helped.
        posts: further questions that were posted: member and time.
        now: when this is asked; not given: after all windows.
    """
    found = _cases(visits(events, window, posts), now)
    return sorted(found, key=lambda case: (case.time, case.who))


def _cases(seen: Sequence[Visit], now: str) -> Iterator[Case]:
    words = [(row, verdict) for row, visit in enumerate(seen) for verdict in spoken(visit)]
    why: dict[int, list[str]] = {}
    for (row, verdict), doubt in zip(words, doubts([verdict for _, verdict in words]), strict=True):
        if verdict.right:
            why.setdefault(row, []).append(doubt)
    for row, visit in enumerate(seen):
        yield _case(visit, min(why.get(row, [""])), now)


def _case(visit: Visit, doubt: str, now: str) -> Case:
    asked = [event for event in visit.events if event.kind == "asked"]
    best = next((event for event in reversed(asked) if event.target), asked[-1])
    outcome = _outcome(visit, doubt)
    waits = outcome in ("confirmed", "potential") and now < visit.until
    return Case(
        time=visit.events[0].time,
        outcome="open" if waits else outcome,
        posted=visit.posted,
        target=best.target,
        member=visit.member,
        signed=visit.signed,
        who=visit.who,
        language=best.language,
        product=best.product,
        arm=best.arm,
        doubt=doubt if outcome == "aside" else "",
    )


def _outcome(visit: Visit, doubt: str) -> Outcome:
    opened = {event.target for event in visit.events if event.kind == "opened"} & visit.suggested
    words = [
        event.kind
        for event in visit.events
        if event.kind == "not_helped" or (event.kind == "helped" and event.target in opened)
    ]
    if visit.posted or words[-1:] == ["not_helped"]:
        return "none"
    if words:
        return "aside" if doubt else "confirmed"
    return "potential" if opened else "left"


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
    so_far = max(span / timedelta(weeks=1), 1.0)
    by_now = so_far * ((high - low) / 2 / USEFUL) ** 2  # an interval narrows by the root of the traffic
    expected = weeks(len(held) / len(first), len(first) / so_far, _share(held), _share(shown))
    return Effect(
        len(shown),
        len(held),
        mine,
        theirs,
        theirs - mine,
        low,
        high,
        max(by_now, expected),
    )


def _share(posted: Sequence[bool]) -> float:
    """The share of those who posted with one more who did and one who did not: of few it is never 0 or 1.

    Agresti and Caffo, The American Statistician 54 (2000), for the difference of two proportions.
    """
    return (sum(posted) + 1) / (len(posted) + 2)


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
