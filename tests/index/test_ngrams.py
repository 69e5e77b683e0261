"""Character n-grams: of all entries, and of some, the same as well-kept code says."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.index import ngrams
from kbuilder.index.ngrams import Passages

TEXTS = ["the red light blinks", "the blue light", "how to change the password of the router", ""]


def exact_characters(question: str, texts: list[str]) -> np.ndarray:
    from sklearn.feature_extraction.text import TfidfVectorizer

    reader = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    known = reader.fit_transform(texts)
    return (known @ reader.transform([question]).T).toarray().ravel()


def grams_of(text: str) -> list[str]:
    from sklearn.feature_extraction.text import CountVectorizer

    found: list[str] = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5)).build_analyzer()(text)
    return found


def test_characters_are_the_cosine_of_tf_idf() -> None:
    """Where the question has no new n-gram, the same as scikit-learn's vectoriser."""
    texts = TEXTS[:3]
    engine = ngrams.Characters.build(texts)
    for question in texts:
        assert engine.scores(question) == pytest.approx(exact_characters(question, texts), abs=1e-4)


def test_the_best_of_an_entrys_texts_counts() -> None:
    """An entry with the very title has 1, whatever else it has; one with the very title and body, too."""
    entries = [Passages(["red light", "password"], "", ""), Passages(["blue light"], "it blinks", "pull the plug")]
    both, rows = ngrams.build(entries), np.arange(2)
    for engine in (both[0].scores, lambda question: both[1].scores(question, rows).question):
        assert engine("password") == pytest.approx([1, 0])
        assert engine("blue light it blinks")[1] == pytest.approx(1, abs=1e-6)


ENTRIES = st.builds(
    Passages,
    st.lists(st.sampled_from(["red light", "blinks", "", "router light", "password"]), min_size=1, max_size=3),
    st.sampled_from(["", "the light blinks", "red red red"]),
    st.sampled_from(["", "pull the plug", "router router"]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(ENTRIES, min_size=1, max_size=6), st.sampled_from(["red light", "router pluck", "passwords", "?", ""])
)
def test_entry_by_entry_says_what_all_at_once_says(entries: list[Passages], question: str) -> None:
    """The forward index has the inverted one's scores, for any rows in any order, and equal rows have equal ones."""
    inverted, forward = ngrams.build(entries)
    rows = np.array([*range(len(entries)), 0])[::-1]
    found = forward.scores(question, rows)
    assert found.question == pytest.approx(inverted.scores(question)[rows], abs=1e-5)
    empty = [not any((*entries[row].titles, entries[row].body, entries[row].rest)) for row in rows]
    for scores in (found.question, found.whole, found.bm25):
        assert scores.dtype == np.float32
        assert scores[0] == scores[-1]
        assert ((scores >= 0) & (scores <= 1)).all()
        assert not scores[empty].any()


def test_whole_entries_are_compared_by_cosine_and_by_bm25() -> None:
    """The same as scikit-learn's vectoriser, and as the formula written out, for the rows that were asked for: a word
    counts wherever it stands."""
    texts = TEXTS[:3]
    entries = [
        Passages(["the red"], "light", "blinks"),
        Passages(["the"], "blue light", ""),
        Passages(["how to change", "the password"], "", "of the router"),
    ]
    found = ngrams.build(entries)[1].scores(texts[0], np.array([2, 0]))
    assert found.whole == pytest.approx(exact_characters(texts[0], texts)[[2, 0]], abs=1e-4)
    grams = [list(grams_of(text)) for text in texts]
    idf = {g: math.log(4 / (1 + sum(g in each for each in grams))) + 1 for each in grams for g in each}
    size, mean = len(grams[0]), sum(map(len, grams)) / 3
    reached = sum(
        idf[g] * grams[0].count(g) / (grams[0].count(g) + 1.5 * (0.25 + 0.75 * size / mean)) for g in {*grams[0]}
    )
    assert found.bm25[1] == pytest.approx(reached / sum(idf[g] for g in {*grams[0]}), abs=1e-4)
    assert found.bm25[0] < found.bm25[1]


@pytest.mark.parametrize("question", ["", "?!", "🚲", "zzzz"])
def test_nothing_in_common_is_0(question: str) -> None:
    """No crash, no score; no rows, no scores."""
    inverted, forward = ngrams.build([Passages([text], "", "") for text in TEXTS])
    assert not inverted.scores(question).any()
    found = forward.scores(question, np.arange(4))
    assert not np.concatenate([found.question, found.whole, found.bm25]).any()
    assert len(forward.scores("red light", np.zeros(0, np.int64)).whole) == 0


def test_what_was_saved_scores_the_same(tmp_path: Path) -> None:
    """Reading back changes no score."""
    inverted, forward = ngrams.build([Passages([text], text[:9], text[3:]) for text in TEXTS])
    inverted.save(tmp_path / "inverted")
    forward.save(tmp_path / "forward")
    opened = ngrams.Characters.open(tmp_path / "inverted", 4)
    assert opened.scores("red light").tolist() == inverted.scores("red light").tolist()
    found, rows = ngrams.Forward.open(tmp_path / "forward").scores("red light", np.arange(4)), np.arange(4)
    assert found.bm25.tolist() == forward.scores("red light", rows).bm25.tolist()
    assert found.question.any()


def test_an_n_gram_that_stands_too_often_to_count_is_counted_no_further() -> None:
    """However long a title is."""
    entries = [Passages(["ab " * 5000, "ab " * 5000], "ab " * 5000, "ab " * 5000), Passages(["cd"], "", "")]
    found = ngrams.build(entries)[1].scores("ab", np.arange(2))
    assert found.question == pytest.approx([1, 0])
    assert found.whole == pytest.approx([1, 0])


def test_what_is_indexed_at_once_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Block by block the forward index has the same bytes, and the inverted one the same scores."""
    entries = [Passages([text, *TEXTS[:row]], text[:9], text[3:]) for row, text in enumerate(TEXTS)]
    scores = []
    for size in (20_000, 3, 1):
        monkeypatch.setattr(ngrams, "_AT_ONCE", size)
        inverted, forward = ngrams.build(entries)
        scores.append(inverted.scores("the red router").tolist())
        forward.save(tmp_path / f"{size}")
    assert scores[1] == scores[2] == scores[0]
    for file in (tmp_path / "20000").iterdir():
        assert all((tmp_path / f"{size}" / file.name).read_bytes() == file.read_bytes() for size in (3, 1))
