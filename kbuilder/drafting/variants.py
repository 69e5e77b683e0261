"""Answers that hold for different versions: told apart, never blended."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kbuilder.text import N_

VARIANT = N_("If you have firmware {version}")
DIFFER = N_("The answers differ by version. Check which one holds for whom.")

_VERSION = re.compile(
    r"(?:firmware|version|software|fritz!?os|release|update)(?:[ -]?(?:version|stand))?[ ]*(?:v|ab |since |from |seit )?[ ]*"
    r"(?P<major>[0-9]{1,2})(?:\.(?:x|[0-9]+))+"
    r"|(?<![\w.,])(?P<alone>[0-9]{1,2})\.x\b|\((?P<bare>[0-9]{1,2})\.[0-9]+\)|\b(?:mit|with|on|auf) (?P<with>[0-9]{1,2})\.[0-9]+(?![\w.,%]|\s?(?:ghz|v\b|a\b|mm|cm))",
    re.IGNORECASE,
)


def version_of(*texts: str) -> str:
    """The main version that texts are about, the first of them to name one: ``"3.x"``; ``""`` where none does.

    >>> version_of("With firmware 3.2 it is under System. The trick was for 2.x.")
    '3.x'
    """
    for text in texts:
        found = _VERSION.search(text)
        if found:
            return next(major for major in found.groups() if major) + ".x"
    return ""


def differ(versions: Iterable[str]) -> bool:
    """Whether there are at least two versions that are known."""
    return len({version for version in versions if version}) > 1
