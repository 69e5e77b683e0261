"""Any sentence-transformers model can be named; none may run code of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import tinymodel

from kbuilder import embedding
from kbuilder.config import EmbeddingRecipe
from kbuilder.embedding import opening, pins
from kbuilder.errors import ModelError

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tinymodel.make(
        tmp_path_factory.mktemp("models") / "tiny", prompts={"query": "query: ", "document": "passage: "}
    )


@pytest.fixture
def broken(model: Path, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(model, tmp_path / "tiny"))


def test_a_model_describes_itself(model: Path) -> None:
    """Hashes of the files, dimension, length and prefixes are its own."""
    found = opening.describe(str(model), model)
    assert (found.name, found.dimension, found.max_tokens) == ("tiny", 32, 64)
    assert found.prefixes == pins.Prefixes(query="query: ", passage="passage: ")
    assert found.sha256 == pins.sha256(model / "model.safetensors")
    assert {"tokenizer.json", "config.json", "modules.json", "1_Pooling/config.json"} <= set(found.also)
    pins.verify(found, model)


def test_prefixes_stand_before_the_text(model: Path) -> None:
    """A question and a text of the corpus are read differently by a model that wants it so."""
    found = embedding.load(EmbeddingRecipe(model=str(model)))
    assert found is not None
    plain = embedding.Encoder(
        **{name: getattr(found, name) for name in ("id", "dimension", "max_tokens", "place", "precision")},
        prefixes=pins.Prefixes(),
    )
    assert found.encode(["a"]).tobytes() == plain.encode(["passage: a"]).tobytes()
    assert found.question("a").tobytes() == plain.question("query: a").tobytes()


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "1_Pooling/config.json"])
def test_another_file_is_another_model(broken: Path, file: str) -> None:
    """Each file that decides the vectors is part of the identity."""
    before = embedding.load(EmbeddingRecipe(model=str(broken)))
    (broken / file).write_bytes((broken / file).read_bytes() + b" ")
    held = pins.files(broken)
    assert file in held
    assert before is not None
    if file != "model.safetensors":  # its own format ends where it says
        after = embedding.load(EmbeddingRecipe(model=str(broken)))
        assert after is not None
        assert after.id != before.id


def test_pickled_weights_are_not_read(broken: Path) -> None:
    """A pickle can run code."""
    (broken / "model.safetensors").rename(broken / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        embedding.load(EmbeddingRecipe(model=str(broken)))


def test_a_pickle_in_a_further_module_is_not_read_either(broken: Path) -> None:
    """Weights that lie deeper count too."""
    (broken / "2_Dense").mkdir()
    (broken / "2_Dense" / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="2_Dense"):
        embedding.load(EmbeddingRecipe(model=str(broken)))


def test_a_models_own_code_is_not_run(broken: Path) -> None:
    """A module of another package than sentence-transformers is refused before anything is imported."""
    file = broken / "modules.json"
    held = json.loads(file.read_text(encoding="utf-8"))
    held[1]["type"] = "evil.Pooling"
    file.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(ModelError, match=r"evil\.Pooling"):
        embedding.load(EmbeddingRecipe(model=str(broken)))


@pytest.mark.parametrize(("file", "content"), [("config.json", "{"), ("modules.json", "[{}]")])
def test_a_folder_that_is_half_a_model_is_told(broken: Path, file: str, content: str) -> None:
    """The error names the place and what to name instead."""
    (broken / file).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="tiny") as caught:
        embedding.load(EmbeddingRecipe(model=str(broken)))
    assert "sentence-transformers" in caught.value.advice


def test_a_path_is_relative_to_the_knowledge_base(
    model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not to where the command is run."""
    monkeypatch.chdir(tmp_path)
    found = embedding.load(EmbeddingRecipe(model=f"./{model.name}"), root=model.parent)
    assert found is not None
    assert found.dimension == 32
