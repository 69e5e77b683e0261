"""``var/telling.json``: what is still to be told to people and programs, and up to where they were told.

Written whole and put in place at once, so that a killed one leaves the last good file: what it had sent and not noted
is sent once more, under the same id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from kbuilder.errors import KBError
from kbuilder.records import FORMAT
from kbuilder.text import N_

FILE = "telling.json"
Kind = Literal["assigned", "published", "changed", "retired", "breached"]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something that happened, to be told."""

    number: int
    id: str
    """The same whenever it is found again."""
    kind: Kind
    time: str
    title: str
    path: str
    """Of its page at the desk."""
    article: str = ""
    """Its id; ``""``: it is about a candidate."""
    language: str = ""
    audience: str = ""
    """``""``: of nobody but the person that it is for."""
    editor: str = ""
    """Who did it."""
    person: str = ""
    """The id of whom alone it is for; ``""``: everyone who may see it."""
    text: str = ""
    """What was written to that person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """News that a program is to be told."""

    news: str
    url: str
    due: str
    tries: int = 0
    error: str = ""
    """Of the last try."""


@dataclass(slots=True, kw_only=True)
class Outbox:
    """All that the file holds."""

    commit: str = ""
    """Up to which git was looked through; ``""``: never yet."""
    note: int = 0
    """The last question to a colleague that was seen."""
    looked: str = ""
    """When it was last looked what is past its date; ``""``: never yet."""
    number: int = 0
    """Of the newest news."""
    news: list[News] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    failed: list[Delivery] = field(default_factory=list)
    """What was given up, the last ones."""
    asked: dict[str, int] = field(default_factory=dict)
    """By person, the number of the last news to them alone that was mailed."""
    digest: dict[str, int] = field(default_factory=dict)
    """Likewise of what is for everyone."""
    days: dict[str, str] = field(default_factory=dict)
    """By person, the day of the last digest."""
    mail_due: str = ""
    """When mail is tried again; ``""``: at once."""
    mail_error: str = ""


def read(var: Path) -> Outbox:
    """What is to be told; an empty one where nothing ever was.

    Raises:
        KBError: the file is damaged.
    """
    file = var / FILE
    if not file.exists():
        return Outbox()
    try:
        told: Mapping[str, Any] = json.loads(file.read_bytes())
        values = {each.name: told[each.name] for each in fields(Outbox) if each.name in told}
        values["news"] = [News(**each) for each in told["news"]]
        for name in ("deliveries", "failed"):
            values[name] = [Delivery(**each) for each in told[name]]
        return Outbox(**values)
    except (ValueError, TypeError, KeyError):
        raise KBError(
            N_("{file} is damaged: what is still to be told cannot be read."),
            N_("Take it from a backup, or move it away: then only what happens from now on is told."),
            file=file,
        ) from None


def write(var: Path, box: Outbox) -> None:
    """Keep it, all or nothing."""
    data = json.dumps({"format": FORMAT, **asdict(box)}, ensure_ascii=False, indent=1, sort_keys=True)
    beside = var / (FILE + ".new")
    beside.write_text(data, encoding="utf-8")
    beside.replace(var / FILE)
