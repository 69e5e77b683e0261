"""Keys with which programs ask, and tokens that say whose articles they may see."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from kbuilder.cli.app import AsJson, app, print_json, say, workspace
from kbuilder.cli.language import App, _

keys = App(help=_("Keys with which programs ask, and tokens that say for whom."))
app.add_typer(keys, name="keys")


@keys.command("create", help=_("Make a key for a program or site; prints it, once."))
def keys_create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("By which you will know it."))],
) -> None:
    from kbuilder.workspace import keys as made

    created = made.create(workspace(context).parts, name)
    say(
        _("Key {id} for {name}, shown this once: {secret}").format(
            id=created.key.id, name=created.key.name, secret=created.secret
        )
    )


@keys.command("list", help=_("All keys, with the day on which each was last used."))
def keys_list(context: typer.Context, as_json: AsJson = False) -> None:
    from kbuilder.workspace import keys as made

    every = made.everyone(workspace(context).parts)
    if as_json:
        names = ("id", "name", "created", "used", "revoked")
        print_json([{name: getattr(each, name) for name in names} for each in every])
        return
    for each in every:
        state = _("revoked") if each.revoked else each.used or _("never used")
        say(f"{each.id}  {each.created[:10]}  {each.name} · {state}")
    say(_("Keys: {count}").format(count=len(every)))


@keys.command("revoke", help=_("Let a key count no more; a running server notices within half a minute."))
def keys_revoke(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help=_("As “keys list” shows it."))],  # noqa: A002
) -> None:
    from kbuilder.workspace import keys as made

    say(_("The key {name} does not count any more.").format(name=made.revoke(workspace(context).parts, id).name))


@keys.command("token", help=_("Sign a token for the readers of an audience, to try; a site signs its own."))
def keys_token(
    context: typer.Context,
    audience: Annotated[str, typer.Argument(metavar="AUDIENCE", help=_("As kbuilder.toml names it."))],
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 366, help=_("For how long it holds."))] = 1.0,
    member: Annotated[str, typer.Option(help=_("A pseudonym of the member."))] = "",
) -> None:
    from kbuilder.workspace import tokens

    say(tokens.signed(workspace(context).parts, audience, timedelta(hours=hours), member))
