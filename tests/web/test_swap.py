"""What is approved is suggested at once, without a restart, and no request fails meanwhile."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx
import pytest
from at_desk import serving

from kbuilder.records import Draft
from kbuilder.store.locks import locked
from kbuilder.web.app import create_app
from kbuilder.workspace.workspace import Workspace

ASKING = 3
SWAPS = 4


def test_verdicts_and_builds_under_load(kb: Workspace, tmp_path: Path) -> None:
    """Each request is answered whole; an approved article by the next question; it goes again with its undoing."""
    own = Workspace.open(shutil.copytree(kb.root, tmp_path / "kb"))
    tree = own.parts.head()
    settings = (tree.read("kbuilder.toml") or b"") + b"per_minute = 1000000\n"
    own.parts.repository.commit(tree, {"kbuilder.toml": settings}, "Settings", "ada", own.parts.clock())
    ready = [item.lineage for item in own.queue() if isinstance(own.draft(item.lineage), Draft)]
    desk, over = Workspace.open(own.root), Event()
    with serving(create_app(own)) as address, ThreadPoolExecutor(ASKING) as pool:

        def ask(title: str) -> list[str]:
            answer = httpx.post(f"{address}/api/v1/suggest", json={"title": title, "count": False}, timeout=120)
            assert answer.status_code == 200, answer.text
            return [each["target"] for each in answer.json()["suggestions"]]

        def keep_asking() -> int:
            answered = 0
            while not over.is_set():
                ask("How do I connect it again?")
                answered += 1
            return answered

        asking = [pool.submit(keep_asking) for _ in range(ASKING)]
        try:
            suggested = 0
            for lineage in ready[:SWAPS]:
                article = desk.approve(lineage, editor="ada")
                wanted = [found.target for found in desk.suggest(article.title)]
                until(lambda article=article, wanted=wanted: ask(article.title) == wanted)  # type: ignore[misc]
                suggested += article.id in wanted
                desk.undo(article.id, editor="ada")
                assert article.id not in ask(article.title)
            assert suggested > 0
        finally:
            over.set()
        assert all(each.result() > 0 for each in asking)
    desk.close()


def test_no_question_waits_for_an_index_that_is_being_made(kb: Workspace, tmp_path: Path) -> None:
    """It is answered from the one before; what is taken back is gone with the next question."""
    own = Workspace.open(shutil.copytree(kb.root, tmp_path / "kb"))
    first, second = [item.lineage for item in own.queue() if isinstance(own.draft(item.lineage), Draft)][:2]
    desk = Workspace.open(own.root)
    with serving(create_app(own)) as address, httpx.Client(timeout=30) as client:

        def ask(title: str) -> list[str]:
            answer = client.post(f"{address}/api/v1/suggest", json={"title": title, "count": False})
            assert answer.status_code == 200, answer.text
            return [each["target"] for each in answer.json()["suggestions"]]

        before = desk.approve(first, editor="ada")
        until(lambda: before.id in ask(before.title))
        with locked(own.parts.var / "articles.lock", "a test"):  # so that nobody can write an index
            new = desk.approve(second, editor="ada")
            assert (before.id in ask(before.title), new.id in ask(new.title)) == (True, False)
        until(lambda: new.id in ask(new.title))
        desk.undo(before.id, editor="ada")
        assert before.id not in ask(before.title)
    desk.close()


def until(true: Callable[[], bool]) -> None:
    """Wait for what is to happen within seconds: on a busy machine some more."""
    for _ in range(400):
        if true():
            return
        time.sleep(0.1)
    pytest.fail("it did not happen")


def test_several_workers_read_one_index(kb: Workspace, tmp_path: Path) -> None:
    """Each of two processes suggests what is approved elsewhere, and both end with Ctrl-C."""
    own = Workspace.open(shutil.copytree(kb.root, tmp_path / "kb"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-C", str(own.root), "serve", "--port", str(port), "--workers", "2"]
    server = subprocess.Popen([sys.executable, "-m", "kbuilder.cli", *words], stdout=subprocess.DEVNULL)
    try:
        asking, ready = f"http://127.0.0.1:{port}/api/v1/suggest", f"http://127.0.0.1:{port}/api/v1/ready"
        for _ in range(600):
            assert server.poll() is None
            try:
                if httpx.get(ready, timeout=60).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.2)
        workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        item = next(item for item in own.queue() if isinstance(own.draft(item.lineage), Draft))
        article = own.approve(item.lineage, editor="ada")
        wanted = [each.target for each in own.suggest(article.title)]

        def there() -> bool:  # each on a connection of its own, which either worker may take
            answer = httpx.post(asking, json={"title": article.title, "count": False}, timeout=60).json()
            return [each["target"] for each in answer["suggestions"]] == wanted

        until(lambda: all(there() for _ in range(8)))
        assert article.id in wanted
        assert len(workers) >= 2
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)
    for _ in range(300):
        if not any(Path(f"/proc/{pid}").exists() for pid in workers):
            return
        time.sleep(0.2)
    pytest.fail("processes go on without the one that started them")
