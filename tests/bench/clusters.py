"""Groups of texts beside HDBSCAN, BERTopic and community_detection: the same texts, the same vectors, no labels.

Five draws of many small groups among loners (``tests/skewed.py``), customers' messages, German questions, and 20,000
titles for the time. Peers run with their defaults for small groups: no number of groups is told to anybody.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import skewed

from bench.data import KEPT, judged
from bench.measuring import cpu
from kbuilder.records import digest

SETS = ("banking77-dev", "roboai-de-dev", "stackoverflow20")
FIGURES = ("B-cubed F1", "pairwise F1", "AMI", "ARI", "V")
_FIRST = 2
"""Smallest group of the peers: a pair is one."""


def run() -> None:
    """A table for each set."""
    drawn = [skewed.draw(judged(), seed) for seed in range(skewed.DRAWS)]
    table("stackfaq among loners, five draws, means", drawn)
    lasting("5 % more threads, eight times", drawn[0])
    for name in SETS:
        lines = (judged() / "clusters" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        table(name, [[json.loads(line) for line in lines]])


def lasting(name: str, rows: Sequence[dict[str, str]], times: int = 8) -> None:
    """Which share of the ids of a build is alive after the next one, with 5 % more threads: mean and worst."""
    from factories import thread

    from kbuilder.candidates import propose, text_of
    from kbuilder.config import CandidatesRecipe

    threads = [thread(row["_id"], row["text"], "", ("",)) for row in rows]
    vectors = _vectors([text_of(each) for each in threads])
    ledger: list[Any] = []
    ids, homes = [], []
    for count in skewed.arrivals(len(threads), times):
        found = propose(threads[:count], vectors[:count], ledger, [], CandidatesRecipe())
        before, ledger = {each.id: each.members for each in ledger if each.alive}, found.ledger
        now = {each.id for each in ledger if each.alive}
        place = {member: each.lineage for each in found.candidates for member in each.members}
        if before:
            ids.append(len(before.keys() & now) / len(before))
            homes.append(statistics.mean(place[m] == name for name, members in before.items() for m in members))
    for what, each in (("ids", ids), ("threads under their id", homes)):
        print(f"  {name}: {what} kept, mean {statistics.mean(each):.4f}, worst {min(each):.4f}", flush=True)


def table(name: str, sets: Sequence[Sequence[dict[str, str]]]) -> None:
    """Each method's mean figures over some sets, and its CPU seconds."""
    from kbuilder.evaluation.clustering import measures

    print(f"{name}: {', '.join(str(len(rows)) for rows in sets)} texts", flush=True)
    print(f"  {'':<22}" + "".join(f"{figure:>13}" for figure in (*FIGURES, "CPU-s")))
    for method, cluster in METHODS.items():
        found: list[dict[str, float]] = []
        for rows in sets:
            texts = [row["text"] for row in rows]
            vectors = _vectors(texts)
            seconds, labels = cpu(lambda c=cluster, r=rows, t=texts, v=vectors: c([row["_id"] for row in r], t, v))
            found.append({**measures([row["label"] for row in rows], labels), "CPU-s": seconds})
        values = (statistics.mean(each[figure] for each in found) for figure in (*FIGURES, "CPU-s"))
        print(f"  {method:<22}" + "".join(f"{value:13.3f}" for value in values), flush=True)


def _vectors(texts: Sequence[str]) -> np.ndarray:
    """MiniLM's, kept for the next time."""
    file = KEPT / f"clusters-{digest(chr(10).join(texts))[:16]}.npy"
    if not file.is_file():
        from kbuilder import embedding
        from kbuilder.config import EmbeddingRecipe

        encoder = embedding.load(EmbeddingRecipe())
        assert encoder is not None
        KEPT.mkdir(exist_ok=True)
        np.save(file, encoder.encode(list(texts)))
    found: np.ndarray = np.load(file)
    return found


def _kbuilder(ids: Sequence[str], texts: Sequence[str], vectors: np.ndarray) -> Sequence[Any]:
    from kbuilder import candidates
    from kbuilder.config import CandidatesRecipe

    return candidates.cluster(ids, texts, vectors, CandidatesRecipe())


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
