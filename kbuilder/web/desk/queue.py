"""The queue, each candidate, and the verdicts on it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kbuilder.errors import Denied, KBError, NotFound, Said
from kbuilder.publish.knowledge import SHOWN
from kbuilder.records import Article, Candidate, Decision, Draft, Refusal, State
from kbuilder.redact import redact
from kbuilder.review import standing, verdicts
from kbuilder.review.queue import Item
from kbuilder.store.people import Deferred, Handled, Note, Person
from kbuilder.text import N_, fold, products_of, squeeze, utc
from kbuilder.texts import translator
from kbuilder.web.desk import candidate as shown
from kbuilder.web.desk.access import PATH, Reach, Visitor, gate, visitor_of
from kbuilder.web.desk.diff import kept
from kbuilder.web.desk.forms import LETTER, TEXT, field, fields
from kbuilder.web.desk.pages import Desk, go
from kbuilder.web.desk.shelf import KINDS, Shelf, View, after, is_later, key, views_of
from kbuilder.web.desk.unsaved import Unsaved
from kbuilder.web.pages import language_of
from kbuilder.web.service import Service
from kbuilder.workspace import people as everyone
from kbuilder.workspace import pictures, pushing, reviewing, rights
from kbuilder.workspace.reviewing import Faulty
from kbuilder.workspace.rights import NAMES

PAGE = 50
HERE = timedelta(seconds=50)
"""Since when someone must have been seen to be here."""
SEVERAL = 6
"""Titles that are named where a beginning means several, at most."""
T = TypeVar("T")
_ID = re.compile(r"[a-z2-7]{12}")
_ADDRESS = re.compile(r"/desk/(candidates|articles)/([a-z2-7]{12})\b")


def router(room: Room) -> APIRouter:
    """The routes of the queue and of candidates."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    _looking(desk, room)
    _deciding(desk, room)
    _arranging(desk, room)
    return desk


class Overtaken(Exception):
    """The verdict that was to be taken back is not the last any more."""


class Room:
    """What the routes share."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.workspace = service.workspace
        self.parts = service.workspace.parts
        self.desk = Desk(service)
        self.shelf = Shelf(service.workspace)
        self.unsaved = Unsaved(service.workspace)
        self.may = gate(service)

    def waiting(self, view: View, visitor: Visitor) -> list[Item]:
        return self.shelf.seen(view, visitor, self.parts.clock())

    def case(self, lineage: str, visitor: Visitor) -> shown.Material:
        """A candidate that the visitor may see.

        Raises:
            NotFound: there is none of this name for them.
        """
        articles = [each for each in self.workspace.articles() if visitor.reaches(each)]
        found = shown.material(self.workspace, lineage, self.shelf.waiting(lineage, visitor), articles)
        language = found.candidate.language
        threads = [each for each in found.threads if visitor.reaches(Reach(each.audience, language))]
        if not may_see(visitor.person, found):
            raise NotFound(
                N_("There is no candidate {lineage}."),
                N_("List those that wait with: kbuilder review list"),
                lineage=lineage,
            )
        return replace(found, threads=threads)

    def named(self, written: str, visitor: Visitor) -> tuple[str, str]:
        """What an address at the desk, an id, or the beginning of a title means, as :func:`named_by`.

        Raises:
            NotFound: nothing that the visitor may see is called so, or more than one thing is.
        """
        known, begun = named_by(written), fold(squeeze(written))
        if _ID.fullmatch(known[1]):
            return known
        articles = [each for each in self.workspace.articles() if each.state != "archived" and visitor.reaches(each)]
        waiting = [each for each in self.shelf.reached(visitor) if not each.article and each.kind != "asked"]
        found = {("articles", each.id): each.title for each in articles if fold(each.title).startswith(begun)}
        found |= {("candidates", each.lineage): each.title for each in waiting if fold(each.title).startswith(begun)}
        exact = [name for name, title in found.items() if fold(squeeze(title)) == begun]
        if len(exact) == 1 or len(found) == 1:
            return (exact or [*found])[0]
        if not found:
            raise NotFound(
                N_("No candidate and no article has a title that begins with “{title}”."),
                N_("Write how its title begins, or copy its address from the browser."),
                title=squeeze(written),
            )
        raise NotFound(
            N_("Several begin with “{title}”: {titles}"),
            N_("Write more of the title, or copy the address from the browser."),
            title=squeeze(written),
            titles=", ".join(f"“{redact(each).text}”" for each in [*found.values()][:SEVERAL]),
        )

    def title_of(self, lineage: str, visitor: Visitor) -> str:
        """What a candidate's draft is called; ``""``: the visitor may see none of this name."""
        draft = self.workspace.generation.drafts.get(lineage)
        return draft.title if isinstance(draft, Draft) and visitor.reaches(draft) else ""

    def merged(self, decision: Decision, visitor: Visitor, language: str) -> dict[str, str]:
        """What stands for each candidate that went into another by a verdict, and its title.

        Args:
            language: of what it went into.

        Returns:
            By thread, ``""`` for a title that is gone, or that the visitor may not see.
        """
        threads = {name: self.parts.database.thread(name) for name in decision.merged}
        return {
            name: redact(each.title).text
            if each and visitor.reaches(Reach(each.audience, each.language or language))
            else ""
            for name, each in threads.items()
        }

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

    def state_of(self, article: Article, visitor: Visitor) -> State:
        """The state of an article that the visitor changes: who may not publish shows readers nothing new by it."""
        hidden = article.state == "archived" or (article.state == "draft" and self.has_two_steps())
        return article.state if hidden and not visitor.may("publish") else "validated"

    def has_two_steps(self) -> bool:
        return self.parts.config().desk.steps == 2

    def awaits(self, article: Article, visitor: Visitor) -> bool:
        """Whether a change of the visitor's awaits publication: readers see the article, and another publishes."""
        return article.state in SHOWN and self.has_two_steps() and not visitor.may("publish")

    def keeps_its_words(self, name: str, visitor: Visitor) -> bool:
        """Whether an article, if there is one of this name for the visitor, is not theirs to change at once."""
        every = self.workspace.articles() if name else []
        found = (each for each in every if name in (each.id, each.slug) and visitor.reaches(each))
        return any(self.awaits(each, visitor) for each in found)

    def see_that_it_may_change(self, article: Article, visitor: Visitor) -> None:
        """Make sure that readers may see at once what the visitor does to an article.

        Raises:
            Denied: its change awaits publication.
        """
        if self.awaits(article, visitor):
            raise Denied(
                N_("Readers see “{title}”: what changes its words awaits publication."),
                N_("Edit it, and your change is handed in; or ask a publisher."),
                title=article.title,
            )

    def undo(self, target: str, visitor: Visitor, verdict: str = "") -> Decision:
        """Take the last verdict on a candidate or article back.

        Args:
            verdict: the id of the one that the visitor was told of; ``""``: not asked.

        Raises:
            Overtaken: another is the last by now.
            Denied: that would bring back what a publisher has retired, or change what readers see.
        """
        taken = reviewing.last(self.parts, target)
        if verdict and taken.id != verdict:
            raise Overtaken
        article = next((each for each in self.workspace.articles() if each.id == taken.article), None)
        if article and verdicts.effect_of_undo(taken) != "nothing":
            self.see_that_it_may_change(article, visitor)
        if taken.verdict == "expire" and taken.article and not visitor.may("publish"):
            raise Denied(
                N_("Your role does not allow this."),
                N_("Ask whoever administers the desk for the role: {role}"),
                role=Said(NAMES["publisher"]),
            )
        return self.workspace.undo(taken.id, editor=visitor.editor)

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


def may_see(person: Person, found: shown.Material) -> bool:
    """Whether someone's rights reach a candidate: its draft, and one of its threads."""
    drafted = not isinstance(found.draft, Draft) or rights.reaches(person, found.draft.audience, found.draft.language)
    language = found.candidate.language
    reached = (rights.reaches(person, each.audience, language) for each in found.threads)
    return drafted and (not found.threads or any(reached))


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
        last = request.query_params.get("last", "")
        values["about"] = await room.service.do(room.title_of, last, visitor)
        values["last_verdict"] = await room.service.do(_decided, room, last) if values["about"] else None
        put_off = await room.service.people.do(room.parts.people.deferred)
        values["last_put_off"] = bool(values["about"]) and last in put_off
        return await room.desk.page(request, "candidate.html", view=view, lineage=lineage, **values)

    @desk.post("/candidates/{lineage}/here", dependencies=room.may("see"))
    async def here(request: Request, lineage: str) -> Response:
        await room.service.do(room.case, lineage, visitor_of(request))
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
        "unsaved": room.unsaved.own(visitor) if visitor.session else [],
        "handed_in": room.unsaved.handed_in(visitor) if visitor.session else [],
        "names": names,
        "asked": [each for each in room.parts.people.notes(recipient=visitor.person.id) if not each.done],
        "late": pushing.behind(room.parts) if visitor.may("decide") else None,
        "config": room.parts.config(),
    }


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
    members = shown.members(found.threads, cited, found.candidate.parting)
    last = None if found.item else _decided(room, lineage)
    decided = _settling(room, last) if last else None
    spans = reviewing.spans(room.parts, draft.sources, found.threads) if draft else {}
    return {
        "config": found.config,
        "candidate": found.candidate,
        "item": found.item,
        "draft": draft,
        "refusal": found.draft if isinstance(found.draft, Refusal) else None,
        "article": found.article,
        "kinds": KINDS,
        "html": shown.text_html(article, spans, say, draft.marks, room.picture) if article and draft else "",
        "sources": cited,
        "lacking": [each.told(say) for each in reviewing.lacking(draft.sources, found.config)] if draft else [],
        "members": members,
        "cut": shown.cut(members, found.candidate.parting, found.candidate.language),
        "similar": room.shelf.alike(found.candidate, found.articles, visitor),
        "related": reviewing.related(found.candidate, found.draft.audience, found.articles),
        "place": place,
        "count": len(items),
        "before": items[place - 1] if place > 0 else None,
        "following": after(items, lineage, max(place, 0)),
        "address": address,
        "others": room.here(lineage, visitor),
        "claimed": room.parts.people.claims().get(lineage, ""),
        "deferred": room.parts.people.deferred().get(lineage),
        "colleagues": [each for each in everybody if each.id != visitor.person.id and may_see(each, found)],
        "names": {each.id: each.name for each in everybody},
        "notes": room.parts.people.notes(target=lineage),
        "decided": decided,
        "can_be_taken_back": decided == last,
        "met": _met(room, decided, found.candidate, visitor) if decided else [],
        "work": work,
        "today": room.parts.clock()[:10],
    }


def _settling(room: Room, last: Decision) -> Decision:
    """The verdict because of which a candidate does not wait: none by which its article was changed since."""
    decisions = standing.standing(room.parts.decided.decisions(room.parts.head()))
    found = [each for each in decisions if each.article == last.article and (each.draft or each.verdict != "edit")]
    return found[-1] if found and last.article and last.verdict == "edit" else last


def _decided(room: Room, lineage: str) -> Decision | None:
    """The last verdict on a candidate, or on the article that it became."""
    try:
        return reviewing.last(room.parts, lineage)
    except NotFound:
        return None


def _met(room: Room, decided: Decision, candidate: Candidate, visitor: Visitor) -> list[tuple[str, str]]:
    """What a verdict merged a candidate with: the title of each, and where it is looked at."""
    articles = [each for each in room.workspace.articles() if each.id == decided.article and visitor.reaches(each)]
    found = [(each.title, f"/desk/articles/{each.id}") for each in articles if each.lineage != candidate.lineage]
    if not found and decided.joins and decided.lineage != candidate.lineage:
        found = [(room.title_of(decided.lineage, visitor), f"/desk/candidates/{decided.lineage}")]
    merged = room.merged(decided, visitor, candidate.language)
    found += [(title, "") for thread, title in merged.items() if thread != candidate.representative]
    return [each for each in found if each[0]]


# -- deciding -----------------------------------------------------------------------------------------------------


def _deciding(desk: APIRouter, room: Room) -> None:
    do, may = room.service.do, room.may

    @desk.post("/candidates/{lineage}/approve", dependencies=may("decide"))
    async def approve_draft(request: Request, lineage: str) -> Response:
        visitor, seen = visitor_of(request), await field(request, "seen")
        title, body = await field(request, "title"), await field(request, "body", TEXT)
        place = await _place(request)
        try:
            state = await do(approve, room, visitor, lineage, seen, title, body)
        except Faulty:
            return go(request, f"/desk/candidates/{lineage}/edit", done="faulty")
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
        written = [each for each in await fields(request, "with") if each.strip()]
        named = [await do(room.named, each, visitor) for each in written]
        others = [name for kind, name in named if kind == "candidates"]
        articles = [name for kind, name in named if kind == "articles"]
        article = _one_article([await field(request, "article"), *articles])
        if await field(request, "choose"):
            fixed = await do(room.keeps_its_words, article, visitor)
            if fixed:
                return _back(request, lineage, "publishers-choice", await field(request, "of", 1000))
            return _choose(request, lineage, others, article, View.read(await field(request, "of", 1000)))
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
        try:
            await do(_undo, room, visitor_of(request), lineage, await field(request, "verdict"))
        except Overtaken:
            return go(request, f"/desk/candidates/{lineage}", done="overtaken")
        return go(request, f"/desk/candidates/{lineage}", done="undone")


def _one_article(names: list[str]) -> str:
    """The article that a merge goes into; ``""``: into none.

    Raises:
        KBError: there are two.
    """
    articles = [*dict.fromkeys(name for name in names if name)]
    if len(articles) > 1:
        raise KBError(
            N_("A merge goes into one article, and this names several."),
            N_("Name the one that stays; retiring another is a decision of its own."),
        )
    return "".join(articles)


def _choose(request: Request, lineage: str, others: list[str], article: str, view: View) -> Response:
    """To where one chooses what is kept of this candidate and one other, or an article.

    Raises:
        KBError: it is not one.
    """
    if len(others) + bool(article) != 1:
        raise KBError(
            N_("What to keep is chosen between two."),
            N_("Tick one candidate or article, or merge them as they are: their draft comes with the next build."),
        )
    into = f"/desk/articles/{article}" if article else others[0]
    return go(request, f"/desk/candidates/{lineage}/keep?{urlencode({'into': into, 'of': view.written()})}")


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
    return article.state


def _reject(room: Room, visitor: Visitor, lineage: str, reason: str) -> None:
    found = room.case(lineage, visitor)
    made = room.workspace.reject(lineage, editor=visitor.editor, reason=reason)
    room.handled(visitor, lineage, found.title, "reject", made)


def _merge(room: Room, visitor: Visitor, lineage: str, others: list[str], article: str, reason: str) -> None:
    found = room.case(lineage, visitor)
    for other in others:
        room.case(other, visitor)
    if article and not visitor.reaches(room.parts.decided.article(room.parts.head(), article)):
        raise NotFound(N_("There is no article “{name}”."), N_("Name it by its id or its slug."), name=article)
    made = room.workspace.merge([lineage, *others], editor=visitor.editor, article=article, reason=reason)
    room.handled(visitor, lineage, found.title, "merge", made)


def _split(room: Room, visitor: Visitor, lineage: str, threads: list[str], reason: str) -> None:
    found = room.case(lineage, visitor)
    made = room.workspace.split(lineage, threads, editor=visitor.editor, reason=reason)
    room.handled(visitor, lineage, found.title, "split", made)


def _undo(room: Room, visitor: Visitor, lineage: str, verdict: str) -> None:
    found = room.case(lineage, visitor)
    made = room.undo(lineage, visitor, verdict)
    room.handled(visitor, lineage, found.title, "undo", made)


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
        day = _day(until) if until else ""
        if day <= room.parts.clock()[:10]:
            await do(room.parts.people.undefer, lineage)
            return _back(request, lineage, "changed" if day else "undone", await field(request, "of", 1000))
        await do(
            room.parts.people.defer, Deferred(target=lineage, person=visitor.person.id, until=day, reason=reason)
        )
        return await room.on(request, lineage, "deferred", place)

    @desk.post("/candidates/{lineage}/ask", dependencies=may("write"))
    async def ask(request: Request, lineage: str) -> Response:
        visitor = visitor_of(request)
        found = await room.service.do(room.case, lineage, visitor)
        text, recipient = squeeze(await field(request, "text", LETTER)), await field(request, "recipient")
        asked = await do(room.parts.people.person, id=recipient)
        if not text or asked is None or asked.disabled:
            raise KBError(
                N_("There is nobody to ask, or no question."), N_("Choose a colleague and write what to look at.")
            )
        if not may_see(asked, found):
            raise Denied(
                N_("{name} may not see this candidate: it is outside their audiences or languages."),
                N_("Ask a colleague whom the list names, or let whoever administers the desk widen their rights."),
                name=asked.name,
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
        raise KBError(N_("“{value}” is no date like 2026-11-23 or 23.11.2026"), value=written[:40]) from None
