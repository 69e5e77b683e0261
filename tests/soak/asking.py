"""Questions: as much as one worker takes and more than it allows, for ten minutes at first.

Fails where an answer is neither 200 nor 429, where memory in the last tenth of the time lies more than 2 % from that
in the second, or where the server is not well again at once. The knowledge base is the example community.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.asking import CLIENTS, Client, beginnings, serving

from kbuilder.workspace import keys
from kbuilder.workspace.workspace import Workspace

SECONDS = 600.0
ALLOWED = 3000
"""Questions a minute without a key: fewer than the clients ask, so that some are refused."""
TENTHS = 10
FLAT = 0.02
WELL = 2.0
"""Seconds within which an ordinary question is answered after the load."""


def main(seconds: float) -> int:
    """1 where something is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        kb, key = knowledge_base(Path(folder) / "kb")
        titles = sorted({thread.title for thread in kb.parts.database.threads()})
        with serving(kb.root) as server:
            asyncio.run(opened(server.port, key, titles))
            told, memory = asyncio.run(load(server.port, server.memory, titles, seconds))
            well = asyncio.run(after(server.port, key, titles[0]))
    second, last = (statistics.mean(memory[number]) for number in (1, TENTHS - 1))
    drift = last / second - 1
    print(f"{told.total():,} questions in {seconds:.0f} s, by status {dict(sorted(told.items()))}")
    print("MB by tenth of the time: " + " ".join(f"{statistics.mean(each):.1f}" for each in memory))
    print(f"last beside second: {drift:+.2%} (bound: {FLAT:.0%}); after it a question took {1e3 * well:.0f} ms")
    fine = {*told} <= {200, 429} and told[200] > 0 and abs(drift) <= FLAT and well <= WELL
    print("fine" if fine else "NOT fine")
    return 0 if fine else 1


def knowledge_base(folder: Path) -> tuple[Workspace, str]:
    """The example community with three articles, and a key that is not limited."""
    kb = Workspace.create(folder, recipe="small", example=True)
    kb.import_threads("jsonl", kb.example)
    kb.build()
    for item in kb.queue()[:3]:
        kb.approve(item.lineage, editor="soak")
    tree = kb.parts.head()
    limits = f"\n[api]\nper_minute = {ALLOWED}\n".encode()
    settings = {"kbuilder.toml": (tree.read("kbuilder.toml") or b"") + limits}
    kb.parts.repository.commit(tree, settings, "Limits", "soak", kb.parts.clock())
    return kb, keys.create(kb.parts, "soak").secret


async def opened(port: int, key: str, titles: list[str]) -> None:
    """Open each answer once: what a language's code is coloured by is loaded with the first such code and stays."""
    connection = await Client.opened(port)
    for title in titles:
        status, answer = await connection.ask("POST", "/api/v1/suggest", {"title": title}, key)
        assert status == 200, status
        for each in json.loads(answer)["suggestions"]:
            kind = "articles" if each["reviewed"] else "threads"
            await connection.ask("GET", f"/api/v1/{kind}/{each['target']}", None, key)


async def load(
    port: int, memory: Callable[[], float], titles: list[str], seconds: float
) -> tuple[Counter[int], list[list[float]]]:
    """Ask as fast as answers come; counts of statuses, and MB by tenth of the time."""
    until = time.monotonic() + seconds
    told: Counter[int] = Counter()
    held: list[list[float]] = [[] for _ in range(TENTHS)]

    async def client(number: int) -> None:
        connection, turn = await Client.opened(port), 0
        while time.monotonic() < until:
            for text in beginnings(titles[(number * 31 + turn) % len(titles)]):
                view = f"v{number}-{turn}"
                status, answer = await connection.suggest(f"{text} {turn % 997}", count=True, page_view=view)
                told[status] += 1
                found = json.loads(answer)["suggestions"] if status == 200 and turn % 5 == 0 else []
                for each in found[:1]:
                    kind, target = "articles" if each["reviewed"] else "threads", each["target"]
                    status, _ = await connection.ask("GET", f"/api/v1/{kind}/{target}")
                    told[status] += 1
                    events = [{"kind": "opened", "target": target}, {"kind": "not_helped", "target": target}]
                    status, _ = await connection.ask("POST", "/api/v1/events", {"page_view": view, "events": events})
                    told[status if status != 202 else 200] += 1
                if status == 429:
                    await asyncio.sleep(0.05)
            turn += 1

    async def watch() -> None:
        while (left := until - time.monotonic()) > 0:
            held[min(TENTHS - 1, int(TENTHS * (1 - left / seconds)))].append(memory())
            await asyncio.sleep(min(1.0, seconds / 100))

    await asyncio.gather(watch(), *(client(number) for number in range(CLIENTS)))
    return told, held


async def after(port: int, key: str, title: str) -> float:
    """How long an ordinary question takes now, by someone who is not over a limit."""
    connection, began = await Client.opened(port), time.monotonic()
    status, _ = await connection.ask("POST", "/api/v1/suggest", {"title": title}, key)
    assert status == 200, status
    return time.monotonic() - began
