"""The build: threads and decisions in, candidates, drafts and the threads' index out."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import kbuilder
from kbuilder import candidates, config, drafting, embedding, index
from kbuilder.config import Recipe
from kbuilder.drafting import inferring, meaning
from kbuilder.drafting.inferring import Inferred
from kbuilder.drafting.meaning import Meaning
from kbuilder.errors import StaleError
from kbuilder.index import entries
from kbuilder.records import (
    Article,
    Candidate,
    Change,
    Contact,
    Decision,
    Draft,
    Lineage,
    Progress,
    Refusal,
    Thread,
    digest,
    dumps,
    loads,
    silent,
)
from kbuilder.review.standing import standing
from kbuilder.store.cache import Cache
from kbuilder.text import N_
from kbuilder.workspace import contacts, generation, notices
from kbuilder.workspace.facts import commit_facts
from kbuilder.workspace.generation import Generation
from kbuilder.workspace.parts import Parts
from kbuilder.workspace.publishing import differences

if TYPE_CHECKING:
    import numpy as np

    from kbuilder.store.git import Tree

DRAFTS = "drafts"
"""The cache's space for drafts, by the digest of all that went into each."""


@lru_cache(1)
def software() -> str:
    """The version, and a digest of the code that groups, drafts and indexes: what other code made is made again."""
    root = Path(kbuilder.__file__).parent
    rooms = (root.glob(f"{room}/*.py") for room in ("candidates", "drafting", "index", "markup"))
    files = sorted([*root.glob("*.py"), *chain.from_iterable(rooms)])
    return f"{kbuilder.__version__}+{digest(b''.join(file.read_bytes() for file in files))[:8]}"


PUBLIC = "public"
"""The audience that there always is."""


@dataclass(frozen=True)
class Inputs:
    """All that a generation is made of: equal inputs give equal bytes."""

    threads: list[Thread]
    """By id."""
    decisions: list[Decision]
    """Those that say which threads belong together, the oldest first; verdicts on drafts change no build."""
    recipe: Recipe
    embedder: str
    """Id of the model and its precision, and of the archive's own after a space; ``""`` without one."""
    chooser: inferring.Model
    """What chooses the answer of a thread in which nobody marked one."""
    ledger: list[Lineage]
    """What ids stood for last. Each build writes it anew, so that it makes none stale."""
    contacts: list[Contact] = field(default_factory=list)
    """Messages to the support, by id: they are counted, and never written anywhere."""
    articles: list[Article] = field(default_factory=list)
    """Where there are messages, those articles that cite no solved question, by id: they may have no candidate."""

    def parts(self) -> dict[str, str]:
        """A digest of each."""
        return {
            "software": software(),
            "threads": digest("".join(sorted(thread.digest for thread in self.threads))),
            "decisions": digest(b"".join(dumps(decision) for decision in self.decisions)),
            "recipe": digest(self.recipe.model_dump_json() + self.chooser.model_dump_json()),
            "embedder": self.embedder,
            "contacts": digest(b"".join(dumps(each) for each in (*self.contacts, *self.articles))),
        }

    @cached_property
    def inferred(self) -> dict[str, Inferred]:
        """By thread, the answer that is probably right where nobody marked one."""
        return inferring.inferred(self.threads, self.recipe.drafting.inferred, self.chooser)

    def digest(self) -> str:
        return digest(json.dumps(self.parts(), sort_keys=True))[:32]


@dataclass(frozen=True)
class Built:
    """What a build did."""

    generation: Generation
    fresh: bool
    """``False``: nothing had changed, the generation was there already."""
    changes: list[Change]
    note: str = ""
    """What the user should know: a leg that is missing."""


@dataclass(frozen=True)
class Stale:
    """A stage whose result no longer fits what it is made of."""

    stage: str
    why: str
    """A message id of the catalogue with ``{name}`` fields."""
    values: dict[str, object]


def never_imported(parts: Parts, tree: Tree) -> list[str]:
    """Names of the configured sources that this database never saw."""
    known = parts.database.sources()
    return [source.name for source in parts.config(tree).source if source.name not in known]


def _check_sources(parts: Parts, tree: Tree) -> None:
    """A database that was lost must not look like a forum that is empty, and all its posts gone."""
    absent = never_imported(parts, tree)
    if absent:
        raise StaleError(
            N_("The database has never seen these sources of {file}: {names}."),
            N_("Import them, bring var/ back from its backup, or take them out of the file."),
            file=config.FILE,
            names=", ".join(absent),
        )


def inputs(parts: Parts, tree: Tree) -> Inputs:
    """What a build of today would be made of."""
    decisions = standing(parts.decided.decisions(tree))
    threads, messages = list(parts.database.threads()), parts.contacts.chosen()
    return Inputs(
        threads=threads,
        decisions=[each for each in decisions if each.groups],
        ledger=candidates.remembered(parts.database.read_ledger(), decisions),
        recipe=parts.recipe(tree),
        embedder=" ".join(each.id for each in (parts.encoder, parts.adapted) if each),
        chooser=inferring.load(tree),
        contacts=messages,
        articles=contacts.unasked(parts.decided.articles(tree), threads) if messages else [],
    )


def build(parts: Parts, progress: Progress) -> Built:
    """Make the current generation fit threads, decisions and recipe; do nothing where it fits already.

    Raises:
        Conflict: another build runs.
        ModelError: the recipe's model cannot be had.
        StaleError: a source that kbuilder.toml names was never imported into this database.
    """
    with parts.building():
        notices.turn(parts)
        tree = parts.head()
        _check_sources(parts, tree)
        given = inputs(parts, tree)
        before = generation.current(parts.derived)
        if before and before.id == given.digest():
            commit_facts(parts, before, given.threads)
            return Built(before, False, [], parts.dense_note or _quicken(parts, given.threads, progress))
        made = _make(parts, given, progress)
        commit_facts(parts, made, given.threads)
        generation.make_current(parts.derived, made)
        parts.repository.pack()  # now, so that no editor waits for it
        return Built(made, True, made.changes, parts.dense_note or _quicken(parts, given.threads, progress))


def _quicken(parts: Parts, threads: Sequence[Thread], progress: Progress) -> str:
    """Make the model's int8 copy, which reads questions, if there is none; what the user should know of it."""
    if parts.reader is None:
        return ""
    progress(N_("Preparing the model for questions"), 0, 1)
    copy = parts.reader.quicken([thread.title for thread in threads if thread.solved])
    if copy is None or copy.accepted:
        return ""
    return N_("Questions are read by the model itself, slowly: kbuilder models list tells why its copy is not used.")


def _make(parts: Parts, given: Inputs, progress: Progress) -> Generation:
    """Write a generation, and what its ids stand for into the ledger.

    The ledger is written before the generation counts: killed in between, the same ids are found again.
    """
    proposed: list[candidates.Proposal] = []

    def fill(folder: Path) -> None:
        proposed.append(_fill(parts, given, folder, parts.cache, progress))

    made = generation.write(parts.derived, given.digest(), fill)
    parts.database.write_ledger(proposed[0].ledger)
    return made


def check(parts: Parts, progress: Progress) -> list[str]:
    """Build twice into empty folders, the second time from the threads in another order; files that differ."""
    given = inputs(parts, parts.head())
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder) / "one", Path(folder) / "two"
        for out, threads in ((one, given.threads), (two, given.threads[::-1])):
            out.mkdir()
            _fill(parts, replace(given, threads=threads), out, Cache(Path(folder) / out.name / ".cache"), progress)
        return differences(one, two)


def plan(parts: Parts) -> list[Stale]:
    """Which stages a build would run, and why."""
    before = generation.current(parts.derived)
    if before is None:
        return [Stale(N_("build"), N_("nothing was built yet"), {})]
    given = inputs(parts, parts.head())
    then, now = before.manifest["inputs"], given.parts()
    why = {
        "software": (N_("kbuilder {then} became {now}"), {"then": then["software"], "now": now["software"]}),
        "threads": (
            N_("the threads changed (added: {added}, changed: {changed}, removed: {removed})"),
            _thread_changes(before.manifest["threads"], given.threads),
        ),
        "decisions": (N_("editors decided"), {}),
        "recipe": (N_("the recipe changed"), {}),
        "embedder": (N_("the model is another one"), {}),
        "contacts": (N_("messages to the support, or articles without a candidate, came or went"), {}),
    }
    return [Stale(stage, *why[part]) for part in now if then[part] != now[part] for stage in _READERS[part]]


_READERS = {
    "software": (N_("candidates"), N_("drafts"), N_("index")),
    "threads": (N_("candidates"), N_("drafts"), N_("index")),
    "decisions": (N_("candidates"),),
    "recipe": (N_("candidates"), N_("drafts"), N_("index")),
    "embedder": (N_("candidates"), N_("index")),
    "contacts": (N_("candidates"),),
}


def _thread_changes(then: dict[str, str], now: Sequence[Thread]) -> dict[str, object]:
    ids = {thread.id: thread.digest for thread in now}
    return {
        "added": len(ids.keys() - then.keys()),
        "changed": sum(ids[key] != then[key] for key in ids.keys() & then.keys()),
        "removed": len(then.keys() - ids.keys()),
    }


def _fill(parts: Parts, given: Inputs, folder: Path, cache: Cache, progress: Progress) -> candidates.Proposal:
    """Write a generation's files into an empty folder; drafts that ``cache`` knows are taken from there."""
    proposed = propose(parts, given, progress)
    drafts = _drafts(parts, cache, given, proposed.candidates, progress)
    generation.write_lines(proposed.candidates, folder / "candidates.jsonl")
    generation.write_lines((each for each in drafts if isinstance(each, Draft)), folder / "drafts.jsonl")
    generation.write_lines((each for each in drafts if isinstance(each, Refusal)), folder / "refusals.jsonl")
    generation.write_lines(proposed.changes, folder / "changes.jsonl")
    generation.write_cuts(proposed.cuts, folder / "cuts.json")
    (folder / "contacts.json").write_text(json.dumps(proposed.contacts, sort_keys=True), encoding="utf-8")
    marked = {thread.id: [post.id for post in thread.solutions] for thread in given.threads if thread.solved}
    for name, told in (("solutions", marked), ("inferred", {key: asdict(x) for key, x in given.inferred.items()})):
        (folder / f"{name}.json").write_text(json.dumps(told, sort_keys=True), encoding="utf-8")
    build_thread_indexes(parts, given.threads, folder / "indexes", progress)
    manifest = {
        "format": generation.FORMAT,
        "followed": [each.id for each in given.decisions],
        "inputs": given.parts(),
        "threads": {thread.id: thread.digest for thread in given.threads},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, sort_keys=True), encoding="utf-8")
    return proposed


def propose(parts: Parts, given: Inputs, progress: Progress) -> candidates.Proposal:
    """The candidates of some threads, with the ids that the ledger remembers."""
    asked = questions(given)
    known = vectors(parts, [candidates.text_of(thread) for thread in asked], progress)
    progress(N_("Clustering"), 0, len(asked))
    recipe = given.recipe.candidates
    found = candidates.propose(asked, known, given.ledger, given.decisions, recipe, given.inferred.keys())
    if not given.contacts:
        return found
    alone = contacts.without_candidate(given.articles, found.candidates)
    written = vectors(parts, [candidates.text_of_article(each) for each in alone], progress)
    told = contacts.vectors(parts, given.contacts, progress)
    return candidates.counted(candidates.Asked(found, asked, known, alone, written), given.contacts, told, recipe)


def questions(given: Inputs) -> list[Thread]:
    """All questions as they are compared: an answer that is held for right counts like one that was marked."""
    asked = (thread for thread in given.threads if thread.style == "question")
    return [inferring.held(thread, given.inferred.get(thread.id)) for thread in asked]


def build_thread_indexes(parts: Parts, threads: Sequence[Thread], folder: Path, progress: Progress) -> None:
    """What askers' questions search: every solved question."""
    solved = [entries.of_thread(thread) for thread in threads if thread.solved_question]
    build_indexes(parts, solved, folder, parts.reader, progress, learn=True)


def build_indexes(
    parts: Parts,
    indexed: Sequence[entries.Entry],
    folder: Path,
    reader: embedding.Encoder | None,
    progress: Progress,
    learn: bool = False,
) -> None:
    """Indexes of entries, one for each audience, written fresh into a folder.

    What a word weighs, which are known, and who is among the first hundreds depends on all that an index holds: one
    index for all would tell whoever asks what stands in texts that they may not see.

    Args:
        reader: what entries, and questions later, are read with.
        learn: let the entries tell how much words count beside meaning.
    """
    for number, audience in enumerate(sorted({PUBLIC, *(entry.audience for entry in indexed)})):
        its = [entry for entry in indexed if entry.audience == audience]
        fields = _fields(parts, reader, its, progress) if reader else {}
        shares = _shares(parts, parts.encoder, its, progress) if learn and parts.encoder else {}
        if reader and reader is not parts.encoder:
            shares = index.taught(shares)
        progress(N_("Indexing"), 0, len(its))
        index.build(its, fields, folder / f"{number}", shares)


def open_indexes(folder: Path) -> tuple[index.Index, ...]:
    """What :func:`build_indexes` wrote.

    Raises:
        StaleError: there is none, or one is damaged.
    """
    names = [each.name for each in folder.glob("*") if each.name.isdecimal()]
    return tuple(index.open(folder / name) for name in sorted(names, key=int) or ["0"])


def visible(indexes: Sequence[index.Index], audiences: Collection[str]) -> tuple[index.Index, ...]:
    """Those that some readers may search; where there is none, one of which a search shows them nothing."""
    found = tuple(each for each in indexes if len(each) and each.audiences[0] in audiences)
    return found or tuple(indexes[:1])


def _shares(
    parts: Parts, encoder: embedding.Encoder, indexed: Sequence[entries.Entry], progress: Progress
) -> dict[str, list[float]]:
    """What the entries tell of how much words count, by the model that has not learnt from them."""
    probes = index.probes(indexed)
    if not probes:
        return {}
    texts = [
        [entry.title for entry in indexed],
        index.texts_to_embed(indexed)["body"],
        [each.text for each in probes],
    ]
    title, body, asked = (_encoded(parts, encoder, each, progress) for each in texts)
    return index.learn(indexed, title, body, probes, asked)


def _fields(
    parts: Parts, reader: embedding.Encoder, indexed: Sequence[entries.Entry], progress: Progress
) -> dict[str, np.ndarray]:
    """The vectors of each field."""
    texts = index.texts_to_embed(indexed)
    return {name: _encoded(parts, reader, found, progress) for name, found in texts.items()}


def vectors(parts: Parts, texts: Sequence[str], progress: Progress = silent) -> np.ndarray | None:
    """Vectors of texts by the recipe's model; ``None`` without one."""
    return _encoded(parts, parts.encoder, texts, progress) if parts.encoder else None


def _encoded(parts: Parts, encoder: embedding.Encoder, texts: Sequence[str], progress: Progress) -> np.ndarray:
    """Vectors of texts, kept for the next time."""
    return embedding.cached(encoder, parts.cache.get, parts.cache.put, texts, progress)


def _drafts(
    parts: Parts, cache: Cache, given: Inputs, proposed: Sequence[Candidate], progress: Progress
) -> list[Draft | Refusal]:
    """A draft or a refusal for each candidate; those whose threads did not change come from the cache."""
    threads = {thread.id: thread for thread in given.threads}
    found = _meaning(parts, given, proposed, threads, progress)
    keys = {each.lineage: _draft_key(each, threads, given, found) for each in proposed}
    known = cache.get(DRAFTS, list(keys.values()))
    made: list[Draft | Refusal] = []
    fresh: dict[str, bytes] = {}
    for number, each in enumerate(proposed):
        progress(N_("Drafting"), number, len(proposed))
        stored = known.get(keys[each.lineage])
        if stored:
            draft = _read_draft(stored)
        else:
            draft = drafting.draft(each, threads, given.recipe.drafting, given.inferred, found)
            fresh[keys[each.lineage]] = _write_draft(draft)
        made.append(replace(draft, lineage=each.lineage))
    cache.put(DRAFTS, fresh)
    return made


def _meaning(
    parts: Parts, given: Inputs, proposed: Sequence[Candidate], threads: dict[str, Thread], progress: Progress
) -> Meaning | None:
    """Which threads of a candidate are one problem by meaning; ``None`` without a model."""
    several = (each for each in proposed if len(each.members) > 1)
    groups = [[inferring.held(threads[name], given.inferred.get(name)) for name in each.members] for each in several]
    return meaning.find(groups, lambda texts: vectors(parts, texts, progress))


def _draft_key(candidate: Candidate, threads: dict[str, Thread], given: Inputs, found: Meaning | None) -> str:
    bare = replace(candidate, lineage="", translations=(), parting=None, near=(), pinned={})
    told = [software(), given.embedder, given.recipe.drafting.model_dump_json(), dumps(bare).decode()]
    told += found.of(candidate.members) if found else []
    told += [repr(given.inferred.get(member)) for member in candidate.members]
    return digest("\n".join((*told, *(threads[member].digest for member in candidate.members))))


def _write_draft(draft: Draft | Refusal) -> bytes:
    return (b"d" if isinstance(draft, Draft) else b"r") + dumps(draft)


def _read_draft(stored: bytes) -> Draft | Refusal:
    return loads(Draft, stored[1:]) if stored[:1] == b"d" else loads(Refusal, stored[1:])
