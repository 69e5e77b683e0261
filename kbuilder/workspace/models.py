"""The models that a knowledge base may think with: what is pinned, whether it is what its pin says, new pins."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from kbuilder import resources
from kbuilder.config import EmbeddingRecipe
from kbuilder.embedding import opening, pins, quick
from kbuilder.embedding.encoder import identity
from kbuilder.errors import Conflict, KBError, NotFound
from kbuilder.text import N_, slug
from kbuilder.workspace.parts import ADAPTED, Parts, anew

_LICENCE = re.compile(r"^licen[sc]e:\s*[\"']?([^\s\"']+)", re.MULTILINE)


@dataclass(frozen=True)
class Pinned:
    """A pin, and how it stands with its model."""

    pin: pins.Pin
    used: bool
    """By the recipe of now."""
    fault: KBError | None = None
    """Why it cannot be used: it is not on this machine, or not the pinned one."""
    copy: quick.Verdict | None = None
    """Of the int8 copy for questions, by the recipe's precision; ``None`` where none was tried."""


def pinned(parts: Parts) -> list[Pinned]:
    """All pins, the knowledge base's and ours, by name; each is compared with its files.

    Raises:
        ConfigError: a pin is wrong.
    """
    tree = parts.head()
    recipe = parts.recipe(tree).embedding
    paths = (path for path in resources.listing("models", tree) if path.endswith(".toml") and path.count("/") == 1)
    found = [pins.read_pin(Path(path).stem, tree) for path in paths]
    return [_standing(parts, pin, recipe) for pin in found if pin]


def _standing(parts: Parts, pin: pins.Pin, recipe: EmbeddingRecipe) -> Pinned:
    used = recipe.model == pin.name
    copy = quick.verdict(parts.copies / identity(pin, recipe.precision))
    try:
        pins.verify(pin, pins.folder(pin.source, pin.revision, parts.root))
    except KBError as fault:
        return Pinned(pin, used, anew(fault) if pin.name == ADAPTED else fault, copy)
    return Pinned(pin, used, None, copy)


def verified(parts: Parts, name: str) -> Pinned:
    """One pin, compared with its files.

    Raises:
        NotFound: there is no such pin.
    """
    each = next((each for each in pinned(parts) if each.pin.name == name), None)
    if each is None:
        raise NotFound(
            N_("There is no pin models/{name}.toml, neither in the knowledge base nor among those that ship."),
            N_("kbuilder models list tells which there are; kbuilder models pin makes one."),
            name=name,
        )
    return each


def pin(
    parts: Parts, source: str, name: str, revision: str, licence: str, prefixes: pins.Prefixes | None
) -> pins.Pin:
    """Write down a model by path or by its name on the hub, which is fetched if it is not here; commit pin and card.

    Args:
        name: of the pin; by default made of the source.
        licence: by default what the model's own card says.
        prefixes: by default those that the model brings.

    Raises:
        ModelError: there is no such model, or it cannot be read.
        Conflict: another model is pinned by this name.
    """
    opening.require_packages()
    folder = parts.root / source
    place = folder if folder.is_dir() else pins.fetch(source, revision)
    found = opening.describe(source, place, slug(name or Path(source).name or place.resolve().name), revision)
    changed = {"licence": licence or _licence(place)}
    if not folder.is_dir():
        changed["revision"] = revision or place.name  # the commit that the hub's name stood for
    made = found.model_copy(update=changed | ({"prefixes": prefixes} if prefixes else {}))
    tree = parts.head()
    before = pins.read_pin(made.name, tree)
    if before and before.source != made.source:
        raise Conflict(
            N_("models/{name}.toml is the pin of another model, {source}."),
            N_("Give this one another name with --name."),
            name=made.name,
            source=before.source,
        )
    files = {f"models/{made.name}.toml": _toml(made), f"models/{made.name}.md": _card(made)}
    changes = {path: text.encode() for path, text in files.items()}
    parts.repository.commit(tree, changes, f"Pin the model {made.name}", parts.editor, parts.clock())
    return made


def _licence(place: Path) -> str:
    card = place / "README.md"
    found = _LICENCE.search(card.read_text(encoding="utf-8", errors="replace")) if card.is_file() else None
    return found[1] if found else ""


def _toml(made: pins.Pin) -> str:
    """The pin as its file; tables last, as TOML wants it."""
    held = made.model_dump()
    tables = {key: value for key, value in held.items() if isinstance(value, dict)}
    lines = [f"{key} = {_value(value)}" for key, value in held.items() if key not in tables]
    for key, table in tables.items():
        lines += ["", f"[{key}]", *(f"{json.dumps(name)} = {_value(value)}" for name, value in table.items())]
    return "\n".join([f"# What it is: {made.name}.md", *lines, ""])


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # text and whole numbers are written alike


def _card(made: pins.Pin) -> str:
    prefixes = made.prefixes.query or made.prefixes.passage
    rows = {
        "Taken from": f"`{made.source}`" + (f", revision `{made.revision}`" if made.revision else ""),
        "Vectors": f"{made.dimension} numbers",
        "Reads": f"the first {made.max_tokens} tokens of a text",
        "Licence": made.licence or "not stated: ask before you publish what it made",
        "Before a question, before a text": f"`{made.prefixes.query}`, `{made.prefixes.passage}`"
        if prefixes
        else "nothing",
    }
    told = "\n".join(f"- {what}: {value}" for what, value in rows.items())
    rest = "What it was trained on, and for which languages, stands where it was taken from; note it here."
    return f"# {made.name}\n\n{told}\n\n{rest}\n"
