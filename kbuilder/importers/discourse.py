"""Discourse: the JSON of topics (``/t/ID.json``), a file or a folder of them, in one or several pages each.

A file holds a topic, a list of topics, or a topic a line, which is how rows set aside are written. What is not
public stays out: private messages, whispers, hidden and deleted posts.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kbuilder import markup
from kbuilder.config import Source
from kbuilder.errors import SourceError
from kbuilder.importers.fields import inside, language, moment, number, words
from kbuilder.importers.report import BadRow, Report
from kbuilder.importers.spill import spilled
from kbuilder.records import Author, Post, Style, Thread
from kbuilder.text import N_, clean, squeeze

BIGGEST = 64 << 20
"""Bytes of a file, at most."""
_SCHEMA = """
CREATE TABLE topics (id INTEGER PRIMARY KEY, data TEXT);
CREATE TABLE posts (topic INTEGER, number INTEGER, data TEXT, PRIMARY KEY (topic, number)) WITHOUT ROWID;
"""
_REGULAR = 1
_WHISPER = 4
_LIKE = 2
_QUOTE = re.compile(r"\[quote(?:=[^\]\n]*)?\][ \t]*\n?(.*?)\n?\[/quote\]", re.DOTALL | re.IGNORECASE)
_UPLOAD = re.compile(r"\]\(upload://([\w.]+)\)")
_SIZE = re.compile(r"(!\[[^\]|]*)\|[^\]]*(?=\]\()")

Row = dict[str, Any]


def read(path: Path, source: Source, report: Report) -> Iterator[Thread]:
    """The topics by number, the pages of each put together.

    Raises:
        SourceError: nothing to read there, a file that leaves the folder, or one bigger than any topic.
    """
    with spilled(_SCHEMA) as database:
        for file in _files(path):
            for place, text in _texts(file):
                _spill(place, text, database, report)
        for key, written in database.execute("SELECT id, data FROM topics ORDER BY id"):
            topic = json.loads(written)
            found = database.execute("SELECT data FROM posts WHERE topic = ? ORDER BY number", (key,))
            posts = [json.loads(data) for (data,) in found]
            try:
                thread = _thread(topic, posts, source, report)
            except BadRow as problem:
                row = {**topic, "post_stream": {"posts": posts}}
                report.put_aside(f"{path.name}: {key}", problem, json.dumps(row, ensure_ascii=False))
            else:
                yield from [thread] if thread else []


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in (".json", ".jsonl") and file.is_file())
    if not found:
        raise SourceError(
            N_("{path} holds no JSON files."), N_("Name a topic's JSON, or a folder of them."), path=path
        )
    return [inside(path, file) for file in found]


def _texts(file: Path) -> Iterator[tuple[str, str]]:
    """What is to be read as JSON, with its place: a file, or each line of one that has a topic a line."""
    if file.stat().st_size > BIGGEST:
        raise SourceError(
            N_("{file} has more than {limit} bytes, far more than a topic."),
            N_("Put each topic into a file of its own."),
            file=file.name,
            limit=BIGGEST,
        )
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            N_("{file} is not UTF-8: {error}"), N_("Fetch it again."), file=file.name, error=error
        ) from None
    if file.suffix == ".jsonl":
        yield from ((f"{file.name}:{n}", line) for n, line in enumerate(text.split("\n"), 1) if line.strip())
    else:
        yield file.name, text


def _spill(place: str, text: str, database: sqlite3.Connection, report: Report) -> None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        problem = BadRow(N_("this is not JSON: {error}"), error=str(error)[:200])
        report.put_aside(place, problem, " ".join(text.splitlines()))
        return
    for topic in found if isinstance(found, list) else [found]:
        try:
            _spill_topic(topic, database, report)
        except BadRow as problem:
            report.put_aside(place, problem, json.dumps(topic, ensure_ascii=False))


def _spill_topic(topic: Any, database: sqlite3.Connection, report: Report) -> None:
    """Check a page of a topic as a whole, then keep it.

    Raises:
        BadRow: it is none.
    """
    stream = topic.get("post_stream") if isinstance(topic, dict) else None
    posts = stream.get("posts") if isinstance(stream, dict) else None
    if stream is None or not isinstance(posts, list) or not all(isinstance(post, dict) for post in posts):
        raise BadRow(N_("this is not a topic: it has no post_stream"))
    key = number(topic, "id")
    words(topic, "title")
    for post in posts:
        number(post, "post_number"), number(post, "id")
        moment(post, "created_at"), moment(post, "updated_at", needed=False)
    rest = {name: value for name, value in topic.items() if name not in ("post_stream", "details")}
    rest["stream"] = len(_list(stream.get("stream")) or posts)
    database.execute("INSERT OR IGNORE INTO topics VALUES (?, ?)", (key, json.dumps(rest)))
    for post in posts:
        row = (key, number(post, "post_number"), json.dumps(post))
        new = database.execute("INSERT OR IGNORE INTO posts VALUES (?, ?, ?)", row).rowcount
        _count_post(post, report) if new else None


def _count_post(post: Row, report: Report) -> None:
    """Note what of a post is not carried."""
    version = post.get("version")
    report.not_carried[N_("earlier versions of posts")] += max(0, version - 1) if isinstance(version, int) else 0
    report.not_carried[N_("polls")] += len(_list(post.get("polls")))
    report.not_carried[N_("reactions")] += len(_list(post.get("reactions")))
    report.not_carried[N_("link click counts")] += len(_list(post.get("link_counts")))
    report.not_carried[N_("counts of reads")] += "reads" in post


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _thread(topic: Row, posts: list[Row], source: Source, report: Report) -> Thread | None:
    """A topic's record; ``None`` where it is not public."""
    if topic.get("archetype") == "private_message" or topic.get("visible") is False or topic.get("deleted_at"):
        report.skipped[N_("topics that are not public")] += 1
        return None
    public = [post for post in posts if _is_public(post, report)]
    if not public or public[0]["post_number"] != 1:
        report.skipped[N_("topics without their first post")] += 1
        return None
    report.skipped[N_("posts that the topic lists and the files lack")] += max(0, topic["stream"] - len(posts))
    key, title = topic["id"], squeeze(words(topic, "title"))
    url = f"{source.url}/t/{quote(str(topic.get('slug') or '-'))}/{key}" if source.url else ""
    accepted = _accepted(topic)
    records = [_post(post, f"{source.name}:{key}", url, accepted, source) for post in public]
    return Thread(
        id=f"{source.name}:{key}",
        title=title,
        question=records[0],
        answers=tuple(records[1:]),
        url=url,
        tags=_tags(topic),
        category=squeeze(str(topic.get("category_name") or "")),
        audience=source.audience,
        language=_language(topic),
        style=_style(topic),
        status="closed" if topic.get("closed") or topic.get("archived") else "open",
        views=number(topic, "views", 0),
    )


def _is_public(post: Row, report: Report) -> bool:
    if post.get("post_type", _REGULAR) == _WHISPER:
        report.skipped[N_("whispers")] += 1
    elif post.get("post_type", _REGULAR) != _REGULAR:
        report.skipped[N_("notes of what moderators did")] += 1
    elif post.get("hidden") or post.get("deleted_at") or post.get("user_deleted"):
        report.skipped[N_("hidden and deleted posts")] += 1
    elif not _has_body(post):
        report.skipped[N_("posts without text")] += 1
    else:
        return True
    return False


def _has_body(post: Row) -> bool:
    return any(isinstance(post.get(name), str) and post[name].strip() for name in ("cooked", "raw"))


def _accepted(topic: Row) -> set[int]:
    """Numbers of the accepted posts: a list of them since 2026, one before."""
    one, several = topic.get("accepted_answer"), topic.get("accepted_answers")
    listed = [answer for answer in [*_list(several), one] if isinstance(answer, dict)]
    return {number(answer, "post_number") for answer in listed if "post_number" in answer}


def _language(topic: Row) -> str:
    """What the forum says; left to be detected where that is no language."""
    return language(str(topic.get("locale") or ""))


def _post(post: Row, thread: str, url: str, accepted: set[int], source: Source) -> Post:
    key = post["post_number"]
    edited = moment(post, "updated_at", needed=False) if number(post, "version", 1) > 1 else ""
    replied = post.get("reply_to_post_number")
    return Post(
        id=f"{thread}#{key}",
        body=_body(post, source),
        created=moment(post, "created_at"),
        author=_author(post, source),
        edited=edited,
        score=_likes(post),
        accepted=key != 1 and (key in accepted or post.get("accepted_answer") is True),
        staff=bool(post.get("staff") or post.get("moderator") or post.get("admin")),
        licence=source.licence,
        url=f"{url}/{key}" if url else "",
        reply_to=f"{thread}#{replied}" if isinstance(replied, int) and replied > 1 else "",
    )


def _body(post: Row, source: Source) -> str:
    cooked = post.get("cooked")
    if isinstance(cooked, str) and cooked.strip():
        return markup.from_html(cooked, f"{source.url}/" if source.url else "")
    return _from_raw(clean(post["raw"]), source.url)


def _from_raw(raw: str, url: str) -> str:
    """Discourse's Markdown without what only Discourse understands: quotes, sizes and addresses of uploads."""
    quoted = _QUOTE.sub(lambda found: "\n" + re.sub("^", "> ", found[1].strip(), flags=re.MULTILINE) + "\n", raw)
    sized = _SIZE.sub(r"\1", quoted)
    return _UPLOAD.sub(rf"]({url}/uploads/short-url/\1)", sized).strip() if url else sized.strip()


def _author(post: Row, source: Source) -> Author | None:
    """The account's name, which every reader of the forum sees; never the full name."""
    name = squeeze(clean(str(post.get("username") or "")))
    if not name:
        return None
    user = number(post, "user_id", 0)
    if user <= 0:
        return Author(id="", name=name)
    url = f"{source.url}/u/{quote(name)}" if source.url else ""
    return Author(id=f"{source.name}:{user}", name=name, url=url)


def _likes(post: Row) -> int:
    actions = [act for act in _list(post.get("actions_summary")) if isinstance(act, dict) and act.get("id") == _LIKE]
    return sum(number(act, "count", 0) for act in actions)


def _tags(topic: Row) -> tuple[str, ...]:
    """Names, or since 2026 objects with a name."""
    found = (tag.get("name") if isinstance(tag, dict) else tag for tag in _list(topic.get("tags")))
    return tuple(clean(tag) for tag in found if isinstance(tag, str) and tag)


def _style(topic: Row) -> Style:
    is_news = topic.get("archetype") == "banner" or topic.get("pinned_globally") is True
    return "announcement" if is_news else "question"
