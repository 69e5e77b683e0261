"""The file of notices: what is written is read again, and the clock alone begins and ends them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.errors import ConfigError
from kbuilder.store import notices
from kbuilder.store.notices import FILE, Notice, Notices

TIMES = st.sampled_from(["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"])
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
NOTICE = st.builds(
    Notice,
    id=st.text("abcdefgh234567", min_size=12, max_size=12),
    title=TEXT.filter(str.strip),
    text=TEXT,
    language=st.sampled_from(["", "en", "de"]),
    audience=st.sampled_from(["public", "partner"]),
    since=TIMES,
    until=TIMES | st.just(""),
    products=st.lists(TEXT.filter(bool), max_size=2).map(tuple),
)


@dataclass(frozen=True)
class File:
    """A tree with one file."""

    data: bytes | None

    def read(self, path: str) -> bytes | None:
        return self.data if path == FILE else None

    def list(self, prefix: str) -> list[str]:
        return [FILE] if self.data and FILE.startswith(prefix) else []


@given(st.lists(NOTICE, unique_by=lambda each: each.id), TIMES)
def test_what_is_written_is_read(made: list[Notice], now: str) -> None:
    """In the order of their beginnings, whatever order they were given in."""
    told = Notices(tuple(made)).at(now)
    read = notices.read(File(notices.write(told)))
    assert {each.id: each for each in read.all} == {each.id: each for each in told.all}
    assert [each.since for each in read.current] == sorted(each.since for each in told.current)
    assert notices.write(read) == notices.write(told)


@given(st.lists(NOTICE), TIMES, TIMES)
def test_the_clock_begins_and_ends_them(made: list[Notice], one: str, other: str) -> None:
    """Told from its beginning to its end; looking in between changes nothing."""
    first, later = sorted((one, other))
    known = Notices(tuple(made)).at(first)
    assert all(each.since <= first < (each.until or "z") for each in known.current)
    assert all(each.since > first for each in known.planned)
    assert {*known.at(later).all} == {*Notices(tuple(made)).at(later).all}


def test_without_the_file_there_are_none() -> None:
    """And one that is written by hand needs no id."""
    assert notices.read(File(None)) == Notices()
    (only,) = notices.read(File(b'{"notices": [{"title": "T"}]}')).current
    assert (only.audience, len(only.id)) == ("public", 12)


@pytest.mark.parametrize("wrong", [b"{", b"[]", b'{"notices": 1}', b'{"notices": ["a"]}'])
def test_a_damaged_file_is_an_error(wrong: bytes) -> None:
    """It is named; nothing goes on as if there were no notices."""
    with pytest.raises(ConfigError, match=r"facts/notices\.json cannot be read"):
        notices.read(File(wrong))
