"""What templates are given: plain values, the same wherever they are made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kbuilder.records import digest

Alternate = tuple[str, str, bool]
"""A page in another language: language, path, and whether it is a translation of this one."""


@dataclass(frozen=True, slots=True)
class Link:
    """Something that leads to a page of the site."""

    title: str
    path: str
    language: str = ""
    count: int = 0
    summary: str = ""
    date: str = ""
    new: bool = False


@dataclass(frozen=True, slots=True)
class Chrome:
    """What stands on every page."""

    title: str
    team: str
    ask_url: str
    url: str
    searchable: bool
    media: tuple[str, ...]
    """Languages that have a page of files, films and pictures."""
    public: bool
    footer: tuple[tuple[str, str], ...] = ()
    """Further links: title and address."""
    helped_url: str = ""
    """Where a reader's yes or no goes."""
    outdated: str = ""
    """Where a reader tells that a page is out of date: an address or ``mailto:``."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What a page says of itself."""

    kind: str
    path: str
    language: str
    title: str
    description: str = ""
    alternates: tuple[Alternate, ...] = ()
    markdown: str = ""
    """Where the page's text stands as Markdown."""
    feed: str = ""
    """Of a list that has its own."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the pages that a long list is spread over."""

    number: int
    of: int
    before: str = ""
    """The address of the page before; ``""``: this is the first."""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of an article's text."""

    level: int
    title: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A value, and its length in a picture in thousandths of the longest."""

    value: int
    length: int


@dataclass(frozen=True, slots=True)
class Figure:
    """Values by name, as a picture and a table show them."""

    names: tuple[str, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Medium:
    """A picture, file or film of the knowledge base, with the articles that show it."""

    kind: str
    """``file``, ``film`` or ``picture``."""
    title: str
    path: str
    """Of the site; the address of a film on another host."""
    host: str
    """Of a film elsewhere; ``""``: it is the site's own."""
    ending: str
    """``PDF``."""
    bytes: int
    width: int
    """Of a picture in pixels, as ``height``; 0: it does not tell."""
    height: int
    articles: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A current problem that everybody should know of."""

    title: str
    html: str
    url: str
    since: str
    until: str
    """When it ends by itself; ``""``: when somebody ends it."""


@dataclass(frozen=True, slots=True)
class Contributor:
    """Somebody whose words articles rest on."""

    name: str
    url: str
    articles: int
    site: str


@dataclass(frozen=True, slots=True)
class Source:
    """One post that an article cites, as the page names it."""

    number: int
    post: str
    author: str
    """``""``: the account is deleted."""
    author_url: str
    url: str
    question_url: str
    site: str
    site_url: str
    licence: str
    licence_url: str
    date: str
    changed: bool
    keys: tuple[str, ...] = ()
    """Of its references in the text."""

    @property
    def terms(self) -> tuple[str, str, str, str]:
        """Where it stands and what may be done with it: said once for sources that share it."""
        return self.site, self.site_url, self.licence, self.licence_url


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article as its page shows it."""

    id: str
    title: str
    language: str
    state: str
    kind: str
    html: str
    contents: tuple[Heading, ...]
    minutes: int
    """That reading it takes."""
    changed: bool
    shortened: bool
    created: str
    updated: str
    verified: str
    valid_until: str
    helped: tuple[int, int] | None
    """How many it helped, of how many who said whether it did."""
    products: tuple[Link, ...]
    tags: tuple[Link, ...]
    phrasings: tuple[str, ...]
    related: tuple[Link, ...]
    sources: tuple[Source, ...]
    notices: tuple[Notice, ...]
    """Current problems of its products."""
    data: str
    """What search engines are told, as JSON that may stand in a ``<script>``."""


@dataclass(frozen=True, slots=True)
class MarkdownView:
    """An article as its Markdown shows it."""

    title: str
    markdown: str
    """The text as it was written, its links fitted to the site."""
    updated: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An article as the feed tells of it."""

    id: str
    link: Link
    created: str
    authors: tuple[tuple[str, str], ...]
    """Names and profiles."""
    licences: tuple[str, ...]


Made = tuple[Meta, Mapping[str, object]]
"""What a template is given: the page's own head, and its parts by name."""


class Page(NamedTuple):
    """A file of the site that a template makes, once it is needed."""

    path: str
    kind: str
    template: str
    needs: str
    """Digests of all that it is made from, by part: two that are equal are the same bytes."""
    make: Callable[[], Made]
    file: str = ""
    """Of the article that it shows."""


@dataclass(frozen=True)
class Site:
    """Everything that an audience's site holds."""

    chrome: Chrome
    pages: tuple[Page, ...]
    media: tuple[str, ...]
    """Files of the knowledge base that pages show."""
    languages: tuple[str, ...]
    names: Mapping[str, str]
    """Of tags and products, as they stand in addresses."""


def needs(**parts: object) -> str:
    """Digests of what a page is made from, by part.

    >>> needs(page="a", list="")
    'page=ca978112ca1b'
    """
    return " ".join(
        f"{name}={digest(value if isinstance(value, str) else repr(value))[:12]}"
        for name, value in parts.items()
        if value
    )


def clean(text: str) -> str:
    """Text without the characters that XML, HTML and UTF-8 cannot hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]", "", text)
