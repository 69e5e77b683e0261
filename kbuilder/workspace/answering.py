"""A question in; what already answers it out, or silence."""

from __future__ import annotations

import logging
import shutil
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kbuilder import chatter, index, ranking, suggest
from kbuilder.config import Config, SuggestRecipe
from kbuilder.errors import KBError, ModelError, StaleError
from kbuilder.index import entries
from kbuilder.publish import withdrawn
from kbuilder.records import Article, Suggestion, digest, dumps, silent
from kbuilder.store.git import Tree
from kbuilder.store.locks import locked
from kbuilder.text import N_, clean, language_of, sentences, squeeze
from kbuilder.workspace import generation, learning
from kbuilder.workspace.building import PUBLIC, build_indexes, open_indexes, visible
from kbuilder.workspace.generation import Generation
from kbuilder.workspace.parts import Parts

if TYPE_CHECKING:
    from kbuilder.embedding import Encoder

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
PATIENCE = 60.0
"""Seconds that a question waits for another one's building of the articles' index."""
RETRY = 30.0
"""Seconds after which what could not be read is tried again."""
SHOWN = frozenset({"validated", "not-validated"})
"""The states of articles that readers and askers see."""


class Answers:
    """The last answers, by digest of what was asked: the words themselves are not kept.

    While somebody types, the same beginnings come again: others begin so too, and letters are taken back.
    """

    def __init__(self, most: int = 2000) -> None:
        self._most = most
        self._found: OrderedDict[str, tuple[Suggestion, ...]] = OrderedDict()

    def get(self, asked: str) -> tuple[Suggestion, ...] | None:
        """What was answered, if it is still known."""
        if asked in self._found:
            self._found.move_to_end(asked)
        return self._found.get(asked)

    def put(self, asked: str, found: tuple[Suggestion, ...]) -> None:
        """Remember an answer in place of the one that was asked for the longest time ago."""
        self._found[asked] = found
        if len(self._found) > self._most:
            self._found.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Indexed:
    """What is indexed of an article."""

    article: Article
    members: tuple[str, ...]
    """Threads that it stands for."""
    entry: entries.Entry


@dataclass(frozen=True)
class Library:
    """What a question searches, as it was at one commit and one build, and what it answered."""

    build: str
    commit: str
    config: Config
    recipe: SuggestRecipe
    ranker: ranking.Ranker
    articles: tuple[index.Index, ...]
    """By audience."""
    threads: tuple[index.Index, ...] | None
    """Likewise; ``None``: they cannot be read, and a server goes on without them."""
    reader: Encoder | None
    """What questions are read with."""
    problems: tuple[KBError, ...] = ()
    """Without what a server goes on."""
    indexed: tuple[Indexed, ...] = ()
    """The articles: those that a verdict leaves as they are need not be read again for the next library."""
    answers: Answers = field(default_factory=Answers)
    made: float = field(default_factory=time.monotonic)

    def lasts(self) -> bool:
        """Whether it can go on as it is while nothing was committed and built."""
        tried_lately = time.monotonic() - self.made < RETRY
        return (not self.problems or tried_lately) and are_whole((*self.articles, *(self.threads or ())))

    def indexes(self, audience: str) -> tuple[index.Index, ...]:
        """What an audience may search: articles, then threads."""
        return visible((*self.articles, *(self.threads or ())), self.config.audience[audience].sees)


def library(parts: Parts, before: Library | None = None, *, steadfast: bool = False) -> Library:
    """The current indexes; ``before`` again while nothing changed.

    Args:
        steadfast: where the model or the threads' index cannot be read, go on by words alone, or with the threads as
            they were before, or with articles alone, and try again now and then; each is logged once.

    Raises:
        StaleError: nothing was built yet, or what was built is damaged.
        ModelError: the model is not to be had.
    """
    built, tree = generation.needed(parts.derived), parts.head()
    if before and (before.build, before.commit) == (built.id, tree.id) and before.lasts():
        return before
    problems: list[KBError] = []
    known = {str(each) for each in before.problems} if before else set()
    earlier = before.threads if before and are_whole(before.threads or ()) else None

    def tried(work: Callable[[], T], *kinds: type[KBError]) -> T | None:
        try:
            return work()
        except kinds as error:
            if not steadfast:
                raise
            if str(error) not in known:
                _LOG.error("Questions are answered without it: %s %s", error, error.advice)
            problems.append(error)
            return None

    reader = tried(lambda: _reader(parts, built), ModelError, StaleError)
    threads = tried(lambda: open_indexes(built.indexes), StaleError)
    indexed = _indexed(parts, tree, built, before.indexed if before else ())
    return Library(
        built.id,
        tree.id,
        parts.config(tree),
        parts.recipe(tree).suggest,
        learning.ranker(parts, tree),
        _open_articles(parts, [each.entry for each in indexed], reader),
        earlier if threads is None else threads,
        reader,
        tuple(problems),
        tuple(indexed),
    )


def are_whole(indexes: Sequence[index.Index]) -> bool:
    """Whether no file of theirs was cut since they were opened."""
    return all(each.is_whole() for each in indexes)


def is_current(parts: Parts, found: Library) -> bool:
    """Whether questions are answered from this one by now; a build that is gone leaves what was opened of it."""
    built, tree = generation.current(parts.derived), parts.head()
    return found.commit == tree.id and (built is None or found.build == built.id)


def stands(parts: Parts, found: Sequence[Suggestion], audience: str) -> bool:
    """Whether these readers may still see all that was found in an older index."""
    tree = parts.head()
    sees = parts.config(tree).audience[audience].sees
    shown = {each.id for each in parts.decided.articles(tree) if each.state in SHOWN and each.audience in sees}
    return all(each.target in shown for each in found if each.reviewed)


def gist(message: str) -> str:
    """What a message asks, without greeting, thanks and name; the whole message where nothing else is in it.

    >>> gist("Hi there,\\nhow do I reset the hub?\\nBest regards, Max Miller")
    'how do I reset the hub?'
    """
    kept: list[str] = []
    closed = False
    for start, end in sentences(message):
        said = message[start:end]
        signed = bool(kept) and chatter.is_signature(said)
        closed = closed or signed or chatter.is_closing(said)
        if not signed and not chatter.is_chat(said) and not (closed and chatter.is_short(said)):
            kept.append(said[chatter.without_opening(said) :])
    return squeeze(" ".join(kept)) or squeeze(message)


def ask(
    found: Library,
    question: str,
    language: str = "",
    audience: str = PUBLIC,
    product: str = "",
) -> list[Suggestion]:
    """The suggestions for a question, best first; none where nothing is sure enough.

    Args:
        language: the asker's (BCP 47); detected among the site's where it is not given.
        audience: whose articles and threads the asker may see.
        product: that the asker has.
    """
    question = clean(question)
    asked = digest("\0".join((squeeze(question), language, audience, product)))
    known = found.answers.get(asked)
    if known is None:
        known = tuple(_ask(found, question, language, audience, product))
        found.answers.put(asked, known)
    return list(known)


def _ask(found: Library, question: str, language: str, audience: str, product: str) -> Sequence[Suggestion]:
    return suggest.suggest(
        question,
        language or language_of(question, found.config.languages),
        found.indexes(audience),
        found.reader,
        found.ranker,
        precision=found.config.suggest.precision,
        limit=found.recipe.limit,
        pool=found.recipe.pool,
        audiences=found.config.audience[audience].sees,
        product=product,
    )


def _reader(parts: Parts, built: Generation) -> Encoder | None:
    """The model that a build's index was made with, so that questions are read with it, too.

    The archive may have been adapted since, or another process may have built with what this one does not know yet.

    Raises:
        ModelError: the model is not what its pin says, or is not to be had.
        StaleError: the recipe names another one by now.
    """
    encoder = parts.encoder  # that one is pinned and not to be had is told, whatever the index was made with
    if not built.reader or encoder is None:
        return None
    for again in (False, True):
        if again:
            parts.forget_models()
        for each in (parts.encoder, parts.adapted):
            if each and each.id == built.reader:
                return each
    raise StaleError(N_("The index was made with another model than the recipe's."), N_("Run: kbuilder build"))


def _open_articles(parts: Parts, indexed: Sequence[entries.Entry], reader: Encoder | None) -> tuple[index.Index, ...]:
    """The indexes of articles. They are made from what is committed: what is damaged is made anew."""
    folder = _article_indexes(parts, indexed, reader)
    try:
        return open_indexes(folder)
    except StaleError as error:
        _LOG.warning("Made anew: %s", error)
        shutil.rmtree(folder)
        return open_indexes(_article_indexes(parts, indexed, reader))


def _indexed(parts: Parts, tree: Tree, built: Generation, before: Sequence[Indexed]) -> list[Indexed]:
    """The articles of a commit that readers see, each read once as long as it stays as it is."""
    states = withdrawn.read(tree)
    articles = (article for article in parts.decided.articles(tree) if article.state in SHOWN)
    shown = [left for article in articles if (left := withdrawn.standing(article, states))]
    known = {each.article.id: each for each in before}
    return [_read(each, _members(each, built), known.get(each.id)) for each in shown]


def _read(article: Article, members: tuple[str, ...], before: Indexed | None) -> Indexed:
    if before and before.article is article and before.members == members:
        return before
    return Indexed(article, members, entries.of_article(article, members))


def _article_indexes(parts: Parts, indexed: Sequence[entries.Entry], reader: Encoder | None) -> Path:
    """The indexes of articles, built if they are not there: after each verdict they are others."""
    model = reader.id if reader else ""
    name = digest(
        "\n".join((f"{index.FORMAT} {generation.FORMAT}", model, *(digest(dumps(entry)) for entry in indexed)))
    )[:32]
    root = parts.derived / "articles"
    if not (root / name).is_dir():
        with locked(parts.var / "articles.lock", N_("the articles' index"), PATIENCE):
            if not (root / name).is_dir():  # another worker may have written it meanwhile
                _write_article_indexes(parts, indexed, root / name, reader)
    return root / name


def _members(article: Article, built: Generation) -> tuple[str, ...]:
    """The threads that an article stands for: it is shown in their place."""
    candidate = built.candidates.get(article.lineage)
    return candidate.members if candidate else ()


def _write_article_indexes(
    parts: Parts, indexed: Sequence[entries.Entry], folder: Path, reader: Encoder | None
) -> None:
    root, unfinished = folder.parent, folder.with_name(f".{folder.name}")
    root.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    build_indexes(parts, indexed, unfinished, reader, silent)
    unfinished.rename(folder)
    newest = sorted(root.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in newest[2:]:  # the one before stays: requests that began on it end on it
        shutil.rmtree(folder, ignore_errors=True)
