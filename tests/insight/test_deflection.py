"""What the answers saved: silence is no success, and the hold-out finds an effect that was planted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.insight import deflection, verdicts
from kbuilder.insight.deflection import Case, cases, difference, effect, rows, week
from kbuilder.insight.holdout import arm
from kbuilder.store.database import Event

DAY = "2026-03-02T10:00:00Z"


def told(*kinds: str, **given: Any) -> list[Event]:
    """One after the other, some seconds apart."""
    return [
        event(kind, time=f"2026-03-02T10:00:{second:02d}Z", **given)
        for second, kind in zip(range(0, 60, 5), kinds, strict=False)
    ]


def event(kind: str, view: str = "v", member: str = "", time: str = DAY, **more: Any) -> Event:
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
    (case,) = cases(told(*kinds.split()), 7)
    assert case.outcome == outcome


@pytest.mark.parametrize(
    ("happened", "outcome"),
    [
        ("asked: opened:t helped:t", "left"),
        ("asked: opened:t", "left"),
        ("asked:t opened:other", "left"),
        ("asked:t helped:t", "left"),
        ("asked:t helped:t opened:t", "aside"),
        ("asked:t opened:t helped:other", "potential"),
        ("asked:t opened:other helped:other", "left"),
        ("asked:t shown:other opened:other helped:other", "left"),
        ("asked:t opened:t not_helped:t helped:other", "none"),
        ("asked:t opened:second helped:second", "confirmed"),
    ],
)
def test_only_what_was_suggested_and_opened_helps(happened: str, outcome: str) -> None:
    """Not what nobody found, nor another answer, nor one that only the page says was shown."""
    besides = '{"model": "m", "figures": {}, "others": ["second"]}'
    events = [
        event(kind, time=f"2026-03-02T10:00:{10 + 5 * number}Z", target=target, **more)
        for number, (kind, _, target) in enumerate(each.partition(":") for each in happened.split())
        for more in ({"evidence": besides} if kind == "asked" and target else {},)
    ]
    (case,) = cases(events, 7)
    assert case.outcome == outcome


def test_nothing_helps_whoever_was_held_out() -> None:
    """They were given no answer, whatever their page says."""
    (case,) = cases([event("asked", arm="held"), event("opened"), event("helped")], 7)
    assert case.outcome == "left"


def test_what_could_not_be_read_is_set_aside() -> None:
    """Who opens and thanks in the same instant is no confirmed case, nor a potential one; the reason is told."""
    for kinds in (("asked", "opened", "helped"), ("asked", "helped", "opened")):
        (case,) = cases([event(kind) for kind in kinds], 7)
        assert (case.outcome, case.doubt) == ("aside", verdicts.TOO_QUICK)


def test_a_robot_confirms_no_more_than_its_share() -> None:
    """It takes its time, and is somebody else each time: one answer on one day."""
    robots = [each for number in range(40) for each in told("asked", "opened", "helped", view=f"r{number}")]
    found = Counter((case.outcome, case.doubt) for case in cases(robots, 7))
    assert found == {("confirmed", ""): verdicts.A_FEW, ("aside", verdicts.TOO_MANY_ANSWER): 40 - verdicts.A_FEW}


def test_one_member_speaks_three_times() -> None:
    """Each time of another answer."""
    every = [
        each for n in range(5) for each in told("asked", "opened", "helped", view=f"v{n}", member="m", target=f"t{n}")
    ]
    again = told("asked", "opened", "helped", view="v9", member="n")
    found = cases([*every, *again, *told("asked", "opened", "helped", view="v8", member="n")], 7)
    assert Counter((case.outcome, case.doubt) for case in found) == {
        ("confirmed", ""): verdicts.A_VOICE + 1,
        ("aside", verdicts.TOO_LOUD): 2,
        ("aside", verdicts.AGAIN): 1,
    }


HELPED = ("asked", "opened", "helped")


@pytest.mark.parametrize("signed", [True, False])
def test_a_stranger_who_knows_a_pseudonym_unmakes_nothing(signed: bool) -> None:
    """Not by a bare event that something was posted; of who came with a token, nor by asking first."""
    theirs = told(*HELPED, view="v1", member="m", signed=signed)
    bare = event("posted", "", "m", "2026-03-03T10:00:00Z")
    asking = [event(kind, "v2", "m", "2026-03-03T10:00:00Z") for kind in ("asked", "posted")]
    assert cases([*theirs, bare], 7)[0].outcome == "confirmed"
    assert cases([*theirs, *asking], 7)[0].outcome == ("confirmed" if signed else "none")
    assert cases([*theirs, event("posted", "", "m", "2026-03-03T10:00:00Z", signed=True)], 7)[0].outcome == "none"
    loud = [each for n in range(9) for each in told(*HELPED, view=f"x{n}", member="m", target=f"t{n}")]
    mine = [case for case in cases([*theirs, *loud], 7) if case.signed]
    assert [case.outcome for case in mine] == (["confirmed"] if signed else [])


def test_what_may_yet_be_posted_is_told_apart() -> None:
    """As long as the window of a member, or an hour of a page view, is not over."""
    member, nobody = told(*HELPED, view="v1", member="m"), told("asked", "opened", view="v2")

    def outcomes(now: str) -> list[str]:
        return [case.outcome for case in cases([*member, *nobody], 7, now=now)]

    assert outcomes("2026-03-02T10:30:00Z") == ["open", "open"]
    assert outcomes("2026-03-02T11:30:00Z") == ["open", "potential"]
    assert outcomes("2026-03-09T10:30:00Z") == ["confirmed", "potential"]


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
    asked = told("asked", "opened", "helped", view="v1", member="m")
    within, after = "2026-03-08T10:00:00Z", "2026-03-10T10:00:00Z"
    assert cases(asked, 7)[0].outcome == "confirmed"
    assert cases([*asked, *(event(kind, "v2", "m", within) for kind in ("asked", "posted"))], 7)[0].outcome == "none"
    assert (
        cases([*asked, *(event(kind, "v2", "m", after) for kind in ("asked", "posted"))], 7)[0].outcome == "confirmed"
    )
    assert (
        cases([*asked, *(event(kind, "v2", "other", within) for kind in ("asked", "posted"))], 7)[0].outcome
        == "confirmed"
    )
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
    assert by_week[0].outcomes == {"confirmed": 1, "potential": 0, "none": 1, "left": 0, "aside": 0, "open": 0}
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
        found = effect(cases(askers(seed, 80, 0.3, 0.6, saved), 7))
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


@pytest.mark.parametrize("posted", [0.0, 1.0])
def test_where_all_do_the_same_weeks_are_needed_still(posted: float) -> None:
    """Nobody posts, or everybody: the interval is wide nevertheless, and to be narrowed takes as long as it takes."""
    found = effect(cases(askers(1, 60, 0.3, posted, 0.0), 7))
    assert found is not None
    half = (found.high - found.low) / 2
    assert half > deflection.USEFUL
    assert found.weeks >= (half / deflection.USEFUL) ** 2 > 1
    many = effect(cases(askers(1, round(60 * found.weeks), 0.3, posted, 0.0), 7))
    assert many is not None
    assert (many.high - many.low) / 2 <= deflection.USEFUL
    assert 0 < many.weeks <= 1
