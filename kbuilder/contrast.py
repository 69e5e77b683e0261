"""Where two sentences differ in what matters: numbers, negations, and words turned into their opposites."""

from __future__ import annotations

import re
from itertools import pairwise

from kbuilder.text import fold, words

_NEGATIONS = re.compile(
    r"\b(?:not|no|never|none|without|neither|nor|cannot|\w+n['’]t|nicht|nie|niemals|kein\w*|ohne|weder|nur|only)\b",
    re.IGNORECASE,
)
_SPELLED = {
    word: digits
    for digits, spelled in {
        "0.5": "half halb halbe",
        "2": "two twice zwei zweimal",
        "3": "three drei dreimal",
        "4": "four vier",
        "5": "five fuenf",
        "6": "six sechs",
        "7": "seven sieben",
        "8": "eight acht",
        "9": "nine neun",
        "10": "ten zehn",
        "11": "eleven elf",
        "12": "twelve zwoelf",
        "15": "fifteen fuenfzehn",
        "20": "twenty zwanzig",
        "30": "thirty dreissig",
        "60": "sixty sechzig",
        "100": "hundred hundert",
        "1000": "thousand tausend",
    }.items()
    for word in spelled.split()
}
"""Numbers as people write them out, folded."""
_PAIRS = (
    "on off, an aus, ein aus, einschalten ausschalten, eingeschaltet ausgeschaltet, enable disable, "
    "enabled disabled, aktivieren deaktivieren, aktiviert deaktiviert, activate deactivate, tick untick, "
    "check uncheck, left right, links rechts, up down, oben unten, top bottom, before after, vor nach, "
    "bevor nachdem, open close, oeffnen schliessen, always never, immer nie, first last, erste letzte, "
    "more less, mehr weniger, more fewer, with without, mit ohne, long short, lang kurz, plug unplug, "
    "can cannot, allow forbid, erlauben verbieten, add remove, hinzufuegen entfernen, safe unsafe, must may"
)
_OPPOSITES = frozenset(
    pair for one, other in (each.split() for each in _PAIRS.split(", ")) for pair in ((one, other), (other, one))
)
_SHORT = 3
_SHARED = 0.6
"""Share of the shorter sentence's content words that both have, where they speak of one thing."""
_FEWEST = 3
_DECIDED = re.compile(
    r"\W*(?:(yes|yep|ja|doch|correct|genau|stimmt)|(no|nope|nein))\b(?! (?:one|matter|longer)\b)", re.IGNORECASE
)


def content(text: str) -> set[str]:
    """The words of a text that carry it: folded, without short ones; numbers count.

    >>> sorted(content("Hold it for 10 seconds."))
    ['10', 'hold', 'seconds']
    """
    return {word for word in words(fold(text)) if len(word) > _SHORT or word.isdigit()}


def numbers(found: list[str]) -> set[str]:
    """Those of some folded words that are numbers, in digits.

    >>> sorted(numbers(["hold", "ten", "seconds", "3", "times"]))
    ['10', '3']
    """
    return {_SPELLED.get(word, word) for word in found if _is_number(word)}


def _is_number(word: str) -> bool:
    return word in _SPELLED or any(char.isdigit() for char in word)


def negations(text: str) -> int:
    """How often a text negates or restricts."""
    return len(_NEGATIONS.findall(text))


def is_turned(new: list[str], old: list[str]) -> bool:
    """Whether a folded word was exchanged for its opposite: on for off, left for right."""
    come, gone = set(new) - set(old), set(old) - set(new)
    return any((one, other) in _OPPOSITES for one in come for other in gone)


def decided(text: str) -> bool | None:
    """Whether an answer begins with a yes or a no; ``None``: with neither.

    >>> decided("Yes, it is safe."), decided("Nein."), decided("Hold the button.")
    (True, False, None)
    """
    found = _DECIDED.match(text)
    return bool(found[1]) if found else None


def opposed(one: str, other: str) -> bool:
    """Whether two sentences speak of one thing and say different things of it.

    >>> opposed("Hold the button for ten seconds.", "Hold the reset button for thirty seconds.")
    True
    >>> opposed("Hold the button for ten seconds.", "Hold the reset button for ten seconds.")
    False
    >>> opposed("You can drink it after the date.", "You should not drink it after the date.")
    True
    >>> opposed("Hold it five seconds until the lamp blinks twice.", "Hold it 9 seconds until the lamp blinks twice.")
    True
    """
    shared = _content_shared(one, other)
    if shared is None:
        return False
    here, there = words(fold(one)), words(fold(other))
    return (
        negations(one) % 2 != negations(other) % 2
        or is_turned(here, there)
        or _apart(numbers(here), numbers(there))
        or _counted_otherwise(here, there)
    )


def _counted_otherwise(here: list[str], there: list[str]) -> bool:
    """Whether both say how many of something there are, and not the same."""
    one, other = _counts(here), _counts(there)
    return any(_apart(one[what], other[what]) for what in one.keys() & other.keys())


def _counts(found: list[str]) -> dict[str, set[str]]:
    """The numbers among some folded words, by the word that follows: what is counted."""
    counts: dict[str, set[str]] = {}
    for word, what in pairwise(found):
        if _is_number(word) and not _is_number(what):
            counts.setdefault(what, set()).update(numbers([word]))
    return counts


def _apart(one: set[str], other: set[str]) -> bool:
    """Whether there are numbers on both sides, and none is the same."""
    return bool(one and other) and one.isdisjoint(other)


def _content_shared(one: str, other: str) -> set[str] | None:
    """The content words that two sentences share, if they speak of one thing; numbers do not tell that."""
    here, there = ({word for word in content(each) if not _is_number(word)} for each in (one, other))
    shared = here & there
    fewest = min(len(here), len(there))
    return shared if fewest >= _FEWEST and len(shared) >= max(_SHARED * max(len(here), len(there)), _FEWEST) else None
