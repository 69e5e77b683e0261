"""What a suggestion rests on: the sentence of the answer that fits best, and the words that matched."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kbuilder import chatter
from kbuilder.index import lexical, ngrams
from kbuilder.redact import redact
from kbuilder.text import N_, capital, fold, leans, sentences, squeeze, words

if TYPE_CHECKING:
    from kbuilder.embedding import Encoder
    from kbuilder.index import Entry, Index, Question

MEANING = N_("similar meaning")
_SIMILAR = 0.5
"""A cosine of question and question above which meaning is named as a reason."""
_NAMED = 5
_READ = 12
"""Sentences of an answer that are looked at closely."""
_COMPARED = 3
"""Sentences of an answer that are compared by meaning: each costs the encoding of a short text."""
_NOTHING = 2.0
"""What a greeting, thanks, "same here", an address or the question itself lacks as an answer."""
_ASKED = 0.4
"""What one lacks that asks back: it repeats the question's words."""
_ALONE = 0.2
"""What one lacks that is not understood without the one before it, or leads to what stands below."""
_PERSONAL = 0.1
"""What one lacks that speaks of its author, or to somebody in the thread."""
_MIN_WORDS = 3
_MAX_CHARACTERS = 280
_MARKS = " ?!.:*#"
_LINK = re.compile(r"\S+://\S+")


def best_sentence(question: Question, entry: Entry, encoder: Encoder | None) -> str:
    """The sentence of the entry's answers that is nearest to the question, redacted.

    Nearest by characters and, with a model, by meaning. What says little alone must be nearer; what has nothing of an
    answer is shown where there is nothing else. One of a few words is passed over where there are longer ones, and a
    very long one is cut at a word's end.
    """
    found = _sentences(entry)
    if not found:
        return ""
    likeness = _nearness(question.text, found)
    read = np.argsort(-likeness, kind="stable")[:_READ]
    said = {fold(question.text).strip(_MARKS), fold(entry.title).strip(_MARKS)}
    near = likeness[read] - np.array([_lacking(found[row], said) for row in read])
    order = np.argsort(-near, kind="stable")[:_COMPARED]
    if encoder and question.vector is not None and len(order) > 1:
        meant = np.array([float(encoder.question(found[read[row]]) @ question.vector) for row in order])
        order = order[np.argsort(-(near[order] + meant), kind="stable")]
    return _cut(_opened(found[read[order[0]]]))


def _lacking(sentence: str, said: Collection[str]) -> float:
    """How much nearer a sentence must be than one that lacks nothing."""
    if chatter.is_chat(sentence) or fold(sentence).strip(_MARKS) in said or _LINK.fullmatch(sentence):
        return _NOTHING
    if sentence.endswith("?"):
        return _ASKED
    if leans(sentence) or sentence.endswith(":"):
        return _ALONE
    return _PERSONAL if chatter.remark(sentence[chatter.without_opinion(sentence) :]) else 0.0


def _opened(sentence: str) -> str:
    """Without the greeting, or the name, that it begins with."""
    start = chatter.without_opening(sentence)
    return capital(sentence[start:]) if 0 < start < len(sentence) else sentence


def _sentences(entry: Entry) -> list[str]:
    lines = [squeeze(line) for answer in entry.answers for line in redact(answer).text.splitlines() if words(line)]
    found = [line[start:end] for line in lines for start, end in sentences(line, entry.language)]
    unique = list(dict.fromkeys(sentence for sentence in found if words(sentence)))
    return [sentence for sentence in unique if len(words(sentence)) >= _MIN_WORDS] or unique


def _nearness(text: str, candidates: list[str]) -> np.ndarray:
    """Cosine of character n-grams: (n,)."""
    found = ngrams.ngram_counts([text, *candidates])
    kept, columns = np.unique(found.columns, return_inverse=True)  # of a million columns, the hundreds that there are
    counts = replace(found, columns=columns)
    weighted = ngrams.tf_idf(counts, ngrams.rarity(counts, len(kept)))
    asked = np.zeros(len(kept), np.float32)
    asked[weighted.columns[: weighted.starts[1]]] = weighted.data[: weighted.starts[1]]
    return np.bincount(weighted.rows, weighted.data * asked[weighted.columns], len(weighted))[1:]


def _cut(sentence: str) -> str:
    if len(sentence) <= _MAX_CHARACTERS:
        return sentence
    return sentence[:_MAX_CHARACTERS].rpartition(" ")[0] + " …"


def why(question: Question, entry: Entry, index: Index, cosine: float) -> tuple[str, ...]:
    """The question's words that the entry has, the rarest first, and whether the meaning is similar."""
    held = {*lexical.stems("\n".join((entry.title, *entry.phrasings, entry.body, *entry.answers)), entry.language)}
    engine = index.words.get(entry.language.partition("-")[0])
    asked = [word for word in dict.fromkeys(words(question.text)) if engine and fold(word) not in engine.common]
    stems = lexical.stems("\n".join(asked), entry.language)
    matched = {stem: word for word, stem in zip(reversed(asked), reversed(stems), strict=True) if stem in held}
    rarest = sorted(matched, key=lambda stem: (-engine.idf(stem), stem))[:_NAMED] if engine else []
    return (*(matched[stem] for stem in rarest), *((MEANING,) if cosine >= _SIMILAR else ()))
