"""Articles as editors work on them: written from nothing, renamed, rolled back, published, and their history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kbuilder.errors import NotFound
from kbuilder.records import Article
from kbuilder.review import verdicts, writing
from kbuilder.review.verdicts import Verdict
from kbuilder.store import articles as article_files
from kbuilder.store.git import Tree
from kbuilder.text import N_
from kbuilder.workspace import reviewing
from kbuilder.workspace.parts import Parts


@dataclass(frozen=True, slots=True)
class Revision:
    """A version of an article, with the commit that made it."""

    commit: str
    author: str
    time: str
    message: str
    article: Article


def find(parts: Parts, name: str) -> Article:
    """An article by id or slug, as it is committed.

    Raises:
        NotFound: there is none.
    """
    return parts.decided.article(parts.head(), name)


def create(parts: Parts, article: Article, editor: str) -> Article:
    """An article that somebody wrote from nothing, in one commit with its decision."""
    with reviewing.deciding(parts):
        tree = parts.head()
        taken = verdicts.slugs(parts.decided.articles(tree), article.language)
        made = writing.create(article, taken, editor, parts.clock())
        return _commit(parts, tree, made, f"Write “{article.title}”")


def revise(parts: Parts, name: str, editor: str, *, why: str, seen: str = "", **values: Any) -> Article:
    """An article with other values than its title and body, such as its state or tags."""
    with reviewing.deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        made = writing.revise(article, editor, parts.clock(), seen=seen, reason=why, **values)
        return _commit(parts, tree, made, f"Change “{article.title}”: {why}", article)


def rename(parts: Parts, name: str, wanted: str, editor: str) -> Article:
    """Give an article another address; the old one leads to it."""
    with reviewing.deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        taken = verdicts.slugs(parts.decided.articles(tree), article.language)
        made = writing.rename(article, wanted, taken, editor, parts.clock())
        return _commit(parts, tree, made, f"Rename “{article.title}”: {made.decision.reason}", article)


def restore(parts: Parts, name: str, commit: str, editor: str) -> Article:
    """Let an article be as it was at a commit; its address and state stay."""
    with reviewing.deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        old = _at(parts, article.id, parts.repository.tree(commit))
        if old is None:
            raise NotFound(N_("There is no such version of “{title}”."), title=article.title)
        kept = ("title", "body", "sources", "tags", "product", "phrasings", "kind")
        values = {each: getattr(old, each) for each in kept}
        why = f"as of {old.updated}"
        made = writing.revise(article, editor, parts.clock(), reason=why, **values)
        return _commit(parts, tree, made, f"Roll back “{article.title}” {why}", article)


def history(parts: Parts, article: Article, most: int = 200) -> list[Revision]:
    """The versions of an article, the newest first, under whatever address it had."""
    found: list[Revision] = []
    for each in _revisions(parts, article):
        if found and each.article == found[-1].article:
            found[-1] = each  # the older of two equal ones made it
        elif len(found) == most:
            break
        else:
            found.append(each)
    return found


def _revisions(parts: Parts, article: Article) -> Iterator[Revision]:
    """The article at each commit that may have touched it, until it is not there."""
    path, blob, waiting = article_files.path(article), "", None
    for version in parts.repository.history():
        tree = parts.repository.tree(version.id)
        now = tree.blob(path) or ""
        if now and now == blob and waiting is not None:
            waiting = Revision(version.id, version.author, version.time, version.message, waiting.article)
            continue
        if waiting is not None:
            yield waiting
        held = _at(parts, article.id, tree, path)
        if held is None:
            return
        path, blob = article_files.path(held), tree.blob(article_files.path(held)) or ""
        waiting = Revision(version.id, version.author, version.time, version.message, held)
    if waiting is not None:
        yield waiting


def _at(parts: Parts, name: str, tree: Tree, path: str = "") -> Article | None:
    """The article of an id in a tree: at its path if it is there, else wherever it is."""
    data = tree.read(path) if path else None
    if data is not None:
        found, _ = article_files.examine(data, path)
        if found and found.id == name:
            return found
    return next((each for each in parts.decided.articles(tree) if each.id == name), None)


def _commit(parts: Parts, tree: Tree, made: Verdict, message: str, before: Article | None = None) -> Article:
    done = reviewing.commit(parts, tree, made, message, before)
    if done.article is None:
        raise AssertionError("these verdicts make an article")
    return done.article
