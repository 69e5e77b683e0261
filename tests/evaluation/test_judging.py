"""Editors judge: cases of every probability, kept without a word, gone on with, and learnt from."""

from __future__ import annotations

import io
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from archive import archive
from factories import thread

from kbuilder import Workspace, ranking
from kbuilder.cli import app
from kbuilder.errors import ConfigError
from kbuilder.index import Entry
from kbuilder.ranking import KINDS
from kbuilder.store import judgments
from kbuilder.store.judgments import Judgment
from kbuilder.workspace import judging, learning, replaying
from kbuilder.workspace.replaying import Replayed

RANKER = ranking.load()
SPRING = "2024-03-01"


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return archive(tmp_path_factory.mktemp("judging") / "kb")


def made_up(count: int) -> list[Replayed]:
    """Questions whose suggestions are of every probability, the doubtful ones by far the most."""
    chance = np.random.default_rng(0)
    model, names = RANKER.lexical, KINDS["lexical"]
    at = [names.index(name) for name in model.names]
    rows = chance.normal(size=(count, len(names)))
    rows[:, at] = rows[:, at] * model.scales + np.array(model.means) - 0.5 * np.sign(model.weights) * model.scales
    return [
        Replayed(thread(n), SPRING, f"{n}", Entry(id=f"forum:x{n}", title="Known"), "lexical", rows[n : n + 1])
        for n in range(count)
    ]


def judged(kb: Workspace, cases: list[Replayed], right: float) -> None:
    """A file of verdicts by one editor, of which a share says that it answers."""
    rows = [
        Judgment(
            question=each.thread.id,
            asked=each.asked,
            target=each.found.id if each.found else "",
            right=number % 10 < 10 * right,
            model="",
            figures=each.figures,
            editor="ada",
            time=f"2024-05-01T10:00:{number % 60:02d}Z",
        )
        for number, each in enumerate(cases)
    ]
    data = judgments.written(rows)
    kb.parts.repository.commit(kb.parts.head(), {judgments.FILE: data}, "Judged", "ada", kb.parts.clock())


def test_cases_are_of_every_probability() -> None:
    """As many of each band as there are, the same ones each time, and those that are judged count."""
    cases = made_up(400)
    first = judging.chosen(cases, RANKER, set(), 50)
    bands = Counter(int(each.probability(RANKER) * judging.BANDS) for each in first)
    whole = Counter(int(each.probability(RANKER) * judging.BANDS) for each in cases)
    assert len(first) == 50
    assert bands == {band: min(count, bands[0]) for band, count in whole.items()} or max(bands.values()) <= 8
    assert set(bands) == set(whole)
    assert [each.thread.id for each in judging.chosen(cases[::-1], RANKER, set(), 50)] == [
        each.thread.id for each in first
    ]
    known = {(each.thread.id, each.asked, each.found.id) for each in first[:20] if each.found}
    rest = judging.chosen(cases, RANKER, known, 30)
    assert {each.thread.id for each in rest} == {each.thread.id for each in first[20:]}


def test_verdicts_are_kept_and_gone_on_with(
    kb: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line and one commit each, without a word of anybody; q stops, s leaves for later."""

    def judge(answers: str) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
        command = ["-C", str(kb.root), "evaluate", "judge", "--since", SPRING, "--editor", "ada"]
        app(command, standalone_mode=False)
        return capsys.readouterr().out

    before = kb.parts.head()
    said = judge("what?\ny\ns\nn\nq\n")
    kept = judgments.read(kb.parts.head())
    assert [each.right for each in kept] == [True, False]
    assert {each.editor for each in kept} == {"ada"}
    assert said.count("Suggestion") == 4
    assert "takes 50 verdicts" in said
    commits = [each for each in kb.parts.repository.history() if "Judged" in each.message]
    assert len(commits) == 2
    assert all(each.author.startswith("ada ") for each in commits)
    words = (kb.parts.head().read(judgments.FILE) or b"").decode().lower()
    assert not [word for word in ("router", "printer", "wifi", "strap") if word in words]
    assert before.read(judgments.FILE) is None
    judge("y\n" * 9)  # the end of the input stops too
    kept = judgments.read(kb.parts.head())
    replayed = [each for each in replaying.replay(kb.parts, SPRING) if each.found]
    assert len(kept) == len({each.case for each in kept}) == len(replayed)


def test_judgments_follow_another_model(kb: Workspace) -> None:
    """What is still the first suggestion gets the figures that it has now."""
    cases = [each for each in replaying.replay(kb.parts, SPRING) if each.found]
    old = [replace(each, table=each.table * 0) for each in cases]
    judged(kb, old, 0.5)
    data = (kb.parts.head().read(judgments.FILE) or b"").replace(b'"model":""', b'"model":"old"')
    kb.parts.repository.commit(kb.parts.head(), {judgments.FILE: data}, "Old", "ada", kb.parts.clock())
    found = judging.begin(kb.parts, SPRING)
    assert (found.judged, found.cases) == (len(cases), [])
    assert {each.question: each.figures for each in judgments.read(kb.parts.head())} == {
        each.thread.id: each.figures for each in cases
    }


def test_fifty_verdicts_of_one_editor_teach(tmp_path: Path) -> None:
    """Few voices are no reason to doubt an editor; what is learnt is less sure where much was wrong."""
    kb = Workspace.create(tmp_path / "kb", recipe="small")
    cases = [each for each in made_up(3000) if each.probability(RANKER) > 0.6][:60]
    judged(kb, cases[:49], 0.2)
    assert learning.learn(kb.parts).learning is None
    judged(kb, cases, 0.2)
    lesson = learning.learn(kb.parts)
    assert (lesson.heard, lesson.judged, lesson.approved, lesson.changed) == (0, 60, 12, True)
    now = learning.ranker(kb.parts, kb.parts.head())
    before, after = (judging.reach(cases, ranker, 0.8) for ranker in (RANKER, now))
    assert after.shown < before.shown


def test_more_is_shown_where_more_was_right(tmp_path: Path) -> None:
    """But from no bar below the precision: judged ones are sure more often than what askers get."""
    kb = Workspace.create(tmp_path / "kb", recipe="small")
    cases = [each for each in made_up(6000) if each.probability(RANKER) > 0.6][:150]
    judged(kb, cases, 1)
    assert learning.learn(kb.parts).changed
    now = learning.ranker(kb.parts, kb.parts.head())
    before, after = (judging.reach(cases, ranker, 0.9) for ranker in (RANKER, now))
    assert after.shown > before.shown
    assert after.bar >= 0.9


def test_a_damaged_line_is_told(kb: Workspace) -> None:
    """By its number; the judgments before it are not taken for all."""
    tree = kb.parts.head()
    data = (tree.read(judgments.FILE) or b"") + b"{}\n"
    spoilt = kb.parts.repository.commit(tree, {judgments.FILE: data}, "Spoil", "ada", kb.parts.clock())
    with pytest.raises(ConfigError, match=rf"judged\.jsonl:{len(data.splitlines())}:"):
        judgments.read(spoilt)


def test_what_is_erased_is_judged_no_more(tmp_path: Path) -> None:
    """Neither as question nor as answer."""
    kb = archive(tmp_path / "kb")
    judged(kb, [each for each in replaying.replay(kb.parts, SPRING) if each.found], 1)
    kb.erase_post("forum:1#1")
    left = judgments.read(kb.parts.head())
    assert left
    assert "forum:1" not in {name for each in left for name in (each.question, each.target)}
