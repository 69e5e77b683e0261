"""What the answers saved, told with its assumptions; and the site's figure of questions solved."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from factories import author, post, thread
from trees import article

from kbuilder.publish.knowledge import read_helped, read_solved
from kbuilder.store import articles as article_files
from kbuilder.store.database import Event
from kbuilder.workspace import stats
from kbuilder.workspace.workspace import Workspace

NOW = "2026-03-30T12:00:00Z"


@pytest.fixture
def kb(tmp_path: Path) -> Workspace:
    """Three questions: one helped, one opened by a member, one posted by a member who was held out."""
    made = Workspace.create(tmp_path / "kb", recipe="small", clock=lambda: NOW)
    told = (
        ("v1", "", "asked", ""),
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
                time="2025-01-01T00:00:00Z" if view == "v0" else "2026-03-02T10:00:00Z",
                kind=kind,  # type: ignore[arg-type]
                page_view=view,
                member=member,
                arm=arm,  # type: ignore[arg-type]
                target="article",
                language="en",
            )
            for view, member, kind, arm in told
        ]
    )
    return made


def test_the_report(kb: Workspace) -> None:
    """What is older is left out, whoever was held out is only compared."""
    found = stats.report(kb.parts)
    assert (found.total.asked, found.total.outcomes) == (2, {"confirmed": 1, "potential": 1, "none": 0, "left": 0})
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


def test_whom_articles_helped_is_committed(kb: Workspace) -> None:
    """Of articles that there are, once five have said so, each of them once."""
    tree, one = kb.parts.head(), article("one", "One", "Hold it.")
    kb.parts.repository.commit(tree, {article_files.path(one): article_files.write(one)}, "One", "ada", NOW)
    said = [(one.id, f"v{n % 7}", "helped" if n % 7 < 5 else "not_helped") for n in range(14)]
    said += [("forum:1", f"v{n}", "helped") for n in range(9)]
    events = [Event(time=NOW, kind=kind, target=target, page_view=view) for target, view, kind in said]  # type: ignore[arg-type]
    kb.parts.database.record_events(events[:4])
    stats.commit_figures(kb.parts)
    assert read_helped(kb.parts.head()) == {}
    kb.parts.database.record_events(events)
    assert stats.commit_figures(kb.parts) == ["facts/helped.json"]
    assert read_helped(kb.parts.head()) == {one.id: (5, 7)}


@pytest.mark.parametrize(("language", "word"), [("C", "Hold-out"), ("de_DE.UTF-8", "Vergleichsgruppe")])
def test_it_is_said_with_the_assumption(kb: Workspace, language: str, word: str) -> None:
    """On the command line, in the reader's language; as JSON for programs."""
    tree = kb.parts.head()
    text = (tree.read("kbuilder.toml") or b"") + b"\n[asking]\ncalls_per_question = 0.25\n"
    kb.parts.repository.commit(tree, {"kbuilder.toml": text}, "Settings", "ada", NOW)

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "kbuilder.cli", "-C", str(kb.root), "stats", "deflection", *words]
        environ = {**os.environ, "LC_ALL": language, "PYTHONIOENCODING": "utf-8"}
        return subprocess.run(
            command, capture_output=True, text=True, check=True, env=environ, encoding="utf-8"
        ).stdout

    said = run("--weeks", "520")
    assert word in said
    assert "0.25" in said
    assert json.loads(run("--weeks", "520", "--json"))["total"]["asked"] == 3
