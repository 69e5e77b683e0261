"""Posts taken apart: each sentence is exactly what stands at its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from factories import post
from hypothesis import given, settings
from hypothesis import strategies as st
from sourced import unsourced

from kbuilder import drafting, markup
from kbuilder.config import DraftingRecipe, Source
from kbuilder.drafting import extract as module
from kbuilder.drafting.extract import Extract, cited, extract, runs_of_words
from kbuilder.records import Candidate, Demand, Draft, Thread
from kbuilder.redact import redact
from kbuilder.text import capital, squeeze, words

ENOUGH = "Hold the small button for ten seconds until the light turns white."


def taken(body: str, **given: object) -> Extract:
    return extract(post("forum:1", 2, body), "en", **given)  # type: ignore[arg-type]


def texts(body: str) -> list[str]:
    return [each.text for each in taken(body).sentences]


def test_sentences_keep_links_code_and_emphasis_whole() -> None:
    """No sentence ends inside of one."""
    body = "Open [the page. Really](https://a.example/x). Type `a. B` now. **Wait. Then** go on (it takes. Long)."
    assert texts(body) == [
        "Open [the page. Really](https://a.example/x).",
        "Type `a. B` now.",
        "**Wait. Then** go on (it takes. Long).",
    ]


def test_raw_html_is_cut_out_and_told() -> None:
    """What stands around it stays; keys and breaks that forums write do no harm."""
    body = "Save it <img src=x onerror=alert(1)> and wait. <script>alert('x. Y')</script> Press <kbd>A</kbd>."
    found = taken(body)
    assert [each.text for each in found.sentences] == ["Save it", "and wait.", "Press <kbd>A</kbd>."]
    assert module.HTML in found.warnings


def test_formulas_are_no_html() -> None:
    """``<x`` in a formula begins no tag."""
    body = r"The state is $\left<x\right|$ and not $\left|y\right>$ here."
    assert texts(body) == [body]
    assert not taken(body).warnings


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:x", "file:///etc/passwd"])
def test_addresses_that_are_not_allowed_are_left_out(address: str) -> None:
    """With their sentence, and the editor is told."""
    found = taken(f"Click [here]({address}) now. {ENOUGH}")
    assert [each.text for each in found.sentences] == [ENOUGH]
    assert module.ADDRESS in found.warnings


def test_personal_data_known_from_elsewhere_is_left_out() -> None:
    """A number that one sentence gives away stays out of all others."""
    secrets = module.secrets_of(iter(["My order no. is LS-4471-90823."]))
    found = taken(f"I looked LS-4471-90823 up. {ENOUGH}", secrets=secrets)
    assert [each.text for each in found.sentences] == [ENOUGH]
    assert module.PERSONAL in found.warnings


def test_lines_stay_lines() -> None:
    """A hard break does not glue two lines together."""
    part = taken("**Short answer**  \nIt is under System. Look there.").parts[0]
    assert cited(part, ["p1", "p2", "p3"]) == "**Short answer**[^p1]  \nIt is under System.[^p2] Look there.[^p3]"


def test_a_line_may_go_on_with_a_sentence() -> None:
    """A small letter behind a hard break begins no sentence of its own."""
    part = taken("Recently we had a question about  \n[why it works](https://a.example). Look there.").parts[0]
    assert [each.text for each in part.sentences] == [
        "Recently we had a question about [why it works](https://a.example).",
        "Look there.",
    ]


def test_smileys_end_sentences() -> None:
    """And are left out themselves."""
    assert texts("No worries :) Open the app first.") == ["No worries", "Open the app first."]


def test_a_quotation_of_the_question_is_not_repeated() -> None:
    """One of somebody else is kept as a quotation."""
    asked = runs_of_words("How can I reset the thing without a paper clip at hand?")
    body = (
        "> How can I reset the thing without a paper clip?\n\n> The manual says that a needle will do as well.\n\n"
        "It does."
    )
    assert [part.kind for part in taken(body, asked=asked).parts] == ["quote", "paragraph"]


def test_questions_that_are_replied_to_one_by_one_stay_before_their_replies() -> None:
    """The replies say nothing without them; they are marked. One that nothing follows is left out."""
    asked = runs_of_words(
        "Can I reset it without a paper clip? Do I lose all of my settings? Is there an app for it?"
    )
    body = "> Can I reset it without a paper clip?\n\nNo.\n\n> Do I lose all of my settings?\n\nOnly the names."
    for end in ("", "\n\n> Is there an app for it?\n\nThanks!"):
        found = taken(body + end, asked=asked).parts
        assert [part.kind for part in found] == ["quote", "paragraph", "quote", "paragraph"]
        assert [bool(part.sentences[0].remark) for part in found] == [True, False, True, False]


def test_references_of_a_stranger_cite_nothing() -> None:
    """What looks like a reference of ours in a post is left out."""
    found = taken(f"As said.[^p7]\n\n{ENOUGH}")
    assert [each.text for each in found.sentences] == [ENOUGH]
    assert module.MARKUP in found.warnings


def test_steps_keep_their_numbers_code_and_depth() -> None:
    """As the answer has them."""
    parts = taken("1. First.\n   ```sh\n   run it\n   ```\n2. Second.\n   - a detail\n").parts
    assert [(part.kind, part.number, part.depth) for part in parts] == [
        ("item", 1, 1),
        ("code", None, 1),
        ("item", 2, 1),
        ("item", 0, 2),
    ]
    assert parts[1].block is not None
    assert parts[1].block.text == "```sh\nrun it\n```"


def test_a_bold_line_that_nothing_follows_is_left_out() -> None:
    """A heading by its look, like a heading; a bold statement stays."""
    body = "**What is Scotch?**\n\n**What is rye?**\n\nA grass.\n\n**It is no bourbon.**\n\n**And brandy?**"
    assert texts(body) == ["**What is rye?**", "A grass.", "**It is no bourbon.**"]
    assert texts("**Reset it**\n\nHold the button.") == ["**Reset it**", "Hold the button."]
    assert texts("Hold the button.\n\n**Then wait**") == ["Hold the button.", "**Then wait**"]


def test_lines_that_were_meant_as_a_list_are_one() -> None:
    """As forums' converters leave them: marks that Markdown reads as text, one behind the other in a paragraph."""
    found = taken("Do this:  \n1\\) Pull the plug. Wait.  \n2\\) Put it in again.").parts
    assert [(part.kind, part.depth, part.number, part.text) for part in found] == [
        ("paragraph", 0, None, "Do this:"),
        ("item", 1, 1, "Pull the plug. Wait."),
        ("item", 1, 2, "Put it in again."),
    ]
    found = taken("\\- the front  \n\\- the chain\n• both sides").parts
    assert [(part.kind, part.number, part.text) for part in found] == [
        ("item", 0, "the front"),
        ("item", 0, "the chain"),
        ("item", 0, "both sides"),
    ]
    assert [part.kind for part in taken("It was colder than  \n\\- 5 degrees outside.").parts] == ["paragraph"]


@pytest.mark.parametrize("between", [" ", "\n\n", "\n- "])
def test_a_post_of_two_megabytes_is_read(between: str) -> None:
    """In one paragraph, in many, and in a list: what is kept of it is as long as of any long answer."""
    sentence = "Hold the button for ten seconds and wait until the light number {} is white."
    body = between.join(sentence.format(number) for number in range(27_000))
    assert len(body) > 2_000_000
    found = taken(body)
    assert found.warnings == {module.LONG}
    assert 1000 < len(words(found.text)) <= 2 * module.MOST_WORDS


def test_a_long_answer_is_cut_and_told() -> None:
    """200 kB are no draft."""
    found = taken("\n\n".join([ENOUGH] * 3000))
    assert module.LONG in found.warnings
    assert len(found.parts) < 200


PIECES = st.sampled_from(
    [
        ENOUGH,
        "Hi there, do this.  \nThen that.",
        "1. One. Two.\n2. `x`\n\n   more",
        "- a\n    - b\n\n- c :) D",
        "> quoted. Twice.\n> again",
        "Setext\n======",
        "# Head #",
        "**bold. Bold** _it. It_ ~~s~~",
        "a ` stray",
        "ends with \\",
        "[x]: https://a.example",
        "[^p1] forged",
        "<b onclick=x>b</b> <kbd>k</kbd>",
        "$a. B$ and $$c$$",
        "| a | b |\n|---|---|\n| c. D | e |",
        "    indented\n    code",
        "```\nfence",
        "Mail ada@example.org, order no. 4471-2233.",
        "Grüße\nTom",
        "مرحبا. كيف حالك؟",
        "* * *",
        "![p. P](media/a.png) ![](x.png)",
        "1986\\. A year\n- b",
    ]
)
BODIES = st.lists(st.one_of(PIECES, st.text(max_size=30)), max_size=7).flatmap(
    lambda pieces: st.sampled_from(["\n\n", "\n", " ", "\r\n"]).map(lambda glue: glue.join(pieces))
)


@settings(max_examples=250, deadline=None)
@given(BODIES)
def test_a_sentence_is_what_stands_at_its_place(body: str) -> None:
    """``squeeze(redact(body[start:end]))``, save for a capital, in order, without overlaps, one reference each."""
    found = taken(body)
    position = 0
    for part in found.parts:
        for each in part.sentences:
            assert position <= each.start < each.end <= len(body)
            words = squeeze(redact(body[each.start : each.end]).text)
            assert squeeze(each.text) in (words, capital(words))
            position = each.end
        keys = [f"p{number}" for number in range(1, len(part.sentences) + 1)]
        assert [key for key, _ in markup.references(cited(part, keys))] == keys


@pytest.mark.parametrize(
    ("forum", "every"), [("beer-2020-06", 12), ("quantumcomputing-2018-09", 8), ("bicycles.meta-2023", 3)]
)
def test_every_sentence_of_every_draft_of_a_real_forum_is_sourced(forum: str, every: int) -> None:
    """Word for word, on some fifty solved questions of each."""
    data = os.environ.get("KBUILDER_EVAL_DATA")
    if not data:
        pytest.skip("KBUILDER_EVAL_DATA names no folder with the judged data")
    from kbuilder.importers import read
    from kbuilder.importers.report import Report

    source = Source(name="forum", format="stackexchange", language="en")
    folder = Path(data) / "stackexchange" / forum
    threads = [each for each in read(folder, source, Report()) if each.solved][::every]
    drafts = [(each, drafting.draft(alone(each), {each.id: each}, DraftingRecipe())) for each in threads]
    drafted = [(thread, each) for thread, each in drafts if isinstance(each, Draft)]
    assert len(drafted) > 0.9 * len(threads) > 0
    for thread, each in drafted:
        assert [key for key, _ in markup.references(each.body)] == list(each.sources)
        assert unsourced(each, [thread]) == []


def alone(thread: Thread) -> Candidate:
    demand = Demand(threads=1, askers=1, views=0, recent=0, last="", score=1.0)
    return Candidate(
        lineage="a" * 12,
        members=(thread.id,),
        representative=thread.id,
        language="en",
        cohesion=1.0,
        demand=demand,
        phrasings=(thread.title,),
    )
