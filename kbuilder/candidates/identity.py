"""Ids that last: new groups are matched to the lineages that are alive, by the threads that they share.

The matching with the greatest sum of Jaccard overlaps (Kuhn 1955, by scipy). Ids alone have memory: nothing here
changes who is with whom.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

import numpy as np

from kbuilder.records import Change, Decision, Lineage
from kbuilder.text import short_id

Members = tuple[str, ...]
"""Ids of threads, sorted."""


@dataclass(frozen=True)
class Named:
    """Groups with their ids, and what became of the ledger."""

    ids: dict[Members, str]
    ledger: list[Lineage]
    """By id."""
    changes: list[Change]
    """By lineage."""


def name(
    groups: Iterable[Members], ledger: Sequence[Lineage], claims: Sequence[tuple[str, Sequence[str]]] = ()
) -> Named:
    """Give each group the id of a living lineage or a new one.

    Args:
        groups: no thread is in two of them.
        ledger: of the last build, in any order.
        claims: lineages, each with threads that an editor put to it, the latest first: their group has its id.
    """
    ordered = sorted(groups)
    alive = sorted((each for each in ledger if each.alive), key=lambda each: each.id)
    ids = _claimed(ordered, {each.id for each in ledger}, claims)
    given = {*ids.values()}
    ids |= _match([each for each in ordered if each not in ids], [each for each in alive if each.id not in given])
    taken = {each.id for each in ledger}
    for members in ordered:
        if members not in ids:
            ids[members] = _new_id(members, taken)
            taken.add(ids[members])
    living = {ids[members]: members for members in ordered}
    ended = [Lineage(id=each.id, members=each.members, alive=False) for each in ledger if each.id not in living]
    rows = [Lineage(id=key, members=members) for key, members in living.items()] + ended
    return Named(ids, sorted(rows, key=lambda each: each.id), _changes(alive, living))


def remembered(ledger: Sequence[Lineage], decisions: Iterable[Decision]) -> list[Lineage]:
    """The ledger, and lineages that only verdicts still know: what was judged keeps its id if the ledger is lost.

    Args:
        decisions: those that stand, the oldest first; the last on a lineage says which threads it stood for.
    """
    known = {each.id for each in ledger}
    judged = {
        each.lineage: Lineage(id=each.lineage, members=each.members)
        for each in decisions
        if each.verdict in _ON_ALL and each.lineage and each.members and each.lineage not in known
    }
    return sorted([*ledger, *judged.values()], key=lambda each: each.id)


_ON_ALL = ("approve", "edit", "reject", "expire", "merge", "pin")
"""Verdicts whose members are all of the lineage's."""


def _claimed(
    groups: Sequence[Members], known: Set[str], claims: Sequence[tuple[str, Sequence[str]]]
) -> dict[Members, str]:
    """The groups that hold most of what was put to a lineage; of two that are put to one group the later counts."""
    homes = {member: members for members in groups for member in members}
    found: dict[Members, str] = {}
    given: set[str] = set()
    for lineage, threads in claims:
        held = Counter(homes[each] for each in threads if each in homes)
        if held and lineage in known and lineage not in given:
            group = min(held, key=lambda each: (-held[each], each))
            given.add(found.setdefault(group, lineage))
    return found


def _new_id(members: Members, taken: set[str]) -> str:
    """An id from the members' names; another one where a lineage, dead ones included, has it."""
    content = "\n".join(members)
    while (found := short_id(content)) in taken:
        content += "\n"
    return found


def _match(groups: Sequence[Members], alive: Sequence[Lineage]) -> dict[Members, str]:
    owners: dict[str, list[int]] = defaultdict(list)
    for column, lineage in enumerate(alive):
        for member in lineage.members:
            owners[member].append(column)
    shared = Counter((row, column) for row, members in enumerate(groups) for m in members for column in owners[m])
    overlap = {
        (row, column): count / (len(groups[row]) + len(alive[column].members) - count)
        for (row, column), count in shared.items()
    }
    found: dict[Members, str] = {}
    for pairs in _islands(overlap, len(groups), len(alive)):
        found.update({groups[row]: alive[column].id for row, column in _assign(pairs, overlap)})
    return found


def _islands(overlap: dict[tuple[int, int], float], rows: int, columns: int) -> list[list[tuple[int, int]]]:
    """The overlapping pairs, apart where no group and no lineage is in two parts: small problems, same result."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    pairs = sorted(overlap)
    if not pairs:
        return []
    left, right = np.array(pairs).T
    size = rows + columns
    links = coo_matrix((np.ones(len(pairs), bool), (left, right + rows)), shape=(size, size))
    labels = connected_components(links, directed=False)[1]
    islands: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pair in pairs:
        islands[int(labels[pair[0]])].append(pair)
    return list(islands.values())


def _assign(pairs: list[tuple[int, int]], overlap: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    from scipy.optimize import linear_sum_assignment

    rows, columns = sorted({row for row, _ in pairs}), sorted({column for _, column in pairs})
    matrix = np.zeros((len(rows), len(columns)))
    for row, column in pairs:
        matrix[rows.index(row), columns.index(column)] = overlap[row, column]
    chosen = zip(*linear_sum_assignment(matrix, maximize=True), strict=True)
    found = [(rows[row], columns[column]) for row, column in chosen]
    return [pair for pair in found if pair in overlap]


def _changes(before: Sequence[Lineage], now: dict[str, Members]) -> list[Change]:
    then = {each.id: each.members for each in before}
    place = {member: key for key, members in now.items() for member in members}
    born = [Change(kind="born", lineage=key, added=now[key]) for key in now.keys() - then.keys()]
    kept = [change for key in then.keys() & now.keys() for change in _kept(key, then, now[key], place)]
    ended = [_ended(key, then[key], place) for key in then.keys() - now.keys()]
    return sorted([*born, *kept, *ended], key=lambda change: (change.lineage, change.kind))


def _kept(key: str, then: dict[str, Members], members: Members, place: dict[str, str]) -> list[Change]:
    """What happened to a lineage that lives on: grown, shrunk, split, or several of these."""
    added = tuple(sorted({*members} - {*then[key]}))
    gone = sorted({*then[key]} - {*members})
    parted = tuple(each for each in gone if each in place and place[each] not in then)
    removed = tuple(each for each in gone if each not in parted)
    others = tuple(sorted({place[each] for each in parted}))
    found = [Change(kind="grown", lineage=key, added=added)] if added else []
    found += [Change(kind="shrunk", lineage=key, removed=removed)] if removed else []
    return found + ([Change(kind="split", lineage=key, others=others, removed=parted)] if parted else [])


def _ended(key: str, members: Members, place: dict[str, str]) -> Change:
    """Merged into the lineage that has most of its threads; died where none of them is left."""
    heirs = Counter(place[each] for each in members if each in place)
    if not heirs:
        return Change(kind="died", lineage=key, removed=members)
    heir = min(heirs, key=lambda each: (-heirs[each], each))
    return Change(kind="merged", lineage=key, others=(heir,), removed=members)
