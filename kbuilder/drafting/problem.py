"""The problem in its askers' words: the few sentences that carry it."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kbuilder import chatter
from kbuilder.drafting.extract import Extract, Part, Sentence, sound
from kbuilder.records import Thread
from kbuilder.redact import PLACEHOLDER
from kbuilder.text import fold, leans, words

MOST = 3
_FEWEST_WORDS, _MOST_WORDS = 4, 60
_PROSE = ("paragraph", "item", "heading")
_STOP_LENGTH = 3
_LATE = 20
_ADDS = 0.9
"""Score from which on a sentence of another question is worth adding."""
_YES_OR_NO = re.compile(
    r"\W*(?:yes|no|yep|nope|ja|nein|jein|doch|correct|right|genau|stimmt)\b(?! one\b)", re.IGNORECASE
)
_ASIDE = re.compile(
    r"\W*(?:note|nb|n\.b\.|hinweis|disclaimer|edited|referencing|for clarification|su[bp]>|(?:this is )?(?:an? |my )?(?:follow|fork)[ -]?up|reproduced from"
    r"|as (?:i|we|you)(?:['’]ve| have)? (?:\w+ )?(?:said|mentioned|wrote|noted|explained|stated)"
    r"|wie (?:ich |du )?(?:schon |bereits |oben )*(?:gesagt|geschrieben|erwähnt))\b",
    re.IGNORECASE,
)
"""Begins a remark on the thread, not the problem."""
_ENDS = re.compile(r"[.!?…][\"'”“’»)\]*_]*$")
_ONLY_LINK = re.compile(r"\W*!?\[[^\[\]]*\]\([^()]*\)\W*|<?https?://\S+")
_ALREADY = 0.6
"""Share of its content words that another sentence has too: it says nothing new."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A member's question, taken apart."""

    thread: Thread
    extract: Extract


@dataclass(frozen=True, slots=True)
class _Matter:
    """What a problem is about, as its answer and title tell."""

    weights: Mapping[str, float]
    decided: bool
    """The answer begins with yes or no: without the question it says nothing."""
    capitals: bool = False
    """Whoever asks begins sentences with capitals."""

    def score(self, text: str, place: int) -> float:
        said = _content(text)
        weight = sum(self.weights.get(word, 0.0) for word in said) / math.sqrt(len(said) + 4)
        told = 0.8 * self.is_decided(text) - 0.6 * text.endswith(":") - 1.5 * bool(PLACEHOLDER.search(text))
        told -= (
            0.5 * _leans(text)
            + 0.5 * bool(chatter.remark(text))
            + 0.8 * bool(_ONLY_LINK.fullmatch(text))
            + 1.5 * bool(_ASIDE.match(text))
            + 1.0 * (self.capitals and text[:1].islower())  # the end of a sentence that a list or a quotation cut
        )
        return weight + 0.6 / (1 + place) + told

    def is_decided(self, text: str) -> bool:
        return self.decided and text.endswith("?")


def statement(asked: Sequence[Asked], answer: str, title: str) -> list[tuple[Asked, list[Part]]]:
    """One to three sentences that tell the problem, in the order of the posts.

    What the title names and the answer takes up again is what matters; early sentences tell more than late ones.

    Args:
        asked: the members' questions; first that which the answer was given to.
        answer: the words of the answer that the draft follows.
        title: the draft's.
    """
    weights = {**dict.fromkeys(_content(answer), 0.6), **dict.fromkeys(_content(title), 1.0)}
    begun = [sentence.text[:1] for _, sentence in (_prose(asked[0].extract) if asked else [])]
    matter = _Matter(weights, bool(_YES_OR_NO.match(answer)), 2 * sum(map(str.isupper, begun)) > len(begun))
    chosen = [(asked[0], _main(asked[0].extract, matter))] if asked else []
    for each in asked[1:]:
        told = [_content(sentence.text) for _, found in chosen for sentence in found]
        if len(told) >= MOST:
            break
        chosen.append((each, _further(each.extract, matter, told)))
    stated = [(each, [*_paragraph(found), *_led(each.extract, found[-1])]) for each, found in chosen if found]
    message = _message(asked[0].extract) if asked else None
    return _with(stated, asked[0], message) if message else stated


_ERROR = re.compile(
    r"\b(?:error|exception|traceback|fail(?:ed|ure)?|fatal|denied|refused|not found|timed? ?out|invalid|cannot|unable to"
    r"|fehler|fehlgeschlagen|verweigert|nicht gefunden|ungültig)\b|\b0x[0-9a-f]{4,}\b|\b[A-Z]+_[A-Z_]{3,}\b",
    re.IGNORECASE,
)
_LINES = 12
"""Of a message; a log is for the source to show."""


def _message(extract: Extract) -> Part | None:
    """The first error message that a question shows as code: what whoever has the problem searches for."""
    for part in extract.parts:
        text = part.block.text if part.block and part.kind == "code" else ""
        if text and text.count("\n") <= _LINES + 2 and _ERROR.search(text):
            return part
    return None


def _with(told: list[tuple[Asked, list[Part]]], asked: Asked, message: Part) -> list[tuple[Asked, list[Part]]]:
    """The problem with its message after the words of the same question."""
    if told and told[0][0] is asked:
        return [(asked, [*told[0][1], replace(message, depth=0)]), *told[1:]]
    return [(asked, [replace(message, depth=0)]), *told]


_SO = re.compile(r"(?:so|and|but|also|or|now|then|und|aber|oder),? ", re.IGNORECASE)
"""Leads to a question that is understood without what it follows from."""


def _leans(text: str) -> bool:
    """Whether a sentence needs the one before it; a question does not for its first word alone."""
    return leans(_SO.sub("", text, count=1) if text.endswith("?") and _SO.match(text) else text)


def _content(text: str) -> set[str]:
    return {word for word in words(fold(text)) if len(word) > _STOP_LENGTH or word.isdigit()}


def _prose(extract: Extract) -> list[tuple[int, Sentence]]:
    """Its sentences with their places. What a list only names is none, where there are others."""
    parts = [part for part in extract.parts if part.kind in _PROSE]
    whole = [each for part in parts for each in part.sentences if part.kind == "paragraph" or _ENDS.search(each.text)]
    return list(enumerate(whole or [each for part in parts for each in part.sentences]))


def _main(extract: Extract, matter: _Matter) -> list[Sentence]:
    """The best sentences of a question, in their order; any that there is where none is good."""
    prose = _prose(extract)
    fit = [
        each
        for each in prose
        if _is_fit(each[1].text) or (_is_brief(each[1].text) and matter.is_decided(each[1].text))
    ]
    scored = sorted(fit or prose[:1], key=lambda each: (-matter.score(each[1].text, each[0]), each[0]))
    found: list[tuple[int, Sentence]] = []
    for place, sentence in scored:
        if found and matter.score(sentence.text, place) <= 0:
            break
        if len(found) < MOST and not _is_known(sentence.text, [_content(other.text) for _, other in found]):
            found.append((place, sentence))
    found = _with_lead(sorted(found, key=lambda each: each[0]), prose)
    return [sentence for _, sentence in _understood(found, extract)]


def _with_lead(
    found: list[tuple[int, Sentence]], prose: Sequence[tuple[int, Sentence]]
) -> list[tuple[int, Sentence]]:
    """With the sentence before the first, where that goes on from it and there is room."""
    place, first = found[0] if found else (0, None)
    if first is None or not place or len(found) == MOST or not leans(first.text):
        return found
    before = prose[place - 1][1]
    return [(place - 1, before), *found] if _is_fit(before.text) and not leans(before.text) else found


def _understood(found: list[tuple[int, Sentence]], extract: Extract) -> list[tuple[int, Sentence]]:
    """Without those that lean on something that is not there, as far as any other is left."""
    places = {place for place, _ in found}
    whole = [
        (place, sentence)
        for place, sentence in found
        if (place == 0 or place - 1 in places or not _leans(sentence.text))
        and (place + 1 in places or not sentence.text.endswith(":"))
        and (sentence is found[-1][1] or _follower(extract, sentence) is None)
    ]
    return whole or found


def _led(extract: Extract, last: Sentence) -> list[Part]:
    """The quotation or formula that a sentence leads to."""
    part = _follower(extract, last)
    fits = part and part.kind in ("quote", "formula") and len(words(part.text)) <= _MOST_WORDS
    return [replace(part, depth=0)] if part and fits else []


def _follower(extract: Extract, sentence: Sentence) -> Part | None:
    """The quotation or block that a sentence without an end leads to."""
    if _ENDS.search(sentence.text):
        return None
    following = itertools.pairwise(extract.parts)
    return next((each for part, each in following if part.sentences[-1:] == (sentence,) and _is_shown(each)), None)


def _is_shown(part: Part) -> bool:
    return part.kind == "quote" or part.block is not None


def _further(extract: Extract, matter: _Matter, told: Sequence[set[str]]) -> list[Sentence]:
    """The one sentence of another question that adds most, if it adds something."""
    fit = [(matter.score(each.text, _LATE), -place, each) for place, each in _prose(extract) if _is_fit(each.text)]
    new = [each for each in fit if each[0] > _ADDS and not _is_known(each[2].text, told)]
    return [max(new, key=lambda each: each[:2])[2]] if new else []


def _is_fit(text: str) -> bool:
    return _FEWEST_WORDS <= len(words(text)) <= _MOST_WORDS


def _is_brief(text: str) -> bool:
    return 0 < len(words(text)) < _FEWEST_WORDS


def _is_known(text: str, told: Sequence[set[str]]) -> bool:
    said = _content(text)
    return bool(said) and any(len(said & other) >= _ALREADY * max(1, len(said)) for other in told)


def _paragraph(found: Sequence[Sentence]) -> list[Part]:
    """The sentences as one paragraph; each as its own where Markdown would read them differently together."""
    sentences = tuple(replace(sentence, line=False) for sentence in found)
    whole = sound(Part("paragraph", sentences=sentences))
    return [whole] if whole else [Part("paragraph", sentences=(each,)) for each in sentences]
