"""The models that a knowledge base thinks with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kbuilder.cli.app import FAILED, AsJson, app, complain, print_json, say, say_error, workspace
from kbuilder.cli.language import App, _
from kbuilder.errors import told

if TYPE_CHECKING:
    from kbuilder.workspace.models import Pinned

models = App(help=_("The models that texts are compared with."))
app.add_typer(models, name="models")


@models.command("list", help=_("All pinned models, and whether each is what its pin says."))
def models_list(context: typer.Context, as_json: AsJson = False) -> None:
    found = workspace(context).pinned_models()
    if as_json:
        print_json([_as_dict(each) for each in found])
        return
    for each in found:
        pin = each.pin
        say(_("{name} (in use)").format(name=pin.name) if each.used else pin.name)
        say(
            "  "
            + _("{source} · {dimension} dimensions · {tokens} tokens · {licence}").format(
                source=pin.source,
                dimension=pin.dimension,
                tokens=pin.max_tokens,
                licence=pin.licence or _("no licence stated"),
            )
        )
        say(
            "  "
            + (told(each.fault.message, each.fault.values, _) if each.fault else _("Its files are the pinned ones."))
        )
        if each.copy:
            say("  " + _copy(each))


def _copy(each: Pinned) -> str:
    copy = each.copy
    if copy is None:
        return ""
    if copy.accepted:
        return _("Questions are read by an int8 copy (mean cosine {cosine} over {texts} texts).").format(
            cosine=copy.cosine, texts=copy.texts
        )
    return _("Questions are read by the model itself: its int8 copy is too far off ({why}).").format(
        why=copy.problem or copy.cosine
    )


@models.command("verify", help=_("Compare the files of pinned models with their pins; 1 if one differs."))
def models_verify(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help=_("Of a pin; by default all."))] = "",
) -> None:
    kb = workspace(context)
    found = [kb.verify_model(name)] if name else kb.pinned_models()
    for each in found:
        if each.fault:
            complain(told(each.fault.message, each.fault.values, _))
            say_error("  → " + told(each.fault.hint, each.fault.values, _))
        else:
            say(_("{name}: its files are the pinned ones.").format(name=each.pin.name))
    if any(each.fault for each in found):
        raise typer.Exit(FAILED)


@models.command("pin", help=_("Write down a sentence-transformers model with its hash; fetch it if it is not here."))
def models_pin(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="NAME-or-PATH", help=_("A name on the hub, or a folder."))],
    name: Annotated[str, typer.Option(help=_("Of the pin; by default made of the model's."))] = "",
    revision: Annotated[str, typer.Option(help=_("On the hub; by default the newest."))] = "",
    licence: Annotated[str, typer.Option(help=_("By default what the model's card says."))] = "",
    query: Annotated[str | None, typer.Option(help=_("What the model wants to read before a question."))] = None,
    passage: Annotated[str | None, typer.Option(help=_("What it wants to read before any other text."))] = None,
) -> None:
    from kbuilder.embedding.pins import Prefixes

    given = None if query is None and passage is None else Prefixes(query=query or "", passage=passage or "")
    pin = workspace(context).pin_model(source, name=name, revision=revision, licence=licence, prefixes=given)
    say(_("Pinned {name}: SHA-256 {sha256}").format(name=pin.name, sha256=pin.sha256))
    say(
        _("{source} · {dimension} dimensions · {tokens} tokens · {licence}").format(
            source=pin.source,
            dimension=pin.dimension,
            tokens=pin.max_tokens,
            licence=pin.licence or _("no licence stated"),
        )
    )
    say(_('To use it, write model = "{name}" under [embedding] in your recipe.').format(name=pin.name))


def _as_dict(each: Pinned) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **each.pin.model_dump(),
        "used": each.used,
        "fault": str(each.fault) if each.fault else "",
        "copy": asdict(each.copy) if each.copy else None,
    }
