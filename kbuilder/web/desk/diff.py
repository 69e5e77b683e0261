"""What differs between two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")

Kind = Literal["same", "gone", "new"]


class Piece(NamedTuple):
    """Some words that stayed, went or came."""

    kind: Kind
    text: str


def words(before: str, after: str) -> list[Piece]:
    """The pieces of a text and of what became of it, in order.

    >>> [tuple(each) for each in words("Hold it for ten seconds.", "Hold it for two seconds.")]
    [('same', 'Hold it for '), ('gone', 'ten'), ('new', 'two'), ('same', ' seconds.')]
    """
    return list(_pieces(_TOKENS.findall(before), _TOKENS.findall(after)))


def kept(before: str, after: str) -> float:
    """The share of a text's words that stand, in order, in what became of it.

    >>> kept("Hold the small button.", "Hold the button."), kept("", "x")
    (0.75, 1.0)
    """
    old, new = re.findall(r"\w+", before), re.findall(r"\w+", after)
    if not old:
        return 1.0
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) / len(old)


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield Piece("same", "".join(old[a:b]))
            continue
        if b > a:
            yield Piece("gone", "".join(old[a:b]))
        if d > c:
            yield Piece("new", "".join(new[c:d]))
