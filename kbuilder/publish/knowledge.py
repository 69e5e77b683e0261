"""What an audience may read: the knowledge base's tree, read once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from kbuilder import markup, resources
from kbuilder.config import Config, read_config
from kbuilder.errors import ConfigError, Lines, Said, at
from kbuilder.publish import withdrawn
from kbuilder.publish.cards import Card
from kbuilder.publish.reading import Cache, Reader, Tree
from kbuilder.records import Fault
from kbuilder.store import notices
from kbuilder.store.notices import Notice
from kbuilder.text import N_

PROBLEMS = "facts/problems.json"
SOLVED = "facts/solved.json"
HELPED = "facts/helped.json"
SHOWN = ("validated", "not-validated")
"""States of articles that are published."""


_WRITTEN_BY = dict.fromkeys((SOLVED, HELPED), N_("Write it again with: kbuilder stats deflection --commit"))

MOST_WANTED = 10
_MONTH = re.compile(r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem that many people have, and that an article answers."""

    article: str
    """Its id."""
    askers: int


@dataclass(frozen=True)
class Knowledge:
    """The published part of a knowledge base, for one audience."""

    config: Config
    audience: str
    cards: tuple[Card, ...]
    """Of the articles that are shown, by language and slug."""
    withdrawn: tuple[Card, ...]
    """Of articles of which no answer is left."""
    retired: tuple[Card, ...]
    """Of articles that an editor has taken away, and whose address no other has."""
    problems: tuple[Problem, ...]
    solved: tuple[tuple[str, int], ...]
    """How many questions were solved by month."""
    notices: tuple[Notice, ...]
    """Current problems that everybody should know of."""
    helped: Mapping[str, tuple[int, int]]
    """By article, how many it helped of those who said so."""
    reader: Reader
    every: Mapping[str, Card]
    """Of all articles by file, shown or not."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Those of the configuration, then those that articles have besides."""
        besides = sorted({card.language for card in (*self.cards, *self.withdrawn)})
        return tuple(dict.fromkeys((*self.config.languages, *besides)))


def read(
    tree: Tree,
    audience: str,
    engine: str = "",
    cache: Cache | None = None,
    before: Mapping[str, Card] = MappingProxyType({}),
) -> Knowledge:
    """What the tree holds for an audience.

    Args:
        before: the cards of an earlier publish, which are taken over where they still hold.

    Raises:
        ConfigError: the configuration or a file is wrong, or there is no such audience. All faults at once.
    """
    config = read_config(tree)
    sees = seen_by(audience, config)
    reader = Reader(tree, withdrawn.read(tree), markup.to_html, engine, cache)
    every, faults = reader.cards(before)
    if faults:
        raise as_error(faults)
    shown = sorted(
        (card for card in every.values() if card.audience in sees and card.state in SHOWN),
        key=lambda card: (card.language, card.slug, card.id),
    )
    _refuse_collisions(shown)
    answered = tuple(card for card in shown if card.answered)
    return Knowledge(
        config=config,
        audience=audience,
        cards=answered,
        withdrawn=tuple(card for card in shown if not card.answered),
        retired=_retired(every, shown, sees),
        problems=_visible(read_problems(tree), answered, sees),
        solved=read_solved(tree) if "public" in sees else (),
        helped=read_helped(tree),
        notices=tuple(each for each in notices.read(tree).current if each.audience in sees),
        reader=reader,
        every=every,
    )


def _retired(every: Mapping[str, Card], shown: Sequence[Card], sees: Sequence[str]) -> tuple[Card, ...]:
    taken = {(card.language, card.slug) for card in shown}
    found = {
        (card.language, card.slug): card
        for card in every.values()
        if card.state == "archived" and card.audience in sees and (card.language, card.slug) not in taken
    }
    return tuple(card for _, card in sorted(found.items()))


def seen_by(audience: str, config: Config) -> tuple[str, ...]:
    """The audiences whose articles these readers see.

    Raises:
        ConfigError: there is no such audience.
    """
    if audience not in config.audience:
        raise ConfigError(
            N_("There is no audience “{name}”; kbuilder.toml defines: {known}"),
            N_("Name one of these, or add [audience.{name}] to kbuilder.toml."),
            name=audience,
            known=", ".join(sorted(config.audience)),
        )
    return config.audience[audience].sees


def read_problems(tree: resources.Tree) -> list[dict[str, object]]:
    """The most wanted problems as the last build left them.

    Raises:
        ConfigError: the file is not what a build writes.
    """
    return _facts(tree, PROBLEMS, "problems")


def read_solved(tree: resources.Tree) -> tuple[tuple[str, int], ...]:
    """How many questions were solved by month: ``{"months": [{"month": "2026-01", "solved": 12}]}``.

    Raises:
        ConfigError: the file is not what a build writes.
    """
    found = [(str(each.get("month")), _count(each.get("solved"))) for each in _facts(tree, SOLVED, "months")]
    if not all(_MONTH.fullmatch(month) for month, _ in found):
        raise _unreadable(SOLVED)
    return tuple(sorted(found))


def read_helped(tree: resources.Tree) -> dict[str, tuple[int, int]]:
    """How many an article helped, and of how many: ``{"articles": [{"id": …, "yes": 7, "told": 9}]}``.

    Raises:
        ConfigError: the file is not what ``kbuilder stats deflection --commit`` writes.
    """
    found = {
        str(each.get("id")): (_count(each.get("yes")), _count(each.get("told")))
        for each in _facts(tree, HELPED, "articles")
    }
    return {article: (yes, told) for article, (yes, told) in found.items() if told >= yes}


def _facts(tree: resources.Tree, file: str, name: str) -> list[dict[str, object]]:
    data = tree.read(file)
    if data is None:
        return []
    try:
        return [{"audience": "public", **dict(each)} for each in json.loads(data)[name]]
    except (ValueError, TypeError, KeyError):
        raise _unreadable(file) from None


def _unreadable(file: str) -> ConfigError:
    hint = _WRITTEN_BY.get(file, N_("Write it again with: kbuilder build"))
    return ConfigError(N_("{file} cannot be read."), hint, file=file)


def _visible(told: list[dict[str, object]], shown: tuple[Card, ...], sees: tuple[str, ...]) -> tuple[Problem, ...]:
    """The most wanted problems that have an article here, those that most people asked first.

    What nobody reviewed is not shown, not even its title.
    """
    answers = {article.lineage: article.id for article in shown if article.lineage}
    found = (
        Problem(
            article=answers[str(problem["lineage"])],
            askers=_count(problem.get("askers")) or _count(problem.get("threads")),
        )
        for problem in told
        if problem["audience"] in sees and str(problem.get("lineage")) in answers
    )
    return tuple(sorted(islice(found, MOST_WANTED), key=lambda problem: -problem.askers))


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _refuse_collisions(articles: list[Card]) -> None:
    """Two articles cannot be one page."""
    pages: dict[tuple[str, str], str] = {}
    for article in articles:
        other = pages.setdefault((article.language, article.slug), article.id)
        if other != article.id:
            raise ConfigError(
                N_("Two articles have the address {language}/{slug}: {one} and {two}"),
                N_("Rename one of them."),
                language=article.language,
                slug=article.slug,
                one=other,
                two=article.id,
            )


def as_error(faults: list[Fault]) -> ConfigError:
    """Faults as one error that tells them all."""
    lines = tuple(at(fault.place, Said(fault.message, fault.values)) for fault in faults)
    return ConfigError("{faults}", N_("Mend these files; kbuilder check lists what is wrong."), faults=Lines(lines))
