"""The folder that is served, and its twin: the twin is brought up to date, then the two change places at once.

What is not to be served stands in a folder of its own, ``publish`` beside ``site``.

A reader never sees half a site, and a publish that fails or is killed leaves the last good one. What has not changed
is not touched: the files of both are the same ones, linked twice.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kbuilder.errors import KBError
from kbuilder.publish.state import Made
from kbuilder.records import digest
from kbuilder.text import N_

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@dataclass(frozen=True)
class Folder:
    """An audience's site on disk."""

    out: Path
    audience: str

    @property
    def served(self) -> Path:
        return self.out / self.audience

    @property
    def twin(self) -> Path:
        return self._beside("twin")

    @property
    def state(self) -> Path:
        return self._beside("sqlite")

    @property
    def _old(self) -> Path:
        return self._beside("old")

    def _beside(self, ending: str) -> Path:
        return self.out.parent / "publish" / f"{self.audience}.{ending}"

    def tidy(self) -> None:
        """Finish a switch that was cut in two."""
        if self._old.exists():
            if self.served.exists():
                shutil.rmtree(self._old)
            else:
                self._old.rename(self.served)

    def differing(self, files: Mapping[str, Made]) -> tuple[set[str], list[str]]:
        """Which of the served files are not as they were made, and which are there besides.

        Only those are read whose size or time on disk is another.
        """
        served = self.served.is_dir()
        found = {path: (size, time) for path, size, time in _walk(os.fspath(self.served))} if served else {}
        seen = (path for path, made in files.items() if found.get(path) != made[2:])
        differ = {path for path in seen if self._digest(path) != files[path].output}
        return differ, [path for path in found if path not in files]

    def _digest(self, path: str) -> str:
        file = self.served / path
        return digest(file.read_bytes()) if file.is_file() and not file.is_symlink() else ""

    def begin(self, twin: bool, files: Iterable[str]) -> None:
        """Let the twin hold these files as they are served, which are there.

        Args:
            twin: whether it does already, unless somebody deleted it.
        """
        if not twin or not self.twin.is_dir():
            shutil.rmtree(self.twin, ignore_errors=True)
            self.twin.mkdir(parents=True)
            self._link(files, self.served, self.twin)

    def put(self, path: str, data: bytes) -> tuple[int, int]:
        """Write a file of the twin; its size and time on disk."""
        name = f"{self.twin}/{path}"
        try:
            with fresh(name) as file:
                file.write(data)
                file.flush()
                stat = os.fstat(file.fileno())
        except OSError as error:
            error.filename = error.filename or name  # a full disk does not say which
            raise
        return stat.st_size, stat.st_mtime_ns

    def drop(self, paths: Iterable[str]) -> None:
        """Take files out of the twin, and folders that held nothing else."""
        for path in paths:
            file = self.twin / path
            file.unlink(missing_ok=True)
            with suppress(OSError):  # something else is in it
                for parent in file.parents:
                    if parent == self.twin:
                        break
                    parent.rmdir()

    def switch(self) -> None:
        """Serve the twin from now on.

        Raises:
            KBError: the system cannot rename one to the other.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        try:
            self._exchange()
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EBUSY):
                raise
            raise KBError(
                N_("{served} cannot be exchanged for {twin}: {problem}"),
                N_("Mount what holds both, not the first alone. In another layer of an image, delete both first."),
                served=self.served,
                twin=self.twin,
                problem=error.strerror,
            ) from None

    def _exchange(self) -> None:
        if not self.served.exists():
            self.twin.rename(self.served)
        elif not _exchange(self.twin, self.served):
            self.served.rename(self._old)
            self.twin.rename(self.served)
            self._old.rename(self.twin)

    def follow(self, written: Iterable[str], dropped: Iterable[str]) -> None:
        """Bring the twin after what is served now."""
        self.twin.mkdir(parents=True, exist_ok=True)
        self.drop(dropped)
        self._link(written, self.served, self.twin)

    def forget(self) -> None:
        """Have no twin, which an edit makes.

        A build server that begins from nothing each time needs none, and one that somebody changed is none.
        """
        if self.twin.exists():
            shutil.rmtree(self.twin)

    @staticmethod
    def _link(paths: Iterable[str], source: Path, target: Path) -> None:
        for path in paths:
            _link(f"{source}/{path}", f"{target}/{path}")


# Tens of thousands of files: what mostly is so is tried first, for each look at the disk costs as much as the deed.


def fresh(path: str) -> BinaryIO:
    """A new file to write; one that is there is left to what else links to it."""
    try:
        return open(path, "xb", buffering=1 << 16)  # noqa: PTH123
    except FileExistsError:
        Path(path).unlink()
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    return fresh(path)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        Path(target).unlink()
        _link(source, target)
    except FileNotFoundError:
        Path(target).parent.mkdir(parents=True)
        _link(source, target)
    except OSError:  # a file system without links
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _walk(root: str) -> Iterator[tuple[str, int, int]]:
    """All files below a folder: path, size, time of the last change."""
    folders = [""]
    while folders:
        folder = folders.pop()
        with os.scandir(f"{root}/{folder}") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{folder}{entry.name}/")
                else:
                    stat = entry.stat(follow_symlinks=False)
                    yield folder + entry.name, stat.st_size, stat.st_mtime_ns


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places at once; whether the system can."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    done = rename and rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return bool(done == 0)
