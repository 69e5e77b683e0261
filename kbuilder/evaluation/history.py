"""What suggestions would have done for the questions of one's own archive: asked again first, links read after.

Links are few: hardly anybody links every question that was asked before. What they confirm is the least that was
right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kbuilder import ranking
from kbuilder.evaluation.links import Link, links
from kbuilder.ranking import Ranker
from kbuilder.ranking.fitting import WANTED
from kbuilder.records import Progress, Thread, silent
from kbuilder.workspace import explaining, learning, replaying
from kbuilder.workspace.explaining import Demanded
from kbuilder.workspace.parts import Parts
from kbuilder.workspace.replaying import Replayed

CERTAIN = 0.95
FEWEST = 30
"""Questions with a link to what was solved before, from which on links draw a curve."""
SUREST = 25
TOP = 10
STEPS = (0.95, 0.9, 0.8, 0.7, 0.5, 0.3)
"""Probabilities at which the curve is told in figures."""


@dataclass(frozen=True)
class Share:
    """A part of some, and where it would lie for most other questions of the same kind (Wilson 1927)."""

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.count / self.of if self.of else 0.0

    @classmethod
    def count_of(cls, count: int, of: int) -> Share:
        from scipy.stats import binomtest

        if not of:
            return cls(0, 0, 0.0, 1.0)
        found = binomtest(count, of).proportion_ci(CERTAIN, "wilson")
        return cls(count, of, float(found.low), float(found.high))


@dataclass(frozen=True)
class Case:
    """A question, what it would have been answered with, and what links say to that."""

    replayed: Replayed
    probability: float
    linked: Mapping[str, Link]
    """The threads that it is linked with and that could have been found."""

    @property
    def confirmed(self) -> Link | None:
        """By what kind of link, if it is."""
        return self.linked.get(self.replayed.found.id) if self.replayed.found else None


@dataclass(frozen=True)
class At:
    """What a bar lets through."""

    bar: float
    """The probability."""
    shown: Share
    """Of all questions."""
    said: float
    """Share of these that is right by what was said: their mean probability; NaN where there is none."""
    confirmed: Share
    """Of these, what links confirm: the least that is right."""


@dataclass(frozen=True)
class History:
    """All that a replay told."""

    since: str
    builds: int
    """How often what was solved was taken in anew."""
    solved: Share
    """Of all questions, those with an answer that is marked as right."""
    solved_since: Share
    """Of those that were asked again."""
    precision: float
    """That the knowledge base is set to."""
    wanted: Mapping[float, At]
    """By precision."""
    steps: tuple[At, ...]
    """At :data:`STEPS`."""
    caught: Share
    """Of the questions that people linked with what had been solved before, those that would have been shown it."""
    found: Share
    """Of these, those for which it was the first result, sure or not."""
    duplicates: Share
    """Of all questions, those that people marked as asked before, solved or not."""
    cases: tuple[Case, ...]
    """The surest first."""
    demanded: Demanded
    learnt: bool
    """What was learnt from verdicts is in use."""
    adapted: bool
    """So is a model that was adapted to the archive: it has read the questions."""

    @property
    def asked_again(self) -> Share:
        """Of the threads, those that ask a problem once more, as the last build groups them."""
        threads = [each.candidate.demand.threads for each in self.demanded.problems]
        return Share.count_of(sum(threads) - len(threads), sum(threads))

    @property
    def linked(self) -> int:
        """Questions that are linked with what had been solved before."""
        return self.caught.of

    @property
    def sure(self) -> At:
        """At the precision that the knowledge base is set to."""
        return self.wanted[self.precision]


def evaluate_history(parts: Parts, since: str = "", progress: Progress = silent) -> History:
    """Ask the archive's questions again, then read which threads people linked.

    Args:
        since: ``YYYY-MM-DD``; by default the day from which on the newest quarter was asked.

    Raises:
        StaleError: nothing was built yet.
        KBError: nobody asked since then.
    """
    demanded = explaining.demanded(parts)
    tree = parts.head()
    ranker, precision = learning.ranker(parts, tree), parts.config(tree).suggest.precision
    learnt = ranker != ranking.load(tree)
    replayed = replaying.replay(parts, since, progress)
    threads = list(parts.database.threads())
    cases = _cases(replayed, ranker, threads)
    questions = [each for each in threads if each.style == "question"]
    some = [each.replayed.thread for each in cases]
    kind = "dense" if parts.reader else "lexical"
    bars = {each: ranker.bar(kind, each) for each in sorted({*WANTED, precision})}
    linked = [each for each in cases if each.linked]
    right = [each for each in linked if each.confirmed]
    return History(
        since=since or replaying.last_quarter(threads),
        builds=len({each.known for each in replayed}),
        solved=_solved(questions),
        solved_since=_solved(some),
        precision=precision,
        wanted={each: _at(cases, bar) for each, bar in bars.items()},
        steps=tuple(_at(cases, step) for step in STEPS),
        caught=Share.count_of(sum(each.probability >= bars[precision] for each in right), len(linked)),
        found=Share.count_of(len(right), len(linked)),
        duplicates=Share.count_of(sum(bool(each.duplicate_of) for each in questions), len(questions)),
        cases=cases,
        demanded=demanded,
        learnt=learnt,
        adapted=parts.adapted is not None,
    )


def _cases(replayed: Sequence[Replayed], ranker: Ranker, threads: Sequence[Thread]) -> tuple[Case, ...]:
    """What was found, the surest first, beside what people linked."""
    sure = [each.probability(ranker) for each in replayed]
    told = links(threads)
    solved = {each.id: each for each in threads if each.solved_question}
    cases = [
        Case(
            each,
            probability,
            {
                other: link
                for other, link in told.get(each.thread.id, {}).items()
                if other in solved and replaying.until(solved[other], each.known).solved
            },
        )
        for each, probability in zip(replayed, sure, strict=True)
    ]
    return tuple(sorted(cases, key=lambda each: (-each.probability, each.replayed.thread.id)))


def _solved(questions: Sequence[Thread]) -> Share:
    return Share.count_of(sum(each.solved for each in questions), len(questions))


def _at(cases: Sequence[Case], bar: float) -> At:
    shown = [each for each in cases if each.replayed.found and each.probability >= bar]
    said = float(np.mean([each.probability for each in shown])) if shown else float("nan")
    return At(
        bar=bar,
        shown=Share.count_of(len(shown), len(cases)),
        said=said,
        confirmed=Share.count_of(sum(bool(each.confirmed) for each in shown), len(shown)),
    )
