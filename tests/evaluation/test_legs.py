"""Law 8: fusing costs at most .005 nDCG@10 against the best single leg, on any judged set."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kbuilder import embedding, suggest
from kbuilder.config import EmbeddingRecipe
from kbuilder.evaluation import judged, measures
from kbuilder.evaluation.suggesting import Vectors, answers, listed

LOST = 0.005
LEGS = ("title", "body", "solution", "answers", "words", "characters", "texts", "ngrams")
QUESTIONS = 150


def some_of(name: str) -> judged.Judged:
    data = os.environ.get("KBUILDER_EVAL_DATA")
    if not data:
        pytest.skip("KBUILDER_EVAL_DATA is not set: it names the folder of the judged sets")
    whole = judged.read(Path(data) / name, "dev")
    chosen = judged.seeded([key for key, _ in whole.questions if key in whole.right], QUESTIONS)
    return replace(whole, questions=tuple(each for each in whole.questions if each[0] in chosen))


def by_leg(results: suggest.Results, leg: str) -> tuple[tuple[str, float], ...]:
    """The order of one leg alone; equal scores as the ids stand."""
    scores = results.legs.scores[leg]
    order = sorted(range(len(results)), key=lambda row: (-scores[row], results.id(row)))[:100]
    return tuple((results.id(row), float(scores[row])) for row in order)


def gains(asked: judged.Judged, vectors: Vectors) -> dict[str, float]:
    """nDCG@10 of the mixture and of each leg that says something."""
    runs: dict[str, list[measures.Answered]] = {name: [] for name in ("fused", *LEGS)}
    for key, results in answers(asked, vectors, 200):
        runs["fused"].append(measures.Answered(key, listed(results), 0))
        for leg in LEGS:
            runs[leg].append(measures.Answered(key, by_leg(results, leg), 0))
    judgments: Mapping[str, Mapping[str, int]] = {key: dict.fromkeys(found, 1) for key, found in asked.right.items()}
    scored = {name: measures.Scored.of(run, judgments).orders["nDCG@10"] for name, run in runs.items()}
    return {name: float(np.nanmean(found)) for name, found in scored.items()}


@pytest.mark.parametrize("name", ["stackfaq", "covid-en", "roboai-de", "roboai-en"])
def test_words_are_never_worse_than_the_best_of_their_legs(name: str) -> None:
    """Without a model."""
    found = gains(some_of(name), Vectors(None))
    assert found["fused"] > 0.6
    assert found["fused"] >= max(found[leg] for leg in LEGS) - LOST


@pytest.mark.model
def test_words_and_meaning_are_never_worse_than_the_best_of_their_legs() -> None:
    """With MiniLM; on a set in English the mixture beats each, as ``test_suggesting`` shows."""
    found = gains(some_of("roboai-de"), Vectors(embedding.load(EmbeddingRecipe())))
    assert min(found["title"], found["texts"]) > 0.5
    assert found["fused"] >= max(found[leg] for leg in LEGS) - LOST
