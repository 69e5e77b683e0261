"""What editors decided, in force: later before earlier, taken back where undone."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import factories
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.candidates import constraints
from kbuilder.candidates.constraints import Constraints
from kbuilder.records import Decision, Verdict

THREADS = [factories.thread(key) for key in "abcdef"]


def decide(day: int, verdict: Verdict, members: str = "", **fields: Any) -> Decision:
    """A decision of January 2024 on the threads named by letters."""
    return Decision(
        id=f"d{day:02}",
        verdict=verdict,
        editor="ed",
        time=f"2024-01-{day:02}T00:00:00Z",
        members=tuple(f"forum:{key}" for key in members),
        **fields,
    )


def together(found: Constraints, members: str) -> bool:
    return len({found.root(f"forum:{key}") for key in members}) == 1


def apart(found: Constraints, one: str, other: str) -> bool:
    names = {f"forum:{one}"}, {f"forum:{other}"}
    return any(
        (names[0] <= left and names[1] <= right) or (names[1] <= left and names[0] <= right)
        for left, right in found.apart
    )


def test_the_later_of_two_contradictory_decisions_holds() -> None:
    """An editor may come to think better of it."""
    joined = [decide(2, "cannot-link", "ab"), decide(3, "must-link", "ab")]
    parted = [decide(2, "must-link", "ab"), decide(3, "cannot-link", "ab")]
    assert together(constraints.read(joined, THREADS), "ab")
    assert not apart(constraints.read(joined, THREADS), "a", "b")
    assert not together(constraints.read(parted, THREADS), "ab")
    assert apart(constraints.read(parted, THREADS), "a", "b")


def test_a_contradiction_costs_only_what_contradicts() -> None:
    """Of four merged threads the two that a later decision parts are on two sides; no one else is lost."""
    found = constraints.read([decide(2, "merge", "abcd"), decide(3, "cannot-link", "ab")], THREADS)
    assert together(found, "acd")
    assert not together(found, "ab")


def test_a_split_parts_from_what_was_there_and_from_nobody_else() -> None:
    """Threads asked after the decision are free to join either side."""
    later = factories.thread("z")
    late = factories.post(later.id, 1, "Later.", created="2024-02-01T00:00:00Z")
    found = constraints.read([decide(5, "split", "ab")], [*THREADS, replace(later, question=late)])
    assert together(found, "ab")
    assert apart(found, "a", "c")
    assert apart(found, "b", "f")
    assert not apart(found, "a", "z")


def test_threads_that_are_gone_do_not_count() -> None:
    """A link whose other end was deleted links nothing."""
    found = constraints.read([decide(2, "must-link", "ax"), decide(3, "cannot-link", "bx")], THREADS)
    assert found.together("forum:a") == {"forum:a"}
    assert found.apart == []


def test_a_pin_ends_with_its_thread() -> None:
    """It keeps none of those together that the thread was put to, and claims no id for them."""
    pin = decide(2, "pin", "abx", lineage="home", merged=("forum:x",))
    known = {each.id for each in THREADS}
    assert constraints.read([pin], THREADS).together("forum:a") == {"forum:a"}
    assert (constraints.claims([pin], known), constraints.pinned([pin], known)) == ([], {})


@pytest.mark.parametrize(("undos", "linked"), [(0, True), (1, False), (2, True), (3, False)])
def test_an_undo_can_be_undone(undos: int, linked: bool) -> None:
    """Each takes back the one before it."""
    history = [decide(2, "must-link", "ab")]
    for _ in range(undos):
        history.append(decide(len(history) + 2, "undo", undoes=history[-1].id))
    assert together(constraints.read(history, THREADS), "ab") is linked


LINKS = st.tuples(st.sampled_from(["must-link", "cannot-link", "merge", "split"]), st.sets(st.sampled_from("abcdef")))


@given(st.lists(LINKS, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_constraints_never_contradict_each_other(
    steps: list[tuple[Verdict, set[str]]], shuffle: random.Random
) -> None:
    """After any history nobody is both with and apart from another, whatever order the files are read in."""
    history = [decide(day, verdict, "".join(sorted(keys))) for day, (verdict, keys) in enumerate(steps, 2)]
    found = constraints.read(history, THREADS)
    assert not any(
        together(found, one + other) and apart(found, one, other)
        for one in "abcdef"
        for other in "abcdef"
        if one != other
    )
    shuffle.shuffle(history)
    again = constraints.read(history, THREADS)
    assert (again.apart, [again.root(t.id) for t in THREADS]) == (found.apart, [found.root(t.id) for t in THREADS])
