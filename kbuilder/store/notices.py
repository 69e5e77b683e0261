"""``facts/notices.json``: current problems that everybody should know of, and those that are announced for later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kbuilder import resources
from kbuilder.errors import ConfigError
from kbuilder.records import FORMAT, digest
from kbuilder.text import N_, parse_time, short_id

FILE = "facts/notices.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A current problem."""

    id: str
    title: str
    text: str = ""
    """Markdown."""
    language: str = ""
    """``""``: of all."""
    audience: str = "public"
    url: str = ""
    """Where more is told."""
    since: str = ""
    """From when on, UTC."""
    until: str = ""
    """When it ends by itself, UTC; ``""``: when somebody ends it."""
    products: tuple[str, ...] = ()
    """Whose articles show it too."""

    @property
    def digest(self) -> str:
        """Two notices of one digest are the same."""
        return digest(repr(self))[:16]


@dataclass(frozen=True, slots=True)
class Notices:
    """All that the file holds."""

    current: tuple[Notice, ...] = ()
    planned: tuple[Notice, ...] = ()
    """Not told to anybody before their time."""

    @property
    def all(self) -> tuple[Notice, ...]:
        return self.current + self.planned

    def at(self, now: str) -> Notices:
        """As the clock has it: what begins is current, what is over is gone."""
        left = [each for each in self.all if not each.until or each.until > now]
        return Notices(
            tuple(each for each in left if each.since <= now), tuple(each for each in left if each.since > now)
        )


def read(tree: resources.Tree) -> Notices:
    """The notices of a commit; without the file there are none.

    Raises:
        ConfigError: the file is not what the desk writes.
    """
    data = tree.read(FILE)
    if data is None:
        return Notices()
    try:
        told = dict(json.loads(data))
        current, planned = ([dict(each) for each in given] for given in (told["notices"], told.get("planned", ())))
    except (ValueError, TypeError, KeyError):
        raise ConfigError(N_("{file} cannot be read."), N_("Mend it there."), file=FILE) from None
    return Notices(_notices(current), _notices(planned))


def write(notices: Notices) -> bytes:
    """The file of some notices."""
    told = {"format": FORMAT, "notices": _written(notices.current), "planned": _written(notices.planned)}
    return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _notices(given: Sequence[Mapping[str, Any]]) -> tuple[Notice, ...]:
    found = tuple(_notice(each) for each in given)
    for number, each in enumerate(found, 1):
        if not each.title.strip() or not all(_is_time(time) for time in (each.since, each.until) if time):
            raise ConfigError(
                N_("{file}: notice {number} needs a title, and its times must be such as 2026-11-23T20:15:00Z"),
                N_("Mend it there."),
                file=FILE,
                number=number,
            )
    return found


def _notice(given: Mapping[str, Any]) -> Notice:
    names = ("title", "text", "language", "url", "since", "until")
    values = {name: str(given.get(name, "")) for name in names}
    products = given.get("products", ())
    return Notice(
        id=str(given.get("id", "")) or short_id(values["title"] + values["since"]),
        audience=str(given.get("audience", "public")),
        products=tuple(str(each) for each in products) if isinstance(products, list) else (),
        **values,
    )


def _written(notices: Sequence[Notice]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in asdict(each).items() if value}
        for each in sorted(notices, key=lambda each: (each.since, each.id))
    ]


def _is_time(written: str) -> bool:
    try:
        return parse_time(written) == written
    except ValueError:
        return False
