"""An index: the same bytes for any order, and searches that find."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kbuilder import index
from kbuilder.errors import StaleError
from kbuilder.index import Entry, Question
from kbuilder.records import digest

ENTRIES = [
    Entry(id="forum:1", title="Red light", body="It blinks", answers=("Pull the plug",), language="en"),
    Entry(id="forum:2", title="Passwort vergessen", answers=("Zurücksetzen", "Neu anfangen"), language="de"),
    Entry(
        id="forum:10", title="Password forgotten", answers=("Reset it",), phrasings=("lost my key",), language="en"
    ),
    Entry(id="forum:3", title="Light is blue", audience="partner", language="en"),
    Entry(id="forum:4", title="Światło", language=""),
]


def vector(text: str) -> np.ndarray:
    """A direction of its own for each text."""
    found = np.random.default_rng(int(digest(text)[:8], 16)).normal(size=16).astype(np.float32)
    return found / np.linalg.norm(found)


def build(folder: Path, entries: list[Entry], dense: bool = True) -> index.Index:
    texts = index.texts_to_embed(entries)
    fields = {name: np.array([vector(text) for text in found]).reshape(-1, 16) for name, found in texts.items()}
    index.build(entries, fields if dense else None, folder)
    return index.open(folder)


def content(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("dense", [True, False])
def test_the_same_bytes_for_any_order(tmp_path: Path, dense: bool) -> None:
    """Every file of the index, however the entries came."""
    build(tmp_path / "first", ENTRIES, dense)
    for seed in range(4):
        shuffled = random.Random(seed).sample(ENTRIES, len(ENTRIES))
        build(tmp_path / str(seed), shuffled, dense)
        assert content(tmp_path / str(seed)) == content(tmp_path / "first")
    assert len(content(tmp_path / "first")) > 10


def test_an_entry_is_read_back_whole(tmp_path: Path) -> None:
    """In the order of ids."""
    opened = build(tmp_path / "index", ENTRIES)
    assert opened.ids == ("forum:1", "forum:10", "forum:2", "forum:3", "forum:4")
    assert [opened.entries[row] for row in range(5)] == sorted(ENTRIES, key=lambda entry: entry.id)


def test_each_field_is_compared_with_its_own_texts(tmp_path: Path) -> None:
    """A phrasing counts as a title; of several answers the best counts."""
    opened = build(tmp_path / "index", ENTRIES)
    legs = opened.search(Question("?", "en", vector("lost my key")), 10)
    assert legs.scores["title"][legs.rows == 1] == pytest.approx(1)
    legs = opened.search(Question("?", "en", vector("Neu anfangen")), 10)
    assert legs.scores["answers"][legs.rows == 2] == pytest.approx(1)
    legs = opened.search(Question("?", "en", vector("Red light\nIt blinks")), 10)
    assert legs.scores["body"][legs.rows == 0] == pytest.approx(1)


def test_words_find_in_the_language_of_the_entry(tmp_path: Path) -> None:
    """A German entry is found by another form of its word, though the question is held to be English."""
    opened = build(tmp_path / "index", ENTRIES, dense=False)
    legs = opened.search(Question("vergessene passwoerter", "en"), 10)
    assert legs.rows[np.argmax(legs.scores["words"])] == 2
    assert not legs.dense
    assert not legs.scores["title"].any()


def test_what_an_audience_may_not_see_is_not_searched(tmp_path: Path) -> None:
    """The partners' entry is found by partners alone."""
    opened = build(tmp_path / "index", ENTRIES)
    asked = Question("light is blue", "en", vector("Light is blue"))
    assert 3 not in opened.search(asked, 10).rows
    assert 3 in opened.search(asked, 10, ("public", "partner")).rows


@pytest.mark.parametrize("dense", [True, False])
def test_an_empty_index_finds_nothing(tmp_path: Path, dense: bool) -> None:
    """A knowledge base without articles is fine."""
    opened = build(tmp_path / "index", [], dense)
    assert len(opened.search(Question("anything", "en", vector("x")), 10).rows) == 0


def test_entries_without_a_word_are_fine(tmp_path: Path) -> None:
    """Nothing but punctuation has nothing to find."""
    opened = build(tmp_path / "index", [Entry(id="forum:1", title="?!", language="en")], dense=False)
    assert len(opened.search(Question("help", "en"), 10).rows) == 0


def test_a_pool_holds_the_best_of_each_leg(tmp_path: Path) -> None:
    """At most so many from words, characters and meaning each."""
    opened = build(tmp_path / "index", ENTRIES)
    legs = opened.search(Question("red light", "en", vector("Password forgotten")), 1)
    assert legs.rows.tolist() == [0, 1]


def test_many_threads_search_one_index(tmp_path: Path) -> None:
    """Each gets what it gets alone."""
    opened = build(tmp_path / "index", ENTRIES)
    asked = [Question(text, "en", vector(text)) for text in ("red light", "Passwort", "lost key", "blue") * 5]
    alone = [opened.search(each, 5).scores["words"].tobytes() for each in asked]
    with ThreadPoolExecutor(4) as pool:
        assert [
            found.scores["words"].tobytes() for found in pool.map(lambda each: opened.search(each, 5), asked)
        ] == alone


def test_a_folder_without_an_index_says_how_to_make_one(tmp_path: Path) -> None:
    """The way out is kbuilder build."""
    with pytest.raises(StaleError) as caught:
        index.open(tmp_path)
    assert "kbuilder build" in caught.value.advice
