"""Articles: the list, one of them, its history, and what its sources say now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.errors import Denied, KBError, NotFound, told
from kbuilder.publish import withdrawn
from kbuilder.records import Article, Decision, Post
from kbuilder.redact import redact
from kbuilder.review import provenance, standing, verdicts
from kbuilder.review.happened import TRANSLATIONS, happened
from kbuilder.store.database import Event
from kbuilder.store.people import Work
from kbuilder.text import N_, fold, printable, products_of, sentences, slug, squeeze, utc
from kbuilder.texts import Translate, translator
from kbuilder.web.desk import candidate as shown
from kbuilder.web.desk import diff
from kbuilder.web.desk.access import PATH, Reach, Visitor, visitor_of
from kbuilder.web.desk.editing import again
from kbuilder.web.desk.forms import LETTER, UNPROCESSABLE, field, until
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Overtaken, Room, cut
from kbuilder.web.desk.shelf import KINDS as WHAT
from kbuilder.web.desk.shelf import View
from kbuilder.web.desk.texts import KINDS, article_for, text_of_article
from kbuilder.web.pages import language_of
from kbuilder.workspace import contacts, flags, proposals, publishing, reviewing, translating, writing
from kbuilder.workspace.facts import AUTHOR as KBUILDER
from kbuilder.workspace.reviewing import Faulty
from kbuilder.workspace.writing import Revision

STATES = {
    "draft": N_("Awaits publication"),
    "not-validated": N_("Not validated"),
    "validated": N_("Validated"),
    "archived": N_("Archived"),
}
UNDOING = {
    ("remove", False): N_("The article goes; the candidate that it was made of waits again."),
    ("remove", True): N_("The article goes; the candidates that it was made of wait again."),
    ("restore", False): N_("The article is again as it was before."),
    ("restore", True): N_("The article is again as it was before; what was merged with it waits again."),
    ("nothing", False): N_("The text stays; what was decided counts no more."),
    ("nothing", True): N_("The text stays; what was merged with it waits again."),
}
"""What taking a verdict back does to the article, by whether it merged something."""
CHANGEABLE = ("validated", "not-validated")
"""States between which an editor may change."""
_MINUTE = len("2024-01-01T23:30")
"""Characters of a time to the minute."""
_NEAR = 0.3
"""The least likeness of what is shown as what a sentence's source says now."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A sentence of an article whose source is no longer what it was."""

    sentence: str
    state: str
    """``changed`` or ``gone``."""
    url: str
    pieces: list[diff.Piece]
    """From the sentence to what the source says now; empty where nothing is like it."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an article, and what an editor is told of it."""

    revision: Revision
    who: str
    what: tuple[str, ...]
    why: str = ""
    by_hand: str = ""
    """What its commit says, where it was made in git and not by a verdict."""


def router(room: Room) -> APIRouter:
    """The routes of articles."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    _looking(desk, room)
    _rolling_back(desk, room)
    _changing(desk, room)
    return desk


def _looking(desk: APIRouter, room: Room) -> None:
    do, may = room.service.do, room.may

    @desk.get("/articles", dependencies=may("see"))
    async def listed(
        request: Request,
        words: Annotated[str, Query(max_length=100)] = "",
        language: str = "",
        state: str = "",
        page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    ) -> Response:
        found = await do(_listed, room, visitor_of(request), words, language, state)
        page_items, pages = cut(found, page)
        say = translator(language_of(request))
        handed_in = await do(room.unsaved.handed_in, visitor_of(request)) if visitor_of(request).session else []
        broken = await do(_broken, room, say) if visitor_of(request).may("decide") else []
        return await room.desk.page(
            request,
            "articles.html",
            handed_in={work.about for work, _ in handed_in},
            broken=broken,
            articles=page_items,
            count=len(found),
            page=min(page, pages),
            pages=pages,
            asked={"words": words, "language": language, "state": state},
            states=STATES,
            kinds=KINDS,
        )

    @desk.get("/translations", dependencies=may("see"))
    async def translations(request: Request) -> Response:
        found = await do(translating.pairs, room.workspace.articles())
        reached = [each for each in found if visitor_of(request).reaches(each.translation)]
        return await room.desk.page(request, "translations.html", pairs=reached)

    @desk.get("/articles/{name}", dependencies=may("see"))
    async def one(request: Request, name: str, of: Annotated[str, Query(max_length=1000)] = "") -> Response:
        say = translator(language_of(request))
        values = await do(_one, room, name, visitor_of(request), say)
        values["of"] = View.read(of).written()
        return await room.desk.page(request, "article.html", states=STATES, kinds=KINDS, **values)

    @desk.get("/articles/{name}/history", dependencies=may("see"))
    async def history(request: Request, name: str, old: str = "", new: str = "") -> Response:
        say = translator(language_of(request))
        values = await do(_history, room, name, visitor_of(request), old, new, say)
        return await room.desk.page(request, "history.html", **values)

    @desk.get("/articles/{name}/sources", dependencies=may("see"))
    async def sources(request: Request, name: str) -> Response:
        say = translator(language_of(request))
        values = await do(_sources, room, name, visitor_of(request), say)
        return await room.desk.page(request, "sources.html", kinds=WHAT, **values)


def _listed(room: Room, visitor: Visitor, words: str, language: str, state: str) -> list[Article]:
    asked = fold(words).split()
    found = [
        each
        for each in room.workspace.articles()
        if visitor.reaches(each)
        and language in ("", each.language)
        and state in ("", each.state)
        and all(word in fold(f"{each.title} {each.slug} {each.product} {' '.join(each.tags)}") for word in asked)
    ]
    return sorted(found, key=lambda each: (each.updated, each.id), reverse=True)


def _broken(room: Room, say: Translate) -> list[tuple[str, str, str]]:
    """Place, fault and what to do of each file that somebody put among the articles and that is none."""
    found = room.parts.decided.broken(room.parts.head())
    return [(each.place, told(each.message, each.values, say), told(each.hint, each.values, say)) for each in found]


def _one(room: Room, name: str, visitor: Visitor, say: Translate) -> dict[str, Any]:
    article = article_for(room, name, visitor)
    posts = _posts(room, article)
    config = room.parts.config()
    states = withdrawn.read(room.parts.head())
    known = translating.by_id(room.workspace.articles())
    return {
        "config": config,
        "article": article,
        "html": shown.text_html(article, reviewing.spans(room.parts, article.sources), say, picture=room.picture),
        "sources": shown.sources(article, posts, config),
        "translated": [each for each in translating.of(article, known) if visitor.reaches(each)],
        "behind": translating.is_behind(article, translating.original(article, known)),
        "audiences": [each for each in sorted(config.audience) if visitor.reaches(Reach(each, article.language))],
        "waits": publishing.waits(room.parts, article),
        "stale": any(each.post in states for each in article.sources.values()),
        "flags": _flags(room, article),
        "contacts": contacts.answered_by(room.parts, article),
        "last": _last(room, article, visitor),
        "handed_in": room.unsaved.changes(article, visitor) if visitor.session else [],
        "names": {each.id: each.name for each in room.parts.people.people()},
        "work": _begun(room, article, visitor) if visitor.session else None,
        "others": room.here(article.id, visitor),
    }


def _begun(room: Room, article: Article, visitor: Visitor) -> Work | None:
    """What the visitor began to write on it, or on the candidate that it was."""
    found = (room.parts.people.work(visitor.person.id, each) for each in (article.id, article.lineage) if each)
    return next((each for each in found if each), None)


def _last(room: Room, article: Article, visitor: Visitor) -> tuple[Decision, str, list[str]] | None:
    """The verdict that the visitor may take back, what that does to the article, and titles of what it merged."""
    try:
        found = standing.last(room.parts.decided.decisions(room.parts.head()), article.id)
    except NotFound:
        return None
    effect = verdicts.effect_of_undo(found)
    if effect != "nothing" and room.awaits(article, visitor):
        return None
    merged = room.merged(found, visitor, article.language)
    return found, UNDOING[effect, bool(merged)], [each for each in merged.values() if each]


def _flags(room: Room, article: Article) -> list[Event]:
    """What readers say of an article, and no verdict has answered yet; the newest first."""
    tree = room.parts.head()
    found = flags.waiting(room.parts, tree, [article], room.parts.decided.decisions(tree))
    return found.get(article.id, [])[::-1]


def _posts(room: Room, article: Article) -> dict[str, Post]:
    found = (room.parts.database.thread(each) for each in sorted(article.cited))
    return {post.id: post for thread in found if thread for post in thread.posts}


def _history(room: Room, name: str, visitor: Visitor, old: str, new: str, say: Translate) -> dict[str, Any]:
    article = article_for(room, name, visitor)
    revisions = writing.history(room.parts, article)
    by_commit = {each.commit: each for each in revisions}
    later = by_commit.get(new, revisions[0])
    place = revisions.index(later)
    earlier = by_commit.get(old, revisions[min(place + 1, len(revisions) - 1)])
    return {
        "article": article,
        "versions": [_version(room, visitor, revisions[number:], say) for number in range(len(revisions))],
        "earlier": earlier,
        "later": later,
        "exact": len({each.time[:_MINUTE] for each in revisions}) < len(revisions),
        "title_pieces": diff.words(earlier.article.title, later.article.title),
        "body_pieces": diff.words(earlier.article.body, later.article.body),
        "fields": list(_fields(earlier.article, later.article, say)),
        "awaits": room.awaits(article, visitor),
    }


def _version(room: Room, visitor: Visitor, revisions: Sequence[Revision], say: Translate) -> Version:
    """What is told of the first of some versions, after which come those that are older."""
    first, older = revisions[0], [each.article for each in revisions[1:]]
    what = happened(first.article, older[0] if older else None, first.decision, older)
    told = tuple(each.told(say) for each in what)
    who = printable(first.author.partition(" <")[0])
    if first.decision:
        titles = room.merged(first.decision, visitor, first.article.language).values()
        merged = tuple(_merged(printable(each), say) for each in titles)
        return Version(first, who, merged + told, why=printable(first.decision.reason))
    follows = [each.message for each in what] == [TRANSLATIONS]
    ours = first.ours and (follows or first.author.startswith(f"{KBUILDER} <"))
    return Version(first, who, told, by_hand="" if ours else printable(first.message.partition("\n")[0]))


def _merged(title: str, say: Translate) -> str:
    return say(N_("Merged with “{title}”")).format(title=title) if title else say(N_("Merged with a candidate"))


def _fields(old: Article, new: Article, say: Translate) -> Iterator[tuple[str, str, str]]:
    """What differs beside title and text: what it is called, before, after."""
    rows = (
        (N_("Address"), old.slug, new.slug),
        (N_("State"), say(STATES[old.state]), say(STATES[new.state])),
        (N_("Products"), old.product, new.product),
        (N_("Topics"), ", ".join(old.tags), ", ".join(new.tags)),
    )
    return ((say(name), before, after) for name, before, after in rows if before != after)


def _sources(room: Room, name: str, visitor: Visitor, say: Translate) -> dict[str, Any]:
    """What there is to do about an article; the article of a reason only where the visitor may see it."""
    article = article_for(room, name, visitor)
    found = proposals.of_article(room.parts, room.parts.head(), article)
    reasons, additions = found
    articles = {each.id: each for each in room.workspace.articles()}
    threads = (room.parts.database.thread(name) for name in sorted({each.thread for each in additions}))
    return {
        "article": article,
        "config": room.parts.config(),
        "html": shown.text_html(article, reviewing.spans(room.parts, article.sources), say, picture=room.picture),
        "awaits": room.awaits(article, visitor),
        "suggested": _suggested(article, room.parts.clock()),
        "changed": list(_changed(room, article)),
        "flags": _flags(room, article),
        "reasons": [each for each in reasons if not each.article or visitor.reaches(articles[each.article])],
        "additions": additions,
        "to_take": proposals.to_take(additions),
        "proposed": proposals.version(found),
        "places": {post.id: post.url or thread.url for thread in threads if thread for post in thread.posts},
    }


def _suggested(article: Article, now: str) -> str:
    """When to look at an article again: after as long as it was to hold before; ``""``: it was to for good."""
    if not article.valid_until:
        return ""
    held = datetime.fromisoformat(article.valid_until) - datetime.fromisoformat(article.verified or article.created)
    return utc(datetime.fromisoformat(now) + timedelta(days=max(held.days, 1)))


def _changed(room: Room, article: Article) -> Iterator[Changed]:
    """The sentences that rest on something that has changed, beside what it says now."""
    posts = _posts(room, article)
    states = withdrawn.read(room.parts.head())
    for statement in provenance.statements(article.body):
        for citation in [article.sources[key] for key in statement.keys if key in article.sources]:
            state = states.get(citation.post)
            if state:
                now = _nearest(statement.text, posts.get(citation.post))
                pieces = diff.words(statement.text, now) if now else []
                yield Changed(statement.text, state, citation.url, pieces)


def _nearest(sentence: str, post: Post | None) -> str:
    """What a post says now that is most like a sentence; ``""``: nothing is."""
    if post is None:
        return ""
    text = redact(post.body).text
    spans = [squeeze(text[start:end]) for start, end in sentences(text)]
    scored = [(SequenceMatcher(None, sentence, span, autojunk=False).ratio(), span) for span in spans if span]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= _NEAR else ""


def _rolling_back(desk: APIRouter, room: Room) -> None:
    do, may = room.service.do, room.may

    @desk.post("/articles/{name}/restore", dependencies=may("decide"))
    async def restore(request: Request, name: str) -> Response:
        visitor, seen, commit = visitor_of(request), await field(request, "seen"), await field(request, "commit")
        try:
            await do(_restore, room, name, visitor, seen, commit)
        except Faulty as error:
            text = await do(text_of_article, room, name, visitor)
            old = await do(_old, room, text.target, commit)
            return await again(room, request, text, old.title, old.body, error)
        return go(request, f"/desk/articles/{name}", done="restored")


def _changing(desk: APIRouter, room: Room) -> None:
    do, may = room.service.do, room.may

    @desk.post("/articles/{name}/rename", dependencies=may("decide"))
    async def rename(request: Request, name: str) -> Response:
        seen = await field(request, "seen")
        done = await do(_rename, room, name, visitor_of(request), seen, await field(request, "slug"))
        return go(request, f"/desk/articles/{name}", done=done)

    @desk.post("/articles/{name}/retire", dependencies=may("publish"))
    async def retire(request: Request, name: str) -> Response:
        await do(_retire, room, name, visitor_of(request), squeeze(await field(request, "reason", LETTER)))
        return go(request, f"/desk/articles/{name}", done="retired")

    @desk.post("/articles/{name}/publish", dependencies=may("publish"))
    async def publish(request: Request, name: str) -> Response:
        try:
            await do(_publish, room, name, visitor_of(request), await field(request, "seen"))
        except Faulty:
            return go(request, f"/desk/articles/{name}/edit", done="faulty")
        return go(request, f"/desk/articles/{name}", done="published")

    @desk.post("/articles/{name}/details", dependencies=may("decide"))
    async def details(request: Request, name: str) -> Response:
        zone = (await room.service.config()).zone
        values = {
            "valid_until": await until(request, "until", zone),
            "product": ", ".join(products_of(await field(request, "product"))),
            "tags": products_of(await field(request, "tags")),
        }
        asked = {each: await field(request, each) for each in ("seen", "state", "audience")}
        await do(_details, room, name, visitor_of(request), values, **asked)
        return go(request, f"/desk/articles/{name}", done="saved")

    @desk.post("/articles/{name}/still-right", dependencies=may("decide"))
    async def still_right(request: Request, name: str) -> Response:
        day = await until(request, "until", (await room.service.config()).zone)
        await do(_still_right, room, name, visitor_of(request), await _looked_at(request), day)
        return go(request, f"/desk/articles/{name}", done="saved")

    @desk.post("/articles/{name}/accept", dependencies=may("decide"))
    async def accept(request: Request, name: str) -> Response:
        await do(_accept, room, name, visitor_of(request), await _looked_at(request))
        return go(request, f"/desk/articles/{name}", done="saved")

    @desk.post("/articles/{name}/undo", dependencies=may("decide"))
    async def undo(request: Request, name: str) -> Response:
        page, done = await do(_undo, room, name, visitor_of(request), await field(request, "verdict"))
        return go(request, page, done=done)


def _as_seen(room: Room, name: str, visitor: Visitor, seen: str) -> Article:
    """An article that the visitor may see, and that is the one that they looked at.

    Raises:
        Conflict: somebody changed it meanwhile.
    """
    article = article_for(room, name, visitor)
    verdicts.unchanged(article, seen)
    return article


def _restore(room: Room, name: str, visitor: Visitor, seen: str, commit: str) -> None:
    article = _as_seen(room, name, visitor, seen)
    room.see_that_it_may_change(article, visitor)
    if commit not in {each.commit for each in writing.history(room.parts, article)}:
        raise NotFound(N_("There is no such version of “{title}”."), title=article.title)
    new = writing.restore(room.parts, article.id, commit, visitor.editor)
    room.handled(visitor, article.id, new.title, "restore")


def _old(room: Room, name: str, commit: str) -> Article:
    return writing.version(room.parts, writing.find(room.parts, name), commit)


def _rename(room: Room, name: str, visitor: Visitor, seen: str, wanted: str) -> str:
    """Give an article another address; what is to be said of it."""
    article = _as_seen(room, name, visitor, seen)
    new = writing.rename(room.parts, article.id, wanted, visitor.editor)
    room.handled(visitor, article.id, article.title, "rename")
    return "renamed" if new.slug == slug(wanted) else "renamed-apart"


def _retire(room: Room, name: str, visitor: Visitor, reason: str) -> None:
    article = article_for(room, name, visitor)
    made = room.workspace.expire(article.id, editor=visitor.editor, reason=reason)
    room.handled(visitor, article.id, article.title, "expire", made)


def _publish(room: Room, name: str, visitor: Visitor, seen: str) -> None:
    article = article_for(room, name, visitor)
    if not seen:  # nothing is published that nobody looked at
        raise HTTPException(UNPROCESSABLE)
    now = room.parts.clock()
    writing.revise(room.parts, article.id, visitor.editor, why="publish", seen=seen, state="validated", verified=now)
    room.handled(visitor, article.id, article.title, "publish")


def _details(
    room: Room, name: str, visitor: Visitor, values: dict[str, Any], *, seen: str, state: str, audience: str
) -> None:
    """Keep what is said about an article beside its text; between validated and not, readers go on seeing it."""
    article = article_for(room, name, visitor)
    _see_that_it_is_to_come(room, article, values["valid_until"])
    if audience and audience != article.audience:
        _see_that_it_may_be_for(room, article, visitor, audience)
        values["audience"] = audience
    if state in CHANGEABLE and article.state in CHANGEABLE:
        values["state"] = state
        values["verified"] = room.parts.clock() if state == "validated" != article.state else article.verified
    changed = ", ".join(each for each in values if values[each] != getattr(article, each))
    if changed:
        writing.revise(room.parts, article.id, visitor.editor, why=changed, seen=seen, **values)
        room.handled(visitor, article.id, article.title, "edit")


def _see_that_it_may_be_for(room: Room, article: Article, visitor: Visitor, audience: str) -> None:
    """Make sure that an article may be given to other readers.

    Raises:
        Denied: the visitor's rights end before them, its change awaits publication, or a source is not for them.
    """
    if audience not in room.parts.config().audience:
        raise HTTPException(UNPROCESSABLE)
    if not visitor.reaches(Reach(audience, article.language)):
        raise Denied(N_("Your rights do not reach this audience or language."), N_("Choose another one."))
    room.see_that_it_may_change(article, visitor)
    writing.see_that_sources_allow(room.parts, article, audience)


def _see_that_it_is_to_come(room: Room, article: Article, day: str) -> None:
    """Make sure that a day until which an article is to hold is not over: that is a slip of the pen.

    Raises:
        KBError: it is over, and not what was said before.
    """
    if day and day != article.valid_until and day < room.parts.clock():
        raise KBError(
            N_("The day {day} is over already."),
            N_("Choose one that is to come, or retire the article."),
            day=datetime.fromisoformat(day).astimezone(room.parts.config().zone).date().isoformat(),
        )


async def _looked_at(request: Request) -> tuple[str, str]:
    """Digests of the article, and of what was proposed for it, that a form was shown with."""
    return await field(request, "seen"), await field(request, "proposed")


def _still_right(room: Room, name: str, visitor: Visitor, looked_at: tuple[str, str], day: str) -> None:
    """What waits on an article is answered by saying that it is right: that alone which was looked at."""
    seen, proposed = looked_at
    article = _as_seen(room, name, visitor, seen)
    proposals.unchanged(room.parts, room.parts.head(), article, proposed)
    _see_that_it_is_to_come(room, article, day)
    state, until = room.state_of(article, visitor), None if day == article.valid_until else day
    room.workspace.edit(article.id, editor=visitor.editor, seen=seen, until=until, state=state)
    room.handled(visitor, article.id, article.title, "verify")


def _accept(room: Room, name: str, visitor: Visitor, looked_at: tuple[str, str]) -> None:
    article = article_for(room, name, visitor)
    room.see_that_it_may_change(article, visitor)
    seen, proposed = looked_at
    room.workspace.accept(article.id, editor=visitor.editor, seen=seen, proposed=proposed)
    room.handled(visitor, article.id, article.title, "edit")


def _undo(room: Room, name: str, visitor: Visitor, verdict: str) -> tuple[str, str]:
    """Take the last verdict back, if the visitor was told of that one; where to go on, and what was done."""
    article = article_for(room, name, visitor)
    page = f"/desk/articles/{article.id}"
    try:
        made = room.undo(article.id, visitor, verdict)
    except Overtaken:
        return page, "overtaken"
    room.handled(visitor, article.id, article.title, "undo", made)
    gone = not any(each.id == article.id for each in room.workspace.articles())
    return "/desk/articles" if gone else page, "undone"
