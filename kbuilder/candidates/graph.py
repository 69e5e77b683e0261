"""Who is worth comparing: each text's nearest neighbours by either leg, and what hangs together by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kbuilder.candidates import rare
from kbuilder.candidates.similarity import DIGITS, Features
from kbuilder.index.neighbours import neighbours
from kbuilder.index.vectors import EXACT

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_BLOCK = 512
_EDGES = 2**15
"""Edges whose ends are held together: bounds the memory."""


@dataclass(frozen=True)
class Graph:
    """Edges between rows, each once, with ``left < right``, sorted."""

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    """Mixed similarity."""
    size: int


def build(features: Features, k: int) -> Graph:
    """The union of the ``k`` nearest neighbours by cosine and by n-grams, weighted by the mixed similarity.

    Of more than :data:`EXACT` rows the nearest of those that are compared: nearly all of them.
    """
    near = np.zeros((features.size, 0), np.int64) if features.dense is None else neighbours(features.dense, k)[1]
    keys = [_keys(near)]
    if features.lexical is not None:
        few = features.size <= EXACT
        found = _lexical_neighbours(features.lexical, k) if few else rare.neighbours(features.lexical, k, near)
        keys.append(_keys(found))
    left, right = np.divmod(np.unique(np.concatenate(keys)), max(features.size, 1))
    return Graph(left, right, features.pairs(left, right), features.size)


def projected(known: Graph, owners: np.ndarray, features: Features, groups: Sequence[np.ndarray]) -> Graph:
    """The edges between groups that edges between rows make, weighted as :func:`above` does.

    Args:
        known: as :func:`build` makes it.
        owners: (known.size,) the group of each row of the graph.
        features: of the rows that groups are made of.
        groups: the rows of each.
    """
    left, right = owners[known.left], owners[known.right]
    apart = np.flatnonzero(left != right)
    keys = np.minimum(left, right)[apart] * len(groups) + np.maximum(left, right)[apart]
    pairs, first = np.unique(keys, return_index=True)
    left, right = np.divmod(pairs, max(len(groups), 1))
    weight = known.weight[apart[first]]  # of two texts it is all there is to know
    several = np.array([len(rows) > 1 for rows in groups], bool)
    means = np.flatnonzero(several[left] | several[right])
    weight[means] = _of_means(features, groups, left[means], right[means])
    return above(Graph(left, right, weight, len(groups)), features, groups)


def _of_means(features: Features, groups: Sequence[np.ndarray], left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The mean similarity of pairs of groups by vectors and n-grams alone.

    The means of a block of edges are held at a time, for those of all would be as large as the vectors.
    """
    plain = replace(features, background=None, company=None)
    found = np.zeros(len(left))
    for start in range(0, len(left), _EDGES):
        part = slice(start, start + _EDGES)
        names, places = np.unique(np.concatenate([left[part], right[part]]), return_inverse=True)
        found[part] = plain.means([groups[name] for name in names]).pairs(*np.split(places, 2))
    return found


def above(near: Graph, features: Features, groups: Sequence[np.ndarray]) -> Graph:
    """The edges between groups with all that counts: neighbours in common added, the background taken off.

    Args:
        near: weighted by vectors and n-grams alone.
    """
    means = replace(features, dense=None, lexical=None).means(groups)
    weight = near.weight + means.pairs(near.left, near.right)
    if means.background is not None:
        weight -= means.background[near.left] + means.background[near.right]
    return replace(near, weight=np.round(weight, DIGITS))


def _keys(rows: np.ndarray) -> np.ndarray:
    """Each unordered pair ``(row, neighbour)`` as one number; a row is no neighbour of its own."""
    size = len(rows)
    own, other = np.repeat(np.arange(size), rows.shape[1] if size else 0), rows.ravel().astype(np.int64)
    keys: np.ndarray = (np.minimum(own, other) * size + np.maximum(own, other))[own != other]
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
        found[start : start + len(scores)] = top(scores, count)
    return found


def top(scores: np.ndarray, count: int) -> np.ndarray:
    """Columns of the ``count`` highest scores of each row; of equal ones at the border the lowest columns."""
    if not count:
        return np.zeros((len(scores), 0), np.int64)
    border = -np.partition(-scores, count - 1, axis=1)[:, count - 1 : count]
    chosen, above = scores >= border, scores > border
    crowded = np.flatnonzero(chosen.sum(1) > count)
    level, missing = chosen[crowded] & ~above[crowded], count - above[crowded].sum(1, keepdims=True)
    chosen[crowded] = above[crowded] | (level & (np.cumsum(level, axis=1) <= missing))
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
