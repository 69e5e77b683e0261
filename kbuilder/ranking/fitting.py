"""Fitting the probability on judged cases, such that no set dominates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kbuilder.ranking.model import Logistic

STRENGTH = 0.03
"""The inverse of the penalty on weights: chosen for what holds on a set that was left out."""
_SLOPE, _SHIFT, _OWN = 0.5, 1.5, 0.15
"""How far slope, shift and weights are expected to move for a knowledge base: standard deviations."""
_CASES = 2000
"""What a set counts for beside the penalty, however many cases it has."""

WANTED = (0.8, 0.9, 0.95)
"""The precisions that bars are fitted for."""
CONFIDENCE = 0.95
_STARTS = (0.01, 0.04, 0.16, 0.64)
"""Shares of the cases from which the search begins: one that is wrong among the very surest does not end it."""
_GROWTH = 1.1


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


def adjusted(model: Logistic, cases: Cases) -> Logistic:
    """Parameters that fit a knowledge base's own judgments, near the given ones where these say little.

    The logit becomes ``slope * logit + shift + own weights``; slope, shift and weights have normal priors around
    what changes nothing (maximum a posteriori), so that a hundred cases move the first two, and thousands all.
    """
    from scipy.optimize import minimize

    if not len(cases):
        return model
    standard = (cases.table - np.array(model.means)) / np.array(model.scales)
    before = standard @ np.array(model.weights) + model.intercept
    sides = 2 * cases.right - 1

    spread = np.concatenate([[_SLOPE, _SHIFT], np.full(standard.shape[1], _OWN)])
    columns = np.column_stack([before, np.ones(len(before)), standard]) * spread

    def loss(moves: np.ndarray) -> tuple[float, np.ndarray]:  # in standard deviations: all moves weigh the same
        logits = sides * (before + columns @ moves)
        wrong = sides * np.exp(-np.logaddexp(0, logits))
        return float(np.logaddexp(0, -logits).sum() + moves @ moves / 2), moves - columns.T @ wrong

    found = minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B").x * spread
    slope, shift, own = 1 + found[0], found[1], found[2:]
    return model.model_copy(
        update={
            "weights": _rounded(slope * np.array(model.weights) + own),
            "intercept": round(float(slope * model.intercept + shift), 6),
            "prior": round(float(np.clip(cases.right.mean(), 0.01, 0.99)), 6),
        }
    )


def bars(chances: np.ndarray, right: np.ndarray, wanted: Sequence[float] = WANTED) -> tuple[tuple[float, float], ...]:
    """For each wanted precision the lowest probability from which on cases keep it, for sure; none where none does.

    From several starts ever more of the surest cases are looked at, until the lower confidence bound of their
    precision (Clopper and Pearson 1934) falls below what is wanted. Since a bar stands only if all that were looked
    at before it do, looking often costs no confidence; the starts share it (fixed sequence testing with several
    starts: Angelopoulos and others, "Learn then Test", 2021).

    Args:
        chances: that each case is right, by parameters that have not seen it.
        right: whether it was.
    """
    found = []
    for precision in sorted(wanted):
        order = np.argsort(-chances, kind="stable")
        bar = _bar(chances[order], np.cumsum(right[order]), precision)
        if bar is not None:
            found.append((precision, bar))
    return tuple(found)


def _bar(chances: np.ndarray, right: np.ndarray, precision: float) -> float | None:
    """Probabilities from the highest down, and how many of the cases so far were right."""
    doubt = (1 - CONFIDENCE) / len(_STARTS)
    fewest = np.ceil(np.log(doubt) / np.log(precision))  # fewer say too little, even if all are right
    starts = sorted({max(fewest, share * len(chances)) for share in _STARTS})
    return min((bar for start in starts for bar in _kept(chances, right, precision, start, doubt)), default=None)


def _kept(chances: np.ndarray, right: np.ndarray, precision: float, size: float, doubt: float) -> Iterator[float]:
    """The bars that hold from the first ``size`` cases on, until one does not."""
    from scipy.stats import beta

    while size <= len(chances):
        count = int(np.searchsorted(-chances, -chances[int(size) - 1], side="right"))  # equal ones stand together
        good = int(right[count - 1])
        if not (good and beta.ppf(doubt, good, count - good + 1) >= precision):
            return
        yield float(np.floor(chances[count - 1] * 1e4) / 1e4)
        size = max(size * _GROWTH, count + 1)


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    """Six digits: more would differ between machines."""
    return tuple(float(f"{value:.6g}") for value in values)
