"""The pages of articles: those that are there, were renamed, or are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from kbuilder.publish import attribution, withdrawn
from kbuilder.publish.addresses import Addresses, relative
from kbuilder.publish.body import Frame, media_path, page_body, references
from kbuilder.publish.catalogue import Catalogue
from kbuilder.publish.views import ArticleView, Link, Meta, Page, Source, clean
from kbuilder.records import Article
from kbuilder.text import N_

_WITHDRAWN = N_("This answer was withdrawn")


@dataclass(eq=False)
class ArticlePages:
    """Makes the pages of articles, and notes which pictures they show."""

    catalogue: Catalogue
    html: Callable[[str], str]
    """Markdown to safe HTML, remembered or not."""
    media: set[str] = field(default_factory=set)

    @property
    def addresses(self) -> Addresses:
        return self.catalogue.addresses

    def page(self, article: Article) -> Page:
        """An article's page."""
        by_id = self.catalogue.by_id
        translated = {
            language: self.addresses.article(by_id[other])
            for language, other in article.translations.items()
            if other in by_id and by_id[other].language == language != article.language
        }
        meta = Meta(
            kind="article",
            path=self.addresses.article(article) + "index.html",
            language=article.language,
            title=clean(article.title),
            description=self.catalogue.links[article.id].summary,
            alternates=self.catalogue.alternates(article.language, translated),
        )
        return Page(meta, "article.html", {"article": self._view(article, meta.path)})

    def sources(self, article: Article) -> tuple[Source, ...]:
        """The posts that an article cites."""
        knowledge = self.catalogue.knowledge
        keys = references(self._text(article))
        return attribution.sources(article, keys, knowledge.config, knowledge.states)

    def _text(self, article: Article) -> str:
        """An article's text as safe HTML, before it is fitted to its page."""
        return self.html(clean(withdrawn.marked(article, self.catalogue.knowledge.states)))

    def _view(self, article: Article, path: str) -> ArticleView:
        sources = self.sources(article)
        changed = frozenset(source.number for source in sources if source.changed)
        return ArticleView(
            title=clean(article.title),
            language=article.language,
            state=article.state,
            html=self._html(article, path, changed),
            changed=bool(changed),
            shortened=article.id in self.catalogue.knowledge.shortened,
            created=article.created,
            updated=article.updated,
            verified=article.verified,
            valid_until=article.valid_until,
            product=self._product(article),
            tags=self._tags(article),
            phrasings=tuple(clean(each) for each in _other_words(article)),
            related=self._related(article),
            sources=sources,
        )

    def _product(self, article: Article) -> Link | None:
        if not article.product:
            return None
        return Link(clean(article.product), self.addresses.product(article.language, article.product))

    def _tags(self, article: Article) -> tuple[Link, ...]:
        tags = dict.fromkeys(article.tags)
        return tuple(Link(clean(tag), self.addresses.tag(article.language, tag)) for tag in tags)

    def _related(self, article: Article) -> tuple[Link, ...]:
        links = self.catalogue.links
        others = (links[other] for other in dict.fromkeys(article.related) if other in links and other != article.id)
        return tuple(replace(link, summary="", date="") for link in others)

    def _html(self, article: Article, path: str, changed: frozenset[int]) -> str:
        text, file = self._text(article), self.addresses.file(article)

        def picture(address: str) -> str | None:
            found = media_path(address, file)
            if not found or self.catalogue.tree.read(found) is None:
                return None
            self.media.add(found)
            return relative(found, path)

        def link(address: str) -> str | None:
            target = self.addresses.resolve(address, file)
            if target is None:
                return picture(address)
            return target if urlsplit(target).scheme else relative(target, path)

        say = self.catalogue.say(article.language)
        frame = Frame(link, picture, attribution.numbers(article, references(text)), say, changed)
        return page_body(text, frame).html

    def moved(self) -> Iterator[tuple[str, str]]:
        """Old addresses and new ones, where no article has the old one now."""
        taken = set(self.addresses.articles)
        for address, article in self.addresses.articles.items():
            for written in article.redirects:
                old = self.addresses.old(written, article)
                if old and old not in taken:
                    taken.add(old)
                    yield old, address

    def redirect(self, old: str, new: str) -> Page:
        """What stands where an article stood."""
        language, article = old.partition("/")[0], self.addresses.articles[new]
        known = article.id in self.catalogue.by_id
        title = clean(article.title) if known else self.catalogue.say(language)(_WITHDRAWN)
        return Page(Meta("moved", old + "index.html", language, title), "moved.html", {"list": new})

    def gone(self, article: Article) -> Page:
        """What stands where an answer was that rested on what is gone."""
        language, path = article.language, self.addresses.article(article) + "index.html"
        title = self.catalogue.say(language)(_WITHDRAWN)
        alternates = self.catalogue.alternates(language, {})
        return Page(Meta("gone", path, language, title, alternates=alternates), "gone.html")


def _other_words(article: Article) -> list[str]:
    """The ways in which people asked, but for the title."""
    return [each for each in dict.fromkeys(article.phrasings) if each.casefold() != article.title.casefold()]
