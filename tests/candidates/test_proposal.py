"""Threads in, candidates out: in any order, with any ledger, as editors decided."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from factories import author, thread
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.candidates import propose, remembered, text_of
from kbuilder.config import CandidatesRecipe
from kbuilder.records import Decision, Thread

RECIPE = CandidatesRecipe(lexical=1.0)
WAYS = {
    "reset": ("How do I reset my router?", "Hold the small reset button at the back for ten seconds."),
    "charge": ("My tracker does not charge", "Clean the two contacts of the cradle with a dry cloth."),
    "port": ("Forward a port to my server", "Open Internet, Port forwarding, and enter the number of the port."),
}
OPENINGS = ("", "Please help: ", "Again: ", "Question, ")


def forum(count: int = 12) -> list[Thread]:
    """Some threads on three problems, each worded a little differently."""
    names = list(WAYS)
    made = []
    for number in range(count):
        title, answer = WAYS[names[number % 3]]
        opening = OPENINGS[number // 3 % 4]
        made.append(thread(f"{number:03}", opening + title, f"{title} I tried it twice.", (answer,), views=number))
    return made


def decision(verdict: str, *members: str, number: int = 1, undoes: str = "") -> Decision:
    return Decision(
        id=f"d{number}",
        verdict=verdict,  # type: ignore[arg-type]
        editor="ada",
        time=f"2026-01-0{number}T00:00:00Z",
        members=tuple(sorted(members)),
        undoes=undoes,
    )


def together(found: object) -> set[frozenset[str]]:
    return {frozenset(each.members) for each in found.candidates}  # type: ignore[attr-defined]


def test_problems_come_together_and_stay_apart() -> None:
    """Three problems in twelve threads are three candidates."""
    found = propose(forum(), None, [], [], RECIPE)
    expected = {frozenset(f"forum:{n:03}" for n in range(12) if n % 3 == kind) for kind in range(3)}
    assert together(found) == expected


@given(st.integers(1, 12), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_threads_leaves_no_trace(count: int, shuffle: random.Random) -> None:
    """Candidates, ledger and changes are equal for any permutation."""
    threads = forum(count)
    mixed = list(threads)
    shuffle.shuffle(mixed)
    assert propose(mixed, None, [], [], RECIPE) == propose(threads, None, [], [], RECIPE)


@given(st.sets(st.integers(0, 11), min_size=1), st.sets(st.integers(0, 11), min_size=1))
@settings(max_examples=25, deadline=None)
def test_membership_does_not_depend_on_the_ledger(first: set[int], second: set[int]) -> None:
    """A build after another one groups as one from nothing; only ids remember."""
    threads = forum()
    before = propose([threads[n] for n in sorted(first)], None, [], [], RECIPE)
    now = [threads[n] for n in sorted(second)]
    after = propose(now, None, before.ledger, [], RECIPE)
    assert together(after) == together(propose(now, None, [], [], RECIPE))
    members = [member for each in after.candidates for member in each.members]
    assert sorted(members) == sorted(each.id for each in now)


def test_only_solved_questions_are_members() -> None:
    """Unsolved threads and discussions become no candidates; a single one does."""
    others = [thread("u", accepted=None), replace(thread("d"), style="discussion")]
    found = propose([thread("s"), *others], None, [], [], RECIPE)
    assert together(found) == {frozenset({"forum:s"})}
    assert found.candidates[0].cohesion == 1.0


def test_languages_do_not_mix() -> None:
    """The same words in two languages are two candidates."""
    german = replace(thread("g"), language="de")
    assert len(propose([thread("e"), german], None, [], [], RECIPE).candidates) == 2
    british = replace(thread("b"), language="en-gb")
    assert len(propose([thread("e"), british], None, [], [], RECIPE).candidates) == 1


def test_linked_languages_name_each_other() -> None:
    """One candidate a language; a thread in no known language goes with what it is linked to."""
    german, code = replace(thread("g"), language="de"), replace(thread("x", title="0x80"), language="")
    linked = [decision("must-link", "forum:e", "forum:g"), decision("must-link", "forum:g", "forum:x")]
    found = propose([thread("e"), german, code], None, [], linked, RECIPE)
    here, there = sorted(found.candidates, key=lambda each: each.language, reverse=True)
    assert (here.members, there.members) == (("forum:e",), ("forum:g", "forum:x"))
    assert (here.translations, there.translations) == ((there.lineage,), (here.lineage,))


def test_identical_texts_are_always_together() -> None:
    """Case and white space do not count, however high the cut."""
    same = thread("b", title="HOW DO I  RESET IT?")
    strict = CandidatesRecipe(lexical=1.0, cut=0.99)
    assert len(propose([thread("a"), same], None, [], [], strict).candidates) == 1


@pytest.mark.parametrize("verdict", ["must-link", "merge"])
def test_linked_threads_stay_together_through_three_builds(verdict: str) -> None:
    """New threads do not part what an editor joined."""
    linked = decision(verdict, "forum:000", "forum:001")
    ledger = []  # type: ignore[var-annotated]
    for count in (6, 8, 10, 12):
        found = propose(forum(count), None, ledger, [linked], RECIPE)
        ledger = found.ledger
        assert any({"forum:000", "forum:001"} <= {*each.members} for each in found.candidates)


@pytest.mark.parametrize("verdict", ["cannot-link", "split"])
def test_parted_threads_stay_apart_through_three_builds(verdict: str) -> None:
    """New threads do not join what an editor parted."""
    members = ("forum:000", "forum:003") if verdict == "cannot-link" else ("forum:000",)
    parted = decision(verdict, *members)
    ledger = []  # type: ignore[var-annotated]
    for count in (6, 8, 10, 12):
        found = propose(forum(count), None, ledger, [parted], RECIPE)
        ledger = found.ledger
        assert not any({"forum:000", "forum:003"} <= {*each.members} for each in found.candidates)


@given(st.lists(st.sets(st.integers(6, 23), max_size=6), min_size=3, max_size=3), st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_pinned_threads_do_not_move(arrivals: list[set[int]], shuffle: random.Random) -> None:
    """Three later builds with any new threads, in any order, with and without a ledger: same company, same id."""
    threads = forum(24)
    before = propose(threads[:6], None, [], [], RECIPE)
    home = next(each for each in before.candidates if "forum:001" in each.members)
    pin = replace(
        decision("pin", *home.members, "forum:000"), lineage=home.lineage, merged=("forum:000",), editor="bea"
    )
    ledger, known = before.ledger, set(range(6))
    for arrived in arrivals:
        known |= arrived
        now = [threads[number] for number in sorted(known)]
        shuffle.shuffle(now)
        found = propose(now, None, ledger, [pin], RECIPE)
        ledger = shuffle.choice([found.ledger, remembered([], [pin])])
        holder = next(each for each in found.candidates if "forum:000" in each.members)
        assert holder.lineage == home.lineage
        assert {*home.members} <= {*holder.members}
        assert holder.pinned == dict.fromkeys([*home.members, "forum:000"], "bea")


def test_of_two_pins_of_one_thread_the_later_holds() -> None:
    """As two editors may make them in two clones of one repository: their candidates do not become one by that."""
    before = propose(forum(6), None, [], [], RECIPE)
    homes = {name: next(c for c in before.candidates if name in c.members) for name in ("forum:001", "forum:002")}
    pins = [
        replace(decision("pin", *home.members, "forum:000", number=n), lineage=home.lineage, merged=("forum:000",))
        for n, home in enumerate(homes.values(), 1)
    ]
    for order in (pins, pins[::-1]):
        found = propose(forum(12), None, before.ledger, order, RECIPE)
        holder = {name: each.lineage for each in found.candidates for name in each.members}
        assert holder["forum:000"] == holder["forum:002"] == homes["forum:002"].lineage
        assert holder["forum:001"] == homes["forum:001"].lineage


def test_a_merge_goes_on_under_the_id_that_it_was_made_under() -> None:
    """However few threads that candidate had."""
    threads = forum(12)[::3] + forum(12)[1:2]
    before = propose(threads, None, [], [], RECIPE)
    into = next(each.lineage for each in before.candidates if each.members == ("forum:001",))
    merge = replace(decision("merge", *(each.id for each in threads)), lineage=into, merged=("forum:000",))
    assert [each.lineage for each in propose(threads, None, before.ledger, [merge], RECIPE).candidates] == [into]


def test_an_undo_takes_a_link_back() -> None:
    """What was joined by an editor alone falls apart again."""
    linked = decision("must-link", "forum:000", "forum:001")
    undone = decision("undo", number=2, undoes="d1")
    assert together(propose(forum(), None, [], [linked, undone], RECIPE)) == together(
        propose(forum(), None, [], [], RECIPE)
    )


def test_demand_orders_the_queue() -> None:
    """More threads by more people first; a deleted account counts as somebody of its own."""
    threads = [*forum(), thread("extra", "Please: " + WAYS["port"][0], "Forward a port", (WAYS["port"][1],))]
    threads[2] = replace(threads[2], question=replace(threads[2].question, author=None))
    threads[5] = replace(threads[5], question=replace(threads[5].question, author=author("bea")))
    found = propose(threads, None, [], [], RECIPE).candidates
    assert found[0].demand.threads == 5
    assert found[0].demand.askers == 3
    assert [each.demand.score for each in found] == sorted((each.demand.score for each in found), reverse=True)


def test_personal_data_is_not_in_phrasings() -> None:
    """A title with an address is shown without it."""
    found = propose([thread("a", title="Mail to ada@example.org bounces")], None, [], [], RECIPE)
    assert found.candidates[0].phrasings == ("Mail to [e-mail] bounces",)


def test_vectors_decide_where_words_do_not() -> None:
    """Threads without a common word come together by their vectors, and others stay apart."""
    rng = np.random.default_rng(5)
    threads = [
        thread(f"{n:02}", f"{chr(97 + n) * 9}", chr(97 + n) * 12, (chr(97 + n) * 15 + " yes",)) for n in range(14)
    ]
    centres = rng.normal(size=(14, 128))
    centres[1] = centres[0] + rng.normal(size=128) / 8
    vectors = (centres / np.linalg.norm(centres, axis=1, keepdims=True)).astype(np.float32)
    found = propose(threads, vectors, [], [], CandidatesRecipe(lexical=0.0))
    assert frozenset({"forum:00", "forum:01"}) in together(found)
    assert len(found.candidates) == 13
    assert all(text_of(each) for each in threads)


def test_a_vector_is_needed_for_each_thread() -> None:
    """Vectors of other threads are not taken for these."""
    with pytest.raises(ValueError, match="1 vectors for 2 threads"):
        propose([thread("a"), thread("b")], np.ones((1, 4), np.float32), [], [], RECIPE)
