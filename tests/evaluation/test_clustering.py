"""Figures on groups, by hand; and groups that are written before a label is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.config import read_recipe
from kbuilder.errors import SourceError
from kbuilder.evaluation.clustering import evaluate_cluster, measures

LABELS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)
TEXTS = {
    "reset": ["How do I reset my router?", "how do i reset my router please", "Router: how do I reset it?"],
    "port": ["Forward a port to my server", "How can I forward a port to my server"],
    "strap": ["The strap of the watch is broken"],
}


def write(file: Path, labels: bool = True) -> Path:
    rows = [
        {"_id": f"{label}{number}", "text": text, **({"label": label} if labels else {})}
        for label, texts in TEXTS.items()
        for number, text in enumerate(texts)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_figures_by_hand() -> None:
    """Of two pairs one is found and one text too many is with it."""
    found = measures(["a", "a", "b", "b", "c"], [0, 0, 1, 2, 0])
    assert found["B-cubed precision"] == pytest.approx((2 / 3 + 2 / 3 + 1 + 1 + 1 / 3) / 5)
    assert found["B-cubed recall"] == pytest.approx((1 + 1 + 1 / 2 + 1 / 2 + 1) / 5)
    assert found["pairwise precision"] == pytest.approx(1 / 3)
    assert found["pairwise recall"] == pytest.approx(1 / 2)
    assert found["pairwise F1"] == pytest.approx(2 / 5)


def test_doing_nothing_is_seen() -> None:
    """B-cubed and V flatter it; pairwise F1, ARI and AMI do not."""
    found = measures(["a", "b", "b", "c", "d"], range(5))
    assert found["B-cubed F1"] > 0.8
    assert found["V"] > 0.8
    assert (found["pairwise F1"], found["ARI"]) == (0, 0)
    assert found["AMI"] == pytest.approx(0, abs=1e-9)


@given(LABELS)
@settings(deadline=None, max_examples=30)
def test_the_labels_themselves_are_perfect(pairs: list[tuple[int, int]]) -> None:
    """And no figure is above 1 or depends on names."""
    truth, other = [a for a, _ in pairs], [b for _, b in pairs]
    perfect = measures(truth, [f"group {label}" for label in truth])
    named = {"texts", "groups"}
    assert all(value == pytest.approx(1) for name, value in perfect.items() if name not in named)
    assert all(value <= 1 + 1e-9 for name, value in measures(truth, other).items() if name not in named)


def test_groups_are_written_before_a_label_is_read(tmp_path: Path) -> None:
    """A file without labels fails, with its groups on disk; they are those that a file with labels gets."""
    recipe = read_recipe("small")
    blind, seen = tmp_path / "blind.jsonl", tmp_path / "seen.jsonl"
    with pytest.raises(SourceError, match="label"):
        evaluate_cluster(write(tmp_path / "texts.jsonl", labels=False), recipe, blind)
    found = evaluate_cluster(write(tmp_path / "labelled.jsonl"), recipe, seen)
    assert blind.read_bytes() == seen.read_bytes()
    rows = [json.loads(line) for line in seen.read_text(encoding="utf-8").splitlines()]
    assert [row["_id"] for row in rows] == ["reset0", "reset1", "reset2", "port0", "port1", "strap0"]
    assert found.figures["kbuilder"]["pairwise F1"] == 1
    assert found.figures["alone"]["groups"] == 6
    assert found.sizes == {1: 1, 2: 1, 3: 1}


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """Its group could not be told."""
    file = tmp_path / "twice.jsonl"
    file.write_text('{"_id": "a", "text": "x", "label": "1"}\n' * 2, encoding="utf-8")
    with pytest.raises(SourceError, match="twice"):
        evaluate_cluster(file, read_recipe("small"), tmp_path / "out.jsonl")
