"""An article for a thread that somebody names by its address, whether or not a candidate holds it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from kbuilder import drafting
from kbuilder.config import Source
from kbuilder.drafting import inferring
from kbuilder.drafting.inferring import Inferred
from kbuilder.errors import Conflict, KBError, NotFound, Said
from kbuilder.records import Article, Candidate, Demand, Draft, Post, Refusal, State, Thread
from kbuilder.redact import redact
from kbuilder.review import verdicts
from kbuilder.text import N_, short_id
from kbuilder.workspace import generation, reviewing
from kbuilder.workspace.parts import Parts

_NUMBERED = {
    "stackexchange": re.compile(r"/(?:questions|q)/(\d+)"),
    "discourse": re.compile(r"/t/(?:[^/]*[^/\d][^/]*/)?(\d+)"),
}
"""Where a platform's address names a thread by number."""
_ANSWERS = {
    "stackexchange": re.compile(r"/questions/\d+/[^/#]*/(\d+)|/a/(\d+)|#(\d+)$"),
    "discourse": re.compile(r"/t/(?:[^/]*[^/\d][^/]*/)?\d+/(\d+)"),
}
"""Likewise, an answer; what is behind the ``#`` goes along."""


@dataclass(frozen=True, slots=True)
class Named:
    """What an address stands for."""

    thread: Thread
    post: Post | None
    """The answer that it names; ``None``: the thread as a whole."""
    article: Article | None
    """The one that answers it already."""
    lineage: str
    """The candidate that holds it; ``""``: none does."""


def find(parts: Parts, address: str) -> Named:
    """The thread, or answer, of an address or id.

    Raises:
        NotFound: it was not imported.
    """
    thread, post = _found(parts, address.strip())
    built = generation.current(parts.derived)
    holders = built.candidates.values() if built else ()
    lineage = next((each.lineage for each in holders if thread.id in (*each.members, *each.asking)), "")
    articles = parts.decided.articles(parts.head())
    cited = (each for each in articles if any(_thread_of(s.post) == thread.id for s in each.sources.values()))
    own = next((each for each in articles if lineage and each.lineage == lineage), None)
    return Named(thread, post, own or next(cited, None), lineage)


def draft(parts: Parts, thread: str, post: str) -> tuple[Candidate, Draft | Refusal]:
    """What a thread gives for an article, and the candidate that it belongs to: the one that holds it, or its own.

    Args:
        thread: its id.
        post: id of the answer to take; ``""``: those that are marked as right, else the likeliest that gives a draft.

    Raises:
        NotFound: there is no such thread.
    """
    found = parts.database.thread(thread)
    if found is None:
        raise _unknown(thread)
    if post:
        answers = (replace(each, accepted=False, verified=each.id == post) for each in found.answers)
        found = replace(found, answers=tuple(answers))
    built = generation.current(parts.derived)
    every = built.candidates.values() if built else ()
    holder = next((each for each in every if thread in (*each.members, *each.asking)), None)
    alone = _alone(found, holder.lineage if holder else short_id(f"nominated {thread}"), parts.config().languages[0])
    made = drafting.draft(alone, {thread: found}, parts.recipe().drafting)
    if isinstance(made, Refusal) and not post:
        made = _likeliest(parts, alone, found) or made
    return holder or alone, made


def _likeliest(parts: Parts, alone: Candidate, thread: Thread) -> Draft | Refusal | None:
    """What a thread gives by the likeliest answer that gives a draft, whatever is marked.

    Returns:
        Why the likeliest of all gives none, where none does; ``None`` where there is no answer.
    """
    recipe, model = parts.recipe().drafting, inferring.load(parts.head())
    refused: Refusal | None = None
    bare = inferring.unmarked(thread)
    for choice in inferring.ranked(bare, inferring.seen([bare]), model):
        held = {bare.id: Inferred(choice.post.id, choice.probability or choice.share)}
        made = drafting.draft(alone, {bare.id: bare}, recipe, held)
        if isinstance(made, Draft):
            return made
        refused = refused or made
    return refused


def approve(
    parts: Parts, thread: str, post: str, editor: str, *, title: str, body: str, state: State = "validated"
) -> Article:
    """What a thread gives becomes an article, in one commit with its decision.

    Raises:
        Conflict: it has one.
        KBError: it gives nothing.
        UnknownReference: the body refers to sources that it does not have.
    """
    with reviewing.deciding(parts):
        tree = parts.head()
        candidate, made = draft(parts, thread, post)
        if isinstance(made, Refusal):
            raise KBError(N_("There is no draft to approve: {reason}"), made.hint, reason=Said(made.reason))
        articles = parts.decided.articles(tree)
        if any(each.lineage == candidate.lineage for each in articles):
            raise Conflict(
                N_("This thread has an article already: {title}"),
                title=next(each.title for each in articles if each.lineage == candidate.lineage),
            )
        verdict = verdicts.approve(
            made,
            candidate,
            verdicts.slugs(articles, made.language),
            editor,
            parts.clock(),
            title=title,
            body=body,
            spans=reviewing.spans(parts, made.sources),
            state=state,
        )
        done = reviewing.commit(parts, tree, verdict, f"Approve “{title or made.title}”, nominated")
        if done.article is None:
            raise AssertionError("approving makes an article")
        return done.article


def _alone(thread: Thread, lineage: str, language: str) -> Candidate:
    nobody = Demand(threads=1, askers=1, views=0, recent=0, last=thread.question.created, score=0.0)
    return Candidate(
        lineage=lineage,
        members=(thread.id,),
        representative=thread.id,
        language=thread.language or language,
        cohesion=1.0,
        demand=nobody,
        phrasings=(redact(thread.title).text,),
    )


def _found(parts: Parts, address: str) -> tuple[Thread, Post | None]:
    """A thread by its id, by its number in an address of its platform, or by an address that stands in it."""
    named = parts.database.thread(_thread_of(address))
    if named:
        return named, _answer(named, address)
    bare = address.partition("#")[0].partition("?")[0].rstrip("/")
    for source in parts.config().source:
        if source.format in _NUMBERED and source.url and urlsplit(address).netloc == urlsplit(source.url).netloc:
            numbered = _numbered(parts, source, address)
            if numbered:
                return numbered
    for written in (address, bare):
        for thread in parts.database.threads_naming(written) if urlsplit(written).netloc else ():
            post = next((each for each in thread.answers if each.url.rstrip("/") == written.rstrip("/")), None)
            if post or thread.url.rstrip("/") == written.rstrip("/"):
                return thread, post
    raise _unknown(address)


def _numbered(parts: Parts, source: Source, address: str) -> tuple[Thread, Post | None] | None:
    """The thread, and the answer if one is named, of a platform's own address."""
    place = urlsplit(address)
    path = unquote(place.path)
    thread, said = _NUMBERED[source.format].search(path), _ANSWERS[source.format].search(f"{path}#{place.fragment}")
    answer = next((each for each in said.groups() if each), "") if said else ""
    if thread:
        known = parts.database.thread(f"{source.name}:{thread[1]}")
    else:  # an answer's short address does not name its thread
        known = next(iter(parts.database.threads_naming(f"{source.url}/a/{answer}") if answer else ()), None)
    return (known, _answer(known, f"{known.id}#{answer}")) if known else None


def _answer(thread: Thread, name: str) -> Post | None:
    return next((each for each in thread.answers if each.id == name), None)


def _thread_of(post: str) -> str:
    return post.partition("#")[0]


def _unknown(address: str) -> NotFound:
    return NotFound(
        N_("Nothing that was imported stands at “{address}”."),
        N_("Take the address of a thread or answer from your browser; new ones come with the next import."),
        address=address[:200],
    )
