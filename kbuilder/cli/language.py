"""Help and complaints of the command line's library, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click
import typer

from kbuilder import texts
from kbuilder.text import N_
from kbuilder.texts import known, translator
from kbuilder.workspace import environment

F = TypeVar("F", bound=Callable[..., Any])

LANGUAGE = known(environment.interface_language())
_ = translator(LANGUAGE)

_FLOW = ("demo", "init", "import", "build", "review", "publish", "suggest", "serve", "status", "check")
_FRAME = (N_("Usage: "), N_("Arguments"), N_("Options"), N_("Commands"), N_("[OPTIONS]"), N_("COMMAND [ARGS]..."))
_NOTES = (N_("Show this message and exit."), N_("[default: {value}]"), N_("[required]"))
_MISUSES = (
    N_("Missing argument {name}."),
    N_("Missing option {name}."),
    N_("Missing command."),
    N_("No such command {name}."),
    N_("No such option: {name}"),
    N_("Option {name} requires an argument."),
    N_("Got unexpected extra argument(s) ({name})"),
    N_("Invalid value for {name}: {problem}"),
)
"""What the library of the command line says; matched against what it said, to be said in another language."""


def percent(share: float, places: int = 0) -> str:
    """A share in per cent, in the reader's language."""
    return texts.percent(share, LANGUAGE, places)


def in_our_words(text: str, messages: tuple[str, ...]) -> str:
    """A text of the library in the reader's language, if it is one of these messages with its fields filled in."""
    for message in messages:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(message))
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return _(message).format(**found.groupdict())
    return text


def misuse(error: Any) -> str:
    """What the library says of a wrong option or argument, in the reader's language."""
    from pydantic import ValidationError

    from kbuilder.validation import wrong

    text = str(error.format_message())
    if isinstance(error.__cause__, ValidationError):  # of a value: it knows what was given and what was wanted
        text = text.removesuffix(error.message) + wrong(error.__cause__.errors()[0]).told(_)
    return in_our_words(text, _MISUSES)


class _Formatter(click.HelpFormatter):
    """Help in the reader's language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:  # noqa: ARG002
        for part in _FRAME[4:]:
            args = args.replace(part, _(part))
        super().write_usage(prog, args, _(_FRAME[0]))

    def write_heading(self, heading: str) -> None:
        super().write_heading(in_our_words(heading, _FRAME))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(name, self._note(text)) for name, text in rows], col_max, col_spacing)

    def _note(self, text: str) -> str:
        before, space, note = text.rpartition("  [")
        return before + "  " + in_our_words("[" + note, _NOTES) if space else in_our_words(text, _NOTES)


class _Context(typer.Context):
    formatter_class = _Formatter  # type: ignore[assignment]  # typer's own copy of the same class


class _Command(typer.core.TyperCommand):
    context_class = _Context


class _Group(typer.core.TyperGroup):
    context_class = _Context

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order in which they are used; others behind them, by name."""
        known = {name: place for place, name in enumerate(_FLOW)}
        return sorted(super().list_commands(ctx), key=lambda name: (known.get(name, len(known)), name))


class App(typer.Typer):
    """Commands and groups whose help is in the reader's language."""

    def __init__(self, **given: Any) -> None:
        super().__init__(cls=_Group, no_args_is_help=True, **given)

    def command(self, name: str | None = None, **given: Any) -> Callable[[F], F]:
        return super().command(name, cls=_Command, **given)
