"""Variants of judged data: gaps and repetitions, always the same ones."""

from __future__ import annotations

import json
from dataclasses import replace
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


def test_titles_are_questions_that_their_entries_answer() -> None:
    """And so does each entry that answers a question with them."""
    twins = replace(made(), right={**made().right, "q0": frozenset({"e0", "e1"})})
    found = judged.echoed(twins)
    assert dict(found.questions) == {f"echo {entry.id}": entry.title for entry in twins.entries}
    assert found.right["echo e0"] == found.right["echo e1"] == {"e0", "e1"}
    assert all(found.right[f"echo e{number}"] == {f"e{number}"} for number in range(2, 60))


def test_the_title_of_what_is_left_out_has_no_answer() -> None:
    """It is asked all the same."""
    found = judged.left_out(judged.echoed(made()), "1")
    ids = {entry.id for entry in found.entries}
    assert len(found.questions) == 60
    assert {*found.right} == {f"echo {each}" for each in ids}


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    """File, line and what is missing."""
    (tmp_path / "corpus.jsonl").write_text(json.dumps({"_id": "a", "title": "b"}) + "\n{}\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"corpus\.jsonl:2: .*_id"):
        judged.read_corpus(tmp_path)
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq e 1\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"dev\.tsv:2: "):
        judged.read_judgments(tmp_path, "dev")


@pytest.mark.parametrize("line", ['{"_id": ' + "1" * 5000 + "}", '{"_id": "b", "title": ' + "[" * 100_000 + "}"])
def test_a_line_that_no_parser_takes_is_named(tmp_path: Path, line: str) -> None:
    """A number without end, and brackets without end."""
    (tmp_path / "corpus.jsonl").write_text('{"_id": "a"}\n' + line, encoding="utf-8")
    with pytest.raises(SourceError, match=r"corpus\.jsonl:2: .*_id"):
        judged.read_corpus(tmp_path)


def test_another_encoding_is_named(tmp_path: Path) -> None:
    """The file, and what to do."""
    (tmp_path / "corpus.jsonl").write_bytes('{"_id": "a", "title": "Gerät"}'.encode("latin-1"))
    with pytest.raises(SourceError, match=r"corpus\.jsonl: this is not UTF-8") as caught:
        judged.read_corpus(tmp_path)
    assert caught.value.advice == "Save the file as UTF-8."


def test_half_characters_are_replaced(tmp_path: Path) -> None:
    """No file could hold them."""
    (tmp_path / "corpus.jsonl").write_text('{"_id": "a\\ud800", "title": "b\\ud800"}', encoding="utf-8")
    (entry,) = judged.read_corpus(tmp_path).entries
    assert (entry.id, entry.title) == ("a?", "b?")


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """Which of the two a judgment means could not be told."""
    (tmp_path / "corpus.jsonl").write_text('{"_id": 1, "title": "x"}\n{"_id": "1", "title": "y"}', encoding="utf-8")
    with pytest.raises(SourceError, match=r"corpus\.jsonl:2: the _id “1” stands twice"):
        judged.read_corpus(tmp_path)


def judgment(tmp_path: Path, score: str) -> int:
    (tmp_path / "qrels").mkdir(exist_ok=True)
    (tmp_path / "qrels" / "dev.tsv").write_text(f"query-id\tcorpus-id\tscore\nq\te\t{score}\n", encoding="utf-8")
    return judged.read_judgments(tmp_path, "dev")["q"]["e"]


def test_whatever_is_above_0_is_right(tmp_path: Path) -> None:
    """Half a point too."""
    assert [judgment(tmp_path, score) for score in ("0", "-1", "0.5", "1", "2.0")] == [0, -1, 1, 1, 2]


@pytest.mark.parametrize("score", ["inf", "nan", "1e400", "99999999999999999999"])
def test_a_score_without_bounds_is_none(tmp_path: Path, score: str) -> None:
    """It is named by its line."""
    with pytest.raises(SourceError, match=r"dev\.tsv:2: "):
        judgment(tmp_path, score)


def corpus_of(tmp_path: Path, *rows: dict[str, object], end: str = "\n") -> judged.Corpus:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (tmp_path / "corpus.jsonl").write_text(end.join(lines) + end, encoding="utf-8")
    return judged.read_corpus(tmp_path)


def test_only_an_id_is_needed(tmp_path: Path) -> None:
    """Without a title the text's first line is one; what is null is empty; a line break of Unicode ends no line."""
    found = corpus_of(
        tmp_path,
        {"_id": 7, "text": "How do I reset it?\nIt blinks."},
        {"_id": "b", "title": "Two\u2028lines", "text": None, "answers": None},
        {"_id": "c", "title": "One answer", "answers": "Pull the plug."},
        end="\n\n",
    )
    assert [(each.id, each.title, each.body) for each in found.entries] == [
        ("7", "How do I reset it?", "It blinks."),
        ("b", "Two lines", ""),
        ("c", "One answer", ""),
    ]
    assert found.entries[2].answers == ("Pull the plug.",)


def test_answers_that_are_marked_as_bad_do_not_count(tmp_path: Path) -> None:
    """Where marks stand beside them."""
    row = {"_id": "a", "title": "t", "answers": ["yes", "no", "perhaps"]}
    marked = corpus_of(tmp_path, {**row, "answer_labels": ["Good", "Bad", "PotentiallyUseful"]})
    assert marked.entries[0].answers == ("yes",)
    assert corpus_of(tmp_path, row).entries[0].answers == ("yes", "no", "perhaps")


def test_what_asks_the_same_is_removed_together(tmp_path: Path) -> None:
    """By label or title, without a look at the judgments; always the same ones."""
    rows = [{"_id": f"{n}", "title": f"title {n}", "label": f"{n // 5}"} for n in range(200)]
    found = judged.without(corpus_of(tmp_path, *rows), 0.5)
    kept = {int(each.id) // 5 for each in found.entries}
    assert len(found.entries) == 5 * len(kept)
    assert 12 <= len(kept) <= 28
    assert judged.without(corpus_of(tmp_path, *reversed(rows)), 0.5).entries == found.entries[::-1]


def test_seeded_questions_are_the_same_in_any_order() -> None:
    """And so many as were wanted."""
    questions = [f"q{n}" for n in range(50)]
    found = judged.seeded(questions, 10)
    assert found == judged.seeded(questions[::-1], 10)
    assert len(found) == 10
    assert not judged.seeded(questions, 0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The split may not exist."""
    with pytest.raises(SourceError, match=r"queries\.nope\.jsonl"):
        judged.read_questions(tmp_path, "nope")
