"""What bounds groups: the chosen cut beside the best by the labels, of this tree, of any mix, and without a level.

On 2,000 texts of a set at most. All but the first row have read the labels: what sees none can hardly reach more.
``KBUILDER_BENCH_SETS`` names some of the sets alone.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from functools import partial

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from bench.clusters import DRAWN, rows_of
from bench.data import read
from kbuilder.candidates import group, threshold
from kbuilder.candidates.similarity import Features
from kbuilder.config import CandidatesRecipe
from kbuilder.evaluation.clustering import measures

SETS = (DRAWN, "stackfaq-dev", "clinc150-dev", "banking77-dev", "roboai-de-dev", "roboai-en-dev")
FIGURES = ("B-cubed F1", "pairwise F1", "V")
_HEIGHTS = 60
_STRANGERS = 20
"""Pairs of strangers for each pair of one group, from which a mix is learnt."""
_SHARES = np.linspace(0, 1, 101)[1:-1]
Figures = dict[str, float]


def run() -> None:
    """A table for each set."""
    for name in (each for each in SETS if each in os.environ.get("KBUILDER_BENCH_SETS", " ".join(SETS)).split()):
        found = [_bounds(rows) for rows in rows_of(name)]
        print(f"{name:<40}" + "".join(f"{figure:>13}" for figure in FIGURES))
        for row in found[0]:
            means = [statistics.mean(each[row].get(figure, np.nan) for each in found) for figure in FIGURES]
            print(f"  {row:<38}" + "".join(f"{mean:13.3f}" for mean in means), flush=True)


def _bounds(rows: Sequence[dict[str, str]]) -> dict[str, Figures]:
    some = threshold.sample([row["_id"] for row in rows], np.arange(len(rows)))
    ids, texts, truth = ([rows[row][name] for row in some] for name in ("_id", "text", "label"))
    order = np.argsort(ids)
    known = read(texts)[order]
    labels = np.unique(np.array(truth)[order], return_inverse=True)[1]
    made = group([ids[row] for row in order], [texts[row] for row in order], known, CandidatesRecipe())
    chosen = np.zeros(len(order), int)
    for number, members in enumerate(made.groups):
        chosen[members] = number
    near = made.features.matrix()
    tree, mixed = _tree(near), _tree(_mix(made.features, labels))
    return {
        "the cut that is chosen": measures(labels, chosen),
        "the best level, for each figure": _best(tree, labels),
        "the same, legs weighed by the labels": _best(mixed, labels),
        "any cut of the tree, level or not": {"B-cubed F1": _unlevel(tree, labels)},
        "as many groups as there are": measures(labels, fcluster(tree, int(labels.max()) + 1, "maxclust")),
    }


def _tree(near: np.ndarray) -> np.ndarray:
    far = near.max() - near
    np.fill_diagonal(far, 0)
    return np.asarray(linkage(squareform(far, checks=False), "average"))


def _best(tree: np.ndarray, labels: np.ndarray) -> Figures:
    """The best of each figure by itself over many levels."""
    levels = np.unique(np.quantile(tree[:, 2], np.linspace(0, 1, _HEIGHTS)))
    found = [measures(labels, fcluster(tree, level, "distance")) for level in levels]
    return {figure: max(each[figure] for each in found) for figure in FIGURES}


def _mix(features: Features, labels: np.ndarray) -> np.ndarray:
    """The similarity whose legs tell pairs of one group from strangers best: a regression on the labels."""
    from sklearn.linear_model import LogisticRegression

    legs = [_alike(leg) for leg in (features.dense, features.lexical, features.company) if leg is not None]
    if features.background is not None:
        legs.append(np.add.outer(features.background, features.background))
    left, right = np.triu_indices(len(labels), 1)
    same = labels[left] == labels[right]
    strangers = np.flatnonzero(~same)
    count = min(len(strangers), _STRANGERS * int(same.sum()))
    pairs = np.concatenate([np.flatnonzero(same), np.random.default_rng(0).choice(strangers, count, replace=False)])
    told = np.stack([leg[left[pairs], right[pairs]] for leg in legs], 1)
    fitted = LogisticRegression(C=100, max_iter=1000).fit(told, same[pairs])
    return np.asarray(sum(weight * leg for weight, leg in zip(fitted.coef_[0], legs, strict=True)))


def _alike(leg: np.ndarray) -> np.ndarray:
    found = leg @ leg.T
    return np.asarray(found if isinstance(found, np.ndarray) else found.toarray(), np.float64)


def _unlevel(tree: np.ndarray, labels: np.ndarray) -> float:
    """The best B-cubed F1 of the tree's groups, each branch cut where the labels like it best."""
    return max(map(partial(_at_share, _nodes(tree, labels)), _SHARES))


def _nodes(tree: np.ndarray, labels: np.ndarray) -> list[tuple[int, int, float, float]]:
    """Of each node both halves, and what it brings to precision and to recall."""
    size, total = len(labels), np.bincount(labels)
    held = [np.eye(len(total), dtype=np.int32)[label] for label in labels]
    nodes = [(-1, -1, 1.0, 1 / total[label]) for label in labels]
    for left, right in tree[:, :2].astype(int).tolist():
        counts = held[left] + held[right]
        held.append(counts)
        nodes.append((left, right, float((counts**2).sum() / counts.sum()), float((counts**2 / total).sum())))
    return [(left, right, precision / size, recall / size) for left, right, precision, recall in nodes]


def _at_share(nodes: Sequence[tuple[int, int, float, float]], share: float) -> float:
    """F1 of the groups for which precision and recall, so weighed, are greatest: the sum of what nodes bring."""
    best: list[tuple[float, float]] = []
    for left, right, *own in nodes:
        parted = (best[left][0] + best[right][0], best[left][1] + best[right][1]) if left >= 0 else (0.0, 0.0)
        best.append(max(parted, (own[0], own[1]), key=lambda each: share * each[0] + (1 - share) * each[1]))
    precision, recall = best[-1]
    return 2 * precision * recall / (precision + recall)
