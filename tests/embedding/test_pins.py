"""A model is what its pin says, or there is an error that says what to do."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from kbuilder.embedding import pins, read_pin
from kbuilder.errors import ConfigError, MissingExtra, ModelError

HASH = hashlib.sha256(b"weights").hexdigest()


def pin(**fields: object) -> pins.Pin:
    given = {"name": "tiny", "source": "tiny", "sha256": HASH, "dimension": 2, "max_tokens": 16}
    return pins.Pin.model_validate({**given, **fields})


def test_the_shipped_pin_names_the_models_size_and_licence() -> None:
    """minilm has 384 dimensions, reads 256 tokens, is Apache-2.0."""
    found = read_pin("minilm")
    assert found is not None
    assert (found.dimension, found.max_tokens, found.licence) == (384, 256, "Apache-2.0")


def test_a_model_without_a_pin_has_none() -> None:
    """An unknown name is no pin: it may be a model on this machine."""
    assert read_pin("no-such-model") is None


def test_a_wrong_pin_names_its_line(tmp_path: Path) -> None:
    """A hash that is none is found on its line."""

    class Tree:
        def read(self, path: str) -> bytes | None:
            return b'name = "x"\nsource = "x"\nsha256 = "abc"\ndimension = 2\nmax_tokens = 16\n'

        def list(self, prefix: str) -> list[str]:
            return []

    with pytest.raises(ConfigError, match=r"models/x\.toml:3: sha256"):
        read_pin("x", Tree())


def test_files_that_are_the_pinned_ones_pass(tmp_path: Path) -> None:
    """The hash is computed from the file."""
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    pins.verify(pin(), tmp_path)


@pytest.mark.parametrize("content", [b"other weights", None])
def test_another_file_or_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """The error names the file, both hashes and where to get the model."""
    if content is not None:
        (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=HASH) as caught:
        pins.verify(pin(), tmp_path)
    assert "tiny" in caught.value.advice


def test_the_tokenizer_is_verified_too(tmp_path: Path) -> None:
    """Another vocabulary makes other vectors of the same weights."""
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "tokenizer.json").write_bytes(b"{}")
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        pins.verify(pin(also={"tokenizer.json": HASH}), tmp_path)


def test_a_missing_package_gives_the_install_command() -> None:
    """The way out is one command."""
    with pytest.raises(MissingExtra) as caught:
        pins.folder("package:no-such-package/model")
    assert caught.value.advice == "pip install 'kbuilder[model]'"


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no such model"])
def test_a_model_that_is_not_here_is_not_fetched(name: str) -> None:
    """The error names the command that fetches it."""
    pytest.importorskip("huggingface_hub")
    with pytest.raises(ModelError, match="not on this machine") as caught:
        pins.folder(name)
    assert f"kbuilder models pin {name}" in caught.value.advice
