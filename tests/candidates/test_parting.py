"""Where a candidate would be cut, against the linkage that made it; and what is hardly in it."""

from __future__ import annotations

import numpy as np
from factories import thread
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.candidates import linkage, propose
from kbuilder.candidates.constraints import Constraints
from kbuilder.candidates.parting import part
from kbuilder.candidates.similarity import Features
from kbuilder.config import CandidatesRecipe
from kbuilder.records import Decision, Parting

NAMES = [f"forum:{number:02}" for number in range(20)]


def features(vectors: np.ndarray) -> Features:
    return Features((vectors / np.linalg.norm(vectors, axis=1)[:, None]).astype(np.float32), None, 0.0)


def parted(rows: Features, root: Constraints | None = None) -> Parting:
    names = NAMES[: rows.size]
    found = part(names, rows, names[0], (root or Constraints()).root)
    assert found is not None
    return found


@given(st.integers(2, 12), st.integers(0, 1000))
@settings(max_examples=40)
def test_the_cut_undoes_the_last_join(size: int, seed: int) -> None:
    """Our own linkage, stopped where it has two groups left, has these; the smaller one goes."""
    rows = features(np.random.default_rng(seed).normal(size=(size, 5)))
    near = rows.matrix()
    low, high = -1.0, 1.0
    for _ in range(40):  # the height between the last join and the one before it
        middle = (low + high) / 2
        labels = linkage.join(near, np.ones(size), middle)
        if len(np.unique(labels)) == 2:
            break
        low, high = (middle, high) if len(np.unique(labels)) < 2 else (low, middle)
    sides = [{NAMES[row] for row in np.flatnonzero(labels == label)} for label in np.unique(labels)]
    assert len(sides) == 2
    goes = {*parted(rows).members}
    assert goes in sides
    assert len(goes) == min(map(len, sides))
    assert len(goes) < size / 2 or NAMES[0] not in goes


def test_what_an_editor_linked_is_not_parted() -> None:
    """However unlike they are; and where all are linked, there is no cut."""
    rows = features(np.array([[1, 0.0], [0.9, 0.3], [-1, 0.1]]))
    assert parted(rows).members == (NAMES[2],)
    rules = Constraints()
    rules.link([NAMES[0], NAMES[2]])
    assert parted(rows, rules).members == (NAMES[1],)
    rules.link(NAMES[:3])
    assert part(NAMES[:3], rows, NAMES[0], rules.root) is None


def test_a_stray_is_told_with_the_one_that_it_came_in_by() -> None:
    """It is less like them than duplicates are, while they are like each other; of two alone neither is one."""
    rows = features(np.array([[1, 0], [1, 0.05], [1, 0.1], [1, 0.5], [0.2, 1.0]]))
    assert parted(rows).strays == ((NAMES[4], NAMES[3]),)
    assert parted(rows.rows(np.array([0, 4]))).strays == ()
    assert parted(features(np.eye(3))).strays == ()
    rules = Constraints()
    rules.link(NAMES[3:5])
    assert parted(rows, rules).strays == ()


def test_sides_that_are_hardly_alike_are_doubtful() -> None:
    """Beside what duplicates mostly reach."""
    assert parted(features(np.array([[1, 0], [0.3, 1.0]]))).doubtful
    assert not parted(features(np.array([[1, 0], [1, 0.3]]))).doubtful


def test_every_candidate_of_several_threads_says_where() -> None:
    """Those that wait for an answer too; one thread alone has no cut, and a split that took it leaves none."""
    reset, light = "Reset the router with its small button", "The light is red after the reset of the router"
    answer = ("Hold the small button at the back of the router for ten seconds.",)
    titles = [reset, f"Again: {reset}", light]
    threads = [thread(f"{n:02}", title, title, answer) for n, title in enumerate(titles)]
    threads += [thread(f"1{n}", "Strap tore at the buckle", f"Strap tore {n}", (), None) for n in range(2)]
    recipe = CandidatesRecipe(lexical=1.0, cut=0.05)
    found = {each.members: each.parting for each in propose(threads, None, [], [], recipe).candidates}
    whole, gap = ("forum:00", "forum:01", "forum:02"), ("forum:10", "forum:11")
    assert {*found} == {whole, gap}
    assert found[whole] is not None
    assert found[whole].members == ("forum:02",)
    assert found[gap] is not None
    assert len(found[gap].members) == 1
    split = Decision(id="d", verdict="split", editor="ada", time="2026-01-01T00:00:00Z", members=("forum:02",))
    after = {each.members: each.parting for each in propose(threads, None, [], [split], recipe).candidates}
    assert after[("forum:02",)] is None
