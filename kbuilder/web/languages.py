"""Which of the interface's languages a reader gets."""

from __future__ import annotations

from kbuilder.texts import SHIPPED

NAMES = {"en": "English", "de": "Deutsch"}
"""Of the interface's languages, each in itself."""


def preferred(accepted: str, wanted: str = "") -> str:
    """The language for an ``Accept-Language`` header; ``wanted`` goes before it where the interface speaks it.

    >>> preferred("fr;q=0.9, de-AT;q=0.8, en;q=0.5"), preferred("de", wanted="en"), preferred("fr")
    ('de', 'en', 'en')
    """
    ranked = sorted(_weighted(accepted), key=lambda entry: -entry[1])  # stable: equal ones in the order named
    names = [wanted, *(name for name, weight in ranked if weight > 0)]
    return next((base for name in names if (base := name.partition("-")[0].lower()) in SHIPPED), SHIPPED[0])


def _weighted(accepted: str) -> list[tuple[str, float]]:
    entries = (entry.partition(";") for entry in accepted.split(","))
    return [(name.strip(), _weight(rest)) for name, _, rest in entries]


def _weight(parameter: str) -> float:
    """The quality value of RFC 9110, section 12.4.2; one that cannot be read counts nothing."""
    name, _, value = parameter.partition("=")
    if not name.strip():
        return 1.0
    try:
        return float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        return 0.0
