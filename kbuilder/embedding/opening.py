"""A sentence-transformers model from its folder, without running anything that lies in it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from kbuilder.embedding import pins
from kbuilder.errors import MissingExtra, ModelError
from kbuilder.text import N_, slug

SHORTEST = 16
"""Tokens that a model must be able to read, at least."""
_LONGEST = 8192
_OURS = "sentence_transformers."


def require_packages() -> None:
    """
    Raises:
        MissingExtra: torch or sentence-transformers is not installed.
    """
    for package in ("torch", "sentence_transformers"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtra(
                N_("{package} is not installed, so that meaning is not compared, only words."),
                pins.INSTALL,
                package=package,
            )


def open_model(place: Path, precision: str) -> Any:
    """The ``SentenceTransformer`` in a folder, on the CPU and one thread.

    Raises:
        ModelError: it cannot be read, or only by running code.
    """
    _check_files(place)
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerBase
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(1)
    try:
        model = SentenceTransformer(
            str(place), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError(
            N_("The model in {place} cannot be read: {problem}"),
            N_("Name the folder of a sentence-transformers model, with all its files."),
            place=place,
            problem=str(error).partition("\n")[0],
        ) from None
    if not isinstance(model.tokenizer, PreTrainedTokenizerBase):
        raise ModelError(
            N_("The model in {place} is none that reads tokens with a transformer."),
            N_("Name a transformer such as the pinned “minilm”."),
            place=place,
        )
    return model.to(torch.bfloat16 if precision == "bf16" else torch.float32).eval()


def describe(source: str, place: Path, name: str = "", revision: str = "") -> pins.Pin:
    """What a pin says of the model in a folder: each hash is computed from its file.

    Args:
        source: where the model is taken from: a path, or a name on the hub.
        name: of the pin; by default made of the source.

    Raises:
        ModelError: it cannot be read.
    """
    model = open_model(place, "fp32")
    hashes = {file: pins.sha256(place / file) for file in pins.files(place)}
    weights = next(file for file in hashes if file.endswith(".safetensors"))
    prompts = model.prompts or {}
    return pins.Pin(
        name=name or slug(Path(source).name or place.resolve().name),
        source=source,
        revision=revision,
        file=weights,
        sha256=hashes.pop(weights),
        also=hashes,
        dimension=(getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension)(),
        max_tokens=max(SHORTEST, min(int(model.max_seq_length or 512), _LONGEST)),
        prefixes=pins.Prefixes(
            query=prompts.get("query") or "", passage=prompts.get("document") or prompts.get("passage") or ""
        ),
    )


def _check_files(place: Path) -> None:
    pickled = next((file for file in sorted(place.rglob("*.bin")) if not [*file.parent.glob("*.safetensors")]), None)
    if pickled or not any(file.endswith(".safetensors") for file in pins.files(place)):
        raise ModelError(
            N_("The model has no weights in the safetensors format in {place}."),
            N_("Other formats can run code when they are read; save the model as safetensors first."),
            place=pickled.parent if pickled else place,
        )
    foreign = sorted({kind for kind in _modules(place) if not kind.startswith(_OURS)})
    if foreign:
        raise ModelError(
            N_("The model in {place} brings code of its own, which is not run: {names}"),
            N_("Name a model that is made of sentence-transformers' own modules."),
            place=place,
            names=", ".join(foreign),
        )


def _modules(place: Path) -> list[str]:
    """The classes that a model is made of."""
    file = place / "modules.json"
    if not file.is_file():
        return []
    try:
        return [str(module["type"]) for module in json.loads(file.read_text(encoding="utf-8"))]
    except (ValueError, TypeError, KeyError):
        raise ModelError(
            N_("{file} is not what sentence-transformers writes."),
            N_("Name the folder of a sentence-transformers model, with all its files."),
            file=file,
        ) from None
