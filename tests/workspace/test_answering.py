"""What an asker is told depends on nothing that they may not see."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from factories import thread

from kbuilder import Workspace
from kbuilder.index import entries
from kbuilder.records import Article, Thread
from kbuilder.workspace import answering

OPEN = [
    (
        "The fountain pump runs dry at night",
        "Fill the tank to the upper line and press the valve until water comes out.",
    ),
    ("The scale shows a wrong weight on carpet", "Put it on a hard floor, then hold the button until it shows zero."),
    ("Why does the lamp blink red?", "The filter is full. Take it out and wash it in warm water, then let it dry."),
]
SECRET = [
    (
        f"The scale shows a wrong weight on carpet, variant {n} of the zebrafish",
        "Send it back to the zebrafish team at once.",
    )
    for n in range(260)
]
QUESTIONS = [
    "fountain pump runs dry at night zebrafish",
    "fountain pump runs dry at night zebrfish",
    "fountain pump runs dry at night giraffe",
    "scale shows wrong weight on carpet",
    "The scale shows a wrong weight on carpet",
    "lamp blinks read",
]


def threads(texts: list[tuple[str, str]], first: int, audience: str) -> list[Thread]:
    return [
        replace(thread(number, title, answers=(answer,)), audience=audience)
        for number, (title, answer) in enumerate(texts, first)
    ]


def built(place: Path, *given: list[Thread]) -> Workspace:
    kb = Workspace.create(place, recipe="small")
    settings = (
        kb.parts.head().read("kbuilder.toml") or b""
    ) + b'\n[audience.partner]\nsees = ["public", "partner"]\n'
    kb.parts.repository.commit(kb.parts.head(), {"kbuilder.toml": settings}, "Partners", "ada", kb.parts.clock())
    kb.parts.database.put_threads("forum", [each for some in given for each in some])
    kb.build()
    return kb


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Workspace]:
    """The same public threads, with hundreds of protected ones and without."""
    folder = tmp_path_factory.mktemp("answering")
    public = threads(OPEN, 1, "public")
    return built(folder / "with", public, threads(SECRET, 100, "partner")), built(folder / "without", public)


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_protected_changes_no_public_answer(both: tuple[Workspace, Workspace], question: str) -> None:
    """Neither a word that only protected texts have, nor a slip of it, nor how many there are: to the last digit."""
    found = [[(each.target, each.probability, each.why) for each in kb.suggest(question)] for kb in both]
    assert found[0] == found[1]


def test_the_public_still_gets_answers(both: tuple[Workspace, Workspace]) -> None:
    """And whoever may see more gets what is theirs."""
    kb = both[0]
    assert [each.target for each in kb.suggest(OPEN[1][0])] == ["forum:2"]
    theirs = {each.target for each in kb.suggest(SECRET[7][0], audience="partner")}
    assert any(int(target.partition(":")[2]) >= 100 for target in theirs)


@pytest.fixture
def served(both: tuple[Workspace, Workspace], tmp_path: Path) -> Workspace:
    """As a server reads it, which goes on where something cannot be read."""
    kb = Workspace.open(shutil.copytree(both[1].root, tmp_path / "kb"))
    kb.parts.steadfast = True
    return kb


@pytest.mark.parametrize("name", ["entries.jsonl", "characters/data.npy", "ngrams/counts.npy"])
def test_an_index_that_is_cut_where_it_lies_is_let_go(
    served: Workspace, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Reading on in a mapped file that has lost its end would end the process. What is whole again is taken up."""
    question, file = OPEN[0][0], served.generation.indexes / "0" / name
    assert served.suggest(question)
    whole = file.read_bytes()
    os.truncate(file, len(whole) // 2)
    for _ in range(2):
        assert served.suggest(question) == []
    assert ["damaged" in str(each) for each in served.lacks] == [True]
    monkeypatch.setattr(answering, "RETRY", 0.0)
    assert served.suggest(question) == []
    assert caplog.text.count("Questions are answered without it") == 1
    file.write_bytes(whole)
    assert served.suggest(question)
    assert served.lacks == ()


def test_a_verdict_has_one_article_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the index after a verdict only what was approved is read; it is what all of them read anew give."""
    kb = built(tmp_path / "kb", threads(OPEN, 0, "public"))
    first, *others = [item.lineage for item in kb.queue()]
    kb.approve(first, editor="ada")
    read: list[str] = []

    def counted(article: Article, members: Sequence[str] = (), real: Any = entries.of_article) -> entries.Entry:
        read.append(article.lineage)
        return cast("entries.Entry", real(article, members))

    monkeypatch.setattr(entries, "of_article", counted)
    library = answering.library(kb.parts)
    for other in others:
        kb.approve(other, editor="ada")
        library = answering.library(kb.parts, library)
    assert read == [first, *others]
    assert [each.entry for each in library.indexed] == [each.entry for each in answering.library(kb.parts).indexed]
    kb.close()


@pytest.mark.parametrize(
    "letter",
    [
        "How do I reset the hub? Max Miller, 12 Elm Street, Springfield",
        "Hello, how do I reset the hub? Best regards Max Miller, 12 Elm Street, 12345 Springfield",
        "Hi, how do I reset the hub? Mit freundlichen Grüßen Jo van Berg, Am Markt 3, 12345 Bonn, Tel. 0170 1234567",
    ],
)
def test_a_letter_on_one_line_asks_what_it_asks(letter: str) -> None:
    """Who wrote it and where they live is no part of the question."""
    assert answering.gist(letter).casefold() == "how do i reset the hub?"


def test_what_somebody_has_is_part_of_the_question() -> None:
    """Names and numbers that are no address stay."""
    letter = "How do I reset it? Windows 11 Home, Version 23H2"
    assert answering.gist(letter) == letter
