"""Legs of different scales as one score: a convex combination of what each says between its worst and its best.

Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023). How much words count beside
meaning differs between archives and languages. An archive tells it by itself: a sentence of an answer is a question
in other words than the title's, and must find its own thread.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

WORDS = {"texts": 0.2, "characters": 0.4, "ngrams": 0.1, "words": 0.3}
"""Shares of the lexical legs among themselves, with a model and without."""
SOLUTION, ANSWERS = 0.25, 0.18
"""Shares of title with accepted answer, and of the best answer, among the dense legs; the question has the rest."""
USUAL = np.array([0.42, 0.42, 0.16])
"""Shares of title, title with body, and words before anything was learnt."""
_SURE = 10.0
"""How steeply the score is held to part right from wrong before anything was learnt."""
_DOUBT = 0.02
"""What it costs to depart from that: some thirty sentences outweigh it."""


def minmax(scores: np.ndarray) -> np.ndarray:
    """Scores from 0 (the worst) to 1 (the best); all 0 where they are equal."""
    exact = scores.astype(np.float64)
    low, high = exact.min(initial=np.inf), exact.max(initial=-np.inf)
    return (exact - low) / (high - low) if high > low else np.zeros(len(exact))


def fuse(legs: Mapping[str, np.ndarray], weights: Mapping[str, float]) -> np.ndarray:
    """One score in [0, 1] from the legs that there are; their weights are scaled to a sum of 1."""
    names = sorted(name for name in legs if weights.get(name))
    total = sum(weights[name] for name in names)
    first = next(iter(legs.values()))
    return sum((weights[name] / total * minmax(legs[name]) for name in names), np.zeros(len(first)))


def weights(shares: np.ndarray, dense: bool) -> dict[str, float]:
    """The share of each leg in the score.

    Args:
        shares: of title, title with body, and words, as :func:`learnt` gives them.
        dense: there are vectors.
    """
    if not dense:
        return dict(WORDS)
    said = float(shares[2])
    question = shares[:2] / max(float(shares[:2].sum()), 1e-9) * (1 - SOLUTION - ANSWERS)
    fields = {"title": question[0], "body": question[1], "solution": SOLUTION, "answers": ANSWERS}
    return {
        **{name: float((1 - said) * share) for name, share in fields.items()},
        **{name: said * share for name, share in WORDS.items()},
    }


def taught(shares: np.ndarray) -> np.ndarray:
    """Shares where the model was adapted to the archive: the odds against words count twice.

    Its vectors say what the general ones say, and what the archive taught them; the archive's own sentences, which it
    was taught, can no longer tell how much.
    """
    said = float(shares[2])
    lexical = said**2 / (said**2 + (1 - said) ** 2)
    question = shares[:2] / max(float(shares[:2].sum()), 1e-9) * (1 - lexical)
    return np.array([*question, lexical])


def learnt(probes: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Shares of title, title with body, and words with which sentences best find their own entries: (3,), sum 1.

    Those of highest posterior probability in a model that picks an entry by the exponential of its score.

    Args:
        probes: (sentences, entries, 3) float, each leg between its worst and its best.
        own: the entry of each sentence.
    """
    from scipy.optimize import minimize

    usual = USUAL * _SURE

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        logits = probes @ values
        logits -= logits.max(1, keepdims=True)
        chances = np.exp(logits)
        chances /= chances.sum(1, keepdims=True)
        places = np.arange(len(own))
        expected = np.einsum("se,sel->l", chances, probes) - probes[places, own].sum(0)
        cost = -float(np.log(np.maximum(chances[places, own], 1e-12)).sum())
        return cost + _DOUBT * float(((values - usual) ** 2).sum()), expected + 2 * _DOUBT * (values - usual)

    found = minimize(loss, usual, jac=True, method="L-BFGS-B", bounds=[(0, None)] * 3).x
    return np.round(found / found.sum(), 2) if found.sum() > 0 else USUAL
