"""Is a published site in order? Looked at as readers find it: the files of the folder, not what made them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from kbuilder.publish.knowledge import Knowledge
from kbuilder.records import Fault
from kbuilder.text import N_

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

PAGE_BUDGET = 40_000
"""Bytes of a page's first load, compressed."""
FILES_BUDGET = 6
"""Files of a page's first load."""
_CANARY = 12
"""Letters that a title must have to be told from everybody's words."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_FIRST = ("stylesheet", "icon")


@dataclass
class _Page:
    """A page as a parser sees it."""

    path: str
    tree: Element
    wrong: list[str]
    """What a parser of HTML complains of."""
    ids: list[str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Element]:
        """Its elements of these names, in order."""
        return (each for each in self.tree.iter() if isinstance(each.tag, str) and each.tag in tags)


@dataclass(eq=False)
class Folder:
    """A site's folder, read as it is asked for."""

    root: Path
    _weights: dict[str, int] = field(default_factory=dict)

    @cached_property
    def files(self) -> frozenset[str]:
        """Paths of all files."""
        return frozenset(file.relative_to(self.root).as_posix() for file in self.root.rglob("*") if file.is_file())

    def read(self, path: str) -> bytes:
        """A file's content."""
        return (self.root / path).read_bytes()

    def weight(self, path: str) -> int:
        """A file's bytes as they are sent, compressed."""
        if path not in self._weights:
            self._weights[path] = len(gzip.compress(self.read(path), 6, mtime=0))
        return self._weights[path]

    def pages(self) -> Iterator[_Page]:
        """All pages, by path."""
        for path in sorted(self.files):
            if path.endswith(".html"):
                yield _parsed(path, self.read(path))


def check(root: Path, known: Knowledge) -> list[Fault]:
    """All that is wrong with a site's folder, by page.

    Links inside and their anchors, pictures and their descriptions, headings, HTML, what a page weighs, and whether
    a word of what its readers must not see stands in any byte.
    """
    site = Folder(root)
    anchors: dict[str, frozenset[str]] = {}
    links: list[tuple[str, str]] = []
    found: list[Fault] = []
    for page in site.pages():
        anchors[page.path] = frozenset(page.ids)
        links += [(page.path, each.attrib["href"]) for each in page.all("a", "link") if "href" in each.attrib]
        for look in (_html, _headings):
            found += look(page)
        found += _pictures(page, site)
        found += _weight(page, site)
    found += _links(links, anchors, site)
    found += _canaries(site, known)
    return sorted(found, key=lambda fault: (fault.place, fault.message, sorted(map(str, fault.values.values()))))


def outside(root: Path) -> dict[str, list[str]]:
    """Links to other hosts in a site's folder: each address without its anchor, and the pages that it stands on."""
    found: dict[str, set[str]] = {}
    for page in Folder(root).pages():
        for each in page.all("a"):
            address = each.attrib.get("href", "").partition("#")[0]
            if urlsplit(address).scheme in ("http", "https"):
                found.setdefault(address, set()).add(page.path)
    return {address: sorted(pages) for address, pages in sorted(found.items())}


def _parsed(path: str, data: bytes) -> _Page:
    import html5lib

    parser: Any = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(data, transport_encoding="utf-8")
    wrong = [f"{line}:{column} {name}" for (line, column), name, _ in parser.errors]
    page = _Page(path, tree, wrong)
    page.ids = [each.attrib["id"] for each in tree.iter() if isinstance(each.tag, str) and "id" in each.attrib]
    return page


def _html(page: _Page) -> Iterator[Fault]:
    for problem in page.wrong:
        yield _fault(page.path, N_("this is no proper HTML: {problem}"), problem=problem)
    for name in sorted({each for each in page.ids if page.ids.count(each) > 1}):
        yield _fault(page.path, N_("the name “{name}” stands on two elements"), name=name)
    if not any(each.attrib.get("lang") for each in page.all("html")):
        yield _fault(page.path, N_("the page does not say which language it is in"))


def _headings(page: _Page) -> Iterator[Fault]:
    levels = [int(each.tag[1]) for each in page.all(*_HEADINGS)]
    if levels.count(1) != 1:
        yield _fault(page.path, N_("the page has {count} main headings; one is expected"), count=levels.count(1))
    for before, level in pairwise(levels):
        if level > before + 1:
            message = N_("a heading of level {level} follows one of level {before}")
            yield _fault(page.path, message, level=level, before=before)


def _pictures(page: _Page, site: Folder) -> Iterator[Fault]:
    for each in page.all("img"):
        address = each.attrib.get("src", "")
        if not each.attrib.get("alt", "").strip():
            yield _fault(page.path, N_("the picture {address} has no description"), address=address)
        if not _elsewhere(page.path, address) and _target(page.path, address)[0] not in site.files:
            yield _fault(page.path, N_("the picture {address} is not there"), address=address)


def _links(links: Iterable[tuple[str, str]], anchors: Mapping[str, frozenset[str]], site: Folder) -> Iterator[Fault]:
    for path, link in dict.fromkeys(links):
        if _elsewhere(path, link):
            continue
        target, anchor = _target(path, link)
        if target not in site.files:
            yield _fault(path, N_("the link {address} leads nowhere"), address=link)
        elif anchor and target in anchors and anchor not in anchors[target]:
            yield _fault(path, N_("the link {address} names a place that is not there"), address=link)


def _elsewhere(path: str, address: str) -> bool:
    """Whether an address on a page is not the site's own; nobody knows where the page for missing ones is shown."""
    return bool(urlsplit(address).scheme) or path.endswith("404.html")


def _target(path: str, link: str) -> tuple[str, str]:
    """The file that a link on a page means, and the place in it."""
    parts = urlsplit(urljoin(f"http://site/{path}", link))
    target = unquote(parts.path).lstrip("/")
    return target + ("index.html" if target.endswith("/") or not target else ""), unquote(parts.fragment)


def _weight(page: _Page, site: Folder) -> Iterator[Fault]:
    """What a browser loads before it can show the page."""
    needed = [each.attrib.get("href", "") for each in page.all("link") if each.attrib.get("rel") in _FIRST]
    needed += [each.attrib["src"] for each in page.all("script") if "src" in each.attrib]
    elsewhere = [each for each in needed if urlsplit(each).scheme]
    for address in elsewhere:
        yield _fault(page.path, N_("{address} is loaded from another host"), address=address)
    if page.path.endswith("404.html"):
        return
    files = [page.path, *(path for each in needed if (path := _target(page.path, each)[0]) in site.files)]
    weight = sum(site.weight(path) for path in files)
    if weight > PAGE_BUDGET or len(files) > FILES_BUDGET:
        yield _fault(
            page.path,
            N_("the page weighs {weight} bytes in {count} files; at most {most} in {files} are meant"),
            weight=weight,
            count=len(files),
            most=PAGE_BUDGET,
            files=FILES_BUDGET,
        )


def _canaries(site: Folder, known: Knowledge) -> Iterator[Fault]:
    """Titles and ids of articles that these readers must not see, in any byte."""
    shown = {card.file for card in (*known.cards, *known.withdrawn)}
    open_words = " ".join(card.title for card in known.cards)
    hidden = [card for card in known.every.values() if card.file not in shown]
    words = {
        word.encode(): card.file
        for card in hidden
        for word in (card.title, card.id)
        if len(word) >= _CANARY and word not in open_words
    }
    if not words:
        return
    pattern = re.compile(b"|".join(re.escape(word) for word in sorted(words)))
    for path in sorted(site.files):
        data = site.read(path)
        plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        for word in sorted(set(pattern.findall(plain))):
            yield _fault(
                path, N_("this shows something of {file}, which these readers must not see"), file=words[word]
            )


def _fault(place: str, message: str, **values: object) -> Fault:
    return Fault(place=place, message=message, values=values)
