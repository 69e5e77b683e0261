"""How good suggestions are on a judged set: answers first, judgments after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kbuilder import embedding, index, ranking, suggest
from kbuilder.evaluation import judged
from kbuilder.evaluation.measures import Answered, measures
from kbuilder.records import Progress, silent
from kbuilder.text import N_

if TYPE_CHECKING:
    import numpy as np

    from kbuilder.config import Recipe

_LISTED = 100
"""Results of a question that a run lists."""


def evaluate_suggest(
    folder: Path, split: str, recipe: Recipe, run: Path, progress: Progress = silent
) -> dict[str, float]:
    """Build from ``corpus.jsonl`` alone, answer ``queries.<split>.jsonl``, write the run, then read the judgments.

    Args:
        folder: a set in the BEIR layout; where it has ``candidates/<split>.tsv``, just those are ranked.
        recipe: its model and pool are used, and the shipped ranker.
        run: written, one line for each question: ``{"_id", "results": [{"_id", "score"}], "probability"}``.

    Returns:
        Figures by name; see :func:`kbuilder.evaluation.measures.measures`.

    Raises:
        SourceError: the set cannot be read.
        ModelError, MissingExtra: the recipe's model is not to be had.
    """
    language, entries = judged.read_corpus(folder)
    questions = judged.read_questions(folder, split)
    among = judged.read_among(folder, split)
    vectors = Vectors(embedding.load(recipe.embedding), progress)
    ranker = ranking.load()
    answered = []
    asked = judged.Judged(folder.name, language, entries, questions, {}, among)
    for number, (key, results) in enumerate(answers(asked, vectors, ranker.weights(language), recipe.suggest.pool)):
        progress(N_("Answering"), number, len(questions))
        answered.append(_answered(key, results, ranker))
    write_run(answered, run)
    return measures(answered, judged.read_right(folder, split), pooled=among is not None)


class Vectors:
    """An encoder that remembers: variants of a corpus share most of their texts."""

    def __init__(self, encoder: embedding.Encoder | None, progress: Progress = silent) -> None:
        self.encoder = encoder
        self._progress = progress
        self._known: dict[str, dict[str, bytes]] = {}

    def of(self, texts: Sequence[str]) -> np.ndarray | None:
        """The texts' vectors, (n, dimension); ``None`` without a model."""
        if self.encoder is None:
            return None
        return embedding.cached(self.encoder, self._get, self._put, texts, self._progress)

    def _get(self, space: str, keys: Sequence[str]) -> dict[str, bytes]:
        known = self._known.get(space, {})
        return {key: known[key] for key in keys if key in known}

    def _put(self, space: str, items: Mapping[str, bytes]) -> None:
        self._known.setdefault(space, {}).update(items)


def answers(
    judged_set: judged.Judged, vectors: Vectors, weights: ranking.Fusion, pool: int
) -> Iterator[tuple[str, suggest.Results]]:
    """The results for each question of a set, over an index made of its entries."""
    with TemporaryDirectory() as folder:
        fields = {name: vectors.of(texts) for name, texts in index.texts_to_embed(judged_set.entries).items()}
        made = {name: found for name, found in fields.items() if found is not None}
        index.build(judged_set.entries, made, Path(folder) / "index")
        opened = index.open(Path(folder) / "index")
        encoded = vectors.of([text for _, text in judged_set.questions])
        for number, (key, text) in enumerate(judged_set.questions):
            asked = index.Question(text, judged_set.language, None if encoded is None else encoded[number])
            only = None if judged_set.among is None else judged_set.among.get(key, frozenset())
            reach = pool if only is None else len(opened)
            yield key, suggest.find(asked, [opened], weights, reach, only=only)


def _answered(key: str, results: suggest.Results, ranker: ranking.Ranker) -> Answered:
    sure = ranker.probabilities(results.evidence, 1)
    return Answered(key, listed(results), float(sure[0]) if len(sure) else 0.0)


def listed(results: suggest.Results) -> tuple[tuple[str, float], ...]:
    """The results that a run lists: entry and score."""
    count = min(len(results), _LISTED)
    return tuple((results.id(number), float(results.evidence.fused[number])) for number in range(count))


def write_run(answered: Sequence[Answered], file: Path) -> None:
    """A run, one line of JSON for each question."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as stream:
        for each in answered:
            results = [{"_id": entry, "score": round(score, 6)} for entry, score in each.results]
            line = {"_id": each.id, "results": results, "probability": round(each.probability, 6)}
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
