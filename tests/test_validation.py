"""What is wrong with a value is said in our words, in each language."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from kbuilder import texts, validation


@pytest.mark.parametrize(
    ("kind", "value", "english", "german"),
    [
        (int, "x", "found 'x'; expected a whole number", "gefunden 'x'; erwartet eine ganze Zahl"),
        (str, None, "missing", "fehlt"),
        (list[int], 3, "found 3; expected a list", "gefunden 3; erwartet eine Liste"),
        (Literal["a", "b"], "c", "found 'c'; expected one of: a, b", "gefunden 'c'; erwartet eines von: a, b"),
        (bytes, 3, "Input should be a valid bytes", "Input should be a valid bytes"),  # of no use to us: as it is
    ],
)
def test_a_fault_says_what_was_found_and_expected(kind: Any, value: object, english: str, german: str) -> None:
    """The value as it was given; where it is absent, that alone."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    said = validation.wrong(caught.value.errors()[0])
    assert (said.told(str), said.told(texts.translator("de"))) == (english, german)


def test_a_guess_is_made_where_one_is_near() -> None:
    """Else nothing is said."""
    assert str(validation.did_you_mean("titel", ["title", "url"])) == "; did you mean “title”?"
    assert validation.did_you_mean("x", ["title"]) == ""
