"""Which words of a body rest on which source, and whether they still do after somebody changed them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from kbuilder import contrast, markup
from kbuilder.errors import KBError
from kbuilder.records import Citation
from kbuilder.text import N_, fold, sentences, squeeze, words

SUPPORTED = 0.8
"""Share of words, in order, that a sentence and its source have in common where the sentence still rests on it."""
_SHORTENED = 0.5
"""Share of a source's words that are enough where a sentence only leaves words out."""
_LONGER = 4
"""What has so many times as many words as its source says something else."""


class UnknownReference(KBError):
    """A body refers to sources that it does not have."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Words that stand before references."""

    text: str
    """Squeezed, without marks of lists and headings."""
    keys: tuple[str, ...]
    start: int
    """Of the first reference in the body."""
    end: int


def statements(body: str) -> list[Statement]:
    """The cited statements of a body, in order: what stands between one reference and the next of a block.

    >>> [(each.text, each.keys) for each in statements("1. Wait.[^p1] Then go on.[^p2]")]
    [('Wait.', ('p1',)), ('Then go on.', ('p2',))]
    """
    marks = markup.references(body)
    places = [start for _, start in marks]
    found: list[Statement] = []
    for block in markup.blocks(body):
        begin = block.content
        for key, start in marks[bisect_left(places, block.content) : bisect_left(places, block.end)]:
            end = start + len(f"[^{key}]")
            text = squeeze(body[begin:start])
            if not text and found and found[-1].end == begin:
                found[-1] = Statement(found[-1].text, (*found[-1].keys, key), found[-1].start, end)
            else:
                found.append(Statement(text, (key,), start, end))
            begin = end
    return found


def supported(text: str, source: str) -> bool:
    """Whether a sentence still says what its source says: nearly the same words in the same order, or fewer.

    Numbers and negations must agree, whatever the share of words.

    >>> supported("Hold the button for ten seconds.", "Hold the reset button for ten seconds.")
    True
    >>> supported("Do not hold the reset button for ten seconds.", "Hold the reset button for ten seconds.")
    False
    """
    new, old = _words(text), _words(source)
    if new == old:
        return True
    if len(new) > _LONGER * len(old):
        return False
    if not contrast.numbers(new) <= contrast.numbers(old) or contrast.is_turned(new, old):
        return False
    if contrast.negations(text) != contrast.negations(source):
        return False
    matcher = SequenceMatcher(None, new, old, autojunk=False)
    common = sum(block.size for block in matcher.get_matching_blocks())
    shortened = common == len(new) and common >= _SHORTENED * len(old)
    return shortened or 2 * common >= SUPPORTED * (len(new) + len(old))


@lru_cache(maxsize=512)
def _words(text: str) -> list[str]:
    """One source is held against many statements."""
    return words(fold(markup.plain(text)))


def checked(body: str, sources: Mapping[str, Citation], before: str = "") -> None:
    """Make sure that each reference of a body has its source.

    Args:
        before: the body as it was: what only looks like a reference there may be somebody's own words.

    Raises:
        UnknownReference: some have none; all are named.
    """
    named = {key for key, _ in markup.references(body)} | ({*markup.footnotes(body)} - {*markup.footnotes(before)})
    unknown = sorted(named - {*sources}, key=lambda key: (len(key), key))
    if unknown:
        raise UnknownReference(
            N_("The text refers to sources that it does not have: {names}"),
            N_("Use the references of the draft or article, or leave them out: such a sentence is editorial."),
            names=", ".join(unknown),
        )


def kept(body: str, before: str, spans: Mapping[str, str] | None = None) -> str:
    """An edited body in which only those sentences keep their reference that still rest on its source.

    Args:
        body: as it is now.
        before: as it was.
        spans: the words of the sources by reference, where they are at hand; else what stood before the reference.
    """
    told = dict(spans or {})
    earlier = statements(before)
    for each in earlier:
        for key in each.keys:
            told.setdefault(key, each.text)
    same = {(each.text, key) for each in earlier for key in each.keys}
    parts, done = [], 0
    for each in statements(body):
        held = [key for key in each.keys if (each.text, key) in same or _rests(each.text, told.get(key, ""))]
        parts += [body[done : each.start], *(f"[^{key}]" for key in held)]
        done = each.end
    return "".join([*parts, body[done:]])


def _rests(text: str, source: str) -> bool:
    """Whether a sentence, or the last of several that one reference ends, still says what its source says."""
    most = _LONGER * (len(_words(source)) + 1)
    for start in reversed([start for start, _ in sentences(text)] or [0]):
        if supported(text[start:], source):
            return True
        if len(_words(text[start:])) > most:  # and so is all that begins before
            return False
    return False
