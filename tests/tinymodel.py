"""A sentence-transformers model that is made in a moment: random weights, a vocabulary of letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def make(folder: Path, *, seed: int = 7, prompts: dict[str, str] | None = None) -> Path:
    """Write the model into a folder: 32 dimensions, 64 tokens, mean pooling, safetensors."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(seed)
    raw = folder.with_name(folder.name + "-raw")
    raw.mkdir(parents=True)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789?.,"
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    (raw / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizerFast(vocab=str(raw / "vocab.txt")).save_pretrained(raw)
    settings: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    BertModel(
        BertConfig(vocab_size=len(vocabulary), intermediate_size=64, max_position_embeddings=64, **settings)
    ).save_pretrained(raw)
    transformer = Transformer(str(raw), max_seq_length=64)
    SentenceTransformer(modules=[transformer, Pooling(32)], prompts=prompts or {}, device="cpu").save(str(folder))
    return folder
