"""Decision files."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.records import Decision
from kbuilder.store import decisions

WHEN = "2026-11-23T20:15:00Z"


def decision(key: str = "a", time: str = WHEN, **fields: object) -> Decision:
    given_fields = {"id": decisions.new_id(time, key), "verdict": "reject", "editor": "Ada", "time": time}
    return Decision(**{**given_fields, **fields})  # type: ignore[arg-type]


class Files(dict[str, bytes]):
    """A tree in memory."""

    def read(self, path: str) -> bytes | None:
        return self.get(path)

    def list(self, prefix: str) -> list[str]:
        return sorted(path for path in self if path.startswith(prefix + "/"))


@given(st.text(), st.lists(st.text()).map(tuple))
def test_round_trip(reason: str, members: tuple[str, ...]) -> None:
    """What is written is read back, whatever reason and members are."""
    one = decision(reason=reason, members=members)
    assert decisions.examine(decisions.write(one), decisions.path(one)) == (one, None)


def test_path() -> None:
    """A decision stands below the first two characters of its digest, so that folders stay small."""
    assert decisions.path(decision()) == "decisions/ca/20261123T201500Z-ca978112ca1b.json"
    with pytest.raises(ValueError, match="not the id"):
        decisions.path(dataclasses.replace(decision(), id="../x"))


def test_read_all_orders_by_time() -> None:
    """Decisions come in the order in which they were taken, not in that of their folders."""
    late, early = decision("a", "2026-11-24T00:00:00Z"), decision("b")
    tree = Files({decisions.path(each): decisions.write(each) for each in (late, early)})
    assert decisions.read_all(tree) == ([early, late], [])


def test_faults() -> None:
    """A broken, a newer and a misplaced file are told; the good ones are read."""
    good, newer = decision("a"), dataclasses.replace(decision("b"), format=2)
    tree = Files({decisions.path(each): decisions.write(each) for each in (good, newer)})
    tree["decisions/zz/x.json"] = b"{"
    tree["decisions/aa/moved.json"] = decisions.write(good)
    read, faults = decisions.read_all(tree)
    assert read == [good]
    assert sorted(fault.place for fault in faults) == sorted(
        [decisions.path(newer), "decisions/aa/moved.json", "decisions/zz/x.json"]
    )
