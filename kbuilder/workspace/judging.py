"""Editors judge what their own archive's questions would have been shown: where cases come from, and what is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kbuilder.ranking import Ranker
from kbuilder.records import Progress, digest, silent
from kbuilder.store import judgments
from kbuilder.store.judgments import Judgment
from kbuilder.workspace import learning, replaying, reviewing
from kbuilder.workspace.parts import Parts
from kbuilder.workspace.replaying import Replayed

COUNT = 50
"""Verdicts that are asked for: fewer teach nothing."""
BANDS = 10
"""Of probability, each as wide as the others: as many cases of each are judged, as far as there are."""


@dataclass(frozen=True)
class Round:
    """What is to be judged now."""

    replayed: list[Replayed]
    """All questions that were asked again."""
    judged: int
    """Of them, and of those of earlier rounds, that are judged."""
    cases: list[Replayed]
    """Those that are left, none beside what it is like."""


@dataclass(frozen=True)
class Reach:
    """What a bar does for the questions of the archive."""

    bar: float
    """The probability from which on a suggestion is shown."""
    shown: float
    """Share of the questions that get one."""
    said: float
    """Share of these that is right by what is said; NaN where there is none."""


def begin(parts: Parts, since: str = "", count: int = COUNT, progress: Progress = silent) -> Round:
    """Ask the archive's questions again, and choose what is to be judged of them.

    Judgments on what is still found, but by another model, are brought to this one first.

    Args:
        since: ``YYYY-MM-DD``; by default the day from which on the newest quarter was asked.
        count: verdicts that there are to be in the end.
    """
    found = replaying.replay(parts, since, progress)
    _renew(parts, found)
    tree = parts.head()
    known = {each.case for each in judgments.read(tree) if each.model == learning.model(parts)}
    left = chosen(found, learning.ranker(parts, tree), known, count - len(known))
    return Round(found, len(known), left)


def chosen(found: Sequence[Replayed], ranker: Ranker, known: set[tuple[str, str, str]], count: int) -> list[Replayed]:
    """Cases that are not judged yet, such that all bands of probability have as many judged ones in the end.

    What decides from where on suggestions may be shown are the doubtful ones, so that the sure ones alone would not
    do. Which of a band, and in what order they are asked, is drawn by digest.
    """
    cases = [each for each in found if each.found]
    band = {each.thread.id: min(int(each.probability(ranker) * BANDS), BANDS - 1) for each in cases}
    filled = Counter(band[each.thread.id] for each in cases if _case(each) in known)
    places = []
    for each in sorted((each for each in cases if _case(each) not in known), key=_drawn):
        filled[band[each.thread.id]] += 1
        places.append((filled[band[each.thread.id]], each))
    taken = sorted(places, key=lambda place: (place[0], _drawn(place[1])))[: max(count, 0)]
    return sorted((each for _, each in taken), key=_drawn)


def keep(parts: Parts, case: Replayed, editor: str, *, right: bool) -> None:
    """Commit an editor's word on a case."""
    with reviewing.deciding(parts):
        tree, time = parts.head(), parts.clock()
        judgment = _judgment(parts, case, editor, time, right=right)
        told = f"Judged: {judgment.target} {'answers' if right else 'does not answer'} {judgment.question}"
        parts.repository.commit(tree, {judgments.FILE: judgments.added(tree, judgment)}, told, editor, time)


def reach(found: Sequence[Replayed], ranker: Ranker, precision: float) -> Reach:
    """How many of the archive's questions would be shown something at a precision, and how sure that is."""
    sure = np.array([each.probability(ranker) for each in found if each.found])
    kind = next((each.kind for each in found if each.found), "lexical")
    bar = ranker.bar(kind, precision)
    shown = sure[sure >= bar]
    return Reach(bar, len(shown) / len(found), float(shown.mean()) if len(shown) else float("nan"))


def _renew(parts: Parts, found: Sequence[Replayed]) -> None:
    """Give judgments of another model the figures of this one, where the same suggestion comes first."""
    current = {_case(each): each for each in found if each.found}
    with reviewing.deciding(parts):
        tree = parts.head()
        before = judgments.read(tree)
        after = [
            _judgment(parts, current[each.case], each.editor, each.time, right=each.right)
            if each.model != learning.model(parts) and each.case in current
            else each
            for each in before
        ]
        if after != before:
            told = {judgments.FILE: judgments.written(after)}
            parts.repository.commit(tree, told, "Judgments as the model reads them", "kbuilder", parts.clock())


def _judgment(parts: Parts, case: Replayed, editor: str, time: str, *, right: bool) -> Judgment:
    question, asked, target = _case(case)
    return Judgment(
        question=question,
        asked=asked,
        target=target,
        right=right,
        model=learning.model(parts),
        figures=case.figures,
        editor=editor,
        time=time,
    )


def _case(case: Replayed) -> tuple[str, str, str]:
    return case.thread.id, case.asked, case.found.id if case.found else ""


def _drawn(case: Replayed) -> str:
    return digest(" ".join(_case(case)))
