"""Articles and decisions of a commit, each file parsed once: the ten thousandth verdict reads what is new alone."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field

from kbuilder.errors import ConfigError, Lines, NotFound, Said, at
from kbuilder.records import Article, Decision, Fault, dumps, loads
from kbuilder.store import articles as article_files
from kbuilder.store import decisions as decision_files
from kbuilder.store.cache import Cache, Unusable
from kbuilder.store.git import Tree
from kbuilder.text import N_

ARTICLES = "articles"
"""The cache's space for parsed articles, by blob id."""
_LOG = logging.getLogger(__name__)


@dataclass
class Decided:
    """What people decided, as it stands at a commit."""

    cache: Cache
    _articles: dict[str, Article] = field(default_factory=dict)
    """By path and blob id."""
    _decisions: dict[str, Decision] = field(default_factory=dict)
    _last: tuple[str, list[Article]] = ("", [])
    """The commit that was read last, and its articles: a server asks for them with every question."""
    _last_decisions: tuple[str, list[Decision]] = ("", [])
    """Likewise: a verdict and the page after it ask for them again and again."""

    def articles(self, tree: Tree) -> list[Article]:
        """All articles that can be read, by path. What cannot be is ``check``'s to tell."""
        if self._last[0] != tree.id:
            self._last = (tree.id, self._read_articles(tree))
        return list(self._last[1])

    def _read_articles(self, tree: Tree) -> list[Article]:
        wanted = _blobs(tree, article_files.FOLDER, ".md")
        missing = {key: path for key, path in wanted.items() if key not in self._articles}
        try:
            known = self.cache.get(ARTICLES, list(missing))
        except Unusable as error:  # it saves time and no more
            _LOG.warning("Articles are read without it: %s", error)
            known = {}
        self._articles |= {key: loads(Article, stored) for key, stored in known.items()}
        fresh = {key: _article(tree, path) for key, path in missing.items() if key not in self._articles}
        read = {key: article for key, article in fresh.items() if article}
        with suppress(Unusable):
            self.cache.put(ARTICLES, {key: dumps(article) for key, article in read.items()})
        self._articles = {key: a for key, a in (self._articles | read).items() if key in wanted}
        return [self._articles[key] for key in wanted if key in self._articles]

    def broken(self, tree: Tree) -> list[Fault]:
        """What is wrong with files among the articles that are none: they stop no other."""
        self.articles(tree)
        wanted = _blobs(tree, article_files.FOLDER, ".md")
        lost = (path for key, path in wanted.items() if key not in self._articles)
        return [fault for path in lost for fault in article_files.examine(tree.read(path) or b"", path)[1]]

    def decisions(self, tree: Tree) -> list[Decision]:
        """All decisions, the oldest first.

        Raises:
            ConfigError: a file cannot be read. What it decided must not be forgotten, so nothing goes on without it.
        """
        if self._last_decisions[0] != tree.id:
            self._last_decisions = (tree.id, self._read_decisions(tree))
        return list(self._last_decisions[1])

    def _read_decisions(self, tree: Tree) -> list[Decision]:
        wanted = _blobs(tree, decision_files.FOLDER, ".json")
        faults = []
        for key, path in wanted.items():
            if key not in self._decisions:
                decision, fault = decision_files.examine(tree.read(path) or b"", path)
                if decision:
                    self._decisions[key] = decision
                if fault:
                    faults.append(at(fault.place, Said(fault.message, fault.values)))
        if faults:
            raise ConfigError("{faults}", decision_files.MEND, faults=Lines(tuple(faults)))
        return sorted((self._decisions[key] for key in wanted), key=lambda each: each.order)

    def article(self, tree: Tree, name: str) -> Article:
        """An article by id or slug.

        Raises:
            NotFound: there is none, or the slug stands in several languages.
        """
        found = [each for each in self.articles(tree) if name in (each.id, each.slug)]
        if len(found) == 1:
            return found[0]
        if found:
            raise NotFound(
                N_("“{name}” is an article in several languages."),
                N_("Name one by its id: {ids}"),
                name=name,
                ids=", ".join(f"{each.id} ({each.language})" for each in found),
            )
        raise NotFound(N_("There is no article “{name}”."), N_("Name it by its id or its slug."), name=name)


def _blobs(tree: Tree, folder: str, ending: str) -> dict[str, str]:
    """Path and blob id together as a key, to the path."""
    return {f"{path} {blob}": path for path, blob in tree.blobs(folder).items() if path.endswith(ending)}


def _article(tree: Tree, path: str) -> Article | None:
    return article_files.examine(tree.read(path) or b"", path)[0]
