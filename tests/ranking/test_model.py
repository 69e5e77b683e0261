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
KINDS = ("lexical", "dense")


def evidence(question: float, answer: float, words: float, kind: str = "dense") -> Evidence:
    def pair(first: float) -> np.ndarray:
        return np.array([first, 0.1])

    legs = {"question": question, "solution": question, "answers": answer}
    legs |= dict.fromkeys(("words", "characters", "texts", "ngrams", "coverage"), words)
    scores = {leg: pair(value) for leg, value in legs.items()}
    return Evidence(fused=pair(1.0), scores=scores, known=1.0, length=5, kind=kind)


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


@given(UNIT, UNIT, UNIT, st.sampled_from(KINDS))
def test_shipped_probabilities_are_probabilities(question: float, answer: float, words: float, kind: str) -> None:
    """In [0, 1], one for each result."""
    found = ranking.load().probabilities(evidence(question, answer, words, kind), 3)
    assert found.shape == (2,)
    assert ((found >= 0) & (found <= 1)).all()


@given(UNIT, st.sampled_from(KINDS))
def test_more_agreement_is_never_less_probable(words: float, kind: str) -> None:
    """The question itself is surer than anything that has less of it; nothing in common is not believed."""
    ranker = ranking.load()
    best = ranker.probabilities(evidence(1.0, 0.6, 1.0, kind), 1)
    assert best >= ranker.probabilities(evidence(words, 0.6, words, kind), 1)
    assert ranker.probabilities(evidence(0.1, 0.1, 0.0, kind), 1) < 0.5
    assert best > 0.95


def test_a_bar_is_that_of_the_next_measured_precision() -> None:
    """Above what was measured, the wanted precision itself, but nothing that is less sure than the highest bar."""
    plain = ranking.load()
    model = plain.dense.model_copy(update={"bars": ((0.8, 0.6), (0.9, 0.96))})
    ranker = plain.model_copy(update={"dense": model})
    assert [ranker.bar("dense", wanted) for wanted in (0.7, 0.8, 0.85, 0.9, 0.95, 0.97)] == [
        0.6, 0.6, 0.96, 0.96, 0.96, 0.97,
    ]  # fmt: skip
    assert plain.bar("dense", 0.85) == 0.85


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
