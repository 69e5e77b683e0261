"""Markdown, and its ways from and to HTML: what forums write, what posts hold, what pages show.

Posts and articles are CommonMark with tables and ``~~struck~~`` words, formulas between ``$`` or ``$$``, and
references ``[^p1]`` to the places that a sentence comes from. HTML of a stranger never gets through as it is.
"""

from __future__ import annotations

from kbuilder.markup.citing import definitions, footnotes, readdressed, references, relabelled, with_definitions
from kbuilder.markup.html import escaped, from_html, without_html
from kbuilder.markup.pieces import Block, BlockKind, blocks
from kbuilder.markup.rendering import title_html, title_text, to_html, without_references
from kbuilder.markup.words import plain

__all__ = [
    "Block",
    "BlockKind",
    "blocks",
    "definitions",
    "escaped",
    "footnotes",
    "from_html",
    "plain",
    "readdressed",
    "references",
    "relabelled",
    "title_html",
    "title_text",
    "to_html",
    "with_definitions",
    "without_html",
    "without_references",
]
