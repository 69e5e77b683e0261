"""Why a candidate is what it is: how near its members are to each other, and to the nearest that are not in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kbuilder.candidates import constraints
from kbuilder.candidates.clustering import group
from kbuilder.candidates.similarity import DIGITS, Features, text_of
from kbuilder.config import CandidatesRecipe
from kbuilder.records import Candidate, Decision, Thread
from kbuilder.redact import redact

NEIGHBOURS = 5
"""Other candidates that are told, the nearest first."""
_NOISE = 1e-4
"""Rounded sums may differ by so much from what the linkage saw."""


@dataclass(frozen=True)
class Near:
    """A thread or candidate, and how near it is to a candidate."""

    id: str
    title: str
    similarity: float
    """Mean, above the background."""
    pinned: str = ""
    """Of a thread that an editor put there, who did."""


@dataclass(frozen=True)
class Explanation:
    """All that put a candidate together."""

    cut: float
    """From which mean similarity on groups join."""
    members: tuple[Near, ...]
    """Each with its similarity to the others, the farthest first; that of a single thread is 0."""
    neighbours: tuple[Near, ...]
    """The nearest other candidates, the nearest first."""
    kept_apart: tuple[str, ...]
    """Those of them that an editor's decision keeps out although they are near enough."""
    decisions: tuple[Decision, ...]
    """On who belongs together, that name one of the members; the oldest first."""


def explain(
    threads: Sequence[Thread],
    vectors: np.ndarray | None,
    candidates: Sequence[Candidate],
    lineage: str,
    decisions: Sequence[Decision],
    recipe: CandidatesRecipe,
) -> Explanation:
    """What put one of some candidates together.

    Args:
        threads: all that the candidates were made of.
        vectors: (len(threads), d), or ``None``: no model.
        candidates: all of that build.
        lineage: of the one to explain.
        decisions: that the build followed.
        recipe: with the cut that the build chose.
    """
    own = next(each for each in candidates if each.lineage == lineage)
    holders = {member: each for each in candidates for member in each.members}
    same = [row for row, each in enumerate(threads) if holders[each.id].language.partition("-")[0] == _primary(own)]
    same.sort(key=lambda row: threads[row].id)
    known = [threads[row] for row in same]
    made = group(
        [each.id for each in known],
        [text_of(each) for each in known],
        None if vectors is None else vectors[same],
        recipe,
        constraints.read(decisions, known),
    )
    place = {each.id: row for row, each in enumerate(known)}
    titles = {each.id: each.title for each in known}
    others = [each for each in candidates if each.lineage != lineage and each.members[0] in place]
    rows = np.array([place[member] for member in own.members])
    near = _to_groups(made.features, rows, [np.array([place[m] for m in each.members]) for each in others])
    nearest = sorted(zip(-near, [each.lineage for each in others], others, strict=True), key=lambda each: each[:2])
    neighbours = tuple(
        Near(other.lineage, redact(titles[other.representative]).text, -float(far))
        for far, _, other in nearest[:NEIGHBOURS]
    )
    return Explanation(
        cut=made.cut,
        members=_members(made.features.rows(rows), own, titles),
        neighbours=neighbours,
        kept_apart=tuple(each.id for each in neighbours if each.similarity >= made.cut + _NOISE),
        decisions=tuple(each for each in constraints.standing(decisions)[::-1] if {*each.members} & {*own.members}),
    )


def _primary(candidate: Candidate) -> str:
    return candidate.language.partition("-")[0]


def _members(features: Features, own: Candidate, titles: dict[str, str]) -> tuple[Near, ...]:
    members, pinned = own.members, own.pinned
    near = features.matrix()
    np.fill_diagonal(near, 0)
    mean = near.sum(1) / max(len(members) - 1, 1)
    found = [
        Near(name, redact(titles[name]).text, round(float(value), DIGITS), pinned.get(name, ""))
        for name, value in zip(members, mean, strict=True)
    ]
    return tuple(sorted(found, key=lambda each: (each.similarity, each.id)))


def _to_groups(features: Features, rows: np.ndarray, groups: Sequence[np.ndarray]) -> np.ndarray:
    """The mean similarity of some rows to each group, above the background."""
    if not groups:
        return np.zeros(0)
    own, others = features.means([rows]), features.means(groups)
    found = own.against(others)[0]
    if own.background is not None and others.background is not None:
        found = found - own.background[0] - others.background
    return np.asarray(np.round(found, DIGITS))
