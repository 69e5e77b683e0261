"""How well answers are chosen, measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kbuilder.cli.app import AsJson, print_json, say
from kbuilder.cli.evaluating import evaluate
from kbuilder.cli.language import _


@evaluate.command(
    "answers",
    help=_("Choose the answers of a dump, or of judged comments, whose marks are hidden; then score the choices."),
)
def evaluate_answers(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE", help=_("A Stack Exchange dump, a set with answer_labels, or SemEval-2015's XML.")
        ),
    ],
    as_json: AsJson = False,
) -> None:
    from kbuilder.evaluation.answering import evaluate_answers as choose_and_score

    figures = choose_and_score(source)
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        say(f"{name:<52} {value:.3f}" if value <= 1 else f"{name:<52} {value:.0f}")
