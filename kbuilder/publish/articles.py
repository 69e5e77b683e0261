"""The pages of articles: those that are there, were renamed, or are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from urllib.parse import urlsplit

from kbuilder.markup import readdressed
from kbuilder.publish import attribution, structured
from kbuilder.publish.addresses import Addresses, relative
from kbuilder.publish.body import Body, Frame, page_body, references
from kbuilder.publish.cards import Card
from kbuilder.publish.catalogue import Catalogue
from kbuilder.publish.media import Media
from kbuilder.publish.state import Seen
from kbuilder.publish.views import ArticleView, Link, Made, MarkdownView, Meta, Page, Source, clean, needs
from kbuilder.records import Article
from kbuilder.text import N_, language_of, words
from kbuilder.texts import HEADINGS

_ASKED = [problem for kind, (problem, _) in HEADINGS.items() if kind != "fix"]
"""What stands over a question, where the title says it: readers meet the question, and then the answer."""
_WITHDRAWN = N_("This answer was withdrawn")
_WORDS_A_MINUTE = 200
_WORDS_TO_TELL = 8
"""Of a quotation, before its language is guessed."""
_language_of = lru_cache(1024)(language_of)
"""Quotations come again on every publish; questions of askers are not to be remembered, so the cache is here."""


@dataclass(eq=False)
class ArticlePages:
    """Makes the pages of articles."""

    catalogue: Catalogue
    media: Media
    before: Seen
    """What an earlier publish knew."""
    _sources: dict[str, tuple[Source, ...]] = field(default_factory=dict)

    @property
    def addresses(self) -> Addresses[Card]:
        return self.catalogue.addresses

    def pages(self, card: Card) -> Iterator[Page]:
        """An article's page, and its text as Markdown beside it."""
        path = self.addresses.article(card)
        shown = self._as_before(card, path) or self._needs(card)
        facts = self._facts(card)
        if facts:
            shown = f"{shown} {needs(facts=facts)}"
        yield Page(path + "index.html", "article", "article.html", shown, partial(self._made, card), card.file)
        yield Page(path + "index.md", "markdown", "article.md", shown, partial(self._text, card), card.file)

    def _needs(self, card: Card) -> str:
        """What a page is made from, but for figures and notices."""
        return needs(
            article=card.blob + card.mark,
            page=self._translated(card),
            list=(
                [other.named for other in self.catalogue.related(card)],
                [self.addresses.names[name] for name in card.tags],
                [self.addresses.names[name] for name in self.catalogue.products_of(card)],
                [(self.addresses.resolve(each, card.file), self.media.known(each, card.file)) for each in card.links],
            ),
        )

    def _as_before(self, card: Card, path: str) -> str:
        """The same where neither the article nor what it leads to has changed; ``""``: it may have."""
        made = None if card.id in self._affected else self.before.files.get(path + "index.md")
        return made.needs.partition(" facts=")[0] if made else ""

    @cached_property
    def _affected(self) -> set[str]:
        """Ids of articles that changed, or of which something did that they lead to, or that names them."""
        moved, every = self._moved_on, (*self.before.cards.values(), *self.catalogue.knowledge.cards)
        named = {other for card in every if card.id in moved for other in card.related}
        return {
            card.id
            for card in self.catalogue.knowledge.cards
            if card.links or card.id in moved or card.id in named or not moved.isdisjoint(self._led(card))
        }

    def _led(self, card: Card) -> tuple[str, ...]:
        """Ids of articles and names of lists that a page leads to by its own file."""
        return (*card.related, *card.translations.values(), *card.tags, *self.catalogue.products_of(card))

    @cached_property
    def _moved_on(self) -> frozenset[str]:
        """Ids of articles that came, went or changed since, and names whose addresses did."""
        known, files = self.catalogue.by_id, self.before.files
        old = {card.id: card for card in self.before.cards.values() if self.addresses.markdown(card) in files}
        ids = (each for each in {*old, *known} if old.get(each) is not known.get(each))
        old_names, names = self.before.names, self.addresses.names
        return frozenset((*ids, *(name for name, _ in old_names.items() ^ names.items())))

    def sources(self, card: Card) -> tuple[Source, ...]:
        """The posts that an article cites; found once for its page and its Markdown."""
        if card.file not in self._sources:
            knowledge = self.catalogue.knowledge
            article, html = knowledge.reader.text(card.file)
            found = attribution.sources(article, references(html), knowledge.config, knowledge.reader.states)
            self._sources[card.file] = found
        return self._sources[card.file]

    def _facts(self, card: Card) -> list[str]:
        told = (self.catalogue.knowledge.helped.get(card.id), *self.catalogue.told(card))
        return [repr(each) for each in told if each]

    def _translated(self, card: Card) -> dict[str, str]:
        by_id = self.catalogue.by_id
        return {
            language: self.addresses.article(by_id[other])
            for language, other in card.translations.items()
            if other in by_id and by_id[other].language == language != card.language
        }

    def _made(self, card: Card) -> Made:
        path = self.addresses.article(card)
        meta = Meta(
            kind="article",
            path=path + "index.html",
            language=card.language,
            title=card.title,
            description=card.summary,
            alternates=self.catalogue.alternates(card.language, self._translated(card)),
            markdown=path + "index.md",
        )
        return meta, {"article": self._view(card, meta.path)}

    def _view(self, card: Card, path: str) -> ArticleView:
        article, html = self.catalogue.knowledge.reader.text(card.file)
        sources = self.sources(card)
        changed = frozenset(source.number for source in sources if source.changed)
        body = self._body(card, article, html, path, changed)
        return ArticleView(
            id=card.id,
            title=card.title,
            language=card.language,
            state=card.state,
            kind=card.kind,
            html=body.html,
            contents=tuple(body.contents),
            minutes=max(1, round(len(article.body.split()) / _WORDS_A_MINUTE)),
            changed=bool(changed),
            shortened=card.shortened,
            created=card.created,
            updated=card.updated,
            verified=card.verified,
            valid_until=article.valid_until,
            helped=self.catalogue.knowledge.helped.get(card.id),
            products=self._products(card),
            tags=tuple(Link(clean(tag), self.addresses.tag(card.language, tag)) for tag in card.tags),
            phrasings=tuple(clean(each) for each in _other_words(article)),
            related=self._related(card),
            sources=sources,
            notices=tuple(self.catalogue.notice(each) for each in self.catalogue.told(card)),
            data=structured.article(card, body, sources, self.catalogue.chrome, path),
        )

    def _text(self, card: Card) -> Made:
        path = self.addresses.article(card) + "index.md"
        text = clean(self.catalogue.knowledge.reader.text(card.file).article.body)
        if card.links:
            text = readdressed(text, partial(self._beside, card.file, path))
        shown = MarkdownView(card.title, text, card.updated, self.sources(card))
        return Meta("markdown", path, card.language, card.title), {"article": shown}

    def _beside(self, file: str, path: str, written: str) -> str | None:
        """Where a link or picture of an article's Markdown leads: to Markdown, where it leads to an article."""
        target = self._target(file, path, written)
        page, mark, anchor = (target or "").partition("#")
        inside = target and page.endswith("/") and not urlsplit(page).scheme
        return f"{page}index.md{mark}{anchor}" if inside else target

    def _target(self, file: str, path: str, written: str) -> str | None:
        """Where an address in an article's file leads from its page; ``None``: nowhere."""
        target = self.addresses.resolve(written, file)
        if target is None:
            return self.media.address(written, file, path) or None
        return target if urlsplit(target).scheme else relative(target, path)

    def _products(self, card: Card) -> tuple[Link, ...]:
        find = self.addresses.product
        return tuple(Link(clean(name), find(card.language, name)) for name in self.catalogue.products_of(card))

    def _related(self, card: Card) -> tuple[Link, ...]:
        others = self.catalogue.related(card)
        return tuple(Link(other.title, self.addresses.article(other), other.language) for other in others)

    def _body(self, card: Card, article: Article, html: str, path: str, changed: frozenset[int]) -> Body:
        def picture(address: str) -> tuple[str, int, int] | None:
            found = self.media.path(address, card.file)
            return (self.media.address(address, card.file, path), *self.media.size(found)) if found else None

        say = self.catalogue.say(card.language)
        numbers = attribution.numbers(article, references(html))
        html = _untitled(html, [say(heading) for heading in _ASKED])
        return page_body(
            html, Frame(partial(self._target, card.file, path), picture, numbers, say, changed, self._spoken(card))
        )

    def _spoken(self, card: Card) -> Callable[[str], str]:
        """Tells quotations in another of the site's languages; where there is one alone, nothing is looked at."""
        known = self.catalogue.languages

        def spoken(quotation: str) -> str:
            if len(known) < 2 or len(words(quotation)) < _WORDS_TO_TELL:
                return ""
            language = _language_of(quotation, tuple(each.partition("-")[0] for each in known))
            return "" if language == card.language.partition("-")[0] else language

        return spoken

    def redirect(self, old: str, new: str) -> Page:
        """What stands where an article stood."""
        card = self.addresses.articles[new]
        known = card.id in self.catalogue.by_id
        shown = needs(page=(card.title if known else "", new))
        return Page(old + "index.html", "moved", "moved.html", shown, partial(self._redirected, old, new, known))

    def _redirected(self, old: str, new: str, known: bool) -> Made:
        former = old.partition("/")[0]  # a language that the site may no longer have
        language = former if former in self.catalogue.languages else new.partition("/")[0]
        title = self.addresses.articles[new].title if known else self.catalogue.say(language)(_WITHDRAWN)
        return Meta("moved", old + "index.html", language, title), {"list": new}

    def gone(self, address: str, card: Card) -> Page:
        """What stands where an answer was that rested on what is gone, or that an editor has taken away."""
        shown = needs(page=card.state)
        return Page(address + "index.html", "gone", "gone.html", shown, partial(self._gone, address, card.state))

    def _gone(self, address: str, state: str) -> Made:
        language = address.partition("/")[0]
        title = self.catalogue.say(language)(_WITHDRAWN)
        alternates = self.catalogue.alternates(language, {})
        return Meta("gone", address + "index.html", language, title, alternates=alternates), {"list": state}


def _untitled(html: str, headings: Sequence[str]) -> str:
    """The text, a question as a quotation in the place of a heading that says no more than that it is one.

    >>> _untitled("<h2>Question</h2>\\n<p>How?</p>\\n<h2>Answer</h2>\\n<p>So.</p>\\n", ["Question"])
    '<blockquote>\\n<p>How?</p>\\n</blockquote>\\n<h2>Answer</h2>\\n<p>So.</p>\\n'
    """
    over, _, rest = html.partition("</h2>")
    question, heading, answer = rest.partition("<h2>")
    if heading and over.removeprefix("<h2>") in headings:
        return f"<blockquote>{question}</blockquote>\n{heading}{answer}"
    return html


def _other_words(article: Article) -> list[str]:
    """The ways in which people asked, but for the title."""
    return [each for each in dict.fromkeys(article.phrasings) if each.casefold() != article.title.casefold()]
