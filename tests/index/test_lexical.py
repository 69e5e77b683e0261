"""The lexical legs: words by their stems, and characters."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.index import lexical

TEXTS = ["the red light blinks", "the blue light", "how to change the password of the router", ""]


def words(texts: list[str] = TEXTS, language: str = "en") -> lexical.Words:
    stemmed = [lexical.stems(text, language) for text in texts]
    return lexical.Words.build(stemmed, np.arange(len(texts)))


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [("lights blinking", "light blinks", "en"), ("Geräte zurücksetzen", "geraet ZURUECKSETZEN", "de")],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str, language: str) -> None:
    """Endings, capitals and ae for ä make no difference."""
    assert lexical.stems(one, language) == lexical.stems(other, language)


def test_an_unknown_language_keeps_its_words() -> None:
    """They are folded, no more."""
    assert lexical.stems("Červené světlo", "xx") == ["cervene", "svetlo"]


def bm25(asked: list[str], texts: list[list[str]]) -> list[float]:
    """Robertson's formula in Lucene's variant, written out, as share of what the question could reach."""
    mean = sum(map(len, texts)) / len(texts)
    scores, most = [0.0] * len(texts), 0.0
    for stem in asked:
        held = sum(stem in text for text in texts)
        idf = math.log(1 + (len(texts) - held + 0.5) / (held + 0.5))
        most += idf
        for row, text in enumerate(texts):
            count = text.count(stem)
            scores[row] += idf * count / (count + 1.5 * (1 - 0.75 + 0.75 * len(text) / mean))
    return [score / most for score in scores]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abcdef"), max_size=8), min_size=1, max_size=6).filter(any),
    st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=4),
)
def test_bm25_is_the_formula(texts: list[list[str]], asked: set[str]) -> None:
    """Scores are shares of what the question could reach: the same as the formula written out, in [0, 1]."""
    found = lexical.Words.build(texts, np.arange(len(texts))).scores(asked, np.arange(len(texts)))
    assert found.bm25 == pytest.approx(bm25(sorted(asked), texts), abs=1e-5)
    assert all(0 <= score <= 1 for score in found.bm25)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("aaaaaabbbcde"), max_size=5), min_size=1, max_size=30).filter(any),
    st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=6),
    st.integers(1, 40),
)
def test_the_best_are_those_of_the_highest_scores(texts: list[list[str]], asked: set[str], count: int) -> None:
    """Though common words are not added up where rare ones decide: the same entries in the same order."""
    rows = np.arange(len(texts)) * 2 + 1
    engine = lexical.Words.build(texts, rows)
    scores = engine.scores(asked, rows).bm25
    assert engine.best(asked, count).tolist() == rows[lexical.highest(scores, count)].tolist()


def test_the_best_of_many_are_exact() -> None:
    """Words as often as they are in a language: few are rare, and some stand nearly everywhere."""
    chance = np.random.default_rng(0)
    texts = [[f"w{word}" for word in chance.zipf(1.3, 12) if word < 5000] for _ in range(3000)]
    engine, rows = lexical.Words.build(texts, np.arange(3000)), np.arange(3000)
    for _ in range(30):
        asked = {f"w{word}" for word in chance.zipf(1.3, 10)}
        scores = engine.scores(asked, rows).bm25
        assert engine.best(asked, 50).tolist() == lexical.highest(scores, 50).tolist()


@given(st.integers(0, 5000), st.integers(1, 60), st.integers(1, 400), st.integers(0, 9))
def test_the_highest_are_those_of_a_whole_sort(size: int, count: int, values: int, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, values, size).astype(np.float32)
    order = np.lexsort((np.arange(size), -scores))[:count]
    assert lexical.highest(scores, count).tolist() == order[scores[order] > 0].tolist()


def test_coverage_is_the_share_of_the_questions_words() -> None:
    """All words: 1; none: 0; a rare word weighs more than a common one."""
    found = words().scores(lexical.stems("the red lights", "en"), np.arange(4)).coverage
    assert found[0] == pytest.approx(1)
    assert found[3] == 0
    assert 0.1 < found[2] < found[1] < 0.7


def test_a_word_that_no_entry_has_is_not_known() -> None:
    """It weighs as the rarest."""
    engine = words()
    assert engine.known(["red", "light"]) == pytest.approx(1)
    assert 0 < engine.known(["light", "xylophone"]) < 0.5
    assert engine.known(["xylophone"]) == engine.known([]) == 0


def test_another_languages_entries_get_nothing() -> None:
    """Scores are given to the rows of the language alone."""
    engine = lexical.Words.build([["red"], ["blue"]], np.array([1, 3]))
    assert [score > 0 for score in engine.scores(["red"], np.arange(4)).bm25] == [False, True, False, False]


@pytest.mark.parametrize("question", ["", "?!", "🚲", "zzzz"])
def test_nothing_in_common_is_0(question: str) -> None:
    """No crash, no score."""
    assert not words().scores(lexical.stems(question, "en"), np.arange(4)).bm25.any()
    assert len(words().best(lexical.stems(question, "en"), 3)) == 0


def test_what_was_saved_scores_the_same(tmp_path: Path) -> None:
    """Reading back changes no score."""
    engine, question = words(), lexical.stems("red router lights", "en")
    engine.save(tmp_path / "words")
    again, rows = lexical.Words.open(tmp_path / "words"), np.arange(4)
    assert again.scores(question, rows).bm25.tolist() == engine.scores(question, rows).bm25.tolist()
    assert again.best(question, 2).tolist() == engine.best(question, 2).tolist() == [0, 2]


def test_common_words_are_known_in_german_and_english() -> None:
    """They are folded; of a language that is not known there are none."""
    assert "the" in lexical.common_words("en-gb")
    assert "fuer" in lexical.common_words("de")
    assert lexical.common_words("xx") == frozenset()


def test_common_words_stand_beside_their_language(tmp_path: Path) -> None:
    """So that whoever asks needs no list of another library."""
    lexical.write_words(tmp_path / "words", [("en", ["red"]), ("de", ["rot"]), ("xx", ["ro"])])
    opened = lexical.open_words(tmp_path / "words")
    assert {name: each.common for name, each in opened.items()} == {
        name: lexical.common_words(name) for name in ("de", "en", "xx")
    }


def test_a_compound_is_found_by_its_parts_and_finds_them() -> None:
    """Where the corpus has both; a word that only looks like one stays whole."""
    engine = lexical.Words.build(
        lexical.split_compounds(
            [lexical.stems(t, "de") for t in ("Passwortänderung", "Passwort", "Änderung", "Wand")]
        ),
        np.arange(4),
    )
    rows = np.arange(4)
    assert engine.scores(engine.asked("Änderung des Passworts", "de"), rows).bm25[0] > 0.05
    assert (engine.scores(engine.asked("Passwortänderung", "de"), rows).bm25 > 0).tolist() == [
        True,
        True,
        True,
        False,
    ]
    assert lexical.parts("passwort", lambda stem: 0) == []
