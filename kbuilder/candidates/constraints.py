"""What editors decided about membership, made ready for the clustering. Replayed on every run.

``must-link``, ``merge``, and an approval or edit that took another candidate over keep their members together;
``cannot-link`` keeps each two of its members apart; ``split`` keeps its members together, and apart from every other
thread that had been asked when it was decided:
the rest of the candidate is not in the record, and what was not in the candidate was not with them either. Threads
asked later are free to join either side. ``pin`` keeps a thread with the members of the candidate that it was put to.
Where decisions contradict each other, the later one holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from itertools import combinations

from kbuilder.records import Candidate, Decision, Thread


class Constraints:
    """Sets of ids that are together, and pairs of sets that are apart. They never contradict each other."""

    def __init__(self) -> None:
        self.apart: list[tuple[frozenset[str], frozenset[str]]] = []
        """Nobody of the one set may be with anybody of the other."""
        self._root: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}

    def copy(self) -> Constraints:
        made = Constraints()
        made.apart = [*self.apart]
        made._root = {**self._root}
        made._members = {root: {*names} for root, names in self._members.items()}
        return made

    def root(self, name: str) -> str:
        """The lowest id of those that this one is linked to."""
        return self._root.get(name, name)

    def together(self, name: str) -> set[str]:
        """All that this id is linked to, itself included."""
        return self._members.get(self.root(name), {name})

    def link(self, names: Sequence[str]) -> None:
        """Keep ids together, as far as what holds already allows."""
        if not self._join(names):
            for pair in combinations(names, 2):
                self._join(pair)

    def separate(self, left: Iterable[str], right: Iterable[str]) -> None:
        """Keep each id of the one side from each of the other, but for those that are linked already."""
        here = frozenset(left)
        roots = {self.root(name) for name in here}
        there = frozenset(name for name in right if self.root(name) not in roots)
        if here and there:
            self.apart.append((here, there))

    def _join(self, names: Sequence[str]) -> bool:
        whole: set[str] = set().union(*(self.together(name) for name in names))
        for left, right in self.apart:
            if not whole.isdisjoint(left) and not whole.isdisjoint(right):
                return False
        for root in {self.root(name) for name in names}:
            self._members.pop(root, None)
        root = min(whole, default="")
        self._members[root] = whole
        self._root.update(dict.fromkeys(whole, root))
        return True


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions that no other takes back, latest first. An ``undo`` can be undone."""
    undone: set[str] = set()
    found = []
    for decision in sorted(decisions, key=lambda each: each.order, reverse=True):
        if decision.id in undone:
            continue
        if decision.verdict == "undo":
            undone.add(decision.undoes)
        else:
            found.append(decision)
    return found


def in_force(decisions: Iterable[Decision], known: Set[str]) -> list[Decision]:
    """Those that stand, latest first; of two pins that would put one thread to two candidates the later one does.

    Args:
        known: ids of the threads that are there: a pin ends with its thread.
    """
    homes: dict[str, str] = {}
    found = []
    for decision in standing(decisions):
        held = decision
        if decision.verdict == "pin":
            left = tuple(name for name in decision.members if homes.get(name, decision.lineage) == decision.lineage)
            if not known & {*decision.merged} & {*left}:
                continue
            homes |= dict.fromkeys(left, decision.lineage)
            held = replace(decision, members=left)
        found.append(held)
    return found


def claims(decisions: Iterable[Decision], known: Set[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Which lineage some threads were put to, the latest first: its id stays with them.

    What was put there is named twice: it counts for more than what it was put to.
    """
    return [(each.lineage, (*each.members, *each.merged)) for each in in_force(decisions, known) if each.merged]


def pinned(decisions: Iterable[Decision], known: Set[str]) -> dict[str, Decision]:
    """By thread that an editor put somewhere, the last decision that did."""
    found: dict[str, Decision] = {}
    for decision in in_force(decisions, known):
        if decision.joins or decision.verdict == "split":
            for name in decision.members:
                found.setdefault(name, decision)
    return found


def against(
    decisions: Sequence[Decision], threads: Sequence[Thread], name: str, candidate: Candidate
) -> Decision | None:
    """The last decision by which a thread cannot be put to a candidate at all, or not without others.

    Args:
        threads: at least those that decisions name, as far as they are there, the one and the candidate's.
    """
    known = {thread.id for thread in threads}
    block, goal = read(decisions, threads).together(name), {name, *candidate.members, *candidate.asking}
    for lineage, members in claims(decisions, known):
        goal |= {*members} if lineage == candidate.lineage else set()
    for decision in in_force(decisions, known):
        named = block & {*decision.members}
        if named and (decision.joins or decision.verdict == "split") and not named <= goal:
            return decision
        sides = read([decision], threads).apart if goal & {*decision.members} or named else []
        if any(_between(block, goal - block, each) for each in sides):
            return decision
    return None


def _between(here: Set[str], there: Set[str], sides: tuple[Set[str], Set[str]]) -> bool:
    """Whether the two sides that are kept apart are these."""
    left, right = sides
    return bool((here & left and there & right) or (here & right and there & left))


def read(decisions: Iterable[Decision], threads: Sequence[Thread]) -> Constraints:
    """The constraints of the decisions in force on these threads; ids of other threads do not count."""
    created = {thread.id: thread.question.created for thread in threads}
    found = Constraints()
    for decision in in_force(decisions, created.keys()):
        present = sorted({*decision.members} & created.keys())
        if present and (decision.joins or decision.verdict == "split"):
            found.link(present)
        if decision.verdict == "split":
            found.separate(present, (name for name, time in created.items() if time <= decision.time))
        if decision.verdict == "cannot-link":
            for one, other in combinations(present, 2):
                found.separate([one], [other])
    return found
