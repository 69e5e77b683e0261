"""The lexical legs: BM25 over stemmed words, and cosine over character 3- to 5-grams.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), in Lucene's
variant. Characters carry what stemming misses: compounds, typos, names of products.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
K1, B = 1.5, 0.75
_BUCKETS = 2**20
"""Character n-grams are hashed into so many columns: no vocabulary to keep."""
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
    """BM25 over the entries of one language."""

    def __init__(self, engine: Any, rows: np.ndarray, size: int) -> None:
        self._engine = engine
        self._rows = rows
        self._size = size

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]], rows: np.ndarray, size: int) -> Words:
        """Index stemmed texts.

        Args:
            texts: the stems of each text.
            rows: the entry that each text is, of ``size`` entries.
        """
        import bm25s

        known = sorted({stem for text in texts for stem in text})
        vocabulary = {stem: number for number, stem in enumerate(known)}
        engine = bm25s.BM25(k1=K1, b=B, method="lucene")
        engine.index(([[vocabulary[stem] for stem in text] for text in texts], vocabulary), show_progress=False)
        return cls(engine, rows, size)

    def save(self, folder: Path) -> None:
        self._engine.save(folder, show_progress=False)
        np.save(folder / "rows.npy", self._rows, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, size: int) -> Words:
        import bm25s

        engine = bm25s.BM25.load(folder, mmap=True, load_corpus=False, show_progress=False)
        return cls(engine, np.load(folder / "rows.npy", mmap_mode="r", allow_pickle=False), size)

    def idf(self, stem: str) -> float:
        """How rare a stem is (Lucene's idf); a stem that no entry has is the rarest."""
        count = self._count(stem)
        return float(np.log(1 + (len(self._rows) - count + 0.5) / (count + 0.5)))

    def scores(self, question: Iterable[str]) -> WordScores:
        """Scores of all entries; those of other languages are 0."""
        asked = sorted({stem for stem in question if stem})
        bm25, coverage = np.zeros(self._size, _FLOAT), np.zeros(self._size, _FLOAT)
        most = sum(self.idf(stem) for stem in asked)
        known = [stem for stem in asked if self._count(stem)]
        if known:
            found = self._engine.get_scores_from_ids([self._engine.vocab_dict[stem] for stem in known])
            bm25[self._rows] = found[: len(self._rows)] / most
            for stem in known:
                coverage[self._rows[self._having(stem)]] += self.idf(stem) / most
        return WordScores(bm25, coverage)

    def known(self, question: Iterable[str]) -> float:
        """Share of a question's words that any entry has, weighted by rarity: in [0, 1]."""
        asked = sorted({stem for stem in question if stem})
        most = sum(self.idf(stem) for stem in asked)
        return sum(self.idf(stem) for stem in asked if self._count(stem)) / most if most else 0.0

    def _having(self, stem: str) -> np.ndarray:
        held, column = self._engine.scores, self._engine.vocab_dict.get(stem)
        if column is None:
            return np.zeros(0, _INT)
        having: np.ndarray = held["indices"][held["indptr"][column] : held["indptr"][column + 1]]
        return having

    def _count(self, stem: str) -> int:
        return len(self._having(stem))


def ngram_counts(texts: Sequence[str]) -> csr_matrix:
    """How often each character 3- to 5-gram stands in each text, on a logarithmic scale: (n, 2**20), unweighted.

    N-grams do not cross words; a word's beginning and end count as characters.
    """
    from sklearn.feature_extraction.text import HashingVectorizer

    reader = HashingVectorizer(
        analyzer="char_wb",
        ngram_range=(3, 5),
        n_features=_BUCKETS,
        alternate_sign=False,
        norm=None,
        lowercase=False,
        dtype=np.float32,
    )
    counts: csr_matrix = reader.transform([" ".join(fold(word) for word in words(text)) for text in texts])
    counts.data = 1 + np.log(counts.data)
    counts.sort_indices()
    return counts


def tf_idf(counts: csr_matrix, idf: np.ndarray) -> csr_matrix:
    """Counts weighted by rarity, each row of length 1 (or 0 where a text has no n-gram)."""
    from sklearn.preprocessing import normalize

    weighted = counts.copy()
    weighted.data = weighted.data * idf[weighted.indices]
    unit: csr_matrix = normalize(weighted, copy=False)
    return unit


def rarity(counts: csr_matrix) -> np.ndarray:
    """The smoothed idf of each column: (2**20,) float32."""
    held = np.bincount(counts.indices, minlength=_BUCKETS)
    found: np.ndarray = (np.log((1 + counts.shape[0]) / (1 + held)) + 1).astype(_FLOAT)
    return found


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
        inverted = tf_idf(counts, idf).tocsc()
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
        held = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in ("data", "indices", "indptr", "idf", "owners")
        }
        return cls(held, held["idf"], held["owners"], size)

    def scores(self, question: str) -> np.ndarray:
        """The cosine of each entry, in [0, 1]: (size,) float32."""
        asked = tf_idf(ngram_counts([question]), self._idf)
        texts = np.zeros(len(self._owners), _FLOAT)
        held = self._columns
        for column, weight in zip(asked.indices, asked.data, strict=True):
            start, end = held["indptr"][column], held["indptr"][column + 1]
            texts[held["indices"][start:end]] += weight * held["data"][start:end]
        best = np.zeros(self._size, _FLOAT)
        np.maximum.at(best, self._owners, texts)
        return np.minimum(best, 1)


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
        Words.build([stemmed[row][1] for row in rows], rows, len(stemmed)).save(place)
    (folder / "languages.json").write_text(json.dumps(languages), encoding="utf-8")


def open_words(folder: Path, size: int) -> dict[str, Words]:
    """The BM25 index of each language."""
    languages = json.loads((folder / "languages.json").read_text(encoding="utf-8"))
    return {language: Words.open(folder / (language or "unknown"), size) for language in languages}
