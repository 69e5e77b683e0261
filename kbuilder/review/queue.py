"""What waits for an editor: candidates minus decisions, and articles whose sources have changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from kbuilder.records import Article, Candidate, Decision, Demand, Draft, Refusal
from kbuilder.review.reasons import Reason
from kbuilder.review.standing import by_candidate
from kbuilder.text import N_

GROWN = N_("rejected before; it has grown since (threads: {threads}, new: {added}) and reads differently")
OTHER = N_("rejected before; holds other threads now ({added} more, {removed} less), and reads differently")
EXPIRED = N_("taken as past before; somebody has asked it since (threads: {threads}, new: {added})")
UNANSWERED = N_("asked again and again, and nobody has marked an answer (threads: {threads})")
ASKED = N_("asked {times} times on {pages} pages, and nothing answered it surely")

LEAST = 2
"""Threads that make an unanswered problem worth telling."""

Kind = Literal["create", "gap", "asked", "contradiction", "update", "merge", "split", "flagged", "verify", "outdated"]
"""What is proposed: an article for what has none, an answer for what nobody answers in the forum, or for what askers
were not answered while they typed; or, for an article that stands, what further threads add or say against it, that
another one answers the same, that it answers two problems, that readers say it is out of date, that the day until
which it holds has come, or that its sources have gone on."""

GROWTH = 1.5
"""A rejected candidate has changed materially when it has grown by half, or keeps fewer than two of three threads."""

_NOBODY = Demand(threads=0, askers=0, views=0, recent=0, last="", score=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to decide."""

    kind: Kind
    lineage: str
    title: str
    language: str
    demand: Demand
    audience: str = "public"
    product: str = ""
    article: str = ""
    """Id of the article that it is about; ``""``: a candidate, for which there is none yet."""
    why: str = ""
    """What is to be known of a candidate before: a message id of the catalogue with ``{name}`` fields."""
    values: dict[str, int | str] = field(default_factory=dict)
    """What the fields of ``why`` stand for."""
    reasons: tuple[Reason, ...] = ()
    """Of an article, all that there is to do, the most urgent first: the first is its kind and its ``why``."""

    @property
    def posts(self) -> tuple[str, ...]:
        """Posts behind what there is to do."""
        return tuple(sorted({post for each in self.reasons for post in each.posts}))


def unjudged(candidates: Sequence[Candidate], drafts: Mapping[str, Draft | Refusal]) -> tuple[Item, ...]:
    """What would wait if nobody had decided anything, the most wanted first: the same as long as a build stands."""
    found = (_new(each, drafts.get(each.lineage), []) for each in candidates)
    return tuple(sorted((item for item in found if item), key=_order))


def queue(
    candidates: Sequence[Candidate],
    drafts: Mapping[str, Draft | Refusal],
    decisions: Sequence[Decision],
    articles: Sequence[Article],
    reasons: Mapping[str, Sequence[Reason]] | None = None,
    moving: Collection[str] = (),
    before: Sequence[Item] | None = None,
) -> list[Item]:
    """What waits: articles to mend first, then candidates to judge, each the most wanted first.

    Args:
        candidates: those of the last build.
        drafts: theirs, by lineage; those that were refused do not wait for a verdict, unless several ask in vain.
        decisions: all there are.
        articles: all there are.
        reasons: what there is to do about articles, by id (:func:`kbuilder.review.reasons.of_articles`).
        moving: threads that an editor's verdict puts elsewhere at the next build: their candidates wait for it.
        before: :func:`unjudged` of these candidates, where it is at hand.
    """
    judged, moved = by_candidate(decisions, candidates), {*moving}
    written = {article.lineage for article in articles}
    demands = {each.lineage: each.demand for each in candidates}
    items = [_mend(each, demands, found) for each in articles if (found := (reasons or {}).get(each.id))]
    left = (
        {each.lineage for each in candidates if moved.intersection((*each.members, *each.asking))} if moved else set()
    )
    again = (each for each in candidates if each.lineage in judged and each.lineage not in written | left)
    items += [item for each in again if (item := _new(each, drafts.get(each.lineage), judged[each.lineage]))]
    gone = judged.keys() | written | left
    known = unjudged(candidates, drafts) if before is None else before
    return sorted([*items, *(item for item in known if item.lineage not in gone)], key=_order)


def with_asked(items: Sequence[Item], asked: Sequence[Item]) -> list[Item]:
    """What waits, with what askers found no answer to in its place."""
    return sorted([*items, *asked], key=_order) if asked else list(items)


def _order(item: Item) -> tuple[bool, float, str, str]:
    """Articles to mend first, then the most wanted."""
    return not item.article, -item.demand.score, item.lineage, item.article


def _new(candidate: Candidate, draft: Draft | Refusal | None, judged: Sequence[Decision]) -> Item | None:
    """A candidate that nobody judged yet, or that has changed since it was turned down."""
    gap = _is_gap(candidate)
    if draft is None or (isinstance(draft, Refusal) and not gap):
        return None
    why, values = "", dict[str, int | str]()
    if gap:
        why, values = UNANSWERED, {"threads": candidate.demand.unanswered}
    verdicts = [each for each in judged if _settles(each)]
    if verdicts:
        returned = _returned(candidate, draft, verdicts[-1])
        if returned is None:
            return None
        why, values = returned
    told: dict[str, Any] = {
        "lineage": candidate.lineage,
        "language": candidate.language,
        "demand": candidate.demand,
        "audience": draft.audience,
        "why": why,
        "values": values,
    }
    if isinstance(draft, Refusal):
        return Item(kind="gap", title=candidate.phrasings[0], **told)
    return Item(kind="contradiction" if draft.differ else "create", title=draft.title, product=draft.product, **told)


def _is_gap(candidate: Candidate) -> bool:
    """Whether several ask, and none has an answer that somebody marked."""
    return candidate.demand.unanswered == candidate.demand.threads >= LEAST


def _settles(decision: Decision) -> bool:
    """Whether a verdict answers what the queue asks: candidates that were merged are asked about as one."""
    if decision.verdict == "reject":
        return not decision.article  # else it speaks of what was proposed for the article
    return decision.verdict in ("approve", "edit", "expire") or bool(decision.verdict == "merge" and decision.article)


def _returned(
    candidate: Candidate, draft: Draft | Refusal, last: Decision
) -> tuple[str, dict[str, int | str]] | None:
    """Why a candidate is asked again after its last verdict; ``None``: it is not."""
    if last.verdict == "reject":
        return _changed(candidate, draft, last)
    return _anew(candidate, last) if last.verdict == "expire" else None


def _anew(candidate: Candidate, expired: Decision) -> tuple[str, dict[str, int | str]] | None:
    """That somebody has asked what was taken as past; ``None``: nobody has, whatever day its threads are dated."""
    demand, new = candidate.demand, {*candidate.members, *candidate.asking} - {*expired.members}
    if demand.last <= expired.time or not (new or demand.contacts):
        return None
    return EXPIRED, {"threads": demand.threads, "added": len(new)}


def _changed(
    candidate: Candidate, draft: Draft | Refusal, rejected: Decision
) -> tuple[str, dict[str, int | str]] | None:
    """How a candidate differs from what was rejected, if it does so materially; ``None``: it is the same."""
    before, now = set(rejected.members), set(candidate.members)
    added, removed = now - before, before - now
    same = isinstance(draft, Draft) and draft.digest == rejected.draft
    if same or not added | removed:
        return None
    values: dict[str, int | str] = {"added": len(added), "removed": len(removed), "threads": len(now)}
    if not removed and len(now) >= GROWTH * len(before):
        return GROWN, values
    if len(now & before) * GROWTH < len(now | before):
        return OTHER, values
    return None


def _mend(article: Article, demands: Mapping[str, Demand], reasons: Sequence[Reason]) -> Item:
    return Item(
        kind=reasons[0].kind,
        lineage=article.lineage,
        title=article.title,
        language=article.language,
        demand=demands.get(article.lineage, _NOBODY),
        audience=article.audience,
        product=article.product,
        article=article.id,
        why=reasons[0].message,
        values=reasons[0].values,
        reasons=tuple(reasons),
    )
