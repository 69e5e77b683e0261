"""Decision files: one small JSON file a verdict, never changed once written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from kbuilder import records
from kbuilder.records import FORMAT, Decision, Fault
from kbuilder.text import N_
from kbuilder.validation import wrong

if TYPE_CHECKING:
    from kbuilder.resources import Tree

FOLDER = "decisions"

MEND = N_("A decision is never changed: take its file back from git's history (git log -- FILE) and commit it.")
"""What to do about a file that cannot be read."""

_ID = re.compile(r"\d{8}T\d{6}Z-(?P<digest>[0-9a-f]{12})")


def new_id(time: str, content: str | bytes) -> str:
    """The id of a decision: its second and the digest of what it says.

    >>> new_id("2026-11-23T20:15:00Z", "approve")
    '20261123T201500Z-74e21680eac7'
    """
    return re.sub(r"[-:]", "", time) + "-" + records.digest(content)[:12]


def path(decision: Decision) -> str:
    """Where a decision's file stands: below the first two characters of its digest.

    Raises:
        ValueError: the id is no decision's.
    """
    match = _ID.fullmatch(decision.id)
    if not match:
        raise ValueError(f"not the id of a decision: {decision.id!r}")
    return f"{FOLDER}/{match['digest'][:2]}/{decision.id}.json"


def write(decision: Decision) -> bytes:
    """A decision's file: JSON with a line for each field, so that a diff can be read."""
    plain = json.loads(records.dumps(decision))
    return (json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def read_all(tree: Tree) -> tuple[list[Decision], list[Fault]]:
    """All decisions of a commit, the oldest first, and what is wrong with other files."""
    decisions: list[Decision] = []
    faults: list[Fault] = []
    for file in tree.list(FOLDER):
        if not file.endswith(".json"):
            continue
        decision, fault = examine(tree.read(file) or b"", file)
        if decision:
            decisions.append(decision)
        if fault:
            faults.append(fault)
    return sorted(decisions, key=lambda each: each.order), faults


def examine(data: bytes, file: str) -> tuple[Decision | None, Fault | None]:
    """The decision that a file holds, or what is wrong with it."""
    from pydantic import ValidationError

    try:
        decision = records.loads(Decision, data)
    except ValidationError as error:
        first = error.errors()[0]
        values = {"key": ".".join(map(str, first["loc"])) or "JSON", "problem": wrong(first)}
        return None, Fault(place=file, message=N_("{key}: {problem}"), hint=MEND, values=values)
    if decision.format > FORMAT:
        message = N_("format: found {found}; this kbuilder reads up to {known}: install a newer one")
        values = {"found": str(decision.format), "known": str(FORMAT)}
        return None, Fault(place=file, message=message, values=values)
    if not _ID.fullmatch(decision.id) or path(decision) != file:
        values = {"id": decision.id}
        return None, Fault(
            place=file, message=N_("id: “{id}” does not belong in this file"), hint=MEND, values=values
        )
    return decision, None
