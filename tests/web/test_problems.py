"""One shape for every error."""

from __future__ import annotations

import pytest

from kbuilder import errors
from kbuilder.errors import KBError
from kbuilder.web.problems import of_error, of_status


def every_kind(kind: type[KBError] = KBError) -> list[type[KBError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in every_kind(child))]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.NotFound, 404),
        (errors.Denied, 403),
        (errors.Conflict, 409),
        (errors.StaleError, 503),
        (errors.ModelError, 503),
        (errors.ConfigError, 500),
        (errors.SourceError, 400),
        (KBError, 400),
    ],
)
def test_each_kind_of_error_has_its_status(kind: type[KBError], status: int) -> None:
    """What a program can act on."""
    assert of_error(kind("x")).status == status


def test_kinds_have_types_of_their_own() -> None:
    """A program tells problems apart by ``type``, not by words."""
    found = [of_error(kind("x")).kind for kind in every_kind() if kind.__module__ == errors.__name__]
    assert len(found) >= 9
    assert len(set(found)) == len(found)


def test_a_problem_is_told_in_a_language_with_its_values() -> None:
    """The message is translated before its values are put in."""
    problem = of_error(errors.NotFound("no {thing}", "take {other}", thing="cat", other="dog"))
    told = problem.told(lambda text: {"no {thing}": "keine {thing}"}.get(text, text))
    assert (told.detail, told.hint, told.status) == ("keine cat", "take dog", 404)


def test_braces_in_a_value_are_left_alone() -> None:
    """A value is not a message."""
    assert of_error(errors.NotFound("{thing}", thing="{0}")).told(str).detail == "{0}"


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 422, 500, 503])
def test_every_status_says_something(status: int) -> None:
    """No problem without a title and a sentence."""
    told = of_status(status, method="GET").told(str)
    assert told.type == "about:blank"
    assert told.title
    assert told.detail
