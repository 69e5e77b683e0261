"""What several topics measure on: real titles, their vectors, and a million of them. Made once, kept in a folder."""

from __future__ import annotations

import json
import os
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from bench.measuring import Skipped

KEPT = Path(tempfile.gettempdir()) / "kbuilder-bench"
MILLION = int(os.environ.get("KBUILDER_BENCH_SIZE", "1000000"))
HELD_OUT = 300
_STEP = 50_000


def judged() -> Path:
    """The folder of judged data."""
    data = os.environ.get("KBUILDER_EVAL_DATA", "")
    if not data or not Path(data).is_dir():
        raise Skipped("KBUILDER_EVAL_DATA does not name the judged data")
    return Path(data)


@cache
def titles() -> list[str]:
    """20,000 titles of questions and 10,000 messages to a support desk, each once."""
    names = ("stackoverflow20", "banking77-dev")
    lines = [line for name in names for line in (judged() / "clusters" / f"{name}.jsonl").open(encoding="utf-8")]
    return list(dict.fromkeys(json.loads(line)["text"] for line in lines))


@cache
def real() -> tuple[np.ndarray, np.ndarray]:
    """MiniLM's vectors of the titles: those to search, and 300 held out as questions."""
    file = KEPT / f"titles-{len(titles())}.npy"
    if not file.is_file():
        from kbuilder import embedding
        from kbuilder.config import EmbeddingRecipe

        encoder = embedding.load(EmbeddingRecipe())
        assert encoder is not None
        KEPT.mkdir(exist_ok=True)
        np.save(file, encoder.encode(titles()))
    vectors = np.load(file)
    order = np.random.default_rng(0).permutation(len(vectors))
    return np.ascontiguousarray(vectors[order[HELD_OUT:]]), vectors[order[:HELD_OUT]]


def million() -> np.ndarray:
    """The real vectors and convex mixes of two of them at random, to a million: (1_000_000, 384)."""
    vectors, _ = real()
    file = KEPT / f"mixed-{MILLION}.npy"
    if not file.is_file():
        chance = np.random.default_rng(1)
        mixed = np.lib.format.open_memmap(file, "w+", np.float32, (MILLION, vectors.shape[1]))
        for start in range(0, MILLION, _STEP):
            size = min(_STEP, MILLION - start)
            one, two = chance.integers(0, len(vectors), (2, size))
            share = chance.random((size, 1), np.float32)
            found = share * vectors[one] + (1 - share) * vectors[two]
            mixed[start : start + size] = found / np.linalg.norm(found, axis=1, keepdims=True)
        mixed[: len(vectors)] = vectors[:MILLION]
        mixed.flush()
    found: np.ndarray = np.array(np.load(file, mmap_mode="r"))
    return found
