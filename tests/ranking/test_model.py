"""Probabilities of plain parameters."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder import ranking
from kbuilder.errors import ModelError
from kbuilder.ranking import Evidence, Logistic

UNIT = st.floats(0, 1)


def evidence(question: float, answer: float, words: float, dense: bool = True) -> Evidence:
    def pair(first: float) -> np.ndarray:
        return np.array([first, 0.1])

    return Evidence(
        fused=pair(1.0),
        question=pair(question),
        answer=pair(answer),
        words=pair(words),
        characters=pair(words),
        coverage=pair(words),
        known=1.0,
        length=5,
        dense=dense,
    )


class Tree:
    def __init__(self, content: str) -> None:
        self.content = content

    def read(self, path: str) -> bytes | None:
        return self.content.encode() if path == "models/ranker.json" else None

    def list(self, prefix: str) -> list[str]:
        return []


def test_the_probability_is_the_logistic_of_the_weighted_features() -> None:
    """Standardised by mean and scale: 1 / (1 + exp(-(2 * (.8 - .5) / .1 - 1)))."""
    model = Logistic(names=("words",), means=(0.5,), scales=(0.1,), weights=(2,), intercept=-1, prior=0.5)
    assert model.probabilities(evidence(0, 0, 0.8), 1) == pytest.approx([1 / (1 + math.exp(-5))])


@given(UNIT, UNIT, UNIT, st.booleans())
def test_shipped_probabilities_are_probabilities(question: float, answer: float, words: float, dense: bool) -> None:
    """In [0, 1], one for each result."""
    found = ranking.load().probabilities(evidence(question, answer, words, dense), 3)
    assert found.shape == (2,)
    assert ((found >= 0) & (found <= 1)).all()


@given(UNIT, st.booleans())
def test_more_agreement_is_never_less_probable(words: float, dense: bool) -> None:
    """The question itself is surer than anything that has less of it; nothing in common is not believed."""
    ranker = ranking.load()
    best = ranker.probabilities(evidence(1.0, 0.6, 1.0, dense), 1)
    assert best >= ranker.probabilities(evidence(words, 0.6, words, dense), 1)
    assert ranker.probabilities(evidence(0.1, 0.1, 0.0, dense), 1) < 0.5
    assert best > 0.95


def test_a_languages_weights_are_its_own_or_those_of_any() -> None:
    """A region does not matter; outside English words and characters count for more."""
    ranker = ranking.load()
    assert ranker.weights("en-gb") == ranker.weights("en")
    assert ranker.weights("de") == ranker.weights("fi")
    assert ranker.weights("de")["characters"] > ranker.weights("en")["characters"]


@pytest.mark.parametrize("content", ["{}", "no json"])
def test_a_ranker_that_is_none_is_refused(content: str) -> None:
    """The error says which file, and the way out."""
    with pytest.raises(ModelError, match=r"models/ranker\.json"):
        ranking.load(Tree(content))


def test_unknown_features_are_refused() -> None:
    """A ranker of another version is not half-used."""
    shipped = json.loads(ranking.load().model_dump_json())
    shipped["dense"]["names"][0] = "horoscope"
    with pytest.raises(ModelError, match="horoscope"):
        ranking.load(Tree(json.dumps(shipped)))
