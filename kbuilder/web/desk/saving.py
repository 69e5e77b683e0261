"""Saving what was written, and what two wrote at once: each sees the other's change, word by word, and chooses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.config import Config
from kbuilder.errors import Conflict, KBError, NotFound
from kbuilder.markup import without_references
from kbuilder.records import Article, Draft, State
from kbuilder.review import provenance, verdicts
from kbuilder.review.writing import complete
from kbuilder.store.people import subject
from kbuilder.text import N_, fold, squeeze
from kbuilder.texts import SHIPPED, translator
from kbuilder.web.desk import diff
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.asked import find
from kbuilder.web.desk.editing import again, faults_of
from kbuilder.web.desk.forms import TEXT, UNPROCESSABLE, field
from kbuilder.web.desk.keeping import carried, more_of, work_of
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room, approve
from kbuilder.web.desk.texts import (
    KINDS,
    SKELETONS,
    Text,
    article_for,
    new_text,
    text_of_article,
    text_of_candidate,
    text_of_thread,
    text_of_translation,
)
from kbuilder.web.desk.unsaved import Carried
from kbuilder.workspace import nominating, translating, writing
from kbuilder.workspace.reviewing import Faulty


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
        try:
            text = await do(text_of_candidate, room, lineage, visitor)
        except NotFound:
            return await _gone(room, request, lineage, title, body)
        try:
            complete(title, body)
            state = await do(approve, room, visitor, lineage, seen, title, body)
        except Conflict:
            return await _conflict(room, request, text, title, body, seen)
        except KBError as error:
            return await again(room, request, text, title, body, error)
        await do(room.unsaved.let_go, visitor, await _carried(request, text))
        return await room.on(request, lineage, "approved" if state == "validated" else "awaiting", 0)

    @desk.post("/articles/{name}/edit", dependencies=may("decide"))
    async def article(request: Request, name: str) -> Response:
        visitor = visitor_of(request)
        title, body, seen = await _written(request)
        try:
            text = await do(text_of_article, room, name, visitor)
        except NotFound:
            return await _gone(room, request, name, title, body)
        reason, sent = squeeze(await field(request, "reason")), await _carried(request, text)
        try:
            complete(title, body)
            if text.awaits:
                await do(_see_that_it_can_be_saved, room, visitor, text, body, seen)
                made = await work_of(request, room.parts.clock(), target=sent.target, submitted=True)
                await do(room.unsaved.hand_in, visitor, made, sent)
                return go(request, text.back, done="change-awaits")
            await do(_save, room, visitor, text.target, title, body, seen, reason)
            await do(room.unsaved.let_go, visitor, sent)
        except Conflict:
            return await _conflict(room, request, text, title, body, seen)
        except KBError as error:
            return await again(room, request, text, title, body, error, {"reason": reason})
        return go(request, text.back, done="saved")


def _creating(desk: APIRouter, room: Room) -> None:
    do = room.service.do

    @desk.post("/articles", dependencies=room.may("decide"))
    async def new(request: Request) -> Response:
        visitor = visitor_of(request)
        title, body, _ = await _written(request)
        if await field(request, "thread"):
            return await _save_nominated(room, request, title, body)
        if await field(request, "translates"):
            return await _save_translation(room, request, title, body)
        config = await room.service.config()
        more = await more_of(request)
        made = _article(title, body, more, _state(config))
        if made.language not in config.languages or made.audience not in config.audience or not visitor.reaches(made):
            raise HTTPException(UNPROCESSABLE)
        try:
            article = await do(_create, room, visitor, made, more)
        except KBError as error:
            text = new_text(made.kind, made.language)
            return await again(room, request, text, title, body, error, more)
        await do(room.unsaved.let_go, visitor, await carried(request), {"asked": more["asked"]})
        return go(request, f"/desk/articles/{article.id}", done="saved")


async def _save_nominated(room: Room, request: Request, title: str, body: str) -> Response:
    """An article from a thread, with the sources that it gives."""
    visitor = visitor_of(request)
    named = {"thread": await field(request, "thread"), "post": await field(request, "post")}
    text = await room.service.do(text_of_thread, room, named["thread"], named["post"], visitor)
    try:
        complete(title, body)
        article = await room.service.do(_nominate, room, visitor, named, title, body)
    except KBError as error:
        return await again(room, request, text, title, body, error, named)
    await room.service.do(room.unsaved.let_go, visitor, await carried(request), named)
    return go(request, f"/desk/articles/{article.id}", done="saved")


async def _save_translation(room: Room, request: Request, title: str, body: str) -> Response:
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
        article = await room.service.do(_translate, room, visitor, text.original, made)
    except KBError as error:
        return await again(room, request, text, title, body, error, named)
    await room.service.do(room.unsaved.let_go, visitor, await carried(request), named)
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
    new = room.workspace.edit(
        article.id,
        editor=visitor.editor,
        title=title,
        body=body,
        reason=reason,
        seen=seen,
        state=room.state_of(article, visitor),
    )
    room.handled(visitor, article.id, new.title, "edit")


def _see_that_it_can_be_saved(room: Room, visitor: Visitor, text: Text, body: str, seen: str) -> None:
    """Make sure that a publisher will be able to save a change.

    Raises:
        Conflict: somebody else changed the article meanwhile.
        UnknownReference: it refers to sources that the article does not have.
        Faulty: the site could not show it.
    """
    article = article_for(room, text.target, visitor)
    verdicts.unchanged(article, seen)
    provenance.checked(body, article.sources, article.body)
    if found := faults_of(room, text, body, visitor):
        raise Faulty(found)


def _create(room: Room, visitor: Visitor, made: Article, more: Mapping[str, str]) -> Article:
    """An article that was written from nothing, or about what askers found no answer to."""
    provenance.checked(without_references(made.body), {})
    _see_that_it_is_written(made.body)
    if more["asked"]:
        found = find(room, more["asked"], visitor)
        article = room.workspace.write_asked(found.id, made, editor=visitor.editor, wording=more["wording"])
    else:
        _see_that_it_is_new(room, made)
        article = writing.create(room.parts, made, visitor.editor)
    room.handled(visitor, article.id, article.title, "approve")
    return article


def _see_that_it_is_written(body: str) -> None:
    """Make sure that nothing stands there that only said what belongs there.

    Raises:
        KBError: a line of a template does.
    """
    begun = {line for each in SHIPPED for told in SKELETONS.values() for line in translator(each)(told).splitlines()}
    left = next((line for line in body.splitlines() if line.strip() in begun - {""}), "")
    if left:
        raise KBError(
            N_("“{line}” stands there still, which only says what belongs there."),
            N_("Write your own words in its place, or take it out."),
            line=left.strip(),
        )


def _see_that_it_is_new(room: Room, made: Article) -> None:
    """Make sure that the same was not saved a moment ago, from the form that a browser shows again.

    Raises:
        KBError: an article for these readers is called so already.
    """
    alike = (each for each in room.workspace.articles() if each.state != "archived")
    same = (made.language, made.audience, fold(squeeze(made.title)))
    if any((each.language, each.audience, fold(each.title)) == same for each in alike):
        raise KBError(
            N_("An article is called “{title}” already."),
            N_("Change that one, or give this one another title."),
            title=squeeze(made.title),
        )


def _nominate(room: Room, visitor: Visitor, named: Mapping[str, str], title: str, body: str) -> Article:
    state = _state(room.parts.config())
    article = nominating.approve(
        room.parts, named["thread"], named["post"], visitor.editor, title=title, body=body, state=state
    )
    room.handled(visitor, article.lineage, article.title, "approve")
    return article


def _translate(room: Room, visitor: Visitor, original: Article, made: Article) -> Article:
    provenance.checked(made.body, {}, original.body)
    article = translating.translate(room.parts, original.id, made, visitor.editor)
    room.handled(visitor, article.id, article.title, "approve")
    return article


async def _conflict(room: Room, request: Request, text: Text, title: str, body: str, seen: str) -> Response:
    """What the other one changed, word by word, beside what this one wrote; both are kept."""
    sent = await _carried(request, text)
    work = replace(await work_of(request, room.parts.clock(), target=sent.target), title=title, body=body)
    await room.service.people.do(room.unsaved.keep, work)
    values = await room.service.do(_two, room, text, body, seen)
    visitor = visitor_of(request)
    values["place"] = await room.service.do(room.unsaved.place, work, visitor)
    values["by_self"] = values["who"] == visitor.editor
    given = {"title_given": title, "body_given": body, "carried": sent, "reason": work.more.get("reason", "")}
    return await room.desk.page(request, "conflict.html", status=409, **given, **values)


async def _carried(request: Request, text: Text) -> Carried:
    """The unsaved work that a form for a text carries: only such as is on that text."""
    sent = await carried(request, text.target)
    return sent if subject(sent.target) in text.kept_as else replace(sent, target=text.target)


async def _gone(room: Room, request: Request, name: str, title: str, body: str) -> Response:
    """What was written on is not there any more: the text is kept, and can be saved as an article of its own."""
    target = (await carried(request, name)).target
    work = replace(await work_of(request, room.parts.clock(), target=target), title=title, body=body)
    await room.service.people.do(room.unsaved.keep, work)
    error = NotFound(
        N_("What you wrote on is not there any more."),
        N_("Your text is kept. If you save it now, it becomes an article of its own."),
    )
    config = await room.service.config()
    given = work.more.get("language", "")
    language = given if given in config.languages else config.languages[0]
    text = new_text("question", language)
    return await again(room, request, text, title, body, error, work.more, HTTPStatus.NOT_FOUND)


def _two(room: Room, text: Text, body: str, seen: str) -> dict[str, Any]:
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
    draft = room.workspace.generation.drafts.get(article.lineage)
    begun = draft if isinstance(draft, Draft) and draft.digest == seen else text
    before = base.body if base else begun.body
    return {
        "theirs": article,
        "text": text,
        "other": diff.words(before, article.body),
        "mine": diff.words(before, body),
        "who": re.sub(r" <.*", "", revisions[0].author) if revisions else "",
        "seen": article.digest,
    }
