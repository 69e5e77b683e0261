"""Slips in a question are mended by the archive's words, and nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder import index
from kbuilder.errors import StaleError
from kbuilder.index import mended, spelling
from kbuilder.text import fold

TEXTS = ["How do I reset the router?", "The router blinks", "Größe der Schrift im Router ändern", "Why does it rest?"]
WORDS = ["reset", "router", "blinks", "größe", "schrift", "ändern"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> spelling.Spellings:
    folder = tmp_path_factory.mktemp("archive")
    spelling.write(TEXTS, folder)
    return spelling.Spellings.open(folder)


def nothing(_: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ruter", "router"),
        ("rrouter blinkks", "router blinks"),
        ("ruoter", "router"),
        ("rouzer", "router"),
        ("How do I resett my Ruter?", "How do I reset my router?"),
        ("grösse ändrn", "grösse ändern"),
        ("groesse aendern", "größe ändern"),
    ],
)
def test_a_slip_is_mended(archive: spelling.Spellings, typed: str, meant: str) -> None:
    """A letter missing, too many, another, two swapped; ae for ä gets its letter back."""
    assert mended(typed, [archive], nothing) == meant


@pytest.mark.parametrize(
    "typed", ["router", "Router", "ROUTR", "rOuter", "r0uter", "rut", "printer", "设备路由器", ""]
)
def test_other_words_stay(archive: spelling.Spellings, typed: str) -> None:
    """Words of the archive, of codes, in capitals, of three letters, in scripts without capitals, of other things."""
    assert mended(typed, [archive], nothing) == typed


def test_what_is_known_elsewhere_stays(archive: spelling.Spellings) -> None:
    """A word of the model's, or another form of one that the archive has."""
    assert mended("routes", [archive], lambda word: word == "routes") == "routes"


def test_the_most_frequent_word_is_meant(tmp_path: Path) -> None:
    """Of several that are one slip away."""
    spelling.write(["a light", "a light", "a sight of night"], tmp_path)
    assert mended("lihgt nigt", [spelling.Spellings.open(tmp_path)], nothing) == "light night"
    assert mended("ligt", [spelling.Spellings.open(tmp_path)], nothing) == "light"


def test_words_of_a_single_entry_among_very_many_are_slips_themselves(tmp_path: Path) -> None:
    """One in ten thousand entries must have a word."""
    spelling.write([*["router"] * 20_000, "rotuer"], tmp_path)
    assert mended("rotuer", [spelling.Spellings.open(tmp_path)], nothing) == "router"


def test_the_first_archive_that_has_a_word_decides(archive: spelling.Spellings, tmp_path: Path) -> None:
    """The others are asked where it has none."""
    spelling.write(["routers", "scanner"], tmp_path)
    other = spelling.Spellings.open(tmp_path)
    assert mended("routerss scaner", [archive, other], nothing) == "routers scanner"
    assert mended("ruter", [other, archive], nothing) == "router"


def test_a_damaged_file_is_told_when_the_index_is_opened(tmp_path: Path) -> None:
    """Not when somebody asks."""
    index.build([index.Entry(id="a", title="The router blinks", language="en")], None, tmp_path)
    file = tmp_path / "spellings.json"
    file.write_text(file.read_text(encoding="utf-8")[:-3], encoding="utf-8")
    with pytest.raises(StaleError, match="damaged"):
        index.open(tmp_path)


class Asked(spelling.Spellings):
    """Notes for which words it was asked what is near."""

    def __init__(self) -> None:
        super().__init__(WORDS)
        self.near: list[str] = []

    def nearest(self, word: str) -> str:
        self.near.append(word)
        return super().nearest(word)


@pytest.mark.parametrize("text", ["ﬃ" * 4000, "a" * 4000, "ü" * 41])
def test_a_word_that_nobody_types_is_no_slip(text: str) -> None:
    """It has as many places for one as letters, each of them twice the alphabet's ways: minutes for one question."""
    archive = Asked()
    assert mended(text, [archive], nothing) == text
    assert archive.near == []


def test_each_slip_is_looked_for_once_and_of_many_the_first() -> None:
    """A question of thousands of words that nobody knows takes no longer than one of some lines."""
    archive = Asked()
    unknown = [f"zz{chr(97 + number // 26)}{chr(97 + number % 26)}zz" for number in range(500)]
    assert (
        mended(" ".join(["ruter ruter", *unknown, "ruter blinkks"]), [archive], nothing).split()[:2] == ["router"] * 2
    )
    assert archive.near == ["ruter", *unknown[: spelling._SLIPS - 1]]


@given(st.sampled_from(WORDS), st.integers(1, 3), st.sampled_from("abcdefgilmnorstu"), st.integers(0, 3))
def test_one_slip_behind_the_first_letter_is_always_found(word: str, place: int, letter: str, how: int) -> None:
    """Of any word, by any of the four ways; unless it makes another word."""
    archive = spelling.Spellings(WORDS)
    bare = fold(word)
    slips = (
        bare[:place] + bare[place + 1 :],
        bare[:place] + letter + bare[place:],
        bare[:place] + letter + bare[place + 1 :],
        bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :],
    )
    assert archive.written(slips[how]) or archive.nearest(slips[how]) == word
