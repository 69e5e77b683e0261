"""Groups of texts beside HDBSCAN, BERTopic and community_detection: the same texts, the same vectors, no labels.

First an archive of ``KBUILDER_BENCH_SIZE`` titles (a million), real ones and mixes of two: time, memory, and which
share of the edges of an exact search is found. Then five draws of many small groups among loners
(``tests/skewed.py``), customers' messages, German questions, and 20,000 titles for the time. Peers run with their
defaults for small groups: no number of groups is told to anybody.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import skewed

from bench.data import KEPT, judged, million, mixed_titles
from bench.measuring import cpu, told
from kbuilder.records import digest

SETS = ("banking77-dev", "roboai-de-dev", "stackoverflow20")
BOUNDED = ("stackfaq-dev", "clinc150-dev", "banking77-dev", "roboai-de-dev", "roboai-en-dev")
FIGURES = ("B-cubed F1", "pairwise F1", "AMI", "ARI", "V")
_FIRST = 2
"""Smallest group of the peers: a pair is one."""
_CUTS = np.round(np.geomspace(0.1, 0.7, 13), 2).tolist()
_SEARCHED = 300
"""Texts of an archive whose nearest are looked for among all."""
_ROUNDED = 1e-5


def run() -> None:
    """An archive, then a table for each set."""
    subprocess.run([sys.executable, "-c", "from bench.clusters import archive; archive()"], check=True)
    drawn = [skewed.draw(judged(), seed) for seed in range(skewed.DRAWS)]
    table("stackfaq among loners, five draws, means", drawn)
    lasting("5 % more threads, eight times, five draws", drawn)
    bounds("the same draws", drawn)
    for name in BOUNDED:
        bounds(name, [_rows(name)])
    for name in SETS:
        table(name, [_rows(name)])


def _rows(name: str) -> list[dict[str, str]]:
    lines = (judged() / "clusters" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def archive() -> None:
    """The way from an archive's vectors to groups, in a process of its own, which knows how much memory it took."""
    from kbuilder.candidates import group
    from kbuilder.config import CandidatesRecipe

    texts, vectors = mixed_titles(), million()
    ids = [f"t{number:07}" for number in range(len(texts))]
    seconds, made = cpu(lambda: group(ids, texts, vectors, CandidatesRecipe()))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    told(f"{len(texts):,} titles to {len(made.groups):,} groups, {memory:.1f} GiB", [seconds], len(texts))
    by = ", ".join(f"{name} {share:.3f}" for name, share in _edges_found(made).items())
    print(f"  edges of an exact search that are found, of {_SEARCHED} titles: {by}", flush=True)


def _edges_found(made: Any) -> dict[str, float]:
    """The share of some texts' nearest by either leg that the graph holds; one as near as the last of them counts."""
    from kbuilder.config import CandidatesRecipe

    known, features = made.known.graph, made.features.rows(made.known.firsts)
    k, chance = CandidatesRecipe().neighbours, np.random.default_rng(0)
    beside: dict[int, set[int]] = {
        int(row): set() for row in chance.choice(known.size, min(_SEARCHED, known.size), False)
    }
    for left, right in zip(known.left.tolist(), known.right.tolist(), strict=True):
        for own, other in ((left, right), (right, left)):
            if own in beside:
                beside[own].add(other)
    found: dict[str, list[float]] = {"meaning": [], "n-grams": [], "both": []}
    for row, held in beside.items():
        legs = features.dense @ features.dense[row], (features.lexical @ features.lexical[row].T).toarray().ravel()
        shares = []
        for near in legs:
            near[row] = -1
            last = np.partition(near, -k)[-k]
            shares.append(min(int((near[list(held)] >= last - _ROUNDED).sum()), k) / k)
        for name, share in zip(found, (*shares, statistics.mean(shares)), strict=True):
            found[name].append(share)
    return {name: statistics.mean(shares) for name, shares in found.items()}


def lasting(name: str, sets: Sequence[Sequence[dict[str, str]]], times: int = 8) -> None:
    """Which share of the ids of a build is alive after the next one, with 5 % more threads: mean and worst."""
    kept = [each for rows in sets for each in _kept(rows, times)]
    for what, shares in zip(("ids", "threads under their id"), zip(*kept, strict=True), strict=True):
        print(f"  {name}: {what} kept, mean {statistics.mean(shares):.4f}, worst {min(shares):.4f}", flush=True)


def _kept(rows: Sequence[dict[str, str]], times: int) -> Iterator[tuple[float, float]]:
    """After each arrival the share of the ids that live on, and of the threads that stay under theirs."""
    from factories import thread

    from kbuilder.candidates import propose, text_of
    from kbuilder.config import CandidatesRecipe

    threads = [thread(row["_id"], row["text"], "", ("",)) for row in rows]
    vectors = _vectors([text_of(each) for each in threads])
    ledger: list[Any] = []
    for count in skewed.arrivals(len(threads), times):
        found = propose(threads[:count], vectors[:count], ledger, [], CandidatesRecipe())
        before, ledger = {each.id: each.members for each in ledger if each.alive}, found.ledger
        now = {each.id for each in ledger if each.alive}
        place = {member: each.lineage for each in found.candidates for member in each.members}
        if before:
            stay = statistics.mean(place[m] == name for name, members in before.items() for m in members)
            yield len(before.keys() & now) / len(before), stay


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


def bounds(name: str, sets: Sequence[Sequence[dict[str, str]]]) -> None:
    """The chosen cut beside the best by the labels, on 2,000 texts at most: what a better choice could gain."""
    from kbuilder import candidates
    from kbuilder.candidates import threshold
    from kbuilder.config import CandidatesRecipe
    from kbuilder.evaluation.clustering import measures

    chosen, best = [], []
    for rows in sets:
        some = threshold.sample([row["_id"] for row in rows])
        vectors = _vectors([row["text"] for row in rows])[some]
        ids, texts, truth = ([rows[row][name] for row in some] for name in ("_id", "text", "label"))
        figures = [
            measures(truth, candidates.cluster(ids, texts, vectors, CandidatesRecipe(cut=cut))) for cut in (0, *_CUTS)
        ]
        chosen.append(figures[0])
        best.append(max(figures, key=lambda each: each["B-cubed F1"]))
    for what, found in (("the cut that is chosen", chosen), ("the best for B-cubed", best)):
        means = (statistics.mean(each[figure] for each in found) for figure in ("B-cubed F1", "pairwise F1"))
        print(
            f"  {name}, B-cubed / pairwise F1 at {what}: " + " / ".join(f"{mean:.3f}" for mean in means), flush=True
        )


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
