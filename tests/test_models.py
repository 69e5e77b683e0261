"""Models of a knowledge base: listed, verified, pinned, used."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import commands
import pytest
import tinymodel

from kbuilder import Workspace
from kbuilder.embedding import read_pin
from kbuilder.embedding.pins import Prefixes
from kbuilder.errors import Conflict, ModelError, NotFound

pytestmark = pytest.mark.model


@pytest.fixture
def kb(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "kb", recipe="small")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tinymodel.make(tmp_path_factory.mktemp("models") / "Tiny-v2")
    (made / "README.md").write_text("---\nlicense: apache-2.0\n---\n# Tiny\n", encoding="utf-8")
    return made


def run(kb: Workspace, *words: str) -> subprocess.CompletedProcess[str]:
    return commands.run("-C", str(kb.root), "models", *words)


def test_minilm_comes_pinned(kb: Workspace) -> None:
    """And is what its pin says."""
    each = next(each for each in kb.pinned_models() if each.pin.name == "minilm")
    assert (each.fault, each.used, each.pin.licence) == (None, False, "Apache-2.0")


def test_pin_writes_down_what_the_model_is(kb: Workspace, model: Path) -> None:
    """Pin and card are committed, the pin is read again as it was written, and nothing is left uncommitted."""
    made = kb.pin_model(str(model), prefixes=Prefixes(query='ask: "', passage="text: "))
    assert (made.name, made.source, made.licence, made.dimension) == ("tiny-v2", str(model), "apache-2.0", 32)
    tree = kb.parts.head()
    assert read_pin("tiny-v2", tree) == made
    assert b"apache-2.0" in (tree.read("models/tiny-v2.md") or b"")
    assert kb.parts.repository.uncommitted() == []
    assert kb.verify_model("tiny-v2").fault is None


def test_a_recipe_may_name_the_new_pin(kb: Workspace, model: Path) -> None:
    """Build and suggestion think with it, and its copy reads the questions."""
    kb.pin_model(str(model), name="mine")
    line = {"title": "Reset the router", "question": {"body": "How?", "created": "2024-01-02T10:00:00Z"}}
    threads = [{**line, "id": f"forum:{n}", "question": {**line["question"], "id": f"forum:{n}#1"}} for n in (1, 2)]
    for thread in threads:
        thread["answers"] = [
            {
                "id": f"{thread['id']}#2",
                "body": "Hold the button at the back for ten seconds until the light blinks twice, then let go.",
                "created": "2024-01-02T11:00:00Z",
                "accepted": True,
            }
        ]
    (kb.root.parent / "t.jsonl").write_text("\n".join(map(json.dumps, threads)), encoding="utf-8")
    kb.import_threads("jsonl", kb.root.parent / "t.jsonl", name="forum")
    tree = kb.parts.head()
    files = {
        "pipelines/mine.toml": b'format = 1\n[embedding]\nmodel = "mine"\n',
        "kbuilder.toml": (tree.read("kbuilder.toml") or b"").replace(b'"small"', b'"mine"'),
    }
    kb.parts.repository.commit(tree, files, "Use it", "ada", kb.parts.clock())
    again = Workspace.open(kb.root)
    again.build()
    each = again.verify_model("mine")
    assert each.used
    assert each.copy is not None
    assert each.copy.accepted
    assert again.parts.encoder is not None
    assert again.parts.encoder.id.startswith("mine-")
    assert again.parts.encoder.copy is not None
    assert isinstance(again.suggest("Reset the router"), list)


def test_a_changed_file_is_found(kb: Workspace, tmp_path: Path) -> None:
    """By ``list`` and by ``verify``, which ends with 1."""
    made = tinymodel.make(tmp_path / "own")
    kb.pin_model(str(made))
    (made / "tokenizer.json").write_bytes((made / "tokenizer.json").read_bytes() + b"\n")
    assert isinstance(kb.verify_model("own").fault, ModelError)
    done = run(kb, "verify")
    assert done.returncode == 1
    assert "tokenizer.json" in done.stderr
    assert "minilm: its files are the pinned ones." in done.stdout
    assert run(kb, "verify", "minilm").returncode == 0
    listed = {each["name"]: each for each in json.loads(run(kb, "list", "--json").stdout)}
    assert "tokenizer.json" in listed["own"]["fault"]
    assert listed["minilm"]["fault"] == ""


def test_a_name_stands_for_one_model(kb: Workspace, model: Path, tmp_path: Path) -> None:
    """Pinning the same anew is fine; another one needs another name."""
    kb.pin_model(str(model))
    assert kb.pin_model(str(model)).name == "tiny-v2"
    other = tinymodel.make(tmp_path / "Tiny-v2", seed=8)
    with pytest.raises(Conflict, match="tiny-v2"):
        kb.pin_model(str(other))
    assert kb.pin_model(str(other), name="other").name == "other"


def test_an_unknown_pin_is_told(kb: Workspace) -> None:
    """With the command that lists them."""
    with pytest.raises(NotFound, match="nothing-here"):
        kb.verify_model("nothing-here")
    assert run(kb, "verify", "nothing-here").returncode == 2


def test_a_model_that_cannot_be_fetched_is_told(kb: Workspace) -> None:
    """Two lines: what is wrong, and the way without a network."""
    done = run(kb, "pin", "nobody/no-such-model")
    assert done.returncode == 2
    assert "nobody/no-such-model" in done.stderr
    assert "folder" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2


def test_pin_tells_the_hash_and_what_to_do_next(kb: Workspace, model: Path) -> None:
    """The hash is the file's; the last line names the key of the recipe."""
    done = run(kb, "pin", str(model), "--name", "mine", "--licence", "MIT")
    assert done.returncode == 0, done.stderr
    pin = read_pin("mine", Workspace.open(kb.root).parts.head())
    assert pin is not None
    assert pin.sha256 in done.stdout
    assert pin.licence == "MIT"
    assert 'model = "mine"' in done.stdout
