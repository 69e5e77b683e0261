"""Our own interchange format: a thread a line, JSON, UTF-8; its JSON Schema is :func:`schema`.

Ids may be short: a thread ``7``, its post ``1`` and an author ``ada`` of the source ``forum`` become ``forum:7``,
``forum:7#1`` and ``forum:ada``. What the export leaves out (audience, licences, language) is the source's.
A file that was written from records (:func:`write`) is read as the same records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kbuilder import records
from kbuilder.config import Source
from kbuilder.errors import SourceError
from kbuilder.importers.fields import inside
from kbuilder.importers.report import BadRow, Report
from kbuilder.importers.spill import Names, names_seen
from kbuilder.records import Post, Thread
from kbuilder.text import N_, clean, parse_time
from kbuilder.validation import wrong

LONGEST = 32 << 20
"""Bytes of a line, at most."""
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_PREFIXED = re.compile(r"[a-z0-9-]+:")
_LANGUAGE = re.compile(r"([a-z]{2,3}(-[a-z0-9]{2,8})*)?")


def read(path: Path, source: Source, report: Report) -> Iterator[Thread]:
    """The threads of a file, or of all ``.jsonl`` files of a folder, as they stand there.

    A file of mended rows is a file like any other.

    Raises:
        SourceError: not UTF-8, or a line longer than any thread.
    """
    with names_seen() as seen:
        for place, line in _lines(path):
            if not line.strip():
                continue
            try:
                thread = _thread(line, source)
                _check(thread, source, seen)
            except BadRow as problem:
                report.put_aside(place, problem, line)
            else:
                yield thread


def write(thread: Thread) -> bytes:
    """A thread as a line."""
    return records.dumps(thread) + b"\n"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a line, made from the record itself."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kbuilder thread",
        "description": "A line of kbuilder's interchange format. Ids without “source:” get the source's name.",
        **records.schema(Thread),
    }


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Every line with its place, ``file:line``."""
    files = [inside(path, file) for file in sorted(path.glob("*.jsonl"))] if path.is_dir() else [path]
    for file in files:
        with file.open("rb") as stream:
            number = 0
            while line := stream.readline(LONGEST + 1):
                number += 1
                yield f"{file.name}:{number}", _decoded(line, f"{file.name}:{number}")


def _decoded(line: bytes, place: str) -> str:
    if len(line) > LONGEST:
        raise SourceError(
            N_("{place}: a line of more than {limit} bytes."),
            N_("Each thread stands on a line of its own; write the file again."),
            place=place,
            limit=LONGEST,
        )
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            N_("{place}: this is not UTF-8: {error}"), N_("Save the file as UTF-8."), place=place, error=error
        ) from None


def _thread(line: str, source: Source) -> Thread:
    """The record of a line.

    Raises:
        BadRow: not JSON, or no thread.
    """
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise BadRow(N_("this is not a thread, which is an object with id, title and question"))
        whole = _NUL.sub("\\1\ufffd", clean(json.dumps(_whole(row, source), ensure_ascii=False)))
    except (ValueError, RecursionError) as error:
        raise BadRow(N_("this is not JSON: {error}"), error=str(error)[:200]) from None
    try:
        return records.loads(Thread, whole)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "thread"
        raise BadRow(N_("{field}: {error}"), field=where, error=wrong(fault)) from None


def _whole(row: dict[str, Any], source: Source) -> dict[str, Any]:
    """A row with whole ids and with what the source says of all its threads."""
    name = _prefixed(row.get("id"), source)
    whole = {"audience": source.audience, **row, "id": name}
    if source.language:
        whole["language"] = source.language
    if isinstance(row.get("duplicate_of"), list):
        whole["duplicate_of"] = [_prefixed(key, source) for key in row["duplicate_of"]]
    if "question" in row:
        whole["question"] = _whole_post(row["question"], name, source)
    for kind in ("answers", "comments"):
        if isinstance(row.get(kind), list):
            whole[kind] = [_whole_post(post, name, source) for post in row[kind]]
    return whole


def _whole_post(post: Any, thread: Any, source: Source) -> Any:
    if not isinstance(post, dict):
        return post
    whole = {**post, "licence": post.get("licence") or source.licence}
    for name in ("id", "reply_to"):
        if post.get(name):
            whole[name] = _post_id(post[name], thread, source)
    author = post.get("author")
    if isinstance(author, dict) and author.get("id"):
        whole["author"] = {**author, "id": _prefixed(author["id"], source)}
    return whole


def _post_id(key: Any, thread: Any, source: Source) -> Any:
    key = _text_of(key)
    if not isinstance(key, str) or "#" in key:
        return _prefixed(key, source)
    return f"{thread}#{key}"


def _prefixed(key: Any, source: Source) -> Any:
    key = _text_of(key)
    return f"{source.name}:{key}" if isinstance(key, str) and key and not _PREFIXED.match(key) else key


def _text_of(key: Any) -> Any:
    """Numbers are ids too."""
    return str(key) if isinstance(key, int) and not isinstance(key, bool) else key


def _check(thread: Thread, source: Source, seen: Names) -> None:
    """What the schema cannot say.

    Raises:
        BadRow: an id of another source or of no use, a time that is none, a language that is none, twice the same.
    """
    if thread.source != source.name:
        raise BadRow(
            N_("thread {id} belongs to another source than “{name}”: import it under its own name"),
            id=thread.id,
            name=source.name,
        )
    if "#" in thread.id or not thread.title.strip() or re.search(r"\s", thread.id):
        raise BadRow(N_("thread {id} has no title, or an id with “#” or a space"), id=thread.id)
    if not _LANGUAGE.fullmatch(thread.language):
        raise BadRow(N_("language: “{value}” is none; write it like de or pt-br"), value=thread.language)
    posts = [post.id for post in thread.posts]
    for post in thread.posts:
        _check_post(post, thread)
    if len(set(posts)) < len(posts):
        raise BadRow(N_("thread {id} has two posts of the same id"), id=thread.id)
    if not seen.is_new(thread.id):
        raise BadRow(N_("thread {id} stands twice"), id=thread.id)


def _check_post(post: Post, thread: Thread) -> None:
    if not post.id.startswith(f"{thread.id}#") or post.id == f"{thread.id}#":
        raise BadRow(N_("post {id} is not one of thread {thread}"), id=post.id, thread=thread.id)
    for time in (post.created, post.edited):
        try:
            fine = not time or parse_time(time) == time
        except (ValueError, OverflowError):
            fine = False
        if not fine:
            raise BadRow(N_("post {id}: {value} is no time like 2026-11-23T20:15:00Z"), id=post.id, value=time)
