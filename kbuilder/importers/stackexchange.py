"""Stack Exchange's data dumps: a folder of XML files, the ``.7z`` itself, or a single file of posts.

``Posts.xml`` is needed; ``Users.xml``, ``Comments.xml`` and ``PostLinks.xml`` are used where they are. Of people
only the name and the number are read. All files are read into a temporary database first, so that nothing is
imported of an export that turns out to be broken.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbuilder import markup
from kbuilder.config import Source
from kbuilder.errors import SourceError
from kbuilder.importers import archive
from kbuilder.importers.fields import inside, moment, number, words
from kbuilder.importers.report import BadRow, Report
from kbuilder.importers.spill import spilled
from kbuilder.records import Author, Post, Thread
from kbuilder.text import N_, squeeze

if TYPE_CHECKING:
    from lxml.etree import _Element

_SCHEMA = """
CREATE TABLE posts (id INTEGER PRIMARY KEY, kind INTEGER, parent INTEGER, data TEXT);
CREATE TABLE comments (id INTEGER PRIMARY KEY, post INTEGER, data TEXT);
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE duplicates (post INTEGER, original INTEGER, PRIMARY KEY (post, original));
"""
_INDEXES = "CREATE INDEX by_parent ON posts (parent); CREATE INDEX by_post ON comments (post);"

_QUESTION, _ANSWER = "1", "2"
_OTHER_POSTS = {"4": N_("tag wikis"), "5": N_("tag wikis")}
_DUPLICATE = "3"
_DISCUSSION = "discussion"
"""The tag that meta sites ask of a thread with no right answer."""
_COMMUNITY = -1

_LICENCES = (("2011-04-08", "CC BY-SA 2.5"), ("2018-05-02", "CC BY-SA 3.0"))
"""What a post was published under before a date (stackoverflow.com/help/licensing); version 4.0 since."""

_VOTES = {"1": N_("acceptances by date"), "2": N_("up votes"), "3": N_("down votes"), "5": N_("favourites")}
_ENTITIES = {
    "badges.xml": N_("badges"),
    "posthistory.xml": N_("versions of posts"),
    "tags.xml": N_("tag descriptions"),
}
_POST_FIELDS = {
    "FavoriteCount": N_("favourite counts"),
    "CommunityOwnedDate": N_("community wiki marks"),
    "LastEditorUserId": N_("last editors"),
}

Row = dict[str, str]


def read(path: Path, source: Source, report: Report) -> Iterator[Thread]:
    """The questions of a dump with their answers and comments, by number.

    A single XML file is read as ``Posts.xml``: so are rows that were set aside, once they are mended.

    Raises:
        SourceError: no dump, XML that is broken or declares entities, a file that leaves the folder, or an
            archive that is broken, locked, or unpacks to far more than it should.
    """
    with ExitStack() as stack:
        files = stack.enter_context(_files(path))
        database = stack.enter_context(spilled(_SCHEMA))
        _spill_posts(files["posts.xml"], database, report)
        for name, spill in (("users.xml", _spill_users), ("comments.xml", _spill_comments)):
            if name in files:
                spill(files[name], database, report)
        if "postlinks.xml" in files:
            _spill_links(files["postlinks.xml"], database, report)
        database.executescript(_INDEXES)
        _count_the_rest(files, report)
        _count_strays(database, report)
        yield from _threads(database, source, report)


@contextmanager
def _files(path: Path) -> Iterator[dict[str, Path]]:
    """The dump's files by their names in lower case."""
    if path.is_dir():
        found = {file.name.lower(): inside(path, file) for file in sorted(path.iterdir()) if _is_xml(file)}
        yield _with_posts(found, path)
    elif path.suffix.lower() == ".7z":
        with archive.unpacked(path, ".xml") as found:
            yield _with_posts(found, path)
    else:
        yield {"posts.xml": path}


def _is_xml(file: Path) -> bool:
    return file.suffix == ".xml" and not file.is_dir()


def _with_posts(found: dict[str, Path], path: Path) -> dict[str, Path]:
    if "posts.xml" not in found:
        raise SourceError(
            N_("{path} holds no Posts.xml."),
            N_("Name the folder of a Stack Exchange dump, or its .7z."),
            path=path,
        )
    return found


# Reading XML


def _rows(path: Path) -> Iterator[tuple[Row, _Element]]:
    """The ``row`` elements of a file, each gone when the next is drawn.

    Raises:
        SourceError: broken XML, or XML that declares entities, which no dump does.
    """
    from lxml import etree

    try:
        events = etree.iterparse(
            str(path), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
        )
        root = None
        for event, element in events:
            if root is None:
                root = element
                _refuse_entities(root, path)
            if event == "end" and element.tag == "row":
                yield dict(element.attrib), element
                root.clear()
    except etree.XMLSyntaxError as error:
        raise SourceError(
            N_("{file}:{line}: this is not XML: {error}"),
            N_("The file may have been cut off: fetch the export again. Nothing was imported."),
            file=path.name,
            line=error.lineno,
            error=error.msg,
        ) from None


def _refuse_entities(root: _Element, path: Path) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise SourceError(
            N_("{file} declares a document type; entities can make a small file fill the memory."),
            N_("No Stack Exchange dump has one: fetch the export again from where it is published."),
            file=path.name,
        )


def _each(path: Path, report: Report, use: Callable[[Row], None]) -> None:
    """Use every row; set aside those that are bad."""
    for row, element in _rows(path):
        try:
            use(row)
        except BadRow as problem:
            report.put_aside(f"{path.name}:{element.sourceline}", problem, _source(element))


def _source(element: _Element) -> str:
    from lxml import etree

    return etree.tostring(element, encoding="unicode", with_tail=False)


# Spilling


def _spill_posts(path: Path, database: sqlite3.Connection, report: Report) -> None:
    lost: set[str] = set()

    def use(row: Row) -> None:
        kind = row.get("PostTypeId", "")
        if kind not in (_QUESTION, _ANSWER):
            report.skipped[_OTHER_POSTS.get(kind, N_("other posts"))] += 1
            return
        for name, what in _POST_FIELDS.items():
            report.not_carried[what] += name in row
        try:
            parent = number(row, "ParentId") if kind == _ANSWER else None
            data = _post_data(row)
            _insert(database, "posts", number(row, "Id"), int(kind), parent, json.dumps(data))
        except BadRow:
            lost.update([row.get("Id", "")] if kind == _QUESTION else [])
            raise

    _each(path, report, use)
    if lost:
        _put_answers_aside(path, lost, database, report)


def _put_answers_aside(path: Path, lost: set[str], database: sqlite3.Connection, report: Report) -> None:
    """The answers to questions that were set aside go with them, so that both can be imported once mended."""
    problem = BadRow(N_("the question that it answers was set aside"))
    for row, element in _rows(path):
        if row.get("PostTypeId") == _ANSWER and row.get("ParentId") in lost:
            gone = database.execute("DELETE FROM posts WHERE id = ? AND kind = 2", (row.get("Id"),)).rowcount
            if gone:
                report.put_aside(f"{path.name}:{element.sourceline}", problem, _source(element))


def _insert(database: sqlite3.Connection, table: str, *values: object) -> None:
    """Add a row; of two with the same number the second is bad."""
    marks = ", ".join("?" * len(values))
    try:
        database.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608 - the names are ours
    except sqlite3.IntegrityError:
        raise BadRow(N_("number {id} stands twice"), id=str(values[0])) from None


def _post_data(row: Row) -> dict[str, Any]:
    """What a post's record needs, checked."""
    data: dict[str, Any] = {
        "body": words(row, "Body"),
        "created": moment(row, "CreationDate"),
        "edited": moment(row, "LastEditDate", needed=False),
        "score": number(row, "Score", 0),
        "licence": row.get("ContentLicense", ""),
        "user": number(row, "OwnerUserId", 0),
        "name": row.get("OwnerDisplayName", ""),
    }
    if row["PostTypeId"] == _QUESTION:
        data |= {
            "title": squeeze(words(row, "Title")),
            "tags": re.findall(r"[^<>|]+", row.get("Tags", "")),
            "accepted": number(row, "AcceptedAnswerId", 0),
            "views": number(row, "ViewCount", 0),
            "closed": "ClosedDate" in row,
        }
    return data


def _spill_users(path: Path, database: sqlite3.Connection, report: Report) -> None:
    def use(row: Row) -> None:
        _insert(database, "users", number(row, "Id"), squeeze(row.get("DisplayName", "")))
        report.not_carried[N_("user profiles")] += 1

    _each(path, report, use)


def _spill_comments(path: Path, database: sqlite3.Connection, report: Report) -> None:
    def use(row: Row) -> None:
        data = {
            "body": words(row, "Text"),
            "created": moment(row, "CreationDate"),
            "score": number(row, "Score", 0),
            "licence": row.get("ContentLicense", ""),
            "user": number(row, "UserId", 0),
            "name": row.get("UserDisplayName", ""),
        }
        _insert(database, "comments", number(row, "Id"), number(row, "PostId"), json.dumps(data))

    _each(path, report, use)


def _spill_links(path: Path, database: sqlite3.Connection, report: Report) -> None:
    def use(row: Row) -> None:
        if row.get("LinkTypeId") != _DUPLICATE:
            report.not_carried[N_("links between questions")] += 1
            return
        pair = (number(row, "PostId"), number(row, "RelatedPostId"))
        database.execute("INSERT OR IGNORE INTO duplicates VALUES (?, ?)", pair)

    _each(path, report, use)


def _count_the_rest(files: dict[str, Path], report: Report) -> None:
    for name, what in _ENTITIES.items():
        if name in files:
            report.not_carried[what] += _count(files[name], rb"<row ")[b"<row "]
    if "votes.xml" in files:
        for kind, count in _count(files["votes.xml"], rb'(?<=VoteTypeId=")\d+(?=")').items():
            report.not_carried[_VOTES.get(kind.decode(), N_("other votes"))] += count


def _count(path: Path, pattern: bytes) -> Counter[bytes]:
    """How often each match of a pattern stands in a file, which is only skimmed."""
    counts: Counter[bytes] = Counter()
    with path.open("rb") as file:
        rest = b""
        while chunk := file.read(1 << 20):
            text = rest + chunk
            cut = text.rfind(b"<") if len(text) < 1 << 22 else len(text)
            counts.update(re.findall(pattern, text[:cut]))
            rest = text[cut:]
        counts.update(re.findall(pattern, rest))
    return counts


def _count_strays(database: sqlite3.Connection, report: Report) -> None:
    answers, comments, links = (
        "posts a WHERE kind = 2 AND NOT EXISTS (SELECT 1 FROM posts q WHERE q.id = a.parent AND q.kind = 1)",
        "comments c WHERE NOT EXISTS (SELECT 1 FROM posts p WHERE p.id = c.post)",
        "duplicates d WHERE NOT EXISTS (SELECT 1 FROM posts p WHERE p.id = d.original AND p.kind = 1)",
    )
    for where, what in (
        (answers, N_("answers without their question")),
        (comments, N_("comments without their post")),
        (links, N_("duplicates of questions that are not in the export")),
    ):
        report.skipped[what] += database.execute(f"SELECT count(*) FROM {where}").fetchone()[0]  # noqa: S608
    report.skipped[N_("names of authors that are not in the export")] += database.execute(_UNNAMED).fetchone()[0]


_UNNAMED = """
SELECT count(*) FROM (
    SELECT json_extract(data, '$.user') AS user FROM posts WHERE json_extract(data, '$.name') = ''
    UNION SELECT json_extract(data, '$.user') FROM comments WHERE json_extract(data, '$.name') = ''
) WHERE user > 0 AND user NOT IN (SELECT id FROM users)
"""


# Threads


def _threads(database: sqlite3.Connection, source: Source, report: Report) -> Iterator[Thread]:
    questions = database.execute("SELECT id, data FROM posts WHERE kind = 1 ORDER BY id")
    for key, written in questions:
        data = json.loads(written)
        answers = database.execute("SELECT id, data FROM posts WHERE kind = 2 AND parent = ? ORDER BY id", (key,))
        posts = {key: data, **{answer: json.loads(found) for answer, found in answers}}
        thread = _thread(key, posts, database, source)
        if data["accepted"] and not thread.solved:
            report.skipped[N_("accepted answers that are not in the export")] += 1
        yield thread


def _thread(key: int, posts: dict[int, dict[str, Any]], database: sqlite3.Connection, source: Source) -> Thread:
    data = posts[key]
    name = f"{source.name}:{key}"
    duplicates = database.execute(
        "SELECT d.original FROM duplicates d JOIN posts p ON p.id = d.original AND p.kind = 1"
        " WHERE d.post = ?1 AND d.original != ?1 ORDER BY d.original",
        (key,),
    )
    records = [
        _post(f"{name}#{number}", number, found, data["accepted"], database, source)
        for number, found in posts.items()
    ]
    return Thread(
        id=name,
        title=data["title"],
        question=records[0],
        answers=tuple(records[1:]),
        comments=tuple(comment for number in posts for comment in _comments(name, number, database, source)),
        url=_url(source, "questions", key),
        tags=tuple(data["tags"]),
        audience=source.audience,
        style="discussion" if _DISCUSSION in data["tags"] and not data["accepted"] else "question",
        status="closed" if data["closed"] else "open",
        views=data["views"],
        duplicate_of=tuple(f"{source.name}:{original}" for (original,) in duplicates),
    )


def _post(
    name: str, key: int, data: dict[str, Any], accepted: int, database: sqlite3.Connection, source: Source
) -> Post:
    is_answer = "title" not in data
    return Post(
        id=name,
        body=markup.from_html(data["body"], source.url),
        created=data["created"],
        author=_author(data, database, source),
        edited=data["edited"],
        score=data["score"],
        accepted=is_answer and key == accepted,
        licence=_licence(data),
        url=_url(source, "a" if is_answer else "questions", key),
    )


def _comments(thread: str, post: int, database: sqlite3.Connection, source: Source) -> Iterator[Post]:
    found = database.execute("SELECT id, data FROM comments WHERE post = ? ORDER BY id", (post,))
    for key, written in found.fetchall():
        data = json.loads(written)
        yield Post(
            id=f"{thread}#c{key}",
            body=markup.without_html(data["body"]),
            created=data["created"],
            author=_author(data, database, source),
            score=data["score"],
            licence=_licence(data),
            url=f"{_url(source, 'questions', int(thread.partition(':')[2]))}#comment{key}_{post}"
            if source.url
            else "",
            reply_to=f"{thread}#{post}",
        )


def _author(data: dict[str, Any], database: sqlite3.Connection, source: Source) -> Author | None:
    """Who wrote it; a deleted account leaves its name, or nothing."""
    user, name = data["user"], squeeze(data["name"])
    if user == _COMMUNITY:
        return Author(id="", name="Community")
    if not user:
        return Author(id="", name=name) if name else None
    found = database.execute("SELECT name FROM users WHERE id = ?", (user,)).fetchone()
    known = (found[0] if found else "") or name or f"user{user}"
    return Author(id=f"{source.name}:{user}", name=known, url=_url(source, "users", user))


def _licence(data: dict[str, Any]) -> str:
    """What the post says, else what its date says."""
    if data["licence"]:
        return str(data["licence"])
    return next((name for before, name in _LICENCES if data["created"] < before), "CC BY-SA 4.0")


def _url(source: Source, kind: str, key: int) -> str:
    return f"{source.url}/{kind}/{key}" if source.url else ""
