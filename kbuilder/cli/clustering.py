"""Groups of texts, measured."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kbuilder.cli.app import AsJson, print_json, progress_bar, ready, say
from kbuilder.cli.evaluating import evaluate
from kbuilder.cli.language import _, percent

if TYPE_CHECKING:
    from kbuilder.candidates.threshold import Choice


@evaluate.command("cluster", help=_("Group the texts of a file as candidates are, then score the groups."))
def evaluate_cluster(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help=_("Rows with _id, text and label."))],
    labels: Annotated[Path, typer.Option(help=_("Where the groups are written, before any label is read."))],
    recipe: Annotated[str, typer.Option(help=_("default or small."))] = "default",
    report: Annotated[bool, typer.Option("--report", help=_("Say how the cut was chosen too."))] = False,
    as_json: AsJson = False,
) -> None:
    from kbuilder.config import read_recipe
    from kbuilder.evaluation import evaluate_cluster as group_and_score

    ready(labels, kept=[file])
    with progress_bar() as progress:
        found = group_and_score(file, read_recipe(recipe), labels, progress)
    if as_json:
        told = {"report": {"choice": asdict(found.choice), "sizes": found.sizes}} if report else {}
        print_json({**found.figures["kbuilder"], "alone": found.figures["alone"], **told})
        return
    alone = _("all alone")
    say(f"{'':<20} {'kbuilder':>10} {alone:>10}")
    for name, value in found.figures["kbuilder"].items():
        digits = 0 if name in ("texts", "groups") else 3
        say(f"{name:<20} {value:>10.{digits}f} {found.figures['alone'][name]:>10.{digits}f}")
    if report:
        say()
        say_choice(found.choice)
        sizes = ", ".join(f"{size}: {count}" for size, count in found.sizes.items())
        say(_("Groups by size: {sizes}").format(sizes=sizes))


def say_choice(choice: Choice) -> None:
    """Where the cut lies, and what lay above and below it."""
    say(
        _("Cut at {cut:.3f}; expected at {expected:.3f}, since {company} of the texts have company.").format(
            cut=choice.cut, expected=choice.expected, company=percent(choice.company)
        )
    )
    if not choice.heights:
        say(_("The recipe gives the cut."))
        return
    cut, groups, company, agree = _("cut"), _("groups"), _("in company"), _("halves agree")
    say(f"{cut:>8} {groups:>8} {company:>12} {agree:>14}")
    for height in choice.heights:
        agreement = "–" if height.agreement is None else f"{height.agreement:.3f}"
        say(f"{height.cut:>8.3f} {height.groups:>8} {height.together:>12} {agreement:>14}")
