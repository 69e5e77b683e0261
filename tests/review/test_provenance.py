"""Which words of a body rest on which source, and whether they still do after an edit."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable

import pytest

from kbuilder.review.provenance import kept, statements, supported

SOURCE = "Hold the small reset button for ten seconds, then wait until the light is white."
QUELLE = "Halten Sie die Taste zehn Sekunden gedrückt und schalten Sie den Hub danach ein."


@pytest.mark.parametrize(
    "text",
    [
        SOURCE,
        "**Hold** the small *reset* button for ten seconds, then wait until the light is white!",
        "Hold the reset button for ten seconds, then wait until the light is white.",
        "Hold the small reset button for ten seconds, and then wait until the light is white.",
        "hold the small reset button for ten seconds.",
    ],
)
def test_nearly_the_same_words_are_supported(text: str) -> None:
    """Marks, capitals, a word less or more, or a part of the sentence."""
    assert supported(text, SOURCE)


@pytest.mark.parametrize(
    "text",
    [
        "Hold the small reset button for five seconds, then wait until the light is white.",
        "Hold the small reset button for 20 seconds, then wait until the light is white.",
        "Do not hold the small reset button for ten seconds, then wait until the light is white.",
        "Hold the button.",
        "Throw the router away and ask your provider for another one.",
        "",
    ],
)
def test_other_words_numbers_and_negations_are_not(text: str) -> None:
    """What the source does not say is the editor's."""
    assert not supported(text, SOURCE)


def test_a_word_turned_into_its_opposite_is_not_supported() -> None:
    """On for off is one word of many, and the opposite."""
    assert supported(QUELLE.replace("Hub", "Hub 3").replace(" 3", ""), QUELLE)
    assert not supported(QUELLE.replace(" ein.", " aus."), QUELLE)
    assert not supported(
        "Turn the light on at night and leave it so.", "Turn the light off at night and leave it so."
    )


def test_statements_are_what_stands_before_their_references() -> None:
    """In paragraphs, items, headings and quotations; several references together are of one statement."""
    body = "#### A head[^p1]\n\nOne. Two.[^p2][^p3] Three.[^p4]\n\n1. Step.[^p5]\n\n> Said.[^p6]\n\nEditorial."
    assert [(each.text, each.keys) for each in statements(body)] == [
        ("A head", ("p1",)),
        ("One. Two.", ("p2", "p3")),
        ("Three.", ("p4",)),
        ("Step.", ("p5",)),
        ("> Said.", ("p6",)),
    ]


def test_an_untouched_body_keeps_everything() -> None:
    """Even a reference that stands alone before its code."""
    body = "One.[^p1]\n\n[^p2]\n\n```\ncode\n```\n\n- Three.[^p3]"
    assert kept(body, body) == body


def test_a_sentence_added_before_another_does_not_cost_its_reference() -> None:
    """The last sentence before the reference is what it is for."""
    body = f"We checked this. {SOURCE}[^p1]"
    assert kept(body, f"{SOURCE}[^p1]") == body


def test_the_source_itself_decides_where_it_is_at_hand() -> None:
    """Small changes one after the other do not carry a sentence away from its source."""
    drifted = "Press the tiny black button for ten seconds, then wait until the lamp glows."
    assert kept(f"{drifted}[^p1]", f"{drifted}[^p1] More.[^p2]", {"p1": SOURCE}) == f"{drifted}[^p1]"
    edited = "Press the tiny black button for ten seconds, then wait until the lamp is on."
    assert kept(f"{edited}[^p1]", f"{drifted}[^p1]", {"p1": SOURCE}) == edited


@pytest.mark.parametrize("piece", [f"{SOURCE}[^p1]\n\n", f"{SOURCE}[^p1] ", "w[^p1]\n\n", "A b. ", "$x$[^p1] "])
def test_four_times_the_text_is_four_times_the_work(piece: str) -> None:
    """All of a server waits for it. Work is counted in calls of functions, Python's and C's."""
    few, many = (
        calls(lambda size=size: kept(piece * (size // len(piece)) + "End.[^p1]", f"{SOURCE}[^p1]", {"p1": SOURCE}))
        for size in (2_000, 8_000)
    )
    assert many < 5 * few


def calls(work: Callable[[], object]) -> int:
    """How many functions a piece of work calls."""
    counted = Counter[str]()
    before = sys.getprofile()
    sys.setprofile(lambda _frame, event, _argument: counted.update([event]))
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted["call"] + counted["c_call"]
