"""A real forum: threads a CPU-second through each stage, BERTopic's clustering beside ours."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.data import judged
from bench.measuring import REPEATS, Skipped, cpu, told
from kbuilder import Workspace
from kbuilder.config import CandidatesRecipe
from kbuilder.records import Draft

SITE = "https://beer.stackexchange.com"


def run() -> None:
    """The beer forum, from its dump to a site."""
    beer = judged() / "stackexchange" / "beer-2020-06"
    if not beer.is_dir():
        raise Skipped("the beer forum is not among the judged data")
    with tempfile.TemporaryDirectory() as folder:
        forum(beer, Path(folder))


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
