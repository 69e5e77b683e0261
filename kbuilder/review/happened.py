"""What happened to an article from one version to the next, told from the two and the verdict between them."""

from __future__ import annotations

from collections.abc import Sequence

from kbuilder.errors import Said
from kbuilder.records import Article, Decision, State
from kbuilder.text import N_

TRANSLATIONS = N_("Its translations were named")
"""What follows from a verdict on another article, and so has none of its own."""
_RETIRED = N_("Retired")
_STATES = {
    ("draft", "validated"): N_("Published"),
    ("validated", "not-validated"): N_("Marked as not validated"),
    ("validated", "draft"): N_("Made a draft again"),
    ("not-validated", "draft"): N_("Made a draft again"),
}
"""From one state to another, where there is more to say than that an editor stands for it."""
_BESIDE = {
    "kind": N_("Kind changed"),
    "product": N_("Products changed"),
    "tags": N_("Topics changed"),
    "phrasings": N_("Found by other words"),
    "valid_until": N_("To be looked at again on another day"),
    "related": N_("Related articles changed"),
    "translations": TRANSLATIONS,
    "audience": N_("Audience changed"),
    "language": N_("Language changed"),
}


_VERDICTS = {
    "approve": N_("Approved"),
    "edit": N_("Edited"),
    "reject": N_("Rejected"),
    "merge": N_("Merged"),
    "split": N_("Split up"),
    "expire": _RETIRED,
}
_OTHERWISE = N_("Approved with other words")


def given(decision: Decision) -> str:
    """What a verdict was, as a message of the catalogue: a draft that was changed was approved all the same."""
    approved = decision.verdict == "edit" and decision.draft
    return _OTHERWISE if approved else _VERDICTS.get(decision.verdict, decision.verdict)


def happened(
    now: Article, before: Article | None, decision: Decision | None, older: Sequence[Article]
) -> tuple[Said, ...]:
    """What an editor is told of a version, in messages of the catalogue.

    Args:
        now: the version.
        before: the one that it was made of; ``None``: it is the first that is known.
        decision: the verdict that made it; ``None``: a change without one, such as by hand in git.
        older: all versions before it, the newest first.
    """
    if decision and decision.verdict == "undo":
        return (Said(N_("A verdict was taken back")),)
    if decision and decision.verdict == "expire":
        return (Said(_RETIRED),)
    if before is None:
        return (Said(_beginning(now, decision)),)
    return tuple(_changes(now, before, older))


def _beginning(now: Article, decision: Decision | None) -> str:
    if decision is None:
        return N_("It came with git")
    if decision.draft:
        return _OTHERWISE if decision.verdict == "edit" else N_("Approved as drafted")
    if decision.verdict == "edit":
        return N_("Changed")  # its beginning is not known any more
    return N_("Translated") if now.translations else N_("Written from nothing")


def _changes(now: Article, before: Article, older: Sequence[Article]) -> list[Said]:
    found = [Said(each) for each in _of_text(now, before, older)]
    if now.slug != before.slug:
        found.append(Said(N_("Renamed from {old} to {new}"), {"old": before.slug, "new": now.slug}))
    if now.state != before.state and (told := _of_state(before.state, now.state)):
        found.append(Said(told))
    found += [Said(told) for name, told in _BESIDE.items() if getattr(now, name) != getattr(before, name)]
    looked_at = now.verified != before.verified and {each.message for each in found} <= {_BESIDE["valid_until"]}
    if looked_at:
        return [Said(N_("Still right")), *found]
    return found or [Said(N_("Changed"))]


def _of_state(before: State, now: State) -> str:
    """Above all whether readers have it: also where a hand in git gave or took it."""
    if now == "archived":
        return _RETIRED
    if before == "archived":
        return N_("Brought back")
    return _STATES.get((before, now), N_("Found right") if now == "validated" else "")


def _of_text(now: Article, before: Article, older: Sequence[Article]) -> list[str]:
    text = (now.title, now.body)
    if text == (before.title, before.body):
        return [N_("Sources changed")] if now.sources != before.sources else []
    if text in [(each.title, each.body) for each in older]:
        return [N_("Rolled back to an earlier version")]
    named = (N_("Title changed"), now.title != before.title), (N_("Text changed"), now.body != before.body)
    return [told for told, holds in named if holds]
