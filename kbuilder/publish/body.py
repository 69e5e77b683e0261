"""An article's text as its page shows it: numbered references, anchors, links that hold, pictures of our own."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import unquote, urlsplit

from kbuilder.publish.tabs import balanced, with_tabs
from kbuilder.publish.views import Heading
from kbuilder.publish.withdrawn import MARK, unmarked
from kbuilder.text import N_, slug, squeeze

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MARKED = re.compile(f"{MARK[0]}([^{MARK[0]}{MARK[1]}]*){MARK[1]}")
_REFERENCE = re.compile(r'data-ref="(p\d+)"')
_ANY_TAG = re.compile(r'<[^">]*(?:"[^"]*"[^">]*)*>')
_REFERENCES = re.compile(r"<sup class=\"ref\b.*?</sup>")
_STEPS = re.compile(r"<ol\b[^>]*>(.*?)</ol>", re.DOTALL)
_ITEM = re.compile(r"<li>(.*?)</li>", re.DOTALL)
_CHANGED = re.compile(
    r"""<(?:/(?P<end>h[1-6]|sup|a|pre|table)
    |(?P<tag>h[1-6]|sup|img|a|pre|table|t[dh])\b(?P<given>[^">]*(?:"[^"]*"[^">]*)*))>""",
    re.VERBOSE,
)
"""Tags that a page writes otherwise."""
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_QUOTE = re.compile(r"<blockquote>(?=(.*?)</blockquote>)", re.DOTALL)
_FORMULA = re.compile(r'(<math\b[^">]*(?:"[^"]*"[^">]*)* display="block")>')
"""One on lines of its own: where it is wider than the screen, it is scrolled, by keyboard too."""
_TAKEN = re.compile(r"[rs]\d+|main|q|contents|feedback|phrasings|related|sources|end")
"""What templates name, ours or a theme's; sources and their references shortly, for a page has dozens."""
_COLUMN = 680
"""Pixels that a text is wide; a picture with more leads to itself, for what is small in it."""
_ALIGNED = re.compile(r"text-align:\s*(left|center|right)")
_UNTOLD = (
    "",
    "enter image description here",
    "introducir la descripción de la imagen aquí",
    "insira a descrição da imagem aqui",
)
"""Nothing, and what Stack Exchange's editor writes for whoever describes a picture, and many leave so."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the text: its address as written, and its description."""

    address: str
    alt: str


@dataclass
class Body:
    """What became of a text."""

    html: str = ""
    anchors: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    """Addresses as they were written, in order."""
    pictures: list[Picture] = field(default_factory=list)
    contents: list[Heading] = field(default_factory=list)
    """Its headings, in order."""

    @property
    def steps(self) -> list[str]:
        """The words of the items of its first list in order."""
        found = _STEPS.search(self.html)
        items = _ITEM.findall(found[1]) if found else []
        return [squeeze(unescape(_ANY_TAG.sub(" ", _REFERENCES.sub("", item)))) for item in items]


@dataclass(frozen=True)
class Frame:
    """What a text needs to know of the site around it."""

    link: Callable[[str], str | None]
    """An address as written to the one on the page; ``None``: it leads nowhere."""
    picture: Callable[[str], tuple[str, int, int] | None]
    """Likewise for a picture that the site holds itself, with width and height; ``None``: it has none."""
    numbers: Mapping[str, int]
    """Reference keys to the numbers of the sources."""
    say: Callable[[str], str]
    """Texts of the interface in the page's language."""
    changed: frozenset[int] = frozenset()
    """Numbers of the sources that have changed."""
    spoken: Callable[[str], str] = lambda _: ""
    """The language of a quotation; ``""``: the text's own."""
    below: int = 1
    """The level of the heading that the text stands below."""
    names: str = ""
    """What stands before every anchor, where several texts share a page."""


def references(html: str) -> list[str]:
    """The keys of a text's references, in order; only :func:`kbuilder.markup.to_html` makes them."""
    return _REFERENCE.findall(html)


def page_body(html: str, frame: Frame) -> Body:
    """Safe HTML, as :func:`kbuilder.markup.to_html` makes it, fitted to its page."""
    writer = _Writer(frame)
    writer.feed(html)
    writer.body.html = _MARKED.sub(lambda found: _marked(found[1]), "".join(writer.out))
    writer.body.html = _QUOTE.sub(lambda found: _quote(found, frame), unmarked(writer.body.html))
    writer.body.html = _FORMULA.sub(r'\1 tabindex="0">', writer.body.html)
    writer.body.html = with_tabs(writer.body.html, frame.say, frame.names)
    return writer.body


def media_path(address: str, article: str) -> str:
    """The file of the knowledge base that a picture's address means, from the article's path; ``""`` for none.

    >>> media_path("../../../media/a.png", "articles/en/re/reset.md")
    'media/a.png'
    """
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path:
        return ""
    path = unquote(parts.path)
    tries = (path.lstrip("/"), posixpath.join(posixpath.dirname(article), path))
    found = (posixpath.normpath(each) for each in tries)
    return next((each for each in found if each.startswith("media/")), "")


def _marked(inner: str) -> str:
    """A sentence whose source has changed, if it can be marked as a whole."""
    return f'<mark class="changed">{inner}</mark>' if balanced(inner) else inner


def _quote(found: re.Match[str], frame: Frame) -> str:
    """What begins a quotation, which says its language where that is another."""
    language = frame.spoken(squeeze(unescape(_ANY_TAG.sub(" ", _REFERENCES.sub("", found[1])))))
    return f'<blockquote lang="{escape(language)}">' if language else "<blockquote>"


class _Writer:
    """Writes HTML again with what a page needs; most of it goes through as it is."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.body = Body()
        self.out: list[str] = []
        self.seen: set[int] = set()
        self.last = 0
        """The number before, of the same source: one that says it again is shown more quietly."""
        self.closes: list[tuple[str, str]] = []
        self.heading: tuple[int, str] | None = None
        self.level = frame.below
        self.kept: list[str] = []

    def feed(self, html: str) -> None:
        """Write what the sanitiser wrote: it quotes all attributes, and closes all elements in order."""
        position = 0
        for found in _CHANGED.finditer(html):
            self.out.append(html[position : found.start()])
            position = found.end()
            if found["end"]:
                self._close(found["end"])
            else:
                given = _ATTRIBUTE.findall(found["given"])
                self._open(found["tag"], {name: unescape(value) for name, value in given})
        self.out.append(html[position:])

    def _open(self, tag: str, given: dict[str, str]) -> None:
        if tag in _HEADINGS:
            self._open_heading(tag)
        elif tag == "sup":
            self._reference(given)
        elif tag == "img":
            self._picture(given)
        elif tag == "a":
            self._link(given)
        elif tag == "pre":
            self._wrap(tag, '<div class="code"><pre tabindex="0">', "</pre></div>")
        elif tag == "table":
            label = escape(self.frame.say(N_("Table")))
            opening = f'<div class="table" role="region" aria-label="{label}" tabindex="0"><table>'
            self._wrap(tag, opening, "</table></div>")
        else:
            aligned = _ALIGNED.search(given.get("style", ""))
            scope = ' scope="col"' if tag == "th" else ""
            kind = f' class="{aligned[1]}"' if aligned else ""
            self.out.append(f"<{tag}{scope}{kind}>")

    def _close(self, tag: str) -> None:
        if tag in _HEADINGS and self.heading:
            self._close_heading()
        elif self.closes and self.closes[-1][0] == tag:
            self.out.append(self.closes.pop()[1])
        else:
            self.out.append(f"</{tag}>")

    def _wrap(self, tag: str, before: str, after: str) -> None:
        self.out.append(before)
        self.closes.append((tag, after))

    def _reference(self, given: dict[str, str]) -> None:
        """A small number that leads to the source; nothing where there is no such source."""
        if given.get("class") != "ref":
            self._wrap("sup", "<sup>", "</sup>")
            return
        self.closes.append(("sup", ""))
        number = self.frame.numbers.get(given.get("data-ref", ""))
        if number is None:
            return
        names = self.frame.names
        name = "" if number in self.seen else f' id="{names}r{number}"'
        self.seen.add(number)
        again, self.last = number == self.last, number
        said = "" if again else self.frame.say(N_("Source {n}")).format(n=number)
        label = f' aria-label="{escape(said)}"' if said else ""
        changed = " changed" if number in self.frame.changed else ""
        link = f'<a href="#{names}s{number}"{name}{label}>{number}</a>'
        self.out.append(f'<sup class="ref{changed}">{link}</sup>')

    def _picture(self, given: dict[str, str]) -> None:
        """A picture of the knowledge base; one of another host becomes a link, for nobody is told who reads."""
        address, alt = given.get("src", ""), given.get("alt", "")
        self.body.pictures.append(Picture(address, alt))
        own = self.frame.picture(address)
        if own is not None:
            address, width, height = own
            size = f' width="{width}" height="{height}"' if width and height else ""
            shown = f'<img src="{escape(address)}" alt="{escape(alt)}"{size} loading="lazy" decoding="async">'
            leads = width > _COLUMN and alt.strip() and not self._in_link
            self.out.append(f'<a href="{escape(address)}">{shown}</a>' if leads else shown)
            return
        host = urlsplit(address).hostname
        words = escape(self.frame.say(N_("Picture")) if alt.strip() in _UNTOLD else alt)
        if not host:
            self.out.append(f'<span class="picture">{words}</span>')
        elif self._in_link:
            self.out.append(f"{words} ({escape(host)})")
        else:
            inner = f"{words} <span>({escape(host)})</span>"
            self.out.append(f'<a class="picture" href="{escape(address)}" rel="noopener nofollow">{inner}</a>')

    @property
    def _in_link(self) -> bool:
        return any(tag == "a" for tag, _ in self.closes)

    def _link(self, given: dict[str, str]) -> None:
        address = given.get("href", "")
        self.body.links.append(address)
        target = self.frame.link(address)
        if target is None:
            self._wrap("a", "", "")
            return
        outside = ' rel="noopener nofollow"' if urlsplit(target).scheme else ""
        title = f' title="{escape(given["title"])}"' if given.get("title") else ""
        self._wrap("a", f'<a href="{escape(target)}"{title}{outside}>', "</a>")

    def _open_heading(self, tag: str) -> None:
        """Headings stand below the page's own and leave no level out."""
        wanted = max(int(tag[1]), 2) + self.frame.below - 1
        self.level = min(wanted, self.level + 1, 6)
        self.heading = (self.level, tag)
        self.kept, self.out = self.out, []

    def _close_heading(self) -> None:
        level, _ = self.heading or (2, "")
        inner, self.out, self.heading = "".join(self.out), self.kept, None
        words = _ANY_TAG.sub("", _REFERENCES.sub("", inner))
        name = self.frame.names + self._anchor(slug(re.sub(r"&\w+;", "", words)))
        self.body.contents.append(Heading(level, squeeze(unescape(words)), name))
        self.out.append(f'<h{level} id="{name}">{inner}</h{level}>')

    def _anchor(self, name: str) -> str:
        """A name for a heading that nothing else on the page has."""
        name = f"section-{name}" if _TAKEN.fullmatch(name) else name
        taken = set(self.body.anchors)
        number = 1
        while (unique := name if number == 1 else f"{name}-{number}") in taken:
            number += 1
        self.body.anchors.append(unique)
        return unique
