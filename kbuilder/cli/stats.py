"""Figures on what the knowledge base did."""

from __future__ import annotations

from dataclasses import asdict
from math import ceil
from typing import TYPE_CHECKING, Annotated

import typer

from kbuilder.cli.app import AsJson, app, print_json, say, workspace
from kbuilder.cli.language import App, _, percent
from kbuilder.text import N_

if TYPE_CHECKING:
    from kbuilder.insight.deflection import Effect, Outcome, Row
    from kbuilder.workspace.stats import Report

stats = App(help=_("Figures on what the knowledge base did."))
app.add_typer(stats, name="stats")

_BY = {"week": N_("Week from"), "language": N_("Language"), "product": N_("Product"), "article": N_("Answer")}


@stats.command("deflection", help=_("How many questions the answers saved: said, possible, and by the hold-out."))
def stats_deflection(
    context: typer.Context,
    weeks: Annotated[int, typer.Option(min=1, max=520, help=_("How many weeks back."))] = 12,
    commit: Annotated[
        bool,
        typer.Option("--commit", help=_("Commit for the site what was solved by month, and whom articles helped.")),
    ] = False,
    as_json: AsJson = False,
) -> None:
    from kbuilder.workspace import stats as figures

    parts = workspace(context).parts
    found = figures.report(parts, weeks)
    if as_json:
        print_json({**asdict(found), "settings": found.settings.model_dump()})
    else:
        _say(found)
    if commit:
        changed = figures.commit_figures(parts)
        if not as_json:
            say(
                _("Committed: {files}").format(files=", ".join(changed))
                if changed
                else _("The site knows that already.")
            )


def _say(found: Report) -> None:
    said, total = found.total.outcomes, found.total
    say(_("Questions asked since {day}: {count}").format(day=found.since[:10], count=total.asked))
    say(_("  with an answer: {count}").format(count=total.found))
    say(_("  confirmed – said that it helped, and did not post: {count}").format(count=said["confirmed"]))
    say(_("  potential – opened an answer, did not post, said nothing: {count}").format(count=said["potential"]))
    say(_("  none – posted, or not helped: {count}").format(count=said["none"]))
    say(_("  left without a word, which counts for nothing: {count}").format(count=said["left"]))
    say(_("  still open – confirmed or potential, and the window is not over: {count}").format(count=said["open"]))
    say(_("  set aside – said that it helped, and does not count: {count}").format(count=said["aside"]))
    for reason, count in found.aside.items():
        say(f"    {_(reason)}: {count}")
    say(
        _("Known by a pseudonym: {share}. They are followed for {days:g} days; all others for one page view.").format(
            share=percent(found.members), days=found.settings.window
        )
    )
    if found.members > found.signed:
        say(
            _("Of a signed pseudonym: {share}. Without a signature anybody can be any member.").format(
                share=percent(found.signed)
            )
        )
    if found.apart:
        say(
            _("Besides, requests of programs that name no page view, not counted above: {count}").format(
                count=found.apart
            )
        )
    _say_calls(found)
    _say_effect(found.effect, hold_out=found.settings.hold_out)
    for name, rows in found.by.items():
        _say_rows(found, _(_BY[name]), rows)


def _say_calls(found: Report) -> None:
    if found.calls is None:
        return
    share = found.settings.calls_per_question
    say(
        _("Calls saved: {calls:.0f}, assuming {share:g} calls for an unanswered question.").format(
            calls=found.calls, share=share
        )
    )
    if found.calls_by_effect:
        low, high = found.calls_by_effect
        say(_("By the hold-out: {low} to {high} calls, assuming the same.").format(low=round(low), high=round(high)))


def _say_effect(found: Effect | None, *, hold_out: bool) -> None:
    if found is None:
        say(
            _("Hold-out: nobody to compare yet.")
            if hold_out
            else _("Hold-out: off. What is above is what askers said, not what the answers caused.")
        )
        return
    shares = ("posted_held", "posted_shown", "difference", "low", "high")
    told = asdict(found) | {name: percent(getattr(found, name), 1) for name in shares}
    say(
        _("Hold-out: {held} askers saw no answer, {shown} did; {posted_held} and {posted_shown} posted.").format(
            **told
        )
    )
    say(_("  Answers save {difference} of such questions (95% interval {low} to {high}).").format(**told))
    say(_("  Weeks of this traffic for an interval of ±5%: {weeks}").format(weeks=ceil(found.weeks)))


def _say_rows(found: Report, name: str, rows: list[Row]) -> None:
    from kbuilder.workspace.stats import OTHER, OTHER_LANGUAGE

    shown = [row for row in rows if row.name]
    if not shown:
        return
    heads = [_("asked"), _("found"), _("confirmed"), _("potential"), _("none"), _("still open")]
    told: list[Outcome] = ["confirmed", "potential", "none", "open"]
    if found.calls is not None:
        heads.append(_("calls"))
    say()
    say(f"{name:<40} " + " ".join(f"{head:>10}" for head in heads))
    for row in shown[:20]:
        figures = [row.asked, row.found, *(row.outcomes[each] for each in told)]
        if (calls := found.calls_of(row)) is not None:
            figures.append(round(calls))
        title = _(row.name) if row.name in (OTHER, OTHER_LANGUAGE) else row.name
        say(f"{title[:40]:<40} " + " ".join(f"{figure:>10}" for figure in figures))
    say(
        _("Pseudonyms are followed for {days} days, all others for one page view.").format(
            days=f"{found.settings.window:g}"
        )
    )
    if found.calls is not None:
        share = f"{found.settings.calls_per_question:g}"
        say(_("Assumed: {share} calls for an unanswered question.").format(share=share))
