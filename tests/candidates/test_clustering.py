"""Groups: as average linkage over everything makes them, in any order."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from kbuilder.candidates import Grouping, cluster, group
from kbuilder.config import CandidatesRecipe

SEEDS = st.integers(0, 9999)
EVERYBODY = 100
"""Neighbours of each row: more than there are rows."""


def cloud(seed: int, size: int) -> tuple[list[str], list[str], np.ndarray]:
    """Points about some centres, each with a text of its own."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(max(size // 4, 1), 12))
    points = centres[rng.integers(0, len(centres), size)] + rng.normal(size=(size, 12)) * rng.uniform(0.2, 0.7)
    vectors = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    texts = [f"{'abcdefgh'[row % 8]} thing {row}" for row in range(size)]
    return [f"t{row:04}" for row in range(size)], texts, vectors


def everything_at_once(found: Grouping) -> set[frozenset[int]]:
    """scipy's average linkage over the similarities above the background."""
    far = 2 - found.features.matrix()
    np.fill_diagonal(far, 0)
    labels = fcluster(linkage(squareform(far, checks=False), "average"), 2 - found.cut, "distance")
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def grouped(texts: list[str], vectors: np.ndarray, recipe: CandidatesRecipe, limit: int) -> Grouping:
    ids = [f"t{row:04}" for row in range(len(texts))]
    return group(ids, texts, vectors, recipe, limit=limit)


def rows(found: Grouping) -> set[frozenset[int]]:
    return {frozenset(each.tolist()) for each in found.groups}


@given(SEEDS, st.integers(2, 60), st.floats(0.2, 0.7))
@settings(max_examples=25, deadline=None)
def test_each_component_by_itself_gives_what_everything_at_once_gives(seed: int, size: int, cut: float) -> None:
    """What no chain of edges connects is never joined."""
    _, texts, vectors = cloud(seed, size)
    recipe = CandidatesRecipe(neighbours=EVERYBODY, cut=cut, lexical=0.0)
    found = grouped(texts, vectors, recipe, limit=3000)
    assert rows(found) == everything_at_once(found)


@given(SEEDS, st.integers(20, 60), st.integers(3, 15))
@settings(max_examples=15, deadline=None)
def test_what_is_too_large_is_joined_in_levels(seed: int, size: int, limit: int) -> None:
    """Nothing is joined that the whole would not join, and with room enough for the groups all of it is."""
    _, texts, vectors = cloud(seed, size)
    recipe = CandidatesRecipe(neighbours=EVERYBODY, cut=0.3, lexical=0.0)
    found = grouped(texts, vectors, recipe, limit)
    expected = everything_at_once(found)
    assert all(any(part <= whole for whole in expected) for part in rows(found))


def test_levels_reach_the_cut_where_they_leave_room() -> None:
    """120 threads that hang together are grouped as at once although no matrix holds more than 60 of them."""
    rng = np.random.default_rng(5)
    points = np.eye(12)[np.repeat(np.arange(10), 12)] * 3 + 1 + rng.normal(size=(120, 12)) * 0.15
    vectors = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    texts = [f"t{row}" for row in range(120)]
    for cut, groups in ((0.1, 1), (0.4, 10)):
        recipe = CandidatesRecipe(neighbours=EVERYBODY, cut=cut, lexical=0.0)
        found = grouped(texts, vectors, recipe, limit=60)
        assert rows(found) == everything_at_once(found)
        assert len(found.groups) == groups


@given(SEEDS, st.integers(1, 40), st.booleans())
@settings(max_examples=10, deadline=None)
def test_the_order_of_texts_does_not_matter(seed: int, size: int, dense: bool) -> None:
    """Any permutation gives the same groups and the same numbers, with a model and without."""
    ids, texts, vectors = cloud(seed, size)
    order = np.random.default_rng(seed).permutation(size)
    labels = cluster(ids, texts, vectors if dense else None, CandidatesRecipe())
    moved = vectors[order] if dense else None
    again = cluster([ids[row] for row in order], [texts[row] for row in order], moved, CandidatesRecipe())
    assert [labels[row] for row in order] == again


@given(SEEDS, st.integers(1, 30), st.integers(1, 40))
@settings(max_examples=10, deadline=None)
def test_copies_of_a_text_do_not_move_the_cut(seed: int, size: int, copies: int) -> None:
    """Whoever posts one question again and again says nothing of how alike different questions on one problem are."""
    _, texts, vectors = cloud(seed, size)
    recipe = CandidatesRecipe(lexical=0.0)
    before = grouped(texts, vectors, recipe, limit=3000)
    again = np.concatenate([vectors, np.repeat(vectors[:1], copies, 0)])
    after = grouped([*texts, *texts[:1] * copies], again, recipe, limit=3000)
    assert after.choice == before.choice
    assert any({0, *range(size, size + copies)} <= each for each in rows(after))


def test_threads_without_a_word_are_not_alike() -> None:
    """Two empty texts say nothing about each other."""
    assert cluster(["a", "b", "c"], ["", "Red light", ""], None, CandidatesRecipe()) == [0, 1, 2]


def test_nothing_gives_nothing() -> None:
    """An empty knowledge base builds."""
    assert cluster([], [], None, CandidatesRecipe()) == []
