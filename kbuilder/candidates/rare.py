"""The nearest others of each of very many texts by n-grams, without comparing all with all.

The rarest n-grams of a text weigh most in its likeness to another. Those who share some of them are proposed, by what
these alone say, and so is who is near in another way; the best of the proposed are found by all n-grams. The n-grams
of one word say much the same: so a part of all, by chance, proposes. And a text looks at so many others at most, by
its rarest n-grams first: the work grows as the number of texts does. What that misses is mostly near to what it
found: neighbours propose theirs, as far as these are new, and whom a text has found finds it (NN-descent; Dong, Moses
and Li 2011).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
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
ROUNDS = 4
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
    nobody = np.repeat(np.arange(matrix.shape[0])[:, None], k, 1)
    found = _Found(nobody, np.full(nobody.shape, -1, np.float32))
    fresh = found.meet(matrix, _by_rare(matrix, often, near, proposed, looked_at))
    for _ in range(ROUNDS):
        fresh = found.meet(matrix, _by_neighbours(found.rows.copy(), fresh, near))
    return found.rows


@dataclass(frozen=True)
class _Found:
    """The nearest others of each row so far."""

    rows: np.ndarray
    """(n, k), the nearest first; the row itself where there are fewer."""
    scores: np.ndarray
    """(n, k) float32, -1 for the row itself."""

    def meet(self, matrix: csr_matrix, proposed: Iterator[np.ndarray]) -> np.ndarray:
        """Keep the best of those that there are and of some others, which come in blocks of rows.

        Args:
            proposed: pairs of a row and another as ``row * n + other``, for each :data:`_BLOCK` of rows.

        Returns:
            Which of them are new: (n, k) bool.
        """
        fresh = np.zeros(self.rows.shape, bool)
        asked = np.zeros(matrix.shape[1], np.float32)
        for start, pairs in zip(range(0, len(fresh), _BLOCK), proposed, strict=True):
            fresh[start : start + _BLOCK] = self._block(matrix, asked, start, pairs)
        return fresh

    def _block(self, matrix: csr_matrix, asked: np.ndarray, start: int, pairs: np.ndarray) -> np.ndarray:
        size, k = self.rows.shape
        block = slice(start, min(start + _BLOCK, size))
        themselves = np.arange(block.start, block.stop)
        known = (themselves[:, None] * size + self.rows[block]).ravel()
        new = np.setdiff1d(pairs, np.concatenate([known, themselves * (size + 1)]))
        scores = np.concatenate([self.scores[block].ravel(), _scores(matrix, asked, *np.divmod(new, size))])
        own, others = np.divmod(np.concatenate([known, new]), size)
        order = np.lexsort((others, -scores, own))
        best = order[np.searchsorted(own[order], themselves)[:, None] + np.arange(k)]
        self.rows[block], self.scores[block] = others[best], scores[best]
        return np.asarray(best >= len(known))


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


def _by_rare(
    matrix: csr_matrix, often: np.ndarray, near: np.ndarray, proposed: int, looked_at: int
) -> Iterator[np.ndarray]:
    """Who shares rare n-grams with a row, and who is near in another way."""
    size = matrix.shape[0]
    asking, turned = _rare(matrix, often, looked_at)
    for start in range(0, size, _BLOCK):
        scores = (asking[start : start + _BLOCK] @ turned).tocsr()
        best = [
            row * size + _first(scores.data[first:last], scores.indices[first:last], proposed + 1).astype(np.int64)
            for row, (first, last) in enumerate(itertools.pairwise(scores.indptr.tolist()), start)
        ]
        others = near[start : start + _BLOCK]
        yield np.concatenate([*best, (np.arange(start, start + len(others))[:, None] * size + others).ravel()])


def _by_neighbours(known: np.ndarray, fresh: np.ndarray, near: np.ndarray) -> Iterator[np.ndarray]:
    """Whom those know who are near to a row, and who knows it: of what was told before nothing.

    Args:
        known: (n, k) rows that are near to each.
        fresh: (n, k) which of them were not known before.
        near: (n, any) rows that are near in another way, whose own were told once all were fresh.
    """
    size = len(known)
    back = np.sort(known[fresh] * size + np.nonzero(fresh)[0])
    for start in range(0, size, _BLOCK):
        block = slice(start, min(start + _BLOCK, size))
        own = np.concatenate([known[block], near[block]], axis=1)
        new = np.concatenate([fresh[block], np.zeros(near[block].shape, bool)], axis=1)
        told = new[:, :, None] | fresh[own]
        pairs = np.arange(block.start, block.stop)[:, None, None] * size + known[own]
        first, last = np.searchsorted(back, [block.start * size, block.stop * size])
        yield np.concatenate([pairs[told], back[first:last]])


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


def _scores(matrix: csr_matrix, asked: np.ndarray, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The inner products of rows, which are sorted, with others; ``asked`` is full of zeros, before and after."""
    found = matrix[others]
    values = np.empty(len(found.indices), np.float32)
    different, first = np.unique(rows, return_index=True)
    bounds = found.indptr[np.append(first, len(rows))].tolist()
    for row, (start, stop) in zip(different.tolist(), itertools.pairwise(bounds), strict=True):
        own = slice(*matrix.indptr[row : row + 2])
        columns = matrix.indices[own]
        asked[columns] = matrix.data[own]
        asked.take(found.indices[start:stop], out=values[start:stop], mode="clip")  # "raise" copies
        asked[columns] = 0
    found.data *= values
    return np.asarray(found.sum(1), np.float32).ravel()
