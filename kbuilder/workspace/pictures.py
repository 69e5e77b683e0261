"""Pictures of articles: those that wait until a text that shows them is saved, and what is asked of such a text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from kbuilder.errors import KBError
from kbuilder.pictures import cleaned
from kbuilder.publish.body import media_path
from kbuilder.store.git import Tree
from kbuilder.text import N_, squeeze
from kbuilder.workspace.parts import Parts

MOST_WAITING = 200 * 1024 * 1024
"""Bytes of all that wait."""
KEPT = timedelta(days=30)
"""For which one is kept that no unsaved text shows."""
_OURS = re.compile(r"media/[0-9a-f]{2}/[0-9a-f]{20}\.(?:png|jpg|webp)")
"""Names that pictures are given here (:attr:`kbuilder.pictures.Picture.path`)."""

_MARKS = re.compile(r"[\\\[\]`*_<!&]")


def add(parts: Parts, data: bytes) -> str:
    """Keep a picture until a text that shows it is saved; its path in the knowledge base.

    Raises:
        Unusable: it is not one that is taken.
        KBError: too many wait.
    """
    picture = cleaned(data)
    folder = _folder(parts)
    folder.mkdir(parents=True, exist_ok=True)
    _tidy(parts, folder)
    if sum(each.stat().st_size for each in folder.iterdir()) + len(picture.data) > MOST_WAITING:
        raise KBError(
            N_("Too many pictures wait that no article shows."),
            N_("Save the articles that they are for, or throw their texts away, and try again."),
        )
    place = folder / Path(picture.path).name
    partial = place.with_suffix(".part")
    partial.write_bytes(picture.data)
    partial.replace(place)
    return picture.path


def shown(path: str, words: str) -> str:
    """The Markdown that shows a picture.

    >>> shown("media/ab/c.png", "A [red]  light")
    '![A \\\\[red\\\\] light](/media/ab/c.png)'
    """
    plain = _MARKS.sub(r"\\\g<0>", squeeze(words))
    return f"![{plain}](/{path})"


def read(parts: Parts, tree: Tree, path: str) -> bytes | None:
    """A picture that is committed, or waits; ``None``: there is none at this path."""
    found = tree.read(path) if path.startswith("media/") else None
    if found is None and _OURS.fullmatch(path):
        place = _folder(parts) / Path(path).name
        return place.read_bytes() if place.is_file() else None
    return found


def is_there(parts: Parts, tree: Tree, path: str) -> bool:
    """Whether a file is committed, or a picture waits to be."""
    return tree.blob(path) is not None or read(parts, tree, path) is not None


def address(written: str) -> str:
    """The path in the knowledge base that a picture's address in an article means; ``""``: none.

    >>> address("../../../media/a.png"), address("/media/a.png"), address("https://c.example/media/a.png")
    ('media/a.png', 'media/a.png', '')
    """
    return media_path(written, "articles/xx/xx/x.md")


def joining(parts: Parts, tree: Tree, body: str) -> dict[str, bytes]:
    """By path, the pictures of a text that are committed together with it."""
    new = {path for path in _OURS.findall(body) if tree.blob(path) is None} if "media/" in body else set()
    return {path: data for path in sorted(new) if (data := read(parts, tree, path)) is not None}


def saved(parts: Parts, paths: list[str]) -> None:
    """They are committed, and wait no more."""
    for path in paths:
        (_folder(parts) / Path(path).name).unlink(missing_ok=True)


def _folder(parts: Parts) -> Path:
    return parts.var / "pictures"


def _tidy(parts: Parts, folder: Path) -> None:
    """Drop what has waited for long and no unsaved text shows."""
    before = (datetime.fromisoformat(parts.clock()) - KEPT).timestamp()
    old = [each for each in folder.iterdir() if each.stat().st_mtime < before]
    if old:
        texts = "\n".join(each.body for each in parts.people.works())
        for each in old:
            if each.name not in texts:
                each.unlink(missing_ok=True)
