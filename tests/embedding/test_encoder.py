"""Vectors are a function of the text alone."""

from __future__ import annotations

import importlib.util
import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kbuilder import embedding
from kbuilder.config import EmbeddingRecipe
from kbuilder.embedding.encoder import SHORTEST
from kbuilder.errors import MissingExtra

TEXTS = [" ".join(["router"] * count + [str(count)]) for count in (0, 1, 5, 13, 14, 20, 29, 30, 31, 61, 62, 90, 400)]
TEXTS += ["", "🚲", "Wo finde ich das Passwort?", "router 1"]


@pytest.fixture(scope="module")
def encoder() -> Iterator[embedding.Encoder]:
    """The pinned model, loaded and used with no way into the network."""
    connect = socket.socket.connect

    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    socket.socket.connect = refuse  # type: ignore[method-assign, assignment]
    try:
        loaded = embedding.load(EmbeddingRecipe())
        assert loaded is not None
        yield loaded
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]


def test_no_model_is_no_encoder() -> None:
    """A recipe without a model loads nothing."""
    assert embedding.load(EmbeddingRecipe(model="")) is None


def test_without_torch_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the dense leg needs torch."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    with pytest.raises(MissingExtra, match="torch") as caught:
        embedding.load(EmbeddingRecipe())
    assert "kbuilder[model]" in caught.value.advice


@pytest.mark.model
def test_vectors_have_length_1(encoder: embedding.Encoder) -> None:
    """One row of 384 float32 for each text, even for an empty one."""
    vectors = encoder.encode(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), 384), np.dtype(np.float32))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.model
def test_no_texts_give_no_vectors(encoder: embedding.Encoder) -> None:
    """An empty corpus is fine."""
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.model
def test_a_vector_does_not_depend_on_its_neighbours(encoder: embedding.Encoder) -> None:
    """Any subset in any order gives the same bits."""
    whole = dict(zip(TEXTS, encoder.encode(TEXTS), strict=True))
    chance = random.Random(7)
    for _ in range(3):
        some = chance.sample(TEXTS, chance.randint(1, len(TEXTS)))
        for text, vector in zip(some, encoder.encode(some), strict=True):
            assert vector.tobytes() == whole[text].tobytes(), text


@pytest.mark.model
def test_a_question_alone_is_as_in_the_corpus(encoder: embedding.Encoder) -> None:
    """Its shape is another one, so that only the last bits may differ."""
    for text, vector in zip(TEXTS, encoder.encode(TEXTS), strict=True):
        assert encoder.question(text) == pytest.approx(vector, abs=1e-5)


@pytest.mark.model
def test_many_threads_may_ask(encoder: embedding.Encoder) -> None:
    """Questions that are asked at once get what they get alone."""
    alone = [encoder.question(text).tobytes() for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        together = [vector.tobytes() for vector in pool.map(encoder.question, TEXTS)]
    assert together == alone


@pytest.mark.model
def test_like_meanings_are_near(encoder: embedding.Encoder) -> None:
    """Other words for one thing are nearer than the same words for another."""
    question, same, other = encoder.encode(
        ["The router has forgotten its password", "My access point lost its passphrase", "How do I bake bread?"]
    )
    assert question @ same > 0.5 > question @ other


@pytest.mark.model
def test_it_knows_ordinary_words_and_no_slips(encoder: embedding.Encoder) -> None:
    """By its vocabulary."""
    assert [encoder.knows(word) for word in ("printer", "Printer", "pritner")] == [True, True, False]


def test_the_id_names_model_and_precision(encoder: embedding.Encoder) -> None:
    """Vectors of another precision are other vectors."""
    assert encoder.id.startswith("minilm-")
    assert encoder.id.endswith("-fp32")


@pytest.mark.model
def test_a_folder_is_a_model_too(encoder: embedding.Encoder) -> None:
    """A model by path needs no pin and gives the same vectors; its id is its own."""
    pin = embedding.read_pin("minilm")
    assert pin is not None
    from kbuilder.embedding import pins

    unpinned = embedding.load(EmbeddingRecipe(model=str(pins.folder(pin.source))))
    assert unpinned is not None
    assert (unpinned.dimension, unpinned.max_tokens) == (pin.dimension, pin.max_tokens)
    assert unpinned.id != encoder.id
    assert unpinned.encode(TEXTS[:3]).tobytes() == encoder.encode(TEXTS[:3]).tobytes()


@pytest.mark.model
def test_lengths_grow_by_half_at_most(encoder: embedding.Encoder) -> None:
    """Few shapes, so that few texts are padded by much."""
    assert encoder._lengths == (SHORTEST, 24, 32, 48, 64, 96, 128, 192, 256)
