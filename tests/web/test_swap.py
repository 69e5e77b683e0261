"""What is approved is suggested at once, without a restart, and no request fails meanwhile."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx
import pytest
from at_desk import serving

from kbuilder.records import Draft
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
                there = ask(article.title)
                assert there == [found.target for found in desk.suggest(article.title)]
                suggested += article.id in there
                desk.undo(article.id, editor="ada")
                assert article.id not in ask(article.title)
            assert suggested > 0
        finally:
            over.set()
        assert all(each.result() > 0 for each in asking)
    desk.close()


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
        for _ in range(8):  # each on a connection of its own, which either worker may take
            answer = httpx.post(asking, json={"title": article.title, "count": False}, timeout=60).json()
            assert [each["target"] for each in answer["suggestions"]] == wanted
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
