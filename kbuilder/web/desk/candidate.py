"""What a candidate's page shows: its draft with each sentence's source, its threads, and who else is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from kbuilder import markup
from kbuilder.config import Config
from kbuilder.index.lexical import common_words
from kbuilder.publish import attribution, views
from kbuilder.publish.body import Frame, page_body, references
from kbuilder.records import Article, Candidate, Citation, Draft, Post, Refusal, Thread
from kbuilder.redact import redact
from kbuilder.text import N_, words
from kbuilder.texts import Translate
from kbuilder.web.desk import marking
from kbuilder.workspace import reviewing

if TYPE_CHECKING:
    from kbuilder.review.queue import Item
    from kbuilder.workspace.workspace import Workspace

Shown = Callable[[str], tuple[str, int, int] | None]
"""A picture's address in a text to the one at the desk, with width and height; ``None``: it is not shown."""
ALIKE = 6
"""Candidates and articles that are shown as perhaps the same."""
RARE = 3
"""Titles that share a word, at most, where the word says that they may be the same."""
COMMON = 0.02
"""The share of titles from which on a word such as "what" says nothing of a problem."""
UNUSED = N_("the draft uses nothing of it")
APART = N_("its title shares no word with the others")
_HEADING = re.compile(r"<(/?)h[1-6]\b[^>]*>")


def nothing(_: str) -> None:
    """Shows no picture: of others' texts none is, for nobody is told who reads."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a post that a text rests on."""

    keys: tuple[str, ...]
    """Of the references that mean it."""
    html: str
    """Safe, without personal data."""


@dataclass(frozen=True, slots=True)
class Source:
    """A post that a text cites, with the passages that it gives."""

    told: views.Source
    passages: tuple[Passage, ...]


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
    odd: tuple[str, ...] = ()
    """Why it may be another problem: messages of the catalogue."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A candidate or article that may be the same problem, and the words that say so."""

    id: str
    title: str
    language: str
    article: bool
    why: tuple[str, ...]


@dataclass(frozen=True)
class Material:
    """All that a candidate's page shows, read in one piece of work."""

    config: Config
    candidate: Candidate
    draft: Draft | Refusal
    threads: list[Thread]
    item: Item | None
    """Its place in the queue; ``None``: an editor has decided."""
    spans: Mapping[str, str]
    similar: Iterator[Similar]
    """Found when they are asked for, once: a verdict needs none."""
    article: Article | None
    """The one that it became, or that answers it."""


def material(workspace: Workspace, lineage: str, items: list[Item], articles: list[Article]) -> Material:
    """What there is on a candidate.

    Args:
        items: what waits, as far as whoever looks may see it.
        articles: likewise.

    Raises:
        NotFound: there is no such candidate.
    """
    draft = workspace.draft(lineage)
    candidate = workspace.generation.candidates[lineage]
    return Material(
        config=workspace.parts.config(),
        candidate=candidate,
        draft=draft,
        threads=workspace.members(lineage),
        item=next((item for item in items if item.lineage == lineage and not item.article), None),
        spans=reviewing.spans(workspace.parts, draft.sources) if isinstance(draft, Draft) else {},
        similar=similar(candidate, items, articles),
        article=next((each for each in articles if each.lineage == lineage), None),
    )


def similar(candidate: Candidate, items: list[Item], articles: list[Article]) -> Iterator[Similar]:
    """Others whose titles share the rarest words with this one's phrasings, the likeliest first."""
    own = _content(" ".join(candidate.phrasings)) - common_words(candidate.language)
    others = [
        (item.lineage, item.title, item.language, False)
        for item in items
        if not item.article and item.kind != "asked" and item.lineage != candidate.lineage
    ]
    others += [(each.id, each.title, each.language, True) for each in articles if each.lineage != candidate.lineage]
    texts = [_content(title) for _, title, _, _ in others]
    counts: dict[str, int] = {}
    for text in texts:
        for word in text & own:
            counts[word] = counts.get(word, 0) + 1
    telling = {word for word, count in counts.items() if count <= max(RARE, COMMON * len(texts))}
    shared = [text & telling for text in texts]
    scored = [
        (sum(1 / counts[word] for word in both) * len(both) / len(texts[number] | {""}), number)
        for number, both in enumerate(shared)
        if any(counts[word] <= RARE for word in both)
    ]
    for _, number in sorted(scored, key=lambda each: (-each[0], others[each[1]][0]))[:ALIKE]:
        name, title, language, article = others[number]
        if language == candidate.language:
            yield Similar(name, title, language, article, tuple(sorted(shared[number])))


@lru_cache(50_000)
def _content(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in words(text) if len(word) > 3)


def as_article(draft: Draft) -> Article:
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


def text_html(
    article: Article,
    spans: Mapping[str, str],
    say: Translate,
    marks: Mapping[str, str] = marking.NOTHING,
    picture: Shown = nothing,
) -> str:
    """A text as its page would show it, its sentences marked, with a number for each source.

    Args:
        article: or a draft as one.
        spans: the words of its sources by reference.
        say: texts of the interface.
        marks: what is to be looked at, by reference.
        picture: where a picture of the knowledge base is shown from.
    """
    html = markup.to_html(article.body)
    fitted = _fitted(html, attribution.numbers(article, references(html)), say, picture)
    return marking.marked(fitted, marking.statements(article.body, spans, marks), say)


def preview_html(body: str, sources: Mapping[str, Citation], say: Translate, picture: Shown = nothing) -> str:
    """A text that is being written, as its page would show it."""
    article = Article(
        id="x", slug="x", title="", language="en", body=body, created="", updated="", sources=dict(sources)
    )
    html = markup.to_html(body)
    return _fitted(html, attribution.numbers(article, references(html)), say, picture)


def _fitted(html: str, numbers: Mapping[str, int], say: Translate, picture: Shown = nothing) -> str:
    return page_body(html, Frame(link=_outside, picture=picture, numbers=numbers, say=say)).html


def _outside(address: str) -> str | None:
    return attribution.web_address(address) or None


def quoted(markdown: str) -> str:
    """Someone's post within a page of ours: no personal data, no headings that the page's outline would show."""
    html = _fitted(markup.to_html(redact(markdown).text), {}, str)
    return _HEADING.sub(lambda tag: "</strong></p>" if tag[1] else "<p><strong>", html)


def sources(article: Article, posts: Mapping[str, Post], config: Config) -> list[Source]:
    """The posts that a text cites, numbered as on its page, with the passages."""
    found = []
    for told in attribution.sources(article, references(markup.to_html(article.body)), config, {}):
        spans: dict[tuple[int, int], list[str]] = {}
        for name, each in article.sources.items():
            if each.post == told.post:
                spans.setdefault((each.start, each.end), []).append(name)
        body = posts[told.post].body if told.post in posts else ""
        passages = [(spans[place], body[slice(*place)]) for place in sorted(spans)]
        found.append(Source(told, tuple(Passage(tuple(k), quoted(words)) for k, words in passages if words.strip())))
    return found


def members(threads: Sequence[Thread], cited: list[Source]) -> list[Member]:
    """Threads with what an editor reads of them, and what is odd about each beside the others."""
    found = [member(thread, cited) for thread in threads]
    if len(found) < 2:
        return found
    titles = [_content(each.thread.title) for each in found]
    near = [any(title & other for other in titles if other is not title) for title in titles]
    marked = []
    for each, is_near in zip(found, near, strict=True):
        unused = cited and not any(message.numbers for message in each.messages)
        odd = ((UNUSED, unused), (APART, any(near) and not is_near))
        marked.append(replace(each, odd=tuple(why for why, holds in odd if holds)))
    return marked


def member(thread: Thread, cited: list[Source]) -> Member:
    """A thread with what an editor reads of it."""
    numbers: dict[str, tuple[int, ...]] = {}
    for source in cited:
        numbers[source.told.post] = (*numbers.get(source.told.post, ()), source.told.number)
    right = {post.id for post in thread.solutions}
    shown = (post for post in thread.posts if post == thread.question or post.id in right or post.id in numbers)
    return Member(
        thread,
        redact(thread.title).text,
        attribution.web_address(thread.url),
        tuple(
            Message(post, quoted(post.body), numbers.get(post.id, ()), attribution.web_address(post.url))
            for post in shown
        ),
    )
