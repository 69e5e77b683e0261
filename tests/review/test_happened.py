"""What is told of an article's versions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kbuilder.records import Article, Citation, Decision
from kbuilder.review.happened import happened

FIRST = Article(id="a", slug="old", title="T", language="en", body="One.", created="", updated="", verified="1")
EDIT = Decision(id="", verdict="edit", editor="ada", time="2")
SOURCE = Citation(post="s:1#1", start=0, end=1, digest="")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"body": "Two."}, ["Text changed"]),
        ({"title": "U", "body": "Two."}, ["Title changed", "Text changed"]),
        ({"sources": {"p1": SOURCE}}, ["Sources changed"]),
        ({"slug": "new"}, ["Renamed from old to new"]),
        ({"state": "not-validated"}, ["Marked as not validated"]),
        ({"tags": ("x",), "product": "Hub"}, ["Products changed", "Topics changed"]),
        ({"phrasings": ("x",)}, ["Found by other words"]),
        ({"translations": {"de": "b"}}, ["Its translations were named"]),
        ({"verified": "2"}, ["Still right"]),
        ({"verified": "2", "valid_until": "3"}, ["Still right", "To be looked at again on another day"]),
        ({"valid_until": "3"}, ["To be looked at again on another day"]),
        ({"verified": "2", "body": "Two."}, ["Text changed"]),
        ({}, ["Changed"]),
    ],
)
def test_what_differs_is_told(values: dict[str, object], told: list[str]) -> None:
    """Each kind of change in its own words."""
    now = replace(FIRST, updated="2", **values)  # type: ignore[arg-type]
    assert [str(each) for each in happened(now, FIRST, EDIT, [FIRST])] == told


@pytest.mark.parametrize(
    ("before", "told"), [("draft", "Published"), ("archived", "Brought back"), ("not-validated", "Found right")]
)
def test_what_an_editor_stands_for(before: str, told: str) -> None:
    """From which state on it is validated."""
    old = replace(FIRST, state=before)  # type: ignore[arg-type]
    assert [str(each) for each in happened(FIRST, old, EDIT, [old])] == [told]


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ("validated", "archived", "Retired"),
        ("draft", "archived", "Retired"),
        ("archived", "not-validated", "Brought back"),
        ("archived", "draft", "Brought back"),
        ("not-validated", "draft", "Made a draft again"),
        ("draft", "not-validated", "Changed"),
    ],
)
def test_what_a_hand_in_git_did_to_readers_is_told(before: str, now: str, told: str) -> None:
    """Though no verdict says it."""
    old, new = replace(FIRST, state=before), replace(FIRST, state=now)  # type: ignore[arg-type]
    assert [str(each) for each in happened(new, old, None, [old])] == [told]


def test_the_verdict_tells_what_versions_do_not() -> None:
    """Where an article began, that it was retired, and that a verdict was taken back."""
    made = replace(EDIT, verdict="approve")
    beginnings = [
        (replace(made, draft="d"), FIRST, "Approved as drafted"),
        (replace(EDIT, draft="d"), FIRST, "Approved with other words"),
        (made, FIRST, "Written from nothing"),
        (made, replace(FIRST, translations={"de": "b"}), "Translated"),
        (EDIT, FIRST, "Changed"),
        (None, FIRST, "It came with git"),
    ]
    for decision, article, told in beginnings:
        assert [str(each) for each in happened(article, None, decision, [])] == [told]
    gone = replace(FIRST, state="archived")
    assert [str(each) for each in happened(gone, FIRST, replace(EDIT, verdict="expire"), [FIRST])] == ["Retired"]
    taken = happened(FIRST, gone, replace(EDIT, verdict="undo"), [gone, FIRST])
    assert [str(each) for each in taken] == ["A verdict was taken back"]


def test_back_to_an_earlier_text() -> None:
    """The words of a version that is not the last one."""
    between = replace(FIRST, body="Two.")
    found = happened(replace(FIRST, updated="3"), between, EDIT, [between, FIRST])
    assert [str(each) for each in found] == ["Rolled back to an earlier version"]
