"""Asking by HTTP: a server of its own, asked by eight clients, by people who type, and while its index is swapped.

``KBUILDER_BENCH_THREADS`` says how large the archive is (100,000), ``KBUILDER_BENCH_SWAPS`` how often it is swapped
(100). The archive's titles are real ones and halves of two, its vectors MiniLM's of these and mixes of two.

What is typed is real titles, at the rhythm of people who were recorded while they wrote (``data/typing.jsonl``; its
licence stands beside it): six of them, in whose rhythm each of a hundred begins elsewhere. With pauses to think it
has a median of .184 s between two keys and a mean of .328 s; where they deleted letters, letters are deleted and
typed again. Of the 562,583 pairs of keys of free writing in KeyRecs (Dias and others, 2023) a median of .175 s and a
mean of .258 s are told. ``KBUILDER_BENCH_TYPING`` names a recording of whole texts instead: JSON Lines, each what
somebody typed as pairs of a key and the milliseconds before it, ``[["H", 0], ["o", 143], ["Backspace", 512]]``; a
hundred people type its lines in turn.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from bench import data
from bench.measuring import Skipped, quantiles
from kbuilder import index
from kbuilder.store import articles as article_files
from kbuilder.workspace import generation
from kbuilder.workspace.workspace import Workspace

THREADS = int(os.environ.get("KBUILDER_BENCH_THREADS", "100000"))
SWAPS = int(os.environ.get("KBUILDER_BENCH_SWAPS", "100"))
CLIENTS, ASKERS, ASKED = 8, 100, 150
PAUSE, LEAST = 0.35, 8
"""Seconds without a key before the widget asks, and letters that it asks with, at least."""
RHYTHMS = Path(__file__).parents[1] / "data" / "typing.jsonl"
"""Of each person the milliseconds before each key; negative before Backspace."""
TYPING = os.environ.get("KBUILDER_BENCH_TYPING", "")
WITHIN = 60.0
"""Seconds within which all who type begin."""
UNLIMITED = b"\n[api]\nper_minute = 100000000\nseconds = 60\n"


def run() -> None:
    """All three."""
    questions = data.held_out()
    folder = archive()
    throughput(folder, questions)
    typing(folder, questions)
    with tempfile.TemporaryDirectory() as kept:
        swaps(Path(kept))


# -- the archive ----------------------------------------------------------------------------------------------


def archive() -> Path:
    """A knowledge base whose index holds as many threads as are wanted, without any other part of a build."""
    folder = data.KEPT / f"asking-{THREADS}-{index.FORMAT}-{generation.FORMAT}"
    if (folder / "_build" / "current").is_file():
        return folder
    kb = Workspace.create(folder, recipe="default")
    tree = kb.parts.head()
    settings = (tree.read("kbuilder.toml") or b"") + UNLIMITED
    kb.parts.repository.commit(tree, {"kbuilder.toml": settings}, "Unlimited", "bench", kb.parts.clock())
    entries, vectors = _entries()

    def fill(place: Path) -> None:
        index.build(entries, vectors, place / "indexes" / "0")
        for name in ("candidates", "drafts", "refusals", "changes"):
            (place / f"{name}.jsonl").write_bytes(b"")
        for name in ("solutions", "inferred", "cuts"):
            (place / f"{name}.json").write_bytes(b"{}")
        inputs = {"software": "bench", "embedder": kb.parts.reader.id if kb.parts.reader else ""}
        manifest = {"format": generation.FORMAT, "followed": [], "inputs": inputs}
        (place / "manifest.json").write_text(json.dumps(manifest))

    generation.make_current(kb.parts.derived, generation.write(kb.parts.derived, "bench", fill))
    if kb.parts.reader:
        kb.parts.reader.quicken(data.titles()[:200])
    kb.close()
    return folder


def _entries() -> tuple[list[index.Entry], dict[str, np.ndarray]]:
    names, (vectors, _) = data.archived(), data.real()
    chance = np.random.default_rng(1)
    pairs = chance.integers(0, len(names), (THREADS, 2))
    pairs[: len(names)] = np.arange(len(names))[:THREADS, None]
    entries = [
        index.Entry(
            id=f"bench:{number}",
            title=names[one] if one == two else f"{_half(names[one], 0)} {_half(names[two], 1)}",
            body=f"{names[two]} {names[(one + two) % len(names)]}",
            answers=(f"{names[(one * 7 + two) % len(names)]}. {names[(two * 5 + one) % len(names)]}.",),
            language="en",
        )
        for number, (one, two) in enumerate(pairs.tolist())
    ]
    mixed = vectors[pairs[:, 0]] + vectors[pairs[:, 1]]
    fields = {}
    for name in index.texts_to_embed(entries[:1]):
        found = mixed + 0.02 * chance.standard_normal(mixed.shape, np.float32)
        fields[name] = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
    return entries, fields


def _half(title: str, which: int) -> str:
    words = title.split()
    middle = (len(words) + 1) // 2
    return " ".join(words[middle:] if which else words[:middle])


# -- the server -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    """One worker, in a process of its own."""

    port: int
    pid: int

    def cpu(self) -> float:
        """CPU seconds that it has used."""
        told = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """MB that it holds."""
        told = Path(f"/proc/{self.pid}/status").read_text()
        return int(told.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def serving(folder: Path, *, constant: bool = False) -> Iterator[Server]:
    """``kbuilder serve`` on a knowledge base, warm; with ``constant`` every search finds the same without looking."""
    port = free_port()
    process = started(folder, port, constant=constant)
    try:
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def started(folder: Path, port: int, *, constant: bool = False) -> subprocess.Popen[bytes]:
    """A server's process, once it is warm."""
    words = [sys.executable, "-m", "bench.asking", str(folder), str(port), *(["constant"] if constant else [])]
    process = subprocess.Popen(words, env={**os.environ, "OMP_NUM_THREADS": "1"})
    try:
        _wait(port, process)
    except BaseException:
        process.kill()
        process.wait(30)
        raise
    return process


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    async def ready() -> int:
        client = await Client.opened(port)
        return (await client.ask("GET", "/api/v1/ready"))[0]

    for _ in range(600):
        if process.poll() is not None:
            raise Skipped("the server did not start")
        try:
            if asyncio.run(ready()) == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise Skipped("the server is not ready after two minutes")


def _serve(folder: str, port: str, constant: str = "") -> None:
    import uvicorn

    from kbuilder.web.app import open_app

    app = open_app(Path(folder))
    if constant:
        app.state.service.workspace.suggest = lambda *_, **__: []
    uvicorn.run(app, port=int(port), log_level="warning", access_log=False)


@dataclass(frozen=True)
class Client:
    """One connection that stays: as lean as can be, for it runs beside what it measures."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def opened(cls, port: int) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, key: str = ""
    ) -> tuple[int, bytes]:
        """Status and body of an answer."""
        sent = json.dumps(body).encode() if body else b""
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        head += f"authorization: Bearer {key}\r\n" if key else ""
        self.writer.write(f"{head}content-length: {len(sent)}\r\n\r\n".encode() + sent)
        told = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(told.partition(b"content-length:")[2].split()[0])
        return int(told.split()[1]), await self.reader.readexactly(length)

    async def suggest(self, title: str, **more: Any) -> tuple[int, bytes]:
        return await self.ask("POST", "/api/v1/suggest", {"title": title[:300], "count": False, **more})


# -- measuring ------------------------------------------------------------------------------------------------


def throughput(folder: Path, questions: Sequence[str]) -> None:
    """The route with its search and without, by eight clients: cold, and with the last beginnings known."""
    asked = [each for question in questions[:ASKED] for each in beginnings(question)]
    told = {}
    for name, constant in (("search", False), ("constant", True)):
        with serving(folder, constant=constant) as server:
            for turn in ("cold", "warm", "warm again"):
                told[name, turn] = _asked(server, f"{THREADS:,} threads, {name}, {turn}", asked)
    for turn in ("cold", "warm", "warm again"):
        share = told["search", turn] / told["constant", turn]
        print(
            f"  {turn}: {share:.2f} of the constant's answers a CPU-second of the server (wanted, warm: .25)",
            flush=True,
        )


def beginnings(question: str) -> list[str]:
    """What is asked while somebody types it: after each word from the second on."""
    words = question.split()
    return [" ".join(words[:count]) for count in range(2, len(words) + 1)] or [question]


def _asked(server: Server, name: str, asked: Sequence[str]) -> float:
    """Ask all, by eight clients; answers a CPU-second of the server."""
    seconds: list[float] = []

    async def client(mine: Sequence[str]) -> None:
        connection = await Client.opened(server.port)
        for each in mine:
            began = time.perf_counter()
            status, _ = await connection.suggest(each)
            seconds.append(time.perf_counter() - began)
            assert status == 200, status

    async def all_clients() -> None:
        await asyncio.gather(*(client(asked[number::CLIENTS]) for number in range(CLIENTS)))

    before, began = server.cpu(), time.perf_counter()
    asyncio.run(all_clients())
    taken, wall = server.cpu() - before, time.perf_counter() - began
    quantiles(name, seconds)
    print(
        f"  {'':<44} {len(asked) / taken:,.0f} answers a CPU-second of the server, {len(asked) / wall:,.0f} a second"
    )
    return len(asked) / taken


Typed = list[tuple[str, float]]
"""Each text as it grew, and the seconds before the key that made it."""


def typed(questions: Sequence[str]) -> list[Typed]:
    """What each of the people types: as it was recorded, else questions at a recorded rhythm."""
    if TYPING:
        lines = Path(TYPING).read_text(encoding="utf-8").splitlines()
        recorded = [_grown(json.loads(line)) for line in lines if line.strip()]
        return [recorded[number % len(recorded)] for number in range(ASKERS)]
    rhythms = [json.loads(line)["waits"] for line in RHYTHMS.read_text(encoding="utf-8").splitlines()]
    chosen = np.random.default_rng(2).permutation(len(questions))[:ASKERS]
    return [
        _grown(in_rhythm(questions[row], rhythms[number % len(rhythms)], number)) for number, row in enumerate(chosen)
    ]


def in_rhythm(text: str, waits: Sequence[int], start: int = 0) -> Iterator[tuple[str, int]]:
    """The keys by which a text is typed in somebody's rhythm, and the milliseconds before each.

    >>> list(in_rhythm("ab", [100, 150, -300]))
    [('a', 100), ('b', 150)]
    >>> list(in_rhythm("ab", [100, -300, 150], 5))
    [('a', 150), ('b', 100)]
    >>> list(in_rhythm("ab", [100, -300, 150]))
    [('a', 100), ('Backspace', 300), ('a', 150), ('b', 100)]
    """
    done = 0
    for wait in islice(cycle(waits), start, None):
        if done == len(text):
            return
        if wait >= 0:
            yield text[done], wait
            done += 1
        elif done:
            yield "Backspace", -wait
            done -= 1


def _grown(keys: Iterable[tuple[str, float]]) -> Typed:
    text, grown = "", list[tuple[str, float]]()
    for key, wait in keys:
        text = text[:-1] if key == "Backspace" else text + key if len(key) == 1 else text
        grown.append((text, float(wait) / 1000))
    return grown


def typing(folder: Path, questions: Sequence[str]) -> None:
    """A hundred people type; the widget asks at each pause, and lets go of what it asked with the next key.

    Told is how long the answer to the last key takes, from the end of the pause after it on.
    """
    chance = np.random.default_rng(3)
    last: list[float] = []
    told: Counter[str] = Counter()

    async def ask(port: int, text: str, final: bool) -> None:
        began, status = time.perf_counter(), 0
        connection = await Client.opened(port)  # the server lets go of one that is idle for some seconds
        try:
            status, _ = await connection.suggest(text)
        finally:
            connection.writer.close()
            told[str(status or "let go")] += 1
            if final:
                last.append(time.perf_counter() - began if status == 200 else np.inf)

    async def asker(port: int, text: Typed, start: float) -> None:
        await asyncio.sleep(start)
        before = ""
        for now, wait in text:
            if wait > PAUSE and _is_asked(before):
                await asyncio.sleep(PAUSE)
                asking = asyncio.create_task(ask(port, before, final=False))
                await asyncio.sleep(wait - PAUSE)
                asking.cancel()
            else:
                await asyncio.sleep(wait)
            before = now
        if _is_asked(before):
            await asyncio.sleep(PAUSE)
            await ask(port, before, final=True)

    async def everyone(port: int) -> None:
        await asyncio.gather(*(asker(port, each, float(chance.random() * WITHIN)) for each in typed(questions)))

    with serving(folder) as server:
        before = server.cpu()
        asyncio.run(everyone(server.port))
        taken = server.cpu() - before
    late = sorted(last)[int(np.ceil(0.95 * len(last))) - 1]
    middle, load = float(np.median(last)), os.getloadavg()[0]
    how = f"as recorded in {TYPING}" if TYPING else "in recorded rhythms"
    print(
        f"  {ASKERS} people type {how}, answers by status {dict(told)}, {taken:.1f} CPU-s of the server; the last "
        f"answer: p50 {1e3 * middle:.0f} ms, p95 {1e3 * late:.0f} ms (wanted: 150, on two idle cores; load here "
        f"{load:.1f})",
        flush=True,
    )


def _is_asked(text: str) -> bool:
    return len(text.strip()) >= LEAST and len(text.split()) > 1


def swaps(kept: Path) -> None:
    """An article comes and goes under load: each answer is whole, with it or without, and none fails."""
    kb = Workspace.create(kept / "kb", recipe="small", example=True)
    kb.import_threads("jsonl", kb.example)
    kb.build()
    kb.approve(kb.queue()[0].lineage, editor="bench")
    tree = kb.parts.head()
    settings = (tree.read("kbuilder.toml") or b"") + UNLIMITED
    kb.parts.repository.commit(tree, {"kbuilder.toml": settings}, "Unlimited", "bench", kb.parts.clock())
    (article,) = kb.articles()
    known: set[bytes] = set()
    told: Counter[int] = Counter()
    mixed = 0
    with serving(kb.root) as server:

        async def both() -> None:
            nonlocal mixed
            first = await Client.opened(server.port)
            for _ in range(2):
                known.add((await first.suggest(article.title))[1])
                _flip(kb)
            over = asyncio.Event()

            async def client() -> None:
                nonlocal mixed
                connection = await Client.opened(server.port)
                while not over.is_set():
                    status, body = await connection.suggest(article.title)
                    told[status] += 1
                    mixed += status == 200 and body not in known

            asking = [asyncio.create_task(client()) for _ in range(CLIENTS)]
            for _ in range(SWAPS):
                await asyncio.to_thread(_flip, kb)
                await asyncio.sleep(0.05)
            over.set()
            await asyncio.gather(*asking)

        asyncio.run(both())
    print(f"  {SWAPS} swaps under load: {told.total():,} answers, by status {dict(told)}; mixed {mixed}", flush=True)
    kb.close()
    assert (len(known), mixed, {*told}) == (2, 0, {200})


def _flip(kb: Workspace) -> None:
    """Publish the article, or take it back."""
    from dataclasses import replace

    tree = kb.parts.head()
    (article,) = kb.articles()
    changed = replace(article, state="draft" if article.state == "validated" else "validated")
    files = {article_files.path(changed): article_files.write(changed)}
    kb.parts.repository.commit(tree, files, "Swap", "bench", kb.parts.clock())


if __name__ == "__main__":
    _serve(*sys.argv[1:])
