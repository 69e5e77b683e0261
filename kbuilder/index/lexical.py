"""BM25 over stemmed words.

As in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), in Lucene's variant.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from kbuilder.index.vectors import mapped
from kbuilder.text import fold, words

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
_COLUMNS = ("data", "indices", "indptr", "most")
"""Of a sparse matrix, stem by stem: weights, texts in rising order, where each stem begins, its largest weight."""
_FLOAT, _INT = np.dtype("<f4"), np.dtype("<i4")
_DOUBT = 1e-4
"""By which sums of weights may be rounded."""
_WORTH, _DONE, _FEW = 1 / 8, 3, 1 / 32
"""When it is worth to look for the few that can be among the best: a stem is in so great a share of all texts, and
what was added up is so many times what is left. How few they must be beside those that have the stem: to look one up
takes so much longer than to add one up."""
_TOGETHER, _ENOUGH = 32, 4
"""Scores of which the highest is taken; and how many times what is looked for these must be, to be worth it."""


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
    """What BM25 says of some entries on one question."""

    bm25: np.ndarray
    """As share of what no entry's score exceeds on this question: in [0, 1]."""
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
        common: frozenset[str] = frozenset(),
    ) -> None:
        self.common = common
        """Words that say nothing of what a text is about, folded."""
        self._columns = columns
        self._vocabulary = vocabulary
        self._rows = rows

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]], rows: np.ndarray, language: str = "") -> Words:
        """Index stemmed texts.

        Args:
            texts: the stems of each text.
            rows: the entry that each text is, rising.
            language: its common words are kept beside.
        """
        import bm25s
        from scipy.sparse import csc_matrix

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG, whoever listens
        known = sorted({stem for text in texts for stem in text})
        vocabulary = {stem: number for number, stem in enumerate(known)}
        engine = bm25s.BM25(k1=K1, b=B, method="lucene")
        engine.index(([[vocabulary[stem] for stem in text] for text in texts], vocabulary), show_progress=False)
        data, indices, indptr = (np.asarray(engine.scores[name]) for name in _COLUMNS[:3])
        weights = csc_matrix((data, indices, indptr), shape=(len(texts), len(known)))
        weights.sort_indices()
        columns = {
            "data": weights.data.astype(_FLOAT),
            "indices": weights.indices.astype(_INT),
            "indptr": weights.indptr.astype("<i8"),
            "most": weights.max(0).toarray()[0].astype(_FLOAT),
        }
        return cls(columns, vocabulary, rows, common_words(language))

    def save(self, folder: Path) -> None:
        folder.mkdir()
        for name, array in {**self._columns, "rows": self._rows}.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
        for name, held in (("stems", [*self._vocabulary]), ("common", sorted(self.common))):
            (folder / f"{name}.json").write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> Words:
        held = {name: mapped(folder, name) for name in (*_COLUMNS, "rows")}
        known, common = (
            json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("stems", "common")
        )
        vocabulary = {stem: number for number, stem in enumerate(known)}
        return cls(held, vocabulary, held["rows"], frozenset(common))

    def idf(self, stem: str) -> float:
        """How rare a stem is (Lucene's idf); a stem that no entry has is the rarest."""
        return self._rare(self.frequency(stem))

    def frequency(self, stem: str) -> int:
        """How many entries have a stem."""
        column = self._vocabulary.get(stem)
        return 0 if column is None else int(np.diff(self._columns["indptr"][column : column + 2])[0])

    def asked(self, text: str, language: str) -> list[str]:
        """A question's stems, and the parts of its compounds that entries have."""
        found = stems(text, language)
        split = language.partition("-")[0] in COMPOUNDING
        return [*found, *(part for stem in found for part in parts(stem, self.frequency))] if split else found

    def best(self, question: Iterable[str], count: int) -> np.ndarray:
        """The entries of the ``count`` highest scores above 0; equal ones in the order of entries.

        Stems are added up from the rarest on. Before one that many entries have, it is seen whether an entry that has
        only what is left could still be among the best; if not, and few can, what is left is looked up for those
        (MaxScore: Turtle and Flood, "Query evaluation: strategies and optimizations", 1995).
        """
        asked = self._columns_of(question)
        bounds = np.cumsum(self._columns["most"][asked][::-1])[::-1] + _DOUBT
        scores, texts = np.zeros(len(self._rows), _FLOAT), None
        for place, column in enumerate(asked.tolist()):
            held, more = self._held(column), float(bounds[place])
            having = held.stop - held.start
            if texts is not None:
                few = _reaching(scores, count, more, len(texts))
                texts, scores = (texts, scores) if few is None else (texts[few], scores[few])
            elif having > len(scores) * _WORTH and bounds[0] - more > _DONE * more:
                texts = _reaching(scores, count, more, having * _FEW)
                scores = scores if texts is None else scores[texts]
            if texts is None:
                np.add.at(scores, self._columns["indices"][held], self._columns["data"][held])
            else:
                scores += self._weights(column, texts)
        best = highest(scores, count)
        entries: np.ndarray = self._rows[best if texts is None else texts[best]]
        return entries

    def scores(self, question: Iterable[str], entries: np.ndarray) -> WordScores:
        """Scores of some entries; those of other languages are 0."""
        stems_of_it = [*question]
        asked, most = self._columns_of(stems_of_it), self._most(stems_of_it)
        texts = np.minimum(np.searchsorted(self._rows, entries), len(self._rows) - 1)
        mine = np.flatnonzero(self._rows[texts] == entries)
        its = texts[mine].astype(_INT)
        sums, covered = np.zeros(len(its), _FLOAT), np.zeros(len(its), _FLOAT)
        for column in asked.tolist():
            weights = self._weights(column, its)
            sums += weights
            covered += (weights > 0) * _FLOAT.type(self._idf_of(column))
        bm25, coverage = np.zeros(len(entries), _FLOAT), np.zeros(len(entries), _FLOAT)
        bm25[mine], coverage[mine] = sums, covered
        return WordScores(bm25 / most, coverage / most) if most else WordScores(bm25, coverage)

    def known(self, question: Iterable[str]) -> float:
        """Share of a question's words that any entry has, weighted by rarity: in [0, 1]."""
        asked = [*question]
        most = self._most(asked)
        return sum(map(self._idf_of, self._columns_of(asked).tolist())) / most if most else 0.0

    def _most(self, question: Iterable[str]) -> float:
        """What no entry's score exceeds."""
        return sum(self.idf(stem) for stem in sorted({stem for stem in question if stem}))

    def _columns_of(self, question: Iterable[str]) -> np.ndarray:
        """The columns of the stems that entries have, the rarest first."""
        asked = np.array(
            [self._vocabulary[stem] for stem in sorted({*question}) if stem in self._vocabulary], np.int64
        )
        counts = self._columns["indptr"][asked + 1] - self._columns["indptr"][asked]
        found: np.ndarray = asked[np.argsort(counts, kind="stable")]
        return found

    def _held(self, column: int) -> slice:
        """Where a stem's weights stand."""
        return slice(*self._columns["indptr"][column : column + 2].tolist())

    def _weights(self, column: int, texts: np.ndarray) -> np.ndarray:
        """A stem's weight in some texts."""
        held = self._held(column)
        having = self._columns["indices"][held]
        places = np.minimum(np.searchsorted(having, texts.astype(_INT, copy=False)), len(having) - 1)
        found: np.ndarray = np.where(having[places] == texts, self._columns["data"][held][places], _FLOAT.type(0))
        return found

    def _idf_of(self, column: int) -> float:
        held = self._held(column)
        return self._rare(held.stop - held.start)

    def _rare(self, count: int) -> float:
        return float(np.log(1 + (len(self._rows) - count + 0.5) / (count + 0.5)))


def _reaching(scores: np.ndarray, count: int, more: float, most: float) -> np.ndarray | None:
    """The texts that can be among the best if each gains so much.

    ``None``: they are more than ``most``, or one that is not touched could be among them, too.
    """
    least = _least(scores, count) - more
    if least <= 0:
        return None
    can = scores >= least
    return np.flatnonzero(can) if np.count_nonzero(can) <= most else None


def highest(scores: np.ndarray, count: int) -> np.ndarray:
    """Places of the highest scores above 0; equal ones in their order."""
    least = _least(scores, count)
    places = np.flatnonzero(scores >= least if least > 0 else scores > 0)  # a few, and those are put in order
    found: np.ndarray = places[np.argsort(-scores[places], kind="stable")][:count]
    return found


def _least(scores: np.ndarray, count: int) -> float:
    """What none of the ``count`` highest scores is below, as high as can be told quickly; 0 where they are fewer.

    Of many scores the highest of every so many are compared: at least ``count`` are as high as the last of these.
    """
    width = len(scores) // _TOGETHER
    some = scores[: width * _TOGETHER].reshape(_TOGETHER, width).max(0) if width > _ENOUGH * count else scores
    return float(np.partition(some, -count)[-count]) if len(some) > count else 0.0


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
        Words.build(split, rows, language).save(place)
    (folder / "languages.json").write_text(json.dumps(languages), encoding="utf-8")


def open_words(folder: Path) -> dict[str, Words]:
    """The BM25 index of each language."""
    languages = json.loads((folder / "languages.json").read_text(encoding="utf-8"))
    return {language: Words.open(folder / (language or "unknown")) for language in languages}
