"""What search engines, feed readers, browsers and servers read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from kbuilder.publish import search
from kbuilder.publish.attribution import licence, thread_url
from kbuilder.publish.cards import Card, summary
from kbuilder.publish.catalogue import Catalogue
from kbuilder.publish.views import FeedEntry, Link, Made, Meta, Page, clean, needs
from kbuilder.records import FORMAT
from kbuilder.store.notices import Notice
from kbuilder.text import N_

FEED = 50
TOPIC_FEED = 10
ON_A_MAP = 1_000
"""Addresses of a sitemap, at most on average: an edit writes one of them again."""


def pages(catalogue: Catalogue, moved: Mapping[str, str], gone: Sequence[str]) -> Iterator[Page]:
    """Those of the whole site."""
    yield _page("robots", "robots.txt", "robots.txt", catalogue, needs())
    left = {"moved": tuple(moved.items()), "gone": tuple(gone)}
    for kind, name in (("redirects", "_redirects"), ("nginx", "nginx.conf")):
        yield _page(kind, name, name, catalogue, needs(list=left), left)
    if catalogue.chrome.url:
        yield from _sitemaps(catalogue)
        homes = {language: catalogue.by_title[language] for language in catalogue.languages}
        told = " ".join(card.named for cards in homes.values() for card in cards)
        yield from _sources(catalogue)
        yield Page("llms.txt", "llms", "llms.txt", needs(list=told), partial(_llms, catalogue))


def _sources(catalogue: Catalogue) -> Iterator[Page]:
    """Which article answers a thread, so that its forum can say so there."""
    cards = catalogue.knowledge.cards
    shown = needs(list="".join(f"{card.language} {card.slug} {card.answers}\n" for card in cards))

    def make() -> Made:
        told = sorted(_best(catalogue).items())
        threads = {thread: f"{catalogue.chrome.url}/{path}" for thread, path in told}
        listed = json.dumps({"format": FORMAT, "threads": threads}, ensure_ascii=False, indent=1)
        return Meta("sources", "sources.json", catalogue.languages[0], catalogue.chrome.title), {"list": listed}

    yield Page("sources.json", "sources", "sources.json", shown, make)


def _best(catalogue: Catalogue) -> dict[str, str]:
    """The address of the article that takes most from each thread."""
    taken = Counter[tuple[str, str]]()
    for card in catalogue.knowledge.cards:
        for post, url in card.cited:
            taken[thread_url(post, url, catalogue.knowledge.config), card.id] += 1
    best: dict[str, tuple[int, str, str]] = {}
    for (thread, article), count in taken.items():
        offered = (-count, catalogue.by_id[article].created, article)
        best[thread] = min(best.get(thread, offered), offered)
    return {thread: catalogue.addresses.article(catalogue.by_id[won[-1]]) for thread, won in best.items() if thread}


def language(language: str, catalogue: Catalogue) -> Iterator[Page]:
    """Those of one language."""
    yield _page("script", f"{language}/site.js", "site.js", catalogue, needs(), None, language)
    if catalogue.chrome.url:
        newest = catalogue.newest[language][:FEED]
        yield _feed(f"{language}/feed.xml", "", language, newest, catalogue)
        yield _notices(language, catalogue)
        yield _page("opensearch", f"{language}/opensearch.xml", "opensearch.xml", catalogue, needs(), None, language)


def topic_feed(language: str, name: str, cards: Sequence[Card], catalogue: Catalogue) -> Iterator[Page]:
    """What is new in a topic."""
    if catalogue.chrome.url:
        newest = sorted(cards, key=lambda card: card.updated, reverse=True)[:TOPIC_FEED]
        path = catalogue.addresses.tag(language, name) + "feed.xml"
        yield _feed(path, clean(name), language, newest, catalogue)


def _page(
    kind: str, path: str, template: str, catalogue: Catalogue, shown: str, listed: object = None, language: str = ""
) -> Page:
    meta = Meta(kind, path, language or catalogue.languages[0], catalogue.chrome.title)
    return Page(path, kind, template, shown, lambda: (meta, {"list": listed}))


def _feed(path: str, title: str, language: str, cards: Sequence[Card], catalogue: Catalogue) -> Page:
    def make() -> Made:
        entries = tuple(_entry(card, catalogue) for card in cards)
        return Meta("feed", path, language, title or catalogue.chrome.title), {"list": entries}

    shown = needs(page=title, list=" ".join(card.listed + card.credit for card in cards))
    return Page(path, "feed", "feed.xml", shown, make)


def _notices(language: str, catalogue: Catalogue) -> Page:
    """What everybody should know now, newest first; there even while there is nothing, so that readers may follow."""
    told = [each for each in catalogue.knowledge.notices if each.language in ("", language) and each.since]
    told.sort(key=lambda each: each.since, reverse=True)
    path = f"{language}/notices.xml"

    def make() -> Made:
        entries = tuple(_notice(each, language, catalogue) for each in told)
        return Meta("feed", path, language, catalogue.say(language)(N_("Notices"))), {"list": entries}

    return Page(path, "feed", "feed.xml", needs(facts=[repr(each) for each in told]), make)


def _notice(told: Notice, language: str, catalogue: Catalogue) -> FeedEntry:
    words = summary(catalogue.knowledge.reader.markup(clean(told.text)))
    link = Link(clean(told.title), f"{language}/", language, summary=words, date=told.since)
    return FeedEntry(f"notice-{told.id}", link, told.since, (), ())


def _entry(card: Card, catalogue: Catalogue) -> FeedEntry:
    config = catalogue.knowledge.config
    licences = {licence(own, forum, config) for _, _, own, forum in card.people}
    return FeedEntry(
        id=card.id,
        link=catalogue.link(card),
        created=card.created,
        authors=tuple(dict.fromkeys((name, url) for name, url, _, _ in card.people if name)),
        licences=tuple(sorted(licences - {""})),
    )


def _sitemaps(catalogue: Catalogue) -> Iterator[Page]:
    """One sitemap, or where there are many articles an index of several: an edit writes a small one again."""
    cards = catalogue.knowledge.cards
    homes = tuple((f"{each}/", _newest(catalogue.cards[each])) for each in catalogue.languages)
    if len(cards) <= ON_A_MAP:
        yield _sitemap("sitemap.xml", homes, cards, catalogue)
        return
    maps = [part for part in search.spread(cards, -(-len(cards) // ON_A_MAP)) if part]
    named = {f"sitemap-{number}.xml": part for number, part in enumerate(maps, 1)}
    listed = tuple((name, _newest(part)) for name, part in named.items())
    yield _page("sitemap", "sitemap.xml", "sitemaps.xml", catalogue, needs(list=listed), listed)
    for name, part in named.items():
        yield _sitemap(name, homes if name == "sitemap-1.xml" else (), part, catalogue)


def _sitemap(name: str, homes: tuple[tuple[str, str], ...], cards: Sequence[Card], catalogue: Catalogue) -> Page:
    def make() -> Made:
        entries = (*homes, *sorted((catalogue.addresses.article(card), card.updated) for card in cards))
        return Meta("sitemap", name, catalogue.languages[0], ""), {"list": entries}

    shown = needs(list=f"{homes}" + "".join(f"{card.language} {card.slug} {card.updated}\n" for card in cards))
    return Page(name, "sitemap", "sitemap.xml", shown, make)


def _newest(cards: Sequence[Card]) -> str:
    return max((card.updated for card in cards), default="")


def _llms(catalogue: Catalogue) -> Made:
    every = tuple((language, catalogue.short(cards)) for language, cards in catalogue.by_title.items())
    return Meta("llms", "llms.txt", catalogue.languages[0], catalogue.chrome.title), {"list": every}
