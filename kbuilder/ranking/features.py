"""What is known about a result, in figures that mean the same in every corpus.

Cosines and shares are taken as they are; a leg's own scale is not. How far a result stands out is measured
against the ten best others, not against the second alone: a forum has several threads on one problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

LEXICAL = (
    "words", "words_rest", "characters", "characters_near", "characters_rest", "texts", "texts_rest", "ngrams",
    "fused_lead", "fused_rest", "coverage", "known", "length", "agreed",
)  # fmt: skip
"""Features without a model."""
DENSE = (
    "question", "question_near", "question_lead", "question_rest", "solution_rest", "answers", "answers_rest",
    *LEXICAL,
)  # fmt: skip
"""Features with one."""
KINDS = {"lexical": LEXICAL, "dense": DENSE}
OTHERS = 10
NEAR = 0.05
"""What two texts differ by that are nearly the same: a title typed as it stands is surer than any likeness."""
LONG = 15
"""Words above which a question counts as no longer: the judged ones that the parameters know are short."""
_JUDGES = ("question", "solution", "answers", "words", "characters", "texts")
"""The legs that can agree on a result."""


@dataclass(frozen=True)
class Evidence:
    """What the legs say on one question's results, best first. Arrays of shape (n,)."""

    fused: np.ndarray
    """The score that orders them, in [0, 1]."""
    scores: Mapping[str, np.ndarray]
    """By leg; ``question`` is the better of title and title with body."""
    known: float
    """Share of the question's words that any entry has, by rarity."""
    length: int
    """Different words of the question."""
    kind: str
    """``lexical``, or ``dense`` where there are cosines."""


def features(evidence: Evidence, names: tuple[str, ...], top: int) -> np.ndarray:
    """The named features of the first ``top`` results: (min(top, n), names) float64."""
    count = min(top, len(evidence.fused))
    columns = [_column(evidence, name, count) for name in names]
    return np.stack([column.astype(np.float64) for column in columns], axis=1)


def _column(evidence: Evidence, name: str, count: int) -> np.ndarray:
    if name == "known":
        return np.full(count, evidence.known)
    if name == "length":
        return np.full(count, np.log1p(min(evidence.length, LONG)))
    if name == "agreed":
        return _agreed(evidence, count)
    leg, _, how = name.partition("_")
    scores = evidence.fused if leg == "fused" else evidence.scores[leg]
    if how == "near":
        return np.asarray(-np.log(1 + NEAR - np.clip(scores[:count], 0, 1)))
    return _above(scores, count, 1 if how == "lead" else OTHERS) if how else scores[:count]


def _agreed(evidence: Evidence, count: int) -> np.ndarray:
    """Share of the legs that hold a result to be the best of all."""
    asked = [evidence.scores[name] for name in _JUDGES if name in evidence.scores and evidence.scores[name].any()]
    best = np.array([scores[:count] >= scores.max() for scores in asked]).reshape(len(asked), count)
    return best.mean(0) if len(asked) else np.zeros(count)


def _above(scores: np.ndarray, count: int, others: int) -> np.ndarray:
    """How far each of the first ``count`` scores lies above the mean of the best others; itself if alone."""
    return np.array([scores[row] - _mean_of_best(np.delete(scores, row), others) for row in range(count)])


def _mean_of_best(scores: np.ndarray, count: int) -> float:
    best = np.sort(scores)[::-1][:count]
    return float(best.mean()) if len(best) else 0.0
