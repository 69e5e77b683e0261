"""One question over several indexes: what each leg says, as one ordered list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from kbuilder.index.folder import Index, Legs, Question
from kbuilder.index.fusion import fuse
from kbuilder.ranking import Evidence, Fusion
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
    weights: Fusion,
    pool: int = 200,
    audiences: Collection[str] = PUBLIC,
    only: Collection[str] | None = None,
) -> Results:
    """Rank the entries of all indexes for a question.

    A thread that an article was made from is not shown beside it: what speaks for it speaks for the article.

    Args:
        weights: the legs' shares of the score.
        pool: how many of each leg's best are looked at closely.
        audiences: whose entries may be seen.
        only: rank just the entries with these ids.
    """
    found = [index.search(question, pool, audiences) for index in indexes]
    places = [(index, int(row)) for index, legs in zip(indexes, found, strict=True) for row in legs.rows]
    legs = _joined(found)
    kept = _wanted(places, only)
    legs = _taken(_folded(legs, places), [row for row in _uncovered(places) if row in kept])
    places = [places[row] for row in legs.rows]
    scores = _fused(legs, weights)
    # Equal scores: articles stand before threads, as their index does; within one in the order of ids.
    order = np.argsort(-scores, kind="stable")
    return Results(
        places=tuple(places[row] for row in order),
        evidence=_evidence(_taken(legs, order), scores[order], question),
    )


def _joined(found: Sequence[Legs]) -> Legs:
    """The legs of several indexes as one; ``rows`` number them through."""
    names = [field.name for field in fields(Legs) if field.name not in ("rows", "known", "dense")]
    arrays = {name: np.concatenate([getattr(legs, name) for legs in found]) for name in names}
    count = sum(len(legs.rows) for legs in found)
    return Legs(
        rows=np.arange(count),
        known=max((legs.known for legs in found), default=0.0),
        dense=any(legs.dense for legs in found),
        **arrays,
    )


def _taken(legs: Legs, rows: Sequence[int] | np.ndarray) -> Legs:
    chosen = np.asarray(rows, np.int64)
    arrays = {
        field.name: getattr(legs, field.name)[chosen]
        for field in fields(Legs)
        if field.name not in ("known", "dense")
    }
    return replace(legs, **arrays)


def _wanted(places: Sequence[tuple[Index, int]], only: Collection[str] | None) -> set[int]:
    return {number for number, (index, row) in enumerate(places) if only is None or index.ids[row] in only}


def _covering(places: Sequence[tuple[Index, int]]) -> Mapping[str, list[int]]:
    """For each covered thread the numbers of the articles that cover it."""
    covering: dict[str, list[int]] = {}
    for number, (index, row) in enumerate(places):
        for thread in index.covers.get(index.ids[row], ()):
            covering.setdefault(thread, []).append(number)
    return covering


def _uncovered(places: Sequence[tuple[Index, int]]) -> list[int]:
    covering = _covering(places)
    return [number for number, (index, row) in enumerate(places) if index.ids[row] not in covering]


def _folded(legs: Legs, places: Sequence[tuple[Index, int]]) -> Legs:
    """The legs where each article has the best of its own scores and those of the threads that it covers."""
    covering = _covering(places)
    pairs = [
        (article, number)
        for number, (index, row) in enumerate(places)
        for article in covering.get(index.ids[row], ())
    ]
    if not pairs:
        return legs
    articles, threads = np.array(pairs).T
    best = {}
    for name in ("title", "body", "answer", "bm25", "characters", "coverage"):
        best[name] = getattr(legs, name).copy()
        np.maximum.at(best[name], articles, getattr(legs, name)[threads])
    return replace(legs, **best)


def _fused(legs: Legs, weights: Fusion) -> np.ndarray:
    lexical = {"words": legs.bm25, "characters": legs.characters}
    cosines = {"question": np.maximum(legs.title, legs.body), "answer": legs.answer}
    return fuse({**lexical, **(cosines if legs.dense else {})}, weights)


def _evidence(legs: Legs, fused: np.ndarray, question: Question) -> Evidence:
    return Evidence(
        fused=fused,
        question=np.maximum(legs.title, legs.body),
        answer=legs.answer,
        words=legs.bm25,
        characters=legs.characters,
        coverage=legs.coverage,
        known=legs.known,
        length=len({fold(word) for word in words(question.text)}),
        dense=legs.dense,
    )
