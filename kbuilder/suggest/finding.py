"""One question over several indexes: what each leg says, as one ordered list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kbuilder.index.folder import FIELDS, Index, Legs, Question
from kbuilder.index.fusion import fuse
from kbuilder.ranking import Evidence
from kbuilder.text import fold, words

if TYPE_CHECKING:
    from kbuilder.index.entries import Entry

PUBLIC = ("public",)


@dataclass(frozen=True)
class Results:
    """The entries that were looked at closely, best first."""

    places: tuple[tuple[Index, int], ...]
    """Index and row of each."""
    evidence: Evidence
    question: Question
    legs: Legs

    def __len__(self) -> int:
        return len(self.places)

    def id(self, number: int) -> str:
        index, row = self.places[number]
        return index.ids[row]

    def entry(self, number: int) -> Entry:
        index, row = self.places[number]
        return index.entries[row]


def find(
    question: Question,
    indexes: Sequence[Index],
    pool: int = 200,
    audiences: Collection[str] = PUBLIC,
    only: Collection[str] | None = None,
) -> Results:
    """Rank the entries of all indexes for a question.

    A thread that an article was made from is not shown beside it: what speaks for it speaks for the article.

    Args:
        pool: how many of each leg's best are looked at closely.
        audiences: whose entries may be seen.
        only: rank just the entries with these ids.
    """
    found = [index.search(question, pool, audiences) for index in indexes]
    places = [(index, int(row)) for index, legs in zip(indexes, found, strict=True) for row in legs.rows]
    legs = _joined(found)
    kept = _wanted(places, only)
    covering = _covering(places)
    shown = [n for n, (index, row) in enumerate(places) if n in kept and index.ids[row] not in covering]
    legs = _taken(_folded(legs, places, covering), shown)
    return ordered(question, legs, [places[row] for row in legs.rows])


def ordered(question: Question, legs: Legs, places: Sequence[tuple[Index, int]]) -> Results:
    """Entries that were looked at closely, best first.

    Equal scores: articles stand before threads, as their index does; within one in the order of ids.
    """
    # What the larger index learnt of itself holds for both: articles are made of threads.
    larger = max((index for index, _ in places), key=len, default=None)
    weights = larger.weights(question.language, legs.dense) if larger else {}
    scores = fuse(legs.scores, weights)
    order = np.argsort(-scores, kind="stable")
    return Results(
        places=tuple(places[row] for row in order),
        evidence=_evidence(_taken(legs, order), scores[order], question),
        question=question,
        legs=_taken(legs, order),
    )


def worded(results: Results) -> Results:
    """The order and the evidence that there would be without a model."""
    scores = {**results.legs.scores, **{name: np.zeros_like(results.legs.scores[name]) for name in FIELDS}}
    return ordered(results.question, replace(results.legs, scores=scores, dense=False), results.places)


def _joined(found: Sequence[Legs]) -> Legs:
    """The legs of several indexes as one; ``rows`` number them through."""
    count = sum(len(legs.rows) for legs in found)
    return Legs(
        rows=np.arange(count),
        scores={name: np.concatenate([legs.scores[name] for legs in found]) for name in found[0].scores},
        known=max((legs.known for legs in found), default=0.0),
        dense=any(legs.dense for legs in found),
    )


def _taken(legs: Legs, rows: Sequence[int] | np.ndarray) -> Legs:
    chosen = np.asarray(rows, np.int64)
    return replace(
        legs, rows=legs.rows[chosen], scores={name: scores[chosen] for name, scores in legs.scores.items()}
    )


def _wanted(places: Sequence[tuple[Index, int]], only: Collection[str] | None) -> set[int]:
    return {number for number, (index, row) in enumerate(places) if only is None or index.ids[row] in only}


def _covering(places: Sequence[tuple[Index, int]]) -> Mapping[str, list[int]]:
    """For each covered thread the numbers of the articles that cover it."""
    covering: dict[str, list[int]] = {}
    for number, (index, row) in enumerate(places):
        for thread in index.covers.get(index.ids[row], ()) if index.covers else ():
            covering.setdefault(thread, []).append(number)
    return covering


def _folded(legs: Legs, places: Sequence[tuple[Index, int]], covering: Mapping[str, list[int]]) -> Legs:
    """The legs where each article has the best of its own scores and those of the threads that it covers."""
    pairs = [
        (article, number)
        for number, (index, row) in enumerate(places)
        for article in covering.get(index.ids[row], ())
    ]
    if not pairs:
        return legs
    articles, threads = np.array(pairs).T
    best = {name: scores.copy() for name, scores in legs.scores.items()}
    for scores in best.values():
        np.maximum.at(scores, articles, scores[threads])
    return replace(legs, scores=best)


def _evidence(legs: Legs, fused: np.ndarray, question: Question) -> Evidence:
    scores = dict(legs.scores)
    scores["question"] = np.maximum(scores["title"], scores["body"])
    return Evidence(
        fused=fused,
        scores=scores,
        known=legs.known,
        length=len({fold(word) for word in words(question.text)}),
        kind="dense" if legs.dense else "lexical",
    )
