"""What askers found no answer to: kept questions that ask the same, brought together like threads.

They are looked at when somebody wants to see them, and written nowhere: what is no longer kept is no longer told, and
a build does not depend on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kbuilder import candidates, suggest
from kbuilder.candidates.asking import LEAST
from kbuilder.records import Suggestion
from kbuilder.store.askers import Askers, Question
from kbuilder.workspace import answering, building, generation
from kbuilder.workspace.events import days_ago
from kbuilder.workspace.parts import Parts


@dataclass(frozen=True, slots=True)
class Missing:
    """Questions that ask one thing, and that nothing answered surely."""

    language: str
    askers: int
    questions: tuple[str, ...]
    """Without personal data, the newest first."""
    last: str
    """The day of the newest."""
    nearest: Suggestion | None
    """The answer that came nearest to the newest one, and was not sure enough; ``None``: none came near."""


def missing(parts: Parts) -> list[Missing]:
    """What several askers found no answer to, the most asked first; of each page view the last question.

    Raises:
        StaleError: nothing was built yet.
    """
    days = parts.config().asking.keep_questions
    kept = Askers(parts.database).questions(days_ago(parts, days)) if days else []
    library = answering.library(parts)
    found = []
    for language in sorted({_primary(each) for each in kept}):
        some = [each for each in kept if _primary(each) == language]
        found += [_missing(parts, library, each) for each in _together(parts, language, some) if len(each) >= LEAST]
    return sorted(found, key=lambda each: (-each.askers, each.questions))


def _together(parts: Parts, language: str, questions: Sequence[Question]) -> list[list[Question]]:
    """Grouped as the last build grouped threads of the language."""
    texts = [each.text for each in questions]
    recipe, cuts = parts.recipe().candidates, generation.needed(parts.derived).cuts
    if language in cuts:
        recipe = recipe.model_copy(update={"cut": cuts[language].cut})
    numbers, _ = candidates.labelled(
        [f"{number:09d}" for number in range(len(texts))], texts, building.vectors(parts, texts), recipe
    )
    groups: dict[int, list[Question]] = {}
    for number, question in zip(numbers, questions, strict=True):
        groups.setdefault(number, []).append(question)
    return [*groups.values()]


def _missing(parts: Parts, library: answering.Library, questions: Sequence[Question]) -> Missing:
    newest = sorted(questions, key=lambda each: each.time, reverse=True)
    return Missing(
        language=newest[0].language,
        askers=len(questions),
        questions=tuple(dict.fromkeys(each.text for each in newest)),
        last=newest[0].time[:10],
        nearest=_nearest(parts, library, newest[0]),
    )


def _nearest(parts: Parts, library: answering.Library, question: Question) -> Suggestion | None:
    """By the same search that found nothing sure, with no bar."""
    kinds = {kind: library.ranker.model(kind).model_copy(update={"bars": ()}) for kind in ("lexical", "dense")}
    found = suggest.suggest(
        question.text,
        question.language,
        (library.articles, library.threads),
        parts.reader,
        library.ranker.model_copy(update=kinds),
        precision=0.0,
        limit=1,
        pool=library.recipe.pool,
        audiences=library.config.audience[question.audience].sees,
    )
    return found[0] if found else None


def _primary(question: Question) -> str:
    return question.language.partition("-")[0]
