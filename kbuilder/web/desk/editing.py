"""Writing: the form with its live preview, work that is kept while it is written, and two who write the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from kbuilder.errors import Conflict, KBError, NotFound, Said, told
from kbuilder.records import Article, Citation, Draft, Post, Refusal, State
from kbuilder.store.people import Work
from kbuilder.text import N_, short_id, squeeze
from kbuilder.texts import translator
from kbuilder.web.desk import candidate as shown
from kbuilder.web.desk import diff
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.forms import TEXT, UNPROCESSABLE, field
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room, approve
from kbuilder.web.pages import language_of
from kbuilder.workspace import nominating, writing
from kbuilder.workspace import people as everyone

_MORE = ("kind", "language", "audience", "tags", "product", "thread", "post")
_TARGET = re.compile(r"[a-z0-9-]{1,60}")
_REFERENCE = re.compile(r"\[\^p\d+\]")
SKELETONS = {
    "question": N_("What is asked, in a sentence.\n\nThe answer."),
    "how-to": N_("What this is for, in a sentence.\n\n1. First step.\n2. Second step."),
    "fix": N_("What goes wrong, in a sentence.\n\n1. What to do about it."),
    "reference": N_("What this lists.\n\n- One thing\n- Another"),
}
"""What a new article of each kind begins with."""
KINDS = {
    "question": N_("Question and answer"),
    "how-to": N_("How-to"),
    "fix": N_("Fix"),
    "reference": N_("Reference"),
}


@dataclass(frozen=True)
class Text:
    """What there is to write on."""

    target: str
    base: str
    """Digest of what it begins from; ``""``: nothing."""
    title: str
    body: str
    language: str
    sources: Mapping[str, Citation]
    action: str
    """Where it is saved."""
    back: str
    new: bool = False
    audience: str = "public"


def router(room: Room) -> APIRouter:
    """The routes of writing."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    _forms(desk, room)
    _saving(desk, room)
    _creating(desk, room)
    _keeping(desk, room)
    return desk


def text_of_candidate(room: Room, lineage: str, visitor: Visitor) -> Text:
    """A candidate's draft.

    Raises:
        NotFound: there is none.
    """
    found = room.case(lineage, visitor)
    if not isinstance(found.draft, Draft):
        raise NotFound(N_("There is no draft: {reason}"), found.draft.hint, reason=Said(found.draft.reason))
    draft, page = found.draft, f"/desk/candidates/{lineage}"
    return Text(lineage, draft.digest, draft.title, draft.body, draft.language, draft.sources, f"{page}/edit", page)


def text_of_article(room: Room, name: str, visitor: Visitor) -> Text:
    """An article that the visitor may see."""
    article = article_for(room, name, visitor)
    page = f"/desk/articles/{article.id}"
    sources = article.sources
    return Text(
        article.id, article.digest, article.title, article.body, article.language, sources, f"{page}/edit", page
    )


def article_for(room: Room, name: str, visitor: Visitor) -> Article:
    """An article by id or slug.

    Raises:
        NotFound: there is none of this name for the visitor.
    """
    article = writing.find(room.parts, name)
    if not visitor.reaches(article):
        raise NotFound(N_("There is no article “{name}”."), N_("Name it by its id or its slug."), name=name)
    return article


def text_of_thread(room: Room, thread: str, post: str, visitor: Visitor) -> Text:
    """What a thread gives for an article that somebody nominates.

    Raises:
        NotFound: there is no such thread for the visitor, or it gives nothing.
    """
    found = room.parts.database.thread(thread)
    candidate, made = nominating.draft(room.parts, thread, post)
    if found is None or not visitor.reaches(replace(found, language=candidate.language)):
        raise NotFound(N_("There is no thread {name}."), N_("Name it by its address."), name=thread)
    if isinstance(made, Refusal):
        raise NotFound(N_("This thread gives no draft: {reason}"), made.hint, reason=Said(made.reason))
    target = f"new-{short_id(f'{thread} {post}')}"
    return Text(
        target,
        "",
        made.title,
        made.body,
        made.language,
        made.sources,
        "/desk/articles",
        "/desk",
        new=True,
        audience=made.audience,
    )


def _new_text(kind: str, language: str) -> Text:
    say = translator(language)
    body = say(SKELETONS[kind])
    return Text("new", "", "", body, language, {}, "/desk/articles", "/desk/articles", new=True)


# -- the form -----------------------------------------------------------------------------------------------------


def _forms(desk: APIRouter, room: Room) -> None:
    do, may = room.service.do, room.may

    @desk.get("/candidates/{lineage}/edit", dependencies=may("write"))
    async def candidate(request: Request, lineage: str, by: str = "", of: str = "") -> Response:
        text = await do(text_of_candidate, room, lineage, visitor_of(request))
        return await _form(room, request, text, by=by, of=of)

    @desk.get("/articles/{name}/edit", dependencies=may("write"))
    async def article(request: Request, name: str, by: str = "") -> Response:
        return await _form(room, request, await do(text_of_article, room, name, visitor_of(request)), by=by)

    @desk.get("/articles/new", dependencies=may("write"))
    async def new(
        request: Request,
        kind: str = "question",
        language: str = "",
        by: str = "",
        target: str = "",
        thread: str = "",
        post: str = "",
    ) -> Response:
        if thread:
            nominated = await do(text_of_thread, room, thread, post, visitor_of(request))
            named = {"thread": thread, "post": post}
            return await _form(room, request, nominated, by=by, more=named, target=target)
        config = await room.service.config()
        kind = kind if kind in KINDS else "question"
        language = language if language in config.languages else config.languages[0]
        text = _new_text(kind, language)
        return await _form(room, request, text, by=by, more={"kind": kind, "language": language}, target=target)

    @desk.post("/preview", dependencies=may("write"))
    async def preview(request: Request) -> Response:
        visitor, body = visitor_of(request), await field(request, "body", TEXT)
        target, thread = await field(request, "target"), await field(request, "thread")
        if thread:
            text = await do(text_of_thread, room, thread, await field(request, "post"), visitor)
            return HTMLResponse(shown.preview_html(body, text.sources, translator(language_of(request))))
        sources = await do(_sources_of, room, target, visitor)
        return HTMLResponse(shown.preview_html(body, sources, translator(language_of(request))))


async def _form(
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
        "html": shown.preview_html(body, text.sources, str),
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


# -- saving -------------------------------------------------------------------------------------------------------


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
            return await _again(room, request, text, title, body, error)
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
            return await _again(room, request, text, title, body, error)
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
        config = await room.service.config()
        made = _article(title, body, await _more(request), config.desk.steps)
        if made.language not in config.languages or made.audience not in config.audience or not visitor.reaches(made):
            raise HTTPException(UNPROCESSABLE)
        try:
            article = await do(_create, room, visitor, made, target, by)
        except KBError as error:
            text = _new_text(made.kind, made.language)
            return await _again(room, request, text, title, body, error)
        return go(request, f"/desk/articles/{article.id}", done="saved")


async def _save_nominated(room: Room, request: Request, title: str, body: str, target: str, by: str) -> Response:
    """An article from a thread, with the sources that it gives."""
    visitor = visitor_of(request)
    named = {"thread": await field(request, "thread"), "post": await field(request, "post")}
    text = await room.service.do(text_of_thread, room, named["thread"], named["post"], visitor)
    try:
        article = await room.service.do(_nominate, room, visitor, named, title, body, target, by)
    except KBError as error:
        return await _again(room, request, text, title, body, error, named)
    return go(request, f"/desk/articles/{article.id}", done="saved")


async def _written(request: Request) -> tuple[str, str, str]:
    """Title, body, and the digest of what they began from."""
    return await field(request, "title"), (await field(request, "body", TEXT)).strip(), await field(request, "seen")


async def _more(request: Request) -> dict[str, str]:
    return {name: await field(request, name) for name in _MORE}


def _article(title: str, body: str, more: Mapping[str, str], steps: int) -> Article:
    kind: Any = more["kind"] if more["kind"] in KINDS else "question"
    return Article(
        id="",
        slug="",
        title=title,
        language=more["language"],
        body=_REFERENCE.sub("", body),  # it has no sources
        created="",
        updated="",
        audience=more["audience"] or "public",
        kind=kind,
        state="validated" if steps == 1 else "draft",
        tags=tuple(dict.fromkeys(tag for each in more["tags"].split(",") if (tag := squeeze(each)))),
        product=squeeze(more["product"]),
    )


def _save(room: Room, visitor: Visitor, name: str, title: str, body: str, seen: str, reason: str) -> None:
    article = article_for(room, name, visitor)
    new = room.workspace.edit(article.id, editor=visitor.editor, title=title, body=body, reason=reason, seen=seen)
    room.handled(visitor, article.id, new.title, "edit")
    room.parts.people.drop_work(visitor.person.id, article.id)


def _create(room: Room, visitor: Visitor, made: Article, target: str, by: str) -> Article:
    article = writing.create(room.parts, made, visitor.editor)
    room.handled(visitor, article.id, article.title, "approve")
    room.parts.people.drop_work(visitor.person.id, "new")
    if by:
        room.parts.people.drop_work(by, target)
    return article


def _nominate(
    room: Room, visitor: Visitor, named: Mapping[str, str], title: str, body: str, target: str, by: str
) -> Article:
    state: State = "draft" if room.parts.config().desk.steps == 2 else "validated"
    article = nominating.approve(
        room.parts, named["thread"], named["post"], visitor.editor, title=title, body=body, state=state
    )
    room.handled(visitor, article.lineage, article.title, "approve")
    for person in {visitor.person.id, by} - {""}:
        room.parts.people.drop_work(person, target)
    return article


async def _again(
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
    return await _form(room, request, text, more=more, error=said, given=(title, body), status=UNPROCESSABLE)


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


# -- what is not saved yet ----------------------------------------------------------------------------------------


def _keeping(desk: APIRouter, room: Room) -> None:
    do, may = room.service.people.do, room.may

    async def work(request: Request, submitted: bool) -> Work:
        title, body, seen = (
            await field(request, "title"),
            await field(request, "body", TEXT),
            await field(request, "seen"),
        )
        target, now = await field(request, "target"), room.parts.clock()
        if not _TARGET.fullmatch(target):
            raise HTTPException(UNPROCESSABLE)
        if submitted and target == "new":
            target = f"new-{short_id(now + title)}"
        more = {name: value for name, value in (await _more(request)).items() if value}
        return Work(
            person=visitor_of(request).person.id,
            target=target,
            base=seen,
            title=title,
            body=body,
            updated=now,
            more=more,
            submitted=now if submitted else "",
        )

    @desk.post("/work", dependencies=may("write"))
    async def keep(request: Request) -> Response:
        made = await work(request, submitted=False)
        await do(room.parts.people.save_work, made)
        return await room.desk.page(request, "kept.html", kept_at=made.updated)

    @desk.post("/work/drop", dependencies=may("write"))
    async def drop(request: Request) -> Response:
        target = await field(request, "target")
        await do(room.parts.people.drop_work, visitor_of(request).person.id, target)
        back = await field(request, "back")
        return go(request, back if back.startswith("/desk/") and _own(back) else PATH, done="thrown-away")

    @desk.post("/work/hand-in", dependencies=may("write"))
    async def hand_in(request: Request) -> Response:
        made = await work(request, submitted=True)
        if not squeeze(made.title) or not squeeze(made.body):
            raise KBError(N_("An article needs a title and a text."), N_("Write both, then save it."))
        await do(room.parts.people.save_work, made)
        await do(room.parts.people.drop_work, made.person, "new")
        return go(request, PATH, done="submitted")


def _own(address: str) -> bool:
    return bool(re.fullmatch(r"/desk/[a-z0-9/-]*", address)) and "//" not in address
