"""What several topics measure on: real titles, their vectors, and a million of them. Made once, kept in a folder."""

from __future__ import annotations

import json
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from bench.measuring import Skipped
from kbuilder import embedding
from kbuilder.config import EmbeddingRecipe
from kbuilder.embedding import adapt
from kbuilder.evaluation.judged import read_corpus
from kbuilder.evaluation.suggesting import Vectors
from kbuilder.records import digest
from kbuilder.store.cache import Cache

KEPT = Path(tempfile.gettempdir()) / "kbuilder-bench"
MILLION = int(os.environ.get("KBUILDER_BENCH_SIZE", "1000000"))
HELD_OUT = 300
_STEP = 50_000
_HOUSE = Path(embedding.__file__).parents[1]
_T = TypeVar("_T")


def judged() -> Path:
    """The folder of judged data."""
    data = os.environ.get("KBUILDER_EVAL_DATA", "")
    if not data or not Path(data).is_dir():
        raise Skipped("KBUILDER_EVAL_DATA does not name the judged data")
    return Path(data)


@cache
def encoder() -> embedding.Encoder:
    """The pinned model."""
    found = embedding.load(EmbeddingRecipe())
    assert found is not None
    return found


@cache
def adapted(name: str) -> embedding.Encoder | None:
    """The model as ``kbuilder adapt`` leaves it for a judged set; ``None`` where it turns down what was learnt.

    Made once for the same code.
    """
    place = KEPT / f"adapted-{name}-{code('embedding', 'index')}"
    said = place / "share.json"
    if not said.is_file():
        place.mkdir(parents=True, exist_ok=True)
        found = adapt.adapt(encoder(), read_corpus(judged() / name).entries, place)
        print(f"  {name}: adapted by {found.share}, {found.before} to {found.after}", flush=True)
        said.write_text(json.dumps(found.share))
    return adapt.opened(encoder(), place) if json.loads(said.read_text()) else None


@cache
def learnt(name: str) -> embedding.Encoder:
    """The model with all that ``kbuilder adapt`` learns of a judged set, whether it is taken or not."""
    place = KEPT / f"learnt-{name}-{code('embedding', 'index')}"
    if not place.is_dir():
        half, threads = place.with_suffix(".half"), adapt.ordered(read_corpus(judged() / name).entries)
        half.mkdir(parents=True, exist_ok=True)
        adapt.moved(encoder(), [adapt.learn(encoder(), taught) for taught in adapt.halves(threads)], 1.0, half)
        half.rename(place)
    return adapt.opened(encoder(), place)


def code(*rooms: str) -> str:
    """By which the code of some rooms is known again."""
    found = [file.read_text() for room in rooms for file in sorted(_HOUSE.glob(f"{room}/*.py"))]
    return digest("\n".join(found))[:16]


def kept(place: Path, work: Callable[[], _T]) -> _T:
    """What some work returns, done once: it lies in a file that nobody else writes."""
    if not place.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_suffix(".half")
        half.write_bytes(pickle.dumps(work()))
        half.replace(place)
    found: _T = pickle.loads(place.read_bytes())
    return found


def vectors(model: embedding.Encoder | None) -> Vectors:
    """What a model reads, kept from one run to the next."""
    KEPT.mkdir(exist_ok=True)
    return Vectors(model, kept=Cache(KEPT / "vectors.sqlite"))


@cache
def titles() -> list[str]:
    """20,000 titles of questions and 10,000 messages to a support desk, each once."""
    names = ("stackoverflow20", "banking77-dev")
    lines = [line for name in names for line in (judged() / "clusters" / f"{name}.jsonl").open(encoding="utf-8")]
    return list(dict.fromkeys(json.loads(line)["text"] for line in lines))


def archived() -> list[str]:
    """The titles that are searched, in the order of their vectors."""
    return _drawn(slice(HELD_OUT, None))


def held_out() -> list[str]:
    """Those that are held out as questions."""
    return _drawn(slice(HELD_OUT))


def _drawn(places: slice) -> list[str]:
    return [titles()[number] for number in np.random.default_rng(0).permutation(len(titles()))[places]]


@cache
def real() -> tuple[np.ndarray, np.ndarray]:
    """MiniLM's vectors of the titles: those to search, and 300 held out as questions."""
    found = read(titles())
    order = np.random.default_rng(0).permutation(len(found))
    return np.ascontiguousarray(found[order[HELD_OUT:]]), found[order[:HELD_OUT]]


def read(texts: Sequence[str]) -> np.ndarray:
    """The pinned model's vectors of some texts: (n, 384)."""
    found = vectors(encoder()).of(texts)
    assert found is not None
    return found


def million() -> np.ndarray:
    """The real vectors and convex mixes of two of them at random, to a million: (1_000_000, 384)."""
    known, _ = real()
    file = KEPT / f"mixed-{MILLION}.npy"
    if not file.is_file():
        mixed = np.lib.format.open_memmap(file, "w+", np.float32, (MILLION, known.shape[1]))
        for start, one, two, share in _pairs(MILLION):
            found = share * known[one] + (1 - share) * known[two]
            mixed[start : start + len(one)] = found / np.linalg.norm(found, axis=1, keepdims=True)
        mixed[: len(known)] = known[:MILLION]
        mixed.flush()
    found: np.ndarray = np.array(np.load(file, mmap_mode="r"))
    return found


def mixed_titles() -> list[str]:
    """The texts of those vectors: real titles, and the first words of one with the last of another."""
    words = [title.split() for title in archived()]
    mixed = [
        " ".join([*words[left][: round(len(words[left]) * part)], *words[right][round(len(words[right]) * part) :]])
        for _, one, two, share in _pairs(MILLION)
        for left, right, part in zip(one, two, share[:, 0].tolist(), strict=True)
    ]
    return [*archived()[:MILLION], *mixed[len(words) :]]


def _pairs(count: int) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Which two are mixed, and how much of the first; some thousands at a time, with the number of the first."""
    chance = np.random.default_rng(1)
    for start in range(0, count, _STEP):
        size = min(_STEP, count - start)
        one, two = chance.integers(0, len(archived()), (2, size))
        yield start, one, two, chance.random((size, 1), np.float32)
