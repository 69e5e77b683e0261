"""Files of the knowledge base that articles show or link: where they are, and how large pictures are."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

from kbuilder.publish.addresses import relative
from kbuilder.publish.body import media_path
from kbuilder.publish.reading import Tree

FOLDER = "media"
_UNKNOWN = (0, 0)


@dataclass(eq=False)
class Media:
    """The files below ``media/``."""

    tree: Tree
    _sizes: dict[str, tuple[int, int]] = field(default_factory=dict)

    @cached_property
    def blobs(self) -> Mapping[str, str]:
        """Their paths, and ids of their contents."""
        return self.tree.blobs(FOLDER)

    def path(self, address: str, article: str) -> str:
        """The file that an address in an article's file means; ``""``: there is none."""
        found = media_path(address, article)
        return found if found in self.blobs else ""

    def address(self, address: str, article: str, page: str) -> str:
        """Where that file is, seen from a page of the site; ``""``: there is none."""
        found = self.path(address, article)
        return relative(quote(found), page) if found else ""

    def known(self, address: str, article: str) -> str:
        """The id of that file's content, ``""`` where there is none."""
        return self.blobs.get(self.path(address, article), "")

    def size(self, path: str) -> tuple[int, int]:
        """A picture's width and height; zeros where it is no picture that tells."""
        if path not in self._sizes:
            self._sizes[path] = self._measured(path)
        return self._sizes[path]

    def weight(self, path: str) -> int:
        """A file's bytes."""
        return len(self.tree.read(path) or b"")

    def _measured(self, path: str) -> tuple[int, int]:
        import imagesize

        try:
            width, height = imagesize.get(io.BytesIO(self.tree.read(path) or b""))
        except (ValueError, OSError, ArithmeticError):
            return _UNKNOWN
        return (round(width), round(height)) if width > 0 and height > 0 else _UNKNOWN
