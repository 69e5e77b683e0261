"""Average linkage against scipy's, and what must stay apart."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from kbuilder.candidates.linkage import join


def similarities(size: int, seed: int) -> np.ndarray:
    """A symmetric matrix without ties."""
    made = np.random.default_rng(seed).random((size, size))
    return (made + made.T) / 2


def partition(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@given(st.integers(2, 25), st.integers(0, 10_000), st.floats(0.05, 0.95))
@settings(max_examples=60, deadline=None)
def test_groups_are_those_of_scipys_average_linkage(size: int, seed: int, cut: float) -> None:
    """The nearest-neighbour chain gives the same tree, cut at the same height."""
    near = similarities(size, seed)
    far = 1 - near
    np.fill_diagonal(far, 0)
    expected = fcluster(linkage(squareform(far, checks=False), "average"), 1 - cut, "distance")
    assert partition(join(near, np.ones(size), cut)) == partition(expected)


@given(st.integers(3, 15), st.integers(0, 10_000), st.randoms())
@settings(max_examples=30, deadline=None)
def test_groups_do_not_depend_on_the_order(size: int, seed: int, shuffle: object) -> None:
    """Rows in another order give the same groups."""
    near = similarities(size, seed)
    order = np.random.default_rng(seed + 1).permutation(size)
    moved = partition(join(near[np.ix_(order, order)], np.ones(size), 0.5))
    assert partition(join(near, np.ones(size), 0.5)) == {frozenset(order[list(each)].tolist()) for each in moved}


def test_what_must_stay_apart_is_inherited() -> None:
    """A group that joined one side never takes in the other, however near it is."""
    near = np.array([[1, 0.9, -np.inf], [0.9, 1, 0.95], [-np.inf, 0.95, 1]])
    joined = partition(join(near, np.ones(3), 0.1))
    assert joined == {frozenset({1, 2}), frozenset({0})}


def test_sizes_weigh_the_mean() -> None:
    """A group of nine counts nine times in the mean of what it joined."""
    near = np.array([[1, 0.8, 0.2], [0.8, 1, 0.9], [0.2, 0.9, 1]])
    assert partition(join(near, np.array([1, 1, 1]), 0.6)) == {frozenset({1, 2}), frozenset({0})}
    assert partition(join(near, np.array([1, 9, 1]), 0.6)) == {frozenset({0, 1, 2})}
