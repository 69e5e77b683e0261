"""Slips of the keyboard in a question, mended by the words that an archive has.

A word that nobody in the archive wrote, and that the model does not know either, is read as the most frequent of the
archive's words that is one slip away: a letter too many, missing or another, or two swapped. Four of five slips are
of these (Damerau, "A technique for computer detection and correction of spelling errors", 1964); to choose by
frequency is from Kernighan, Church and Gale, "A spelling correction program based on a noisy channel model" (1990).
A word's first letter is hardly ever wrong (Pollock and Zamora 1984: in 3 of 100 slips), and stays.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from kbuilder.text import fold, words

_FILE = "spellings.json"
_SHORTEST = 4
"""Letters of a word that is mended: shorter ones are too near to each other."""
_LONGEST = 40
"""Likewise: longer ones are none that people type, and the places for a slip would be many."""
_SLIPS = 32
"""Words of a question that are mended, each once: who slips more often writes of something else."""
_ENTRIES = 10_000
"""A word counts if one of so many entries has it: rarer ones are slips themselves, often enough."""
_MOST = 100_000
_LETTERS_OF = 1000
"""The most frequent words, whose letters are the archive's alphabet."""
_WORD = re.compile(r"[^\W\d_]+")


class Spellings:
    """The words of an archive as they are mostly written, the most frequent first."""

    def __init__(self, ranked: Sequence[str]) -> None:
        self._ranked = ranked

    @classmethod
    def open(cls, folder: Path) -> Spellings:
        """Read at once: a file that is damaged is told when the index is opened, not when somebody asks."""
        return cls(json.loads((folder / _FILE).read_text(encoding="utf-8")))

    def written(self, word: str) -> str:
        """How a word is mostly written, by any of its spellings; empty where the archive does not have it."""
        return self._written.get(fold(word), (0, ""))[1]

    def nearest(self, word: str) -> str:
        """The most frequent word that is one slip away; empty where there is none."""
        near = (self._written[each] for each in _one_slip_from(fold(word), self._letters) if each in self._written)
        return min(near, default=(0, ""))[1]

    @cached_property
    def _written(self) -> Mapping[str, tuple[int, str]]:
        """Rank and writing, by folded word."""
        found: dict[str, tuple[int, str]] = {}
        for rank, word in enumerate(self._ranked):
            found.setdefault(fold(word), (rank, word))
        return found

    @cached_property
    def _letters(self) -> str:
        return "".join(sorted({letter for word in [*self._written][:_LETTERS_OF] for letter in word}))


def write(texts: Sequence[str], folder: Path) -> None:
    """The spellings of entries, one text each, into an index's folder."""
    counts = Counter(word for text in texts for word in {word.lower() for word in words(text)} if _mendable(word))
    often = (word for word, count in counts.items() if count * _ENTRIES >= len(texts))
    ranked = sorted(often, key=lambda word: (-counts[word], word))[:_MOST]
    (folder / _FILE).write_text(json.dumps(ranked, ensure_ascii=False), encoding="utf-8")


def mended(text: str, archives: Sequence[Spellings], known: Callable[[str], bool]) -> str:
    """A question without its slips.

    A word in plain letters that the archive writes with others (``groesse``) gets these too: a model knows the word
    as it is written.

    Args:
        archives: the first that has a word near enough decides.
        known: whether a word is right as it is, though no archive has it in its spellings.
    """

    slips: dict[str, str] = {}

    def word(match: re.Match[str]) -> str:
        typed = match[0]
        if not _mendable(typed) or typed in slips:
            return slips.get(typed, typed)
        written = next(filter(None, (each.written(typed) for each in archives)), "")
        if written:
            return written if typed.isascii() and not written.isascii() else typed
        if len(slips) < _SLIPS and not known(typed):
            slips[typed] = next(filter(None, (each.nearest(typed) for each in archives)), typed)
        return slips.get(typed, typed)

    return _WORD.sub(word, text)


def _mendable(word: str) -> bool:
    """Whether it is an ordinary word in a script with capitals: no code, no abbreviation."""
    return _SHORTEST <= len(word) <= _LONGEST and word.isalpha() and word[1:].islower()


def _one_slip_from(word: str, letters: str) -> Iterator[str]:
    for place in range(1, len(word) + 1):
        head, tail = word[:place], word[place:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in letters:
            yield head + letter + tail
            yield head + letter + tail[1:]
