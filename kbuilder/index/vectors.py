"""The dense leg: which vectors are nearest by inner product. They are of length 1, so that it is the cosine.

Two engines keep one contract. Up to :data:`EXACT` vectors all are compared in float32. More are searched in two
steps: the sign bits of all, relative to the mean, propose some hundreds by how many differ from the question's; one
byte a number scores these, in a quarter of the memory. A row's step is a 127th of its largest number. A score is at
most half a step times the sum of the question's absolute numbers from the cosine: .015 for MiniLM, where 99 of 100
differ by less than .001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np

EXACT = 50_000
"""Vectors up to which comparing them all costs a few milliseconds."""
RESCORED = 800
"""Vectors that the sign bits propose, at least."""
_CODED_AT_ONCE = 16_384
_WIDTHS = (8, 16, 32, 64)
"""Bytes: FAISS compares codes of these widths in registers; 64 take three quarters of the time that 48 do."""
_LARGEST = 127
_WHOLE = 2.0**30
_PARSING = Lock()


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
        return cls(mapped(folder, name))

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
    """(vectors, bytes) uint8: which numbers are above their column's mean, then zeros."""
    codes: np.ndarray
    """(vectors, dimension) int8: each number in steps of its row's."""
    steps: np.ndarray
    """(vectors,) float32."""
    mean: np.ndarray
    """(dimension,) float32."""

    @classmethod
    def of(cls, matrix: np.ndarray) -> Coded:
        size, dimension = matrix.shape
        mean = _mean(matrix)
        bits = np.empty((size, _signs(mean[None], mean).shape[1]), np.uint8)
        codes, steps = np.empty((size, dimension), np.int8), np.empty(size, "<f4")
        for start in range(0, size, _CODED_AT_ONCE):
            rows = slice(start, start + _CODED_AT_ONCE)
            block = matrix[rows]
            bits[rows] = _signs(block, mean)
            largest = np.maximum(block.max(1), -block.min(1))
            steps[rows] = np.where(largest > 0, largest / np.float32(_LARGEST), 1)
            codes[rows] = np.rint(block / steps[rows, None])
        return cls(bits, codes, steps, mean)

    @classmethod
    def open(cls, folder: Path, name: str) -> Coded:
        return cls(*(mapped(folder, f"{name}.{part}") for part in ("bits", "codes", "steps", "mean")))

    def save(self, folder: Path, name: str) -> None:
        parts = {"bits": self.bits, "codes": self.codes, "steps": self.steps, "mean": self.mean}
        _save(folder, {f"{name}.{part}": array for part, array in parts.items()})

    def __len__(self) -> int:
        return len(self.codes)

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        import faiss

        faiss.omp_set_num_threads(1)
        count = min(k, len(self))
        scores, rows = _nothing(len(queries), count)
        if not count or not len(queries):
            return scores, rows
        asked = _signs(queries, self.mean)
        _, proposed = faiss.knn_hamming(asked, self.bits, min(max(RESCORED, 2 * count), len(self)))
        for number, found in enumerate(proposed):
            found.sort()
            exact = self.scores(queries[number], found)
            best = np.argsort(-exact, kind="stable")[:count]
            scores[number], rows[number] = exact[best], found[best]
        return scores, rows

    def scores(self, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        found: np.ndarray = _cosines(self.codes[rows], query) * self.steps[rows]
        return found


def engine(size: int) -> type[Exact] | type[Coded]:
    """The engine for so many vectors."""
    return Exact if size <= EXACT else Coded


def _signs(vectors: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Which numbers are above the mean, as bits; padded to a width that is compared quickly."""
    bits = np.packbits(vectors > mean, axis=1)
    width = next((width for width in _WIDTHS if width >= bits.shape[1]), bits.shape[1])
    padded: np.ndarray = np.pad(bits, ((0, 0), (0, width - bits.shape[1])))
    return padded


def _mean(matrix: np.ndarray) -> np.ndarray:
    """Of vectors at even distances, added up as whole numbers: the same in any order of adding."""
    some = matrix[:: -(-len(matrix) // _CODED_AT_ONCE) or 1].astype(np.float64)
    total = np.rint(some * _WHOLE).astype(np.int64).sum(0)
    mean: np.ndarray = (total / (_WHOLE * max(len(some), 1))).astype("<f4")
    return mean


def _cosines(vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    found: np.ndarray = (vectors * query).sum(1, dtype=np.float32)  # row by row: equal rows, equal bits
    return found


def _nothing(queries: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((queries, count), np.float32), np.zeros((queries, count), np.int64)


def _save(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def mapped(folder: Path, name: str) -> np.ndarray:
    """An array that stays in its file; not as a ``memmap``, each slice of which costs as much as a small sum.

    One thread at a time: NumPy parses a file's head as Python, and up to 3.12 the parser counts its depth for all
    threads together. Two at once end in a SystemError (https://github.com/python/cpython/issues/106905).
    """
    with _PARSING:
        return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))


def ranges(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """All numbers of some ranges, one range after the other."""
    sizes = ends - starts
    behind = np.cumsum(sizes)
    found: np.ndarray = np.arange(int(sizes.sum())) + np.repeat(starts - behind + sizes, sizes)
    return found


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
        ends = mapped(folder, f"{name}.ends")
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
        np.maximum.at(found, owners, self.vectors.scores(vector, ranges(starts, ends)))
        return found
