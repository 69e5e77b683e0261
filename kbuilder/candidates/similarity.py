"""How alike two threads are: the cosine of their vectors mixed convexly with that of their character n-grams.

To that is added, where it is known, which share of their nearest neighbours they have in common (after Jarvis and
Patrick 1973): two that ask one problem are near to the same others, whatever the words of either.

All are inner products, so the mean similarity of two groups is the inner product of the groups' means. All that
follows rests on this: average linkage of whole groups, cohesion and representative need no matrix of all pairs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kbuilder.index import entries, ngrams
from kbuilder.markup import plain
from kbuilder.records import Article, Thread
from kbuilder.text import fold, squeeze

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

QUESTION_WORDS, ANSWER_WORDS = 80, 120
"""Together with a title about what a small model reads (256 tokens); a long tale must not push the answer out."""
PARTS = 4
"""Parts of the evidence, of which halves are made."""
DIGITS = 6
"""Similarities are rounded to so many decimals: the last bits depend on the machine, ties must not."""


def text_of(thread: Thread) -> str:
    """What a thread is compared by: its title, the question's beginning and its first solution's beginning.

    Two people word one problem in ways that share no word; the answers that helped them agree.
    """
    parts = [thread.title, _beginning(plain(thread.question.body), QUESTION_WORDS)]
    parts += [_beginning(plain(post.body), ANSWER_WORDS) for post in thread.solutions[:1]]
    return "\n".join(part for part in parts if part.strip())


def text_of_article(article: Article) -> str:
    """What an article is compared by, likewise: its title, how it was asked, and its answer's beginning."""
    entry = entries.of_article(article)
    parts = [entry.title, _beginning("\n".join((*entry.phrasings, entry.body)), QUESTION_WORDS)]
    return "\n".join(part for part in (*parts, _beginning("\n".join(entry.answers), ANSWER_WORDS)) if part.strip())


def normal(text: str) -> str:
    """What identical texts have in common: case, accents and white space do not count."""
    return squeeze(fold(text))


def _beginning(text: str, words: int) -> str:
    return " ".join(text.split()[:words])


@dataclass(frozen=True)
class Features:
    """Rows whose inner products are added up to the similarity; a leg that is not used is ``None``."""

    dense: np.ndarray | None
    """(n, d) float32, unit length for a single text, a mean of such for a group."""
    lexical: csr_matrix | None
    """(n, columns) float32, likewise."""
    share: float
    """Of the lexical leg, in [0, 1]."""
    background: np.ndarray | None = None
    """(n,) what is taken off each similarity of a row; a mean of such for a group."""
    company: csr_matrix | None = None
    """(n, columns) float32, the neighbours of each row (:mod:`company`); a mean of such for a group."""
    weight: float = 0.0
    """What sharing all neighbours adds."""

    @classmethod
    def of(
        cls, texts: Sequence[str], vectors: np.ndarray | None, share: float, idf: np.ndarray | None = None
    ) -> Features:
        """The legs of some texts; without vectors the lexical one alone.

        Args:
            idf: of n-grams, as :func:`rarity` finds it in other texts; by default in these.

        Raises:
            ValueError: not one vector for each text.
        """
        if vectors is not None and len(vectors) != len(texts):
            raise ValueError(f"{len(vectors)} vectors for {len(texts)} texts")
        if vectors is None:
            return cls(None, _characters(texts, idf), 1.0)
        dense = np.ascontiguousarray(vectors, np.float32)
        return cls(dense, _characters(texts, idf) if share > 0 else None, share)

    @property
    def size(self) -> int:
        leg = self.dense if self.dense is not None else self.lexical
        return 0 if leg is None else int(leg.shape[0])

    def means(self, groups: Sequence[np.ndarray]) -> Features:
        """One row for each group of rows: their mean."""
        from scipy.sparse import csr_matrix

        sizes = np.array([len(rows) for rows in groups], np.int64)
        members = self.rows(np.concatenate([*groups, np.zeros(0, np.int64)]).astype(np.int64))
        owners = np.repeat(np.arange(len(groups)), sizes)
        weights = np.repeat(1 / sizes, sizes)
        mean = csr_matrix((weights, (owners, np.arange(len(owners)))), shape=(len(groups), len(owners)))
        dense = None if members.dense is None else np.asarray(mean @ members.dense)
        words = None if members.lexical is None else (mean @ members.lexical).tocsr()
        background = None if members.background is None else np.asarray(mean @ members.background)
        near = None if members.company is None else (mean @ members.company).tocsr()
        return Features(dense, words, self.share, background, near, self.weight)

    def rows(self, chosen: np.ndarray) -> Features:
        """Some of the rows, in that order; all of them are not copied."""
        if len(chosen) == self.size and (chosen == np.arange(self.size)).all():
            return self
        return Features(
            None if self.dense is None else self.dense[chosen],
            None if self.lexical is None else self.lexical[chosen],
            self.share,
            None if self.background is None else self.background[chosen],
            None if self.company is None else self.company[chosen],
            self.weight,
        )

    def narrowed(self) -> Features:
        """Without the columns of sparse legs that no row has: they only cost time where rows are compared."""
        return replace(self, lexical=_narrow(self.lexical), company=_narrow(self.company))

    def matrix(self) -> np.ndarray:
        """The similarity of all pairs: (n, n) float64, symmetric."""
        found = np.zeros((self.size, self.size))
        for leg, share in self._legs():
            found += share * _products(leg)
        if self.company is not None:
            found += self.weight * _products(self.company)
        if self.background is not None:
            found -= self.background[:, None] + self.background
        return _symmetric(found)

    def _legs(self) -> Iterator[tuple[Any, float]]:
        """Each leg that is used, and its share."""
        if self.dense is not None:
            yield self.dense, 1 - self.share
        if self.lexical is not None:
            yield self.lexical, self.share

    def against(self, others: Features) -> np.ndarray:
        """The similarity of each row to each of others: (n, others.size) float64. Backgrounds do not count."""
        found = np.zeros((self.size, others.size))
        if self.dense is not None and others.dense is not None:
            np.matmul(self.dense.astype(np.float64), others.dense.astype(np.float64).T, out=found)
            found *= 1 - self.share
        if self.lexical is not None and others.lexical is not None:
            found += self.share * (self.lexical @ others.lexical.T).toarray()
        if self.company is not None and others.company is not None:
            found += self.weight * (self.company @ others.company.T).toarray()
        return np.round(found, DIGITS, out=found)

    def halvings(self, deals: int = 1) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The similarity of all pairs by each half of vectors and n-grams: (n, n) float64 each, symmetric.

        The columns of either leg are dealt to four parts by chance, and any two of them are a half against the
        others: three halvings for the price of one product. Rows are of unit length in every half.

        Args:
            deals: how often the columns are dealt.
        """
        for deal in range(deals):
            legs = [(share, _dealt(leg, deal)) for leg, share in self._legs()]
            for more in itertools.combinations(range(1, PARTS), PARTS // 2 - 1):
                one = (0, *more)
                yield self._half(legs, one), self._half(legs, [part for part in range(PARTS) if part not in one])

    def _half(self, legs: Sequence[tuple[float, Sequence[np.ndarray]]], chosen: Sequence[int]) -> np.ndarray:
        found = np.zeros((self.size, self.size))
        for share, parts in legs:
            found += share * _unit(np.array([parts[part] for part in chosen]).sum(0, np.float64))
        return _symmetric(found)

    def pairs(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """The similarity of pairs of rows: (pairs,) float64."""
        found = np.zeros(len(left))
        for part in _blocks(len(left)):
            if self.dense is not None:
                products = self.dense[left[part]] * self.dense[right[part]]
                found[part] += (1 - self.share) * products.sum(1, dtype=np.float64)
            for leg, share in ((self.lexical, self.share), (self.company, self.weight)):
                if leg is not None:
                    found[part] += share * np.asarray(leg[left[part]].multiply(leg[right[part]]).sum(1)).ravel()
        return np.round(found, DIGITS)

    def to_others(self) -> np.ndarray:
        """Each row's mean similarity to the other rows, of vectors and n-grams alone: (n,); 1 where there is none."""
        if self.size < 2:
            return np.ones(self.size)
        total, own = np.zeros(self.size), np.zeros(self.size)
        if self.dense is not None:
            every = self.dense.sum(0, dtype=np.float64)
            for part in _blocks(self.size):
                wide = self.dense[part].astype(np.float64)
                total[part] += (1 - self.share) * (wide @ every)
                own[part] += (1 - self.share) * (wide * wide).sum(1)
        if self.lexical is not None:
            total += self.share * (self.lexical @ np.asarray(self.lexical.sum(0)).ravel())
            for part in _blocks(self.size):
                rows = self.lexical[part]
                own[part] += self.share * np.asarray(rows.multiply(rows).sum(1)).ravel()
        return np.round((total - own) / (self.size - 1), DIGITS)


_BLOCK = 8192
"""Rows or pairs looked at together: bounds the memory."""


def _blocks(size: int) -> Iterator[slice]:
    """All of so many, some at a time."""
    return (slice(start, start + _BLOCK) for start in range(0, size, _BLOCK))


def _dealt(leg: Any, deal: int) -> list[np.ndarray]:
    """Inner products of all pairs of rows by each part of the columns: (n, n) float32 each."""
    owners = np.random.default_rng(deal).permutation(leg.shape[1]) % PARTS
    return [_products(leg[:, owners == part]).astype(np.float32) for part in range(PARTS)]


def _products(leg: Any) -> np.ndarray:
    """Inner products of all pairs of rows: (n, n) float64."""
    wide = leg.astype(np.float64)
    found = wide @ wide.T
    return np.asarray(found if isinstance(found, np.ndarray) else found.toarray())


def _narrow(leg: csr_matrix | None) -> csr_matrix | None:
    from scipy.sparse import csr_matrix

    if leg is None:
        return None
    used, columns = np.unique(leg.indices, return_inverse=True)
    return csr_matrix((leg.data, columns, leg.indptr), shape=(leg.shape[0], len(used)))


def _unit(products: np.ndarray) -> np.ndarray:
    """The inner products that rows of unit length would have; a row that is 0 stays so."""
    lengths = np.sqrt(np.maximum(np.diagonal(products), 0))
    inverse = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > _NOTHING)
    return np.asarray(products * inverse[:, None] * inverse)


def _symmetric(found: np.ndarray) -> np.ndarray:
    return np.asarray(np.round((found + found.T) / 2, DIGITS))


_NOTHING = 1e-6
"""The length of a row of which a half holds nothing, after rounding."""


def rarity(texts: Sequence[str]) -> np.ndarray:
    """How rare n-grams are in some texts: what others can be weighed by."""
    return ngrams.rarity(ngrams.ngram_counts(texts))


def _characters(texts: Sequence[str], idf: np.ndarray | None) -> csr_matrix:
    counts = ngrams.ngram_counts(texts)
    return ngrams.tf_idf(counts, ngrams.rarity(counts) if idf is None else idf).matrix()
