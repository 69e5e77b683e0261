"""Messages to the support: counted in what candidates are asked for."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kbuilder.cli.app import FAILED, FINE, AsJson, app, print_json, say, say_error, workspace
from kbuilder.cli.knowledge import say_columns
from kbuilder.cli.language import App, _
from kbuilder.errors import told

contacts = App(help=_("Count what the support is asked: its messages are matched and never shown."))
app.add_typer(contacts, name="contacts")

Name = Annotated[str, typer.Option(help=_("Of the export, where there are several."))]


@contacts.command("import", help=_("Import a table of messages: date, text, product. Personal data are taken out."))
def contacts_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help=_("The table."))],
    name: Name = "",
    as_json: AsJson = False,
) -> None:
    from kbuilder.workspace import contacts as messages

    found = messages.run(workspace(context).parts, file, name)
    counts = {**asdict(found.kept), "rejects": len(found.report.rejects)}
    if as_json:
        print_json({"name": found.name, **counts, "set_aside": str(found.set_aside or "")})
    else:
        say_columns(found.report.columns)
        say(_("Messages: {added} added, {changed} changed, {unchanged} known").format(**counts))
        if found.kept.erased:
            say(_("Left out, because they were erased on request: {count}").format(count=found.kept.erased))
        for reject in found.report.rejects[:20]:
            say_error(f"{reject.place}: {told(reject.message, reject.values, _)}")
        if found.set_aside:
            say_error(
                _("Rows set aside in {path}: {count}. Mend them there and import that file.").format(
                    count=len(found.report.rejects), path=found.set_aside
                )
            )
    raise typer.Exit(FAILED if found.report.rejects else FINE)


@contacts.command("show", help=_("How many messages there are, and how many candidates and articles are about."))
def contacts_show(context: typer.Context, as_json: AsJson = False) -> None:
    from kbuilder.workspace import contacts as messages

    found = messages.counted(workspace(context).parts)
    if as_json:
        print_json(asdict(found))
        return
    for name, count in found.messages.items():
        say(f"{name:<24} {count}")
    say(_("Messages that a candidate or an article is about: {count}").format(count=found.matched))
    say(_("Messages that an article answers: {count}").format(count=found.answered))


@contacts.command("erase", help=_("Erase messages: of an export, from before a day, or one by its ticket."))
def contacts_erase(
    context: typer.Context,
    name: Name = "",
    before: Annotated[str, typer.Option(metavar="DAY", help=_("Those from before it, as in 2026-11-23."))] = "",
    ticket: Annotated[str, typer.Option(help=_("Its number; a later import leaves it out."))] = "",
) -> None:
    from kbuilder.workspace import contacts as messages

    count = messages.erase(workspace(context).parts, name, before, ticket)
    say(_("Erased messages: {count}. The next build counts without them.").format(count=count))
