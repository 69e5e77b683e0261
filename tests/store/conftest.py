"""A repository; for the tests that are marked ``postgres`` a server, and databases on it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_git import ARTICLE, commit

from kbuilder.store.git import FIRST_FILES, Repository

OWNER = "postgres"


def binaries() -> Path | None:
    """Where ``initdb`` and ``pg_ctl`` are: on the path, or where Debian puts them."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """The folder with the socket of a server of our own; it listens nowhere else."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not installed")
    folder = Path(tempfile.mkdtemp(prefix="kb-pg-", dir="/tmp"))
    as_owner = []
    if os.geteuid() == 0:  # the server refuses to run as root
        owner = pwd.getpwnam(OWNER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_owner = ["runuser", "-u", OWNER, "--"]

    def run(program: str, *words: str) -> None:
        command = [*as_owner, str(programs / program), "-D", str(folder / "data"), *words]
        # files, not pipes: the server would keep a pipe open for ever
        with (folder.parent / f"{folder.name}.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/")

    run("initdb", "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
    run("pg_ctl", "-w", "-o", f"-k {folder} -c listen_addresses='' -c fsync=off", "start")
    yield folder
    run("pg_ctl", "-w", "-m", "immediate", "stop")
    shutil.rmtree(folder)
    (folder.parent / f"{folder.name}.log").unlink()


@pytest.fixture
def postgres_url(postgres_server: Path) -> Iterator[str]:
    """An empty database."""
    import psycopg

    address = {"host": str(postgres_server), "user": OWNER}
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE kb")
    yield f"postgresql://{OWNER}@/kb?host={postgres_server}"
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE kb WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kb.sqlite'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """A knowledge base with its first files and one article."""
    repository = Repository.create(tmp_path / "kb")
    commit(repository, {**FIRST_FILES, ARTICLE: b"one\n"})
    yield repository
    repository.close()
