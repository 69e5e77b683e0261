"""A model's int8 copy for single questions, which somebody waits for: a quarter of the time, and no torch to load.

It is made once from the model itself, compared with it on texts of the corpus, and used only if it says nearly the
same. The corpus is never read with it.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbuilder.records import FORMAT

if TYPE_CHECKING:
    import numpy as np

ALIKE = 0.98
"""Mean cosine of copy and model from which on the copy is used."""
COMPARED = 200
"""Texts of the corpus that they are compared on, at most."""
_PACKAGES = ("onnxruntime", "onnx")
_OPSET = 17
_MODEL, _TOKENIZER, _VERDICT = "model.onnx", "tokenizer.json", "verdict.json"


@dataclass(frozen=True)
class Verdict:
    """Whether a copy is used, and why."""

    accepted: bool
    cosine: float
    """Mean of copy and model over ``texts`` texts; 0 where none could be made."""
    texts: int
    problem: str = ""
    """Why none could be made."""
    format: int = FORMAT


@dataclass(frozen=True)
class Quick:
    """A copy that is open. Safe for threads."""

    session: Any
    tokenizer: Any

    def vector(self, text: str) -> np.ndarray:
        """A text as a vector: (dimension,), float32, of length 1."""
        import numpy as np

        ids = np.array([self.tokenizer.encode(text).ids], np.int64)
        found = self.session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
        length = float(np.linalg.norm(found))
        vector: np.ndarray = (found / (length or 1)).astype(np.float32)
        return vector

    def tokens(self, word: str) -> list[str]:
        """What a word is read as."""
        found: list[str] = self.tokenizer.encode(word, add_special_tokens=False).tokens
        return found


def possible() -> bool:
    """Whether what makes and runs a copy is installed."""
    return all(importlib.util.find_spec(package) for package in _PACKAGES)


def verdict(folder: Path) -> Verdict | None:
    """What was found on a copy when it was made; ``None`` where that was not tried."""
    file = folder / _VERDICT
    held = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return Verdict(**held) if held.get("format") == FORMAT else None


def open_copy(folder: Path, max_tokens: int) -> Quick | None:
    """The copy in a folder; ``None`` where there is none that is used."""
    found = verdict(folder)
    if not (found and found.accepted and importlib.util.find_spec("onnxruntime")):
        return None
    from onnxruntime import InferenceSession, SessionOptions
    from tokenizers import Tokenizer

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return Quick(InferenceSession(folder / _MODEL, options, providers=["CPUExecutionProvider"]), tokenizer)


def make(folder: Path, model: Any, max_tokens: int, texts: Sequence[str], exact: np.ndarray) -> None:
    """Write a model's copy, or why there is none, into a folder.

    Args:
        model: the ``SentenceTransformer``, in float32.
        texts: to compare on, and ``exact``, their vectors by the model.
    """
    unfinished = folder.with_name(f".{folder.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        with _quiet():
            _export(model, unfinished)
        _judge(unfinished, Verdict(True, 0.0, 0))
        copy = open_copy(unfinished, max_tokens)
        cosine = _mean_cosine(copy, texts, exact) if copy else 0.0
        found = Verdict(cosine >= ALIKE, round(cosine, 4), len(texts))
    except Exception as error:  # some models cannot be exported: that is a finding, and questions go the other way
        found = Verdict(False, 0.0, 0, f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"[:200])
    if not found.accepted:
        (unfinished / _MODEL).unlink(missing_ok=True)
    _judge(unfinished, found)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def _judge(folder: Path, found: Verdict) -> None:
    (folder / _VERDICT).write_text(json.dumps(asdict(found)), encoding="utf-8")


def _mean_cosine(copy: Quick, texts: Sequence[str], exact: np.ndarray) -> float:
    import numpy as np

    return float(np.mean([copy.vector(text) @ vector for text, vector in zip(texts, exact, strict=True)]))


def _export(model: Any, folder: Path) -> None:
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    class Whole(torch.nn.Module):
        """All of the model's modules as one."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
            return self.inner.forward({"input_ids": input_ids, "attention_mask": attention_mask})[
                "sentence_embedding"
            ]

    model.tokenizer.backend_tokenizer.save(str(folder / _TOKENIZER))
    ids = torch.tensor([[5] * 16, [6] * 9 + [0] * 7])
    names = ["input_ids", "attention_mask"]
    whole = folder / "whole.onnx"
    # The exporter by tracing: a tenth of the newer one's time, and the same numbers. What a trace cannot carry over
    # (a branch by length) shows when copy and model are compared.
    torch.onnx.export(
        Whole().eval(),
        (ids, (ids != 0).long()),
        whole,
        input_names=names,
        output_names=["vector"],
        dynamo=False,
        dynamic_axes={name: {0: "texts", 1: "tokens"} for name in names},
        opset_version=_OPSET,
    )
    quantize_dynamic(whole, folder / _MODEL, per_channel=True, weight_type=QuantType.QInt8)
    whole.unlink()


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter talks to its own developers."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
