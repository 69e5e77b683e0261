"""Fusion: each leg between its worst and its best, by its share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.index.fusion import fuse, minmax

SCORES = st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=8)


def test_legs_count_by_their_shares() -> None:
    """.75 of the one and .25 of the other, each from 0 to 1."""
    legs = {"a": np.array([0, 5, 10]), "b": np.array([3, 3.5, 2.5])}
    assert fuse(legs, {"a": 0.75, "b": 0.25}) == pytest.approx([0.125, 0.625, 0.75])


def test_a_leg_that_is_missing_leaves_its_share_to_the_others() -> None:
    """The score still reaches 1."""
    assert fuse({"a": np.array([1.0, 2.0])}, {"a": 0.2, "b": 0.8}).tolist() == [0, 1]


@given(SCORES)
def test_minmax_keeps_the_order(scores: list[float]) -> None:
    """From 0 to 1, never turned round; equal scores say nothing."""
    found = minmax(np.array(scores, np.float32))
    assert all(0 <= each <= 1 for each in found)
    assert all(found[a] <= found[b] for a in range(len(scores)) for b in range(len(scores)) if scores[a] <= scores[b])
    assert found.max() == (0 if len({*scores}) == 1 else 1)


def test_no_results_fuse_to_none() -> None:
    """An empty index is fine."""
    assert len(fuse({"a": np.zeros(0)}, {"a": 1})) == 0
