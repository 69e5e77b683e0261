"""What further threads add to an article that stands: the sentences of their answers that it does not say yet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kbuilder import contrast, markup, texts
from kbuilder.drafting import compose, extract
from kbuilder.records import Addition, Article, Citation, Post, Thread
from kbuilder.text import N_, sentences, squeeze, words

FURTHER = N_("What others found")
"""The heading over what is added."""
_REFERENCE = re.compile(r"\[\^[^\]\s]+\]")
MOST = 12
"""Sentences that are added, at most."""
_KNOWN, _ALL_KNOWN = 0.6, 0.8
"""Share of a sentence's content words that one sentence of the article has, or the whole article."""
_FEWEST = 5
"""Words of a sentence that says something by itself."""


def additions(article: Article, threads: Sequence[Thread]) -> list[Addition]:
    """What the marked answers of some threads say beyond an article, or against it, in their order, each once.

    Args:
        article: as it stands.
        threads: other than those that it was made from. Those for other readers, or in another language, add nothing.
    """
    told = told_of(article.body)
    found: list[Addition] = []
    for thread in threads:
        if thread.audience not in (article.audience, "public") or thread.language not in (article.language, ""):
            continue
        for post in thread.solutions:
            before = [each.text for each in found]
            new = _new(_extract(thread, post, article.language), told, before)
            found += [Addition(thread=thread.id, post=post.id, text=text, against=against) for text, against in new]
    return found[:MOST]


def updated(article: Article, threads: Sequence[Thread], chosen: Sequence[Addition]) -> Article:
    """The article with additions at its end, each with its source.

    Args:
        threads: that the additions are from.
        chosen: of :func:`additions`.
    """
    wanted = {(each.post, each.text) for each in chosen}
    passages: list[compose.Passage] = []
    for thread in threads:
        for post in thread.solutions:
            parts = [
                replace(part, sentences=kept, block=None)
                for part in _extract(thread, post, article.language).parts
                if (kept := tuple(each for each in part.sentences if (post.id, each.text) in wanted))
            ]
            if parts:
                heading = "" if passages else "## " + texts.translator(article.language)(FURTHER)
                passages.append(compose.Passage(thread, post, parts, heading))
    made = compose.body(passages)
    body, cited = _renumbered(made, article.sources)
    return replace(article, body=f"{article.body.rstrip()}\n\n{body}", sources={**article.sources, **cited})


def told_of(body: str) -> list[str]:
    """The sentences of an article's body as plain text."""
    found = []
    for block in markup.blocks(body):
        if block.kind != "heading":
            plain = squeeze(markup.plain(_REFERENCE.sub("", body[block.content : block.end])))
            found += [plain[start:end] for start, end in sentences(plain)]
    return found


def _extract(thread: Thread, post: Post, language: str) -> extract.Extract:
    secrets = extract.secrets_of(each.body for each in thread.posts)
    return extract.extract(post, language, secrets, extract.runs_of_words(thread.question.body), thread.title)


def _new(found: extract.Extract, told: Sequence[str], added: Sequence[str]) -> list[tuple[str, str]]:
    """Sentences that say something else, each with the sentence of the article that it contradicts, if one.

    Args:
        told: what the article says.
        added: what is added to it before.
    """
    known = [contrast.content(each) for each in (*told, *added)]
    everything = set[str]().union(*known)
    new = []
    for part in found.parts:
        if part.kind == "heading" or extract.is_replied_to(part):
            continue
        for sentence in part.sentences:
            said = contrast.content(sentence.text)
            if len(words(sentence.text)) < _FEWEST or not said:
                continue
            against = next((each for each in told if contrast.opposed(each, sentence.text)), "")
            is_told = any(len(said & each) >= _KNOWN * len(said) for each in known)
            if against or not (is_told or len(said & everything) >= _ALL_KNOWN * len(said)):
                new.append((sentence.text, against))
    return new


def _renumbered(made: compose.Composed, taken: Mapping[str, Citation]) -> tuple[str, dict[str, Citation]]:
    """A composed body whose references follow those that an article has."""
    last = max((int(key[1:]) for key in taken if re.fullmatch(r"p\d+", key)), default=0)
    names = {key: f"p{last + number}" for number, key in enumerate(made.sources, 1)}
    body = made.body
    for key, place in reversed(markup.references(body)):
        body = f"{body[:place]}[^{names[key]}]{body[place + len(key) + 3 :]}"
    return body, {names[key]: source for key, source in made.sources.items()}
