"""Figures, each against a case worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.evaluation.measures import Answered, auroc, calibration_error, coverage, measures

RUN = [
    Answered("q1", (("a", 0.9), ("b", 0.5)), 0.9),
    Answered("q2", (("a", 0.9), ("b", 0.5), ("c", 0.1)), 0.6),
    Answered("q3", (("a", 0.3),), 0.2),
    Answered("q4", (), 0.0),
]
RIGHT = {"q1": frozenset({"a"}), "q2": frozenset({"b", "d"})}


def test_orders_are_judged_on_questions_that_have_an_answer() -> None:
    """q1 is right at once; q2 finds one of two, in second place."""
    found = measures(RUN, RIGHT)
    assert found["P@1"] == 0.5
    assert found["MRR"] == pytest.approx((1 + 1 / 2) / 2)
    assert found["MAP"] == pytest.approx((1 + (1 / 2) / 2) / 2)
    second = (1 / math.log2(3)) / (1 + 1 / math.log2(3))
    assert found["nDCG@10"] == pytest.approx((1 + second) / 2)


def test_pooled_sets_count_a_question_without_an_answer_as_0() -> None:
    """Of four questions two have none."""
    assert measures(RUN, RIGHT, pooled=True)["MAP"] == pytest.approx((1 + 1 / 4) / 4)


def test_probabilities_are_judged_on_all_questions() -> None:
    """The surest one is right; the two that have an answer are surer than the others."""
    found = measures(RUN, RIGHT)
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


def test_what_cannot_be_told_apart_has_no_auroc() -> None:
    """All right: there is nothing to tell."""
    assert math.isnan(auroc(np.array([True, True]), np.array([0.1, 0.9])))


def test_honest_probabilities_have_no_error() -> None:
    """Three of four right at .75."""
    assert calibration_error(np.array([1, 1, 1, 0]), np.full(4, 0.75)) == 0
