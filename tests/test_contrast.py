"""Sentences that speak of one thing and say different things of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder import contrast

HOLD = "Hold the small reset button for ten seconds."


@pytest.mark.parametrize(
    ("other", "opposed"),
    [
        ("Hold the small reset button for thirty seconds.", True),
        ("Do not hold the small reset button for ten seconds.", True),
        ("Hold the small reset button for about ten seconds.", False),
        ("Hold the small reset button for 10 seconds.", False),
        ("Hold the small reset button for 30 seconds.", True),
        ("Clean the contacts of the cradle with a dry cloth for ten seconds.", False),
        ("Wait.", False),
    ],
)
def test_numbers_and_negations_turn_a_sentence(other: str, opposed: bool) -> None:
    """Another number, or a not; other sentences are just other sentences."""
    assert contrast.opposed(HOLD, other) is opposed
    assert contrast.opposed(other, HOLD) is opposed


@pytest.mark.parametrize(
    ("one", "other", "opposed"),
    [
        ("Hold both buttons for five seconds until the light blinks twice.", "fifteen seconds", True),
        ("Hold both buttons for five seconds until the light blinks twice.", "5 seconds", False),
        ("Halten Sie beide Tasten fünf Sekunden lang, bis die Lampe zweimal blinkt.", "15 Sekunden", True),
        ("Halten Sie beide Tasten fünf Sekunden lang, bis die Lampe zweimal blinkt.", "5 Sekunden", False),
    ],
)
def test_a_number_that_both_name_hides_no_other(one: str, other: str, opposed: bool) -> None:
    """Each is compared with that of the same thing, written out or in digits."""
    changed = re.sub(r"five seconds|fünf Sekunden", other, one)
    assert contrast.opposed(one, changed) is opposed
    assert contrast.opposed(changed, one) is opposed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Schalte die automatische Suche im Menü ein.", "Schalte die automatische Suche im Menü aus."),
        ("Das Update darf man vor dem Sichern einspielen.", "Das Update darf man nach dem Sichern einspielen."),
    ],
)
def test_german_opposites_are_known(one: str, other: str) -> None:
    """On and off, before and after."""
    assert contrast.opposed(one, other)


@given(st.text(max_size=80))
def test_nothing_contradicts_itself(text: str) -> None:
    """Whatever it says."""
    assert not contrast.opposed(text, text)
