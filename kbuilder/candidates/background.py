"""How near strangers come to a thread: what its neighbours beyond its own group are like.

Where everyone writes about one subject, threads on different problems are as alike as threads on one problem are
elsewhere. So each similarity is lowered by half of what is usual between the two threads and strangers. After the
cross-domain similarity local scaling of Conneau et al. (2018); a first, rough grouping says who is no stranger,
however large the groups are.
"""

from __future__ import annotations

import numpy as np

from kbuilder.candidates.similarity import Features

REACH = 30
"""Strangers that are looked at: the nearest."""
WEIGHT = 0.5
_BELIEF = 3
"""Few threads cannot tell: what is usual elsewhere weighs as much as so many strangers."""
_BLOCK = 512
"""Rows looked at together: so few that their likeness to all others fits the processor's cache."""
_NOBODY = -2.0


def of(features: Features, labels: np.ndarray, among: np.ndarray, usual: float) -> np.ndarray:
    """What is taken off each of a row's similarities: (features.size,) float64.

    Args:
        features: without a background.
        labels: (features.size,) the rough group of each row.
        among: rows among which strangers are looked for.
        usual: similarity to strangers where there are few.
    """
    others = features.rows(among)
    found = np.zeros(features.size)
    for start in range(0, features.size, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, features.size))
        found[rows] = between(features.rows(rows).against(others), labels[rows], labels[among], usual)
    return found


def between(near: np.ndarray, labels: np.ndarray, others: np.ndarray, usual: float) -> np.ndarray:
    """The same, of similarities that are known: (n,) float64.

    Args:
        near: (n, m) of rows to those among which strangers are looked for.
        labels, others: (n,) and (m,) the rough groups of both.
        usual: as above.
    """
    strange = np.where(labels[:, None] == others, _NOBODY, near)
    farther = max(strange.shape[1] - REACH, 0)
    if farther:
        strange.partition(farther, axis=1)
    nearest = strange[:, farther:]
    seen = nearest > _NOBODY
    # Sorted, so that the sum does not depend on how the nearest were found.
    total = np.sort(np.where(seen, nearest, 0.0), axis=1).sum(1)
    return np.asarray(WEIGHT / 2 * (total + _BELIEF * usual) / (seen.sum(1) + _BELIEF))
