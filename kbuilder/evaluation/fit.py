"""Fits the ranker that ships, and says how it does on sets that it did not see.

``python -m kbuilder.evaluation.fit DATA MODELS`` reads the judged sets below ``DATA`` and writes ``ranker.json``
and its card ``ranker.md`` into ``MODELS``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kbuilder import embedding, ranking
from kbuilder.config import EmbeddingRecipe
from kbuilder.evaluation import judged, measures
from kbuilder.evaluation.suggesting import Vectors, answers, listed
from kbuilder.ranking.features import features

SETS = {
    "stackfaq": "stackfaq",
    "covid-en": "covid-en",
    "roboai-de": "roboai",
    "roboai-en": "roboai",
    "clinc150": "clinc150",
}
"""The sets whose licence allows it, and the family of each: one is never judged by what its family taught."""
VARIANTS: dict[str, Callable[[judged.Judged], judged.Judged]] = {
    "whole": lambda each: each,
    "third left out": lambda each: judged.left_out(each, "1"),
    "repeated": judged.repeated,
    "repeated, third left out": lambda each: judged.left_out(judged.repeated(each), "1"),
}
FUSION: dict[str, ranking.Fusion] = {
    "en": {"question": 0.6, "answer": 0.15, "words": 0.15, "characters": 0.1},
    ranking.ANY: {"question": 0.5, "answer": 0.2, "words": 0.15, "characters": 0.15},
}
"""Fixed: chosen on the same sets, the same for all sets of a language."""
REPEATING = frozenset({"clinc150"})
"""Sets that ask each question many times as they are."""
POOL = 200
KINDS = {"dense": ranking.DENSE, "lexical": ranking.LEXICAL}
PRECISION = 0.9


@dataclass(frozen=True)
class Answers:
    """What was found for a variant of a set, as the fit and the card need it."""

    run: tuple[measures.Answered, ...]
    """With probability 0."""
    right: Mapping[str, frozenset[str]]
    table: np.ndarray
    """Features of the first results: (questions with results, features)."""

    @property
    def found(self) -> tuple[measures.Answered, ...]:
        return tuple(each for each in self.run if each.results)

    def cases(self) -> ranking.Cases:
        right = [measures.first_right(each, self.right.get(each.id, frozenset())) for each in self.found]
        return ranking.Cases(self.table, np.array(right, np.float64))


Found = Mapping[str, Mapping[str, Answers]]
"""By set and variant."""


def fit(data: Path, models: Path) -> None:
    """Fit on the sets below ``data``; write the ranker and its card into ``models``."""
    encoder = embedding.load(EmbeddingRecipe())
    found = {kind: _found(data, kind, Vectors(encoder if kind == "dense" else None)) for kind in KINDS}
    ranker = ranking.Ranker(
        **{kind: ranking.fit(_cases(found[kind], SETS), KINDS[kind]) for kind in KINDS}, fusion=FUSION
    )
    (models / "ranker.json").write_text(ranker.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (models / "ranker.md").write_text(_card(found), encoding="utf-8")


def _found(data: Path, kind: str, vectors: Vectors) -> Found:
    return {
        name: {variant: _answers(made, kind, vectors) for variant, made in _variants(judged.read(data / name, "dev"))}
        for name in SETS
    }


def _variants(whole: judged.Judged) -> Iterator[tuple[str, judged.Judged]]:
    for variant, make in VARIANTS.items():
        if not (whole.name in REPEATING and "repeated" in variant):
            yield variant, make(whole)


def _answers(judged_set: judged.Judged, kind: str, vectors: Vectors) -> Answers:
    run, rows = [], []
    weights = FUSION.get(judged_set.language) or FUSION[ranking.ANY]
    for key, results in answers(judged_set, vectors, weights, POOL):
        run.append(measures.Answered(key, listed(results), 0.0))
        if len(results):
            rows.append(features(results.evidence, KINDS[kind], 1)[0])
    return Answers(tuple(run), judged_set.right, np.array(rows))


def _cases(found: Found, names: Collection[str]) -> dict[str, list[ranking.Cases]]:
    return {name: [each.cases() for each in found[name].values()] for name in sorted(names)}


def _strangers(name: str) -> list[str]:
    """The sets that are not of a set's family."""
    return [other for other in SETS if SETS[other] != SETS[name]]


def _with_probability(answers: Answers, model: ranking.Logistic) -> list[measures.Answered]:
    sure = iter(model.chances(answers.table)) if len(answers.table) else iter(())
    return [replace(each, probability=float(next(sure)) if each.results else 0.0) for each in answers.run]


def _card(found: Mapping[str, Found]) -> str:
    parts = [_INTRODUCTION]
    for kind, title in (("dense", "With the pinned MiniLM"), ("lexical", "Without a model")):
        parts += [f"## {title}", "", *_HEAD]
        for name in SETS:
            model = ranking.fit(_cases(found[kind], _strangers(name)), KINDS[kind])
            parts += [_row(name, variant, each, model) for variant, each in found[kind][name].items()]
        parts.append("")
    return "\n".join(parts)


def _row(name: str, variant: str, answers: Answers, model: ranking.Logistic) -> str:
    run = _with_probability(answers, model)
    judgments = {question: dict.fromkeys(found, 1) for question, found in answers.right.items()}
    figures = measures.values(measures.Scored.of(run, judgments))
    sure = [each for each in run if each.probability >= PRECISION]
    right = [measures.first_right(each, answers.right.get(each.id, frozenset())) for each in sure]
    values = [
        figures["P@1"],
        figures["nDCG@10"],
        figures["AUROC first right"],
        figures["AUROC has answer"],
        figures["coverage at .90"],
        figures["ECE"],
        len(sure) / len(run),
        sum(right) / len(right) if right else float("nan"),
    ]
    return f"| {name} | {variant} | {len(run)} | " + " | ".join(f"{value:.3f}" for value in values) + " |"


_HEAD = (
    "| set | variant | questions | P@1 | nDCG@10 | AUROC first right | AUROC has answer "
    "| coverage at precision .90 | ECE | shown at .90 | right of these |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
)
_INTRODUCTION = """\
# ranker.json

How likely it is that a result answers the question: two logistic regressions, one with the cosines of the
pinned model and one without, and the legs' shares in the score that orders results. Plain JSON; every number
was written by `python -m kbuilder.evaluation.fit`.

Fitted on StackFAQ (CC BY-SA), ROBO.AI FAQ in German and English (MIT), the official COVID-19 FAQ with users'
questions (Apache-2.0) and CLINC150 (CC BY 3.0): nothing of their texts is in the parameters. Each set weighs
the same, and within a set each of four variants: whole; with a third of the entries left out, so that their
questions have no answer; with some questions as entries of their own, as in a forum where the same is asked
again; and both.

A suggestion is shown when its probability reaches the precision that the operator asks for, so that what is
shown is right more often than asked. The tables say how often on sets that the parameters did *not* see: for
each set the fit was made on the sets of other families. P@1 and nDCG@10 count questions that have an answer,
all else counts every question. Where most right answers stand in an archive in near-duplicates, or titles say
little, the first results are wrong more often than it seems: judge some cases of your own.
"""

if __name__ == "__main__":
    fit(Path(sys.argv[1]), Path(sys.argv[2]))
