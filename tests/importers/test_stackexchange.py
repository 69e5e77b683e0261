import os
import subprocess
import sys
from pathlib import Path

import py7zr
import pytest
from importers.importing import answer, imported, question, source, xml

from kbuilder import importers
from kbuilder.errors import SourceError
from kbuilder.importers import archive, report, rows_to_mend
from kbuilder.importers.report import Report
from kbuilder.records import Author, Post, Thread

DATA = os.environ.get("KBUILDER_EVAL_DATA", "")
needs_data = pytest.mark.skipif(not DATA, reason="KBUILDER_EVAL_DATA does not name the folder of judged data")


def test_a_question_becomes_a_thread(tmp_path: Path) -> None:
    """Everything that a thread holds is taken from the dump, and nothing else."""
    xml(
        tmp_path,
        "Posts.xml",
        [
            question(1, AcceptedAnswerId=3, ClosedDate="2021-01-01T00:00:00.000", LastEditDate="2020-02-02T00:00:00"),
            answer(2, 1, ContentLicense="CC BY-SA 3.0"),
            answer(3, 1, Body="<p>Run</p><pre class='lang-py'><code>x &lt; 1\n</code></pre>", Score=-2),
            question(4, Tags="|one|two|"),
            {"Id": 9, "PostTypeId": 5, "CreationDate": "2020-01-01T00:00:00", "Body": "wiki"},
        ],
    )
    xml(
        tmp_path,
        "Users.xml",
        [{"Id": 7, "DisplayName": "Ada", "AboutMe": "private"}, {"Id": 8, "DisplayName": "Bo"}],
    )
    xml(
        tmp_path,
        "Comments.xml",
        [
            {
                "Id": 2,
                "PostId": 1,
                "Score": 4,
                "Text": "Which <b>?",
                "CreationDate": "2020-01-02T04:00:00",
                "UserId": 8,
            },
            {"Id": 5, "PostId": 3, "Score": 0, "Text": "No", "CreationDate": "2020-01-02T05:00:00", "UserId": 7},
        ],
    )
    xml(
        tmp_path,
        "PostLinks.xml",
        [
            {"Id": 1, "PostId": 1, "RelatedPostId": 4, "LinkTypeId": 3},
            {"Id": 2, "PostId": 1, "RelatedPostId": 99, "LinkTypeId": 3},
            {"Id": 3, "PostId": 1, "RelatedPostId": 1, "LinkTypeId": 3},
            {"Id": 4, "PostId": 4, "RelatedPostId": 1, "LinkTypeId": 1},
        ],
    )
    xml(
        tmp_path,
        "Votes.xml",
        [{"Id": 1, "VoteTypeId": 2}, {"Id": 2, "VoteTypeId": 2}, {"Id": 3, "VoteTypeId": 16}],
    )
    xml(tmp_path, "Badges.xml", [{"Id": 1}])
    ada = Author(id="forum:7", name="Ada", url="https://forum.example/users/7")
    bo = Author(id="forum:8", name="Bo", url="https://forum.example/users/8")
    threads, found = imported(tmp_path, "stackexchange")
    assert threads[0] == Thread(
        id="forum:1",
        title="Title 1",
        url="https://forum.example/questions/1",
        tags=("a", "b-c"),
        language="en",
        status="closed",
        views=40,
        duplicate_of=("forum:4",),
        question=Post(
            id="forum:1#1",
            body="Body 1",
            created="2020-01-02T03:04:05Z",
            edited="2020-02-02T00:00:00Z",
            author=ada,
            score=3,
            licence="CC BY-SA 4.0",
            url="https://forum.example/questions/1",
        ),
        answers=(
            Post(
                id="forum:1#2",
                body="Answer 2",
                created="2020-01-03T03:04:05Z",
                author=bo,
                score=1,
                licence="CC BY-SA 3.0",
                url="https://forum.example/a/2",
            ),
            Post(
                id="forum:1#3",
                body="Run\n\n```py\nx < 1\n```",
                created="2020-01-03T03:04:05Z",
                author=bo,
                score=-2,
                accepted=True,
                licence="CC BY-SA 4.0",
                url="https://forum.example/a/3",
            ),
        ),
        comments=(
            Post(
                id="forum:1#c2",
                body=r"Which \<b>?",
                created="2020-01-02T04:00:00Z",
                author=bo,
                score=4,
                licence="CC BY-SA 4.0",
                url="https://forum.example/questions/1#comment2_1",
                reply_to="forum:1#1",
            ),
            Post(
                id="forum:1#c5",
                body="No",
                created="2020-01-02T05:00:00Z",
                author=ada,
                licence="CC BY-SA 4.0",
                url="https://forum.example/questions/1#comment5_3",
                reply_to="forum:1#3",
            ),
        ),
    )
    assert [thread.id for thread in threads] == ["forum:1", "forum:4"]
    assert (threads[1].tags, threads[1].status, threads[1].solved) == (("one", "two"), "open", False)
    assert found.as_dict() == {
        "threads": 2,
        "solved": 1,
        "answers": 2,
        "comments": 2,
        "authors": 2,
        "unlinked": 0,
        "languages": {"en": 2},
        "skipped": {"duplicates of questions that are not in the export": 1, "tag wikis": 1},
        "not_carried": {
            "up votes": 2,
            "user profiles": 2,
            "badges": 1,
            "links between questions": 1,
            "other votes": 1,
        },
        "columns": {},
        "rejects": [],
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"OwnerUserId": -1}, Author(id="", name="Community")),
        ({"OwnerUserId": 7}, Author(id="forum:7", name="user7", url="https://forum.example/users/7")),
        ({"OwnerUserId": "", "OwnerDisplayName": "gone"}, "bad"),
        ({"OwnerUserId": None, "OwnerDisplayName": "gone"}, Author(id="", name="gone")),
        ({"OwnerUserId": None}, None),
    ],
)
def test_authors(tmp_path: Path, fields: dict[str, object], expected: object) -> None:
    """The community user has no profile; a deleted account leaves its name or nothing; no Users.xml, no names."""
    row = {name: value for name, value in {**question(1), **fields}.items() if value is not None}
    threads, found = imported(xml(tmp_path, "Posts.xml", [row]), "stackexchange")
    assert [thread.question.author for thread in threads] == ([] if expected == "bad" else [expected])
    unnamed = found.skipped["names of authors that are not in the export"]
    assert unnamed == (isinstance(expected, Author) and expected.name == "user7")
    assert len(found.rejects) == (expected == "bad")


@pytest.mark.parametrize(
    ("date", "licence"),
    [
        ("2011-04-07T23:59:59.999", "CC BY-SA 2.5"),
        ("2011-04-08T00:00:00.000", "CC BY-SA 3.0"),
        ("2018-05-01T23:59:59.999", "CC BY-SA 3.0"),
        ("2018-05-02T00:00:00.000", "CC BY-SA 4.0"),
    ],
)
def test_the_licence_follows_the_date(tmp_path: Path, date: str, licence: str) -> None:
    """A post that names no licence is under that of its day."""
    (thread,), _ = imported(xml(tmp_path, "Posts.xml", [question(1, CreationDate=date)]), "stackexchange")
    assert thread.question.licence == licence


def test_without_an_address_there_are_no_links(tmp_path: Path) -> None:
    """Where the forum's address is not known, none is made up, and the report says so."""
    xml(tmp_path, "Posts.xml", [question(1), answer(2, 1)])
    xml(tmp_path, "Comments.xml", [{"Id": 1, "PostId": 1, "Text": "c", "CreationDate": "2020-01-01T00:00:00"}])
    (thread,), report = imported(tmp_path, "stackexchange", url="")
    assert {thread.url, *(post.url for post in thread.posts)} == {""}
    assert thread.question.author == Author(id="forum:7", name="user7")
    assert report.unlinked == 1


BAD = [
    (question("x"), "Id: 'x' is not a whole number"),
    (question(1, CreationDate="soon"), "CreationDate: 'soon' is not a time"),
    (question(1, Title=" "), "Title is missing"),
    (question(1, Score="1.5"), "Score: '1.5' is not a whole number"),
    (answer(1, "x"), "ParentId: 'x' is not a whole number"),
    ({**answer(1, 2), "Body": ""}, "Body is missing"),
]


@pytest.mark.parametrize(("row", "message"), BAD)
def test_bad_rows_are_set_aside(tmp_path: Path, row: dict[str, object], message: str) -> None:
    """A bad row is kept with its place while the good ones go on."""
    path = xml(tmp_path, "Posts.xml", [question(50), row, question(51)])
    threads, found = imported(path, "stackexchange")
    assert [thread.id for thread in threads] == ["forum:50", "forum:51"]
    (reject,) = found.rejects
    assert (reject.place, reject.message.format(**reject.values)) == ("Posts.xml:4", message)
    assert reject.row.startswith("<row Id=")


def test_mended_rows_are_imported(tmp_path: Path) -> None:
    """A question is set aside with its answers; mended, both are imported by the same format."""
    posts = [
        question(1, CreationDate="soon", AcceptedAnswerId=2),
        answer(2, 1),
        question(1),
        question(3),
        question(3),
    ]
    threads, found = imported(xml(tmp_path, "Posts.xml", posts), "stackexchange")
    assert [thread.id for thread in threads] == ["forum:1", "forum:3"]
    assert [reject.place for reject in found.rejects] == ["Posts.xml:3", "Posts.xml:7", "Posts.xml:4"]
    posts = [question(1, CreationDate="soon", AcceptedAnswerId=2), answer(2, 1), question(3)]
    threads, found = imported(xml(tmp_path, "Posts.xml", posts), "stackexchange")
    assert [thread.id for thread in threads] == ["forum:3"]
    text = rows_to_mend("stackexchange", found)
    assert "<!-- Posts.xml:3 -->" in text
    mended = tmp_path / "mended.xml"
    mended.write_text(text.replace("soon", "2020-01-01T00:00:00"))
    (thread,), again = imported(mended, "stackexchange")
    assert (thread.id, thread.solved, again.rejects) == ("forum:1", True, [])


def test_strays_are_counted(tmp_path: Path) -> None:
    """What belongs to a post that is not there is no thread, and is said."""
    xml(tmp_path, "Posts.xml", [question(1, AcceptedAnswerId=9), answer(2, 77)])
    xml(tmp_path, "Comments.xml", [{"Id": 1, "PostId": 78, "Text": "c", "CreationDate": "2020-01-01T00:00:00"}])
    _, found = imported(tmp_path, "stackexchange")
    assert dict(found.skipped) == {
        "answers without their question": 1,
        "comments without their post": 1,
        "duplicates of questions that are not in the export": 0,
        "accepted answers that are not in the export": 1,
        "names of authors that are not in the export": 2,
    }


def refusal(path: Path) -> SourceError:
    with pytest.raises(SourceError) as caught:
        imported(path, "stackexchange")
    assert caught.value.advice
    return caught.value


BOMB = """<?xml version="1.0"?>
<!DOCTYPE posts [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
<!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;">]>
<posts><row Id="1" PostTypeId="1" Title="&h;&h;" Body="&h;"/></posts>"""
OUTSIDE = '<!DOCTYPE p [<!ENTITY x SYSTEM "{file}">]><posts><row Id="1" PostTypeId="1" Body="b">&x;</row></posts>'


def test_entities_are_refused(tmp_path: Path) -> None:
    """Neither a billion laughs nor a file from elsewhere gets in; the file is named."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for text in (BOMB, OUTSIDE.format(file=secret.as_uri()), "<!DOCTYPE p SYSTEM 'http://x.example/d'><posts/>"):
        path = tmp_path / "Posts.xml"
        path.write_text(text)
        assert "Posts.xml" in str(refusal(path))


def test_broken_xml_imports_nothing(tmp_path: Path) -> None:
    """A file that was cut off is refused with its line before any thread is drawn."""
    path = xml(tmp_path, "Posts.xml", [question(n) for n in range(1, 50)])
    path.write_bytes(path.read_bytes()[:-200])
    threads = importers.read(path, source("stackexchange"), Report())
    with pytest.raises(SourceError, match=r"Posts.xml:51: this is not XML"):
        next(threads)


def test_a_folder_without_posts_is_refused(tmp_path: Path) -> None:
    """The message names the folder, and says what belongs there."""
    error = refusal(tmp_path)
    assert str(error) == f"{tmp_path} holds no Posts.xml."
    assert "7z" in error.advice


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    """A dump cannot make the import read a file of the machine."""
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "Posts.xml").symlink_to(xml(tmp_path, "elsewhere.xml", [question(1)]))
    assert "leaves the folder" in str(refusal(folder))


def test_names_in_lower_case(tmp_path: Path) -> None:
    """Older dumps name their files in lower case."""
    xml(tmp_path, "posts.xml", [question(1)])
    xml(tmp_path, "users.xml", [{"Id": 7, "DisplayName": "Ada"}])
    (thread,), _ = imported(tmp_path, "stackexchange")
    assert thread.question.author is not None
    assert thread.question.author.name == "Ada"


def packed(path: Path, **members: bytes) -> Path:
    with py7zr.SevenZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(data, name)
    return path


def test_the_archive_itself(tmp_path: Path) -> None:
    """A .7z gives the threads that its folder gives."""
    posts = xml(tmp_path, "Posts.xml", [question(1), answer(2, 1)])
    users = xml(tmp_path, "Users.xml", [{"Id": 7, "DisplayName": "Ada"}])
    members = {"Posts.xml": posts.read_bytes(), "Users.xml": users.read_bytes(), "readme.txt": b"x"}
    dump = packed(tmp_path / "dump.7z", **members)
    assert imported(dump, "stackexchange") == imported(tmp_path, "stackexchange")


@pytest.mark.parametrize(
    "name", ["../Posts.xml", "/etc/Posts.xml", "a/../../Posts.xml", "..\\Posts.xml", "C:/Posts.xml"]
)
def test_archives_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    """A member whose name leads elsewhere condemns the archive."""
    dump = packed(tmp_path / "dump.7z", **{"X" * len(name): b"<posts/>"})
    with py7zr.SevenZipFile(dump) as file:
        file.files[0]._file_info["filename"] = name
        with pytest.raises(SourceError, match=r"dump.7z holds .*, which leads out of its folder"):
            archive._checked(file, dump, tmp_path, ".xml")


def test_links_in_archives_are_refused(tmp_path: Path) -> None:
    """A link in an archive could lead anywhere."""
    (tmp_path / "Posts.xml").symlink_to("/etc/passwd")
    with py7zr.SevenZipFile(tmp_path / "dump.7z", "w") as file:
        file.write(tmp_path / "Posts.xml", "Posts.xml")
    assert str(refusal(tmp_path / "dump.7z")) == "dump.7z holds Posts.xml, which is a link."


def test_archive_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to a hundred times its size is not unpacked."""
    monkeypatch.setattr(archive, "SMALL", 1 << 20)
    dump = packed(tmp_path / "dump.7z", **{"Posts.xml": b" " * (2 << 20)})
    assert "would unpack to 2097152 bytes" in str(refusal(dump))


@pytest.mark.parametrize("damage", ["cut", "text", "bytes"])
def test_broken_archives_are_refused(tmp_path: Path, damage: str) -> None:
    """A damaged archive is an explained error, wherever the damage is."""
    posts = xml(tmp_path, "Posts.xml", [question(n) for n in range(300)]).read_bytes()
    dump = packed(tmp_path / "dump.7z", **{"Posts.xml": posts})
    data = dump.read_bytes()
    middle = len(data) // 2
    broken = {"cut": data[:-40], "text": b"no archive", "bytes": data[:middle] + b"\0\0\0\0" + data[middle + 4 :]}
    dump.write_bytes(broken[damage])
    assert "dump.7z cannot be unpacked" in str(refusal(dump))


def test_locked_archives_are_refused(tmp_path: Path) -> None:
    """A password is asked for by name of the file."""
    with py7zr.SevenZipFile(tmp_path / "dump.7z", "w", password="x") as file:
        file.writestr(b"<posts/>", "Posts.xml")
    assert str(refusal(tmp_path / "dump.7z")) == "dump.7z is locked with a password."


def test_a_file_of_bad_rows_is_no_dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After too many bad rows the import gives up, naming the first."""
    monkeypatch.setattr(report, "MOST_REJECTS", 3)
    path = xml(tmp_path, "Posts.xml", [question(n, Score="bad") for n in range(9)])
    assert "3 rows and more cannot be read; the first is Posts.xml:3: Score" in str(refusal(path))


def dump_of(folder: Path, rows: int) -> Path:
    """A dump of so many rows, thirty-nine comments to a question."""
    folder.mkdir()
    questions = range(1, rows // 40 + 1)
    said = {"Score": 0, "Text": "Did that help you?", "CreationDate": "2020-01-02T04:00:00", "UserId": 8}
    xml(folder, "Posts.xml", [question(key) for key in questions])
    xml(
        folder,
        "Comments.xml",
        [{"Id": n, "PostId": 1 + n % len(questions), **said} for n in range(rows * 39 // 40)],
    )
    return folder


PEAK = """
import sys
from pathlib import Path
from importers.importing import imported, source
from kbuilder import importers
from kbuilder.importers.report import Report
count = sum(1 for _ in importers.read(Path(sys.argv[1]), source("stackexchange"), Report()))
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(count, peak.split()[1])
"""


def peak(dump: Path) -> tuple[int, int]:
    """How many threads an import gives, and the most memory that it ever holds (KiB), that of libraries too."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    told = subprocess.run(
        [sys.executable, "-c", PEAK, str(dump)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    threads, memory = told.split()
    return int(threads), int(memory)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak")
def test_memory_does_not_grow(tmp_path: Path) -> None:
    """40,000 rows take the memory that 10,000 take: not a hundred bytes more a row."""
    few, small = peak(dump_of(tmp_path / "small", 10_000))
    many, large = peak(dump_of(tmp_path / "large", 40_000))
    assert (few, many) == (250, 1000)
    assert large - small < 3_000


@needs_data
@pytest.mark.parametrize(
    ("name", "questions", "solved", "answers"),
    [
        ("beer-2020-06", 1029, 619, 2277),
        ("quantumcomputing-2018-09", 612, 389, 1060),
        ("bicycles.meta-2023", 453, 157, 971),
    ],
)
def test_real_dumps(name: str, questions: int, solved: int, answers: int) -> None:
    """Real sites are imported whole, without one bad row."""
    _, found = imported(Path(DATA) / "stackexchange" / name, "stackexchange")
    assert (found.threads, found.solved, found.answers, found.rejects) == (questions, solved, answers, [])


@needs_data
def test_a_real_archive(tmp_path: Path) -> None:
    """A packed site gives what its folder gives."""
    folder = Path(DATA) / "stackexchange" / "bicycles.meta-2023"
    with py7zr.SevenZipFile(tmp_path / "b.7z", "w", filters=[{"id": py7zr.FILTER_BZIP2}]) as file:
        for name in ("Posts.xml", "Users.xml"):
            file.write(folder / name, name)
    _, found = imported(tmp_path / "b.7z", "stackexchange")
    assert (found.threads, found.solved, found.answers, found.comments) == (453, 157, 971, 0)


def test_a_discussion_without_an_accepted_answer_is_no_question(tmp_path: Path) -> None:
    """Meta sites ask for the tag; one in which an answer was accepted has been solved all the same."""
    rows = [question(1, Tags="<discussion>"), question(2, Tags="<discussion>", AcceptedAnswerId=3), answer(3, 2)]
    xml(tmp_path, "Posts.xml", rows)
    threads, _ = imported(tmp_path, "stackexchange")
    assert [each.style for each in threads] == ["discussion", "question"]
