"""The problem in its askers' words: the few sentences that carry it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kbuilder.drafting.extract import Extract, Part, Sentence, sound
from kbuilder.records import Thread
from kbuilder.text import fold, words

MOST = 3
_FEWEST_WORDS, _MOST_WORDS = 4, 60
_PROSE = ("paragraph", "item", "heading")
_STOP_LENGTH = 3
_ALREADY = 0.6
"""Share of its content words that another sentence has too: it says nothing new."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A member's question, taken apart."""

    thread: Thread
    extract: Extract


def statement(asked: Sequence[Asked], answer: str, title: str) -> list[tuple[Asked, list[Part]]]:
    """One to three sentences that tell the problem, in the order of the posts, the representative's first.

    What the title names and the answer takes up again is what matters; early sentences tell more than late ones.

    Args:
        asked: the members' questions, the representative's first.
        answer: the words of the answer that the draft follows.
        title: the draft's.
    """
    matter = {**dict.fromkeys(_content(answer), 0.6), **dict.fromkeys(_content(title), 1.0)}
    chosen: dict[int, list[tuple[int, Sentence]]] = {}
    told: list[set[str]] = []
    for number, each in enumerate(asked):
        room = MOST - sum(map(len, chosen.values()))
        if room <= 0:
            break
        most = room if number == 0 else 1
        chosen[number] = _chosen(each.extract, matter, told, most, first=number == 0)
        told += [_content(sentence.text) for _, sentence in chosen[number]]
    return [(asked[number], _paragraph(found)) for number, found in chosen.items() if found]


def _content(text: str) -> set[str]:
    return {word for word in words(fold(text)) if len(word) > _STOP_LENGTH or word.isdigit()}


def _chosen(
    extract: Extract, matter: dict[str, float], told: list[set[str]], most: int, first: bool
) -> list[tuple[int, Sentence]]:
    """The best sentences of one question, in their order."""
    prose = [each for part in extract.parts if part.kind in _PROSE for each in part.sentences]
    scored = [
        (_score(sentence.text, matter, place, first), -place, sentence)
        for place, sentence in enumerate(prose)
        if _FEWEST_WORDS <= len(words(sentence.text)) <= _MOST_WORDS
    ]
    if not scored and first:
        scored = [(1.0, -place, each) for place, each in enumerate(prose) if len(words(each.text)) <= 2 * _MOST_WORDS]
    floor = 0.0 if first else 0.9
    found: list[tuple[int, Sentence]] = []
    for score, place, sentence in sorted(scored, key=lambda each: (-each[0], -each[1])):
        if len(found) == most or score <= floor:
            break
        if not _is_known(sentence.text, [*told, *(_content(other.text) for _, other in found)]):
            found.append((-place, sentence))
    return sorted(found, key=lambda each: each[0])


def _score(text: str, matter: dict[str, float], place: int, first: bool) -> float:
    said = _content(text)
    weight = sum(matter.get(word, 0.0) for word in said)
    unfinished = 0.6 if text.endswith(":") else 0.0
    early = 0.6 / (1 + place) if first else 0.0
    return weight / (len(said) + 4) ** 0.5 + early - unfinished


def _is_known(text: str, told: list[set[str]]) -> bool:
    said = _content(text)
    return any(len(said & other) >= _ALREADY * max(1, len(said)) for other in told)


def _paragraph(found: list[tuple[int, Sentence]]) -> list[Part]:
    """The sentences as one paragraph; each as its own where Markdown would read them differently together."""
    sentences = tuple(sentence for _, sentence in found)
    whole = sound(Part("paragraph", sentences=sentences))
    return [whole] if whole else [Part("paragraph", sentences=(each,)) for each in sentences]
