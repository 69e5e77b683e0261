"""What a verdict makes: a decision, and an article that comes, changes or goes. Nothing is written here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from kbuilder import markup
from kbuilder.errors import Conflict, KBError
from kbuilder.records import Article, Candidate, Citation, Decision, Draft, Refusal, State, digest, dumps
from kbuilder.review import provenance, standing
from kbuilder.store.decisions import new_id
from kbuilder.text import N_, short_id, slug, squeeze, words


class Incomplete(KBError):
    """Something that a verdict needs was not given."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be committed."""

    decision: Decision
    article: Article | None = None
    """The article as it is from now on."""
    removed: Article | None = None
    """The article that goes."""


@dataclass(frozen=True, slots=True)
class About:
    """What a verdict on an article answers."""

    members: tuple[str, ...] = ()
    """The threads of its candidate, sorted: what is among them is not news any more."""
    proposals: tuple[str, ...] = ()
    """Digests of what was proposed (:attr:`kbuilder.review.reasons.Reason.digest`)."""


def approve(
    draft: Draft,
    candidate: Candidate,
    taken: Collection[str],
    editor: str,
    time: str,
    *,
    seen: str = "",
    title: str = "",
    body: str = "",
    reason: str = "",
    spans: Mapping[str, str] | None = None,
    state: State = "validated",
    sources: Mapping[str, Citation] | None = None,
) -> Verdict:
    """A draft becomes an article, as it is or with another title or body.

    Args:
        draft: the candidate's.
        candidate: what is judged.
        taken: slugs that articles of the language have, or had (:func:`slugs`).
        editor: who decides.
        time: now.
        seen: digest of the draft that the editor looked at; ``""``: not asked.
        title: another title, or ``""``.
        body: another body, or ``""``. Its sentences keep their references as in :func:`edit`.
        reason: why, if there is something to say.
        spans: words of the sources by reference, for a changed body.
        state: ``draft`` where somebody else publishes it.
        sources: that a changed body refers to, where they are more than the draft's.

    Raises:
        Conflict: the draft is no longer the one that was looked at.
        UnknownReference: the changed body refers to sources that the draft does not have.
    """
    unchanged_draft(draft, seen)
    changed = bool(title and title != draft.title) or bool(body and body != draft.body)
    text, cited = _edited(body, draft.body, draft.sources if sources is None else sources, spans)
    article = Article(
        id=short_id(draft.lineage),
        slug=free_slug(title or draft.title, taken),
        title=squeeze(title or draft.title),
        language=draft.language,
        body=text,
        created=time,
        updated=time,
        verified=time,
        sources=cited,
        state=state,
        audience=draft.audience,
        kind=draft.kind,
        tags=draft.tags,
        product=draft.product,
        phrasings=draft.phrasings,
        lineage=draft.lineage,
    )
    decision = _decision(
        "edit" if changed else "approve",
        editor,
        time,
        candidate,
        draft=draft.digest,
        article=article.id,
        reason=reason,
    )
    return Verdict(decision, article)


def edit(
    article: Article,
    editor: str,
    time: str,
    *,
    title: str = "",
    body: str = "",
    reason: str = "",
    seen: str = "",
    spans: Mapping[str, str] | None = None,
    about: About | None = None,
    until: str | None = None,
    state: State = "validated",
) -> Verdict:
    """A new version of an article.

    A sentence keeps its reference where its words are still nearly those of its source; else it is editorial, as is
    one without a reference. Sources that nothing refers to any more go. So does the day until which it held, if it is
    past: an editor has looked at it now.

    Args:
        article: as it is.
        editor: who decides.
        time: now.
        title: another title, or ``""``. The slug stays.
        body: another body, or ``""``.
        reason: why.
        seen: digest of the article that the editor looked at; ``""``: not asked.
        spans: words of the sources by reference, where they are at hand.
        about: what was proposed for it, which this answers.
        until: when it is to be looked at again, ``""`` for never; without it, as was said before.
        state: that of before, where the editor may not let readers see it.

    Raises:
        Conflict: the article is no longer the one that was looked at.
        UnknownReference: the body refers to sources that the article does not have.
    """
    unchanged(article, seen)
    text, sources = _edited(body, article.body, article.sources, spans)
    before = article.valid_until if article.valid_until > time else ""
    new = replace(
        article,
        title=squeeze(title) or article.title,
        body=text,
        sources=dict(sources),
        state=state,
        updated=time,
        verified=time,
        valid_until=before if until is None else until,
    )
    return Verdict(_on_article("edit", article, editor, time, reason, about), new)


def dismiss(article: Article, editor: str, time: str, reason: str, about: About) -> Verdict:
    """An article stays as it is, whatever was proposed for it.

    Raises:
        Incomplete: there is no reason.
    """
    _needed(reason)
    return Verdict(_on_article("reject", article, editor, time, reason, about))


def _on_article(
    verdict: Literal["edit", "reject"], article: Article, editor: str, time: str, reason: str, about: About | None
) -> Decision:
    return named(
        Decision(
            id="",
            verdict=verdict,
            editor=editor,
            time=time,
            lineage=article.lineage,
            members=about.members if about else (),
            article=article.id,
            reason=squeeze(reason),
            settles=about.proposals if about else (),
        )
    )


def unchanged(article: Article, seen: str) -> None:
    """Make sure that an article is the one that was looked at, where that is known.

    Raises:
        Conflict: it is another by now.
    """
    if seen and seen != article.digest:
        raise Conflict(
            N_("The article “{title}” has changed since you looked at it."),
            N_("Look at it as it is now, and make your change again."),
            title=article.title,
        )


def unchanged_draft(draft: Draft, seen: str) -> None:
    """Make sure that a draft is the one that was looked at, where that is known.

    Raises:
        Conflict: it is another by now.
    """
    if seen and seen != draft.digest:
        raise Conflict(
            N_("The draft “{title}” has changed since you looked at it."),
            N_("Look at it again with: kbuilder review show {lineage}"),
            title=draft.title,
            lineage=draft.lineage,
        )


def in_use(article: Article) -> None:
    """Make sure that an article is not retired, before something is to go with it.

    Raises:
        Conflict: it is: nobody would see what goes with it.
    """
    if article.state == "archived":
        raise Conflict(
            N_("“{title}” is retired: nobody would see what goes with it."),
            N_("Name another article, or take its retirement back first."),
            title=article.title,
        )


def reject(draft: Draft | Refusal, candidate: Candidate, editor: str, time: str, reason: str) -> Verdict:
    """A candidate is turned down; it returns only when it has changed materially.

    Raises:
        Incomplete: there is no reason.
    """
    _needed(reason)
    judged = draft.digest if isinstance(draft, Draft) else digest(dumps(draft))
    return Verdict(_decision("reject", editor, time, candidate, draft=judged, reason=squeeze(reason)))


def turned_down(editor: str, time: str, reason: str) -> Verdict:
    """A rejection of what is neither a candidate nor an article.

    Raises:
        Incomplete: there is no reason.
    """
    _needed(reason)
    return Verdict(named(Decision(id="", verdict="reject", editor=editor, time=time, reason=squeeze(reason))))


def _needed(reason: str) -> None:
    if not words(reason):
        raise Incomplete(
            N_("A rejection needs a reason: whoever meets the candidate again must know why."),
            N_("Say it with --reason."),
        )


def expire(target: Candidate | Article, editor: str, time: str, *, draft: str = "", reason: str = "") -> Verdict:
    """A problem that nobody has any more: a candidate is not asked again until somebody asks it anew.

    An article is archived: it stays in the knowledge base and is shown to nobody.

    Args:
        target: what is past.
        editor: who decides.
        time: now.
        draft: digest of a candidate's draft.
        reason: why, if there is something to say.
    """
    if isinstance(target, Candidate):
        return Verdict(_decision("expire", editor, time, target, draft=draft, reason=reason))
    decision = Decision(
        id="",
        verdict="expire",
        editor=editor,
        time=time,
        lineage=target.lineage,
        article=target.id,
        reason=squeeze(reason),
    )
    return Verdict(named(decision), replace(target, state="archived", updated=time, valid_until=time))


def undo(
    decisions: Iterable[Decision],
    target: str,
    editor: str,
    time: str,
    *,
    article: Article | None = None,
    before: Article | None = None,
    reason: str = "",
) -> Verdict:
    """Take back the last standing verdict on a candidate or article (:func:`kbuilder.review.standing.last`).

    What an approval made is removed; what an edit changed or an expiry archived is as it was before; a rejected
    candidate waits again; who belongs together is found anew by the next build.

    Args:
        decisions: all there are.
        target: a lineage, an article id, or the id of the verdict itself.
        editor: who decides.
        time: now.
        article: the one concerned, as it is now.
        before: as it was before an edit.
        reason: why.

    Raises:
        NotFound: there is no verdict to take back.
        Incomplete: the version before an edit was not given.
    """
    taken = standing.last([*decisions], target)
    decision = named(
        Decision(
            id="",
            verdict="undo",
            editor=editor,
            time=time,
            lineage=taken.lineage,
            members=taken.members,
            article=taken.article,
            reason=squeeze(reason),
            undoes=taken.id,
        )
    )
    effect = effect_of_undo(taken)
    if effect == "remove":
        return Verdict(decision, removed=article)
    if effect == "restore":
        if before is None:
            raise Incomplete(
                N_("The version of {article} before the verdict {decision} is not in the history."),
                N_("Write the article as it should be with: kbuilder review edit {article}"),
                article=taken.article,
                decision=taken.id,
            )
        return Verdict(decision, replace(before, updated=time))
    return Verdict(decision)


def effect_of_undo(decision: Decision) -> Literal["remove", "restore", "nothing"]:
    """What taking a decision back does to the article: it goes, is as it was before, or nothing happens."""
    if decision.verdict == "approve" or (decision.verdict == "edit" and decision.draft):
        return "remove"
    archived = decision.verdict == "expire" and decision.article
    return "restore" if decision.verdict == "edit" or archived else "nothing"


def slugs(articles: Iterable[Article], language: str) -> set[str]:
    """Slugs that articles of a language have or had.

    Whatever their audience: an article's file is named by language and slug alone.
    """
    return {
        name for article in articles if article.language == language for name in (article.slug, *article.redirects)
    }


def free_slug(title: str, taken: Collection[str]) -> str:
    """A slug for a title that nothing has yet.

    >>> free_slug("Reset it", {"reset-it", "reset-it-2"})
    'reset-it-3'
    """
    first = slug(title)
    name, number = first, 1
    while name in taken:
        number += 1
        name = f"{first}-{number}"
    return name


def _edited(
    body: str, before: str, sources: Mapping[str, Citation], spans: Mapping[str, str] | None
) -> tuple[str, dict[str, Citation]]:
    """A changed body with the references that still hold, and the sources that it refers to; ``""``: as before."""
    if not body or body == before:
        return before, dict(sources)
    provenance.checked(body, sources, before)
    text = provenance.kept(body, before, spans)
    used = {key for key, _ in markup.references(text)}
    return text, {key: source for key, source in sources.items() if key in used}


def _decision(
    verdict: Literal["approve", "edit", "reject", "expire"],
    editor: str,
    time: str,
    candidate: Candidate,
    draft: str,
    article: str = "",
    reason: str = "",
) -> Decision:
    return named(
        Decision(
            id="",
            verdict=verdict,
            editor=editor,
            time=time,
            lineage=candidate.lineage,
            members=tuple(sorted(candidate.members)),
            draft=draft,
            article=article,
            reason=squeeze(reason),
        )
    )


def named(nameless: Decision) -> Decision:
    """A decision with its id: the second, and a digest of all it says."""
    return replace(nameless, id=new_id(nameless.time, dumps(nameless)))
