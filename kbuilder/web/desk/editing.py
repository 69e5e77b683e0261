"""Writing: the form, with its live preview."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from kbuilder.errors import KBError, NotFound, told
from kbuilder.pictures import MOST_BYTES
from kbuilder.records import Article, Citation, Post
from kbuilder.texts import translator
from kbuilder.web.desk import candidate as shown
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.forms import TEXT, UNPROCESSABLE, field
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
from kbuilder.web.pages import language_of
from kbuilder.workspace import people as everyone


def router(room: Room) -> APIRouter:
    """The routes of the form."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    _forms(desk, room)
    return desk


def _forms(desk: APIRouter, room: Room) -> None:
    do, may = room.service.do, room.may

    @desk.get("/candidates/{lineage}/edit", dependencies=may("write"))
    async def candidate(request: Request, lineage: str, by: str = "", of: str = "") -> Response:
        text = await do(text_of_candidate, room, lineage, visitor_of(request))
        return await form(room, request, text, by=by, of=of)

    @desk.get("/articles/{name}/edit", dependencies=may("write"))
    async def article(request: Request, name: str, by: str = "") -> Response:
        return await form(room, request, await do(text_of_article, room, name, visitor_of(request)), by=by)

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
        kind = kind if kind in KINDS else "question"
        language = language if language in config.languages else config.languages[0]
        text = new_text(kind, language)
        return await form(room, request, text, by=by, more={"kind": kind, "language": language}, target=target)

    @desk.post("/preview", dependencies=may("write"))
    async def preview(request: Request) -> Response:
        visitor, body = visitor_of(request), await field(request, "body", TEXT)
        target, thread = await field(request, "target"), await field(request, "thread")
        if thread:
            text = await do(text_of_thread, room, thread, await field(request, "post"), visitor)
            sources = text.sources
        else:
            sources = await do(_sources_of, room, target, visitor)
        return HTMLResponse(shown.preview_html(body, sources, translator(language_of(request)), room.picture))


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
    """
    visitor = visitor_of(request)
    values = await room.service.do(_form_values, room, text, visitor, by, target, given)
    more = {**(more or {}), **values.pop("more")}
    return await room.desk.page(
        request, "edit.html", status=status, text=text, more=more, of=of, error=error, kinds=KINDS, **values
    )


def _form_values(
    room: Room, text: Text, visitor: Visitor, by: str, target: str, given: tuple[str, str] | None
) -> dict[str, Any]:
    """What stands in the form: what was just sent, else what was kept, else what there is."""
    people = room.parts.people
    author = by if by and visitor.may("decide") else visitor.person.id
    work = people.work(author, target or text.target)
    if work and author != visitor.person.id and not work.submitted:
        work = None  # what somebody is still writing is theirs alone
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
    return {
        "heading": title,
        "body": body,
        "work": None if given else work,
        "behind": bool(work and not given and text.base and work.base != text.base),
        "author": names.get(author, "") if by else "",
        "target": target or text.target,
        "by": by,
        "more": dict(work.more) if work else {},
        "cited": shown.sources(article, posts, room.parts.config()),
        "numbers": numbers,
        "html": shown.preview_html(body, text.sources, str, room.picture),
        "original_html": shown.preview_html(text.original.body, text.original.sources, str, room.picture)
        if text.original
        else "",
        "most_bytes": MOST_BYTES,
        "config": room.parts.config(),
        "others": room.here(text.target, visitor) if not text.new else [],
    }


def _sources_of(room: Room, target: str, visitor: Visitor) -> Mapping[str, Citation]:
    try:
        if target in room.workspace.generation.candidates:
            return text_of_candidate(room, target, visitor).sources
        return article_for(room, target, visitor).sources
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
) -> Response:
    """The form once more, with what was written and what is wrong with it."""
    say = translator(language_of(request))
    said = f"{told(error.message, error.values, say)} {told(error.hint, error.values, say)}".strip()
    return await form(room, request, text, more=more, error=said, given=(title, body), status=UNPROCESSABLE)
