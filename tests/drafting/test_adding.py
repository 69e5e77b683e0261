"""What further threads add to an article."""

from __future__ import annotations

from factories import WHEN, thread

from kbuilder.drafting import adding
from kbuilder.records import Article


def test_a_question_that_is_replied_to_adds_nothing() -> None:
    """Its reply does."""
    asked = "Can I reset the hub without a paper clip? Do I lose all of my settings by that?"
    answer = (
        "> Can I reset the hub without a paper clip?\n\nA thin needle from the kitchen drawer works as well."
        "\n\n> Do I lose all of my settings by that?\n\nOnly the names of your devices are gone afterwards."
    )
    article = Article(
        id="aaaaaaaaaaaa", slug="a", title="A hub", language="en", body="Hold it.", created=WHEN, updated=WHEN
    )
    found = adding.additions(article, [thread(body=asked, answers=(answer,))])
    assert [each.text.split()[0] for each in found] == ["A", "Only"]
