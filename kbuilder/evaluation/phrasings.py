"""Whether articles are found by the ways in which people asked: each is asked of an index that was not told it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from kbuilder.records import silent
from kbuilder.text import fold
from kbuilder.workspace import answering
from kbuilder.workspace.answering import Answers, Indexed, Library
from kbuilder.workspace.building import build_indexes, open_indexes
from kbuilder.workspace.parts import Parts


@dataclass(frozen=True)
class Asked:
    """A way of asking, and what it showed."""

    phrasing: str
    article: str
    """The id of the one that it belongs to."""
    title: str
    shown: tuple[str, ...]
    """Titles of the articles that were sure enough, the likeliest first."""
    place: int
    """Its own article's among them, from 1; 0: it is not there."""


def evaluate_phrasings(parts: Parts) -> list[Asked]:
    """Ask the phrasings of all articles that readers see, each of articles that know none of them.

    Threads are left out: a phrasing is the title of one. What is shown is what askers would see, by the wanted
    precision.

    Raises:
        StaleError: nothing was built yet.
    """
    found = answering.library(parts)
    untold = [replace(each.entry, phrasings=()) for each in found.indexed]
    with TemporaryDirectory() as folder:
        build_indexes(parts, untold, Path(folder), found.reader, silent)
        alone = replace(found, articles=open_indexes(Path(folder)), threads=(), answers=Answers())
        return [asked for each in found.indexed for asked in _ask(alone, each)]


def _ask(found: Library, one: Indexed) -> Iterator[Asked]:
    article = one.article
    for phrasing in one.entry.phrasings:
        if fold(phrasing) != fold(article.title):
            shown = answering.ask(found, phrasing, article.language, article.audience)
            places = [each.target for each in shown]
            place = places.index(article.id) + 1 if article.id in places else 0
            yield Asked(phrasing, article.id, article.title, tuple(each.title for each in shown), place)


def figures(asked: Sequence[Asked]) -> dict[str, float]:
    """Shares in [0, 1] of all that was asked, by name; none where nothing was."""
    if not asked:
        return {}
    return {
        "first": sum(each.place == 1 for each in asked) / len(asked),
        "among": sum(each.place > 0 for each in asked) / len(asked),
        "silent": sum(not each.shown for each in asked) / len(asked),
    }
