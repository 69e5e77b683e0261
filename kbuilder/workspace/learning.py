"""Parameters of the probability, learnt from what askers and editors said: read on request, never by a build.

An editor's verdict weighs as much as an asker's. Nobody can be sure who an asker is, so that few voices teach
nothing; an editor is known, and judges each question once, so that each verdict counts as a voice of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from kbuilder import ranking
from kbuilder.insight.verdicts import Verdict
from kbuilder.ranking import KINDS, Cases, Learning, Learnt, Logistic, Ranker, learning
from kbuilder.store import judgments
from kbuilder.store.git import Tree
from kbuilder.store.judgments import Judgment
from kbuilder.text import N_
from kbuilder.workspace.events import drain, verdicts
from kbuilder.workspace.facts import AUTHOR
from kbuilder.workspace.parts import Parts

NOTE = N_("What was learnt is of another model or ranker, and not used: kbuilder learn learns anew.")


@dataclass(frozen=True)
class Lesson:
    """What was heard of askers and editors, and what became of it."""

    heard: int
    """Verdicts of askers that count and are on suggestions as they are made now."""
    confirmed: int
    voices: int
    judged: int
    """Verdicts of editors on suggestions as they are made now."""
    approved: int
    """Of these, on such as answer."""
    aside: dict[str, int]
    """Verdicts that do not count, by reason: a message of the catalogue."""
    strange: int
    """Verdicts of either on suggestions of another model."""
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
    return learnt.on(given, model(parts)) if learnt else given


def note(parts: Parts) -> str:
    """What is wrong with what was learnt; empty: nothing is."""
    tree = parts.head()
    learnt = learning.read(tree)
    return "" if learnt is None or learnt.fits(ranking.load(tree), model(parts)) else NOTE


def learn(parts: Parts, *, plan: bool = False) -> Lesson:
    """Learn from all verdicts that count, and commit the parameters if they surely are better.

    Where they are not any more, what was learnt before is taken back. Where there is too little to learn from, all
    stays as it is.

    Args:
        plan: commit nothing.
    """
    drain(parts)
    tree = parts.head()
    found, told = verdicts(parts), judgments.read(tree)
    kind = "dense" if parts.reader else "lexical"
    asked = [each for each in found.verdicts if _usable(parts, kind, each)]
    judged = [each for each in told if _usable(parts, kind, each)]
    usable = sorted(chain(asked, map(_verdict, judged)), key=lambda each: (each.time, each.voice, each.target))
    given, now = ranking.load(tree).model(kind), ranker(parts, tree)
    voices = [each.voice for each in usable]
    right = np.array([each.right for each in usable], np.float64)
    taught, data = None, tree.read(learning.FILE)
    precision = parts.config(tree).suggest.precision
    bars = (now.bar(kind, precision),) * 2
    if len(usable) >= learning.FEWEST and len({*voices}) >= learning.FEWEST_VOICES:
        table = np.array([[each.figures[name] for name in given.names] for each in usable])
        taught = learning.learn(given, Cases(table, right), voices)
        if judged:
            taught = replace(taught, parameters=_cautious(taught.parameters))
        data = _written(parts, kind, given, taught, usable) if taught.better else None
        fresh = now.model_copy(update={kind: taught.parameters if taught.better else given})
        bars = (bars[0], fresh.bar(kind, precision))
    changed = data != tree.read(learning.FILE)
    if changed and not plan:
        parts.repository.commit(
            tree, {learning.FILE: data}, _message(usable, len(judged), data), AUTHOR, parts.clock()
        )
    return Lesson(
        heard=len(asked),
        confirmed=sum(each.right for each in asked),
        voices=len({each.voice for each in asked}),
        judged=len(judged),
        approved=sum(each.right for each in judged),
        aside=found.aside,
        strange=len(found.verdicts) - len(asked) + len(told) - len(judged),
        learning=taught,
        right=right,
        bars=bars,
        changed=changed,
    )


def _cautious(found: Logistic) -> Logistic:
    """Parameters none of whose bars lies below its precision.

    What editors judge is of every probability alike; what askers get is doubtful more often than sure. So more of the
    judged ones above a bar are right than of suggestions would be.
    """
    return found.model_copy(update={"bars": tuple((wanted, max(wanted, bar)) for wanted, bar in found.bars)})


def _usable(parts: Parts, kind: str, each: Verdict | Judgment) -> bool:
    """Whether a verdict is on a suggestion as they are made now."""
    return each.model == model(parts) and {*KINDS[kind]} <= {*each.figures}


def _verdict(each: Judgment) -> Verdict:
    return Verdict(each.time, f"judged {each.question}", each.target, each.right, each.model, each.figures)


def _written(parts: Parts, kind: str, given: ranking.Logistic, taught: Learning, usable: Sequence[Verdict]) -> bytes:
    learnt = Learnt(
        kind=kind,
        model=model(parts),
        base=learning.base(given),
        parameters=taught.parameters,
        verdicts=len(usable),
        voices=len({each.voice for each in usable}),
        since=usable[0].time[:10],
        until=usable[-1].time[:10],
    )
    return (learnt.model_dump_json(indent=1) + "\n").encode()


def _message(usable: Sequence[Verdict], judged: int, data: bytes | None) -> str:
    if data is None:
        return "What was learnt is taken back: it is not surely better any more"
    days = f"{usable[0].time[:10]} to {usable[-1].time[:10]}"
    return f"Learnt from {len(usable) - judged} verdicts of askers and {judged} of editors, {days}"


def model(parts: Parts) -> str:
    """Id of the model that questions are read with; ``""``: none."""
    return parts.reader.id if parts.reader else ""
