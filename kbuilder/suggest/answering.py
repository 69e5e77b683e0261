"""Suggestions: only what is sure enough, and what each rests on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from kbuilder.records import Suggestion
from kbuilder.redact import redact
from kbuilder.suggest.finding import PUBLIC, Results, find
from kbuilder.suggest.reasons import best_sentence, why
from kbuilder.text import fold, products_of, squeeze, words

if TYPE_CHECKING:
    from kbuilder.embedding import Encoder
    from kbuilder.index import Index, Question
    from kbuilder.ranking import Ranker

READ = 4000
"""Characters of a question that are read: more say nothing new."""


def suggest(
    question: str,
    language: str,
    indexes: Sequence[Index],
    encoder: Encoder | None,
    ranker: Ranker,
    precision: float,
    limit: int,
    *,
    pool: int = 200,
    audiences: Collection[str] = PUBLIC,
    product: str = "",
) -> list[Suggestion]:
    """Existing answers to a question, the likeliest first, those in the asker's language before all others.

    Args:
        language: the asker's (BCP 47).
        indexes: articles and threads, in this order.
        encoder: that of the indexes' vectors; ``None``: words and characters alone.
        precision: the share of suggestions that is to be right; where nothing is sure enough, there is silence.
        limit: how many, at most.
        pool: how many of each leg's best are looked at closely.
        audiences: whose entries the asker may see.
        product: that the asker has; what is about another one is not shown. Empty: it is not known.
    """
    read = squeeze(question)[:READ]
    if not words(read):
        return []
    asked = question_of(read, language, indexes, encoder)
    results = find(asked, indexes, pool, audiences)
    sure = ranker.probabilities(results.evidence, limit)
    bar = ranker.bar(results.evidence.kind, precision)
    shown = [
        (number, float(chance))
        for number, chance in enumerate(sure)
        if chance >= bar and _fits(results.entry(number).product, product)
    ]
    figures = _figures(results, limit) if shown else []
    told = [_told(results, number, chance, figures[number], asked, encoder) for number, chance in shown]
    return sorted(told, key=lambda each: (_primary(each.language) != _primary(language), -each.probability))


def question_of(text: str, language: str, indexes: Sequence[Index], encoder: Encoder | None) -> Question:
    """A text as the indexes are searched for it."""
    from kbuilder.index import Question

    meant = without_slips(text, indexes, encoder)
    return Question(meant, language, encoder.question(meant) if encoder else None)


def without_slips(text: str, indexes: Sequence[Index], encoder: Encoder | None) -> str:
    """A question as it was meant: words that neither an index nor the model knows are read as those next to them."""
    from kbuilder.index import mended

    larger = sorted(indexes, key=len, reverse=True)
    return mended(
        text,
        [index.spellings for index in larger],
        lambda word: any(index.knows(word) for index in larger) or bool(encoder and encoder.knows(word)),
    )


def _figures(results: Results, top: int) -> list[dict[str, float]]:
    """All features of the first results by name, to six digits."""
    from kbuilder.ranking.features import KINDS, features

    names = KINDS[results.evidence.kind]
    return [
        {name: float(f"{value:.6g}") for name, value in zip(names, row, strict=True)}
        for row in features(results.evidence, names, top)
    ]


def _told(
    results: Results,
    number: int,
    probability: float,
    evidence: dict[str, float],
    question: Question,
    encoder: Encoder | None,
) -> Suggestion:
    entry = results.entry(number)
    return Suggestion(
        target=entry.id,
        reviewed=entry.reviewed,
        title=redact(entry.title).text,
        url=entry.url,
        sentence=best_sentence(question, entry, encoder),
        probability=probability,
        language=entry.language,
        updated=entry.updated,
        why=why(question, entry, results.places[number][0], float(results.evidence.scores["question"][number])),
        evidence=evidence,
    )


def _fits(product: str, asked: str) -> bool:
    """Whether an answer for a product may be for an asker's; where either is not known, it may."""
    return not product or not asked or fold(asked) in map(fold, products_of(product))


def _primary(language: str) -> str:
    return language.partition("-")[0]
