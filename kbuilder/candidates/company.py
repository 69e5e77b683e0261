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
_BLOCK = 16_384
"""Rows whose neighbours are put in order together: bounds the memory."""
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
    kept = count(known.size)
    both = _both_ways(known)
    found = [_nearest(both, start, kept - 1) for start in range(0, known.size, _BLOCK)]
    own, other = np.concatenate([np.zeros((2, 0), np.int32), *found], axis=1)
    everybody = np.arange(known.size, dtype=np.int32)
    pairs = np.concatenate([everybody, own]), np.concatenate([everybody, other])
    return _matrix(*pairs, (known.size, known.size), kept)


def _both_ways(known: Graph) -> csr_matrix:
    """The weight of each edge at either end, columns sorted."""
    from scipy.sparse import coo_matrix

    left, right = known.left.astype(np.int32), known.right.astype(np.int32)
    ends = np.concatenate([left, right]), np.concatenate([right, left])
    weights = np.concatenate([known.weight, known.weight])
    found = coo_matrix((weights, ends), (known.size, known.size)).tocsr()
    found.sort_indices()
    return found


def _nearest(both: csr_matrix, start: int, count: int) -> np.ndarray:
    """Of a block of rows those with the highest weights, at most so many of each: (2, pairs) rows and columns."""
    starts = both.indptr[start : start + _BLOCK + 1]
    values = slice(starts[0], starts[-1])
    own = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    order = np.lexsort((-both.data[values], own))
    near = order[np.arange(len(order)) - (starts - starts[0])[own] < count]
    return np.stack([start + own[near], both.indices[values][near]])


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
