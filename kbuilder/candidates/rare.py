"""The nearest others of each of very many texts by n-grams, without comparing all with all.

The rarest n-grams of a text weigh most in its likeness to another. Those who share some of them are proposed, by what
these alone say, and so is who is near in another way; the best of the proposed are found by all n-grams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kbuilder.index.vectors import ranges

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

HEAVIEST = 32
"""N-grams of a text that propose others."""
PROPOSED = 400
"""Texts that they propose."""
OFTEN = 0.01
"""Share of the texts from which on an n-gram proposes nobody, rare though it is in them."""
_BLOCK = 512


def neighbours(matrix: csr_matrix, k: int, near: np.ndarray, proposed: int = PROPOSED) -> np.ndarray:
    """The ``k`` nearest of those that are proposed, ties by row; where there are fewer, the row itself.

    Args:
        matrix: (n, columns), rows of length 1 or 0.
        near: (n, any) rows that are proposed in another way.
        proposed: how many n-grams propose.
    """
    size = matrix.shape[0]
    heavy = _heavy(matrix)
    turned = heavy.T.tocsr()
    found = np.repeat(np.arange(size)[:, None], k, 1)
    asked = np.zeros(matrix.shape[1], np.float32)
    for start in range(0, size, _BLOCK):
        scores = (heavy[start : start + _BLOCK] @ turned).tocsr()
        for row in range(start, min(start + _BLOCK, size)):
            part = slice(*scores.indptr[row - start : row - start + 2])
            best = _first(scores.data[part], scores.indices[part], proposed + 1)
            others = np.unique(np.concatenate([best, near[row]]))
            others = others[others != row]
            chosen = others[np.argsort(-_scores(matrix, asked, row, others), kind="stable")[:k]]
            found[row, : len(chosen)] = chosen
    return found


def _heavy(matrix: csr_matrix) -> csr_matrix:
    """The heaviest n-grams of each row, without those that are often among them."""
    from scipy.sparse import csr_matrix

    kept = np.concatenate([np.zeros(0, np.int64), *(_heaviest(matrix, row) for row in range(matrix.shape[0]))])
    columns = matrix.indices[kept]
    often = np.bincount(columns, minlength=matrix.shape[1]) > max(OFTEN * matrix.shape[0], _BLOCK)
    kept = kept[~often[columns]]
    starts = np.searchsorted(kept, matrix.indptr)
    return csr_matrix((matrix.data[kept], matrix.indices[kept], starts), shape=matrix.shape)


def _heaviest(matrix: csr_matrix, row: int) -> np.ndarray:
    """The places of a row's heaviest values."""
    start, end = matrix.indptr[row : row + 2]
    return np.sort(start + _first(matrix.data[start:end], np.arange(end - start), HEAVIEST))


def _first(scores: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """The rows of the ``count`` highest scores, in any order."""
    return rows if len(scores) <= count else rows[np.argpartition(-scores, count - 1)[:count]]


def _scores(matrix: csr_matrix, asked: np.ndarray, row: int, others: np.ndarray) -> np.ndarray:
    """A row's inner products with some others; ``asked`` is full of zeros, before and after."""
    own = slice(*matrix.indptr[row : row + 2])
    asked[matrix.indices[own]] = matrix.data[own]
    starts, ends = matrix.indptr[others].astype(np.int64), matrix.indptr[others + 1].astype(np.int64)
    places = ranges(starts, ends)
    owners = np.repeat(np.arange(len(others)), ends - starts)
    products = matrix.data[places] * asked[matrix.indices[places]]
    asked[matrix.indices[own]] = 0
    return np.bincount(owners, products, len(others))
