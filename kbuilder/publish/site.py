"""Publishing: from a commit of the knowledge base to a folder that any web server can serve."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache as remembered
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from kbuilder import resources
from kbuilder.errors import ConfigError
from kbuilder.publish import checking, knowledge, pages, rendering, search
from kbuilder.publish.cards import Card
from kbuilder.publish.knowledge import Knowledge
from kbuilder.publish.output import Folder
from kbuilder.publish.reading import Cache, Tree
from kbuilder.publish.state import Made, Seen, State
from kbuilder.publish.views import Page, Site, needs
from kbuilder.records import Fault, Progress, digest, silent
from kbuilder.text import N_

STATIC = "site/static"
_CODE = ("*.py", "markup/*.py", "publish/*.py", "store/articles.py", "store/notices.py", "store/sqlite.py")
"""All of our own that a site depends on: a test compares it with what is imported."""
_LIBRARIES = (
    "babel",
    "imagesize",
    "jinja2",
    "latex2mathml",
    "markdown",
    "markdown-it-py",
    "nh3",
    "pagefind-bin",
    "pygments",
    "pyphen",
)
_REASONS = {
    "article": N_("the article changed"),
    "facts": N_("the figures changed"),
    "list": N_("what it lists changed"),
    "page": N_("its title or translations changed"),
    "file": N_("the file changed"),
    "search": N_("articles changed"),
}
"""Why a file is stale by what it is made from, the most telling reason first."""
_SHARED = {
    "configuration": N_("the configuration changed"),
    "theme": N_("templates or texts changed"),
}


@dataclass(frozen=True)
class Published:
    """What a publish did."""

    folder: Path
    articles: int
    pages: int
    written: tuple[str, ...] = ()
    """Files that are new or differ from those served before."""
    removed: tuple[str, ...] = ()


class _Copy(NamedTuple):
    """A file that is served as it lies in the tree."""

    path: str
    needs: str
    source: str


class _Heads(NamedTuple):
    """What browsers load of all shards of a language before they can look for a word."""

    path: str
    needs: str


_File = Page | _Copy | _Heads


@dataclass(frozen=True)
class _Shard:
    """A part of the search index."""

    folder: str
    needs: str
    cards: list[Card]

    @property
    def sign(self) -> str:
        """The file that each shard has."""
        return f"{self.folder}/{search.ENTRY}"


@dataclass(frozen=True)
class _Work:
    """All that a site is to be, and what is to be done for it."""

    folder: Folder
    before: Seen
    """What can be believed of the folder."""
    known: Knowledge
    site: Site
    shared: Mapping[str, str]
    stale: Mapping[str, str]
    """Files and shards to be made, and why."""
    files: Mapping[str, _File]
    shards: Mapping[str, _Shard]
    removed: tuple[str, ...]
    touched: frozenset[str]
    """Files in the folder that somebody changed."""
    strangers: tuple[str, ...]
    """Files in the folder that nobody published."""


def publish(
    tree: Tree, out: Path, audience: str = "public", cache: Cache | None = None, progress: Progress = silent
) -> Published:
    """Write an audience's site to ``out/<audience>``, from the tree alone.

    Only what depends on something that has changed is made; the folder is switched when all is done. Not to be run
    twice at once for one folder.

    Raises:
        ConfigError: configuration, an article, a template or a file of facts is wrong, or no such audience.
    """
    folder = Folder(out, audience)
    folder.tidy()
    state = State(folder.state)
    fingerprint = _fingerprint(tree, audience)
    seen = state.facts() if folder.served.is_dir() else Seen()
    if seen.fingerprint == fingerprint:
        return Published(folder.served, seen.articles, seen.pages)
    before = _seen(folder, state)
    work = _work(tree, audience, cache, before, folder)
    if not before.fingerprint:
        state.fresh()
    state.note(twin="")
    folder.begin(before.twin, (path for path in before.files if path not in work.touched))
    made = dict(_made(work, state, progress))
    dropped = _dropped(work, made)
    files = {path: each for path, each in {**before.files, **made}.items() if path not in dropped}
    headed = dict(_headed(work, files))
    made |= headed
    files |= headed
    folder.drop(sorted(dropped))
    now = Seen(
        fingerprint=fingerprint,
        shared=work.shared,
        articles=len(work.known.cards),
        pages=sum(path.endswith(".html") for path in files),
        cards=work.known.every,
        files=files,
        names=work.site.names,
    )
    return _switched(work, state, now, made, dropped)


def served(out: Path, audience: str, file: str) -> str:
    """The id of an article's content that the folder ``out/<audience>`` was last made from; ``""``: of none."""
    folder = Folder(out, audience)
    return State(folder.state).blob(file) if folder.served.is_dir() else ""


def plan(tree: Tree, out: Path, audience: str = "public") -> list[tuple[str, str]]:
    """The files that a publish would write or remove, and why (a message id of the catalogue); sorted.

    Raises:
        ConfigError: like :func:`publish`.
    """
    folder = Folder(out, audience)
    state = State(folder.state)
    if folder.served.is_dir() and state.facts().fingerprint == _fingerprint(tree, audience):
        return []
    work = _work(tree, audience, None, _seen(folder, state), folder)
    removed = {path: N_("removed") for path in work.removed if not path.startswith(f"{search.FOLDER}/")}
    return sorted({**work.stale, **removed}.items())


def examine(tree: Tree, root: Path, audience: str = "public") -> list[Fault]:
    """All that is wrong with a site that was published to a folder; see :func:`kbuilder.publish.checking.check`.

    Raises:
        ConfigError: like :func:`publish`.
    """
    return checking.check(root, knowledge.read(tree, audience, _engine()))


def _seen(folder: Folder, state: State) -> Seen:
    """What can be believed of the folder that is served."""
    found = state.read() if folder.served.is_dir() else Seen()
    return found if found.shared.get("engine") == _engine() else Seen()


def _work(tree: Tree, audience: str, cache: Cache | None, before: Seen, folder: Folder) -> _Work:
    known = knowledge.read(tree, audience, _engine(), cache, before.cards)
    site = pages.site(known, tree, before)
    shared = {
        "engine": _engine(),
        "theme": _theme(tree),
        "configuration": digest(repr((site.chrome, site.languages, known.config.timezone, known.config.source))),
    }
    shards = {f"{shard.folder}/": shard for shard in _shards(known)}
    files = _files(site, tree, _heads(shards.values()))
    touched, strangers = folder.differing(before.files)
    stale = dict(_stale(files.values(), shards.values(), before, shared, touched))
    kept = tuple(shards)
    removed = tuple(path for path in before.files if path not in files and not path.startswith(kept or "/"))
    return _Work(
        folder, before, known, site, shared, stale, files, shards, removed, frozenset(touched), tuple(strangers)
    )


def _stale(
    files: Iterable[_File],
    shards: Iterable[_Shard],
    before: Seen,
    shared: Mapping[str, str],
    touched: set[str],
) -> Iterator[tuple[str, str]]:
    """What is to be made, and why."""
    common = next((why for part, why in _SHARED.items() if shared[part] != before.shared.get(part)), "")
    for file in files:
        old = before.files.get(file.path)
        if old is None:
            yield file.path, N_("new")
        elif old.needs != file.needs:
            yield file.path, _why(old.needs, file.needs)
        elif common and isinstance(file, Page):
            yield file.path, common
        elif file.path in touched:
            yield file.path, N_("somebody changed the file")
    broken = {_folder(path) for path in touched if path.startswith(f"{search.FOLDER}/")}
    for shard in shards:
        old = before.files.get(shard.sign)
        if old is None or old.needs != shard.needs:
            yield f"{shard.folder}/", N_("new") if old is None else _REASONS["search"]
        elif shard.folder in broken:
            yield f"{shard.folder}/", N_("somebody changed the file")


def _folder(path: str) -> str:
    """The shard that a file of the search index belongs to."""
    return "/".join(path.split("/")[:3])


def _why(old: str, new: str) -> str:
    one, other = _parts(old), _parts(new)
    parts = {part for part in {*one, *other} if one.get(part) != other.get(part)}
    return next((reason for part, reason in _REASONS.items() if part in parts), "")


def _parts(written: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in written.split())


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

    code = [digest(file.read_bytes()) for file in code_files()]
    return digest(repr((code, [(name, version(name)) for name in _LIBRARIES])))


def code_files() -> list[Path]:
    """Our own code that makes sites."""
    package = Path(__file__).parent.parent
    return [file for pattern in _CODE for file in sorted(package.glob(pattern))]


def _theme(tree: Tree) -> str:
    """A digest over templates and texts."""
    files = (path for path in _theme_files(tree) if not path.startswith(f"{STATIC}/"))
    return digest(repr([(path, digest(resources.read(path, tree))) for path in files]))


def _files(site: Site, tree: Tree, heads: Iterable[_Heads]) -> dict[str, _File]:
    """All files of a site but for the shards of its search index, by path.

    Raises:
        ConfigError: two files have the same path.
    """
    media = {path: path for path in site.media}
    static = {path: path.removeprefix("site/") for path in resources.listing(STATIC, tree)}
    copies = (_copy(source, path, tree) for source, path in {**media, **static}.items())
    every: Iterator[_File] = chain(site.pages, copies, heads)
    found: dict[str, _File] = {}
    for file in every:
        if found.setdefault(file.path, file) is not file:
            raise ConfigError(N_("Two pages have the address {path}."), N_("Rename one of them."), path=file.path)
    return found


def _copy(source: str, path: str, tree: Tree) -> _Copy:
    blob = tree.blob(source) or digest(resources.read(source, tree))
    return _Copy(path, needs(file=blob), source)


def _shards(known: Knowledge) -> Iterator[_Shard]:
    """The parts of the search index, those of each language numbered."""
    by_language: dict[str, list[Card]] = {}
    for card in known.cards:
        by_language.setdefault(card.language, []).append(card)
    for language, cards in by_language.items():
        for number, part in enumerate(search.spread(cards, search.shards_for(len(cards)))):
            made = needs(search="".join(f"{card.file} {card.searched}\n" for card in part))
            yield _Shard(f"{search.FOLDER}/{language}/{number}", made, part)


def _heads(shards: Iterable[_Shard]) -> Iterator[_Heads]:
    by_language: dict[str, list[str]] = {}
    for shard in shards:
        by_language.setdefault(posixpath.dirname(shard.folder), []).append(shard.needs)
    for folder, made in by_language.items():
        yield _Heads(f"{folder}/{search.HEADS}", needs(search=made))


# Making it


def _made(work: _Work, state: State, progress: Progress) -> Iterator[tuple[str, Made]]:
    """Fill the twin with what is stale."""
    reader = work.known.reader
    files = [file for path, file in sorted(work.files.items()) if path in work.stale and not isinstance(file, _Heads)]
    reader.prepare(dict.fromkeys(file.file for file in files if isinstance(file, Page) and file.file))
    renderer = rendering.renderer(work.site.chrome, work.known.config.zone, reader.tree)
    shards = [work.shards[name] for name in work.stale if name in work.shards]
    total = len(files) + len(shards)
    for number, file in enumerate(files, 1):
        data = renderer.page(file) if isinstance(file, Page) else resources.read(file.source, reader.tree)
        yield file.path, _put(work, file.path, file.needs, data)
        progress(N_("Pages"), number, total)
    for number, shard in enumerate(shards, len(files) + 1):
        yield from _indexed(shard, work, state)
        progress(N_("Pages"), number, total)


def _indexed(shard: _Shard, work: _Work, state: State) -> Iterator[tuple[str, Made]]:
    """A part of the search index, made from nothing."""
    fresh = work.known.reader.searched
    old = dict(state.texts(card.file for card in shard.cards if card.file not in fresh))
    documents = ((f"{each.language}/{each.slug}", fresh.get(each.file) or old[each.file]) for each in shard.cards)
    for name, data in search.index(documents, whole=shard.folder.endswith("/0")):
        path = f"{shard.folder}/{name}"
        yield path, _put(work, path, shard.needs if path == shard.sign else "", data)


def _headed(work: _Work, files: Iterable[str]) -> Iterator[tuple[str, Made]]:
    """The heads of shards, some of which were made and some were there, in one file for each language."""
    every = [path for path in files if search.is_head(path)]
    for file in work.files.values():
        if isinstance(file, _Heads) and file.path in work.stale:
            folder = f"{posixpath.dirname(file.path)}/"
            paths = [path for path in every if path.startswith(folder)]
            data = {path.removeprefix(folder): (work.folder.twin / path).read_bytes() for path in paths}
            yield file.path, _put(work, file.path, file.needs, search.heads(data))


def _put(work: _Work, path: str, needs: str, data: bytes) -> Made:
    """A file of the twin, written only where it was not so before."""
    old, output = work.before.files.get(path), digest(data)
    if old and old.output == output and path not in work.touched:
        return old if old.needs == needs else old._replace(needs=needs)
    return Made(needs, output, *work.folder.put(path, data))


def _dropped(work: _Work, made: Mapping[str, Made]) -> set[str]:
    """Files that the site has no more: those of nothing that is shown, and those of an index that was made anew."""
    remade = tuple(name for name in work.stale if name in work.shards)
    replaced = (path for path in work.before.files if path.startswith(remade)) if remade else ()
    return {*work.removed, *replaced} - made.keys()


def _switched(work: _Work, state: State, now: Seen, made: Mapping[str, Made], dropped: set[str]) -> Published:
    """Serve what was made, and note what it was made from."""
    old, removed = work.before.files, sorted(dropped)
    written = [path for path, each in made.items() if path not in old or each[1:] != old[path][1:]]
    if written or removed or work.strangers or not work.before.fingerprint:
        state.note(switching="yes")
        work.folder.switch()
    state.write(work.before, now, work.known.reader.searched)
    if work.before.fingerprint and not work.touched and not work.strangers:
        work.folder.follow(written, removed)
        state.note(twin="same")
    else:
        work.folder.forget()
    changed = (path for path in written if path not in old or made[path].output != old[path].output)
    return Published(work.folder.served, now.articles, now.pages, tuple(sorted(changed)), tuple(removed))
