"""The cut: where the evidence agrees with itself, and where it is expected to lie."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import normalize

from kbuilder.candidates import group, threshold
from kbuilder.candidates.similarity import PARTS, Features
from kbuilder.config import CandidatesRecipe

RECIPE = CandidatesRecipe(lexical=0.0)


def corpus(sizes: list[int], spread: float, seed: int = 1) -> tuple[list[str], list[str], np.ndarray, list[int]]:
    """Groups of texts of some sizes, about centres that lie apart: ids, texts, vectors, and the group of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(len(sizes), 96))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    owners = [number for number, size in enumerate(sizes) for _ in range(size)]
    points = centres[owners] + rng.normal(size=(len(owners), 96)) * spread / np.sqrt(96)
    vectors = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    names = [f"t{row:04}" for row in range(len(owners))]
    return names, [f"text {name}" for name in names], vectors, owners


def found(sizes: list[int], spread: float) -> tuple[set[frozenset[int]], set[frozenset[int]], threshold.Choice]:
    """Groups as they were found and as they are, and the cut."""
    names, texts, vectors, owners = corpus(sizes, spread)
    made = group(names, texts, vectors, RECIPE)
    truth = {frozenset(row for row, owner in enumerate(owners) if owner == each) for each in set(owners)}
    return {frozenset(rows.tolist()) for rows in made.groups}, truth, made.choice


def test_pairs_among_loners_and_large_groups_are_found_by_one_rule() -> None:
    """Near pairs among loners, loose groups of forty: the cut falls where the groups are loose."""
    pairs, truth, strict = found([1] * 60 + [2] * 20, 0.7)
    assert pairs == truth
    large, truth, loose = found([40] * 8, 1.1)
    assert large == truth
    assert loose.cut < strict.cut


def test_the_halves_agree_where_the_groups_are() -> None:
    """At the chosen cut they agree better than far above and far below it."""
    _, _, choice = found([6] * 20, 1.0)
    agreement = {height.cut: height.agreement or 0.0 for height in choice.heights}
    here = agreement[min(agreement, key=lambda cut: abs(cut - choice.cut))]
    assert here > agreement[min(agreement)] + 0.02
    assert here > agreement[max(agreement)] + 0.05
    assert [height.groups for height in choice.heights] == sorted(height.groups for height in choice.heights)


def test_a_few_texts_take_the_expected_cut() -> None:
    """Too few to tell by: the halves are not compared."""
    _, _, choice = found([1] * 12 + [2] * 3, 0.5)
    assert choice.cut == round(choice.expected, 3)
    assert all(height.agreement is None for height in choice.heights)


def test_a_given_cut_is_taken() -> None:
    """A recipe's own is not looked behind."""
    names, texts, vectors, _ = corpus([2] * 5, 0.5)
    made = group(names, texts, vectors, CandidatesRecipe(lexical=0.0, cut=0.3))
    assert (made.cut, made.choice.heights) == (0.3, ())


@given(st.integers(0, 99))
@settings(max_examples=5, deadline=None)
def test_the_sample_is_the_same_in_any_order(seed: int) -> None:
    """And one text more changes it by one at most."""

    def chosen(names: list[str]) -> set[str]:
        return {names[row] for row in threshold.sample(names, np.arange(len(names)))}

    names = [f"forum:{number}" for number in range(threshold.SAMPLE + 500)]
    before = chosen(names)
    assert len(before) == threshold.SAMPLE
    random.Random(seed).shuffle(names)
    assert chosen(names) == before
    assert len(chosen([*names, "new"]) ^ before) <= 2


def test_a_halving_is_what_each_half_of_the_columns_says() -> None:
    """Each column of a leg is in one half, rows are brought to length 1; each deal of four parts gives three ways."""
    texts = ["red light", "light red", "strap", ""]
    features = Features.of(texts, np.eye(4, 8, dtype=np.float32) + np.float32(0.1), 0.5)
    assert features.dense is not None
    assert features.lexical is not None
    ways = [{0, *more} for more in itertools.combinations(range(1, PARTS), PARTS // 2 - 1)]
    assert len(ways) == 3
    dealt = [(deal, parts) for deal in range(2) for parts in ways]
    for (deal, parts), halves in zip(dealt, features.halvings(2), strict=True):
        legs = features.dense.shape[1], features.lexical.shape[1]
        sides = [np.isin(np.random.default_rng(deal).permutation(width) % PARTS, [*parts]) for width in legs]
        for chosen, found in zip((sides, [~side for side in sides]), halves, strict=True):
            dense, words = normalize(features.dense[:, chosen[0]]), normalize(features.lexical[:, chosen[1]])
            expected = 0.5 * (dense @ dense.T) + 0.5 * (words @ words.T).toarray()
            assert found == pytest.approx(expected, abs=3e-6)


def test_nothing_has_a_cut_too() -> None:
    """An empty knowledge base builds."""
    assert threshold.choose(Features.of([], None, 1), 0).texts == 0


def test_a_cut_is_moved_to_other_texts_as_part_of_the_strict_height() -> None:
    """Among few texts nobody has neighbours in common, so that less likeness does; among as many it stays."""
    _, texts, vectors, _ = corpus([1] * 300, 0.5)
    features = Features.of(texts, vectors, 0.0)
    assert threshold.among(0.5, features, 300) == 0.5
    assert threshold.among(0.5, features, 40) == pytest.approx(0.5 * 0.46 / (0.46 + 0.7 * 0.37), abs=1e-6)
