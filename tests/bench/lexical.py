"""Words alone: a question over 200,000 documents, beside bm25s and tantivy."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np

from bench import data
from bench.measuring import beside
from kbuilder.index import lexical

DOCUMENTS = int(os.environ.get("KBUILDER_BENCH_DOCUMENTS", "200000"))
NEAREST, ASKED = 10, 200


def run() -> None:
    """All three on the same documents and questions; each reads a question as it was typed."""
    documents, questions = _documents()
    engines = {"kbuilder": _ours(documents), "bm25s": _bm25s(documents), "tantivy": _tantivy(documents)}
    found = {name: [ask(question) for question in questions] for name, ask in engines.items()}
    for name in ("bm25s", "tantivy"):
        shared = [len({*one} & {*other}) / NEAREST for one, other in zip(found["kbuilder"], found[name], strict=True)]
        print(f"  of the first {NEAREST}, shared with {name}: {np.mean(shared):.2f}", flush=True)
    work = {name: lambda ask=ask: [ask(question) for question in questions] for name, ask in engines.items()}  # type: ignore[misc]
    beside({"kbuilder": work.pop("kbuilder")}, work, len(questions), "questions", 5)


def _documents() -> tuple[list[str], list[str]]:
    """Three real titles each, drawn; and titles that are in none."""
    titles = data.titles()
    order = np.random.default_rng(0).permutation(len(titles))
    asked, held = order[:ASKED], order[ASKED:]
    drawn = np.random.default_rng(1).integers(0, len(held), (DOCUMENTS, 3))
    return ["\n".join(titles[held[each]] for each in row) for row in drawn], [titles[each] for each in asked]


def _ours(documents: Sequence[str]) -> Callable[[str], list[int]]:
    stems = [lexical.stems(text, "en") for text in documents]
    engine = lexical.Words.build(stems, np.arange(len(documents)), "en")
    return lambda question: engine.best(engine.asked(question, "en"), NEAREST).tolist()


def _bm25s(documents: Sequence[str]) -> Callable[[str], list[int]]:
    import bm25s

    engine = bm25s.BM25(k1=lexical.K1, b=lexical.B, method="lucene", backend="numba")
    engine.index([lexical.stems(text, "en") for text in documents], show_progress=False)

    def ask(question: str) -> list[int]:
        asked = [lexical.stems(question, "en")]
        found, _ = engine.retrieve(asked, k=NEAREST, show_progress=False, n_threads=1)
        return [int(each) for each in found[0]]

    return ask


def _tantivy(documents: Sequence[str]) -> Callable[[str], list[int]]:
    import tantivy

    built = tantivy.SchemaBuilder()
    built.add_text_field("text", stored=False, tokenizer_name="en_stem")
    built.add_integer_field("row", stored=True, indexed=False)
    held = tantivy.Index(built.build())
    writer = held.writer(num_threads=1)
    for row, text in enumerate(documents):
        writer.add_document(tantivy.Document(text=[text], row=[row]))
    writer.commit()
    held.reload()
    searcher = held.searcher()

    def ask(question: str) -> list[int]:
        query, _ = held.parse_query_lenient(question, ["text"])
        return [searcher.doc(address)["row"][0] for _, address in searcher.search(query, NEAREST).hits]

    return ask
