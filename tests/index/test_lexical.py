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
    return lexical.Words.build(stemmed, np.arange(len(texts)), len(texts))


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
    found = lexical.Words.build(texts, np.arange(len(texts)), len(texts)).scores(asked)
    assert found.bm25 == pytest.approx(bm25(sorted(asked), texts), abs=1e-5)
    assert all(0 <= score <= 1 for score in found.bm25)


def test_coverage_is_the_share_of_the_questions_words() -> None:
    """All words: 1; none: 0; a rare word weighs more than a common one."""
    found = words().scores(lexical.stems("the red lights", "en")).coverage
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
    engine = lexical.Words.build([["red"], ["blue"]], np.array([1, 3]), 4)
    assert [score > 0 for score in engine.scores(["red"]).bm25] == [False, True, False, False]


def exact_characters(question: str, texts: list[str]) -> np.ndarray:
    from sklearn.feature_extraction.text import TfidfVectorizer

    reader = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    known = reader.fit_transform(texts)
    return (known @ reader.transform([question]).T).toarray().ravel()


def test_characters_are_the_cosine_of_tf_idf() -> None:
    """Where the question has no new n-gram, the same as scikit-learn's vectoriser."""
    texts = TEXTS[:3]
    engine = lexical.Characters.build(texts, np.arange(3), 3)
    for question in texts:
        assert engine.scores(question) == pytest.approx(exact_characters(question, texts), abs=1e-4)


def test_the_best_of_an_entrys_texts_counts() -> None:
    """An entry with the very title has 1, whatever else it has."""
    engine = lexical.Characters.build(["red light", "password", "blue light"], np.array([0, 0, 1]), 2)
    assert engine.scores("password") == pytest.approx([1, 0])


@pytest.mark.parametrize("question", ["", "?!", "🚲", "zzzz"])
def test_nothing_in_common_is_0(question: str) -> None:
    """No crash, no score."""
    assert not lexical.Characters.build(TEXTS, np.arange(4), 4).scores(question).any()
    assert not words().scores(lexical.stems(question, "en")).bm25.any()


def test_what_was_saved_scores_the_same(tmp_path: Path) -> None:
    """Reading back changes no score."""
    engine, question = words(), lexical.stems("red router lights", "en")
    engine.save(tmp_path / "words")
    again = lexical.Words.open(tmp_path / "words", 4)
    assert again.scores(question).bm25.tolist() == engine.scores(question).bm25.tolist()
    characters = lexical.Characters.build(TEXTS, np.arange(4), 4)
    characters.save(tmp_path / "characters")
    opened = lexical.Characters.open(tmp_path / "characters", 4)
    assert opened.scores("red light").tolist() == characters.scores("red light").tolist()


def test_common_words_are_known_in_german_and_english() -> None:
    """They are folded; of a language that is not known there are none."""
    assert "the" in lexical.common_words("en-gb")
    assert "fuer" in lexical.common_words("de")
    assert lexical.common_words("xx") == frozenset()


def test_common_words_stand_beside_their_language(tmp_path: Path) -> None:
    """So that whoever asks needs no list of another library."""
    lexical.write_words(tmp_path / "words", [("en", ["red"]), ("de", ["rot"]), ("xx", ["ro"])])
    opened = lexical.open_words(tmp_path / "words", 3)
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
        4,
    )
    assert engine.scores(engine.asked("Änderung des Passworts", "de")).bm25[0] > 0.05
    assert (engine.scores(engine.asked("Passwortänderung", "de")).bm25 > 0).tolist() == [True, True, True, False]
    assert lexical.parts("passwort", lambda stem: 0) == []


def test_whole_entries_are_compared_by_cosine_and_by_bm25() -> None:
    """The same as scikit-learn's vectoriser, and as the formula written out, for the rows that were asked for."""
    texts = TEXTS[:3]
    engine = lexical.Texts.build(texts)
    cosines, bm25 = engine.scores(texts[0], np.array([2, 0]))
    assert cosines == pytest.approx(exact_characters(texts[0], texts)[[2, 0]], abs=1e-4)
    grams = [list(grams_of(text)) for text in texts]
    idf = {g: math.log(4 / (1 + sum(g in each for each in grams))) + 1 for each in grams for g in each}
    size, mean = len(grams[0]), sum(map(len, grams)) / 3
    reached = sum(
        idf[g] * grams[0].count(g) / (grams[0].count(g) + 1.5 * (0.25 + 0.75 * size / mean)) for g in {*grams[0]}
    )
    assert bm25[1] == pytest.approx(reached / sum(idf[g] for g in {*grams[0]}), abs=1e-4)
    assert bm25[0] < bm25[1]


def grams_of(text: str) -> list[str]:
    from sklearn.feature_extraction.text import CountVectorizer

    found: list[str] = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5)).build_analyzer()(text)
    return found


@pytest.mark.parametrize("question", ["", "?!", "zzzz"])
def test_whole_entries_with_nothing_in_common_are_0(question: str) -> None:
    """No crash, no score; no rows, no scores."""
    engine = lexical.Texts.build(TEXTS)
    assert not np.concatenate(engine.scores(question, np.arange(4))).any()
    assert len(engine.scores("red light", np.zeros(0, np.int64))[0]) == 0
