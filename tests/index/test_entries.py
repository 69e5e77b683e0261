"""What is indexed of threads and articles."""

from __future__ import annotations

import factories

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


def test_an_articles_entry_has_its_sections_without_references() -> None:
    """Cut at headings, which answer nothing themselves; phrasings once."""
    entry = entries.of_article(article())
    assert [answer.split() for answer in entry.answers] == [
        ["It", "hangs."],
        ["Hold", "the", "button."],
    ]
    assert entry.phrasings == ("hub hangs",)
    assert (entry.reviewed, entry.url) == (True, "en/reset/")


def test_an_article_covers_the_threads_that_it_cites() -> None:
    """And those that were named beside."""
    assert entries.of_article(article(), ("forum:7",)).covers == ("forum:1", "forum:2", "forum:7")
