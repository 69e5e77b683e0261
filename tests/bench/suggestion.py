"""One whole suggestion from a million threads, beside the model in float32 with IndexFlatIP; start and memory.

``KBUILDER_BENCH_SIZE`` says how many threads. Their titles are real ones, and halves of two; bodies and answers are a
title each; vectors are MiniLM's of the titles, and mixes of two with a little noise, anew for each field. The index
is made once and kept: half an hour of one core, and 16 GB of memory while it is made.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from bench import data
from bench.measuring import beside, quantiles
from kbuilder import embedding, index, ranking, suggest
from kbuilder.config import EmbeddingRecipe

NEAREST = 10
ASKED = 40
TOKENS = range(14, 19)
"""Of the questions."""
PRECISION, SHOWN = 0.9, 3
_NOISE = np.float32(0.02)
_OPENED = """
import sys, time
from pathlib import Path
import numpy, faiss
from kbuilder import index
start = time.process_time()
held = index.open(Path(sys.argv[1]))
took = time.process_time() - start
lines = Path("/proc/self/status").read_text().splitlines()
resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
print(f"  index of {len(held):,} opened in {took:.2f} CPU-s; resident before any question: {resident:.0f} MB")
"""


def run() -> None:
    """Start and memory, then question by question in turns."""
    import faiss

    faiss.omp_set_num_threads(1)
    folder = archive()
    subprocess.run([sys.executable, "-c", _OPENED, str(folder)], check=True)
    dense = sum(file.stat().st_size for name in index.FIELDS for file in folder.glob(f"{name}.*"))
    rows = sum(np.load(folder / f"{name}.ends.npy")[-1] for name in index.FIELDS)
    print(
        f"  vectors of {len(index.FIELDS)} fields: {dense / 1e6:,.0f} MB, {dense / (rows * 384 * 4):.3f} of float32"
    )
    with tempfile.TemporaryDirectory() as copies:
        encoder = embedding.load(EmbeddingRecipe(), copies=Path(copies))
        assert encoder is not None
        encoder.quicken(data.titles()[:400])
        asked(folder, encoder)


def asked(folder: Path, encoder: embedding.Encoder) -> None:
    """Whole suggestions, and the nearest vectors of a plain index."""
    import faiss

    held, ranker = index.open(folder), ranking.load()
    exact = faiss.IndexFlatIP(384)
    exact.add(data.million())
    model = embedding.opening.open_model(encoder.place, "fp32")
    questions = [text for text in data.held_out() if len(model.tokenizer(text)["input_ids"]) in TOKENS][:ASKED]

    def ours(question: str) -> object:
        return suggest.suggest(question, "en", [held], encoder, ranker, PRECISION, SHOWN)

    def peer(question: str) -> object:
        return exact.search(model.encode([question], normalize_embeddings=True, show_progress_bar=False), NEAREST)

    for question in questions:  # what was mapped is read once
        ours(question)
    beside(
        {"suggest": lambda: [ours(question) for question in questions]},
        {"encode in float32, IndexFlatIP": lambda: [peer(question) for question in questions]},
        len(questions),
        "questions",
        5,
    )
    times = []
    for question in questions * 5:
        start = time.process_time()
        ours(question)
        times.append(time.process_time() - start)
    quantiles("one suggestion", times)


def archive() -> Path:
    """The index of the threads."""
    folder = data.KEPT / f"suggestion-{data.MILLION}-{index.FORMAT}"
    if not (folder / "catalogue.json").is_file():
        entries = [*_entries()]
        index.build(entries, _Vectors(entries), folder)
    return folder


def _pairs() -> np.ndarray:
    """The titles that each thread is made of: (threads, 2), numbers of what is not held out."""
    known = len(data.titles()) - data.HELD_OUT
    pairs = np.random.default_rng(1).integers(0, known, (data.MILLION, 2))
    pairs[:known] = np.arange(known)[: data.MILLION, None]
    return pairs


def _entries() -> Iterator[index.Entry]:
    names = data.archived()
    for number, (one, two) in enumerate(_pairs().tolist()):
        first, second = names[one].split(), names[two].split()
        mixed = [*first[: (len(first) + 1) // 2], *second[(len(second) + 1) // 2 :]]
        yield index.Entry(
            id=f"bench:{number}",
            title=names[one] if one == two else " ".join(mixed),
            body=names[(one + two) % len(names)],
            answers=(f"{names[(one * 7 + two) % len(names)]}.",),
            language="en",
        )


class _Vectors(Mapping[str, np.ndarray]):
    """The vectors of each field, made when they are asked for."""

    def __init__(self, entries: list[index.Entry]) -> None:
        self._names = sorted(index.texts_to_embed(entries[:1]))

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __getitem__(self, name: str) -> np.ndarray:
        vectors, pairs = data.real()[0], _pairs()
        chance = np.random.default_rng(self._names.index(name))
        mixed = np.empty((len(pairs), vectors.shape[1]), np.float32)
        for start in range(0, len(pairs), 50_000):
            one, two = pairs[start : start + 50_000].T
            found = vectors[one] + vectors[two]
            found += _NOISE * chance.standard_normal(found.shape, np.float32)
            mixed[start : start + len(found)] = found / np.linalg.norm(found, axis=1, keepdims=True)
        return mixed
