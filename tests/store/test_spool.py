"""Events on disk: none is lost, whatever is away."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.store import spool as module
from kbuilder.store.database import Event
from kbuilder.store.spool import Spool


def event(number: int) -> Event:
    return Event(time="2026-01-01T00:00:00Z", kind="shown", target=str(number))


class Away(Exception):
    """The database does not answer."""


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.booleans()), max_size=8))
def test_what_is_added_is_moved_on_once_and_in_order(steps: list[tuple[int, bool, bool]]) -> None:
    """However often the database is away in between."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        spool, added, moved = Spool(Path(folder)), list[Event](), list[Event]()
        for count, drains, away in [*steps, (1, True, False)]:

            def keep(events: Sequence[Event], away: bool = away) -> None:
                if away:
                    raise Away
                moved.extend(events)

            new = [event(len(added) + n) for n in range(count)]
            spool.add(new)
            added += new
            if drains:
                with suppress(Away):
                    spool.drain(keep)
            assert spool.waiting() == len(added) - len(moved)
        assert moved == added


def test_a_line_that_a_crash_cut_goes_and_takes_none_along(tmp_path: Path) -> None:
    """Whoever sent it was not answered."""
    spool = Spool(tmp_path)
    spool.add([event(1)])
    file = tmp_path / "events.jsonl"
    file.write_bytes(file.read_bytes() + b'{"time": "20')
    assert spool.waiting() == 1
    spool.add([event(2)])
    moved: list[Event] = []
    assert spool.drain(moved.extend) == 2
    assert moved == [event(1), event(2)]


def test_a_full_disk_is_told_and_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there before stays whole."""
    spool = Spool(tmp_path)
    spool.add([event(1)])
    real, room = module.os.write, iter([10, 0])

    def full(file: int, data: bytes) -> int:
        size = next(room)
        if not size:
            raise OSError(28, "No space left on device")
        return real(file, data[:size])

    with monkeypatch.context() as patched:
        patched.setattr(module.os, "write", full)
        with pytest.raises(OSError, match="No space"):
            spool.add([event(2)])
    spool.add([event(3)])
    moved: list[Event] = []
    spool.drain(moved.extend)
    assert moved == [event(1), event(3)]


def test_two_do_not_move_the_same(tmp_path: Path) -> None:
    """While one does it the other leaves it alone."""
    spool, moved = Spool(tmp_path), list[Event]()
    spool.add([event(1)])

    def keep(events: Sequence[Event]) -> None:
        assert Spool(tmp_path).drain(moved.extend) == 0
        moved.extend(events)

    assert spool.drain(keep) == 1
    assert moved == [event(1)]
