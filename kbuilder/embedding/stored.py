"""Vectors by content: computed once, however often a text stands in the corpus or is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from kbuilder.records import Progress, digest, silent

if TYPE_CHECKING:
    import numpy as np

    from kbuilder.embedding.encoder import Encoder

Get = Callable[[str, Sequence[str]], dict[str, bytes]]
Put = Callable[[str, Mapping[str, bytes]], None]
_STEP = 512
"""Texts between two writes: what a kill can cost."""


def cached(encoder: Encoder, get: Get, put: Put, texts: Sequence[str], progress: Progress = silent) -> np.ndarray:
    """The texts' vectors, (n, dimension) float32: stored ones as they are, the others encoded and stored.

    Args:
        get, put: of a store with named spaces; the space is the encoder's id, the key the text's digest.
    """
    import numpy as np

    keys = [digest(text) for text in texts]
    wanted = dict(sorted(zip(keys, texts, strict=True)))
    found = get(encoder.id, list(wanted))
    missing = [key for key in wanted if key not in found]
    for start in range(0, len(missing), _STEP):
        part = missing[start : start + _STEP]
        fresh = _encoded(encoder, part, wanted, _shifted(progress, start, len(missing)))
        put(encoder.id, fresh)
        found.update(fresh)
    rows = [np.frombuffer(found[key], "<f4") for key in keys]
    return np.stack(rows) if rows else np.zeros((0, encoder.dimension), np.float32)


def _encoded(encoder: Encoder, keys: Sequence[str], texts: Mapping[str, str], progress: Progress) -> dict[str, bytes]:
    vectors = encoder.encode([texts[key] for key in keys], progress).astype("<f4")
    return {key: vector.tobytes() for key, vector in zip(keys, vectors, strict=True)}


def _shifted(progress: Progress, before: int, total: int) -> Progress:
    return lambda stage, done, _: progress(stage, before + done, total)
