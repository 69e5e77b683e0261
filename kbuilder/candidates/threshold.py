"""Where the tree of average linkage is cut, without labels.

Similarities are measured against what is usual around each thread (:mod:`background`), so one height serves corpora
of many subjects and of one. Groups that people made of questions in English and German agree on it; a mixture's
level is the mixture of the two legs'.
"""

from __future__ import annotations

from dataclasses import dataclass

from kbuilder.candidates.similarity import DIGITS, Features


@dataclass(frozen=True)
class Leg:
    """What the similarities of one kind of features are like."""

    level: float
    """Mean similarity within a problem, above the background."""
    usual: float
    """Similarity to neighbours that are strangers, where there are too few threads to tell."""


DENSE = Leg(level=0.43, usual=0.32)
LEXICAL = Leg(level=0.20, usual=0.11)


def choose(features: Features) -> float:
    """The similarity above the background from which on groups are joined."""
    return round(_mixed(features, DENSE.level, LEXICAL.level), DIGITS)


def usual(features: Features) -> float:
    """The background where nothing is known."""
    return _mixed(features, DENSE.usual, LEXICAL.usual)


def _mixed(features: Features, dense: float, lexical: float) -> float:
    share = 1.0 if features.dense is None else features.share
    return (1 - share) * dense + share * lexical
