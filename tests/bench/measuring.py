"""How a benchmark measures and what it prints: CPU time of this process and its children, in turns, with spread."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

REPEATS = 3


class Skipped(Exception):
    """Why a topic cannot be measured here."""


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this process and its children, and what the work returned."""
    before = os.times()
    result = work()
    after = os.times()
    return sum(after[:4]) - sum(before[:4]), result


def told(name: str, seconds: Sequence[float], count: int, unit: str = "threads") -> None:
    """One row: median and spread of the CPU seconds, and how many of the things that makes a second."""
    middle = statistics.median(seconds)
    spread = f"{min(seconds):.3g} to {max(seconds):.3g}"
    print(f"  {name:<44} {middle:9.3g} CPU-s ({spread})  {count / middle:12,.1f} {unit} a CPU-second", flush=True)


def beside(
    ours: Mapping[str, Callable[[], Any]],
    peers: Mapping[str, Callable[[], Any]],
    count: int,
    unit: str,
    repeats: int = REPEATS,
) -> dict[str, Any]:
    """Ours and the peers in turns, a row for each and the ratios peer / ours; what each returned the last time.

    A ratio's spread is that of the turns, so that what slows the whole machine for a while does not count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in (*ours, *peers)}
    results: dict[str, Any] = {}
    for _ in range(repeats):
        for name, work in (*ours.items(), *peers.items()):
            taken, results[name] = cpu(work)
            seconds[name].append(taken)
    for name, each in seconds.items():
        told(name, each, count, unit)
    for name in ours:
        for peer in peers:
            turns = [theirs / own for theirs, own in zip(seconds[peer], seconds[name], strict=True)]
            middle = statistics.median(turns)
            print(f"  {peer} takes {middle:.2f} times {name} ({min(turns):.2f} to {max(turns):.2f})", flush=True)
    return results


def quantiles(name: str, seconds: Sequence[float]) -> None:
    """One row on single calls: p50, p99 and how far apart they are."""
    ordered = sorted(seconds)
    middle, late = statistics.median(ordered), ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    print(f"  {name:<44} p50 {1e3 * middle:.2f} ms, p99 {1e3 * late:.2f} ms: {late / middle:.2f} times", flush=True)
