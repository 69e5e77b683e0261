"""How likely, in words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kbuilder.web.asking import in_words

ORDER = ("possible", "likely", "very likely", "almost certain")


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_probable_is_never_said_more_weakly(one: float, other: float) -> None:
    """The words keep the order of the figures, and there is a word for each."""
    weaker, stronger = sorted((one, other))
    assert ORDER.index(in_words(weaker)) <= ORDER.index(in_words(stronger))
