"""Whose word counts on a suggestion, and whose does not."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kbuilder.insight import verdicts
from kbuilder.insight.verdicts import Heard, heard
from kbuilder.insight.visits import visits
from kbuilder.store.database import Event

EVIDENCE = json.dumps({"model": "m", "figures": {"words": 0.5}})
WINDOW = 7.0
ROBOT = 2000


def visit(view: str, *kinds: str, day: int = 1, member: str = "", target: str = "a", pause: int = 5) -> list[Event]:
    """A page view on which an answer was found, and then what is told, some seconds apart."""
    told = ("asked", *kinds)
    return [
        Event(
            time=f"2026-03-{day:02d}T10:00:{number * pause:02d}Z",
            kind=kind,  # type: ignore[arg-type]
            page_view=view,
            member=member,
            target="" if kind == "posted" else target,
            evidence=EVIDENCE if kind == "asked" else "",
        )
        for number, kind in enumerate(told)
    ]


def said(events: list[Event], posts: tuple[tuple[str, str], ...] = ()) -> list[bool]:
    return [each.right for each in heard(visits(events, WINDOW, posts)).verdicts]


def test_the_last_word_is_what_was_said_last() -> None:
    """In whatever order it arrived."""
    asked, opened, helped, not_helped = visit("v", "opened", "helped", "not_helped")
    assert said([asked, not_helped, helped, opened]) == [False]


def test_nobody_reads_before_asking() -> None:
    """However long ago a page says that an answer was opened."""
    asked, opened, helped = visit("v", "opened", "helped", pause=1)
    assert heard(visits([replace(opened, time="2026-03-01T09:30:00Z"), asked, helped], WINDOW)).aside == {}
    helped = replace(helped, time=asked.time)
    heard_of = heard(visits([replace(opened, time="2026-03-01T09:30:00Z"), asked, helped], WINDOW))
    assert heard_of.aside == {verdicts.TOO_QUICK: 1}


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (("opened", "helped"), [True]),
        (("opened", "not_helped"), [False]),
        (("opened", "helped", "not_helped"), [False]),
        (("opened", "helped", "posted"), [False]),
        (("opened", "posted"), [False]),
        (("opened",), []),
        (("opened", "abandoned"), []),
        (("shown", "posted"), []),
        (("helped",), []),
    ],
)
def test_what_an_asker_did(kinds: tuple[str, ...], told: list[bool]) -> None:
    """A word on what was opened counts, and so does posting all the same; silence does not."""
    assert said(visit("v", *kinds)) == told


def test_who_posts_within_the_window_was_not_helped() -> None:
    """On another page view, or by a question that was imported."""
    helped = visit("v1", "opened", "helped", member="m")
    assert said(helped + visit("v2", "posted", member="m", day=5)) == [False]
    assert said(helped, (("m", "2026-03-04T00:00:00Z"),)) == [False]
    assert said(helped, (("m", "2026-03-20T00:00:00Z"), ("other", "2026-03-04T00:00:00Z"))) == [True]


def test_only_what_was_found_first_is_judged() -> None:
    """For that alone it is known what the probability was made of."""
    events = visit("v", "opened", "helped", target="second")
    assert said([event for event in events if event.kind != "asked"] + visit("v", target="first")) == []
    (one,) = heard(visits(visit("v", "opened", "helped"), WINDOW)).verdicts
    assert (one.target, one.voice, one.model, one.figures) == ("a", "v", "m", {"words": 0.5})


def test_nobody_reads_in_no_time() -> None:
    """A robot that opens and judges at once is set aside, and told."""
    quick = heard(visits(visit("v", "opened", "helped", pause=0), WINDOW))
    assert quick == Heard([], {verdicts.TOO_QUICK: 1})


def crowd(count: int) -> list[Event]:
    """Askers over twenty days and twenty answers, three in four of them helped."""
    return [
        event
        for number in range(count)
        for event in visit(
            f"v{number}",
            "opened",
            "helped" if number % 4 else "not_helped",
            day=1 + number % 20,
            target=f"answer{number % 19}",
        )
    ]


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        (lambda n: {"target": "advert"}, verdicts.TOO_MANY_ANSWER),
        (lambda n: {"target": f"x{n}"}, verdicts.TOO_MANY_DAY),
        (lambda n: {"target": f"x{n}", "day": 1 + n % 25, "member": "r"}, verdicts.TOO_LOUD),
    ],
)
def test_a_robot_is_not_the_crowd(does: Callable[[int], dict[str, Any]], reason: str) -> None:
    """It speaks ten times as often, for one answer, on one day or under one name: no more than its share counts."""
    robot = [event for n in range(ROBOT) for event in visit(f"r{n}", "opened", "helped", **does(n))]
    alone, both = heard(visits(crowd(200), WINDOW)), heard(visits(crowd(200) + robot, WINDOW))
    assert len(alone.verdicts) == 200
    theirs = [each for each in both.verdicts if each.voice.startswith("r")]
    assert len(theirs) <= 0.25 * len(both.verdicts)
    assert len(both.verdicts) - len(theirs) > 150
    assert both.aside[reason] > 1900


def test_order_does_not_matter() -> None:
    """Who comes first has no more weight."""
    parts = [visit(f"v{n}", "opened", "helped", target=f"x{n}", day=1) for n in range(60)]
    random.Random(1).shuffle(parts)
    shuffled = [event for part in parts for event in part]
    ordered = [event for part in sorted(parts, key=lambda part: part[0].page_view) for event in part]
    assert heard(visits(shuffled, WINDOW)) == heard(visits(ordered, WINDOW))
    assert len(heard(visits(shuffled, WINDOW)).verdicts) == verdicts.A_FEW


def second(view: str, *kinds: str, **more: Any) -> list[Event]:
    """A page view on which two answers were found, and something happened to the second."""
    asked, *told = visit(view, *kinds, **more)
    evidence = json.dumps({**json.loads(EVIDENCE), "others": [asked.target]})
    return [replace(asked, target="first", evidence=evidence), *told]


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (("opened", "helped"), [True]),
        (("opened", "not_helped"), [False]),
        (("opened", "helped", "not_helped"), [False]),
        (("opened", "helped", "posted"), [False]),
        (("opened", "posted"), []),
        (("helped",), []),
        (("not_helped",), []),
    ],
)
@pytest.mark.parametrize("happened", [visit, second])
def test_words_are_heard_of_every_answer_that_was_suggested(
    happened: Callable[..., list[Event]], kinds: tuple[str, ...], told: list[bool]
) -> None:
    """First or not; who said Yes and then posted was not helped, who posted without a word said none."""
    assert [each.right for each in heard(visits(happened("v", *kinds), WINDOW), words=True).verdicts] == told
    assert heard(visits(second("v", *kinds), WINDOW)).verdicts == []


def test_nobody_is_heard_who_was_given_no_answer() -> None:
    """Forty page views that never asked, or asked and were given another answer."""
    every = [each for n in range(40) for each in visit(f"rob{n}", "opened", "helped")]
    assert heard(visits([each for each in every if each.kind != "asked"], WINDOW), words=True).verdicts == []
    other = [replace(each, target="other") if each.kind == "asked" else each for each in every]
    assert heard(visits(other, WINDOW), words=True).verdicts == []
    assert len(heard(visits(every, WINDOW), words=True).verdicts) == verdicts.A_FEW
