"""What SQLite refuses, told as what it is: no room, a lock, a damaged file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kbuilder.errors import KBError
from kbuilder.text import N_

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def refusals(path: Path, anew: str, kind: type[KBError] = KBError) -> Iterator[None]:
    """Tell what goes wrong with a file of SQLite's while the block runs.

    Args:
        anew: what to do where it is damaged, as a message id.

    Raises:
        KBError: it cannot be used, or is damaged; of that ``kind``.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise kind(
            N_("{path} cannot be used: {problem}"),
            N_("See that there is room on the disk and that nothing else holds the file, then try again."),
            path=path,
            problem=error,
        ) from error
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:  # the module's own errors carry none
            raise
        raise kind(N_("{path} is damaged: {problem}"), anew, path=path, problem=error) from error
