"""Who may sign in at the desk."""

from __future__ import annotations

from typing import Annotated

import typer

from kbuilder.cli.app import AsJson, app, print_json, say, workspace
from kbuilder.cli.language import App, _

people = App(help=_("Who may sign in at the desk, and what they may do there."))
app.add_typer(people, name="people")

Who = Annotated[str, typer.Argument(metavar="MAIL", help=_("The person's mail address."))]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role", help=_("reader, author, agent, editor, publisher or administrator; may be given several times.")
    ),
]
Audiences = Annotated[
    list[str], typer.Option("--audience", help=_("Only for articles of this audience; by default for all."))
]
Languages = Annotated[
    list[str], typer.Option("--language", help=_("Only for articles in this language; by default for all."))
]


@people.command("add", help=_("Let someone sign in; prints a first password, once. The first one administers."))
def people_add(
    context: typer.Context,
    mail: Who,
    name: Annotated[str, typer.Option(help=_("As colleagues and the history know the person."))] = "",
    role: Roles = [],  # noqa: B006 - typer copies it
    audience: Audiences = [],  # noqa: B006
    language: Languages = [],  # noqa: B006
) -> None:
    from kbuilder.workspace import people as desk

    parts = workspace(context).parts
    roles = role or ["editor" if desk.everyone(parts) else "administrator"]
    added = desk.add(parts, mail, name or mail.partition("@")[0], roles, audience, language)
    say(
        _("{name} may sign in as {mail}: {roles}").format(
            name=added.person.name, mail=added.person.mail, roles=", ".join(added.person.roles)
        )
    )
    _say_password(added.password)


@people.command("list", help=_("Everyone who may sign in, with roles."))
def people_list(context: typer.Context, as_json: AsJson = False) -> None:
    from kbuilder.workspace import people as desk

    everyone = desk.everyone(workspace(context).parts)
    if as_json:
        names = ("id", "name", "mail", "roles", "audiences", "languages", "disabled", "created")
        print_json([{name: getattr(each, name) for name in names} for each in everyone])
        return
    for each in everyone:
        limits = " · ".join(part for part in (", ".join(each.audiences), ", ".join(each.languages)) if part)
        closed = " · " + _("closed") if each.disabled else ""
        say(f"{each.mail:<32} {each.name:<24} {', '.join(each.roles)}{' · ' + limits if limits else ''}{closed}")
    say(_("People: {count}").format(count=len(everyone)))


@people.command("role", help=_("Give someone other roles, audiences or languages; what is not named stays."))
def people_role(
    context: typer.Context,
    mail: Who,
    role: Roles = [],  # noqa: B006
    audience: Audiences = [],  # noqa: B006
    language: Languages = [],  # noqa: B006
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help=_("For all audiences and languages, but for those that are named."))
    ] = False,
) -> None:
    from kbuilder.workspace import people as desk

    parts = workspace(context).parts
    known = desk.find(parts, mail)
    person = desk.change(
        parts,
        known,
        roles=role or known.roles,
        audiences=tuple(audience) or (() if everywhere else known.audiences),
        languages=tuple(language) or (() if everywhere else known.languages),
    )
    say(_("{name} is now: {roles}").format(name=person.name, roles=", ".join(person.roles)))


@people.command("disable", help=_("Close the way in for someone, and end their sessions; --enable opens it again."))
def people_disable(
    context: typer.Context,
    mail: Who,
    enable: Annotated[bool, typer.Option("--enable", help=_("Open it again."))] = False,
) -> None:
    from kbuilder.workspace import people as desk

    parts = workspace(context).parts
    person = desk.change(parts, desk.find(parts, mail), disabled=not enable)
    said = _("{name} cannot sign in any more.") if person.disabled else _("{name} may sign in again.")
    say(said.format(name=person.name))


@people.command("reset", help=_("Give someone a new first password, and end their sessions."))
def people_reset(context: typer.Context, mail: Who) -> None:
    from kbuilder.workspace import people as desk

    parts = workspace(context).parts
    _say_password(desk.reset(parts, desk.find(parts, mail)).password)


@people.command("release", help=_("Let another account at the provider be someone's, and end their sessions."))
def people_release(context: typer.Context, mail: Who) -> None:
    from kbuilder.workspace import people as desk

    parts = workspace(context).parts
    person = desk.release(parts, desk.find(parts, mail))
    say(_("The next account that comes with {mail} is {name}'s.").format(mail=person.mail, name=person.name))


def _say_password(password: str) -> None:
    say(_("First password, shown this once: {password}").format(password=password))
    say(_("It is asked to be changed at the first sign-in, at /desk of the running “kbuilder serve”."))
