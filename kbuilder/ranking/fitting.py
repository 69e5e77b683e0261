"""Fitting the probability on judged cases, such that no set dominates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kbuilder.ranking.model import Logistic

STRENGTH = 0.03
"""The inverse of the penalty on weights: chosen for what holds on a set that was left out."""
_CASES = 2000
"""What a set counts for beside the penalty, however many cases it has."""


@dataclass(frozen=True)
class Cases:
    """First results of judged questions."""

    table: np.ndarray
    """(cases, features)."""
    right: np.ndarray
    """(cases,): 1 where the first result answers the question, else 0."""

    def __len__(self) -> int:
        return len(self.right)


def fit(sets: Mapping[str, Sequence[Cases]], names: Sequence[str]) -> Logistic:
    """A logistic regression in which each set weighs the same, and so does each variant within its set.

    Args:
        sets: by name, the cases of each variant of the set.
        names: of the features, in the order of the tables' columns.
    """
    from sklearn.linear_model import LogisticRegression

    parts = [(part, 1 / (len(part) * len(sets[name]))) for name in sorted(sets) for part in sets[name] if len(part)]
    table = np.concatenate([part.table for part, _ in parts])
    right = np.concatenate([part.right for part, _ in parts])
    weights = np.concatenate([np.full(len(part), weight) for part, weight in parts]) * _CASES
    means = np.average(table, axis=0, weights=weights)
    spread = np.sqrt(np.average((table - means) ** 2, axis=0, weights=weights))
    scales = np.where(spread > 0, spread, 1)
    model = LogisticRegression(C=STRENGTH, max_iter=2000, tol=1e-8)
    model.fit((table - means) / scales, right, sample_weight=weights)
    return Logistic(
        names=tuple(names),
        means=_rounded(means),
        scales=_rounded(scales),
        weights=_rounded(model.coef_[0]),
        intercept=round(float(model.intercept_[0]), 6),
        prior=round(float(np.average(right, weights=weights)), 6),
    )


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    """Six digits: more would differ between machines."""
    return tuple(float(f"{value:.6g}") for value in values)
