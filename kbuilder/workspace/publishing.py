"""The site: made of the committed tree alone."""

from __future__ import annotations

import filecmp
import tempfile
from contextlib import suppress
from pathlib import Path

from kbuilder import config
from kbuilder import publish as room
from kbuilder.errors import KBError, MissingExtra
from kbuilder.publish.knowledge import SHOWN
from kbuilder.records import Article, Fault, Progress, silent
from kbuilder.store import articles as article_files
from kbuilder.store import decisions as decision_files
from kbuilder.store import judgments
from kbuilder.store.git import Tree
from kbuilder.store.locks import locked
from kbuilder.store.worktree import WorkTree
from kbuilder.text import N_
from kbuilder.workspace import linking
from kbuilder.workspace.parts import Parts


def publish(parts: Parts, audience: str, progress: Progress) -> room.Published:
    """Write an audience's site to ``_build/site``.

    Raises:
        ConfigError: there is no such audience, or the configuration is wrong.
        Conflict: another publish runs.
    """
    parts.derived.mkdir(exist_ok=True)
    with locked(parts.derived / "publish.lock", N_("a publish")):
        return room.publish(parts.head(), parts.site, audience, parts.cache, progress)


def refresh(parts: Parts, progress: Progress) -> None:
    """Publish again the sites that are there: what is gone at the source leaves them in the same build."""
    for audience in published(parts):
        publish(parts, audience, progress)


def published(parts: Parts) -> list[str]:
    """The audiences that have a site."""
    return [name for name in sorted(parts.config().audience) if (parts.site / name).is_dir()]


def waits(parts: Parts, article: Article) -> bool:
    """Whether readers of the site that was published here do not see an article as it stands.

    Where none was published here, another machine does so, and it is not known.
    """
    if article.state not in SHOWN or not (parts.site / article.audience).is_dir():
        return False
    file = article_files.path(article)
    return room.served(parts.site, article.audience, file) != parts.head().blob(file)


def plan(parts: Parts, audience: str) -> list[tuple[str, str]]:
    """Pages that a publish would write or remove, and why."""
    return room.plan(parts.head(), parts.site, audience)


def changes(parts: Parts, since: str, audience: str) -> room.Changes:
    """What readers are told differently than at another commit, which git names so: ``main``, ``HEAD~1`` …

    Raises:
        NotFound: there is no such commit in this clone.
    """
    return room.changes(parts.repository.at(since), parts.head(), audience)


def check_twice(
    parts: Parts, audience: str, links: bool = False, progress: Progress = silent
) -> tuple[list[str], list[Fault]]:
    """Publish twice into empty folders: the files that differ, and what is wrong with the pages.

    Args:
        links: whether to ask other hosts for what pages link.
    """
    tree = parts.head()
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder) / "one", Path(folder) / "two"
        for out in (one, two):
            room.publish(tree, out / "site", audience, None, silent)
        found = room.examine(tree, one / "site" / audience, audience)
        if links:
            told = room.outside(one / "site" / audience)
            found = [*found, *linking.faults(told, parts.cache, parts.clock(), progress)]
        return differences(one / "site", two / "site"), found


def differences(one: Path, two: Path) -> list[str]:
    """Paths below two folders that only one has, or whose bytes differ; sorted."""
    names = {file.relative_to(root).as_posix() for root in (one, two) for file in root.rglob("*") if file.is_file()}
    return sorted(
        name
        for name in names
        if not ((one / name).is_file() and (two / name).is_file())
        or not filecmp.cmp(one / name, two / name, shallow=False)
    )


def check(parts: Parts) -> list[Fault]:
    """All faults at once: configuration, recipe, model pins, articles, links, citations, licences, decisions,
    judgments, hand edits."""
    tree = parts.head()
    return [
        *_settings(parts, tree),
        *room.check(tree),
        *decision_files.read_all(tree)[1],
        *_judged(tree),
        *_settings_by_hand(parts),
        *(
            Fault(
                place=path,
                message=N_("This file has changes that are not committed, and so do not count."),
                hint=N_("Commit them with git, or take them back with: git checkout FILE"),
            )
            for path in parts.repository.uncommitted()
        ),
    ]


def _settings(parts: Parts, tree: Tree) -> list[Fault]:
    """What is wrong with kbuilder.toml, the recipe and the pin that it names."""
    try:
        parts.recipe(tree)
        _verify_pin(parts, tree)
    except KBError as error:
        return room.of_error(error)
    return []


def _judged(tree: Tree) -> list[Fault]:
    """The first line that is no judgment."""
    try:
        judgments.read(tree)
    except KBError as error:
        return room.of_error(error)
    return []


def _settings_by_hand(parts: Parts) -> list[Fault]:
    """What would be wrong with kbuilder.toml and its recipe if they were committed as they lie there."""
    changed = any(path == config.FILE or path.startswith("pipelines/") for path in parts.repository.uncommitted())
    if not changed or not (parts.root / config.FILE).is_file():
        return []
    tree = WorkTree(parts.root)
    try:
        config.read_recipe(config.read_config(tree).recipe, tree)
    except KBError as error:
        return room.of_error(error)
    return []


def _verify_pin(parts: Parts, tree: Tree) -> None:
    """Compare a pinned model with its files, where they are installed."""
    from kbuilder.embedding import pins

    model = parts.recipe(tree).embedding.model
    pin = pins.read_pin(model, tree) if model else None
    if pin:
        with suppress(MissingExtra):  # the build server needs no model
            pins.verify(pin, pins.folder(pin.source, pin.revision, parts.root))
