"""Many small groups among many loners, as forums have them: drawn from StackFAQ's rephrased questions.

``python tests/skewed.py OUT.jsonl [--seed N]`` writes a draw for ``kbuilder evaluate cluster``. Of each of the 125
threads so many texts are taken as :data:`SIZES` says by chance, as far as they are there: the visible part has ten
rephrasings of 63 of them, and the title alone of the others. 275 questions of another forum stand alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
from collections import defaultdict
from pathlib import Path

SIZES = (1, 1, 1, 1, 2, 2, 3, 4, 6, 10)
SINGLES = 275
OTHERS = ("qatarliving-dev", "qatarliving-train_part2")
DRAWS = 5
ARRIVING = 0.05
"""New threads of each arrival, as a share of those before."""


def draw(data: Path, seed: int) -> list[dict[str, str]]:
    """Rows with ``_id``, ``text`` and ``label``: the same for the same seed, in an order by chance.

    Args:
        data: the folder of judged data.
        seed: which draw.
    """
    chance = random.Random(seed)
    rows = []
    for label, texts in sorted(_threads(data / "stackfaq").items()):
        size = min(chance.choice(SIZES), len(texts))
        rows += [{"_id": name, "text": text, "label": label} for name, text in chance.sample(texts, size)]
    singles = _questions(data)
    rows += [{"_id": name, "text": text, "label": name} for name, text in chance.sample(singles, SINGLES)]
    chance.shuffle(rows)
    return rows


def arrivals(total: int, times: int) -> list[int]:
    """How many threads there are at first, and after each arrival of 5 % more; all of them in the end.

    >>> arrivals(100, 2)
    [91, 95, 100]
    """
    return [round(total / (1 + ARRIVING) ** left) for left in range(times, -1, -1)]


def _threads(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """By thread, ids and texts of its title and its rephrasings."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in _lines(folder / "corpus.jsonl"):
        found[row["_id"]].append((row["_id"], row["title"]))
    asked = {row["_id"]: row["text"] for row in _lines(folder / "queries.dev.jsonl")}
    with (folder / "qrels" / "dev.tsv").open(encoding="utf-8") as judged:
        for row in csv.DictReader(judged, delimiter="\t"):
            if int(row["score"]) > 0 and row["query-id"] in asked:
                found[row["corpus-id"]].append((row["query-id"], asked[row["query-id"]]))
    return found


def _questions(data: Path) -> list[tuple[str, str]]:
    """Titles of another forum's threads, each wording once."""
    titles: dict[str, tuple[str, str]] = {}
    for name in OTHERS:
        for row in _lines(data / name / "corpus.jsonl"):
            titles.setdefault(row["title"].casefold(), (f"{name}:{row['_id']}", row["title"]))
    return sorted(titles.values())


def _lines(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0, help=f"which of the {DRAWS} draws, from 0")
    given = parser.parse_args()
    drawn = draw(Path(os.environ["KBUILDER_EVAL_DATA"]), given.seed)
    given.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in drawn), encoding="utf-8")
