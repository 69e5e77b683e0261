"""Sending verdicts on to another repository, where no server runs that does so by itself."""

from __future__ import annotations

import typer

from kbuilder.cli.app import app, say, workspace
from kbuilder.cli.language import _


@app.command(help=_("Send verdicts on to the repository that [push] names; a running server does so by itself."))
def push(context: typer.Context) -> None:
    from kbuilder.workspace import pushing

    parts = workspace(context).parts
    remote = parts.config().push.remote
    if not remote:
        say(_("Nothing is sent on: kbuilder.toml has no [push]."))
        return
    done = pushing.push(parts)
    say(_("Sent to {remote}: {count}").format(remote=remote, count=done.commits))
    if done.replayed:
        say(_("Made again on top of what others pushed: {count}").format(count=done.replayed))
