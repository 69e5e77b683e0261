"""A build's result on disk: written beside the others, then made the current one by replacing one line.

``_build/generations/<digest>/`` holds ``manifest.json``, ``candidates.jsonl``, ``drafts.jsonl``,
``refusals.jsonl``, ``changes.jsonl``, ``cuts.json``, ``contacts.json``, ``solutions.json``, ``inferred.json`` and
``indexes/``;
``_build/current`` names the one that counts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from kbuilder.candidates.threshold import Choice, Height
from kbuilder.drafting.inferring import Inferred
from kbuilder.errors import StaleError
from kbuilder.index.lexical import Words, open_words
from kbuilder.records import Candidate, Change, Draft, Refusal, dumps, loads
from kbuilder.review.queue import Item, unjudged
from kbuilder.text import N_

R = TypeVar("R")

FORMAT = 9
"""Of a generation's files. One of another format is built again."""


@dataclass(frozen=True)
class Generation:
    """One build's result, read as it is asked for."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def indexes(self) -> Path:
        """Where the threads' indexes lie, one for each audience."""
        return self.folder / "indexes"

    @cached_property
    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_bytes())
        return manifest

    @property
    def followed(self) -> frozenset[str]:
        """Ids of the decisions on who belongs together that this build followed."""
        return frozenset(self.manifest["followed"])

    @cached_property
    def candidates(self) -> dict[str, Candidate]:
        """By lineage, most wanted first."""
        return {each.lineage: each for each in read_lines(Candidate, self.folder / "candidates.jsonl")}

    @cached_property
    def drafts(self) -> dict[str, Draft | Refusal]:
        """By lineage."""
        drafts = read_lines(Draft, self.folder / "drafts.jsonl")
        refusals = read_lines(Refusal, self.folder / "refusals.jsonl")
        return {**{each.lineage: each for each in drafts}, **{each.lineage: each for each in refusals}}

    @cached_property
    def unjudged(self) -> tuple[Item, ...]:
        """What would wait if nobody had decided anything, the most wanted first."""
        return unjudged(list(self.candidates.values()), self.drafts)

    @cached_property
    def solutions(self) -> dict[str, tuple[str, ...]]:
        """By solved thread, the posts that are marked as right."""
        told: dict[str, list[str]] = _read_json(self.folder / "solutions.json")
        return {thread: tuple(posts) for thread, posts in told.items()}

    @cached_property
    def inferred(self) -> dict[str, Inferred]:
        """By thread, the answer that is held for right where nobody marked one."""
        told = _read_json(self.folder / "inferred.json")
        return {thread: Inferred(**each) for thread, each in told.items()}

    @property
    def software(self) -> str:
        """The version and the code that made it."""
        return str(self.manifest["inputs"]["software"])

    @property
    def reader(self) -> str:
        """Id of the model whose vectors the index has; ``""``: it has none."""
        return str(self.manifest["inputs"]["embedder"]).rpartition(" ")[2]

    @cached_property
    def words(self) -> tuple[dict[str, Words], ...]:
        """By language, the words of the solved threads: for each of their indexes."""
        return tuple(open_words(each) for each in sorted(self.indexes.glob("*/words")))

    @cached_property
    def cuts(self) -> dict[str, Choice]:
        """By language, where groups were cut and why."""
        return read_cuts(self.folder / "cuts.json")

    @cached_property
    def contacts(self) -> dict[str, int]:
        """By article that no candidate is about, how many messages to the support ask it."""
        told: dict[str, int] = _read_json(self.folder / "contacts.json")
        return told

    @cached_property
    def changes(self) -> list[Change]:
        return read_lines(Change, self.folder / "changes.jsonl")


def current(root: Path) -> Generation | None:
    """The generation that counts below ``_build``; ``None`` before the first build, or if it has another format."""
    try:
        name = (root / "current").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    folder = root / "generations" / name
    try:
        found = _opened(folder, (folder / "manifest.json").stat().st_mtime_ns)
        return found if found.manifest["format"] == FORMAT else None
    except (OSError, ValueError, KeyError):
        return None


@lru_cache(2)
def _opened(folder: Path, written: int) -> Generation:  # noqa: ARG001 - tells a generation that was made anew
    """A generation, read once however often it is asked for: it never changes under its name."""
    return Generation(folder)


def needed(root: Path) -> Generation:
    """The current generation.

    Raises:
        StaleError: nothing was built yet, or by another version.
    """
    found = current(root)
    if found is None:
        other = N_("This knowledge base was built by another version of kbuilder.")
        none = N_("There is no build of this knowledge base yet.")
        raise StaleError(other if (root / "current").exists() else none, N_("Run: kbuilder build"))
    return found


def write(root: Path, name: str, fill: Callable[[Path], None]) -> Generation:
    """Make a generation: ``fill`` writes into an empty folder, which then gets its name in one step."""
    generations = root / "generations"
    generations.mkdir(parents=True, exist_ok=True)
    for leftover in generations.glob(".*"):  # of builds that were killed; the build lock is held
        shutil.rmtree(leftover)
    unfinished = generations / f".{name}"
    unfinished.mkdir()
    fill(unfinished)
    final = generations / name
    if final.exists():
        shutil.rmtree(final)
    unfinished.rename(final)
    return Generation(final)


def make_current(root: Path, generation: Generation) -> None:
    """Let a generation count from now on, and drop those that nobody reads any more."""
    before = current(root)
    line = root / ".current"
    line.write_text(generation.id + "\n", encoding="ascii")
    line.replace(root / "current")
    keep = {generation.id, *([before.id] if before else [])}
    for folder in (root / "generations").iterdir():
        if folder.name not in keep:
            shutil.rmtree(folder)


def read_lines(kind: type[R], path: Path) -> list[R]:
    """The records of a JSON Lines file.

    Raises:
        StaleError: it is damaged or gone.
    """
    with _whole(path), path.open("rb") as lines:
        return [loads(kind, line) for line in lines]


def _read_json(path: Path) -> Any:
    with _whole(path):
        return json.loads(path.read_bytes())


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """What is read is one of a build's files: where it is no more what was written, the build is made again."""
    try:
        yield
    except (ValueError, FileNotFoundError) as error:
        raise StaleError(
            N_("{file}, which the last build wrote, is damaged or gone."),
            N_("Delete the folder {folder}, then run: kbuilder build"),
            file=path,
            folder=path.parent,
        ) from error


def write_lines(records: Iterable[object], path: Path) -> None:
    """Records as JSON Lines, in the order given."""
    with path.open("wb") as file:
        file.writelines(dumps(record) + b"\n" for record in records)


def read_cuts(path: Path) -> dict[str, Choice]:
    """What :func:`write_cuts` wrote."""
    told = _read_json(path)
    return {
        language: Choice(**{**each, "heights": tuple(Height(**height) for height in each["heights"])})
        for language, each in told.items()
    }


def write_cuts(cuts: Mapping[str, Choice], path: Path) -> None:
    """Cuts by language as JSON."""
    told = {language: asdict(each) for language, each in cuts.items()}
    path.write_text(json.dumps(told, sort_keys=True) + "\n", encoding="utf-8")
