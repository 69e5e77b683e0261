"""Law 8: fusing costs at most .005 nDCG@10 against the best single leg, on any judged set; and much is found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kbuilder import embedding, ranking, suggest
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


def found_by(asked: judged.Judged, vectors: Vectors) -> dict[str, measures.Scored]:
    """What the mixture is worth, with its probabilities, and each leg that says something."""
    runs: dict[str, list[measures.Answered]] = {name: [] for name in ("fused", *LEGS)}
    ranker = ranking.load()
    for key, results in answers(asked, vectors, 200):
        sure = ranker.probabilities(results.evidence, 1)
        runs["fused"].append(measures.Answered(key, listed(results), float(sure[0]) if len(sure) else 0))
        for leg in LEGS:
            runs[leg].append(measures.Answered(key, by_leg(results, leg), 0))
    judgments: Mapping[str, Mapping[str, int]] = {key: dict.fromkeys(found, 1) for key, found in asked.right.items()}
    return {name: measures.Scored.of(run, judgments) for name, run in runs.items()}


def gains(found: Mapping[str, measures.Scored]) -> dict[str, float]:
    """nDCG@10 of each."""
    return {name: float(np.nanmean(scored.orders["nDCG@10"])) for name, scored in found.items()}


@pytest.mark.parametrize(
    ("name", "first", "covered"),
    [("stackfaq", 0.82, 0.75), ("covid-en", 0.6, 0.3), ("roboai-de", 0.5, 0), ("roboai-en", 0.55, 0.3)],
)
def test_words_are_never_worse_than_the_best_of_their_legs(name: str, first: float, covered: float) -> None:
    """Without a model. So many first results are right; of the surest questions, so many, nine in ten are."""
    found = found_by(some_of(name), Vectors(None))
    order = gains(found)
    assert order["fused"] >= max(order[leg] for leg in LEGS) - LOST
    figures = measures.values(found["fused"])
    assert figures["P@1"] >= first
    assert figures["coverage at .90"] >= covered


@pytest.mark.model
@pytest.mark.parametrize(("name", "first", "covered"), [("covid-en", 0.8, 0.7), ("roboai-de", 0.5, 0.1)])
def test_words_and_meaning_are_never_worse_than_the_best_of_their_legs(
    name: str, first: float, covered: float
) -> None:
    """With MiniLM."""
    found = found_by(some_of(name), Vectors(embedding.load(EmbeddingRecipe())))
    order = gains(found)
    assert min(order["title"], order["texts"]) > 0.5
    assert order["fused"] >= max(order[leg] for leg in LEGS) - LOST
    figures = measures.values(found["fused"])
    assert figures["P@1"] >= first
    assert figures["coverage at .90"] >= covered
