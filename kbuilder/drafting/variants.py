"""Answers that hold for different versions, products or times: told apart, never blended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

from kbuilder.records import Post, Thread
from kbuilder.text import N_
from kbuilder.texts import PRODUCT, VERSION, YEAR

DIFFER = N_("The answers are for different versions, products or times. Check which one holds for whom.")

_YEARS_APART = 3

_VERSION = re.compile(
    r"(?:firmware|version|software|fritz!?os|release|update)(?:[ -]?(?:version|stand))?[ ]*(?:v|ab |since |from |seit )?[ ]*"
    r"(?P<major>[0-9]{1,2})(?:\.(?:x|[0-9]+))+"
    r"|(?<![\w.,])(?P<alone>[0-9]{1,2})\.x\b|\((?P<bare>[0-9]{1,2})\.[0-9]+\)|\b(?:mit|with|on|auf) (?P<with>[0-9]{1,2})\.[0-9]+(?![\w.,%]|\s?(?:ghz|v\b|a\b|mm|cm))",
    re.IGNORECASE,
)


def version_of(*texts: str) -> str:
    """The main version that texts are about, the first of them to name one: ``"3.x"``; ``""`` where none does.

    >>> version_of("With firmware 3.2 it is under System. The trick was for 2.x.")
    '3.x'
    """
    for text in texts:
        found = _VERSION.search(text)
        if found:
            return next(major for major in found.groups() if major) + ".x"
    return ""


class Given(Protocol):
    """An answer, as far as it tells what it holds for."""

    @property
    def version(self) -> str: ...
    @property
    def thread(self) -> Thread: ...
    @property
    def post(self) -> Post: ...


G = TypeVar("G", bound=Given)


class Variant(NamedTuple):
    """A heading's message id and its fields."""

    message: str
    values: dict[str, str]


def told(answers: Sequence[Given]) -> list[Variant | None]:
    """What each answer holds for, by the first thing in which they differ: version, product, year; else ``None``."""
    ways = (
        (VERSION, "version", [each.version for each in answers]),
        (PRODUCT, "product", [each.thread.product for each in answers]),
        (YEAR, "year", _years(answers)),
    )
    for message, name, found in ways:
        if len({value for value in found if value}) > 1:
            return [Variant(message, {name: value}) if value else None for value in found]
    return [None] * len(answers)


def ordered(answers: Sequence[G]) -> list[tuple[G, Variant | None]]:
    """The answers, each with what it holds for: those that hold for the same together, of years the newest first.

    What holds for the same as the first answer, to which title and problem belong, stands before all others.
    """
    found = told(answers)

    def place(number: int) -> tuple[bool, int, int]:
        variant = found[number]
        year = int(variant.values["year"]) if variant and variant.message == YEAR else 0
        return bool(number) and variant != found[0], -year, found.index(variant) if variant else number

    return [(answers[number], found[number]) for number in sorted(range(len(found)), key=place)]


def _years(answers: Sequence[Given]) -> list[str]:
    """The years of answers that lie far apart; else nothing."""
    years = [each.post.created[:4] for each in answers]
    numbers = [int(year) for year in years if year.isdigit()]
    return years if numbers and max(numbers) - min(numbers) >= _YEARS_APART else [""] * len(years)
