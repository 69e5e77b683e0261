"""Pins: which model is meant, where it is taken from, and the hash that its files must have."""

from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kbuilder import config, resources
from kbuilder.errors import MissingExtra, ModelError, NotFound, Said
from kbuilder.records import FORMAT
from kbuilder.text import N_

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PACKAGE = "package:"
INSTALL = "pip install 'kbuilder[model]'"
_FETCHED = ["*.safetensors", "*.json", "*.txt", "*.model", "README.md"]
"""Neither pickles nor code."""


class Prefixes(BaseModel):
    """What a model wants to read before a text; empty for most."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: str = ""
    passage: str = ""


class Pin(BaseModel):
    """A file ``models/<name>.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT
    name: str
    source: str
    """``package:<distribution>/<folder in it>``, a model's name on the hub, or a path."""
    revision: str = ""
    file: str = "model.safetensors"
    sha256: Sha256
    """Of ``file``, the weights: the model's identity."""
    also: dict[str, Sha256] = Field(default_factory=dict)
    """Further files that decide the vectors, such as the tokenizer's."""
    dimension: Annotated[int, Field(ge=1)]
    max_tokens: Annotated[int, Field(ge=16)]
    prefixes: Prefixes = Prefixes()
    licence: str = ""


def read_pin(name: str, tree: resources.Tree | None = None) -> Pin | None:
    """The pin ``models/<name>.toml`` of the knowledge base, else ours; ``None`` where neither has one.

    Raises:
        ConfigError: the pin is wrong.
    """
    path = f"models/{name}.toml"
    try:
        data = resources.read(path, tree)
    except NotFound:
        return None
    return config.parse(Pin, data, path)


def is_name(model: str) -> bool:
    """Whether a recipe's model may be a pin's name; else it is a path or a name on the hub."""
    return not {"/", "\\", ".."} & {*model} and not model.startswith(".")


def files(place: Path) -> list[str]:
    """The files that decide a model's vectors, below its folder: weights, settings, vocabulary. Weights first."""
    found = sorted(
        file.relative_to(place).as_posix()
        for ending in (".safetensors", ".json", ".txt", ".model")
        for file in place.rglob(f"*{ending}")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(place).parts)
    )
    return sorted(found, key=lambda name: (not name.endswith(".safetensors"), name.count("/"), name))


def folder(source: str, revision: str = "", root: Path | None = None) -> Path:
    """Where the files of a source lie on this machine; nothing is fetched.

    Args:
        root: the folder that a path is relative to; by default the current one.

    Raises:
        MissingExtra: the package that carries the model is not installed.
        ModelError: the model is not on this machine.
    """
    if source.startswith(PACKAGE):
        return _in_package(source.removeprefix(PACKAGE))
    place = (root or Path()) / source
    return place if place.is_dir() else _from_hub(source, revision)


def _in_package(place: str) -> Path:
    distribution, _, inner = place.partition("/")
    try:
        return Path(str(importlib.metadata.distribution(distribution).locate_file(inner)))
    except importlib.metadata.PackageNotFoundError:
        raise MissingExtra(
            N_("The model's package {package} is not installed."), INSTALL, package=distribution
        ) from None


def _from_hub(name: str, revision: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, revision=revision or None, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        raise ModelError(
            N_("The model “{name}” is not on this machine, and kbuilder fetches none by itself."),
            N_(
                "Fetch it once with: kbuilder models pin {name} – or name a folder that holds it, the pinned model "
                "“minilm”, or the recipe “small”, which needs none."
            ),
            name=name,
        ) from None


def fetch(name: str, revision: str = "") -> Path:
    """Bring a model from the hub onto this machine, weights as safetensors only. The one place that asks the network.

    Raises:
        ModelError: there is no such model there, or no way to it.
    """
    from httpx import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=_FETCHED))
    except (HTTPError, HfHubHTTPError, HFValidationError, OSError) as error:
        raise ModelError(
            N_("The model “{name}” is no folder here, and could not be fetched: {problem}"),
            N_("Check the name; or fetch it where there is a network, and name the folder that it is copied to."),
            name=name,
            problem=str(error).strip().partition("\n")[0],
        ) from None


def sha256(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify(pin: Pin, place: Path) -> None:
    """Compare the files in a folder with the pin.

    Raises:
        ModelError: a file is missing or another one than the pin says.
    """
    for name, expected in sorted({pin.file: pin.sha256, **pin.also}.items()):
        file = place / name
        found = sha256(file) if file.is_file() else ""
        if found != expected:
            raise ModelError(
                N_("The model “{name}” is not the pinned one: {file} has SHA-256 {found}, the pin {expected}."),
                N_("Install it again from {source}; or, if the change is meant, pin it anew: kbuilder models pin"),
                name=pin.name,
                file=file,
                found=found or Said(N_("no such file")),
                expected=expected,
                source=pin.source,
            )
