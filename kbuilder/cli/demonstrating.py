"""The whole flow on the example community."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kbuilder.cli.app import app, progress_bar, say
from kbuilder.cli.language import LANGUAGE, _


@app.command(help=_("Make the example knowledge base and run the whole flow on it."))
def demo(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help=_("A new or empty folder."))],
    recipe: Annotated[str, typer.Option(help=_("What is built, and how: default or small."))] = "default",
) -> None:
    from kbuilder.demo import run

    with progress_bar() as progress:
        run(directory, recipe, say, LANGUAGE, progress)
