"""Legs of different scales as one score: a convex combination of what each says between its worst and its best.

Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


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
