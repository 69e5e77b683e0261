"""Messages to the support: how many of them ask what a candidate, or an article that has none, is about.

Each is compared by itself with the candidates and those articles of its language, and counts for the nearest one if
that is as near as threads that are grouped. Messages change neither who is with whom nor what another message counts
for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kbuilder.candidates import background, company, demand, similarity, threshold
from kbuilder.candidates.proposal import Proposal
from kbuilder.candidates.similarity import DIGITS, Features, text_of, text_of_article
from kbuilder.config import CandidatesRecipe
from kbuilder.records import Article, Contact, Thread
from kbuilder.text import fold, products_of

_PAIRS = 2**23
"""Of messages and threads, compared at once: bounds the memory."""


@dataclass(frozen=True)
class Asked:
    """What may be asked for."""

    found: Proposal
    threads: Sequence[Thread]
    """That it was made of."""
    vectors: np.ndarray | None
    """(len(threads), d) for :func:`text_of` of each thread, or ``None``: no model."""
    articles: Sequence[Article] = ()
    """Those that none of the candidates is about, each id once."""
    written: np.ndarray | None = None
    """(len(articles), d) for :func:`text_of_article` of each, likewise."""


def counted(asked: Asked, contacts: Sequence[Contact], told: np.ndarray | None, recipe: CandidatesRecipe) -> Proposal:
    """What was found, with the messages that ask each candidate's problem in its demand, and those for the articles.

    Args:
        told: (len(contacts), d) for the text of each message, or ``None``: no model.
    """
    found = asked.found
    messages: dict[str, list[Contact]] = defaultdict(list)
    for language in sorted({_primary(each.language) for each in contacts}):
        homes = list(_homes(asked, language))
        if not homes:
            continue
        corpus = _Corpus.of(homes, recipe)
        cut = found.cuts[language].cut if language in found.cuts else corpus.cut(recipe)
        here = [row for row, each in enumerate(contacts) if _primary(each.language) == language]
        block = max(_PAIRS // corpus.members.size, 1)
        for start in range(0, len(here), block):
            rows = here[start : start + block]
            part = [contacts[row] for row in rows]
            nearest = corpus.nearest(part, None if told is None else told[rows], cut)
            for each, name in zip(part, nearest, strict=True):
                messages[name].append(each)
    renewed = (
        replace(each, demand=demand.with_contacts(each.demand, messages.get(each.lineage, ())))
        for each in found.candidates
    )
    return replace(
        found,
        candidates=sorted(renewed, key=lambda each: (-each.demand.score, each.lineage)),
        contacts={
            each.id: len(messages[_ARTICLE + each.id]) for each in asked.articles if _ARTICLE + each.id in messages
        },
    )


_ARTICLE = "article "
"""What an article's name among homes begins with: an id is in one of both alone."""


@dataclass(frozen=True)
class _Home:
    """What a message can count for."""

    name: str
    ids: Sequence[str]
    """Of its texts."""
    texts: Sequence[str]
    vectors: np.ndarray | None
    """A row for each of them."""
    products: set[str]
    """That it names."""


def _homes(asked: Asked, language: str) -> Iterator[_Home]:
    """Candidates and articles of a language, in an order that does not depend on messages or demand."""
    place = {thread.id: row for row, thread in enumerate(asked.threads)}
    for each in sorted(asked.found.candidates, key=lambda each: each.members):
        if _primary(each.language) == language:
            rows = [place[member] for member in each.members]
            members = [asked.threads[row] for row in rows]
            yield _Home(
                each.lineage,
                each.members,
                [text_of(thread) for thread in members],
                None if asked.vectors is None else asked.vectors[rows],
                {name for thread in members for name in _products(thread.product)},
            )
    for row, article in sorted(enumerate(asked.articles), key=lambda each: each[1].id):
        if _primary(article.language) == language:
            vectors = None if asked.written is None else asked.written[[row]]
            name = _ARTICLE + article.id
            yield _Home(name, [name], [text_of_article(article)], vectors, _products(article.product))


def _primary(language: str) -> str:
    return language.partition("-")[0]


@dataclass(frozen=True)
class _Corpus:
    """The homes of one language, as messages are compared with them."""

    names: list[str]
    """Of homes."""
    means: Features
    """One row for each home, with its background and its neighbours."""
    products: list[set[str]]
    """That each of them names."""
    members: Features
    """Texts that differ."""
    sample: Features
    """Texts among which strangers are looked for."""
    homes: np.ndarray
    """The number of the home of each of them."""
    usual: float
    """Similarity to strangers where there are few."""
    rarity: np.ndarray
    """Of n-grams in these texts: a message is weighed by what they are like."""

    @classmethod
    def of(cls, homes: Sequence[_Home], recipe: CandidatesRecipe) -> _Corpus:
        ids, texts = [name for each in homes for name in each.ids], [text for each in homes for text in each.texts]
        ends = np.cumsum([len(each.ids) for each in homes])
        labels = np.repeat(np.arange(len(homes)), [len(each.ids) for each in homes])
        vectors = [each.vectors for each in homes if each.vectors is not None]
        features = Features.of(texts, np.concatenate(vectors) if vectors else None, recipe.lexical)
        near = company.of(features, company.alike(texts), recipe.neighbours)
        among = threshold.sample(ids, near.firsts)
        known = threshold.complete(features, near, labels, among)
        return cls(
            names=[each.name for each in homes],
            means=known.means(np.split(np.arange(len(ids)), ends[:-1])),
            products=[each.products for each in homes],
            members=features.rows(near.firsts),
            sample=features.rows(among),
            homes=labels[among],
            usual=threshold.usual(features),
            rarity=similarity.rarity(texts),
        )

    def cut(self, recipe: CandidatesRecipe) -> float:
        """Where no thread was grouped: what articles say."""
        return recipe.cut or threshold.choose(self.sample, self.members.size).cut

    def nearest(self, contacts: Sequence[Contact], told: np.ndarray | None, cut: float) -> list[str]:
        """For each message the home that it asks; ``""``: none is near enough."""
        messages = Features.of([each.text for each in contacts], told, self.sample.share, self.rarity)
        known = company.of_strangers(messages.against(self.members))
        messages = replace(messages, company=known, weight=self.means.weight)
        near = messages.against(self.means)
        strangers = background.between(messages.against(self.sample), near.argmax(1), self.homes, self.usual)
        above = np.round(near - strangers[:, None] - self.means.background, DIGITS)
        for row, each in enumerate(contacts):
            above[row, self._about_others(_products(each.product))] = -np.inf
        best = above.argmax(1)
        return [self.names[number] if row[number] >= cut else "" for row, number in zip(above, best, strict=True)]

    def _about_others(self, products: set[str]) -> list[int]:
        """Homes that are about other products alone."""
        return [number for number, named in enumerate(self.products) if products and named and not products & named]


def _products(written: str) -> set[str]:
    return {fold(each) for each in products_of(written)}
