import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from factories import thread
from hypothesis import given, settings
from hypothesis import strategies as st
from importers.importing import imported

from kbuilder import resources
from kbuilder.errors import SourceError
from kbuilder.importers import jsonl, rows_to_mend
from kbuilder.records import Author, Post, Thread


def lines(folder: Path, *rows: object) -> Path:
    path = folder / "threads.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8")
    return path


SHORT = {
    "id": 7,
    "title": "How?",
    "question": {"id": 1, "body": "Q", "created": "2024-01-01T00:00:00Z", "author": {"id": "ada", "name": "Ada"}},
    "answers": [{"id": "2", "body": "A", "created": "", "accepted": True, "licence": "MIT"}],
    "comments": [{"id": "3", "body": "C", "created": "", "reply_to": "2"}],
    "duplicate_of": ["6", "other:5"],
}


def test_short_ids_get_the_source(tmp_path: Path) -> None:
    """Ids without a source, numbers too, become whole; what is left out is the source's."""
    (found,), report = imported(lines(tmp_path, SHORT), "jsonl", licence="CC0", audience="partner")
    assert found == Thread(
        id="forum:7",
        title="How?",
        audience="partner",
        language="en",
        duplicate_of=("forum:6", "other:5"),
        question=Post(
            id="forum:7#1",
            body="Q",
            created="2024-01-01T00:00:00Z",
            licence="CC0",
            author=Author(id="forum:ada", name="Ada"),
        ),
        answers=(Post(id="forum:7#2", body="A", created="", accepted=True, licence="MIT"),),
        comments=(Post(id="forum:7#3", body="C", created="", licence="CC0", reply_to="forum:7#2"),),
    )
    assert (report.threads, report.solved, report.answers, report.comments, report.authors) == (1, 1, 1, 1, 1)


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
TIMES = st.sampled_from(["", "2024-02-29T23:59:59Z", "1999-01-01T00:00:00Z"])


@st.composite
def threads(draw: st.DrawFn) -> Thread:
    base = thread(
        draw(st.integers(1, 5)),
        title="T" + draw(WORDS),
        body=draw(WORDS),
        answers=tuple(draw(st.lists(WORDS, max_size=2))),
        accepted=None,
    )
    question = replace(
        base.question,
        author=draw(st.sampled_from([None, Author(id="", name="x"), Author(id="forum:a b", name="ä")])),
        created=draw(TIMES),
        edited=draw(TIMES),
        licence=draw(st.sampled_from(["CC0", "MIT"])),
        score=draw(st.integers(-9, 9)),
    )
    return replace(
        base,
        question=question,
        tags=tuple(draw(st.lists(WORDS, max_size=2))),
        audience=draw(st.sampled_from(["public", "staff"])),
        language=draw(st.sampled_from(["de", "pt-br"])),
        style=draw(st.sampled_from(["question", "discussion", "announcement"])),
        status=draw(st.sampled_from(["open", "closed"])),
        duplicate_of=tuple(draw(st.lists(st.sampled_from(["forum:9", "other:1"]), max_size=1))),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(threads(), max_size=3, unique_by=lambda each: each.id))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, written: list[Thread]) -> None:
    """Export and import give the same records."""
    path = tmp_path_factory.mktemp("round") / "t.jsonl"
    path.write_bytes(b"".join(jsonl.write(each) for each in written))
    found, report = imported(path, "jsonl", language="")
    assert (found, report.rejects) == (written, [])


BAD = [
    ("{", "this is not JSON: Expecting property name"),
    ("[1]", "this is not a thread, which is an object"),
    ("[" * 100_000, "this is not JSON: maximum recursion depth"),
    ({**SHORT, "votes": 1}, "votes: Unexpected keyword argument"),
    ({**SHORT, "id": None}, "id: missing"),
    ({**SHORT, "title": " "}, "thread forum:7 has no title, or an id with “#” or a space"),
    ({**SHORT, "id": "a#b"}, "thread forum:a#b has no title, or an id with “#” or a space"),
    ({**SHORT, "id": "other:7"}, "thread other:7 belongs to another source than “forum”"),
    ({**SHORT, "language": "German"}, "language: “German” is none"),
    (
        {**SHORT, "answers": [{"id": "1", "body": "", "created": ""}]},
        "thread forum:7 has two posts",
    ),
    (
        {**SHORT, "answers": [{"id": "8#1", "body": "", "created": ""}]},
        "post forum:8#1 is not one of thread forum:7",
    ),
    ({**SHORT, "question": {"id": "1", "body": "", "created": "soon"}}, "post forum:7#1: soon is no time"),
    ({**SHORT, "question": 3}, "question: found 3; expected an object"),
    ({**SHORT, "comments": 3}, "comments: found 3; expected a list"),
]


@pytest.mark.parametrize(("row", "message"), BAD)
def test_bad_lines_are_set_aside(tmp_path: Path, row: object, message: str) -> None:
    """A bad line is kept as it was, with its number and its fault; the others go on."""
    source = {"language": ""} if isinstance(row, dict) and "language" in row else {}
    path = lines(tmp_path, {**SHORT, "id": 1}, row, {**SHORT, "id": 2})
    found, report = imported(path, "jsonl", **source)
    assert [each.id for each in found] == ["forum:1", "forum:2"]
    (reject,) = report.rejects
    assert reject.place == "threads.jsonl:2"
    assert reject.message.format(**reject.values).startswith(message)
    assert reject.row == (row if isinstance(row, str) else json.dumps(row)) + "\n"


def test_a_thread_stands_once(tmp_path: Path) -> None:
    """The second of two threads with the same id is set aside."""
    found, report = imported(lines(tmp_path, SHORT, SHORT), "jsonl")
    assert (len(found), [reject.place for reject in report.rejects]) == (1, ["threads.jsonl:2"])


def test_mended_lines_are_imported(tmp_path: Path) -> None:
    """A file of rows set aside is a file of threads once they are mended."""
    _, report = imported(lines(tmp_path, {**SHORT, "title": ""}, "{"), "jsonl")
    mended = tmp_path / "mended.jsonl"
    mended.write_text(rows_to_mend("jsonl", report).replace('"title": ""', '"title": "T"'))
    found, again = imported(mended, "jsonl")
    assert ([each.title for each in found], [reject.place for reject in again.rejects]) == (
        ["T"],
        ["mended.jsonl:2"],
    )


def test_half_characters_are_replaced(tmp_path: Path) -> None:
    """Broken surrogates and NUL, which no database holds, do not get in."""
    (found,), _ = imported(lines(tmp_path, {**SHORT, "title": "a\ud83db\0c"}), "jsonl")
    assert found.title == "a?b\ufffdc"


def test_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another encoding and a line without an end are explained errors that name file and line."""
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'\n{"title": "\xe4"}')
    with pytest.raises(SourceError, match=r"t\.jsonl:2: this is not UTF-8") as caught:
        imported(path, "jsonl")
    assert caught.value.advice == "Save the file as UTF-8."
    monkeypatch.setattr(jsonl, "LONGEST", 10)
    with pytest.raises(SourceError, match=r"threads\.jsonl:1: a line of more than 10 bytes"):
        imported(lines(tmp_path, SHORT), "jsonl")


def test_the_schema_is_the_records() -> None:
    """The published schema knows every field of a thread, and no other is allowed."""
    schema = jsonl.schema()
    assert set(schema["properties"]) == {each.name for each in fields(Thread)}
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"id", "title", "question"}


def test_the_example_is_imported_whole() -> None:
    """The example community that ships is in this format, without a bad row."""
    folder = resources.SHIPPED / "pipelines" / "example"
    found, report = imported(folder, "jsonl", name="larkspan", language="")
    assert report.rejects == []
    assert len(found) == report.threads >= 200
    assert set(report.languages) == {"de", "en"}
