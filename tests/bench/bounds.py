"""What bounds suggestions on every set: what else was tried on the order, and the most that legs and features allow.

Nothing that was tried is taken: each way loses on some archives. The best weights, and the rankers of the bounds, are
fitted on the very questions that they are measured on: what sees no judgment can hardly reach more. Each set is read
by the model as it ships, with all that adapting learns, and as it is adapted. ``KBUILDER_BENCH_SETS`` names some of
the sets alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from bench import data
from bench.data import judged as folder
from bench.reach import LEGS, SETS
from kbuilder import index, suggest
from kbuilder.evaluation import judged, measures
from kbuilder.evaluation.measures import Answered, Scored
from kbuilder.evaluation.suggesting import Vectors, answers
from kbuilder.index import fusion
from kbuilder.index.fusion import fuse, minmax
from kbuilder.ranking.features import DENSE, features
from kbuilder.text import sentences, squeeze, words

QUESTIONS, POOL = 800, 200
LABELS, SEEDS = 100, 5
"""Judged questions that teach the weights beside the archive's own sentences, and how often they are drawn."""
FIRST = (1, 2, 3, 10)
"""Among so many first results the right one is looked for."""
BANKING, THREADS, ASKED = "banking77-dev", 1500, 400
NEAREST, ALIKE, SHARE = 10, 0.5, 0.3
"""How many others an entry is averaged with, how alike they are at least, and how much they count."""
MIXED = (0.25, 0.5)
"""How much the general model's cosines of questions count beside those of the adapted one."""
GENERAL = ("question", "question_near", "question_lead", "question_rest")
"""The features that are taken from the general model, too."""
MEASURES = ("P@1", "MAP", "nDCG@10")
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
    weights: Mapping[str, float]
    vectors: Vectors

    @cached_property
    def said(self) -> np.ndarray:
        """(questions, entries): the cosine of the sentence of an entry's answers that is nearest."""
        texts = [(row, text) for row, entry in enumerate(self.entries) for text in _sentences(entry)]
        nearest = np.full((len(self.asked), len(self.entries)), -1.0)
        for (row, _), vector in zip(texts, _made([text for _, text in texts], self.vectors), strict=True):
            nearest[:, row] = np.maximum(nearest[:, row], self.asked @ vector)
        return nearest

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
    """Some rows for each set and model."""
    names = (*SETS, BANKING)
    for name in [each for each in names if each in os.environ.get("KBUILDER_BENCH_SETS", " ".join(names)).split()]:
        asked = _banking() if name == BANKING else _some(judged.read(folder() / name, "dev"))
        general = _archive(asked)
        told(asked, general, WAYS)
        for row in _judged(asked, general):
            print(f"    {row}", flush=True)
        if name != BANKING:
            _read_by_both(asked, general, _archive(asked, data.vectors(data.learnt(name))))
            adapted = data.adapted(name)
            if adapted:
                told(asked, _archive(asked, data.vectors(adapted)), {})


def told(asked: judged.Judged, archive: Archive, ways: Mapping[str, Way]) -> None:
    """What each way gains, and what bounds all."""
    degree = np.median((archive.cosines >= ALIKE).sum(1))
    model = archive.vectors.encoder.id if archive.vectors.encoder else ""
    print(f"  {asked.name}, {model}: half of the entries have {degree:.0f} others alike, or more", flush=True)
    before = _figures(asked, archive, lambda each, n: each.fused(n))
    for way, work in {"as it is": lambda each, n: each.fused(n), **ways}.items():
        _told(way, before, _figures(asked, archive, work))
    _told("the best weights for it", before, _figures(asked, archive, _weighed(_best(asked, archive))))
    _told("taught by the other half's answers", before, _figures(asked, archive, _taught(asked, archive)))
    for row in (*_orders(asked, archive), *_sureness(asked, archive)):
        print(f"    {row}", flush=True)


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


def _archive(asked: judged.Judged, own: Vectors | None = None) -> Archive:
    general = data.vectors(data.encoder())
    vectors = own or general
    found = tuple(results for _, results in answers(asked, general, POOL, own))
    opened = next(place[0] for each in found for place in each.places)
    return Archive(
        asked.entries,
        _made([entry.title for entry in asked.entries], vectors),
        _made(index.texts_to_embed(asked.entries)["body"], vectors),
        _made([each.question.text for each in found], vectors),
        found,
        opened.weights(asked.language, True),
        vectors,
    )


def _made(texts: list[str], vectors: Vectors) -> np.ndarray:
    found = vectors.of(texts)
    assert found is not None
    return found


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


def _by_spread(archive: Archive, number: int) -> np.ndarray:
    """Legs as so many times their spread above their mean, not from their worst to their best."""
    weights, legs = archive.weights, archive.found[number].legs.scores
    spread = {name: float(scores.std()) or 1.0 for name, scores in legs.items()}
    found = sum(share * (legs[name] - legs[name].mean()) / spread[name] for name, share in weights.items())
    return np.asarray(found)


def _by_sentence(archive: Archive, number: int) -> np.ndarray:
    """The nearest sentence of an answer as one more leg."""
    return 0.95 * archive.fused(number) + 0.05 * minmax(archive.said[number][archive.rows[number]])


def _read_by_both(asked: judged.Judged, general: Archive, learnt: Archive) -> None:
    """What adapting teaches, taken or not, and what the general model's cosines add beside the taught one's."""
    before = _figures(asked, general, lambda each, n: each.fused(n))
    _told("all that adapting learns", before, _figures(asked, learnt, lambda each, n: each.fused(n)))
    for share in MIXED:
        _told(f"and the general cosines by {share}", before, _figures(asked, learnt, _both(general, share)))
    print(f"    {_sure_by_both(asked, learnt, general)}", flush=True)


def _both(general: Archive, share: float) -> Way:
    """Titles and bodies as both models read them."""

    def way(archive: Archive, number: int) -> np.ndarray:
        legs = archive.found[number].legs.scores
        return archive.fused(
            number,
            **{
                name: (1 - share) * minmax(legs[name]) + share * minmax(cosines)
                for name, cosines in _cosines(general, archive, number).items()
            },
        )

    return way


def _cosines(general: Archive, archive: Archive, number: int) -> dict[str, np.ndarray]:
    """What one model's title and body say on another's results."""
    rows, vector = archive.rows[number], general.asked[number]
    return {"title": general.title[rows] @ vector, "body": general.body[rows] @ vector}


WAYS: Mapping[str, Way] = {
    "averaged with those alike": _with_neighbours,
    "around the mean": _centred,
    "less its own nearest": _less_its_own,
    "fed back": _fed_back,
    "legs by their spread": _by_spread,
    "an answer's sentence as a leg": _by_sentence,
}


def _unit(matrix: np.ndarray) -> np.ndarray:
    found: np.ndarray = matrix / np.maximum(np.linalg.norm(matrix, axis=-1, keepdims=True), 1e-9)
    return found


def _weighed(weights: Mapping[str, float]) -> Way:
    return lambda archive, number: fuse(archive.found[number].legs.scores, weights)


def _best(asked: judged.Judged, archive: Archive) -> dict[str, float]:
    """The weights of the highest nDCG@10 (MAP where only some were judged): one after the other a step up or down."""
    weights = dict(archive.weights)
    measure = MEASURES.index("MAP" if asked.among else "nDCG@10")
    best = _figures(asked, archive, _weighed(weights))[measure]
    for step in (each for each in STEPS for _ in range(2)):
        for name in weights:
            for move in (step, -step):
                tried = {**weights, name: max(0.0, weights[name] + move)}
                found = _figures(asked, archive, _weighed(tried))[measure] if any(tried.values()) else 0.0
                if found > best:
                    best, weights = found, tried
    return weights


def _taught(asked: judged.Judged, archive: Archive) -> Way:
    """A regression on the legs, as they are and stretched, that has seen what answers every other question."""
    models = [_regression() for _ in range(2)]
    for half, model in enumerate(models):
        numbers = [n for n, (key, _) in enumerate(asked.questions) if n % 2 != half and key in asked.right]
        right = [
            archive.found[n].id(row) in asked.right[asked.questions[n][0]]
            for n in numbers
            for row in range(len(archive.found[n]))
        ]
        model.fit(np.concatenate([_seen_by_legs(archive.found[n]) for n in numbers]), right)
    return lambda each, number: np.asarray(models[number % 2].decision_function(_seen_by_legs(each.found[number])))


def _judged(asked: judged.Judged, archive: Archive) -> Iterator[str]:
    """What the weights of the legs gain by judged questions that must find their thread as the archive's own
    sentences must; on the others."""
    told = [number for number in range(len(asked.questions)) if _right(asked, archive, number) is not None]
    probes = index.probes(archive.entries)
    places = {entry.id: row for row, entry in enumerate(archive.entries)}
    own = [places[probe.entry] for probe in probes] + [_right(asked, archive, number) for number in told]
    texts = [probe.text for probe in probes] + [archive.found[number].question.text for number in told]
    legs = index.tried(archive.entries, archive.title, archive.body, texts, _made(texts, archive.vectors))
    before, gains = _scored(asked, archive, lambda each, n: each.fused(n)), []
    for seed in range(SEEDS):
        drawn = np.random.default_rng(seed).permutation(len(told))[:LABELS]
        rows = np.concatenate([np.arange(len(probes)), len(probes) + drawn])
        weights = fusion.weights(fusion.learnt(legs[rows], np.array(own)[rows]), True)
        others = np.setdiff1d(np.arange(len(asked.questions)), np.array(told)[drawn])
        after = _scored(asked, archive, _weighed(weights))
        gains.append([measure(after.taken(others)) - measure(before.taken(others)) for measure in _measured()])
    spread = zip(MEASURES, np.mean(gains, 0), np.min(gains, 0), np.max(gains, 0), strict=True)
    said = ", ".join(f"{name} {mean:+.3f} ({low:+.3f} to {high:+.3f})" for name, mean, low, high in spread)
    yield f"weights learnt from {LABELS} judged questions, too, {SEEDS} draws, on the others: {said}"


def _right(asked: judged.Judged, archive: Archive, number: int) -> int | None:
    """The entry that answers a question; of several the first that was found. ``None``: none was."""
    right = asked.right.get(asked.questions[number][0], frozenset())
    return next((int(row) for row in archive.rows[number] if archive.entries[row].id in right), None)


def _seen_by_legs(results: suggest.Results) -> np.ndarray:
    legs = [results.legs.scores[leg] for leg in LEGS]
    return np.stack([*map(minmax, legs), *legs, results.legs.scores["coverage"]], axis=1)


def _regression() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))


def _figures(asked: judged.Judged, archive: Archive, way: Way) -> list[float]:
    scored = _scored(asked, archive, way)
    return [measure(scored) for measure in _measured()]


def _measured() -> list[Callable[[Scored], float]]:
    figures = measures.measures()
    return [figures[name] for name in MEASURES]


def _scored(asked: judged.Judged, archive: Archive, way: Way) -> Scored:
    run = []
    for number, (key, _) in enumerate(asked.questions):
        results = archive.found[number]
        scores = way(archive, number) if len(results) else np.zeros(0)
        order = np.argsort(-scores, kind="stable")[:100]
        run.append(Answered(key, tuple((results.id(int(row)), float(scores[row])) for row in order), 0.0))
    judgments = {key: dict.fromkeys(found, 1) for key, found in asked.right.items()}
    return Scored.of(run, judgments, asked.among is not None)


# -- the bounds -----------------------------------------------------------------------------------------------


def _orders(asked: judged.Judged, archive: Archive) -> Iterator[str]:
    """How far a faultless reader of what the legs put in front would come."""
    places, firsts = [], []
    for (key, _), results in zip(asked.questions, archive.found, strict=True):
        if key in asked.right:
            right = np.array([results.id(row) in asked.right[key] for row in range(len(results))], bool)
            places.append(int(right.argmax()) if right.any() else len(archive.entries))
            firsts.append([bool(len(right)) and bool(right[results.legs.scores[leg].argmax()]) for leg in LEGS])
    among = ", ".join(f"{np.mean(np.array(places) < count):.3f} among {count}" for count in FIRST)
    legs = ", ".join(f"{leg} {share:.3f}" for leg, share in zip(LEGS, np.mean(firsts, 0), strict=True))
    yield f"of questions with an answer, a right one is {among}; first of any leg {np.mean(np.any(firsts, 1)):.3f}"
    yield f"first of each leg alone: {legs}"
    if asked.among:
        yield f"MAP is {len(places) / len(asked.questions):.3f} at most: the others have no right one"


def _sureness(asked: judged.Judged, archive: Archive) -> Iterator[str]:
    """How well a logistic regression that has seen these very questions tells what it is to tell."""
    scored = _scored(asked, archive, lambda each, n: each.fused(n))
    table = np.concatenate([features(each.evidence, DENSE, 1) for each in archive.found])
    found = np.array([len(each) > 0 for each in archive.found])
    first = measures.values(replace(scored, sure=_seen(table, found, scored.first)))
    answered = measures.values(replace(scored, sure=_seen(table, found, scored.has)))
    ideal = min(1.0, scored.first.mean() / 0.9)
    yield (
        f"by features, fitted on these questions: AUROC first right {first['AUROC first right']:.3f}, has answer "
        f"{first['AUROC has answer']:.3f} (fitted to that {answered['AUROC has answer']:.3f}, first right "
        f"{answered['AUROC first right']:.3f}), coverage at .90 {first['coverage at .90']:.3f} of {ideal:.3f} that a "
        f"faultless order of the same first results has, ECE {first['ECE']:.3f}"
    )


def _sure_by_both(asked: judged.Judged, archive: Archive, general: Archive) -> str:
    """What the general model's cosines tell of the silence beside those of the adapted one."""
    scored = _scored(asked, archive, lambda each, n: each.fused(n))
    found = np.array([len(each) > 0 for each in archive.found])
    own = np.concatenate([features(each.evidence, DENSE, 1) for each in archive.found])
    more = [
        features(replace(archive.found[n].evidence, scores={"question": np.maximum(*cosines.values())}), GENERAL, 1)
        for n in range(len(archive.found))
        for cosines in [_cosines(general, archive, n)]
    ]
    said = []
    for table in (own, np.hstack([own, np.concatenate(more)])):
        first, answered = (_unseen(table, found, told) for told in (scored.first, scored.has))
        right = measures.values(replace(scored, sure=first))
        has = measures.values(replace(scored, sure=answered))["AUROC has answer"]
        said.append(f"{right['AUROC first right']:.3f} / {has:.3f} / {right['coverage at .90']:.3f}")
    return (
        "by features, taught by the other half, AUROC first right / has answer (fitted to that) / coverage at .90: "
        f"{said[0]}; with the general model's {len(GENERAL)}, too: {said[1]}"
    )


def _unseen(table: np.ndarray, found: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Probabilities as :func:`_seen` has them, each by the answers to every other question."""
    sure, odd = np.zeros(len(found)), np.arange(len(found)) % 2 > 0
    for half in (odd, ~odd):
        taught = _regression().fit(table[~half[found]], told[found & ~half])
        sure[found & half] = taught.predict_proba(table[half[found]])[:, 1]
    return sure


def _seen(table: np.ndarray, found: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Probabilities of what is told, by features of the first results; 0 where there is none."""
    sure = np.zeros(len(found))
    if 0 < told[found].sum() < found.sum():
        sure[found] = _regression().fit(table, told[found]).predict_proba(table)[:, 1]
    return sure


def _told(way: str, before: list[float], after: list[float]) -> None:
    pairs = zip(MEASURES, before, after, strict=True)
    said = ", ".join(f"{name} {now:.3f} ({now - then:+.3f})" for name, then, now in pairs)
    print(f"    {way:<36} {said}", flush=True)
