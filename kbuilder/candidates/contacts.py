"""Messages to the support: how many of them ask what a candidate is about.

Each is compared by itself with the candidates of its language, and counts for the nearest one if that is as near as
threads that are grouped. Messages change neither who is with whom nor what another message counts for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kbuilder.candidates import background, demand, similarity, threshold
from kbuilder.candidates.proposal import Proposal
from kbuilder.candidates.similarity import DIGITS, Features, text_of
from kbuilder.config import CandidatesRecipe
from kbuilder.records import Candidate, Contact, Thread
from kbuilder.text import fold, products_of

_BLOCK = 512
"""Messages looked at together: bounds the memory."""


def counted(
    found: Proposal,
    threads: Sequence[Thread],
    vectors: np.ndarray | None,
    contacts: Sequence[Contact],
    told: np.ndarray | None,
    recipe: CandidatesRecipe,
) -> Proposal:
    """What was found, with the messages that ask each candidate's problem in its demand.

    Args:
        found: of these threads.
        vectors: (len(threads), d) for :func:`text_of` of each thread, or ``None``: no model.
        told: (len(contacts), d) for the text of each message, likewise.
    """
    asked: dict[str, list[Contact]] = defaultdict(list)
    for language, choice in found.cuts.items():
        candidates = [each for each in found.candidates if _primary(each.language) == language]
        here = [row for row, each in enumerate(contacts) if _primary(each.language) == language]
        if not (candidates and here):
            continue
        corpus = _Corpus.of(sorted(candidates, key=lambda each: each.members), threads, vectors, recipe)
        for start in range(0, len(here), _BLOCK):
            rows = here[start : start + _BLOCK]
            part = [contacts[row] for row in rows]
            homes = corpus.nearest(part, None if told is None else told[rows], choice.cut)
            for each, lineage in zip(part, homes, strict=True):
                asked[lineage].append(each)
    asked.pop("", None)
    renewed = (
        replace(each, demand=demand.with_contacts(each.demand, asked.get(each.lineage, ())))
        for each in found.candidates
    )
    return replace(found, candidates=sorted(renewed, key=lambda each: (-each.demand.score, each.lineage)))


def _primary(language: str) -> str:
    return language.partition("-")[0]


@dataclass(frozen=True)
class _Corpus:
    """The candidates of one language, as messages are compared with them."""

    lineages: list[str]
    means: Features
    """One row for each candidate, with its background."""
    products: list[set[str]]
    """That each candidate's threads name."""
    sample: Features
    """Members among which strangers are looked for."""
    homes: np.ndarray
    """The number of the candidate of each of them."""
    usual: float
    """Similarity to strangers where there are few."""
    rarity: np.ndarray
    """Of n-grams in members' texts: a message is weighed by what threads are like."""

    @classmethod
    def of(
        cls,
        candidates: Sequence[Candidate],
        threads: Sequence[Thread],
        vectors: np.ndarray | None,
        recipe: CandidatesRecipe,
    ) -> _Corpus:
        place = {thread.id: row for row, thread in enumerate(threads)}
        groups = [[place[member] for member in each.members] for each in candidates]
        rows = [row for each in groups for row in each]
        texts = [text_of(threads[row]) for row in rows]
        ends = np.cumsum([len(each) for each in groups])
        labels = np.repeat(np.arange(len(groups)), [len(each) for each in groups])
        features = Features.of(texts, None if vectors is None else vectors[rows], recipe.lexical)
        among, usual = threshold.sample([threads[row].id for row in rows]), threshold.usual(features)
        known = replace(features, background=background.of(features, labels, among, usual))
        return cls(
            lineages=[each.lineage for each in candidates],
            means=known.means(np.split(np.arange(len(rows)), ends[:-1])),
            products=[{name for row in each for name in _products(threads[row].product)} for each in groups],
            sample=features.rows(among),
            homes=labels[among],
            usual=usual,
            rarity=similarity.rarity(texts),
        )

    def nearest(self, contacts: Sequence[Contact], told: np.ndarray | None, cut: float) -> list[str]:
        """For each message the candidate that it asks; ``""``: none is near enough."""
        messages = Features.of([each.text for each in contacts], told, self.sample.share, self.rarity)
        near = messages.against(self.means)
        strangers = background.between(messages.against(self.sample), near.argmax(1), self.homes, self.usual)
        above = np.round(near - strangers[:, None] - self.means.background, DIGITS)
        for row, each in enumerate(contacts):
            above[row, self._about_others(_products(each.product))] = -np.inf
        best = above.argmax(1)
        return [self.lineages[number] if row[number] >= cut else "" for row, number in zip(above, best, strict=True)]

    def _about_others(self, products: set[str]) -> list[int]:
        """Candidates that are about other products alone."""
        return [number for number, named in enumerate(self.products) if products and named and not products & named]


def _products(written: str) -> set[str]:
    return {fold(each) for each in products_of(written)}
