"""Markdown, and its ways from and to HTML: what forums write, what posts hold, what pages show.

Posts and articles are CommonMark with tables and ``~~struck~~`` words, formulas between ``$`` or ``$$``, and
references ``[^p1]`` to the places that a sentence comes from. HTML of a stranger never gets through as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from html import escape as escape_html
from html import unescape
from itertools import groupby
from threading import get_ident
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urljoin

from kbuilder.formulas import linear

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from bs4.element import PageElement
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

BlockKind = Literal[
    "heading", "paragraph", "item", "code", "table", "image", "quote", "formula", "html", "rule", "definition"
]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of Markdown that stands by itself: ``markdown[start:end]``."""

    kind: BlockKind
    """``item``: how a list's item begins; what follows inside it are blocks of their own kind and depth.
    ``definition``: where a link's label gets its address; it shows nothing."""
    start: int
    end: int
    text: str
    """The source from ``content`` on: without list marks and a heading's hashes."""
    ordered: bool = False
    depth: int = 0
    """How many lists it stands in."""

    @property
    def content(self) -> int:
        """Where ``text`` begins in the source."""
        return self.end - len(self.text)


# Formulas


_FORMULA = re.compile(
    r"""
    (?<!\\)\$\$(?P<display>(?:\\.|\$(?!\$)|[^$\\])+?)\$\$
    | (?<![\\$])\$(?!\$)(?P<inline>(?>\\(?:text\w*|mbox)\{[^{}]*\}|\\.|[^$\\])+?)\$(?!\$)
    | (?P<bare>\\begin\{(?P<name>(?:equation|align|alignat|gather|multline|eqnarray)\*?)\}.+?\\end\{(?P=name)\})
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMAND = re.compile(r"\\[A-Za-z]|\\[%,;!{}|]")
_PROSE = re.compile(r"[^\W\d_]{3,},? [^\W\d_]{2,}")
_SIGNS = "-+*/=<>|≤≥≠≈±×·−∈→"
_BARE_SIGN = re.compile(r"[-+*=<>≤≥≠≈±×·−∈→†°]+")
_SYMBOL = re.compile(r"[^\W\d_]|[\d.,]+%?")
_SPACED = re.compile(r"\s*(?:[^\W\d_]|[(\[][\w, ()\[\]]+[)\]]|[^,;:]*[=<>≤≥][^,;:]*)\s*")
_SHORT = re.compile(r"[^\s\"“”`?@#&%](?:[^\"“”`?@#&%]{0,58}[^\s\"“”`?@#&%])?")
_AMOUNT = re.compile(rf"\d[\d.,]*\s[^{_SIGNS}]*")


def _formula_at(text: str, position: int) -> re.Match[str] | None:
    """The formula that begins at a character, if one does; money such as ``$5 and $6`` is none."""
    found = _FORMULA.match(text, position)
    if found is None or "\n\n" in found[0]:
        return None
    if found["inline"] is None or _is_formula(
        found["inline"], text[position - 1 : position], text[found.end() :][:4]
    ):
        return found
    return None


def _is_formula(tex: str, before: str, after: str) -> bool:
    """Whether what stands between two dollar signs is mathematics, given the characters beside it.

    TeX's commands decide; without any, it must look neither like an amount, a sentence nor a variable of a shell.
    """
    if re.match(r"[^{]*(?<!\\)\}", tex):
        return False
    if _COMMAND.search(tex) or _BARE_SIGN.fullmatch(tex) or (_SYMBOL.fullmatch(tex) and not after[:1].isdigit()):
        return True
    if _PROSE.search(tex) or re.match(r"[A-Z_]{2}|\{", after):
        return False
    glued = bool(re.match(r"(?!(?:th|s|nd|st|rd)\b)[A-Za-z0-9_]", after))
    if re.search(r"[\^_{}]", tex):
        return not (glued and re.search(r"[\s,(]$", tex))
    if before.isalnum() or glued:
        return False
    return bool(_SPACED.fullmatch(tex)) or (bool(_SHORT.fullmatch(tex)) and not _AMOUNT.fullmatch(tex))


def _formulas(text: str) -> Iterator[re.Match[str]]:
    """All formulas of a text, in order."""
    position = 0
    while candidate := _FORMULA.search(text, position):
        found = _formula_at(text, candidate.start())
        if found:
            yield found
        position = found.end() if found else candidate.start() + 1


def _tex(formula: re.Match[str]) -> str:
    """What a formula says, without the signs that begin and end it."""
    return (formula["inline"] or formula["display"] or formula["bare"]).strip()


def _dollars(formula: re.Match[str]) -> str:
    """A formula as Markdown writes it: verbatim, on one line, always between dollar signs."""
    source = " ".join(formula[0].split())
    return f"$${source}$$" if formula["bare"] else source


_MACRO = re.compile(r"\\(?:re)?newcommand\*?\s*\{?\s*(\\[A-Za-z]+)\s*\}?\s*(?:\[(\d)\])?\s*|\\def\s*(\\[A-Za-z]+)\s*")
_ARGUMENT = re.compile(r"\s*(?:\{((?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.|\{[^{}]*\})*\})*)\}|(\\[A-Za-z]+|[^\s{}\\]))")
_MACRO_ROUNDS = 4
_MACRO_LIMIT = 20_000


def _without_macros(markdown: str) -> str:
    """Formulas in which what their writer defined (``\\newcommand``) is written out, so that each stands alone."""
    macros: dict[str, tuple[int, str]] = {}
    parts, position = [], 0
    for formula in _formulas(markdown):
        bare = _defined(formula[0], macros)
        parts += [markdown[position : formula.start()], "" if bare.strip("$ ") == "" else _expanded(bare, macros)]
        position = formula.end()
    return "".join([*parts, markdown[position:]])


def _defined(tex: str, macros: dict[str, tuple[int, str]]) -> str:
    """A formula without its definitions, which are added to ``macros``: name to number of arguments and text."""
    while found := _MACRO.search(tex):
        body = _ARGUMENT.match(tex, found.end())
        if body is None:
            break
        macros[found[1] or found[3]] = (int(found[2] or 0), body[1] if body[2] is None else body[2])
        tex = tex[: found.start()] + tex[body.end() :]
    return tex


def _expanded(tex: str, macros: dict[str, tuple[int, str]]) -> str:
    for _ in range(_MACRO_ROUNDS):
        before = tex
        for name, (count, body) in macros.items():
            tex = _applied(tex, name, count, body)
        if tex == before or len(tex) > _MACRO_LIMIT:
            break
    return tex


def _applied(tex: str, name: str, count: int, body: str) -> str:
    """Every use of one macro written out."""
    parts, position = [], 0
    for found in re.finditer(re.escape(name) + r"(?![A-Za-z])", tex):
        if found.start() < position:
            continue
        end, filled = found.end(), body
        for number in range(1, count + 1):
            argument = _ARGUMENT.match(tex, end)
            if argument is None:
                return tex
            end = argument.end()
            given = argument[1] if argument[2] is None else argument[2]
            gap = " " if given[:1].isalpha() else ""
            filled = re.sub(rf"(\\[A-Za-z]+)#{number}", rf"\1{gap}#{number}", filled).replace(f"#{number}", given)
        parts += [tex[position : found.start()], f"{{{filled}}}"]
        position = end
    return "".join([*parts, tex[position:]])


_LIKE_ALIGN = re.compile(r"\{(?:eqnarray|aligned|split|gathered|gather|multline)\*?\}")
"""Environments of lines that the converter does not know, but for which it knows another."""


_BRACED = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+\}"
_WORDS_WITHIN = re.compile(rf"\\(text\w*|mbox)\{{((?:[^{{}}$]|{_BRACED})*+\$(?:[^{{}}]|{_BRACED})*+)\}}")
"""Words within a formula that hold formulas in their turn."""
_ATOMS = re.compile(r"(?<=[A-Za-z)])\d+")
_CHEMISTRY = re.compile(rf"\\require\{{\\?\w+\}}|\\ce({_BRACED})")


def _words_and_formulas(found: re.Match[str]) -> str:
    r"""Words of a formula and the formulas within them, side by side: the converter knows none within words.

    >>> _WORDS_WITHIN.sub(_words_and_formulas, r"\text{if $x>0$ or so}")
    '\\text{if }x>0\\text{ or so}'
    """
    pieces = found[2].split("$")
    if len(pieces) % 2 == 0:
        return found[0]
    return "".join(each if at % 2 else f"\\{found[1]}{{{each}}}" for at, each in enumerate(pieces) if each)


def _chemistry(found: re.Match[str]) -> str:
    r"""What chemists write as upright letters, numbers of atoms below the line; what loads their signs is nothing.

    >>> _CHEMISTRY.sub(_chemistry, r"\require{mhchem}\ce{H2SO4} \ce{^{40}Ca^+}")
    '\\mathrm{H_{2}SO_{4}} \\mathrm{^{40}Ca^+}'
    """
    return "\\mathrm" + _ATOMS.sub(r"_{\g<0>}", found[1]) if found[1] else ""


_UPRIGHT = re.compile(r'<mo(?: stretchy="false")?>(?=&#x0007C;</mo>)')
"""A bar that is a letter to TeX, as in a ket: browsers would set it apart like a sign between two numbers."""
_ROUND = re.compile(r"<mo>(?=&#x00028;</mo>(?!<mtable))|(?<!</mtable>)<mo>(?=&#x00029;</mo>)")
"""A parenthesis of ``\\pmod``, which would grow with what stands before it; those of a matrix have to."""


@lru_cache(maxsize=4096)
def _mathml(tex: str, display: bool) -> str:
    """A formula as MathML; as its source where it is not understood."""
    from latex2mathml.converter import convert

    inner = re.sub(r"\\(begin|end)\{equation\*?\}", "", tex)
    inner = _CHEMISTRY.sub(_chemistry, _WORDS_WITHIN.sub(_words_and_formulas, inner))
    inner = _LIKE_ALIGN.sub("{align*}", inner)
    if not inner.strip():
        return ""
    if display and r"\\" in inner and r"\begin" not in inner:  # lines of their own, which browsers do not break
        inner = rf"\begin{{align*}}{inner}\end{{align*}}"
    try:
        made = str(convert(inner, display="block" if display else "inline"))
    except Exception:  # the converter raises whatever its parser stumbles over, RecursionError and IndexError too
        return f'<code class="formula">{escape_html(tex)}</code>'
    return _ROUND.sub('<mo stretchy="false">', _UPRIGHT.sub('<mo stretchy="false" lspace="0" rspace="0">', made))


# From HTML


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_DROPPED = _names(
    "script style noscript template svg math object embed applet head meta link base button input select textarea "
    "canvas colgroup"
)
_BLOCKS = _names(
    "p div h1 h2 h3 h4 h5 h6 ul ol li dl dt dd pre blockquote table thead tbody tfoot tr td th hr details summary "
    "section article aside figure figcaption header footer main nav center address form fieldset"
)
_EMPHASIS = _names("b strong i em s del strike")
_SPECIAL = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~]|$) | ` | \*(?!\s) | (?<!\s)\* | (?<![^\W_])_ | _(?![^\W_])
    | <(?=[A-Za-z/!?]) | &(?=\#?\w+;) | ~(?=~) | (?<=~)~ | \](?=[(\[:]) | \[(?=\^) | !(?=\[)""",
    re.VERBOSE,
)
_LINE_START = re.compile(r"(\s*)(?:(\d{1,9})(?=[.)](?:\s|$))|(?=(?:\#{1,6}|[-+*])(?:\s|$)|>|=|--|~~~|\||:-))")
_LANGUAGE = re.compile(r"(?:lang|language|highlight-source)-([\w+#.-]{1,30})")
_COLOURS = {
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
_NO_LANGUAGE = _names("auto none default text plain plaintext nohighlight")


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
    return _without_macros(markdown).strip() if defines else markdown


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
    for formula in _formulas(text):
        parts += [_unmarked(text[position : formula.start()]), _dollars(formula)]
        position = formula.end()
    return "".join([*parts, _unmarked(text[position:])])


def _unmarked(text: str) -> str:
    """Words with their signs escaped; dollars too, where escaping made them look like those of a formula."""
    escaped = _SPECIAL.sub(r"\\\g<0>", text)
    return escaped.replace("$", r"\$") if next(_formulas(escaped), None) else escaped


def _code_language(pre: Tag) -> str:
    """The language that a forum names in the classes of a code block."""
    code = pre.find("code")
    for tag in (code, pre):
        found = _LANGUAGE.search(" ".join(tag.get("class") or ()) if tag else "")
        if found:
            return "" if found[1] in _NO_LANGUAGE else found[1]
    return ""


def _fence(code: str, least: int = 3) -> str:
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
        mark = _fence(code, 1)
        return f" {mark} {' '.join(code.split())} {mark} "
    return f"\n\n{_fence(code)}{_code_language(piece.tag)}\n{code}\n{_fence(code)}\n\n"


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
    **dict.fromkeys(_names("b strong"), _strong),
    **dict.fromkeys(_names("i em"), _italic),
    **dict.fromkeys(_names("s del strike"), _struck),
    **dict.fromkeys(_names("dt summary"), _term),
    **dict.fromkeys(_names("td th"), _cell),
    **dict.fromkeys(_names("dd details aside figure figcaption header footer main nav"), _division),
    **dict.fromkeys(_names("center address form fieldset"), _division),
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


# Parsing


_REFERENCE = re.compile(r"\[\^(p\d+)\]")


@cache
def _parser(tables: bool = True) -> MarkdownIt:
    """CommonMark with tables, struck words, formulas and references.

    Args:
        tables: without them, a text that has none is read in a fifth less time: each of its lines might begin one.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["strikethrough", *(["table"] if tables else [])])
    parser.inline.ruler.before("escape", "formula", _formula_rule)
    parser.inline.ruler.before("link", "reference_mark", _reference_rule)
    parser.block.ruler.before(
        "fence", "formula_block", _formula_block_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    for kind in _AS_HTML:
        parser.add_render_rule(kind, _as_html)
    return parser


def _formula_rule(state: StateInline, silent: bool) -> bool:
    found = _formula_at(state.src, state.pos) if state.src[state.pos] in "$\\" else None
    if found is None or found.end() > state.posMax:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = _tex(found)
        token.meta = {"display": not found["inline"]}
        token.markup = found[0]
    state.pos = found.end()
    return True


def _reference_rule(state: StateInline, silent: bool) -> bool:
    found = _REFERENCE.match(state.src, state.pos)
    if found is None or found.end() > state.posMax:
        return False
    if not silent:
        state.push("reference_mark", "sup", 0).content = found[1]
    state.pos = found.end()
    return True


def _formula_block_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``$$`` to ``$$`` over one or more lines with nothing else on them."""
    first = state.bMarks[start] + state.tShift[start]
    if state.is_code_block(start) or not state.src.startswith("$$", first):
        return False
    for line in range(start, end):
        if state.isEmpty(line) or (line > start and state.sCount[line] < state.blkIndent):
            return False
        source = state.getLines(start, line + 1, state.blkIndent, False).strip()
        close = source.find("$$", 2)
        if close >= 0:
            if close != len(source) - 2 or not source[2:close].strip():
                return False
            if not silent:
                token = state.push("formula_block", "math", 0)
                token.content, token.map, token.markup = source[2:close].strip(), [start, line + 1], source
                state.line = line + 1
            return True
    return False


# To HTML


_MATHML = _names(
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd "
    "mstyle menclose mpadded mphantom mmultiscripts mprescripts mlabeledtr"
)
_TAGS = {
    *_MATHML,
    *_names("a abbr b blockquote br cite code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd"),
    *_names("li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"style"},
    "th": {"style"},
    "code": {"class"},
    "pre": {"class"},
    "span": {"class"},
    "sup": {"class", "data-ref"},
    "math": {"display", "xmlns"},
    "mo": {"stretchy", "fence", "separator", "form", "lspace", "rspace", "minsize", "maxsize"},
    "mi": {"mathvariant"},
    "mspace": {"width", "linebreak"},
    "mfrac": {"linethickness"},
    "mtable": {"columnalign", "rowspacing", "columnspacing", "displaystyle"},
    "mtd": {"columnalign"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "menclose": {"notation"},
}


def to_html(markdown: str) -> str:
    """Markdown as HTML that is safe to show: cleaned, with links to http(s), mailto and relative addresses only.

    Formulas become MathML, code is marked with Pygments' classes. A reference ``[^p1]`` becomes an empty
    ``<sup class="ref" data-ref="p1"></sup>``, which nothing else can become.

    >>> to_html("It **works**.[^p1] <script>alert(1)</script>")
    '<p>It <strong>works</strong>.<sup class="ref" data-ref="p1"></sup> </p>\\n'
    """
    return _cleaned(_rendered(_whole(markdown)))


def without_references(markdown: str) -> str:
    """Markdown without references to sources, for what has none.

    >>> without_references("It works.[^p1]")
    'It works.'
    """
    return _REFERENCE.sub("", markdown)


def title_html(title: str) -> str:
    """A title as HTML that is safe to show: its formulas as MathML, all else as it stands.

    >>> title_html("Does a < b cost $5?")
    'Does a &lt; b cost $5?'
    """
    found = list(_formulas(title))
    if not found:
        return escape_html(title)
    edges = [0, *(edge for formula in found for edge in formula.span()), len(title)]
    words = [escape_html(title[start:end]) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    formulas = [_mathml(_tex(formula), False) for formula in found]
    whole = "".join(part for pair in zip(words, [*formulas, ""], strict=True) for part in pair)
    return f"<span>{_cleaned(whole)}</span>"  # one box, so that no space is lost where boxes stand side by side


def title_text(title: str) -> str:
    r"""A title as text alone: its formulas as near as letters come, all else as it stands.

    >>> title_text(r"What is $|\Psi_0\rangle$ at $5?")
    'What is |Ψ₀⟩ at $5?'
    """
    for formula in reversed(list(_formulas(title))):
        title = title[: formula.start()] + _linear(_tex(formula)) + title[formula.end() :]
    return title


def _linear(tex: str) -> str:
    """A formula as text; as its source where it is not understood."""
    made = _mathml(tex, False)
    try:
        return linear(made) if made.startswith("<math") else tex
    except (SyntaxError, ValueError):  # a character that no XML holds
        return tex


def _cleaned(html: str) -> str:
    cleaned: str = _cleaner().clean(html)
    return cleaned


@cache
def _cleaner() -> Any:
    """The one sanitiser: making it takes as long as cleaning most texts."""
    import nh3

    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        filter_style_properties={"text-align"},
        set_tag_attribute_values={"img": {"loading": "lazy"}},
        link_rel="noopener nofollow",
    )


def _whole(markdown: str) -> str:
    """Text that UTF-8 can hold: half characters, as broken JSON has them, are replaced."""
    return markdown.encode("utf-8", "replace").decode()


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Classes are ours alone."""
    if name == "data-ref":
        return value if re.fullmatch(r"p\d+", value) else None
    return value if name != "class" or _is_our_class(tag, value) else None


def _is_our_class(tag: str, name: str) -> bool:
    if tag == "code":
        return bool(re.fullmatch(r"language-[\w+#.-]+|formula", name))
    return name in {"pre": {"highlight"}, "sup": {"ref"}}.get(tag, _pygments_classes())


@cache
def _pygments_classes() -> frozenset[str]:
    from pygments.token import STANDARD_TYPES

    return frozenset(STANDARD_TYPES.values())


# Python-Markdown renders. It reads lists, fences, emphasis and HTML by other rules than CommonMark, so it is given
# each text as CommonMark understands it, written in the forms that mean the same to both. Texts of forms alone that
# both write alike, blank lines aside, are written by the one that has read them, in less than half the time.


_UNUSED = {
    "preprocessors": _names("normalize_whitespace html_block"),
    "inlinePatterns": _names(
        "reference image_reference short_reference short_image_ref autolink automail linebreak html em_strong "
        "em_strong2 not_strong"
    ),
}
"""Python-Markdown's rules for forms that it is never given, in any of its releases."""
_PAIRS = {"em": "*", "strong": "__", "s": "~~"}
_BARE = "\x03"
"""Before a paragraph that has no ``<p>``: of a tight list, or one of HTML that is a block by itself."""
_MEANT = re.compile(r"[\\`*_\[\]#~|]|!$")
_MEANT_FIRST = re.compile(r"^(?:\d+(?=\.)|(?=[-+=:>]))", re.MULTILINE)
_SPACED_MARK = re.compile(r"(?<=^\*) |(?<=^__) ", re.MULTILINE)
_ENTITIES = str.maketrans({"&": "&amp;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;"})
_ALIGNED = {"text-align:left": ":--", "text-align:right": "--:", "text-align:center": ":-:"}


def _rendered(markdown: str) -> str:
    """Markdown as HTML, not yet safe to show."""
    parser = _parser(tables="|" in markdown)
    tokens = parser.parse(markdown.translate({2: None, 3: None}))
    if all(map(_is_alike, tokens)):
        html: str = parser.renderer.render(tokens, parser.options, {})
        return html
    return _converted(tokens)


def _converted(tokens: Iterable[Token]) -> str:
    """What Python-Markdown makes of a text."""
    renderer = _renderer(get_ident()).reset()
    renderer.parser.state.clear()
    rewriting = _Rewriting(renderer.htmlStash.store)
    for token in tokens:
        rewriting.add(token)
    html: str = renderer.convert("\n".join(rewriting.lines))
    return f"{html}\n" if html else ""


_UNLIKE = _names("image html_inline html_block table_open")
"""What the two write in ways of their own: attributes in another order, or other white space around."""
_ALONE = _names("fence code_block formula_block hr")
"""Likewise where it stands in a list or a quote."""


_UNDERLINED = 2
"""Lines of a heading that is underlined, at most, where it is one line itself."""


def _is_alike(token: Token) -> bool:
    """Whether a part of a text is the same HTML, whoever writes it."""
    if token.type in _UNLIKE or (token.level and token.type in _ALONE):
        return False
    if token.type == "heading_open" and token.map and token.map[1] - token.map[0] > _UNDERLINED:
        return False  # of several lines, which are joined differently
    return not token.children or all(part.type not in _UNLIKE for part in token.children)


@lru_cache(maxsize=32)
def _renderer(_thread: int) -> Any:
    """A thread's own Python-Markdown, which cannot render two texts at a time."""
    from markdown import Markdown
    from markdown.extensions.sane_lists import SaneListExtension
    from markdown.extensions.tables import TableExtension
    from markdown.inlinepatterns import SimpleTagInlineProcessor

    renderer: Any = Markdown(extensions=[TableExtension(), SaneListExtension()])
    for registry, names in _UNUSED.items():
        for name in names:
            getattr(renderer, registry).deregister(name, strict=False)
    for place, (tag, sign) in enumerate(_PAIRS.items()):
        mark = re.escape(sign)
        pair = SimpleTagInlineProcessor(f"({mark})(.+?){mark}", tag)
        renderer.inlinePatterns.register(pair, tag, 60 - place)
    renderer.treeprocessors.register(_Unwrapping(), "unwrapping", 25)
    renderer.ESCAPED_CHARS = list("\\`*_[]#~|!.-+=:>")
    renderer.block_level_elements.remove("math")
    renderer.parser.blockprocessors["table"]._build_empty_row = lambda *_: None
    return renderer


class _Unwrapping:
    """Takes bare paragraphs out of their ``<p>``, before their words are read."""

    def run(self, root: Any) -> None:
        for parent in [*root.iter()]:
            parent.text = (parent.text or "").removeprefix(_BARE)
            before = None
            for child in [*parent]:
                if child.tag == "p" and (child.text or "").startswith(_BARE):
                    self._unwrap(parent, before, child)
                else:
                    before = child
            parent.text = parent.text.lstrip("\n") if len(parent) else parent.text.strip("\n")

    def _unwrap(self, parent: Any, before: Any, child: Any) -> None:
        words = f"\n{child.text[1:]}\n" if len(child.text) > 1 else ""
        if before is None:
            parent.text += words
        else:
            before.tail = (before.tail or "") + words
        parent.remove(child)


class _Rewriting:
    """CommonMark's blocks as Python-Markdown means them: four spaces for each list, a blank line before each block.

    ``keep`` takes HTML, for what has no form that Python-Markdown knows, and gives what stands for it.
    """

    def __init__(self, keep: Callable[[str], str]) -> None:
        self.keep = keep
        self.lines: list[str] = []
        self.margins: list[str] = []
        self.closed = False
        """Whether a list or a quote has just ended, which the next one must not continue."""
        self.lead = ""
        self.cells: list[str] = []
        self.rules: list[str] = []

    def add(self, token: Token) -> None:
        kind = token.type
        if kind in _LISTS or kind == "blockquote_open":
            self._open(quote=kind == "blockquote_open")
        elif kind == "list_item_open":
            self._put(f"{int(token.info)}. {_BARE}" if token.info else f"- {_BARE}")
            self.margins.append("    ")
        elif kind in ("list_item_close", "blockquote_close"):
            self.margins.pop()
            self.closed = kind == "blockquote_close"
        elif kind.endswith("_list_close"):
            self.closed = True
        elif kind in _AS_HTML:
            self._put(_BARE + self.keep(_AS_HTML[kind](token).strip("\n")))
        else:
            self._add_words(token)

    def _open(self, quote: bool) -> None:
        if self.closed:
            self._put(_BARE)
        if quote:
            self._put(">")
            self.margins.append("> ")

    def _put(self, *lines: str) -> None:
        self.lines.append("".join(self.margins).rstrip())
        self._continue(*lines)

    def _continue(self, *lines: str) -> None:
        margin = "".join(self.margins)
        self.lines += [margin + line for line in lines]
        self.closed = False

    def _add_words(self, token: Token) -> None:
        kind = token.type
        if kind == "paragraph_open":
            self.lead = _BARE if token.hidden else ""
        elif kind == "heading_open":
            self.lead = "#" * int(token.tag[1]) + " "
        elif kind in ("th_open", "td_open"):
            self.lead = "|"
            self.rules.append(_ALIGNED.get(str(token.attrGet("style")), "---"))
        elif kind == "inline":
            self._add_inline(re.sub(r"\s*\n\s*", "\n", _inline(token.children or [], self.keep)).strip())
        elif kind == "table_open":
            self.rules = []
            self._put()
        elif kind == "thead_close":
            self._continue(f"|{'|'.join(self.rules)}|")
        elif kind == "tr_close":
            self._continue(f"| {' | '.join(self.cells)} |")
            self.cells = []

    def _add_inline(self, words: str) -> None:
        if self.lead == "|":
            self.cells.append(words)
        elif self.lead.startswith("#"):
            self._put(self.lead + words.replace("\n", " "))
        else:
            words = _SPACED_MARK.sub("&#32;", _MEANT_FIRST.sub(r"\g<0>\\", words))
            self._put(*(self.lead + words or _BARE).split("\n"))


def _inline(tokens: Iterable[Token], keep: Callable[[str], str]) -> str:
    """A paragraph's words, links and emphasis as Python-Markdown means them."""
    parts: list[str] = []
    depths: Counter[str] = Counter()
    target = ""
    for token in tokens:
        if token.tag in _PAIRS:
            depths[token.tag] += token.nesting
            parts.append(_PAIRS[token.tag] if depths[token.tag] == max(token.nesting, 0) else "")
        elif token.type == "link_open":
            target = _target(token, "href")
            parts.append("[")
        elif token.type == "link_close":
            parts.append(f"]{target}")
        elif token.type in _AS_HTML:
            parts.append(keep(_AS_HTML[token.type](token)))
        else:
            parts.append(_AS_WORDS[token.type](token))
    return "".join(parts)


def _literal(text: str) -> str:
    """Words in which no character means anything to Python-Markdown."""
    return _MEANT.sub(r"\\\g<0>", text).translate(_ENTITIES)


def _target(token: Token, name: str) -> str:
    title = f' "{_literal(str(token.attrs["title"]))}"' if "title" in token.attrs else ""
    return f"(<{str(token.attrs[name]).replace('&', '&amp;')}>{title})"


def _ticked(token: Token) -> str:
    mark = _fence(token.content, 1)
    return f"{mark} {token.content} {mark}"


_AS_HTML: dict[str, Callable[[Token], str]] = {
    "fence": lambda token: _highlighted(token.content, *unescape(token.info).split()[:1]),
    "code_block": lambda token: f"<pre><code>{escape_html(token.content)}</code></pre>",
    "html_block": lambda token: _unforged(token.content),
    "html_inline": lambda token: _unforged(token.content),
    "formula_block": lambda token: f"<p>{_mathml(token.content, True)}</p>",
    "formula": lambda token: _mathml(token.content, bool(token.meta["display"])),
    "reference_mark": lambda token: f'<sup class="ref" data-ref="{token.content}"></sup>',
    "hardbreak": lambda _: "<br>\n",
    "hr": lambda _: "<hr>",
}
"""What Python-Markdown is given as HTML, because it has no form for it or reads it only in some places."""


def _as_html(_: object, tokens: list[Token], position: int, *__: object) -> str:
    """Likewise what the reader itself does not write as we want it."""
    token = tokens[position]
    return _AS_HTML[token.type](token) + ("\n" if token.type in _ALONE else "")


_AS_WORDS: dict[str, Callable[[Token], str]] = {
    "text": lambda token: _literal(token.content),
    "softbreak": lambda _: "\n",
    "code_inline": _ticked,
    "image": lambda token: f"![{_literal(_inline_words(token))}]{_target(token, 'src')}",
}
"""What is written as Markdown."""


def _unforged(html: str) -> str:
    """Raw HTML that cannot pass for a reference of ours."""
    return re.sub("data-ref", "data-no", html, flags=re.IGNORECASE)


def _highlighted(code: str, language: str = "") -> str:
    """A code block, its parts marked if Pygments knows the language."""
    from pygments.util import ClassNotFound

    name = re.sub(r"[^\w+#.-]", "", language)
    try:
        marked = _marked(_lexer(name, get_ident()).get_tokens(code))
    except ClassNotFound:
        marked = escape_html(code)
    named = f' class="language-{name}"' if name else ""
    return f'<pre class="highlight"><code{named}>{marked}</code></pre>'


def _marked(tokens: Iterable[tuple[Any, str]]) -> str:
    """Code with the parts that are coloured in classes of Pygments: neighbours alike together, the rest bare."""
    found = []
    for name, alike in groupby(tokens, key=lambda token: _token_class(token[0])):
        words = escape_html("".join(part for _, part in alike))
        found.append(f'<span class="{name}">{words}</span>' if name else words)
    return "".join(found)


@cache
def _token_class(kind: Any) -> str:
    """The class of a kind of token; ``""``: names, signs and blanks, which no style colours."""
    from pygments.token import STANDARD_TYPES

    while kind not in STANDARD_TYPES:
        kind = kind.parent
    return _COLOURS.get(STANDARD_TYPES[kind], "")


@lru_cache(maxsize=256)
def _lexer(language: str, _thread: int) -> Any:
    """A thread's own lexer of a language: making one takes longer than most code takes to mark."""
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name(language, stripnl=False)


# Blocks


_KINDS: dict[str, BlockKind] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "fence": "code",
    "code_block": "code",
    "table_open": "table",
    "blockquote_open": "quote",
    "formula_block": "formula",
    "html_block": "html",
    "hr": "rule",
}
_LISTS = ("bullet_list_open", "ordered_list_open")
_MARKS = re.compile(r"(?:(?:[-+*]|\d{1,9}[.)])(?:[ \t]+|$))+")
_BLANK = " \t\r\n"


def blocks(markdown: str) -> list[Block]:
    """The blocks of a text in order: they do not overlap, and every character that is not blank lies in one.

    >>> [(block.kind, block.text) for block in blocks("# Reset\\n\\n1. Wait.\\n2. Go.")]
    [('heading', 'Reset'), ('item', 'Wait.'), ('item', 'Go.')]
    """
    lines = _lines(markdown)
    found: list[Block] = []
    for kind, first, last, lists, begins in _leaves(_parser().parse(_whole(markdown))):
        block = _block(markdown, lines, kind, first, last, lists, begins)
        if block:
            found.append(block)
    return _with_gaps(markdown, found)


def _lines(markdown: str) -> list[int]:
    """Where each line begins, as CommonMark counts lines, and where the last one ends."""
    return [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", markdown)), len(markdown)]


def _leaves(tokens: list[Token]) -> Iterator[tuple[BlockKind, int, int, list[bool], bool]]:
    """Kind, first line, line after the last, the lists around it (ordered or not), whether it begins an item."""
    lists: list[bool] = []
    begins, inside = False, 0
    for token in tokens:
        if inside:
            inside += token.nesting if token.level >= 0 else 0
            continue
        if token.type in _LISTS:
            lists.append(token.type == "ordered_list_open")
        elif token.type.endswith("_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            begins = True
        elif token.type in _KINDS and token.map:
            yield _KINDS[token.type], token.map[0], token.map[1], [*lists], begins
            begins = False
            inside = token.nesting


def _block(
    markdown: str, lines: list[int], kind: BlockKind, first: int, last: int, lists: list[bool], begins: bool
) -> Block | None:
    start, end = lines[first], lines[min(last, len(lines) - 1)]
    source = markdown[start:end]
    start += len(source) - len(source.lstrip(_BLANK))
    source = source.strip(_BLANK)
    if not source:
        return None
    marks = _MARKS.match(source) if begins else None
    text = source[marks.end() :] if marks else source
    if kind == "paragraph" and _is_picture(text):
        kind = "image"
    if kind == "heading":
        text = re.sub(r"^#{1,6}[ \t]*", "", text)
    return Block("item" if begins else kind, start, start + len(source), text, bool(lists and lists[-1]), len(lists))


def _is_picture(paragraph: str) -> bool:
    """Whether a paragraph holds pictures alone, linked or not, with or without their references."""
    if not paragraph.startswith(("!", "[!")):
        return False
    parts = _parser().parseInline(_whole(paragraph))[0].children or []
    beside = {"image", "link_open", "link_close", "softbreak", "hardbreak", "reference_mark"}
    return all(part.type in beside or not part.content.strip() for part in parts)


def _with_gaps(markdown: str, found: list[Block]) -> list[Block]:
    """The blocks and what lies between them: link definitions, and list marks with nothing behind."""
    whole: list[Block] = []
    position = 0
    for block in [*found, Block("rule", len(markdown), len(markdown), "")]:
        gap = markdown[position : block.start]
        source = gap.strip(_BLANK)
        if source:
            start = position + gap.index(source)
            kind: BlockKind = "item" if _MARKS.fullmatch(source) else "definition"
            text = "" if kind == "item" else source
            whole.append(Block(kind, start, start + len(source), text, depth=int(kind == "item")))
        whole.append(block)
        position = block.end
    return whole[:-1]


# Words


def plain(markdown: str, *, addresses: bool = False, pictures: bool = True) -> str:
    """The words of a text without markup: code as it is, pictures by their descriptions, links by their words.

    Args:
        addresses: behind a link's words stands where it leads.
        pictures: what they are described by is among the words.

    >>> plain("Press **[Reset](https://x.example)** at `10.0.0.1`.[^p1]")
    'Press Reset at 10.0.0.1.'
    >>> plain("See [status](https://x.example).", addresses=True)
    'See status (https://x.example).'
    >>> plain("Press it. ![A button](button.png)", pictures=False)
    'Press it.'
    """
    pieces = [_words(token, addresses, pictures) for token in _parser().parse(_whole(markdown))]
    return "\n".join(piece for piece in (piece.strip() for piece in pieces) if piece)


def _words(token: Token, addresses: bool, pictures: bool) -> str:
    if token.type == "inline":
        inside = [each for each in token.children or [] if pictures or each.type != "image"]
        return _with_addresses(inside) if addresses else _said(inside)
    if token.type == "html_block":
        return _text_of_html(token.content)
    return token.content if token.type in ("fence", "code_block", "formula_block") else ""


def _said(tokens: Iterable[Token]) -> str:
    return "".join(_inline_words(each) for each in tokens)


def _with_addresses(tokens: Iterable[Token]) -> str:
    said, begun, address = "", 0, ""
    for each in tokens:
        if each.type == "link_open":
            begun, address = len(said), str(each.attrs.get("href", ""))
        elif each.type == "link_close" and address.startswith(("http://", "https://")) and said[begun:] != address:
            said += f" ({address})"
        else:
            said += _inline_words(each)
    return said


def _inline_words(token: Token) -> str:
    if token.type == "image":
        return _said(token.children or [])
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline", "formula", "text_special") else ""


def _text_of_html(html: str) -> str:
    import nh3

    return unescape(nh3.clean(html, tags=set()))


_SKIPPED = re.compile(r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)|\\.|\[\^(?P<key>[^\]\s]+)\]", re.DOTALL)
_KEY = re.compile(r"p\d+")


def references(body: str) -> list[tuple[str, int]]:
    """The references ``[^p1]`` of a text and where they stand, in order; code and formulas hold none.

    >>> references("Wait.[^p1] `[^p2]` Go.[^p1]")
    [('p1', 5), ('p1', 22)]
    """
    return [(key, start) for key, start in _marks(body) if _KEY.fullmatch(key)]


def footnotes(body: str) -> list[str]:
    """What looks like a reference and is none, since no source is called so: a page shows it as it stands.

    >>> footnotes("Wait.[^p1] `[^x]` Go.[^zz]")
    ['zz']
    """
    return [key for key, _ in _marks(body) if not _KEY.fullmatch(key)]


def _marks(body: str) -> list[tuple[str, int]]:
    found = []
    for block in blocks(body):
        if block.kind in ("code", "formula", "html"):
            continue
        edges = [edge for formula in _formulas(body[block.start : block.end]) for edge in formula.span()]
        for mark in _SKIPPED.finditer(body[block.start : block.end]):
            inside = bisect_right(edges, mark.start()) % 2
            if mark["key"] and not inside:
                found.append((mark["key"], block.start + mark.start()))
    return found


_LABEL = re.compile(
    r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)|\\.|\[(?P<label>(?:\\.|[^\[\]\\])+)\](?:\[\])?", re.DOTALL
)


def definitions(markdown: str) -> dict[str, str]:
    """Where the labels of a text's links lead, each as Markdown that says so.

    >>> definitions("See [the page][x].\\n\\n[x]: https://x.example")
    {'X': '[X]: <https://x.example>'}
    """
    known: dict[str, Any] = {}
    _parser().parse(_whole(markdown), known)
    found: dict[str, dict[str, str]] = known.get("references", {})
    return {label: _defining(label, each["href"], each["title"]) for label, each in found.items()}


def _defining(label: str, address: str, title: str) -> str:
    quoted = title.replace("\\", r"\\").replace('"', r"\"")
    return f"[{label}]: <{address}>" + (f' "{quoted}"' if title else "")


def relabelled(markdown: str, taken: Mapping[str, str]) -> str:
    """A text whose links' labels are none of some that lead elsewhere.

    >>> relabelled("[Here][x], [x].\\n\\n[x]: /b", definitions("[x]: /a"))
    '[Here][X-2], [x][X-2].\\n\\n[X-2]: /b'
    """
    own = definitions(markdown)
    names: dict[str, str] = {}
    for label, said in own.items():
        if taken.get(label, said) != said:
            free = (f"{label}-{number}" for number in range(2, len(taken) + 2 * len(own) + 3))
            names[label] = next(each for each in free if each not in {*taken, *own, *names.values()})
    for block in reversed(blocks(markdown) if names else []):
        if block.kind not in ("code", "formula", "html"):
            rename = partial(_renamed, names, block.kind == "definition")
            source = _LABEL.sub(rename, markdown[block.start : block.end])
            markdown = markdown[: block.start] + source + markdown[block.end :]
    return markdown


def with_definitions(markdown: str, known: Mapping[str, str]) -> str:
    """A text with those of some definitions that its links need and that it has not.

    >>> with_definitions("[Here][x]", definitions("[x]: /a\\n[y]: /b"))
    '[Here][x]\\n\\n[X]: </a>'
    """
    from markdown_it.common.utils import normalizeReference

    used = {normalizeReference(found["label"]) for found in _LABEL.finditer(markdown) if found["label"]}
    needed = used.intersection(known).difference(definitions(markdown))
    added = "\n".join(known[label] for label in sorted(needed))
    return f"{markdown}\n\n{added}" if added else markdown


def _renamed(names: Mapping[str, str], defines: bool, found: re.Match[str]) -> str:
    from markdown_it.common.utils import normalizeReference

    name = names.get(normalizeReference(found["label"])) if found["label"] else None
    start, end = found.span()
    before, after = found.string[max(start - 1, 0) : start], found.string[end : end + 1]
    if name is None or (defines and after != ":") or (before != "]" and after in ("[", "(")):
        return found[0]
    return f"[{name}]" if defines or before == "]" else f"[{found['label']}][{name}]"


_CODE_OR_TAG = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|<(?=[A-Za-z/!?])", re.DOTALL)


def without_html(markdown: str) -> str:
    """Markdown of a place where HTML means nothing, such as comments: tags are shown as they are written.

    >>> without_html("Use <b> or `<i>`")
    'Use \\\\<b> or `<i>`'
    """
    return _CODE_OR_TAG.sub(lambda found: "\\<" if found[0] == "<" else found[0], markdown)
