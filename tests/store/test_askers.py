"""Keys, kept questions, and events read back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kbuilder.store import askers as module
from kbuilder.store.askers import Askers, Key, Question
from kbuilder.store.database import Database, Event


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database.open(url)
    yield opened
    opened.close()


class TestAskers:
    def test_keys(self, database: Database) -> None:
        """By digest, changed by id, the oldest first."""
        askers = Askers(database)
        old, new = (
            Key(id=name, name=name, digest=f"d-{name}", created=f"2026-01-0{n}") for n, name in ((1, "b"), (2, "a"))
        )
        askers.add_key(new)
        askers.add_key(old)
        askers.change_key("a", revoked="2026-02-01T00:00:00Z")
        assert [key.id for key in askers.all_keys()] == ["b", "a"]
        assert (askers.key("d-b"), askers.key("d-x")) == (old, None)
        found = askers.key("d-a")
        assert found is not None
        assert found.revoked

    def test_questions(self, database: Database) -> None:
        """One of each page view, the last; gone when it was answered or is old."""
        askers = Askers(database)
        for time, text, view in (
            ("1", "why", "v"),
            ("2", "why is", "v"),
            ("3", "how", ""),
            ("4", "how", ""),
            ("5", "what", "w"),
        ):
            askers.keep_question(Question(time=time, text=text, page_view=view))
        askers.keep_question(Question(time="6", text="", page_view="w"))
        assert [each.text for each in askers.questions()] == ["why is", "how", "how"]
        assert [each.time for each in askers.questions(since="3")] == ["3", "4"]
        askers.drop_questions(before="4")
        assert [each.time for each in askers.questions()] == ["4"]

    def test_events_come_back_as_they_were(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """In order, of a span and of kinds, however many are read at a time."""
        monkeypatch.setattr(module, "_ROWS", 2)
        askers = Askers(database)
        kinds = ("asked", "shown", "opened", "helped", "posted")
        every = [
            Event(time=f"2026-01-0{n}", kind=kind, target="t", page_view="v", arm="held", probability=0.5)
            for n, kind in enumerate(kinds, 1)
        ]
        database.record_events(every)
        assert list(askers.events()) == every
        assert list(askers.events("2026-01-02", "2026-01-04")) == every[1:3]
        assert list(askers.events(kinds=("posted", "asked"))) == [every[0], every[4]]
        askers.drop_events("2026-01-05")
        assert list(askers.events()) == every[4:]

    def test_events_around_others(self, database: Database) -> None:
        """Of the page views on which one of these happened; what members posted is everywhere."""
        told = [
            ("v1", "", "asked"),
            ("v1", "", "helped"),
            ("v2", "", "asked"),
            ("v2", "", "posted"),
            ("v3", "m", "posted"),
            ("", "", "helped"),
            ("", "", "opened"),
        ]
        every = [Event(time="1", kind=kind, page_view=view, member=who) for view, who, kind in told]  # type: ignore[arg-type]
        database.record_events(every)
        askers = Askers(database)
        assert list(askers.events(around=("helped",))) == [*every[:2], every[4]]
        assert list(askers.events(kinds=("asked",), around=("helped", "posted"))) == [every[0], every[2]]
        assert list(askers.events(around=("abandoned",))) == [every[4]]

    def test_views_are_told_one_by_one(self, database: Database) -> None:
        """Each whole, however its events lie among others'; more of them than are read at a time."""
        count = 3 * module._ROWS // 4
        views = [f"v{number:05}" for number in range(count)]
        told = [(view, kind) for kind in ("asked", "helped") for view in views]
        told += [("v", "asked"), ("", "helped")]
        database.record_events([Event(time="1", kind=kind, page_view=view) for view, kind in told])  # type: ignore[arg-type]
        found = list(Askers(database).views(("asked", "helped"), ("helped",)))
        assert [each[0].page_view for each in found] == views
        assert {tuple(event.kind for event in each) for each in found} == {("asked", "helped")}

    def test_members_are_known_once(self, database: Database) -> None:
        """Nobody is none."""
        database.record_events([Event(time="1", kind="asked", member=who) for who in ("m", "", "n", "m")])
        assert Askers(database).members() == {"m", "n"}

    def test_a_member_is_forgotten(self, database: Database) -> None:
        """With what was done on the same page views before it was known who it is; others stay."""
        askers = Askers(database)
        told = (("v1", ""), ("v1", "m"), ("", "m"), ("v2", "n"), ("v3", ""), ("", ""))
        database.record_events([Event(time="1", kind="opened", page_view=view, member=who) for view, who in told])
        for view in ("v1", "v3"):
            askers.keep_question(Question(time="1", text="why", page_view=view))
        assert askers.erase_member("m") == 4
        assert [(each.page_view, each.member) for each in askers.events()] == [("v2", "n"), ("v3", ""), ("", "")]
        assert [each.page_view for each in askers.questions()] == ["v3"]
        with pytest.raises(ValueError, match="pseudonym"):
            askers.erase_member("")
