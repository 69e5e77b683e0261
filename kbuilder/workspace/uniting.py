"""Merging with a choice of what to keep: a text is made of two, and one goes into the other by the same verdict."""

from __future__ import annotations

from kbuilder.errors import KBError
from kbuilder.records import Article, Draft, Refusal, State
from kbuilder.review import uniting, verdicts
from kbuilder.review.uniting import Kept
from kbuilder.text import N_
from kbuilder.workspace import reviewing
from kbuilder.workspace.parts import Parts
from kbuilder.workspace.reviewing import Case, Taken


def may(one: Draft | Article, other: Draft | Article) -> None:
    """See that two texts can be one.

    Raises:
        Conflict: the article is retired.
        KBError: they are one, are in two languages, or not for the same readers.
    """
    if one.lineage == other.lineage:
        raise KBError(N_("Nothing can be merged with itself."), N_("Choose another candidate or article."))
    if isinstance(one, Article):
        verdicts.in_use(one)
    if one.language.partition("-")[0] != other.language.partition("-")[0]:
        raise KBError(
            N_("These two are in different languages."),
            N_("Merge them as they are: each language keeps a text of its own."),
        )
    if one.audience != other.audience:
        raise KBError(
            N_("These two are for different readers: {one} and {other}."),
            N_("Approve each by itself."),
            one=one.audience,
            other=other.audience,
        )


def into_candidate(
    parts: Parts, lineage: str, other: str, kept: Kept, editor: str, *, seen: tuple[str, str], state: State
) -> Article:
    """A candidate becomes an article with what is kept of its draft and of another one's, which goes into it.

    Args:
        seen: digests of both drafts as the editor saw them.

    Raises:
        Conflict: one of them has changed, or was decided.
        KBError: one has no draft, nothing is kept, or :func:`may` says no.
    """
    with reviewing.deciding(parts):
        first, second = reviewing.open_case(parts, lineage), reviewing.open_case(parts, other)
        body, taken = _united(drafted(first.draft), second, kept, seen[1])
        return reviewing.approve_case(
            parts, first, editor, title=kept.title, body=body, seen=seen[0], state=state, taken=taken
        )


def into_article(
    parts: Parts, name: str, lineage: str, kept: Kept, editor: str, *, seen: tuple[str, str], state: State
) -> Article:
    """An article takes over what is kept of a candidate's draft, and the candidate goes into it.

    Args:
        seen: digests of the article and of the draft as the editor saw them.

    Raises:
        Conflict: one of them has changed, or was decided.
        KBError: there is no draft, nothing is kept, or :func:`may` says no.
    """
    with reviewing.deciding(parts):
        case = reviewing.open_case(parts, lineage)
        article = parts.decided.article(case.tree, name)
        body, taken = _united(article, case, kept, seen[1])
        return reviewing.edit_article(
            parts, case.tree, article, editor, title=kept.title, body=body, seen=seen[0], state=state, taken=taken
        )


def _united(one: Draft | Article, case: Case, kept: Kept, seen: str) -> tuple[str, Taken]:
    """The text of what is kept of one side and of a case's draft, and what it takes from that."""
    other = drafted(case.draft)
    verdicts.unchanged_draft(other, seen)
    may(one, other)
    body, sources = uniting.united(one, other, kept)
    if not body:
        raise KBError(N_("Nothing is ticked: the article would have no text."), N_("Tick what it is to say."))
    return body, Taken(case.candidate, other.title, sources, kept.phrasings)


def drafted(found: Draft | Refusal) -> Draft:
    """A candidate's draft.

    Raises:
        KBError: it has none.
    """
    if not isinstance(found, Draft):
        raise KBError(N_("One of the two has no draft to choose from."), N_("Merge them as they are."))
    return found
