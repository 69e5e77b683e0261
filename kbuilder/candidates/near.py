"""The nearest other candidates of each: what an editor may take for the same problem although it was not joined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kbuilder.candidates import graph
from kbuilder.candidates.clustering import Grouping
from kbuilder.candidates.constraints import Constraints

MOST = 5
"""Of each candidate, the nearest first."""
FROM = 0.75
"""The least share of the cut: what is farther is rarely the same problem."""

Near = tuple[tuple[int, float], ...]
"""Numbers of groups, each with its mean similarity above the background as a share of the cut."""


def nearest(made: Grouping) -> list[Near]:
    """For each group the nearest among its texts' neighbours, of equal ones the lower number first."""
    found: list[list[tuple[float, int]]] = [[] for _ in made.groups]
    owners = np.zeros(made.features.size, np.int64)
    for number, rows in enumerate(made.groups):
        owners[rows] = number
    edges = graph.projected(made.known.graph, owners[made.known.firsts], made.features, made.groups)
    for left, right, value in zip(edges.left, edges.right, edges.weight, strict=True):
        share = round(float(value) / made.cut, 2) if made.cut > 0 else 0.0
        if share >= FROM:
            found[left].append((-share, int(right)))
            found[right].append((-share, int(left)))
    return [tuple((number, -share) for share, number in sorted(each)[:MOST]) for each in found]


def kept_apart(one: Sequence[str], other: Sequence[str], rules: Constraints) -> bool:
    """Whether an editor said that some of these threads and some of those are two problems."""
    return any(
        not here.isdisjoint(mine) and not there.isdisjoint(others)
        for here, there in rules.apart
        for mine, others in ((one, other), (other, one))
    )
