"""Reading single fields of a row, each of which may be wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kbuilder.errors import SourceError
from kbuilder.importers.report import BadRow
from kbuilder.text import N_, clean, language_of, parse_time
from kbuilder.text import words as words_of

_NUMBER = re.compile(r"-?[0-9]{1,18}")
SAMPLE = 300
"""Characters that tell a language."""
_LIKELY = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")
"""What a few words are in: among all languages that there are, they look like any."""
_FEW = 15


def number(row: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number.

    Raises:
        BadRow: it is none, or missing without a default.
    """
    value = row.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
        raise BadRow(N_("{field}: {value} is not a whole number"), field=name, value=_short(value))
    return int(str(value))


def words(row: Mapping[str, Any], name: str) -> str:
    """Text that must be there.

    Raises:
        BadRow: it is missing, blank or no text.
    """
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadRow(N_("{field} is missing"), field=name)
    return clean(value)


def moment(row: Mapping[str, Any], name: str, needed: bool = True) -> str:
    """A time as the records write it; ``""`` where it is missing and need not be there.

    Raises:
        BadRow: it is no time.
    """
    value = row.get(name)
    if not value and not needed:
        return ""
    try:
        return parse_time(str(value))
    except (ValueError, OverflowError):
        raise BadRow(N_("{field}: {value} is not a time"), field=name, value=_short(value)) from None


def _short(value: object) -> str:
    return clean(repr(value))[:60]


def inside(folder: Path, file: Path) -> Path:
    """A file of a folder.

    Raises:
        SourceError: it is a link that leads out of the folder.
    """
    if not file.resolve().is_relative_to(folder.resolve()):
        raise SourceError(
            N_("{file} is a link that leaves the folder of the export."),
            N_("Put the file itself into the folder."),
            file=file,
        )
    return file


def language(written: str) -> str:
    """A code such as ``de`` or ``pt_BR``; anything else is left to be detected.

    >>> language("pt_BR"), language("Deutsch")
    ('pt-br', '')
    """
    code = written.lower().replace("_", "-")
    return code if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", code) else ""


def spoken(text: str, usual: str) -> str:
    """The language of a text by its first words; ``usual`` where it has no word of any."""
    said = text[:SAMPLE]
    few = len(words_of(said)) < _FEW and usual in _LIKELY
    return language_of(said, _LIKELY if few else ()) or usual
