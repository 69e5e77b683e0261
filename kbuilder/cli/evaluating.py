"""Quality, measured."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kbuilder.cli.app import AsJson, app, print_json, progress_bar, ready, say, say_error, write_file
from kbuilder.cli.language import LANGUAGE, App, _, percent

if TYPE_CHECKING:
    from kbuilder.evaluation import Evaluation

evaluate = App(help=_("Measure quality on judged data."))
app.add_typer(evaluate, name="evaluate")


@evaluate.command(
    "suggest", help=_("Answer the questions of a judged set in the BEIR layout, then score the answers.")
)
def evaluate_suggest(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_("The judged set."))],
    run: Annotated[Path, typer.Option(help=_("Where the answers are written, before any judgment is read."))],
    split: Annotated[str, typer.Option(help=_("Which queries: queries.SPLIT.jsonl."))] = "dev",
    language: Annotated[str, typer.Option(help=_("Of corpus and questions; detected by default."))] = "",
    leave_out: Annotated[
        float,
        typer.Option(min=0, max=1, help=_("Share of the corpus to remove, so that its questions have no answer.")),
    ] = 0,
    labels: Annotated[int, typer.Option(min=0, help=_("Judged questions to fit on; the others are scored."))] = 0,
    adapt: Annotated[bool, typer.Option("--adapt", help=_("Train the model on the corpus first."))] = False,
    report: Annotated[Path | None, typer.Option(help=_("A page with curves and the worst misses."))] = None,
    recipe: Annotated[str, typer.Option(help=_("default or small."))] = "default",
    as_json: AsJson = False,
) -> None:
    from kbuilder.config import read_recipe
    from kbuilder.evaluation import Wanted
    from kbuilder.evaluation import evaluate_suggest as answer_and_score

    ready(run, report, kept=_files(folder, split))
    wanted = Wanted(split=split, language=language, leave_out=leave_out, labels=labels, adapt=adapt)
    with progress_bar() as progress:
        found = answer_and_score(folder, wanted, read_recipe(recipe), run, progress)
    if report:
        _write_report(folder.resolve().name, found, report)
    if found.strays:
        say_error(
            _("Judgments that name an entry which the corpus does not have, and count for nothing: {count}").format(
                count=found.strays
            )
        )
    if as_json:
        print_json(_figures(found))
    else:
        _print(found)


def _write_report(name: str, found: Evaluation, file: Path) -> None:
    from kbuilder.evaluation.report import report

    write_file(file, report(name, found, LANGUAGE, _))


def _files(folder: Path, split: str) -> list[Path]:
    """What a judged set consists of."""
    names = ("corpus.jsonl", f"queries.{split}.jsonl", f"qrels/{split}.tsv", f"candidates/{split}.tsv")
    return [folder / name for name in names]


def _figures(found: Evaluation) -> dict[str, Any]:
    """Figures by name, and their intervals; ``null`` where a figure has no meaning."""
    counts = {"questions": len(found.scored), "answerable": _number(found.scored.has.mean())}
    values = {name: _number(figure.value) for name, figure in found.figures.items()}
    intervals = {name: [_number(figure.low), _number(figure.high)] for name, figure in found.figures.items()}
    return {**counts, **values, "intervals": intervals}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)


def _print(found: Evaluation) -> None:
    say(_("{count} questions, {share} of them have an answer.").format(
        count=len(found.scored), share=percent(found.scored.has.mean())
    ))  # fmt: skip
    for name, figure in found.figures.items():
        say(f"{name:<20} {figure.value:.3f}   [{figure.low:.3f}, {figure.high:.3f}]")
