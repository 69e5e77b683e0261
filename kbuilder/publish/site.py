"""Publishing: from a commit of the knowledge base to a folder that any web server can serve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache as remembered
from pathlib import Path
from typing import Protocol

from kbuilder import config, markup, resources, text, texts
from kbuilder.errors import ConfigError
from kbuilder.publish import catalogue, knowledge, pages, rendering, search
from kbuilder.publish.output import Folder, Made, Manifest
from kbuilder.publish.views import Page, Site
from kbuilder.records import Progress, digest, silent
from kbuilder.text import N_

SPACE = "publish"
"""Of the cache: what articles' texts became."""
STATIC = "site/static"
_LIBRARIES = ("markdown", "babel", "jinja2", "markdown-it-py", "nh3", "pagefind-bin", "pygments", "latex2mathml")
_REASONS = {
    "article": N_("the article changed"),
    "facts": N_("the figures changed"),
    "list": N_("what it lists changed"),
    "page": N_("its title or translations changed"),
    "configuration": N_("the configuration changed"),
    "theme": N_("templates or texts changed"),
    "file": N_("the file changed"),
    "search": N_("articles changed"),
}
"""Why a page is stale, the most telling reason first."""


class Tree(resources.Tree, Protocol):
    """A commit of the knowledge base."""

    @property
    def id(self) -> str:
        """Names the content: two trees with one id are equal."""


class Cache(Protocol):
    """Remembers what was made, by content."""

    def get(self, space: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """What is remembered of these keys."""

    def put(self, space: str, items: Mapping[str, bytes]) -> None:
        """Remember these."""


@dataclass(frozen=True)
class Published:
    """What a publish did."""

    folder: Path
    articles: int
    pages: int
    written: tuple[str, ...] = ()
    """Files that are new or differ from those served before."""
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _File:
    """A file to be: what it is made from, and how."""

    path: str
    inputs: Mapping[str, str]
    make: Callable[[], bytes]


def publish(
    tree: Tree, out: Path, audience: str = "public", cache: Cache | None = None, progress: Progress = silent
) -> Published:
    """Write an audience's site to ``out/<audience>``, from the tree alone.

    Files that were made from the same values before are taken over; the folder is switched when all is done.
    Not to be run twice at once for one folder.

    Raises:
        ConfigError: configuration, an article, a template or a file of facts is wrong, or no such audience.
    """
    folder = Folder(out, audience)
    folder.tidy()
    before = folder.manifest()
    fingerprint = _fingerprint(tree, audience)
    if before.fingerprint == fingerprint:
        return Published(folder.served, before.articles, _count(before))
    site, files = _files(tree, audience, cache)
    made = {file.path: made for file, made in _write(folder, before, files, progress)}
    if site.chrome.searchable:
        made |= _search(folder, before, made, site)
    manifest = Manifest(fingerprint, sum(page.meta.kind == "article" for page in site.pages), made)
    if folder.served.is_dir() and _outputs(before) == _outputs(manifest):
        folder.tidy()
        folder.write(manifest)
    else:
        folder.switch(manifest)
    return _published(folder, before, manifest)


def plan(tree: Tree, out: Path, audience: str = "public") -> list[tuple[str, str]]:
    """The files that a publish would write or remove, and why (a message id of the catalogue); sorted.

    Raises:
        ConfigError: like :func:`publish`.
    """
    before = Folder(out, audience).manifest()
    if before.fingerprint == _fingerprint(tree, audience):
        return []
    site, files = _files(tree, audience, None)
    stale = {file.path: why for file in files if (why := _why(before.files.get(file.path), file.inputs))}
    known = {file.path for file in files}
    stale |= {path: N_("removed") for path in before.files if path not in known and not _is_search(path)}
    articles = {page.path for page in site.pages if page.meta.kind == "article"}
    if any(path in articles or why == N_("removed") for path, why in stale.items()):
        stale[f"{search.FOLDER}/"] = _REASONS["search"]
    return sorted(stale.items())


def _why(before: Made | None, inputs: Mapping[str, str]) -> str:
    if before is None:
        return N_("new")
    parts = {part for part in {*before.inputs, *inputs} if before.inputs.get(part) != inputs.get(part)}
    return next((reason for part, reason in _REASONS.items() if part in parts), "")


def _published(folder: Folder, before: Manifest, now: Manifest) -> Published:
    old, new = _outputs(before), _outputs(now)
    return Published(
        folder=folder.served,
        articles=now.articles,
        pages=_count(now),
        written=tuple(sorted(path for path, output in new.items() if old.get(path) != output)),
        removed=tuple(sorted(set(old) - set(new))),
    )


def _count(manifest: Manifest) -> int:
    return sum(path.endswith(".html") for path in manifest.files)


def _outputs(manifest: Manifest) -> dict[str, str]:
    return {path: made.output for path, made in manifest.files.items()}


def _is_search(path: str) -> bool:
    return path.startswith(f"{search.FOLDER}/")


# What a site is made from


def _fingerprint(tree: Tree, audience: str) -> str:
    """A digest over everything that a site depends on."""
    shipped = [(path, digest(resources.read(path))) for path in _theme_files(None)]
    return digest(repr((tree.id, audience, _engine(), shipped)))


def _theme_files(tree: Tree | None) -> list[str]:
    """Templates, texts and what is served as it is; what lies in folders of templates is not the site's."""
    folders = (rendering.TEMPLATES, "site/locale", STATIC)
    files = (path for folder in folders for path in resources.listing(folder, tree))
    return [path for path in files if not path.startswith(f"{rendering.TEMPLATES}/") or path.count("/") == 2]


@remembered
def _engine() -> str:
    """What makes pages, but for templates: our own code and the libraries' versions."""
    from importlib.metadata import version

    own = sorted(Path(__file__).parent.glob("*.py"))
    floor = [Path(module.__file__ or "") for module in (markup, resources, config, text, texts)]
    code = [digest(file.read_bytes()) for file in (*own, *floor)]
    return digest(repr((code, [(name, version(name)) for name in _LIBRARIES])))


def _files(tree: Tree, audience: str, cache: Cache | None) -> tuple[Site, list[_File]]:
    """All files of a site but for its search index, by path.

    Raises:
        ConfigError: two files have the same path.
    """
    known = knowledge.read(tree, audience)
    bodies = [article.body for article in known.articles]
    html = _cached(cache, "html", markup.to_html, bodies)
    summary = _cached(cache, "summary", catalogue.summary, bodies)
    site = pages.site(known, tree, html, summary)
    zone = known.config.zone
    renderer = rendering.renderer(site.chrome, site.languages, zone, tree)
    shared = {
        "theme": _theme(tree),
        "configuration": digest(repr((site.chrome, site.languages, str(zone), _engine()))),
    }
    files = [_page(page, shared, renderer) for page in site.pages]
    files += [_copy(path, path, tree) for path in site.media]
    files += [_copy(path, path.removeprefix("site/"), tree) for path in resources.listing(STATIC, tree)]
    return site, _distinct(files)


def _distinct(files: Iterable[_File]) -> list[_File]:
    found: dict[str, _File] = {}
    for file in files:
        if found.setdefault(file.path, file) is not file:
            raise ConfigError(N_("Two pages have the address {path}."), N_("Rename one of them."), path=file.path)
    return [found[path] for path in sorted(found)]


def _page(page: Page, shared: Mapping[str, str], renderer: rendering.Renderer) -> _File:
    parts = {name: digest(repr(value)) for name, value in page.parts.items()}
    inputs = {**shared, **parts, "page": digest(repr((page.meta, page.template)))}
    return _File(page.path, inputs, lambda: renderer.page(page))


def _copy(source: str, path: str, tree: Tree) -> _File:
    data = resources.read(source, tree)
    return _File(path, {"file": digest(data)}, lambda: data)


def _theme(tree: Tree) -> str:
    """A digest over templates and texts."""
    files = (path for path in _theme_files(tree) if not path.startswith(f"{STATIC}/"))
    return digest(repr([(path, digest(resources.read(path, tree))) for path in files]))


def _cached(
    cache: Cache | None, kind: str, make: Callable[[str], str], wanted: Iterable[str]
) -> Callable[[str], str]:
    """A function over texts that remembers its results, in the cache too."""
    if cache is None:
        return remembered(make)
    prefix = f"{kind} {_engine()} "
    keys = {body: digest(prefix + body) for body in wanted}
    known = cache.get(SPACE, list(dict.fromkeys(keys.values())))
    new = {body: make(body) for body, key in keys.items() if key not in known}
    cache.put(SPACE, {keys[body]: result.encode() for body, result in new.items()})
    results = new | {body: known[key].decode() for body, key in keys.items() if key in known}
    other = remembered(make)
    return lambda body: results[body] if body in results else other(body)


# Writing it


def _write(
    folder: Folder, before: Manifest, files: Sequence[_File], progress: Progress
) -> Iterable[tuple[_File, Made]]:
    """Fill the fresh folder: with files as they are served, where nothing that they are made from has changed."""
    folder.fresh.mkdir(parents=True)
    for number, file in enumerate(files, 1):
        old = before.files.get(file.path)
        if old and old.inputs == file.inputs and folder.keep(file.path, old):
            yield file, old
        else:
            data = file.make()
            folder.put(file.path, data)
            yield file, Made(file.inputs, digest(data))
        progress(N_("Pages"), number, len(files))


def _search(folder: Folder, before: Manifest, made: Mapping[str, Made], site: Site) -> dict[str, Made]:
    """The search index: the one that is served, where the article pages are the same."""
    searched = sorted((page.path, made[page.path].output) for page in site.pages if page.meta.kind == "article")
    inputs = {"search": digest(repr((searched, _engine())))}
    old = {path: each for path, each in before.files.items() if _is_search(path)}
    if old and all(each.inputs == inputs and folder.keep(path, each) for path, each in old.items()):
        return old
    for path in old:
        (folder.fresh / path).unlink(missing_ok=True)
    found = search.index(folder.fresh)
    return {path: Made(inputs, digest((folder.fresh / path).read_bytes())) for path in found}
