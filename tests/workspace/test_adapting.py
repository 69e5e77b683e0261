"""The archive's own model: used for what was built with it, and gone with what it has learnt from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import tinymodel
from factories import thread

from kbuilder import Workspace
from kbuilder.errors import ModelError, StaleError
from kbuilder.workspace import models
from kbuilder.workspace.adapting import PLACE
from kbuilder.workspace.parts import ADAPTED

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models whose vectors have nothing to do with each other."""
    folder = tmp_path_factory.mktemp("models")
    for seed, name in enumerate(("general", "own", "other")):
        tinymodel.make(folder / name, seed=seed)
    return folder


@pytest.fixture
def kb(tmp_path: Path, trained: Path) -> Workspace:
    """Three threads, not yet built, with the general model."""
    made = Workspace.create(tmp_path / "kb", recipe="small")
    use(made, trained / "general")
    titles = ("How do I reset the router?", "Why does the lamp blink red?", "Where is the key?")
    threads = [thread(number, title) for number, title in enumerate(titles, 1)]
    made.parts.database.put_threads("forum", threads)
    return made


def use(kb: Workspace, model: Path) -> None:
    """Let the recipe name a model."""
    kb.pin_model(str(model), name=model.name)
    tree = kb.parts.head()
    recipe = f'format = 1\n[embedding]\nmodel = "{model.name}"\nprecision = "fp32"\n'
    settings = (tree.read("kbuilder.toml") or b"").replace(b'"small"', b'"mine"')
    changes = {"pipelines/mine.toml": recipe.encode(), "kbuilder.toml": settings}
    kb.parts.repository.commit(tree, changes, "Another model", "ada", kb.parts.clock())
    kb.parts.forget_models()


def adapt(kb: Workspace, model: Path) -> None:
    """As training leaves it."""
    assert kb.parts.encoder
    shutil.copytree(model, kb.root / PLACE)
    models.pin(kb.parts, PLACE, ADAPTED, kb.parts.encoder.id, "", None)
    kb.parts.forget_models()


def likeness(kb: Workspace) -> float:
    """The cosine by which a title finds its own thread: 1 where both are read with one model."""
    found = kb.suggest("How do I reset the router?")
    return found[0].evidence["question"] if found else 0.0


def test_questions_are_read_with_what_the_index_was_made_with(kb: Workspace, trained: Path) -> None:
    """Also before the build that follows on adapting; a server that is up takes the new one with the new index."""
    kb.build()
    general, server = kb.parts.encoder, Workspace(kb.root)
    assert general
    assert likeness(server) == pytest.approx(1, abs=1e-3)
    adapt(kb, trained / "own")
    assert (likeness(kb), kb.reader_id) == (pytest.approx(1, abs=1e-3), general.id)
    kb.build()
    own = kb.parts.adapted
    assert own
    assert (likeness(server), server.reader_id) == (pytest.approx(1, abs=1e-3), own.id)
    assert own.id != general.id


def test_an_index_of_another_model_is_not_asked(kb: Workspace, trained: Path) -> None:
    """It says what to do; a server goes on by words alone, and says what it lacks."""
    kb.build()
    server = Workspace(kb.root)
    server.parts.steadfast = True
    use(kb, trained / "other")
    with pytest.raises(StaleError, match="another model"):
        kb.suggest("How do I reset the router?")
    assert server.suggest("How do I reset the router?") is not None
    assert server.reader_id == ""
    assert ["another model" in str(each) for each in server.lacks] == [True]
    kb.build()
    assert likeness(kb) == pytest.approx(1, abs=1e-3)


def test_what_was_learnt_from_is_erased_from_the_model_too(kb: Workspace, trained: Path) -> None:
    """Its weights are deleted and its pin taken back; what never was a solved question leaves it as it is."""
    kb.parts.database.put_threads("forum", [thread("open", "Who has one?", answers=("Not me.",), accepted=None)])
    adapt(kb, trained / "own")
    kb.build()
    assert not kb.erase_post("forum:open#1").adapted
    assert (kb.root / PLACE).is_dir()
    erased = kb.erase_post("forum:1#1")
    assert erased.adapted
    assert not (kb.root / PLACE).exists()
    assert kb.parts.head().read(f"models/{ADAPTED}.toml") is None
    assert kb.parts.adapted is None
    assert [each for each in kb.parts.copies.glob("*") if ADAPTED in each.name] == []
    assert not kb.check()


def test_a_model_of_ones_own_that_somebody_changed_is_made_anew(kb: Workspace, trained: Path) -> None:
    """Nothing is read with it; what to do is not to install or to fetch it, which nobody can."""
    adapt(kb, trained / "own")
    weights = kb.root / PLACE / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b"x")
    kb.parts.forget_models()
    with pytest.raises(ModelError, match="is not the pinned one") as told:
        kb.build()
    fault = models.verified(kb.parts, ADAPTED).fault
    assert fault
    assert [told.value.advice, fault.advice] == ["Make it anew: kbuilder adapt"] * 2
    shutil.rmtree(kb.root / PLACE)
    fault = models.verified(kb.parts, ADAPTED).fault
    assert fault
    assert fault.advice == "Make it anew: kbuilder adapt"
    kb.build()
