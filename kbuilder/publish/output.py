"""The folder that is served, and what is known of it: written beside it, switched at once.

A reader never sees half a site, and a publish that is killed leaves the last good one. What a page was made from
stands in a manifest next to the folder; what the folder holds is believed only if its digest says the same.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kbuilder.records import FORMAT, digest

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@dataclass(frozen=True, slots=True)
class Made:
    """A file of the site: the digests of what it was made from, by part, and of its bytes."""

    inputs: Mapping[str, str]
    output: str


@dataclass(frozen=True)
class Manifest:
    """What the served folder was made from."""

    fingerprint: str = ""
    """Of everything: equal means that nothing has changed."""
    articles: int = 0
    files: Mapping[str, Made] = field(default_factory=dict)


@dataclass(frozen=True)
class Folder:
    """An audience's site on disk."""

    out: Path
    audience: str

    @property
    def served(self) -> Path:
        return self.out / self.audience

    @property
    def fresh(self) -> Path:
        return self._beside("new")

    @property
    def old(self) -> Path:
        return self._beside("old")

    @property
    def manifest_file(self) -> Path:
        return self._beside("json")

    def _beside(self, ending: str) -> Path:
        return self.out.parent / f"{self.out.name}-{self.audience}.{ending}"

    def tidy(self) -> None:
        """Clean up after a publish that was killed."""
        if not self.served.exists() and self.old.exists():
            self.old.rename(self.served)
        for left in (self.fresh, self.old):
            if left.exists():
                shutil.rmtree(left)

    def manifest(self) -> Manifest:
        """What the served folder was made from; an empty one if that is not known."""
        if not self.served.is_dir() or not self.manifest_file.is_file():
            return Manifest()
        try:
            told = json.loads(self.manifest_file.read_bytes())
            if told["format"] != FORMAT:
                return Manifest()
            files = {path: Made(inputs, output) for path, (inputs, output) in told["files"].items()}
            return Manifest(told["fingerprint"], told["articles"], files)
        except (ValueError, KeyError, TypeError):
            return Manifest()

    def switch(self, manifest: Manifest) -> None:
        """Serve the fresh folder from now on.

        The manifest is away while the folders change places: whatever is killed here, none is ever believed that
        belongs to another folder.
        """
        self.manifest_file.unlink(missing_ok=True)
        self.out.mkdir(parents=True, exist_ok=True)
        if self.served.exists():
            _exchange(self.fresh, self.served, self.old)
            shutil.rmtree(self.fresh if self.fresh.exists() else self.old)
        else:
            self.fresh.rename(self.served)
        self.write(manifest)

    def write(self, manifest: Manifest) -> None:
        """Note what the served folder was made from."""
        told = {
            "format": FORMAT,
            "fingerprint": manifest.fingerprint,
            "articles": manifest.articles,
            "files": {path: [dict(made.inputs), made.output] for path, made in manifest.files.items()},
        }
        new = self.manifest_file.with_suffix(".json.new")
        new.write_text(json.dumps(told, sort_keys=True, separators=(",", ":")), "utf-8")
        new.replace(self.manifest_file)

    def put(self, path: str, data: bytes) -> None:
        """Write a file of the fresh folder."""
        file = self.fresh / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def keep(self, path: str, made: Made) -> bool:
        """Take a file over from the served folder, if it is what the manifest says."""
        served, fresh = self.served / path, self.fresh / path
        if not served.is_file() or served.is_symlink() or digest(served.read_bytes()) != made.output:
            return False
        fresh.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(served, fresh)
        except OSError:  # a file system without links
            shutil.copyfile(served, fresh)
        return True


def _exchange(fresh: Path, served: Path, old: Path) -> None:
    """Let two folders change places: at once on Linux, else in two steps that :meth:`Folder.tidy` finishes."""
    if sys.platform == "linux":
        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        done = rename and rename(_AT_FDCWD, os.fsencode(fresh), _AT_FDCWD, os.fsencode(served), _RENAME_EXCHANGE)
        if done == 0:
            return
    served.rename(old)
    fresh.rename(served)
