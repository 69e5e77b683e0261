"""What pydantic finds wrong with a value, in messages of the catalogue."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kbuilder.errors import Said
from kbuilder.text import N_

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

OWN = "expected"
"""The type of a fault that a check of our own found: its context holds ``message`` and ``values``."""

_EXPECTED = {
    "string_type": N_("text"),
    "string_pattern_mismatch": N_("text of the form {pattern}"),
    "bool_type": N_("true or false"),
    "bool_parsing": N_("true or false"),
    "int_type": N_("a whole number"),
    "int_parsing": N_("a whole number"),
    "int_from_float": N_("a whole number"),
    "float_type": N_("a number"),
    "float_parsing": N_("a number"),
    "list_type": N_("a list"),
    "tuple_type": N_("a list"),
    "dict_type": N_("a table"),
    "dataclass_type": N_("an object"),
    "model_type": N_("a table"),
    "too_short": N_("a list that is not empty"),
    "greater_than": N_("more than {gt}"),
    "greater_than_equal": N_("at least {ge}"),
    "less_than_equal": N_("at most {le}"),
    "less_than": N_("less than {lt}"),
}
"""By the type of the fault, whose context holds the fields."""


def expected(fault: ErrorDetails) -> Said:
    """What should have stood in the place of a wrong value."""
    if known := literals(fault):
        return Said(N_("one of: {known}"), {"known": ", ".join(known)})
    context = fault.get("ctx", {})
    if fault["type"] == OWN:
        return Said(context["message"], context["values"])
    message = _EXPECTED.get(fault["type"])
    return Said(message, context) if message else Said("{problem}", {"problem": fault["msg"]})


def wrong(fault: ErrorDetails) -> Said:
    """What is wrong with a value whose place is told beside it."""
    if fault["type"] == "missing" or fault["input"] is None:
        return Said(N_("missing"))
    known = expected(fault)
    if known.message == "{problem}":
        return known
    return Said(N_("found {found}; expected {expected}"), {"found": repr(fault["input"]), "expected": known})


def literals(fault: ErrorDetails) -> list[str]:
    """The words of which one should have stood there; none where it is not about certain words."""
    return re.findall(r"'([^']*)'", fault["msg"]) if fault["type"] in ("literal_error", "enum") else []


def did_you_mean(found: str, known: Iterable[str]) -> Said | str:
    """A guess at what was meant, to be put behind what is said; empty where nothing is near."""
    near = difflib.get_close_matches(found, list(known), 1)
    return Said(N_("; did you mean “{name}”?"), {"name": near[0]}) if near else ""
