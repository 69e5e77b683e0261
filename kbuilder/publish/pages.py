"""Which pages a site has, and what each of them is made from.

A page names all that it depends on as digests of named parts, and is made only where these differ from those it
was made from before. Two runs that give a page equal parts give it equal bytes; a part that differs says why the
page is stale.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from kbuilder.publish import figures, gallery, machines
from kbuilder.publish.articles import ArticlePages
from kbuilder.publish.cards import Card, beginning
from kbuilder.publish.catalogue import Catalogue, parts
from kbuilder.publish.contributors import contributors
from kbuilder.publish.knowledge import Knowledge
from kbuilder.publish.media import Media
from kbuilder.publish.reading import Tree
from kbuilder.publish.state import Seen
from kbuilder.publish.views import Contributor, Link, Made, Meta, Page, Part, Site, clean, needs
from kbuilder.text import N_

RECENT = 10
TOP_TOPICS = 24
CHANGES = 100
ON_A_PAGE = 50
"""Articles of a list; longer ones are spread over pages."""
PEOPLE_ON_A_PAGE = 100
LEAD = 110
"""Characters of an article's beginning in a list: two lines on a screen, three on a phone."""


def site(knowledge: Knowledge, tree: Tree, before: Seen) -> Site:
    """The pages of a knowledge base for its audience.

    Args:
        before: what an earlier publish knew, for what has not changed since.
    """
    catalogue = Catalogue(knowledge, tree)
    media = Media(tree)
    articles = ArticlePages(catalogue, media, before)
    moved = articles.addresses.moved
    gone = _gone(catalogue)
    pages = (
        _root(catalogue),
        _not_found("404.html", catalogue.languages[0], catalogue),
        *(page for language in catalogue.languages for page in _language(language, catalogue, articles)),
        *(articles.redirect(old, new) for old, new in moved.items()),
        *(articles.gone(address, card) for address, card in gone.items()),
        *machines.pages(catalogue, moved, tuple(gone)),
    )
    shown = {media.path(each, card.file) for card in knowledge.cards for each in card.links}
    files = tuple(sorted(shown - {""}))
    return Site(catalogue.chrome, pages, files, catalogue.languages, catalogue.addresses.names)


def _gone(catalogue: Catalogue) -> dict[str, Card]:
    """Addresses of answers that are no more; of retired ones also those that they had before."""
    addresses, retired = catalogue.addresses, catalogue.knowledge.retired
    found = {addresses.article(card): card for card in catalogue.knowledge.withdrawn}
    now = [(addresses.article(card), card) for card in retired]
    before = [(addresses.old(each, card), card) for card in retired for each in card.redirects]
    for address, card in (*now, *before):
        known = address in addresses.moved or address in addresses.articles
        if address.partition("/")[0] in catalogue.languages and not known:
            found.setdefault(address, card)
    return found


def _language(language: str, catalogue: Catalogue, articles: ArticlePages) -> Iterator[Page]:
    """All pages of one language."""
    yield _home(language, catalogue)
    for card in catalogue.cards[language]:
        yield from articles.pages(card)
    yield from _answers(language, catalogue)
    yield _changes(language, catalogue)
    yield from _contributors(language, catalogue)
    yield from figures.pages(language, catalogue)
    yield from gallery.pages(language, catalogue, articles.media)
    for name, cards in catalogue.tags[language].items():
        yield from _topic(language, name, cards, catalogue)
        yield from machines.topic_feed(language, name, cards, catalogue)
    for name, cards in catalogue.products[language].items():
        yield from _product(language, name, cards, catalogue)
    yield from machines.language(language, catalogue)
    yield _not_found(f"{language}/404.html", language, catalogue)


def _home(language: str, catalogue: Catalogue) -> Page:
    problems = [(catalogue.by_id[each.article], each.askers) for each in catalogue.knowledge.problems]
    asked = [(card, askers) for card, askers in problems if card.language == language]
    topics = sorted(catalogue.topic_links(language), key=lambda link: -link.count)[:TOP_TOPICS]
    newest = catalogue.newest[language][:RECENT]
    products = catalogue.product_links(language)
    notices = [each for each in catalogue.knowledge.notices if each.language in ("", language)]
    shown = needs(
        facts=([(card.named, askers) for card, askers in asked], [repr(each) for each in notices]),
        list=([card.named for card in newest], topics, products, len(catalogue.cards[language])),
    )

    def make() -> Made:
        alternates = catalogue.everywhere(language, "")
        meta = Meta("home", f"{language}/index.html", language, catalogue.chrome.title, alternates=alternates)
        problems = (Link(card.title, catalogue.addresses.article(card), count=askers) for card, askers in asked)
        listed = {
            "newest": catalogue.short(newest),
            "topics": tuple(topics),
            "products": products,
            "total": len(catalogue.cards[language]),
        }
        told = tuple(catalogue.notice(each) for each in notices)
        return meta, {"facts": tuple(problems), "list": listed, "notices": told}

    return Page(f"{language}/index.html", "home", "home.html", shown, make)


def _answers(language: str, catalogue: Catalogue) -> Iterator[Page]:
    """All topics, and all answers by title."""
    topics, products = catalogue.topic_links(language), catalogue.product_links(language)
    first = f"{language}/-/topics/"
    for place, part, cards in parts(f"{language}/-/answers/", catalogue.by_title[language], ON_A_PAGE, first):
        heads = (topics, products) if part.number == 1 else ()
        yield Page(
            place + "index.html",
            "index",
            "index.html",
            needs(page=part, list=(heads, [card.named for card in cards])),
            partial(_answers_made, language, place, part, cards, catalogue),
        )


def _answers_made(language: str, place: str, part: Part, cards: Sequence[Card], catalogue: Catalogue) -> Made:
    first = part.number == 1
    alternates = catalogue.everywhere(language, "-/topics/", first=first)
    title = catalogue.say(language)(N_("All topics"))
    listed = {
        "topics": catalogue.topic_links(language) if first else (),
        "products": catalogue.product_links(language) if first else (),
        "articles": catalogue.short(cards),
        "part": part,
    }
    return Meta("index", place + "index.html", language, title, alternates=alternates), {"list": listed}


def _changes(language: str, catalogue: Catalogue) -> Page:
    cards = catalogue.newest[language][:CHANGES]
    path = f"{language}/-/changes/index.html"

    def make() -> Made:
        title = catalogue.say(language)(N_("Changes"))
        meta = Meta("changes", path, language, title, alternates=catalogue.everywhere(language, "-/changes/"))
        return meta, {"list": {"articles": catalogue.short(cards)}}

    return Page(path, "changes", "changes.html", needs(list=[card.named for card in cards]), make)


def _contributors(language: str, catalogue: Catalogue) -> Iterator[Page]:
    address = f"{language}/-/contributors/"
    found = contributors(catalogue.cards[language], catalogue.knowledge.config)
    for place, part, people in parts(address, found, PEOPLE_ON_A_PAGE):
        make = partial(_contributors_made, language, place, part, people, catalogue)
        shown = needs(page=part, list=people)
        yield Page(place + "index.html", "contributors", "contributors.html", shown, make)


def _contributors_made(
    language: str, place: str, part: Part, people: Sequence[Contributor], catalogue: Catalogue
) -> Made:
    title = catalogue.say(language)(N_("Contributors"))
    alternates = catalogue.everywhere(language, "-/contributors/", first=part.number == 1)
    meta = Meta("contributors", place + "index.html", language, title, alternates=alternates)
    return meta, {"list": {"people": people, "part": part}}


def _topic(language: str, name: str, cards: Sequence[Card], catalogue: Catalogue) -> Iterator[Page]:
    find = catalogue.addresses.tag
    others = {each: find(each, name) for each in catalogue.languages if name in catalogue.tags[each]}
    yield from _list("topic", language, name, find(language, name), cards, others, catalogue)


def _product(language: str, name: str, cards: Sequence[Card], catalogue: Catalogue) -> Iterator[Page]:
    find = catalogue.addresses.product
    others = {each: find(each, name) for each in catalogue.languages if name in catalogue.products[each]}
    yield from _list("product", language, name, find(language, name), cards, others, catalogue)


def _list(
    kind: str,
    language: str,
    name: str,
    address: str,
    cards: Sequence[Card],
    others: dict[str, str],
    catalogue: Catalogue,
) -> Iterator[Page]:
    """The pages of a topic's or a product's articles."""
    alternates = catalogue.alternates(language, others)
    feed = f"{address}feed.xml" if kind == "topic" and catalogue.chrome.url else ""
    for place, part, shown in parts(address, cards, ON_A_PAGE):
        elsewhere = alternates if part.number == 1 else tuple((each, path, False) for each, path, _ in alternates)
        meta = Meta(kind, place + "index.html", language, clean(name), alternates=elsewhere, feed=feed)
        digests = needs(page=(meta, part, len(cards)), list=" ".join(card.listed for card in shown))
        make = partial(_list_made, meta, part, shown, len(cards), catalogue)
        yield Page(meta.path, kind, "topic.html", digests, make)


def _list_made(meta: Meta, part: Part, cards: Sequence[Card], total: int, catalogue: Catalogue) -> Made:
    articles = tuple(
        replace(catalogue.link(card), language="", summary=beginning(card.summary, LEAD)) for card in cards
    )
    return meta, {"list": {"articles": articles, "part": part, "total": total}}


def _root(catalogue: Catalogue) -> Page:
    """Leads to the first language."""
    homes = tuple((language, f"{language}/") for language in catalogue.languages)
    meta = Meta("root", "index.html", catalogue.languages[0], catalogue.chrome.title)
    return Page("index.html", "root", "root.html", needs(list=homes), lambda: (meta, {"list": homes}))


def _not_found(path: str, language: str, catalogue: Catalogue) -> Page:
    def make() -> Made:
        title = catalogue.say(language)(N_("Page not found"))
        return Meta("404", path, language, title, alternates=catalogue.everywhere(language, "")), {}

    return Page(path, "404", "404.html", needs(), make)
