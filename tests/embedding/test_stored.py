"""A text is encoded once, however often and wherever it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder import embedding
from kbuilder.records import Progress, digest, silent


class Letters:
    """An encoder to count with: a text's vector is made of its digest."""

    id = "letters-fp32"
    dimension = 4

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> np.ndarray:
        self.read += texts
        return np.array([[int(digest(text)[n], 16) for n in range(4)] for text in texts], np.float32)


class Store:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def get(self, space: str, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.kept[space, key] for key in keys if (space, key) in self.kept}

    def put(self, space: str, items: Mapping[str, bytes]) -> None:
        self.kept.update({(space, key): value for key, value in items.items()})


@settings(max_examples=30)
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), min_size=1, max_size=4))
def test_stored_vectors_are_those_of_the_encoder(batches: list[list[str]]) -> None:
    """Each text's row is its vector, and no text is read twice."""
    encoder, store = Letters(), Store()
    for texts in batches:
        found = embedding.cached(encoder, store.get, store.put, texts)  # type: ignore[arg-type]
        assert found.tolist() == Letters().encode(texts).reshape(-1, 4).tolist()
        assert found.shape == (len(texts), 4)
    assert len(encoder.read) == len({*encoder.read})


def test_what_is_stored_is_never_computed_again() -> None:
    """Stored vectors win over what the encoder would say now."""
    encoder, store = Letters(), Store()
    store.put("letters-fp32", {digest("a"): np.array([9, 9, 9, 9], "<f4").tobytes()})
    assert embedding.cached(encoder, store.get, store.put, ["a"]).tolist() == [[9, 9, 9, 9]]  # type: ignore[arg-type]
    assert encoder.read == []
