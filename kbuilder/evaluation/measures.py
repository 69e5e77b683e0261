"""Figures on ranked results and probabilities. All lie in [0, 1]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True)
class Answered:
    """One question's results, best first, and how sure the first one is held to be."""

    id: str
    results: tuple[tuple[str, float], ...]
    """Entry and score."""
    probability: float
    """That the first result answers; 0 where there is none."""


def first_right(answered: Answered, right: Set[str]) -> bool:
    return bool(answered.results) and answered.results[0][0] in right


def measures(run: Sequence[Answered], right: Mapping[str, frozenset[str]], pooled: bool = False) -> dict[str, float]:
    """All figures on a run. Orders are judged on the questions that have an answer, probabilities on all.

    Args:
        right: by question, the entries that answer it.
        pooled: MAP counts a question without an answer as 0, as was done where judgments were pooled.
    """
    answerable = [each for each in run if right.get(each.id)]
    gains = [_gains(each, right[each.id]) for each in answerable]
    counts = [len(right[each.id]) for each in answerable]
    sure = np.array([each.probability for each in run])
    first = np.array([first_right(each, right.get(each.id, frozenset())) for each in run])
    has = np.array([bool(right.get(each.id)) for each in run])
    precise = [_average_precision(*case) for case in zip(gains, counts, strict=True)]
    return {
        "questions": float(len(run)),
        "answerable": float(has.mean()) if len(run) else 0.0,
        "P@1": _mean([float(each[:1].sum()) for each in gains]),
        "MRR": _mean([_reciprocal(each) for each in gains]),
        "MAP": _mean(precise + [0.0] * (len(run) - len(answerable)) * pooled),
        "nDCG@10": _mean([_ndcg(*case) for case in zip(gains, counts, strict=True)]),
        "AUROC first right": auroc(first, sure),
        "AUROC has answer": auroc(has, sure),
        "coverage at .90": coverage(first, sure, 0.9),
        "coverage at .95": coverage(first, sure, 0.95),
        "ECE": calibration_error(first, sure),
    }


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _gains(answered: Answered, right: Set[str]) -> np.ndarray:
    return np.array([entry in right for entry, _ in answered.results], np.float64)


def _reciprocal(gains: np.ndarray) -> float:
    found = np.flatnonzero(gains)
    return 1 / (1 + float(found[0])) if len(found) else 0.0


def _average_precision(gains: np.ndarray, count: int) -> float:
    """What was not found counts as 0, so that scikit-learn's figure is taken down by its share."""
    from sklearn.metrics import average_precision_score

    if not gains.any():
        return 0.0
    return float(average_precision_score(gains, -np.arange(len(gains)))) * float(gains.sum()) / count


def _ndcg(gains: np.ndarray, count: int, k: int = 10) -> float:
    from sklearn.metrics import dcg_score

    found, ideal = np.zeros(max(len(gains), count, 2)), np.zeros(max(len(gains), count, 2))
    found[: len(gains)] = gains
    ideal[:count] = 1
    places = -np.arange(len(found), dtype=np.float64)[None]
    return float(dcg_score(found[None], places, k=k) / dcg_score(ideal[None], places, k=k))


def auroc(truth: np.ndarray, sure: np.ndarray) -> float:
    """How often the probability puts a true case before a false one; NaN where all cases are alike."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, sure)) if truth.any() and not truth.all() else float("nan")


def coverage(truth: np.ndarray, sure: np.ndarray, precision: float) -> float:
    """The largest share of questions that one threshold lets through at this precision or more.

    Questions of one probability pass together: no threshold parts them.
    """
    order = np.argsort(-sure, kind="stable")
    passed = np.arange(1, len(order) + 1)
    precise = np.cumsum(truth[order]) / passed >= precision
    last_of_its_kind = np.append(np.diff(sure[order]) != 0, True) if len(order) else np.zeros(0, bool)
    reached = passed[precise & last_of_its_kind]
    return float(reached[-1]) / len(order) if len(reached) else 0.0


def calibration_error(truth: np.ndarray, sure: np.ndarray) -> float:
    """Expected calibration error over bins of equal width (Naeini, Cooper and Hauskrecht 2015)."""
    if not len(sure):
        return float("nan")
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    sizes = np.bincount(bins, minlength=BINS)
    gaps = np.abs(np.bincount(bins, sure, BINS) - np.bincount(bins, truth.astype(float), BINS))
    return float(gaps[sizes > 0].sum() / len(sure))
