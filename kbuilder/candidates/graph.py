"""Who is worth comparing: each text's nearest neighbours by either leg, and what hangs together by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kbuilder.candidates.similarity import Features
from kbuilder.index import vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_BLOCK = 512


@dataclass(frozen=True)
class Graph:
    """Edges between rows, each once, with ``left < right``, sorted."""

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    """Mixed similarity."""
    size: int


def build(features: Features, k: int) -> Graph:
    """The union of the ``k`` nearest neighbours by cosine and by n-grams, weighted by the mixed similarity."""
    size = features.size
    keys = [np.zeros(0, np.int64)]
    if features.dense is not None:
        keys.append(_keys(vectors.neighbours(features.dense, k)[1]))
    if features.lexical is not None:
        keys.append(_keys(_lexical_neighbours(features.lexical, k)))
    edges = np.unique(np.concatenate(keys))
    left, right = (edges // size, edges % size) if size else (edges, edges)
    return Graph(left, right, features.pairs(left, right), size)


def _keys(rows: np.ndarray) -> np.ndarray:
    """Each unordered pair ``(row, neighbour)`` as one number."""
    size = len(rows)
    own, other = np.repeat(np.arange(size), rows.shape[1] if size else 0), rows.ravel()
    keys: np.ndarray = np.minimum(own, other) * size + np.maximum(own, other)
    return keys


def _lexical_neighbours(matrix: csr_matrix, k: int) -> np.ndarray:
    """The ``k`` nearest other rows by inner product, ties by row: (n, min(k, n - 1))."""
    size = matrix.shape[0]
    count = min(k, max(size - 1, 0))
    found = np.zeros((size, count), np.int64)
    turned = matrix.T.tocsr()
    for start in range(0, size, _BLOCK):
        scores = (matrix[start : start + _BLOCK] @ turned).toarray()
        own = np.arange(len(scores))
        scores[own, start + own] = -1
        found[start : start + len(scores)] = _top(scores, count)
    return found


def _top(scores: np.ndarray, count: int) -> np.ndarray:
    """Columns of the ``count`` highest scores of each row; of equal ones at the border the lowest columns."""
    if not count:
        return np.zeros((len(scores), 0), np.int64)
    border = -np.partition(-scores, count - 1, axis=1)[:, count - 1 : count]
    above, level = scores > border, scores == border
    missing = count - above.sum(1, keepdims=True)
    chosen = above | (level & (np.cumsum(level, axis=1) <= missing))
    return np.nonzero(chosen)[1].reshape(len(scores), count)


def components(graph: Graph, owners: np.ndarray, groups: np.ndarray, floor: float) -> list[np.ndarray]:
    """What hangs together by edges of at least ``floor``.

    Args:
        owners: (graph.size,) the group that each row is in.
        groups: the groups to look at, sorted; edges to others do not count.

    Returns:
        The groups of each component, sorted, in the order of their first ones.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    place = np.full(int(owners.max(initial=-1)) + 1, -1)
    place[groups] = np.arange(len(groups))
    left, right = place[owners[graph.left]], place[owners[graph.right]]
    kept = (graph.weight >= floor) & (left >= 0) & (right >= 0)
    links = coo_matrix((np.ones(int(kept.sum()), bool), (left[kept], right[kept])), shape=(len(groups), len(groups)))
    count, labels = connected_components(links, directed=False)
    order = np.argsort(labels, kind="stable")
    parts = np.split(groups[order], np.cumsum(np.bincount(labels, minlength=count))[:-1]) if count else []
    return sorted(parts, key=lambda part: int(part[0]))
