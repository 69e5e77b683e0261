"""Whether a trained model finds better: what counts as sure, and what is asked of whom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tinymodel

from kbuilder import embedding
from kbuilder.config import EmbeddingRecipe
from kbuilder.embedding.trial import LOSS, Found, Trial
from kbuilder.index import Entry

ROWS = np.repeat(np.arange(60), 2)
"""Two probes of each of sixty threads."""


def found(gain: float, noise: float = 0.0, general: float = 1.0, rows: np.ndarray = ROWS) -> Found:
    """Ranks about .5, better by ``gain`` and scattered from thread to thread."""
    scatter = np.random.default_rng(1).normal(size=60)
    each = (scatter - scatter.mean())[rows % 60] * noise
    return Found(0.5 + gain + each, rows, general)


BEFORE = found(0)


@pytest.mark.parametrize(
    ("gain", "noise", "sure"), [(0.05, 0.1, True), (0.01, 0.1, False), (0, 0, False), (-0.05, 0, False)]
)
def test_a_gain_must_stand_out_from_chance(gain: float, noise: float, sure: bool) -> None:
    """Five hundredths where threads differ by ten: yes; one hundredth: no; nothing, or a loss: never."""
    assert found(gain, noise).surely_better(BEFORE) == sure


def test_probes_of_one_thread_are_no_proof_of_another() -> None:
    """What a single thread gains says nothing, however often it is asked for."""
    one = np.zeros(120, int)
    assert not found(0.3, rows=one).surely_better(found(0, rows=one))


def test_what_is_alike_must_stay_together() -> None:
    """However much is gained otherwise."""
    assert found(0.3, general=1 - LOSS).surely_better(BEFORE)
    assert not found(0.3, general=0.99 - LOSS).surely_better(BEFORE)


def test_of_many_that_are_alike_any_may_be_the_nearest(tmp_path: Path) -> None:
    """Apart they come where what asks something else steps between them."""
    encoder = embedding.load(EmbeddingRecipe(model=str(tinymodel.make(tmp_path / "model"))))
    assert encoder is not None
    titles = ("my lamp blinks red", "my lamp blinks red now", "the lamp is blinking red", "xyz 17")
    entries = tuple(Entry(id=f"forum:{row}", title=title, language="en") for row, title in enumerate(titles))
    vectors = encoder.encode(list(titles))
    nearest, other = 1 + np.argsort(-(vectors[1:] @ vectors[0]))[:2]
    for strange, general in ((False, 1.0), (True, 0.5)):
        among = np.zeros((1, 4), bool)
        among[0, nearest] = strange
        asked = Trial(entries, np.arange(4), titles, np.eye(4, dtype=bool), np.array([[0, other]]), among)
        assert asked.ranks([encoder, encoder]).general == general
