"""How likely a result answers the question: evidence of the legs -> probability."""

from kbuilder.ranking.features import ADAPTED, DENSE, KINDS, LEXICAL, Evidence
from kbuilder.ranking.fitting import Cases, adjusted, bars, fit
from kbuilder.ranking.model import Logistic, Ranker, load

__all__ = [
    "ADAPTED",
    "DENSE",
    "KINDS",
    "LEXICAL",
    "Cases",
    "Evidence",
    "Logistic",
    "Ranker",
    "adjusted",
    "bars",
    "fit",
    "load",
]
