"""Which language a reader gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.texts import SHIPPED
from kbuilder.web.languages import NAMES, preferred


@pytest.mark.parametrize(
    ("accepted", "wanted", "expected"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "", "de"),
        ("en;q=0.8, de;q=0.9", "", "de"),
        ("DE-at", "", "de"),
        ("de;q=0, en", "", "en"),
        ("de;q=none, en;q=0.1", "", "en"),
        ("fr, *", "", "en"),
        ("", "", "en"),
        ("en", "de", "de"),
        ("de", "xx", "de"),
    ],
)
def test_the_language_that_is_wanted_most(accepted: str, wanted: str, expected: str) -> None:
    """RFC 9110's weights, by primary language; what was chosen by hand goes first, English last."""
    assert preferred(accepted, wanted) == expected


@given(st.text(), st.text())
def test_any_header_gives_a_language(accepted: str, wanted: str) -> None:
    """Nothing that a client sends is an error."""
    assert preferred(accepted, wanted) in SHIPPED


def test_every_language_has_its_own_name() -> None:
    """The switch names each language in itself."""
    assert set(NAMES) == set(SHIPPED)
