"""Writing: the form, with its live preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from kbuilder import markup
from kbuilder.errors import KBError, NotFound, told
from kbuilder.pictures import MOST_BYTES
from kbuilder.records import Article, Citation, Fault, Post
from kbuilder.store.people import Work, subject
from kbuilder.text import N_, short_id
from kbuilder.texts import Translate, translator
from kbuilder.web.desk import candidate as shown
from kbuilder.web.desk import diff
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.advice import said
from kbuilder.web.desk.forms import TEXT, UNPROCESSABLE, begun_in, field
from kbuilder.web.desk.keeping import carried, work_of
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room
from kbuilder.web.desk.texts import (
    KINDS,
    Text,
    article_for,
    new_text,
    text_of_article,
    text_of_asked,
    text_of_candidate,
    text_of_thread,
    text_of_translation,
)
from kbuilder.web.desk.unsaved import NEW, Carried
from kbuilder.web.pages import language_of
from kbuilder.workspace import people as everyone
from kbuilder.workspace import reviewing
from kbuilder.workspace.reviewing import Faulty


def router(room: Room) -> APIRouter:
    """The routes of the form."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    _forms(desk, room)
    return desk


def _forms(desk: APIRouter, room: Room) -> None:
    do, may = room.service.do, room.may

    @desk.get("/candidates/{lineage}/edit", dependencies=may("write"))
    async def candidate(request: Request, lineage: str, by: str = "", of: str = "", target: str = "") -> Response:
        visitor = visitor_of(request)
        text = await do(text_of_candidate, room, lineage, visitor)
        if not (by or target) and await do(_is_over, room, lineage, visitor):  # as after Back from the next one
            return go(request, f"{PATH}/candidates/{lineage}")
        return await form(room, request, text, by=by, of=of, target=_own_target(text, target))

    @desk.get("/articles/{name}/edit", dependencies=may("write"))
    async def article(request: Request, name: str, by: str = "", target: str = "") -> Response:
        text = await do(text_of_article, room, name, visitor_of(request))
        return await form(room, request, text, by=by, target=_own_target(text, target))

    @desk.get("/articles/new", dependencies=may("write"))
    async def new(
        request: Request,
        kind: str = "question",
        language: str = "",
        by: str = "",
        target: str = "",
        thread: str = "",
        post: str = "",
        translates: str = "",
        asked: str = "",
    ) -> Response:
        if asked:
            text, said = await do(text_of_asked, room, asked, visitor_of(request))
            return await form(room, request, text, by=by, more=said, target=target)
        if thread:
            nominated = await do(text_of_thread, room, thread, post, visitor_of(request))
            named = {"thread": thread, "post": post}
            return await form(room, request, nominated, by=by, more=named, target=target)
        config = await room.service.config()
        if translates and language in config.languages:
            text = await do(text_of_translation, room, translates, language, visitor_of(request))
            named = {"translates": translates, "language": language}
            return await form(room, request, text, by=by, more=named, target=target)
        return await _from_nothing(room, request, kind, language, by=by, target=target)

    @desk.post("/preview", dependencies=may("write"))
    async def preview(request: Request) -> Response:
        visitor, body = visitor_of(request), await field(request, "body", TEXT)
        target, thread = await field(request, "target"), await field(request, "thread")
        if thread:
            text = await do(text_of_thread, room, thread, await field(request, "post"), visitor)
            sources = text.sources
        else:
            sources = await do(_sources_of, room, target, visitor)
        given, config = await field(request, "language"), await room.service.config()
        language = given if given in config.languages else language_of(request)
        return HTMLResponse(shown.preview_html(body, sources, language, room.picture))


async def _from_nothing(room: Room, request: Request, kind: str, language: str, *, by: str, target: str) -> Response:
    """The form for an article that rests on nothing; beside what the visitor began and has not saved yet."""
    config = await room.service.config()
    kind = kind if kind in KINDS else "question"
    language = begun_in(request, config, language)
    begun = await room.service.people.do(room.parts.people.work, visitor_of(request).person.id, NEW)
    if begun and not target:
        target = f"{NEW}-{short_id(room.parts.clock())}"
        return go(request, f"{PATH}/articles/new", kind=kind, language=language, target=target)
    text = new_text(kind, language)
    return await form(room, request, text, by=by, more={"kind": kind, "language": language}, target=target)


def _is_over(room: Room, lineage: str, visitor: Visitor) -> bool:
    """Whether a candidate does not wait, and the visitor has nothing unsaved on it."""
    return not room.shelf.waiting(lineage, visitor) and not room.parts.people.work(visitor.person.id, lineage)


def _own_target(text: Text, target: str) -> str:
    """What work on a text is kept under, if an address may say so; ``""``: the text's own."""
    return target if subject(target) in text.kept_as else ""


async def form(
    room: Room,
    request: Request,
    text: Text,
    *,
    by: str = "",
    of: str = "",
    more: Mapping[str, Any] | None = None,
    target: str = "",
    error: str = "",
    given: tuple[str, str] | None = None,
    sent: Carried | None = None,
    place: str = "",
    status: int = 200,
) -> Response:
    """The form for a text.

    Args:
        by: id of the person whose work is shown.
        of: the view of the queue to go back to.
        more: what is said about an article beside its text.
        target: what the work is kept under, if not the text's own.
        error: what is wrong with what was sent.
        given: title and body that were just sent.
        sent: the unsaved work that they were sent with.
        place: where they are seen again, after they were sent.
    """
    visitor = visitor_of(request)
    values = await room.service.do(_form_values, room, text, visitor, by, target, given)
    values["faults"] = told_of(values["faults"], translator(language_of(request)))
    kept = values.pop("more")
    more = {**kept, **(more or {})} if given else {**(more or {}), **kept}
    values["carried"] = sent or values["carried"]
    return await room.desk.page(
        request,
        "edit.html",
        status=status,
        text=text,
        more=more,
        of=of,
        error=error,
        kinds=KINDS,
        place=place,
        **values,
    )


def _form_values(
    room: Room, text: Text, visitor: Visitor, by: str, target: str, given: tuple[str, str] | None
) -> dict[str, Any]:
    """What stands in the form: what was just sent, else what was kept, else what there is."""
    author = by or visitor.person.id
    kept_as, own = [target] if target else text.kept_as, author == visitor.person.id
    begun = (room.parts.people.work(author, each) for each in kept_as if own)
    handed = (room.unsaved.find(visitor, author, each) for each in kept_as)
    work = next((each for each in (*begun, *handed) if each), None)
    title, body = given or ((work.title, work.body) if work else (text.title, text.body))
    posts: dict[str, Post] = {}
    for citation in text.sources.values():
        thread = room.parts.database.thread(citation.post.partition("#")[0])
        posts |= {post.id: post for post in thread.posts} if thread else {}
    article = Article(
        id="x",
        slug="x",
        title=title,
        language=text.language,
        body=text.body,
        created="",
        updated="",
        sources=dict(text.sources),
    )
    names = {each.id: each.name for each in everyone.everyone(room.parts)}
    numbers = {key: number for number, key in enumerate(text.sources, 1)}
    sent_as = _carried(work) if work else Carried(target or text.target)
    return {
        "heading": title,
        "body": body,
        "begun": room.unsaved.begun(visitor, NEW, sent_as.target) if text.target == NEW and not (by or given) else [],
        "work": None if given else work,
        "behind": bool(work and not given and text.base and work.base != text.base),
        "author": names.get(author, "") if by and work else "",
        "changes": diff.words(text.body, body) if by and work and not text.new else [],
        "carried": sent_as,
        "waits": room.unsaved.find(visitor, author, work.target) if work and own else None,
        "names": names,
        "more": dict(work.more) if work else {},
        "cited": shown.sources(article, posts, room.parts.config()),
        "numbers": numbers,
        "html": shown.preview_html(body, text.sources, text.language, room.picture),
        "faults": faults_of(room, text, body, visitor) if body != text.body or not text.new else [],
        "original_html": shown.preview_html(
            text.original.body, text.original.sources, text.original.language, room.picture
        )
        if text.original
        else "",
        "most_bytes": MOST_BYTES,
        "config": room.parts.config(),
        "others": room.here(text.target, visitor) if not text.new else [],
    }


def faults_of(room: Room, text: Text, body: str, visitor: Visitor) -> list[Fault]:
    """What ``kbuilder check`` would tell of a text if it were saved now, as far as the visitor may know it."""
    cited = {key for key, _ in markup.references(body)}
    new = Article(id=text.target, slug=text.target, title="", language=text.language, body="", created="", updated="")
    known = next((each for each in room.workspace.articles() if each.id == text.target), new)
    sources = {key: each for key, each in text.sources.items() if key in cited}
    written = replace(known, body=body, sources=sources)
    return reviewing.faults_of(room.parts, room.parts.head(), written, visitor.editor)


def told_of(faults: Sequence[Fault], say: Translate) -> list[tuple[str, str, str]]:
    """The line of each fault, what it is and what to do."""
    return [(each.place, told(each.message, each.values, say), told(each.hint, each.values, say)) for each in faults]


def _carried(work: Work) -> Carried:
    """What a form carries that begins with unsaved work: handed in, or one's own, which may go on with such."""
    if work.submitted:
        return Carried(work.target, work.person, work.submitted)
    return Carried(work.target, work.more.get("by", ""), work.more.get("handed", ""))


def _sources_of(room: Room, target: str, visitor: Visitor) -> Mapping[str, Citation]:
    try:
        if subject(target) in room.workspace.generation.candidates:
            return text_of_candidate(room, subject(target), visitor).sources
        return article_for(room, subject(target), visitor).sources
    except NotFound:
        return {}


async def again(
    room: Room,
    request: Request,
    text: Text,
    title: str,
    body: str,
    error: KBError,
    more: Mapping[str, str] | None = None,
    status: int = UNPROCESSABLE,
) -> Response:
    """The form once more, with what was written and what is wrong with it; kept, for who comes back to this page."""
    sent = await carried(request, text.target)
    work = replace(await work_of(request, room.parts.clock(), target=sent.target), title=title, body=body)
    await room.service.people.do(room.unsaved.keep, work)
    place = await room.service.do(room.unsaved.place, work, visitor_of(request))
    say = translator(language_of(request))
    wrong = (
        say(N_("Not saved: first mend what is named here.")) if isinstance(error, Faulty) else said(error, request)
    )
    return await form(
        room, request, text, more=more, error=wrong, given=(title, body), sent=sent, place=place, status=status
    )
