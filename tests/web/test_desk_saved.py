"""What the answers saved, at the desk: what does not count stands beside what does, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kbuilder.store.database import Event, EventKind
from kbuilder.web.app import create_app
from kbuilder.workspace.workspace import Workspace

KINDS: tuple[EventKind, ...] = ("asked", "opened", "helped")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """Of a knowledge base where a stranger thanked in no time, of a product and in a language of none."""
    kb = Workspace.create(tmp_path / "kb", recipe="small")
    told = {
        "time": kb.parts.clock(),
        "page_view": "v",
        "member": "m",
        "target": "t",
        "product": "p",
        "language": "zz",
    }
    kb.parts.database.record_events([Event(kind=kind, **told) for kind in KINDS])
    yield TestClient(create_app(kb), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000))
    kb.close()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("said before it could be read (1)", "another product", "another language", "Without a signature")),
        ("de", ("ein anderes Produkt", "eine andere Sprache", "Ohne Unterschrift", "Noch offen", "Nach Wochen")),
    ],
)
def test_what_does_not_count_is_told(client: TestClient, language: str, said: tuple[str, ...]) -> None:
    """In the editor's language."""
    page = client.get("/desk/saved", params={"lang": language})
    assert page.status_code == 200
    assert [words for words in said if words not in unescape(page.text)] == []
    assert page.text.count("<caption") == page.text.count("<h2>") - 1 > 0  # what is assumed, below each table
