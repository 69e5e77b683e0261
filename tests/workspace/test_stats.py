"""What the answers saved, told with its assumptions; and the site's figure of questions solved."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from commands import run
from factories import author, post, thread
from trees import article

from kbuilder.insight import verdicts
from kbuilder.publish.knowledge import read_helped, read_solved
from kbuilder.store import articles as article_files
from kbuilder.store.database import Event, EventKind
from kbuilder.workspace import stats
from kbuilder.workspace.workspace import Workspace

NOW = "2026-03-30T12:00:00Z"


@pytest.fixture
def kb(tmp_path: Path) -> Workspace:
    """Three questions: one helped, one opened by a member, one posted by a member who was held out."""
    made = Workspace.create(tmp_path / "kb", recipe="small", clock=lambda: NOW)
    told = (
        ("v1", "", "asked", ""),
        ("v1", "", "opened", ""),
        ("v1", "", "helped", ""),
        ("v2", "u7", "asked", "shown"),
        ("v2", "u7", "opened", "shown"),
        ("v3", "u8", "asked", "held"),
        ("v3", "u8", "posted", "held"),
        ("v0", "", "asked", ""),
    )
    made.parts.database.record_events(
        [
            Event(
                time="2025-01-01T00:00:00Z" if view == "v0" else f"2026-03-02T10:00:{5 * second:02d}Z",
                kind=kind,  # type: ignore[arg-type]
                page_view=view,
                member=member,
                arm=arm,  # type: ignore[arg-type]
                target="article",
                language="en",
            )
            for second, (view, member, kind, arm) in enumerate(told)
        ]
    )
    return made


def test_the_report(kb: Workspace) -> None:
    """What is older is left out, whoever was held out is only compared."""
    found = stats.report(kb.parts)
    assert (found.total.asked, found.total.outcomes) == (
        2,
        {"confirmed": 1, "potential": 1, "none": 0, "left": 0, "aside": 0, "open": 0},
    )
    assert [(row.name, row.asked) for row in found.by["week"]] == [("2026-03-02", 2)]
    assert found.members == pytest.approx(2 / 3)
    assert found.effect is not None
    assert (found.effect.shown, found.effect.held, found.effect.difference) == (1, 1, 1.0)
    assert (found.calls, found.calls_by_effect) == (None, None)


def test_an_imported_question_takes_a_potential_success_back(kb: Workspace) -> None:
    """Its author is the member, and it was written within the window."""
    question = post("forum:1", 1, "It does not start.", author=author("u7"), created="2026-03-04T10:00:00Z")
    kb.parts.database.put_threads("forum", [replace(thread(1), question=question)])
    assert stats.report(kb.parts).total.outcomes["none"] == 1


def test_what_anybody_can_send_makes_no_figure(kb: Workspace) -> None:
    """Thanks in the same instant are set aside with the reason, and a product that there is not has no row."""
    tree, one = kb.parts.head(), replace(article("one", "One", "Hold it."), product="Hub 2")
    settings = (tree.read("kbuilder.toml") or b"") + b"\n[asking]\ncalls_per_question = 0.5\n"
    changes = {article_files.path(one): article_files.write(one), "kbuilder.toml": settings}
    kb.parts.repository.commit(tree, changes, "One", "ada", NOW)
    kb.parts.database.put_threads("forum", [replace(thread(1), product="Pace")])
    kinds: tuple[EventKind, ...] = ("asked", "opened", "helped")
    quick = [
        Event(time=NOW, kind=kind, target="forum:1", page_view=f"r{n}", product=product, language="zz")
        for n, product in enumerate(("Pace", "hub 2", "Buy my pills", "Free\u202emoney"))
        for kind in kinds
    ]
    quick += [Event(time=NOW, kind="asked"), Event(time=NOW, kind="shown")]
    kb.parts.database.record_events(quick)
    found = stats.report(kb.parts)
    assert found.aside == {verdicts.TOO_QUICK: 4}
    assert (found.total.outcomes["aside"], found.total.outcomes["confirmed"]) == (4, 1)
    assert {(row.name, row.asked) for row in found.by["product"]} == {
        ("", 2),
        ("Pace", 1),
        ("Hub 2", 1),
        (stats.OTHER, 2),
    }
    assert {row.name for row in found.by["article"]} == {"article", thread(1).title}
    assert [row.name for row in found.by["language"]] == [stats.OTHER_LANGUAGE, "en"]
    assert [found.calls_of(row) for row in found.by["language"]] == [0.0, 0.5]
    assert (found.signed, found.apart) == (0, 1)


def test_nothing_happened_yet(tmp_path: Path) -> None:
    """That is told too."""
    found = stats.report(Workspace.create(tmp_path / "kb", recipe="small").parts)
    assert (found.total.asked, found.effect, found.by["week"]) == (0, None, [])


def test_solved_by_month_is_committed_once(kb: Workspace) -> None:
    """As the site reads it; the same again makes no commit."""
    kb.parts.database.put_threads("forum", [thread(number) for number in range(3)])
    assert stats.commit_figures(kb.parts) == ["facts/helped.json", "facts/solved.json"]
    months = read_solved(kb.parts.head())
    assert sum(count for _, count in months) == 3
    head = kb.parts.head().id
    assert stats.commit_figures(kb.parts) == []
    assert kb.parts.head().id == head


def told(view: str, target: str, day: int, *kinds: str, member: str = "") -> list[Event]:
    """A page view on which an answer was suggested, and what then happened, some seconds apart."""
    return [
        Event(
            time=f"2026-03-{day:02d}T10:00:{second:02d}Z",
            kind=kind,  # type: ignore[arg-type]
            target="" if kind == "posted" else target,
            page_view=view,
            member=member,
        )
        for second, kind in zip(range(0, 60, 5), ("asked", "opened", *kinds), strict=False)
    ]


def test_whom_articles_helped_is_committed(kb: Workspace) -> None:
    """Of articles that there are, once five have said so, each of them once; whoever posts was not helped."""
    tree, one = kb.parts.head(), article("one", "One", "Hold it.")
    kb.parts.repository.commit(tree, {article_files.path(one): article_files.write(one)}, "One", "ada", NOW)
    said = [told(f"w{day}", one.id, day, "not_helped", "helped") for day in range(3, 6)]
    said += [told("w6", one.id, 6, "not_helped"), told("w7", one.id, 7, "helped", member="u9")]
    said += [told(f"x{day}", "forum:1", day, "helped") for day in range(3, 8)]
    kb.parts.database.record_events([each for visit in said[1:] for each in visit])
    stats.commit_figures(kb.parts)
    assert read_helped(kb.parts.head()) == {}
    kb.parts.database.record_events(said[0])
    assert stats.commit_figures(kb.parts) == ["facts/helped.json"]
    assert read_helped(kb.parts.head()) == {one.id: (4, 5)}
    question = post("forum:1", 1, "It does not start.", author=author("u9"), created="2026-03-09T10:00:00Z")
    kb.parts.database.put_threads("forum", [replace(thread(1), question=question)])
    stats.commit_figures(kb.parts)
    assert read_helped(kb.parts.head()) == {one.id: (3, 5)}


def test_robots_publish_nothing(kb: Workspace) -> None:
    """Forty who say that an answer helped which nobody gave them and they never opened."""
    tree, one = kb.parts.head(), article("one", "One", "Hold it.")
    kb.parts.repository.commit(tree, {article_files.path(one): article_files.write(one)}, "One", "ada", NOW)
    robots = [each for n in range(40) for each in told(f"rob{n}", one.id, 1 + n % 20, "helped")]
    kb.parts.database.record_events([each for each in robots if each.kind == "helped"])
    stats.commit_figures(kb.parts)
    assert read_helped(kb.parts.head()) == {}


@pytest.mark.parametrize(("language", "word"), [("C", "Hold-out"), ("de_DE.UTF-8", "Vergleichsgruppe")])
def test_it_is_said_with_the_assumption(kb: Workspace, language: str, word: str) -> None:
    """On the command line, in the reader's language; as JSON for programs."""
    tree = kb.parts.head()
    text = (tree.read("kbuilder.toml") or b"") + b"\n[asking]\ncalls_per_question = 0.25\n"
    kb.parts.repository.commit(tree, {"kbuilder.toml": text}, "Settings", "ada", NOW)

    def said_of(*words: str) -> str:
        done = run("-C", str(kb.root), "stats", "deflection", *words, LC_ALL=language)
        assert done.returncode == 0, done.stderr
        return done.stdout

    said = said_of("--weeks", "520")
    summary, *tables = said.split("\n\n")
    assert word in summary
    assert len(tables) >= 2
    assert all("0.25" in each for each in (summary, *tables))  # beside each figure
    assert json.loads(said_of("--weeks", "520", "--json"))["total"]["asked"] == 3
