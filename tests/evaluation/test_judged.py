"""Variants of judged data: gaps and repetitions, always the same ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kbuilder.errors import SourceError
from kbuilder.evaluation import judged
from kbuilder.index import Entry


def made(entries: int = 60) -> judged.Judged:
    """Three questions for each entry."""
    return judged.Judged(
        name="made",
        language="en",
        entries=tuple(Entry(id=f"e{number}", title=f"title {number}") for number in range(entries)),
        questions=tuple((f"q{number}", f"question {number}") for number in range(3 * entries)),
        right={f"q{number}": frozenset({f"e{number // 3}"}) for number in range(3 * entries)},
    )


def test_what_is_left_out_answers_nothing() -> None:
    """Some third of the entries; their questions stay, without an answer."""
    found = judged.left_out(made(), "1")
    ids = {entry.id for entry in found.entries}
    assert 30 <= len(ids) <= 50
    assert len(found.questions) == 180
    assert {*found.right} == {question for question, right in made().right.items() if right <= ids}
    assert found == judged.left_out(made(), "1") != judged.left_out(made(), "2")


def test_a_repetition_is_another_entry_with_the_same_answer() -> None:
    """It is no question any more, and is right wherever its entry is."""
    found = judged.repeated(made())
    asked, again = dict(found.questions), {entry.id for entry in found.entries if "~" in entry.id}
    assert 60 <= len(again) <= 120
    assert not {each.partition("~")[2] for each in again} & {*asked}
    for question in asked:
        (entry,) = (each for each in found.right[question] if "~" not in each)
        assert found.right[question] - {entry} == {each for each in again if each.startswith(f"{entry}~")}


def test_repetitions_are_left_out_with_their_entry() -> None:
    """Else the question would still have its answer."""
    found = judged.left_out(judged.repeated(made()), "1")
    ids = {entry.id for entry in found.entries}
    assert all(each.partition("~")[0] in ids for each in ids)
    assert len(ids) > 60


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    """File, line and what is missing."""
    (tmp_path / "corpus.jsonl").write_text(json.dumps({"_id": "a", "title": "b"}) + "\n{}\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"corpus\.jsonl:2: .*_id, title"):
        judged.read_corpus(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The split may not exist."""
    with pytest.raises(SourceError, match=r"queries\.nope\.jsonl"):
        judged.read_questions(tmp_path, "nope")
