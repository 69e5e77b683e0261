"""Order on every judged set, beside txtai with the same model and its hybrid search.

txtai gets what its guide gives it: one text for each thread, and its own words and vectors in equal parts; two kinds
of text are tried, titles alone and the whole thread. Ours is as it ships; with ``KBUILDER_BENCH_ADAPTED=1`` also as
``kbuilder adapt`` leaves it. ``KBUILDER_BENCH_SETS`` names some of the sets alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.data import judged as folder
from bench.measuring import cpu
from bench.reach import POOL, SETS
from kbuilder import embedding
from kbuilder.config import EmbeddingRecipe
from kbuilder.embedding import adapt
from kbuilder.evaluation import judged, measures
from kbuilder.evaluation.measures import Answered, Scored
from kbuilder.evaluation.suggesting import Vectors, answers, existing, listed
from kbuilder.index import Entry

MEASURES = ("P@1", "MAP", "nDCG@10")
LISTED = 100
Texts = Callable[[Entry], str]
TEXTS: Mapping[str, Texts] = {
    "txtai, titles": lambda entry: entry.title or entry.body,
    "txtai, whole": lambda entry: "\n".join((entry.title, entry.body, *entry.answers)),
}


def run() -> None:
    """A row for each set and way."""
    chosen = [name for name in os.environ.get("KBUILDER_BENCH_SETS", " ".join(SETS)).split() if name in SETS]
    encoder = embedding.load(EmbeddingRecipe())
    assert encoder is not None
    for name in chosen:
        asked = _asked(name)
        ways: dict[str, Callable[[], list[Answered]]] = {"kbuilder": lambda each=asked: _ours(each, encoder)}  # type: ignore[misc]
        if os.environ.get("KBUILDER_BENCH_ADAPTED"):
            ways["kbuilder, adapted"] = lambda each=asked: _adapted(each, encoder)  # type: ignore[misc]
        for way, text in TEXTS.items():
            ways[way] = lambda each=asked, text=text: [*_txtai(each, encoder.place, text)]  # type: ignore[misc]
        for way, work in ways.items():
            seconds, found = cpu(work)
            print(f"  {name:<24} {way:<18} {_figures(name, asked, found)}  {seconds:.0f} CPU-s in all", flush=True)


def _asked(name: str) -> judged.Judged:
    corpus = judged.read_corpus(folder() / name)
    questions, among = judged.read_questions(folder() / name, "dev"), judged.read_among(folder() / name, "dev")
    return judged.Judged(name, corpus.language, corpus.entries, questions, {}, among)


def _ours(asked: judged.Judged, encoder: embedding.Encoder, own: embedding.Encoder | None = None) -> list[Answered]:
    found = answers(asked, Vectors(encoder), POOL, Vectors(own) if own else None)
    return [Answered(key, listed(results), 0.0) for key, results in found]


def _adapted(asked: judged.Judged, encoder: embedding.Encoder) -> list[Answered]:
    with TemporaryDirectory() as place:
        found = adapt.adapt(encoder, asked.entries, Path(place))
        return _ours(asked, encoder, adapt.opened(encoder, Path(place)) if found.share else None)


def _txtai(asked: judged.Judged, model: Path, text: Texts) -> Iterator[Answered]:
    from txtai import Embeddings

    held = Embeddings(path=str(model), hybrid=True, content=False)
    held.index([(entry.id, text(entry), None) for entry in asked.entries])
    limit = LISTED if asked.among is None else len(asked.entries)
    for key, question in asked.questions:
        among = None if asked.among is None else asked.among.get(key, frozenset())
        found = [(name, score) for name, score in held.search(question, limit) if among is None or name in among]
        yield Answered(key, tuple(found[:LISTED]), 0.0)


def _figures(name: str, asked: judged.Judged, found: list[Answered]) -> str:
    """Read only now: what is right."""
    judgments = existing(judged.read_judgments(folder() / name, "dev"), asked.entries)
    figures = measures.values(Scored.of(found, judgments, asked.among is not None))
    return ", ".join(f"{measure} {figures[measure]:.3f}" for measure in MEASURES)
