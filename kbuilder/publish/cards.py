"""Cards: what of an article other pages show, and what its own page depends on. One is made when its file changes.

A card is made of an article as readers see it, without the sentences that are gone at the source. It is all that a
publish has to know of an article that has not changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from html import unescape
from typing import NamedTuple
from urllib.parse import urlsplit

from kbuilder.publish import attribution
from kbuilder.publish.body import references
from kbuilder.publish.views import clean
from kbuilder.publish.withdrawn import State
from kbuilder.records import Article, Citation, digest, is_question
from kbuilder.text import squeeze

SUMMARY = 155
"""Characters: what windows of search engines show; feeds have the same."""
FILMS = (".mp4", ".m4v", ".webm", ".ogv", ".mov")
_FILM_HOSTS = ("youtube.com", "youtu.be", "youtube-nocookie.com", "vimeo.com", "dailymotion.com", "dai.ly")
_TAG = r'<{}[^">]*(?:"[^"]*"[^">]*)*>'
_ADDRESS = re.compile(_TAG.format(r'(?:a|img)\b(?:"[^"]*"|[^">])*?\s(?:href|src)="([^"]*)"'))
_PROSE = re.compile(r"<(p|li|blockquote)>(.*?)(?=</?(?:p|li|ol|ul|blockquote|pre|div|table)\b)", re.DOTALL)
_LINK = re.compile(_TAG.format(r'a\b(?:"[^"]*"|[^">])*?\shref="([^"]*)"') + "(.*?)</a>", re.DOTALL)
_PICTURE = re.compile(_TAG.format(r"img\b"))
_GIVEN = re.compile(r'\s(src|alt)="([^"]*)"')
_ANY = re.compile(_TAG.format(""))
_DISPLAYED = re.compile(_TAG.format(r'math\b(?:"[^"]*"|[^">])*? display="block"') + ".*?</math>", re.DOTALL)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


class Card(NamedTuple):
    """An article in a few lines."""

    file: str
    blob: str
    """The id of the file's content."""
    mark: str
    """A digest of what is known of its posts: gone or changed at the source; ``""``: nothing."""
    id: str
    slug: str
    title: str
    language: str
    audience: str
    state: str
    kind: str
    created: str
    updated: str
    verified: str
    tags: Sequence[str]
    product: str
    redirects: Sequence[str]
    related: Sequence[str]
    translations: Mapping[str, str]
    lineage: str
    summary: str
    links: Sequence[str]
    """Addresses within the site or of its pictures, as they are written in the text."""
    media: Sequence[Sequence[str]]
    """Pictures, files and films that the text shows or leads to: address as it is written, and what is said of it."""
    posts: Sequence[str]
    """Ids of the posts that the file cites."""
    people: Sequence[Sequence[str]]
    """Name, profile and licence of those whose words are shown."""
    cited: Sequence[Sequence[str]]
    """Ids and addresses of the posts whose words are shown."""
    credit: str
    """A digest of what feeds tell besides: by which id, and of whom."""
    answers: str
    """A digest of which threads it answers, and since when."""
    searched: str
    """A digest of what is searched of it."""
    answered: bool
    """Whether a sentence of an answer is left."""
    shortened: bool
    named: str
    """A digest of what lists show that have no room for a summary."""
    listed: str
    """A digest of what other lists show."""


def card(
    file: str,
    article: Article,
    standing: Article | None,
    html: str,
    blob: str,
    mark: str,
    cited: Sequence[Citation],
    document: str,
) -> Card:
    """The card of an article: the same whether it was made just now or is read again later.

    Args:
        standing: what is left of it, see :func:`kbuilder.publish.withdrawn.standing`.
        html: of what is left, safe.
        blob, mark: see :class:`Card`.
        cited: what is left rests on these.
        document: what is searched of it.
    """
    shown = standing or article
    asked = {key for key, source in article.sources.items() if is_question(source.post)}
    lead = summary(html, asked) or summary(html)
    named = (shown.language, shown.slug, shown.title, shown.created, shown.updated)
    people = attribution.people(cited)
    posts = list(dict.fromkeys((each.post, each.url) for each in cited))
    made = Card(
        file=file,
        blob=blob,
        mark=mark,
        id=shown.id,
        slug=shown.slug,
        title=clean(shown.title),
        language=shown.language,
        audience=shown.audience,
        state=shown.state,
        kind=shown.kind,
        created=shown.created,
        updated=shown.updated,
        verified=shown.verified,
        tags=[tag for tag in dict.fromkeys(shown.tags) if tag.strip()],
        product=shown.product,
        redirects=shown.redirects,
        related=[other for other in dict.fromkeys(shown.related) if other != shown.id],
        translations=dict(sorted(shown.translations.items())),
        lineage=shown.lineage,
        summary=lead,
        links=inner_addresses(html),
        media=media(html),
        posts=sorted({source.post for source in article.sources.values()}),
        people=people,
        cited=posts,
        credit=_short((shown.id, people)),
        answers=_short((shown.id, shown.created, posts)),
        searched=_short(document),
        answered=standing is not None,
        shortened=standing is not None and standing.body != article.body,
        named=_short(named),
        listed=_short((named, lead)),
    )
    return stored(json.dumps(made, ensure_ascii=False))


def stored(written: str) -> Card:
    """A card that was written as JSON."""
    return Card._make(json.loads(written))


def all_stored(written: str) -> Iterator[Card]:
    """Cards that were written as JSON, with commas between them: read at once in less time than one by one."""
    return map(Card._make, json.loads(f"[{written}]"))


def _short(value: object) -> str:
    return digest(repr(value))[:16]


def marks(posts: Sequence[str], states: Mapping[str, State]) -> str:
    """A digest of what is known of some posts."""
    found = [(post, states[post]) for post in posts if post in states] if states else []
    return digest(repr(found))[:16] if found else ""


def summary(html: str, asked: Set[str] = frozenset()) -> str:
    """The beginning of an article in plain words, cut at a word's end.

    Args:
        asked: keys of its references to what somebody asked: what rests on these alone is left out, for lists are
            looked through for answers.

    >>> summary("<h2>One</h2><p>Press &amp; <b>hold</b>.<sup class=\\"ref\\" data-ref=\\"p1\\"></sup></p>")
    'Press & hold.'
    >>> summary('<p>How?<sup data-ref="p1"></sup></p><p>So.<sup data-ref="p2"></sup></p>', {"p1"})
    'So.'
    """
    words = ""
    for found in _PROSE.finditer(html):
        keys = references(found[2])
        if keys and asked >= {*keys}:
            continue
        words += " " + unescape(_ANY.sub("", _DISPLAYED.sub("", found[2])))
        if len(words) > 4 * SUMMARY:
            break
    return beginning(clean(squeeze(words)), SUMMARY)


def beginning(words: str, most: int) -> str:
    """So many characters of a text at most, cut at a word's end.

    >>> beginning("Press and hold the button", 15), beginning("Press and hold …", 12), beginning("Press it", 15)
    ('Press and hold …', 'Press and …', 'Press it')
    """
    if len(words) <= most:
        return words
    return words[:most].rsplit(" ", 1)[0].rstrip(" ,;:–-") + " …"


def inner_addresses(html: str) -> list[str]:
    """What links and pictures of safe HTML lead to, but for other hosts; each once.

    >>> inner_addresses('<p><a href="../re/reset.md">a</a> <img alt="x" src="a.png"> <a href="https://b.example">c</a></p>')
    ['../re/reset.md', 'a.png']
    """
    found = (unescape(each) for each in _ADDRESS.findall(html))
    return [each for each in dict.fromkeys(found) if each and not _SCHEME.match(each)]


def media(html: str) -> list[tuple[str, str]]:
    """Files of the knowledge base and films elsewhere that safe HTML shows or leads to, each with what it says of it.

    >>> media('<a href="media/a.pdf">Manual</a> <img src="media/b.png" alt="The back"> <a href="c.md">C</a>')
    [('media/a.pdf', 'Manual'), ('media/b.png', 'The back')]
    """
    links = [(address, unescape(_ANY.sub("", inner))) for address, inner in _LINK.findall(html)]
    pictures = [dict(_GIVEN.findall(each)) for each in _PICTURE.findall(html)]
    told = [(unescape(each.get("src", "")), unescape(each.get("alt", ""))) for each in pictures]
    found = [(unescape(address), clean(squeeze(words))) for address, words in (*links, *told)]
    return [each for each in dict.fromkeys(found) if is_film(each[0]) or _own(each[0])]


def _own(address: str) -> bool:
    return "media/" in address and not _SCHEME.match(address)


def is_film(address: str) -> bool:
    """Whether an address on another host is one of a film.

    >>> is_film("https://www.youtube.com/watch?v=a"), is_film("https://h.example/a.webm"), is_film("media/a.webm")
    (True, True, False)
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    known = host in _FILM_HOSTS or parts.path.startswith("/videos/watch/")
    return parts.scheme in ("http", "https") and (known or parts.path.lower().endswith(FILMS))
