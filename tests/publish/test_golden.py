"""The whole look is a tree of files: a change of it is reviewed as a diff.

Written again with ``python tests/publish/test_golden.py``.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from trees import knowledge_base

from kbuilder import publish

GOLDEN = Path(__file__).parent.parent / "data" / "site"
MADE = (".html", ".xml", ".txt", "_redirects")


def site(out: Path) -> dict[str, str]:
    """What templates make of the knowledge base, one post changed and one gone."""
    lines = [{"post": "larkspan:20#3", "state": "changed"}, {"post": "larkspan:7#9", "state": "gone"}]
    tree = knowledge_base().having({"withdrawn.jsonl": "".join(json.dumps(line) + "\n" for line in lines)})
    return _made(publish.publish(tree, out).folder)


def _made(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_text("utf-8")
        for file in sorted(folder.rglob("*"))
        if file.name.endswith(MADE)
    }


def test_the_site_is_as_it_was_agreed(tmp_path: Path) -> None:
    """File by file; if a change is meant, write the tree again and look at the diff."""
    made, agreed = site(tmp_path / "site"), _made(GOLDEN)
    assert sorted(made) == sorted(agreed)
    for path, content in made.items():
        assert content == agreed[path], path


def _write() -> None:
    import shutil

    shutil.rmtree(GOLDEN, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        for path, content in site(Path(folder) / "site").items():
            (GOLDEN / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / path).write_text(content, "utf-8")


if __name__ == "__main__":
    _write()
