"""What Markdown says, in words alone."""

from __future__ import annotations

from collections.abc import Iterable
from html import unescape
from typing import TYPE_CHECKING

from kbuilder.markup.parser import parser, whole

if TYPE_CHECKING:
    from markdown_it.token import Token


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
    pieces = [_words(token, addresses, pictures) for token in parser().parse(whole(markdown))]
    return "\n".join(piece for piece in (piece.strip() for piece in pieces) if piece)


def _words(token: Token, addresses: bool, pictures: bool) -> str:
    if token.type == "inline":
        inside = [each for each in token.children or [] if pictures or each.type != "image"]
        return _with_addresses(inside) if addresses else _said(inside)
    if token.type == "html_block":
        return _text_of_html(token.content)
    return token.content if token.type in ("fence", "code_block", "formula_block") else ""


def _said(tokens: Iterable[Token]) -> str:
    return "".join(inline_words(each) for each in tokens)


def _with_addresses(tokens: Iterable[Token]) -> str:
    said, begun, address = "", 0, ""
    for each in tokens:
        if each.type == "link_open":
            begun, address = len(said), str(each.attrs.get("href", ""))
        elif each.type == "link_close" and address.startswith(("http://", "https://")) and said[begun:] != address:
            said += f" ({address})"
        else:
            said += inline_words(each)
    return said


def inline_words(token: Token) -> str:
    """What an inline token says."""
    if token.type == "image":
        return _said(token.children or [])
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline", "formula", "text_special") else ""


def _text_of_html(html: str) -> str:
    import nh3

    return unescape(nh3.clean(html, tags=set()))
