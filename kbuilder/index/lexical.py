"""The lexical legs: BM25 over stemmed words, and cosine over character 3- to 5-grams.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), in Lucene's
variant. Characters carry what stemming misses: compounds, typos, names of products.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from kbuilder.text import fold, words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SNOWBALL = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
"""Languages whose words are reduced to stems; those of others stay as they are."""
_COMMON = {
    "da": "DANISH", "de": "GERMAN", "en": "EN_PLUS", "es": "SPANISH", "fr": "FRENCH", "it": "ITALIAN",
    "nl": "DUTCH", "no": "NORWEGIAN", "pt": "PORTUGUESE", "ru": "RUSSIAN", "sv": "SWEDISH", "tr": "TURKISH",
}  # fmt: skip
COMPOUNDING = frozenset({"da", "de", "fi", "nl", "no", "sv"})
"""Languages that write compounds as one word."""
_LINKS = ("", "s", "es", "n", "en", "er", "e")
"""What may stand between a compound's parts."""
_SHORTEST = 4
"""Letters of a part, at least."""
K1, B = 1.5, 0.75
_SIZES = (3, 4, 5)
BUCKETS = 2**20
"""Character n-grams are hashed into so many columns: no vocabulary to keep."""
_COLUMNS = ("data", "indices", "indptr")
"""Of a sparse matrix, stem by stem: weights, texts, and where each stem begins."""
_FLOAT, _INT = np.dtype("<f4"), np.dtype("<i4")


def stems(text: str, language: str) -> list[str]:
    """The words of a text, folded and reduced to their stems, in order.

    >>> stems("Größere Passwörter", "de") == stems("groesseres passwort", "de")
    True
    """
    from Stemmer import Stemmer

    found = [fold(word) for word in words(text)]
    name = SNOWBALL.get(language.partition("-")[0])
    # A new one each time, without its cache: a stemmer may not be used by two threads.
    return Stemmer(name, 0).stemWords(found) if name else found


def parts(stem: str, frequency: Callable[[str], int]) -> list[str]:
    """The two words that a compound is made of, where the corpus has both: the most frequent ones.

    Args:
        frequency: how many entries have a stem.

    >>> parts("passwortaenderung", {"passwort": 3, "aenderung": 2}.get)
    ['passwort', 'aenderung']
    """
    best: list[str] = []
    most = 0.0
    for place in range(_SHORTEST, len(stem) - _SHORTEST + 1):
        tail = frequency(stem[place:]) or 0
        for link in _LINKS if tail else ():
            head = stem[:place].removesuffix(link)
            often = tail * (frequency(head) or 0) if len(head) >= _SHORTEST and stem[:place].endswith(link) else 0
            if often > most:
                best, most = [head, stem[place:]], often
    return best


def split_compounds(texts: Sequence[list[str]]) -> list[list[str]]:
    """Stemmed texts with the parts of their compounds behind them."""
    frequency = Counter(stem for text in texts for stem in set(text))
    known = {stem: parts(stem, lambda each: frequency[each]) for stem in sorted(frequency)}
    return [[*text, *(part for stem in text for part in known[stem])] for text in texts]


@cache
def common_words(language: str) -> frozenset[str]:
    """Words of a language that say nothing of what a text is about, folded; none for a language not known."""
    from bm25s import stopwords

    name = _COMMON.get(language.partition("-")[0])
    return frozenset(fold(word) for word in getattr(stopwords, f"STOPWORDS_{name}")) if name else frozenset()


@dataclass(frozen=True)
class WordScores:
    """What BM25 says on one question: arrays over all entries."""

    bm25: np.ndarray
    """As share of the most that any entry could reach for this question: in [0, 1]."""
    coverage: np.ndarray
    """Share of the question's words that an entry has, each weighted by how rare it is: in [0, 1]."""


class Words:
    """BM25 over the entries of one language.

    bm25s weighs each stem of each entry when an index is made; to score is to add up the question's columns, so that
    whoever asks does not wait for what only an index needs.
    """

    def __init__(
        self,
        columns: dict[str, np.ndarray],
        vocabulary: dict[str, int],
        rows: np.ndarray,
        size: int,
        common: frozenset[str] = frozenset(),
    ) -> None:
        self.common = common
        """Words that say nothing of what a text is about, folded."""
        self._columns = columns
        self._vocabulary = vocabulary
        self._rows = rows
        self._size = size

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]], rows: np.ndarray, size: int, language: str = "") -> Words:
        """Index stemmed texts.

        Args:
            texts: the stems of each text.
            rows: the entry that each text is, of ``size`` entries.
            language: its common words are kept beside.
        """
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG, whoever listens
        known = sorted({stem for text in texts for stem in text})
        vocabulary = {stem: number for number, stem in enumerate(known)}
        engine = bm25s.BM25(k1=K1, b=B, method="lucene")
        engine.index(([[vocabulary[stem] for stem in text] for text in texts], vocabulary), show_progress=False)
        columns = {name: np.asarray(engine.scores[name]) for name in _COLUMNS}
        return cls(columns, vocabulary, rows, size, common_words(language))

    def save(self, folder: Path) -> None:
        folder.mkdir()
        for name, array in {**self._columns, "rows": self._rows}.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
        for name, held in (("stems", [*self._vocabulary]), ("common", sorted(self.common))):
            (folder / f"{name}.json").write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path, size: int) -> Words:
        held = {name: _mapped(folder / f"{name}.npy") for name in (*_COLUMNS, "rows")}
        known, common = (
            json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("stems", "common")
        )
        vocabulary = {stem: number for number, stem in enumerate(known)}
        return cls(held, vocabulary, held["rows"], size, frozenset(common))

    def idf(self, stem: str) -> float:
        """How rare a stem is (Lucene's idf); a stem that no entry has is the rarest."""
        count = self._count(stem)
        return float(np.log(1 + (len(self._rows) - count + 0.5) / (count + 0.5)))

    def asked(self, text: str, language: str) -> list[str]:
        """A question's stems, and the parts of its compounds that entries have."""
        found = stems(text, language)
        split = language.partition("-")[0] in COMPOUNDING
        return [*found, *(part for stem in found for part in parts(stem, self._count))] if split else found

    def scores(self, question: Iterable[str]) -> WordScores:
        """Scores of all entries; those of other languages are 0."""
        asked = sorted({stem for stem in question if stem})
        bm25, coverage = np.zeros(len(self._rows), _FLOAT), np.zeros(len(self._rows), _FLOAT)
        most = sum(self.idf(stem) for stem in asked)
        for stem in asked:
            having = self._having(stem)
            if len(having):
                np.add.at(bm25, having, self._columns["data"][self._column(stem)] / most)
                np.add.at(coverage, having, _FLOAT.type(self.idf(stem) / most))
        return WordScores(self._of_entries(bm25), self._of_entries(coverage))

    def _of_entries(self, scores: np.ndarray) -> np.ndarray:
        """The scores of texts as those of all entries."""
        if len(scores) == self._size:
            return scores
        found = np.zeros(self._size, _FLOAT)
        found[self._rows] = scores
        return found

    def known(self, question: Iterable[str]) -> float:
        """Share of a question's words that any entry has, weighted by rarity: in [0, 1]."""
        asked = sorted({stem for stem in question if stem})
        most = sum(self.idf(stem) for stem in asked)
        return sum(self.idf(stem) for stem in asked if self._count(stem)) / most if most else 0.0

    def _column(self, stem: str) -> slice:
        """Where a stem's weights stand."""
        column = self._vocabulary.get(stem)
        return slice(0, 0) if column is None else slice(*self._columns["indptr"][column : column + 2].tolist())

    def _having(self, stem: str) -> np.ndarray:
        found: np.ndarray = self._columns["indices"][self._column(stem)]
        return found

    def _count(self, stem: str) -> int:
        return len(self._having(stem))


@dataclass(frozen=True)
class Grams:
    """How often each character n-gram stands in each text, on a logarithmic scale: the rows of a sparse matrix."""

    data: np.ndarray
    """float32: 1 for an n-gram that stands once."""
    columns: np.ndarray
    """int32, rising within a text."""
    starts: np.ndarray
    """(texts + 1,): text ``i`` has values ``starts[i]:starts[i + 1]``."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def rows(self) -> np.ndarray:
        """The text of each value."""
        found: np.ndarray = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return found

    def matrix(self) -> csr_matrix:
        """(texts, 2**20) float32."""
        from scipy.sparse import csr_matrix

        return csr_matrix((self.data, self.columns, self.starts), shape=(len(self), BUCKETS))


def ngram_counts(texts: Sequence[str]) -> Grams:
    """Character 3- to 5-grams, each hashed into a column; a text's words are folded first.

    N-grams do not cross words; a word's beginning and end count as characters.
    """
    known: dict[str, list[int]] = {}
    data, columns = [np.zeros(0, np.float32)], [np.zeros(0, _INT)]
    for text in texts:
        found = [fold(word) for word in words(text)]
        known.update((word, _ngrams(word)) for word in {*found} - known.keys())
        unique, counts = np.unique([column for word in found for column in known[word]], return_counts=True)
        data.append((1 + np.log(counts)).astype(np.float32))
        columns.append(unique.astype(_INT))
    starts = np.cumsum([len(each) for each in columns], dtype=np.int64)
    return Grams(np.concatenate(data), np.concatenate(columns), starts)


def _ngrams(word: str) -> list[int]:
    """The columns of a word's n-grams: CRC-32 is the same on every machine, and in Python's own library."""
    padded = f" {word} "
    grams = (padded[at : at + size] for size in _SIZES for at in range(len(padded) - size + 1))
    return [crc32(gram.encode()) % BUCKETS for gram in grams]


def tf_idf(counts: Grams, idf: np.ndarray) -> Grams:
    """Counts weighted by rarity, each row of length 1 (or 0 where a text has no n-gram)."""
    weighted = counts.data * idf[counts.columns]
    lengths = np.sqrt(np.bincount(counts.rows, weighted**2, len(counts)))
    return replace(counts, data=(weighted / lengths[counts.rows]).astype(np.float32))


def rarity(counts: Grams, columns: int = BUCKETS) -> np.ndarray:
    """The smoothed idf of each column: (columns,) float32."""
    held = np.bincount(counts.columns, minlength=columns)
    found: np.ndarray = (np.log((1 + len(counts)) / (1 + held)) + 1).astype(_FLOAT)
    return found


def _mapped(file: Path) -> np.ndarray:
    """An array that stays in its file; not as a ``memmap``, each slice of which costs as much as a small sum."""
    return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))


class Characters:
    """Cosine of character n-gram TF-IDF; an entry's score is that of its best text."""

    def __init__(self, columns: dict[str, np.ndarray], idf: np.ndarray, owners: np.ndarray, size: int) -> None:
        self._columns = columns
        self._idf = idf
        self._owners = owners
        self._size = size

    @classmethod
    def build(cls, texts: Sequence[str], owners: np.ndarray, size: int) -> Characters:
        """Index texts; ``owners`` says which of ``size`` entries each belongs to."""
        counts = ngram_counts(texts)
        idf = rarity(counts)
        inverted = tf_idf(counts, idf).matrix().tocsc()
        inverted.sort_indices()
        columns = {
            "data": inverted.data.astype(_FLOAT),
            "indices": inverted.indices.astype(_INT),
            "indptr": inverted.indptr.astype("<i8"),
        }
        return cls(columns, idf, owners, size)

    def save(self, folder: Path) -> None:
        folder.mkdir()
        for name, array in {**self._columns, "idf": self._idf, "owners": self._owners}.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, size: int) -> Characters:
        held = {name: _mapped(folder / f"{name}.npy") for name in ("data", "indices", "indptr", "idf", "owners")}
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


class Texts:
    """Character n-grams of whole entries, read forwards: for those that were already found.

    BM25 counts an n-gram however long the text is, the cosine compares whole texts.
    """

    def __init__(self, held: dict[str, np.ndarray]) -> None:
        self._held = held

    @classmethod
    def build(cls, texts: Sequence[str]) -> Texts:
        """One text for each entry."""
        counts = ngram_counts(texts)
        idf = rarity(counts)
        lengths = np.sqrt(np.bincount(counts.rows, (counts.data * idf[counts.columns]) ** 2, len(texts)))
        sizes = np.bincount(counts.rows, np.exp(counts.data - 1), len(texts))
        return cls(
            {
                "data": counts.data.astype(_FLOAT),
                "indices": counts.columns,
                "indptr": counts.starts.astype("<i8"),
                "idf": idf,
                "lengths": lengths.astype(_FLOAT),
                "sizes": (sizes / max(float(sizes.mean()), 1.0)).astype(_FLOAT),
            }
        )

    def save(self, folder: Path) -> None:
        folder.mkdir()
        for name, array in self._held.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> Texts:
        names = ("data", "indices", "indptr", "idf", "lengths", "sizes")
        return cls({name: _mapped(folder / f"{name}.npy") for name in names})

    def scores(self, question: str, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cosine of TF-IDF, and BM25 as share of what the question could reach, of some entries: in [0, 1]."""
        held = self._held
        asked = ngram_counts([question])
        weights = np.asarray(held["idf"])[asked.columns]
        logs = asked.data * weights
        length, most = float(np.sqrt((logs**2).sum())), float(weights.sum())
        if not most or not len(rows):
            return np.zeros(len(rows), _FLOAT), np.zeros(len(rows), _FLOAT)
        starts, ends = held["indptr"][rows], held["indptr"][rows + 1]
        columns = np.concatenate([held["indices"][a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)])
        wanted = np.zeros(BUCKETS, bool)  # a megabyte: what is looked up for each n-gram stays at hand
        wanted[asked.columns] = True
        hit = np.flatnonzero(wanted[columns])
        behind = np.cumsum(ends - starts)
        owners = np.searchsorted(behind, hit, side="right")
        logarithms = held["data"][hit + (ends - behind)[owners]]
        which = np.searchsorted(asked.columns, columns[hit])
        inner = np.bincount(owners, logs[which] * logarithms * weights[which], len(rows))
        often = np.exp(logarithms - 1)
        damped = often / (often + K1 * (1 - B + B * held["sizes"][rows][owners]))
        bm25 = np.bincount(owners, weights[which] * damped, len(rows)) / most
        cosines = inner / (length * np.maximum(held["lengths"][rows], 1e-9))
        return np.minimum(cosines, 1).astype(_FLOAT), np.minimum(bm25, 1).astype(_FLOAT)


def write_words(folder: Path, stemmed: Sequence[tuple[str, Sequence[str]]]) -> None:
    """One BM25 index for each language that has a word: one is rare or common within its language.

    Args:
        stemmed: language and stems of each entry.
    """
    folder.mkdir()
    languages = sorted({language for language, stems_of_it in stemmed if stems_of_it})
    for language in languages:
        rows = np.array([row for row, (its, _) in enumerate(stemmed) if its == language], _INT)
        place = folder / (language or "unknown")
        texts = [list(stemmed[row][1]) for row in rows]
        split = split_compounds(texts) if language in COMPOUNDING else texts
        Words.build(split, rows, len(stemmed), language).save(place)
    (folder / "languages.json").write_text(json.dumps(languages), encoding="utf-8")


def open_words(folder: Path, size: int) -> dict[str, Words]:
    """The BM25 index of each language."""
    languages = json.loads((folder / "languages.json").read_text(encoding="utf-8"))
    return {language: Words.open(folder / (language or "unknown"), size) for language in languages}
