"""Judged data in the BEIR layout, and variants of it that are as a forum is: with gaps, and with repetitions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kbuilder.errors import SourceError
from kbuilder.index import Entry
from kbuilder.records import digest
from kbuilder.text import N_, language_of

LEFT_OUT = 1 / 3
REPETITIONS = 4
"""An entry gets fewer than so many others that ask the same."""


@dataclass(frozen=True)
class Judged:
    """A corpus, and questions whose right answers are known."""

    name: str
    language: str
    entries: tuple[Entry, ...]
    questions: tuple[tuple[str, str], ...]
    """Id and text."""
    right: Mapping[str, frozenset[str]]
    """By question, the entries that answer it; a question without any is to get silence."""
    among: Mapping[str, frozenset[str]] | None = None
    """By question, the only entries that were judged; ``None``: all."""


def read_corpus(folder: Path) -> tuple[str, tuple[Entry, ...]]:
    """The language that most of a corpus is in, and its entries.

    Raises:
        SourceError: there is no such file, or a line is none of a corpus.
    """
    rows = _rows(folder / "corpus.jsonl", ("_id", "title"))
    language = language_of("\n".join(row["title"] for row in rows)[:20_000])
    return language, tuple(_entry(row, language) for row in rows)


def _entry(row: Mapping[str, Any], language: str) -> Entry:
    answers = (answer.strip() for answer in row.get("answers", ()))
    return Entry(
        id=row["_id"],
        title=row["title"],
        body=row.get("text", ""),
        answers=tuple(dict.fromkeys(answer for answer in answers if answer)),
        language=language,
    )


def read_questions(folder: Path, split: str) -> tuple[tuple[str, str], ...]:
    """The questions of a split: id and text."""
    return tuple((row["_id"], row["text"]) for row in _rows(folder / f"queries.{split}.jsonl", ("_id", "text")))


def read_among(folder: Path, split: str) -> dict[str, frozenset[str]] | None:
    """The judged entries of each question, where only some were judged."""
    file = folder / "candidates" / f"{split}.tsv"
    return _pairs(file) if file.is_file() else None


def read_right(folder: Path, split: str) -> dict[str, frozenset[str]]:
    """The right entries of each question."""
    return _pairs(folder / "qrels" / f"{split}.tsv", score=True)


def read(folder: Path, split: str) -> Judged:
    """A judged set, whole: for fitting, never before a run that is judged by it."""
    language, entries = read_corpus(folder)
    return Judged(
        name=folder.name,
        language=language,
        entries=entries,
        questions=read_questions(folder, split),
        right=read_right(folder, split),
        among=read_among(folder, split),
    )


def left_out(judged: Judged, seed: str, share: float = LEFT_OUT) -> Judged:
    """Without a share of the answers, chosen by digest: their questions have none any more.

    Entries that answer the same question go together.
    """
    families: dict[str, str] = {}
    for found in judged.right.values():
        for each in found:
            families[each] = min(families.get(each, each), *found, each)
    kept = tuple(entry for entry in judged.entries if _chance(seed, families.get(entry.id, entry.id)) >= share)
    ids = {entry.id for entry in kept}
    right = {question: found & ids for question, found in judged.right.items()}
    return replace(judged, entries=kept, right={question: found for question, found in right.items() if found})


def repeated(judged: Judged) -> Judged:
    """Some questions become entries of their own, as in a forum where the same is asked again."""
    texts = dict(judged.questions)
    wanted = {entry.id: int(_chance("repetitions", entry.id) * REPETITIONS) for entry in judged.entries}
    added: dict[str, list[Entry]] = {}
    used: set[str] = set()
    for question in sorted(texts, key=lambda each: _chance("order", each)):
        for entry in sorted(judged.right.get(question, ())):
            if len(added.get(entry, ())) < wanted.get(entry, 0):
                used.add(question)
                again = Entry(id=f"{entry}~{question}", title=texts[question], language=judged.language)
                added.setdefault(entry, []).append(again)
    families = {entry: {entry, *(each.id for each in again)} for entry, again in added.items()}
    return replace(
        judged,
        entries=(*judged.entries, *(each for entry in sorted(added) for each in added[entry])),
        questions=tuple(each for each in judged.questions if each[0] not in used),
        right={
            question: frozenset(each for entry in found for each in families.get(entry, {entry}))
            for question, found in judged.right.items()
        },
    )


def _chance(seed: str, name: str) -> float:
    """A number in [0, 1) that depends on nothing else."""
    return int(digest(f"{seed}\n{name}")[:12], 16) / 16**12


def _rows(file: Path, needed: Sequence[str]) -> list[dict[str, Any]]:
    lines = _text(file).splitlines()
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            row = None
        if not isinstance(row, dict) or any(not isinstance(row.get(key), str) for key in needed):
            raise SourceError(
                N_("{file}:{line}: this is no JSON object with {keys}."),
                N_("The BEIR layout is described in the reference, “evaluate”."),
                file=file,
                line=number,
                keys=", ".join(needed),
            )
        rows.append(row)
    return rows


def _pairs(file: Path, score: bool = False) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _text(file).splitlines()[1:]:
        question, entry, value = line.split("\t")
        if not score or float(value) > 0:
            found.setdefault(question, set()).add(entry)
    return {question: frozenset(entries) for question, entries in found.items()}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SourceError(
            N_("There is no file {file}."),
            N_("The BEIR layout is described in the reference, “evaluate”."),
            file=file,
        ) from None
