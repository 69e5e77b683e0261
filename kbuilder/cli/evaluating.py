"""Quality, measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kbuilder.cli.app import AsJson, app, print_json, progress_bar, say
from kbuilder.cli.language import App, _

evaluate = App(help=_("Measure quality on judged data."))
app.add_typer(evaluate, name="evaluate")


@evaluate.command(
    "suggest", help=_("Answer the questions of a judged set in the BEIR layout, then score the answers.")
)
def evaluate_suggest(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_("The judged set."))],
    run: Annotated[Path, typer.Option(help=_("Where the answers are written, before any judgment is read."))],
    split: Annotated[str, typer.Option(help=_("Which queries: queries.SPLIT.jsonl."))] = "dev",
    recipe: Annotated[str, typer.Option(help=_("default or small."))] = "default",
    as_json: AsJson = False,
) -> None:
    from kbuilder.config import read_recipe
    from kbuilder.evaluation import evaluate_suggest as answer_and_score

    with progress_bar() as progress:
        figures = answer_and_score(folder, split, read_recipe(recipe), run, progress)
    if as_json:
        print_json(figures)
        return
    for name, value in figures.items():
        say(f"{name:<28} {value:.3f}")
