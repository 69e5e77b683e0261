"""Small exports for the tests of the importers."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from kbuilder import importers
from kbuilder.config import Source
from kbuilder.importers.report import Report
from kbuilder.records import Thread


def source(format: str, **given: object) -> Source:  # noqa: A002 - the field's term
    return Source.model_validate(
        {"name": "forum", "format": format, "url": "https://forum.example", "language": "en", **given}
    )


def imported(path: Path, format: str, **given: object) -> tuple[list[Thread], Report]:  # noqa: A002
    report = Report()
    return list(importers.read(path, source(format, **given), report)), report


def xml(folder: Path, name: str, rows: list[dict[str, object]]) -> Path:
    """A file of a dump, with a byte-order mark as the real ones."""
    lines = ["  <row " + " ".join(f'{k}="{escape(str(v))}"' for k, v in row.items()) + " />" for row in rows]
    path = folder / name
    text = '<?xml version="1.0" encoding="utf-8"?>\n<rows>\n' + "\n".join(lines) + "\n</rows>\n"
    path.write_text(text, "utf-8-sig")
    return path


def question(key: int, **given: object) -> dict[str, object]:
    return {
        "Id": key,
        "PostTypeId": 1,
        "CreationDate": "2020-01-02T03:04:05.678",
        "Score": 3,
        "ViewCount": 40,
        "Body": f"<p>Body {key}</p>",
        "OwnerUserId": 7,
        "Title": f"Title {key}",
        "Tags": "<a><b-c>",
        **given,
    }


def answer(key: int, parent: int, **given: object) -> dict[str, object]:
    return {
        "Id": key,
        "PostTypeId": 2,
        "ParentId": parent,
        "CreationDate": "2020-01-03T03:04:05.678",
        "Score": 1,
        "Body": f"<p>Answer {key}</p>",
        "OwnerUserId": 8,
        **given,
    }


def topic(key: int = 5, posts: int = 2, **given: object) -> dict[str, object]:
    return {
        "id": key,
        "title": "How?",
        "slug": "how",
        "views": 9,
        "tags": ["x"],
        "archetype": "regular",
        "visible": True,
        "post_stream": {"posts": [post(number) for number in range(1, posts + 1)]},
        **given,
    }


def post(number: int, **given: object) -> dict[str, object]:
    return {
        "id": 100 + number,
        "post_number": number,
        "post_type": 1,
        "username": f"u{number}",
        "user_id": number,
        "created_at": f"2024-01-0{number}T00:00:00.000Z",
        "updated_at": f"2024-01-0{number}T09:00:00.000Z",
        "version": 1,
        "cooked": f"<p>Post {number}</p>",
        **given,
    }


def topic_file(folder: Path, content: object, name: str = "t.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(content), "utf-8")
    return path
