"""Greetings, thanks and closings are told from what matters."""

from __future__ import annotations

import pytest

from kbuilder.chatter import (
    closing_lines,
    is_chat,
    is_name,
    remark,
    without_link,
    without_opening,
    without_opinion,
)

CHAT = [
    "Hi all,",
    "Hallo zusammen!",
    "Halloooo,",
    "Tough one to answer...",
    "What do you mean by “simulation”?",
    "Ok, so a little background on how approvals work...",
    "Guten Tag,",
    "Thanks in advance!",
    "Vielen Dank im Voraus für eure Hilfe!",
    "Any help would be greatly appreciated.",
    "Für Tipps wäre ich sehr dankbar.",
    "Hope this helps!",
    "Ich hoffe, das hilft dir weiter.",
    "Viele Grüße",
    "Happy brewing!",
    "Frohes Schrauben!",
    "LG Tom",
    "Mit freundlichen Grüßen, Anna Huber",
    "Best regards,",
    "Same here.",
    "I had the same problem.",
    "We have a very similar issue here.",
    "Ich hatte auch das gleiche Problem.",
    "Hab genau dasselbe Problem mit dem Hub 2.",
    "I have this problem too!",
    "bei mir auch so",
    "+1",
    "Solved!",
    "Hat sich erledigt.",
    "Kann mir da jemand helfen?",
    "Can anyone help me please?",
    "Sorry for my bad English.",
    "bin neu hier",
    "I'm new here",
    "Welcome to the site!",
    "Bitte als Lösung markieren, danke",
    "Let me know if that works for you.",
    "Sag kurz Bescheid, ob es geklappt hat.",
    ":-)",
    "---",
    "+1 for this one",
    "I totally agree with this.",
    "So, to answer your two questions specifically:",
    "I will only answer the part of the question that is about the menu.",
    "Well done!",
    "I am not a big fan of warm wine.",
    "Ich bin kein großer Freund von Funkuhren.",
    "I tend to like what it suggests.",
    "Last time I was in Paris (France) I was surprised at how cold they served it.",
    "Als ich das letzte Mal in Wien war, hat mich das auch überrascht.",
    "Thoughts?",
    "Gedanken dazu?",
    "Answered by: The Support Team",
    "Beantwortet von Ada",
    "Cheers, and thanks for asking about it here; people like you make it a place where everybody likes to be.",
]

MATTER = [
    "Thanks to the reset it starts again, after ten seconds of holding.",
    "Dank der neuen Firmware geht es wieder, sie steht auf der Download-Seite.",
    "The background of the page turns grey while it starts.",
    "Solved it by holding the reset button for ten seconds and waiting.",
    "It works after you untick IPv6 under Network.",
    "Melden Sie sich bitte beim Kundendienst.",
    "Is the new Hub faster than the old one?",
    "Hold the button until it beeps.",
    "I had the same problem until I changed the cable.",
    "I had the same problem, a reset helped.",
    "Hallo steht auf dem Display, danach bleibt es schwarz und nichts geht mehr.",
    "Open *Help > About* and compare the version.",
    "In der Hilfe steht, man soll die Taste halten.",
    "Yes.",
    "Nein, das geht nicht.",
    "404",
    "(1) Public keys.",
    "I'm afraid you need a new one.",
    "I agree with the others: hold the button for ten seconds and wait.",
    "I'm no expert, but the cable is broken.",
    "Ich bin kein Anwalt, aber die Garantie gilt zwei Jahre.",
    "The first time I start the Hub the light stays red.",
    "The last time I had this, holding the button for ten seconds helped.",
    "Als ich zuletzt in den Einstellungen war, fehlte der Haken.",
    "I like that it tells the time, but the battery is empty after a day.",
    "I am a member of the group that may open it.",
    "Thoughts of the author are in the margin.",
    "Posted by mail, it takes two days until it arrives at the address on the label.",
]


@pytest.mark.parametrize("sentence", CHAT)
def test_chat_is_left_out(sentence: str) -> None:
    """In both languages."""
    assert is_chat(sentence)


@pytest.mark.parametrize("sentence", MATTER)
def test_what_matters_is_kept(sentence: str) -> None:
    """Also where it holds a word that chat holds too."""
    assert not is_chat(sentence)


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("Hi Casey, please wait.", "please wait."),
        ("Guten Morgen, prüfen Sie diese Punkte:", "prüfen Sie diese Punkte:"),
        ("Griaß eich, ich habe den Hub 3.", "ich habe den Hub 3."),
        ("@tom_42: use the other port.", "use the other port."),
        ("**Update** - it is under System now.", "it is under System now."),
        ("EDIT: it is under System now.", "it is under System now."),
        ("Hold the button, then wait.", "Hold the button, then wait."),
        ("Hidden networks are not found.", "Hidden networks are not found."),
        ("TL;DR: No.", "No."),
        ("TL;DR - No.", "No."),
        ("**TL;DR:** No.", "No."),
        ("(edit) It is under System now.", "It is under System now."),
        ("Edit for clarification: the lamp stays red.", "the lamp stays red."),
    ],
)
def test_openings_are_cut_off(sentence: str, rest: str) -> None:
    """The sentence begins after them; others are as they were."""
    assert sentence[without_opening(sentence) :] == rest


def test_a_closing_line_ends_the_paragraph_before_it() -> None:
    """Even without a full stop."""
    text = "dann geht es wieder\nLG Tom"
    assert text[closing_lines(text)[0] :] == "LG Tom"
    assert closing_lines("danke der Taste\ngeht es") == []


def test_a_name_alone_is_a_signature() -> None:
    """If it is the author's."""
    assert is_name("Tom", "tom")
    assert is_name("Ada Lovelace", "Ada Lovelace")
    assert not is_name("Reset", "tom")


def test_long_runs_of_marks_take_no_longer_than_words() -> None:
    """What is looked for in a sentence is looked for once: looked for at each mark, this took hours."""
    assert remark("*" * 1_000_000 + " a b c " + "*a b" * 200_000) == remark("a b c")


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("I think that the cable is broken.", "the cable is broken."),
        ("I think other cables are fine too.", "I think other cables are fine too."),
        ("Personally, I'd say you need a new one.", "you need a new one."),
        ("I believe it's in the menu.", "it's in the menu."),
        ("I think so too.", "I think so too."),
        ("I think that is wrong.", "I think that is wrong."),
        ("Ich denke, das liegt am Kabel.", "das liegt am Kabel."),
        ("Ich denke, dass das Kabel kaputt ist.", "Ich denke, dass das Kabel kaputt ist."),
    ],
)
def test_what_makes_a_statement_ones_own_is_cut_off(sentence: str, rest: str) -> None:
    """Where a whole sentence is left."""
    assert sentence[without_opinion(sentence) :] == rest


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("But is it safe?", "is it safe?"),
        ("And so, is it safe?", "is it safe?"),
        ("Well, so the light is red.", "the light is red."),
        ("Okay, so... I pressed it.", "I pressed it."),
        ("Aber warum blinkt es?", "warum blinkt es?"),
        ("Tja, und jetzt blinkt es.", "jetzt blinkt es."),
        ("Also, das geht so.", "das geht so."),
        ("So far it is safe.", "So far it is safe."),
        ("So geht es:", "So geht es:"),
        ("And so on.", "And so on."),
        ("Also habe ich gewartet.", "Also habe ich gewartet."),
        ("Nun blinkt es.", "Nun blinkt es."),
        ("Order a new one.", "Order a new one."),
    ],
)
def test_a_word_that_links_to_what_is_not_there_is_cut_off(sentence: str, rest: str) -> None:
    """In both languages, unless the rest would be none, or the verb would come first."""
    assert sentence[without_link(sentence) :] == rest
