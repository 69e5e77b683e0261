"""Editors: fifty at one desk, whose server is killed ten times while they work.

Each looks at the queue or at the articles, opens something, and decides: approves or rejects a candidate, takes a
rejection back, adds a sentence to an article, or writes one. What was answered as done is acknowledged. Fails where
one of these is not in git after a restart or at the end, where a sentence that was added is lost, where a commit is
not one verdict with its article, where history is not one line, or where the work tree is not what is committed.
"""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from bench.asking import free_port, started

from kbuilder.store.people import Person
from kbuilder.text import short_id
from kbuilder.web.desk.access import COOKIE
from kbuilder.workspace import people
from kbuilder.workspace.workspace import Workspace

SECONDS = 300.0
EDITORS, KILLS = 50, 10
PAUSE = 8.0
"""Seconds between two verdicts of one editor, on average."""
PATIENCE = 60.0
_CANDIDATE = re.compile(r'href="/desk/candidates/([a-z2-7]{12})"')
_ARTICLE = re.compile(r'href="/desk/articles/([a-z2-7]{12})"')
_SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')
_BODY = re.compile(r'<textarea [^>]*name="body"[^>]*>(.*?)</textarea>', re.DOTALL)


@dataclass(frozen=True)
class Done:
    """A verdict that the server said it has."""

    editor: str
    verdict: str
    about: str
    """The candidate, or words that stand in the decision's reason or the article's title alone."""


@dataclass
class Told:
    """What the editors heard."""

    done: list[Done] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    """By status: somebody else was first."""
    unanswered: Counter[str] = field(default_factory=Counter)
    """By editor, verdicts of which nobody said whether they were taken: the server was killed."""
    wrong: list[str] = field(default_factory=list)


@dataclass
class Editor:
    """Someone at the desk."""

    name: str
    csrf: str
    client: httpx.AsyncClient
    chance: random.Random
    told: Told
    turn: int = 0
    rejected: list[str] = field(default_factory=list)

    async def decide(self) -> None:
        """One verdict of some kind, if there is anything to decide."""
        self.turn += 1
        mark = f"{self.name} {self.turn}."
        kind = self.chance.choice(("judge", "judge", "judge", "add", "add", "add", "write"))
        if self.rejected and self.chance.random() < 0.5:
            lineage = self.rejected.pop()
            await self.send(f"/desk/candidates/{lineage}/undo", {}, Done(self.name, "undo", lineage))
        elif kind == "judge":
            await self.judge(mark)
        elif kind == "add":
            await self.add(mark)
        else:
            values = {
                "title": mark,
                "body": "It is like this.",
                "kind": "fix",
                "language": "en",
                "audience": "public",
            }
            await self.send("/desk/articles", values, Done(self.name, "approve", mark))

    async def judge(self, mark: str) -> None:
        """Approve a candidate, or reject it."""
        waiting = _CANDIDATE.findall(await self.read("/desk"))
        if not waiting:
            return
        lineage = self.chance.choice(waiting)
        seen = _SEEN.search(await self.read(f"/desk/candidates/{lineage}"))
        path = f"/desk/candidates/{lineage}"
        if seen and self.chance.random() < 0.6:
            await self.send(f"{path}/approve", {"seen": seen[1]}, Done(self.name, "approve", lineage))
        elif await self.send(f"{path}/reject", {"reason": mark}, Done(self.name, "reject", mark)):
            self.rejected.append(lineage)

    async def add(self, mark: str) -> None:
        """Add a sentence to an article."""
        articles = _ARTICLE.findall(await self.read("/desk/articles"))
        if not articles:
            return
        path = f"/desk/articles/{self.chance.choice(articles)}/edit"
        page = await self.read(path)
        seen, body = _SEEN.search(page), _BODY.search(page)
        if seen and body:
            title = re.search(r'name="title" value="([^"]*)"', page)
            values = {"title": _plain(title[1] if title else ""), "body": f"{_plain(body[1])}\n\nAs said by {mark}"}
            await self.send(path, {**values, "seen": seen[1], "reason": mark}, Done(self.name, "edit", mark))

    async def read(self, path: str) -> str:
        answer = await self.client.get(path)
        if answer.status_code not in (200, 404):
            self.told.wrong.append(f"GET {path}: {answer.status_code}")
        return answer.text

    async def send(self, path: str, values: dict[str, str], done: Done) -> bool:
        """Whether a verdict was taken."""
        began = time.perf_counter()
        try:
            answer = await self.client.post(path, data={**values, "csrf": self.csrf})
        except (httpx.TransportError, asyncio.CancelledError):
            self.told.unanswered[self.name] += 1
            raise
        if answer.status_code == 303:
            self.told.seconds.append(time.perf_counter() - began)
            self.told.done.append(done)
        elif answer.status_code in (404, 409):
            self.told.refused[answer.status_code] += 1
        else:
            self.told.wrong.append(f"POST {path}: {answer.status_code}")
        return answer.status_code == 303


def main(seconds: float) -> int:
    """1 where something is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        kb = knowledge_base(Path(folder) / "kb")
        base, told = git(kb, "rev-parse", "HEAD").strip(), Told()
        asyncio.run(days(kb, told, seconds))
        told.wrong += [*lost(kb, told), *broken(kb, base, told)]
        commits = int(git(kb, "rev-list", "--count", f"{base}..HEAD"))
    kinds = Counter(each.verdict for each in told.done)
    print(f"{len(told.done)} verdicts acknowledged {dict(sorted(kinds.items()))}, {commits} commits; ", end="")
    print(f"{told.refused.total()} came second, {told.unanswered.total()} unanswered at {KILLS} kills")
    waits = sorted(told.seconds)
    half, most = (waits[int(len(waits) * share)] for share in (0.5, 0.95)) if waits else (0.0, 0.0)
    print(f"a verdict, as its editor waits: p50 {1e3 * half:.0f} ms, p95 {1e3 * most:.0f} ms")
    for each in told.wrong[:20]:
        print(f"WRONG: {each}")
    print("fine" if told.done and not told.wrong else "NOT fine")
    return 0 if told.done and not told.wrong else 1


def knowledge_base(folder: Path) -> Workspace:
    """The example community, built, with three articles."""
    kb = Workspace.create(folder, recipe="small", example=True)
    kb.import_threads("jsonl", kb.example)
    kb.build()
    for item in kb.queue()[:3]:
        kb.approve(item.lineage, editor="soak")
    return kb


async def days(kb: Workspace, told: Told, seconds: float) -> None:
    """Editors at work; now and then the server is killed and started again, which does not count as time."""
    port, opened, chance = free_port(), asyncio.Event(), random.Random(0)
    editors = [seated(kb, number, port, told) for number in range(EDITORS)]
    cuts = [0.0, *sorted(chance.uniform(0.02, 0.98) for _ in range(KILLS)), 1.0]
    server = await asyncio.to_thread(started, kb.root, port)
    working = [asyncio.create_task(work(each, opened)) for each in editors]
    try:
        for number in range(KILLS + 1):
            opened.set()
            await asyncio.sleep(seconds * (cuts[number + 1] - cuts[number]))
            if number < KILLS:
                opened.clear()
                server.kill()
                await asyncio.to_thread(server.wait, 30)
                server = await asyncio.to_thread(started, kb.root, port)
                told.wrong += lost(kb, told)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
    finally:
        server.terminate()
        await asyncio.to_thread(server.wait, 30)
        await asyncio.gather(*(each.client.aclose() for each in editors))


def seated(kb: Workspace, number: int, port: int, told: Told) -> Editor:
    """An editor who has signed in."""
    name = f"editor {number}"
    mail = f"editor-{number}@example.org"
    person = Person(id=short_id(mail), name=name, mail=mail, created=kb.parts.clock(), roles=("editor",))
    kb.parts.people.add(person)
    token = people.open_session(kb.parts, person)
    session, _ = people.signed_in(kb.parts, token) or (None, None)
    assert session
    client = httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", cookies={COOKIE: token}, timeout=PATIENCE, trust_env=False
    )
    return Editor(name, session.csrf, client, random.Random(number), told)


async def work(editor: Editor, opened: asyncio.Event) -> None:
    """One verdict after the other, with pauses; whoever finds the server away waits until it is there again."""
    while True:
        await asyncio.sleep(editor.chance.expovariate(1 / PAUSE))
        await opened.wait()
        try:
            await editor.decide()
        except httpx.TransportError:
            await asyncio.sleep(0.1)


def lost(kb: Workspace, told: Told) -> Iterator[str]:
    """What was acknowledged and is not in git, and sentences that were acknowledged and are in no article."""
    tree = kb.parts.head()
    decisions, articles = kb.parts.decided.decisions(tree), kb.parts.decided.articles(tree)
    titles = {each.id: each.title for each in articles}
    held: Counter[tuple[str, str, str]] = Counter()
    for each in decisions:
        held.update(
            (each.editor, each.verdict, about) for about in {each.lineage, each.reason, titles.get(each.article, "")}
        )
    for done, times in Counter(told.done).items():
        if held[done.editor, done.verdict, done.about] < times:
            yield f"lost: {done}"
    bodies = "\n".join(each.body for each in articles) + "\n"
    for done in told.done:
        if done.verdict == "edit" and f"As said by {done.about}\n" not in bodies:
            yield f"overwritten: {done}"


def broken(kb: Workspace, base: str, told: Told) -> Iterator[str]:
    """What is wrong with git: its objects, its line, its commits, its work tree."""
    yield from git(kb, "fsck", "--strict", "--no-dangling", "--no-progress").splitlines()
    if git(kb, "rev-list", "--merges", "HEAD"):
        yield "history is not one line"
    Workspace.open(kb.root).close()  # what a start repairs
    yield from (f"work tree: {line}" for line in git(kb, "status", "--porcelain").splitlines())
    done, by = Counter(each.editor for each in told.done), Counter[str]()
    for commit in git(kb, "log", "--format=%x00%an", "--name-status", f"{base}..HEAD").split("\0")[1:]:
        author, _, changed = commit.partition("\n")
        by[author] += 1
        files = [line.split("\t") for line in changed.split("\n") if line]
        decisions = [kind for kind, path, *_ in files if path.startswith("decisions/")]
        articles = [path for _, path, *_ in files if path.startswith("articles/")]
        if decisions != ["A"] or len(articles) > 1 or len(files) != len(decisions) + len(articles):
            yield f"not one verdict: {commit!r}"
    for author in by | done:
        if not done[author] <= by[author] <= done[author] + told.unanswered[author]:
            yield f"{author}: {by[author]} commits, {done[author]} acknowledged, {told.unanswered[author]} unanswered"


def git(kb: Workspace, *words: str) -> str:
    return subprocess.run(["git", "-C", str(kb.root), *words], check=True, capture_output=True, text=True).stdout


def _plain(html: str) -> str:
    from html import unescape

    return unescape(html)
