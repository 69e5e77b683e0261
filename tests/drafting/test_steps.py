"""Steps told from remarks."""

from __future__ import annotations

import re

import pytest
from factories import post
from hypothesis import given
from hypothesis import strategies as st

from kbuilder import markup
from kbuilder.drafting import compose
from kbuilder.drafting.compose import Composed, Passage
from kbuilder.drafting.extract import extract
from kbuilder.drafting.steps import REMARK, ordered
from kbuilder.records import Thread


def composed(body: str, language: str = "en") -> Composed:
    """An answer as a draft shows it."""
    answer = post("forum:1", 2, body)
    parts = extract(answer, language).parts
    thread = Thread(id="forum:1", title="?", question=post("forum:1", 1, "?"), answers=(answer,))
    return compose.body([Passage(thread, answer, ordered(parts))])


def bare(body: str) -> str:
    return re.sub(r"\[\^p\d+\]", "", body)


STEPS = {
    "en": ["Unplug the router.", "Wait for ten seconds.", "Then plug it in again."],
    "de": ["Ziehen Sie den Stecker.", "Zehn Sekunden warten.", "Dann den Stecker wieder einstecken."],
    "du": ["Zieh den Stecker.", "Warte zehn Sekunden.", "Steck ihn danach wieder ein."],
}
REMARKS = {
    "en": [
        "Note that the light stays on for a moment.",
        "This took me hours to find.",
        "BTW, the old model has no light.",
        "I was surprised how easily it came off.",
        "Keep in mind that all settings are kept.",
    ],
    "de": [
        "Hinweis: Die Leuchte bleibt noch kurz an.",
        "Das hat mich Stunden gekostet.",
        "Übrigens hat das alte Modell keine Leuchte.",
        "Ich war überrascht, wie leicht das ging.",
        "Bitte beachten Sie, dass alle Einstellungen erhalten bleiben.",
    ],
}


@given(st.sampled_from(sorted(STEPS)), st.integers(0, 4), st.integers(0, 3))
def test_a_remark_among_steps_is_a_note_to_the_step_before_it(kind: str, which: int, place: int) -> None:
    """It has no number, stands where it stood, and is marked; the steps are counted on, in their order."""
    steps, remark = STEPS[kind], REMARKS[kind.replace("du", "de")][which]
    lines = [*steps[:place], remark, *steps[place:]]
    made = composed(
        "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1)), kind[:2].replace("du", "de")
    )
    found = [line.strip() for line in bare(made.body).splitlines() if line.strip()]
    expected = [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    assert found == [*expected[:place], remark, *expected[place:]]
    assert f"p{place + 1}" in made.marks
    assert markup.to_html(bare(made.body)).count("<ol") == 1


@pytest.mark.parametrize(
    "body",
    [
        "1. Note the number on the label.\n2. Enter it.\n3. Click *Save*.",
        "1. Remember to save.\n2. Close the window.\n3. Restart.",
        "1. Notieren Sie die Nummer.\n2. Geben Sie sie ein.\n3. Speichern.",
        "1. Note that it is made of grain.\n2. It keeps for a year.\n3. It is sold in Ghent.",
        "1. I unplugged it.\n2. I was told to wait.\n3. I plugged it in.",
        "1. Open it. I was surprised how easy that is.\n2. Close it.\n3. Run it.",
        "1. `make`\n2. `make test`\n3. I had to run `make install` as root.",
    ],
)
def test_what_is_no_remark_among_steps_stays(body: str) -> None:
    """Steps that begin like a remark or hold one, lists of facts, and what somebody tells."""
    found = bare(composed(body).body)
    assert [line[:2] for line in found.splitlines()] == ["1.", "2.", "3."]


def test_a_step_that_is_named_by_its_number_keeps_it() -> None:
    """The remark is marked alone."""
    made = composed("1. Open it.\n2. Note that it is hot.\n3. Close it.\n\nStep 3 matters most.")
    assert "2. Note that" in bare(made.body)
    assert made.marks == {"p2": REMARK}


def test_what_stands_between_two_steps_belongs_to_the_first() -> None:
    """Remarks, pictures, code and lists that were not indented: one list with all steps, in their order."""
    body = (
        "1. Open a terminal.\n\nThis took me hours to find.\n\n2. Run this:\n\n```sh\nls\n```\n\n- twice\n- as root"
        "\n\n3. Look at it.\n\n![The light](https://forum.example/a.png)\n\n4. Close it.\n\nThat is all."
    )
    html = markup.to_html(bare(composed(body).body))
    assert html.count("<ol") == 1
    steps = re.split(r"<li>\s*<p>(?=Open|Run|Look|Close)", html)
    assert [("hours" in s, "<pre" in s, "<ul" in s, "<img" in s) for s in steps[1:]] == [
        (True, False, False, False),
        (False, True, True, False),
        (False, False, False, True),
        (False, False, False, False),
    ]
    assert html.index("That is all") > html.index("</ol>")


def test_lists_apart_stay_apart() -> None:
    """A heading, or counting from one again, begins another list."""
    body = "1. Open it.\n2. Close it.\n\nOn a Mac:\n\n1. Open it.\n\n#### Later\n\n2. Close it."
    assert markup.to_html(bare(composed(body).body)).count("<ol") == 3


def test_numbers_with_both_marks_are_steps() -> None:
    """As people write them: ``1.)``, each in a paragraph of its own or not."""
    for gap in ("\n", "\n\n"):
        assert bare(composed(f"1.) Open it.{gap}2.) Close it.").body) == "1. Open it.\n2. Close it."
