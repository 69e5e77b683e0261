"""Groups of texts beside HDBSCAN, BERTopic and community_detection: the same texts, the same vectors, no labels.

Five draws of many small groups among loners (``tests/skewed.py``), customers' messages, German questions, and 20,000
titles for the time; on the draws also how many ids last. ``KBUILDER_BENCH_SETS`` names some of the sets alone. Peers
run with their defaults for small groups: no number of groups is told to anybody.
"""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import skewed

from bench.data import judged, read
from bench.measuring import cpu
from kbuilder.candidates import cluster, propose, text_of
from kbuilder.config import CandidatesRecipe
from kbuilder.evaluation.clustering import measures

DRAWN = "stackfaq"
"""Among loners."""
SETS = (DRAWN, "banking77-dev", "roboai-de-dev", "stackoverflow20")
FIGURES = ("B-cubed F1", "pairwise F1", "AMI", "ARI", "V")
_FIRST = 2
"""Smallest group of the peers: a pair is one."""


def run() -> None:
    """A table for each set."""
    for name in (each for each in SETS if each in os.environ.get("KBUILDER_BENCH_SETS", " ".join(SETS)).split()):
        sets = rows_of(name)
        table(name, sets)
        if name == DRAWN:
            lasting(name, sets)


def rows_of(name: str) -> list[list[dict[str, str]]]:
    """The texts of a set with their labels; of the draws all five."""
    if name == DRAWN:
        return [skewed.draw(judged(), seed) for seed in range(skewed.DRAWS)]
    lines = (judged() / "clusters" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [[json.loads(line) for line in lines]]


def lasting(name: str, sets: Sequence[Sequence[dict[str, str]]], times: int = 8) -> None:
    """Which share of the ids of a build is alive after the next one, with 5 % more threads: mean and worst."""
    kept = [each for rows in sets for each in _kept(rows, times)]
    for what, shares in zip(("ids", "threads under their id"), zip(*kept, strict=True), strict=True):
        print(f"  {name}: {what} kept, mean {statistics.mean(shares):.4f}, worst {min(shares):.4f}", flush=True)


def _kept(rows: Sequence[dict[str, str]], times: int) -> Iterator[tuple[float, float]]:
    """After each arrival the share of the ids that live on, and of the threads that stay under theirs."""
    from factories import thread

    threads = [thread(row["_id"], row["text"], "", ("",)) for row in rows]
    known = read([text_of(each) for each in threads])
    ledger: list[Any] = []
    for count in skewed.arrivals(len(threads), times):
        found = propose(threads[:count], known[:count], ledger, [], CandidatesRecipe())
        before, ledger = {each.id: each.members for each in ledger if each.alive}, found.ledger
        now = {each.id for each in ledger if each.alive}
        place = {member: each.lineage for each in found.candidates for member in each.members}
        if before:
            stay = statistics.mean(place[m] == name for name, members in before.items() for m in members)
            yield len(before.keys() & now) / len(before), stay


def table(name: str, sets: Sequence[Sequence[dict[str, str]]]) -> None:
    """Each method's mean figures over some sets, and its CPU seconds."""
    print(f"{name}: {', '.join(str(len(rows)) for rows in sets)} texts", flush=True)
    print(f"  {'':<22}" + "".join(f"{figure:>13}" for figure in (*FIGURES, "CPU-s")))
    for method, group in METHODS.items():
        found: list[dict[str, float]] = []
        for rows in sets:
            texts = [row["text"] for row in rows]
            ids, known = [row["_id"] for row in rows], read(texts)
            seconds, labels = cpu(lambda g=group, i=ids, t=texts, k=known: g(i, t, k))
            found.append({**measures([row["label"] for row in rows], labels), "CPU-s": seconds})
        values = (statistics.mean(each[figure] for each in found) for figure in (*FIGURES, "CPU-s"))
        print(f"  {method:<22}" + "".join(f"{value:13.3f}" for value in values), flush=True)


def _kbuilder(ids: Sequence[str], texts: Sequence[str], vectors: np.ndarray) -> Sequence[Any]:
    return cluster(ids, texts, vectors, CandidatesRecipe())


def _hdbscan(ids: Sequence[str], texts: Sequence[str], vectors: np.ndarray) -> Sequence[Any]:
    from sklearn.cluster import HDBSCAN

    return _loners(HDBSCAN(min_cluster_size=_FIRST, copy=True).fit_predict(vectors))


def _bertopic(ids: Sequence[str], texts: Sequence[str], vectors: np.ndarray) -> Sequence[Any]:
    from bertopic import BERTopic

    return _loners(BERTopic(min_topic_size=_FIRST).fit_transform(list(texts), vectors)[0])


def _community(ids: Sequence[str], texts: Sequence[str], vectors: np.ndarray) -> Sequence[Any]:
    from sentence_transformers.util import community_detection

    labels = [-1] * len(texts)
    for number, rows in enumerate(community_detection(vectors, threshold=0.75, min_community_size=_FIRST)):
        for row in rows:
            labels[row] = number
    return _loners(labels)


def _alone(ids: Sequence[str], texts: Sequence[str], vectors: np.ndarray) -> Sequence[Any]:
    return range(len(texts))


def _loners(labels: Sequence[int]) -> list[int]:
    """What a method calls noise is alone, each by itself."""
    return [int(label) if label >= 0 else -1 - row for row, label in enumerate(labels)]


METHODS: dict[str, Callable[[Sequence[str], Sequence[str], np.ndarray], Sequence[Any]]] = {
    "kbuilder": _kbuilder,
    "HDBSCAN": _hdbscan,
    "BERTopic": _bertopic,
    "community_detection": _community,
    "alone": _alone,
}
