"""Neighbours in common: the share of them, by any way of counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.candidates import company, graph
from kbuilder.candidates.similarity import Features


def cloud(seed: int, size: int) -> np.ndarray:
    points = np.random.default_rng(seed).normal(size=(size, 8)).astype(np.float32)
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


@given(st.integers(0, 999))
@settings(max_examples=5, deadline=None)
def test_two_texts_share_the_neighbours_that_both_lists_name(seed: int) -> None:
    """Symmetric, 1 with oneself, and what sets of the nearest say; a graph of all pairs tells the same."""
    features = Features.of([f"{row}" for row in range(120)], cloud(seed, 120), 0.0)
    near = features.matrix()
    np.fill_diagonal(near, 2)
    lists = [set(np.argsort(-row, kind="stable")[: company.count(120)].tolist()) for row in near]
    expected = np.array([[len(one & other) for other in lists] for one in lists]) / company.count(120)
    found = company.shared(features.matrix(), 120)
    assert np.allclose(found, expected)
    assert (found == found.T).all()
    assert (np.diag(found).round(6) == 1).all()
    assert ((expected > 0) & (expected < 1)).any()
    known = company.of_graph(graph.build(features, 119))
    assert np.allclose((known @ known.T).toarray(), expected)


def test_rows_are_looked_at_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a block ends does not matter."""
    known = graph.build(Features.of([f"{row}" for row in range(200)], cloud(6, 200), 0.5), 7)
    whole = company.of_graph(known)
    monkeypatch.setattr(company, "_BLOCK", 33)
    assert (company.of_graph(known) != whole).nnz == 0
    assert np.diff(whole.tocsr().indptr).tolist() == [company.count(200)] * 200


def test_few_texts_have_no_company() -> None:
    """Where everybody is everybody's neighbour, sharing them says nothing."""
    assert (company.shared(np.ones((40, 40)), 40) == np.eye(40)).all()
    assert company.shared(np.zeros((0, 0)), 0).shape == (0, 0)


def test_a_part_of_many_texts_has_a_part_of_their_company() -> None:
    """A fifth of the texts holds a fifth of each text's neighbours."""
    features = Features.of([f"{row}" for row in range(400)], cloud(1, 400), 0.0)
    assert (company.shared(features.matrix(), 2000)[0] * 2).round(6).astype(int).max() == 2
    assert set((company.shared(features.matrix(), 2000) * 2).round(6).ravel()) == {0, 1, 2}


def test_identical_texts_are_one_neighbour() -> None:
    """Ten copies of a text do not push its other neighbours out of sight; an empty text is like no other."""
    texts = ["Same", *(f"text {row}" for row in range(60)), "same", "", "", " SAME"]
    same = company.alike(texts)
    assert [rows.tolist() for rows in same if len(rows) > 1] == [[0, 61, 64]]
    assert len(same) == 63
    found = company.of(Features.of(texts, cloud(2, len(texts)), 0.0), same, 5)
    assert found.company.shape == (len(texts), 63)
    assert (found.company[0] != found.company[64]).nnz == 0
    assert found.firsts.tolist() == [rows[0] for rows in same]


def test_a_stranger_keeps_the_company_of_those_that_it_is_nearest_to() -> None:
    """A message has no row of its own among the threads."""
    near = np.zeros((1, 90))
    near[0, [3, 70, 8]] = 0.9, 0.8, 0.7
    assert company.of_strangers(near).indices.tolist() == [3, 8, 70]
