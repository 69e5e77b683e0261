"""An index on disk: written once, in the order of ids, and opened read-only."""

from __future__ import annotations

import json
import mmap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbuilder.errors import StaleError
from kbuilder.index.entries import Entry
from kbuilder.records import dumps, loads
from kbuilder.text import N_, fold

if TYPE_CHECKING:
    import numpy as np

    from kbuilder.index.lexical import Words
    from kbuilder.index.ngrams import Characters, Forward, Passages
    from kbuilder.index.spelling import Spellings
    from kbuilder.index.vectors import Field

FORMAT = 5
"""Of an index's files. One of another format is built again."""
FIELDS = ("title", "body", "solution", "answers")
"""Of the dense leg: title and phrasings; title with body; title with the first answer; each answer."""
LEXICAL = ("words", "characters", "texts", "ngrams", "coverage")
_CHARACTERS = 600
"""Of a title with its body that the character leg reads."""
_WHOLE = 1500
"""Characters of a whole entry that are read as n-grams."""


@dataclass(frozen=True)
class Question:
    """A question in the forms that the legs read."""

    text: str
    language: str = ""
    vector: np.ndarray | None = None
    """(dimension,) of length 1; ``None`` without a model."""


@dataclass(frozen=True)
class Legs:
    """What each leg says on the entries that were looked at closely. Arrays of one length; higher is better."""

    rows: np.ndarray
    scores: Mapping[str, np.ndarray]
    """By leg. Cosines, 0 without a model: ``title`` of the best of title and phrasings, ``body`` of title and body
    together, ``solution`` of the title with the first answer, ``answers`` of the best one.
    ``words``: BM25 as share of the most that the question could reach;
    ``ngrams``: the same on characters of the whole entry; ``characters`` and ``texts``: cosine of character n-grams
    with title or body, and with the whole entry; ``coverage``: share of the question's words that the entry has."""
    known: float
    """Share of the question's words that any entry has, by rarity, in [0, 1]."""
    dense: bool


def texts_to_embed(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """For each field of the dense leg the texts of all entries, one entry's after the other's."""
    return {name: [text for entry in entries for text in _field(entry, name)] for name in FIELDS}


def _field(entry: Entry, name: str) -> tuple[str, ...]:
    if name == "title":
        return tuple(dict.fromkeys((entry.title, *entry.phrasings)))
    if name == "body":
        return (f"{entry.title}\n{entry.body}".strip(),)
    if name == "solution":
        return ("\n".join((entry.title, *entry.answers[:1])),)
    return entry.answers


def build(
    entries: Sequence[Entry],
    vectors: Mapping[str, np.ndarray] | None,
    folder: Path,
    shares: Mapping[str, Sequence[float]] | None = None,
) -> None:
    """Write an index into an empty or new folder: the same bytes for any order of entries.

    Args:
        entries: with ids that differ.
        vectors: for each field the vectors of what :func:`texts_to_embed` gave for the same entries; empty
            or ``None`` without a model.
        shares: of title, body and words by language, as :func:`kbuilder.index.learning.learn` gives them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    order = sorted(range(len(entries)), key=lambda number: entries[number].id)
    ordered = [entries[number] for number in order]
    _write_entries(ordered, folder)
    if entries:
        _write_lexical(ordered, folder)
    fields = vectors or {}
    for name in sorted(fields):
        _write_field(name, fields[name], entries, order, folder)
    catalogue = {
        "format": FORMAT,
        "ids": [entry.id for entry in ordered],
        "languages": [entry.language for entry in ordered],
        "audiences": [entry.audience for entry in ordered],
        "covers": {entry.id: entry.covers for entry in ordered if entry.covers},
        "fields": sorted(fields),
        "shares": {language: list(found) for language, found in sorted((shares or {}).items())},
    }
    (folder / "catalogue.json").write_text(json.dumps(catalogue, ensure_ascii=False), encoding="utf-8")


def _write_entries(entries: Sequence[Entry], folder: Path) -> None:
    import numpy as np

    lines = [dumps(entry) + b"\n" for entry in entries]
    (folder / "entries.jsonl").write_bytes(b"".join(lines))
    ends = np.cumsum([0, *map(len, lines)], dtype="<i8")
    np.save(folder / "entries.ends.npy", ends, allow_pickle=False)


def _write_lexical(entries: Sequence[Entry], folder: Path) -> None:
    from kbuilder.index import lexical, ngrams, spelling

    spelling.write([_words(entry) for entry in entries], folder)
    stemmed = [(_primary(entry.language), lexical.stems(_words(entry), entry.language)) for entry in entries]
    lexical.write_words(folder / "words", stemmed)
    characters, forward = ngrams.build([_passages(entry) for entry in entries])
    characters.save(folder / "characters")
    forward.save(folder / "ngrams")


def _passages(entry: Entry) -> Passages:
    from kbuilder.index.ngrams import Passages

    titles = _field(entry, "title")
    body = entry.body[: max(_CHARACTERS - len(entry.title), 0)]
    left = _WHOLE - sum(map(len, titles)) - len(body)
    return Passages(titles, body, "\n".join((entry.body[len(body) :], *entry.answers))[: max(left, 0)])


def _words(entry: Entry) -> str:
    return "\n".join((*_field(entry, "title"), entry.body, *entry.answers))


def _primary(language: str) -> str:
    return language.partition("-")[0]


def _write_field(name: str, matrix: np.ndarray, entries: Sequence[Entry], order: Sequence[int], folder: Path) -> None:
    import numpy as np

    from kbuilder.index.vectors import Field

    counts = [len(_field(entry, name)) for entry in entries]
    starts = np.concatenate(([0], np.cumsum(counts)))
    rows = [row for number in order for row in range(starts[number], starts[number + 1])]
    Field.of(matrix[rows], [counts[number] for number in order]).save(folder, name)


def open(folder: Path) -> Index:  # noqa: A001 - read as index.open
    """An index that :func:`build` wrote.

    Raises:
        StaleError: there is none, it is of another format, or a file of it was cut short.
    """
    try:
        return _opened(folder)
    except (OSError, ValueError, EOFError, KeyError) as error:
        raise StaleError(
            N_("The index in {folder} is damaged: {problem}"),
            N_("Delete the folder that holds it, then make it anew with: kbuilder build"),
            folder=folder,
            problem=error,
        ) from error


def _opened(folder: Path) -> Index:
    from kbuilder.index.lexical import open_words
    from kbuilder.index.ngrams import Characters, Forward
    from kbuilder.index.spelling import Spellings
    from kbuilder.index.vectors import Field

    held = _catalogue(folder)
    size = len(held["ids"])
    return Index(
        ids=tuple(held["ids"]),
        languages=tuple(held["languages"]),
        audiences=tuple(held["audiences"]),
        covers={key: tuple(threads) for key, threads in held["covers"].items()},
        entries=Entries.open(folder),
        words=open_words(folder / "words") if size else {},
        spellings=Spellings.open(folder) if size else Spellings(()),
        characters=Characters.open(folder / "characters", size) if size else None,
        ngrams=Forward.open(folder / "ngrams") if size else None,
        shares=held["shares"],
        fields={name: Field.open(folder, name) for name in held["fields"]},
        sizes={file: file.stat().st_size for file in folder.rglob("*") if file.is_file()},
    )


def _catalogue(folder: Path) -> dict[str, Any]:
    file = folder / "catalogue.json"
    held: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if held.get("format") != FORMAT:
        raise StaleError(
            N_("There is no index of this version in {folder}."), N_("Make it with: kbuilder build"), folder=folder
        )
    return held


class Entries:
    """The entries of an index, read from disk one by one as they are asked for."""

    def __init__(self, lines: bytes | mmap.mmap, ends: np.ndarray) -> None:
        self._lines = lines
        self._ends = ends

    @classmethod
    def open(cls, folder: Path) -> Entries:
        from kbuilder.index.vectors import mapped

        file = folder / "entries.jsonl"
        with file.open("rb") as stream:
            lines = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if file.stat().st_size else b""
        ends = mapped(folder, "entries.ends")
        if int(ends[-1]) != len(lines):
            raise ValueError(f"{file.name} has {len(lines)} bytes, not {int(ends[-1])}")
        return cls(lines, ends)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, row: int) -> Entry:
        return loads(Entry, self._lines[int(self._ends[row]) : int(self._ends[row + 1])])


@dataclass(frozen=True)
class Index:
    """Articles or solved threads, ready to be searched. Read-only, memory-mapped, safe for threads."""

    ids: tuple[str, ...]
    """Sorted; an entry's row is its place here."""
    languages: tuple[str, ...]
    audiences: tuple[str, ...]
    covers: Mapping[str, tuple[str, ...]]
    """The threads that an article stands for, by the article's id."""
    entries: Entries
    words: Mapping[str, Words]
    spellings: Spellings
    characters: Characters | None
    ngrams: Forward | None
    fields: Mapping[str, Field]
    shares: Mapping[str, Sequence[float]]
    """Of title, body and words in the score, by language: what the entries told of themselves."""
    sizes: Mapping[Path, int] = field(default_factory=dict)
    """In bytes, of the files that it is read from."""

    def is_whole(self) -> bool:
        """Whether none of its files was cut since: reading what a mapped one has lost ends a process.

        One that is gone from its folder can still be read.
        """
        return all(not file.exists() or file.stat().st_size == size for file, size in self.sizes.items())

    def __len__(self) -> int:
        return len(self.ids)

    def search(self, question: Question, pool: int, among: Collection[str] = ("public",)) -> Legs:
        """What each leg says on the entries that any leg holds to be among the ``pool`` best.

        Args:
            among: the audiences whose entries may be seen.
        """
        import numpy as np

        dense = question.vector is not None and "title" in self.fields
        asked = {language: engine.asked(question.text, language) for language, engine in self.words.items()}
        proposed = self._proposed(question, asked, pool, dense)
        rows = np.array([row for row in proposed.tolist() if self.audiences[row] in among], np.int64)
        cosines = {name: self._cosines(name, question.vector, rows) for name in FIELDS}
        return Legs(
            rows=rows,
            scores={**cosines, **self._words(asked, rows), **self._ngrams(question, rows)},
            known=max((self.words[language].known(stems) for language, stems in asked.items()), default=0.0),
            dense=dense,
        )

    def knows(self, word: str) -> bool:
        """Whether any entry has a word, in any of its forms, or the words that it is made of; or it is common."""
        return any(
            fold(word) in engine.common or engine.known(engine.asked(word, language)) > 0
            for language, engine in self.words.items()
        )

    def weights(self, language: str, dense: bool) -> dict[str, float]:
        """The share of each leg in the score of a question in a language: as learnt, else as usual."""
        import numpy as np

        from kbuilder.index import fusion

        found = self.shares.get(language.partition("-")[0])
        return fusion.weights(fusion.USUAL if found is None else np.array(found), dense)

    def _proposed(self, question: Question, asked: Mapping[str, Sequence[str]], pool: int, dense: bool) -> np.ndarray:
        """Rows of the best by words and by meaning, or by characters where there is no vector; sorted."""
        import numpy as np

        from kbuilder.index.lexical import highest

        found = [self.words[language].best(stems, pool) for language, stems in asked.items()]
        if dense and question.vector is not None:
            found.append(self.fields["body"].nearest(question.vector, pool))
        elif self.characters:
            found.append(highest(self.characters.scores(question.text), pool))
        return np.unique(np.concatenate([np.zeros(0, np.int64), *found]))

    def _words(self, asked: Mapping[str, Sequence[str]], rows: np.ndarray) -> dict[str, np.ndarray]:
        """BM25 and coverage; an entry has them in its own language alone."""
        import numpy as np

        bm25, coverage = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
        for language, stems in asked.items():
            found = self.words[language].scores(stems, rows)
            bm25 += found.bm25
            coverage += found.coverage
        return {"words": bm25, "coverage": coverage}

    def _ngrams(self, question: Question, rows: np.ndarray) -> dict[str, np.ndarray]:
        import numpy as np

        if self.ngrams is None:
            return {name: np.zeros(0, np.float32) for name in ("characters", "texts", "ngrams")}
        found = self.ngrams.scores(question.text, rows)
        return {"characters": found.question, "texts": found.whole, "ngrams": found.bm25}

    def _cosines(self, name: str, vector: np.ndarray | None, rows: np.ndarray) -> np.ndarray:
        import numpy as np

        if vector is None or name not in self.fields:
            return np.zeros(len(rows), np.float32)
        return self.fields[name].best(vector, rows)
