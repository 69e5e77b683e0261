"""What an archive tells of itself."""

from __future__ import annotations

import random

import numpy as np
import pytest

from kbuilder.index import Entry, learn, probes

THINGS = ("router", "lamp", "bracelet", "battery", "strap", "cable", "display", "button")


def made(count: int = 40) -> list[Entry]:
    """Threads whose answers name what the title names."""
    return [
        Entry(
            id=f"forum:{number}",
            title=f"My {THINGS[number % 8]} number {number} broke",
            answers=(f"Take the {THINGS[number % 8]} number {number} apart first. Then send it in for a new one.",),
            language="en",
        )
        for number in range(count)
    ]


def test_the_same_sentences_for_any_order() -> None:
    """Some of each entry, and of its language."""
    found = probes(made())
    assert found == probes(random.Random(1).sample(made(), 40))
    assert len(found) == 80
    assert {probe.language for probe in found} == {"en"}


def test_few_sentences_say_too_little() -> None:
    """Then what is usual counts."""
    assert probes(made(10)) == []


def test_words_count_where_vectors_say_nothing() -> None:
    """And vectors where they know the thread."""
    entries = made()
    asked = [probe for probe in probes(entries) if "apart" in probe.text]
    chance = np.random.default_rng(1)
    own = {entry.id: vector / np.linalg.norm(vector) for entry in entries for vector in [chance.normal(size=16)]}
    title = np.array([own[entry.id] for entry in entries])
    noise = np.array([vector / np.linalg.norm(vector) for vector in chance.normal(size=(len(asked), 16))])
    known = np.array([own[probe.entry] for probe in asked])
    blind, seeing = (learn(entries, title, title, asked, vectors)["en"] for vectors in (noise, known))
    assert blind[2] > 0.6
    assert seeing[2] < 0.4
    assert sum(blind) == pytest.approx(1, abs=0.02)
