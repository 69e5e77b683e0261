"""How likely a result answers the question: evidence of the legs -> probability."""

from kbuilder.ranking.features import DENSE, LEXICAL, Evidence
from kbuilder.ranking.fitting import Cases, adjusted, fit
from kbuilder.ranking.model import ANY, Fusion, Logistic, Ranker, load

__all__ = ["ANY", "DENSE", "LEXICAL", "Cases", "Evidence", "Fusion", "Logistic", "Ranker", "adjusted", "fit", "load"]
