"""How likely a result answers the question: evidence of the legs -> probability."""

from kbuilder.ranking.features import DENSE, KINDS, LEXICAL, Evidence
from kbuilder.ranking.fitting import Cases, adjusted, bars, fit
from kbuilder.ranking.learning import Learning, Learnt, learn
from kbuilder.ranking.model import Logistic, Ranker, load

__all__ = [
    "DENSE",
    "KINDS",
    "LEXICAL",
    "Cases",
    "Evidence",
    "Learning",
    "Learnt",
    "Logistic",
    "Ranker",
    "adjusted",
    "bars",
    "fit",
    "learn",
    "load",
]
