"""Fits the ranker that ships, and says how it does on sets that it did not see.

``python -m kbuilder.evaluation.fit DATA MODELS KEPT`` reads the judged sets below ``DATA`` and writes into ``MODELS``
``ranker.json``, its card ``ranker.md`` and the card's picture ``ranker.svg``; vectors stay in ``KEPT`` for next time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kbuilder import embedding, ranking, suggest
from kbuilder.config import EmbeddingRecipe
from kbuilder.errors import NotFound
from kbuilder.evaluation import judged, measures, report
from kbuilder.evaluation.suggesting import Vectors, answers, listed
from kbuilder.ranking.features import features
from kbuilder.store.cache import Cache
from kbuilder.text import N_

SETS = {
    "stackfaq": "stackfaq",
    "covid-en": "covid-en",
    "roboai-de": "roboai",
    "roboai-en": "roboai",
    "clinc150": "clinc150",
}
"""The sets whose licence allows it, and the family of each: one is never judged by what its family taught."""
TITLES_ASKED = "titles, hurried, third left out"
"""A variant that nobody asked: it teaches how sure near sameness is, and counts for no bar."""
DRAWN = "third left out"
"""The variant in the card's picture."""
VARIANTS: dict[str, Callable[[judged.Judged], judged.Judged]] = {
    "whole": lambda each: each,
    DRAWN: lambda each: judged.left_out(each, "1"),
    "repeated, third left out": lambda each: judged.left_out(judged.repeated(each), "1"),
    "hurried": judged.hurried,
    TITLES_ASKED: lambda each: judged.hurried(judged.left_out(judged.echoed(each), "1")),
    "half typed, third left out": lambda each: judged.begun(judged.left_out(each, "1"), 0.5),
}
REPEATING = frozenset({"clinc150"})
"""Sets that ask each question many times as they are, so that no title has an answer of its own."""
POOL = 200
QUESTIONS = 250
"""Of a set, at most: more teach nothing new."""
KINDS = ranking.KINDS
TITLES = {
    "dense": "With the pinned MiniLM",
    "lexical": "Without a model",
}
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


def fit(data: Path, models: Path, kept: Path) -> None:
    """Fit on the sets below ``data``; write the ranker, its card and the card's picture into ``models``.

    Args:
        kept: a folder for vectors, which take most of the time.
    """
    for folder in (models, kept):
        folder.mkdir(parents=True, exist_ok=True)
    encoder = embedding.load(EmbeddingRecipe())
    if encoder is None:
        raise NotFound(N_("Without a model there is nothing to fit."), N_("Name one in the recipe."))
    found: dict[str, dict[str, dict[str, Answers]]] = {kind: {} for kind in KINDS}
    vectors = Vectors(encoder, kept=Cache(kept / "vectors.sqlite"))
    for name in SETS:
        for variant, made in variants(some_of(judged.read(data / name, "dev"))):
            for kind, told in answered(made, vectors).items():
                found[kind].setdefault(name, {})[variant] = told
    write(found, models)


def write(found: Mapping[str, Found], models: Path) -> None:
    """The ranker, its card, and the card's picture."""
    ranker = ranking.Ranker(**{kind: _with_bars(found[kind], kind) for kind in KINDS})
    (models / "ranker.json").write_text(ranker.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (models / "ranker.md").write_text(_card(found), encoding="utf-8")
    (models / "ranker.svg").write_text(_picture(found["dense"]), encoding="utf-8")


def some_of(whole: judged.Judged) -> judged.Judged:
    """A set with some of its questions, chosen by digest."""
    chosen = judged.seeded([key for key, _ in whole.questions], QUESTIONS)
    return replace(whole, questions=tuple(each for each in whole.questions if each[0] in chosen))


def variants(whole: judged.Judged) -> Iterator[tuple[str, judged.Judged]]:
    """The set as it is, and as a forum would have it."""
    for variant, make in VARIANTS.items():
        if not (whole.name in REPEATING and (variant == TITLES_ASKED or "repeated" in variant)):
            yield variant, make(whole)


def answered(judged_set: judged.Judged, vectors: Vectors) -> dict[str, Answers]:
    """What each kind of evidence says, from one search."""
    runs: dict[str, list[measures.Answered]] = {kind: [] for kind in KINDS}
    rows: dict[str, list[np.ndarray]] = {kind: [] for kind in KINDS}
    for key, results in answers(judged_set, vectors, POOL):
        for kind, seen in (("dense", results), ("lexical", suggest.worded(results))):
            runs[kind].append(measures.Answered(key, listed(seen), 0.0))
            if len(seen):
                rows[kind].append(features(seen.evidence, KINDS[kind], 1)[0])
    return {kind: Answers(tuple(runs[kind]), judged_set.right, np.array(rows[kind])) for kind in KINDS}


def _cases(found: Found, names: Collection[str]) -> dict[str, list[ranking.Cases]]:
    return {name: [each.cases() for each in found[name].values()] for name in sorted(names) if name in found}


def fitted(found: Found, kind: str, left_out: str | None) -> ranking.Logistic:
    """Parameters fitted on all sets, or on those of other families than one set's."""
    names = _strangers(left_out) if left_out else [*SETS]
    return ranking.fit(_cases(found, names), KINDS[kind])


def _with_bars(found: Found, kind: str) -> ranking.Logistic:
    """Parameters fitted on all sets, and those of the bars that lie above their precision.

    A lower one is not used: what was measured over many archives need not hold on a harder one.
    """
    higher = tuple((wanted, bar) for wanted, bar in _measured(found, kind) if bar > wanted)
    return fitted(found, kind, None).model_copy(update={"bars": higher})


def _measured(found: Found, kind: str) -> tuple[tuple[float, float], ...]:
    """Bars from what was said of sets that were left out."""
    said = [
        (fitted(found, kind, name).chances(each.table), each.cases().right)
        for name in found
        for variant, each in found[name].items()
        if len(each.table) and variant != TITLES_ASKED
    ]
    chances, right = (np.concatenate(parts) for parts in zip(*said, strict=True))
    return ranking.bars(chances, right)


def _strangers(name: str) -> list[str]:
    """The sets that are not of a set's family; all, where it is none of them."""
    return [other for other in SETS if SETS[other] != SETS.get(name)]


def _with_probability(answers: Answers, model: ranking.Logistic) -> list[measures.Answered]:
    sure = iter(model.chances(answers.table)) if len(answers.table) else iter(())
    return [replace(each, probability=float(next(sure)) if each.results else 0.0) for each in answers.run]


def _picture(found: Found) -> str:
    """Curves of each set as a forum has it, said by a ranker that has not seen it."""
    drawn = {}
    for name in found:
        answers = found[name][DRAWN]
        run = _with_probability(answers, fitted(found, "dense", name))
        drawn[name] = measures.Scored.of(run, _judgments(answers))
    return report.curves(drawn)


def _judgments(answers: Answers) -> dict[str, dict[str, int]]:
    return {question: dict.fromkeys(found, 1) for question, found in answers.right.items()}


def _card(found: Mapping[str, Found]) -> str:
    parts = [_INTRODUCTION]
    for kind, title in TITLES.items():
        parts += [f"## {title}", "", *_HEAD]
        for name in found[kind]:
            model = fitted(found[kind], kind, name)
            parts += [_row(name, variant, each, model) for variant, each in found[kind][name].items()]
        parts += ["", _bars(found[kind], kind), ""]
    return "\n".join(parts)


def _bars(found: Found, kind: str) -> str:
    told = [f"{bar:.2f} for {wanted:.2f}" for wanted, bar in _measured(found, kind)]
    return f"Bars: {', '.join(told)}." if told else "No bar could be fitted."


def _row(name: str, variant: str, answers: Answers, model: ranking.Logistic) -> str:
    run = _with_probability(answers, model)
    figures = measures.values(measures.Scored.of(run, _judgments(answers)))
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

How likely it is that a result answers the question: two logistic regressions, one with the cosines of the pinned
model and one without any. Plain JSON; every number, and this card, was written by one run of
`python -m kbuilder.evaluation.fit`. At most 250 questions of a set are used. Where a model was adapted to an archive,
its cosines stand in place of the general ones, under the same parameters.

Fitted on StackFAQ (CC BY-SA), ROBO.AI FAQ in German and English (MIT), the official COVID-19 FAQ with users'
questions (Apache-2.0) and CLINC150 (CC BY 3.0): nothing of their texts is in the parameters. Each set weighs
the same, and within a set each of its variants: whole; with a third of the entries left out, so that their
questions have no answer; the same with some questions as entries of their own, as in a forum where the same is
asked again; hurried (no capitals, ae for ä, a slip in eight words); the entries' own titles, hurried, with a third
left out; and questions half typed, with a third left out.

The tables say how it does on sets that the parameters did *not* see: for each set the fit was made on the sets of
other families. The shares of the legs in the order were chosen while looking at these sets. P@1 and nDCG@10 count
questions that have an answer, all else counts every question. *Shown* and *right of these* are at a probability of
.90. Where an archive asks the same again and again, the first results are right more often than it seems; where
titles say little, or many answers are missing, they are wrong more often: judge some cases of your own.

![Precision against coverage, and what was said against what came true](ranker.svg)

The picture shows the pinned model with a third of the entries left out, again by parameters that did not see the set.

A bar is the lowest probability from which on, over all sets that were left out and the titles apart, at least the
wanted share was right, with a confidence of 95 %. Single sets lie above and below, so that a bar below the wanted
precision is not used.
"""

if __name__ == "__main__":
    fit(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
