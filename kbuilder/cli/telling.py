"""Telling people and programs what is new, where no server runs that does so by itself."""

from __future__ import annotations

import typer

from kbuilder.cli.app import FAILED, app, complain, say, say_error, workspace
from kbuilder.cli.language import _
from kbuilder.errors import told


@app.command(help=_("Send the mails and webhooks that are due; a running server does so by itself."))
def tell(context: typer.Context) -> None:
    from kbuilder.store import outbox
    from kbuilder.workspace import telling

    parts = workspace(context).parts
    if not telling.is_wanted(parts):
        say(_("Nobody is to be told anything: kbuilder.toml has neither [mail] nor [[webhook]]."))
        return
    done = telling.tell(parts)
    say(
        _("New: {found} · Mails: {mails} · Webhooks: {posts}").format(
            found=done.found, mails=done.mails, posts=done.posts
        )
    )
    for error in done.wrong:
        complain(told(error.message, error.values, _))
        if error.hint:
            say_error("  → " + told(error.hint, error.values, _))
    for each in outbox.read(parts.var).failed:
        say(_("Given up: {url}, {news}: {problem}").format(url=each.url, news=each.news, problem=each.error))
    if done.wrong:
        raise typer.Exit(FAILED)
