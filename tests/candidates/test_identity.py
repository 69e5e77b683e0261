"""Ids that last."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.candidates.identity import name
from kbuilder.records import Lineage


def groups(*members: str) -> list[tuple[str, ...]]:
    return [tuple(sorted(each)) for each in members]


@st.composite
def partitions(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Some threads, each in one group."""
    owners = draw(st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 4), min_size=1))
    found: dict[int, list[str]] = {}
    for thread, owner in owners.items():
        found.setdefault(owner, []).append(thread)
    return [tuple(sorted(each)) for each in found.values()]


@given(st.lists(partitions(), min_size=1, max_size=5))
@settings(max_examples=80, deadline=None)
def test_ids_are_unique_and_never_given_again(history: list[list[tuple[str, ...]]]) -> None:
    """Through any history each group has an id of its own, and no dead lineage comes back to life."""
    ledger: list[Lineage] = []
    dead: set[str] = set()
    for state in history:
        named = name(state, ledger)
        assert len({*named.ids.values()}) == len(state)
        assert not dead & {*named.ids.values()}
        ledger = named.ledger
        dead |= {row.id for row in ledger if not row.alive}
        assert {row.id: row.members for row in ledger if row.alive} == {v: k for k, v in named.ids.items()}


@given(partitions())
def test_nothing_changes_where_nothing_changed(state: list[tuple[str, ...]]) -> None:
    """The same groups keep their ids, and no change is told."""
    first = name(state, [])
    again = name(reversed(state), first.ledger)
    assert again.ids == first.ids
    assert again.changes == []
    assert {change.kind for change in first.changes} == {"born"}


def test_each_change_is_told() -> None:
    """Growth, shrinking, split, merge, birth and death, each with who came and went."""
    before = name(groups("abc", "defg", "hi", "jk", "lmn"), [])
    ids = {key[0]: value for key, value in before.ids.items()}
    after = name(groups("abcx", "de", "fg", "hijk", "lm", "yz"), before.ledger)
    told = {(change.kind, change.lineage): change for change in after.changes}
    assert told["grown", ids["a"]].added == ("x",)
    assert told["shrunk", ids["l"]].removed == ("n",)
    new = {key: value for key, value in after.ids.items() if value not in ids.values()}
    assert {kind for kind, lineage in told if lineage in new.values()} == {"born"}
    assert told["split", ids["d"]].others == (after.ids["f", "g"],) or told["split", ids["d"]].others == (
        after.ids["d", "e"],
    )
    merged = [change for change in after.changes if change.kind == "merged"]
    assert [change.others for change in merged] == [(after.ids["h", "i", "j", "k"],)]
    gone = name(groups("yz"), after.ledger)
    assert {change.kind for change in gone.changes} == {"died"}


def test_the_greatest_overlap_keeps_the_id() -> None:
    """Where a group falls apart, the part with more of its threads keeps the name."""
    before = name(groups("abcde"), [])
    after = name(groups("abcd", "e"), before.ledger)
    assert after.ids["a", "b", "c", "d"] == before.ids["a", "b", "c", "d", "e"]
