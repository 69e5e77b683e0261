"""Where a candidate would be cut if it were two problems: its average linkage, without the last join."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kbuilder.candidates import threshold
from kbuilder.candidates.clustering import LIMIT
from kbuilder.candidates.similarity import Features
from kbuilder.records import Parting

_LINKED = 2.0
"""More than any similarity: what an editor linked is joined first, and so never parted."""


def part(
    members: Sequence[str], features: Features, representative: str, root: Callable[[str], str] = str
) -> Parting | None:
    """The cut of a group, and the members that are hardly in it; ``None``: an editor linked them all, or it is one.

    Args:
        members: ids.
        features: a row for each, with the background.
        representative: the member that stays, where both sides are as many.
        root: the lowest id of those that an editor linked to one.
    """
    roots = np.array([root(name) for name in members])
    if len({*roots}) < 2 or len(members) > LIMIT:
        return None
    near, linked = features.matrix(), np.equal.outer(roots, roots)
    sides = threshold.sides(np.where(linked, _LINKED, near))
    goes = min(sides, key=lambda side: (len(side), representative in {members[row] for row in side}))
    stays = np.setdiff1d(np.arange(len(members)), goes)
    usual = threshold.strict(features)
    return Parting(
        members=tuple(sorted(members[row] for row in goes)),
        doubtful=float(near[np.ix_(goes, stays)].mean()) < usual,
        strays=_strays(members, near, linked.sum(1) == 1, usual) if len(members) > 2 else (),
    )


def _strays(members: Sequence[str], near: np.ndarray, alone: np.ndarray, usual: float) -> tuple[tuple[str, str], ...]:
    """Members that are less like the others than duplicates mostly are, while these are like each other.

    Each with the one that it is most like. What an editor linked to another is none.
    """
    others, count = near.copy(), len(members)
    np.fill_diagonal(others, 0)
    total = others.sum(1)
    own, rest = total / (count - 1), (total.sum() - 2 * total) / ((count - 1) * (count - 2))
    np.fill_diagonal(others, -np.inf)
    found = np.flatnonzero((own < usual) & (rest >= usual) & alone).tolist()
    return tuple((members[row], members[int(others[row].argmax())]) for row in found)
