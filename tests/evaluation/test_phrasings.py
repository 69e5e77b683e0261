"""Articles asked for by other words than their own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from archive import archive

from kbuilder import Workspace
from kbuilder.cli import app
from kbuilder.evaluation.phrasings import evaluate_phrasings, figures
from kbuilder.workspace import writing

STRANGE = "Colourful penguins whisper"


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two articles; of one it is said that people ask something that nothing in it answers."""
    kb = archive(tmp_path_factory.mktemp("phrasings") / "kb")
    kb.build()
    for item in kb.queue()[:2]:
        kb.approve(item.lineage, editor="ada")
    article = kb.articles()[0]
    near = f"{article.title} please"
    writing.revise(kb.parts, article.id, "ada", why="phrasings", phrasings=(article.title, near, STRANGE))
    return kb


def test_each_is_asked_where_nobody_told_it(kb: Workspace) -> None:
    """The title is none of them; what only the phrasing itself would find is not found."""
    article = next(each for each in kb.articles() if STRANGE in each.phrasings)
    asked = {each.phrasing: each for each in evaluate_phrasings(kb.parts) if each.article == article.id}
    assert article.title not in asked
    assert asked[f"{article.title} please"].place == 1
    assert (asked[STRANGE].place, asked[STRANGE].shown) == (0, ())
    assert kb.suggest(STRANGE)[0].target == article.id  # who asks so for real is told


def test_shares_are_of_all_that_was_asked(kb: Workspace) -> None:
    """Nothing asked has none."""
    found = figures(evaluate_phrasings(kb.parts))
    assert 0 < found["first"] <= found["among"] < 1
    assert found["silent"] > 0
    assert figures([]) == {}


def test_on_the_command_line(
    kb: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not found is listed, for people and for programs."""

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["kbuilder", "-C", str(Path(kb.root)), "evaluate", "phrasings", *words])
        app(standalone_mode=False)
        return capsys.readouterr().out

    assert STRANGE in run()
    told = json.loads(run("--json"))
    assert STRANGE in [each["phrasing"] for each in told["missed"]]
    assert told["asked"] == len(evaluate_phrasings(kb.parts))
