"""Messages to the support: counted in what is wanted, never shown, gone when they are erased."""

from __future__ import annotations

import subprocess
from pathlib import Path

import prepared
import pytest
from at_desk import Desk

from kbuilder.errors import KBError, NotFound
from kbuilder.records import Draft
from kbuilder.workspace import building, contacts
from kbuilder.workspace.workspace import Workspace

CANARY = "Zwergkanarienvogel"
CODED = "quietsch-4471-canary"


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The example with messages that ask, word for word, what a thread asks, and one that nothing answers."""
    made = prepared.example(tmp_path_factory)
    wanted = target(made)
    asked = made.members(wanted)[0]
    file = made.root.parent / "tickets.csv"
    body = f"{asked.title} {asked.question.body} {CANARY}".replace('"', "'").replace("\n", " ")
    rows = [f'T-{n},2030-05-0{n + 1},"{body}",{asked.product}' for n in range(4)]
    rows += [f'T-8,2030-05-01,"{CODED} xylophone",', 'T-9,never,"Broken",']
    file.write_text("ticket,date,text,product\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = contacts.run(made.parts, file)
    assert (found.kept.added, found.report.rejects[0].place) == (5, "tickets.csv:7")
    made.build()
    return made


def target(kb: Workspace) -> str:
    """A candidate of one thread with a draft: as far from the top as there is one."""
    return next(
        each.lineage
        for each in reversed(kb.generation.candidates.values())
        if len(each.members) == 1 and isinstance(kb.draft(each.lineage), Draft) and not each.asking
    )


def files(kb: Workspace, *but: str) -> dict[str, bytes]:
    """All files of a knowledge base, and git's objects unpacked."""
    found = {
        str(file.relative_to(kb.root)): file.read_bytes()
        for file in kb.root.rglob("*")
        if file.is_file() and not any(str(file.relative_to(kb.root)).startswith(each) for each in but)
    }
    objects = ["git", "-C", str(kb.root), "cat-file", "--batch", "--batch-all-objects"]
    return {**found, "git": subprocess.run(objects, capture_output=True, check=True).stdout}


def test_messages_are_counted_in_the_demand(kb: Workspace) -> None:
    """Each for the problem that it asks; they weigh like threads, and say when it was asked last."""
    (asked,) = [each for each in kb.generation.candidates.values() if each.demand.contacts]
    assert (asked.demand.contacts, asked.demand.threads) == (4, 1)
    assert asked.demand.last == "2030-05-04T00:00:00Z"
    assert asked.demand.score > 5
    found = contacts.counted(kb.parts)
    assert (dict(found.messages), found.matched, found.answered) == ({"contacts": 5}, 4, 0)


def test_nothing_of_a_message_is_ever_shown(kb: Workspace) -> None:
    """Not in candidates, drafts, indexes, articles, facts, git, sites, or what is suggested: grep finds nothing."""
    (asked,) = [each for each in kb.generation.candidates.values() if each.demand.contacts]
    kb.approve(asked.lineage, editor="ada")
    kb.publish()
    assert contacts.counted(kb.parts).answered == 4
    assert all(CANARY not in each.sentence for each in kb.suggest(CANARY))
    told = files(kb, "var/kbuilder.sqlite", "var/set-aside")
    assert [name for name in told if name.startswith("_build/site/public/")]
    for word in (CANARY, CODED, "T-0", "T-8"):
        assert [name for name, data in told.items() if word.encode().lower() in data.lower()] == []


def test_a_build_with_messages_is_the_same_twice(kb: Workspace) -> None:
    """In another order of threads, too; a plan names what came."""
    assert not kb.build().fresh
    given = building.inputs(kb.parts, kb.parts.head())
    assert len(given.contacts) == 5
    assert {each.product for each in given.contacts} >= {""}


def test_erased_messages_leave_no_byte(kb: Workspace) -> None:
    """One by its ticket stays away from later imports; of the rest nothing is left, rows set aside included."""
    with pytest.raises(NotFound):
        contacts.erase(kb.parts, ticket="T-77")
    with pytest.raises(KBError, match="was not said"):
        contacts.erase(kb.parts)
    assert contacts.erase(kb.parts, ticket="T-8") == 1
    again = contacts.run(kb.parts, kb.root.parent / "tickets.csv")
    assert (again.kept.added, again.kept.unchanged, again.kept.erased) == (0, 4, 1)
    assert contacts.erase(kb.parts, before="2030-05-02") == 1
    (stage,) = kb.build_plan()
    assert stage.why == "messages to the support, or articles without a candidate, came or went"
    assert contacts.erase(kb.parts, name="contacts") == 3
    kb.build()
    assert contacts.counted(kb.parts).matched == 0
    kb.parts.close()
    left = [name for name, data in files(kb).items() if CANARY.encode() in data or CODED.encode() in data]
    assert left == []
    assert not list((kb.root / "var" / "set-aside").glob("*"))


def test_an_article_without_a_candidate_gets_its_messages(tmp_path: Path) -> None:
    """Its thread is gone at the source: what asks it counts for the article itself, and is told as before."""
    made = Workspace.create(tmp_path / "kb", recipe="small")
    answers = {
        "How do I reset the router?": "Hold the small button at its back for ten seconds until the lamp is white.",
        "Where is the password of the wireless network?": "It stands on the sticker below the device.",
        "Which port does the printer need?": "The printer listens on port 9100; open it for your own network.",
    }
    file, tickets = tmp_path / "faq.csv", tmp_path / "tickets.csv"
    rows = [f'{number},"{question}","{answer}"' for number, (question, answer) in enumerate(answers.items())]
    file.write_text("\n".join(["id,question,answer", *rows]) + "\n", encoding="utf-8")
    made.import_threads("csv", file, complete=True)
    asked = ["How do I reset the router? I hold the small button at its back, the lamp stays dark.", "Hello?"]
    asked.append("I reset the router with the small button. How do I turn the lamp white?")
    tickets.write_text("text\n" + "".join(f'"{each}"\n' for each in asked), encoding="utf-8")
    contacts.run(made.parts, tickets)
    made.build()
    reset = next(each for each in made.generation.candidates.values() if each.demand.contacts == 2)
    article = made.approve(reset.lineage, editor="ada")
    assert contacts.answered_by(made.parts, article) == 2
    assert not made.build().fresh  # a verdict on a draft makes no build stale
    file.write_text("\n".join(["id,question,answer", *rows[1:]]) + "\n", encoding="utf-8")
    made.import_threads("csv", file, complete=True, allow_removals=True)
    made.build()
    assert reset.lineage not in made.generation.candidates
    assert made.generation.contacts == {article.id: 2}
    assert contacts.answered_by(made.parts, article) == 2
    found = contacts.counted(made.parts)
    assert (found.matched, found.answered) == (2, 2)
    assert building.check(made.parts, lambda *_: None) == []
    page = Desk(made.root, tmp_path / "desk").client("editor").get(f"/desk/articles/{article.id}")
    assert "Messages to the support: 2" in page.text
    made.expire(article.id, editor="ada")
    made.build()
    assert made.generation.contacts == {}


def test_mended_rows_join_the_others(tmp_path: Path) -> None:
    """By the name of the file, which is that of the export."""
    made = Workspace.create(tmp_path / "kb", recipe="small")
    file = tmp_path / "tickets.csv"
    file.write_text("date,text\n2024-13-01,Why?\n2024-12-01,How?\n", encoding="utf-8")
    bad = contacts.run(made.parts, file, "Phone desk").set_aside
    assert bad is not None
    bad.write_text(bad.read_text(encoding="utf-8").replace("-13-", "-11-"), encoding="utf-8")
    assert contacts.run(made.parts, bad).name == "phone-desk"
    assert dict(contacts.counted(made.parts).messages) == {"phone-desk": 2}
    assert not bad.exists()
