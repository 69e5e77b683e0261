"""Verdicts on articles without a candidate: one written from nothing, and any change of one that there is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from kbuilder.markup import without_references
from kbuilder.records import Article, Decision
from kbuilder.review.verdicts import Incomplete, Verdict, free_slug, named, unchanged
from kbuilder.text import N_, short_id, squeeze, words


def create(article: Article, taken: Collection[str], editor: str, time: str) -> Verdict:
    """An article that somebody wrote: all its sentences are editorial.

    Args:
        article: as it is to be; its id, slug and times are set here.
        taken: slugs that articles of the language have, or had.

    Raises:
        Incomplete: it has no title or no text.
    """
    body = without_references(article.body)  # it has no sources
    complete(article.title, body)
    made = replace(
        article,
        id=short_id(f"{editor} {time} {article.title} {body}"),
        slug=free_slug(article.title, taken),
        title=squeeze(article.title),
        body=body,
        created=time,
        updated=time,
        verified=time if article.state == "validated" else "",
        sources={},
        lineage="",
    )
    return Verdict(_decision("approve", made, editor, time), made)


def complete(title: str, body: str) -> None:
    """Make sure that what somebody wrote has a title and a text.

    Raises:
        Incomplete: one of them says nothing.
    """
    if not words(title) or not words(without_references(body)):
        raise Incomplete(N_("An article needs a title and a text."), N_("Write both, then save it."))


def revise(article: Article, editor: str, time: str, *, seen: str = "", **values: Any) -> Verdict:
    """An article with other values.

    Args:
        article: as it is.
        seen: digest of the article that the editor looked at; ``""``: not asked.
        values: fields of :class:`Article`.

    Raises:
        Conflict: the article is no longer the one that was looked at.
    """
    unchanged(article, seen)
    return Verdict(_decision("edit", article, editor, time), replace(article, updated=time, **values))


def rename(article: Article, wanted: str, taken: Collection[str], editor: str, time: str) -> Verdict:
    """An article with another address; the old one leads to it.

    Raises:
        Incomplete: the address holds no letter or figure.
    """
    if not words(wanted):
        raise Incomplete(N_("An address needs a letter or a figure."), N_("Write it as a few words."))
    slug = free_slug(wanted, {*taken} - {article.slug, *article.redirects})
    old = dict.fromkeys((*article.redirects, article.slug))
    redirects = tuple(name for name in old if name != slug)
    return revise(article, editor, time, slug=slug, redirects=redirects)


def _decision(verdict: Any, article: Article, editor: str, time: str) -> Decision:
    return named(
        Decision(
            id="",
            verdict=verdict,
            editor=editor,
            time=time,
            lineage=article.lineage,
            article=article.id,
        )
    )
