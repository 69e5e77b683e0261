"""Encoding: a corpus beside SentenceTransformer.encode, a question beside the same; quality told with it."""

from __future__ import annotations

import json
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from bench import data
from bench.measuring import Skipped, beside, cpu
from kbuilder import embedding
from kbuilder.config import EmbeddingRecipe
from kbuilder.embedding import Encoder
from kbuilder.records import digest
from kbuilder.store.cache import Cache

TEXTS = 192
TOKENS = 64
QUESTIONS = 60


def run() -> None:
    """On one thread."""
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        exact, short = _encoder("fp32", Path(folder)), _encoder("bf16", Path(folder))
        texts = _texts(exact)
        corpus(exact, short, texts, Path(folder))
        exact.quicken(data.titles()[:400])
        questions(exact)


def _encoder(precision: str, copies: Path) -> Encoder:
    found = embedding.load(EmbeddingRecipe.model_validate({"precision": precision}), copies=copies)
    if found is None:
        raise Skipped("no model")
    return found


def _texts(encoder: Encoder) -> list[str]:
    """Titles joined until they have 64 tokens; what is over is cut off."""
    found, parts = [], iter(data.titles())
    tokenizer = encoder.model.tokenizer
    while len(found) < TEXTS:
        ids = tokenizer(" ".join(islice(parts, 8)), add_special_tokens=False)["input_ids"][: TOKENS - 2]
        text = tokenizer.decode(ids)
        if len(tokenizer(text)["input_ids"]) == TOKENS:
            found.append(text)
    return found


def corpus(exact: Encoder, short: Encoder, texts: list[str], folder: Path) -> None:
    """A corpus of texts of 64 tokens each; then the same corpus again."""
    peer = embedding.opening.open_model(exact.place, "fp32")
    print(f"  {len(texts)} texts of {TOKENS} tokens")
    results = beside(
        {"ours, bf16": lambda: short.encode(texts), "ours, fp32": lambda: exact.encode(texts)},
        {"SentenceTransformer.encode, fp32": lambda: peer.encode(texts, batch_size=32, show_progress_bar=False)},
        len(texts),
        "texts",
    )
    theirs = results["SentenceTransformer.encode, fp32"]
    for name in ("ours, bf16", "ours, fp32"):
        print(f"  {name}: mean cosine to theirs {float((results[name] * theirs).sum(1).mean()):.5f}")
    store = Cache(folder / "cache.sqlite")
    store.put(exact.id, {digest(text): vector.tobytes() for text, vector in zip(texts, theirs, strict=True)})
    taken, _ = cpu(lambda: embedding.cached(exact, store.get, store.put, texts))
    print(f"  the same corpus again: {1e3 * taken:.0f} CPU-ms, no text encoded")
    _quality({"fp32": exact.encode, "bf16": short.encode}, exact.encode)


def questions(exact: Encoder) -> None:
    """One short question at a time."""
    asked = [text for text in data.titles() if 12 <= len(exact._tokens([text])[0]) <= 16][:QUESTIONS]
    peer = embedding.opening.open_model(exact.place, "fp32")
    fresh = _encoder("fp32", exact.copies or Path())
    if fresh.copy is None:
        raise Skipped("the int8 copy was not accepted")
    print(f"  {len(asked)} questions of 12 to 16 tokens, one at a time")
    beside(
        {"int8 copy": lambda: [fresh.question(text) for text in asked]},
        {"SentenceTransformer.encode, fp32": lambda: [peer.encode(text, show_progress_bar=False) for text in asked]},
        len(asked),
        "questions",
        5,
    )
    one_by_one = {"int8 copy": lambda texts: np.stack([fresh.question(text) for text in texts])}
    _quality({"fp32": exact.encode, **one_by_one}, exact.encode)


def _quality(ways: dict[str, Any], corpus_by: Any) -> None:
    """Share of stackfaq's questions whose nearest title is the right one, by each way of reading the questions."""
    folder = data.judged() / "stackfaq"
    entries = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
    asked = [json.loads(line) for line in (folder / "queries.dev.jsonl").open(encoding="utf-8")]
    rows = (folder / "qrels" / "dev.tsv").read_text(encoding="utf-8").splitlines()[1:]
    right = {(line.split("\t")[0], line.split("\t")[1]) for line in rows}
    held = {"bf16": ways["bf16"]} if "bf16" in ways else {}
    for name, way in ways.items():
        titles = held.get(name, corpus_by)([entry["title"] for entry in entries])
        best = (way([each["text"] for each in asked]) @ titles.T).argmax(1)
        hits = [(each["_id"], entries[row]["_id"]) in right for each, row in zip(asked, best, strict=True)]
        print(f"  stackfaq, nearest title, {name}: P@1 {np.mean(hits):.4f} ({len(hits)} questions)")
