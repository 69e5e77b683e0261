"""What a candidate rests on, and which problems matter most, on the example community."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import prepared
import pytest

from kbuilder import Workspace
from kbuilder.cli import app
from kbuilder.errors import StaleError


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Built without a model. Tests change nothing but by decisions that they take back."""
    return prepared.example(tmp_path_factory)


def run(kb: Workspace, *words: str, capsys: pytest.CaptureFixture[str]) -> str:
    app(["-C", str(kb.root), *words], standalone_mode=False)
    return capsys.readouterr().out


def test_members_are_nearer_than_neighbours(example: Workspace) -> None:
    """The mean of the members' similarities reaches the cut, no other candidate does, and none is left out."""
    several = [each for each in example.generation.candidates.values() if len(each.members) > 1]
    assert len(several) > 10
    for candidate in several[:6]:
        found = example.explain(candidate.lineage)
        assert {each.id for each in found.members} == {*candidate.members}
        mean = sum(each.similarity for each in found.members) / len(found.members)
        assert mean >= found.cut - 1e-3
        assert found.neighbours[0].similarity < found.cut
        assert found.kept_apart == ()
        assert found.cut == example.cuts()[candidate.language].cut


def test_what_editors_decided_is_told(tmp_path: Path) -> None:
    """A cannot-link parts a candidate: the other half is near enough, and it says who keeps it apart."""
    example = prepared.few(tmp_path / "kb")
    example.import_threads("jsonl", example.example)
    example.build()
    pairs = [each for each in example.generation.candidates.values() if len(each.members) == 2]
    pair = max(pairs, key=lambda each: each.cohesion)
    decision = example.cannot_link(pair.members, editor="ada")
    with pytest.raises(StaleError):
        example.explain(pair.lineage)
    example.build()
    holder = next(each for each in example.generation.candidates.values() if pair.members[0] in each.members)
    found = example.explain(holder.lineage)
    assert [each.id for each in found.decisions] == [decision.id]
    assert found.kept_apart
    example.close()


def test_the_pareto_curve_adds_up_the_demand(example: Workspace) -> None:
    """In the order of the queue it rises to all of it; the first problems that make 80 % are as few as can be."""
    found = example.demanded()
    assert len(found.problems) == len(example.generation.candidates)
    shares = [each.share for each in found.problems]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert shares[found.eighty - 1] >= 0.8 > shares[found.eighty - 2]
    scores = [each.candidate.demand.score for each in found.problems]
    assert scores == sorted(scores, reverse=True)
    assert shares[0] == pytest.approx(scores[0] / sum(scores))


def test_what_was_decided_counts_as_answered(example: Workspace) -> None:
    """An approved problem is marked; the others wait."""
    wanted = example.demanded().problems[0]
    assert not wanted.answered
    example.approve(wanted.lineage, editor="ada")
    assert [each.lineage for each in example.demanded().problems if each.answered] == [wanted.lineage]
    example.undo(wanted.lineage, editor="ada")


def test_the_command_line_tells_and_draws(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cut by language, the top ten, what became of each id, and drawings that are XML."""
    example = prepared.example(tmp_path_factory)  # of its own: others build again
    cut, top = tmp_path / "cut.svg", tmp_path / "top.svg"
    told = run(example, "candidates", "threshold", "--plot", str(cut), capsys=capsys)
    assert f"Cut at {example.cuts()['de'].cut:.3f}" in told
    problems = json.loads(run(example, "candidates", "top", "--json", "--plot", str(top), capsys=capsys))
    assert len(problems["problems"]) == 10
    lineage = problems["problems"][0]["lineage"]
    assert "nearest candidates outside" in run(example, "candidates", "explain", lineage[:8], capsys=capsys)
    born = json.loads(run(example, "candidates", "changes", "--json", capsys=capsys))
    told = run(example, "candidates", "changes", capsys=capsys)
    assert len(born) == len(told.splitlines()) == len(example.generation.candidates)
    for file, name, tick in ((cut, "halves agree (de)", "0.1"), (top, "demand", "20")):
        drawing = ElementTree.fromstring(file.read_text(encoding="utf-8"))
        assert len(drawing.findall("{http://www.w3.org/2000/svg}polyline")) > 7
        at = {each.text: float(each.get("x", "")) for each in drawing.iter("{http://www.w3.org/2000/svg}text")}
        grid = drawing.find("{http://www.w3.org/2000/svg}polyline")
        assert grid is not None
        assert at[name] > float(grid.get("points", "").split()[1].split(",")[0])  # beside the lines, not across them
        assert tick in at  # places are told in round numbers
