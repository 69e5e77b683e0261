"""A knowledge base as a whole: make it, fill it, look after it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kbuilder import __version__
from kbuilder.cli.app import (
    FAILED,
    FINE,
    AsJson,
    app,
    print_json,
    progress_bar,
    say,
    say_error,
    unreadable,
    workspace,
)
from kbuilder.cli.language import App, _
from kbuilder.errors import told
from kbuilder.text import N_

if TYPE_CHECKING:
    from kbuilder.importers.report import Reject

vectors = App(help=_("Carry vectors to another machine."))
app.add_typer(vectors, name="vectors")

VectorFile = Annotated[Path, typer.Argument(metavar="FILE", help=_("The file of vectors."))]


@app.command(help=_("Make a new knowledge base."))
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help=_("A new or empty folder."))],
    example: Annotated[bool, typer.Option("--example", help=_("With the example community's threads."))] = False,
    title: Annotated[str, typer.Option(help=_("The knowledge base's name."))] = "Knowledge base",
    language: Annotated[
        list[str] | None, typer.Option(help=_("Of the site; repeat it for several, the first is the default."))
    ] = None,
    recipe: Annotated[str, typer.Option(help=_("What is built, and how: default or small."))] = "default",
) -> None:
    from kbuilder.workspace.workspace import Workspace

    kb = Workspace.create(directory, title=title, languages=tuple(language or ["en"]), recipe=recipe, example=example)
    say(_("Made {folder}.").format(folder=kb.root))
    source = f"jsonl {shlex.quote(str(kb.example))}" if example else "FORMAT SOURCE"
    say(_("Next: {command}").format(command=f"kbuilder -C {shlex.quote(str(directory))} import {source}"))


@app.command("import", help=_("Import a forum's export: stackexchange, discourse, jsonl or csv."))
def import_(
    context: typer.Context,
    format: Annotated[str, typer.Argument(metavar="FORMAT", help=_("Of the export."))],  # noqa: A002 - the field's term
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help=_("A file or a folder."))],
    name: Annotated[str, typer.Option(help=_("Of the source; by default the file's name."))] = "",
    url: Annotated[str, typer.Option(help=_("Of the forum, for links to threads and authors."))] = "",
    title: Annotated[str, typer.Option(help=_("Of the forum, for attributions."))] = "",
    licence: Annotated[str, typer.Option(help=_("Of posts that carry none."))] = "",
    complete: Annotated[
        bool | None,
        typer.Option("--complete/--partial", help=_("The export holds everything: what is absent was deleted.")),
    ] = None,
    allow_removals: Annotated[
        bool, typer.Option(help=_("Let the import remove more than 5% of the source."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    kb = workspace(context)
    if format == "csv" and not as_json:
        say_columns(kb.guess_columns(source))
    with progress_bar() as progress:
        result = kb.import_threads(
            format,
            source,
            name=name,
            url=url,
            title=title,
            licence=licence,
            complete=complete,
            allow_removals=allow_removals,
            progress=progress,
        )
    counts = result.as_dict()
    if as_json:
        print_json(counts)
    else:
        _show_import(counts, result.report.rejects)
        _show_ahead(result.ahead)
    nothing = not (result.report.threads or result.report.rejects)
    if nothing:
        say_error(
            _("No thread was found in {path}: is it an export of the format {format}?").format(
                path=source, format=format
            )
        )
    raise typer.Exit(FAILED if nothing or result.report.rejects else FINE)


def say_columns(columns: dict[str, str]) -> None:
    """What the columns of a table are taken for."""
    for field, column in columns.items():
        say(_("The column “{column}” is taken as {field}.").format(column=column, field=field))


def _show_import(counts: dict[str, Any], rejects: Sequence[Reject]) -> None:
    languages = ", ".join(f"{language} {count}" for language, count in counts["languages"].items())
    total = _("Threads: {threads} (solved: {solved}) · Answers: {answers} · Authors: {authors}")
    say(total.format(**counts) + (f" · {languages}" if languages else ""))
    say(_("{added} added, {changed} changed, {unchanged} unchanged, {removed} removed").format(**counts))
    if counts["redacted"]:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(counts["redacted"].items()))
        say(_("Personal data replaced: {kinds}").format(kinds=kinds))
    for title, kind in ((_("Skipped"), "skipped"), (_("Not carried"), "not_carried")):
        if counts[kind]:
            say(f"{title}: " + ", ".join(f"{_label(name)} {count}" for name, count in counts[kind].items()))
    if counts["unlinked"]:
        say_error(
            _(
                "Threads without an address, which their licence asks for: {count}. Give it by --url, or in each row."
            ).format(count=counts["unlinked"])
        )
    for reject in rejects[:20]:
        say_error(f"{reject.place}: {told(reject.message, reject.values, _)}")
    if rejects and counts["complete"]:
        say_error(_("Because rows could not be read, nothing counts as deleted."))
    if counts["set_aside"]:
        say_error(
            _("Rows set aside in {path}: {count}. Mend them there and import that file.").format(
                count=len(rejects), path=counts["set_aside"]
            )
        )


def _show_ahead(ahead: Sequence[str]) -> None:
    if ahead:
        dated = _(
            "Threads dated in the future: {count}, {thread} for one. They count as the newest; mend their dates."
        )
        say_error(dated.format(count=len(ahead), thread=ahead[0]))


def _label(name: str) -> str:
    """What is not carried, in words; a column comes with its header."""
    column, space, header = name.partition(" ")
    return _(column) + space + header if column == N_("column") else _(name)


@app.command(help=_("What is stored, what waits, and what needs attention."))
def status(context: typer.Context, as_json: AsJson = False) -> None:
    found = workspace(context).status()
    if as_json:
        print_json(found)
        return
    for name, value in found["counts"].items():
        say(f"{_(name):<24} {value}")
    for line in found["attention"]:
        say_error("! " + told(line["message"], line["values"], _))


@app.command(help=_("Bring an older knowledge base to this version."))
def upgrade(context: typer.Context) -> None:
    for step in workspace(context).upgrade():
        say(_(step))
    say(_("This knowledge base fits kbuilder {version}.").format(version=__version__))


@vectors.command("export", help=_("Write the vectors made so far to a file."))
def vectors_export(context: typer.Context, file: VectorFile) -> None:
    kb = workspace(context)
    try:
        say(_("Vectors: {count}").format(count=kb.export_vectors(file)))
    except OSError as error:
        raise unreadable(file, error) from None


@vectors.command("import", help=_("Read the vectors of such a file."))
def vectors_import(context: typer.Context, file: VectorFile) -> None:
    kb = workspace(context)
    try:
        say(_("Vectors: {count}").format(count=kb.import_vectors(file)))
    except OSError as error:
        raise unreadable(file, error) from None
