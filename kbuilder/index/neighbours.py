"""The nearest others of each vector.

Up to :data:`vectors.EXACT` vectors all are compared with all. Of more, some are the centres of cells, and each is
in the cell of the centre that it is nearest to; a row is compared with all rows of the cells whose centres are
nearest to it (an inverted file; Sivic and Zisserman 2003). Where the search for centres begins follows from the rows'
own bytes (k-means after Lloyd 1982): the order of rows does not matter, and a few rows more change few cells.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np

from kbuilder.index import vectors
from kbuilder.index.vectors import Exact

SIZE = 250
"""Rows of a cell, in the mean."""
LOOKED_AT = 24
"""Cells that a row is compared with."""
_EACH, _ROUNDS = 32, 3
"""Rows for each centre that is looked for, and how often they find another."""
_BLOCK = 65_536
"""Rows looked at together: bounds the memory."""
_TOGETHER = 1024
"""Rows searched at once: a fixed shape, so that results do not depend on how many there are."""


def neighbours(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` other rows nearest to each row, nearest first, of equal ones the lower row.

    Args:
        matrix: (n, d) float32, rows of length 1.

    Returns:
        Cosines and row numbers, (n, min(k, n - 1)); beyond :data:`vectors.EXACT` rows (n, k), where one that is
        compared with fewer has cosines of ``-inf`` and itself.
    """
    return among_all(matrix, k) if len(matrix) <= vectors.EXACT else in_cells(matrix, k)


def among_all(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Exactly: (n, min(k, n - 1))."""
    size = len(matrix)
    count = min(k, max(size - 1, 0))
    held = Exact.of(matrix)
    scores, rows = np.zeros((size, count), np.float32), np.zeros((size, count), np.int64)
    for start in range(0, size, _TOGETHER):
        near, found = held.search(matrix[start : start + _TOGETHER], count + 1)
        for place, row in enumerate(range(start, start + len(near))):
            others = np.flatnonzero(found[place] != row)[:count]  # the row itself may be missing among duplicates
            scores[row], rows[row] = near[place][others], found[place][others]
    return scores, rows


def in_cells(
    matrix: np.ndarray, k: int, size: int = SIZE, looked_at: int = LOOKED_AT
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of those that each row is compared with: (n, k)."""
    centres = _centres(matrix, -(-len(matrix) // size))
    cells = _cells(matrix, centres, looked_at)
    home = _by_cell(cells[:, :1], len(centres))
    scores = np.full((len(matrix), k), -np.inf, np.float32)
    rows = np.repeat(np.arange(len(matrix), dtype=np.int32)[:, None], k, 1)
    for start in range(0, len(matrix), _BLOCK):
        part = slice(start, start + _BLOCK)
        scores[part], rows[part] = _best(*_compared(matrix, start, cells[part], home, k), k)
    return scores, rows


def _compared(
    matrix: np.ndarray, start: int, cells: np.ndarray, home: list[np.ndarray], k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of each cell that a block of rows is compared with: (rows, cells * (k + 1))."""
    asked = cells.shape[1]
    own = np.arange(start, start + len(cells), dtype=np.int32)
    near = np.full((len(cells) * asked, k + 1), -np.inf, np.float32)
    found = np.repeat(own, asked)[:, None].repeat(k + 1, 1)
    for members, places in zip(home, _by_cell(cells.reshape(-1, 1), len(home)), strict=True):
        scores, rows = Exact.of(matrix[members]).search(matrix[own[places // asked]], k + 1)
        near[places, : scores.shape[1]], found[places, : rows.shape[1]] = scores, members[rows]
    near[found == np.repeat(own, asked)[:, None]] = -np.inf
    return near.reshape(len(cells), -1), found.reshape(len(cells), -1)


def _centres(matrix: np.ndarray, count: int) -> Exact:
    """Means of rows that are near to each other, begun at the rows that differ and have the lowest digests."""
    from scipy.sparse import csr_matrix

    digests = np.array([crc32(row) for row in matrix], np.uint32)
    first = np.unique(digests, return_index=True)[1]
    centres, some = matrix[first[:count]], matrix[first[: count * _EACH]]
    for _ in range(_ROUNDS):
        owners = Exact.of(centres).search(some, 1)[1][:, 0]
        members = csr_matrix(
            (np.ones(len(some), np.float32), (owners, np.arange(len(some)))), (len(centres), len(some))
        )
        sums = np.asarray(members @ some)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.divide(sums, lengths, out=centres, where=lengths > 0)
    return Exact.of(centres)


def _cells(matrix: np.ndarray, centres: Exact, count: int) -> np.ndarray:
    """The cells that each row is compared with, its own first: (n, count) int32."""
    blocks = (matrix[start : start + _BLOCK] for start in range(0, len(matrix), _BLOCK))
    return np.concatenate([centres.search(block, count)[1].astype(np.int32) for block in blocks])


def _by_cell(cells: np.ndarray, count: int) -> list[np.ndarray]:
    """Of each cell the rows that name it, sorted."""
    named = cells.ravel()
    rows = (np.argsort(named, kind="stable") // cells.shape[1]).astype(np.int32)
    return np.split(rows, np.cumsum(np.bincount(named, minlength=count))[:-1])


def _best(near: np.ndarray, found: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` best of each row, of equal ones the lower; those of all are not put in order."""
    if near.shape[1] > 2 * k:
        some = np.argpartition(-near, 2 * k, axis=1)[:, : 2 * k]
        near, found = np.take_along_axis(near, some, 1), np.take_along_axis(found, some, 1)
    order = np.lexsort((found, -near))[:, :k]
    return np.take_along_axis(near, order, 1), np.take_along_axis(found, order, 1)
