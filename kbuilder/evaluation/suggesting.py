"""How good suggestions are on a judged set: answers first, judgments after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kbuilder import embedding, index, ranking, suggest
from kbuilder.embedding import adapt
from kbuilder.errors import SourceError
from kbuilder.evaluation import judged
from kbuilder.evaluation.measures import Answered, Figure, Scored, falling, figures, right
from kbuilder.ranking.features import features
from kbuilder.records import Progress, silent
from kbuilder.text import N_, words

if TYPE_CHECKING:
    import numpy as np

    from kbuilder.config import Recipe
    from kbuilder.store.cache import Cache

_LISTED = 100
"""Results of a question that a run lists."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be measured, beside the set itself."""

    split: str = "dev"
    language: str = ""
    """Of corpus and questions; detected by default."""
    leave_out: float = 0.0
    """Share of the corpus that is removed, so that its questions have no answer."""
    labels: int = 0
    """Judged questions to fit on; the others are scored."""
    adapt: bool = False
    """Train the model on the corpus first."""


@dataclass(frozen=True)
class Evaluation:
    """A run and what it is worth."""

    figures: Mapping[str, Figure]
    scored: Scored
    run: tuple[Answered, ...]
    """The questions that were scored."""
    questions: Mapping[str, str]
    judgments: Mapping[str, Mapping[str, int]]
    titles: Mapping[str, str]
    """Of all entries, those that were left out too."""
    strays: int
    """Judgments that name an entry which the whole corpus does not have: they count for nothing."""


def evaluate_suggest(
    folder: Path, wanted: Wanted, recipe: Recipe, run: Path, progress: Progress = silent
) -> Evaluation:
    """Build from ``corpus.jsonl`` alone, answer ``queries.<split>.jsonl``, write the run, then read the judgments.

    Args:
        folder: a set in the BEIR layout; where it has ``candidates/<split>.tsv``, just those are ranked.
        recipe: its model and pool are used, and the shipped ranker.
        run: written, one line for each question: ``{"_id", "results": [{"_id", "score"}], "probability"}``;
            ``"fitted": true`` where the question's judgments were used for fitting.

    Raises:
        SourceError: the set cannot be read, or no question is left to be scored.
        ModelError, MissingExtra: the recipe's model is not to be had.
    """
    whole = judged.read_corpus(folder, wanted.language)
    corpus = judged.without(whole, wanted.leave_out)
    questions = judged.read_questions(folder, wanted.split)
    given = _given(questions, wanted.labels)
    among = judged.read_among(folder, wanted.split)
    asked = judged.Judged(folder.name, corpus.language, corpus.entries, questions, {}, among)
    ranker = ranking.load()
    encoder = embedding.load(recipe.embedding)
    told = []
    with TemporaryDirectory() as place:
        own = _adapted(encoder, corpus, Path(place), progress) if encoder and wanted.adapt else None
        vectors, adapted = Vectors(encoder, progress), Vectors(own, progress) if own else None
        for number, (key, results) in enumerate(answers(asked, vectors, recipe.suggest.pool, adapted)):
            progress(N_("Answering"), number, len(questions))
            told.append(Told.of(key, results, ranker))
    if given:
        ranker = _adjusted(ranker, told, judged.read_judgments(folder, wanted.split, given), given)
    answered = tuple(each.answered(ranker) for each in told)
    write_run(answered, given, run)
    told_right = judged.read_judgments(folder, wanted.split)
    judgments = existing(told_right, corpus.entries)
    scored = tuple(each for each in answered if each.id not in given)
    worth = Scored.of(scored, judgments, pooled=among is not None)
    titles = {entry.id: entry.title for entry in whole.entries}
    strays = sum(entry not in titles for found in told_right.values() for entry in found)
    return Evaluation(figures(worth), worth, scored, dict(questions), judgments, titles, strays)


def _given(questions: Sequence[tuple[str, str]], labels: int) -> frozenset[str]:
    """The questions that are fitted on; at least one is left to be scored."""
    if labels >= len(questions):
        raise SourceError(
            N_("No question is left to be scored: there are {count}, and {labels} are to be fitted on."),
            N_("Name a split with more questions, or fit on fewer."),
            count=len(questions),
            labels=labels,
        )
    return judged.seeded([key for key, _ in questions], labels)


def _adapted(
    encoder: embedding.Encoder, corpus: judged.Corpus, folder: Path, progress: Progress
) -> embedding.Encoder | None:
    """The model as trained on the corpus; ``None`` where that gains nothing."""
    found = adapt.adapt(encoder, corpus.entries, folder, progress)
    return adapt.opened(encoder, folder) if found.share else None


def existing(judgments: Mapping[str, Mapping[str, int]], entries: Sequence[index.Entry]) -> dict[str, dict[str, int]]:
    """The judgments on some entries."""
    ids = {entry.id for entry in entries}
    return {key: {entry: score for entry, score in found.items() if entry in ids} for key, found in judgments.items()}


@dataclass(frozen=True)
class Told:
    """What was found for a question, before it is said how sure one can be."""

    id: str
    results: tuple[tuple[str, float], ...]
    table: np.ndarray
    """Features of the first result: (1, features), or (0, features) where nothing was found."""
    kind: str
    """Of the evidence."""

    @classmethod
    def of(cls, key: str, results: suggest.Results, ranker: ranking.Ranker) -> Told:
        evidence = results.evidence
        return cls(key, listed(results), features(evidence, ranker.model(evidence.kind).names, 1), evidence.kind)

    def answered(self, ranker: ranking.Ranker) -> Answered:
        sure = ranker.model(self.kind).chances(self.table)
        return Answered(self.id, self.results, float(sure[0]) if len(sure) else 0.0)


def _adjusted(
    ranker: ranking.Ranker, told: Sequence[Told], judgments: Mapping[str, Mapping[str, int]], given: frozenset[str]
) -> ranking.Ranker:
    """The ranker after it saw the judgments of the given questions."""
    import numpy as np

    some = [each for each in told if each.id in given and each.results]
    if not some:
        return ranker
    firsts = [each.results[0][0] in right(judgments, each.id) for each in some]
    cases = ranking.Cases(np.concatenate([each.table for each in some]), np.array(firsts, np.float64))
    kind = some[0].kind
    return ranker.model_copy(update={kind: ranking.adjusted(ranker.model(kind), cases)})


class Vectors:
    """An encoder that remembers: variants of a corpus share most of their texts.

    Args:
        kept: where vectors last longer than this object.
    """

    def __init__(
        self, encoder: embedding.Encoder | None, progress: Progress = silent, kept: Cache | None = None
    ) -> None:
        self.encoder = encoder
        self._progress = progress
        self._kept = kept
        self._known: dict[str, dict[str, bytes]] = {}

    def of(self, texts: Sequence[str]) -> np.ndarray | None:
        """The texts' vectors, (n, dimension); ``None`` without a model."""
        if self.encoder is None:
            return None
        return embedding.cached(self.encoder, self._get, self._put, texts, self._progress)

    def fields(self, entries: Sequence[index.Entry]) -> dict[str, np.ndarray]:
        """The vectors of each field of an index; none without a model."""
        made = {name: self.of(texts) for name, texts in index.texts_to_embed(entries).items()}
        return {name: found for name, found in made.items() if found is not None}

    def _get(self, space: str, keys: Sequence[str]) -> dict[str, bytes]:
        if self._kept:
            return self._kept.get(space, keys)
        known = self._known.get(space, {})
        return {key: known[key] for key in keys if key in known}

    def _put(self, space: str, items: Mapping[str, bytes]) -> None:
        if self._kept:
            self._kept.put(space, items)
        else:
            self._known.setdefault(space, {}).update(items)


def answers(
    judged_set: judged.Judged, vectors: Vectors, pool: int, adapted: Vectors | None = None
) -> Iterator[tuple[str, suggest.Results]]:
    """The results for each question of a set, over an index made of its entries; none without a word.

    Args:
        adapted: reads entries and questions, where there is one; how much words count is told by ``vectors``.
    """
    entries, reader = judged_set.entries, adapted or vectors
    with TemporaryDirectory() as folder:
        shares = _shares(entries, vectors)
        index.build(
            entries, reader.fields(entries), Path(folder) / "index", index.taught(shares) if adapted else shares
        )
        opened = index.open(Path(folder) / "index")
        meant = [suggest.without_slips(text, [opened], reader.encoder) for _, text in judged_set.questions]
        encoded = reader.of(meant)
        for number, ((key, _), text) in enumerate(zip(judged_set.questions, meant, strict=True)):
            asked = index.Question(text, judged_set.language, None if encoded is None else encoded[number])
            only = _only(judged_set, key, text)
            reach = pool if only is None else len(opened)
            yield key, suggest.find(asked, [opened], reach, only=only)


def _shares(entries: Sequence[index.Entry], vectors: Vectors) -> dict[str, list[float]]:
    """What the corpus tells of itself; nothing without a model."""
    probes = index.probes(entries)
    asked = vectors.of([probe.text for probe in probes])
    title, body = vectors.of([entry.title for entry in entries]), vectors.of(index.texts_to_embed(entries)["body"])
    return {} if asked is None or title is None or body is None else index.learn(entries, title, body, probes, asked)


def _only(judged_set: judged.Judged, key: str, text: str) -> frozenset[str] | None:
    """The entries that may be found: none for a question without a word, as an asker would see."""
    if not words(text):
        return frozenset()
    return None if judged_set.among is None else judged_set.among.get(key, frozenset())


def listed(results: suggest.Results) -> tuple[tuple[str, float], ...]:
    """The results that a run lists: entry and score."""
    count = min(len(results), _LISTED)
    return tuple((results.id(number), float(results.evidence.fused[number])) for number in range(count))


def write_run(answered: Sequence[Answered], fitted: frozenset[str], file: Path) -> None:
    """A run, one line of JSON for each question."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as stream:
        for each in answered:
            scores = falling([score for _, score in each.results])
            results = [{"_id": entry, "score": score} for (entry, _), score in zip(each.results, scores, strict=True)]
            line: dict[str, object] = {"_id": each.id, "results": results, "probability": round(each.probability, 6)}
            if each.id in fitted:
                line["fitted"] = True
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
