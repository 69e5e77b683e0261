"""What all commands share: the application, its groups and options, and how something is said."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kbuilder import __version__
from kbuilder.cli.language import App, _
from kbuilder.errors import KBError
from kbuilder.text import N_, printable

if TYPE_CHECKING:
    from kbuilder.records import Progress
    from kbuilder.workspace.workspace import Workspace

FINE, FAILED, WRONG, OUR_BUG, INTERRUPTED = 0, 1, 2, 70, 130

app = App(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_("Turn a forum's solved threads into a knowledge base that people trust."),
)

AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]
Plan = Annotated[bool, typer.Option("--plan", help=_("Only say what is stale, and why."))]


def say(text: str = "") -> None:
    print(printable(text))


def say_error(text: str) -> None:
    print(printable(text), file=sys.stderr)


def complain(what: str) -> None:
    say_error(_("Error: {what}").format(what=what))


def unreadable(file: Path, error: OSError | UnicodeDecodeError) -> KBError:
    """A file named on the command line that cannot be read or written."""
    problem = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return KBError(N_("{file}: {problem}"), N_("Name a file that can be used here."), file=file, problem=problem)


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def ready(*files: Path | None, kept: Iterable[Path] = ()) -> None:
    """Files named on the command line can be written: that is told before minutes of work, not after them.

    Args:
        kept: what the command reads, and must not write over.

    Raises:
        KBError: one cannot, or two are the same.
    """
    taken = {each.resolve() for each in kept}
    for file in filter(None, files):
        if file.resolve() in taken:
            raise KBError(
                N_("{file} would be written over: the command needs it itself."), N_("Name another file."), file=file
            )
        taken.add(file.resolve())
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = not file.exists()
            file.open("ab").close()
        except OSError as error:
            raise unreadable(file, error) from None
        if fresh:
            file.unlink()


def write_file(file: Path, text: str) -> None:
    """A file that was named on the command line.

    Raises:
        KBError: it cannot be written.
    """
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unreadable(file, error) from None


def workspace(context: typer.Context) -> Workspace:
    from kbuilder.workspace.workspace import Workspace

    return Workspace.open(context.obj)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on a terminal; nothing where the output is read by a program."""
    if not sys.stderr.isatty():
        from kbuilder.records import silent

        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(_(stage), total=total or None)
            bars.update(tasks[stage], completed=done, total=total or None)

        yield tell


def _version(wanted: bool) -> None:
    if wanted:
        say(__version__)
        raise typer.Exit


def show_differences(files: list[str]) -> None:
    if files:
        for file in files:
            say_error(_("{file} differs between two builds").format(file=file))
        raise typer.Exit(FAILED)
    say(_("Two builds gave the same bytes."))


@app.callback()
def _options(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("-C", metavar="DIR", help=_("The knowledge base; by default the current folder."))
    ] = Path(),
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("Print the version."))
    ] = False,
) -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        raise KBError(N_("The folder that you are in is gone."), N_("Change to one that is there.")) from None
    context.obj = folder
