"""The pieces of Markdown that stand by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kbuilder.markup.parser import LISTS, parser, whole

if TYPE_CHECKING:
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
_MARKS = re.compile(r"(?:(?:[-+*]|\d{1,9}[.)])(?:[ \t]+|$))+")
_BLANK = " \t\r\n"


def blocks(markdown: str) -> list[Block]:
    """The blocks of a text in order: they do not overlap, and every character that is not blank lies in one.

    >>> [(block.kind, block.text) for block in blocks("# Reset\\n\\n1. Wait.\\n2. Go.")]
    [('heading', 'Reset'), ('item', 'Wait.'), ('item', 'Go.')]
    """
    lines = _lines(markdown)
    found: list[Block] = []
    for kind, first, last, lists, begins in _leaves(parser().parse(whole(markdown))):
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
        if token.type in LISTS:
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
    parts = parser().parseInline(whole(paragraph))[0].children or []
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
