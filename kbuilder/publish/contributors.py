"""Who gave the words that articles rest on: those whose licence asks that they are named, and those who agreed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kbuilder.config import Config
from kbuilder.publish import attribution
from kbuilder.publish.cards import Card
from kbuilder.publish.views import Contributor


def contributors(cards: Sequence[Card], config: Config) -> tuple[Contributor, ...]:
    """People by the number of articles that rest on them, most first."""
    asks: dict[tuple[str, str], bool] = {}
    agreed = frozenset(config.site.contributors)
    counts = Counter(
        person
        for card in cards
        for person in {
            (name, url, forum)
            for name, url, own, forum in card.people
            if name and (name in agreed or _asks(own, forum, config, asks))
        }
    )
    found = (Contributor(name, url, count, _site(forum, config)) for (name, url, forum), count in counts.items())
    return tuple(
        sorted(found, key=lambda each: (-each.articles, each.name.casefold(), each.name, each.url, each.site))
    )


def _asks(own: str, forum: str, config: Config, known: dict[tuple[str, str], bool]) -> bool:
    if (own, forum) not in known:
        known[own, forum] = attribution.asks_for_names(attribution.licence(own, forum, config))
    return known[own, forum]


def _site(forum: str, config: Config) -> str:
    source = config.source_named(forum)
    return (source.title or source.name) if source else forum
