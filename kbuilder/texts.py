"""The catalogue of every text that a user sees: English in the code, other languages in ``site/locale/``."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from string import Formatter

from kbuilder import resources
from kbuilder.errors import ConfigError, NotFound
from kbuilder.records import Kind
from kbuilder.text import N_

HEADINGS: dict[Kind, tuple[str, str]] = {
    "fix": (N_("Problem"), N_("Solution")),
    "how-to": (N_("What it is about"), N_("How to do it")),
    "question": (N_("Question"), N_("Answer")),
    "reference": (N_("Question"), N_("Overview")),
}
"""What stands over the problem and over its answer, by kind."""

Translate = Callable[[str], str]

CATALOGUES = "site/locale"
SHIPPED = ("en", "de")
"""The languages that the interface speaks."""
PUBLISHED = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")
"""Those that the published site speaks besides."""

VERSION = N_("If you have firmware {version}")
PRODUCT = N_("With {product}")
YEAR = N_("As of {year}")
VARIANTS = (VERSION, PRODUCT, YEAR)
"""Headings of answers that hold for some alone: a draft writes them, and a page shows those side by side as tabs."""


def known(language: str) -> str:
    """The language if the whole interface speaks it, else English: a command line in two languages helps nobody.

    >>> known("de-at"), known("fr")
    ('de-at', 'en')
    """
    return language if language.partition("-")[0] in SHIPPED else "en"


def percent(share: float, language: str, places: int = 0) -> str:
    """A share in per cent, as a language writes it.

    >>> percent(0.457, "en"), percent(0.457, "de", 1)
    ('46%', '45,7\xa0%')
    """
    from babel import Locale
    from babel.numbers import format_percent

    whole = Locale.parse(language, sep="-").percent_formats[None].pattern
    return format_percent(share, whole.replace("0", f"0.{'0' * places}") if places else whole, language)


def translator(language: str, tree: resources.Tree | None = None) -> Translate:
    """What turns a message id into the language's text; English where the catalogue has none.

    A knowledge base's own ``site/locale/<language>.po`` goes over ours, message by message.

    Raises:
        ConfigError: that file is no catalogue, or a text of it names what there is no value for.
    """
    ours = _catalogue(language)
    own = tree.read(_path(language)) if tree else None
    messages = {**ours, **_own(own, _path(language))} if own else ours
    return lambda message: messages.get(message, message)


def _path(language: str) -> str:
    return f"{CATALOGUES}/{language}.po"


def _own(po: bytes, file: str) -> dict[str, str]:
    from babel.messages.pofile import PoFileError

    try:
        messages = _messages(po)
    except (PoFileError, ValueError) as error:
        raise ConfigError(N_("{file}: {error}"), N_("Mend it there."), file=file, error=error) from None
    for message, text in messages.items():
        named = _fields(message)
        if named and not _fields(text) <= named:
            raise ConfigError(
                N_("{file}: “{text}” names other values than “{original}”"),
                N_("Mend it there."),
                file=file,
                text=text,
                original=message,
            )
    return messages


def _fields(text: str) -> set[str]:
    """What a text has places for; one that cannot be read has a place for ``?``."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {"?"}


@cache
def _catalogue(language: str) -> dict[str, str]:
    for name in dict.fromkeys((language, language.partition("-")[0])):
        try:
            return _messages(resources.read(_path(name)))
        except NotFound:
            continue
    return {}


def _messages(po: bytes) -> dict[str, str]:
    from babel.messages.pofile import read_po

    catalogue = read_po(io.BytesIO(po), abort_invalid=True)
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy and not message.pluralizable
    }
