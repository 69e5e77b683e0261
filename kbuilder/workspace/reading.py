"""Articles as programs are given them: the text, whose words it rests on, where it is published; short replies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from kbuilder import markup
from kbuilder.config import Config
from kbuilder.errors import NotFound
from kbuilder.publish import attribution, withdrawn
from kbuilder.publish.addresses import Addresses
from kbuilder.publish.body import Frame, page_body, references
from kbuilder.publish.views import Source
from kbuilder.records import Article, Suggestion, is_question
from kbuilder.redact import redact
from kbuilder.review.provenance import statements
from kbuilder.text import N_, fold, squeeze
from kbuilder.texts import translator
from kbuilder.workspace.answering import SHOWN
from kbuilder.workspace.building import PUBLIC
from kbuilder.workspace.notices import standing
from kbuilder.workspace.parts import Parts

_CUT = " …"
_SHOWN_ONLY = ("code", "table", "image", "formula", "html")
"""Blocks that a line of text cannot show."""
NoReply = Literal["nothing-sure", "no-article", "no-room"]


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as its readers see it."""

    article: Article
    """Without what is gone at its source."""
    html: str
    """Safe, its sentences with the numbers of their sources."""
    sources: tuple[Source, ...]
    url: str
    """Where it is published; ``""``: nowhere yet."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence of a reply, and the posts that it rests on."""

    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A short answer to send to somebody."""

    article: Article
    text: str
    """Its sentences and the article's address."""
    url: str
    sentences: tuple[Cited, ...]


def shown(parts: Parts, audience: str, only: Collection[str] | None = None) -> list[Article]:
    """The articles that an audience may read, without what is gone at the source.

    Args:
        only: those with one of these ids.
    """
    tree = parts.head()
    sees, states = parts.config(tree).audience[audience].sees, withdrawn.read(tree)
    wanted = (each for each in parts.decided.articles(tree) if only is None or each.id in only)
    seen = (each for each in wanted if each.state in SHOWN and each.audience in sees)
    return [left for article in seen if (left := withdrawn.standing(article, states))]


def article(
    parts: Parts,
    slug: str,
    audience: str = PUBLIC,
    language: str = "",
    base: str = "",
    *,
    below: int = 1,
    names: str = "",
) -> Reading:
    """An article by slug or id.

    Args:
        audience: who reads.
        base: address of the public site where ``kbuilder.toml`` names none.
        language: of the article; empty: any, the knowledge base's own languages first.
        below: level of the heading that the text stands below.
        names: what stands before every anchor, where several texts share a page.

    Raises:
        NotFound: these readers have none.
    """
    config = parts.config()
    found = [each for each in shown(parts, audience) if slug in (each.slug, each.id)]
    wanted = [each for each in found if language in ("", each.language)]
    if not wanted:
        raise NotFound(N_("There is no article “{name}”."), N_("Name it by its id or its slug."), name=slug)
    order = {name: number for number, name in enumerate(config.languages)}
    best = min(wanted, key=lambda each: (order.get(each.language, len(order)), each.audience != PUBLIC, each.id))
    return _reading(parts, best, config, base, below, names)


def _reading(parts: Parts, found: Article, config: Config, base: str, below: int, names: str) -> Reading:
    html = markup.to_html(found.body)
    say = translator(found.language)
    numbers = attribution.numbers(found, references(html))
    frame = Frame(_link, _none, numbers, say, below=below, names=names)
    cited = _sources(parts, found, references(html), config)
    return Reading(found, page_body(html, frame).html, cited, address(parts, found, config, base))


def address(parts: Parts, found: Article, config: Config, base: str = "") -> str:
    """Where an article can be read, once the published site has it; ``""``: nowhere yet.

    Args:
        base: address of the public site where ``kbuilder.toml`` names none.
    """
    home = config.audience[found.audience].url or (config.url or base if found.audience == PUBLIC else "")
    path = Addresses.article(found)
    published = (parts.site / found.audience / path / "index.html").is_file()
    return f"{home.rstrip('/')}/{path}" if home and published else ""


def addresses(parts: Parts, suggestions: Sequence[Suggestion], audience: str, base: str) -> dict[str, str]:
    """Where each suggestion can be read: an article once it is published, a thread in its forum."""
    wanted = {each.target for each in suggestions if each.reviewed}
    articles = shown(parts, audience, wanted) if wanted else []
    config = parts.config()
    published = {each.id: address(parts, each, config, base) for each in articles}
    return {
        each.target: published.get(each.target, "") if each.reviewed else attribution.web_address(each.url)
        for each in suggestions
    }


def notices(parts: Parts, audience: str, languages: Collection[str], product: str = "") -> list[dict[str, str]]:
    """Current problems that an audience is told of, in its languages or for all, the newest first.

    Args:
        languages: that the asker reads; empty: it is not known, and no language is left out.
        product: that the asker has; what troubles others alone is left out. Empty: it is not known.
    """
    sees = parts.config().audience[audience].sees
    wanted = {"", *(each.partition("-")[0] for each in languages)}
    has = fold(product)
    told = [
        each
        for each in standing(parts).current
        if each.audience in sees
        and (not languages or each.language.partition("-")[0] in wanted)
        and (not has or not each.products or has in map(fold, each.products))
    ]
    return [
        {
            "title": each.title,
            "text": markup.plain(each.text, addresses=True),
            "url": attribution.web_address(each.url),
            "since": each.since,
        }
        for each in sorted(told, key=lambda each: each.since, reverse=True)
    ]


def reply(
    parts: Parts, suggestions: Sequence[Suggestion], audience: str, language: str, base: str, longest: int
) -> Reply | NoReply:
    """A short answer out of an article: the section of its best sentence, from its start on, and its address.

    Where it is cut, which is at its end alone, it says so by "…": of steps nobody gets the second without the first.

    Args:
        language: the asker's; an article in another one is no answer.
        base: address of the public site where ``kbuilder.toml`` names none.
        longest: characters, address included.
    """
    if not suggestions:
        return "nothing-sure"
    by_id, config = {each.id: each for each in shown(parts, audience)}, parts.config()
    spoken = language.partition("-")[0]
    for each in suggestions:
        found = by_id.get(each.target)
        url = address(parts, found, config, base) if found else ""
        if found and url and found.language.partition("-")[0] == spoken:
            return _reply(parts, found, each.sentence, url, longest)
    return "no-article"


def _reply(parts: Parts, found: Article, best: str, url: str, longest: int) -> Reply | NoReply:
    told, whole = _section(found, best)
    room = longest - len(url) - len("\n")
    kept = _fitting(told, room)
    end = "" if whole and kept == told else _CUT
    kept = _fitting(told, room - len(end))
    if not kept:
        return "no-room"
    config = parts.config()
    cited = tuple(Cited(each.text, _sources(parts, found, each.keys, config)) for each in kept)
    text = " ".join(f"{each.mark}{each.text}" for each in kept) + end
    return Reply(found, f"{text}\n{url}", url, cited)


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence of an answer."""

    section: int
    mark: str
    """The number of the step that it begins, as it stands before it."""
    text: str
    keys: tuple[str, ...]
    behind: bool
    """Behind what no line of text can show."""


def _fitting(told: Sequence[_Told], room: int) -> list[_Told]:
    """As many of the first as there is room for."""
    lengths = accumulate(len(each.mark) + len(each.text) + 1 for each in told)
    return [each for each, length in zip(told, lengths, strict=True) if length - 1 <= room]


def _section(found: Article, best: str) -> tuple[list[_Told], bool]:
    """The answer's sentences of the section that holds the best words, and whether these are all that it says."""
    asked = {key for key, source in found.sources.items() if is_question(source.post)}
    told, cut = _told(found.body)
    answers = [each for each in told if each.text and not asked.issuperset(each.keys)]
    words = fold(squeeze(best.removesuffix(" …")))
    holding = (each for each in answers if words and (words in fold(each.text) or fold(each.text) in words))
    first = next(holding, next(iter(answers), None))
    if first is None:
        return [], True
    wanted = [each for each in answers if each.section == first.section]
    return [each for each in wanted if not each.behind], first.section not in cut


def _told(body: str) -> tuple[list[_Told], set[int]]:
    """All sentences, and the sections that show what no line of text can."""
    section, step, every = 0, 0, statements(body)
    told: list[_Told] = []
    cut: set[int] = set()
    for block in markup.blocks(body):
        section += block.kind == "heading"
        begins = block.kind == "item" and block.ordered and block.depth == 1
        step = step + begins if block.depth else 0
        if block.kind in _SHOWN_ONLY:
            cut.add(section)
        mark = f"{step}. " if begins else ""
        for each in (one for one in every if block.content <= one.start < block.end):
            text = redact(squeeze(markup.plain(each.text))).text
            told.append(_Told(section, mark, text, each.keys, behind=section in cut))
            mark = ""
    return told, cut


def _sources(parts: Parts, found: Article, keys: Sequence[str], config: Config) -> tuple[Source, ...]:
    return attribution.sources(found, keys, config, withdrawn.read(parts.head()))


def _link(url: str) -> str | None:
    return attribution.web_address(url) or None


def _none(_: str) -> None:
    """No picture of ours: a program does not have the site's folder."""
