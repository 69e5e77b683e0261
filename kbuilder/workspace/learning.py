"""Parameters of the probability, learnt from what askers said: read from events on request, never by a build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kbuilder import ranking
from kbuilder.insight.verdicts import Heard, Verdict, heard
from kbuilder.ranking import KINDS, Cases, Learning, Learnt, Ranker, learning
from kbuilder.store.askers import Askers
from kbuilder.store.database import EventKind
from kbuilder.store.git import Tree
from kbuilder.text import N_
from kbuilder.workspace.events import drain
from kbuilder.workspace.facts import AUTHOR
from kbuilder.workspace.parts import Parts
from kbuilder.workspace.stats import posted

NOTE = N_("What was learnt is of another model or ranker, and not used: kbuilder learn learns anew.")


@dataclass(frozen=True)
class Lesson:
    """What was heard of askers, and what became of it."""

    heard: int
    """Verdicts that count and are on suggestions as they are made now."""
    confirmed: int
    voices: int
    aside: dict[str, int]
    """Verdicts that do not count, by reason: a message of the catalogue."""
    strange: int
    """Verdicts on suggestions of another model."""
    learning: Learning | None
    """``None``: too few were heard."""
    right: np.ndarray
    """Whether each verdict's suggestion was right, in the order of ``learning.before`` and ``after``."""
    bars: tuple[float, float]
    """The probability from which on a suggestion was shown, and will be."""
    changed: bool
    """Whether the committed parameters are other ones now, or would be."""


def ranker(parts: Parts, tree: Tree) -> Ranker:
    """The ranker of a commit, with what it learnt."""
    given, learnt = ranking.load(tree), learning.read(tree)
    return learnt.on(given, _model(parts)) if learnt else given


def note(parts: Parts) -> str:
    """What is wrong with what was learnt; empty: nothing is."""
    tree = parts.head()
    learnt = learning.read(tree)
    return "" if learnt is None or learnt.fits(ranking.load(tree), _model(parts)) else NOTE


def learn(parts: Parts, *, plan: bool = False) -> Lesson:
    """Learn from all verdicts of askers that count, and commit the parameters if they surely are better.

    Where they are not any more, what was learnt before is taken back. Where there is too little to learn from, all
    stays as it is.

    Args:
        plan: commit nothing.
    """
    tree = parts.head()
    found = _heard(parts, tree)
    kind = "dense" if parts.reader else "lexical"
    usable = [each for each in found.verdicts if each.model == _model(parts) and {*KINDS[kind]} <= {*each.figures}]
    given, now = ranking.load(tree).model(kind), ranker(parts, tree)
    voices = [each.voice for each in usable]
    right = np.array([each.right for each in usable], np.float64)
    taught, data = None, tree.read(learning.FILE)
    precision = parts.config(tree).suggest.precision
    bars = (now.bar(kind, precision),) * 2
    if len(usable) >= learning.FEWEST and len({*voices}) >= learning.FEWEST_VOICES:
        table = np.array([[each.figures[name] for name in given.names] for each in usable])
        taught = learning.learn(given, Cases(table, right), voices)
        data = _written(parts, kind, given, taught, usable) if taught.better else None
        fresh = now.model_copy(update={kind: taught.parameters if taught.better else given})
        bars = (bars[0], fresh.bar(kind, precision))
    changed = data != tree.read(learning.FILE)
    if changed and not plan:
        parts.repository.commit(tree, {learning.FILE: data}, _message(usable, data), AUTHOR, parts.clock())
    return Lesson(
        heard=len(usable),
        confirmed=int(right.sum()),
        voices=len({*voices}),
        aside=found.aside,
        strange=len(found.verdicts) - len(usable),
        learning=taught,
        right=right,
        bars=bars,
        changed=changed,
    )


def _heard(parts: Parts, tree: Tree) -> Heard:
    """What was said on the page views on which something was opened."""
    drain(parts)
    askers = Askers(parts.database)
    opened = {event.page_view for event in askers.events(kinds=("opened",)) if event.page_view}
    kinds: tuple[EventKind, ...] = ("asked", "opened", "helped", "not_helped", "posted")
    events = [
        event
        for event in askers.events(kinds=kinds)
        if event.page_view in opened or (event.kind == "posted" and event.member)
    ]
    further = posted(parts, events[0].time) if any(event.member for event in events) else ()
    return heard(events, parts.config(tree).asking.window, further)


def _written(parts: Parts, kind: str, given: ranking.Logistic, taught: Learning, usable: Sequence[Verdict]) -> bytes:
    learnt = Learnt(
        kind=kind,
        model=_model(parts),
        base=learning.base(given),
        parameters=taught.parameters,
        verdicts=len(usable),
        voices=len({each.voice for each in usable}),
        since=usable[0].time[:10],
        until=usable[-1].time[:10],
    )
    return (learnt.model_dump_json(indent=1) + "\n").encode()


def _message(usable: Sequence[Verdict], data: bytes | None) -> str:
    if data is None:
        return "What was learnt from askers is taken back: it is not surely better any more"
    voices = len({each.voice for each in usable})
    return f"Learnt from {len(usable)} verdicts of {voices} askers, {usable[0].time[:10]} to {usable[-1].time[:10]}"


def _model(parts: Parts) -> str:
    return parts.reader.id if parts.reader else ""
