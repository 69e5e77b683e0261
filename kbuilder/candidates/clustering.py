"""Texts in, groups out: exact for everything that hangs together in some thousands, in levels above that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kbuilder.candidates import background, graph, linkage, threshold
from kbuilder.candidates.constraints import Constraints
from kbuilder.candidates.similarity import DIGITS, Features, normal
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
    """With the background."""

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
    start = _start(ids, texts, rules)
    everybody = [np.array([number]) for number in range(len(start))]
    rows = {name: row for row, name in enumerate(ids)}
    apart = [(_present(left, rows), _present(right, rows)) for left, right in rules.apart]
    near = graph.build(features.means(start), recipe.neighbours)
    among = threshold.sample(ids)
    rough = _Work(features, start, near, apart, limit).settle(everybody, threshold.rough(features))
    strangers = background.of(features, _labels(rough, start), among, threshold.usual(features))
    choice = _chosen(features, among, recipe)
    above = _by_node(strangers, start)
    known = replace(near, weight=np.round(near.weight - above[near.left] - above[near.right], DIGITS))
    work = _Work(replace(features, background=strangers), start, known, apart, limit)
    joined = work.settle(everybody, choice.cut)
    groups = (np.sort(np.concatenate([start[number] for number in each])) for each in joined)
    return Grouping(tuple(sorted(groups, key=lambda each: int(each[0]))), choice, work.features)


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


def _chosen(features: Features, among: np.ndarray, recipe: CandidatesRecipe) -> Choice:
    if recipe.cut:
        return Choice(recipe.cut, recipe.cut, 0.0, 0)
    return threshold.choose(features.rows(among))


def _labels(groups: Sequence[np.ndarray], nodes: Sequence[np.ndarray]) -> np.ndarray:
    """The group of each row, for groups of nodes."""
    found = np.zeros(sum(map(len, nodes)), np.int64)
    for number, group_ in enumerate(groups):
        found[np.concatenate([nodes[node] for node in group_])] = number
    return found


def _by_node(values: np.ndarray, nodes: Sequence[np.ndarray]) -> np.ndarray:
    """The mean value of each node's rows."""
    return np.array([values[rows].mean() for rows in nodes])


def _present(names: frozenset[str], rows: dict[str, int]) -> np.ndarray:
    return np.array(sorted(rows[name] for name in names if name in rows), np.int64)


def _start(ids: Sequence[str], texts: Sequence[str], rules: Constraints) -> list[np.ndarray]:
    """The groups that are given: must-links, and identical texts that no editor told apart."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name, text in zip(ids, texts, strict=True):
        alike[normal(text)].append(name)
    alike.pop("", None)
    linked = rules.copy()
    for names in alike.values():
        if len(names) > 1:
            linked.link(names)
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
        rows = [np.concatenate([self.start[node] for node in nodes]) for nodes in groups]
        similarity = self.features.means(rows).matrix()
        self._separate(similarity, rows)
        labels = linkage.join(similarity, np.array([len(each) for each in rows]), floor)
        return [np.concatenate([groups[at] for at in np.flatnonzero(labels == label)]) for label in np.unique(labels)]

    def _separate(self, similarity: np.ndarray, rows: list[np.ndarray]) -> None:
        owners = np.full(self.features.size, -1)
        for number, each in enumerate(rows):
            owners[each] = number
        for left, right in self.apart:
            here, there = (np.unique(owners[side][owners[side] >= 0]) for side in (left, right))
            similarity[np.ix_(here, there)] = -np.inf
            similarity[np.ix_(there, here)] = -np.inf
