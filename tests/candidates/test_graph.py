"""Neighbours against all pairs."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from candidates.test_company import cloud
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from kbuilder.candidates import graph
from kbuilder.candidates.similarity import Features

WORDS = ["reset", "router", "battery", "light", "red", "strap", "sleep", "firmware"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join), min_size=1, max_size=25)


@given(TEXTS, st.integers(1, 6))
@settings(max_examples=12, deadline=None)
def test_edges_are_each_texts_nearest(texts: list[str], k: int) -> None:
    """Every edge is one of a text's k nearest, and no nearer one is left out; edges stand once, sorted."""
    features = Features.of(texts, None, 1)
    found = graph.build(features, k)
    matrix = (features.lexical @ features.lexical.T).toarray()  # type: ignore[union-attr]
    np.fill_diagonal(matrix, -1)
    expected = set()
    for row in range(len(texts)):
        nearest = sorted(set(range(len(texts))) - {row}, key=lambda other: (-matrix[row, other], other))[:k]
        expected |= {(min(row, other), max(row, other)) for other in nearest}
    edges = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert edges == sorted(expected)
    assert found.weight.tolist() == features.pairs(found.left, found.right).tolist()


def test_both_legs_propose() -> None:
    """A neighbour by words alone and one by meaning alone are both compared."""
    vectors = np.eye(4, dtype=np.float32)
    vectors[3] = vectors[0]
    found = graph.build(Features.of(["red light", "light red", "strap", "sleep"], vectors, 0.5), 1)
    edges = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert {(0, 1), (0, 3)} <= edges


def test_edges_between_groups_have_the_mean_similarity_of_their_texts() -> None:
    """Of single texts and of several, with what neighbours in common add and the background takes off."""
    texts = [" ".join(WORDS[at : at + 3]) for at in (0, 1, 2, 3, 4, 5)]
    plain = Features.of(texts, cloud(4, 6), 0.3)
    groups = [np.array([0, 3]), np.array([1]), np.array([2]), np.array([4, 5])]
    near = csr_matrix(np.random.default_rng(5).random((6, 4), np.float32))
    whole = replace(plain, background=np.linspace(0, 0.1, 6), company=near, weight=0.5)
    found = graph.projected(graph.build(plain, 5), np.array([0, 1, 2, 0, 3, 3]), whole, groups)
    assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == [*itertools.combinations(range(4), 2)]
    assert found.weight == pytest.approx(whole.means(groups).matrix()[found.left, found.right], abs=2e-6)


def test_components_hang_together_by_edges_above_the_floor() -> None:
    """Groups, not rows, are connected; an edge exactly on the floor counts."""
    known = graph.Graph(np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([0.9, 0.5, 0.4]), 4)
    parts = graph.components(known, np.arange(4), np.arange(4), 0.5)
    assert [part.tolist() for part in parts] == [[0, 1, 2], [3]]
    merged = graph.components(known, np.array([0, 1, 1, 2]), np.arange(3), 0.6)
    assert [part.tolist() for part in merged] == [[0, 1], [2]]


def test_nothing_has_no_edges() -> None:
    """An empty knowledge base builds."""
    assert graph.build(Features.of([], None, 1), 5).size == 0
