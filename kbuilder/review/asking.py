"""Verdicts on what askers found no answer to: it is written about, an article answers it, or it is turned down."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from kbuilder.records import Article
from kbuilder.review import writing
from kbuilder.review.verdicts import Verdict, named, turned_down
from kbuilder.text import squeeze


@dataclass(frozen=True, slots=True)
class Judged:
    """What a verdict is about. Of the questions themselves nothing lasts but what the editor writes."""

    handles: tuple[str, ...]
    """Of the questions, the oldest first: they are not proposed again."""
    wording: str
    """What was asked, in the editor's words; ``""``: nothing is to be kept of it."""

    @property
    def phrasings(self) -> tuple[str, ...]:
        return (squeeze(self.wording),) if squeeze(self.wording) else ()


def reject(judged: Judged, editor: str, time: str, reason: str) -> Verdict:
    """It is turned down.

    Raises:
        Incomplete: there is no reason.
    """
    return _about(judged, turned_down(editor, time, reason))


def write(article: Article, judged: Judged, taken: Collection[str], editor: str, time: str) -> Verdict:
    """It is written about: what was asked is one of the article's phrasings.

    Args:
        article: as it is to be; its id, slug and times are set here.
        taken: slugs that articles of the language have, or had.

    Raises:
        Incomplete: it has no title or no text.
    """
    return _about(judged, writing.create(replace(article, phrasings=judged.phrasings), taken, editor, time))


def answer(article: Article, judged: Judged, editor: str, time: str) -> Verdict:
    """An article answers it already: what was asked is one more of its phrasings, so that the next one finds it."""
    phrasings = tuple(dict.fromkeys((*article.phrasings, *judged.phrasings)))
    return _about(judged, writing.revise(article, editor, time, phrasings=phrasings))


def _about(judged: Judged, made: Verdict) -> Verdict:
    decision = replace(
        made.decision, id="", lineage=judged.handles[0], settles=judged.handles, phrasings=judged.phrasings
    )
    return replace(made, decision=named(decision))
