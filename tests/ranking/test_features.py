"""Features mean the same in every corpus."""

from __future__ import annotations

import numpy as np
import pytest

from kbuilder.ranking import DENSE, LEXICAL, Evidence
from kbuilder.ranking.features import features


def evidence(count: int = 4, **given: object) -> Evidence:
    """Results whose scores fall from .9 by .1."""
    falling = np.linspace(0.9, 0.9 - 0.1 * (count - 1), count) if count else np.zeros(0)
    legs = ("question", "solution", "answers", "words", "characters", "texts", "ngrams", "coverage")
    return Evidence(
        fused=falling, scores={**dict.fromkeys(legs, falling), **given}, known=1.0, length=6, kind="dense"
    )  # type: ignore[dict-item]


def named(found: Evidence, name: str, top: int = 2) -> list[float]:
    return features(found, (name,), top)[:, 0].tolist()


def test_a_lead_is_the_distance_to_the_best_other() -> None:
    """Positive for the first, negative for the second."""
    assert named(evidence(), "question_lead") == pytest.approx([0.1, -0.1])


def test_the_rest_is_the_mean_of_the_ten_best_others() -> None:
    """The eleventh other says nothing."""
    assert named(evidence(), "words_rest") == pytest.approx([0.9 - 0.7, 0.8 - (0.9 + 0.7 + 0.6) / 3])
    scores = np.array([0.9, *[0.5] * 10, *[0.0] * 50])
    assert named(evidence(61, words=scores), "words_rest", 1) == pytest.approx([0.4])


def test_nearly_the_same_stands_out_from_very_like() -> None:
    """The last tenth of a likeness says more than the tenth before; what cannot be is taken as the most there is."""
    likely, near, same, more = named(evidence(question=np.array([0.8, 0.9, 1.0, 1.0001])), "question_near", 4)
    assert near - likely < same - near
    assert more == same == pytest.approx(-np.log(0.05))


def test_a_result_alone_stands_out_by_all_it_has() -> None:
    """There is nothing to compare it with."""
    assert named(evidence(1), "fused_lead") == pytest.approx([0.9])


def test_no_results_have_no_rows() -> None:
    """All features are there, of nothing."""
    assert features(evidence(0), DENSE, 3).shape == (0, len(DENSE))


def test_legs_agree_on_the_result_that_each_holds_to_be_best() -> None:
    """A leg that says nothing has no vote."""
    other = np.array([0.1, 0.5, 0.2, 0.1])
    assert named(evidence(), "agreed") == [1, 0]
    split = evidence(words=other, characters=other, texts=np.zeros(4), solution=np.zeros(4))
    assert named(split, "agreed") == pytest.approx([2 / 4, 2 / 4])


def test_every_name_is_a_feature() -> None:
    """Those without a model are among those with one."""
    assert np.isfinite(features(evidence(), DENSE, 3)).all()
    assert {*LEXICAL} < {*DENSE}
