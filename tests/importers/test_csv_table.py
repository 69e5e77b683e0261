from pathlib import Path

import pytest
from importers.importing import imported

from kbuilder.errors import SourceError
from kbuilder.importers import csv_table, rows_to_mend
from kbuilder.records import Author, Post, Thread
from kbuilder.text import short_id


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "faq.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_row_becomes_a_thread(tmp_path: Path) -> None:
    """Every column has its place in the thread."""
    path = table(
        tmp_path,
        "ID,Title,Question,Answer,Tags,URL,Author,Date,Language,Product\n"
        '12,Reset,"How do I\nreset <it>?",<p>Hold <b>it</b>.</p>,"a; b",'
        "https://x.example/12,Ada,2024-05-06,EN,Hub 3\n",
    )
    (thread,), report = imported(path, "csv", language="", licence="CC0")
    assert thread == Thread(
        id="forum:12",
        title="Reset",
        url="https://x.example/12",
        tags=("a", "b"),
        product="Hub 3",
        language="en",
        question=Post(
            id="forum:12#q",
            body="How do I\nreset \\<it>?",
            created="2024-05-06T00:00:00Z",
            licence="CC0",
            url="https://x.example/12",
        ),
        answers=(
            Post(
                id="forum:12#a1",
                body="Hold **it**.",
                created="2024-05-06T00:00:00Z",
                author=Author(id="", name="Ada"),
                accepted=True,
                licence="CC0",
                url="https://x.example/12",
            ),
        ),
    )
    assert (report.threads, report.solved, report.answers, report.authors) == (1, 1, 1, 1)
    assert report.columns["answer"] == "Answer"


def test_the_guess_can_be_shown_first(tmp_path: Path) -> None:
    """German headers, semicolons and Windows' encoding are recognised before anything is imported."""
    path = table(tmp_path, "Nr.;Frage;Lösung;Gerät;Erstellt am;Priorität\n1;Wie?;So.;Hub;3.2.2024;hoch\n", "cp1252")
    guess = csv_table.guess(path)
    assert (guess.encoding, guess.separator) == ("cp1252", ";")
    assert guess.columns == {
        "id": "Nr.",
        "question": "Frage",
        "answer": "Lösung",
        "product": "Gerät",
        "date": "Erstellt am",
    }
    assert guess.unused == ("Priorität",)
    (thread,), report = imported(path, "csv", language="de")
    assert (thread.product, thread.answers[0].created) == ("Hub", "2024-02-03T00:00:00Z")
    assert dict(report.not_carried) == {"column Priorität": 1}


def test_excels_unicode_text_is_read(tmp_path: Path) -> None:
    """UTF-16 with its mark, tabs between the columns."""
    path = table(tmp_path, "Frage\tLösung\nWie geht das?\tSo geht es.\n", "utf-16")
    guess = csv_table.guess(path)
    assert (guess.encoding, guess.separator, set(guess.columns)) == ("utf-16", "\t", {"question", "answer"})


@pytest.mark.parametrize(
    ("header", "separator"), [("question,answer", ","), ("\ufeffFrage;Antwort", ";"), ("Q\tA", "\t"), ("q|a", "|")]
)
def test_separators(tmp_path: Path, header: str, separator: str) -> None:
    """Any usual separator is seen, behind a byte-order mark too."""
    (thread,), _ = imported(table(tmp_path, f"{header}\r\nWhy?{separator}So\r\n"), "csv")
    assert (thread.title, thread.answers[0].body) == ("Why?", "So")


def test_ids_come_from_the_question(tmp_path: Path) -> None:
    """Without an id column the question's words are the id: order and answers may change."""
    (first, second), _ = imported(table(tmp_path, "question,answer\nA?,1\nB?,2\n"), "csv")
    again, _ = imported(table(tmp_path, "question,answer\nB?,3\nA?,1\n"), "csv")
    assert {first.id, second.id} == {f"forum:{short_id(text)}" for text in ("A?", "B?")}
    assert {thread.id for thread in again} == {first.id, second.id}


def test_rows_of_one_question_are_its_answers(tmp_path: Path) -> None:
    """A question that stands twice is one thread with two answers; one without an answer is unsolved."""
    threads, _ = imported(table(tmp_path, "id,question,answer\n1,A?,x\n2,B?,\n1,A?,y\n"), "csv")
    found = {thread.id: [(answer.id, answer.body) for answer in thread.answers] for thread in threads}
    assert found == {"forum:1": [("forum:1#a1", "x"), ("forum:1#a2", "y")], "forum:2": []}


def test_long_questions_get_a_title(tmp_path: Path) -> None:
    """A title is cut at a word."""
    (thread,), _ = imported(table(tmp_path, "question,answer\n" + "word " * 60 + ",x\n"), "csv")
    assert thread.title == "word " * 29 + "word …"


def test_bad_rows_are_set_aside_and_mended(tmp_path: Path) -> None:
    """Too many cells, no question, a date that can be read in two ways: each is kept with its line."""
    path = table(tmp_path, 'question,answer,date\n"a\nb",x,\nc,d,e,f\n,x,\ng,x,12/31/2024\n\nh,x,31.12.2024 13:05\n')
    threads, report = imported(path, "csv")
    assert sorted(thread.title for thread in threads) == ["a b", "h"]
    assert [(r.place, r.message.format(**r.values), r.row) for r in report.rejects] == [
        ("faq.csv:4", "4 cells where the first row has 3", "c,d,e,f\n"),
        ("faq.csv:5", "there is no question", ",x,\n"),
        ("faq.csv:6", "“12/31/2024” is no date like 2026-11-23 or 23.11.2026", "g,x,12/31/2024\n"),
    ]
    mended = tmp_path / "mended.csv"
    mended.write_text(rows_to_mend("csv", report).replace("e,f", "").replace("12/31/2024", "2024-12-31"))
    threads, again = imported(mended, "csv")
    assert sorted(thread.title for thread in threads) == ["c", "g"]
    assert [reject.place for reject in again.rejects] == ["mended.csv:3"]


def test_an_open_quote_does_not_swallow_the_rest(tmp_path: Path) -> None:
    """A quotation mark that is never closed is set aside with its line."""
    path = table(tmp_path, 'question,answer\na,x\n"b,y\n' + "c,z\n" * 40_000)
    threads, report = imported(path, "csv")
    assert {thread.title for thread in threads} == {"a", "c"}
    assert report.rejects[0].place == "faq.csv:3"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no column of questions"),
        (b"name,price\nx,1\n", "faq.csv has no column of questions; its first row is: name, price"),
        (b"\x81\x8d\x8f", "faq.csv is neither UTF-8 nor UTF-16 nor Windows-1252."),
    ],
)
def test_refusals(tmp_path: Path, content: bytes, message: str) -> None:
    """What is no table of questions is an explained error."""
    path = tmp_path / "faq.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        imported(path, "csv")
    assert message in str(caught.value)
    assert caught.value.advice


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    """A folder, or a file that is not there, is said to be none."""
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(SourceError, match="There is no file"):
            imported(path, "csv")
