"""Verdicts sent on to another repository: each soon after it was given, and later where that cannot be done at once.

``var/push.json`` remembers up to where, what went wrong, and when it is tried again. Where something else was pushed
there, our commits that are not there yet are made again on top of it, so that history stays one line.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from kbuilder.config import Config
from kbuilder.errors import Conflict, KBError, Said
from kbuilder.records import FORMAT
from kbuilder.store.git import Tree
from kbuilder.store.locks import locked
from kbuilder.store.remote import Moved, Remote
from kbuilder.text import N_, utc
from kbuilder.workspace.parts import Parts

PASSWORD = "KBUILDER_PUSH_PASSWORD"  # noqa: S105 - the variable's name
FILE = "push.json"
WAITS = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 300, 900, 1800))
"""Before each further try; the last one again and again."""
NOTE = N_("Verdicts that are not in {remote} yet: {count}.")
TRIES = 3
"""In a row, where others push at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far it was pushed."""

    remote: str = ""
    commit: str = ""
    """The last one that is there; ``""``: none yet."""
    due: str = ""
    """When it is tried again; ``""``: at once."""
    tries: int = 0
    """That failed since it last went well."""
    message: str = ""
    values: dict[str, str] = field(default_factory=dict)
    """What was wrong the last time."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did."""

    commits: int
    replayed: int
    """Of these, those that were made again on top of others' commits."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Why verdicts are not in the other repository yet."""

    commits: int
    remote: str
    problem: Said


def state(parts: Parts) -> State:
    """How far it was pushed; nothing is known of a remote that is configured only now, or of a damaged file."""
    try:
        told: dict[str, Any] = json.loads((parts.var / FILE).read_bytes())
        told.pop("format", None)
        found = State(**told)
    except (OSError, ValueError, TypeError):
        found = State()
    remote = parts.config().push.remote
    return found if found.remote == remote else State(remote=remote)


def is_due(parts: Parts) -> bool:
    """Whether there is something to push, and it is time to try."""
    if not parts.config().push.remote:
        return False
    known = state(parts)
    return known.commit != parts.head().id and known.due <= parts.clock()


def behind(parts: Parts) -> Behind | None:
    """What waits because it could not be pushed; ``None``: nothing does, or it was not tried yet."""
    known = state(parts)
    if not known.remote or not known.tries or known.commit == parts.head().id:
        return None
    return Behind(_count(parts, known.commit), known.remote, Said(known.message, known.values))


def push(parts: Parts) -> Pushed:
    """Send what is not there yet, now.

    Raises:
        Conflict: the same article was changed there and here; nothing was sent, and nothing changed here.
        Unreached: the other repository is not to be had; tried again later.
        Busy: another process does so just now.
    """
    with locked(parts.var / "push.lock", N_("another push")):
        known = state(parts)
        try:
            made = _push(parts, parts.config(), known)
        except KBError as error:
            values = {name: str(value) for name, value in error.values.items()}
            due = utc(datetime.fromisoformat(parts.clock()) + WAITS[min(known.tries, len(WAITS) - 1)])
            _keep(parts, replace(known, due=due, tries=known.tries + 1, message=error.message, values=values))
            raise
        _keep(parts, State(remote=known.remote, commit=parts.head().id))
        return made


def _push(parts: Parts, config: Config, known: State) -> Pushed:
    remote = Remote(config.push.remote, config.push.user, parts.environ.get(PASSWORD, ""))
    waiting, replayed = _count(parts, known.commit), 0
    for left in reversed(range(TRIES)):
        there = remote.fetch(parts.repository)
        if there and not _stands_on(parts, there):
            replayed = parts.repository.adopt(there, lambda tree: _check(parts, tree))
        try:
            head = parts.head().id
            if there != head:
                remote.push(parts.repository, head, there)
            break
        except Moved:
            if not left:
                raise
    return Pushed(waiting, replayed)


def _stands_on(parts: Parts, commit: str) -> bool:
    """Whether the branch has a commit already."""
    return any(version.id == commit for version in parts.repository.history())


def _count(parts: Parts, commit: str) -> int:
    """Commits since one; all, where it is not in the history."""
    found = 0
    for version in parts.repository.history():
        if version.id == commit:
            break
        found += 1
    return found


def _check(parts: Parts, tree: Tree) -> None:
    """One article must not come twice, from a verdict here and one there."""
    articles = parts.decided.articles(tree)
    times = Counter(each.id for each in articles)
    twice = [each.title for each in articles if times[each.id] > 1]
    if twice:
        raise Conflict(
            N_("Someone else made the article “{title}” too, in the other repository."),
            N_("Take one of the two verdicts back, then push again: kbuilder push"),
            title=twice[0],
        )


def _keep(parts: Parts, new: State) -> None:
    parts.var.mkdir(exist_ok=True)
    beside = parts.var / (FILE + ".new")
    beside.write_text(json.dumps({"format": FORMAT, **asdict(new)}, ensure_ascii=False, indent=1, sort_keys=True))
    beside.replace(parts.var / FILE)
