"""A knowledge base's places and stores, opened as they are needed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kbuilder.config import FILE, Config, EmbeddingRecipe, Recipe, read_config, read_recipe
from kbuilder.errors import ConfigError, KBError, MissingExtra, ModelError
from kbuilder.store.cache import Cache
from kbuilder.store.git import Repository, Tree
from kbuilder.store.locks import locked
from kbuilder.text import N_
from kbuilder.workspace import environment
from kbuilder.workspace.decided import Decided

if TYPE_CHECKING:
    from kbuilder.embedding import Encoder
    from kbuilder.store.contacts import Contacts
    from kbuilder.store.database import Database
    from kbuilder.store.people import People

_LOG = logging.getLogger(__name__)
_MODELS = ("_encoder", "_adapted")
ADAPTED = "adapted"
"""The pin of the archive's own model."""


def anew(fault: KBError) -> ModelError:
    """What is wrong with the archive's own model: nobody can install or fetch that one again."""
    return ModelError(fault.message, N_("Make it anew: kbuilder adapt"), **fault.values)


@dataclass
class Parts:
    """What the work on a knowledge base needs; nothing is opened before it is asked for."""

    root: Path
    clock: Callable[[], str] = environment.clock
    environ: Mapping[str, str] = field(default_factory=environment.variables)
    steadfast: bool = False
    """Whether a configuration that is wrong is passed over for the last one that was right: a server's."""
    wrong: ConfigError | None = None
    """What is wrong with the configuration that was committed last, where another one is gone by."""
    _right: Config | None = None
    _right_blob: str = ""
    """Git's id of the file that it stands in: every page asks for it."""

    @property
    def var(self) -> Path:
        """What lasts and is not in git."""
        return self.root / "var"

    def building(self) -> AbstractContextManager[None]:
        """Held while what builds are made from, or what they make, is written.

        Raises:
            Conflict: somebody else holds it.
        """
        return locked(self.var / "build.lock", N_("an import, a build or what must not run beside them"))

    @property
    def derived(self) -> Path:
        """What may be deleted."""
        return self.root / "_build"

    @property
    def site(self) -> Path:
        return self.derived / "site"

    @property
    def generations(self) -> Path:
        return self.derived / "generations"

    @property
    def copies(self) -> Path:
        """Where int8 copies of models lie, for questions."""
        return self.derived / "models"

    @property
    def editor(self) -> str:
        """Who is at the keyboard."""
        return environment.user_name(self.environ)

    @cached_property
    def repository(self) -> Repository:
        repository = Repository(self.root)
        repository.repair()
        return repository

    @property
    def database_url(self) -> str:
        return self.environ.get("KBUILDER_DATABASE_URL") or f"sqlite:///{self.var / 'kbuilder.sqlite'}"

    @cached_property
    def database(self) -> Database:
        from kbuilder.store.database import Database

        self.var.mkdir(exist_ok=True)
        return Database.open(self.database_url)

    @property
    def people(self) -> People:
        from kbuilder.store.people import People

        return People(self.database)

    @property
    def contacts(self) -> Contacts:
        from kbuilder.store.contacts import Contacts

        return Contacts(self.database)

    @cached_property
    def cache(self) -> Cache:
        self.derived.mkdir(exist_ok=True)
        return Cache(self.derived / "cache.sqlite")

    @cached_property
    def decided(self) -> Decided:
        return Decided(self.cache)

    def head(self) -> Tree:
        """The knowledge base as last committed."""
        return self.repository.head()

    def close(self) -> None:
        """Let go of open files. What is asked for next opens them again."""
        for name in ("repository", "database"):
            opened = self.__dict__.pop(name, None)
            if opened:
                opened.close()

    def forget_models(self) -> None:
        """Look again at what is pinned the next time that a model is asked for."""
        for name in _MODELS:
            self.__dict__.pop(name, None)

    def config(self, tree: Tree | None = None) -> Config:
        """The configuration of a commit, by default of the last one.

        Raises:
            ConfigError: it is wrong, and this is no server that has read one before.
        """
        tree = tree or self.head()
        blob = tree.blob(FILE) or ""
        if self._right and blob == self._right_blob:
            self.wrong = None
            return self._right
        try:
            found = read_config(tree)
        except ConfigError as error:
            if not self.steadfast or self._right is None:
                raise
            if str(error) != str(self.wrong):
                _LOG.error("The last configuration that was right is used: %s %s", error, error.advice)
            self.wrong = error
            return self._right
        self._right, self._right_blob, self.wrong = found, blob, None
        return found

    def apart(self) -> Parts:
        """The same knowledge base with stores of its own, for another thread; models are shared, once loaded."""
        own = Parts(self.root, self.clock, self.environ, self.steadfast, self.wrong, self._right)
        own.__dict__.update({name: self.__dict__[name] for name in _MODELS if name in self.__dict__})
        return own

    def recipe(self, tree: Tree | None = None) -> Recipe:
        tree = tree or self.head()
        return read_recipe(self.config(tree).recipe, tree)

    @cached_property
    def _encoder(self) -> tuple[Encoder | None, str]:
        from kbuilder import embedding

        tree = self.head()
        settings = self.recipe(tree).embedding
        if not settings.model:
            return None, N_("The recipe names no model: texts are compared by their words alone.")
        try:
            return embedding.load(settings, tree, self.root, self.copies), ""
        except MissingExtra as missing:
            return None, f"{missing} {missing.advice}"

    @property
    def encoder(self) -> Encoder | None:
        """The recipe's model; ``None`` without one, or without torch: ``dense_note`` says which.

        Raises:
            ModelError: the model is not what its pin says, or is not to be had.
        """
        return self._encoder[0]

    @cached_property
    def _adapted(self) -> tuple[Encoder | None, str]:
        from kbuilder import embedding

        tree, encoder = self.head(), self.encoder
        pin = embedding.read_pin(ADAPTED, tree) if encoder else None
        if encoder is None or pin is None:
            return None, ""
        if pin.revision != encoder.id:
            return None, N_("The adapted model is of another model, and not used: kbuilder adapt makes it anew.")
        if not (self.root / pin.source).is_dir():
            return None, N_("The adapted model is pinned, but not on this machine: kbuilder adapt makes it anew.")
        recipe = EmbeddingRecipe(model=ADAPTED, precision=self.recipe(tree).embedding.precision)
        try:
            return embedding.load(recipe, tree, self.root, self.copies), ""
        except ModelError as fault:
            raise anew(fault) from None

    @property
    def adapted(self) -> Encoder | None:
        """The archive's own model; ``None`` without one, or where it does not fit.

        Raises:
            ModelError: it is not what its pin says.
        """
        return self._adapted[0]

    @property
    def reader(self) -> Encoder | None:
        """What questions and their answers are read with: the archive's own model, else the recipe's.

        Candidates are always found with the recipe's: an archive that is adapted anew keeps them.
        """
        return self.adapted or self.encoder

    @property
    def adapted_note(self) -> str:
        """Why a pinned one is not used; empty where nothing is wrong."""
        return self._adapted[1]

    @property
    def dense_note(self) -> str:
        """Why there is no dense leg; empty where there is one."""
        return self._encoder[1]


def find(start: Path) -> Path:
    """The knowledge base that a folder is, or lies in.

    Raises:
        ConfigError: there is none.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / FILE).is_file():
            return folder
    raise ConfigError(
        N_("{folder} is no knowledge base: neither it nor a folder above it holds a {file}."),
        N_("Make one with: kbuilder init DIR, or name one with: kbuilder -C DIR …"),
        folder=start,
        file=FILE,
    )
