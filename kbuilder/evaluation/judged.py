"""Judged data in the BEIR layout, and variants of it that are as a forum is: with gaps, and with repetitions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

from kbuilder.errors import SourceError
from kbuilder.evaluation.measures import right
from kbuilder.index import Entry
from kbuilder.records import digest
from kbuilder.text import N_, clean, fold, language_of, squeeze, words

LEFT_OUT = 1 / 3
GOOD = "Good"
"""The mark of an answer that counts."""
_COLUMNS = 3
_HIGHEST = 2**31
"""What a judgment or a rank stays below."""
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_SLIPS, _LONG = 8, 4
"""Words to a slip, and letters of a word that gets one."""
REPETITIONS = 4
"""An entry gets fewer than so many others that ask the same."""


@dataclass(frozen=True)
class Corpus:
    """What a knowledge base is built from."""

    language: str
    entries: tuple[Entry, ...]
    labels: Mapping[str, str]
    """What an entry asks, by id, where the corpus says so: entries of one label ask the same."""


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


def read_corpus(folder: Path, language: str = "") -> Corpus:
    """The entries of a corpus.

    Args:
        language: of all entries; by default that which most titles are in.

    Raises:
        SourceError: there is no such file, or a line is none of a corpus.
    """
    rows = rows_of(folder / "corpus.jsonl")
    spoken = language or language_of(
        "\n".join(text_of(row, "title") or text_of(row, "text") for row in rows)[:20_000]
    )
    return Corpus(
        spoken, tuple(_entry(row, spoken) for row in rows), {row["_id"]: text_of(row, "label") for row in rows}
    )


def _entry(row: Mapping[str, Any], language: str) -> Entry:
    title, body = squeeze(text_of(row, "title")), text_of(row, "text").strip()
    if not title:  # the BEIR layout allows documents without one
        title, _, body = body.partition("\n")
    return Entry(id=row["_id"], title=title.strip(), body=body.strip(), answers=_good(row), language=language)


def _good(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The answers; only those that are marked as good where marks stand beside them."""
    given = row.get("answers")
    answers = [given] if isinstance(given, str) else [each for each in given or () if isinstance(each, str)]
    marks = row.get("answer_labels")
    if isinstance(marks, list) and len(marks) == len(answers):
        answers = [answer for answer, mark in zip(answers, marks, strict=True) if mark == GOOD]
    return tuple(dict.fromkeys(answer.strip() for answer in answers if answer.strip()))


def read_questions(folder: Path, split: str) -> tuple[tuple[str, str], ...]:
    """The questions of a split: id and text."""
    return tuple((row["_id"], text_of(row, "text")) for row in rows_of(folder / f"queries.{split}.jsonl"))


def read_among(folder: Path, split: str) -> dict[str, frozenset[str]] | None:
    """The judged entries of each question, where only some were judged."""
    file = folder / "candidates" / f"{split}.tsv"
    if not file.is_file():
        return None
    found: dict[str, set[str]] = {}
    for question, entry, _ in _table(file):
        found.setdefault(question, set()).add(entry)
    return {question: frozenset(entries) for question, entries in found.items()}


def read_judgments(folder: Path, split: str, only: Collection[str] | None = None) -> dict[str, dict[str, int]]:
    """How well entries answer each question: above 0 is right.

    Args:
        only: the questions whose judgments may be seen.
    """
    found: dict[str, dict[str, int]] = {}
    for question, entry, score in _table(folder / "qrels" / f"{split}.tsv"):
        if only is None or question in only:
            found.setdefault(question, {})[entry] = ceil(float(score))
    return found


def read(folder: Path, split: str) -> Judged:
    """A judged set, whole: for fitting, never before a run that is judged by it."""
    corpus = read_corpus(folder)
    judgments = read_judgments(folder, split)
    return Judged(
        name=folder.name,
        language=corpus.language,
        entries=corpus.entries,
        questions=read_questions(folder, split),
        right={question: found for question in judgments if (found := right(judgments, question))},
        among=read_among(folder, split),
    )


def without(corpus: Corpus, share: float) -> Corpus:
    """A corpus from which a share was removed, chosen by digest, before any judgment is read.

    Entries of one ``label``, and those with the same title, ask the same: they go together.
    """
    family = {entry.id: corpus.labels.get(entry.id) or fold(entry.title) for entry in corpus.entries}
    kept = tuple(entry for entry in corpus.entries if chance("left out", family[entry.id]) >= share)
    return replace(corpus, entries=kept)


def seeded(questions: Sequence[str], count: int) -> frozenset[str]:
    """So many of the questions, chosen by digest."""
    return frozenset(sorted(questions, key=lambda each: chance("labels", each))[:count])


def left_out(judged: Judged, seed: str, share: float = LEFT_OUT) -> Judged:
    """Without a share of the answers, chosen by digest: their questions have none any more.

    Entries that answer the same question go together.
    """
    families: dict[str, str] = {}
    for found in judged.right.values():
        for each in found:
            families[each] = min(families.get(each, each), *found, each)
    kept = tuple(entry for entry in judged.entries if chance(seed, families.get(entry.id, entry.id)) >= share)
    ids = {entry.id for entry in kept}
    right = {question: found & ids for question, found in judged.right.items()}
    return replace(judged, entries=kept, right={question: found for question, found in right.items() if found})


def repeated(judged: Judged) -> Judged:
    """Some questions become entries of their own, as in a forum where the same is asked again."""
    texts = dict(judged.questions)
    wanted = {entry.id: int(chance("repetitions", entry.id) * REPETITIONS) for entry in judged.entries}
    added: dict[str, list[Entry]] = {}
    used: set[str] = set()
    for question in sorted(texts, key=lambda each: chance("order", each)):
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


def echoed(judged: Judged) -> Judged:
    """The entries' titles as questions, each answered by its entry and by all that answer the same."""
    families: dict[str, frozenset[str]] = {}
    for found in judged.right.values():
        for each in found:
            families[each] = families.get(each, frozenset({each})) | found
    titles = {fold(entry.title): frozenset[str]() for entry in judged.entries}
    for entry in judged.entries:
        titles[fold(entry.title)] |= families.get(entry.id, frozenset({entry.id}))
    asked = {f"echo {entry.id}": entry for entry in judged.entries if words(entry.title)}
    return replace(
        judged,
        questions=tuple((key, entry.title) for key, entry in asked.items()),
        right={key: titles[fold(entry.title)] for key, entry in asked.items()},
        among=None,
    )


def begun(judged: Judged, share: float) -> Judged:
    """Questions of which a share of the words was typed so far."""

    def cut(text: str) -> str:
        found = text.split()
        return " ".join(found[: max(1, round(share * len(found)))])

    return replace(judged, questions=tuple((key, cut(text)) for key, text in judged.questions))


def hurried(judged: Judged) -> Judged:
    """Questions without capitals, with ae for ä, and with one slip in eight words, always the same one."""
    return replace(judged, questions=tuple((key, _hurried(key, text)) for key, text in judged.questions))


def _hurried(key: str, text: str) -> str:
    found = text.lower().translate(_PLAIN).split()
    slips = [number for number, word in enumerate(found) if len(word) >= _LONG]
    for number in sorted(slips, key=lambda place: chance(key, f"{place}"))[: max(1, round(len(found) / _SLIPS))]:
        word, place = found[number], 1 + int(chance(key, f"{number} where") * (len(found[number]) - 2))
        ways = (word[:place] + word[place + 1 :], word[:place] + word[place] + word[place:])
        swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        found[number] = (*ways, swapped)[int(chance(key, f"{number} how") * 3)]
    return " ".join(found)


def chance(seed: str, name: str) -> float:
    """A number in [0, 1) that depends on nothing else."""
    return int(digest(f"{seed}\n{name}")[:12], 16) / 16**12


def rows_of(file: Path, needed: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rows of a JSON Lines file, each with an ``_id`` of its own and the needed fields, texts or numbers.

    Raises:
        SourceError: there is no such file, a line is no such row, or an id stands twice.
    """
    rows: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(_content(file).split("\n"), 1):
        if line.strip():
            row = _row(line, file, number, needed)
            if row["_id"] in rows:
                raise SourceError(
                    N_("{file}:{line}: the _id “{id}” stands twice."),
                    N_("Give each row an _id of its own."),
                    file=file,
                    line=number,
                    id=row["_id"],
                )
            rows[row["_id"]] = row
    return [*rows.values()]


def _row(line: str, file: Path, number: int, needed: Sequence[str]) -> dict[str, Any]:
    try:
        row = json.loads(clean(json.dumps(json.loads(line), ensure_ascii=False)))
    except (ValueError, RecursionError):
        row = None
    key = row.get("_id") if isinstance(row, dict) else None
    wanted = ("_id", *needed)
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str | int) for name in wanted):
        raise SourceError(
            N_("{file}:{line}: this is no JSON object with {keys}."),
            N_("The BEIR layout is described in docs/how-to/measure-suggestions.md."),
            file=file,
            line=number,
            keys=", ".join(wanted),
        )
    return {**row, "_id": str(key)}


def text_of(row: Mapping[str, Any], key: str) -> str:
    """A field's text; empty where there is none."""
    value = row.get(key)
    return value if isinstance(value, str) else ""


def _table(file: Path) -> Iterator[tuple[str, str, str]]:
    """The rows of a table with tabs, without its header."""
    for number, line in enumerate(_content(file).split("\n"), 1):
        cells = line.split("\t")
        if len(cells) == _COLUMNS and _is_number(cells[2]):
            yield cells[0], cells[1], cells[2]
        elif number > 1 and line.strip():
            raise SourceError(
                N_("{file}:{line}: this is no row of question, entry and a number, with tabs between."),
                N_("The BEIR layout is described in docs/how-to/measure-suggestions.md."),
                file=file,
                line=number,
            )


def _is_number(cell: str) -> bool:
    try:
        return abs(float(cell)) < _HIGHEST
    except ValueError:
        return False


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise SourceError(
            N_("There is no file {file}."),
            N_("The BEIR layout is described in docs/how-to/measure-suggestions.md."),
            file=file,
        ) from None
    except UnicodeDecodeError as error:
        raise SourceError(
            N_("{place}: this is not UTF-8: {error}"), N_("Save the file as UTF-8."), place=file, error=error
        ) from None
