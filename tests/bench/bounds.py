"""What else was tried on the order of suggestions: what each way gains on every set, and the most that weights allow.

Nothing here is taken: each way loses on some archives. ``KBUILDER_BENCH_SETS`` names some of the sets alone. The
best weights are fitted on the very questions that they are measured on: what sees no judgment can hardly reach more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bench.data import judged as folder
from bench.measuring import cpu
from kbuilder import embedding, index, suggest
from kbuilder.config import EmbeddingRecipe
from kbuilder.evaluation import fit, judged, measures
from kbuilder.evaluation.measures import Answered, Scored
from kbuilder.evaluation.suggesting import Vectors, answers
from kbuilder.index.fusion import fuse, minmax
from kbuilder.text import sentences, squeeze, words

QUESTIONS, POOL = 800, 200
BANKING, THREADS, ASKED = "banking77-dev", 1500, 400
NEAREST, ALIKE, SHARE = 10, 0.5, 0.3
"""How many others an entry is averaged with, how alike they are at least, and how much they count."""
MEASURES = ("P@1", "nDCG@10")
STEPS = (0.15, 0.05)
Way = Callable[["Archive", int], np.ndarray]


@dataclass(frozen=True)
class Archive:
    """A set's entries, and what was found for each question."""

    entries: tuple[index.Entry, ...]
    title: np.ndarray
    body: np.ndarray
    asked: np.ndarray
    """(questions, dimension)."""
    found: tuple[suggest.Results, ...]
    said: np.ndarray
    """(questions, entries): the cosine of the sentence of an entry's answers that is nearest."""
    weights: Mapping[str, float]

    @cached_property
    def rows(self) -> list[np.ndarray]:
        """The entries of each question's results."""
        places = {entry.id: row for row, entry in enumerate(self.entries)}
        return [np.array([places[each.id(n)] for n in range(len(each))], np.int64) for each in self.found]

    @cached_property
    def alike(self) -> np.ndarray:
        """(entries, entries): cosines of the nearest others around the archive's mean, 0 for what is not alike."""
        cosines = self.cosines
        least = np.partition(cosines, -NEAREST, axis=1)[:, -NEAREST, None]
        return np.where(cosines >= np.maximum(least, ALIKE), cosines, 0)

    @cached_property
    def cosines(self) -> np.ndarray:
        """Of bodies around their mean, 0 with itself."""
        around = _unit(self.body - self.body.mean(0))
        found = around @ around.T
        np.fill_diagonal(found, 0)
        return found

    def fused(self, number: int, **legs: np.ndarray) -> np.ndarray:
        """The score with some legs in another way."""
        return fuse({**self.found[number].legs.scores, **legs}, self.weights)


def run() -> None:
    """A row for each set and way."""
    names = (*fit.SETS, BANKING)
    vectors = Vectors(embedding.load(EmbeddingRecipe()))
    for name in [each for each in names if each in os.environ.get("KBUILDER_BENCH_SETS", " ".join(names)).split()]:
        asked = _banking() if name == BANKING else _some(judged.read(folder() / name, "dev"))
        archive = _archive(asked, vectors)
        degree = np.median((archive.cosines >= ALIKE).sum(1))
        print(f"  {name}: half of the entries have {degree:.0f} others alike, or more", flush=True)
        before = _figures(asked, archive, lambda each, n: each.fused(n))
        for way, work in {"as it is": lambda each, n: each.fused(n), **WAYS}.items():
            _told(way, before, _figures(asked, archive, work))
        seconds, weights = cpu(lambda archive=archive, asked=asked: _best(asked, archive))  # type: ignore[misc]
        _told(f"the best weights for it ({seconds:.0f} CPU-s)", before, _figures(asked, archive, _weighed(weights)))


def _some(whole: judged.Judged) -> judged.Judged:
    chosen = judged.seeded([key for key, _ in whole.questions], QUESTIONS)
    return replace(whole, questions=tuple(each for each in whole.questions if each[0] in chosen))


def _banking() -> judged.Judged:
    """Messages to a bank: many texts to an answer, as in clinc150, and nothing was ever chosen by looking at them."""
    lines = (folder() / "clusters" / f"{BANKING}.jsonl").read_text(encoding="utf-8").splitlines()
    drawn = sorted(map(json.loads, lines), key=lambda row: judged.chance("bounds", row["_id"]))
    kept, asked = drawn[:THREADS], drawn[THREADS : THREADS + ASKED]
    entries = tuple(index.Entry(id=row["_id"], title=row["text"], language="en") for row in kept)
    right = {each["_id"]: frozenset(row["_id"] for row in kept if row["label"] == each["label"]) for each in asked}
    questions = tuple((row["_id"], row["text"]) for row in asked)
    return judged.Judged(BANKING, "en", entries, questions, {key: found for key, found in right.items() if found})


def _archive(asked: judged.Judged, vectors: Vectors) -> Archive:
    found = tuple(results for _, results in answers(asked, vectors, POOL))
    opened = next(place[0] for each in found for place in each.places)
    questions = np.stack([_vector(each, vectors) for each in found])
    body = vectors.of(index.texts_to_embed(asked.entries)["body"])
    title = vectors.of([entry.title for entry in asked.entries])
    assert title is not None
    assert body is not None
    said = _said(asked, questions, vectors)
    return Archive(asked.entries, title, body, questions, found, said, opened.weights(asked.language, True))


def _vector(results: suggest.Results, vectors: Vectors) -> np.ndarray:
    if results.question.vector is not None:
        return results.question.vector
    found = vectors.of([results.question.text])
    assert found is not None
    return found[0]


def _said(asked: judged.Judged, questions: np.ndarray, vectors: Vectors) -> np.ndarray:
    """How near the nearest sentence of each entry's answers is."""
    texts = [(row, text) for row, entry in enumerate(asked.entries) for text in _sentences(entry)]
    nearest = np.full((len(questions), len(asked.entries)), -1.0)
    if not texts:
        return nearest
    made = vectors.of([text for _, text in texts])
    assert made is not None
    for (row, _), cosines in zip(texts, made @ questions.T, strict=True):
        nearest[:, row] = np.maximum(nearest[:, row], cosines)
    return nearest


def _sentences(entry: index.Entry) -> list[str]:
    found = []
    for answer in map(squeeze, entry.answers[:3]):
        found += [answer[start:end] for start, end in [*sentences(answer[:3000], entry.language)][:12]]
    return [text for text in found if len(words(text)) > 2]


# -- the ways -------------------------------------------------------------------------------------------------


def _with_neighbours(archive: Archive, number: int) -> np.ndarray:
    """What speaks for the others that are alike speaks for an entry: the cluster hypothesis (Diaz 2005)."""
    scores, rows = archive.fused(number), archive.rows[number]
    total = archive.alike[rows].sum(1)  # those that were not found count as nothing
    mean = np.where(total > 0, archive.alike[np.ix_(rows, rows)] @ scores / np.maximum(total, 1e-9), scores)
    return (1 - SHARE) * scores + SHARE * mean


def _centred(archive: Archive, number: int) -> np.ndarray:
    """Cosines around the archive's mean: what all have in common counts for none."""
    rows, vector = archive.rows[number], archive.asked[number]
    legs = {}
    for name, matrix in (("title", archive.title), ("body", archive.body)):
        mean = matrix.mean(0)
        legs[name] = _unit(matrix[rows] - mean) @ _unit(vector - mean)
    return archive.fused(number, **legs)


def _less_its_own(archive: Archive, number: int) -> np.ndarray:
    """Less a quarter of the mean cosine with its own nearest: what is near to all is so to none (CSLS, 2018)."""
    rows, scores = archive.rows[number], archive.found[number].legs.scores
    legs = {}
    for name, matrix in (("title", archive.title), ("body", archive.body)):
        cosines = matrix[rows] @ matrix.T
        cosines[np.arange(len(rows)), rows] = -1
        legs[name] = scores[name] - np.partition(cosines, -NEAREST, axis=1)[:, -NEAREST:].mean(1) / 4
    return archive.fused(number, **legs)


def _fed_back(archive: Archive, number: int) -> np.ndarray:
    """The question moved towards its first three results (Rocchio 1971)."""
    scores, rows = archive.fused(number), archive.rows[number]
    first = np.argsort(-scores, kind="stable")[:3]
    middle = np.average(archive.body[rows[first]], axis=0, weights=scores[first] + 1e-9)
    moved = _unit(archive.asked[number] + 0.1 * middle)
    return archive.fused(number, title=archive.title[rows] @ moved, body=archive.body[rows] @ moved)


def _by_sentence(archive: Archive, number: int) -> np.ndarray:
    """The nearest sentence of an answer as one more leg."""
    return 0.95 * archive.fused(number) + 0.05 * minmax(archive.said[number][archive.rows[number]])


WAYS: Mapping[str, Way] = {
    "averaged with those alike": _with_neighbours,
    "around the mean": _centred,
    "less its own nearest": _less_its_own,
    "fed back": _fed_back,
    "an answer's sentence as a leg": _by_sentence,
}


def _unit(matrix: np.ndarray) -> np.ndarray:
    found: np.ndarray = matrix / np.maximum(np.linalg.norm(matrix, axis=-1, keepdims=True), 1e-9)
    return found


def _weighed(weights: Mapping[str, float]) -> Way:
    return lambda archive, number: fuse(archive.found[number].legs.scores, weights)


def _best(asked: judged.Judged, archive: Archive) -> dict[str, float]:
    """The weights of highest nDCG@10, one after the other a step up or down."""
    weights = dict(archive.weights)
    best = _figures(asked, archive, _weighed(weights))[-1]
    for step in (each for each in STEPS for _ in range(2)):
        for name in weights:
            for move in (step, -step):
                tried = {**weights, name: max(0.0, weights[name] + move)}
                found = _figures(asked, archive, _weighed(tried))[-1] if any(tried.values()) else 0.0
                if found > best:
                    best, weights = found, tried
    return weights


def _figures(asked: judged.Judged, archive: Archive, way: Way) -> list[float]:
    run = []
    for number, (key, _) in enumerate(asked.questions):
        results = archive.found[number]
        scores = way(archive, number) if len(results) else np.zeros(0)
        order = np.argsort(-scores, kind="stable")[:100]
        run.append(Answered(key, tuple((results.id(int(row)), float(scores[row])) for row in order), 0.0))
    judgments = {key: dict.fromkeys(found, 1) for key, found in asked.right.items()}
    figures = measures.measures()
    scored = Scored.of(run, judgments)
    return [figures[name](scored) for name in MEASURES]


def _told(way: str, before: list[float], after: list[float]) -> None:
    pairs = zip(MEASURES, before, after, strict=True)
    said = ", ".join(f"{name} {now:.3f} ({now - then:+.3f})" for name, then, now in pairs)
    print(f"    {way:<36} {said}", flush=True)
