"""Events brought together: what happened on one page view is one question, and of a member, who posted later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kbuilder.store.database import Event

PAGE_VIEW = 1 / 24
"""Days after which nothing more is awaited of a page view of nobody in particular."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What happened on one page view, or of one member on one day where the page has no view: one question."""

    events: list[Event]
    member: str
    signed: bool
    """The member by a token that the forum signed; else by what the page says."""
    posted: bool
    """On the page, or by the member within the window."""
    until: str
    """Until when who posts was not helped."""

    @property
    def who(self) -> str:
        """The asker: who only says to be a member is another one than the member."""
        if self.member:
            return self.member if self.signed else f"{self.member} (unsigned)"
        return self.events[0].page_view

    @property
    def suggested(self) -> set[str]:
        """The answers that were given to whoever asked: by the server's word, not by the page's."""
        asked = [event for event in self.events if event.kind == "asked" and event.target and event.arm != "held"]
        others = (json.loads(event.evidence).get("others", ()) for event in asked if event.evidence)
        return {event.target for event in asked}.union(*others)


Posted = Mapping[tuple[str, bool], Sequence[str]]
"""When members posted, by whom and whether the forum's word says so."""


def visits(events: Iterable[Event], window: float, posts: Iterable[tuple[str, str]] = ()) -> list[Visit]:
    """The visits on which something was asked.

    Args:
        events: in the order in which they came.
        window: days within which a member who posts after all was not helped.
        posts: further questions that were posted: member and time. They stand in the forum, and so need no signature.
    """
    together: dict[tuple[str, ...], list[Event]] = {}
    for event in events:
        if event.page_view:
            together.setdefault(("view", event.page_view), []).append(event)
        elif event.member:
            together.setdefault(("day", event.member, str(event.signed), event.time[:10]), []).append(event)
    posted = posted_by(together.values(), posts)
    return [visit(each, window, posted) for each in together.values() if is_asking(each)]


def is_asking(events: Iterable[Event]) -> bool:
    """Whether something was asked among the events of a page view."""
    return any(event.kind == "asked" for event in events)


def posted_by(views: Iterable[Sequence[Event]], posts: Iterable[tuple[str, str]] = ()) -> Posted:
    """When members posted, which counts for their other visits, too.

    Pseudonyms stand in public profiles, so that anybody can send them: without the forum's word, it counts only from
    a page on which the member asked, and never for visits that came with the forum's word.

    Args:
        views: the events of each.
        posts: as in :func:`visits`.
    """
    posted: dict[tuple[str, bool], list[str]] = {}
    for member, time in posts:
        posted.setdefault((member, True), []).append(time)
    for events in views:
        asked = is_asking(events)
        for event in events:
            if event.kind == "posted" and (event.signed or asked):
                posted.setdefault((event.member, event.signed), []).append(event.time)
    return posted


def visit(events: list[Event], window: float, posted: Posted) -> Visit:
    """What happened on one page view on which something was asked, in the order in which it happened.

    Args:
        events: in the order in which they came: what could not be told at once came later.
        window: as in :func:`visits`.
        posted: by whichever member.
    """
    events = sorted(events, key=lambda event: event.time)
    known = sorted((event for event in events if event.member), key=lambda event: not event.signed)
    member, signed = (known[0].member, known[0].signed) if known else ("", False)
    begun, until = events[0].time, _shifted(events[-1].time, window if member else PAGE_VIEW)
    times = [*posted.get((member, True), ()), *(() if signed else posted.get((member, False), ()))] if member else []
    wrote = any(event.kind == "posted" for event in events) or any(begun <= time <= until for time in times)
    return Visit(events, member, signed, wrote, until)


def _shifted(time: str, days: float) -> str:
    return (datetime.fromisoformat(time) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
