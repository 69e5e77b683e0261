"""Questions that nobody has answered: with the candidate that they ask once more, or a gap of their own.

They never change which answered threads are together, for a question alone says less than one with its answer:
those are grouped first, and each question joins the nearest group if it is as near as threads that are grouped.
What is left is grouped by the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kbuilder.candidates import company, graph, threshold
from kbuilder.candidates.clustering import Grouping, group
from kbuilder.candidates.constraints import Constraints
from kbuilder.candidates.similarity import Features
from kbuilder.config import CandidatesRecipe

LEAST = 2
"""Questions that make a gap: one that nobody else has is no problem to write about."""


@dataclass(frozen=True)
class Texts:
    """What is compared of some threads of one language, by id."""

    ids: Sequence[str]
    texts: Sequence[str]
    vectors: np.ndarray | None


@dataclass(frozen=True)
class Placed:
    """Where unanswered questions belong."""

    homes: dict[int, int]
    """Row of a question to the number of the group that it asks again."""
    gaps: tuple[np.ndarray, ...]
    """Rows of questions that ask one problem which no group answers."""
    alike: tuple[Features, ...] = ()
    """A row for each of them, with the background."""


def place(
    made: Grouping | None, answered: Texts, waiting: Texts, rules: Constraints, recipe: CandidatesRecipe
) -> Placed:
    """Bring unanswered questions to the groups of answered ones, or together.

    Args:
        made: the groups of ``answered``; ``None`` where there is none.
        answered: what they were made of.
        waiting: the questions, by id.
        rules: what editors decided.
        recipe: of the build.
    """
    homes = _homes(made, answered, waiting, rules, recipe) if made and waiting.ids else {}
    rest = [row for row in range(len(waiting.ids)) if row not in homes]
    if not rest:
        return Placed(homes, ())
    found = group(
        [waiting.ids[row] for row in rest],
        [waiting.texts[row] for row in rest],
        None if waiting.vectors is None else waiting.vectors[rest],
        recipe.model_copy(update={"cut": threshold.among(made.cut, made.features, len(rest))}) if made else recipe,
        rules,
    )
    kept = [rows for rows in found.groups if len(rows) >= LEAST]
    gaps = tuple(np.array([rest[row] for row in rows]) for rows in kept)
    return Placed(homes, gaps, tuple(found.features.rows(rows) for rows in kept))


def _homes(
    made: Grouping, answered: Texts, waiting: Texts, rules: Constraints, recipe: CandidatesRecipe
) -> dict[int, int]:
    """The nearest group of each question that is near enough to one, or linked to it."""
    linked = _linked(made, answered, waiting, rules)
    best: dict[int, tuple[float, int]] = {}
    for number, row, near in _edges(made, answered, waiting, recipe):
        if (
            near >= made.cut
            and (near, -number) > best.get(row, (-1.0, 0))
            and not _barred(rules, waiting.ids[row], {answered.ids[each] for each in made.groups[number]})
        ):
            best[row] = (near, -number)
    return {row: -number for row, (_, number) in best.items()} | linked


def _linked(made: Grouping, answered: Texts, waiting: Texts, rules: Constraints) -> dict[int, int]:
    """Questions that an editor linked to an answered thread."""
    owners = {rules.root(answered.ids[row]): number for number, rows in enumerate(made.groups) for row in rows}
    return {row: owners[root] for row, name in enumerate(waiting.ids) if (root := rules.root(name)) in owners}


def _barred(rules: Constraints, name: str, others: set[str]) -> bool:
    """Whether an editor keeps a question apart from some threads."""
    own = rules.together(name)
    return any(
        (not own.isdisjoint(left) and not others.isdisjoint(right))
        or (not own.isdisjoint(right) and not others.isdisjoint(left))
        for left, right in rules.apart
    )


def _edges(made: Grouping, answered: Texts, waiting: Texts, recipe: CandidatesRecipe) -> list[tuple[int, int, float]]:
    """Number of a group, row of a question, and how near they are above the background, of neighbours alone."""
    vectors = None
    if answered.vectors is not None and waiting.vectors is not None:
        vectors = np.concatenate([answered.vectors, waiting.vectors])
    texts = [*answered.texts, *waiting.texts]
    features = Features.of(texts, vectors, recipe.lexical)
    count = len(made.groups)
    nodes = [*made.groups, *(np.array([len(answered.ids) + row]) for row in range(len(waiting.ids)))]
    labels = np.zeros(features.size, np.int64)
    for number, rows in enumerate(nodes):
        labels[rows] = number
    known = company.of(features, company.alike(texts), recipe.neighbours)
    among = threshold.sample([*answered.ids, *waiting.ids], known.firsts)
    whole = threshold.complete(features, known, labels, among)
    near = graph.projected(known.graph, labels[known.firsts], whole, nodes)
    mixed = (near.left < count) & (near.right >= count)
    return [
        (int(left), int(right) - count, float(each))
        for left, right, each in zip(near.left[mixed], near.right[mixed], near.weight[mixed], strict=True)
    ]
