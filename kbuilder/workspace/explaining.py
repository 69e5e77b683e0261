"""What the last build's candidates rest on, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass

from kbuilder import candidates
from kbuilder.candidates import demand
from kbuilder.candidates.explaining import Explanation
from kbuilder.errors import KBError, StaleError
from kbuilder.records import Candidate, Draft
from kbuilder.redact import redact
from kbuilder.review import standing
from kbuilder.text import N_
from kbuilder.workspace import building, generation
from kbuilder.workspace.parts import Parts


@dataclass(frozen=True)
class Problem:
    """A candidate among all, the most wanted first."""

    lineage: str
    title: str
    candidate: Candidate
    answered: bool
    """An article answers it, or a verdict said that it needs none."""
    share: float
    """Of all demand, what this problem and those before it stand for."""


@dataclass(frozen=True)
class Demanded:
    """All problems, the most wanted first: a Pareto curve."""

    problems: tuple[Problem, ...]
    eighty: int
    """How many of the first stand for 80 % of all demand."""


def explain(parts: Parts, lineage: str) -> Explanation:
    """Why a candidate of the last build is what it is.

    Raises:
        NotFound: there is no such candidate.
        StaleError: threads, decisions or recipe have changed since.
    """
    built, given = generation.needed(parts.derived), building.inputs(parts, parts.head())
    if built.id != given.digest():
        raise StaleError(N_("The candidates are older than what they are made of."), N_("Run: kbuilder build"))
    candidate = built.candidates[lineage]
    solved = {thread.id: thread for thread in building.questions(given) if thread.solved}
    if not solved.keys() & {*candidate.members}:
        raise KBError(
            N_("Nobody has answered the questions of {lineage}: they were brought together by the same cut."),
            N_("Look at them with: kbuilder review show {lineage}"),
            lineage=lineage,
        )
    answered = [each for each in built.candidates.values() if solved.keys() & {*each.members}]
    members = {member for each in answered for member in each.members}
    threads = [thread for thread in solved.values() if thread.id in members]
    cut = built.cuts[candidate.language.partition("-")[0]].cut
    return candidates.explain(
        threads,
        building.vectors(parts, [candidates.text_of(thread) for thread in threads]),
        answered,
        lineage,
        given.decisions,
        given.recipe.candidates.model_copy(update={"cut": cut}),
    )


def demanded(parts: Parts) -> Demanded:
    """The problems of the last build, in the order of the queue, and what of the demand they stand for."""
    built, tree = generation.needed(parts.derived), parts.head()
    found = sorted(built.candidates.values(), key=lambda each: (-each.demand.score, each.lineage))
    decided = standing.by_candidate(parts.decided.decisions(tree), found)
    written = {article.lineage: article.title for article in parts.decided.articles(tree)}
    curve, problems = demand.pareto(each.demand.score for each in found), []
    for each, share in zip(found, curve.shares, strict=True):
        answered = each.lineage in written or any(
            verdict.verdict in ("approve", "edit", "reject", "expire") for verdict in decided.get(each.lineage, [])
        )
        title = written.get(each.lineage) or title_of(built, each)
        problems.append(Problem(each.lineage, title, each, answered, share))
    return Demanded(tuple(problems), curve.eighty)


def title_of(built: generation.Generation, candidate: Candidate) -> str:
    """Of its draft; of one without a draft, what was asked."""
    draft = built.drafts[candidate.lineage]
    if isinstance(draft, Draft):
        return draft.title
    return redact(candidate.phrasings[0]).text if candidate.phrasings else candidate.lineage
