"""How near strangers come to a thread: what its neighbours beyond any group of duplicates are like.

Where everyone writes about one subject, threads on different problems are as alike as threads on one problem are
elsewhere. So each similarity is lowered by half of what is usual around the two threads. After the cross-domain
similarity local scaling of Conneau et al. (2018), with neighbours that duplicates do not reach.
"""

from __future__ import annotations

import numpy as np

from kbuilder.candidates.graph import Graph

FIRST, REACH = 11, 40
"""Ranks of the neighbours that are looked at: groups of duplicates are rarely larger than ten."""
WEIGHT = 0.5
_BELIEF = 10
"""Few threads cannot tell: what is usual elsewhere weighs as much as so many neighbours."""


def of(graph: Graph, usual: float) -> np.ndarray:
    """What is taken off each of a row's similarities: (graph.size,) float64.

    Args:
        graph: with at least :data:`REACH` neighbours of each row, as far as there are so many rows.
        usual: the similarity to such neighbours where there are few.
    """
    rows = np.concatenate([graph.left, graph.right])
    weights = np.concatenate([graph.weight, graph.weight])
    order = np.lexsort((-weights, rows))
    rows, weights = rows[order], weights[order]
    starts = np.searchsorted(rows, np.arange(graph.size))
    rank = np.arange(len(rows)) - starts[rows] + 1
    seen = (rank >= FIRST) & (rank <= REACH)
    total = np.bincount(rows[seen], weights[seen], graph.size) + _BELIEF * usual
    count = np.bincount(rows[seen], minlength=graph.size) + _BELIEF
    return np.asarray(WEIGHT / 2 * total / count)
