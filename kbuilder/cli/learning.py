"""What askers teach."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import typer

from kbuilder.cli.app import AsJson, app, print_json, say, workspace
from kbuilder.cli.language import _, percent
from kbuilder.text import N_

if TYPE_CHECKING:
    import numpy as np

    from kbuilder.ranking import Learning
    from kbuilder.workspace.learning import Lesson

_BANDS = (0.0, 0.5, 0.8, 0.9, 0.95, 1.0)
_HEADS = (N_("said"), N_("learnt"), N_("were right"), N_("of"))


@app.command(help=_("Learn from askers and editors how sure suggestions are; commit it if it surely is better."))
def learn(
    context: typer.Context,
    plan: Annotated[bool, typer.Option("--plan", help=_("Only show what would change."))] = False,
    as_json: AsJson = False,
) -> None:
    found = workspace(context).learn(plan=plan)
    if as_json:
        print_json(_as_dict(found))
    else:
        say_lesson(found, plan=plan)


def say_lesson(found: Lesson, *, plan: bool) -> None:
    """What was heard, what it teaches, and what became of it."""
    say(
        _("Verdicts of askers: {count} of {voices} askers; confirmed: {confirmed}").format(
            count=found.heard, voices=found.voices, confirmed=found.confirmed
        )
    )
    say(
        _("Verdicts of editors: {count}; on suggestions that answer: {right}").format(
            count=found.judged, right=found.approved
        )
    )
    for why, count in found.aside.items():
        say(_("  do not count – {why}: {count}").format(why=_(why), count=count))
    if found.strange:
        say(_("  on suggestions of another model: {count}").format(count=found.strange))
    if found.learning is None:
        _say_too_few()
        return
    _say_bands(found.learning, found.right)
    _say_worth(found, found.learning)
    _say_outcome(found, found.learning, plan=plan)


def _say_too_few() -> None:
    from kbuilder.ranking.learning import FEWEST, FEWEST_VOICES

    say(
        _(
            "Too little to learn from: it takes {count} verdicts, of {voices} askers or of editors. Nothing changes."
        ).format(count=FEWEST, voices=FEWEST_VOICES)
    )


def _say_bands(taught: Learning, right: np.ndarray) -> None:
    """By how sure suggestions were said to be: how sure they are as was learnt, and how many were right."""
    say()
    say(" " * 12 + " ".join(f"{_(head):>12}" for head in _HEADS))
    for low, high in pairwise(_BANDS):
        rows = (taught.before >= low) & ((taught.before < high) | (high == 1.0))
        if rows.any():
            shares = (taught.before[rows].mean(), taught.after[rows].mean(), right[rows].mean())
            said = " ".join(f"{percent(share):>12}" for share in shares)
            say(f"{f'{percent(low)}–{percent(high)}':<12}{said} {rows.sum():>12}")
    say()


def _say_worth(found: Lesson, taught: Learning) -> None:
    say(
        _(
            "On verdicts that it has not seen, surprise falls by {gain:.3f} nats; by more than {low:.3f} for sure."
        ).format(gain=taught.gain, low=taught.low)
        if taught.better
        else _(
            "On verdicts that it has not seen, it is not surely better (gain {gain:.3f} nats, at least {low:.3f})."
        ).format(gain=taught.gain, low=taught.low)
    )
    if taught.better:
        shown = taught.after >= found.bars[1]
        say(
            _(
                "Of these {count} suggestions {shown} would be shown now; {share} of them were right, of all {all}."
            ).format(
                shown=int(shown.sum()),
                count=len(found.right),
                share=percent(found.right[shown].mean()) if shown.any() else "–",
                all=percent(found.right.mean()),
            )
        )


def _say_outcome(found: Lesson, taught: Learning, *, plan: bool) -> None:
    if not found.changed:
        say(_("Nothing changes."))
    elif plan:
        say(_("models/learnt.json would change."))
    else:
        say(
            _("Committed models/learnt.json: suggestions go by it from now on.")
            if taught.better
            else _("What was learnt before is taken back: models/learnt.json is removed.")
        )


def _as_dict(found: Lesson) -> dict[str, object]:
    taught = found.learning
    return {
        "heard": found.heard,
        "confirmed": found.confirmed,
        "voices": found.voices,
        "judged": found.judged,
        "judged_right": found.approved,
        "aside": found.aside,
        "other_model": found.strange,
        "gain": taught.gain if taught else None,
        "gain_at_least": taught.low if taught else None,
        "better": taught.better if taught else None,
        "bars": found.bars,
        "changed": found.changed,
    }
