"""What administrators are told is true: commands are run, settings read, a backup brought back, a proxy asked."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import prepared
import pytest
from at_desk import PASSWORD, serving
from store.conftest import postgres_server, postgres_url  # noqa: F401 - fixtures

from kbuilder.config import Config
from kbuilder.store.people import Work
from kbuilder.web.app import create_app
from kbuilder.workspace import people
from kbuilder.workspace.workspace import Workspace

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to"
ENGLISH = ("administer-the-desk.md", "use-postgresql.md", "back-up.md")
GERMAN = "redaktionstisch-verwalten.md"
AROUND = """
worker_processes 1; daemon off; {user} pid {folder}/nginx.pid; error_log stderr;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{server}
}}
"""


def blocks(kind: str, *pages: str) -> list[str]:
    """The pages' blocks of code of a kind, without comments."""
    found = [each for page in pages for each in re.findall(rf"```{kind}\n(.*?)```", _text(page), re.DOTALL)]
    return [re.sub(r" *#.*$", "", each, flags=re.MULTILINE) for each in found]


def _text(page: str) -> str:
    return (HOW_TO / page).read_text("utf-8")


@pytest.mark.parametrize("kind", ["sh", "toml", "nginx"])
def test_the_german_page_says_the_same(kind: str) -> None:
    """Each block of code stands in both languages: what is tried of the one holds for the other."""
    same = {re.sub(r'title = ".*"', "", each) for each in blocks(kind, GERMAN)}
    assert same == {re.sub(r'title = ".*"', "", each) for each in blocks(kind, *ENGLISH)}


def test_the_settings_are_read() -> None:
    """All of them, as they stand there."""
    names = set()
    for each in blocks("toml", *ENGLISH):
        given = tomllib.loads(each)
        names |= given.keys()
        if "site" not in given:  # what the site's own page tells of needs more beside it
            Config.model_validate({"title": "Help", "languages": ["en"], **given})
    assert names >= {"desk", "oidc", "mail", "webhook", "push", "site"}


@pytest.fixture
def help_(tmp_path: Path) -> Path:
    """A folder with a knowledge base that is called as the pages call it, and an article in it."""
    kb = prepared.few(tmp_path / "help")
    kb.import_threads("jsonl", kb.example)
    kb.build()
    kb.approve(kb.queue()[0].lineage, editor="ada")
    kb.close()
    return tmp_path


def run(folder: Path, script: str, **more: str) -> str:
    """A block of commands; the knowledge base is the folder itself, or is named."""
    tool = f'set -e\nkbuilder() {{ {sys.executable} -m kbuilder.cli "$@"; }}\n'
    environ = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[1]), **more}
    done = subprocess.run(
        ["/bin/bash", "-c", tool + script], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_people_are_let_in_as_told(help_: Path) -> None:
    """The first one administers; roles, shutting out and a new password, as the block says."""
    said = run(help_ / "help", next(each for each in blocks("sh", *ENGLISH) if "people add" in each))
    with opened(help_ / "help") as kb:
        ada, bo = (people.find(kb.parts, f"{name}@example.org") for name in ("ada", "bo"))
    assert (ada.name, ada.roles, ada.renew) == ("Ada", ("administrator",), True)
    assert (bo.roles, bo.languages, bo.disabled) == (("editor", "publisher"), ("de",), True)
    assert len(re.findall(r"[a-z0-9]{5}(?:-[a-z0-9]{5}){3}", said)) == 3


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_backup_is_brought_back(help_: Path, database: str, request: pytest.FixtureRequest) -> None:
    """By the page's commands, into an empty folder and an empty database: people, sessions, work, verdicts."""
    more = {"KBUILDER_DATABASE_URL": request.getfixturevalue("postgres_url")} if database == "postgres" else {}
    with opened(help_ / "help", more) as kb:
        if more:  # its own database is empty
            kb.import_threads("jsonl", kb.example)
        added = people.add(kb.parts, "ada@example.org", "Ada", ["editor"])
        people.set_password(kb.parts, added.person, added.password, PASSWORD, "")
        token = people.open_session(kb.parts, added.person)
        now = kb.parts.clock()
        kb.parts.people.save_work(
            Work(person=added.person.id, target="new-a", title="Begun", body="So far.", base="", updated=now)
        )
        before = kb.articles()
    saving, restoring = blocks("sh", "back-up.md")[0], blocks("sh", "back-up.md")[2]
    dump, load = (each for each in blocks("sh", "back-up.md") if each.startswith("pg_"))
    run(help_, saving, **more)
    if more:
        run(help_, dump, **more)
        emptied(more["KBUILDER_DATABASE_URL"])
        run(help_, load, **more)
    shutil.move(help_ / "help", help_ / "lost")
    assert run(help_, restoring, **more)
    with opened(help_ / "restored", more) as kb:
        assert kb.articles() == before
        session = people.signed_in(kb.parts, token)
        assert session is not None
        assert session[1].mail == "ada@example.org"
        assert [each.title for each in kb.parts.people.works(target="new-a")] == ["Begun"]
        assert kb.parts.database.count() == prepared.THREADS
        assert kb.queue()


@contextmanager
def opened(folder: Path, environ: dict[str, str] | None = None) -> Iterator[Workspace]:
    kb = Workspace.open(folder)
    kb.parts.environ = environ or {}
    yield kb
    kb.close()


def emptied(url: str) -> None:
    """The database as it was made."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
def test_behind_a_proxy_as_told(help_: Path) -> None:
    """Over HTTPS the cookie is for HTTPS alone; who is far away is not taken for the machine itself."""
    with opened(help_ / "help") as kb:
        added = people.add(kb.parts, "ada@example.org", "Ada", ["editor"])
        with serving(create_app(kb)) as address, proxied(help_, address) as (front, trusted):
            base = {"base_url": front, "verify": trusted, "headers": {"Host": "kb.example.org"}}
            with httpx.Client(**base) as client:  # type: ignore[arg-type]
                page = client.get("/desk/sign-in")
                token = re.search(r'name="csrf" value="([^"]*)"', page.text)
                assert token
                data = {"csrf": token[1], "mail": "ada@example.org", "password": added.password}
                answer = client.post("/desk/sign-in", data=data, headers={"Origin": "https://kb.example.org"})
                assert answer.status_code == 303, answer.text
                assert "Secure" in answer.headers["set-cookie"]
                assert client.get("/desk/account").status_code == 200
                assert client.get("/-/kbuilder.toml").status_code in (403, 404)


@contextmanager
def proxied(folder: Path, address: str) -> Iterator[tuple[str, ssl.SSLContext]]:
    """nginx as the page sets it up, with a certificate of its own and a port that is free."""
    key, certificate = folder / "kb.key", folder / "kb.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (server,) = blocks("nginx", *ENGLISH)
    server = server.replace("listen 443", f"listen 127.0.0.1:{port}").replace("http://127.0.0.1:8000", address)
    server = server.replace("/etc/ssl", str(folder))
    settings = folder / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""
    settings.write_text(AROUND.format(user=user, folder=folder, server=server), "utf-8")
    running = subprocess.Popen(["nginx", "-c", str(settings)], stderr=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + 30
        while running.poll() is None and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        assert running.poll() is None, running.communicate()[1]
        yield f"https://127.0.0.1:{port}", ssl.create_default_context(cafile=certificate)
    finally:
        running.terminate()
        running.communicate()
