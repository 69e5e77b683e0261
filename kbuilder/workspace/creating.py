"""A new knowledge base: a git repository with a ``kbuilder.toml``."""

from __future__ import annotations

import json

from kbuilder import config, resources
from kbuilder.errors import Conflict
from kbuilder.store.git import FIRST_FILES, Repository
from kbuilder.text import N_
from kbuilder.workspace.facts import AUTHOR
from kbuilder.workspace.parts import Parts

EXAMPLE = "example.jsonl"
_EXAMPLE_FOLDER = "pipelines/example"
_TEMPLATE = """\
# What this knowledge base is. Every key is explained in kbuilder's reference, "kbuilder.toml".
format = 1
title = {title}
url = ""                  # where the site is published; feeds and the sitemap need it
languages = {languages}
timezone = "UTC"
recipe = {recipe}
team = ""                 # who reviews, as readers are told: "the support team"
ask_url = ""              # where a reader can ask the community

[suggest]
precision = 0.9           # share of shown suggestions that must be right; else silence

[audience.public]
sees = ["public"]
"""


def create(parts: Parts, title: str, languages: tuple[str, ...], recipe: str, example: bool) -> None:
    """Make the folder a knowledge base, with its first commit.

    Raises:
        Conflict: something is in the folder.
        ConfigError: a language or the recipe's name is wrong.
    """
    nearest = next(each for each in (parts.root, *parts.root.parents) if each.exists())
    if not nearest.is_dir():
        raise Conflict(N_("{folder} is a file."), N_("Name a new folder, or an empty one."), folder=nearest)
    if parts.root.exists() and any(parts.root.iterdir()):
        raise Conflict(N_("{folder} is not empty."), N_("Name a new folder, or empty this one."), folder=parts.root)
    files = _example_files() if example else {}
    told = _TEMPLATE.format(title=_toml(title), languages=_toml(list(languages)), recipe=_toml(recipe)).encode()
    if example:
        told = files[config.FILE].replace(b'recipe = "default"', f"recipe = {_toml(recipe)}".encode())
    config.parse(config.Config, told, config.FILE)
    config.read_recipe(recipe)
    parts.root.mkdir(parents=True, exist_ok=True)
    repository = Repository.create(parts.root)
    first = {**FIRST_FILES, **files, config.FILE: told}
    repository.commit(repository.head(), first, "A new knowledge base", AUTHOR, parts.clock())
    if example:
        parts.var.mkdir()
        (parts.var / EXAMPLE).write_bytes(b"".join(resources.read(path) for path in _example_threads()))


def _example_threads() -> list[str]:
    return [path for path in resources.listing(_EXAMPLE_FOLDER) if path.endswith(".jsonl")]


def _example_files() -> dict[str, bytes]:
    """The example's configuration, texts and pictures, by their path in the knowledge base."""
    return {
        path.removeprefix(_EXAMPLE_FOLDER + "/"): resources.read(path)
        for path in resources.listing(_EXAMPLE_FOLDER)
        if not path.endswith(".jsonl")
    }


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
