"""The dense leg: exact search by inner product. Vectors are of length 1, so that it is the cosine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_BLOCK = 1024
"""Rows searched at once: a fixed shape, so that results do not depend on how many there are."""


def search(matrix: np.ndarray, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` rows nearest to each query: cosines and row numbers, (n, min(k, rows)), nearest first.

    Equal cosines stand in the order of rows.
    """
    import faiss

    faiss.omp_set_num_threads(1)
    count = min(k, len(matrix))
    if not count or not len(queries):
        return np.zeros((len(queries), count), np.float32), np.zeros((len(queries), count), np.int64)
    scores, rows = faiss.knn(
        np.ascontiguousarray(queries, np.float32),
        np.ascontiguousarray(matrix, np.float32),
        count,
        metric=faiss.METRIC_INNER_PRODUCT,
    )
    order = np.lexsort((rows, -scores))
    return np.take_along_axis(scores, order, 1), np.take_along_axis(rows, order, 1)


def neighbours(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` other rows nearest to each row: cosines and row numbers, (n, min(k, n - 1)), nearest first."""
    size = len(matrix)
    count = min(k, max(size - 1, 0))
    scores, rows = np.zeros((size, count), np.float32), np.zeros((size, count), np.int64)
    for start in range(0, size, _BLOCK):
        block = matrix[start : start + _BLOCK]
        near, found = search(matrix, block, count + 1)
        own = np.arange(start, start + len(block))
        for place, row in enumerate(own):
            others = np.flatnonzero(found[place] != row)[:count]  # the row itself may be missing among duplicates
            scores[row], rows[row] = near[place][others], found[place][others]
    return scores, rows


@dataclass(frozen=True)
class Field:
    """The vectors of one field: none, one or several for each entry."""

    matrix: np.ndarray
    """(vectors, dimension) float32, in the order of the entries."""
    ends: np.ndarray
    """(entries + 1,): entry ``i`` has rows ``ends[i]:ends[i + 1]``."""

    @classmethod
    def of(cls, matrix: np.ndarray, counts: Sequence[int]) -> Field:
        """A field from vectors in the order of the entries and how many each entry has."""
        return cls(matrix.astype("<f4"), np.concatenate(([0], np.cumsum(counts, dtype=np.int64))).astype("<i8"))

    def save(self, folder: Path, name: str) -> None:
        np.save(folder / f"{name}.npy", self.matrix, allow_pickle=False)
        np.save(folder / f"{name}.ends.npy", self.ends, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, name: str) -> Field:
        return cls(
            np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False),
            np.load(folder / f"{name}.ends.npy", mmap_mode="r", allow_pickle=False),
        )

    def nearest(self, vector: np.ndarray, k: int) -> np.ndarray:
        """Entries of the ``k`` vectors nearest to one, sorted, each once."""
        _, rows = search(self.matrix, vector[None], k)
        return np.unique(np.searchsorted(self.ends, rows[0], side="right") - 1)

    def best(self, vector: np.ndarray, entries: np.ndarray) -> np.ndarray:
        """The cosine of each entry's nearest vector; 0 for an entry that has none."""
        found = np.zeros(len(entries), np.float32)
        starts, ends = self.ends[entries], self.ends[entries + 1]
        owners = np.repeat(np.arange(len(entries)), ends - starts)
        first = np.cumsum(ends - starts) - (ends - starts)
        rows = np.arange(len(owners)) - first[owners] + starts[owners]
        cosines = (self.matrix[rows] * vector).sum(1)
        np.maximum.at(found, owners, cosines)
        return found
