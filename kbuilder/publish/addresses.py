"""Where everything stands on the site.

Articles are ``<lang>/<slug>/``. What is not an article stands below ``<lang>/-/``: no slug is ever ``-``, so that
no title can take the place of a list.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, NamedTuple, Protocol, Self, TypeVar
from urllib.parse import unquote, urlsplit

from kbuilder.store import articles as article_files
from kbuilder.text import products_of, short_id, slug


class Placed(article_files.Named, Protocol):
    """An article or its card: what has a page."""

    @property
    def tags(self) -> Sequence[str]: ...

    @property
    def product(self) -> str: ...

    @property
    def redirects(self) -> Sequence[str]: ...


class _Former(NamedTuple):
    """What has named an article before."""

    language: str
    slug: str


P = TypeVar("P", bound=Placed)


@dataclass(frozen=True)
class Addresses(Generic[P]):
    """The addresses of a site's articles, topics and products."""

    articles: dict[str, P]
    """By address."""
    names: dict[str, str] = field(default_factory=dict)
    """Of tags and products, as they stand in addresses."""

    @classmethod
    def of(cls, articles: Iterable[P]) -> Self:
        """Addresses for these articles."""
        every = list(articles)
        products = {article.product for article in every}
        names = {name for article in every for name in article.tags}
        names.update(name for written in products for name in products_of(written))
        return cls(articles={cls.article(article): article for article in every}, names=distinct(names))

    @cached_property
    def files(self) -> dict[str, str]:
        """The address of each article file, also by what it was named before."""
        moved = {article_files.path(_Former(*old.split("/")[:2])): new for old, new in self.moved.items()}
        return moved | {article_files.path(article): address for address, article in self.articles.items()}

    @cached_property
    def moved(self) -> dict[str, str]:
        """Old addresses and new ones, where no article has the old one now."""
        found: dict[str, str] = {}
        for address, article in self.articles.items():
            for written in article.redirects:
                old = self.old(written, article)
                if old and old not in self.articles:
                    found.setdefault(old, address)
        return dict(sorted(found.items()))

    @staticmethod
    def article(article: article_files.Named) -> str:
        """Of an article's page."""
        return f"{article.language}/{article.slug}/"

    @staticmethod
    def file(article: article_files.Named) -> str:
        """The article's file in the knowledge base."""
        return article_files.path(article)

    @staticmethod
    def markdown(article: article_files.Named) -> str:
        """Of an article's text as Markdown."""
        return f"{article.language}/{article.slug}/index.md"

    def tag(self, language: str, name: str) -> str:
        """Of the page that lists a tag's articles."""
        return f"{language}/-/topics/{self.names[name]}/"

    def product(self, language: str, name: str) -> str:
        """Of the page that lists a product's articles."""
        return f"{language}/-/products/{self.names[name]}/"

    @staticmethod
    def old(written: str, article: article_files.Named) -> str:
        """The address that an entry of ``redirects`` means, a slug or ``lang/slug``; ``""``: it is none.

        >>> from kbuilder.records import Article
        >>> new = Article(id="a", slug="b", title="", language="en", body="", created="", updated="")
        >>> Addresses.old("a", new), Addresses.old("/de/a/", new), Addresses.old("../a", new)
        ('en/a/', 'de/a/', '')
        """
        parts = written.strip("/").removesuffix("/index.html").split("/")
        if len(parts) > 2 or any(part != slug(part, len(part) or 1) for part in parts):
            return ""
        return "/".join(parts if len(parts) == 2 else [article.language, *parts]) + "/"

    def resolve(self, written: str, file: str) -> str | None:
        """Where a link in an article's text leads: an address of the site, or another host's; ``None``: nowhere.

        Links may name the file (``../wi/wifi.md``), as they work in the repository too, or the page
        (``/en/wifi/``), also by a name that an article had before.
        """
        try:
            parts = urlsplit(written)
        except ValueError:
            return None
        if parts.scheme:
            return written if parts.scheme.lower() in ("http", "https", "mailto") else None
        if parts.netloc:
            return f"https:{written}"
        anchor = f"#{parts.fragment}" if parts.fragment else ""
        if not parts.path:
            return anchor or None
        path = unquote(parts.path)
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
        found = self.files.get(beside) or self.files.get(path.lstrip("/"))
        page = path.strip("/").removesuffix("/index.html") + "/"
        found = found or (page if page in self.articles else self.moved.get(page))
        return found + anchor if found else None


def distinct(names: Iterable[str]) -> dict[str, str]:
    """A different slug for each name: those that would share one get letters of their own.

    >>> distinct(["C", "C#", "c"])
    {'C': 'c-nmr4bv', 'C#': 'c-aqbcrb', 'c': 'c'}
    """
    every = sorted(set(names))
    plain = {name: slug(name) for name in every}
    users = Counter(plain.values())
    return {
        name: value if users[value] == 1 or value == name else f"{value}-{short_id(name)[:6]}"
        for name, value in plain.items()
    }


def relative(target: str, page: str) -> str:
    """A link from one page to another: it holds under any prefix, and in a folder on disk.

    >>> relative("en/wifi/", "en/reset/index.html"), relative("", "index.html")
    ('../wifi/', './')
    """
    if target.startswith("#"):
        return target
    there, here = target.split("/"), page.split("/")
    common = 0
    while common < min(len(there), len(here)) - 1 and there[common] == here[common]:
        common += 1
    return "../" * (len(here) - 1 - common) + "/".join(there[common:]) or "./"
