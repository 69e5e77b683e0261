"""Text: names, times, sentences, languages."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder import text


@given(st.text())
def test_a_slug_is_a_name_for_files_and_addresses(title: str) -> None:
    """Whatever the title, the slug is lower-case letters, digits and hyphens, not empty, not long."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text.slug(title))
    assert len(text.slug(title)) <= 60


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Wie ändere ich das WLAN-Passwort?", "wie-aendere-ich-das-wlan-passwort"),
        ("Größe & Maß", "groesse-mass"),
        ("façade naïve", "facade-naive"),
        ("C++ / C#", "c-c"),
        ("a" * 80, "a" * 60),
        ("word " * 30, "word-word-word-word-word-word-word-word-word-word-word-word"),
    ],
)
def test_slugs_read_like_the_title(title: str, slug: str) -> None:
    """ä becomes ae, accents go, and a long title is cut at a word's end."""
    assert text.slug(title) == slug


def test_titles_without_latin_letters_have_slugs_of_their_own() -> None:
    """Two titles in another script do not share an address."""
    assert text.slug("ルーター") != text.slug("リセット")


@given(st.text())
def test_sentences_hold_all_that_is_not_white_space(paragraph: str) -> None:
    """Nothing is lost between sentences, and none overlaps another."""
    spans = text.sentences(paragraph, "en")
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    inside = "".join(paragraph[start:end] for start, end in spans)
    assert "".join(inside.split()) == "".join(paragraph.split())


def test_abbreviations_do_not_end_a_sentence() -> None:
    """German and English abbreviations are known."""
    german = "Das ist z.B. gut. Dann Dr. Meyer fragen."
    assert [german[a:b] for a, b in text.sentences(german, "de")] == [
        "Das ist z.B. gut.",
        "Dann Dr. Meyer fragen.",
    ]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2014-01-21T20:26:05.383", "2014-01-21T20:26:05Z"),
        ("2017-08-08T20:11:32.542Z", "2017-08-08T20:11:32Z"),
        ("2020-01-01T00:30:00+01:00", "2019-12-31T23:30:00Z"),
        ("2020-01-01", "2020-01-01T00:00:00Z"),
        ("0999-01-01", "0999-01-01T00:00:00Z"),
        ("9999-12-31", "9999-12-31T00:00:00Z"),
    ],
)
def test_times_are_stored_as_utc(written: str, stored: str) -> None:
    """A time without a zone is UTC; one with a zone is moved there."""
    assert text.parse_time(written) == stored


@pytest.mark.parametrize(
    "written", ["soon", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59Z"]
)
def test_no_time_is_a_fault(written: str) -> None:
    """Nothing is guessed from text that is no time; what stands for never is none that every zone has."""
    with pytest.raises(ValueError, match=re.escape(written)):
        text.parse_time(written)


def test_the_language_of_nothing_is_not_known() -> None:
    """A text without a word has no language, rather than a wrong one."""
    assert text.language_of("?! …", ("de", "en")) == ""
    assert text.language_of("How do I reset my router to factory settings?", ("de", "en")) == "en"


def test_languages_that_the_detector_does_not_know_are_no_fault() -> None:
    """Of a region, a script or by another name they are told as they are named; others are never recognised."""
    asked = "How do I reset my router to factory settings?"
    assert text.language_of(asked, ("en-us", "de")) == "en-us"
    assert text.language_of(asked, ("en", "en-us", "gsw")) == "en"
    assert text.surely_language_of("Hvordan nullstiller jeg ruteren min?", ("nb", "de")) == "nb"
    assert text.language_of(asked, ("tlh",)) == ""


@given(st.text(), st.text())
def test_folding_is_the_same_twice(one: str, two: str) -> None:
    """Folded text stays as it is, and joining before or after gives the same words."""
    assert text.fold(text.fold(one)) == text.fold(one)
    assert text.words(text.fold(one + " " + two)) == text.words(text.fold(one)) + text.words(text.fold(two))


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_fold_like_others(plain: str) -> None:
    """The short way for ASCII gives what the long way gives."""
    assert text.fold(plain) == text.fold(plain + "é").removesuffix("e")
