"""The parser of Markdown as posts and articles have it, with formulas and references."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from kbuilder.markup.tex import formula_at, tex_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline


REFERENCE = re.compile(r"\[\^(p\d+)\]")
"""To the place that a sentence comes from."""


@cache
def parser(tables: bool = True) -> MarkdownIt:
    """CommonMark with tables, struck words, formulas and references.

    Args:
        tables: without them, a text that has none is read in a fifth less time: each of its lines might begin one.
    """
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark").enable(["strikethrough", *(["table"] if tables else [])])
    made.inline.ruler.before("escape", "formula", _formula_rule)
    made.inline.ruler.before("link", "reference_mark", _reference_rule)
    made.block.ruler.before(
        "fence", "formula_block", _formula_block_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    return made


def _formula_rule(state: StateInline, silent: bool) -> bool:
    found = formula_at(state.src, state.pos) if state.src[state.pos] in "$\\" else None
    if found is None or found.end() > state.posMax:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = tex_of(found)
        token.meta = {"display": not found["inline"]}
        token.markup = found[0]
    state.pos = found.end()
    return True


def _reference_rule(state: StateInline, silent: bool) -> bool:
    found = REFERENCE.match(state.src, state.pos)
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


def whole(markdown: str) -> str:
    """Text that UTF-8 can hold: half characters, as broken JSON has them, are replaced."""
    return markdown.encode("utf-8", "replace").decode()


LISTS = ("bullet_list_open", "ordered_list_open")
"""Tokens with which a list begins."""
