"""Figures of the community as pictures with a table beside them: the top problems, answers over time.

A picture is SVG, drawn here from whole numbers, so that it has the same bytes each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate

from kbuilder.publish.catalogue import Catalogue
from kbuilder.publish.views import Bar, Figure, Link, Made, Meta, Page, needs
from kbuilder.text import N_

WIDE = 1_000
MONTHS = 24
"""Shown of what is told by month, at most."""


def pages(language: str, catalogue: Catalogue) -> Iterator[Page]:
    """The status page of a language."""
    cards = catalogue.cards[language]
    asked = [(catalogue.by_id[each.article], each.askers) for each in catalogue.knowledge.problems]
    problems = [(card, askers) for card, askers in asked if card.language == language and askers]
    answers = _growing([card.created[:7] for card in cards])
    solved = [each for each in catalogue.knowledge.solved if each[0]][-MONTHS:]
    path = f"{language}/-/status/index.html"

    def make() -> Made:
        title = catalogue.say(language)(N_("Status"))
        meta = Meta("status", path, language, title, alternates=catalogue.everywhere(language, "-/status/"))
        links = [Link(card.title, catalogue.addresses.article(card)) for card, _ in problems]
        return meta, {
            "problems": tuple(zip(links, bars([askers for _, askers in problems]), strict=True)),
            "answers": columns(answers),
            "solved": columns(solved),
            "total": len(cards),
        }

    shown = needs(facts=([(card.named, askers) for card, askers in problems], solved), list=(answers, len(cards)))
    yield Page(path, "status", "status.html", shown, make)


def bars(values: Sequence[int]) -> list[Bar]:
    """Lengths of lines that lie one below another, in thousandths of the longest.

    >>> [bar.length for bar in bars([8, 4])]
    [1000, 500]
    """
    most = max(values, default=0) or 1
    return [Bar(value, value * WIDE // most) for value in values]


def columns(values: Sequence[tuple[str, int]]) -> Figure:
    """Columns that stand one beside another.

    >>> columns([("2026-01", 2), ("2026-02", 4)]).bars[1].length
    1000
    """
    return Figure(tuple(name for name, _ in values), tuple(bars([value for _, value in values])))


def _growing(months: Sequence[str]) -> list[tuple[str, int]]:
    """How many there were at the end of each month in which there was one more."""
    counts = sorted(Counter(months).items())
    totals = accumulate(count for _, count in counts)
    return [(month, total) for (month, _), total in zip(counts, totals, strict=True)][-MONTHS:]
