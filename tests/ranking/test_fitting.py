"""Fitting: what is learnt, and that no set dominates."""

from __future__ import annotations

import numpy as np
import pytest

from kbuilder.ranking import Cases, adjusted, bars, fit


def cases(count: int, seed: int, share: float = 0.5, noise: float = 1.0) -> Cases:
    """Right results have a higher first feature; the second says nothing."""
    chance = np.random.default_rng(seed)
    right = (chance.random(count) < share).astype(float)
    return Cases(np.stack([right + noise * chance.normal(size=count), chance.normal(size=count)], 1), right)


def test_what_tells_right_from_wrong_gets_the_weight() -> None:
    """And probabilities are near what they should be."""
    model = fit({"a": [cases(4000, 1)]}, ["words", "known"])
    assert model.weights[0] > 20 * abs(model.weights[1])
    fresh = cases(4000, 2)
    sure = model.chances(fresh.table)
    for low in (0.2, 0.4, 0.6):
        some = (sure >= low) & (sure < low + 0.2)
        assert sure[some].mean() == pytest.approx(fresh.right[some].mean(), abs=0.07)


def test_a_large_set_weighs_as_much_as_a_small_one() -> None:
    """The prior is the mean of the sets' shares, not of the cases'."""
    model = fit({"large": [cases(9000, 1, 0.9)], "small": [cases(900, 2, 0.3)]}, ["words", "known"])
    assert model.prior == pytest.approx(0.6, abs=0.03)


def test_the_order_of_sets_does_not_matter() -> None:
    """The same parameters, digit for digit."""
    sets = {"a": [cases(300, 1)], "b": [cases(200, 2), cases(100, 3)]}
    assert fit(sets, ["words", "known"]) == fit(dict(reversed(sets.items())), ["words", "known"])


def test_own_judgments_shift_what_was_fitted_elsewhere() -> None:
    """A hundred take away most of an error in the share; none change nothing."""
    model = fit({"a": [cases(4000, 1, 0.5)]}, ["words", "known"])
    own, fresh = cases(100, 3, 0.15), cases(4000, 4, 0.15)
    before, after = (abs(each.chances(fresh.table).mean() - 0.15) for each in (model, adjusted(model, own)))
    assert after < before / 2
    assert adjusted(model, cases(0, 1)) == model


def test_many_own_judgments_outweigh_the_others() -> None:
    """What told right from wrong elsewhere may not do so here."""
    model = fit({"a": [cases(4000, 1)]}, ["words", "known"])
    turned = cases(4000, 2)
    turned = Cases(turned.table[:, ::-1].copy(), turned.right)
    found = adjusted(model, turned)
    assert abs(found.weights[1]) > 5 * abs(found.weights[0])


@pytest.mark.parametrize("power", [0.5, 1.0, 3.0])
def test_a_bar_keeps_the_wanted_precision(power: float) -> None:
    """On cases that it has not seen, in 95 of 100 draws or more, whether probabilities say too much or little."""
    chance, kept = np.random.default_rng(1), []
    for _ in range(100):
        sure = chance.random((2, 400))
        right = chance.random((2, 400)) < sure**power
        found = dict(bars(sure[0], right[0], [0.9])).get(0.9, 1.1)
        expected = sure[1][sure[1] >= found] ** power
        kept.append(not len(expected) or expected.mean() >= 0.9)
    assert np.mean(kept) >= 0.95


def test_a_bar_lets_through_what_it_can() -> None:
    """Of thousands of cases more than of a hundred; of a few, or where nothing is right, no bar stands."""
    sure = np.linspace(0.999, 0, 4000)
    right = np.random.default_rng(2).random(4000) < sure
    many, some = (dict(bars(sure[::step], right[::step]))[0.8] for step in (1, 20))
    assert 0.6 < many < some
    assert bars(sure[:10], right[:10]) == ()
    assert bars(sure, np.zeros(4000)) == ()


def test_a_wrong_case_among_the_surest_does_not_end_the_search() -> None:
    """Two of the top ten are wrong, all others of the upper half right: a bar stands below them."""
    sure = np.linspace(0.999, 0, 2000)
    right = (sure > 0.5) & ~np.isin(np.arange(2000), (3, 8))
    assert 0.45 < dict(bars(sure, right))[0.95] < 0.55
