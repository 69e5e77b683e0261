"""Fusion: each leg between its worst and its best, by its share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.index.fusion import USUAL, fuse, learnt, minmax, taught, weights

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


def probes(good: int, count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Sentences whose own entry one of the legs knows, while the others guess."""
    chance = np.random.default_rng(1)
    own = chance.integers(10, size=count)
    legs = chance.random((count, 10, 3))
    legs[np.arange(count), own, good] = 1.5
    return legs, own


@pytest.mark.parametrize("good", [0, 1, 2])
def test_the_leg_that_finds_gets_the_weight(good: int) -> None:
    """Two hundred sentences outweigh what is usual; none leave it."""
    shares = learnt(*probes(good))
    assert shares.argmax() == good
    assert shares[good] > 0.8
    assert learnt(np.zeros((0, 10, 3)), np.zeros(0, int)) == pytest.approx(USUAL, abs=0.01)


@pytest.mark.parametrize("dense", [False, True])
def test_weights_are_shares(dense: bool) -> None:
    """Their sum is 1; without a model words have it all."""
    found = weights(np.array([0.4, 0.3, 0.3]), dense)
    assert sum(found.values()) == pytest.approx(1)
    words = sum(share for name, share in found.items() if name in ("words", "texts", "ngrams", "characters"))
    assert words == pytest.approx(0.3 if dense else 1)


def test_words_count_for_less_beside_a_model_that_knows_the_archive() -> None:
    """Odds of 3 to 7 become 9 to 49; titles and bodies share the rest as before."""
    found = taught(np.array([0.4, 0.3, 0.3]))
    assert found[2] == pytest.approx(9 / (9 + 49), abs=1e-3)
    assert found.sum() == pytest.approx(1)
    assert found[0] / found[1] == pytest.approx(4 / 3, abs=1e-2)
