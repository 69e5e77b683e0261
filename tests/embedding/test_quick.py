"""The int8 copy says nearly what the model says, is used for questions alone, and only where it does."""

from __future__ import annotations

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tinymodel

from kbuilder import embedding
from kbuilder.config import EmbeddingRecipe
from kbuilder.embedding import quick
from kbuilder.embedding.encoder import Encoder

pytestmark = pytest.mark.model
TEXTS = [f"how do i reset part {number} of the router?" for number in range(230)] + ["", "🚲", "a" * 400]


def opened(model: Path, copies: Path | None, precision: str = "fp32") -> Encoder:
    found = embedding.load(
        EmbeddingRecipe.model_validate({"model": str(model), "precision": precision}), copies=copies
    )
    assert found is not None
    return found


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tinymodel.make(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def copies(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the model's copy was made."""
    folder = tmp_path_factory.mktemp("copies")
    opened(model, folder).quicken(TEXTS)
    return folder


def test_it_is_compared_on_200_texts_of_the_corpus(model: Path, copies: Path) -> None:
    """And on no more; a good one is accepted."""
    found = quick.verdict(copies / opened(model, copies).id)
    assert found is not None
    assert (found.accepted, found.texts, found.problem) == (True, 200, "")
    assert 0.98 <= found.cosine <= 1


def test_a_question_gets_nearly_the_models_vector(model: Path, copies: Path) -> None:
    """Of length 1, short or long or empty, and near what the corpus has for the same text."""
    fast, slow = opened(model, copies), opened(model, None)
    assert fast.copy is not None
    for text in TEXTS[-5:]:
        vector = fast.question(text)
        assert (vector.shape, vector.dtype) == ((32,), np.float32)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
        assert float(vector @ slow.question(text)) > 0.97


def test_the_corpus_is_never_read_with_it(model: Path, copies: Path) -> None:
    """Stored vectors are the same bits with and without a copy."""
    assert opened(model, copies).encode(TEXTS[:9]).tobytes() == opened(model, None).encode(TEXTS[:9]).tobytes()


def test_a_question_alone_loads_no_torch_model(model: Path, copies: Path) -> None:
    """What takes seconds to load is not loaded while somebody waits."""
    found = opened(model, copies)
    assert found.question("how do i reset it?").any()
    assert "model" not in vars(found)


def test_both_know_the_same_words(model: Path, copies: Path) -> None:
    """Those that the model has as a whole: this one has letters alone."""
    for encoder in (opened(model, copies), opened(model, None)):
        assert [encoder.knows(word) for word in ("a", "Q", "router", "é", "")] == [True, True, False, False, False]


def test_many_threads_may_ask(model: Path, copies: Path) -> None:
    """Questions that are asked at once get what they get alone."""
    found = opened(model, copies)
    alone = [found.question(text).tobytes() for text in TEXTS[:40]]
    with ThreadPoolExecutor(4) as pool:
        assert [vector.tobytes() for vector in pool.map(found.question, TEXTS[:40])] == alone


def test_one_that_is_too_far_off_is_not_used(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said how far, the file is gone, it is not tried again, and questions are read by the model itself."""
    monkeypatch.setattr(quick, "ALIKE", 1.01)
    found = opened(model, tmp_path)
    told = found.quicken(TEXTS[:10])
    assert told is not None
    assert not told.accepted
    assert told.cosine > 0.9
    assert found.copy is None
    assert not list(tmp_path.rglob("*.onnx"))
    assert found.question(TEXTS[0]).tobytes() == opened(model, None).question(TEXTS[0]).tobytes()
    monkeypatch.undo()
    assert found.quicken(TEXTS[:10]) == told


def test_a_model_that_cannot_be_exported_still_answers(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is kept, and questions are read by the model itself."""

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("this operator has no form in ONNX\nand more on it")

    monkeypatch.setattr("torch.onnx.export", refuse)
    found = opened(model, tmp_path)
    told = found.quicken(TEXTS[:3])
    assert told is not None
    assert not told.accepted
    assert told.problem == "RuntimeError: this operator has no form in ONNX"
    assert found.question(TEXTS[0]).any()


def test_without_onnx_runtime_all_is_as_before(model: Path, copies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither made nor opened, and no error."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "onnxruntime" else find(name))
    found = opened(model, copies)
    assert found.copy is None
    assert found.quicken(TEXTS) is None
    assert found.question(TEXTS[0]).tobytes() == opened(model, None).question(TEXTS[0]).tobytes()


def test_without_a_text_to_compare_on_none_is_made(model: Path, tmp_path: Path) -> None:
    """An empty knowledge base gets its copy later."""
    assert opened(model, tmp_path).quicken([]) is None
    assert not list(tmp_path.iterdir())


def test_bf16_has_a_copy_of_its_own(model: Path, copies: Path) -> None:
    """Precision is part of the id; the copy is made of the float32 weights and compared with the bf16 vectors."""
    found = opened(model, copies, "bf16")
    told = found.quicken(TEXTS[:20])
    assert told is not None
    assert told.accepted
    assert found.id.endswith("-bf16")
    assert (copies / found.id / "model.onnx").is_file()
    assert float(found.question(TEXTS[0]) @ opened(model, None).question(TEXTS[0])) > 0.97


def test_the_pinned_models_copy_is_accepted(tmp_path: Path) -> None:
    """MiniLM in int8 is MiniLM, nearly, and opens without torch."""
    first = embedding.load(EmbeddingRecipe(), copies=tmp_path)
    assert first is not None
    told = first.quicken([f"My router number {number} has forgotten its password" for number in range(12)])
    assert told is not None
    assert told.cosine >= quick.ALIKE
    again = embedding.load(EmbeddingRecipe(), copies=tmp_path)
    assert again is not None
    meant, same, other = map(
        again.question, ("The router lost its password", "access point passphrase gone", "bread")
    )
    assert "model" not in vars(again)
    assert meant @ same > 0.4 > meant @ other
