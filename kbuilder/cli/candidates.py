"""What the candidates rest on, and which problems matter most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated

import typer

from kbuilder.cli.app import AsJson, app, print_json, say, workspace, write_file
from kbuilder.cli.building import CHANGES
from kbuilder.cli.clustering import say_choice
from kbuilder.cli.language import App, _, percent
from kbuilder.cli.plots import Line, plot
from kbuilder.workspace import environment

if TYPE_CHECKING:
    from kbuilder.candidates.threshold import Choice
    from kbuilder.records import Suggestion
    from kbuilder.workspace.asked import Missing
    from kbuilder.workspace.explaining import Problem
    from kbuilder.workspace.workspace import Workspace

candidates = App(help=_("Look at how threads became candidates, and at what is wanted most."))
app.add_typer(candidates, name="candidates")

Editor = Annotated[str, typer.Option("--editor", help=_("Who decides; by default you."), show_default=False)]
Thread = Annotated[str, typer.Argument(metavar="THREAD", help=_("The thread's id."))]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE.svg", help=_("Draw it into a file, too."))]


@candidates.command(help=_("Where groups were cut, and what lay above and below."))
def threshold(context: typer.Context, plot_file: Plot = None, as_json: AsJson = False) -> None:
    cuts = workspace(context).cuts()
    if plot_file:
        marks = {_("cut") + f" ({language})": choice.cut for language, choice in cuts.items()}
        lines = [line for language, choice in cuts.items() for line in _lines(language, choice)]
        write_file(plot_file, plot(_("Where groups were cut"), _("similarity"), lines, marks))
    if as_json:
        print_json({language: asdict(choice) for language, choice in cuts.items()})
        return
    for language, choice in cuts.items():
        say(f"{language or '–'}:")
        say_choice(choice)


def _lines(language: str, choice: Choice) -> Iterator[Line]:
    """Shares of the texts, and the halves' agreement, by cut."""
    seen = choice.heights
    yield Line(_("groups") + f" ({language})", [(each.cut, each.groups / choice.texts) for each in seen])
    yield Line(_("in company") + f" ({language})", [(each.cut, each.together / choice.texts) for each in seen])
    agreed = [(each.cut, each.agreement) for each in seen if each.agreement is not None]
    yield Line(_("halves agree") + f" ({language})", agreed)


@candidates.command(help=_("Why a candidate is what it is: how near its threads are, and what is nearest outside."))
def explain(
    context: typer.Context,
    lineage: Annotated[str, typer.Argument(metavar="ID", help=_("The candidate's id, or its beginning."))],
    as_json: AsJson = False,
) -> None:
    found = workspace(context).explain(lineage)
    if as_json:
        print_json(asdict(found))
        return
    say(_("Groups join from a mean similarity of {cut:.3f} on.").format(cut=found.cut))
    say(_("Threads, each with its similarity to the others:"))
    for each in found.members:
        pinned = "  " + _("(pinned by {editor})").format(editor=each.pinned) if each.pinned else ""
        say(f"  {each.similarity:6.3f}  {each.id}  {each.title}{pinned}")
    say(_("The nearest candidates outside:"))
    for each in found.neighbours:
        apart = "  " + _("(an editor keeps it apart)") if each.id in found.kept_apart else ""
        say(f"  {each.similarity:6.3f}  {each.id}  {each.title}{apart}")
    for decision in found.decisions:
        say(
            _("Decided by {editor} on {time}: {verdict} ({decision})").format(
                editor=decision.editor, time=decision.time, verdict=decision.verdict, decision=decision.id
            )
        )


@candidates.command(help=_("What the last build made of each id: new, grown, smaller, split, merged or gone."))
def changes(context: typer.Context, as_json: AsJson = False) -> None:
    from kbuilder.workspace.explaining import title_of

    made = workspace(context).generation
    if as_json:
        print_json([asdict(each) for each in made.changes])
        return
    for each in made.changes:
        title = title_of(made, made.candidates[each.lineage]) if each.lineage in made.candidates else ""
        others = "→ " + ", ".join(each.others) if each.others else ""
        say("  ".join(part for part in (each.lineage, _(CHANGES[each.kind]), others, title) if part))
        for mark, threads in (("+", each.added), ("-", each.removed)):
            if threads and each.kind != "born":
                say(f"  {mark} {' '.join(threads)}")
    if not made.changes:
        say(_("No candidate changed."))


@candidates.command(help=_("A thread belongs to a candidate, and stays there through every later build."))
def pin(
    context: typer.Context,
    thread: Thread,
    lineage: Annotated[str, typer.Argument(metavar="ID", help=_("The candidate's id, or its beginning."))],
    reason: Annotated[str, typer.Option(help=_("Why; kept in the history."))] = "",
    editor: Editor = "",
) -> None:
    kb = workspace(context)
    decision = kb.pin(thread, kb.lineage_of(lineage), editor=editor or environment.user_name(), reason=reason)
    say(_("Pinned ({decision}). The next build follows: kbuilder build").format(decision=decision.id))


@candidates.command(help=_("Take the pin of a thread back."))
def unpin(context: typer.Context, thread: Thread, editor: Editor = "") -> None:
    decision = workspace(context).unpin(thread, editor=editor or environment.user_name())
    say(_("Taken back ({decision}).").format(decision=decision.undoes))


@candidates.command(help=_("The most wanted problems, and how many stand for 80% of the demand."))
def top(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help=_("How many to show."))] = 10,
    plot_file: Plot = None,
    as_json: AsJson = False,
) -> None:
    found = workspace(context).demanded()
    if plot_file:
        curve = [(0.0, 0.0), *((float(number), each.share) for number, each in enumerate(found.problems, 1))]
        title = _("{count} of {all} problems stand for 80% of the demand").format(
            count=found.eighty, all=len(found.problems)
        )
        marks = {percent(0.8): float(found.eighty)}
        write_file(plot_file, plot(title, _("problems"), [Line(_("demand"), curve)], marks))
    if as_json:
        print_json({"eighty": found.eighty, "problems": [_row(each) for each in found.problems[:limit]]})
        return
    for number, each in enumerate(found.problems[:limit], 1):
        demand = each.candidate.demand
        state = _("answered") if each.answered else _("waiting")
        say(f"{number:>3}  {each.lineage}  {demand.score:>6.1f}  {percent(each.share):>5}  {state}  {each.title}")
    say(
        _("{count} of {all} problems stand for 80% of the demand.").format(
            count=found.eighty, all=len(found.problems)
        )
    )


def _row(problem: Problem) -> dict[str, object]:
    return {
        "lineage": problem.lineage,
        "title": problem.title,
        "language": problem.candidate.language,
        "answered": problem.answered,
        "share": round(problem.share, 4),
        **asdict(problem.candidate.demand),
    }


@candidates.command(
    help=_("What several askers found no answer to, where kbuilder.toml lets their questions be kept.")
)
def asked(context: typer.Context, as_json: AsJson = False) -> None:
    kb = workspace(context)
    found = kb.missing()
    if as_json:
        print_json([_missing(kb, each) for each in found])
        return
    if not kb.parts.config().asking.keep_questions:
        say(_("No question is kept: set keep_questions below [asking] in kbuilder.toml to so many days."))
        return
    for each in found:
        say(
            _("{count} askers, last on {day}: {question} ({id})").format(
                count=each.askers, day=each.last, question=_line(each.questions[0]), id=each.id
            )
        )
        for other in each.questions[1:4]:
            say(f"    {_line(other)}")
        for near in _nearest(kb, each):
            say(
                "    → "
                + _("nearest, and not sure enough: {title} ({probability})").format(
                    title=near.title, probability=percent(near.probability)
                )
            )
    say(_("Problems without an answer: {count}").format(count=len(found)))


def _nearest(kb: Workspace, each: Missing) -> list[Suggestion]:
    from kbuilder.workspace.asked import nearest

    return nearest(kb.parts, each)


def _line(question: str) -> str:
    return shorten(question, 160, placeholder=" …")


def _missing(kb: Workspace, each: Missing) -> dict[str, object]:
    near = [{"target": n.target, "title": n.title, "probability": n.probability} for n in _nearest(kb, each)]
    names = ("id", "language", "audience", "product", "askers", "page_views", "questions", "last")
    return {**{name: getattr(each, name) for name in names}, "nearest": near[0] if near else None}
