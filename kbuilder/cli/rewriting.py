"""A draft in a language model's words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kbuilder.cli.app import say, say_error, workspace
from kbuilder.cli.language import _
from kbuilder.cli.reviewing import Lineage, review


@review.command(help=_("Let a language model smooth a draft; each sentence is checked against its source."))
def rewrite(
    context: typer.Context,
    lineage: Lineage,
    out: Annotated[Path, typer.Option(help=_("Where the text is written, to be read, edited and approved."))],
) -> None:
    from kbuilder.workspace.rewriting import rewrite as ask

    kb = workspace(context)
    found = kb.lineage_of(lineage)
    made = ask(kb.parts, found)
    out.write_text(f"# {made.draft.title}\n\n{made.rewritten.body}\n", encoding="utf-8")
    for text, reason in made.rewritten.refused:
        say_error(_("Not taken: {text} ({reason})").format(text=text, reason=_(reason)))
    say(
        _("Changed: {changed} · Left out: {left_out} · Not taken: {refused}").format(
            changed=made.rewritten.changed, left_out=made.rewritten.left_out, refused=len(made.rewritten.refused)
        )
    )
    say(
        _("Read it, then approve it with: kbuilder review edit {lineage} --file {file}").format(
            lineage=found, file=out
        )
    )
