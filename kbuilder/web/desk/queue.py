"""``/desk``: what waits for an editor, and each candidate with the place that every sentence comes from."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kbuilder import markup
from kbuilder.config import Config
from kbuilder.publish import attribution, views
from kbuilder.publish.body import Frame, page_body, references
from kbuilder.records import Article, Candidate, Draft, Post, Refusal, Thread
from kbuilder.redact import redact
from kbuilder.texts import Translate, translator
from kbuilder.web.desk.access import PATH, gate
from kbuilder.web.desk.pages import Desk
from kbuilder.web.pages import language_of
from kbuilder.web.service import Service

if TYPE_CHECKING:
    from kbuilder.review.queue import Item
    from kbuilder.workspace.workspace import Workspace

PAGE = 25
_HEADING = re.compile(r"<(/?)h[1-6]\b[^>]*>")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """A post that a draft cites, with the passages that it gives."""

    told: views.Source
    passages: tuple[str, ...]
    """As safe HTML, without personal data."""


@dataclass(frozen=True, slots=True)
class Message:
    """A post of a member thread, as safe HTML without personal data."""

    post: Post
    html: str
    numbers: tuple[int, ...]
    """Of the sources that it is."""
    url: str


@dataclass(frozen=True, slots=True)
class Member:
    """A thread of a candidate."""

    thread: Thread
    title: str
    url: str
    messages: tuple[Message, ...]
    """The question, and the answers that are marked as right or cited."""


@dataclass(frozen=True)
class Material:
    """All that a candidate's page shows, read in one piece of work."""

    config: Config
    candidate: Candidate
    draft: Draft | Refusal
    threads: list[Thread]
    item: Item | None
    """Its place in the queue; ``None``: an editor has decided."""


def router(service: Service) -> APIRouter:
    """The desk's routes."""
    desk = APIRouter(prefix=PATH, include_in_schema=False, dependencies=gate(service)("see"))
    at_desk = Desk(service)

    @desk.get("")
    async def queue(request: Request, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> Response:
        config, items, known = await service.do(_waiting, service.workspace)
        shown, pages = cut(items, page)
        return await at_desk.page(
            request,
            "queue.html",
            config=config,
            items=shown,
            known=known,
            count=len(items),
            page=min(page, pages),
            pages=pages,
            first=(min(page, pages) - 1) * PAGE,
        )

    @desk.get("/{lineage}")
    async def candidate(request: Request, lineage: str) -> Response:
        found = await service.do(_material, service.workspace, lineage)
        say = translator(language_of(request))
        draft = found.draft if isinstance(found.draft, Draft) else None
        sources = list(_sources(found, draft)) if draft else []
        return await at_desk.page(
            request,
            "candidate.html",
            config=found.config,
            lineage=lineage,
            candidate=found.candidate,
            item=found.item,
            draft=draft,
            refusal=found.draft if isinstance(found.draft, Refusal) else None,
            html=_draft_html(draft, say) if draft else "",
            sources=sources,
            members=[_member(thread, sources) for thread in found.threads],
            commands=_commands(service.workspace, found.item, draft),
        )

    return desk


def cut(items: list[T], page: int, size: int = PAGE) -> tuple[list[T], int]:
    """The items of a page, the last one where there are fewer, and how many pages there are.

    >>> cut([1, 2, 3], 2, size=2), cut([1, 2, 3], 9, size=2), cut([], 1)
    (([3], 2), ([3], 2), ([], 1))
    """
    pages = max(1, -(-len(items) // size))
    start = (min(page, pages) - 1) * size
    return items[start : start + size], pages


def _waiting(workspace: Workspace) -> tuple[Config, list[Item], frozenset[str]]:
    """Configuration, queue, and the lineages that have a page."""
    return workspace.parts.config(), workspace.queue(), frozenset(workspace.generation.candidates)


def _material(workspace: Workspace, lineage: str) -> Material:
    draft = workspace.draft(lineage)
    return Material(
        config=workspace.parts.config(),
        candidate=workspace.generation.candidates[lineage],
        draft=draft,
        threads=workspace.members(lineage),
        item=next((item for item in workspace.queue() if item.lineage == lineage), None),
    )


def _as_article(draft: Draft) -> Article:
    """The article that a draft would become, as far as its page needs it."""
    return Article(
        id=draft.lineage,
        slug=draft.lineage,
        title=draft.title,
        language=draft.language,
        body=draft.body,
        created="",
        updated="",
        sources=draft.sources,
    )


def _draft_html(draft: Draft, say: Translate) -> str:
    """The draft as its page would show it, with a number for each source."""
    html = markup.to_html(draft.body)
    return _fitted(html, attribution.numbers(_as_article(draft), references(html)), say)


def _fitted(html: str, numbers: Mapping[str, int], say: Translate) -> str:
    return page_body(html, Frame(link=_outside, picture=lambda _: None, numbers=numbers, say=say)).html


def _outside(address: str) -> str | None:
    return attribution.web_address(address) or None


def _quoted(markdown: str) -> str:
    """Someone's post within a page of ours: no personal data, no headings that the page's outline would show."""
    html = _fitted(markup.to_html(redact(markdown).text), {}, str)
    return _HEADING.sub(lambda tag: "</strong></p>" if tag[1] else "<p><strong>", html)


def _sources(found: Material, draft: Draft) -> Iterator[Source]:
    posts = {post.id: post for thread in found.threads for post in thread.posts}
    keys = references(markup.to_html(draft.body))
    for told in attribution.sources(_as_article(draft), keys, found.config, {}):
        spans = sorted({(each.start, each.end) for each in draft.sources.values() if each.post == told.post})
        body = posts[told.post].body if told.post in posts else ""
        passages = (body[start:end] for start, end in spans)
        yield Source(told, tuple(_quoted(passage) for passage in passages if passage.strip()))


def _member(thread: Thread, sources: list[Source]) -> Member:
    numbers: dict[str, tuple[int, ...]] = {}
    for source in sources:
        numbers[source.told.post] = (*numbers.get(source.told.post, ()), source.told.number)
    right = {post.id for post in thread.solutions}
    shown = (post for post in thread.posts if post == thread.question or post.id in right or post.id in numbers)
    return Member(
        thread,
        redact(thread.title).text,
        attribution.web_address(thread.url),
        tuple(
            Message(post, _quoted(post.body), numbers.get(post.id, ()), attribution.web_address(post.url))
            for post in shown
        ),
    )


def _commands(workspace: Workspace, item: Item | None, draft: Draft | None) -> dict[str, str]:
    """What to type for each verdict; nothing where none is waited for."""
    tool = f"kbuilder -C {shlex.quote(str(workspace.root))} review"
    if item is None:
        return {}
    if item.kind == "update":
        return {"mend": f"{tool} edit {item.article}"}
    approve = {"approve": f"{tool} approve {item.lineage} --seen {draft.digest}"} if draft else {}
    return {**approve, "edit": f"{tool} edit {item.lineage}", "reject": f'{tool} reject {item.lineage} --reason "…"'}
