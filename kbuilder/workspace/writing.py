"""Articles as editors work on them: written from nothing, renamed, rolled back, published, and their history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kbuilder.errors import Denied, NotFound
from kbuilder.records import Article, Decision
from kbuilder.review import verdicts, writing
from kbuilder.review.verdicts import Verdict
from kbuilder.store import articles as article_files
from kbuilder.store import decisions as decision_files
from kbuilder.store.git import Tree, Version
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
    decision: Decision | None
    """The verdict that came with it."""
    ours: bool
    """Whether kbuilder made the commit, by whatever name, and nobody in git."""


def find(parts: Parts, name: str) -> Article:
    """An article by id or slug, as it is committed.

    Raises:
        NotFound: there is none.
    """
    return parts.decided.article(parts.head(), name)


def create(parts: Parts, article: Article, editor: str, *, looked_at: bool = True) -> Article:
    """An article that somebody wrote from nothing, in one commit with its decision.

    Args:
        looked_at: ``False`` for what was brought in.
    """
    with reviewing.deciding(parts):
        tree = parts.head()
        taken = verdicts.slugs(parts.decided.articles(tree), article.language)
        made = writing.create(article, taken, editor, parts.clock())
        return reviewing.article_of(
            reviewing.commit(parts, tree, made, f"Write “{article.title}”", looked_at=looked_at)
        )


def revise(parts: Parts, name: str, editor: str, *, why: str, seen: str = "", **values: Any) -> Article:
    """An article with other values than its title and body, such as its state or tags."""
    with reviewing.deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        made = writing.revise(article, editor, parts.clock(), seen=seen, **values)
        return _commit(parts, tree, made, f"Change “{article.title}”: {why}", article)


def see_that_sources_allow(parts: Parts, article: Article, audience: str) -> None:
    """Make sure that no source is for fewer readers than an article that cites it.

    Raises:
        Denied: one is.
    """
    for name in sorted(article.cited):
        thread = parts.database.thread(name)
        if thread and thread.audience not in ("public", audience):
            raise Denied(
                N_("“{title}” cites a thread that is for these readers alone: {audience}."),
                N_("Take out what rests on it first."),
                title=article.title,
                audience=thread.audience,
            )


def rename(parts: Parts, name: str, wanted: str, editor: str) -> Article:
    """Give an article another address; the old one leads to it."""
    with reviewing.deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        taken = verdicts.slugs(parts.decided.articles(tree), article.language)
        made = writing.rename(article, wanted, taken, editor, parts.clock())
        told = f"Rename “{article.title}”: {article.slug} → {reviewing.article_of(made).slug}"
        return _commit(parts, tree, made, told, article)


def restore(parts: Parts, name: str, commit: str, editor: str) -> Article:
    """Let an article be as it was at a commit; its address and state stay."""
    with reviewing.deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        old = version(parts, article, commit)
        kept = ("title", "body", "sources", "tags", "product", "phrasings", "kind")
        values = {each: getattr(old, each) for each in kept}
        made = writing.revise(article, editor, parts.clock(), **values)
        return _commit(parts, tree, made, f"Roll back “{article.title}” as of {old.updated}", article)


def version(parts: Parts, article: Article, commit: str) -> Article:
    """An article as it was at a commit.

    Raises:
        NotFound: it was not there.
    """
    old = _at(parts, article.id, parts.repository.tree(commit))
    if old is None:
        raise NotFound(N_("There is no such version of “{title}”."), title=article.title)
    return old


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
    about = [each for each in parts.decided.decisions(parts.head()) if each.article == article.id][::-1]
    path, blob, waiting = article_files.path(article), "", None
    for each in parts.repository.history():
        tree = parts.repository.tree(each.id)
        now = tree.blob(path) or ""
        if now and now == blob and waiting is not None:
            waiting = each, waiting[1]
            continue
        if waiting is not None:
            yield _revision(parts, *waiting, about)
        held = _at(parts, article.id, tree, path)
        if held is None:
            return
        path, blob = article_files.path(held), tree.blob(article_files.path(held)) or ""
        waiting = each, held
    if waiting is not None:
        yield _revision(parts, *waiting, about)


def _revision(parts: Parts, made: Version, article: Article, about: Sequence[Decision]) -> Revision:
    """A version with the verdict, of those on the article, whose file its commit added."""
    tree = parts.repository.tree(made.id)
    before = parts.repository.tree(made.parent) if made.parent else None
    files = ((each, decision_files.path(each)) for each in about)
    came = (each for each, file in files if tree.blob(file) and not (before and before.blob(file)))
    return Revision(made.id, made.author, made.time, made.message, article, next(came, None), made.ours)


def _at(parts: Parts, name: str, tree: Tree, path: str = "") -> Article | None:
    """The article of an id in a tree: at its path if it is there, else wherever it is."""
    data = tree.read(path) if path else None
    if data is not None:
        found, _ = article_files.examine(data, path)
        if found and found.id == name:
            return found
    return next((each for each in parts.decided.articles(tree) if each.id == name), None)


def _commit(parts: Parts, tree: Tree, made: Verdict, message: str, before: Article) -> Article:
    return reviewing.article_of(reviewing.commit(parts, tree, made, message, before))
