"""Learning from askers: what is committed, what is taken back, and that a build reads none of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commands import run

from kbuilder import ranking
from kbuilder.ranking import KINDS, learning
from kbuilder.store.database import Event
from kbuilder.workspace import building
from kbuilder.workspace import learning as learnt
from kbuilder.workspace.workspace import Workspace

NOW = "2026-03-30T12:00:00Z"
GIVEN = ranking.load().lexical


@pytest.fixture
def kb(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "kb", recipe="small", clock=lambda: NOW)


def verdicts(kb: Workspace, count: int, right: float, model: str = "") -> None:
    """Askers of a month who judge sure suggestions; a share of these is right."""
    chance = np.random.default_rng(count)
    drawn = chance.normal(size=(count * 40, len(GIVEN.names))) * GIVEN.scales + np.array(GIVEN.means)
    table = drawn[GIVEN.chances(drawn) >= 0.9][:count]
    told = []
    for number, row in enumerate(table):
        figures = dict(zip(KINDS["lexical"], row.tolist(), strict=True))
        said = "helped" if number % 100 < 100 * right else "not_helped"
        for second, kind in enumerate(("asked", "opened", said)):
            time = f"2026-03-{1 + number % 28:02d}T10:00:{5 * second:02d}Z"
            evidence = json.dumps({"model": model, "figures": figures}) if kind == "asked" else ""
            where = {"page_view": f"{model}{right}{number}", "target": f"answer{number % 17}"}
            told.append(Event(time=time, kind=kind, evidence=evidence, **where))  # type: ignore[arg-type]
    kb.parts.database.record_events(told)


def test_too_few_teach_nothing(kb: Workspace) -> None:
    """Neither in number nor in askers; what there is stays."""
    verdicts(kb, learning.FEWEST - 1, 0.5)
    found = kb.learn()
    assert (found.heard, found.learning, found.changed) == (learning.FEWEST - 1, None, False)
    assert kb.parts.head().read(learning.FILE) is None


def test_what_askers_refuse_is_learnt_and_committed_once(kb: Workspace) -> None:
    """Suggestions are less sure from then on; the plan changes nothing; no build reads events or what they taught."""
    before = building.inputs(kb.parts, kb.parts.head()).digest()
    verdicts(kb, 200, 0.6)
    planned = kb.learn(plan=True)
    assert (planned.changed, planned.confirmed, kb.parts.head().read(learning.FILE)) == (True, 120, None)
    found = kb.learn()
    assert found.changed
    tree = kb.parts.head()
    row = np.array([GIVEN.means]) + 2 * np.array([GIVEN.scales]) * np.sign([GIVEN.weights])
    assert learnt.ranker(kb.parts, tree).lexical.chances(row) < GIVEN.chances(row)
    assert not kb.learn().changed
    assert kb.parts.head().id == tree.id
    assert building.inputs(kb.parts, tree).digest() == before
    assert learnt.note(kb.parts) == ""


def test_what_does_not_hold_is_taken_back(kb: Workspace) -> None:
    """Once many more say the contrary."""
    verdicts(kb, 60, 0.4)
    assert kb.learn().changed
    verdicts(kb, 900, 0.97)
    found = kb.learn()
    assert found.changed
    assert found.learning is not None
    assert not found.learning.better
    assert kb.parts.head().read(learning.FILE) is None


def test_verdicts_on_another_model_do_not_count(kb: Workspace) -> None:
    """They are told; and what was learnt of another ranker is not used, which is told too."""
    verdicts(kb, 200, 0.6, model="another")
    found = kb.learn()
    assert (found.heard, found.strange, found.learning) == (0, 200, None)
    verdicts(kb, 200, 0.6)
    assert kb.learn().changed
    tree = kb.parts.head()
    own = ranking.load().model_copy(update={"lexical": GIVEN.model_copy(update={"intercept": 0.5})})
    kb.parts.repository.commit(tree, {"models/ranker.json": own.model_dump_json().encode()}, "Own", "ada", NOW)
    assert learnt.ranker(kb.parts, kb.parts.head()) == own
    assert learnt.note(kb.parts) in [each["message"] for each in kb.status()["attention"]]


def test_it_is_said_on_the_command_line(kb: Workspace) -> None:
    """In the reader's language, and as JSON."""
    verdicts(kb, 200, 0.6)

    def said_of(*words: str) -> str:
        done = run("-C", str(kb.root), "learn", *words, LC_ALL="de_DE.UTF-8")
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert json.loads(said_of("--plan", "--json"))["changed"] is True
    said = said_of()
    assert "120" in said
    assert "models/learnt.json" in said
    assert "Verdicts" not in said
