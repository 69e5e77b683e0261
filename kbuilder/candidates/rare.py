"""The nearest others of each of very many texts by n-grams, without comparing all with all.

The rarest n-grams of a text weigh most in its likeness to another. Those who share some of them are proposed, by what
these alone say, and so is who is near in another way; the best of the proposed are found by all n-grams. The n-grams
of one word say much the same: so a part of all, by chance, proposes. And a text looks at so many others at most, by
its rarest n-grams first: the work grows as the number of texts does. What that misses is mostly near to what it
found: neighbours propose theirs (after Dong, Moses and Li 2011).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

PART = 4
"""One of so many n-grams proposes; they are hashed, so each one of so many columns will do."""
LOOKED_AT = 8000
"""Others that have one of them, counted for each: as many as a text looks at."""
PROPOSED = 100
"""Texts that they propose."""
ROUNDS = 3
"""How often neighbours propose theirs."""
_NEVER = 2**32
_BLOCK = 512
_SORTED = 2**14
"""Texts whose n-grams are put in order together: bounds the memory."""


def neighbours(
    matrix: csr_matrix, k: int, near: np.ndarray, proposed: int = PROPOSED, looked_at: int = LOOKED_AT
) -> np.ndarray:
    """The ``k`` nearest of those that are proposed, ties by row; where there are fewer, the row itself.

    Args:
        matrix: (n, columns), rows of length 1 or 0.
        near: (n, any) rows that are proposed in another way.
        proposed: how many n-grams propose.
        looked_at: how many texts these are chosen from, one that shares several n-grams counted for each.
    """
    matrix, often = _by_frequency(matrix)
    found = _nearest(matrix, k, _by_rare(matrix, often, near, proposed, looked_at))
    for _ in range(ROUNDS):
        found = _nearest(matrix, k, _by_neighbours(np.concatenate([found, near], axis=1), k))
    return found


def _by_frequency(matrix: csr_matrix) -> tuple[csr_matrix, np.ndarray]:
    """With the most frequent n-grams as the first columns, so that what is looked up most lies together.

    Returns:
        Also how many others have each that a text has; of those that do not propose, more than anybody looks at.
    """
    from scipy.sparse import csr_matrix

    often = np.bincount(matrix.indices, minlength=matrix.shape[1])
    order = np.argsort(-often, kind="stable")
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order))
    ranked = csr_matrix((matrix.data, ranks[matrix.indices], matrix.indptr), shape=matrix.shape)
    return ranked, np.where(order % PART, _NEVER, often[order] - 1)


def _nearest(matrix: csr_matrix, k: int, proposed: Iterator[np.ndarray]) -> np.ndarray:
    """For each row the nearest of some others, which are sorted."""
    found = np.repeat(np.arange(matrix.shape[0], dtype=np.int32)[:, None], k, 1)
    asked = np.zeros(matrix.shape[1], np.float32)
    for row, others in enumerate(proposed):
        best = others[np.argsort(-_scores(matrix, asked, row, others), kind="stable")]
        chosen = best[best != row][:k]
        found[row, : len(chosen)] = chosen
    return found


def _by_rare(
    matrix: csr_matrix, often: np.ndarray, near: np.ndarray, proposed: int, looked_at: int
) -> Iterator[np.ndarray]:
    """For each row those who share rare n-grams, and who is near in another way."""
    asking, turned = _rare(matrix, often, looked_at)
    for start in range(0, matrix.shape[0], _BLOCK):
        scores = (asking[start : start + _BLOCK] @ turned).tocsr()
        for row, (first, last) in enumerate(itertools.pairwise(scores.indptr.tolist()), start):
            best = _first(scores.data[first:last], scores.indices[first:last], proposed + 1)
            yield np.unique(np.concatenate([best, near[row]]))


def _by_neighbours(known: np.ndarray, k: int) -> Iterator[np.ndarray]:
    """For each row those who are near, and the first ``k`` of who is near to them."""
    for own in known:
        yield np.unique(np.concatenate([own, known[own, :k].ravel()]))


def _rare(matrix: csr_matrix, often: np.ndarray, looked_at: int) -> tuple[csr_matrix, csr_matrix]:
    """The n-grams by which each text looks for others, (n, columns); and who has one of these, (columns, n)."""
    blocks = [_rarest(matrix, often, start, looked_at) for start in range(0, matrix.shape[0], _SORTED)]
    asking = _only(matrix, np.concatenate([np.zeros(0, bool), *blocks]))
    known = np.zeros(len(often), bool)
    known[asking.indices] = True
    return asking, _only(matrix, known[matrix.indices]).T.tocsr()


def _rarest(matrix: csr_matrix, often: np.ndarray, start: int, looked_at: int) -> np.ndarray:
    """Which values of some rows belong to the rarest n-grams, as long as not too many texts have these together."""
    starts = matrix.indptr[start : start + _SORTED + 1].astype(np.int64)
    counts = often[matrix.indices[starts[0] : starts[-1]]]
    order = np.lexsort((counts, np.repeat(np.arange(len(starts) - 1), np.diff(starts))))
    sums = np.concatenate([[0], np.cumsum(counts[order])])
    before = np.repeat(sums[starts[:-1] - starts[0]], np.diff(starts))
    kept = np.zeros(len(counts), bool)
    kept[order] = sums[1:] - before <= looked_at
    return kept


def _only(matrix: csr_matrix, kept: np.ndarray) -> csr_matrix:
    """Some of the values."""
    from scipy.sparse import csr_matrix

    places = np.flatnonzero(kept)
    starts = np.searchsorted(places, matrix.indptr)
    return csr_matrix((matrix.data[places], matrix.indices[places], starts), shape=matrix.shape)


def _first(scores: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """The rows of the ``count`` highest scores, in any order."""
    return rows if len(scores) <= count else rows[np.argpartition(-scores, count - 1)[:count]]


def _scores(matrix: csr_matrix, asked: np.ndarray, row: int, others: np.ndarray) -> np.ndarray:
    """A row's inner products with some others; ``asked`` is full of zeros, before and after."""
    own = slice(*matrix.indptr[row : row + 2])
    asked[matrix.indices[own]] = matrix.data[own]
    found = np.asarray(matrix[others] @ asked)
    asked[matrix.indices[own]] = 0
    return found
