"""The nearest others, against all cosines: exactly where all are compared, and nearly all of them in cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.index import neighbours, vectors


def groups(rows: int, seed: int = 0, dimension: int = 24) -> np.ndarray:
    """Vectors of length 1, in small groups about one mean."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(rows // 10 + 1, dimension)) + 0.5 * chance.normal(size=dimension)
    found = centres[np.arange(rows) % len(centres)] + 0.7 * chance.normal(size=(rows, dimension))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def cosines(matrix: np.ndarray) -> np.ndarray:
    """Of all pairs, a row with itself as nothing."""
    found = matrix.astype(np.float64) @ matrix.T.astype(np.float64)
    np.fill_diagonal(found, -2)
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 150), st.integers(1, 12), st.booleans())
def test_among_all_they_are_the_nearest_others(rows: int, k: int, twice: bool) -> None:
    """Never the row itself, even where it has duplicates."""
    matrix = np.concatenate([groups(rows)] * (1 + twice))
    scores, found = neighbours.neighbours(matrix, k)
    exact = cosines(matrix)
    assert found.shape == (len(matrix), max(0, min(k, len(matrix) - 1)))
    for row in range(len(matrix)):
        assert row not in found[row]
        assert scores[row] == pytest.approx(np.sort(exact[row])[::-1][: found.shape[1]], abs=1e-5)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99), st.integers(1, 12))
def test_cells_that_are_all_looked_at_miss_nobody(seed: int, k: int) -> None:
    """The same cosines as among all, nearest first; the rows have these cosines."""
    matrix = groups(300, seed)
    matrix[7] = matrix[200]
    scores, found = neighbours.in_cells(matrix, k, size=20, looked_at=99)
    assert scores == pytest.approx(neighbours.among_all(matrix, k)[0], abs=1e-5)
    assert np.take_along_axis(cosines(matrix), found.astype(np.int64), 1) == pytest.approx(scores, abs=1e-5)


def test_a_few_cells_hold_nearly_all_of_the_nearest() -> None:
    """Of 3,000 rows a fifth is looked at; random rows as many would hold a fifth of the nearest."""
    matrix = groups(3000)
    exact = neighbours.among_all(matrix, 10)[0][:, -1:] - 1e-5
    assert (neighbours.in_cells(matrix, 10, size=100, looked_at=6)[0] >= exact).mean() > 0.75


def test_the_order_of_rows_does_not_matter() -> None:
    """Each row has the same neighbours wherever it stands."""
    matrix = groups(400, 3)
    order = np.random.default_rng(1).permutation(len(matrix))
    scores, found = neighbours.in_cells(matrix, 5, size=40, looked_at=3)
    mixed_scores, mixed = neighbours.in_cells(matrix[order], 5, size=40, looked_at=3)
    assert mixed_scores == pytest.approx(scores[order], abs=1e-6)
    assert (order[mixed] == found[order]).mean() > 0.99  # equal to the last bit but for cosines that are equal


def test_who_is_compared_with_too_few_is_their_own_neighbour_at_no_cosine() -> None:
    """So many columns as were asked for."""
    scores, found = neighbours.in_cells(groups(30), 40, size=10, looked_at=2)
    missing = np.isneginf(scores)
    assert missing.any()
    assert not missing[:, 0].any()
    assert (found[missing] == np.nonzero(missing)[0]).all()


def test_many_rows_are_compared_in_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the number up to which all are; near copies lie in one cell and are found."""
    monkeypatch.setattr(vectors, "EXACT", 100)
    matrix = np.repeat(groups(100), 25, axis=0)
    scores, found = neighbours.neighbours(matrix, 3)
    assert scores == pytest.approx(np.ones((len(matrix), 3)), abs=1e-5)
    assert (found != np.arange(len(matrix))[:, None]).all()
    assert found.dtype == np.int32
