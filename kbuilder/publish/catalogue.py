"""What several pages of a site need: its articles in the orders and groups that lists show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from typing import TypeVar

from kbuilder.publish.addresses import Addresses
from kbuilder.publish.attribution import web_address
from kbuilder.publish.body import Frame, page_body
from kbuilder.publish.cards import Card
from kbuilder.publish.knowledge import Knowledge
from kbuilder.publish.reading import Tree
from kbuilder.publish.views import Alternate, Chrome, Link, Notice, Part, clean
from kbuilder.store import notices
from kbuilder.text import products_of
from kbuilder.texts import Translate, translator

_products_of = lru_cache(10_000)(products_of)
"""Thousands of articles are about few products."""

T = TypeVar("T")
Groups = dict[str, list[Card]]
"""Names of tags or products, each with its articles by title."""
RELATED = 6
"""Articles that a page leads to, at most, unless its own file names more."""


@dataclass(eq=False)
class Catalogue:
    """The articles of a site as its lists show them."""

    knowledge: Knowledge
    tree: Tree

    @cached_property
    def say(self) -> Callable[[str], Translate]:
        """The interface's texts of a language."""
        return cache(lambda language: translator(language, self.tree))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        return self.knowledge.languages

    @cached_property
    def chrome(self) -> Chrome:
        """What stands on every page."""
        config = self.knowledge.config
        return Chrome(
            title=clean(config.title),
            team=clean(config.team),
            ask_url=web_address(config.ask_url),
            url=web_address(config.url).rstrip("/"),
            searchable=bool(self.knowledge.cards),
            media=tuple(each for each, cards in self.cards.items() if any(card.media for card in cards)),
            public=self.knowledge.audience == "public",
            footer=tuple((clean(each.title), web_address(each.url)) for each in config.site.footer),
            helped_url=web_address(config.site.helped_url),
            outdated=_outdated(config.site.outdated),
        )

    @cached_property
    def addresses(self) -> Addresses[Card]:
        return Addresses.of((*self.knowledge.cards, *self.knowledge.withdrawn))

    @cached_property
    def by_id(self) -> dict[str, Card]:
        return {card.id: card for card in self.knowledge.cards}

    @cached_property
    def leading(self) -> dict[str, list[str]]:
        """By article, the ids of those that name it as related, sorted."""
        found: dict[str, list[str]] = {}
        for card in sorted(self.knowledge.cards, key=lambda card: card.id):
            for other in card.related:
                found.setdefault(other, []).append(card.id)
        return found

    def related(self, card: Card) -> list[Card]:
        """What a page leads to: the articles that this one names, then those that name it, up to :data:`RELATED`.

        A relation has two ends, but is written down at that which came later.
        """
        by_id, others = self.by_id, [other for other in self.leading.get(card.id, ()) if other not in card.related]
        named = [*card.related, *others[: max(RELATED - len(card.related), 0)]]
        return [by_id[other] for other in named if other in by_id]

    def link(self, card: Card) -> Link:
        """An article as lists show it."""
        return Link(
            title=card.title,
            path=self.addresses.article(card),
            language=card.language,
            summary=card.summary,
            date=card.updated,
            new=card.updated <= card.created,
        )

    def short(self, cards: Sequence[Card]) -> tuple[Link, ...]:
        """Articles as lists show them that have no room for a summary."""
        return tuple(replace(self.link(card), summary="") for card in cards)

    @cached_property
    def cards(self) -> dict[str, list[Card]]:
        """The articles of each language."""
        found: dict[str, list[Card]] = {language: [] for language in self.languages}
        for card in self.knowledge.cards:
            found[card.language].append(card)
        return found

    @cached_property
    def newest(self) -> dict[str, list[Card]]:
        """The articles of each language, those last changed first."""
        return {
            language: sorted(cards, key=lambda card: card.updated, reverse=True)
            for language, cards in self.cards.items()
        }

    @cached_property
    def by_title(self) -> dict[str, list[Card]]:
        """The articles of each language in the order of their titles."""
        return {
            language: sorted(cards, key=lambda card: (card.title.casefold(), card.slug))
            for language, cards in self.cards.items()
        }

    @cached_property
    def tags(self) -> dict[str, Groups]:
        """The tags of each language."""
        return {each: self._grouped(each, lambda card: card.tags) for each in self.languages}

    @cached_property
    def products(self) -> dict[str, Groups]:
        """The products of each language."""
        return {each: self._grouped(each, self.products_of) for each in self.languages}

    @staticmethod
    def products_of(card: Card) -> tuple[str, ...]:
        """What an article is about."""
        return _products_of(card.product)

    def _grouped(self, language: str, names: Callable[[Card], Sequence[str]]) -> Groups:
        groups: Groups = defaultdict(list)
        for card in self.by_title[language]:
            for name in names(card):
                groups[name].append(card)
        return {name: groups[name] for name in sorted(groups, key=_place)}

    def topic_links(self, language: str) -> tuple[Link, ...]:
        """The tags of a language with the number of their articles."""
        return tuple(
            Link(title=clean(name), path=self.addresses.tag(language, name), count=len(cards))
            for name, cards in self.tags[language].items()
        )

    def product_links(self, language: str) -> tuple[Link, ...]:
        """The products of a language with the number of their articles."""
        return tuple(
            Link(title=clean(name), path=self.addresses.product(language, name), count=len(cards))
            for name, cards in self.products[language].items()
        )

    def told(self, card: Card) -> list[notices.Notice]:
        """Current problems that readers of an article are told of: those of its product, or of one of them."""
        if not self.knowledge.notices:
            return []
        own = {*self.products_of(card)}
        return [
            each
            for each in self.knowledge.notices
            if each.language in ("", card.language) and own.intersection(each.products)
        ]

    def notice(self, told: notices.Notice) -> Notice:
        """A current problem as pages show it."""
        html = self.knowledge.reader.markup(clean(told.text))
        frame = Frame(link=web_address, picture=lambda _: None, numbers={}, say=str)
        return Notice(clean(told.title), page_body(html, frame).html, web_address(told.url), told.since, told.until)

    def alternates(self, here: str, translated: Mapping[str, str]) -> tuple[Alternate, ...]:
        """The other languages: the page itself where it is translated, else their home."""
        return tuple(
            (language, translated.get(language, f"{language}/"), language in translated)
            for language in self.languages
            if language != here
        )

    def everywhere(
        self, here: str, rest: str, *, first: bool = True, among: Sequence[str] = ()
    ) -> tuple[Alternate, ...]:
        """Alternates of a page that every language has, or those ``among`` them do; later pages of a list have none,
        and lead to its first.
        """
        found = self.alternates(here, {language: f"{language}/{rest}" for language in among or self.languages})
        return tuple((language, path, same and first) for language, path, same in found)


def parts(address: str, listed: Sequence[T], most: int, first: str = "") -> Iterator[tuple[str, Part, Sequence[T]]]:
    """A long list as pages of so many at most: the address of each, its place among them, what it lists."""
    count = max(1, -(-len(listed) // most))
    places = [first or address, *(f"{address}{number}/" for number in range(2, count + 1))]
    for number, place in enumerate(places, 1):
        before = places[number - 2] if number > 1 else ""
        after = places[number] if number < count else ""
        yield place, Part(number, count, before, after), listed[(number - 1) * most : number * most]


def _place(name: str) -> tuple[str, str]:
    """Of a tag or product among others: as people count.

    >>> sorted(["Hub 10", "hub 2", "Hub"], key=_place)
    ['Hub', 'hub 2', 'Hub 10']
    """
    return re.sub("[0-9]+", lambda number: number[0].zfill(9), name.casefold()), name


def _outdated(written: str) -> str:
    """Where readers tell that a page is out of date: a web address, or one of mail as ``mailto:``."""
    mail = written.strip().removeprefix("mailto:")
    if "@" in mail and "/" not in mail and ":" not in mail:
        return f"mailto:{clean(mail)}"
    return web_address(written)
