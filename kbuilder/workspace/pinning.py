"""A thread is put to a candidate, where it stays: a verdict that says so, if no other one says otherwise."""

from __future__ import annotations

from kbuilder.candidates import constraints
from kbuilder.errors import Conflict, NotFound
from kbuilder.records import Candidate, Decision, Thread
from kbuilder.redact import redact
from kbuilder.review import grouping, standing
from kbuilder.review.grouping import NothingToGroup
from kbuilder.text import N_
from kbuilder.workspace import generation, reviewing
from kbuilder.workspace.parts import Parts


def pin(parts: Parts, name: str, lineage: str, editor: str, *, reason: str) -> Decision:
    """A thread belongs to a candidate."""
    with reviewing.deciding(parts):
        tree, thread = parts.head(), reviewing.stored(parts, name)
        candidate, found = reviewing.candidate_of(generation.needed(parts.derived), lineage)
        _fits(thread, candidate)
        _agrees(parts, thread, candidate)
        made = grouping.pin(candidate, name, editor, parts.clock(), reason=reason)
        told = f"Pin “{redact(thread.title).text}” to “{reviewing.called(candidate, found)}”"
        return reviewing.commit(parts, tree, made, reviewing.because(told, reason)).decision


def unpin(parts: Parts, name: str, editor: str) -> Decision:
    """The last pin of a thread is taken back."""
    held = standing.standing(parts.decided.decisions(parts.head()))
    pins = [each for each in held if each.verdict == "pin" and name in each.merged]
    if not pins:
        raise NotFound(
            N_("{thread} is not pinned."),
            N_("What else holds it is told by: kbuilder candidates explain ID"),
            thread=name,
        )
    return reviewing.undo(parts, pins[-1].id, editor)


def _fits(thread: Thread, candidate: Candidate) -> None:
    """Whether a build would follow."""
    languages = [each.partition("-")[0] for each in (thread.language, candidate.language)]
    if thread.style != "question":
        raise NothingToGroup(
            N_("{thread} is no question, and so in no candidate."),
            N_("Name a thread as “kbuilder review show ID” lists it."),
            thread=thread.id,
        )
    if all(languages) and languages[0] != languages[1]:
        raise NothingToGroup(
            N_("A candidate has one language: {thread} has {language}, {lineage} has {other}."),
            N_("Say that they are one problem with: kbuilder review link {thread} {representative}"),
            thread=thread.id,
            language=languages[0],
            lineage=candidate.lineage,
            other=languages[1],
            representative=candidate.representative,
        )


def _agrees(parts: Parts, thread: Thread, candidate: Candidate) -> None:
    """Whether no verdict in force says otherwise."""
    decisions = parts.decided.decisions(parts.head())
    held = constraints.in_force(decisions, {thread.id})
    pins = [each for each in held if each.verdict == "pin" and thread.id in each.merged]
    if pins:
        raise Conflict(
            N_("{thread} is pinned to {lineage} already, by {editor}."),
            N_("Take that back first with: kbuilder candidates unpin {thread}"),
            thread=thread.id,
            lineage=pins[0].lineage,
            editor=pins[0].editor,
        )
    said = {name for each in decisions if each.groups for name in each.members}
    known = (parts.database.thread(name) for name in {*said, *candidate.members})
    threads = [thread, *(each for each in known if each and each.id != thread.id)]
    against = constraints.against(decisions, threads, thread.id, candidate)
    if against:
        raise Conflict(
            N_("{editor} said otherwise of {thread}: {verdict} ({decision})."),
            N_("Take that back first with: kbuilder review undo {decision}"),
            thread=thread.id,
            editor=against.editor,
            verdict=against.verdict,
            decision=against.id,
        )
