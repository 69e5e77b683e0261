"""Words within words: German and Dutch write compounds as one, and people search for their parts.

A browser's search finds the beginnings of words by itself. What is missing are the ends: they are taken at the
places where a word may be hyphenated, which are those where its parts meet, and some more that do no harm.

The longest of them are wider than a telephone: titles say where they may be divided.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyphen import Pyphen

_PATTERNS = {"de": "de_DE", "nl": "nl_NL"}
_LONG = 8
_PART = 4
_WIDE = re.compile(r"[^\W\d_]{20,}")
"""Words that a telephone may have no room for in a heading."""
_WORD = re.compile(rf"[^\W\d_]{{{_LONG},40}}")


def parts(text: str, language: str) -> list[str]:
    """The ends of a text's compounds, each once, sorted; none in languages that write them apart.

    >>> parts("Routerneustart hilft", "de")
    ['neustart', 'start', 'terneustart']
    """
    name = _PATTERNS.get(language.partition("-")[0])
    if name is None:
        return []
    words = {word.lower() for word in _WORD.findall(text)}
    return sorted({end for word in words for end in _ends(word, name)} - words)


def hyphenated(html: str, language: str) -> str:
    """A title whose longest words may be divided where they are spoken so: not every browser knows that by itself.

    >>> hyphenated("Die Datenschutzgrundverordnung", "de").replace("\xad", "-")
    'Die Da-ten-schutz-grund-ver-ord-nung'
    """
    from pyphen import language_fallback

    patterns = language_fallback(language)
    return _WIDE.sub(lambda word: _hyphens(patterns).inserted(word[0], "\xad"), html) if patterns else html


@cache
def _ends(word: str, patterns: str) -> tuple[str, ...]:
    return tuple(word[at:] for at in _hyphens(patterns).positions(word) if len(word) - at >= _PART)


@cache
def _hyphens(patterns: str) -> Pyphen:
    from pyphen import Pyphen

    return Pyphen(lang=patterns, left=2, right=_PART)
