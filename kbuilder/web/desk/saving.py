"""Saving what was written, and what two wrote at once: each sees the other's change, word by word, and chooses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.config import Config
from kbuilder.errors import Conflict, KBError
from kbuilder.markup import without_references
from kbuilder.records import Article, State
from kbuilder.store.people import Work
from kbuilder.text import squeeze
from kbuilder.web.desk import diff
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.asked import find
from kbuilder.web.desk.editing import again
from kbuilder.web.desk.forms import TEXT, UNPROCESSABLE, field
from kbuilder.web.desk.keeping import more_of
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room, approve
from kbuilder.web.desk.texts import (
    KINDS,
    Text,
    article_for,
    new_text,
    text_of_article,
    text_of_candidate,
    text_of_thread,
    text_of_translation,
)
from kbuilder.workspace import nominating, translating, writing


def router(room: Room) -> APIRouter:
    """The routes of saving."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    _saving(desk, room)
    _creating(desk, room)
    return desk


def _saving(desk: APIRouter, room: Room) -> None:
    do, may = room.service.do, room.may

    @desk.post("/candidates/{lineage}/edit", dependencies=may("decide"))
    async def candidate(request: Request, lineage: str) -> Response:
        visitor = visitor_of(request)
        title, body, seen = await _written(request)
        text = await do(text_of_candidate, room, lineage, visitor)
        try:
            state = await do(approve, room, visitor, lineage, seen, title, body)
        except Conflict:
            return await _conflict(room, request, text, title, body, seen)
        except KBError as error:
            return await again(room, request, text, title, body, error)
        await room.service.people.do(room.parts.people.drop_work, visitor.person.id, lineage)
        return await room.on(request, lineage, "approved" if state == "validated" else "awaiting", 0)

    @desk.post("/articles/{name}/edit", dependencies=may("decide"))
    async def article(request: Request, name: str) -> Response:
        visitor = visitor_of(request)
        title, body, seen = await _written(request)
        text = await do(text_of_article, room, name, visitor)
        try:
            await do(_save, room, visitor, text.target, title, body, seen, squeeze(await field(request, "reason")))
        except Conflict:
            return await _conflict(room, request, text, title, body, seen)
        except KBError as error:
            return await again(room, request, text, title, body, error)
        return go(request, text.back, done="saved")


def _creating(desk: APIRouter, room: Room) -> None:
    do = room.service.do

    @desk.post("/articles", dependencies=room.may("decide"))
    async def new(request: Request) -> Response:
        visitor = visitor_of(request)
        title, body, _ = await _written(request)
        target, by = await field(request, "target"), await field(request, "by")
        if await field(request, "thread"):
            return await _save_nominated(room, request, title, body, target, by)
        if await field(request, "translates"):
            return await _save_translation(room, request, title, body, target, by)
        config = await room.service.config()
        more = await more_of(request)
        made = _article(title, body, more, _state(config))
        if made.language not in config.languages or made.audience not in config.audience or not visitor.reaches(made):
            raise HTTPException(UNPROCESSABLE)
        try:
            article = await do(_create, room, visitor, made, more, target, by)
        except KBError as error:
            text = replace(new_text(made.kind, made.language), target=target or "new")
            return await again(room, request, text, title, body, error, more)
        return go(request, f"/desk/articles/{article.id}", done="saved")


async def _save_nominated(room: Room, request: Request, title: str, body: str, target: str, by: str) -> Response:
    """An article from a thread, with the sources that it gives."""
    visitor = visitor_of(request)
    named = {"thread": await field(request, "thread"), "post": await field(request, "post")}
    text = await room.service.do(text_of_thread, room, named["thread"], named["post"], visitor)
    try:
        article = await room.service.do(_nominate, room, visitor, named, title, body, target, by)
    except KBError as error:
        return await again(room, request, text, title, body, error, named)
    return go(request, f"/desk/articles/{article.id}", done="saved")


async def _save_translation(room: Room, request: Request, title: str, body: str, target: str, by: str) -> Response:
    """An article in another language, with what is said about its original beside the text."""
    visitor, config = visitor_of(request), await room.service.config()
    named = {"translates": await field(request, "translates"), "language": await field(request, "language")}
    text = await room.service.do(text_of_translation, room, named["translates"], named["language"], visitor)
    if named["language"] not in config.languages or text.original is None:
        raise HTTPException(UNPROCESSABLE)
    body = without_references(body)
    made = replace(text.original, title=title, body=body, language=named["language"], state=_state(config))
    if not visitor.reaches(made):
        raise HTTPException(UNPROCESSABLE)
    try:
        article = await room.service.do(_translate, room, visitor, text.original, made, {target, text.target}, by)
    except KBError as error:
        return await again(room, request, text, title, body, error, named)
    return go(request, f"/desk/articles/{article.id}", done="saved")


async def _written(request: Request) -> tuple[str, str, str]:
    """Title, body, and the digest of what they began from."""
    return await field(request, "title"), (await field(request, "body", TEXT)).strip(), await field(request, "seen")


def _state(config: Config) -> State:
    """Of what an editor has written: there at once, or only once somebody publishes it."""
    return "validated" if config.desk.steps == 1 else "draft"


def _article(title: str, body: str, more: Mapping[str, str], state: State) -> Article:
    kind: Any = more["kind"] if more["kind"] in KINDS else "question"
    return Article(
        id="",
        slug="",
        title=title,
        language=more["language"],
        body=body,
        created="",
        updated="",
        audience=more["audience"] or "public",
        kind=kind,
        state=state,
        tags=tuple(dict.fromkeys(tag for each in more["tags"].split(",") if (tag := squeeze(each)))),
        product=squeeze(more["product"]),
    )


def _save(room: Room, visitor: Visitor, name: str, title: str, body: str, seen: str, reason: str) -> None:
    article = article_for(room, name, visitor)
    new = room.workspace.edit(article.id, editor=visitor.editor, title=title, body=body, reason=reason, seen=seen)
    room.handled(visitor, article.id, new.title, "edit")
    room.parts.people.drop_work(visitor.person.id, article.id)


def _create(room: Room, visitor: Visitor, made: Article, more: Mapping[str, str], target: str, by: str) -> Article:
    """An article that was written from nothing, or about what askers found no answer to."""
    if more["asked"]:
        found = find(room, more["asked"], visitor)
        article = room.workspace.write_asked(found.id, made, editor=visitor.editor, wording=more["wording"])
    else:
        article = writing.create(room.parts, made, visitor.editor)
    room.handled(visitor, article.id, article.title, "approve")
    _let_go(room, {visitor.person.id, by}, {target, "" if more["asked"] else "new"})
    return article


def _nominate(
    room: Room, visitor: Visitor, named: Mapping[str, str], title: str, body: str, target: str, by: str
) -> Article:
    state = _state(room.parts.config())
    article = nominating.approve(
        room.parts, named["thread"], named["post"], visitor.editor, title=title, body=body, state=state
    )
    room.handled(visitor, article.lineage, article.title, "approve")
    _let_go(room, {visitor.person.id, by}, {target})
    return article


def _translate(room: Room, visitor: Visitor, original: Article, made: Article, targets: set[str], by: str) -> Article:
    article = translating.translate(room.parts, original.id, made, visitor.editor)
    room.handled(visitor, article.id, article.title, "approve")
    _let_go(room, {visitor.person.id, by}, targets)
    return article


def _let_go(room: Room, people: set[str], targets: set[str]) -> None:
    """Drop the unsaved work that is saved now."""
    for person in people - {""}:
        for target in targets:
            room.parts.people.drop_work(person, target)


async def _conflict(room: Room, request: Request, text: Text, title: str, body: str, seen: str) -> Response:
    """What the other one changed, word by word, beside what this one wrote; both are kept."""
    visitor = visitor_of(request)
    values = await room.service.do(_two, room, text, visitor, title, body, seen)
    return await room.desk.page(request, "conflict.html", status=409, title_given=title, body_given=body, **values)


def _two(room: Room, text: Text, visitor: Visitor, title: str, body: str, seen: str) -> dict[str, Any]:
    room.parts.people.save_work(
        Work(
            person=visitor.person.id,
            target=text.target,
            base=seen,
            title=title,
            body=body,
            updated=room.parts.clock(),
        )
    )
    article = next((each for each in room.workspace.articles() if text.target in (each.id, each.lineage)), None)
    if article is None:  # the candidate's draft has changed with a build, or it was decided without an article
        before = text.body
        return {
            "theirs": None,
            "text": text,
            "mine": diff.words(before, body),
            "other": [],
            "who": "",
            "seen": text.base,
        }
    revisions = writing.history(room.parts, article, 20)
    base = next((each.article for each in revisions if each.article.digest == seen), None)
    before = base.body if base else text.body
    return {
        "theirs": article,
        "text": text,
        "other": diff.words(before, article.body),
        "mine": diff.words(before, body),
        "who": re.sub(r" <.*", "", revisions[0].author) if revisions else "",
        "seen": article.digest,
    }
