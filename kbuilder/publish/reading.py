"""Reading articles: those whose files have changed, and those whose pages are to be made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from kbuilder import resources
from kbuilder.publish import cards, search, withdrawn
from kbuilder.publish.body import references
from kbuilder.publish.cards import Card
from kbuilder.publish.views import clean
from kbuilder.publish.withdrawn import State
from kbuilder.records import Article, Fault, digest
from kbuilder.store import articles as article_files

SPACE = "publish"
"""Of the cache: what articles' texts became."""


class Tree(resources.Tree, Protocol):
    """A commit of the knowledge base."""

    @property
    def id(self) -> str:
        """Names the content: two trees with one id are equal."""

    def blob(self, path: str) -> str | None:
        """The id of a file's content; ``None``: there is no such file."""

    def blobs(self, folder: str) -> Mapping[str, str]:
        """The files below a folder, sorted, each with the id of its content."""


class Cache(Protocol):
    """Remembers what was made, by content."""

    def get(self, space: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """What is remembered of these keys."""

    def put(self, space: str, items: Mapping[str, bytes]) -> None:
        """Remember these."""


class Text(NamedTuple):
    """An article as readers see it, and its text as safe HTML."""

    article: Article
    html: str


@dataclass(eq=False)
class Reader:
    """Reads articles once each."""

    tree: Tree
    states: Mapping[str, State]
    markup: Callable[[str], str]
    """Markdown to safe HTML."""
    engine: str
    """Names what makes HTML: what another one made is not taken for its."""
    cache: Cache | None = None
    searched: dict[str, str] = field(default_factory=dict)
    """What is searched of each article whose card is new."""
    _texts: dict[str, Text] = field(default_factory=dict)

    def cards(self, before: Mapping[str, Card]) -> tuple[dict[str, Card], list[Fault]]:
        """The cards of all articles, those that still hold taken over; and what is wrong with files that are none."""
        found: dict[str, Card | None] = {}
        for file, blob in self.tree.blobs(article_files.FOLDER).items():
            if file.endswith(".md"):
                found[file] = self._holding(before.get(file), blob)
        stale = [file for file, known in found.items() if known is None]
        articles, faults = self._parsed(stale)
        self._read(articles)
        made = {file: self._card(file, articles[file]) for file in articles}
        every = {file: known for file in found if (known := found[file] or made.get(file))}
        faults += article_files.double_ids((each.id, each.file) for each in every.values())
        return every, faults

    def text(self, file: str) -> Text:
        """An article as readers see it."""
        if file not in self._texts:
            self.prepare([file])
        return self._texts[file]

    def prepare(self, files: Iterable[str]) -> None:
        """Read what is not yet read of these, at once."""
        articles, _ = self._parsed(file for file in files if file not in self._texts)
        self._read(articles)

    def _holding(self, known: Card | None, blob: str) -> Card | None:
        """A card that still says what is so."""
        if known and known.blob == blob and known.mark == cards.marks(known.posts, self.states):
            return known
        return None

    def _parsed(self, files: Iterable[str]) -> tuple[dict[str, Article], list[Fault]]:
        articles: dict[str, Article] = {}
        faults: list[Fault] = []
        for file in files:
            article, wrong = article_files.examine(self.tree.read(file) or b"", file)
            faults += wrong
            if article:
                articles[file] = article
        return articles, faults

    def _read(self, articles: Mapping[str, Article]) -> None:
        shown = {file: withdrawn.standing(article, self.states) or article for file, article in articles.items()}
        bodies = {file: clean(withdrawn.marked(article, self.states)) for file, article in shown.items()}
        html = self._html(bodies)
        self._texts.update({file: Text(article, html[file]) for file, article in shown.items()})

    def _html(self, bodies: Mapping[str, str]) -> dict[str, str]:
        """Texts as safe HTML, remembered in the cache."""
        if self.cache is None:
            return {file: self.markup(body) for file, body in bodies.items()}
        keys = {file: digest(f"html {self.engine} {body}") for file, body in bodies.items()}
        known = {
            key: made.decode() for key, made in self.cache.get(SPACE, list(dict.fromkeys(keys.values()))).items()
        }
        new = {keys[file]: self.markup(body) for file, body in bodies.items() if keys[file] not in known}
        self.cache.put(SPACE, {key: made.encode() for key, made in new.items()})
        return {file: known.get(key) or new[key] for file, key in keys.items()}

    def _card(self, file: str, article: Article) -> Card:
        standing, text = withdrawn.standing(article, self.states), self._texts[file]
        html = withdrawn.unmarked(text.html)
        posts = [text.article.sources[key] for key in references(text.html) if key in text.article.sources]
        self.searched[file] = search.document(text.article, html)
        return cards.card(
            file,
            article,
            standing,
            html,
            blob=self.tree.blob(file) or "",
            mark=cards.marks([source.post for source in article.sources.values()], self.states),
            cited=posts,
            document=self.searched[file],
        )
