"""The skewed draws, and how well ids last when threads arrive on them."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
import skewed
from factories import thread

from kbuilder.candidates import propose
from kbuilder.config import CandidatesRecipe
from kbuilder.records import Lineage

DATA = Path(os.environ.get("KBUILDER_EVAL_DATA", "."))
pytestmark = pytest.mark.skipif(
    not (DATA / "stackfaq").is_dir(), reason="KBUILDER_EVAL_DATA does not name the judged data"
)
ARRIVALS = 2


def test_a_draw_is_the_same_each_time() -> None:
    """By its seed, and another one is another."""
    assert skewed.draw(DATA, 0) == skewed.draw(DATA, 0)
    assert skewed.draw(DATA, 0) != skewed.draw(DATA, 1)


@pytest.mark.parametrize("seed", range(skewed.DRAWS))
def test_most_texts_of_a_draw_are_alone(seed: int) -> None:
    """125 threads and 275 loners; no text twice, no group above ten."""
    rows = skewed.draw(DATA, seed)
    sizes = Counter(Counter(row["label"] for row in rows).values())
    assert sum(sizes.values()) == 125 + skewed.SINGLES
    assert max(sizes) <= 10
    assert sizes[1] >= skewed.SINGLES + 125 // 4
    assert len({row["_id"] for row in rows}) == len(rows)


def test_what_arrives_later_makes_the_groups_of_a_build_from_nothing() -> None:
    """5 % more threads, twice: whatever the ledger remembers. How many ids last is told by ``make bench``."""
    threads = [thread(row["_id"], row["text"], "", ("",)) for row in skewed.draw(DATA, 0)[:120]]
    recipe, ledger = CandidatesRecipe(lexical=1.0), list[Lineage]()
    for count in skewed.arrivals(len(threads), ARRIVALS):
        found = propose(threads[:count], None, ledger, [], recipe)
        fresh = propose(threads[:count], None, [], [], recipe)
        assert {each.members for each in found.candidates} == {each.members for each in fresh.candidates}
        ledger = found.ledger
    assert any(len(each.members) > 1 for each in found.candidates)
