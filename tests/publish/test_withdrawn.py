"""What is gone at the source leaves the page; what has changed is marked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import MemoryTree, article, source

from kbuilder.errors import ConfigError
from kbuilder.publish import withdrawn
from kbuilder.records import Article

GONE = {"f:1#2": "gone"}


def _article(body: str, **fields: object) -> Article:
    sources = {
        "p1": source("f:1#1", start=0, end=5),
        "p2": source("f:1#2", start=0, end=5),
        "p3": source("f:1#3", start=0, end=5),
    }
    return article("a", "A", body, sources=sources, **fields)


def _left(body: str) -> str | None:
    standing = withdrawn.standing(_article(body), GONE)  # type: ignore[arg-type]
    return standing.body if standing else None


def test_a_sentence_whose_only_source_is_gone_is_left_out() -> None:
    """The sentences around it stay."""
    assert _left("First one.[^p3] Second one.[^p2] Third one.[^p3]") == "First one.[^p3] Third one.[^p3]"


def test_a_sentence_with_another_source_stays_without_the_mark() -> None:
    """Two sources carry it; one is enough."""
    assert _left("Wait here.[^p2][^p3]") == "Wait here.[^p3]"


def test_the_editors_own_sentence_before_it_stays() -> None:
    """It bears no reference, and so rests on nothing that is gone."""
    assert _left("Our own words. Theirs.[^p2] More.[^p3]") == "Our own words. More.[^p3]"


def test_code_and_pictures_go_with_their_lead_in_sentence() -> None:
    """They take its reference."""
    body = "Run this:[^p2]\n\n```sh\nrm secret\n```\n\n![secret](media/a.png)\n\nOr wait.[^p3]"
    left = _left(body)
    assert left is not None
    assert "secret" not in left
    assert "Or wait.[^p3]" in left


def test_code_after_an_editorial_sentence_stays() -> None:
    """Its lead-in sentence bears no reference."""
    left = _left("Gone.[^p2] Kept.[^p3]\n\nOur advice:\n\n```sh\nls\n```")
    assert left is not None
    assert "ls" in left


def test_an_empty_step_and_an_empty_heading_go_too() -> None:
    """No list mark and no heading is left over nothing."""
    left = _left("## Fix\n\n1. Keep.[^p3]\n2. Drop.[^p2]\n\n## Alternatives\n\nDrop too.[^p2]\n")
    assert left is not None
    assert left.split() == ["##", "Fix", "1.", "Keep.[^p3]"]


def test_a_full_stop_inside_of_what_was_cited_leaves_no_half() -> None:
    """Sentences are added until there is about as much as was cited."""
    long = source("f:1#2", start=0, end=40)
    body = "Set it to Nr. Five. Then go on at once.[^p2] Fine.[^p3]"
    given_article = article("a", "A", body, sources={"p2": long, "p3": source("f:1#3")})
    standing = withdrawn.standing(given_article, GONE)  # type: ignore[arg-type]
    assert standing is not None
    assert standing.body.strip() == "Fine.[^p3]"


def test_an_article_without_an_answer_is_none() -> None:
    """The question alone is no article."""
    assert _left("I have a problem.[^p1]\n\nDo this.[^p2]") is None


def test_sources_and_other_words_of_what_is_gone_go_too() -> None:
    """Nobody can tell whose words the phrasings were."""
    standing = withdrawn.standing(_article("A.[^p2] B.[^p3]", phrasings=("other words",)), GONE)  # type: ignore[arg-type]
    assert standing is not None
    assert "p2" not in standing.sources
    assert standing.phrasings == ()


def test_an_article_that_cites_nothing_gone_is_untouched() -> None:
    """Not a byte of it changes."""
    given_article = article("a", "A", "A.[^p3]", sources={"p3": source("f:1#3")}, phrasings=("x",))
    assert withdrawn.standing(given_article, GONE) is given_article  # type: ignore[arg-type]


def test_sentences_of_changed_posts_are_marked() -> None:
    """Each is marked as a whole, list marks left out."""
    body = "1. Wait.[^p2]\n2. Go.[^p3]"
    marked = withdrawn.marked(_article(body), {"f:1#2": "changed"})
    assert marked == "1. ⸤Wait.[^p2]⸥\n2. Go.[^p3]"


@given(st.lists(st.tuples(st.integers(0, 9999), st.sampled_from(["p2", "p3"]), st.booleans()), max_size=12))
@settings(max_examples=40, deadline=None)
def test_exactly_what_is_gone_is_left_out(parts: list[tuple[int, str, bool]]) -> None:
    """Whatever the order: no word of a gone sentence stays, every word of another does."""
    body = ""
    for number, (word, key, paragraph) in enumerate(parts):
        body += f"Word{number}x{word} is here.[^{key}]" + ("\n\n" if paragraph else " ")
    left = _left(body + "\n\nLast word stands.[^p3]")
    assert left is not None
    for number, (word, key, _) in enumerate(parts):
        assert (f"Word{number}x{word} is here" in left) is (key == "p3")


def test_a_line_that_is_no_entry_is_an_error_with_its_line() -> None:
    """A broken file must not bring back what was withdrawn."""
    tree = MemoryTree({"withdrawn.jsonl": b'{"post": "a:1#1", "state": "gone"}\n{"post": 1'})
    with pytest.raises(ConfigError, match=r"withdrawn\.jsonl:2"):
        withdrawn.read(tree)


def test_gone_outlasts_changed() -> None:
    """A post named twice is gone if one line says so."""
    lines = b'{"post": "a:1#1", "state": "gone"}\n\n{"post": "a:1#1", "state": "changed"}\n'
    assert withdrawn.read(MemoryTree({"withdrawn.jsonl": lines})) == {"a:1#1": "gone"}
