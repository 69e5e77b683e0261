"""Solved threads as readers are given them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from factories import author, post, thread

from kbuilder.config import Audience, Config, Source
from kbuilder.errors import NotFound
from kbuilder.records import Thread
from kbuilder.store.database import Database
from kbuilder.workspace import solved

CONFIG = Config(
    audience={"public": Audience(), "partner": Audience(sees=("public", "partner"))},
    source=(
        Source(name="forum", format="jsonl", title="The forum", url="https://forum.example", licence="CC BY 4.0"),
    ),
)
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> [go](javascript:alert(1))\n\n"
    "```sh\nreset  --now\n  wait\n```\n\n![light](https://other.example/light.png)"
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(f"sqlite:///{tmp_path / 'kb.sqlite'}")
    yield opened
    opened.close()


def read(database: Database, given: Thread, audience: str = "public") -> solved.Solved:
    database.put_threads("forum", [given])
    return solved.read(database, CONFIG, given.id, audience)


def test_every_answer_marked_as_right_is_told_the_accepted_one_first(database: Database) -> None:
    """With whose it is, where it stands, and under which licence; nothing else of the thread."""
    asked = thread(answers=("Not this one.", "Nor is this.", "Hold the button.", "Pull the plug."), accepted=3)
    answers = (*asked.answers[:2], replace(asked.answers[2], verified=True, licence=""), asked.answers[3])
    comments = (post("forum:1", 9, "A remark.", reply_to="forum:1#2"),)
    found = read(database, replace(asked, answers=answers, comments=comments))
    assert [(each.mark, each.html.strip()) for each in found.answers] == [
        ("accepted", "<p>Pull the plug.</p>"),
        ("verified", "<p>Hold the button.</p>"),
    ]
    first, second = (each.source for each in found.answers)
    assert (first.author, first.author_url) == ("member5", "https://forum.example/u/member5")
    assert (first.url, first.site, first.date) == ("https://forum.example/t/1/5", "The forum", "2024-01-01T00:00:00Z")
    assert (first.licence, first.licence_url) == ("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/")
    assert second.licence == "CC BY 4.0"  # the forum's, where the post has none
    assert (found.title, found.url) == (asked.title, asked.url)


def test_of_what_a_stranger_wrote_nothing_runs_and_no_other_host_is_asked(database: Database) -> None:
    """Code keeps its blanks; a picture becomes a link to it."""
    (answer,) = read(database, thread(answers=(HOSTILE,))).answers
    assert not re.search(r"<script|<img|<[^>]*(?:onerror|javascript:)", answer.html)
    assert "reset  --now\n  wait" in re.sub(r"<[^>]+>", "", answer.html)
    assert 'href="https://other.example/light.png"' in answer.html


@pytest.mark.parametrize(
    "written",
    [
        "Write to ada@example.org.",
        "Write to **ada**@example.org.",
        r"Write to ada\_lovelace@example.org.",
        "Write to ada&#64;example.org.",
        "[Write](https://forms.example/?to=ada%40example.org) to me.",
        "[Write](https://forms.example/?to=ada%2540example.org) to me.",
        "[Write](https://forms.example/?to=ada%252540example.org) to me.",
        "```\nto: ada@example.org\n```",
        "![ada@example.org](https://other.example/a.png)",
    ],
)
def test_personal_data_stays_however_it_is_marked_up(database: Database, written: str) -> None:
    """In bold, escaped, as an entity, in an address, in code, beside a picture; and the title's."""
    given = thread(title="Mail to bo@example.org", answers=(f"Hold the button.\n\n{written}\n\nThen wait.",))
    found = read(database, given)
    shown = re.sub(r"<[^>]+>", "", found.answers[0].html) + found.answers[0].html + found.title
    assert "Hold the button." in shown
    assert "Then wait." in shown
    assert not re.search(r"(?:@|%(?:25)*40|&#64;)example\.org", shown)


@pytest.mark.parametrize(
    ("address", "stays"),
    [
        ("https://wa.me/+491711234567", False),
        ("https://wa.me/%2B491711234567", False),
        ("https://wa.me/%252B49%25201711234567", False),
        ("https://chat.example/?text=Call+%2B491711234567", False),
        ("https://chat.example/?phone=+49-171-1234567", False),
        ("https://pay.example/?to=DE89370400440532013000", False),
        ("https://forum.example/" + "%25" * 20 + "41", True),
        ("https://forum.example/" + "%" + "25" * 20 + "41", False),
        ("https://forum.example/t/4539578763621486", True),
        ("https://video.example/watch?v=01712345678&t=90", True),
        ("https://maps.example/@52.5200066,13.404954,17z", True),
        ("https://shop.example/search?q=clock+1234567890", True),
        ("https://forum.example/a%20b?page=2", True),
    ],
)
def test_a_link_that_tells_a_number_is_none(database: Database, address: str, stays: bool) -> None:
    """A telephone number or an account, however encoded; a long number of a thread or a film is no telephone."""
    (answer,) = read(database, thread(answers=(f"Hold [the button]({address}) down.",))).answers
    assert "the button" in answer.html
    assert ("href=" in answer.html) == stays
    assert stays or not re.search(r"171.?1234567|3704004405", answer.html)


def test_an_author_who_is_called_by_a_mail_address_is_not_told_by_it(database: Database) -> None:
    """Neither name nor profile; any other name stays as it is."""
    given = thread()
    answer = given.answers[0]
    told = replace(author("7"), name="ada@example.org", url="https://forum.example/u/ada%40example.org")
    (found,) = read(database, replace(given, answers=(replace(answer, author=told),))).answers
    assert (found.source.author, found.source.author_url) == ("[e-mail]", "")


@pytest.mark.parametrize(
    "given",
    [
        thread(accepted=None),
        thread(style="discussion"),
        thread(audience="partner"),
    ],
    ids=["unsolved", "no question", "protected"],
)
def test_what_is_no_answer_for_these_readers_is_not_found(database: Database, given: Thread) -> None:
    """And is told in the same words as what was never there."""
    with pytest.raises(NotFound) as refused:
        read(database, given)
    with pytest.raises(NotFound) as missing:
        solved.read(database, CONFIG, "forum:0", "public")
    assert str(refused.value).replace("forum:1", "forum:0") == str(missing.value)


def test_a_protected_thread_is_read_by_its_audience(database: Database) -> None:
    """Who may see it sees it whole."""
    assert read(database, thread(audience="partner"), "partner").answers


def test_an_endless_answer_ends(database: Database) -> None:
    """At the end of a line; no forum has posts as long."""
    line = "Press the button again and again.\n"
    (answer,) = read(database, thread(answers=(line * 10_000,))).answers
    assert len(answer.html) < 2 * solved.LONGEST
    assert answer.html.rstrip().endswith("<p>…</p>")


@pytest.mark.parametrize(
    ("unit", "end"),
    [("Hold it down. Then let it go ", "down."), ("again ", "again"), ("下", "下"), ("按住。然后", "。")],
    ids=["sentences", "words", "neither", "sentences without blanks"],
)
def test_an_endless_line_is_cut_too(database: Database, unit: str, end: str) -> None:
    """At the end of a sentence, else of a word, else anywhere: what was said is read."""
    line = unit * (46_000 // len(unit))
    (answer,) = read(database, thread(answers=(line,))).answers
    shown = re.sub(r"<[^>]+>", "", answer.html).strip()
    kept = shown.removesuffix("…").rstrip()
    assert len(kept) > solved.LONGEST / 2
    assert line.startswith(kept)
    assert kept.endswith(end)


def test_a_short_line_before_an_endless_one_is_not_all(database: Database) -> None:
    """Nor is an address told whose end is cut off."""
    endless = "x" * (solved.LONGEST - 25) + " ada@example.org " + "y" * 9_000
    (answer,) = read(database, thread(answers=(f"Hello.\n\n{endless}",))).answers
    assert len(answer.html) > solved.LONGEST / 2
    assert "ada@" not in answer.html


def test_several_answers_on_a_page_share_no_anchor(database: Database) -> None:
    """And their headings stand below the page's."""
    asked = thread(answers=("## Steps\n\nHold it.", "# Steps\n\nPull it."))
    both = replace(asked, answers=(asked.answers[0], replace(asked.answers[1], verified=True)))
    database.put_threads("forum", [both])
    found = solved.read(database, CONFIG, "forum:1", "public", below=3, names="found-1-")
    headings = [re.findall(r'<h4 id="([^"]+)">', each.html) for each in found.answers]
    assert headings == [["found-1-answer-1-steps"], ["found-1-answer-2-steps"]]
