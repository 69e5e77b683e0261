"""Temporary files of an import."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import thread

from kbuilder.errors import SourceError
from kbuilder.importers.spill import names_seen, spooled
from kbuilder.records import Thread


def test_spooled_threads_come_back_as_often_as_wanted(tmp_path: Path) -> None:
    """The same records in the same order, each time from the first."""
    given = [thread(number, title=f"line\nbreak {number} \0 ✓") for number in range(3)]
    with spooled(iter(given), tmp_path) as held:
        assert list(held) == given
        assert next(iter(held)) == given[0]
        assert list(held) == given
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_off_is_never_handed_on(tmp_path: Path) -> None:
    """Nothing of an export that turns out hostile half-way reaches whoever would store it."""

    def hostile() -> Iterator[Thread]:
        yield thread(1)
        raise SourceError("hostile")

    with pytest.raises(SourceError, match="hostile"), spooled(hostile(), tmp_path):
        pytest.fail("it was handed on")
    assert list(tmp_path.iterdir()) == []


def test_names_are_new_once() -> None:
    """Whoever was met is not counted again."""
    with names_seen() as names:
        assert [names.is_new(name) for name in ("ä", "b", "ä", "b", "c")] == [True, True, False, False, True]
