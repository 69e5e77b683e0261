"""The queue, each candidate, and the verdicts on it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kbuilder.errors import Conflict, NotFound
from kbuilder.records import Decision, Draft, Refusal
from kbuilder.review import standing
from kbuilder.review.queue import Item
from kbuilder.store.people import Deferred, Handled, Note, Work
from kbuilder.text import N_, products_of, squeeze, utc
from kbuilder.texts import translator
from kbuilder.web.desk import candidate as shown
from kbuilder.web.desk.access import PATH, Visitor, gate, visitor_of
from kbuilder.web.desk.diff import kept
from kbuilder.web.desk.forms import LETTER, TEXT, field, fields
from kbuilder.web.desk.pages import Desk, go
from kbuilder.web.desk.shelf import KINDS, Shelf, View, after, is_later, key, views_of
from kbuilder.web.pages import language_of
from kbuilder.web.service import Service
from kbuilder.workspace import people as everyone
from kbuilder.workspace import pictures, pushing

PAGE = 50
HERE = timedelta(seconds=50)
"""Since when someone must have been seen to be here."""
T = TypeVar("T")
_ADDRESS = re.compile(r"/desk/(candidates|articles)/([a-z2-7]{12})\b")


def router(room: Room) -> APIRouter:
    """The routes of the queue and of candidates."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    _looking(desk, room)
    _deciding(desk, room)
    _arranging(desk, room)
    return desk


class Room:
    """What the routes share."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.workspace = service.workspace
        self.parts = service.workspace.parts
        self.desk = Desk(service)
        self.shelf = Shelf(service.workspace)
        self.may = gate(service)

    def waiting(self, view: View, visitor: Visitor) -> list[Item]:
        return self.shelf.seen(view, visitor, self.parts.clock())

    def case(self, lineage: str, visitor: Visitor) -> shown.Material:
        """A candidate that the visitor may see.

        Raises:
            NotFound: there is none of this name for them.
        """
        items = self.shelf.reached(visitor)
        articles = [each for each in self.workspace.articles() if visitor.reaches(each)]
        found = shown.material(self.workspace, lineage, items, articles)
        language = found.candidate.language
        threads = [each for each in found.threads if visitor.reaches(_Reach(each.audience, language))]
        drafted = not isinstance(found.draft, Draft) or visitor.reaches(found.draft)
        if not drafted or (found.threads and not threads):
            raise NotFound(
                N_("There is no candidate {lineage}."),
                N_("List those that wait with: kbuilder review list"),
                lineage=lineage,
            )
        return replace(found, threads=threads)

    def title_of(self, lineage: str, visitor: Visitor) -> str:
        """What a candidate's draft is called; ``""``: the visitor may see none of this name."""
        draft = self.workspace.generation.drafts.get(lineage)
        return draft.title if isinstance(draft, Draft) and visitor.reaches(draft) else ""

    def picture(self, written: str) -> tuple[str, int, int] | None:
        """Where the desk shows a picture of the knowledge base; ``None``: the address means none."""
        path = pictures.address(written)
        return (f"/desk/pictures/{quote(path.removeprefix('media/'))}", 0, 0) if path else None

    def here(self, target: str, visitor: Visitor) -> list[str]:
        """Note that the visitor is at something; the names of the others who are."""
        now = self.parts.clock()
        since = utc(datetime.fromisoformat(now) - HERE)
        if visitor.session:
            self.parts.people.visit(target, visitor.person.id, now)
        others = (each.person for each in self.parts.people.visits(target, since) if each.person != visitor.person.id)
        names = {each.id: each.name for each in self.parts.people.people()}
        return sorted(names[each] for each in others if each in names)

    def handled(
        self,
        visitor: Visitor,
        target: str,
        title: str,
        verdict: str,
        made: Decision | None = None,
        share: float | None = None,
    ) -> None:
        """Note a verdict for the page on activity.

        Args:
            made: the decision; without it, the last that stands on the target.
        """
        opened = [each.first for each in self.parts.people.visits(target) if each.person == visitor.person.id]
        last = made or standing.last(self.parts.decided.decisions(self.parts.head()), target)
        now = self.parts.clock()
        done = Handled(
            decision=last.id,
            person=visitor.person.id,
            target=target,
            title=title,
            verdict=verdict,
            opened=opened[0] if opened else now,
            decided=now,
            kept=share,
        )
        self.parts.people.handled(done)

    async def on(self, request: Request, lineage: str, done: str, place: int) -> Response:
        """After a verdict: on to what comes next in the editor's view, or back to the queue."""
        view, visitor = View.read(await field(request, "of", 1000)), visitor_of(request)
        items = await self.service.do(self.waiting, view, visitor)
        following = after(items, lineage, place)
        of = {"of": view.written()} if view.written() else {}
        if following is None:
            return go(request, f"/desk?{view.written()}".rstrip("?"), done=done, last=lineage)
        return go(request, address(following), done=done, last=lineage, **of)


class _Reach:
    """Something with an audience and a language."""

    def __init__(self, audience: str, language: str) -> None:
        self.audience, self.language = audience, language


def address(item: Item) -> str:
    """Where something that waits is looked at."""
    if item.kind == "asked":
        return f"/desk/asked/{item.lineage}"
    return f"/desk/articles/{item.article}/sources" if item.article else f"/desk/candidates/{item.lineage}"


def named_by(written: str) -> tuple[str, str]:
    """What an address at the desk, or an id, means: ``candidates`` or ``articles``, and the id.

    >>> named_by("https://kb.example/desk/articles/kqoxlv6sqkde/history"), named_by(" 2gscjjdbopm6 ")
    (('articles', 'kqoxlv6sqkde'), ('candidates', '2gscjjdbopm6'))
    """
    found = _ADDRESS.search(written)
    return (found[1], found[2]) if found else ("candidates", written.strip())


def cut(items: list[T], page: int, size: int = PAGE) -> tuple[list[T], int]:
    """The items of a page, the last one where there are fewer, and how many pages there are.

    >>> cut([1, 2, 3], 2, size=2), cut([1, 2, 3], 9, size=2), cut([], 1)
    (([3], 2), ([3], 2), ([], 1))
    """
    pages = max(1, -(-len(items) // size))
    start = (min(page, pages) - 1) * size
    return items[start : start + size], pages


# -- looking ------------------------------------------------------------------------------------------------------


def _looking(desk: APIRouter, room: Room) -> None:
    @desk.get("", dependencies=room.may("see"))
    async def queue(request: Request, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> Response:
        visitor, view = visitor_of(request), View.read(request.url.query)
        values = await room.service.do(_queue, room, view, visitor, page)
        values["about"] = await room.service.do(room.title_of, request.query_params.get("last", ""), visitor)
        template = "queue-list.html" if "hx-request" in request.headers else "queue.html"
        return await room.desk.page(request, template, view=view, page=min(page, values["pages"]), **values)

    @desk.get("/candidates/{lineage}", dependencies=room.may("see"))
    async def candidate(request: Request, lineage: str, of: Annotated[str, Query(max_length=1000)] = "") -> Response:
        visitor, view = visitor_of(request), View.read(of)
        say = translator(language_of(request))
        values = await room.service.do(_candidate, room, lineage, view, visitor, say)
        values["about"] = await room.service.do(room.title_of, request.query_params.get("last", ""), visitor)
        return await room.desk.page(request, "candidate.html", view=view, lineage=lineage, **values)

    @desk.post("/candidates/{lineage}/here", dependencies=room.may("see"))
    async def here(request: Request, lineage: str) -> Response:
        names = await room.service.people.do(room.here, lineage, visitor_of(request))
        return await room.desk.page(request, "here.html", others=names)


def _queue(room: Room, view: View, visitor: Visitor, page: int) -> dict[str, Any]:
    now = room.parts.clock()
    items = room.waiting(view, visitor)
    page_items, pages = cut(items, page)
    every = room.shelf.reached(visitor)
    put_off = room.parts.people.deferred()
    names = {each.id: each.name for each in room.parts.people.people()}
    claims = {target: names.get(person, "") for target, person in room.parts.people.claims().items()}
    return {
        "items": page_items,
        "kinds": KINDS,
        "count": len(items),
        "pages": pages,
        "first": (min(page, pages) - 1) * PAGE,
        "views": views_of(visitor.person),
        "address": address,
        "key": key,
        "claims": claims,
        "deferred": put_off,
        "languages_seen": sorted({item.language for item in every}),
        "products": sorted({name for item in every for name in products_of(item.product)}),
        "later": sum(is_later(put_off, item, now) for item in every),
        "handed_in": _handed_in(room, visitor, every),
        "names": names,
        "candidates_known": room.workspace.generation.candidates,
        "asked": [each for each in room.parts.people.notes(recipient=visitor.person.id) if not each.done],
        "late": pushing.behind(room.parts) if visitor.may("decide") else None,
        "config": room.parts.config(),
    }


def _handed_in(room: Room, visitor: Visitor, items: list[Item]) -> list[Work]:
    """What authors handed in, as far as the visitor's rights reach."""
    known = {key(item) for item in items} | {each.id for each in room.workspace.articles() if visitor.reaches(each)}

    def reached(work: Work) -> bool:
        if not work.target.startswith("new-"):
            return work.target in known
        return visitor.reaches(_Reach(work.more.get("audience", "public"), work.more.get("language", "")))

    return [each for each in room.parts.people.works() if each.submitted and reached(each)]


def _candidate(room: Room, lineage: str, view: View, visitor: Visitor, say: Any) -> dict[str, Any]:
    found = room.case(lineage, visitor)
    items = room.waiting(view, visitor)
    keys = [key(item) for item in items]
    place = keys.index(lineage) if lineage in keys else -1
    draft = found.draft if isinstance(found.draft, Draft) else None
    article = shown.as_article(draft) if draft else None
    posts = {post.id: post for thread in found.threads for post in thread.posts}
    cited = shown.sources(article, posts, found.config) if article else []
    everybody = [each for each in everyone.everyone(room.parts) if not each.disabled]
    work = room.parts.people.work(visitor.person.id, lineage) if visitor.session else None
    return {
        "config": found.config,
        "candidate": found.candidate,
        "item": found.item,
        "draft": draft,
        "refusal": found.draft if isinstance(found.draft, Refusal) else None,
        "article": found.article,
        "kinds": KINDS,
        "html": shown.text_html(article, found.spans, say, draft.marks, room.picture) if article and draft else "",
        "sources": cited,
        "members": shown.members(found.threads, cited),
        "similar": list(found.similar),
        "place": place,
        "count": len(items),
        "before": items[place - 1] if place > 0 else None,
        "following": after(items, lineage, max(place, 0)),
        "address": address,
        "others": room.here(lineage, visitor),
        "claimed": room.parts.people.claims().get(lineage, ""),
        "deferred": room.parts.people.deferred().get(lineage),
        "colleagues": [each for each in everybody if each.id != visitor.person.id],
        "names": {each.id: each.name for each in everybody},
        "notes": room.parts.people.notes(target=lineage),
        "work": work,
        "today": room.parts.clock()[:10],
    }


# -- deciding -----------------------------------------------------------------------------------------------------


def _deciding(desk: APIRouter, room: Room) -> None:
    do, may = room.service.do, room.may

    @desk.post("/candidates/{lineage}/approve", dependencies=may("decide"))
    async def approve_draft(request: Request, lineage: str) -> Response:
        visitor, seen = visitor_of(request), await field(request, "seen")
        title, body = await field(request, "title"), await field(request, "body", TEXT)
        place = await _place(request)
        state = await do(approve, room, visitor, lineage, seen, title, body)
        return await room.on(request, lineage, "approved" if state == "validated" else "awaiting", place)

    @desk.post("/candidates/{lineage}/reject", dependencies=may("decide"))
    async def reject(request: Request, lineage: str) -> Response:
        visitor, place = visitor_of(request), await _place(request)
        reason = squeeze(await field(request, "reason", LETTER))
        kind = squeeze(await field(request, "kind"))
        await do(_reject, room, visitor, lineage, ": ".join(part for part in (kind, reason) if part))
        return await room.on(request, lineage, "rejected", place)

    @desk.post("/candidates/{lineage}/merge", dependencies=may("decide"))
    async def merge(request: Request, lineage: str) -> Response:
        visitor, place = visitor_of(request), await _place(request)
        reason = squeeze(await field(request, "reason", LETTER))
        named = [named_by(each) for each in await fields(request, "with") if each.strip()]
        others = [name for kind, name in named if kind == "candidates"]
        article = await field(request, "article") or next((name for kind, name in named if kind == "articles"), "")
        await do(_merge, room, visitor, lineage, others, article, reason)
        return await room.on(request, lineage, "merged", place)

    @desk.post("/candidates/{lineage}/split", dependencies=may("decide"))
    async def split(request: Request, lineage: str) -> Response:
        visitor, place = visitor_of(request), await _place(request)
        reason = squeeze(await field(request, "reason", LETTER))
        await do(_split, room, visitor, lineage, await fields(request, "thread"), reason)
        return await room.on(request, lineage, "split", place)

    @desk.post("/candidates/{lineage}/undo", dependencies=may("decide"))
    async def undo(request: Request, lineage: str) -> Response:
        visitor = visitor_of(request)
        await do(_undo, room, visitor, lineage)
        return go(request, f"/desk/candidates/{lineage}", done="undone")


async def _place(request: Request) -> int:
    given = await field(request, "place")
    return int(given) if given.isdecimal() and len(given) < 7 else 0


def approve(room: Room, visitor: Visitor, lineage: str, seen: str, title: str, body: str) -> str:
    """Let a draft become an article; the state that it has."""
    found = room.case(lineage, visitor)
    two = found.config.desk.steps == 2
    article = room.workspace.approve(
        lineage, editor=visitor.editor, seen=seen, title=title, body=body, state="draft" if two else "validated"
    )
    share = kept(found.draft.body, article.body) if isinstance(found.draft, Draft) else None
    room.handled(visitor, lineage, article.title, "approve", share=share)
    for each in room.parts.people.works(target=lineage):
        room.parts.people.drop_work(each.person, lineage)
    return article.state


def _reject(room: Room, visitor: Visitor, lineage: str, reason: str) -> None:
    found = room.case(lineage, visitor)
    made = room.workspace.reject(lineage, editor=visitor.editor, reason=reason)
    room.handled(visitor, lineage, found.candidate.phrasings[0], "reject", made)


def _merge(room: Room, visitor: Visitor, lineage: str, others: list[str], article: str, reason: str) -> None:
    found = room.case(lineage, visitor)
    for other in others:
        room.case(other, visitor)
    if article and not visitor.reaches(room.parts.decided.article(room.parts.head(), article)):
        raise NotFound(N_("There is no article “{name}”."), N_("Name it by its id or its slug."), name=article)
    made = room.workspace.merge([lineage, *others], editor=visitor.editor, article=article, reason=reason)
    room.handled(visitor, lineage, found.candidate.phrasings[0], "merge", made)


def _split(room: Room, visitor: Visitor, lineage: str, threads: list[str], reason: str) -> None:
    found = room.case(lineage, visitor)
    made = room.workspace.split(lineage, threads, editor=visitor.editor, reason=reason)
    room.handled(visitor, lineage, found.candidate.phrasings[0], "split", made)


def _undo(room: Room, visitor: Visitor, lineage: str) -> None:
    found = room.case(lineage, visitor)
    made = room.workspace.undo(lineage, editor=visitor.editor)
    room.handled(visitor, lineage, found.candidate.phrasings[0], "undo", made)


# -- arranging ----------------------------------------------------------------------------------------------------


def _arranging(desk: APIRouter, room: Room) -> None:
    do, may = room.service.people.do, room.may

    @desk.post("/candidates/{lineage}/claim", dependencies=may("decide"))
    async def claim(request: Request, lineage: str) -> Response:
        visitor, mine = visitor_of(request), bool(await field(request, "mine"))
        await room.service.do(room.case, lineage, visitor)
        people = room.parts.people
        if mine:
            await do(people.claim, lineage, visitor.person.id, room.parts.clock())
        else:
            await do(people.unclaim, lineage)
        return _back(request, lineage, "claimed" if mine else "released", await field(request, "of", 1000))

    @desk.post("/candidates/{lineage}/defer", dependencies=may("decide"))
    async def defer(request: Request, lineage: str) -> Response:
        visitor, place = visitor_of(request), await _place(request)
        await room.service.do(room.case, lineage, visitor)
        until, reason = await field(request, "until"), squeeze(await field(request, "reason", LETTER))
        day = _day(until)
        if day <= room.parts.clock()[:10]:
            await do(room.parts.people.undefer, lineage)
            return _back(request, lineage, "changed", await field(request, "of", 1000))
        await do(
            room.parts.people.defer, Deferred(target=lineage, person=visitor.person.id, until=day, reason=reason)
        )
        return await room.on(request, lineage, "deferred", place)

    @desk.post("/candidates/{lineage}/ask", dependencies=may("write"))
    async def ask(request: Request, lineage: str) -> Response:
        visitor = visitor_of(request)
        await room.service.do(room.case, lineage, visitor)
        text, recipient = squeeze(await field(request, "text", LETTER)), await field(request, "recipient")
        if not text or await do(room.parts.people.person, id=recipient) is None:
            raise NotFound(
                N_("There is nobody to ask, or no question."), N_("Choose a colleague and write what to look at.")
            )
        note = Note(target=lineage, person=visitor.person.id, recipient=recipient, text=text, time=room.parts.clock())
        await do(room.parts.people.ask, note)
        return _back(request, lineage, "asked", await field(request, "of", 1000))

    @desk.post("/notes/{number}", dependencies=may("see"))
    async def answer(request: Request, number: int) -> Response:
        await do(room.parts.people.answer_note, number, visitor_of(request).person.id, room.parts.clock())
        return go(request, PATH, done="changed")


def _back(request: Request, lineage: str, done: str, of: str) -> Response:
    view = View.read(of).written()
    return go(request, f"/desk/candidates/{lineage}", done=done, **({"of": view} if view else {}))


def _day(written: str) -> str:
    try:
        return datetime.fromisoformat(written).strftime("%Y-%m-%d")
    except ValueError:
        raise Conflict(N_("“{value}” is no date like 2026-11-23 or 23.11.2026"), value=written[:40]) from None
