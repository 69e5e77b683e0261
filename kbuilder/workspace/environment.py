"""What comes from outside: the clock and the environment. Read here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime

from kbuilder import text


def clock() -> str:
    """The time now, as the records write it."""
    return text.utc(datetime.now(UTC))


def variables() -> Mapping[str, str]:
    """The environment's variables."""
    return os.environ


def interface_language(environ: Mapping[str, str] | None = None) -> str:
    """The language that the person at the keyboard reads, by the locale's variables; English where none says.

    >>> interface_language({"LANG": "de_AT.UTF-8"})
    'de'
    """
    given = os.environ if environ is None else environ
    locale = next((given[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if given.get(name)), "")
    language = locale.partition(".")[0].partition("_")[0].lower()
    return language if language not in {"", "c", "posix"} else "en"


def user_name(environ: Mapping[str, str] | None = None) -> str:
    """Who is at the keyboard, as the system knows them."""
    given = os.environ if environ is None else environ
    return given.get("KBUILDER_EDITOR") or given.get("USER") or given.get("LOGNAME") or "editor"
