"""Similarity is an inner product of two legs, and what follows from it."""

from __future__ import annotations

import factories
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.candidates import similarity
from kbuilder.candidates.similarity import ANSWER_WORDS, QUESTION_WORDS, Features, normal, text_of

TEXTS = ["Reset the router", "How do I reset my router?", "Battery is empty", "", "Akku leer", "Reset the router"]


def unit(seed: int, size: int, dimension: int = 8) -> np.ndarray:
    matrix = np.random.default_rng(seed).normal(size=(size, dimension)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@pytest.mark.parametrize(("share", "dense"), [(0.0, True), (0.3, True), (1.0, False)])
def test_it_is_symmetric_and_the_same_by_pairs(share: float, dense: bool) -> None:
    """The matrix is symmetric, and a pair alone has the value that it has in the matrix."""
    features = Features.of(TEXTS, unit(1, 6) if dense else None, share)
    matrix = features.matrix()
    rows, columns = np.triu_indices(6, 1)
    assert (matrix == matrix.T).all()
    assert features.pairs(columns, rows) == pytest.approx(matrix[rows, columns], abs=2e-6)
    assert matrix[rows, columns].max() > 0.1


def test_it_is_the_convex_mixture_of_its_legs() -> None:
    """Cosine and n-grams are weighted by the share."""
    vectors = unit(2, 6)
    dense, words = Features.of(TEXTS, vectors, 0).matrix(), Features.of(TEXTS, None, 0.3).matrix()
    assert Features.of(TEXTS, vectors, 0.3).matrix() == pytest.approx(0.7 * dense + 0.3 * words, abs=3e-6)


@given(st.integers(0, 999), st.lists(st.integers(0, 2), min_size=6, max_size=6))
@settings(max_examples=12, deadline=None)
def test_means_give_the_mean_similarity_of_groups(seed: int, owners: list[int]) -> None:
    """The inner product of two groups' means is the mean over all their pairs."""
    features = Features.of(TEXTS, unit(seed, 6), 0.4)
    groups = [np.flatnonzero(np.array(owners) == each) for each in sorted(set(owners))]
    matrix = features.matrix()
    expected = [[matrix[np.ix_(one, other)].mean() for other in groups] for one in groups]
    assert features.means(groups).matrix() == pytest.approx(np.array(expected), abs=3e-6)


@pytest.mark.parametrize("block", [6, 4])
def test_the_mean_to_the_others_leaves_oneself_out(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cohesion and representative rest on it; those of many rows are reckoned some at a time."""
    monkeypatch.setattr(similarity, "_BLOCK", block)
    features = Features.of(TEXTS, unit(3, 6), 0.4)
    matrix = features.matrix()
    expected = (matrix.sum(1) - np.diag(matrix)) / 5
    assert features.to_others() == pytest.approx(expected, abs=3e-6)
    assert features.rows(np.array([2])).to_others().tolist() == [1]


def test_vectors_that_do_not_fit_are_refused() -> None:
    """A mix-up of rows would be silent nonsense."""
    with pytest.raises(ValueError, match="5 vectors for 6 texts"):
        Features.of(TEXTS, unit(1, 5), 0.3)


def test_text_holds_title_question_and_the_first_solution() -> None:
    """The answer that helped is the strongest sign that two threads ask the same."""
    thread = factories.thread(1, "No *light*", "Red **lamp**.", ("Wrong.", "Press reset."), accepted=1)
    assert text_of(thread) == "No *light*\nRed lamp.\nPress reset."


def test_a_long_tale_does_not_push_the_answer_out() -> None:
    """Question and answer are cut to what a small model reads."""
    thread = factories.thread(1, "Title", "tale " * 500, ("step " * 500,))
    assert text_of(thread).split() == ["Title"] + ["tale"] * QUESTION_WORDS + ["step"] * ANSWER_WORDS


def test_identical_means_but_for_case_accents_and_space() -> None:
    """People paste the same text with other spaces."""
    assert normal("  Gerät\n AUS ") == normal("geraet aus") != normal("Gerät an")


def test_columns_that_no_row_has_are_missed_by_nobody() -> None:
    """Products among the rows are the same to the last bit, of rows and of groups."""
    features = Features.of(["red light", "light red lamp", "strap"], None, 1)
    groups = [np.array([0, 1]), np.array([2])]
    narrow = features.narrowed()
    assert narrow.lexical is not None
    assert narrow.lexical.shape[1] < 60
    assert (narrow.matrix() == features.matrix()).all()
    assert (narrow.means(groups).matrix() == features.means(groups).matrix()).all()
