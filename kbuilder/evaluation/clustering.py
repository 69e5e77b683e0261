"""How good groups of texts are: the groups first, the labels after."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kbuilder import candidates, embedding
from kbuilder.candidates.threshold import Choice
from kbuilder.config import Recipe
from kbuilder.evaluation.judged import rows_of
from kbuilder.records import Progress, silent
from kbuilder.text import N_


@dataclass(frozen=True)
class Clustered:
    """Figures on groups, and how they came about."""

    figures: dict[str, dict[str, float]]
    """By name of the row: ``kbuilder``, and ``alone``, each text by itself; each with its figures by name."""
    choice: Choice
    """The cut."""
    sizes: dict[int, int]
    """How many groups there are of each size."""


def evaluate_cluster(file: Path, recipe: Recipe, labels: Path, progress: Progress = silent) -> Clustered:
    """Group the texts of a file, write the groups, then read its labels.

    Args:
        file: JSON Lines with ``_id``, ``text`` and ``label``.
        recipe: its model and the way that candidates are made.
        labels: written, one line for each row of the file: ``{"_id", "cluster"}``.

    Raises:
        SourceError: the file cannot be read, or an id stands twice.
        ModelError, MissingExtra: the recipe's model is not to be had.
    """
    ids, texts = _texts(file)
    encoder = embedding.load(recipe.embedding)
    vectors = encoder.encode(texts, progress) if encoder else None
    progress(N_("Clustering"), 0, len(texts))
    found, grouping = candidates.labelled(ids, texts, vectors, recipe.candidates)
    lines = (json.dumps({"_id": name, "cluster": label}) + "\n" for name, label in zip(ids, found, strict=True))
    labels.write_text("".join(lines), encoding="utf-8")
    truth = [row["label"] for row in rows_of(file, ("label",))]
    rows = {"kbuilder": measures(truth, found), "alone": measures(truth, range(len(truth)))}
    sizes = Counter(len(rows) for rows in grouping.groups)
    return Clustered(rows, grouping.choice, dict(sorted(sizes.items())))


def _texts(file: Path) -> tuple[list[str], list[str]]:
    """Ids and texts; the labels are not kept."""
    pairs = [(row["_id"], str(row["text"])) for row in rows_of(file, ("text",))]
    return [name for name, _ in pairs], [text for _, text in pairs]


def measures(truth: Sequence[Any], found: Sequence[Any]) -> dict[str, float]:
    """Figures on groups beside the labels, all at most 1. Order and names of groups and labels do not count.

    B-cubed and V are high where nothing is grouped at all; pairwise F1, ARI and AMI are 0 there.
    """
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, v_measure_score
    from sklearn.metrics.cluster import contingency_matrix, pair_confusion_matrix

    if not len(truth):
        return {}
    table = contingency_matrix(list(truth), list(found), sparse=True).tocoo()
    labels, groups = (np.asarray(table.sum(axis)).ravel() for axis in (1, 0))
    both = table.data.astype(float)
    precision = float((both**2 / groups[table.col]).sum() / len(truth))
    recall = float((both**2 / labels[table.row]).sum() / len(truth))
    (_, wrong), (missed, right) = pair_confusion_matrix(list(truth), list(found)).tolist()
    return {
        "texts": float(len(truth)),
        "groups": float(len(groups)),
        "B-cubed precision": precision,
        "B-cubed recall": recall,
        "B-cubed F1": _harmonic(precision, recall),
        "pairwise precision": right / (right + wrong) if right + wrong else 1.0,
        "pairwise recall": right / (right + missed) if right + missed else 1.0,
        "pairwise F1": 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0,
        "AMI": float(adjusted_mutual_info_score(list(truth), list(found))),
        "ARI": float(adjusted_rand_score(list(truth), list(found))),
        "V": float(v_measure_score(list(truth), list(found))),
    }


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
