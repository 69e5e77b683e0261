"""Where the tree of average linkage is cut: from the corpus itself, without labels.

Groups that people made of questions in English and German agree on a mean similarity of some .54 within a problem
for the cosine of a sentence model, and .28 for character n-grams; a mixture's level is the mixture of the two.
A model that finds everything alike, as some do and as English ones do with other languages, shows it in the mean
over all pairs: there the cut lies a fixed part of the way from that mean to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kbuilder.candidates.similarity import DIGITS, Features


@dataclass(frozen=True)
class Leg:
    """What the similarities of one kind of features are like."""

    level: float
    """Mean similarity within a problem where strangers share little."""
    usual: float
    """Mean similarity of strangers to which few texts, which cannot tell, are drawn."""
    way: float
    """The part of the way from the strangers' mean to 1 below which no problem is one."""


DENSE = Leg(level=0.54, usual=0.15, way=0.34)
LEXICAL = Leg(level=0.28, usual=0.07, way=0.20)
_BELIEF = 1000
"""The usual mean weighs as much as so many pairs of the corpus."""


def choose(features: Features) -> float:
    """The similarity above which groups are joined: in (0, 1)."""
    dense, words = features.dense, features.lexical
    cut = 0.0
    if dense is not None:
        wide = dense.astype(np.float64)
        cut += (1 - features.share) * _level(DENSE, wide.sum(0), float((wide * wide).sum()), len(dense))
    if words is not None:
        squares = float(words.multiply(words).sum())
        cut += features.share * _level(LEXICAL, np.asarray(words.sum(0)).ravel(), squares, words.shape[0])
    return round(cut, DIGITS)


def _level(leg: Leg, total: np.ndarray, squares: float, count: int) -> float:
    """``total``: the sum of all rows; ``squares``: the sum of their squared lengths."""
    pairs = count * (count - 1)
    strangers = (float(total @ total) - squares + _BELIEF * leg.usual) / (pairs + _BELIEF)
    return max(leg.level, strangers + leg.way * (1 - strangers))
