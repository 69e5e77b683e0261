"""Vector search is exact: each result is compared with sorting all cosines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.index import vectors


def unit(rows: int, seed: int = 0, dimension: int = 8) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(1, 50), st.integers(0, 3))
def test_search_finds_what_sorting_finds(rows: int, k: int, seed: int) -> None:
    """As many as there are, nearest first, each with its cosine."""
    matrix, queries = unit(rows, seed), unit(3, seed + 100)
    scores, found = vectors.search(matrix, queries, k)
    exact = queries @ matrix.T
    assert scores.shape == found.shape == (3, min(k, rows))
    for row in range(3):
        assert scores[row] == pytest.approx(np.sort(exact[row])[::-1][:k], abs=1e-5)
        assert exact[row, found[row]] == pytest.approx(scores[row], abs=1e-5)
        assert len({*found[row].tolist()}) == len(found[row])


def test_equal_cosines_stand_in_the_order_of_rows() -> None:
    """Duplicates do not change places."""
    matrix = np.repeat(unit(2), 3, axis=0)
    _, found = vectors.search(matrix, matrix[:1], 6)
    assert found[0].tolist() == [0, 1, 2, 3, 4, 5]


def test_a_zero_vector_is_like_nothing() -> None:
    """Its cosine is 0."""
    scores, _ = vectors.search(np.zeros((2, 8), np.float32), unit(1), 2)
    assert scores.tolist() == [[0, 0]]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 30), st.integers(1, 12), st.booleans())
def test_neighbours_are_the_nearest_others(rows: int, k: int, twice: bool) -> None:
    """Never the row itself, even where it has duplicates."""
    matrix = np.concatenate([unit(rows), unit(rows)]) if twice else unit(rows)
    scores, found = vectors.neighbours(matrix, k)
    exact = matrix @ matrix.T
    np.fill_diagonal(exact, -2)
    assert found.shape == (len(matrix), max(0, min(k, len(matrix) - 1)))
    for row in range(len(matrix)):
        assert row not in found[row]
        assert scores[row] == pytest.approx(np.sort(exact[row])[::-1][: found.shape[1]], abs=1e-5)


def test_an_entry_is_as_near_as_its_nearest_vector() -> None:
    """Of several vectors the best counts; an entry without any has 0."""
    matrix = unit(5)
    field = vectors.Field.of(matrix, [2, 0, 3])
    exact = matrix @ matrix[3]
    found = field.best(matrix[3], np.array([0, 1, 2]))
    assert found == pytest.approx([exact[:2].max(), 0, 1], abs=1e-6)
    assert field.nearest(matrix[3], 1).tolist() == [2]
