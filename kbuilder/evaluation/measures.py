"""Figures on ranked results and probabilities, each with the interval that chance leaves it. All lie in [0, 1].

Orders are measured by ``ir_measures``, what parts right from wrong by scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

BINS = 10
RESAMPLES = 500
CERTAIN = 0.95
"""Of the resampled figures, the share that an interval holds."""
ASKED = (0.9, 0.95)
"""The precisions at which coverage is told."""

Judgments = Mapping[str, Mapping[str, int]]
"""By question, each judged entry and how well it answers: above 0 is right."""


@dataclass(frozen=True)
class Answered:
    """One question's results, best first, and how sure the first one is held to be."""

    id: str
    results: tuple[tuple[str, float], ...]
    """Entry and score."""
    probability: float
    """That the first result answers; 0 where there is none."""


@dataclass(frozen=True)
class Figure:
    """A figure, and the interval in which it would lie for most other questions of the same kind."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Scored:
    """What a run is worth, question by question: arrays of one length, in the order of the run."""

    sure: np.ndarray
    first: np.ndarray
    """Whether the first result is right."""
    has: np.ndarray
    """Whether the corpus answers the question at all."""
    orders: Mapping[str, np.ndarray]
    """``P@1, MRR, MAP, nDCG@10``; NaN for a question that has no answer."""
    pooled: bool
    """MAP counts a question without an answer as 0, as was done where judgments were pooled."""

    @classmethod
    def of(cls, run: Sequence[Answered], judgments: Judgments, pooled: bool = False) -> Self:
        has = np.array([bool(right(judgments, each.id)) for each in run], bool)
        first = np.array([first_right(each, right(judgments, each.id)) for each in run], bool)
        sure = np.array([each.probability for each in run], np.float64)
        return cls(sure, first, has, _orders(run, judgments), pooled)

    def __len__(self) -> int:
        return len(self.sure)

    def taken(self, rows: np.ndarray) -> Self:
        orders = {name: values[rows] for name, values in self.orders.items()}
        return replace(self, sure=self.sure[rows], first=self.first[rows], has=self.has[rows], orders=orders)


def right(judgments: Judgments, question: str) -> frozenset[str]:
    """The entries that answer a question."""
    return frozenset(entry for entry, score in judgments.get(question, {}).items() if score > 0)


def first_right(answered: Answered, answers: frozenset[str]) -> bool:
    return bool(answered.results) and answered.results[0][0] in answers


def falling(scores: Sequence[float]) -> list[float]:
    """Scores of results, best first, to six digits, each below the one before: equal ones keep their order."""
    found: list[float] = []
    for score in scores:
        rounded = round(float(score), 6)
        found.append(min(rounded, round(found[-1] - 1e-6, 6)) if found else rounded)
    return found


def _orders(run: Sequence[Answered], judgments: Judgments) -> dict[str, np.ndarray]:
    import ir_measures
    from ir_measures import AP, RR, P, nDCG

    names = {P @ 1: "P@1", RR: "MRR", AP: "MAP", nDCG @ 10: "nDCG@10"}
    place = {each.id: row for row, each in enumerate(run)}
    answerable = {each.id: dict(judgments[each.id]) for each in run if right(judgments, each.id)}
    values = {
        name: np.array([0.0 if each.id in answerable else np.nan for each in run], np.float64)
        for name in names.values()
    }
    listed = {
        each.id: dict(zip((entry for entry, _ in each.results), falling([s for _, s in each.results]), strict=True))
        for each in run
        if each.id in answerable and each.results
    }
    if listed:
        for found in ir_measures.iter_calc([*names], answerable, listed):
            values[names[found.measure]][place[found.query_id]] = found.value
    return values


def values(scored: Scored) -> dict[str, float]:
    """The figures alone: intervals take time."""
    return {name: measure(scored) if len(scored) else float("nan") for name, measure in measures().items()}


def figures(scored: Scored) -> dict[str, Figure]:
    """All figures on a run. Orders are judged on the questions that have an answer, probabilities on all.

    ``ECE if perfect`` is the calibration error that probabilities without any fault would show on as many questions.
    """
    found = {name: interval(scored, measure) for name, measure in measures().items()}
    return {**found, "ECE if perfect": perfect_error(scored.sure)}


def measures() -> dict[str, Callable[[Scored], float]]:
    """What each figure is."""
    orders = {name: _order(name) for name in ("P@1", "MRR", "MAP", "nDCG@10")}
    coverages = {f"coverage at {asked:.2f}".replace(" 0", " "): _coverage(asked) for asked in ASKED}
    return {
        **orders,
        "AUROC first right": lambda scored: auroc(scored.first, scored.sure),
        "AUROC has answer": lambda scored: auroc(scored.has, scored.sure),
        **coverages,
        "ECE": lambda scored: calibration_error(scored.first, scored.sure),
    }


def _order(name: str) -> Callable[[Scored], float]:
    def mean(scored: Scored) -> float:
        values = scored.orders[name]
        counted = np.nan_to_num(values) if scored.pooled and name == "MAP" else values[scored.has]
        return float(counted.mean()) if len(counted) else float("nan")

    return mean


def _coverage(asked: float) -> Callable[[Scored], float]:
    return lambda scored: coverage(scored.first, scored.sure, asked)


def interval(scored: Scored, measure: Callable[[Scored], float], resamples: int = RESAMPLES) -> Figure:
    """A figure and its bootstrap interval (percentiles), the same for the same run."""
    value = measure(scored) if len(scored) else float("nan")
    if np.isnan(value):
        return Figure(value, value, value)
    chance = np.random.default_rng(0)
    drawn = [measure(scored.taken(chance.integers(len(scored), size=len(scored)))) for _ in range(resamples)]
    low, high = np.nanquantile(drawn, [(1 - CERTAIN) / 2, (1 + CERTAIN) / 2])
    return Figure(value, float(low), float(high))


def auroc(truth: np.ndarray, sure: np.ndarray) -> float:
    """How often the probability puts a true case before a false one; NaN where all cases are alike.

    By ranks (Mann and Whitney 1947): scikit-learn gives the same, in a time that a bootstrap feels.
    """
    from scipy.stats import rankdata

    right = np.count_nonzero(truth)
    if right in (0, len(truth)):
        return float("nan")
    above = rankdata(sure)[truth.astype(bool)].sum() - right * (right + 1) / 2
    return float(above / (right * (len(truth) - right)))


def coverage(truth: np.ndarray, sure: np.ndarray, precision: float) -> float:
    """The largest share of questions that one threshold lets through at this precision or more.

    Questions of one probability pass together: no threshold parts them.
    """
    precise, passed = curve(truth, sure)
    reached = passed[precise >= precision]
    return float(reached[-1]) if len(reached) else 0.0


def curve(truth: np.ndarray, sure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Precision and share of questions shown for each threshold that parts them, the highest first."""
    order = np.argsort(-sure, kind="stable")
    passed = np.arange(1, len(order) + 1)
    last_of_its_kind = np.append(np.diff(sure[order]) != 0, True) if len(order) else np.zeros(0, bool)
    precise = np.cumsum(truth[order]) / passed
    return precise[last_of_its_kind], passed[last_of_its_kind] / max(len(order), 1)


@dataclass(frozen=True)
class Bins:
    """Probabilities in bins of equal width: arrays of length ``BINS``."""

    counts: np.ndarray
    said: np.ndarray
    """Mean probability; 0 in an empty bin."""
    came: np.ndarray
    """Share that was right; 0 in an empty bin."""


def bins(truth: np.ndarray, sure: np.ndarray) -> Bins:
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    least = np.maximum(counts, 1)
    said = np.bincount(places, sure, BINS) / least
    return Bins(counts, said, np.bincount(places, truth.astype(float), BINS) / least)


def calibration_error(truth: np.ndarray, sure: np.ndarray) -> float:
    """Expected calibration error over bins of equal width (Naeini, Cooper and Hauskrecht 2015)."""
    if not len(sure):
        return float("nan")
    found = bins(truth, sure)
    return float((found.counts * np.abs(found.said - found.came)).sum() / len(sure))


def perfect_error(sure: np.ndarray, draws: int = RESAMPLES) -> Figure:
    """The calibration error to be expected where every probability is exactly right, by drawing what happens."""
    chance = np.random.default_rng(0)
    drawn = [calibration_error(chance.random(len(sure)) < sure, sure) for _ in range(draws)]
    low, high = np.quantile(drawn, [(1 - CERTAIN) / 2, (1 + CERTAIN) / 2])
    return Figure(float(np.mean(drawn)), float(low), float(high))
