"""A small archive with a past: what was solved in winter answers what was asked in spring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from factories import post, thread

from kbuilder import Workspace
from kbuilder.records import Thread

SOLVED = {
    1: ("How do I reset the router?", "Hold the button on the back for ten seconds until the light turns white."),
    2: ("The printer prints blank pages", "Clean the print head and run the alignment twice."),
    3: ("Where is the wifi password written?", "It is printed on the sticker below the lid."),
    4: ("My headphones do not connect by bluetooth", "Delete the old pairing, then press both keys together."),
    5: ("How do I swap the strap of the watch?", "Push the small pin aside with a needle and pull the strap off."),
    6: ("The battery is empty after an hour", "Turn the location service off and lower the brightness."),
}
ASKED = {
    11: "How do I reset the router?",  # marked as a duplicate of the first
    12: "Printer only prints blank pages",  # a comment names the second
    13: "Where can I find the wifi password?",  # only the asker links: it did not help
    14: "Baking bread with rye flour",
    15: "How do I swap the strap of the watch?",
}


def at(found: Thread, day: str, **fields: object) -> Thread:
    """The thread as asked on a day, and answered on the same."""
    time = f"{day}T10:00:00Z"
    question = replace(found.question, created=time)
    answers = tuple(replace(each, created=f"{day}T11:00:00Z") for each in found.answers)
    return replace(found, question=question, answers=answers, **fields)  # type: ignore[arg-type]


def threads() -> list[Thread]:
    """Six solved ones of January; five questions of March, the last of which is solved in the same month."""
    past = [at(thread(key, title, answers=(text,)), "2024-01-10") for key, (title, text) in SOLVED.items()]
    new = {key: at(thread(key, title, answers=()), f"2024-03-{key}") for key, title in ASKED.items()}
    new[11] = replace(new[11], duplicate_of=("forum:1",))
    new[12] = replace(new[12], comments=(post("forum:12", 9, "See <https://forum.example/t/2/1#answer>."),))
    asked = replace(new[13].question, body="I read https://forum.example/t/3 and it did not help.")
    new[13] = replace(new[13], question=asked)
    new[15] = at(thread(15, ASKED[15], answers=("It is pushed out with a pin.",)), "2024-03-15")
    return [*past, *new.values()]


def archive(folder: Path) -> Workspace:
    """The knowledge base of these threads, built without a model."""
    kb = Workspace.create(folder, recipe="small")
    kb.parts.database.put_threads("forum", threads())
    kb.build()
    return kb
