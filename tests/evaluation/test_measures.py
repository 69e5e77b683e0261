"""Figures, each against a case worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kbuilder.evaluation.measures import (
    Answered,
    Scored,
    auroc,
    calibration_error,
    coverage,
    falling,
    figures,
    perfect_error,
    values,
)

RUN = [
    Answered("q1", (("a", 0.9), ("b", 0.5)), 0.9),
    Answered("q2", (("a", 0.9), ("b", 0.5), ("c", 0.1)), 0.6),
    Answered("q3", (("a", 0.3),), 0.2),
    Answered("q4", (), 0.0),
]
RIGHT = {"q1": {"a": 1, "b": 0}, "q2": {"b": 1, "d": 1}, "q3": {"a": 0}}


def test_orders_are_judged_on_questions_that_have_an_answer() -> None:
    """q1 is right at once; q2 finds one of two, in second place."""
    found = values(Scored.of(RUN, RIGHT))
    assert found["P@1"] == 0.5
    assert found["MRR"] == pytest.approx((1 + 1 / 2) / 2)
    assert found["MAP"] == pytest.approx((1 + (1 / 2) / 2) / 2)
    second = (1 / math.log2(3)) / (1 + 1 / math.log2(3))
    assert found["nDCG@10"] == pytest.approx((1 + second) / 2)


def test_pooled_sets_count_a_question_without_an_answer_as_0() -> None:
    """Of four questions two have none."""
    assert values(Scored.of(RUN, RIGHT, pooled=True))["MAP"] == pytest.approx((1 + 1 / 4) / 4)


def test_probabilities_are_judged_on_all_questions() -> None:
    """The surest one is right; the two that have an answer are surer than the others."""
    found = values(Scored.of(RUN, RIGHT))
    assert (found["AUROC first right"], found["AUROC has answer"]) == (1, 1)
    assert found["coverage at .90"] == 0.25
    assert found["ECE"] == pytest.approx((0.1 + 0.6 + 0.2 + 0) / 4)


def test_a_threshold_parts_no_equals() -> None:
    """Of two that are equally sure, one wrong, none passes at .9."""
    assert coverage(np.array([True, False]), np.array([0.8, 0.8]), 0.9) == 0
    assert coverage(np.array([True, False]), np.array([0.8, 0.7]), 0.9) == 0.5


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.35, 0.6, 0.95])), min_size=1, max_size=20))
def test_coverage_is_the_best_of_all_thresholds(cases: list[tuple[bool, float]]) -> None:
    """Compared with trying each one."""
    truth, sure = np.array([case[0] for case in cases]), np.array([case[1] for case in cases])
    passing = [sure >= threshold for threshold in {*sure.tolist()}]
    best = max((some.mean() for some in passing if truth[some].mean() >= 0.9), default=0)
    assert coverage(truth, sure, 0.9) == pytest.approx(best)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])), min_size=2))
def test_auroc_is_that_of_scikit_learn(cases: list[tuple[bool, float]]) -> None:
    """Ties count half."""
    from sklearn.metrics import roc_auc_score

    truth, sure = (np.array(each) for each in zip(*cases, strict=True))
    assume(truth.any() and not truth.all())
    assert auroc(truth, sure) == pytest.approx(roc_auc_score(truth, sure))


def test_what_cannot_be_told_apart_has_no_auroc() -> None:
    """All right: there is nothing to tell."""
    assert math.isnan(auroc(np.array([True, True]), np.array([0.1, 0.9])))


def test_honest_probabilities_have_no_error() -> None:
    """Three of four right at .75."""
    assert calibration_error(np.array([1, 1, 1, 0]), np.full(4, 0.75)) == 0


def test_equal_scores_keep_the_order_of_the_results() -> None:
    """What is measured is the order that was shown, not one of names."""
    run = [Answered("q1", (("a", 0.5), ("z", 0.5), ("y", 0.5)), 0.5)]
    assert values(Scored.of(run, {"q1": {"a": 1}}))["P@1"] == 1
    assert values(Scored.of(run, {"q1": {"y": 1}}))["MRR"] == pytest.approx(1 / 3)
    assert falling([0.5, 0.5, 0.2]) == [0.5, 0.499999, 0.2]


def test_an_interval_holds_its_figure_and_narrows_with_more_questions() -> None:
    """And is the same each time."""
    few = [Answered(f"q{n}", (("a", 1.0),), 0.7) for n in range(40)]
    right = {f"q{n}": {"a" if n % 10 < 7 else "b": 1} for n in range(400)}
    many = [Answered(f"q{n}", (("a", 1.0),), 0.7) for n in range(400)]
    narrow, wide = (figures(Scored.of(run, right))["P@1"] for run in (many, few))
    assert narrow.value == pytest.approx(0.7)
    assert narrow.low < 0.7 < narrow.high
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert figures(Scored.of(few, right))["P@1"] == wide


def test_honest_probabilities_show_an_error_that_falls_with_their_number() -> None:
    """Chance alone: what an error must be compared with."""
    few, many = (perfect_error(np.linspace(0.01, 0.99, count)) for count in (50, 3000))
    assert 0.08 < few.value < 0.2
    assert 0.005 < many.value < 0.02
    assert many.low < many.value < many.high


def test_no_questions_have_no_figures() -> None:
    """NaN, not an error."""
    assert all(math.isnan(value) for value in values(Scored.of([], {})).values())
