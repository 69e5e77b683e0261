"""The desk over HTTP with 10,000 candidates: each page, and a verdict with the next candidate's page.

CPU is the server's, over all calls of a row; time is that of one editor who does nothing else, on this machine.
``KBUILDER_BENCH_CANDIDATES`` asks for another number.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from bench import data
from bench.asking import Server, serving
from kbuilder import resources
from kbuilder.records import Author, Post, Thread
from kbuilder.store.people import Person
from kbuilder.text import short_id
from kbuilder.web.desk.access import COOKIE
from kbuilder.workspace import generation, people
from kbuilder.workspace.building import software
from kbuilder.workspace.workspace import Workspace

CANDIDATES = int(os.environ.get("KBUILDER_BENCH_CANDIDATES", "10000"))
CALLS = 60
BOUND, SOON = 100, 200
"""CPU-ms of a page, and ms within which the next candidate is there."""
_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
_SEEN = re.compile(r'name="seen" value="([^"]+)"')


def run() -> None:
    """Each row."""
    folder = archive()
    kb = Workspace.open(folder)
    token = people.open_session(kb.parts, editor(kb))
    waiting = [item.lineage for item in kb.queue()]
    kb.close()
    print(f"  {len(waiting):,} candidates wait")
    with serving(folder) as server, httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client:
        client.headers["cookie"] = f"{COOKIE}={token}"
        client.get("/desk").raise_for_status()
        rows: dict[str, Callable[[int], object]] = {
            "the queue": lambda _: client.get("/desk").raise_for_status(),
            "the queue, searched": lambda n: client.get("/desk", params={"words": f"file {n}"}).raise_for_status(),
            "the top ten": lambda _: client.get("/desk/top").raise_for_status(),
            "a candidate": lambda n: client.get(f"/desk/candidates/{waiting[-1 - n]}").raise_for_status(),
        }
        for name, call in rows.items():
            told(f"{name}: a page", server, call)
        at = [f"/desk/candidates/{waiting[0]}"]
        told("approve as it is, with the next page", server, lambda _: verdict(client, at))


def verdict(client: httpx.Client, at: list[str]) -> None:
    """Approve what is looked at, and look at the next one."""
    page = at[-1]
    answer = client.get(page).text if len(at) == 1 else at.pop()
    found, seen = _TOKEN.search(answer), _SEEN.search(answer)
    assert found, "there is no form on the page"
    assert seen, "there is no draft on the page"
    path = at[0].partition("?")[0]
    done = client.post(f"{path}/approve", data={"csrf": found[1], "seen": seen[1]})
    assert "done=approved" in done.headers["location"], done.text
    at[:] = [done.headers["location"], client.get(done.headers["location"]).raise_for_status().text]


def told(name: str, server: Server, call: Callable[[int], object]) -> None:
    """One row: the server's CPU a call, and how long it took."""
    call(0)
    before, seconds = server.cpu(), list[float]()
    for number in range(1, CALLS + 1):
        began = time.perf_counter()
        call(number)
        seconds.append(time.perf_counter() - began)
    spent = 1e3 * (server.cpu() - before) / CALLS
    print(f"  {name:<44} {spent:6.0f} CPU-ms  {_times(seconds)}", flush=True)


def _times(seconds: Sequence[float]) -> str:
    middle, late = statistics.median(seconds), sorted(seconds)[int(0.95 * len(seconds))]
    return f"median {1e3 * middle:5.0f} ms, 95 of 100 within {1e3 * late:5.0f} ms (bounds: {BOUND} CPU-ms, {SOON} ms)"


def editor(kb: Workspace) -> Person:
    """Who decides."""
    mail = "bench@example.org"
    known = kb.parts.people.person(mail=mail)
    made = Person(id=short_id(mail), name="Bench", mail=mail, created=kb.parts.clock(), roles=("publisher",))
    if known is None:
        kb.parts.people.add(made)
    return known or made


def archive() -> Path:
    """A built knowledge base of so many real titles, each a problem of its own with an answer."""
    folder = data.KEPT / f"desk-{CANDIDATES}-{generation.FORMAT}-{software()}"
    if (folder / "_build" / "current").is_file():
        return folder
    kb = Workspace.create(folder, title="Bench", recipe="small")
    apart = resources.read("pipelines/small.toml").replace(b"cut = 0.0", b"cut = 1.0")  # each is a problem of its own
    changes = {"pipelines/small.toml": apart}
    kb.parts.repository.commit(kb.parts.head(), changes, "Apart", "bench", kb.parts.clock())
    kb.parts.database.put_threads("bench", threads(data.titles()))
    kb.build()
    kb.close()
    return folder


def threads(titles: Sequence[str]) -> list[Thread]:
    """A solved thread for each of the first titles."""
    return [_thread(number, titles) for number in range(CANDIDATES)]


def _thread(number: int, titles: Sequence[str]) -> Thread:
    key = f"bench:{number}"
    title, other = titles[number % len(titles)], titles[(7 * number + 1) % len(titles)]

    def post(place: int, body: str, *, accepted: bool = False) -> Post:
        return Post(
            id=f"{key}#{place}",
            body=body,
            author=Author(id=f"bench:{number % 997}", name=f"member {number % 997}"),
            created=f"2026-{1 + number % 12:02}-{1 + number % 28:02}T10:00:00Z",
            licence="CC BY-SA 4.0",
            url=f"https://forum.example/t/{number}#{place}",
            accepted=accepted,
        )

    answer = f"For {title} open the settings of part {number}. Then choose {other} there, and start it again."
    return Thread(
        id=key,
        title=title,
        url=f"https://forum.example/t/{number}",
        language="en",
        question=post(1, f"{title}? I tried {other} on machine {number}, and it did not help."),
        answers=(post(2, answer, accepted=True),),
        views=number,
    )
