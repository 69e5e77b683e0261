"""What several pages of a site need: its articles in the orders and groups that lists show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from kbuilder import markup
from kbuilder.publish.addresses import Addresses
from kbuilder.publish.attribution import web_address
from kbuilder.publish.knowledge import Knowledge
from kbuilder.publish.views import Alternate, Chrome, Link, clean
from kbuilder.records import Article
from kbuilder.resources import Tree
from kbuilder.text import squeeze
from kbuilder.texts import Translate, translator

SUMMARY = 180

Groups = dict[str, list[Link]]
"""Names of tags or products, each with its articles by title."""


def summary(body: str) -> str:
    """The beginning of an article in plain words, cut at a word's end."""
    prose = (block.text for block in markup.blocks(body) if block.kind in ("paragraph", "item", "quote"))
    words = clean(squeeze(" ".join(markup.plain(text) for text in prose)))
    if len(words) <= SUMMARY:
        return words
    return words[:SUMMARY].rsplit(" ", 1)[0].rstrip(" ,;:–-") + " …"


@dataclass(eq=False)
class Catalogue:
    """The articles of a site as its lists show them."""

    knowledge: Knowledge
    tree: Tree
    summary: Callable[[str], str]
    """An article's text to its first words, remembered or not."""

    def say(self, language: str) -> Translate:
        """The interface's texts."""
        return translator(language, self.tree)

    @property
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
            searchable=bool(self.knowledge.articles),
            public=self.knowledge.audience == "public",
        )

    @cached_property
    def addresses(self) -> Addresses:
        return Addresses.of((*self.knowledge.articles, *self.knowledge.withdrawn))

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
    def articles(self) -> dict[str, list[Article]]:
        """The articles of each language."""
        found: dict[str, list[Article]] = {language: [] for language in self.languages}
        for article in self.knowledge.articles:
            found[article.language].append(article)
        return found

    @cached_property
    def newest(self) -> dict[str, list[Article]]:
        """The articles of each language, those last changed first."""
        return {
            language: sorted(articles, key=lambda article: article.updated, reverse=True)
            for language, articles in self.articles.items()
        }

    @cached_property
    def tags(self) -> dict[str, Groups]:
        """The tags of each language."""
        return {each: self._grouped(each, lambda article: article.tags) for each in self.languages}

    @cached_property
    def products(self) -> dict[str, Groups]:
        """The products of each language."""
        return {each: self._grouped(each, _product) for each in self.languages}

    def _grouped(self, language: str, names: Callable[[Article], tuple[str, ...]]) -> Groups:
        groups: Groups = {}
        for article in sorted(self.articles[language], key=lambda each: (each.title.casefold(), each.slug)):
            for name in dict.fromkeys(names(article)):
                groups.setdefault(name, []).append(self.links[article.id])
        return dict(sorted(groups.items(), key=lambda group: (group[0].casefold(), group[0])))

    def topic_links(self, language: str) -> tuple[Link, ...]:
        """The tags of a language with the number of their articles."""
        return tuple(
            Link(title=clean(name), path=self.addresses.tag(language, name), count=len(links))
            for name, links in self.tags[language].items()
        )

    def product_links(self, language: str) -> tuple[Link, ...]:
        """The products of a language with the number of their articles."""
        return tuple(
            Link(title=clean(name), path=self.addresses.product(language, name), count=len(links))
            for name, links in self.products[language].items()
        )

    def alternates(self, here: str, translated: Mapping[str, str]) -> tuple[Alternate, ...]:
        """The other languages: the page itself where it is translated, else their home."""
        return tuple(
            (language, translated.get(language, f"{language}/"), language in translated)
            for language in self.languages
            if language != here
        )

    def everywhere(self, here: str, rest: str) -> tuple[Alternate, ...]:
        """Alternates of a page that every language has."""
        return self.alternates(here, {language: f"{language}/{rest}" for language in self.languages})


def _product(article: Article) -> tuple[str, ...]:
    return (article.product,) if article.product else ()
