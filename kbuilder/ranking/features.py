"""What is known about a result, in figures that mean the same in every corpus.

Cosines and shares are taken as they are; a leg's own scale is not. How far a result stands out is measured
against the ten best others, not against the second alone: a forum has several threads on one problem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEXICAL = ("words", "words_rest", "characters", "fused_lead", "fused_rest", "coverage", "known", "length")
"""Features without a model."""
DENSE = ("question", "question_lead", "question_rest", "answer", "answer_rest", *LEXICAL)
"""Features with one."""
OTHERS = 10
LONG = 15
"""Words above which a question counts as no longer: the judged ones that the parameters know are short."""


@dataclass(frozen=True)
class Evidence:
    """What the legs say on one question's results, best first. Arrays of shape (n,)."""

    fused: np.ndarray
    """The score that orders them, in [0, 1]."""
    question: np.ndarray
    """Cosine with the result's question."""
    answer: np.ndarray
    """Cosine with its best answer; 0 where there is none."""
    words: np.ndarray
    """BM25 as share of what the question could reach."""
    characters: np.ndarray
    """Cosine of character n-grams."""
    coverage: np.ndarray
    """Share of the question's words that the result has, by rarity."""
    known: float
    """Share of the question's words that any entry has, by rarity."""
    length: int
    """Different words of the question."""
    dense: bool
    """There are cosines."""


def features(evidence: Evidence, names: tuple[str, ...], top: int) -> np.ndarray:
    """The named features of the first ``top`` results: (min(top, n), names) float64."""
    count = min(top, len(evidence.fused))
    columns = {
        "question": evidence.question[:count],
        "question_lead": _above(evidence.question, count, 1),
        "question_rest": _above(evidence.question, count, OTHERS),
        "answer": evidence.answer[:count],
        "answer_rest": _above(evidence.answer, count, OTHERS),
        "words": evidence.words[:count],
        "words_rest": _above(evidence.words, count, OTHERS),
        "characters": evidence.characters[:count],
        "fused_lead": _above(evidence.fused, count, 1),
        "fused_rest": _above(evidence.fused, count, OTHERS),
        "coverage": evidence.coverage[:count],
        "known": np.full(count, evidence.known),
        "length": np.full(count, np.log1p(min(evidence.length, LONG))),
    }
    return np.stack([columns[name].astype(np.float64) for name in names], axis=1)


def _above(scores: np.ndarray, count: int, others: int) -> np.ndarray:
    """How far each of the first ``count`` scores lies above the mean of the best others; itself if alone."""
    return np.array([scores[row] - _mean_of_best(np.delete(scores, row), others) for row in range(count)])


def _mean_of_best(scores: np.ndarray, count: int) -> float:
    best = np.sort(scores)[::-1][:count]
    return float(best.mean()) if len(best) else 0.0
