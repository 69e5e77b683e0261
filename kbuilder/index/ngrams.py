"""Character 3- to 5-grams: what stems miss, as compounds, slips, names of products.

An inverted index finds entries where there is no model to propose them; a forward one, entry by entry, compares those
that were found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from kbuilder.index.lexical import K1, B
from kbuilder.index.vectors import mapped, ranges
from kbuilder.text import fold, words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BUCKETS = 2**20
"""N-grams are hashed into so many columns: no vocabulary to keep."""
_SIZES = (3, 4, 5)
_FLOAT, _INT = np.dtype("<f4"), np.dtype("<i4")
_COUNT = np.dtype("<u2")
_AT_ONCE = 20_000
"""Entries that are indexed at once."""
_COUNTED = 2000
"""Texts whose n-grams are sorted together: bounds the memory."""
_OFTEN = 4096
"""Counts above this one count as it."""
_LOGARITHMS = np.concatenate([[0], 1 + np.log(np.arange(1, 2 * _OFTEN + 1))]).astype(np.float32)
"""What each count says: 1 for an n-gram that stands once."""


@dataclass(frozen=True)
class Grams:
    """How often each character n-gram stands in each text: the rows of a sparse matrix."""

    data: np.ndarray
    """Counts; or float32, what became of them."""
    columns: np.ndarray
    """int32, rising within a text."""
    starts: np.ndarray
    """(texts + 1,): text ``i`` has values ``starts[i]:starts[i + 1]``."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    @classmethod
    def of(cls, matrix: csr_matrix) -> Grams:
        """The rows of a sparse matrix of counts."""
        matrix.sort_indices()
        return cls(
            np.minimum(matrix.data, _OFTEN).astype(_COUNT),
            matrix.indices.astype(_INT),
            matrix.indptr.astype(np.int64),
        )

    def taken(self, start: int, end: int) -> Grams:
        """Some texts one after the other."""
        first, last = self.starts[start], self.starts[end]
        return Grams(self.data[first:last], self.columns[first:last], self.starts[start : end + 1] - first)

    @property
    def rows(self) -> np.ndarray:
        """The text of each value."""
        found: np.ndarray = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return found

    def matrix(self) -> csr_matrix:
        """(texts, 2**20) float32."""
        from scipy.sparse import csr_matrix

        return csr_matrix((self.data.astype(np.float32), self.columns, self.starts), shape=(len(self), BUCKETS))


def ngram_counts(texts: Sequence[str]) -> Grams:
    """Character 3- to 5-grams, each hashed into a column; a text's words are folded first.

    N-grams do not cross words; a word's beginning and end count as characters.
    """
    known: dict[str, np.ndarray] = {}
    parts = [_counted(texts[start : start + _COUNTED], known) for start in range(0, len(texts), _COUNTED)]
    data = np.concatenate([np.zeros(0, _COUNT), *(each.data for each in parts)])
    columns = np.concatenate([np.zeros(0, _INT), *(each.columns for each in parts)])
    sizes = np.concatenate([np.zeros(1, np.int64), *(np.diff(each.starts) for each in parts)])
    return Grams(data, columns, np.cumsum(sizes))


def _counted(texts: Sequence[str], known: dict[str, np.ndarray]) -> Grams:
    """The n-grams of some texts; ``known`` are those of each word so far."""
    found = [words(text) for text in texts]
    for word in {word for each in found for word in each} - known.keys():
        known[word] = np.array(_ngrams(fold(word)), np.int64)
    grams = [known[word] for each in found for word in each]
    rows = np.repeat(np.arange(len(texts)), [sum(len(known[word]) for word in each) for each in found])
    keys, counts = np.unique(rows * BUCKETS + np.concatenate([*grams, np.zeros(0, np.int64)]), return_counts=True)
    starts = np.searchsorted(keys, np.arange(len(texts) + 1) * BUCKETS)
    return Grams(np.minimum(counts, _OFTEN).astype(_COUNT), (keys % BUCKETS).astype(_INT), starts)


def _ngrams(word: str) -> list[int]:
    """The columns of a word's n-grams: CRC-32 is the same on every machine, and in Python's own library."""
    padded = f" {word} "
    grams = (padded[at : at + size] for size in _SIZES for at in range(len(padded) - size + 1))
    return [crc32(gram.encode()) % BUCKETS for gram in grams]


def tf_idf(counts: Grams, idf: np.ndarray) -> Grams:
    """Counts on a logarithmic scale, weighted by rarity, each row of length 1 (or 0 where a text has no n-gram)."""
    weighted = _LOGARITHMS[counts.data] * idf[counts.columns]
    return Grams(weighted / _lengths(counts, idf)[counts.rows], counts.columns, counts.starts)


def rarity(counts: Grams, columns: int = BUCKETS) -> np.ndarray:
    """The smoothed idf of each column: (columns,) float32."""
    return _idf(np.bincount(counts.columns, minlength=columns), len(counts))


def _idf(held: np.ndarray, texts: int) -> np.ndarray:
    """By how many of some texts have each n-gram."""
    by_number: np.ndarray = (np.log((1 + texts) / (1 + np.arange(texts + 1))) + 1).astype(_FLOAT)
    found: np.ndarray = by_number[held]
    return found


def _lengths(counts: Grams, idf: np.ndarray) -> np.ndarray:
    """The length of each row before it is made 1."""
    found: np.ndarray = np.sqrt(
        np.bincount(counts.rows, (_LOGARITHMS[counts.data] * idf[counts.columns]) ** 2, len(counts))
    )
    return found.astype(_FLOAT)


class Characters:
    """Cosine of n-grams' TF-IDF with all entries, by an inverted index; an entry's score is that of its best text."""

    def __init__(self, columns: dict[str, np.ndarray], idf: np.ndarray, owners: np.ndarray, size: int) -> None:
        self._columns = columns
        self._idf = idf
        self._owners = owners
        self._size = size

    @classmethod
    def of(cls, texts: Sequence[Grams], idf: np.ndarray, owners: np.ndarray, size: int) -> Characters:
        """Index texts as :func:`tf_idf` leaves them; ``owners`` says which of ``size`` entries each belongs to."""
        from scipy.sparse import vstack

        inverted = vstack([each.matrix() for each in texts], format="csr").tocsc()
        inverted.sort_indices()
        columns = {
            "data": inverted.data.astype(_FLOAT),
            "indices": inverted.indices.astype(_INT),
            "indptr": inverted.indptr.astype("<i8"),
        }
        return cls(columns, idf, owners.astype(_INT), size)

    @classmethod
    def build(cls, texts: Sequence[str]) -> Characters:
        """Index texts, each an entry of its own."""
        counts = ngram_counts(texts)
        idf = rarity(counts)
        return cls.of([tf_idf(counts, idf)], idf, np.arange(len(texts)), len(texts))

    def save(self, folder: Path) -> None:
        folder.mkdir()
        for name, array in {**self._columns, "idf": self._idf, "owners": self._owners}.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, size: int) -> Characters:
        held = {name: mapped(folder, name) for name in ("data", "indices", "indptr", "idf", "owners")}
        return cls(held, held["idf"], held["owners"], size)

    def scores(self, question: str) -> np.ndarray:
        """The cosine of each entry, in [0, 1]: (size,) float32."""
        asked = tf_idf(ngram_counts([question]), self._idf)
        texts = np.zeros(len(self._owners), _FLOAT)
        held = self._columns
        for column, weight in zip(asked.columns, asked.data, strict=True):
            start, end = held["indptr"][column], held["indptr"][column + 1]
            np.add.at(texts, held["indices"][start:end], weight * held["data"][start:end])  # half of what += takes
        best = np.zeros(self._size, _FLOAT)
        np.maximum.at(best, self._owners, texts)
        return np.minimum(best, 1)


@dataclass(frozen=True)
class Passages:
    """An entry as this index reads it."""

    titles: Sequence[str]
    """Title and phrasings: each is compared by itself."""
    body: str
    """The beginning of the body: compared together with the title."""
    rest: str


@dataclass(frozen=True)
class Likeness:
    """How like a question some entries are. Arrays of one length, each in [0, 1]."""

    question: np.ndarray
    """Cosine of TF-IDF with the best of its titles, and title with body."""
    whole: np.ndarray
    """Cosine with the whole entry."""
    bm25: np.ndarray
    """BM25 on the whole entry, as share of what no entry exceeds: it counts an n-gram however long the text is."""


class Forward:
    """Counts of n-grams entry by entry, passage by passage: for entries that were found in another way."""

    def __init__(self, held: Mapping[str, np.ndarray]) -> None:
        self._held = held

    def save(self, folder: Path) -> None:
        folder.mkdir()
        for name, array in self._held.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> Forward:
        return cls({name: mapped(folder, name) for name in _HELD})

    def scores(self, question: str, entries: np.ndarray) -> Likeness:
        """How like a question some entries are."""
        held, asked = self._held, ngram_counts([question])
        if not len(asked.columns) or not len(entries):
            return Likeness(*(np.zeros(len(entries), _FLOAT) for _ in range(3)))
        passages = ranges(held["ends"][entries], held["ends"][entries + 1])
        sizes = held["ends"][entries + 1] - held["ends"][entries]
        counts, whole = self._counts(asked.columns, entries, passages, np.repeat(np.arange(len(entries)), sizes))
        ends = np.cumsum(sizes)
        rare = held["rare_asked"][asked.columns]
        weights = _weights(asked, rare)
        titles = _cosines(counts, weights, held["lengths"][passages])
        titles[np.concatenate([ends - 2, ends - 1])] = 0  # bodies and what follows are not compared by themselves
        bodies = _cosines(counts[ends - sizes] + counts[ends - 2], weights, held["bodies"][entries])
        likest = np.maximum(np.maximum.reduceat(titles, ends - sizes), bodies)
        rare = held["rare"][asked.columns]
        cosines = _cosines(whole, _weights(asked, rare), held["wholes"][entries])
        damped = whole / (whole + (K1 * (1 - B + B * held["sizes"][entries]))[:, None])
        bm25 = (damped * rare).sum(1) / rare.sum()
        return Likeness(*(np.minimum(each, 1).astype(_FLOAT) for each in (likest, cosines, bm25)))

    def _counts(
        self, asked: np.ndarray, entries: np.ndarray, passages: np.ndarray, owners: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """How often some passages, and the entries that own them, have each n-gram of a question.

        Returns:
            (passages, asked) and (entries, asked).
        """
        held = self._held
        starts, sizes = held["starts"][passages], held["starts"][passages + 1] - held["starts"][passages]
        first, last = held["starts"][held["ends"][entries]], held["starts"][held["ends"][entries + 1]]
        slices = [slice(*each) for each in zip(first.tolist(), last.tolist(), strict=True)]
        columns = np.concatenate([held["columns"][each] for each in slices])
        wanted = np.zeros(BUCKETS, bool)  # a megabyte: what is looked up for each n-gram stays at hand
        wanted[asked] = True
        hits = np.flatnonzero(wanted[columns])
        behind = np.cumsum(sizes)
        passage = np.searchsorted(behind, hits, side="right")
        often = held["counts"][hits + (starts + sizes - behind)[passage]]
        which = np.searchsorted(asked, columns[hits])
        counts = np.zeros((len(passages), len(asked)), _COUNT)
        counts[passage, which] = often
        whole = np.bincount(owners[passage] * len(asked) + which, often, len(entries) * len(asked))
        return counts, np.minimum(whole, _OFTEN).astype(_COUNT).reshape(len(entries), -1)


_HELD = ("counts", "columns", "starts", "ends", "lengths", "bodies", "wholes", "sizes", "rare_asked", "rare")
"""Of a :class:`Forward`: ``counts``, ``columns``, ``starts`` of the passages' n-grams, as in :class:`Grams`. An entry
has the passages ``ends[i]:ends[i + 1]``: titles, body, rest. Lengths before they are made 1: ``lengths`` of passages,
``bodies`` of titles with bodies, ``wholes`` of entries; ``sizes`` of entries beside the mean. How rare an n-gram is:
``rare_asked`` in titles and bodies, ``rare`` in whole entries."""


def build(entries: Sequence[Passages]) -> tuple[Characters, Forward]:
    """Both indexes of some entries."""
    counts = ngram_counts([text for each in entries for text in (*each.titles, each.body, each.rest)])
    ends = np.concatenate([[0], np.cumsum([len(each.titles) + 2 for each in entries])])
    asked, wholes = (np.zeros(BUCKETS, np.int64) for _ in range(2))
    number = 0
    for block in _blocks(counts, ends):
        asked += np.bincount(block.asked.columns, minlength=BUCKETS)
        wholes += np.bincount(block.wholes.columns, minlength=BUCKETS)
        number += len(block.asked)
    rare_asked, rare = _idf(asked, number), _idf(wholes, len(entries))
    lengths, texts = [], []
    for block in _blocks(counts, ends):
        sizes = np.bincount(block.wholes.rows, block.wholes.data, len(block.wholes))
        lengths.append((_lengths(block.bodies, rare_asked), _lengths(block.wholes, rare), sizes))
        texts.append((tf_idf(block.asked, rare_asked), block.owners))
    bodies, whole, sizes = (np.concatenate(parts) for parts in zip(*lengths, strict=True))
    held = {
        "counts": counts.data,
        "columns": counts.columns,
        "starts": counts.starts.astype("<i8"),
        "ends": ends.astype("<i8"),
        "lengths": _lengths(counts, rare_asked),
        "bodies": bodies,
        "wholes": whole,
        "sizes": (sizes / max(float(sizes.mean()), 1.0)).astype(_FLOAT),
        "rare_asked": rare_asked,
        "rare": rare,
    }
    owners = np.concatenate([owners for _, owners in texts])
    return Characters.of([text for text, _ in texts], rare_asked, owners, len(entries)), Forward(held)


@dataclass(frozen=True)
class _Block:
    """Some entries, as they are compared with questions."""

    asked: Grams
    """Their titles and phrasings, then titles with bodies where there are any."""
    owners: np.ndarray
    """The entry of each of these."""
    bodies: Grams
    """Titles with bodies, of all."""
    wholes: Grams


def _blocks(counts: Grams, ends: np.ndarray) -> Iterator[_Block]:
    """Entries by the thousands: all at once would take several times the memory of what is kept."""
    from scipy.sparse import vstack

    for start in range(0, len(ends) - 1, _AT_ONCE):
        its = ends[start : start + _AT_ONCE + 1]
        passages = counts.taken(int(its[0]), int(its[-1])).matrix()
        first, body, last = its[:-1] - its[0], its[1:] - 2 - its[0], its[1:] - its[0]
        titles = np.setdiff1d(np.arange(passages.shape[0]), np.concatenate([body, body + 1]))
        some = _sums(passages.shape[0], first, first + 1) + _sums(passages.shape[0], body, body + 1)
        bodies = Grams.of(some @ passages)
        longer = np.flatnonzero(np.diff(passages.indptr)[body])
        yield _Block(
            asked=Grams.of(vstack([passages[titles], bodies.matrix()[longer]], format="csr")),
            owners=start + np.concatenate([np.searchsorted(last, titles, side="right"), longer]),
            bodies=bodies,
            wholes=Grams.of(_sums(passages.shape[0], first, last) @ passages),
        )


def _sums(count: int, starts: np.ndarray, ends: np.ndarray) -> csr_matrix:
    """What adds up some of ``count`` rows, range by range: (ranges, count)."""
    from scipy.sparse import csr_matrix

    rows = ranges(starts, ends)
    steps = np.concatenate([[0], np.cumsum(ends - starts)])
    return csr_matrix((np.ones(len(rows), np.float32), rows, steps), shape=(len(starts), count))


def _weights(asked: Grams, rare: np.ndarray) -> np.ndarray:
    """What each n-gram of a question brings to its cosine with a text, before the text's length."""
    weighted = _LOGARITHMS[asked.data] * rare
    found: np.ndarray = weighted / np.sqrt((weighted**2).sum()) * rare
    return found


def _cosines(counts: np.ndarray, weights: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Of rows of counts with a question: row by row, so that equal rows have equal ones."""
    found: np.ndarray = (_LOGARITHMS[counts] * weights).sum(1) / np.maximum(lengths, 1e-9)
    return found
