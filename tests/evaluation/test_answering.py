"""Choosing answers, measured: marks are read last, and the figures are those of the textbook."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kbuilder.errors import SourceError
from kbuilder.evaluation.answering import evaluate_answers

DATA = Path(os.environ.get("KBUILDER_EVAL_DATA", "-"))
POSTS = """<?xml version="1.0" encoding="utf-8"?>
<posts>
  <row Id="1" PostTypeId="1" AcceptedAnswerId="{first}" CreationDate="2020-01-01T00:00:00" Score="1"
    Title="How do I reset it?" Body="&lt;p&gt;How do I reset the router?&lt;/p&gt;" Tags="&lt;a&gt;" />
  <row Id="2" PostTypeId="2" ParentId="1" CreationDate="2020-01-02T00:00:00" Score="0"
    Body="&lt;p&gt;What router is it?&lt;/p&gt;" />
  <row Id="3" PostTypeId="2" ParentId="1" CreationDate="2020-01-02T01:00:00" Score="7"
    Body="&lt;p&gt;Hold the reset button of the router for ten seconds.&lt;/p&gt;" />
</posts>
"""


def dump(folder: Path, accepted: int) -> Path:
    folder.mkdir()
    (folder / "Posts.xml").write_text(POSTS.format(first=accepted), encoding="utf-8")
    return folder


def test_the_choice_does_not_know_the_mark(tmp_path: Path) -> None:
    """The same dump with another mark gives the same choices, and the opposite figures."""
    right, wrong = evaluate_answers(dump(tmp_path / "a", 3)), evaluate_answers(dump(tmp_path / "b", 2))
    assert (right["accuracy, votes kept"], wrong["accuracy, votes kept"]) == (1, 0)
    assert (right["most votes"], wrong["most votes"]) == (1, 0)
    assert (right["first"], wrong["first"]) == (0, 1)
    assert right["threads with two answers or more, one accepted"] == 1


def test_a_dump_without_marks_is_told(tmp_path: Path) -> None:
    """There is nothing to judge by."""
    with pytest.raises(SourceError, match="accepted"):
        evaluate_answers(dump(tmp_path / "a", 99))


def test_comments_are_ranked_before_labels_are_read(tmp_path: Path) -> None:
    """MAP by hand: the good comment first gives 1; a thread without a good one counts 0."""
    answers = ["Thanks a lot, great :)", "Hold the reset button of the router for ten seconds until it blinks."]
    rows = [
        {"_id": "1", "title": "Reset router", "text": "How?", "answers": answers, "answer_labels": ["Bad", "Good"]},
        {"_id": "2", "title": "Reset router", "text": "How?", "answers": answers, "answer_labels": ["Bad", "Bad"]},
    ]
    file = tmp_path / "corpus.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    figures = evaluate_answers(tmp_path)
    assert figures["MAP"] == pytest.approx(0.5)
    assert figures["MAP, chronological"] == pytest.approx(0.25)
    assert (figures["threads"], figures["threads with a good comment"], figures["comments"]) == (2, 1, 4)


@pytest.mark.parametrize("content", [b'{"_id": "1", "title', b"[1]", b'{"title": "T"}', b'{"_id": "\xff"}'])
def test_what_is_no_set_is_named(tmp_path: Path, content: bytes) -> None:
    """Half a line, another object, no id, another encoding."""
    (tmp_path / "corpus.jsonl").write_bytes(content)
    with pytest.raises(SourceError, match=r"corpus\.jsonl"):
        evaluate_answers(tmp_path)


def test_what_comments_leave_out_is_empty(tmp_path: Path) -> None:
    """A title, a text; and a line break of Unicode ends no row."""
    row = {"_id": 1, "text": None, "answers": ["Press\u2028it", None], "answer_labels": ["Good", "Bad"]}
    (tmp_path / "corpus.jsonl").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    assert evaluate_answers(tmp_path)["comments"] == 2


def test_xml_is_read_without_entities(tmp_path: Path) -> None:
    """Comments with their authors; an entity that names a file brings nothing of it."""
    secret = tmp_path / "secret.txt"
    secret.write_text("Hold the reset button")
    file = tmp_path / "judged.xml"
    file.write_text(
        f'<!DOCTYPE root [<!ENTITY x SYSTEM "{secret.as_uri()}">]><root><Question QID="1" QUSERID="U1">'
        "<QSubject>Reset</QSubject><QBody>How?</QBody>"
        '<Comment CID="a" CUSERID="U1" CGOLD="Bad"><CBody>Thanks! &x;</CBody></Comment>'
        '<Comment CID="b" CUSERID="U2" CGOLD="Good"><CBody>Hold the button for ten seconds.</CBody></Comment>'
        "</Question></root>",
        encoding="utf-8",
    )
    assert evaluate_answers(file)["MAP"] == 1


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("stackexchange/bicycles.meta-2023", {"accuracy, votes kept": 0.76, "accuracy, votes hidden": 0.5}),
        ("qatarliving-dev", {"MAP": 0.70}),
        ("answer-selection/devel.xml", {"MAP": 0.70}),
    ],
)
def test_real_forums(name: str, least: dict[str, float]) -> None:
    """Better than the plain rules; on judged comments with parameters that no judged comment taught."""
    if not (DATA / name).exists():
        pytest.skip("KBUILDER_EVAL_DATA is not set")
    figures = evaluate_answers(DATA / name)
    plain = max(
        value for key, value in figures.items() if key in ("most votes", "MAP, chronological", "MAP, longest")
    )
    for figure, bound in least.items():
        assert figures[figure] >= bound
        assert figures[figure] > plain - (0.3 if "hidden" in figure else 0)
