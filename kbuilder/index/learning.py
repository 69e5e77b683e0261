"""What an archive tells of itself: how much words, titles and bodies count when somebody asks in other words.

A sentence of an answer is such a question, and its own thread the right result. It is compared with titles and bodies
alone, since in the answers it stands itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kbuilder.index.entries import Entry
from kbuilder.records import digest
from kbuilder.text import sentences, squeeze, words

if TYPE_CHECKING:
    import numpy as np

_SENTENCES = 400
"""Of a language, at most."""
_FEWEST = 30
"""Sentences below which a language says too little."""
_ENTRIES = 3000
"""Entries of a language among which a sentence must find its own, at most."""
_WORDS = range(4, 41)


@dataclass(frozen=True)
class Probe:
    """A sentence and the entry that it must find."""

    entry: str
    language: str
    text: str


def probes(entries: Sequence[Entry]) -> list[Probe]:
    """Sentences of answers, some of each entry, the same ones for any order of entries."""
    found: dict[str, list[Probe]] = {}
    for entry in sorted(entries, key=lambda each: digest(each.id)):
        language = entry.language.partition("-")[0]
        if len(found.setdefault(language, [])) < _SENTENCES:
            found[language] += [Probe(entry.id, language, text) for text in asked_of(entry)]
    kept = (each[:_SENTENCES] for _, each in sorted(found.items()) if len(each) >= _FEWEST)
    return [probe for each in kept for probe in each]


def asked_of(entry: Entry) -> list[str]:
    """The sentences of an entry that may be asked."""
    return [text for answer in entry.answers[:2] for text in _sentences(answer, entry.language)]


def _sentences(answer: str, language: str) -> list[str]:
    start = squeeze(answer[:2000])
    found = [start[begin:end] for begin, end in sentences(start, language)]
    return [sentence for sentence in found if len(words(sentence)) in _WORDS][:2]


def learn(
    entries: Sequence[Entry], title: np.ndarray, body: np.ndarray, asked: Sequence[Probe], vectors: np.ndarray
) -> dict[str, list[float]]:
    """The shares of title, body and words by language; none for a language with too few sentences.

    Args:
        title, body: a vector for each entry.
        vectors: one for each probe.
    """
    rows = {entry.id: row for row, entry in enumerate(entries)}
    found = {}
    for language in sorted({probe.language for probe in asked}):
        its = [number for number, probe in enumerate(asked) if probe.language == language]
        own = [rows[asked[number].entry] for number in its]
        others = sorted(
            (row for row, entry in enumerate(entries) if entry.language.partition("-")[0] == language),
            key=lambda row: digest(entries[row].id),
        )
        among = sorted({*own, *others[:_ENTRIES]}, key=lambda row: entries[row].id)
        legs = tried(
            [entries[row] for row in among], title[among], body[among], [asked[n].text for n in its], vectors[its]
        )
        places = {row: place for place, row in enumerate(among)}
        found[language] = _shares(legs, [places[row] for row in own])
    return found


def taught(shares: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """What counts, by language, where the vectors are those of a model that was adapted to the entries."""
    import numpy as np

    from kbuilder.index import fusion

    return {language: fusion.taught(np.array(found)).tolist() for language, found in shares.items()}


def _shares(legs: np.ndarray, own: Sequence[int]) -> list[float]:
    import numpy as np

    from kbuilder.index.fusion import learnt

    return [float(share) for share in learnt(legs, np.array(own))]


def tried(
    entries: Sequence[Entry], title: np.ndarray, body: np.ndarray, texts: Sequence[str], vectors: np.ndarray
) -> np.ndarray:
    """What titles, bodies and words say on each text: (texts, entries, 3), each from 0 to 1.

    Args:
        entries: of one language.
        title, body: a vector for each entry.
        vectors: one for each text.
    """
    import numpy as np

    from kbuilder.index import lexical, ngrams
    from kbuilder.index.fusion import minmax

    language = entries[0].language
    asking = [f"{entry.title}\n{entry.body}".strip() for entry in entries]
    places = np.arange(len(entries))
    characters = ngrams.Characters.build(asking)
    stemmed = [lexical.stems(text, language) for text in asking]
    engine = lexical.Words.build(stemmed, places) if any(stemmed) else None
    found = np.zeros((len(texts), len(entries), 3))
    for row, (text, vector) in enumerate(zip(texts, vectors, strict=True)):
        bm25 = engine.scores(engine.asked(text, language), places).bm25 if engine else np.zeros(len(entries))
        said = 0.8 * minmax(characters.scores(text)) + 0.2 * minmax(bm25)
        legs = [minmax((title * vector).sum(1)), minmax((body * vector).sum(1)), said]
        found[row] = np.stack(legs, axis=1)
    return found
