"""The whole flow on the example community, each step with the command that does the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kbuilder.records import Draft, Progress
from kbuilder.text import N_, per_cent
from kbuilder.texts import Translate, percent, translator
from kbuilder.workspace.workspace import Workspace

EDITOR = "demo"
APPROVED = 12
MIXED = "larkspan:1003"
"""A thread whose group asks for two passwords, as an editor sees at a glance."""
QUESTIONS = (
    "The tracker no longer syncs with my phone",
    "Wie setze ich den Hub 2 auf Werkseinstellungen zurück?",
    "How often should I descale an espresso machine?",
)
Say = Callable[[str], None]


def run(folder: Path, recipe: str, say: Say, language: str, progress: Progress) -> None:
    """Make the example knowledge base in a new folder: import, build, review, publish, ask."""
    translate = translator(language)

    def step(title: str, command: str) -> None:
        say(f"\n{translate(title)}\n  $ kbuilder {command}")

    step(
        N_("A new knowledge base"),
        f"init {folder} --example" + (f" --recipe {recipe}" if recipe != "default" else ""),
    )
    kb = Workspace.create(folder, recipe=recipe, example=True)
    step(N_("Import the forum's threads"), f"-C {folder} import jsonl {folder / kb.example.relative_to(kb.root)}")
    report = kb.import_threads("jsonl", kb.example, progress=progress).report
    say(
        "  "
        + translate(N_("{threads} threads, {solved} solved")).format(threads=report.threads, solved=report.solved)
    )
    step(N_("Cluster and draft"), f"-C {folder} build")
    built = kb.build(progress)
    if built.note:
        say("  " + translate(built.note))
    say("  " + translate(N_("{count} candidates, the most wanted:")).format(count=len(kb.queue())))
    for item in kb.queue()[:3]:
        say(f"    {item.lineage}  {item.title}  ({item.demand.threads} × {item.language})")
    step(N_("An editor decides"), f"-C {folder} review approve ID")
    _decide(kb, say, translate)
    step(N_("Publish"), f"-C {folder} publish")
    published = kb.publish(progress=progress)
    say(
        "  "
        + translate(N_("{articles} articles, {pages} pages")).format(
            articles=published.articles, pages=published.pages
        )
    )
    for question in QUESTIONS:
        step(N_("An asker types a question"), f'-C {folder} suggest "{question}"')
        _answer(kb, question, say, language)
    say(
        "\n"
        + translate(N_("The site is in {folder}. Look at it, ask, and see the review list with:")).format(
            folder=kb.parts.site
        )
    )
    in_checkout = translate(N_("in the checkout: make serve"))
    say(f"  kbuilder -C {folder} serve      ({in_checkout})")


def _decide(kb: Workspace, say: Say, translate: Translate) -> None:
    """A few verdicts, through the code that an editor's verdicts go through."""
    ready = [item for item in kb.queue() if isinstance(kb.draft(item.lineage), Draft)]
    for item in ready[:APPROVED]:
        if MIXED in kb.generation.candidates[item.lineage].members:
            kb.reject(item.lineage, editor=EDITOR, reason=translate(N_("Two problems in one")))
            say(f"  - {item.title}")
        else:
            kb.approve(item.lineage, editor=EDITOR)
            say(f"  + {item.title}")


def _answer(kb: Workspace, question: str, say: Say, language: str) -> None:
    translate = translator(language)
    found = kb.suggest(question)
    if not found:
        say("  " + translate(N_("(silence: nothing here is sure to answer that)")))
    for each in found[:1]:
        kind = N_("reviewed article") if each.reviewed else N_("solved thread")
        say(f"  {percent(per_cent(each.probability) / 100, language)}  {each.title}  [{translate(kind)}]")
        say(f"       {each.sentence}")
