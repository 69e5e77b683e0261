"""What the answers saved: silence is no success, and the hold-out finds an effect that was planted."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.insight import deflection
from kbuilder.insight.deflection import Case, cases, difference, effect, rows, week
from kbuilder.insight.holdout import arm
from kbuilder.store.database import Event

DAY = "2026-03-02T10:00:00Z"


def event(kind: str, view: str = "v", member: str = "", time: str = DAY, **more: str) -> Event:
    target = more.pop("target", "" if kind == "posted" else "t")
    return Event(time=time, kind=kind, page_view=view, member=member, target=target, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kinds", "outcome"),
    [
        ("asked", "left"),
        ("asked shown", "left"),
        ("asked shown abandoned", "left"),
        ("asked shown opened", "potential"),
        ("asked shown opened helped", "confirmed"),
        ("asked shown opened not_helped helped", "confirmed"),
        ("asked shown opened helped not_helped", "none"),
        ("asked shown opened helped posted", "none"),
        ("asked posted", "none"),
        ("asked shown opened flagged", "potential"),
    ],
)
def test_outcomes(kinds: str, outcome: str) -> None:
    """Said and not posted, opened and not posted, posted or not helped, left without a word."""
    (case,) = cases([event(kind) for kind in kinds.split()], 7)
    assert case.outcome == outcome


KINDS = ("asked", "shown", "opened", "helped", "not_helped", "posted", "abandoned", "flagged")


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from("ab"), st.sampled_from(["", "m", "n"]))))
def test_silence_is_never_a_success(happened: list[tuple[str, str, str]]) -> None:
    """Every confirmed case has somebody who said so, no case that was posted counts, each view is one case."""
    events = [event(kind, view, member) for kind, view, member in happened]
    found = cases(events, 7)
    assert len(found) == len({each.page_view for each in events if each.kind == "asked"})
    posted = {each.page_view for each in events if each.kind == "posted"}
    helped = {each.page_view for each in events if each.kind == "helped"}
    assert sum(case.outcome == "confirmed" for case in found) <= len(helped - posted)
    assert all(case.outcome == "none" for case in found if case.posted)


def test_a_members_window_spans_visits() -> None:
    """Who posts within it was not helped, there or in an imported thread; later, or as somebody else, it is new."""
    asked = [event(kind, "v1", "m") for kind in ("asked", "opened", "helped")]
    within, after = "2026-03-08T10:00:00Z", "2026-03-10T10:00:00Z"
    assert cases(asked, 7)[0].outcome == "confirmed"
    assert cases([*asked, event("posted", "v2", "m", within)], 7)[0].outcome == "none"
    assert cases([*asked, event("posted", "v2", "m", after)], 7)[0].outcome == "confirmed"
    assert cases([*asked, event("posted", "v2", "other", within)], 7)[0].outcome == "confirmed"
    assert cases(asked, 7, [("m", within)])[0].outcome == "none"
    assert cases(asked, 7, [("m", "2026-03-01T10:00:00Z")])[0].outcome == "confirmed"


def test_without_a_member_the_window_is_the_page_view() -> None:
    """Another view is another case, and requests of nobody in particular are none."""
    happened = (("asked", "v1"), ("opened", "v1"), ("asked", "v2"), ("posted", "v2"), ("asked", ""))
    assert [case.outcome for case in cases([event(*each) for each in happened], 7)] == ["potential", "none"]


def test_rows_count_what_was_shown() -> None:
    """By week, language or article, the most first; whoever was held out is in none."""
    every = [
        Case("2026-03-04T10:00:00Z", "confirmed", posted=False, target="a", language="de"),
        Case("2026-03-08T23:59:59Z", "none", posted=True, language="de"),
        Case("2026-03-09T00:00:00Z", "left", posted=False, target="a", language="en"),
        Case("2026-03-09T00:00:00Z", "none", posted=True, target="a", language="en", arm="held"),
    ]
    by_week = rows(every, week)
    assert [(row.name, row.asked, row.found) for row in by_week] == [("2026-03-02", 2, 1), ("2026-03-09", 1, 1)]
    assert by_week[0].outcomes == {"confirmed": 1, "potential": 0, "none": 1, "left": 0}
    assert [row.name for row in rows(every, lambda case: case.language)] == ["de", "en"]


def askers(seed: int, count: int, share: float, base: float, saved: float) -> Iterator[Event]:
    """Synthetic askers: of those who see no answer the share ``base`` posts, of the others ``saved`` less."""
    drawn = random.Random(seed)
    for number in range(count):
        view = f"{seed}-{number}"
        side = arm(view, share, str(seed))
        yield event("asked", view, arm=side)
        if side == "shown" and drawn.random() < 0.5:
            yield event("opened", view, arm=side)
        if drawn.random() < base - (saved if side == "shown" else 0):
            yield event("posted", view, arm=side)


def test_a_planted_effect_is_found() -> None:
    """Its true value lies in the interval in 93 to 97 of 100 runs; a thousand, so that luck decides little."""
    saved, inside, runs = 0.15, 0, 1000
    for seed in range(runs):
        found = effect(cases(askers(seed, 150, 0.3, 0.6, saved), 7))
        assert found is not None
        inside += found.low <= saved <= found.high
    assert 0.93 <= inside / runs <= 0.97


def test_each_asker_counts_once_and_only_where_there_was_an_answer() -> None:
    """By the first question: what is asked later may depend on what was shown before."""
    events = [
        event("asked", "v1", "m", arm="shown"),
        event("asked", "v2", "m", "2026-04-20T10:00:00Z", arm="shown"),
        event("posted", "v2", "m", "2026-04-20T10:00:00Z"),
        event("asked", "v3", arm="held", target=""),
        event("asked", "v4", arm="held"),
        event("posted", "v4"),
    ]
    found = effect(cases(events, 7))
    assert found is not None
    assert (found.shown, found.held, found.posted_shown, found.posted_held) == (1, 1, 0.0, 1.0)
    assert effect(cases(events[:3], 7)) is None


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_the_interval_holds_the_difference_and_turns_with_its_sides(n: int, m: int, data: st.DataObject) -> None:
    """The other way round it is the same with its sign turned."""
    x, y = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    low, high = difference(x, n, y, m)
    assert -1 - 1e-9 <= low <= x / n - y / m + 1e-9
    assert x / n - y / m - 1e-9 <= high <= 1 + 1e-9
    assert difference(y, m, x, n) == pytest.approx((-high, -low))


def test_the_weeks_it_needs() -> None:
    """After so many weeks of the same traffic the interval is as narrow as was said."""
    needed = deflection.weeks(0.3, 250, 0.6, 0.45)
    found = effect(cases(askers(1, round(250 * needed), 0.3, 0.6, 0.15), 7))
    assert found is not None
    assert (found.high - found.low) / 2 == pytest.approx(deflection.USEFUL, rel=0.1)
