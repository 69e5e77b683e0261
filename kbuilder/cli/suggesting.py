"""A question on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from kbuilder.cli.app import AsJson, app, print_json, say, workspace
from kbuilder.cli.language import _, percent
from kbuilder.errors import KBError
from kbuilder.text import N_, per_cent, words


@app.command(help=_("Show the existing answers to a question, or nothing."))
def suggest(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=_("The question."))],
    language: Annotated[str, typer.Option(help=_("The asker's; detected by default."))] = "",
    as_json: AsJson = False,
) -> None:
    kb = workspace(context)
    if not words(text):
        raise KBError(N_("The question has no word."), N_("Ask in a sentence, in quotes."))
    if language:
        _check(language, kb.parts.config().languages)
    found = kb.suggest(text, language)
    if as_json:
        from dataclasses import asdict

        told = ({name: value for name, value in asdict(each).items() if name != "evidence"} for each in found)
        print_json({"suggestions": list(told)})
        return
    if not found:
        say(_("Nothing here is sure to answer that."))
    for each in found:
        kind = _("reviewed article") if each.reviewed else _("solved thread")
        say(f"{percent(per_cent(each.probability) / 100)}  {each.title}  [{kind}]")
        say(f"     {each.sentence}")
        say(f"     {each.url}" + (f" · {', '.join(map(_reason, each.why))}" if each.why else ""))


def _check(language: str, spoken: tuple[str, ...]) -> None:
    """A region of a language that is spoken here counts as it: ``de-at`` where ``de`` is."""
    if language.partition("-")[0] not in {each.partition("-")[0] for each in spoken}:
        raise KBError(
            N_("This knowledge base does not speak “{language}”; its languages are: {known}"),
            N_("Name one of these, or leave --language out: it is detected then."),
            language=language,
            known=", ".join(spoken),
        )


def _reason(why: str) -> str:
    """The asker's own words stay as they are."""
    from kbuilder.suggest.reasons import MEANING

    return _(why) if why == MEANING else why
