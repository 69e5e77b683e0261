"""Records: what they say of themselves, and that they survive being written."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from factories import post, thread
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from kbuilder import records
from kbuilder.records import Article, Author, Candidate, Citation, Decision, Draft, Post, Suggestion, Thread

KINDS: list[Any] = [Author, Post, Thread, Candidate, Citation, Draft, Decision, Article, Suggestion]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_a_record_survives_being_written(kind: Any, data: st.DataObject) -> None:
    """``loads(dumps(record))`` is the record, whatever text it holds."""
    record = data.draw(st.from_type(kind))
    assume(not {"nan", "inf", "-inf"} & {*re.findall(r"-?\w+", repr(record))})  # JSON has no such numbers
    assert records.loads(kind, records.dumps(record)) == record


def test_equal_records_give_equal_bytes() -> None:
    """The order in which a draft's sources were put in leaves no trace."""
    one, two = (Citation(post=f"a:1#{n}", start=0, end=1, digest="d") for n in (1, 2))
    there = Draft(lineage="x", title="t", language="en", body="b", sources={"p1": one, "p2": two})
    back = replace(there, sources={"p2": two, "p1": one})
    assert records.dumps(there) == records.dumps(back)
    assert there.digest == back.digest


def test_an_unknown_field_is_refused() -> None:
    """A misspelt field is a fault, not silently dropped."""
    with pytest.raises(ValidationError, match="vews"):
        records.loads(Thread, records.dumps(thread()).replace(b'"views"', b'"vews"'))


def test_solutions_are_accepted_before_verified() -> None:
    """The asker's choice comes first; answers with neither mark are no solutions."""
    marked = thread(answers=("plain", "verified", "accepted"), accepted=2)
    answers = (marked.answers[0], replace(marked.answers[1], verified=True), marked.answers[2])
    both = replace(marked, answers=answers)
    assert [answer.body for answer in both.solutions] == ["accepted", "verified"]
    assert both.solved
    assert not thread(accepted=None).solved


def test_votes_do_not_touch_a_posts_digest() -> None:
    """A citation rests on the words; a thread as it is stored also on its votes."""
    before = post("forum:1", 1, "words")
    after = replace(before, score=99)
    assert before.digest == after.digest
    assert thread(views=1).digest != thread(views=2).digest


def test_only_a_solved_question_answers_others() -> None:
    """Not a discussion, though its marks are kept; not a question that nobody solved."""
    assert thread(accepted=0).solved_question
    assert not thread(accepted=None).solved_question
    assert not thread(accepted=0, style="discussion").solved_question


def test_a_thread_lists_all_its_posts() -> None:
    """Question, answers, comments, in that order."""
    whole = thread(answers=("one", "two"), comments=(post("forum:1", 9, "thanks", reply_to="forum:1#2"),))
    assert [each.id for each in whole.posts] == ["forum:1#1", "forum:1#2", "forum:1#3", "forum:1#9"]


def test_the_schema_names_every_field() -> None:
    """The interchange format is described by the record itself."""
    schema = records.schema(Thread)
    assert set(schema["required"]) == {"id", "title", "question"}
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Post"]["properties"]["accepted"]["type"] == "boolean"
