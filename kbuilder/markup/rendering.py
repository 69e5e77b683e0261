"""Markdown as HTML that pages may show."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from html import escape as escape_html
from html import unescape
from itertools import groupby
from threading import get_ident
from typing import TYPE_CHECKING, Any

from kbuilder.formulas import linear
from kbuilder.markup.html import COLOURS, fence
from kbuilder.markup.parser import LISTS, REFERENCE, parser, whole
from kbuilder.markup.tex import formulas_in, mathml, tag_names, tex_of
from kbuilder.markup.words import inline_words

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


_MATHML = tag_names(
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd "
    "mstyle menclose mpadded mphantom mmultiscripts mprescripts mlabeledtr"
)
_TAGS = {
    *_MATHML,
    *tag_names("a abbr b blockquote br cite code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img"),
    *tag_names(
        "li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var"
    ),
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
    return _cleaned(_rendered(whole(markdown)))


def without_references(markdown: str) -> str:
    """Markdown without references to sources, for what has none.

    >>> without_references("It works.[^p1]")
    'It works.'
    """
    return REFERENCE.sub("", markdown)


def title_html(title: str) -> str:
    """A title as HTML that is safe to show: its formulas as MathML, all else as it stands.

    >>> title_html("Does a < b cost $5?")
    'Does a &lt; b cost $5?'
    """
    found = list(formulas_in(title))
    if not found:
        return escape_html(title)
    edges = [0, *(edge for formula in found for edge in formula.span()), len(title)]
    words = [escape_html(title[start:end]) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    formulas = [mathml(tex_of(formula), False) for formula in found]
    whole = "".join(part for pair in zip(words, [*formulas, ""], strict=True) for part in pair)
    return f"<span>{_cleaned(whole)}</span>"  # one box, so that no space is lost where boxes stand side by side


def title_text(title: str) -> str:
    r"""A title as text alone: its formulas as near as letters come, all else as it stands.

    >>> title_text(r"What is $|\Psi_0\rangle$ at $5?")
    'What is |Ψ₀⟩ at $5?'
    """
    for formula in reversed(list(formulas_in(title))):
        title = title[: formula.start()] + _linear(tex_of(formula)) + title[formula.end() :]
    return title


def _linear(tex: str) -> str:
    """A formula as text; as its source where it is not understood."""
    made = mathml(tex, False)
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


_UNUSED = {
    "preprocessors": tag_names("normalize_whitespace html_block"),
    "inlinePatterns": tag_names(
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


@cache
def _reading(tables: bool) -> MarkdownIt:
    """The parser, which also writes what we added to CommonMark."""
    found = parser(tables)
    for kind in _AS_HTML:
        found.add_render_rule(kind, _as_html)
    return found


def _rendered(markdown: str) -> str:
    """Markdown as HTML, not yet safe to show."""
    reading = _reading("|" in markdown)
    tokens = reading.parse(markdown.translate({2: None, 3: None}))
    if all(map(_is_alike, tokens)):
        html: str = reading.renderer.render(tokens, reading.options, {})
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


_UNLIKE = tag_names("image html_inline html_block table_open")
"""What the two write in ways of their own: attributes in another order, or other white space around."""
_ALONE = tag_names("fence code_block formula_block hr")
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
        if kind in LISTS or kind == "blockquote_open":
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
    mark = fence(token.content, 1)
    return f"{mark} {token.content} {mark}"


_AS_HTML: dict[str, Callable[[Token], str]] = {
    "fence": lambda token: _highlighted(token.content, *unescape(token.info).split()[:1]),
    "code_block": lambda token: f"<pre><code>{escape_html(token.content)}</code></pre>",
    "html_block": lambda token: _unforged(token.content),
    "html_inline": lambda token: _unforged(token.content),
    "formula_block": lambda token: f"<p>{mathml(token.content, True)}</p>",
    "formula": lambda token: mathml(token.content, bool(token.meta["display"])),
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
    "image": lambda token: f"![{_literal(inline_words(token))}]{_target(token, 'src')}",
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
    return COLOURS.get(STANDARD_TYPES[kind], "")


@lru_cache(maxsize=256)
def _lexer(language: str, _thread: int) -> Any:
    """A thread's own lexer of a language: making one takes longer than most code takes to mark."""
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name(language, stripnl=False)
