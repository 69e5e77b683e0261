"""Candidates that are near each other and were not joined."""

from __future__ import annotations

import pytest
from candidates.test_proposal import RECIPE, decision, forum

from kbuilder.candidates import Proposal, explain, propose
from kbuilder.candidates.near import FROM
from kbuilder.records import Decision

STRICT = RECIPE.model_copy(update={"cut": 0.9})
"""Most wordings are candidates of their own."""


def proposed(*decisions: Decision) -> Proposal:
    return propose(forum(), None, [], decisions, STRICT)


def test_the_nearest_are_those_that_ask_the_same() -> None:
    """The other wordings of a problem, the nearest first; no other problem."""
    found = proposed().candidates
    assert len(found) == 9
    problems = {each.lineage: int(each.members[0].rpartition(":")[2]) % 3 for each in found}
    for each in found:
        assert each.near
        assert {problems[other] for other, _ in each.near} == {problems[each.lineage]}
        assert [share for _, share in each.near] == sorted((share for _, share in each.near), reverse=True)
        assert all(FROM <= share < 1 for _, share in each.near)


def test_likeness_is_what_explaining_tells() -> None:
    """The mean similarity above the background, as a share of the cut; the same from either side."""
    found = proposed().candidates
    threads = sorted(forum(), key=lambda each: each.id)
    told = {each.lineage: dict(each.near) for each in found}
    for each in found:
        known = explain(threads, None, found, each.lineage, [], STRICT)
        expected = {other.id: other.similarity / known.cut for other in known.neighbours}
        assert {other: expected[other] for other in told[each.lineage]} == pytest.approx(
            told[each.lineage], abs=0.011
        )
        assert all(told[other][each.lineage] == share for other, share in each.near)


def test_what_an_editor_told_apart_is_not_near() -> None:
    """Neither to the one nor to the other."""
    before = proposed().candidates
    one, other = before[0], next(each for each in before if each.lineage == before[0].near[0][0])
    after = proposed(decision("cannot-link", one.members[0], other.members[0])).candidates
    holders = {member: each for each in after for member in each.members}
    here, there = holders[one.members[0]], holders[other.members[0]]
    assert there.lineage not in dict(here.near)
    assert here.lineage not in dict(there.near)
    assert here.near
