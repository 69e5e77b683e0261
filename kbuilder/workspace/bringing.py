"""Articles that were written elsewhere, brought in from Markdown files and from tables.

They await publication like any that an editor wrote: all their sentences are editorial. A file that is wrong brings
in nothing, and neither do those beside it, so that the same files can be brought in again once it is mended.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, get_args

from kbuilder.config import Config, Source
from kbuilder.errors import ConfigError, KBError, Lines, Said, SourceError, at
from kbuilder.importers import csv_table
from kbuilder.importers.report import Report
from kbuilder.markup import without_references
from kbuilder.records import Article, Fault, Kind, State, Thread
from kbuilder.store import articles as article_files
from kbuilder.text import N_, fold, products_of, squeeze, words
from kbuilder.workspace import writing
from kbuilder.workspace.parts import Parts

ENDINGS = (".md", ".markdown", ".csv")
LONGEST_TITLE, LONGEST_BODY = 300, 200_000
"""Characters, as the desk's form takes them."""
_CARRIED = ("title", "lang", "language", "audience", "kind", "tags", "product")
_HEADING = re.compile(r"\A#[ \t]+(?P<title>[^\n]+?)[ \t#]*(?:\n|\Z)")


@dataclass(frozen=True, slots=True)
class File:
    """Something to bring in."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """What files hold."""

    articles: tuple[Article, ...]
    not_carried: Mapping[str, int]
    """Keys of front matter and headers of columns that mean nothing here, with how often they stood there."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What was brought in."""

    made: tuple[Article, ...]
    known: tuple[str, ...]
    """Titles of which there was an article already."""


def read(files: Sequence[File], config: Config, language: str, audience: str = "public") -> Found:
    """The articles that files hold.

    Args:
        language: of those that do not say.
        audience: likewise.

    Raises:
        ConfigError: every fault of every file, with its place.
        SourceError: a table cannot be read at all.
    """
    faults: list[Fault] = []
    dropped: Counter[str] = Counter()
    found: list[Article] = []
    for file in files:
        read_file = _table if PurePath(file.name).suffix.lower() == ".csv" else _markdown
        for article, place in read_file(file, language, audience, faults, dropped):
            wrong = list(_faults(article, place, config))
            faults += wrong
            if not wrong:
                found.append(article)
    if faults:
        raise ConfigError(
            "{faults}",
            N_("Nothing was brought in. Mend the lines named above and try again."),
            faults=Lines(tuple(at(each.place, Said(each.message, each.values)) for each in faults)),
        )
    if not found:
        raise KBError(N_("There is no article in these files."), N_("Name Markdown files (.md) or tables (.csv)."))
    return Found(tuple(found), dict(sorted(dropped.items())))


def bring(parts: Parts, found: Sequence[Article], editor: str, state: State = "draft") -> Brought:
    """Make articles, each in one commit; those of a title that is there already are left out."""
    known = {_key(each) for each in parts.decided.articles(parts.head())}
    made: list[Article] = []
    left: list[str] = []
    for article in found:
        if _key(article) in known:
            left.append(article.title)
            continue
        known.add(_key(article))
        made.append(writing.create(parts, replace(article, state=state), editor, looked_at=False))
    return Brought(tuple(made), tuple(left))


def _key(article: Article) -> tuple[str, str, str]:
    return article.language, article.audience, fold(squeeze(article.title))


def _markdown(
    file: File, language: str, audience: str, faults: list[Fault], dropped: Counter[str]
) -> Iterator[tuple[Article, str]]:
    front, body, wrong = article_files.foreign(file.data, file.name)
    faults += wrong
    if wrong:
        return
    dropped.update(key for key in front if key not in _CARRIED)
    values = {key: _line(front.get(key, "")) for key in _CARRIED}
    heading = _HEADING.match(body)
    if heading and (not values["title"] or fold(values["title"]) == fold(heading["title"])):
        body = body[heading.end() :]
    made = _article(
        values["title"] or (heading["title"] if heading else ""),
        body,
        (values["lang"] or values["language"]).lower().replace("_", "-") or language,
        values["audience"] or audience,
    )
    kind: Any = values["kind"] or "question"
    tags = products_of(values["tags"])
    yield replace(made, kind=kind, tags=tags, product=", ".join(products_of(values["product"]))), f"{file.name}:1"


def _line(value: Any) -> str:
    """A value of front matter as one line: a list with commas between."""
    if isinstance(value, list):
        return ", ".join(each for each in value if isinstance(each, str))
    return value.strip() if isinstance(value, str) else ""


def _table(
    file: File, language: str, audience: str, faults: list[Fault], dropped: Counter[str]
) -> Iterator[tuple[Article, str]]:
    """A table of questions and answers, read as an import reads it."""
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(file.data)
        try:
            threads = list(csv_table.read(path, Source(name="table", format="csv"), report))
        except SourceError as error:
            raise SourceError(error.message, error.hint, **{**error.values, "file": file.name}) from None
    dropped.update({name.partition(" ")[2]: count for name, count in report.not_carried.items()})
    faults += (
        Fault(
            place=each.place.replace("table.csv", file.name, 1),
            message=each.message,
            values=each.values,
        )
        for each in report.rejects
    )
    for thread in threads:
        yield _of_thread(thread, thread.language or language, audience), file.name


def _of_thread(thread: Thread, language: str, audience: str) -> Article:
    asked = thread.question.body
    texts = [*([] if squeeze(asked) == thread.title else [asked]), *(each.body for each in thread.answers)]
    made = _article(thread.title, "\n\n".join(texts) if thread.answers else "", language, audience)
    return replace(made, tags=thread.tags, product=thread.product)


def _article(title: str, body: str, language: str, audience: str) -> Article:
    return Article(
        id="",
        slug="",
        title=squeeze(title),
        language=language,
        body=without_references(body).strip(),  # it has no sources here
        created="",
        updated="",
        audience=audience,
    )


def _faults(article: Article, place: str, config: Config) -> Iterator[Fault]:
    """What is wrong with an article, before any is made."""

    def fault(message: str, **values: object) -> Fault:
        return Fault(place=place, message=message, values=values)

    if not words(article.title) or len(article.title) > LONGEST_TITLE:
        yield fault(
            N_("expected a title of at most {most} characters: “title: …”, or a first line “# …”"), most=LONGEST_TITLE
        )
    if not words(article.body) or len(article.body) > LONGEST_BODY:
        title = article.title[:60]
        yield fault(N_("“{title}” has no text, or more than {most} characters"), title=title, most=LONGEST_BODY)
    known = (
        ("lang", article.language, config.languages),
        ("audience", article.audience, tuple(config.audience)),
        ("kind", article.kind, get_args(Kind)),
    )
    for name, value, allowed in known:
        if value not in allowed:
            message = N_("{key}: found “{found}”; expected one of: {known}")
            yield fault(message, key=name, found=str(value)[:40], known=", ".join(allowed))
