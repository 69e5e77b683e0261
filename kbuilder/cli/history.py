"""What suggestions would have done for one's own archive."""

from __future__ import annotations

from datetime import date
from functools import partial
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kbuilder.cli.app import AsJson, print_json, progress_bar, ready, say, workspace, write_file
from kbuilder.cli.evaluating import evaluate
from kbuilder.cli.language import LANGUAGE, _, percent
from kbuilder.errors import KBError
from kbuilder.text import N_

if TYPE_CHECKING:
    from kbuilder.evaluation.history import At, Case, History, Share

Since = Annotated[
    str,
    typer.Option(
        metavar="YYYY-MM-DD", help=_("From which day on; by default the newest quarter of the questions."),
        show_default=False,
    ),
]  # fmt: skip


@evaluate.command(
    "history",
    help=_("Ask your archive's own questions again, as if each were new: what would suggestions have done?"),
)
def evaluate_history(
    context: typer.Context,
    since: Since = "",
    report: Annotated[Path | None, typer.Option(help=_("A page for whoever decides."))] = None,
    as_json: AsJson = False,
) -> None:
    from kbuilder.evaluation.history import evaluate_history as ask_again

    kb = workspace(context)
    ready(report)
    with progress_bar() as progress:
        found = ask_again(kb.parts, day(since), progress)
    if report:
        from kbuilder.evaluation.history_report import report as page

        write_file(report, page(kb.title, found, LANGUAGE, _))
    if as_json:
        print_json(_figures(found))
    else:
        _print(found)


def day(written: str) -> str:
    """A day as it was given on the command line; ``""``: none was.

    Raises:
        KBError: it is no day.
    """
    try:
        return date.fromisoformat(written).isoformat() if written else ""
    except ValueError:
        raise KBError(N_("--since {day}: not a day"), N_("Write it as in 2026-11-23."), day=written) from None


def _print(found: History) -> None:
    from kbuilder.evaluation import history_report

    share, between = (partial(each, language=LANGUAGE) for each in (history_report.share, history_report.between))

    say(_("{count} questions since {day}, each asked again as if it were new").format(
        count=len(found.cases), day=found.since
    ))  # fmt: skip
    say(_("Solved: {share} of {count} questions · since then: {since}").format(
        share=share(found.solved), count=found.solved.of, since=share(found.solved_since)
    ))  # fmt: skip
    say(_("Asked once more: {share} of the threads · marked as duplicates by people: {count}").format(
        share=share(found.asked_again), count=found.duplicates.count
    ))  # fmt: skip
    say()
    heads = (N_("wanted"), N_("from"), N_("answered"), N_("of all"), N_("interval"), N_("said"), N_("confirmed"))
    say(" ".join(f"{_(head):>11}" for head in heads))
    for precision, at in found.wanted.items():
        said = "–" if isnan(at.said) else percent(at.said)
        cells = (
            percent(precision), f"{at.bar:.2f}", at.shown.count, share(at.shown), between(at.shown), said,
            share(at.confirmed),
        )  # fmt: skip
        say(" ".join(f"{cell:>11}" for cell in cells))
    say()
    say(
        _(
            "Links to what had been solved before: {linked} questions; just that would have been shown to {caught}.\n"
            "What links confirm is the least that was right: hardly anybody links every repeat."
        ).format(linked=found.linked, caught=found.caught.count)
    )


def _figures(found: History) -> dict[str, Any]:
    """For programs; ``null`` where a figure has no meaning."""
    from kbuilder.evaluation.history import SUREST, TOP

    return {
        "since": found.since,
        "questions": len(found.cases),
        "builds": found.builds,
        "solved": _share(found.solved),
        "solved_since": _share(found.solved_since),
        "asked_again": _share(found.asked_again),
        "duplicates": _share(found.duplicates),
        "precision": found.precision,
        "wanted": [{"precision": precision, **_at(at)} for precision, at in found.wanted.items()],
        "steps": [_at(at) for at in found.steps],
        "linked": found.linked,
        "linked_found_first": _share(found.found),
        "linked_shown": _share(found.caught),
        "surest": [_case(each) for each in found.cases[:SUREST] if each.replayed.found],
        "problems": [
            {"lineage": each.lineage, "title": each.title, "threads": each.candidate.demand.threads}
            for each in found.demanded.problems[:TOP]
        ],
    }


def _share(found: Share) -> dict[str, Any]:
    value, interval = round(found.value, 6), [round(found.low, 6), round(found.high, 6)]
    return {"count": found.count, "of": found.of, "share": value if found.of else None, "interval": interval}


def _at(at: At) -> dict[str, Any]:
    said = None if isnan(at.said) else round(at.said, 6)
    return {"probability": at.bar, "shown": _share(at.shown), "said": said, "confirmed": _share(at.confirmed)}


def _case(each: Case) -> dict[str, Any]:
    target = each.replayed.found.id if each.replayed.found else None
    return {
        "question": each.replayed.thread.id,
        "target": target,
        "probability": round(each.probability, 6),
        "confirmed": each.confirmed,
        "linked": sorted(each.linked),
    }
