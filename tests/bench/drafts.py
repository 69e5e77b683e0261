"""Drafts of three real forums: sentences found word for word where they cite; the answers chosen; personal data.

Groups are found by words alone: what is measured is what drafts say, not who is together. Answers are chosen as by
``kbuilder evaluate answers``; personal data is that of ``tests/data/personal.*.jsonl``.
"""

from __future__ import annotations

from pathlib import Path

from sourced import unsourced
from test_personal import judged as personal

from bench.data import judged
from kbuilder import drafting, importers
from kbuilder.candidates import propose
from kbuilder.config import CandidatesRecipe, DraftingRecipe, Source
from kbuilder.evaluation.answering import evaluate_answers
from kbuilder.importers.report import Report
from kbuilder.records import Draft

FORUMS = ("beer-2020-06", "quantumcomputing-2018-09", "bicycles.meta-2023")
COMMENTS = ("qatarliving-dev", "qatarliving-train_part2", "answer-selection/devel.xml")
ACCEPTED = ("accuracy, votes kept", "most votes", "accuracy, votes hidden", "longest", "first")
GOOD = ("MAP", "MAP, chronological", "MAP, longest")


def run() -> None:
    """A row for each set."""
    for name in FORUMS:
        _sentences(judged() / "stackexchange" / name)
    for name, figures in (*((f"stackexchange/{each}", ACCEPTED) for each in FORUMS), *((c, GOOD) for c in COMMENTS)):
        found = evaluate_answers(judged() / name)
        print(f"  {name}: " + ", ".join(f"{figure} {found[figure]:.3f}" for figure in figures), flush=True)
    for language in ("en", "de"):
        missed, wrong, places, finds = personal(language)
        print(
            f"  personal data, {language}: {places} places, recall {1 - len(missed) / places:.4f};"
            f" {finds} finds, precision {1 - len(wrong) / finds:.4f}"
        )


def _sentences(dump: Path) -> None:
    """The share of the citations in all drafts of a forum that hold."""
    read = importers.read(dump, Source(name="forum", format="stackexchange", language="en"), Report())
    threads = {thread.id: thread for thread in read}
    proposed = propose([*threads.values()], None, [], [], CandidatesRecipe()).candidates
    made = [(each, drafting.draft(each, threads, DraftingRecipe())) for each in proposed]
    drafts = [(each, found) for each, found in made if isinstance(found, Draft)]
    cited = sum(len(found.sources) for _, found in drafts)
    wrong = [words for each, found in drafts for words in unsourced(found, map(threads.__getitem__, each.members))]
    print(f"  {dump.name}: {len(drafts)} drafts, {cited} citations, found word for word {1 - len(wrong) / cited:.4f}")
    for words in wrong[:5]:
        print(f"    not there: {words[:100]}")
