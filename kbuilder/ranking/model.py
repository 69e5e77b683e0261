"""The parameters of ``models/ranker.json``, and what they make of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kbuilder import resources
from kbuilder.errors import ModelError
from kbuilder.ranking.features import DENSE, LEXICAL, Evidence, features
from kbuilder.records import FORMAT
from kbuilder.text import N_

FILE = "models/ranker.json"
Weight = Annotated[float, Field(ge=0, le=1)]
Fusion = dict[str, Weight]
"""A leg's share of the score that orders results."""
ANY = "*"
"""Stands for every language that is not named."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Logistic(_Table):
    """A logistic regression over standardised features."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    prior: Annotated[float, Field(gt=0, lt=1)]
    """Share of right first results among the cases that it was fitted on."""

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


class Ranker(_Table):
    """How results are ordered, and how sure one can be of them; with a model and without."""

    format: int = FORMAT
    dense: Logistic
    lexical: Logistic
    fusion: Mapping[str, Fusion]
    """Shares of the legs ``question, answer, words, characters``, by language."""

    @model_validator(mode="after")
    def _stands_without_a_model(self) -> Self:
        if {*self.lexical.names} - {*LEXICAL}:
            raise ValueError("a lexical variant without cosines")
        if ANY not in self.fusion:
            raise ValueError(f"fusion for any language, under {ANY!r}")
        return self

    def weights(self, language: str) -> Fusion:
        """The legs' shares for questions in a language (BCP 47)."""
        return self.fusion.get(language.partition("-")[0]) or self.fusion[ANY]

    def model(self, dense: bool) -> Logistic:
        """The parameters for evidence with cosines, or without."""
        return self.dense if dense else self.lexical

    def probabilities(self, evidence: Evidence, top: int) -> np.ndarray:
        """That each of the first ``top`` results answers the question: (min(top, n),), in [0, 1]."""
        return self.model(evidence.dense).probabilities(evidence, top)


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
