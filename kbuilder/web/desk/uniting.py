"""Merging with a choice: both sides by section, and what is kept of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.errors import Conflict, Denied, KBError, NotFound
from kbuilder.records import Article, Draft
from kbuilder.review.uniting import Kept, chosen, phrasings, sections
from kbuilder.text import N_
from kbuilder.texts import translator
from kbuilder.web.desk import candidate as shown
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.advice import said
from kbuilder.web.desk.editing import told_of
from kbuilder.web.desk.forms import LINE, UNPROCESSABLE, field, fields
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room, named_by
from kbuilder.web.desk.shelf import View
from kbuilder.web.desk.texts import article_for
from kbuilder.web.pages import language_of
from kbuilder.workspace import reviewing, uniting
from kbuilder.workspace.reviewing import Faulty

SIDES = ("one", "other")


@dataclass(frozen=True)
class Two:
    """What is to become one text."""

    one: Draft | Article
    """What goes on: the article, or the draft of the candidate that was looked at."""
    other: Draft
    """What goes into it."""

    @property
    def into_article(self) -> bool:
        """Whether it goes into an article, not into another draft."""
        return isinstance(self.one, Article)


class Ticked(TypedDict):
    """What is chosen in the form."""

    title: str
    keep: list[str]
    asked: list[str]


def router(room: Room) -> APIRouter:
    """The routes of merging with a choice."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    do = room.service.do

    @desk.get("/candidates/{lineage}/keep", dependencies=room.may("decide"))
    async def choose(
        request: Request,
        lineage: str,
        into: Annotated[str, Query(max_length=LINE)] = "",
        of: Annotated[str, Query(max_length=1000)] = "",
    ) -> Response:
        visitor = visitor_of(request)
        if (await do(room.case, lineage, visitor)).item is None:  # as after Back from what it became
            return go(request, f"{PATH}/candidates/{lineage}")
        two = await do(_two, room, lineage, into, visitor)
        values = await do(_values, two, room)
        return await room.desk.page(request, "keep.html", **values, lineage=lineage, into=into, of=of)

    @desk.post("/candidates/{lineage}/keep", dependencies=room.may("decide"))
    async def keep(request: Request, lineage: str) -> Response:
        visitor, into = visitor_of(request), await field(request, "into")
        two = await do(_two, room, lineage, into, visitor)
        seen = (await field(request, "seen-one"), await field(request, "seen-other"))
        ticked = Ticked(
            title=await field(request, "title"),
            keep=await fields(request, "keep"),
            asked=await fields(request, "asked"),
        )
        kept = _kept(two, ticked)
        try:
            article = await do(_unite, room, visitor, lineage, two, kept, seen)
        except (Conflict, Denied, NotFound):
            raise
        except KBError as error:
            values = await do(_values, two, room, ticked)
            values |= _wrong(error, request)
            of = await field(request, "of", 1000)
            return await room.desk.page(
                request, "keep.html", status=UNPROCESSABLE, **values, lineage=lineage, into=into, of=of
            )
        view = View.read(await field(request, "of", 1000)).written()
        on = {"last": lineage, **({"of": view} if view else {})}
        return go(request, f"{PATH}/articles/{article.id}", done="merged", **on)

    return desk


def _two(room: Room, lineage: str, into: str, visitor: Visitor) -> Two:
    """Both sides, if the visitor may see them.

    Raises:
        NotFound: one is not there for them.
        Denied: readers see the article, and its change awaits publication.
        KBError: there is nothing to choose.
    """
    own = uniting.drafted(room.case(lineage, visitor).draft)
    kind, name = named_by(into)
    if kind == "articles":
        article = article_for(room, name, visitor)
        room.see_that_it_may_change(article, visitor)
        two = Two(article, own)
    else:
        two = Two(own, uniting.drafted(room.case(name, visitor).draft))
    uniting.may(two.one, two.other)
    return two


def _values(two: Two, room: Room, ticked: Ticked | None = None) -> dict[str, Any]:
    """What the form shows: at first, all of what goes on is ticked."""
    asked = phrasings(two.one, two.other)
    own = [f"{SIDES[0]}-{number}" for number in range(len(sections(two.one.body)))]
    return {
        "two": two,
        "sides": [(name, getattr(two, name), _shown(getattr(two, name), room)) for name in SIDES],
        "asked": asked,
        "error": "",
        "faults": [],
        "ticked": ticked or Ticked(title=SIDES[0], keep=own, asked=[*asked]),
    }


def _wrong(error: KBError, request: Request) -> dict[str, Any]:
    """Why what is ticked did not become the article."""
    if not isinstance(error, Faulty):
        return {"error": said(error, request)}
    say = translator(language_of(request))
    told = [f"{what}. {hint}" for _, what, hint in told_of(error.found, say)]
    return {"error": say(N_("Not merged: the site could not show what is ticked.")), "faults": told}


def _shown(side: Draft | Article, room: Room) -> list[tuple[int, str, str]]:
    """The number of each section of a side that says something, what it is called, and how a page shows it."""
    return [
        (number, " › ".join(each.path), shown.preview_html(each.content, {}, side.language, room.picture))
        for number, each in enumerate(sections(side.body))
        if each.content
    ]


def _kept(two: Two, ticked: Ticked) -> Kept:
    """What a form says is kept.

    Raises:
        HTTPException: it names what is not there.
    """
    if ticked["title"] not in SIDES:
        raise HTTPException(UNPROCESSABLE)
    named, given = getattr(two, ticked["title"]).title, ticked["keep"]
    numbers = [
        frozenset(number for number in range(len(sections(getattr(two, name).body))) if f"{name}-{number}" in given)
        for name in SIDES
    ]
    return Kept(named, (numbers[0], numbers[1]), chosen(phrasings(two.one, two.other), ticked["asked"], named))


def _unite(room: Room, visitor: Visitor, lineage: str, two: Two, kept: Kept, seen: tuple[str, str]) -> Article:
    if isinstance(two.one, Article):
        state = room.state_of(two.one, visitor)
        made = uniting.into_article(room.parts, two.one.id, lineage, kept, visitor.editor, seen=seen, state=state)
    else:
        steps = room.parts.config().desk.steps
        made = uniting.into_candidate(
            room.parts,
            lineage,
            two.other.lineage,
            kept,
            visitor.editor,
            seen=seen,
            state="validated" if steps == 1 else "draft",
        )
    room.handled(visitor, lineage, made.title, "merge", reviewing.last(room.parts, made.id))
    return made
