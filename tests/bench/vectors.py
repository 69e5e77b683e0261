"""Vector search: a million vectors beside IndexFlatIP, built beside HNSW32; recall, memory, start."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench import data
from bench.measuring import REPEATS, beside, cpu, quantiles, told

NEAREST = 10
HNSW = int(os.environ.get("KBUILDER_BENCH_GRAPH", "100000"))
"""Vectors that HNSW32 is built of; its time for each grows with their number: of a million it takes several minutes,
and is built once.
"""
_RESIDENT = """
import sys, time
from pathlib import Path
from kbuilder.index.vectors import Field
import faiss
start = time.perf_counter()
field = Field.open(Path(sys.argv[1]), "body")
took = time.perf_counter() - start
held = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
print(f"  opened in {1e3 * took:.1f} ms; resident with NumPy and FAISS, before any question: {held.split()[1]} kB")
"""


def run() -> None:
    """Recall on real vectors alone and in the million; then time, memory and start."""
    import faiss

    from kbuilder.index.vectors import Coded, Field

    faiss.omp_set_num_threads(1)
    vectors, questions = data.real()
    print(f"  recall@{NEAREST}, {len(vectors):,} real vectors: {_recall(Coded.of(vectors), vectors, questions):.4f}")
    matrix = data.million()
    coded, exact = Coded.of(matrix), faiss.IndexFlatIP(matrix.shape[1])
    exact.add(matrix)
    print(f"  recall@{NEAREST}, {len(matrix):,} vectors: {_recall(coded, matrix, questions):.4f}")
    some = questions[:40]
    beside(
        {"search: sign bits, then bytes": lambda: [coded.search(each[None], NEAREST) for each in some]},
        {"search: IndexFlatIP": lambda: [exact.search(each[None], NEAREST) for each in some]},
        len(some),
        "questions",
        5,
    )
    times = []
    for each in questions:
        start = time.process_time()
        coded.search(each[None], NEAREST)
        times.append(time.process_time() - start)
    quantiles("one question", times)
    exact.reset()
    seconds = [cpu(lambda: Coded.of(matrix))[0] for _ in range(3)]
    told("build: sign bits and bytes", seconds, len(matrix), "vectors")
    with tempfile.TemporaryDirectory() as folder:
        Field(coded, np.arange(len(matrix) + 1)).save(Path(folder), "body")
        size = sum(file.stat().st_size for file in Path(folder).glob("body.[bcsm]*"))
        print(f"  {size / matrix.nbytes:.3f} of float32: {size / 1e6:.0f} MB for {matrix.nbytes / 1e6:.0f} MB")
        subprocess.run([sys.executable, "-c", _RESIDENT, folder], check=True)
    part = np.ascontiguousarray(matrix[:HNSW])

    def graph() -> object:
        index = faiss.IndexHNSWFlat(part.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
        index.add(part)
        return index

    beside(
        {f"build of {len(part):,}: sign bits and bytes": lambda: Coded.of(part)},
        {f"build of {len(part):,}: HNSW32": graph},
        len(part),
        "vectors",
        REPEATS if HNSW <= 100_000 else 1,
    )


def _recall(held: object, matrix: np.ndarray, questions: np.ndarray) -> float:
    """Share of the true nearest that are found."""
    import faiss

    exact = faiss.knn(questions, matrix, NEAREST, metric=faiss.METRIC_INNER_PRODUCT)[1]
    _, found = held.search(questions, NEAREST)  # type: ignore[attr-defined]
    return float(np.mean([len({*a} & {*b}) / NEAREST for a, b in zip(found.tolist(), exact.tolist(), strict=True)]))
