"""Which pages a site has, and what each of them says: plain values, from which templates make HTML.

What a page depends on is exactly what it is given here, in named parts. Two runs that give a page equal parts
give it equal bytes; a part that differs says why the page is stale.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import urlsplit

from kbuilder import markup, texts
from kbuilder.publish import attribution, withdrawn
from kbuilder.publish.addresses import Addresses, relative
from kbuilder.publish.attribution import Source, web_address
from kbuilder.publish.body import Frame, media_path, page_body
from kbuilder.publish.knowledge import Knowledge
from kbuilder.records import Article
from kbuilder.resources import Tree
from kbuilder.text import squeeze
from kbuilder.texts import Translate

RECENT = 8
TOP_TOPICS = 24
CHANGES = 200
SUMMARY = 180

Render = Callable[[str], str]
"""Markdown to safe HTML."""


@dataclass(frozen=True, slots=True)
class Link:
    """Something that leads to a page of the site."""

    title: str
    path: str
    language: str = ""
    count: int = 0
    summary: str = ""
    date: str = ""
    new: bool = False


@dataclass(frozen=True, slots=True)
class Chrome:
    """What stands on every page."""

    title: str
    team: str
    ask_url: str
    url: str
    searchable: bool
    public: bool


@dataclass(frozen=True, slots=True)
class Meta:
    """What a page says of itself."""

    kind: str
    path: str
    language: str
    title: str
    description: str = ""
    alternates: tuple[tuple[str, str, bool], ...] = ()
    """Language, path, and whether that page is this one's translation."""


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article as its page shows it."""

    title: str
    language: str
    state: str
    html: str
    changed: bool
    shortened: bool
    created: str
    updated: str
    verified: str
    valid_until: str
    product: Link | None
    tags: tuple[Link, ...]
    phrasings: tuple[str, ...]
    related: tuple[Link, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Page:
    """A file of the site that a template makes."""

    meta: Meta
    template: str
    parts: Mapping[str, object] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.meta.path


@dataclass(frozen=True)
class Site:
    """Everything that an audience's site holds."""

    chrome: Chrome
    pages: tuple[Page, ...]
    media: tuple[str, ...]
    """Files of the knowledge base that pages show."""
    moved: tuple[tuple[str, str], ...]
    """Old and new address of articles that were renamed."""
    gone: tuple[str, ...]
    """Addresses of articles without an answer."""
    languages: tuple[str, ...]


def site(knowledge: Knowledge, tree: Tree, html: Render, summary: Render) -> Site:
    """The pages of a knowledge base for its audience.

    Args:
        html: Markdown to safe HTML, remembered or not.
        summary: Markdown to its first words, likewise.
    """
    return _Maker(knowledge, tree, html, summary).site()


def summary(body: str) -> str:
    """The beginning of an article in plain words, cut at a word's end."""
    prose = (block.text for block in markup.blocks(body) if block.kind in ("paragraph", "item", "quote"))
    words = clean(squeeze(" ".join(markup.plain(text) for text in prose)))
    if len(words) <= SUMMARY:
        return words
    return words[:SUMMARY].rsplit(" ", 1)[0].rstrip(" ,;:–-") + " …"


def clean(text: str) -> str:
    """Text without the characters that XML and UTF-8 cannot hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)


@dataclass(eq=False)
class _Maker:
    knowledge: Knowledge
    tree: Tree
    render: Render
    summary: Render
    media: set[str] = field(default_factory=set)

    def site(self) -> Site:
        pages = [self._root(), self._not_found()]
        for language in self.knowledge.languages:
            pages += self._language(language)
        moved = tuple(sorted(self._moved()))
        pages += [self._redirect(old, new) for old, new in moved]
        gone = tuple(self.addresses.article(article) for article in self.knowledge.withdrawn)
        pages += [self._gone(article) for article in self.knowledge.withdrawn]
        return Site(
            chrome=self.chrome,
            pages=(*pages, *self._machines(moved, gone)),
            media=tuple(sorted(self.media)),
            moved=moved,
            gone=gone,
            languages=self.knowledge.languages,
        )

    # What several pages need

    @cached_property
    def chrome(self) -> Chrome:
        config = self.knowledge.config
        return Chrome(
            title=clean(config.title),
            team=clean(config.team),
            ask_url=web_address(config.ask_url),
            url=web_address(config.url).rstrip("/"),
            searchable=bool(self.knowledge.articles),
            public=self.knowledge.audience == "public",
        )

    @cached_property
    def addresses(self) -> Addresses:
        articles = (*self.knowledge.articles, *self.knowledge.withdrawn)
        return Addresses.of(articles)

    @cached_property
    def by_id(self) -> dict[str, Article]:
        return {article.id: article for article in self.knowledge.articles}

    @cached_property
    def links(self) -> dict[str, Link]:
        """Articles as lists show them, by id."""
        return {article.id: self._link(article) for article in self.knowledge.articles}

    def _link(self, article: Article) -> Link:
        return Link(
            title=clean(article.title),
            path=self.addresses.article(article),
            language=article.language,
            summary=self.summary(article.body),
            date=article.updated,
            new=article.updated <= article.created,
        )

    @cached_property
    def by_language(self) -> dict[str, list[Article]]:
        found: dict[str, list[Article]] = {}
        for article in self.knowledge.articles:
            found.setdefault(article.language, []).append(article)
        return found

    def _of(self, language: str) -> list[Article]:
        return self.by_language.get(language, [])

    def _newest(self, language: str) -> list[Link]:
        newest = sorted(self._of(language), key=lambda article: article.slug)
        newest.sort(key=lambda article: article.updated, reverse=True)
        return [self.links[article.id] for article in newest]

    @cached_property
    def tagged(self) -> dict[str, dict[str, list[Link]]]:
        """The articles of each language's tags, by title."""
        return {each: self._grouped(each, lambda article: article.tags) for each in self.knowledge.languages}

    @cached_property
    def by_product(self) -> dict[str, dict[str, list[Link]]]:
        """The articles of each language's products, by title."""
        return {
            each: self._grouped(each, lambda article: (article.product,) if article.product else ())
            for each in self.knowledge.languages
        }

    def _grouped(self, language: str, names: Callable[[Article], tuple[str, ...]]) -> dict[str, list[Link]]:
        groups: dict[str, list[Link]] = {}
        for article in sorted(self._of(language), key=lambda article: (article.title.casefold(), article.slug)):
            for name in dict.fromkeys(names(article)):
                groups.setdefault(name, []).append(self.links[article.id])
        return dict(sorted(groups.items(), key=lambda group: (group[0].casefold(), group[0])))

    def _alternates(self, here: str, translated: Mapping[str, str]) -> tuple[tuple[str, str, bool], ...]:
        """The other languages: the page itself where it is translated, else their home."""
        return tuple(
            (language, translated.get(language, f"{language}/"), language in translated)
            for language in self.knowledge.languages
            if language != here
        )

    def _everywhere(self, here: str, rest: str) -> tuple[tuple[str, str, bool], ...]:
        """Alternates of a page that every language has."""
        return self._alternates(here, {language: f"{language}/{rest}" for language in self.knowledge.languages})

    # The pages of one language

    def _language(self, language: str) -> Iterator[Page]:
        yield self._home(language)
        yield from (self._article(article) for article in self._of(language))
        yield self._index(language)
        yield self._changes(language)
        for name, links in self.tagged[language].items():
            yield self._group(language, "topic", name, self.addresses.tag(language, name), links)
        for name, links in self.by_product[language].items():
            yield self._group(language, "product", name, self.addresses.product(language, name), links)
        if self.chrome.url:
            yield self._feed(language)

    def _topics(self, language: str) -> list[Link]:
        return [
            Link(title=clean(name), path=self.addresses.tag(language, name), count=len(links))
            for name, links in self.tagged[language].items()
        ]

    def _products(self, language: str) -> tuple[Link, ...]:
        return tuple(
            Link(title=clean(name), path=self.addresses.product(language, name), count=len(links))
            for name, links in self.by_product[language].items()
        )

    def _home(self, language: str) -> Page:
        topics = self._topics(language)
        largest = sorted(topics, key=lambda link: -link.count)[:TOP_TOPICS]
        problems = tuple(
            Link(
                title=clean(self.by_id[problem.article].title if problem.article else problem.title),
                path=self.addresses.article(self.by_id[problem.article]) if problem.article else "",
                count=problem.askers,
            )
            for problem in self.knowledge.problems
            if problem.language == language
        )
        return Page(
            Meta("home", f"{language}/index.html", language, self.chrome.title, alternates=self._everywhere(language, "")),
            "home.html",
            {
                "facts": problems,
                "list": {
                    "newest": tuple(replace(link, summary="") for link in self._newest(language)[:RECENT]),
                    "topics": tuple(largest),
                    "more_topics": len(topics) > len(largest),
                    "products": self._products(language),
                    "total": len(self._of(language)),
                },
            },
        )

    def _index(self, language: str) -> Page:
        path = f"{language}/-/topics/"
        title = self._say(language)("All topics")
        everything = sorted(self._newest(language), key=lambda link: (link.title.casefold(), link.path))
        return Page(
            Meta("index", path + "index.html", language, title, alternates=self._everywhere(language, "-/topics/")),
            "index.html",
            {
                "list": {
                    "topics": tuple(self._topics(language)),
                    "products": self._products(language),
                    "articles": tuple(replace(link, summary="") for link in everything),
                }
            },
        )

    def _changes(self, language: str) -> Page:
        path = f"{language}/-/changes/"
        title = self._say(language)("Changes")
        newest = tuple(replace(link, summary="") for link in self._newest(language)[:CHANGES])
        return Page(
            Meta("changes", path + "index.html", language, title, alternates=self._everywhere(language, "-/changes/")),
            "changes.html",
            {"list": {"articles": newest}},
        )

    def _group(self, language: str, kind: str, name: str, path: str, links: list[Link]) -> Page:
        find = self.addresses.tag if kind == "topic" else self.addresses.product
        others = {
            other: find(other, name)
            for other in self.knowledge.languages
            if name in (self.tagged if kind == "topic" else self.by_product)[other]
        }
        return Page(
            Meta(kind, path + "index.html", language, clean(name), alternates=self._alternates(language, others)),
            "topic.html",
            {"list": {"articles": tuple(links)}},
        )

    def _feed(self, language: str) -> Page:
        entries = tuple(
            {
                "link": link,
                "id": article.id,
                "created": article.created,
                "authors": tuple(
                    dict.fromkeys((clean(source.author), source.author_url) for source in self._sources(article) if source.author)
                ),
                "licences": tuple(sorted({source.licence for source in self._sources(article) if source.licence})),
            }
            for link in self._newest(language)[:50]
            for article in [self._at(link)]
        )
        return Page(Meta("feed", f"{language}/feed.xml", language, self.chrome.title), "feed.xml", {"list": entries})

    def _at(self, link: Link) -> Article:
        return self.addresses.articles[link.path]

    # Articles

    def _article(self, article: Article) -> Page:
        path = self.addresses.article(article) + "index.html"
        translated = {
            language: self.addresses.article(self.by_id[other])
            for language, other in article.translations.items()
            if other in self.by_id and language != article.language
        }
        return Page(
            Meta(
                "article",
                path,
                article.language,
                clean(article.title),
                self.links[article.id].summary,
                self._alternates(article.language, translated),
            ),
            "article.html",
            {"article": self._view(article, path)},
        )

    def _view(self, article: Article, path: str) -> ArticleView:
        sources = self._sources(article)
        related = (self.links[other] for other in article.related if other in self.links and other != article.id)
        language = article.language
        known = {source.number for source in sources if source.changed}
        return ArticleView(
            title=clean(article.title),
            language=language,
            state=article.state,
            html=self._html(article, path, frozenset(known)),
            changed=bool(known),
            shortened=article.id in self.knowledge.shortened,
            created=article.created,
            updated=article.updated,
            verified=article.verified,
            valid_until=article.valid_until,
            product=Link(clean(article.product), self.addresses.product(language, article.product)) if article.product else None,
            tags=tuple(Link(clean(tag), self.addresses.tag(language, tag)) for tag in dict.fromkeys(article.tags)),
            phrasings=tuple(
                clean(each) for each in dict.fromkeys(article.phrasings) if each.casefold() != article.title.casefold()
            ),
            related=tuple(replace(link, summary="", date="") for link in related),
            sources=sources,
        )

    def _sources(self, article: Article) -> tuple[Source, ...]:
        return attribution.sources(article, self.knowledge.config, self.knowledge.states)

    def _html(self, article: Article, path: str, changed: frozenset[int]) -> str:
        file = self.addresses.file(article)

        def picture(address: str) -> str | None:
            found = media_path(address, file)
            if not found or self.tree.read(found) is None:
                return None
            self.media.add(found)
            return relative(found, path)

        def link(address: str) -> str | None:
            target = self.addresses.resolve(address, file)
            if target is None and media_path(address, file):
                return picture(address)
            return relative(target, path) if target is not None and not urlsplit(target).scheme else target

        frame = Frame(link, picture, attribution.numbers(article), self._say(article.language), changed)
        return page_body(self.render(clean(withdrawn.marked(article, self.knowledge.states))), frame).html

    def _say(self, language: str) -> Translate:
        return texts.translator(language, self.tree)

    # What stands outside of the languages

    def _root(self) -> Page:
        first = self.knowledge.languages[0]
        homes = tuple((language, f"{language}/") for language in self.knowledge.languages)
        return Page(Meta("root", "index.html", first, self.chrome.title), "root.html", {"list": homes})

    def _not_found(self) -> Page:
        first = self.knowledge.languages[0]
        title = self._say(first)("Page not found")
        return Page(
            Meta("404", "404.html", first, title, alternates=self._everywhere(first, "")), "404.html", {}
        )

    def _moved(self) -> Iterator[tuple[str, str]]:
        """Old addresses, where no article has them now."""
        taken = set(self.addresses.articles)
        for article in (*self.knowledge.articles, *self.knowledge.withdrawn):
            for old in article.redirects:
                address = self.addresses.old(old, article)
                if address and address not in taken:
                    taken.add(address)
                    yield address, self.addresses.article(article)

    def _redirect(self, old: str, new: str) -> Page:
        language = old.partition("/")[0]
        article = self.addresses.articles[new]
        title = clean(article.title) if article.id in self.by_id else self._say(language)("This answer was withdrawn")
        return Page(Meta("moved", old + "index.html", language, title), "moved.html", {"list": new})

    def _gone(self, article: Article) -> Page:
        language = article.language
        title = self._say(language)("This answer was withdrawn")
        path = self.addresses.article(article) + "index.html"
        return Page(Meta("gone", path, language, title, alternates=self._alternates(language, {})), "gone.html", {})

    def _machines(self, moved: tuple[tuple[str, str], ...], gone: tuple[str, ...]) -> Iterator[Page]:
        first = self.knowledge.languages[0]
        yield Page(Meta("robots", "robots.txt", first, ""), "robots.txt", {})
        yield Page(Meta("redirects", "_redirects", first, ""), "_redirects", {"list": {"moved": moved, "gone": gone}})
        if self.chrome.url:
            entries = tuple(sorted((link.path, link.date) for link in self.links.values()))
            yield Page(Meta("sitemap", "sitemap.xml", first, ""), "sitemap.xml", {"list": {"articles": entries, "homes": self._homes()}})

    def _homes(self) -> tuple[tuple[str, str], ...]:
        """Home pages and the date of their newest article."""
        return tuple(
            (f"{language}/", max((article.updated for article in self._of(language)), default=""))
            for language in self.knowledge.languages
        )
