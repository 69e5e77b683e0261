"""Decisions that hold, and which candidates and articles they speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from kbuilder.errors import NotFound
from kbuilder.records import Candidate, Decision
from kbuilder.text import N_

_HALF = 0.5


def standing(decisions: Sequence[Decision]) -> list[Decision]:
    """Decisions that nobody took back, without the taking back itself, the oldest first."""
    undone = {each.undoes for each in decisions if each.verdict == "undo"}
    held = (each for each in decisions if each.verdict != "undo" and each.id not in undone)
    return sorted(held, key=lambda each: each.order)


def last(decisions: Sequence[Decision], target: str) -> Decision:
    """The last standing decision on a lineage or article, or the one of an id: what an undo takes back.

    Raises:
        NotFound: there is none.
    """
    found = [each for each in standing(decisions) if target and target in (each.id, each.lineage, each.article)]
    if not found:
        raise NotFound(
            N_("There is no verdict on {target} that could be taken back."),
            N_("List what waits with: kbuilder review list"),
            target=target,
        )
    return found[-1]


def by_candidate(decisions: Sequence[Decision], candidates: Sequence[Candidate]) -> dict[str, list[Decision]]:
    """Standing decisions by the lineage of the candidate that each is about now, the oldest first.

    A decision belongs to the candidate of its lineage. Where that is gone, or holds none of the threads that were
    judged, it belongs to the one with the most of them, if that is at least half: a lost ledger loses no verdict.
    """
    held = standing(decisions)
    named = {each.lineage for each in held}
    judged = {thread for each in held for thread in each.members}
    lineages = {each.lineage: frozenset(each.members) for each in candidates if each.lineage in named}
    holders = {thread: each.lineage for each in candidates for thread in each.members if thread in judged}
    found: dict[str, list[Decision]] = {}
    for decision in held:
        lineage = _home(decision, lineages, holders)
        if lineage:
            found.setdefault(lineage, []).append(decision)
    return found


def _home(decision: Decision, lineages: Mapping[str, Set[str]], holders: Mapping[str, str]) -> str:
    known = lineages.get(decision.lineage)
    if known is not None and (not decision.members or known & set(decision.members)):
        return decision.lineage
    held = [holders[thread] for thread in decision.members if thread in holders]
    if not held:
        return ""
    best = min(set(held), key=lambda lineage: (-held.count(lineage), lineage))
    return best if held.count(best) >= _HALF * len(decision.members) else ""
