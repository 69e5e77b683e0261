"""Whose company a text keeps: itself and its nearest neighbours, as a row of a sparse matrix.

The inner product of two rows is the share of neighbours that two texts have in common, in [0, 1].
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kbuilder.candidates.graph import Graph, build, top
from kbuilder.candidates.similarity import Features, normal

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

NEIGHBOURS = 10
"""That are looked at, the text itself included."""
_TEXTS = 30
"""Texts for each of them: among few texts everybody is everybody's neighbour, which says nothing."""


def count(texts: int) -> int:
    """How many of so many texts are a text's company.

    >>> [count(texts) for texts in (0, 59, 90, 5000)]
    [1, 1, 3, 10]
    """
    return min(max(texts // _TEXTS, 1), NEIGHBOURS)


def alike(texts: Sequence[str]) -> list[np.ndarray]:
    """Rows of each text, by the first: identical ones are one. One without a word is like no other."""
    found: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        found[normal(text) or f"\0{row}"].append(row)
    return [np.array(rows) for rows in found.values()]


@dataclass(frozen=True)
class Neighbours:
    """Who is near whom among texts that differ."""

    graph: Graph
    firsts: np.ndarray
    """The first row of each of these texts."""
    company: csr_matrix
    """(rows, texts that differ)."""


def of(features: Features, same: Sequence[np.ndarray], k: int) -> Neighbours:
    """The neighbours of each row.

    Args:
        features: vectors and n-grams of all rows.
        same: rows of each text.
        k: neighbours by either leg that are compared.
    """
    firsts, owners = np.zeros(len(same), np.int64), np.zeros(features.size, np.int64)
    for number, rows in enumerate(same):
        firsts[number], owners[rows] = rows[0], number
    known = build(features.rows(firsts), k)
    return Neighbours(known, firsts, of_graph(known)[owners])


def of_graph(known: Graph) -> csr_matrix:
    """The company of each row, by the edges' weights; of equal ones the lower row."""
    own = np.concatenate([known.left, known.right])
    other = np.concatenate([known.right, known.left])
    order = np.lexsort((other, -np.concatenate([known.weight, known.weight]), own))
    own, other = own[order], other[order]
    starts = np.searchsorted(own, np.arange(known.size))
    kept, rows = count(known.size), np.arange(known.size)
    near = np.arange(len(own)) - starts[own] < kept - 1
    pairs = np.concatenate([rows, own[near]]), np.concatenate([rows, other[near]])
    return _matrix(*pairs, (known.size, known.size), kept)


def shared(near: np.ndarray, whole: int) -> np.ndarray:
    """Which share of their company each two rows have in common: (n, n) float64, symmetric.

    Args:
        near: (n, n) the similarity of all pairs.
        whole: how many texts the rows are a part of; so large is the part of its company that is among them.
    """
    size = len(near)
    kept = max(round(count(whole) * size / whole), 1) if whole else 1
    far = near.copy()
    np.fill_diagonal(far, np.inf)
    found = _matrix(np.repeat(np.arange(size), kept), top(far, kept).ravel(), (size, size), kept)
    return np.asarray((found @ found.T).toarray(), np.float64)


def of_strangers(near: np.ndarray) -> csr_matrix:
    """The company of texts that are not among some others, by their similarity to all of those: (n, m), m > 0."""
    size = near.shape[1]
    kept = count(size)
    return _matrix(np.repeat(np.arange(len(near)), kept), top(near, kept).ravel(), near.shape, kept)


def _matrix(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int], kept: int) -> csr_matrix:
    from scipy.sparse import csr_matrix

    each = np.full(len(rows), 1 / np.sqrt(kept), np.float32)
    return csr_matrix((each, (rows, columns)), shape=shape)
