"""Benchmarks beside named peers: ``make bench``. CPU seconds of this process, several repeats, spread shown.

Each figure is for the same work in the same run on the same machine; quote the ratios, not the seconds.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kbuilder import Workspace
from kbuilder.config import CandidatesRecipe
from kbuilder.records import Article, Citation, Decision, Draft, digest
from kbuilder.store import articles as article_files
from kbuilder.store import decisions as decision_files
from kbuilder.store.git import Repository

REPEATS = 3
VERDICTS = 10_000
SITE = "https://beer.stackexchange.com"


def main() -> None:
    """Run all benchmarks that this machine has the data for."""
    data = os.environ.get("KBUILDER_EVAL_DATA", "")
    beer = Path(data) / "stackexchange" / "beer-2020-06"
    if data and beer.is_dir():
        with tempfile.TemporaryDirectory() as folder:
            forum(beer, Path(folder))
    else:
        print("skipped: the beer forum (KBUILDER_EVAL_DATA does not name the judged data)")
    with tempfile.TemporaryDirectory() as folder:
        verdicts(Path(folder))


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this process and its children, and what the work returned."""
    before = os.times()
    result = work()
    after = os.times()
    return sum(after[:4]) - sum(before[:4]), result


class Stages:
    """Progress that notes how many CPU seconds each stage takes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.stage, self.since = "prepare", sum(os.times()[:4])

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self.stage:
            self.finished()
            self.stage = stage

    def finished(self) -> dict[str, float]:
        """CPU seconds by stage so far."""
        now = sum(os.times()[:4])
        self.seconds[self.stage] = self.seconds.get(self.stage, 0.0) + now - self.since
        self.since = now
        return self.seconds


def told(name: str, seconds: Sequence[float], count: int) -> None:
    """One row: median and spread of the CPU seconds, and how many of the things that makes a second."""
    middle = statistics.median(seconds)
    spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
    print(f"  {name:<38} {middle:8.2f} CPU-s ({spread})  {count / middle:10.1f} threads a CPU-second")


def forum(dump: Path, folder: Path) -> None:
    """Threads a CPU-second through each stage, for a real forum; BERTopic's clustering beside ours."""
    rows: dict[str, list[float]] = {}

    def note(name: str, seconds: float) -> None:
        rows.setdefault(name, []).append(seconds)

    for repeat in range(REPEATS):
        kb = Workspace.create(folder / f"kb{repeat}", title="Beer")
        seconds, imported = cpu(lambda kb=kb: kb.import_threads("stackexchange", dump, name="beer", url=SITE))
        note("import", seconds)
        threads = imported.report.threads
        stages = Stages()
        kb.build(stages)
        for name, seconds in stages.finished().items():
            note(name.lower(), seconds)
        ready = [item.lineage for item in kb.queue() if isinstance(kb.draft(item.lineage), Draft)][:40]
        for lineage in ready:
            kb.approve(lineage, editor="bench")
        seconds, _ = cpu(kb.publish)
        note(f"publish ({len(ready)} articles)", seconds)
        seconds, _ = cpu(kb.build)
        note("build again, nothing changed", seconds)
    print(f"beer.stackexchange.com, {threads} threads, {REPEATS} repeats")
    for name, seconds_each in rows.items():
        told(name, seconds_each, threads)
    clusterings(kb)
    shutil.rmtree(folder, ignore_errors=True)


def clusterings(kb: Workspace) -> None:
    """Our clustering and BERTopic's of the same texts with the same vectors."""
    import numpy as np
    from bertopic import BERTopic

    from kbuilder import candidates, embedding

    solved = [thread for thread in kb.parts.database.threads() if thread.solved]
    texts = [candidates.text_of(thread) for thread in solved]
    encoder = kb.parts.encoder
    if encoder is None:
        print("skipped: BERTopic's clustering (no model)")
        return
    vectors = embedding.cached(encoder, kb.parts.cache.get, kb.parts.cache.put, texts)
    ids = [thread.id for thread in solved]
    ours = [cpu(lambda: candidates.cluster(ids, texts, vectors, CandidatesRecipe())) for _ in range(REPEATS)]
    peer = [cpu(lambda: BERTopic(min_topic_size=2).fit_transform(texts, np.asarray(vectors))) for _ in range(REPEATS)]
    print(f"clustering the {len(texts)} solved threads, same texts, same vectors")
    told("kbuilder", [seconds for seconds, _ in ours], len(texts))
    told("BERTopic", [seconds for seconds, _ in peer], len(texts))
    ratio = statistics.median(s for s, _ in peer) / statistics.median(s for s, _ in ours)
    print(f"  BERTopic takes {ratio:.1f} times our CPU time; leaves {_alone(peer[-1][1][0])} threads without a topic")


def _alone(topics: Sequence[int]) -> int:
    return sum(topic == -1 for topic in topics)


def verdicts(folder: Path) -> None:
    """The time of the 10,001st verdict, and what the repository weighs then."""
    repository = Repository.create(folder / "kb")
    times: list[float] = []
    for number in range(VERDICTS + 100):
        article, decision = _article(number), _decision(number)
        changes = {
            article_files.path(article): article_files.write(article),
            decision_files.path(decision): decision_files.write(decision),
        }
        start = time.perf_counter()
        repository.commit(repository.head(), changes, f"Approve {article.title}", "bench", article.created)
        times.append(time.perf_counter() - start)
    size = sum(file.stat().st_size for file in (folder / "kb" / ".git").rglob("*") if file.is_file())
    last = times[VERDICTS:]
    print(f"verdicts {VERDICTS + 1:,} to {len(times):,}")
    print(f"  median {statistics.median(last) * 1000:.1f} ms, worst {max(last) * 1000:.1f} ms (wall time)")
    print(f"  the first hundred: median {statistics.median(times[:100]) * 1000:.1f} ms")
    print(f"  .git {size / 1e6:.0f} MB, {size / len(times) / 1e3:.1f} kB a verdict")


def _article(number: int) -> Article:
    when = f"2026-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
    name = digest(str(number))[:12]
    source = Citation(post=f"forum:{number}#2", start=0, end=20, digest=digest(name), author="a", licence="CC0-1.0")
    return Article(
        id=name,
        slug=f"{name}-problem",
        title=f"Problem {name}",
        language="en",
        body=f"## Solution\n\n{'Hold the button of part ' + name + ' for ten seconds. ' * 8}[^p1]",
        created=when,
        updated=when,
        sources={"p1": source},
    )


def _decision(number: int) -> Decision:
    article = _article(number)
    bare = Decision(id="", verdict="approve", editor="bench", time=article.created, article=article.id)
    return replace(bare, id=decision_files.new_id(article.created, article.id))


if __name__ == "__main__":
    main()
