"""The room's work in one function: threads, ledger and decisions in; candidates, ledger and changes out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kbuilder.candidates import asking, constraints, demand, identity, parting
from kbuilder.candidates.asking import Texts
from kbuilder.candidates.clustering import Grouping, group
from kbuilder.candidates.constraints import Constraints
from kbuilder.candidates.near import Near, kept_apart, nearest
from kbuilder.candidates.similarity import Features, text_of
from kbuilder.candidates.threshold import Choice
from kbuilder.config import CandidatesRecipe
from kbuilder.records import Candidate, Change, Decision, Lineage, Thread
from kbuilder.redact import redact
from kbuilder.text import squeeze


@dataclass(frozen=True)
class Proposal:
    """What a build found."""

    candidates: list[Candidate]
    """The most wanted first, then by id. Every solved question is a member of exactly one."""
    ledger: list[Lineage]
    """By id; to be handed in again by the next build."""
    changes: list[Change]
    """By lineage."""
    cuts: dict[str, Choice]
    """For each language the mean similarity from which on threads were joined, and why."""
    contacts: dict[str, int] = field(default_factory=dict)
    """By article that no candidate is about, how many messages to the support ask it."""


@dataclass(frozen=True)
class _Group:
    members: tuple[Thread, ...]
    """By id."""
    features: Features
    """One row for each member."""
    asking: tuple[Thread, ...] = ()
    """Those without an answer that ask the same, by id."""
    near: Near = ()
    """By number among all groups."""


def propose(
    threads: Sequence[Thread],
    vectors: np.ndarray | None,
    ledger: Sequence[Lineage],
    decisions: Sequence[Decision],
    recipe: CandidatesRecipe,
    unmarked: Collection[str] = (),
) -> Proposal:
    """The problems that some threads ask.

    Solved questions are grouped; unsolved ones join the group that answers them, or several are a gap: a candidate
    all of whose members lack an answer.

    Threads of different languages (the primary one: en-GB is en) are never in one candidate, so that there is one
    draft a language. Where an editor linked them, their candidates name each other.

    Args:
        threads: in any order, each id once; all but questions are left out.
        vectors: (len(threads), d) unit rows for :func:`text_of` of each thread, or ``None``: no model.
        ledger: of the last build. It decides on ids alone, never on who is with whom.
        decisions: in any order.
        recipe: how alike they must be.
        unmarked: ids of threads that are handed in as solved although nobody marked their answer.

    Raises:
        ValueError: not one vector for each thread, or a thread twice.
    """
    if vectors is not None and len(vectors) != len(threads):
        raise ValueError(f"{len(vectors)} vectors for {len(threads)} threads")
    if len({thread.id for thread in threads}) < len(threads):
        raise ValueError("a thread is there twice")
    kept = [row for row, thread in enumerate(threads) if thread.style == "question"]
    kept.sort(key=lambda row: threads[row].id)
    questions = [threads[row] for row in kept]
    rules = constraints.read(decisions, questions)
    found, cuts = _groups(questions, None if vectors is None else vectors[kept], rules, recipe)
    groups = [tuple(thread.id for thread in each.members) for each in found]
    known = {thread.id for thread in questions}
    named = identity.name(groups, ledger, constraints.claims(decisions, known))
    since = demand.recent_from(questions)
    waiting = {*unmarked, *(thread.id for thread in questions if not thread.solved)}
    candidates = [_candidate(each, named.ids, since, waiting, rules) for each in found]
    put = constraints.pinned(decisions, known)
    candidates = _pinned(_linked(_beside(candidates, found, rules), rules), put)
    candidates.sort(key=lambda each: (-each.demand.score, each.lineage))
    return Proposal(candidates, named.ledger, named.changes, cuts)


def _groups(
    questions: Sequence[Thread], vectors: np.ndarray | None, rules: Constraints, recipe: CandidatesRecipe
) -> tuple[list[_Group], dict[str, Choice]]:
    found: list[_Group] = []
    cuts = {}
    for language, rows in sorted(_by_language(questions, rules).items()):
        solved = [row for row in rows if questions[row].solved]
        waiting = [row for row in rows if not questions[row].solved]
        answered = _texts(questions, vectors, solved)
        made = group(answered.ids, answered.texts, answered.vectors, recipe, rules) if solved else None
        if made:
            cuts[language] = made.choice
        placed = asking.place(made, answered, _texts(questions, vectors, waiting), rules, recipe)
        homes: dict[int, list[Thread]] = defaultdict(list)
        for row, number in sorted(placed.homes.items()):
            homes[number].append(questions[waiting[row]])
        if made:
            found += _members(made, [questions[row] for row in solved], homes, len(found))
        found += [
            _Group(tuple(questions[waiting[row]] for row in rows), alike)
            for rows, alike in zip(placed.gaps, placed.alike, strict=True)
        ]
    return found, cuts


def _texts(threads: Sequence[Thread], vectors: np.ndarray | None, rows: Sequence[int]) -> Texts:
    chosen = [threads[row] for row in rows]
    own = None if vectors is None else vectors[list(rows)]
    return Texts([each.id for each in chosen], [text_of(each) for each in chosen], own)


def _members(
    made: Grouping, threads: Sequence[Thread], homes: dict[int, list[Thread]], first: int
) -> Iterator[_Group]:
    """The groups of a language, of which the first has a number among all."""
    beside = nearest(made)
    for number, rows in enumerate(made.groups):
        near = tuple((first + other, share) for other, share in beside[number])
        members = tuple(threads[row] for row in rows)
        yield _Group(members, made.features.rows(rows), tuple(homes.get(number, ())), near)


def _by_language(questions: Sequence[Thread], rules: Constraints) -> dict[str, list[int]]:
    """Rows of each language. A thread whose language is not known goes with those that it is linked to."""
    spoken: dict[str, list[str]] = defaultdict(list)
    for thread in questions:
        if thread.language:
            spoken[rules.root(thread.id)].append(thread.language)
    rows: dict[str, list[int]] = defaultdict(list)
    for row, thread in enumerate(questions):
        language = thread.language or _most_frequent(spoken.get(rules.root(thread.id), [""]))
        rows[language.partition("-")[0]].append(row)
    return rows


def _beside(candidates: Sequence[Candidate], groups: Sequence[_Group], rules: Constraints) -> list[Candidate]:
    """The candidates, each with those that are near it and that no editor told apart from it."""
    found = []
    for each, group_ in zip(candidates, groups, strict=True):
        others = ((candidates[number], share) for number, share in group_.near)
        near = (
            (other.lineage, share) for other, share in others if not kept_apart(each.members, other.members, rules)
        )
        found.append(replace(each, near=tuple(near)))
    return found


def _linked(candidates: Sequence[Candidate], rules: Constraints) -> list[Candidate]:
    """The candidates, each with those of other languages that ask its problem, by what editors linked."""
    owners: dict[str, set[str]] = defaultdict(set)
    for each in candidates:
        for root in map(rules.root, each.members):
            owners[root].add(each.lineage)
    found = []
    for each in candidates:
        others = set[str]().union(*(owners[root] for root in map(rules.root, each.members))) - {each.lineage}
        found.append(replace(each, translations=tuple(sorted(others))))
    return found


def _pinned(candidates: Sequence[Candidate], put: Mapping[str, Decision]) -> list[Candidate]:
    """The candidates, each with those of its threads that an editor put there."""
    held = ({name: put[name].editor for name in (*each.members, *each.asking) if name in put} for each in candidates)
    return [replace(each, pinned=found) for each, found in zip(candidates, held, strict=True)]


def _most_frequent(values: Sequence[str]) -> str:
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value))


def _candidate(
    found: _Group, ids: dict[tuple[str, ...], str], since: str, unmarked: Collection[str], rules: Constraints
) -> Candidate:
    members = tuple(thread.id for thread in found.members)
    near = found.features.to_others()
    first = _representative(found.members, near)
    return Candidate(
        lineage=ids[members],
        members=members,
        asking=tuple(thread.id for thread in found.asking),
        representative=first.id,
        language=_most_frequent([thread.language for thread in found.members]),
        cohesion=round(min(max(float(near.mean()), 0.0), 1.0), 6),
        demand=demand.of((*found.members, *found.asking), since, unmarked),
        phrasings=_phrasings((first, *found.members, *found.asking)),
        parting=parting.part(members, found.features, first.id, rules.root),
    )


def _representative(members: Sequence[Thread], near: np.ndarray) -> Thread:
    """The member that is most like the others; of equals the one with more votes, more views, the lower id."""
    ranked = sorted(
        zip(near, members, strict=True),
        key=lambda each: (-each[0], -each[1].question.score, -each[1].views, each[1].id),
    )
    return ranked[0][1]


def _phrasings(threads: Sequence[Thread]) -> tuple[str, ...]:
    """Titles that differ in more than case and white space, without personal data."""
    titles: dict[str, str] = {}
    for thread in threads:
        title = squeeze(redact(thread.title).text)
        titles.setdefault(title.casefold(), title)
    return tuple(title for title in titles.values() if title)
