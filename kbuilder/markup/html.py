"""HTML of forums as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from kbuilder.markup.tex import dollars, formulas_in, tag_names, without_macros

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from bs4.element import PageElement


_DROPPED = tag_names(
    "script style noscript template svg math object embed applet head meta link base button input select textarea "
    "canvas colgroup"
)
_BLOCKS = tag_names(
    "p div h1 h2 h3 h4 h5 h6 ul ol li dl dt dd pre blockquote table thead tbody tfoot tr td th hr details summary "
    "section article aside figure figcaption header footer main nav center address form fieldset"
)
_EMPHASIS = tag_names("b strong i em s del strike")
_SPECIAL = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~]|$) | ` | \*(?!\s) | (?<!\s)\* | (?<![^\W_])_ | _(?![^\W_])
    | <(?=[A-Za-z/!?]) | &(?=\#?\w+;) | ~(?=~) | (?<=~)~ | \](?=[(\[:]) | \[(?=\^) | !(?=\[)""",
    re.VERBOSE,
)
_LINE_START = re.compile(r"(\s*)(?:(\d{1,9})(?=[.)](?:\s|$))|(?=(?:\#{1,6}|[-+*])(?:\s|$)|>|=|--|~~~|\||:-))")
_LANGUAGE = re.compile(r"(?:lang|language|highlight-source)-([\w+#.-]{1,30})")
COLOURS = {
    kind: colour
    for colour, kinds in {
        "c": "c c1 ch cm cp cpf cs",
        "k": "k kc kd kn kp kr kt ow",
        "s": "s s1 s2 sa sb sc sd dl se sh si sr ss sx",
        "nf": "na nb nc nd ne nf nn nt nv fm bp vc vg vi",
        "m": "m mb mf mh mi il mo l no",
        "gd": "gd",
        "gi": "gi gs",
    }.items()
    for kind in kinds.split()
}
"""Pygments' classes by the one of them that a style has to know."""
_NO_LANGUAGE = tag_names("auto none default text plain plaintext nohighlight")


def from_html(html: str, base_url: str = "") -> str:
    """A forum's HTML as Markdown: code with its language, lists, tables, images, quotes and formulas kept.

    Scripts, styles and forms are left out; addresses other than http(s) and mailto lose their link. HTML nested
    hundreds of levels deep keeps its words alone.

    Args:
        html: a body; broken HTML is read as browsers read it.
        base_url: what relative addresses are relative to.

    >>> from_html("<p>Hold <b>reset</b> for 10 s: <code>a*b</code></p>")
    'Hold **reset** for 10 s: `a*b`'
    """
    from bs4 import BeautifulSoup

    readable = html.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    soup = BeautifulSoup(readable, "lxml")
    _tidy(soup, base_url)
    try:
        markdown = str(_converter().convert_soup(soup)).strip()
    except RecursionError:
        return escaped(" ".join(soup.get_text(" ").split()))
    defines = any(command in markdown for command in ("\\newcommand", "\\renewcommand", "\\def"))
    return without_macros(markdown).strip() if defines else markdown


def _tidy(soup: BeautifulSoup, base_url: str) -> None:
    """Take out what is no content, and straighten what Markdown cannot say."""
    from bs4 import Tag

    present = {tag.name for tag in soup.descendants if isinstance(tag, Tag)}

    def each(*names: str, **wanted: Any) -> Sequence[Tag]:
        # A search takes longer than all else here, and most posts are paragraphs.
        return soup.find_all([*names], **wanted) if present.intersection(names) else ()

    for tag in each(*_DROPPED):
        tag.decompose()
    for tag in each("div", class_=["title", "meta", "quote-controls"]):
        if tag.find_parent(class_=["quote", "lightbox-wrapper"]):
            tag.decompose()
    for tag in each("iframe", "video", "audio"):
        _as_link(tag, soup)
        present.add("a")
    for tag in each("a", "img"):
        name = "href" if tag.name == "a" else "src"
        tag[name] = _address(str(tag.get(name) or ""), base_url, picture=tag.name == "img")
    for tag in each("ol", "td", "th"):
        _tidy_numbers(tag)
    for table in each("table"):
        _tidy_table(table, soup)


def _tidy_numbers(tag: Tag) -> None:
    for name in ("start", "colspan"):
        if tag.get(name) and not re.fullmatch(r"[0-9]{1,2}", str(tag[name])):
            del tag[name]


def _as_link(tag: Tag, soup: BeautifulSoup) -> None:
    """What plays something becomes a link to it."""
    inner = tag.find("source")
    source = str(tag.get("src") or (inner.get("src") if inner else "") or "")
    link = soup.new_tag("a", href=source)
    link.string = source
    tag.replace_with(link)


def _tidy_table(table: Tag, soup: BeautifulSoup) -> None:
    """One flat table with as many cells in its first row as in its longest, its caption before it."""
    for inner in table.find_all("table"):
        for cell in inner.find_all(["caption", "thead", "tbody", "tfoot", "tr", "td", "th"]):
            cell.name = "span"
        inner.name = "span"
    caption = table.find("caption")
    if caption:
        caption.name = "p"
        table.insert_before(caption.extract())
    rows = [[*row.find_all(["td", "th"])] for row in table.find_all("tr")]
    if rows and rows[0]:
        spans = [sum(int(str(cell.get("colspan") or 1)) for cell in row) for row in rows]
        for _ in range(max(spans) - spans[0]):
            rows[0][-1].insert_after(soup.new_tag(rows[0][-1].name))


def _address(written: str, base_url: str, picture: bool = False) -> str:
    """A link's or picture's address, whole and ready for Markdown; ``""`` where it may not be followed."""
    bare = re.sub(r"[\x00-\x20\x7f]+", lambda gap: "%20" if gap[0].strip("\r\n\t") else "", written.strip())
    try:
        whole = urljoin(base_url, bare) if base_url else bare
    except ValueError:
        return ""
    if whole.startswith("//"):
        whole = "https:" + whole
    scheme = re.match(r"([^/?#:]*):", whole)
    allowed = ("http", "https") if picture else ("http", "https", "mailto")
    if scheme and scheme[1].lower() not in allowed:
        return ""
    odd = r'[<>"\\`|]' if whole.count("(") == whole.count(")") else r'[<>"\\`|()]'
    return re.sub(odd, lambda char: f"%{ord(char[0]):02X}", whole)


def escaped(text: str) -> str:
    """Words in which no character means anything to Markdown but itself. Formulas stay as they are."""
    parts, position = [], 0
    for formula in formulas_in(text):
        parts += [_unmarked(text[position : formula.start()]), dollars(formula)]
        position = formula.end()
    return "".join([*parts, _unmarked(text[position:])])


def _unmarked(text: str) -> str:
    """Words with their signs escaped; dollars too, where escaping made them look like those of a formula."""
    escaped = _SPECIAL.sub(r"\\\g<0>", text)
    return escaped.replace("$", r"\$") if next(formulas_in(escaped), None) else escaped


def _code_language(pre: Tag) -> str:
    """The language that a forum names in the classes of a code block."""
    code = pre.find("code")
    for tag in (code, pre):
        found = _LANGUAGE.search(" ".join(tag.get("class") or ()) if tag else "")
        if found:
            return "" if found[1] in _NO_LANGUAGE else found[1]
    return ""


def fence(code: str, least: int = 3) -> str:
    """A row of backticks longer than any in the code."""
    return "`" * max(least, 1 + max((len(run) for run in re.findall(r"`+", code)), default=0))


def _edge(sibling: PageElement | None, first: bool) -> str:
    """The character of a neighbour that touches an element: ``"a"`` if it might glue to emphasis."""
    name = getattr(sibling, "name", None)
    if sibling is None or (name is not None and name not in _EMPHASIS):
        return " "
    text = "" if name else str(sibling)
    return (text[0] if first else text[-1]) if text else "a"


@dataclass(frozen=True, slots=True)
class _Piece:
    """An element of forum HTML whose content is Markdown already."""

    tag: Any
    text: str
    around: frozenset[str]
    """Names of the elements that it stands in; ``_noformat``: in code, ``_inline``: in a heading or a cell."""

    @property
    def verbatim(self) -> bool:
        return "_noformat" in self.around

    @property
    def inline(self) -> bool:
        return "_inline" in self.around

    @property
    def margins(self) -> tuple[str, str]:
        """The white space before and after the text."""
        bare = self.text.strip()
        start = self.text.index(bare)
        return self.text[:start], self.text[start + len(bare) :]


def _emphasis(piece: _Piece, mark: str, tag: str, same: frozenset[str]) -> str:
    """Emphasised words; as HTML where the marks would stick to what stands beside them."""
    bare = piece.text.strip()
    if not bare or "\n\n" in bare or piece.verbatim or same & piece.around:
        return piece.text
    before, after = piece.margins
    neighbours = (piece.tag.previous_sibling, piece.tag.next_sibling)
    left = before or _edge(neighbours[0], first=False)
    right = after or _edge(neighbours[1], first=True)
    glued = (left[-1].isalnum() and not bare[0].isalnum()) or (right[0].isalnum() and not bare[-1].isalnum())
    crowded = not before and not after and any(getattr(s, "name", None) in _EMPHASIS for s in neighbours)
    return f"{before}<{tag}>{bare}</{tag}>{after}" if glued or crowded else f"{before}{mark}{bare}{mark}{after}"


def _strong(piece: _Piece) -> str:
    return _emphasis(piece, "**", "strong", frozenset({"b", "strong"}))


def _italic(piece: _Piece) -> str:
    return _emphasis(piece, "*", "em", frozenset({"i", "em"}))


def _struck(piece: _Piece) -> str:
    return _emphasis(piece, "~~", "del", frozenset({"s", "del", "strike"}))


def _link(piece: _Piece) -> str:
    label, href = " ".join(piece.text.split()), piece.tag["href"]
    if piece.verbatim or not label or not href:
        return piece.text if piece.verbatim else label
    if piece.tag.get_text().strip() == href and re.match(r"https?://", href):
        return f"<{href}>"
    before, after = piece.margins
    return f"{before[:1] and ' '}[{label}]({href}{_title(piece.tag)}){after[:1] and ' '}"


def _picture(piece: _Piece) -> str:
    tag = piece.tag
    alt = " ".join(str(tag.get("alt") or "").split())
    written = re.sub(r"(?<!\\)[\[\]]", r"\\\g<0>", escaped(alt))
    if not tag["src"] or "emoji" in (tag.get("class") or ()):
        return written
    return f"![{written}]({tag['src']}{_title(tag)})"


def _title(tag: Tag) -> str:
    title = " ".join(str(tag.get("title") or "").split())
    return ' "{}"'.format(re.sub(r'["\\]|&(?=#?\w+;)', r"\\\g<0>", title)) if title else ""


def _keyboard(piece: _Piece) -> str:
    return piece.text if piece.verbatim else f"<kbd>{escaped(piece.text)}</kbd>"


def _code_block(piece: _Piece) -> str:
    code = re.sub(r"\A[ \t]*\n|\s+\Z", "", piece.text)
    if not code:
        return ""
    if piece.inline:
        mark = fence(code, 1)
        return f" {mark} {' '.join(code.split())} {mark} "
    return f"\n\n{fence(code)}{_code_language(piece.tag)}\n{code}\n{fence(code)}\n\n"


def _line_break(piece: _Piece) -> str:
    if "pre" in piece.around:
        return "\n"
    return " " if piece.inline else "  \n"


def _rule(piece: _Piece) -> str:
    return " " if piece.inline else "\n\n---\n\n"


def _term(piece: _Piece) -> str:
    words = " ".join(piece.text.split())
    return f"\n\n**{words}**\n\n" if words and "**" not in words else f"\n\n{words}\n\n"


def _cell(piece: _Piece) -> str:
    words = " ".join(piece.text.split()).replace("|", r"\|")
    return f" {words} |" + " |" * (int(str(piece.tag.get("colspan") or 1)) - 1)


def _division(piece: _Piece) -> str:
    bare = piece.text.strip("\n").strip()
    return f" {bare} " if piece.inline else f"\n\n{bare}\n\n"


_RULES: dict[str, Callable[[_Piece], str]] = {
    **dict.fromkeys(tag_names("b strong"), _strong),
    **dict.fromkeys(tag_names("i em"), _italic),
    **dict.fromkeys(tag_names("s del strike"), _struck),
    **dict.fromkeys(tag_names("dt summary"), _term),
    **dict.fromkeys(tag_names("td th"), _cell),
    **dict.fromkeys(tag_names("dd details aside figure figcaption header footer main nav"), _division),
    **dict.fromkeys(tag_names("center address form fieldset"), _division),
    "a": _link,
    "br": _line_break,
    "hr": _rule,
    "img": _picture,
    "kbd": _keyboard,
    "pre": _code_block,
}
"""How forum HTML is written in Markdown, where it differs from what markdownify does by itself."""


class _ForumHtml:
    """What is put over markdownify's converter."""

    def get_conv_fn(self, tag_name: str) -> Callable[..., str] | None:
        rule = _RULES.get(tag_name.lower())
        if rule is None:
            ours: Callable[..., str] | None = super().get_conv_fn(tag_name)  # type: ignore[misc]
            return ours
        return lambda el, text, parent_tags: rule(_Piece(el, text, frozenset(parent_tags)))

    def process_text(self, el: Any, parent_tags: Any = None) -> str:
        text: str = super().process_text(el, parent_tags)  # type: ignore[misc]
        if parent_tags and "_noformat" in parent_tags:
            return text
        before = el.previous_sibling
        if getattr(before, "name", None) == "br":
            text = text.lstrip(" ")
        if before is None or getattr(before, "name", None) in {*_BLOCKS, "br"}:
            text = _LINE_START.sub(r"\1\2\\", text, count=1) if _LINE_START.match(text) else text
        return re.sub(r"(?<!\\)[\]!]$", r"\\\g<0>", text) if el.next_sibling is not None else text

    def escape(self, text: str, _parent_tags: Any) -> str:
        return escaped(text)


@cache
def _converter() -> Any:
    from markdownify import MarkdownConverter

    kind = type("ForumHtml", (_ForumHtml, MarkdownConverter), {})
    return kind(bullets="-", heading_style="atx", wrap=True, wrap_width=None, sub_symbol="<sub>", sup_symbol="<sup>")


_CODE_OR_TAG = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|<(?=[A-Za-z/!?])", re.DOTALL)


def without_html(markdown: str) -> str:
    """Markdown of a place where HTML means nothing, such as comments: tags are shown as they are written.

    >>> without_html("Use <b> or `<i>`")
    'Use \\\\<b> or `<i>`'
    """
    return _CODE_OR_TAG.sub(lambda found: "\\<" if found[0] == "<" else found[0], markdown)
