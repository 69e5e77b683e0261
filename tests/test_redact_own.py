"""Personal data of a community's own kind: named in ``kbuilder.toml``, out before anything is stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories import thread

from kbuilder import Workspace, config, records, redact
from kbuilder.errors import ConfigError

PATTERNS = {"staff id": [r"\bLS-[0-9]{5}\b"], "room": [r"(?i)\broom (?P<find>[0-9]{3})\b"]}


def test_each_match_is_replaced_by_its_kind() -> None:
    """A group named find is all that goes; where two match, the first kind named wins."""
    found = redact.own("LS-40711 sits in room 217, LS-1 does not.", PATTERNS)
    assert found.text == "[staff id] sits in room [room], LS-1 does not."
    assert found.found == (("staff id", "LS-40711"), ("room", "217"))


def test_what_is_named_is_never_stored(tmp_path: Path) -> None:
    """Titles, questions, answers, comments: the database holds none of it, and the import counts it."""
    kb = Workspace.create(tmp_path / "kb", recipe="small")
    file = kb.root / config.FILE
    with file.open("a", encoding="utf-8") as more:
        more.write("\n[redact.own]\n'staff id' = ['\\bLS-[0-9]{5}\\b']\n")
    parts = kb.parts
    parts.repository.commit(parts.head(), {config.FILE: file.read_bytes()}, "Redact", "ada", parts.clock())
    asked = thread(title="LS-40711 is locked", body="Is LS-40711 me?", answers=("Ask LS-40712 to unlock it again.",))
    export = tmp_path / "threads.jsonl"
    export.write_bytes(records.dumps(asked) + b"\n")
    result = kb.import_threads("jsonl", export, name="forum")
    stored = kb.parts.database.thread("forum:1")
    assert stored is not None
    assert b"LS-407" not in records.dumps(stored)
    assert stored.title == "[staff id] is locked"
    assert result.as_dict()["redacted"] == {"staff id": 3}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("'staff id' = ['LS-[0-9']", "regular expression for “staff id”"),
        ("'staff id' = ['x*']", "finds nothing everywhere"),
        ("'[staff]' = ['LS']", "letters, digits and blanks"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_told(told: str, expected: str) -> None:
    """With file and line, and what was expected."""
    with pytest.raises(ConfigError) as raised:
        config.parse(config.Config, f"[redact.own]\n{told}\n".encode(), config.FILE)
    assert expected in str(raised.value)
    assert "kbuilder.toml:" in str(raised.value)
