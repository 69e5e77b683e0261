"""Which pages a site has, and what each of them says: plain values, from which templates make HTML.

What a page depends on is exactly what it is given here, in named parts. Two runs that give a page equal parts
give it equal bytes; a part that differs says why the page is stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kbuilder.publish.articles import ArticlePages
from kbuilder.publish.catalogue import Catalogue
from kbuilder.publish.knowledge import Knowledge
from kbuilder.publish.views import FeedEntry, Link, Meta, Page, Site, clean
from kbuilder.records import Article
from kbuilder.resources import Tree
from kbuilder.text import N_

RECENT = 8
TOP_TOPICS = 24
CHANGES = 200
FEED = 50


def site(knowledge: Knowledge, tree: Tree, html: Callable[[str], str], summary: Callable[[str], str]) -> Site:
    """The pages of a knowledge base for its audience.

    Args:
        html: Markdown to safe HTML, remembered or not.
        summary: an article's text to its first words, likewise.
    """
    catalogue = Catalogue(knowledge, tree, summary)
    articles = ArticlePages(catalogue, html)
    moved = tuple(sorted(articles.moved()))
    gone = tuple(catalogue.addresses.article(article) for article in knowledge.withdrawn)
    pages = (
        _root(catalogue),
        _not_found(catalogue),
        *(page for language in catalogue.languages for page in _language(language, catalogue, articles)),
        *(articles.redirect(old, new) for old, new in moved),
        *(articles.gone(article) for article in knowledge.withdrawn),
        *_machines(catalogue, moved, gone),
    )
    return Site(catalogue.chrome, pages, tuple(sorted(articles.media)), catalogue.languages)


def _language(language: str, catalogue: Catalogue, articles: ArticlePages) -> Iterator[Page]:
    """All pages of one language."""
    yield _home(language, catalogue)
    yield from (articles.page(article) for article in catalogue.articles[language])
    yield _index(language, catalogue)
    yield _changes(language, catalogue)
    for name, links in catalogue.tags[language].items():
        yield _topic(language, name, links, catalogue)
    for name, links in catalogue.products[language].items():
        yield _product(language, name, links, catalogue)
    if catalogue.chrome.url:
        yield _feed(language, catalogue, articles)


def _home(language: str, catalogue: Catalogue) -> Page:
    topics = catalogue.topic_links(language)
    largest = sorted(topics, key=lambda link: -link.count)[:TOP_TOPICS]
    alternates = catalogue.everywhere(language, "")
    return Page(
        Meta("home", f"{language}/index.html", language, catalogue.chrome.title, alternates=alternates),
        "home.html",
        {
            "facts": _problems(language, catalogue),
            "list": {
                "newest": _short(catalogue.newest[language][:RECENT], catalogue),
                "topics": tuple(largest),
                "products": catalogue.product_links(language),
                "total": len(catalogue.articles[language]),
            },
        },
    )


def _problems(language: str, catalogue: Catalogue) -> tuple[Link, ...]:
    """The articles on the most wanted problems, with how many people asked."""
    found = [(catalogue.by_id[problem.article], problem.askers) for problem in catalogue.knowledge.problems]
    return tuple(
        Link(title=clean(article.title), path=catalogue.addresses.article(article), count=askers)
        for article, askers in found
        if article.language == language
    )


def _short(articles: list[Article], catalogue: Catalogue) -> tuple[Link, ...]:
    """Articles as lists show them that have no room for a summary."""
    return tuple(replace(catalogue.links[article.id], summary="") for article in articles)


def _index(language: str, catalogue: Catalogue) -> Page:
    rest = "-/topics/"
    title = catalogue.say(language)(N_("All topics"))
    every = sorted(catalogue.articles[language], key=lambda article: (article.title.casefold(), article.slug))
    alternates = catalogue.everywhere(language, rest)
    return Page(
        Meta("index", f"{language}/{rest}index.html", language, title, alternates=alternates),
        "index.html",
        {
            "list": {
                "topics": catalogue.topic_links(language),
                "products": catalogue.product_links(language),
                "articles": _short(every, catalogue),
            }
        },
    )


def _changes(language: str, catalogue: Catalogue) -> Page:
    rest = "-/changes/"
    title = catalogue.say(language)(N_("Changes"))
    alternates = catalogue.everywhere(language, rest)
    return Page(
        Meta("changes", f"{language}/{rest}index.html", language, title, alternates=alternates),
        "changes.html",
        {"list": {"articles": _short(catalogue.newest[language][:CHANGES], catalogue)}},
    )


def _topic(language: str, name: str, links: list[Link], catalogue: Catalogue) -> Page:
    find = catalogue.addresses.tag
    others = {each: find(each, name) for each in catalogue.languages if name in catalogue.tags[each]}
    alternates = catalogue.alternates(language, others)
    meta = Meta("topic", find(language, name) + "index.html", language, clean(name), alternates=alternates)
    return Page(meta, "topic.html", {"list": {"articles": tuple(links)}})


def _product(language: str, name: str, links: list[Link], catalogue: Catalogue) -> Page:
    find = catalogue.addresses.product
    others = {each: find(each, name) for each in catalogue.languages if name in catalogue.products[each]}
    alternates = catalogue.alternates(language, others)
    meta = Meta("product", find(language, name) + "index.html", language, clean(name), alternates=alternates)
    return Page(meta, "topic.html", {"list": {"articles": tuple(links)}})


def _feed(language: str, catalogue: Catalogue, articles: ArticlePages) -> Page:
    entries = tuple(_entry(article, catalogue, articles) for article in catalogue.newest[language][:FEED])
    meta = Meta("feed", f"{language}/feed.xml", language, catalogue.chrome.title)
    return Page(meta, "feed.xml", {"list": entries})


def _entry(article: Article, catalogue: Catalogue, articles: ArticlePages) -> FeedEntry:
    sources = articles.sources(article)
    return FeedEntry(
        id=article.id,
        link=catalogue.links[article.id],
        created=article.created,
        authors=tuple(dict.fromkeys((each.author, each.author_url) for each in sources if each.author)),
        licences=tuple(sorted({each.licence for each in sources if each.licence})),
    )


def _root(catalogue: Catalogue) -> Page:
    """Leads to the first language."""
    homes = tuple((language, f"{language}/") for language in catalogue.languages)
    meta = Meta("root", "index.html", catalogue.languages[0], catalogue.chrome.title)
    return Page(meta, "root.html", {"list": homes})


def _not_found(catalogue: Catalogue) -> Page:
    first = catalogue.languages[0]
    title = catalogue.say(first)(N_("Page not found"))
    return Page(Meta("404", "404.html", first, title, alternates=catalogue.everywhere(first, "")), "404.html")


def _machines(catalogue: Catalogue, moved: tuple[tuple[str, str], ...], gone: tuple[str, ...]) -> Iterator[Page]:
    """What search engines and servers read."""
    first = catalogue.languages[0]
    yield Page(Meta("robots", "robots.txt", first, ""), "robots.txt")
    left = {"moved": moved, "gone": gone}
    yield Page(Meta("redirects", "_redirects", first, ""), "_redirects", {"list": left})
    if catalogue.chrome.url:
        entries = tuple(sorted((link.path, link.date) for link in catalogue.links.values()))
        listed = {"articles": entries, "homes": _homes(catalogue)}
        yield Page(Meta("sitemap", "sitemap.xml", first, ""), "sitemap.xml", {"list": listed})


def _homes(catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    """Home pages and the date of their newest article."""
    return tuple(
        (f"{language}/", articles[0].updated if articles else "") for language, articles in catalogue.newest.items()
    )
