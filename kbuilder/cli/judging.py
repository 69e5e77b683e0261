"""Editors judge, one case after the other."""

from __future__ import annotations

import sys
from math import isnan
from typing import TYPE_CHECKING, Annotated

import typer

from kbuilder.cli.app import progress_bar, say, workspace
from kbuilder.cli.evaluating import evaluate
from kbuilder.cli.history import Since, day
from kbuilder.cli.language import _, percent
from kbuilder.cli.learning import say_lesson
from kbuilder.text import squeeze
from kbuilder.workspace import environment

if TYPE_CHECKING:
    from kbuilder.workspace.judging import Reach
    from kbuilder.workspace.replaying import Replayed

_QUESTION, _ANSWER = 300, 600
"""Characters that are shown of them."""


@evaluate.command(
    "judge",
    help=_("Judge suggestions for your archive's own questions, fifty of them; kbuilder learns how sure it may be."),
)
def evaluate_judge(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=1, help=_("Verdicts that there are to be in the end."))] = 50,
    since: Since = "",
    editor: Annotated[str, typer.Option(help=_("Who judges; by default you."), show_default=False)] = "",
) -> None:
    from kbuilder.workspace import judging, learning

    parts = workspace(context).parts
    with progress_bar() as progress:
        found = judging.begin(parts, day(since), count, progress)
    before = learning.ranker(parts, parts.head())
    say(_("Judged: {judged} · to be judged: {left}").format(judged=found.judged, left=len(found.cases)))
    for number, case in enumerate(found.cases, 1):
        _show(case, number, len(found.cases))
        answer = _answer()
        if answer == "q":
            break
        if answer != "s":
            judging.keep(parts, case, editor or environment.user_name(), right=answer == "y")
    lesson = learning.learn(parts)
    say()
    say_lesson(lesson, plan=False)
    if lesson.learning:
        say()
        precision = parts.config().suggest.precision
        _say_reach(_("before"), judging.reach(found.replayed, before, precision))
        _say_reach(_("now"), judging.reach(found.replayed, learning.ranker(parts, parts.head()), precision))
    else:
        say(_("The same command goes on where you stopped."))


def _show(case: Replayed, number: int, of: int) -> None:
    from kbuilder.index import entries
    from kbuilder.markup import title_text

    asked = entries.of_thread(case.thread)
    say()
    say(f"── {number}/{of} " + "─" * 60)
    say(f"{_('Question'):<12}{title_text(asked.title)}")
    say(f"            {_start(asked.body, _QUESTION)}")
    if case.found:
        say(f"{_('Suggestion'):<12}{title_text(case.found.title)}")
        say(f"            {_start(' '.join(case.found.answers), _ANSWER)}")
        say(f"            {case.found.url}")


def _start(text: str, most: int) -> str:
    bare = squeeze(text)
    return bare if len(bare) <= most else bare[:most].rpartition(" ")[0] + " …"


def _answer() -> str:
    """One of y, n, s, q; q at the end of the input."""
    while True:
        say(_("Does it answer the question?  y yes · n no · s skip · q stop here"))
        line = sys.stdin.readline()
        answer = line.strip().lower()[:1] if line else "q"
        if answer in ("y", "n", "s", "q"):
            return answer


def _say_reach(when: str, reach: Reach) -> None:
    said = "–" if isnan(reach.said) else percent(reach.said)
    shown = _("shown from {bar:.2f} on, to {shown} of these questions; {said} of it right, as is said")
    say(f"{when:<8}" + shown.format(bar=reach.bar, shown=percent(reach.shown), said=said))
