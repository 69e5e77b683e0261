"""What suggestions would have done, as one page for whoever decides about them."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Any

from kbuilder.evaluation.history import FEWEST, SUREST, TOP, At, Case, History, Share
from kbuilder.evaluation.report import rendered, shortened, x, y
from kbuilder.markup import title_text
from kbuilder.publish.attribution import web_address
from kbuilder.redact import redact
from kbuilder.text import N_, per_cent
from kbuilder.texts import Translate, percent

_FIRST = 10
"""Suggestions of which links must confirm a share, to be drawn: of fewer it leaps."""
SAID = {
    "duplicate": N_("confirmed: people marked it as the same question"),
    "reply": N_("confirmed: a reply named it"),
    "other": N_("people linked another thread"),
    "": N_("no link"),
}
"""What links say of a suggestion."""


def report(name: str, history: History, language: str, translate: Translate) -> str:
    """A page of HTML that needs nothing beside itself."""
    drawn, first = points(history.cases), _FIRST / len(history.cases)
    return rendered(
        "history.html",
        language,
        translate,
        name=name,
        history=history,
        few=history.linked < FEWEST,
        fewest=FEWEST,
        share=lambda found: share(found, language),
        between=lambda found: between(found, language),
        counted=lambda found: f"{found.count} ({share(found, language)})" if found.of else "–",
        precise=lambda at: "–" if isnan(at.said) else percent(at.said, language),
        promised=" ".join(f"{x(across)},{y(said)}" for across, said, _ in drawn),
        least=" ".join(f"{x(across)},{y(confirmed)}" for across, _, confirmed in drawn if across >= first),
        mark=_mark(history.sure),
        surest=[_told(each, history.sure.bar) for each in history.cases[:SUREST] if each.replayed.found],
        problems=history.demanded.problems[:TOP],
        lettered=title_text,
    )


def share(found: Share, language: str) -> str:
    """In whole per cent."""
    return percent(found.value, language) if found.of else "–"


def between(found: Share, language: str) -> str:
    """The interval, in whole per cent."""
    return f"{percent(found.low, language)} – {percent(found.high, language)}" if found.of else "–"


def points(cases: Sequence[Case]) -> list[tuple[float, float, float]]:
    """For ever more of the questions, the surest first: their share, what was said, and what links confirm of it."""
    found, said, confirmed = [], 0.0, 0
    for number, case in enumerate(cases, 1):
        said += case.probability
        confirmed += bool(case.confirmed)
        if number == len(cases) or cases[number].probability < case.probability:
            found.append((number / len(cases), said / number, confirmed / number))
    return found


def link(case: Case) -> str:
    """What links say: a key of :data:`SAID`."""
    return case.confirmed or ("other" if case.linked else "")


def _mark(sure: At) -> tuple[float, float] | None:
    """Where the wanted precision lies in the chart; ``None``: nothing would be shown."""
    return None if isnan(sure.said) else (x(sure.shown.value), y(sure.said))


def _told(case: Case, bar: float) -> dict[str, Any]:
    thread, found = case.replayed.thread, case.replayed.found
    return {
        "probability": per_cent(case.probability) / 100,
        "asked": shortened(title_text(redact(thread.title).text)),
        "asked_url": web_address(thread.url),
        "found": shortened(title_text(found.title)) if found else "",
        "found_url": web_address(found.url) if found else "",
        "shown": case.probability >= bar,
        "confirmed": bool(case.confirmed),
        "said": SAID[link(case)],
    }
