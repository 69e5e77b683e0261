"""Average linkage (UPGMA; Sokal and Michener 1958) of groups of any size, under cannot-links.

By the nearest-neighbour chain (Murtagh 1983): joining two groups that are each other's nearest never makes the
result nearer to a third, so mutual neighbours can be joined in any order. That holds as well where groups that
must stay apart are infinitely far: what they are joined to inherits it.
"""

from __future__ import annotations

import numpy as np


def join(similarity: np.ndarray, sizes: np.ndarray, cut: float) -> np.ndarray:
    """Join groups as long as their mean similarity is at least ``cut``.

    Args:
        similarity: (n, n) mean similarity of each two groups, symmetric; ``-inf``: never together.
        sizes: (n,) how many threads each group has.

    Returns:
        (n,) labels: for each group the lowest number of those that it is with.
    """
    near = np.array(similarity, np.float64)
    np.fill_diagonal(near, -np.inf)
    weights = np.array(sizes, np.float64)
    labels = np.arange(len(near))
    open_, chain = np.ones(len(near), bool), list[int]()
    while chain or open_.any():
        if not chain:
            chain.append(int(np.argmax(open_)))
        here = chain[-1]
        nearest = _nearest(near[here], chain[-2] if len(chain) > 1 else -1)
        if near[here, nearest] < cut:  # nothing will ever be nearer: it is finished
            open_[here] = False
            _leave(near, here)
            chain.pop()
        elif len(chain) > 1 and nearest == chain[-2]:
            chain[-2:] = []
            kept, gone = sorted((here, nearest))
            _merge(near, weights, kept, gone)
            labels[labels == gone] = kept
            open_[gone] = False
        else:
            chain.append(nearest)
    return labels


def _nearest(row: np.ndarray, before: int) -> int:
    """The nearest group, of equal ones the one that the chain came from, else the lowest."""
    best = int(np.argmax(row))
    return before if before >= 0 and row[before] == row[best] else best


def _merge(near: np.ndarray, weights: np.ndarray, kept: int, gone: int) -> None:
    total = weights[kept] + weights[gone]
    # Fixed order of the sum, so that equal groups stay equal to the last bit.
    mean = (weights[kept] * near[kept] + weights[gone] * near[gone]) / total
    near[kept], near[:, kept] = mean, mean
    near[kept, kept] = -np.inf
    weights[kept] = total
    _leave(near, gone)


def _leave(near: np.ndarray, row: int) -> None:
    near[row], near[:, row] = -np.inf, -np.inf
