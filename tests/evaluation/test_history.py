"""What suggestions would have done: only the past answers, and links are read after."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from archive import archive, threads

from kbuilder import Workspace
from kbuilder.cli import app
from kbuilder.errors import KBError
from kbuilder.evaluation import history
from kbuilder.evaluation.history import History, Share, evaluate_history
from kbuilder.evaluation.history_report import points, report
from kbuilder.evaluation.links import Link, links
from kbuilder.texts import translator
from kbuilder.workspace import replaying

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SPRING = "2024-03-01"


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return archive(tmp_path_factory.mktemp("history") / "kb")


@pytest.fixture(scope="module")
def found(kb: Workspace) -> History:
    return evaluate_history(kb.parts, SPRING)


def test_only_what_was_solved_before_answers(kb: Workspace) -> None:
    """Neither its own thread, nor one of the same month."""
    replayed = {each.thread.id: each for each in replaying.replay(kb.parts, SPRING)}
    targets = {key: each.found.id for key, each in replayed.items() if each.found}
    assert targets["forum:11"] == "forum:1"
    assert targets["forum:12"] == "forum:2"
    assert targets["forum:15"] == "forum:5"
    assert {each.known for each in replayed.values()} == {"2024-03-01T00:00:00Z"}
    first = replaying.replay(kb.parts, "2024-01-01")[:6]
    assert [each.found for each in first] == [None] * 6


def test_no_link_changes_an_answer(kb: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same suggestions come of an archive in which nobody linked anything; and all are there before a link is."""
    bare = Workspace.create(tmp_path / "bare", recipe="small")
    bare.parts.database.put_threads("forum", [replace(each, duplicate_of=(), comments=()) for each in threads()])

    def told(where: Workspace) -> list[tuple[str, str, list[list[float]]]]:
        return [
            (each.thread.id, each.found.id if each.found else "", each.table.tolist())
            for each in replaying.replay(where.parts, SPRING)
        ]

    assert told(bare) == told(kb)

    def unread(_: object) -> dict[str, dict[str, Link]]:
        raise LookupError

    asked: list[int] = []
    monkeypatch.setattr(history, "links", unread)
    with pytest.raises(LookupError):
        evaluate_history(kb.parts, SPRING, lambda _, done, __: asked.append(done))
    assert asked == [0, 1, 2, 3, 4]


def test_links_confirm(found: History) -> None:
    """A mark as duplicate and a reply's link do; what askers link themselves does not."""
    said = {case.replayed.thread.id: (case.confirmed, dict(case.linked)) for case in found.cases}
    assert said["forum:11"] == ("duplicate", {"forum:1": "duplicate"})
    assert said["forum:12"] == ("reply", {"forum:2": "reply"})
    assert said["forum:13"] == said["forum:14"] == said["forum:15"] == (None, {})
    assert (found.found.count, found.linked) == (2, 2)
    assert found.caught.count == sum(case.probability >= found.sure.bar for case in found.cases if case.confirmed)
    assert (found.solved.count, found.solved.of, found.solved_since.count) == (7, 11, 1)
    assert found.duplicates.count == 1
    assert found.builds == 1
    assert (found.learnt, found.adapted) == (False, False)


def test_a_higher_bar_shows_less(found: History) -> None:
    """The curve and its table say the same, and what is said lies within what can be."""
    shown = [at.shown.count for at in found.steps]
    assert shown == sorted(shown)
    assert shown[-1] >= 2
    across = [share for share, _, _ in points(found.cases)]
    assert across == sorted(across)
    assert across[-1] == 1
    assert points(found.cases)[-1][2] == 2 / 5
    half = Share.count_of(5, 10)
    assert (round(half.low, 3), round(half.high, 3)) == (0.237, 0.763)


def test_duplicates_of_one_are_duplicates_of_each_other() -> None:
    """Whichever way they were marked; and a short address is that of the long one."""
    some = [replace(each, duplicate_of=()) for each in threads()]
    some[0] = replace(some[0], url="https://q.example/questions/1")
    some[1] = replace(some[1], duplicate_of=("forum:3",))
    some[3] = replace(some[3], duplicate_of=("forum:3",))
    reply = replace(some[4].answers[0], body="As in [this](https://q.example/q/1/77?x=1), or https://no.example/t/2.")
    some[4] = replace(some[4], answers=(reply,))
    assert {key: told for key, told in links(some).items() if key != "forum:12"} == {
        "forum:2": {"forum:3": "duplicate", "forum:4": "duplicate"},
        "forum:3": {"forum:2": "duplicate", "forum:4": "duplicate"},
        "forum:4": {"forum:2": "duplicate", "forum:3": "duplicate"},
        "forum:5": {"forum:1": "reply"},
    }


def test_large_archives_are_taken_in_less_often() -> None:
    """Months are put together, none is left out."""
    asked = threads()[:6]
    spread = [
        replace(each, question=replace(each.question, created=f"2024-0{number}-05T00:00:00Z"))
        for number, each in enumerate(asked, 1)
    ]
    assert [begin[:7] for begin, _ in replaying.periods(spread)] == [f"2024-0{n}" for n in range(1, 7)]
    few = replaying.periods(spread, 3)
    assert [(begin[:7], len(some)) for begin, some in few] == [("2024-01", 2), ("2024-03", 2), ("2024-05", 2)]


def test_nobody_asked(kb: Workspace) -> None:
    """Is an error that says what to do."""
    with pytest.raises(KBError, match="2030"):
        replaying.replay(kb.parts, "2030-01-01")


def test_the_page(found: History, browser: Browser, tmp_path: Path) -> None:
    """Whole in itself, readable by all, in German too, and nothing that a forum wrote runs in it."""
    from axe_playwright_python.sync_playwright import Axe

    evil = found.cases[0]
    thread = replace(evil.replayed.thread, title="<script>document.title='x'</script>", url="javascript:alert(1)")
    cases = (replace(evil, replayed=replace(evil.replayed, thread=thread)), *found.cases[1:])
    page = browser.new_page(viewport={"width": 360, "height": 800})
    for language in ("en", "de"):
        file = tmp_path / f"{language}.html"
        file.write_text(report("Kiosk", replace(found, cases=cases), language, translator(language)), "utf-8")
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert Axe().run(page).response["violations"] == []
        assert "Kiosk" in page.title()
        assert page.locator("a[href^=javascript]").count() == 0
        assert page.get_by_text("<script>").count() == 1
    assert "Wahrscheinlichkeit" in page.inner_text("main")
    assert "Question" not in page.inner_text("main")
    page.close()


def test_on_the_command_line(kb: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Figures for people and programs, the page on request, and what is wrong with a day."""

    def run(*words: str) -> str:
        app(["-C", str(kb.root), "evaluate", "history", "--since", *words], standalone_mode=False)
        return capsys.readouterr().out

    file = tmp_path / "page.html"
    told: dict[str, Any] = json.loads(run(SPRING, "--report", str(file), "--json"))
    assert (told["questions"], told["linked"], told["linked_found_first"]["count"]) == (5, 2, 2)
    assert [each["precision"] for each in told["wanted"]] == [0.8, 0.9, 0.95]
    assert "forum:1" in {each["target"] for each in told["surest"]}
    assert "<svg" in file.read_text(encoding="utf-8")
    said = run(SPRING)
    assert said.startswith("5 questions since 2024-03-01")
    assert "2 questions; just that would have been shown to" in said
    with pytest.raises(KBError, match="yesterday"):
        run("yesterday")
