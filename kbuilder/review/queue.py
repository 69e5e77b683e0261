"""What waits for an editor: candidates minus decisions, and articles whose sources have changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from kbuilder.records import Article, Candidate, Decision, Demand, Draft, Refusal
from kbuilder.review.sources import Stale
from kbuilder.review.standing import by_candidate
from kbuilder.text import N_

GROWN = N_("rejected before; it has grown since (threads: {threads}, new: {added}) and reads differently")
OTHER = N_("rejected before; holds other threads now ({added} more, {removed} less), and reads differently")
EXPIRED = N_("taken as past before; somebody has asked it since (threads: {threads})")
SOURCES = N_("its sources have changed (posts changed: {changed}, gone: {gone})")

GROWTH = 1.5
"""A rejected candidate has changed materially when it has grown by half, or keeps fewer than two of three threads."""

_NOBODY = Demand(threads=0, askers=0, views=0, recent=0, last="", score=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to decide."""

    kind: Literal["create", "update"]
    lineage: str
    title: str
    language: str
    demand: Demand
    audience: str = "public"
    product: str = ""
    article: str = ""
    """Id of the article that an update is for."""
    posts: tuple[str, ...] = ()
    """Posts behind an update."""
    why: str = ""
    """What is to be known before: a message id of the catalogue with ``{name}`` fields."""
    values: dict[str, int] = field(default_factory=dict)
    """What the fields of ``why`` stand for."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def queue(
    candidates: Sequence[Candidate],
    drafts: Mapping[str, Draft | Refusal],
    decisions: Sequence[Decision],
    articles: Sequence[Article],
    stale: Mapping[str, Stale] | None = None,
    moving: Collection[str] = (),
) -> list[Item]:
    """What waits: articles to mend first, then candidates to judge, each the most wanted first.

    Args:
        candidates: those of the last build.
        drafts: theirs, by lineage; those that were refused do not wait for a verdict.
        decisions: all there are.
        articles: all there are.
        stale: articles whose sources have changed, by id.
        moving: threads that an editor's verdict puts elsewhere at the next build: their candidates wait for it.
    """
    judged = by_candidate(decisions, candidates)
    written = {article.lineage for article in articles}
    items = [_update(each, candidates, found) for each in articles if (found := (stale or {}).get(each.id))]
    for candidate in candidates:
        draft = drafts.get(candidate.lineage)
        if isinstance(draft, Draft) and candidate.lineage not in written and not {*candidate.members} & {*moving}:
            item = _create(candidate, draft, judged.get(candidate.lineage, []))
            items += [item] if item else []
    return sorted(items, key=lambda item: (item.kind == "create", -item.demand.score, item.lineage, item.article))


def _create(candidate: Candidate, draft: Draft, judged: Sequence[Decision]) -> Item | None:
    """A candidate that nobody judged yet, or that has changed since it was rejected."""
    why, values = "", dict[str, int]()
    verdicts = [each for each in judged if _settles(each)]
    if verdicts:
        returned = _returned(candidate, draft, verdicts[-1])
        if returned is None:
            return None
        why, values = returned
    return Item(
        kind="create",
        lineage=candidate.lineage,
        title=draft.title,
        language=candidate.language,
        demand=candidate.demand,
        audience=draft.audience,
        product=draft.product,
        why=why,
        values=values,
    )


def _settles(decision: Decision) -> bool:
    """Whether a verdict answers what the queue asks: candidates that were merged are asked about as one."""
    return decision.verdict in ("approve", "edit", "reject", "expire") or bool(
        decision.verdict == "merge" and decision.article
    )


def _returned(candidate: Candidate, draft: Draft, last: Decision) -> tuple[str, dict[str, int]] | None:
    """Why a candidate is asked again after its last verdict; ``None``: it is not."""
    if last.verdict == "reject":
        return _changed(candidate, draft, last)
    if last.verdict == "expire" and candidate.demand.last > last.time:
        return EXPIRED, {"threads": len(candidate.members)}
    return None


def _changed(candidate: Candidate, draft: Draft, rejected: Decision) -> tuple[str, dict[str, int]] | None:
    """How a candidate differs from what was rejected, if it does so materially; ``None``: it is the same."""
    before, now = set(rejected.members), set(candidate.members)
    added, removed = now - before, before - now
    if draft.digest == rejected.draft or not added | removed:
        return None
    values = {"added": len(added), "removed": len(removed), "threads": len(now)}
    if not removed and len(now) >= GROWTH * len(before):
        return GROWN, values
    if len(now & before) * GROWTH < len(now | before):
        return OTHER, values
    return None


def _update(article: Article, candidates: Sequence[Candidate], stale: Stale) -> Item:
    demand = next((each.demand for each in candidates if each.lineage == article.lineage), _NOBODY)
    return Item(
        kind="update",
        lineage=article.lineage,
        title=article.title,
        language=article.language,
        demand=demand,
        audience=article.audience,
        product=article.product,
        article=article.id,
        posts=stale.posts,
        why=SOURCES,
        values={"changed": len(stale.changed), "gone": len(stale.gone)},
    )
