"""What templates are given: plain values, the same wherever they are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

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
    public: bool


@dataclass(frozen=True, slots=True)
class Meta:
    """What a page says of itself."""

    kind: str
    path: str
    language: str
    title: str
    description: str = ""
    alternates: tuple[Alternate, ...] = ()


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


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article as its page shows it."""

    title: str
    language: str
    state: str
    html: str
    changed: bool
    shortened: bool
    created: str
    updated: str
    verified: str
    valid_until: str
    product: Link | None
    tags: tuple[Link, ...]
    phrasings: tuple[str, ...]
    related: tuple[Link, ...]
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


@dataclass(frozen=True)
class Page:
    """A file of the site that a template makes."""

    meta: Meta
    template: str
    parts: Mapping[str, object] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.meta.path


@dataclass(frozen=True)
class Site:
    """Everything that an audience's site holds."""

    chrome: Chrome
    pages: tuple[Page, ...]
    media: tuple[str, ...]
    """Files of the knowledge base that pages show."""
    languages: tuple[str, ...]


def clean(text: str) -> str:
    """Text without the characters that XML and UTF-8 cannot hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)
