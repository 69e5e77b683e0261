"""Verdicts on who belongs together: the next build, and every later one, follows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from kbuilder.errors import KBError
from kbuilder.records import Article, Candidate, Decision
from kbuilder.review.verdicts import Verdict, named
from kbuilder.text import N_, squeeze


class NothingToGroup(KBError):
    """A verdict on belonging together that says nothing: too few threads or candidates, or all of them."""


def merge(
    candidates: Sequence[Candidate], editor: str, time: str, *, article: Article | None = None, reason: str = ""
) -> Verdict:
    """Several candidates are one problem, or an article answers them already.

    The decision stands under the first one's lineage, or the article's.

    Args:
        candidates: the one to go on with first.
        editor: who decides.
        time: now.
        article: that answers them. They are not asked again; what they add is proposed as its update.
        reason: why, if there is something to say.

    Raises:
        NothingToGroup: fewer than two of them.
    """
    lineages = dict.fromkeys(
        [*([article.lineage or article.id] if article else []), *(c.lineage for c in candidates)]
    )
    if len(lineages) < 2:
        raise NothingToGroup(
            N_("A merge needs two candidates, or a candidate and an article."),
            N_("Name two that “kbuilder review list” lists, or one and --into an article."),
        )
    into = next(iter(lineages))
    own = [member for each in candidates if each.lineage == into for member in each.members]
    made = _verdict("merge", into, own, editor, time, article=article.id if article else "", reason=reason)
    return merging(made, [each for each in candidates if each.lineage != into])


def merging(made: Verdict, candidates: Sequence[Candidate]) -> Verdict:
    """A verdict that is one on belonging together, too: these candidates go into the problem that it is about."""
    members = {*made.decision.members, *(member for each in candidates for member in each.members)}
    merged = tuple(each.representative for each in candidates)
    decision = replace(made.decision, id="", members=tuple(sorted(members)), merged=merged)
    return replace(made, decision=named(decision))


def split(candidate: Candidate, threads: Collection[str], editor: str, time: str, *, reason: str = "") -> Verdict:
    """Some threads of a candidate are another problem.

    Args:
        candidate: as the last build made it.
        threads: those that go; the others stay.
        editor: who decides.
        time: now.
        reason: why, if there is something to say.

    Raises:
        NothingToGroup: none of its threads is named, or all are, or some are not in it.
    """
    gone, known = {*threads}, {*candidate.members, *candidate.asking}
    if not gone or gone == known or gone - known:
        raise NothingToGroup(
            N_("A split takes some of a candidate's threads out of it, not all; {lineage} has {members}."),
            N_("Name threads as “kbuilder review show {lineage}” lists them."),
            lineage=candidate.lineage,
            members=", ".join((*candidate.members, *candidate.asking)),
        )
    return _verdict("split", candidate.lineage, gone, editor, time, reason=reason)


def link(
    verdict: Literal["must-link", "cannot-link"],
    threads: Collection[str],
    editor: str,
    time: str,
    *,
    lineage: str = "",
    reason: str = "",
) -> Verdict:
    """Threads that are one problem, or of which no two are.

    Args:
        verdict: which of these.
        threads: ids, in whatever candidates they are.
        editor: who decides.
        time: now.
        lineage: of the candidate that holds the first of them, if one does.
        reason: why, if there is something to say.

    Raises:
        NothingToGroup: fewer than two threads.
    """
    if len({*threads}) < 2:
        raise NothingToGroup(
            N_("Two threads or more are linked, or kept apart."),
            N_("Name them as “kbuilder review show ID” lists them."),
        )
    return _verdict(verdict, lineage, threads, editor, time, reason=reason)


def pin(candidate: Candidate, thread: str, editor: str, time: str, *, reason: str = "") -> Verdict:
    """A thread belongs with a candidate's threads, wherever the clustering would put it."""
    members = {*candidate.members, thread}
    made = _verdict("pin", candidate.lineage, members, editor, time, reason=reason)
    return replace(made, decision=named(replace(made.decision, id="", merged=(thread,))))


def _verdict(
    verdict: Literal["merge", "split", "pin", "must-link", "cannot-link"],
    lineage: str,
    members: Collection[str],
    editor: str,
    time: str,
    *,
    article: str = "",
    reason: str,
) -> Verdict:
    return Verdict(
        named(
            Decision(
                id="",
                verdict=verdict,
                editor=editor,
                time=time,
                lineage=lineage,
                members=tuple(sorted({*members})),
                article=article,
                reason=squeeze(reason),
            )
        )
    )
