"""Finding what can be changed without writing Python: ``models/``, ``pipelines/`` and ``site/``.

A knowledge base may lay a file of its own over any of ours, under the same path. Ours come from the wheel, or
from the checkout that the package is run from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from kbuilder.errors import NotFound
from kbuilder.text import N_

_PACKAGE = Path(__file__).parent
SHIPPED = next(
    root for root in (_PACKAGE / "_shipped", _PACKAGE.parent) if (root / "pipelines" / "default.toml").is_file()
)
"""The folder that holds our ``models/``, ``pipelines/`` and ``site/``."""


class Tree(Protocol):
    """Files of a knowledge base at one commit: paths with slashes, relative to its root."""

    def read(self, path: str) -> bytes | None:
        """The file's content, or ``None`` where there is no such file."""

    def list(self, prefix: str) -> list[str]:
        """Paths of all files below a folder, sorted."""


def read(path: str, tree: Tree | None = None) -> bytes:
    """The content of a file such as ``site/templates/article.html``: the knowledge base's, else ours.

    Raises:
        NotFound: neither has it.
    """
    own = tree.read(path) if tree else None
    if own is not None:
        return own
    shipped = SHIPPED / path
    if ".." in Path(path).parts or not shipped.is_file():
        raise NotFound(
            N_("There is no file {path}, neither in the knowledge base nor among those that ship."),
            N_("Check the name; {folder} lists what ships."),
            path=path,
            folder=Path(path).parent.as_posix() + "/",
        )
    return shipped.read_bytes()


def listing(folder: str, tree: Tree | None = None) -> list[str]:
    """Paths of the files below a folder, the knowledge base's and ours together, sorted."""
    ours = (
        file.relative_to(SHIPPED).as_posix()
        for file in (SHIPPED / folder).rglob("*")
        if file.is_file() and not any(part.startswith((".", "__")) for part in file.parts)
    )
    return sorted({*ours, *(tree.list(folder) if tree else ())})
