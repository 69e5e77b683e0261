"""Adaption: what it learns from, that it is the same each time, and that it is kept only where it helps."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import tinymodel

from kbuilder import embedding
from kbuilder.config import EmbeddingRecipe
from kbuilder.embedding import adapt, trial
from kbuilder.embedding.encoder import Encoder
from kbuilder.index import Entry

pytestmark = pytest.mark.model
THINGS = ("router", "lamp", "strap", "cable", "button", "display", "charger", "sensor")
FAULTS = ("blinks red", "is very slow", "makes a noise", "gets too hot", "stays dark", "lost its settings")
PARTS = ("antenna", "bulb", "clasp", "plug", "spring", "panel", "coil", "lens")
REMEDIES = ("unplugged twice", "updated", "oiled", "aired", "swapped", "reset")
"""What answers call the same: no word of theirs is in a title."""
ENTRIES = [
    Entry(
        id=f"forum:{thing}-{fault}",
        title=f"my {thing} {fault} since monday",
        answers=(f"please have that {part} {remedy} first",),
        language="en",
    )
    for thing, part in zip(THINGS, PARTS, strict=True)
    for fault, remedy in zip(FAULTS, REMEDIES, strict=True)
]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    place = tinymodel.make(tmp_path_factory.mktemp("tiny") / "model")
    found = embedding.load(EmbeddingRecipe(model=str(place)))
    assert found is not None
    return found


def test_a_few_threads_teach_nothing(encoder: Encoder, tmp_path: Path) -> None:
    """No training, no files."""
    found = adapt.adapt(encoder, ENTRIES[:10], tmp_path)
    assert found.share == 0
    assert list(tmp_path.iterdir()) == []


def test_what_was_trained_is_a_model_of_its_own(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for any order of threads; word embeddings, and the general model, stay as they were."""
    monkeypatch.setattr(trial, "ALIKE", 1.1)  # to random weights all texts are alike
    monkeypatch.setattr(adapt, "RATE", 1e-3)
    monkeypatch.setattr(adapt, "STEPS", 4)
    before = encoder.encode(["my lamp blinks red"])
    made = []
    for number, entries in enumerate((ENTRIES, random.Random(1).sample(ENTRIES, len(ENTRIES)))):
        halves = adapt.halves(adapt.ordered(entries))
        assert len({*halves[0]} | {*halves[1]}) == len(halves[0]) + len(halves[1]) == len(ENTRIES)
        learnt = [adapt.learn(encoder, half) for half in halves]
        adapt.moved(encoder, learnt, 0.5, tmp_path / f"{number}")
        made.append(adapt.opened(encoder, tmp_path / f"{number}"))
    one, two = made
    assert one.id == two.id != encoder.id
    assert not np.allclose(one.encode(["my lamp blinks red"]), before, atol=1e-3)
    assert np.array_equal(encoder.encode(["my lamp blinks red"]), before)
    words = [each.model[0].auto_model.embeddings.word_embeddings.weight for each in (one, encoder)]
    assert words[0].equal(words[1])


def test_a_share_of_what_was_learnt_is_taken(encoder: Encoder, tmp_path: Path) -> None:
    """Of two models the mean: what one learnt counts half, and half of that where half is taken."""
    name, weights = next(iter(encoder.model.named_parameters()))
    learnt = [{name: weights.detach() * 0 + 1}, {name: weights.detach() * 0}]
    half = adapt.moved(encoder, learnt, 0.5, tmp_path / "half")
    found = dict(half.model.named_parameters())[name].detach()
    assert np.allclose(found.numpy(), weights.detach().numpy() + 0.25, atol=1e-6)


def test_what_gains_nothing_is_not_kept(encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No step at all, no gain, no file."""
    monkeypatch.setattr(trial, "ALIKE", 1.1)
    entries = adapt.ordered(ENTRIES)
    found = adapt.choose(encoder, entries, [{}, {}], tmp_path)
    assert found.share == 0
    assert found.after == found.before
    assert 0 < found.before.own < 1
    assert list(tmp_path.iterdir()) == []
