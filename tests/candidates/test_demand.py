"""Demand: what is counted, and what weighs how much."""

from __future__ import annotations

from dataclasses import replace

import factories
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.candidates import demand
from kbuilder.records import Author, Demand, Thread

COUNT = st.integers(0, 10_000)


def asked(key: str, when: str, who: Author | None, views: int = 0) -> Thread:
    thread = factories.thread(key, views=views)
    return replace(thread, question=replace(thread.question, created=when, author=who))


TERMS = ("threads", "askers", "recent", "views", "unanswered", "contacts")


def wanted(**terms: int) -> float:
    return demand.score(Demand(**{**dict.fromkeys(TERMS, 0), **terms}, last="", score=0.0))  # type: ignore[arg-type]


@given(st.lists(COUNT, min_size=len(TERMS), max_size=len(TERMS)), COUNT, st.sampled_from(TERMS))
def test_more_is_never_less(counts: list[int], before: int, which: str) -> None:
    """The score does not fall when a term grows."""
    terms = dict(zip(TERMS, counts, strict=True))
    assert wanted(**{**terms, which: terms[which] + 1}, before=before) >= wanted(**terms, before=before)


def test_views_cannot_outweigh_people() -> None:
    """A billion views of one thread weigh less than five threads by five people, or five messages to the support."""
    viewed = wanted(threads=1, askers=1, recent=1, views=10**9)
    assert viewed < wanted(threads=5, askers=5, recent=5)
    assert viewed < wanted(threads=1, askers=1, recent=1, contacts=5)


def test_everything_is_counted() -> None:
    """A person counts once however often they ask; a deleted account is somebody each time."""
    ada, nameless = factories.author("ada"), Author(id="", name="guest")
    threads = [
        asked("a", "2024-06-01T00:00:00Z", ada, 100),
        asked("b", "2022-06-01T00:00:00Z", ada, 20),
        asked("c", "2024-01-01T00:00:00Z", None),
        asked("d", "2021-01-01T00:00:00Z", None),
        asked("e", "2021-01-02T00:00:00Z", nameless),
        asked("f", "2021-01-03T00:00:00Z", nameless),
    ]
    found = demand.of(threads, demand.recent_from(threads))
    assert (found.threads, found.askers, found.views, found.recent, found.before) == (6, 4, 120, 2, 0)
    assert (found.growth, found.last) == (2, "2024-06-01T00:00:00Z")
    assert found.score == pytest.approx(6 + (4 + 2 + 2 + 2.0828) / 2, abs=1e-3)


def test_growth_counts_and_decline_does_not() -> None:
    """Two this year after none weigh more than two last year; a problem that dies out is not punished."""
    young = [asked(str(n), "2024-06-01T00:00:00Z", None) for n in range(2)]
    old = [asked(str(n), "2022-07-01T00:00:00Z", None) for n in range(2)]
    since = demand.recent_from([*young, *old])
    assert demand.of(young, since).score == 2 + (2 + 2 + 2) / 2
    assert (demand.of(old, since).growth, demand.of(old, since).score) == (-2, 2 + 2 / 2)


def test_what_nobody_answered_counts_more() -> None:
    """Threads without a marked answer are told, and weigh half a thread more each."""
    threads = [asked(str(n), "2024-06-01T00:00:00Z", None) for n in range(3)]
    since = demand.recent_from(threads)
    found = demand.of(threads, since, {"forum:1", "forum:2", "forum:7"})
    assert found.unanswered == 2
    assert found.score == demand.of(threads, since).score + 1


def test_recent_is_a_year_before_the_newest_thread() -> None:
    """Not before today: an old dump has recent threads too."""
    assert demand.recent_from([factories.thread()]) == "2023-01-01T00:00:00Z"
    assert demand.recent_from([]) == ""


@given(st.lists(st.floats(0.5, 1e6), max_size=400))
def test_the_pareto_curve_rises_to_everything(scores: list[float]) -> None:
    """In a hundred points at most, and its line stands where 80 % are reached."""
    curve = demand.pareto(scores)
    assert list(curve.shares) == sorted(curve.shares)
    assert len(curve.shares) == len(scores)
    assert len(curve.points) <= 100
    if scores:
        assert curve.points[-1] == (len(scores), 1.0)
        assert curve.shares[curve.eighty - 1] >= 0.8
        assert curve.eighty == 1 or curve.shares[curve.eighty - 2] < 0.8
