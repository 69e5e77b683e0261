"""Adaption: what it learns from, that it is the same each time, and that it is kept only where it helps."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import tinymodel

from kbuilder import embedding
from kbuilder.config import EmbeddingRecipe
from kbuilder.embedding import adapt
from kbuilder.embedding.adapt import Source
from kbuilder.embedding.encoder import Encoder

pytestmark = pytest.mark.model
THINGS = ("router", "lamp", "strap", "cable", "button", "display", "charger", "sensor")
FAULTS = ("blinks red", "is very slow", "makes a noise", "gets too hot", "stays dark", "lost its settings")
SOURCES = [
    Source(f"my {thing} {fault} since monday", "", (f"when the {thing} {fault} you must pull the plug at once.",))
    for thing in THINGS
    for fault in FAULTS
]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    place = tinymodel.make(tmp_path_factory.mktemp("tiny") / "model")
    found = embedding.load(EmbeddingRecipe(model=str(place)))
    assert found is not None
    return found


def test_a_few_threads_teach_nothing(encoder: Encoder, tmp_path: Path) -> None:
    """No training, no files."""
    found = adapt.adapt(encoder, SOURCES[:10], tmp_path)
    assert found.steps == 0
    assert list(tmp_path.iterdir()) == []


def test_what_was_trained_is_a_model_of_its_own(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for any order of threads; word embeddings, and the general model, stay as they were."""
    monkeypatch.setattr(adapt, "GAIN", -1.0)  # random weights gain nothing
    monkeypatch.setattr(adapt, "LOSS", 2.0)
    monkeypatch.setattr(adapt, "_ALIKE", 1.1)  # to them all texts are alike
    monkeypatch.setattr(adapt, "RATE", 1e-3)
    before = encoder.encode(["my lamp blinks red"])
    places = [tmp_path / "one", tmp_path / "two"]
    given = (SOURCES, random.Random(1).sample(SOURCES, len(SOURCES)))
    found = [adapt.adapt(encoder, sources, place) for sources, place in zip(given, places, strict=True)]
    assert found[0] == found[1]
    assert found[0].steps in adapt.CHECKED
    one, two = (adapt.opened(encoder, place) for place in places)
    assert one.id == two.id != encoder.id
    assert not np.allclose(one.encode(["my lamp blinks red"]), before, atol=1e-3)
    assert np.array_equal(encoder.encode(["my lamp blinks red"]), before)
    words = [each.model[0].auto_model.embeddings.word_embeddings.weight for each in (one, encoder)]
    assert words[0].equal(words[1])


def test_what_parts_near_duplicates_is_not_kept(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However well the threads that were held back are found."""
    monkeypatch.setattr(adapt, "GAIN", -1.0)
    monkeypatch.setattr(adapt, "LOSS", -1.0)
    assert adapt.adapt(encoder, SOURCES, tmp_path).steps == 0
    assert list(tmp_path.iterdir()) == []
