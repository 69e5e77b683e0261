"""A sentence-transformers model as a function from texts to unit vectors, the same bits each time.

The last bits of a vector depend on the shape that it was computed in. So each text is padded to the next of a
few lengths, and each batch of a length to the same number of rows: neither a text's neighbours nor its place among
them matter.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from kbuilder import config, resources
from kbuilder.embedding import opening, pins, quick
from kbuilder.records import Progress, digest, silent
from kbuilder.text import N_

if TYPE_CHECKING:
    import numpy as np

BATCH = 512
"""Tokens of a batch, whatever the length of its texts: more gain nothing on one thread."""
WORKERS = min(os.cpu_count() or 1, 4)
"""Batches that are read side by side, each on one thread: more threads on one batch would wait for each other."""
SHORTEST = opening.SHORTEST
"""Tokens of the smallest length; each further one is half as long again at most, so that little of it is empty."""
_CHUNK = 1024


@dataclass(frozen=True)
class Encoder:
    """A model that is verified, and loaded once a text must be read. Safe for threads; runs on one."""

    id: str
    """Name, hash of the weights and precision: equal ids, equal vectors."""
    dimension: int
    max_tokens: int
    prefixes: pins.Prefixes
    place: Path
    """The folder of its files."""
    precision: str
    """``fp32`` or ``bf16``."""
    copies: Path | None = None
    """Where int8 copies for questions are kept; ``None``: questions are read as the corpus is."""
    _opening: Lock = field(default_factory=Lock, repr=False, compare=False)
    _tokenizing: Lock = field(default_factory=Lock, repr=False, compare=False)
    """The tokenizer keeps its settings for truncation inside, so that two threads may not use it at once."""

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> np.ndarray:
        """Texts of the corpus as vectors: (n, dimension), float32, each of length 1."""
        import numpy as np

        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _CHUNK):
            progress(N_("Reading texts with the model"), start, len(texts))
            chunk = [self.prefixes.passage + text for text in texts[start : start + _CHUNK]]
            vectors[start : start + len(chunk)] = self._chunk(chunk)
        return vectors

    def question(self, text: str) -> np.ndarray:
        """An asker's question as a vector: (dimension,), float32, of length 1.

        It is computed alone, in a batch of one, since somebody waits for it; it is never stored. Where the model has
        an int8 copy, that reads it.
        """
        if self.copy:
            return self.copy.vector(self.prefixes.query + text)
        tokens = self._tokens([self.prefixes.query + text])
        vector: np.ndarray = self._forward(tokens, self._bucket(len(tokens[0])))[0]
        return vector

    def knows(self, word: str) -> bool:
        """Whether the model has a word as a whole, and not in pieces."""
        with self._tokenizing:
            found = self.copy.tokens(word) if self.copy else self.model.tokenizer.tokenize(word)
        return [token.lstrip("▁").lower() for token in found] == [word.lower()]

    @cached_property
    def model(self) -> Any:
        """The ``SentenceTransformer``, in this precision."""
        with self._opening:
            return opening.open_model(self.place, self.precision)

    @cached_property
    def copy(self) -> quick.Quick | None:
        """The model's int8 copy, if one was made and is good enough."""
        return quick.open_copy(self.copies / self.id, self.max_tokens) if self.copies else None

    def quicken(self, texts: Sequence[str]) -> quick.Verdict | None:
        """Make the int8 copy that single questions are read with, unless that was tried before.

        Args:
            texts: of the corpus, to compare copy and model on; any order, the same ones are taken.

        Returns:
            How good it is; ``None`` where it cannot be tried: no text, no ONNX Runtime, no place for it.
        """
        if self.copies is None or not quick.possible():
            return None
        folder = self.copies / self.id
        chosen = sorted(set(texts), key=digest)[: quick.COMPARED]
        if chosen and not quick.verdict(folder):
            exact = self.model if self.precision == "fp32" else opening.open_model(self.place, "fp32")
            meant = [self.prefixes.passage + text for text in chosen]
            quick.make(folder, exact, self.max_tokens, meant, self.encode(chosen))
            self.__dict__.pop("copy", None)
        return quick.verdict(folder)

    @cached_property
    def _lengths(self) -> tuple[int, ...]:
        doubled = [SHORTEST << power for power in range(self.max_tokens.bit_length())]
        lengths = sorted({*doubled, *(3 * each // 2 for each in doubled)})
        return (*(each for each in lengths if each < self.max_tokens), self.max_tokens)

    def _bucket(self, tokens: int) -> int:
        return next(length for length in self._lengths if length >= tokens)

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        with self._tokenizing:
            found: list[list[int]] = self.model.tokenizer(
                list(texts), truncation=True, max_length=self.max_tokens, verbose=False
            )["input_ids"]
        return found

    def _chunk(self, texts: Sequence[str]) -> np.ndarray:
        import numpy as np

        vectors = np.zeros((len(texts), self.dimension), np.float32)
        tokens = self._tokens(texts)
        buckets: dict[int, list[int]] = {}
        for row, ids in enumerate(tokens):
            buckets.setdefault(self._bucket(len(ids)), []).append(row)
        batches = [
            (length, rows[start : start + _rows(length)])
            for length, rows in sorted(buckets.items())
            for start in range(0, len(rows), _rows(length))
        ]

        def read(batch: tuple[int, list[int]]) -> None:
            length, rows = batch
            full = [*rows, *[rows[-1]] * (_rows(length) - len(rows))]
            vectors[rows] = self._forward([tokens[row] for row in full], length)[: len(rows)]

        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(read, batches))
        return vectors

    def _forward(self, tokens: list[list[int]], length: int) -> np.ndarray:
        import torch

        with self._tokenizing:
            padded = self.model.tokenizer.pad(
                {"input_ids": tokens}, padding="max_length", max_length=length, return_tensors="pt"
            )
        with torch.inference_mode():
            raw = self.model.forward(dict(padded))["sentence_embedding"].to(torch.float32).numpy()
        return _unit(raw)


def _rows(length: int) -> int:
    """Texts of a batch, by their length in tokens."""
    return max(1, BATCH // length)


def identity(pin: pins.Pin, precision: str) -> str:
    """An encoder's id: equal ids, equal vectors."""
    return f"{pin.name}-{digest(pin.sha256 + ''.join(sorted(pin.also.values())))[:16]}-{precision}"


def _unit(vectors: np.ndarray) -> np.ndarray:
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit


def load(
    recipe: config.EmbeddingRecipe,
    tree: resources.Tree | None = None,
    root: Path | None = None,
    copies: Path | None = None,
) -> Encoder | None:
    """The recipe's model, verified; ``None`` where the recipe names none. The network is never asked.

    Args:
        root: the folder that a path in recipe or pin is relative to; by default the current one.
        copies: where int8 copies for questions are kept.

    Raises:
        MissingExtra: torch or the model's package is not installed; the lexical leg works without.
        ModelError: the model is not on this machine, or not what its pin says.
        ConfigError: its pin is wrong.
    """
    if not recipe.model:
        return None
    opening.require_packages()
    pin = pins.read_pin(recipe.model, tree) if pins.is_name(recipe.model) else None
    place = pins.folder(pin.source, pin.revision, root) if pin else pins.folder(recipe.model, root=root)
    if pin:
        pins.verify(pin, place)
    found = pin or opening.describe(recipe.model, place)
    encoder = Encoder(
        id=identity(found, recipe.precision),
        dimension=found.dimension,
        max_tokens=found.max_tokens,
        prefixes=found.prefixes,
        place=place,
        precision=recipe.precision,
        copies=copies,
    )
    if not encoder.copy:
        _ = encoder.model  # what cannot be opened is told now, not when somebody asks
    return encoder
