"""A build's files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kbuilder.errors import StaleError
from kbuilder.records import Lineage
from kbuilder.workspace import generation

DAMAGE: dict[str, Callable[[Path], object]] = {
    "other bytes": lambda file: file.write_bytes(b"\xff{bad\n"),
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:-3]),
    "gone": lambda file: file.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["candidates", "cuts", "inferred"])
def test_a_damaged_file_of_a_build_is_named(tmp_path: Path, name: str, damage: str) -> None:
    """With the folder to delete; without that folder nothing counts as built."""

    def fill(folder: Path) -> None:
        manifest = f'{{"format": {generation.FORMAT}}}'
        (folder / "manifest.json").write_text(manifest, encoding="utf-8")
        generation.write_lines([Lineage(id="a", members=("forum:1",))], folder / "candidates.jsonl")
        for each in ("cuts", "inferred"):
            (folder / f"{each}.json").write_text('{"a": 1}', encoding="utf-8")

    made = generation.write(tmp_path, "abc", fill)
    generation.make_current(tmp_path, made)
    assert generation.current(tmp_path) is not None
    file = next(made.folder.glob(f"{name}.*"))
    DAMAGE[damage](file)
    with pytest.raises(StaleError, match="damaged or gone") as caught:
        getattr(made, name)
    assert str(file) in str(caught.value)
    assert str(made.folder) in caught.value.advice
    shutil.rmtree(made.folder)
    assert generation.current(tmp_path) is None
