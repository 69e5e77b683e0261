"""What a candidate's page shows: its draft with each sentence's source, its threads, and who else is there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from kbuilder import markup
from kbuilder.config import Config
from kbuilder.index.lexical import common_words
from kbuilder.publish import attribution, views
from kbuilder.publish.body import Frame, page_body, references
from kbuilder.records import Article, Candidate, Citation, Draft, Parting, Post, Refusal, Thread
from kbuilder.redact import redact
from kbuilder.text import N_, words
from kbuilder.texts import Translate, translator
from kbuilder.web.desk import marking

if TYPE_CHECKING:
    from kbuilder.review.queue import Item
    from kbuilder.workspace.workspace import Workspace

Shown = Callable[[str], tuple[str, int, int] | None]
"""A picture's address in a text to the one at the desk, with width and height; ``None``: it is not shown."""
SHORT = 3
"""Letters of words that tell nothing."""
TELLING = 4
"""Words that tell one side of a cut from the other, at most."""
UNUSED = N_("the draft uses nothing of it")
APART = N_("its title shares no word with the others")
STRAY = N_("less like the others than they are like each other; it came in by “{title}”")
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
    author: str
    """As a page that cites it names them; ``""``: the account is deleted."""


@dataclass(frozen=True, slots=True)
class Member:
    """A thread of a candidate."""

    thread: Thread
    title: str
    url: str
    messages: tuple[Message, ...]
    """The question, and the answers that are marked as right or cited."""
    odd: tuple[tuple[str, dict[str, str]], ...] = ()
    """Why it may be another problem: messages of the catalogue, with what their fields say."""
    stray: bool = False
    """Whether it is less like the others than they are like each other."""
    goes: bool = False
    """Whether it is on the smaller side of the proposed cut."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What is said of the cut that is proposed."""

    doubtful: bool
    """Whether the sides are less alike than duplicates mostly are."""
    here: tuple[str, ...]
    """Words that only the titles of those that go have, the most frequent first."""
    there: tuple[str, ...]
    """Likewise of those that stay."""


@dataclass(frozen=True)
class Material:
    """All that a candidate's page shows, read in one piece of work."""

    config: Config
    candidate: Candidate
    draft: Draft | Refusal
    threads: list[Thread]
    item: Item | None
    """Its place in the queue; ``None``: an editor has decided."""
    articles: list[Article]
    """All that whoever looks may see."""
    article: Article | None
    """The one that it became, or that answers it."""

    @property
    def title(self) -> str:
        """What its page is called."""
        return self.draft.title if isinstance(self.draft, Draft) else self.candidate.phrasings[0]


def material(workspace: Workspace, lineage: str, item: Item | None, articles: list[Article]) -> Material:
    """What there is on a candidate.

    Args:
        item: its place in the queue, if it waits.
        articles: as far as whoever looks may see them.

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
        item=item,
        articles=articles,
        article=next((each for each in articles if each.lineage == lineage), None),
    )


@lru_cache(50_000)
def content(text: str) -> frozenset[str]:
    """The words of a title that are long enough to say something."""
    return frozenset(word.lower() for word in words(text) if len(word) > SHORT)


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
    fitted = _fitted(html, attribution.numbers(article, references(html)), translator(article.language), picture)
    return marking.marked(fitted, marking.statements(article.body, spans, marks), say)


def preview_html(body: str, sources: Mapping[str, Citation], language: str, picture: Shown = nothing) -> str:
    """A text that is being written, as its page would show it.

    Args:
        language: of the text: its page is in that.
    """
    article = Article(
        id="x", slug="x", title="", language=language, body=body, created="", updated="", sources=dict(sources)
    )
    html = markup.to_html(body)
    return _fitted(html, attribution.numbers(article, references(html)), translator(language), picture)


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


def members(threads: Sequence[Thread], cited: list[Source], parting: Parting | None = None) -> list[Member]:
    """Threads with what an editor reads of them, and what is odd about each beside the others.

    Args:
        threads: of one candidate.
        cited: what the draft rests on.
        parting: where the candidate would be cut.
    """
    found = [member(thread, cited) for thread in threads]
    if len(found) < 2:
        return found
    titles = [content(each.thread.title) for each in found]
    near = [any(title & other for other in titles if other is not title) for title in titles]
    names = {each.thread.id: each.title for each in found}
    by = {name: names[other] for name, other in parting.strays if other in names} if parting else {}
    marked = []
    for each, is_near in zip(found, near, strict=True):
        name = each.thread.id
        unused = cited and not any(message.numbers for message in each.messages)
        odd = ((STRAY, name in by), (APART, name not in by and any(near) and not is_near), (UNUSED, unused))
        told = tuple((why, {"title": by[name]} if why == STRAY else {}) for why, holds in odd if holds)
        goes = parting is not None and name in parting.members
        marked.append(replace(each, odd=told, stray=name in by, goes=goes))
    return marked


def cut(members: Sequence[Member], parting: Parting | None, language: str) -> Cut | None:
    """What is said of the proposed cut; ``None``: none is, or one side of it is not to be seen."""
    goes, stays = ([each.title for each in members if each.goes is side] for side in (True, False))
    if parting is None or not goes or not stays:
        return None
    return Cut(parting.doubtful, _telling(goes, stays, language), _telling(stays, goes, language))


def _telling(titles: Sequence[str], others: Sequence[str], language: str) -> tuple[str, ...]:
    """Words that some titles have and others do not, in the most titles first, then as they are met."""
    elsewhere = content(" ".join(others)) | common_words(language)
    counts = Counter(word for title in titles for word in dict.fromkeys(map(str.lower, words(title))))
    as_met = {word.lower(): word for title in reversed(titles) for word in reversed(words(title))}
    telling = (word for word, _ in counts.most_common() if len(word) > SHORT and word not in elsewhere)
    return tuple(as_met[word] for word in islice(telling, TELLING))


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
            Message(
                post,
                quoted(post.body),
                numbers.get(post.id, ()),
                attribution.web_address(post.url),
                attribution.author_name(post.author.name) if post.author else "",
            )
            for post in shown
        ),
    )
