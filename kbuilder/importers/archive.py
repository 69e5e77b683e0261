"""Unpacking archives of strangers: only known names, no links, no bombs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kbuilder.errors import SourceError
from kbuilder.text import N_

if TYPE_CHECKING:
    from py7zr import SevenZipFile

RATIO = 100
"""How many times its size an archive may unpack to; dumps of XML reach 15."""
SMALL = 64 << 20
"""Bytes that any archive may unpack to."""


@contextmanager
def unpacked(path: Path, suffix: str) -> Iterator[dict[str, Path]]:
    """The files of a ``.7z`` with a suffix, by their names in lower case, in a folder that is gone at the end.

    Raises:
        SourceError: broken or locked; holds links or names that lead elsewhere; or unpacks to far too much.
    """
    with TemporaryDirectory(prefix="kbuilder-") as folder:
        yield _unpack(path, suffix, Path(folder))


def _unpack(path: Path, suffix: str, folder: Path) -> dict[str, Path]:
    import lzma

    from py7zr import SevenZipFile
    from py7zr.exceptions import ArchiveError, PasswordRequired

    try:
        with SevenZipFile(path) as archive:
            names = _checked(archive, path, folder, suffix)
            archive.extract(folder, targets=names)
    except PasswordRequired:
        raise SourceError(
            N_("{file} is locked with a password."), N_("Unpack it, and name the folder."), file=path.name
        ) from None
    except (ArchiveError, lzma.LZMAError, EOFError, ValueError, TypeError, KeyError, IndexError, OSError) as error:
        raise SourceError(  # the library raises whatever a broken header leads it to
            N_("{file} cannot be unpacked: {error}"),
            N_("The file may have been cut off: fetch it again. Nothing was imported."),
            file=path.name,
            error=str(error) or type(error).__name__,
        ) from None
    return {PurePosixPath(name).name.lower(): folder / name for name in sorted(names)}


def _checked(archive: SevenZipFile, path: Path, folder: Path, suffix: str) -> list[str]:
    """The names to unpack, once nothing in the archive is hostile."""
    size = 0
    for file in archive.files:
        parts = PurePosixPath(file.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in parts.parts[0]:
            _refuse(N_("{file} holds {name}, which leads out of its folder."), path, file.filename)
        if file.is_symlink or file.is_junction or file.is_socket:
            _refuse(N_("{file} holds {name}, which is a link."), path, file.filename)
        size += file.uncompressed or 0
    free = shutil.disk_usage(folder).free
    if size > max(SMALL, RATIO * path.stat().st_size):
        _refuse(N_("{file} would unpack to {name} bytes, far more than any dump."), path, str(size))
    if size > free:
        raise SourceError(
            N_("{file} unpacks to {size} bytes; {folder} has {free} left."),
            N_("Free some space, or set TMPDIR to a folder with more."),
            file=path.name,
            size=size,
            folder=folder.parent,
            free=free,
        )
    return [file.filename for file in archive.files if file.filename.lower().endswith(suffix)]


def _refuse(message: str, path: Path, name: str) -> None:
    raise SourceError(
        message, N_("Do not unpack it. Fetch the dump from where it is published."), file=path.name, name=name
    )
