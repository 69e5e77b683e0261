"""The page on privacy tells every column of the database, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from kbuilder.store import database

PAGE = Path(__file__).parents[1] / "docs/privacy.md"


def told() -> set[str]:
    """Each ``table.column`` of the page: named so, or as a list behind its table's name."""
    found: set[str] = set()
    for cell in re.findall(r"^\| [^|]+ \| ([^|]*`[^|]*) \|", PAGE.read_text("utf-8"), re.MULTILINE):
        for part in cell.split(";"):
            table, _, columns = part.strip().partition(":")
            names = re.findall(r"`([\w.]+)`", columns or table)
            found |= {f"{table.strip('`')}.{name}" for name in names} if columns else {*names}
    return found


def test_every_column_is_told() -> None:
    """What it is, what for, for how long, how it goes."""
    columns = {f"{name}.{column.name}" for name, table in database._tables().items() for column in table.columns}
    assert len(columns) > 50
    assert told() == columns


def test_every_row_says_all_of_it() -> None:
    """No cell is empty."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) > 15
    assert all(len(cells := line.strip("|").split("|")) == 5 and all(map(str.strip, cells)) for line in rows)
