"""Pagefind is told many documents at once."""

from __future__ import annotations

import json

import pytest

from kbuilder.errors import KBError
from kbuilder.publish import search


def test_every_document_is_indexed_however_many_there_are() -> None:
    """Also those of the last batch, which is not full."""
    count = 2 * search.AT_ONCE + 1
    documents = ((f"en/{number}", f'<html lang="en"><body>Word{number}</body></html>') for number in range(count))
    made = dict(search.index(documents, whole=False))
    assert json.loads(made[search.ENTRY])["languages"]["en"]["page_count"] == count
    assert sum(name.endswith(".pf_fragment") for name in made) == count


def test_one_refusal_among_many_answers_is_told() -> None:
    """What Pagefind does not take is an error, though what follows it is taken."""
    with search._Indexer() as indexer:
        index = indexer.ask(type="NewIndex", config={})["index_id"]
        good, wrong = (search._adding(each, "en/a", "<html><body>Words</body></html>") for each in (index, index + 7))
        with pytest.raises(KBError, match="could not be made"):
            indexer.ask_all([good, wrong, good])


def test_a_word_of_any_length_is_looked_through_once() -> None:
    """As that of a picture written into the text: else it would take hours."""
    assert list(search.signed("a" * 1_000_000)) == []
