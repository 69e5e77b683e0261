"""Questions of the archive asked again, each as if it were new: only what was solved by then may answer it.

Time goes by months, as if everything had been built anew on the first of each, or less often where the archive is
large. Nothing here reads which threads people linked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from kbuilder import suggest
from kbuilder.errors import KBError
from kbuilder.index import Entry, entries
from kbuilder.ranking import KINDS, Ranker
from kbuilder.ranking.features import features
from kbuilder.records import Progress, Thread, digest, silent
from kbuilder.text import N_, squeeze, words
from kbuilder.workspace import building
from kbuilder.workspace.parts import Parts

SHARE = 0.25
"""Of the questions, the newest ones, that are asked again where no day is given."""
ENTRIES, FEWEST, MOST = 30_000, 3, 24
"""Threads that are indexed at most, over and over, for a minute or two of work; and how many indexes that makes."""


@dataclass(frozen=True)
class Replayed:
    """A question of the archive, and the first result that it would have had."""

    thread: Thread
    known: str
    """What was solved before this time could answer."""
    asked: str
    """Digest of the question's words."""
    found: Entry | None
    """As it was then; ``None``: nothing was found."""
    kind: str
    """Of the evidence."""
    table: np.ndarray
    """All features of its kind: (1, features), or (0, features) where nothing was found."""

    def probability(self, ranker: Ranker) -> float:
        """That what was found answers the question; 0 where nothing was found."""
        model, names = ranker.model(self.kind), KINDS[self.kind]
        chances = model.chances(self.table[:, [names.index(name) for name in model.names]])
        return float(chances[0]) if len(chances) else 0.0

    @property
    def figures(self) -> dict[str, float]:
        """What the probability is made of, by name, to six digits."""
        return {name: float(f"{value:.6g}") for name, value in zip(KINDS[self.kind], self.table[0], strict=True)}


def last_quarter(threads: Sequence[Thread]) -> str:
    """The day from which on the newest quarter of the questions was asked; ``""``: there is none."""
    times = sorted(each.question.created for each in threads if each.style == "question")
    return times[int(len(times) * (1 - SHARE))][:10] if times else ""


def replay(parts: Parts, since: str = "", progress: Progress = silent) -> list[Replayed]:
    """Ask the questions since a day again, by their titles alone, in the order in which they were asked.

    Args:
        since: ``YYYY-MM-DD``; by default the day from which on the newest quarter was asked.

    Raises:
        KBError: nobody asked since then.
    """
    threads = list(parts.database.threads())
    first = since or last_quarter(threads)
    asked = [each for each in threads if each.style == "question" and each.question.created >= first]
    asked = sorted((each for each in asked if words(each.title)), key=lambda each: (each.question.created, each.id))
    if not asked:
        raise KBError(
            N_("Nobody asked a question here since {day}."),
            N_("Import threads, or name an earlier day with --since."),
            day=first or "–",
        )
    return [*_replayed(parts, threads, asked, progress)]


def _replayed(
    parts: Parts, threads: Sequence[Thread], asked: Sequence[Thread], progress: Progress
) -> Iterator[Replayed]:
    recipe, audiences = parts.recipe().suggest, parts.config().audience
    solved = [thread for thread in threads if thread.solved_question]
    made: dict[tuple[str, ...], Entry] = {}
    done = 0
    for begin, some in periods(asked, min(max(ENTRIES // max(len(solved), 1), FEWEST), MOST)):
        with TemporaryDirectory() as folder:
            building.build_indexes(
                parts, _entries(solved, begin, made), Path(folder), parts.reader, silent, learn=True
            )
            opened = building.open_indexes(Path(folder))
            for thread in some:
                progress(N_("Asking again"), done, len(asked))
                sees = audiences[thread.audience].sees if thread.audience in audiences else ()
                seen = building.visible(opened, sees)
                question = suggest.question_of(squeeze(thread.title), thread.language, seen, parts.reader)
                yield _first(thread, begin, suggest.find(question, seen, recipe.pool, sees))
                done += 1


def _entries(solved: Sequence[Thread], begin: str, made: dict[tuple[str, ...], Entry]) -> list[Entry]:
    """What was solved before a time, as it stood then; ``made`` remembers what is the same at another time."""
    found = []
    for thread in (until(each, begin) for each in solved):
        if thread.solved_question:
            key = (thread.id, *(post.id for post in thread.solutions))
            made[key] = made.get(key) or entries.of_thread(thread)
            found.append(made[key])
    return found


def periods(asked: Sequence[Thread], most: int = MOST) -> list[tuple[str, list[Thread]]]:
    """Questions, the oldest first, by the beginning of the month in which they were asked.

    Args:
        most: periods; where there are more months, each spans several.
    """
    months: dict[str, list[Thread]] = {}
    for each in asked:
        months.setdefault(each.question.created[:7], []).append(each)
    names = [*months]
    step = max(1, -(-len(names) // most))
    return [
        (f"{names[start]}-01T00:00:00Z", [each for name in names[start : start + step] for each in months[name]])
        for start in range(0, len(names), step)
    ]


def until(thread: Thread, time: str) -> Thread:
    """A thread with the answers alone that it had before a time; without any if it was asked later."""
    return replace(thread, answers=tuple(post for post in thread.answers if post.created < time))


def _first(thread: Thread, known: str, results: suggest.Results) -> Replayed:
    kind, count = results.evidence.kind, min(len(results), 1)
    return Replayed(
        thread=thread,
        known=known,
        asked=digest(results.question.text),
        found=results.entry(0) if count else None,
        kind=kind,
        table=features(results.evidence, KINDS[kind], 1) if count else np.zeros((0, len(KINDS[kind]))),
    )
