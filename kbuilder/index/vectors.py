"""The dense leg: which vectors are nearest by inner product. They are of length 1, so that it is the cosine.

Two engines keep one contract. Up to :data:`EXACT` vectors all are compared in float32. More are searched in two
steps: the sign bits of all, relative to the mean, propose some hundreds by how many differ from the question's; one
byte a number scores these. The bytes say within a few thousandths what float32 would, in a quarter of the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

EXACT = 50_000
"""Vectors up to which comparing them all costs a few milliseconds."""
RESCORED = 400
"""Vectors that the sign bits propose, at least."""
_BLOCK = 1024
"""Rows searched at once: a fixed shape, so that results do not depend on how many there are."""
_CODED_AT_ONCE = 65_536
_LARGEST = 127


class Vectors(Protocol):
    """The contract. Scores are cosines: higher is nearer. Results do not depend on what was searched before."""

    def __len__(self) -> int: ...

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The ``k`` rows nearest to each query: cosines and row numbers, (n, min(k, rows)), nearest first.

        Equal cosines stand in the order of rows.
        """

    def scores(self, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The cosines of some rows: (len(rows),) float32; equal rows have equal ones."""

    def save(self, folder: Path, name: str) -> None:
        """Write files whose names begin with ``name``: the same bytes for the same vectors."""


@dataclass(frozen=True)
class Exact:
    """All vectors in float32, all compared."""

    matrix: np.ndarray
    """(vectors, dimension) float32."""

    @classmethod
    def of(cls, matrix: np.ndarray) -> Exact:
        return cls(np.ascontiguousarray(matrix, "<f4"))

    @classmethod
    def open(cls, folder: Path, name: str) -> Exact:
        return cls(_mapped(folder, name))

    def save(self, folder: Path, name: str) -> None:
        _save(folder, {name: self.matrix})

    def __len__(self) -> int:
        return len(self.matrix)

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        import faiss

        faiss.omp_set_num_threads(1)
        count = min(k, len(self))
        if not count or not len(queries):
            return _nothing(len(queries), count)
        scores, rows = faiss.knn(
            np.ascontiguousarray(queries, np.float32),
            np.ascontiguousarray(self.matrix, np.float32),
            count,
            metric=faiss.METRIC_INNER_PRODUCT,
        )
        order = np.lexsort((rows, -scores))
        return np.take_along_axis(scores, order, 1), np.take_along_axis(rows, order, 1)

    def scores(self, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return _cosines(self.matrix[rows], query)


@dataclass(frozen=True)
class Coded:
    """Each vector as its sign bits, to propose, and as one byte a number, to score.

    Every step is exact or a single rounding, so that the codes are the same bytes on any machine.
    """

    bits: np.ndarray
    """(vectors, dimension / 8) uint8: which numbers are above their mean."""
    codes: np.ndarray
    """(vectors, dimension) int8: each number in steps of its column's."""
    frame: np.ndarray
    """(2, dimension) float32: each column's mean and step."""

    @classmethod
    def of(cls, matrix: np.ndarray) -> Coded:
        size, dimension = matrix.shape
        largest = np.zeros(dimension, "<f4")
        for block in _blocks(matrix):
            np.maximum(largest, np.abs(block).max(0), out=largest)
        step = np.where(largest > 0, largest / np.float32(_LARGEST), np.float32(1)).astype("<f4")
        codes, total = np.empty((size, dimension), np.int8), np.zeros(dimension, np.int64)
        for start, block in zip(range(0, size, _CODED_AT_ONCE), _blocks(matrix), strict=True):
            part = codes[start : start + len(block)]
            part[:] = np.rint(block / step)
            total += part.sum(0, dtype=np.int64)  # of whole numbers: the same in any order
        mean = (total / max(size, 1) * step).astype("<f4")
        bits = [np.packbits(block > mean, axis=1) for block in _blocks(matrix)]
        return cls(
            np.concatenate([np.empty((0, -(-dimension // 8)), np.uint8), *bits]), codes, np.stack([mean, step])
        )

    @classmethod
    def open(cls, folder: Path, name: str) -> Coded:
        return cls(*(_mapped(folder, f"{name}.{part}") for part in ("bits", "codes", "frame")))

    def save(self, folder: Path, name: str) -> None:
        _save(folder, {f"{name}.bits": self.bits, f"{name}.codes": self.codes, f"{name}.frame": self.frame})

    def __len__(self) -> int:
        return len(self.codes)

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        import faiss

        faiss.omp_set_num_threads(1)
        count = min(k, len(self))
        scores, rows = _nothing(len(queries), count)
        if not count or not len(queries):
            return scores, rows
        asked = np.packbits(queries > self.frame[0], axis=1)
        _, proposed = faiss.knn_hamming(asked, self.bits, min(max(RESCORED, 2 * count), len(self)))
        for number, found in enumerate(proposed):
            found.sort()
            exact = self.scores(queries[number], found)
            best = np.argsort(-exact, kind="stable")[:count]
            scores[number], rows[number] = exact[best], found[best]
        return scores, rows

    def scores(self, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return _cosines(self.codes[rows], query * self.frame[1])


def engine(size: int) -> type[Exact] | type[Coded]:
    """The engine for so many vectors."""
    return Exact if size <= EXACT else Coded


def _blocks(matrix: np.ndarray) -> list[np.ndarray]:
    return [matrix[start : start + _CODED_AT_ONCE] for start in range(0, len(matrix), _CODED_AT_ONCE)]


def _cosines(vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    found: np.ndarray = (vectors * query).sum(1, dtype=np.float32)  # row by row: equal rows, equal bits
    return found


def _nothing(queries: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((queries, count), np.float32), np.zeros((queries, count), np.int64)


def _save(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def _mapped(folder: Path, name: str) -> np.ndarray:
    found: np.ndarray = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
    return found


def neighbours(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` other rows nearest to each row: cosines and row numbers, (n, min(k, n - 1)), nearest first."""
    size = len(matrix)
    count = min(k, max(size - 1, 0))
    held = engine(size).of(matrix)
    scores, rows = _nothing(size, count)
    for start in range(0, size, _BLOCK):
        near, found = held.search(matrix[start : start + _BLOCK], count + 1)
        for place, row in enumerate(range(start, start + len(near))):
            others = np.flatnonzero(found[place] != row)[:count]  # the row itself may be missing among duplicates
            scores[row], rows[row] = near[place][others], found[place][others]
    return scores, rows


@dataclass(frozen=True)
class Field:
    """The vectors of one field: none, one or several for each entry."""

    vectors: Vectors
    """In the order of the entries."""
    ends: np.ndarray
    """(entries + 1,): entry ``i`` has rows ``ends[i]:ends[i + 1]``."""

    @classmethod
    def of(cls, matrix: np.ndarray, counts: Sequence[int]) -> Field:
        """A field from vectors in the order of the entries and how many each entry has."""
        ends = np.concatenate(([0], np.cumsum(counts, dtype=np.int64))).astype("<i8")
        return cls(engine(len(matrix)).of(matrix), ends)

    def save(self, folder: Path, name: str) -> None:
        self.vectors.save(folder, name)
        _save(folder, {f"{name}.ends": self.ends})

    @classmethod
    def open(cls, folder: Path, name: str) -> Field:
        ends = _mapped(folder, f"{name}.ends")
        return cls(engine(int(ends[-1])).open(folder, name), ends)

    def nearest(self, vector: np.ndarray, k: int) -> np.ndarray:
        """Entries of the ``k`` vectors nearest to one, sorted, each once."""
        _, rows = self.vectors.search(vector[None], k)
        return np.unique(np.searchsorted(self.ends, rows[0], side="right") - 1)

    def best(self, vector: np.ndarray, entries: np.ndarray) -> np.ndarray:
        """The cosine of each entry's nearest vector, at least 0; 0 for an entry that has none."""
        found = np.zeros(len(entries), np.float32)
        starts, ends = self.ends[entries], self.ends[entries + 1]
        owners = np.repeat(np.arange(len(entries)), ends - starts)
        first = np.cumsum(ends - starts) - (ends - starts)
        rows = np.arange(len(owners)) - first[owners] + starts[owners]
        np.maximum.at(found, owners, self.vectors.scores(vector, rows))
        return found
