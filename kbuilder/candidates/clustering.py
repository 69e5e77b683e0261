"""Texts in, groups out: exact for everything that hangs together in some thousands, in levels above that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kbuilder.candidates import company, graph, linkage, threshold
from kbuilder.candidates.constraints import Constraints
from kbuilder.candidates.similarity import Features
from kbuilder.candidates.threshold import Choice
from kbuilder.config import CandidatesRecipe

LIMIT = 3000
"""Groups in one matrix of all pairs (72 MB each); a larger component is first joined above a higher floor."""
_STEP = 0.05


@dataclass(frozen=True)
class Grouping:
    """Rows brought together."""

    groups: tuple[np.ndarray, ...]
    """Rows of each group, sorted, in the order of their first ones; every row is in exactly one."""
    choice: Choice
    """The cut, and why it lies there."""
    features: Features
    """With the background, and the neighbours of each."""
    known: company.Neighbours

    @property
    def cut(self) -> float:
        """Mean similarity above the background, from which on groups were joined."""
        return self.choice.cut


def group(
    ids: Sequence[str],
    texts: Sequence[str],
    vectors: np.ndarray | None,
    recipe: CandidatesRecipe,
    constraints: Constraints | None = None,
    limit: int = LIMIT,
) -> Grouping:
    """Average linkage over the texts of one language.

    Args:
        ids: sorted, each once.
        vectors: (n, d) unit rows, or ``None``: the lexical similarity alone.
        constraints: what editors decided; ids that are not here do not count.
        limit: groups in one matrix of all pairs.
    """
    features = Features.of(texts, vectors, recipe.lexical)
    rules = constraints or Constraints()
    same = company.alike(texts)
    start = _start(ids, same, rules)
    known = company.of(features, same, recipe.neighbours)
    everybody = [np.array([number]) for number in range(len(start))]
    rows = {name: row for row, name in enumerate(ids)}
    apart = [(_present(left, rows), _present(right, rows)) for left, right in rules.apart]
    near = graph.projected(known.graph, _labels(start)[known.firsts], features, start)
    among = threshold.sample(ids, known.firsts)
    rough = _Work(features, start, near, apart, limit).settle(everybody, threshold.rough(features))
    labels = _labels([np.concatenate([start[node] for node in each]) for each in rough])
    choice = _chosen(features, among, len(known.firsts), recipe)
    whole = threshold.complete(features, known, labels, among)
    work = _Work(whole, start, graph.above(near, whole, start), apart, limit)
    joined = work.settle(everybody, choice.cut)
    groups = (np.sort(np.concatenate([start[number] for number in each])) for each in joined)
    return Grouping(tuple(sorted(groups, key=lambda each: int(each[0]))), choice, whole, known)


def labelled(
    ids: Sequence[str], texts: Sequence[str], vectors: np.ndarray | None, recipe: CandidatesRecipe
) -> tuple[list[int], Grouping]:
    """The group's number of each text, in the order given, and the grouping of the texts in the order of their ids.

    Numbers follow the groups' lowest ids.
    """
    order = sorted(range(len(ids)), key=lambda row: ids[row])
    sorted_vectors = None if vectors is None else vectors[order]
    found = group([ids[row] for row in order], [texts[row] for row in order], sorted_vectors, recipe)
    labels = [0] * len(ids)
    for number, rows in enumerate(found.groups):
        for row in rows:
            labels[order[row]] = number
    return labels, found


def cluster(
    ids: Sequence[str], texts: Sequence[str], vectors: np.ndarray | None, recipe: CandidatesRecipe
) -> list[int]:
    """The group's number of each text, in the order given: what a benchmark compares."""
    return labelled(ids, texts, vectors, recipe)[0]


def _chosen(features: Features, among: np.ndarray, texts: int, recipe: CandidatesRecipe) -> Choice:
    if recipe.cut:
        return Choice(recipe.cut, recipe.cut, 0.0, 0)
    return threshold.choose(features.rows(among), texts)


def _labels(groups: Sequence[np.ndarray]) -> np.ndarray:
    """The group of each row."""
    found = np.zeros(sum(map(len, groups)), np.int64)
    for number, rows in enumerate(groups):
        found[rows] = number
    return found


def _present(names: frozenset[str], rows: dict[str, int]) -> np.ndarray:
    return np.array(sorted(rows[name] for name in names if name in rows), np.int64)


def _start(ids: Sequence[str], same: Sequence[np.ndarray], rules: Constraints) -> list[np.ndarray]:
    """The groups that are given: must-links, and identical texts that no editor told apart."""
    linked = rules.copy()
    for rows in same:
        if len(rows) > 1:
            linked.link([ids[row] for row in rows])
    owners: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(ids):
        owners[linked.root(name)].append(row)
    return [np.array(rows) for rows in owners.values()]


@dataclass(frozen=True)
class _Work:
    features: Features
    start: list[np.ndarray]
    """Rows of each node."""
    known: graph.Graph
    """Over nodes."""
    apart: list[tuple[np.ndarray, np.ndarray]]
    """Rows of which no one on the left may be with one on the right."""
    limit: int

    def settle(self, groups: list[np.ndarray], floor: float) -> list[np.ndarray]:
        """Average linkage of groups of nodes down to ``floor``.

        Groups that no chain of edges above the floor connects are never joined above it, so each component is
        joined by itself. One that is too large is first joined down to a higher floor, with the same result,
        and stays like that if this leaves it too large.
        """
        owners = np.full(self.known.size, len(groups))
        for number, nodes in enumerate(groups):
            owners[nodes] = number
        parts = graph.components(self.known, owners, np.arange(len(groups)), floor)
        return [found for part in parts for found in self._part([groups[each] for each in part], floor)]

    def _part(self, groups: list[np.ndarray], floor: float) -> list[np.ndarray]:
        if len(groups) > self.limit and floor < 1:
            groups = self.settle(groups, floor + _STEP)
        return self._join(groups, floor) if 1 < len(groups) <= self.limit else groups

    def _join(self, groups: list[np.ndarray], floor: float) -> list[np.ndarray]:
        if len(groups) == 2 and len(groups[0]) == len(groups[1]) == 1 and not self.apart:
            return [np.concatenate(groups)]  # the edge between them is all there is to compare
        rows = [np.concatenate([self.start[node] for node in nodes]) for nodes in groups]
        among = self.features.rows(np.concatenate(rows)).narrowed()
        own = np.split(np.arange(among.size), np.cumsum([len(each) for each in rows])[:-1])
        similarity = among.means(own).matrix()
        self._separate(similarity, rows)
        labels = linkage.join(similarity, np.array([len(each) for each in rows]), floor)
        return [np.concatenate([groups[at] for at in np.flatnonzero(labels == label)]) for label in np.unique(labels)]

    def _separate(self, similarity: np.ndarray, rows: list[np.ndarray]) -> None:
        if not self.apart:
            return  # else each component would cost as much as the whole archive has rows
        owners = np.full(self.features.size, -1)
        for number, each in enumerate(rows):
            owners[each] = number
        for left, right in self.apart:
            here, there = (np.unique(owners[side][owners[side] >= 0]) for side in (left, right))
            similarity[np.ix_(here, there)] = -np.inf
            similarity[np.ix_(there, here)] = -np.inf
