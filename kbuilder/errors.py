"""The errors that are explained to the person at the keyboard.

::

    KBError            what, where, what to do
    ├── ConfigError    a file of settings is wrong; all its faults at once
    ├── SourceError    what was to be imported cannot be read
    ├── MissingExtra   a package is not installed
    ├── ModelError     a model and its pin disagree, or it cannot be had offline
    ├── StaleError     built from something else
    ├── Conflict       someone else changed it meanwhile
    ├── NotFound       nothing has this id
    ├── Overloaded     too much at once
    └── Denied         not allowed

Anything else that is raised is our own bug and shows its traceback.

What is said is a message of the catalogue with its values apart, so that whoever shows the error can
translate it: nothing here knows the command line, HTTP or a language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def told(message: str, values: Mapping[str, object], translate: Callable[[str], str] = str) -> str:
    """A message in a language, its fields filled in; values that are messages themselves are translated too.

    >>> told("{key}: {problem}", {"key": "id", "problem": Said("missing")})
    'id: missing'
    """
    return translate(message).format(
        **{
            name: value.told(translate) if isinstance(value, Said | Lines) else value
            for name, value in values.items()
        }
    )


@dataclass(frozen=True)
class Said:
    """A message that stands for a field of another message."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.told(str)

    def told(self, translate: Callable[[str], str]) -> str:
        """The message in a language."""
        return told(self.message, self.values, translate)


def at(place: str, what: Said) -> Said:
    """A message with the place that it is about before it."""
    return Said("{place}: {what}", {"place": place, "what": what})


@dataclass(frozen=True)
class Lines:
    """Several such messages, one a line."""

    messages: tuple[Said, ...]

    def __str__(self) -> str:
        return self.told(str)

    def told(self, translate: Callable[[str], str]) -> str:
        """The messages in a language."""
        return "\n".join(each.told(translate) for each in self.messages)


class KBError(Exception):
    """Something went wrong that a person can mend.

    Args:
        message: what is wrong and where; a message id of the catalogue with ``{name}`` fields.
        hint: what to do about it, likewise.
        values: what the fields stand for.
    """

    def __init__(self, message: str, hint: str = "", **values: object) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint
        self.values = values

    def __str__(self) -> str:
        return told(self.message, self.values)

    @property
    def advice(self) -> str:
        """The hint with its values."""
        return told(self.hint, self.values)


class ConfigError(KBError):
    """``kbuilder.toml``, a recipe or a pin is wrong."""


class SourceError(KBError):
    """What was to be imported cannot be read, or an import would do harm."""


class MissingExtra(KBError):
    """A package that this needs is not installed; the hint is the install command."""


class ModelError(KBError):
    """A model and its pin disagree, or the model cannot be had offline."""


class StaleError(KBError):
    """A derived file was built from something else; the hint is the command that repairs it."""


class Conflict(KBError):
    """Someone else changed the same thing meanwhile, or holds it."""


class NotFound(KBError):
    """Nothing has this id or name."""


class Overloaded(KBError):
    """There is more to do than can be done now; later it works."""


class Denied(KBError):
    """Not allowed; says who would be."""
