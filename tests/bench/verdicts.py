"""Verdicts: the time of the 10,001st, and what the repository weighs then."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from kbuilder.records import Article, Citation, Decision, digest
from kbuilder.store import articles as article_files
from kbuilder.store import decisions as decision_files
from kbuilder.store.git import Repository

VERDICTS = 10_000


def run() -> None:
    """In a repository of their own."""
    with tempfile.TemporaryDirectory() as folder:
        verdicts(Path(folder))


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
