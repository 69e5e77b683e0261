"""The parameters of ``models/ranker.json``, and what they make of evidence."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kbuilder import resources
from kbuilder.errors import ModelError
from kbuilder.ranking.features import DENSE, KINDS, Evidence, features
from kbuilder.records import FORMAT
from kbuilder.text import N_

FILE = "models/ranker.json"
Share = Annotated[float, Field(ge=0, le=1)]


class Table(BaseModel):
    """A file of parameters, or a part of one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Logistic(Table):
    """A logistic regression over standardised features."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    prior: Annotated[float, Field(gt=0, lt=1)]
    """Share of right first results among the cases that it was fitted on."""
    bars: tuple[tuple[Share, Share], ...] = ()
    """Wanted precision, rising, and the probability from which on suggestions keep it, as was measured."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not len(self.names) == len(self.means) == len(self.scales) == len(self.weights):
            raise ValueError("as many means, scales and weights as names")
        unknown = sorted({*self.names} - {*DENSE})
        if unknown:
            raise ValueError(f"features that are known; not {', '.join(unknown)}")
        return self

    def probabilities(self, evidence: Evidence, top: int) -> np.ndarray:
        """That each of the first ``top`` results answers the question: (min(top, n),), in [0, 1]."""
        return self.chances(features(evidence, self.names, top))

    def chances(self, table: np.ndarray) -> np.ndarray:
        """The probability of each row of features: (n, features) to (n,)."""
        standard = (table - np.array(self.means)) / np.array(self.scales)
        logits = (standard * np.array(self.weights)).sum(1) + self.intercept
        found: np.ndarray = 1 / (1 + np.exp(-np.clip(logits, -40, 40)))
        return found


class Ranker(Table):
    """How sure one can be of a result, with a model and without."""

    format: int = FORMAT
    lexical: Logistic
    dense: Logistic

    @model_validator(mode="after")
    def _knows_no_more_than_there_is(self) -> Self:
        for kind, names in KINDS.items():
            unknown = sorted({*self.model(kind).names} - {*names})
            if unknown:
                raise ValueError(f"{kind}: features that there are; not {', '.join(unknown)}")
        return self

    def model(self, kind: str) -> Logistic:
        """The parameters for a kind of evidence."""
        return {"lexical": self.lexical, "dense": self.dense}[kind]

    def bar(self, kind: str, precision: float) -> float:
        """The probability from which on a suggestion is shown, for a wanted precision.

        Between measured precisions the higher one's counts; above the highest, and where none was measured, the
        precision itself.
        """
        measured = self.model(kind).bars
        above = [probability for wanted, probability in measured if wanted >= precision]
        return above[0] if above else max([precision, *(probability for _, probability in measured)])

    def probabilities(self, evidence: Evidence, top: int) -> np.ndarray:
        """That each of the first ``top`` results answers the question: (min(top, n),), in [0, 1]."""
        return self.model(evidence.kind).probabilities(evidence, top)


def load(tree: resources.Tree | None = None) -> Ranker:
    """The ranker of the knowledge base, else ours.

    Raises:
        ModelError: ``models/ranker.json`` is not one.
    """
    try:
        return Ranker.model_validate_json(resources.read(FILE, tree))
    except ValidationError as error:
        raise ModelError(
            N_("{file} is no ranker: {error}"),
            N_("Remove the knowledge base's own {file}, so that the shipped one counts."),
            file=FILE,
            error="; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()),
        ) from None
