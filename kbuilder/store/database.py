"""The one SQL database: threads and posts, the lineage ledger, import reports, events.

How it is reached is ``engine.py``; the desk's part is ``people.py``, the askers' ``askers.py``, the support's
``contacts.py``.

SQLite by default, PostgreSQL by URL. A thread is kept as its record's JSON, beside what is asked of it: source,
digest, solved, and its posts' ids and authors. Its form is made and changed by Alembic alone (``migrations/``).

What is erased leaves no byte behind in an SQLite file: freed pages are overwritten (``secure_delete``), the
write-ahead log is cut to nothing, and the file is written anew. Only a digest of each erased id stays, so that a
later import of the same dump does not bring it back.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from kbuilder import records
from kbuilder.errors import Conflict, KBError, SourceError, StaleError
from kbuilder.records import Lineage, Post, Thread
from kbuilder.store.engine import engine, scrub_sqlite
from kbuilder.text import N_

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

REVISION = "0008"
"""The form that this code reads and writes: the newest of ``migrations/versions``."""
MIGRATIONS = Path(__file__).parent / "migrations"

BATCH = 300
"""Threads a transaction."""
LARGEST_REMOVAL = 0.05
"""The share of a source that an import may remove without being told to."""
_PARAMETERS = 900
"""Ids in one question to the database."""
_MIGRATION_LOCK = 7_305_214

EventKind = Literal["asked", "shown", "opened", "helped", "not_helped", "posted", "abandoned", "flagged"]
Arm = Literal["", "shown", "held"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import changed, in threads."""

    added: int
    changed: int
    unchanged: int
    removed: int
    erased: int
    """Left out because someone asked for them to be erased."""
    doubled: int
    """Ids that the import held twice; the first one counts."""
    changed_ids: tuple[str, ...] = ()
    removed_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that an asker or reader did. Nobody is named: ``member`` is a pseudonym or empty."""

    time: str
    kind: EventKind
    target: str = ""
    """Article id or thread id."""
    page_view: str = ""
    member: str = ""
    language: str = ""
    product: str = ""
    audience: str = "public"
    probability: float | None = None
    arm: Arm = ""
    """Of the hold-out: who was shown what was found, and who was not; ``""``: there was none."""
    evidence: str = ""
    """Of a question, what the probability was made of, and the answers shown besides the first:
    ``{"model", "figures", "others"}`` as JSON; no word is in it."""
    words: str = ""
    """Of a flag, what the reader says is wrong, without personal data."""
    signed: bool = False
    """The member by a token that the forum signed: a page can say what it likes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """The report of an import, as it was stored."""

    source: str
    time: str
    report: Mapping[str, Any]


@dataclass(slots=True)
class _Tally:
    added: int = 0
    unchanged: int = 0
    erased: int = 0
    doubled: int = 0
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. Made by :meth:`open`."""

    engine: Engine

    @classmethod
    def open(cls, url: str) -> Database:
        """Open a database; an empty one is given its form.

        Args:
            url: ``sqlite:///PATH`` or ``postgresql://…``.

        Raises:
            StaleError: its form is older; ``kbuilder upgrade`` brings it forward.
            KBError: its form is newer than this kbuilder, or it holds something else.
        """
        from sqlalchemy.exc import DBAPIError

        database = cls(engine(url))
        try:
            database._check_form()
        except DBAPIError as error:
            database.close()
            raise _unreachable(error) from error
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def upgrade(cls, url: str) -> Database:
        """Open a database and bring its form forward if it is older.

        Raises:
            KBError: its form is newer than this kbuilder, or it holds something else.
        """
        database = cls(engine(url))
        try:
            with database.write() as connection:
                _keep_others_off(connection)
                if _revision(connection) != REVISION:
                    _check_known(connection)
                    _migrate(connection)
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    # -- threads ----------------------------------------------------------------------------------------------

    def put_threads(
        self,
        source: str,
        threads: Iterable[Thread],
        *,
        complete: bool = False,
        allow_removals: bool = False,
    ) -> Imported:
        """Take in the threads of one source. The same ones again change nothing.

        Each batch is a transaction; an import that was killed is simply run again. What was erased stays away.

        Args:
            source: the source that all of them belong to.
            threads: one batch at a time in memory. A complete source is read twice, first for its ids alone.
            complete: these are all threads of the source, so that any other is removed.
            allow_removals: even if that is more than 5 % of the source.

        Raises:
            SourceError: more than 5 % would be removed; nothing was changed.
            ValueError: a thread of another source, or a complete source that cannot be read twice.
        """
        if complete and not allow_removals:
            self._check_removals(source, threads)
        tally = _Tally()
        with self.write() as connection:
            run = _begin_run(connection, source)
        for batch in chunks(threads, BATCH):
            with self.write() as connection:
                _put_batch(connection, source, run, batch, tally)
        with self.write() as connection:
            missing = _missing(connection, source, run) if complete else []
            _delete(connection, "threads", "id", missing)
            _end_runs(connection, source)
        return Imported(
            added=tally.added,
            changed=len(tally.changed),
            unchanged=tally.unchanged,
            removed=len(missing),
            erased=tally.erased,
            doubled=tally.doubled,
            changed_ids=tuple(sorted(tally.changed)),
            removed_ids=tuple(missing),
        )

    def _check_removals(self, source: str, threads: Iterable[Thread]) -> None:
        """See that a complete import would not remove too much, before a thread of it is written."""
        if iter(threads) is threads:
            raise ValueError("a complete source is read twice")
        with self.write() as connection:
            before = _count(connection, source)
            run = _begin_run(connection, source)
        for batch in chunks(threads, BATCH):
            with self.write() as connection:
                fresh = _first_ones(connection, source, run, batch, _Tally())
                _insert(connection, "seen", [{"run": run, "thread": key} for key in fresh])
        with self.write() as connection:
            missing = len(_missing(connection, source, run))
            _end_runs(connection, source)
        if missing > before * LARGEST_REMOVAL:
            raise _too_many(source, missing, before)

    def threads(self, source: str = "") -> Iterator[Thread]:
        """All threads, or those of a source, in the order of their ids; some hundreds in memory at a time."""
        from sqlalchemy import select

        table, last = _tables()["threads"], ""
        while True:
            query = select(table.c.id, table.c.record).where(table.c.id > last).order_by(table.c.id).limit(BATCH)
            if source:
                query = query.where(table.c.source == source)
            with self.read() as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            for row in rows:
                yield records.loads(Thread, row.record)
            last = rows[-1].id

    def thread(self, id: str) -> Thread | None:  # noqa: A002 - the record's own word
        """One thread, or ``None``."""
        from sqlalchemy import select

        table = _tables()["threads"]
        with self.read() as connection:
            record = connection.scalar(select(table.c.record).where(table.c.id == id))
        return None if record is None else records.loads(Thread, record)

    def products(self) -> set[str]:
        """What the threads are about, as each says it: read from all of them."""
        from sqlalchemy import JSON, cast, select, type_coerce

        record = _tables()["threads"].c.record
        read = type_coerce if self.engine.dialect.name == "sqlite" else cast  # there a cast to JSON makes a number
        with self.read() as connection:
            found = connection.scalars(select(read(record, JSON)["product"].as_string()).distinct())
            return {product for product in found if product}

    def threads_of(self, names: Collection[str]) -> Iterator[Thread]:
        """Threads with a post of authors, by what their ids are in whatever source."""
        from sqlalchemy import select

        threads, posts = _tables()["threads"], _tables()["posts"]
        with self.read() as connection:
            sources = list(connection.scalars(select(threads.c.source).distinct()))
            ids = [f"{source}:{name}" for name in sorted(names) for source in sources]
            for some in chunks(ids, _PARAMETERS):
                theirs = select(posts.c.thread).where(posts.c.author.in_(some))
                found = connection.scalars(select(threads.c.record).where(threads.c.id.in_(theirs)))
                yield from (records.loads(Thread, record) for record in found.all())

    def threads_naming(self, address: str, most: int = 5) -> list[Thread]:
        """Threads in whose record an address stands as that of the thread, a post or a person; looks at all."""
        from sqlalchemy import select

        table = _tables()["threads"]
        written = json.dumps(address, ensure_ascii=False)
        query = select(table.c.record).where(table.c.record.contains(f":{written}", autoescape=True))
        with self.read() as connection:
            rows = connection.scalars(query.order_by(table.c.id).limit(most)).all()
        return [records.loads(Thread, row) for row in rows]

    def count(self, source: str = "", *, solved: bool = False) -> int:
        """How many threads there are: of a source, or solved ones alone."""
        with self.read() as connection:
            return _count(connection, source, solved=solved)

    def sources(self) -> frozenset[str]:
        """The names of all sources that were imported here."""
        from sqlalchemy import select, union

        tables = _tables()
        query = union(select(tables["threads"].c.source), select(tables["reports"].c.source))
        with self.read() as connection:
            return frozenset(connection.scalars(query))

    # -- ledger, reports --------------------------------------------------------------------------------------

    def read_ledger(self) -> list[Lineage]:
        """All lineages that ever were, in the order of their ids."""
        from sqlalchemy import select

        table = _tables()["ledger"]
        with self.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.id)).all()
        return [Lineage(id=row.id, members=tuple(json.loads(row.members)), alive=row.alive) for row in rows]

    def write_ledger(self, ledger: Sequence[Lineage]) -> None:
        """Replace the ledger, all or nothing."""
        from sqlalchemy import delete, insert

        table = _tables()["ledger"]
        rows = [
            {"id": row.id, "alive": row.alive, "members": json.dumps(row.members, ensure_ascii=False)}
            for row in ledger
        ]
        with self.write() as connection:
            connection.execute(delete(table))
            if rows:
                connection.execute(insert(table), rows)

    def put_report(self, source: str, time: str, report: Mapping[str, Any]) -> None:
        """Keep an import's report."""
        from sqlalchemy import insert

        text = json.dumps(report, ensure_ascii=False, sort_keys=True)
        with self.write() as connection:
            connection.execute(insert(_tables()["reports"]), {"source": source, "time": time, "report": text})

    def reports(self, source: str = "") -> list[StoredReport]:
        """The reports of all imports, or of a source's, newest first."""
        from sqlalchemy import select

        table = _tables()["reports"]
        query = select(table).order_by(table.c.time.desc(), table.c.id.desc())
        if source:
            query = query.where(table.c.source == source)
        with self.read() as connection:
            rows = connection.execute(query).all()
        return [StoredReport(source=row.source, time=row.time, report=json.loads(row.report)) for row in rows]

    # -- events -----------------------------------------------------------------------------------------------

    def record_events(self, events: Sequence[Event]) -> None:
        """Keep events, all or none.

        Raises:
            ValueError: a kind that is none of :data:`EventKind`.
            KBError: the database does not answer.
        """
        from sqlalchemy import insert
        from sqlalchemy.exc import DBAPIError

        wrong = sorted({event.kind for event in events} - {*get_args(EventKind)})
        if wrong:
            raise ValueError(f"not a kind of event: {', '.join(wrong)}")
        try:
            if events:
                with self.write() as connection:
                    connection.execute(insert(_tables()["events"]), [dataclasses.asdict(each) for each in events])
        except DBAPIError as error:
            raise _unreachable(error) from error

    def count_events(self, since: str = "", until: str = "", target: str = "") -> dict[str, int]:
        """How many events there were of each kind, 0 where none.

        Args:
            since: from this time on, UTC text; ``""``: from the first.
            until: before this time; ``""``: to the last.
            target: of one article or thread.
        """
        from sqlalchemy import func, select

        table = _tables()["events"]
        query = select(table.c.kind, func.count()).group_by(table.c.kind).where(table.c.time >= since)
        if until:
            query = query.where(table.c.time < until)
        if target:
            query = query.where(table.c.target == target)
        with self.read() as connection:
            found = {kind: int(number) for kind, number in connection.execute(query)}
        return {kind: found.get(kind, 0) for kind in get_args(EventKind)}

    # -- erasing ----------------------------------------------------------------------------------------------

    def erase_posts(self, ids: Sequence[str]) -> list[str]:
        """Erase posts for good: with a question its whole thread, with an answer its comments.

        Stored reports of their sources lose the rows that were set aside, since these may hold the same words.
        Run again if it was cut: what is left of the words is overwritten even if no post is found any more.

        Returns:
            The ids of all posts that are gone, sorted.

        Raises:
            Conflict: another process holds the database open, so that its log could not be cleared.
        """
        with self.write() as connection:
            _remember_erased(connection, ids)
            gone = _erase(connection, ids)
        self.scrub()
        return gone

    def erase_author(self, id: str) -> list[str]:  # noqa: A002 - the record's own word
        """Erase all posts of an author, with what belongs to them; later imports leave the author out.

        Returns:
            The ids of all posts that are gone, sorted.

        Raises:
            Conflict: another process holds the database open, so that its log could not be cleared.
            ValueError: no id, which would mean everyone whose account is deleted.
        """
        from sqlalchemy import select

        if not id:
            raise ValueError("an author's id is needed")
        table = _tables()["posts"]
        with self.write() as connection:
            ids = list(connection.scalars(select(table.c.id).where(table.c.author == id)))
            _remember_erased(connection, [id, *ids])
            gone = _erase(connection, ids)
            _clear_reports(connection, {id.partition(":")[0]})
        self.scrub()
        return gone

    def scrub(self) -> None:
        """Leave no byte of what was deleted in the file or its log.

        Raises:
            Conflict: another process holds the database open, so that its log could not be cleared.
        """
        self.engine.dispose()
        if self.engine.dialect.name == "sqlite":
            if not scrub_sqlite(self.engine):
                raise Conflict(
                    N_("It is erased, but the database's log still holds it: another process reads it."),
                    N_("Stop kbuilder serve and any running build, then run the same command again."),
                )
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for name in ("threads", "posts", "reports", "events", "questions", "contacts"):
                connection.exec_driver_sql(f"VACUUM FULL {name}")

    # -- connections ------------------------------------------------------------------------------------------

    def table(self, name: str) -> Table:
        """One of the tables, for the modules beside this one."""
        return _tables()[name]

    def read(self) -> Any:
        """A transaction that only reads."""
        return self.engine.begin()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes. On SQLite it takes the write lock at its start, and waits for it."""
        with self.engine.connect().execution_options(kbuilder_writes=True) as connection, connection.begin():
            yield connection

    def _check_form(self) -> None:
        with self.read() as connection:
            revision = _revision(connection)
            if revision == REVISION:
                return
            if revision:
                _check_known(connection)
                raise StaleError(
                    N_("The database has form {found}; this kbuilder needs {known}."),
                    N_("Make a backup of var/, then run: kbuilder upgrade"),
                    found=revision,
                    known=REVISION,
                )
        with self.write() as connection:
            _keep_others_off(connection)
            if _revision(connection) is None:  # nobody else made it meanwhile
                _check_empty(connection)
                _migrate(connection)


def _unreachable(error: Exception) -> KBError:
    told = str(error.__cause__ or error).strip().partition("\n")[0]
    return KBError(
        N_("The database does not answer: {problem}"),
        N_("Check KBUILDER_DATABASE_URL and that the server runs; for SQLite that var/ can be written."),
        problem=told,
    )


@cache
def _tables() -> dict[str, Table]:
    """The tables as this code uses them; a test holds them to the migrations."""
    from sqlalchemy import Boolean, Column, Float, ForeignKey, Identity, Index, Integer, MetaData, Table, Text, false

    key = Text().with_variant(Text(collation="C"), "postgresql")  # sorts by bytes on both
    cascade: dict[str, Any] = {"ondelete": "CASCADE"}

    def text(name: str) -> Column[str]:
        return Column(name, Text, nullable=False)

    def name_of(name: str, *more: Any, **given: Any) -> Column[str]:
        return Column(name, key, *more, **{"nullable": False, **given})

    def number() -> Column[int]:
        return Column("id", Integer, Identity(), primary_key=True)

    metadata = MetaData()
    Table(
        "threads",
        metadata,
        name_of("id", primary_key=True),
        name_of("source", index=True),
        text("digest"),
        Column("solved", Boolean, nullable=False),
        text("record"),
    )
    Table(
        "posts",
        metadata,
        name_of("id", primary_key=True),
        name_of("thread", ForeignKey("threads.id", **cascade), primary_key=True, index=True),
        name_of("author", index=True),
    )
    Table(
        "ledger",
        metadata,
        name_of("id", primary_key=True),
        Column("alive", Boolean, nullable=False),
        text("members"),
    )
    Table("erased", metadata, name_of("digest", primary_key=True))
    Table("runs", metadata, number(), name_of("source"))
    Table(
        "seen",
        metadata,
        Column("run", Integer, ForeignKey("runs.id", **cascade), primary_key=True),
        name_of("thread", primary_key=True),
    )
    Table("reports", metadata, number(), name_of("source", index=True), text("time"), text("report"))
    Table(
        "events",
        metadata,
        number(),
        name_of("time", index=True),
        text("kind"),
        name_of("target", index=True),
        *(text(name) for name in ("page_view", "member", "language", "product", "audience")),
        Column("probability", Float),
        *(Column(name, Text, nullable=False, server_default="") for name in ("arm", "evidence", "words")),
        Column("signed", Boolean, nullable=False, server_default=false()),
        Index("ix_events_kind", "kind", "id"),
    )
    Table(
        "keys",
        metadata,
        name_of("id", primary_key=True),
        text("name"),
        Column("digest", Text, nullable=False, unique=True),
        *(text(name) for name in ("created", "used", "revoked")),
    )
    Table(
        "questions",
        metadata,
        number(),
        name_of("time", index=True),
        *(text(name) for name in ("page_view", "text", "language", "product", "audience")),
    )
    Table(
        "contacts",
        metadata,
        name_of("id", primary_key=True),
        name_of("name", index=True),
        name_of("date", index=True),
        *(text(name) for name in ("text", "product", "language")),
    )
    Table(
        "people",
        metadata,
        name_of("id", primary_key=True),
        text("name"),
        Column("mail", Text, nullable=False, unique=True),
        *(text(name) for name in ("password", "roles", "audiences", "languages", "pseudonym", "settings", "created")),
        Column("renew", Boolean, nullable=False),
        Column("disabled", Boolean, nullable=False),
        *(Column(name, Text, nullable=False, server_default="") for name in ("issuer", "subject")),
    )

    def person(**given: Any) -> Column[str]:
        return name_of("person", ForeignKey("people.id", **cascade), **given)

    Table(
        "sessions",
        metadata,
        name_of("token", primary_key=True),
        person(index=True),
        *(text(name) for name in ("csrf", "created", "seen")),
    )
    for name in ("work", "handed_in"):
        Table(
            name,
            metadata,
            person(primary_key=True),
            name_of("target", primary_key=True, index=True),
            *(text(each) for each in ("base", "title", "body", "more", "updated", "submitted")),
        )
    Table(
        "visits",
        metadata,
        name_of("target", primary_key=True),
        person(primary_key=True),
        text("first"),
        text("last"),
    )
    Table("claims", metadata, name_of("target", primary_key=True), person(index=True), text("time"))
    Table(
        "deferred", metadata, name_of("target", primary_key=True), person(index=True), text("until"), text("reason")
    )
    Table(
        "notes",
        metadata,
        number(),
        name_of("target", index=True),
        person(index=True),
        name_of("recipient", ForeignKey("people.id", **cascade), index=True),
        *(text(name) for name in ("text", "time", "done")),
    )
    Table(
        "handled",
        metadata,
        name_of("decision", primary_key=True),
        person(index=True),
        name_of("decided", index=True),
        *(text(name) for name in ("target", "title", "verdict", "opened")),
        Column("kept", Float),
    )
    return dict(metadata.tables)


# -- the form --------------------------------------------------------------------------------------


def _revision(connection: Connection) -> str | None:
    """The form that the database has, ``None`` where it has none."""
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return str(found) if found is not None else None


def _check_empty(connection: Connection) -> None:
    from sqlalchemy import inspect

    tables = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
    if tables:
        raise KBError(
            N_("The database holds something else: {tables}."),
            N_("Give kbuilder a database of its own."),
            tables=", ".join(tables[:5]),
        )


def _check_known(connection: Connection) -> None:
    """See that the database's form is one from this line of revisions."""
    found = _revision(connection)
    if found is None:
        return _check_empty(connection)
    if found not in {script.revision for script in _scripts().walk_revisions()}:
        raise KBError(
            N_("The database has form {found}, which this kbuilder does not know; it knows up to {known}."),
            N_("Install the newer kbuilder that made it."),
            found=found,
            known=REVISION,
        )
    return None


def _scripts() -> Any:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def _keep_others_off(connection: Connection) -> None:
    """Let no other process look at the form or bring it forward until this transaction ends; SQLite does already."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")


def _migrate(connection: Connection) -> None:
    """Bring the form to the newest, inside the caller's transaction."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    scripts = _scripts()

    def steps(revision: Any, _: object) -> Any:
        return scripts._upgrade_revs(REVISION, revision)  # what Alembic's own upgrade command calls

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()


# -- threads ------------------------------------------------------------------------------------------------------


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Some at a time, all of them in their order."""
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _count(connection: Connection, source: str, *, solved: bool = False) -> int:
    from sqlalchemy import func, select

    table = _tables()["threads"]
    query = select(func.count()).select_from(table)
    if source:
        query = query.where(table.c.source == source)
    if solved:
        query = query.where(table.c.solved)
    return int(connection.scalar(query) or 0)


def _begin_run(connection: Connection, source: str) -> int:
    """A new run of a source's import; what a killed one had seen is forgotten."""
    from sqlalchemy import insert

    _end_runs(connection, source)
    table = _tables()["runs"]
    return int(connection.execute(insert(table).returning(table.c.id), {"source": source}).scalar_one())


def _end_runs(connection: Connection, source: str) -> None:
    _delete(connection, "runs", "source", [source])


def _put_batch(connection: Connection, source: str, run: int, batch: list[Thread], tally: _Tally) -> None:
    fresh = _first_ones(connection, source, run, batch, tally)
    _insert(connection, "seen", [{"run": run, "thread": key} for key in fresh])
    kept = _without_erased(connection, list(fresh.values()))
    tally.erased += len(fresh) - len(kept)
    known = dict(_rows(connection, "threads", "id", [thread.id for thread in kept], "id", "digest"))
    stale: list[Thread] = []
    rows = []
    for thread in kept:
        record = records.dumps(thread)
        if known.get(thread.id) == records.digest(record):
            tally.unchanged += 1
            continue
        stale.append(thread)
        rows.append(_row(thread, record))
    changed = [thread.id for thread in stale if thread.id in known]
    tally.changed += changed
    tally.added += len(stale) - len(changed)
    _delete(connection, "threads", "id", changed)
    _insert(connection, "threads", rows)
    _insert(connection, "posts", [row for thread in stale for row in _post_rows(thread)])


def _first_ones(
    connection: Connection, source: str, run: int, batch: list[Thread], tally: _Tally
) -> dict[str, Thread]:
    """The batch by id, without those that this run has seen: the first of two counts, whatever the batches."""
    from sqlalchemy import select

    table = _tables()["seen"]
    fresh: dict[str, Thread] = {}
    for thread in batch:
        if thread.source != source:
            raise ValueError(f"{thread.id} is no thread of source {source}")
        fresh.setdefault(thread.id, thread)
    query = select(table.c.thread).where(table.c.run == run, table.c.thread.in_(list(fresh)))
    for key in connection.scalars(query).all():
        del fresh[key]
    tally.doubled += len(batch) - len(fresh)
    return fresh


def _row(thread: Thread, record: bytes) -> dict[str, Any]:
    return {
        "id": thread.id,
        "source": thread.source,
        "digest": records.digest(record),
        "solved": thread.solved,
        "record": record.decode(),
    }


def _post_rows(thread: Thread) -> Iterator[dict[str, str]]:
    for key, post in {post.id: post for post in thread.posts}.items():
        yield {"id": key, "thread": thread.id, "author": post.author.id if post.author else ""}


def _missing(connection: Connection, source: str, run: int) -> list[str]:
    """Threads of the source that a complete import did not hold."""
    from sqlalchemy import select

    threads, seen = _tables()["threads"], _tables()["seen"]
    here = select(seen.c.thread).where(seen.c.run == run)
    query = select(threads.c.id).where(threads.c.source == source, threads.c.id.not_in(here))
    return list(connection.scalars(query.order_by(threads.c.id)))


def _too_many(source: str, missing: int, before: int) -> SourceError:
    return SourceError(
        N_("This import would remove {missing} of the {before} threads of source {source}; nothing was changed."),
        N_("If they are really gone there, import again with --allow-removals; else look for a cut export."),
        missing=missing,
        before=before,
        source=source,
    )


def _insert(connection: Connection, name: str, rows: list[dict[str, Any]]) -> None:
    from sqlalchemy import insert

    if rows:
        connection.execute(insert(_tables()[name]), rows)


def _delete(connection: Connection, name: str, column: str, keys: Sequence[str]) -> None:
    from sqlalchemy import delete

    table = _tables()[name]
    for chunk in chunks(keys, _PARAMETERS):
        connection.execute(delete(table).where(table.c[column].in_(chunk)))


def _rows(connection: Connection, name: str, column: str, keys: Sequence[str], *wanted: str) -> Iterator[Any]:
    from sqlalchemy import select

    table = _tables()[name]
    for chunk in chunks(keys, _PARAMETERS):
        query = select(*(table.c[each] for each in wanted)).where(table.c[column].in_(chunk))
        yield from (tuple(row) for row in connection.execute(query))


# -- erasing ------------------------------------------------------------------------------------------------------


def _remember_erased(connection: Connection, ids: Sequence[str]) -> None:
    digests = sorted({records.digest(key) for key in ids if key})
    known = {digest for (digest,) in _rows(connection, "erased", "digest", digests, "digest")}
    _insert(connection, "erased", [{"digest": digest} for digest in digests if digest not in known])


def _without_erased(connection: Connection, threads: list[Thread]) -> list[Thread]:
    names = {name for thread in threads for post in thread.posts for name in _names(post)}
    digests = {records.digest(name): name for name in sorted(names)}
    erased = {digests[digest] for (digest,) in _rows(connection, "erased", "digest", list(digests), "digest")}
    if not erased:
        return threads
    cut = (_cut(thread, erased) for thread in threads)
    return [thread for thread in cut if thread]


def _names(post: Post) -> Iterator[str]:
    """By which a post may have been erased: its own id, its author's, that of the post above it."""
    yield from (name for name in (post.id, post.author.id if post.author else "", post.reply_to) if name)


def _cut(thread: Thread, erased: set[str]) -> Thread | None:
    """The thread without erased posts and what stands under them; ``None`` without its question."""
    gone = {post.id for post in thread.posts if erased.intersection(_names(post))}
    gone |= {post.id for post in thread.comments if post.reply_to in gone}
    if thread.question.id in gone:
        return None
    if not gone:
        return thread
    return dataclasses.replace(
        thread,
        answers=tuple(post for post in thread.answers if post.id not in gone),
        comments=tuple(post for post in thread.comments if post.id not in gone),
    )


def _erase(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Take posts out of their threads; ids of all posts that went."""
    from sqlalchemy import select

    table, erased = _tables()["threads"], set(ids)
    touched = sorted({thread for (thread,) in _rows(connection, "posts", "id", sorted(erased), "thread")})
    gone: list[str] = []
    dropped: list[str] = []
    for key in touched:
        record = connection.scalar(select(table.c.record).where(table.c.id == key))
        before = records.loads(Thread, record or "")
        after = _cut(before, erased)
        left = {post.id for post in after.posts} if after else set()
        gone += [post.id for post in before.posts if post.id not in left]
        _replace(connection, before, after)
        if after is None:
            dropped.append(key)
    _delete(connection, "events", "target", sorted({*gone, *dropped, *ids}))
    _clear_reports(connection, {key.partition(":")[0] for key in ids})
    return sorted(set(gone))


def _replace(connection: Connection, before: Thread, after: Thread | None) -> None:
    _delete(connection, "threads", "id", [before.id])
    if after is None:
        return
    _insert(connection, "threads", [_row(after, records.dumps(after))])
    _insert(connection, "posts", list(_post_rows(after)))


def _clear_reports(connection: Connection, sources: set[str]) -> None:
    """Take the rows that were set aside out of stored reports; the counts stay."""
    from sqlalchemy import update

    table = _tables()["reports"]
    for key, text in list(_rows(connection, "reports", "source", sorted(sources), "id", "report")):
        report = json.loads(text)
        if report.get("rejects"):
            report["rejects"] = []
            cleared = json.dumps(report, ensure_ascii=False, sort_keys=True)
            connection.execute(update(table).where(table.c.id == key).values(report=cleared))
