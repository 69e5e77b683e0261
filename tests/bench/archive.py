"""A large archive from its vectors to groups: time, memory, and which share of an exact search's edges is found.

``KBUILDER_BENCH_SIZE`` says how many titles it has (a million): real ones and mixes of two.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from typing import Any

import numpy as np

from bench.data import million, mixed_titles
from bench.measuring import cpu, told
from kbuilder.candidates import group
from kbuilder.config import CandidatesRecipe

_SEARCHED = 300
"""Texts whose nearest are looked for among all."""
_ROUNDED = 1e-5


def run() -> None:
    """In a process of its own, which knows how much memory it took."""
    subprocess.run([sys.executable, "-c", "from bench.archive import archive; archive()"], check=True)


def archive() -> None:
    """The way from vectors to groups."""
    texts, vectors = mixed_titles(), million()
    ids = [f"t{number:07}" for number in range(len(texts))]
    seconds, made = cpu(lambda: group(ids, texts, vectors, CandidatesRecipe()))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    told(f"{len(texts):,} titles to {len(made.groups):,} groups, {memory:.1f} GiB", [seconds], len(texts))
    by = ", ".join(f"{name} {share:.3f}" for name, share in _edges_found(made).items())
    print(f"  edges of an exact search that are found, of {_SEARCHED} titles: {by}", flush=True)


def _edges_found(made: Any) -> dict[str, float]:
    """The share of some texts' nearest by either leg that the graph holds; one as near as the last of them counts."""
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
