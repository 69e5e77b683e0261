"""Whose words an article rests on, and under which licence: what a page must say about each source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from kbuilder.config import Config
from kbuilder.publish.views import Source, clean
from kbuilder.publish.withdrawn import State
from kbuilder.records import Article, Citation, Post
from kbuilder.redact import gives_away, redact

_CREATIVE_COMMONS = re.compile(
    r"CC[ -](BY(?:[ -](?:SA|NC|ND|NC[ -]SA|NC[ -]ND))?)[ -](1\.0|2\.0|2\.5|3\.0|4\.0)", re.IGNORECASE
)
_ENCODED = {ord(each): f"%{ord(each):02X}" for each in '\t\n\r "<>\\^`|'}
"""Characters that an address never holds as they are."""
_OTHERS = {
    "cc0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "cc0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "cc0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "public domain": "https://creativecommons.org/publicdomain/mark/1.0/",
    "mit": "https://spdx.org/licenses/MIT.html",
    "apache-2.0": "https://spdx.org/licenses/Apache-2.0.html",
    "gfdl-1.3": "https://spdx.org/licenses/GFDL-1.3-only.html",
}


def licence_url(name: str) -> str:
    """Where the text of a licence stands; ``""`` for one that is not known here.

    >>> licence_url("CC BY-SA 4.0")
    'https://creativecommons.org/licenses/by-sa/4.0/'
    """
    found = _CREATIVE_COMMONS.fullmatch(name.strip())
    if found:
        return f"https://creativecommons.org/licenses/{found[1].lower().replace(' ', '-')}/{found[2]}/"
    return _OTHERS.get(name.strip().lower(), "")


@lru_cache(10_000)
def web_address(url: str) -> str:
    """An address that a page may link to: http or https; ``""`` instead of any other.

    >>> web_address("javascript:alert(1)")
    ''
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    known = parts.scheme.lower() in ("http", "https") and parts.netloc
    return clean(url.strip()).translate(_ENCODED) if known else ""


def licence_of(citation: Citation, config: Config) -> str:
    """The licence of a cited post: its own, else that of its forum."""
    return licence(citation.licence, citation.post.partition(":")[0], config)


def licence(own: str, forum: str, config: Config) -> str:
    """A post's own licence, else that of its forum."""
    source = config.source_named(forum)
    return own or (source.licence if source else "")


def asks_for_names(licence: str) -> bool:
    """Whether a licence asks that authors are named.

    >>> asks_for_names("CC BY-SA 4.0"), asks_for_names("CC0 1.0")
    (True, False)
    """
    return bool(licence_url(licence)) and not licence.lower().startswith(("cc0", "public domain"))


def sources(article: Article, keys: Sequence[str], config: Config, states: Mapping[str, State]) -> tuple[Source, ...]:
    """The posts that an article's text cites, numbered as they first appear.

    Args:
        keys: the references of the text, in order.
    """
    posts: dict[str, list[str]] = {}
    for key in dict.fromkeys(keys):
        if key in article.sources:
            posts.setdefault(article.sources[key].post, []).append(key)
    first = {citation.post: citation for _, citation in sorted(article.sources.items(), reverse=True)}
    return tuple(
        _source(number, first[post], config, states.get(post) == "changed", tuple(found))
        for number, (post, found) in enumerate(posts.items(), 1)
    )


def of_post(post: Post, thread: str, number: int, config: Config) -> Source:
    """A post that is shown whole.

    Args:
        thread: the address of its thread, where the post has none of its own.
    """
    author = post.author
    citation = Citation(
        post=post.id,
        start=0,
        end=len(post.body),
        digest=post.digest,
        author=author.name if author else "",
        author_url=author.url if author else "",
        url=post.url or thread,
        licence=post.licence,
        date=post.created,
    )
    return _source(number, citation, config, False, ())


def people(cited: Sequence[Citation]) -> list[tuple[str, str, str, str]]:
    """Who wrote the posts cited, once each: name, profile, the post's own licence, name of the forum."""
    found = (
        (author_name(each.author), _profile(each.author_url), each.licence, each.post.partition(":")[0])
        for each in cited
    )
    return list(dict.fromkeys(found))


@lru_cache(10_000)
def author_name(written: str) -> str:
    """An author's name as the forum shows it, unless it is a mail address or a telephone number."""
    name = clean(written).strip()
    told = redact(name)
    return told.text if any(kind in ("e-mail", "phone") for kind, _ in told.found) else name


@lru_cache(10_000)
def _profile(address: str) -> str:
    return "" if gives_away(address) else web_address(address)


def numbers(article: Article, keys: Sequence[str]) -> dict[str, int]:
    """The number that a page shows for each reference of the text: one for each post."""
    posts: dict[str, int] = {}
    cited = (key for key in keys if key in article.sources)
    return {key: posts.setdefault(article.sources[key].post, len(posts) + 1) for key in cited}


def _source(number: int, citation: Citation, config: Config, changed: bool, keys: tuple[str, ...]) -> Source:
    forum = config.source_named(citation.post.partition(":")[0])
    licence = licence_of(citation, config)
    return Source(
        number=number,
        post=citation.post,
        author=author_name(citation.author),
        author_url=_profile(citation.author_url),
        url=web_address(citation.url),
        question_url=question_url(citation, config),
        site=clean(forum.title or forum.name) if forum else "",
        site_url=web_address(forum.url) if forum else "",
        licence=clean(licence),
        licence_url=licence_url(licence),
        date=citation.date,
        changed=changed,
        keys=keys,
    )


def question_url(citation: Citation, config: Config) -> str:
    """Where the question stands, if it has an address of its own.

    Stack Exchange asks that the question be linked; its short form is ``/q/<number>``.
    """
    forum = config.source_named(citation.post.partition(":")[0])
    if forum is None or forum.format != "stackexchange" or not forum.url:
        return ""
    return web_address(f"{forum.url}/q/{citation.post.partition(':')[2].partition('#')[0]}")


def thread_url(post: str, url: str, config: Config) -> str:
    """Where the thread of a cited post stands; ``""`` if that is not known.

    Args:
        post: its id, ``source:thread#post``.
        url: its own address, which is the thread's but for what names the post in it.
    """
    forum, thread = config.source_named(post.partition(":")[0]), post.partition(":")[2].partition("#")[0]
    if forum and forum.url and forum.format == "stackexchange":
        return web_address(f"{forum.url}/questions/{thread}")
    if forum and forum.format == "discourse":
        url = url.partition(f"/{thread}/")[0] + f"/{thread}" if f"/{thread}/" in url else url
    return web_address(url).partition("#")[0]
