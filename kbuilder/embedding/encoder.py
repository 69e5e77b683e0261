"""A sentence-transformers model as a function from texts to unit vectors, the same bits each time.

The last bits of a vector depend on the shape that it was computed in. So each text is padded to the next of a
few lengths and each batch to a full one: neither a text's neighbours nor its place among them matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from kbuilder import config, resources
from kbuilder.embedding import pins
from kbuilder.errors import MissingExtra, ModelError
from kbuilder.records import Progress, digest, silent
from kbuilder.text import N_

if TYPE_CHECKING:
    import numpy as np

BATCH = 8
"""Rows of a batch: more gain nothing on one thread."""
SHORTEST = 16
"""Tokens of the smallest length; each further one is twice as long."""
_CHUNK = 1024


@dataclass(frozen=True)
class Encoder:
    """A model that is loaded and verified. Safe for threads; runs on one."""

    id: str
    """Name, hash of the weights and precision: equal ids, equal vectors."""
    dimension: int
    max_tokens: int
    prefixes: pins.Prefixes
    model: Any
    """The ``SentenceTransformer``."""
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

        It is computed alone, in a batch of one, since somebody waits for it; it is never stored.
        """
        tokens = self._tokens([self.prefixes.query + text])
        vector: np.ndarray = self._forward(tokens, self._bucket(len(tokens[0])))[0]
        return vector

    @cached_property
    def _lengths(self) -> tuple[int, ...]:
        lengths = [SHORTEST]
        while lengths[-1] < self.max_tokens:
            lengths.append(min(2 * lengths[-1], self.max_tokens))
        return tuple(lengths)

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
        for length, rows in sorted(buckets.items()):
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                full = [*batch, *[batch[-1]] * (BATCH - len(batch))]
                vectors[batch] = self._forward([tokens[row] for row in full], length)[: len(batch)]
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


def _unit(vectors: np.ndarray) -> np.ndarray:
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit


def load(recipe: config.EmbeddingRecipe, tree: resources.Tree | None = None) -> Encoder | None:
    """The recipe's model, verified; ``None`` where the recipe names none. The network is never asked.

    Raises:
        MissingExtra: torch or the model's package is not installed; the lexical leg works without.
        ModelError: the model is not on this machine, or not what its pin says.
        ConfigError: its pin is wrong.
    """
    if not recipe.model:
        return None
    _require_torch()
    pin = pins.read_pin(recipe.model, tree) if _is_name(recipe.model) else None
    place = pins.folder(pin.source, pin.revision) if pin else pins.folder(recipe.model)
    if pin:
        pins.verify(pin, place)
    model = _open(recipe.model, place, recipe.precision)
    found = pin or _describe(recipe.model, place, model)
    return Encoder(
        id=f"{found.name}-{digest(found.sha256 + ''.join(sorted(found.also.values())))[:16]}-{recipe.precision}",
        dimension=found.dimension,
        max_tokens=found.max_tokens,
        prefixes=found.prefixes,
        model=model,
    )


def _is_name(model: str) -> bool:
    return not {"/", "\\", ".."} & {*model} and not model.startswith(".")


def _require_torch() -> None:
    import importlib.util

    for package in ("torch", "sentence_transformers"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtra(
                N_("{package} is not installed, so that meaning is not compared, only words."),
                pins.INSTALL,
                package=package,
            )


def _open(name: str, place: Path, precision: str) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerBase
    from transformers.utils import logging

    if not list(place.glob("*.safetensors")):
        raise ModelError(
            N_("The model “{name}” has no weights in the safetensors format in {place}."),
            N_("Other formats can run code when they are read; save the model as safetensors first."),
            name=name,
            place=place,
        )
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(1)
    model = SentenceTransformer(
        str(place), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
    )
    if not isinstance(model.tokenizer, PreTrainedTokenizerBase):
        raise ModelError(
            N_("The model “{name}” is none that reads tokens with a transformer."),
            N_("Name a transformer such as the pinned “minilm”."),
            name=name,
        )
    return model.to(torch.bfloat16 if precision == "bf16" else torch.float32).eval()


def _describe(name: str, place: Path, model: Any) -> pins.Pin:
    """What a pin would say on a model that has none: the same identity, computed now."""
    files = sorted(
        file for pattern in ("*.safetensors", "*.json", "*.txt", "*.model") for file in place.glob(pattern)
    )
    hashes = {file.name: pins.sha256(file) for file in files}
    prompts = model.prompts or {}
    return pins.Pin(
        name=place.name if place.is_dir() and Path(name).is_dir() else name.replace("/", "--"),
        source=name,
        file=files[0].name,
        sha256=digest("".join(hashes.values())),
        also={},
        dimension=getattr(model, "get_embedding_dimension", model.get_sentence_embedding_dimension)(),
        max_tokens=max(SHORTEST, min(int(model.max_seq_length or 512), 8192)),
        prefixes=pins.Prefixes(
            query=prompts.get("query") or "", passage=prompts.get("document") or prompts.get("passage") or ""
        ),
    )
