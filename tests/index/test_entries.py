"""What is indexed of threads and articles."""

from __future__ import annotations

import factories
import pytest

from kbuilder.index import entries
from kbuilder.records import Article, Citation


def article(**fields: object) -> Article:
    given: dict[str, object] = {
        "id": "abc",
        "slug": "reset",
        "title": "Reset the hub",
        "language": "en",
        "created": factories.WHEN,
        "updated": factories.WHEN,
        "body": "It hangs.[^p1]\n\n## Solution\n\nHold the **button**.[^p2]\n",
        "phrasings": ("hub hangs", "hub  hangs"),
        "sources": {
            "p1": Citation(post="forum:1#1", start=0, end=9, digest=""),
            "p2": Citation(post="forum:2#2", start=0, end=9, digest=""),
        },
    }
    return Article(**{**given, **fields})  # type: ignore[arg-type]


def test_a_threads_entry_has_its_question_and_its_solutions() -> None:
    """Only answers that are marked as right, without markup."""
    thread = factories.thread(1, "Title", "**Help!**", ("Wrong.", "Press `reset`."), accepted=1)
    entry = entries.of_thread(thread)
    assert (entry.id, entry.title, entry.body, entry.answers) == ("forum:1", "Title", "Help!", ("Press reset.",))
    assert (entry.reviewed, entry.language, entry.url) == (False, "en", thread.url)


def test_no_personal_data_is_indexed() -> None:
    """Neither from the question nor from the answer."""
    thread = factories.thread(body="Write to ada@example.org", answers=("Ask bob@example.org for help.",))
    entry = entries.of_thread(thread)
    assert entry.body == "Write to [e-mail]"
    assert entry.answers == ("Ask [e-mail] for help.",)


def test_a_pictures_description_is_no_answer() -> None:
    """It would be shown as the best sentence: nobody follows it."""
    thread = factories.thread(
        body="See ![it](a.png)", answers=("![The hub's back](b.png)\n\nPress ![it](c.png) once.",)
    )
    entry = entries.of_thread(thread)
    assert (entry.body, entry.answers) == ("See", ("Press  once.",))


def test_an_articles_entry_has_its_sections_without_references() -> None:
    """Cut at headings, which answer nothing themselves; phrasings once."""
    entry = entries.of_article(article())
    assert [answer.split() for answer in entry.answers] == [
        ["It", "hangs."],
        ["Hold", "the", "button."],
    ]
    assert entry.phrasings == ("hub hangs",)
    assert (entry.reviewed, entry.url) == (True, "en/reset/")


@pytest.mark.parametrize(
    ("language", "problem", "solution"), [("en", "Problem", "Solution"), ("de", "Frage", "Antwort")]
)
def test_what_stands_below_a_problems_heading_is_no_answer(language: str, problem: str, solution: str) -> None:
    """Where no source tells, as of an article that was brought in: the heading does, in the article's language."""
    body = f"## {problem}\n\nDealers ask for the margin.\n\n## {solution}\n\nIt is 37 percent.\n"
    entry = entries.of_article(article(language=language, body=body, sources={}))
    assert (entry.body, entry.answers) == ("Dealers ask for the margin.", ("It is 37 percent.",))
    alone = entries.of_article(article(language=language, body=f"## {problem}\n\nIt hangs.\n", sources={}))
    assert alone.answers == ("It hangs.",)


def test_an_article_covers_the_threads_that_it_cites() -> None:
    """And those that were named beside."""
    assert entries.of_article(article(), ("forum:7",)).covers == ("forum:1", "forum:2", "forum:7")
