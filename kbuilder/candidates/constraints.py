"""What editors decided about membership, made ready for the clustering. Replayed on every run.

``must-link``, ``merge``, and an approval or edit that took another candidate over keep their members together;
``cannot-link`` keeps each two of its members apart; ``split`` keeps its members together, and apart from every other
thread that had been asked when it was decided:
the rest of the candidate is not in the record, and what was not in the candidate was not with them either. Threads
asked later are free to join either side. Where decisions contradict each other, the later one holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from kbuilder.records import Decision, Thread


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


def read(decisions: Iterable[Decision], threads: Sequence[Thread]) -> Constraints:
    """The constraints of the standing decisions on these threads; ids of other threads do not count."""
    created = {thread.id: thread.question.created for thread in threads}
    found = Constraints()
    for decision in standing(decisions):
        present = sorted({*decision.members} & created.keys())
        if present and (decision.joins or decision.verdict == "split"):
            found.link(present)
        if decision.verdict == "split":
            found.separate(present, (name for name, time in created.items() if time <= decision.time))
        if decision.verdict == "cannot-link":
            for one, other in combinations(present, 2):
                found.separate([one], [other])
    return found
