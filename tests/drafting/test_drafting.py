"""Drafts: what threads say, put in order, each sentence with its source; or the reason why there is none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from factories import post, thread
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder import chatter, drafting, markup
from kbuilder.candidates import propose
from kbuilder.config import CandidatesRecipe, DraftingRecipe
from kbuilder.drafting import choosing, extract, meaning, titles, variants
from kbuilder.drafting.inferring import Inferred
from kbuilder.records import Draft, Refusal, Thread
from kbuilder.redact import redact
from kbuilder.review.provenance import statements as provenance_of
from kbuilder.text import capital, squeeze

RECIPE = DraftingRecipe()
GROUPING = CandidatesRecipe(lexical=1.0, cut=0.01)
STEPS = """Hi there,

you have to reset it once, that always works for me:

1. Hold the small button for ten seconds.
2. Wait until the light is white.

```sh
ping 192.168.1.1
```

| light | means |
|---|---|
| red | no line |

![The button at the back](media/reset-button.png)

Hope that helps!
Cheers, Ada"""


def made(*threads: Thread) -> Draft | Refusal:
    """The draft of one candidate with these threads."""
    proposal = propose(threads, None, [], [], GROUPING)
    assert len(proposal.candidates) == 1
    return drafting.draft(proposal.candidates[0], {each.id: each for each in threads}, RECIPE)


def drafted(*threads: Thread) -> Draft:
    found = made(*threads)
    assert isinstance(found, Draft), found
    return found


def refused(*threads: Thread) -> Refusal:
    found = made(*threads)
    assert isinstance(found, Refusal), found
    return found


def spans(draft: Draft, threads: Iterable[Thread]) -> dict[str, str]:
    """The redacted words of each source."""
    posts = {each.id: each for stored in threads for each in stored.posts}
    return {
        key: squeeze(redact(posts[source.post].body[source.start : source.end]).text)
        for key, source in draft.sources.items()
    }


def statements(body: str) -> list[tuple[str, str]]:
    """What stands before each reference, in its block."""
    found = []
    for block in markup.blocks(body):
        if block.kind in ("paragraph", "item", "quote", "heading"):
            parts = re.split(r"\[\^(p\d+)\]", block.text)
            found += [(squeeze(text), key) for text, key in zip(parts[::2], parts[1::2], strict=False)]
    return found


def test_steps_code_tables_and_pictures_are_kept() -> None:
    """What an answer shows beside its sentences stands in the draft, in its order."""
    body = drafted(thread(answers=(STEPS,))).body
    places = [body.index(part) for part in ("1. Hold", "2. Wait", "```sh", "| light |", "![The button")]
    assert places == sorted(places)


def test_greetings_thanks_and_signatures_are_left_out() -> None:
    """Only what helps the next reader stays."""
    body = drafted(thread(answers=(STEPS,))).body
    assert not re.search(r"Hi there|Hope that helps|Cheers", body)
    halten = "halte den kleinen Knopf zehn Sekunden gedrückt, bis die Lampe weiß leuchtet."
    german = f"Hallo zusammen,\n\n{halten}\n\nViele Grüße\nAda"
    body = drafted(thread(answers=(german,), language="de")).body
    assert "Halte den kleinen Knopf" in body
    assert not re.search(r"Hallo|Grüße|Ada", body)


def test_headings_are_in_the_drafts_language() -> None:
    """A German draft has German headings, by the kind of what was asked."""
    german = "Halte den kleinen Knopf zehn Sekunden gedrückt, bis die Lampe weiß leuchtet, und starte dann neu."
    assert "## So geht es" in drafted(thread(answers=(german,), language="de")).body
    assert "## Lösung" in drafted(thread(title="Router startet nicht", answers=(german,), language="de")).body
    assert "## How to do it" in drafted(thread(answers=(STEPS,))).body
    assert "## Solution" in drafted(thread(title="The router does not start", answers=(STEPS,))).body
    assert "## Answer" in drafted(thread(title="What does the white light say?", answers=(STEPS,))).body


def test_a_list_that_was_asked_for_is_a_reference() -> None:
    """Its answer is an overview."""
    table = "| light | means |\n|---|---|\n| red | no line |\n| white | all is well and the line is there |"
    made = drafted(
        thread(title="What do the colours of the light mean?", answers=(table + "\n\nSo much for it all.",))
    )
    assert made.kind == "reference"
    assert "## Overview" in made.body


def test_title_problem_and_answer_are_of_one_piece() -> None:
    """They come from one thread; an answer to something else is left out, and the editor is told."""
    one = thread(
        1,
        "How do I reset the hub?",
        "The hub hangs.",
        ("Hold the small reset button of the hub for ten seconds, then wait until it is white.",),
    )
    two = thread(
        2,
        "Which cable does the hub need?",
        "It has a wide socket.",
        ("Any shielded Cat 6 wire with two plugs fits in there, even a long one from a shop.",),
    )
    candidate = replace(propose([one], None, [], [], GROUPING).candidates[0], members=(one.id, two.id))
    found = drafting.draft(candidate, {each.id: each for each in (one, two)}, RECIPE)
    assert isinstance(found, Draft)
    assert found.title == "How do I reset the hub?"
    assert "Cat 6" not in found.body
    assert drafting.OTHERS in found.warnings


def test_what_is_told_of_oneself_or_of_the_thread_is_marked() -> None:
    """The editor sees the sentence; what only speaks of the thread is left out."""
    answer = (
        "Hold the small reset button for ten seconds. My wife holds it for twelve. "
        "As mentioned by @casey, the light turns white. This answer is a summary of the ones above."
    )
    made = drafted(thread(answers=(answer,)))
    texts = {each.keys[-1]: each.text for each in provenance_of(made.body)}
    assert [texts[key] for key in made.marks] == ["My wife holds it for twelve."]
    assert "@casey" not in made.body
    assert "summary" not in made.body


def test_answers_for_different_products_are_variants() -> None:
    """Each stands under its product, not blended."""
    one = thread(1, answers=("Press the WPS button of the hub for three seconds until it blinks.",), product="Hub 2")
    two = thread(
        2, answers=("On the page of the hub choose WLAN, then WPS, then Start, and wait for it.",), product="Hub 3"
    )
    made = drafted(one, two)
    assert made.body.index("### With Hub") < made.body.rindex("### With Hub")
    assert variants.DIFFER in made.warnings


def test_of_other_answers_the_newest_is_first() -> None:
    """Behind that which the draft follows; two of one year stand under one heading."""
    told = {
        "2011": "Hold the small button at the back for ten seconds until the lamp turns white and starts again.",
        "2019": "Since the new menu is there, choose System, then Factory settings, and confirm it with a password.",
        "2010": "Pull the plug, wait a minute, and call the number on the label so that they can clear everything.",
    }
    threads = []
    for number, (year, answer) in enumerate([*told.items(), ("2010", "Open it with a knife and cut the blue wire.")]):
        made = thread(number, answers=(answer + f" It took {number + 2} days to find that out in the end.",))
        answers = tuple(replace(each, created=f"{year}-05-01T00:00:00Z") for each in made.answers)
        threads.append(replace(made, answers=answers))
    recipe = DraftingRecipe(alternatives=3)
    candidate = propose([threads[0]], None, [], [], GROUPING).candidates[0]
    candidate = replace(candidate, members=tuple(each.id for each in threads))
    made = drafting.draft(candidate, {each.id: each for each in threads}, recipe)
    assert isinstance(made, Draft)
    assert re.findall(r"^### (.*)$", made.body, re.MULTILINE) == ["As of 2011", "As of 2019", "As of 2010"]
    under = made.body[made.body.index("### As of 2010") :]
    assert "Pull the plug" in under
    assert "blue wire" in under


def test_a_comment_that_is_quoted_to_reply_to_it_is_not_repeated() -> None:
    """Readers do not know it; its lead-in goes with it."""
    remark = "But surely the button is not there on the old model that I have at home?"
    told = thread(1, answers=(f"{STEPS}\n\nAddressing comments:\n\n> {remark}",))
    told = replace(told, comments=(post("forum:1", 9, remark),))
    made = drafted(told)
    assert "old model" not in made.body
    assert "Addressing" not in made.body


def test_an_answer_does_not_repeat_the_heading_over_it() -> None:
    """As German ones do that begin with "So geht es:"."""
    steps = "So geht es:\n\n1. Ziehen Sie den Stecker.\n2. Warten Sie zehn Sekunden, bis die Leuchte ausgeht."
    one = replace(thread(1, "Wie setze ich den Hub zurück?", "Er hängt.", (steps,)), language="de")
    made = drafted(one)
    assert "## So geht es\n\n1. Ziehen" in made.body
    assert "So geht es:" not in made.body


def test_an_inferred_answer_is_never_silent() -> None:
    """A thread without a mark is drafted from the chosen answer, with its probability and a warning."""
    told = thread(answers=("It hangs here too.", STEPS), accepted=None)
    candidate = propose([thread(answers=(STEPS,))], None, [], [], GROUPING).candidates[0]
    chosen = {told.id: Inferred("forum:1#3", 0.62)}
    made = drafting.draft(candidate, {told.id: told}, RECIPE, chosen)
    assert isinstance(made, Draft)
    assert made.inferred == 0.62
    assert drafting.INFERRED in made.warnings
    assert {source.post for source in made.sources.values()} <= {"forum:1#1", "forum:1#3"}
    without = drafting.draft(candidate, {told.id: told}, RECIPE)
    assert isinstance(without, Refusal)


def test_what_was_told_is_not_told_twice() -> None:
    """Another answer is shown without the parts that the first one has already."""
    same = "Hold the small reset button on the back for ten seconds until the light turns white again."
    more = "In the app choose System, then Factory settings, and confirm everything with your own password twice."
    rest = "Afterwards open the browser, enter the address from the label and choose a new name for the network."
    made = drafted(thread(1, answers=(same,)), thread(2, answers=(f"{same}\n\n{more}\n\n{rest}",)))
    assert made.body.count("small reset button on the back") == 1
    assert "Factory settings" in made.body


def test_every_source_names_post_author_licence_and_date() -> None:
    """What attribution needs is in the citation."""
    told = thread(answers=(STEPS,))
    for source in drafted(told).sources.values():
        cited = next(each for each in told.posts if each.id == source.post)
        assert cited.author is not None
        assert (source.author, source.author_url) == (cited.author.name, cited.author.url)
        assert (source.licence, source.url, source.date) == (cited.licence, cited.url, cited.created)
        assert source.digest == cited.digest


PIECES = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "Hold the button for ten seconds.",
            "Mail ada@example.org about order LS-1234-5678.",
            "1. First this.\n2. Then that.\n    - and this",
            "```py\nprint(1)\n```",
            "> You said no.\n\nYes.",
            "![a picture](https://example.org/a.png)",
            "| a | b |\n|---|---|\n| 1 | 2 |",
            "[^p1] and <b>bold</b> <script>alert(1)</script>",
            "[here](javascript:alert(1)) or [there](https://example.org)",
            "$E = mc^2$ holds.",
            "- [ ] a\n\n  b\n- c",
        ]
    ),
)
BODIES = st.lists(PIECES, min_size=1, max_size=6).map("\n\n".join)


@given(question=BODIES, answer=BODIES)
@settings(max_examples=120, deadline=None)
def test_every_sentence_is_the_text_of_its_source(question: str, answer: str) -> None:
    """Whatever people wrote: a statement stands, redacted and word for word, in the place that it cites.

    But for a capital at its beginning where a greeting was before it.
    """
    told = thread(
        body=question, answers=(answer + "\n\nThen wait until the light is white, which takes two minutes.",)
    )
    found = made(told)
    if isinstance(found, Refusal):
        assert found.reason
        return
    words = spans(found, [told])
    assert {key for key, _ in markup.references(found.body)} == set(found.sources)
    for statement, key in statements(found.body):
        bare = re.sub(r"^(?:#+|\d+[.)]|[-*+>])\s+", "", statement)
        told = (words[key], capital(words[key]))
        assert any(bare in each or markup.plain(bare).strip() in markup.plain(each) for each in told), (bare, told)


@given(answer=BODIES)
@settings(max_examples=60, deadline=None)
def test_nothing_hostile_and_nothing_personal_reaches_a_draft(answer: str) -> None:
    """Raw HTML, script links, addresses and order numbers stay behind."""
    found = made(thread(title="Mail ada@example.org fails", answers=(answer + "\n\n" + STEPS,)))
    if isinstance(found, Draft):
        told = "\n".join((found.title, found.body, *found.phrasings))
        assert not re.search(r"<script|javascript:|ada@example\.org|LS-1234", told)


def test_another_answer_is_added_where_it_says_more() -> None:
    """A second way is shown, and the editor is told to compare; the same again is not."""
    one = thread(1, answers=("Hold the small reset button for ten seconds until the light turns white again.",))
    other = thread(
        2, answers=("In the app choose System, then Factory settings, and confirm it with your password.",)
    )
    both = drafted(one, other)
    assert "### Another way" in both.body
    assert drafting.SEVERAL in both.warnings
    same = thread(3, answers=("Hold the small reset button for ten seconds until the light turns white again!",))
    assert "### Another way" not in drafted(one, same).body


def test_answers_for_different_versions_are_variants() -> None:
    """Firmware 2 and 3 are told apart, not blended."""
    old = thread(1, answers=("With firmware 2.8 open Settings, then Light, and take away the tick at Night mode.",))
    new = thread(2, answers=("With firmware 3.4 the light is switched in the app: Home, Devices, Hub, Light off.",))
    body = drafted(old, new).body
    assert "If you have firmware 2" in body
    assert "If you have firmware 3" in body


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("Solved, thanks!", choosing.ONLY_CHAT),
        ("See https://example.org/a-page", choosing.ONLY_LINKS),
        ("Reset it.", choosing.TOO_SHORT),
    ],
)
def test_thin_answers_are_refused_with_the_reason(answer: str, reason: tuple[str, str]) -> None:
    """The editor reads what is wrong and what would help."""
    found = refused(thread(answers=(answer,)))
    assert (found.reason, found.hint) == reason


@pytest.mark.parametrize(
    "answer", ["", "```\ncode\n```", "![](https://example.org/a.png)", "שלום " * 40, "word " * 40_000, "\x00\n\n> \n"]
)
def test_odd_posts_never_crash(answer: str) -> None:
    """Empty, only code, only a picture, right to left, 200 kB: a draft or a refusal."""
    assert isinstance(made(thread(answers=(answer,))), Draft | Refusal)


def test_a_picture_without_description_is_told() -> None:
    """The editor must say what it shows, or the check will."""
    told = drafted(thread(answers=(STEPS.replace("The button at the back", ""),)))
    assert drafting.PICTURES in told.warnings
    assert drafting.PICTURES not in drafted(thread(answers=(STEPS,))).warnings


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ("HELP!!! router wont start, please help...", "Router wont start"),
        ("[SOLVED] Where is the key", "Where is the key?"),
        ("hub.larkspan.example wants a password", "hub.larkspan.example wants a password"),
        ("iPhone does not connect", "iPhone does not connect"),
        ("Wo steht das Passwort???", "Wo steht das Passwort?"),
    ],
)
def test_titles_name_the_problem(written: str, cleaned: str) -> None:
    """Pleas, states and shouting go; names keep their case."""
    assert titles.cleaned(written) == cleaned


def test_a_thread_for_others_is_not_blended_in() -> None:
    """A partner's answer does not reach a public draft."""
    public = thread(1, answers=("Hold the small reset button for ten seconds until the light turns white again.",))
    secret = thread(
        2,
        answers=("Open the hidden canary page and choose the service code of your branch there.",),
        audience="partner",
    )
    found = made(public, secret)
    if isinstance(found, Draft) and found.audience == "public":
        assert "canary" not in found.body


def test_comments_are_not_solutions() -> None:
    """What stands under an answer is not drafted."""
    said = (post("forum:1", 9, "The comment says to throw it out of the window at once.", reply_to="forum:1#2"),)
    assert "window" not in drafted(thread(answers=(STEPS,), comments=said)).body


def test_a_title_names_what_the_draft_tells() -> None:
    """Another member's shorter title is not taken where it names something else."""
    own = "Why are there so few real trappists, and why are six of the eleven breweries from one small country"
    other = "Why are Enkel beers not sold?"
    assert titles.best([own, other], told=own) == own + "?"
    assert titles.best(["x", "Why so few trappists"], told=own) == "Why so few trappists"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("My phone does not charge", "fix"),
        ("Why does my phone not charge?", "fix"),
        ("Why are some beers not sold abroad?", "question"),
        ("To eat the worm or not to eat it?", "question"),
    ],
)
def test_a_question_with_a_not_in_it_is_no_fault(title: str, kind: str) -> None:
    """Only where it is about the asker's own thing."""
    assert drafted(thread(title=title)).kind == kind


def test_an_error_message_stands_in_the_problem() -> None:
    """As code, with its source: people search for it."""
    body = "It does not start any more. This is what it says:\n\n```\nError 0x80070005: access denied\n```\n"
    found = drafted(thread(title="It does not start", body=body))
    assert "Error 0x80070005: access denied" in found.body.partition("## Solution")[0]


@pytest.mark.parametrize(
    ("answer", "score", "reason"),
    [
        ("Just kidding, throw it out of the window and listen to the sound of it breaking down there.", 3, "joke"),
        ("Open it with a knife while it is plugged in, and touch the two large contacts with it.", -4, "voted down"),
    ],
)
def test_jokes_and_answers_that_readers_reject_are_refused(answer: str, score: int, reason: str) -> None:
    """With the reason, and what would help."""
    one = thread(answers=(answer,))
    one = replace(one, answers=(replace(one.answers[0], score=score),))
    found = refused(one)
    assert reason in found.reason
    assert "build again" in found.hint


def test_meaning_tells_what_is_one_problem_and_what_is_told_already() -> None:
    """Where there are vectors; words alone see two problems here, and so does what is only somewhat near."""
    first = thread("a", "Internet off at bedtime", "My kids surf all night long.", (STEPS,))
    way = "Open profiles in your app, make one named child, and choose when its devices may be online."
    other = thread("b", "Parental control by schedule", "Block tablets after nine pm.", (way,))
    told = {each.id: each for each in (first, other)}
    one = propose([first], None, [], [], GROUPING).candidates[0]
    candidate = replace(one, members=tuple(told), phrasings=tuple(each.title for each in told.values()))

    def found(near: float, alike: float) -> Draft:
        vectors = [np.array([1.0, 0.0]), np.array([near, (1 - near**2) ** 0.5])]
        known = {meaning.texts(each)[1]: vector for each, vector in zip(told.values(), vectors, strict=True)}
        pairs = {(first.id, other.id): alike, (other.id, first.id): alike} if alike else {}
        made = drafting.draft(candidate, told, RECIPE, meaning=meaning.Meaning(known, pairs))
        assert isinstance(made, Draft)
        return made

    far, near, same = found(0.2, 0.0), found(0.6, 0.4), found(0.9, 0.4)
    assert drafting.OTHERS in far.warnings
    assert drafting.OTHERS in found(0.6, 0.2).warnings
    assert drafting.OTHERS in found(0.6, 0.3).warnings
    assert far.phrasings == (first.title,)
    assert drafting.OTHERS not in {*near.warnings, *same.warnings}
    assert near.phrasings == same.phrasings == candidate.phrasings
    assert ["### Another way" in each.body for each in (far, near, same)] == [False, True, False]


def same_by(near: float | None, asked: tuple[str, str], answered: tuple[str, str]) -> bool:
    """Whether two threads are told as one problem; ``None``: nothing knows what they mean."""
    first = thread("1", "Flicker", asked[0], answered[:1])
    second = thread("2", "Makers", asked[1], answered[1:])
    pairs = {(first.id, second.id): near} if near else {}
    one, other = (
        choosing.Answer(each, each.answers[0], extract.extract(each.answers[0], "en")) for each in (first, second)
    )
    return choosing.same(one, other, None if near is None else meaning.Meaning({}, pairs))


def test_questions_about_one_thing_may_ask_different_things_of_it() -> None:
    """They share its words, and are near: the answers tell, unless nothing else can be meant."""
    asked = ("Why does the white light of the hub blink at night?", "Who invented the white light of the hub?")
    answered = ("Somebody unplugged the cable behind your router.", "Two engineers from Bergen drew that lamp.")
    assert [same_by(near, asked, answered) for near in (None, 0.0, 0.2)] == [True, False, True]
    other = ("Nothing shines any more.", "Darkness everywhere.")
    shared = (
        "Unplug cable, router, socket, fibre, modem, switch, adapter.",
        "Router cable loosely hanging behind dusty shelves under windows.",
    )
    assert [same_by(near, other, answered) for near in (0.0, 0.2, 0.3, 0.4)] == [False, False, False, True]
    assert [same_by(near, other, shared) for near in (0.0, 0.2, 0.3, 0.4)] == [False, False, True, True]


def test_threads_are_alike_above_what_strangers_have_in_common() -> None:
    """The same similarity is one problem in a forum of many subjects, and none where all write about one."""
    groups = [[thread(f"{number}{half}", f"Title {number}{half}", "", ("",)) for half in "ab"] for number in range(6)]
    wanted = [text for group in groups for each in group for text in meaning.texts(each)]
    chance = np.random.default_rng(0)

    def found(shared: float) -> set[tuple[str, str]]:
        """Of vectors that all have a direction in common, those of a group another one, too."""
        rows = {}
        for number, group in enumerate(groups):
            for each in group:
                for text in meaning.texts(each):
                    row = 0.1 * chance.normal(size=20) + shared * np.eye(20)[0] + 0.6 * np.eye(20)[1 + number]
                    rows[text] = row / np.linalg.norm(row)
        made = meaning.find(groups, lambda texts: np.array([rows[text] for text in texts]))
        assert made is not None
        return {*made.alike}

    assert len(wanted) == 24
    assert found(0.2) == {(one.id, other.id) for one, other in groups} | {(one.id, other.id) for other, one in groups}
    assert found(3.0) == set()
    assert meaning.find(groups, lambda _: None) is None


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Kindersicherung: Internet abends sperren", "how-to"),
        ("Feste IP-Adresse für den Drucker vergeben", "how-to"),
        ("Zweiter Hub lässt sich nicht koppeln", "fix"),
    ],
)
def test_a_german_title_that_says_what_to_do_is_a_how_to(title: str, kind: str) -> None:
    """Unless it says that it fails."""
    assert drafted(thread(title=title, answers=(STEPS,), language="de")).kind == kind


def test_answers_for_different_products_do_not_contradict_each_other() -> None:
    """What one device can, another cannot."""
    here = "Yes, that works: under System choose the entry Reset and type your password."
    there = "No, that is impossible without pressing the small button behind its cover."
    one = replace(thread(1, answers=(here,)), product="Hub 2")
    other = replace(thread(2, answers=(there,)), product="Hub 3")
    assert choosing.OPPOSED not in drafted(one, other).marks.values()
    alike = drafted(one, replace(other, product="Hub 2"))
    assert choosing.OPPOSED in alike.marks.values()


LONG_ANSWER = "Open the menu, choose Network, then untick the box IPv6 and save; the hub then starts again by itself."


def problem_of(question: str) -> str:
    """What stands under the first heading of a draft, without its references."""
    body = drafted(thread(body=question, answers=(LONG_ANSWER,))).body
    return re.sub(r"\[\^p\d+\]", "", body.split("\n\n## ")[0].partition("\n\n")[2])


def test_no_sentence_of_the_problem_leans_on_one_that_is_left_out() -> None:
    """It would not be understood without it."""
    question = (
        "The hub finds no network since I unticked the box IPv6 in the menu. We bought a cupboard for it last week."
        " They are usually bad for the network and the menu of the hub. How do I open the menu of the network again?"
    )
    told = problem_of(question)
    assert "How do I open the menu" in told
    assert "They are usually" not in told


def test_a_problem_and_an_answer_begin_with_what_stands_by_itself() -> None:
    """With the sentence that the first goes on from, where there is room, else without the word that links them."""
    question = "Since the update the menu of the network is grey. It has been so on every device. And can I go back?"
    assert problem_of(question).startswith("Since the update the menu of the network is grey.")
    assert problem_of("Or can I go back to the old menu of the network?") == (
        "Can I go back to the old menu of the network?"
    )
    answered = thread(answers=(f"So, the box IPv6 is to blame for this. {LONG_ANSWER}",))
    draft = drafted(answered)
    key = next(key for text, key in statements(draft.body) if text == "The box IPv6 is to blame for this.")
    assert spans(draft, [answered])[key] == "the box IPv6 is to blame for this."


def test_what_a_list_names_is_no_sentence_of_the_problem() -> None:
    """Nor is what was said elsewhere already; a list of sentences tells as well as others do."""
    told = problem_of(
        "As I said elsewhere the menu of the network and its box IPv6 are new.\n\n- the box IPv6 in the menu of the"
        " network (new)\n- I untick the box in the menu, and the network is away.\n\nWhich menu of the hub is it?"
    )
    assert told == "I untick the box in the menu, and the network is away. Which menu of the hub is it?"


def test_a_quotation_in_two_answers_makes_them_no_one_answer() -> None:
    """What both quote says nothing of what they say."""
    rules = "> Nobody may attach repeaters, cameras, sensors or speakers without asking the landlord beforehand.\n\n"
    one = thread("1", "Repeaters", "Which ones?", (rules + "Choose any certified device with three antennas.",))
    other = thread(
        "2", "Insurance", "Who pays?", (rules + "Damage falls under household cover when reported early.",)
    )
    assert drafting.OTHERS in drafted(one, other).warnings


def test_what_a_problem_leads_to_stands_behind_it() -> None:
    """A quotation, if the sentence before it is not understood without."""
    told = problem_of("When I open the menu of the network, the hub says:\n\n> Box seven is locked.\n\nOne, two.")
    assert told.endswith("> Box seven is locked.")


def test_an_opinion_is_told_as_one() -> None:
    """The statement stands by itself, its source is what is shown, and the editor hears how it was put."""
    answered = thread(answers=(f"I think that the box IPv6 is to blame for this. {LONG_ANSWER}",))
    draft = drafted(answered)
    key = next(key for text, key in statements(draft.body) if text == "The box IPv6 is to blame for this.")
    assert draft.marks[key] == chatter.OPINION
    assert spans(draft, [answered])[key] == "the box IPv6 is to blame for this."


def test_a_lead_in_that_nothing_follows_is_left_out() -> None:
    """Where a long answer ends, for one."""
    assert "I use this text" not in drafted(thread(answers=(f"{LONG_ANSWER}\n\nI use this text there:\n\n---",))).body


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("What should I expect from a tripel?", "Which saison should I try, and what should I expect?", False),
        ("Was soll ich bei einem Tripel erwarten?", "Wann soll ich ein Saison trinken, was ist das?", False),
        ("Do tripels age well?", "Where are tripels sold?", False),
        ("How do I reset the battery counter?", "Reset of battery counter", True),
        (
            "Reset of the battery counter fails with error 17",
            "Reset of the battery counter fails with error 23",
            False,
        ),
    ],
)
def test_titles_that_name_one_subject_ask_different_things(one: str, other: str, is_same: bool) -> None:
    """Words that stand everywhere make no two questions one, nor does their subject alone."""
    language = "de" if "soll" in one else "en"
    threads = [
        thread(
            1,
            one,
            "Yesterday somebody ordered it at dinner, and nobody around knew much about alcohol or flavour.",
            ("Ripe fruit, spices and plenty of alcohol, hidden behind much sugar and a dense white head of foam.",),
            language=language,
        ),
        thread(
            2,
            other,
            "Travelling north next month, passing several villages, hotels, markets and harbours.",
            ("Small shops near the harbour have kept some since last autumn, mostly on shelves beside old wine.",),
            language=language,
        ),
    ]
    found = drafted(*threads)
    assert (drafting.OTHERS not in found.warnings) == is_same


@pytest.mark.parametrize("lead", ["see", "Siehe auch", "**Sources**", "Further reading"])
def test_a_lead_in_without_a_colon_is_left_out_where_nothing_follows(lead: str) -> None:
    """What it led to was chat, or stood there already."""
    answer = f"Hold the reset button for ten seconds. Then wait until the light is white.\n\n{lead}\n\nThanks!"
    assert lead not in drafted(thread(answers=(answer,))).body
