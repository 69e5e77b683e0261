"""The SQL database: the same tests on SQLite and PostgreSQL."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from factories import author, post, thread

from kbuilder.errors import Conflict, KBError, SourceError, StaleError
from kbuilder.records import Lineage, Thread
from kbuilder.store import database as module
from kbuilder.store import engine as engine_module
from kbuilder.store.database import Database, Event, EventKind

WHEN = "2026-11-23T20:15:00Z"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database.open(url)
    yield opened
    opened.close()


def dump(count: int, **fields: object) -> list[Thread]:
    return [thread(number, **fields) for number in range(count)]  # type: ignore[arg-type]


def numbers(done: module.Imported) -> tuple[int, int, int, int]:
    return done.added, done.changed, done.unchanged, done.removed


def test_threads_of_authors(database: Database) -> None:
    """Those with a post of theirs, by the name that they have in whatever source; of nobody none."""
    asks = dataclasses.replace(thread(3), question=post("forum:3", 1, "Why?", author=author("u9")))
    answers = dataclasses.replace(thread(4), answers=(post("forum:4", 2, "So.", author=author("u8")),))
    database.put_threads("forum", [thread(1), thread(2), asks, answers])
    assert list(database.threads_of({"u9", "nobody"})) == [asks]
    assert {each.id for each in database.threads_of({"u8", "u9"})} == {asks.id, answers.id}
    assert list(database.threads_of(())) == []


class TestPutThreads:
    def test_what_went_in_comes_out(self, database: Database) -> None:
        """Threads come back as the same records, in the order of their ids as bytes, whatever the order given."""
        given = [
            thread("Z", title="\0 ✓ 'x'"),
            thread("a", accepted=None),
            thread("ä"),
            thread("b-1"),
            thread("B2"),
        ]
        database.put_threads("forum", reversed(given))
        expected = sorted(given, key=lambda each: each.id.encode())
        assert list(database.threads()) == expected
        assert database.thread("forum:ä") == given[2]
        assert database.thread("forum:nothing") is None
        assert (database.count(), database.count("other"), database.count(solved=True)) == (5, 0, 4)

    def test_again_changes_nothing(self, database: Database) -> None:
        """Importing the same again changes nothing."""
        assert numbers(database.put_threads("forum", dump(7), complete=True)) == (7, 0, 0, 0)
        assert numbers(database.put_threads("forum", dump(7), complete=True)) == (0, 0, 7, 0)

    def test_a_changed_thread_is_noticed(self, database: Database) -> None:
        """A thread of which anything changed is taken in anew, and named."""
        database.put_threads("forum", dump(5))
        changed = dataclasses.replace(thread(3), views=9)
        done = database.put_threads("forum", [*dump(3), changed])
        assert numbers(done) == (0, 1, 3, 0)
        assert done.changed_ids == ("forum:3",)
        assert database.thread("forum:3") == changed

    def test_absence_is_deletion_only_if_complete(self, database: Database) -> None:
        """What is absent stays, unless the import is declared complete; then it goes, and is named."""
        database.put_threads("forum", dump(40))
        assert numbers(database.put_threads("forum", dump(39))) == (0, 0, 39, 0)
        done = database.put_threads("forum", dump(39), complete=True)
        assert numbers(done) == (0, 0, 39, 1)
        assert done.removed_ids == ("forum:39",)
        assert database.count() == 39

    def test_deletion_only_within_the_source(self, database: Database) -> None:
        """A complete import of one source removes nothing of another."""
        database.put_threads("forum", dump(3))
        other = dataclasses.replace(thread(1), id="other:1")
        database.put_threads("other", [other], complete=True, allow_removals=True)
        database.put_threads("other", [], complete=True, allow_removals=True)
        assert [each.id for each in database.threads()] == ["forum:0", "forum:1", "forum:2"]
        assert list(database.threads("forum")) == dump(3)

    def test_too_many_removals_stop(self, database: Database) -> None:
        """More than 5 % of a source are not removed unasked: nothing is changed, and the error says what to do."""
        database.put_threads("forum", dump(40))
        with pytest.raises(SourceError, match="would remove 3 of the 40 threads") as caught:
            database.put_threads("forum", [*dump(37), thread("new")], complete=True)
        assert "--allow-removals" in caught.value.advice
        changed = thread(0, title="How do I reset another one?")
        with pytest.raises(SourceError, match="nothing was changed"):
            database.put_threads("forum", [changed], complete=True)
        assert list(database.threads()) == sorted(dump(40), key=lambda each: each.id)
        done = database.put_threads("forum", dump(37), complete=True, allow_removals=True)
        assert (done.removed, database.count()) == (3, 37)

    def test_exactly_five_percent_go(self, database: Database) -> None:
        """5 % itself is allowed."""
        database.put_threads("forum", dump(40))
        assert database.put_threads("forum", dump(38), complete=True).removed == 2

    @pytest.mark.parametrize("batch", [1, 2, 50])
    def test_doubles(self, database: Database, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of two threads with one id the first counts, wherever batches end, so that again changes nothing."""
        monkeypatch.setattr(module, "BATCH", batch)
        given = [thread(1, title="first"), thread(2), thread(1, title="second")]
        assert (database.put_threads("forum", given).doubled, database.count()) == (1, 2)
        assert numbers(database.put_threads("forum", given)) == (0, 0, 2, 0)
        found = database.thread("forum:1")
        assert found
        assert found.title == "first"

    def test_another_sources_thread(self, database: Database) -> None:
        """A thread that names another source is refused."""
        with pytest.raises(ValueError, match="no thread of source other"):
            database.put_threads("other", dump(1))

    def test_an_import_that_breaks_off_removes_nothing(self, database: Database) -> None:
        """Where reading the export fails half-way, nothing counts as absent."""
        database.put_threads("forum", dump(40))

        def broken() -> Iterator[Thread]:
            yield thread(0)
            raise SourceError("cut")

        with pytest.raises(SourceError, match="cut"):
            database.put_threads("forum", broken())
        assert database.count() == 40
        assert numbers(database.put_threads("forum", dump(40), complete=True)) == (0, 0, 40, 0)

    def test_a_complete_source_is_read_twice(self, database: Database) -> None:
        """Threads that can be read but once are refused: what would be lost is known before anything is stored."""
        with pytest.raises(ValueError, match="read twice"):
            database.put_threads("forum", iter(dump(3)), complete=True)
        assert database.count() == 0

    def test_memory_does_not_grow(self, database: Database) -> None:
        """Threads are taken from the reader a batch at a time, and none is kept."""
        import weakref

        alive: list[weakref.ref[str]] = []

        class Title(str):
            """Text that can be watched."""

            __slots__ = ("__weakref__",)

        def many() -> Iterator[Thread]:
            for number in range(3 * module.BATCH):
                title = Title(f"t{number}")
                alive.append(weakref.ref(title))
                yield thread(number, title=title, answers=())
                del title
                assert sum(1 for each in alive if each() is not None) <= 2 * module.BATCH

        assert database.put_threads("forum", many()).added == 3 * module.BATCH
        assert sum(1 for _ in database.threads()) == 3 * module.BATCH

    def test_killed_and_run_again(self, url: str) -> None:
        """An import killed at any moment and run again ends as one that was not."""
        chance = random.Random(3)
        for _ in range(4):
            child = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("importing.py")), url, "400"],
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            assert child.stdout
            assert child.stdout.readline() == b"begun\n"
            time.sleep(chance.uniform(0, 0.2))
            child.send_signal(signal.SIGKILL)
            child.stdout.close()
            child.wait()
        database = Database.open(url)
        given = [thread(number, title=f"How do I reset number {number}?") for number in range(400)]
        done = database.put_threads("forum", given, complete=True)
        assert (done.changed, done.removed) == (0, 0)
        assert list(database.threads()) == sorted(given, key=lambda each: each.id)
        assert left_over(database) == 0
        database.close()


def left_over(database: Database) -> int:
    """Rows of runs that are over."""
    with database.engine.connect() as connection:
        return sum(connection.exec_driver_sql(f"SELECT count(*) FROM {t}").scalar_one() for t in ("runs", "seen"))


class TestRest:
    def test_ledger(self, database: Database) -> None:
        """The ledger comes back as it was written, in the order of ids, and is replaced whole."""
        rows = [Lineage(id="b", members=("forum:ä", "forum:2")), Lineage(id="a", members=(), alive=False)]
        database.write_ledger(rows)
        assert database.read_ledger() == rows[::-1]
        database.write_ledger([])
        assert database.read_ledger() == []

    def test_reports(self, database: Database) -> None:
        """Reports are kept for each import, newest first, and name the sources that were imported."""
        database.put_report("forum", "2026-01-01T00:00:00Z", {"threads": 1})
        database.put_report("forum", "2026-01-02T00:00:00Z", {"threads": 2, "rejects": [{"row": "ä"}]})
        database.put_report("other", "2026-01-01T00:00:00Z", {})
        assert [found.report["threads"] for found in database.reports("forum")] == [2, 1]
        assert len(database.reports()) == 3
        assert database.sources() == {"forum", "other"}

    def test_events(self, database: Database) -> None:
        """Events are counted by kind, in a span of time or of one target; every kind is told."""
        database.record_events([])
        database.record_events(
            [
                Event(time="2026-01-01T00:00:00Z", kind="asked", language="de", probability=0.5),
                Event(time="2026-01-02T00:00:00Z", kind="shown", target="a", member="m", page_view="p"),
                Event(time="2026-01-03T00:00:00Z", kind="shown", target="b"),
            ]
        )
        counted = database.count_events()
        assert list(counted) == list(get_args(EventKind))
        assert (counted["asked"], counted["shown"], counted["helped"]) == (1, 2, 0)
        assert database.count_events(target="a")["shown"] == 1
        span = database.count_events(since="2026-01-01T00:00:00Z", until="2026-01-03T00:00:00Z")
        assert (span["asked"], span["shown"]) == (1, 1)

    def test_unknown_events(self, database: Database) -> None:
        """A kind that nobody defined is refused, and so is all that came with it."""
        with pytest.raises(ValueError, match="clicked"):
            database.record_events([Event(time=WHEN, kind="asked"), Event(time=WHEN, kind="clicked")])  # type: ignore[arg-type]
        assert sum(database.count_events().values()) == 0


def conversation(key: int = 1) -> Thread:
    """Ada asks; Bob answers and is thanked; Eve answers too."""
    name = f"forum:{key}"
    return dataclasses.replace(
        thread(key),
        question=post(name, 1, "Please help, my pin is SECRETQUESTION", author=author("ada")),
        answers=(
            post(name, 2, "SECRETANSWER is what I use", author=author("bob"), accepted=True),
            post(name, 3, "Harmless words", author=author("eve")),
        ),
        comments=(post(name, 4, "Thanks, SECRETCOMMENT", author=author("ada"), reply_to=f"{name}#2"),),
    )


class TestErase:
    def test_an_answer_goes_with_its_comments(self, database: Database) -> None:
        """An erased answer takes its comments along; the thread stays with the rest, and is no longer solved."""
        database.put_threads("forum", [conversation(), thread(2)])
        assert database.erase_posts(["forum:1#2"]) == ["forum:1#2", "forum:1#4"]
        left = database.thread("forum:1")
        assert left
        assert [each.id for each in left.posts] == ["forum:1#1", "forum:1#3"]
        assert database.count(solved=True) == 1
        assert database.thread("forum:2") == thread(2)

    def test_a_question_takes_its_thread(self, database: Database) -> None:
        """With its question the whole thread goes."""
        database.put_threads("forum", [conversation(), thread(2)])
        assert database.erase_posts(["forum:1#1"]) == [f"forum:1#{number}" for number in (1, 2, 3, 4)]
        assert [each.id for each in database.threads()] == ["forum:2"]

    def test_an_author(self, database: Database) -> None:
        """An erased author's posts go everywhere: questions with their threads, comments alone."""
        second = dataclasses.replace(conversation(2), question=post("forum:2", 1, "Mine", author=author("eve")))
        database.put_threads("forum", [conversation(1), second])
        gone = database.erase_author("forum:ada")
        assert gone == ["forum:1#1", "forum:1#2", "forum:1#3", "forum:1#4", "forum:2#4"]
        assert [each.id for thread in database.threads() for each in thread.posts] == [
            "forum:2#1",
            "forum:2#2",
            "forum:2#3",
        ]

    def test_the_same_dump_brings_nothing_back(self, database: Database) -> None:
        """What was erased stays away when the same dump is imported again, and that import changes nothing."""
        given = [conversation(1), conversation(2), conversation(3)]
        database.put_threads("forum", given)
        database.erase_posts(["forum:1#2"])
        database.erase_posts(["forum:2#1"])
        before = list(database.threads())
        done = database.put_threads("forum", given, complete=True)
        assert numbers(done) == (0, 0, 2, 0)
        assert done.erased == 1
        assert list(database.threads()) == before

    def test_an_erased_authors_new_posts_stay_out(self, database: Database) -> None:
        """A later dump with new posts of an erased author is taken in without them."""
        database.erase_author("forum:bob")
        database.put_threads("forum", [conversation()])
        found = database.thread("forum:1")
        assert found
        assert [each.id for each in found.posts] == ["forum:1#1", "forum:1#3"]

    def test_nobody_is_not_everybody(self, database: Database) -> None:
        """Erasing the author without an id does not erase all whose account is deleted."""
        database.put_threads("forum", [dataclasses.replace(thread(1), question=post("forum:1", 1, "x", author=None))])
        with pytest.raises(ValueError, match="id is needed"):
            database.erase_author("")
        assert database.count() == 1

    def test_what_was_never_here_can_be_erased(self, database: Database) -> None:
        """An id can be erased before it is ever imported."""
        assert database.erase_posts(["forum:1#1"]) == []
        database.put_threads("forum", [conversation()])
        assert database.count() == 0

    def test_events_and_rows_set_aside_go(self, database: Database) -> None:
        """Events about what was erased go, and the rows that reports of its source quote; counts stay."""
        database.put_threads("forum", [conversation()])
        database.put_report("forum", WHEN, {"threads": 1, "rejects": [{"row": "SECRETANSWER"}]})
        database.put_report("other", WHEN, {"rejects": [{"row": "kept"}]})
        database.record_events([Event(time=WHEN, kind="shown", target=target) for target in ("forum:1", "forum:2")])
        database.erase_posts(["forum:1#1"])
        assert database.count_events()["shown"] == 1
        assert [dict(found.report) for found in database.reports("forum")] == [{"rejects": [], "threads": 1}]
        assert len(database.reports("other")[0].report["rejects"]) == 1

    @pytest.mark.parametrize("how", ["post", "author"])
    def test_no_byte_is_left(self, tmp_path: Path, how: str) -> None:
        """After erasing, neither the words nor the id are in any byte of database, log or journal."""
        url = f"sqlite:///{tmp_path / 'kb.sqlite'}"
        database = Database.open(url)
        database.put_threads("forum", [*(conversation(number) for number in range(50)), *dump(0)])
        database.put_report("forum", WHEN, {"rejects": [{"row": "SECRETANSWER"}]})
        assert b"SECRETANSWER" in everything(tmp_path)
        assert b"forum:bob" in everything(tmp_path)
        if how == "post":
            database.erase_posts([f"forum:{number}#2" for number in range(50)])
            erased = [b"SECRETANSWER", b"SECRETCOMMENT", b"forum:7#2"]
        else:
            database.erase_author("forum:bob")
            erased = [b"SECRETANSWER", b"forum:bob", b"forum:7#2"]
        assert b"Harmless words" in everything(tmp_path)
        assert [word for word in erased if word in everything(tmp_path)] == []
        database.close()
        assert [word for word in erased if word in everything(tmp_path)] == []

    def test_a_reader_in_the_way_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """While another process reads an old state, erasing says that bytes are left, and again ends it."""
        import sqlite3

        monkeypatch.setattr(engine_module, "SCRUB_SECONDS", 0.1)
        path = tmp_path / "kb.sqlite"
        database = Database.open(f"sqlite:///{path}")
        database.put_threads("forum", [conversation()])
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM threads").fetchone() == (1,)
        with pytest.raises(Conflict, match="log still holds it"):
            database.erase_posts(["forum:1#2"])
        reader.execute("COMMIT")
        reader.close()
        assert database.erase_posts(["forum:1#2"]) == []
        assert b"SECRETANSWER" not in everything(tmp_path)
        database.close()


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


class TestForm:
    def test_opening_again(self, url: str) -> None:
        """A database that was made is opened as it is."""
        first = Database.open(url)
        first.put_threads("forum", dump(2))
        first.close()
        again = Database.upgrade(url)
        assert again.count() == 2
        again.close()

    def test_migrations_and_code_agree(self, database: Database) -> None:
        """The tables that the code uses are those that the migrations make."""
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext
        from sqlalchemy import inspect

        metadata = module._tables()["threads"].metadata
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
            for name, table in metadata.tables.items():
                assert inspect(connection).get_pk_constraint(name)["constrained_columns"] == [
                    column.name for column in table.primary_key
                ]

    def test_one_line_with_one_head(self) -> None:
        """The migrations are one line, and its end is what the code expects."""
        assert module._scripts().get_heads() == [module.REVISION]

    def test_newer(self, url: str) -> None:
        """A database of a newer form is refused, and says so."""
        set_revision(url, "9999")
        for opening in (Database.open, Database.upgrade):
            with pytest.raises(KBError, match="form 9999"):
                opening(url)

    def test_older(self, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database of an older form names the command, which brings it forward and keeps what it holds."""
        first = Database.open(url)
        first.put_threads("forum", dump(2))
        first.close()
        with_a_second_revision(tmp_path, monkeypatch)
        with pytest.raises(StaleError) as caught:
            Database.open(url)
        assert "kbuilder upgrade" in caught.value.advice
        upgraded = Database.upgrade(url)
        assert upgraded.count() == 2
        with upgraded.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT extra FROM threads LIMIT 1").scalar_one() == ""
        upgraded.close()
        Database.open(url).close()

    def test_somebody_elses_database(self, url: str) -> None:
        """A database that holds something else is not written to."""
        engine = engine_module.engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE shop (id INTEGER)")
        engine.dispose()
        with pytest.raises(KBError, match="shop"):
            Database.open(url)

    def test_two_open_at_once(self, url: str) -> None:
        """Processes that open an empty database at the same time find one form."""
        code = "import sys; from kbuilder.store.database import Database; Database.open(sys.argv[1]).count()"
        children = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
        assert [child.wait() for child in children] == [0, 0, 0]

    @pytest.mark.parametrize("wrong", ["mysql://x/y", "nonsense", ""])
    def test_wrong_address(self, wrong: str) -> None:
        """An address of something else is explained, without repeating a password that it may hold."""
        with pytest.raises(KBError, match="KBUILDER_DATABASE_URL"):
            Database.open(wrong)


def set_revision(url: str, revision: str) -> None:
    Database.open(url).close()
    engine = engine_module.engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
    engine.dispose()


def with_a_second_revision(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this were a later kbuilder."""
    import shutil

    migrations = folder / "100% migrations"
    shutil.copytree(module.MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    (migrations / "versions/r9999.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision, branch_labels, depends_on = '9999', '{module.REVISION}', None, None\n"
        "def upgrade():\n"
        "    op.add_column('threads', sa.Column('extra', sa.Text, nullable=False, server_default=''))\n"
    )
    monkeypatch.setattr(module, "MIGRATIONS", migrations)
    monkeypatch.setattr(module, "REVISION", "9999")
