"""Personal data, measured on passages written for it: what is found, and what is left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kbuilder.redact import KINDS, redact

DATA = Path(__file__).parent / "data"
LEAST_RECALL, LEAST_PRECISION = 0.98, 0.90
_BESIDE = 12
"""Characters beside the personal data that a find may take along: brackets, a link."""

Span = tuple[int, int]


def passages(language: str) -> Iterator[tuple[str, list[tuple[int, int, str]]]]:
    """Text, and where its personal data stands: start, end, kind."""
    for line in (DATA / f"personal.{language}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row["text"], [tuple(span) for span in row["spans"]]


def finds(text: str) -> list[tuple[int, int, str]]:
    """What is found, with its place in the text."""
    found: list[tuple[int, int, str]] = []
    for kind, original in redact(text).found:
        taken = [end for start, end, _ in found if text[start:end] == original]
        start = text.index(original, max(taken, default=0))
        found.append((start, start + len(original), kind))
    return found


def judged(language: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]], int, int]:
    """What was missed and what was found wrongly, with the number of places that are personal and of finds."""
    missed, wrong, personal, count = [], [], 0, 0
    for text, spans in passages(language):
        found = finds(text)
        personal += len(spans)
        count += len(found)
        missed += [
            (text[start:end], text)
            for start, end, _ in spans
            if not any(first <= start and end <= last for first, last, _ in found)
        ]
        wrong += [
            (text[first:last], text)
            for first, last, kind in found
            if not any(
                first <= start and end <= last and kind == named and last - first <= end - start + _BESIDE
                for start, end, named in spans
            )
        ]
    return missed, wrong, personal, count


@pytest.mark.parametrize("language", ["en", "de"])
def test_personal_data_is_found_and_little_else(language: str) -> None:
    """In each language nearly every place is replaced whole and named rightly; nearly every find is one."""
    missed, wrong, personal, count = judged(language)
    assert 1 - len(missed) / personal >= LEAST_RECALL, missed
    assert 1 - len(wrong) / count >= LEAST_PRECISION, wrong


def test_the_set_is_large_and_even() -> None:
    """At least 300 passages, every kind in both languages, and many with nothing personal in them."""
    everything = {language: list(passages(language)) for language in ("en", "de")}
    assert sum(map(len, everything.values())) >= 300
    for found in everything.values():
        assert {kind for _, spans in found for _, _, kind in spans} == {*KINDS}
        assert sum(not spans for _, spans in found) >= len(found) / 4
        assert all(text[start:end].strip() == text[start:end] for text, spans in found for start, end, _ in spans)
