"""What strangers are like: against a loop over all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.candidates import background
from kbuilder.candidates.similarity import Features


def some(seed: int, size: int) -> tuple[Features, np.ndarray]:
    """Rows in up to four rough groups."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(size, 6))
    vectors = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    return Features.of([f"thing {row}" for row in range(size)], vectors, 0.3), rng.integers(0, 4, size)


@given(st.integers(0, 999), st.integers(1, 70))
@settings(max_examples=20, deadline=None)
def test_it_is_half_the_mean_of_the_nearest_strangers(seed: int, size: int) -> None:
    """Nobody of the own group counts; few strangers are filled up with what is usual."""
    features, labels = some(seed, size)
    near = features.matrix()
    found = background.of(features, labels, np.arange(size), 0.25)
    for row in range(size):
        strangers = sorted((near[row, other] for other in range(size) if labels[other] != labels[row]), reverse=True)
        seen = strangers[: background.REACH]
        expected = background.WEIGHT / 2 * (sum(seen) + 3 * 0.25) / (len(seen) + 3)
        assert found[row] == pytest.approx(expected, abs=1e-6)


def test_strangers_are_looked_for_among_some() -> None:
    """Rows that are not among them change nothing."""
    features, labels = some(3, 40)
    among = np.arange(20)
    whole = background.of(features, labels, among, 0.25)
    part = background.of(features.rows(among), labels[:20], among, 0.25)
    assert whole[:20].tolist() == part.tolist()
