"""Make candidates, drafts and index."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from kbuilder.cli.app import Plan, app, progress_bar, say, say_error, show_differences, workspace
from kbuilder.cli.language import _
from kbuilder.errors import told
from kbuilder.text import N_

if TYPE_CHECKING:
    from kbuilder.workspace.workspace import Workspace

CHANGES = {
    "born": N_("new"),
    "grown": N_("grown"),
    "shrunk": N_("smaller"),
    "split": N_("split"),
    "merged": N_("merged"),
    "died": N_("gone"),
}


@app.command(help=_("Make candidates, drafts and index from what was imported and decided."))
def build(
    context: typer.Context,
    plan: Plan = False,
    check: Annotated[bool, typer.Option("--check", help=_("Build twice and compare."))] = False,
) -> None:
    kb = workspace(context)
    if plan:
        stale = kb.build_plan()
        for each in stale:
            say(f"{_(each.stage)}: {told(each.why, each.values, _)}")
        say("" if stale else _("Nothing is stale."))
        return
    with progress_bar() as progress:
        if check:
            show_differences(kb.build_check(progress))
            return
        built = kb.build(progress)
    if built.note:
        say_error(_(built.note))
    _show_built(kb, built.fresh)


def _show_built(kb: Workspace, fresh: bool) -> None:
    from kbuilder.records import Draft, Refusal
    from kbuilder.redact import PLACEHOLDER

    made = kb.generation
    refused = sum(isinstance(each, Refusal) for each in made.drafts.values())
    groups = sum(len(each.members) > 1 for each in made.candidates.values())
    say(
        _("Candidates: {candidates} (of several threads: {groups}) · Drafts: {drafts} (too thin: {refused})").format(
            candidates=len(made.candidates), groups=groups, drafts=len(made.drafts) - refused, refused=refused
        )
    )
    if not fresh:
        say(_("Nothing had changed."))
        return
    bodies = (each.body for each in made.drafts.values() if isinstance(each, Draft))
    replaced = Counter(found[0][1:-1] for body in bodies for found in PLACEHOLDER.finditer(body))
    if replaced:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(replaced.items()))
        say(_("Personal data left out of drafts: {kinds}").format(kinds=kinds))
    counts: dict[str, int] = {}
    for change in made.changes:
        counts[change.kind] = counts.get(change.kind, 0) + 1
    told = ", ".join(f"{_(CHANGES[kind])} {count}" for kind, count in sorted(counts.items()))
    say(told or _("No candidate changed."))


@app.command(help=_("Train the model on the solved threads, without labels, and keep it if it finds them better."))
def adapt(context: typer.Context) -> None:
    kb = workspace(context)
    with progress_bar() as progress:
        found = kb.adapt(progress)
    before, after = found.before, found.after
    if not found.share:
        say(_("Nothing was gained: the general model stays as it is."))
        return
    say(
        _("Threads that were held back are found at {after} instead of {before} (mean reciprocal rank).").format(
            before=f"{before.own:.2f}", after=f"{after.own:.2f}"
        )
    )
    say(_("Near-duplicates find one another at {after} of {before}.").format(
        before=f"{before.general:.2f}", after=f"{after.general:.2f}"
    ))  # fmt: skip
    say(_("It is pinned as models/adapted.toml. Use it with: kbuilder build"))
