"""Messages to the support: what of a table is kept, and what is set aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbuilder.errors import SourceError
from kbuilder.importers import contacts
from kbuilder.importers.report import Report
from kbuilder.records import Contact


def imported(path: Path, text: str, encoding: str = "utf-8", **own: tuple[str, ...]) -> tuple[list[Contact], Report]:
    path.write_bytes(text.encode(encoding))
    report = Report()
    return list(contacts.read(path, "desk", report, own, "de")), report


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tickets.csv"


def test_a_german_table_of_excel_is_read(path: Path) -> None:
    """Subject and text are one; the ticket's number is not kept; the language is what it is written in."""
    rows = (
        "Ticketnummer;Eingang;Betreff;Nachricht;Gerät\n"
        "T-1;03.02.2024 10:15;Müll;Wie setze ich den Router zurück?;Hub 2\n"
    )
    (found,), report = imported(path, rows, "cp1252")
    assert (found.text, found.date) == ("Müll Wie setze ich den Router zurück?", "2024-02-03T10:15:00Z")
    assert (found.product, found.language, found.name) == ("Hub 2", "de", "desk")
    assert found.id == contacts.id_of("desk", "T-1")
    assert "T-1" not in repr(found)
    assert report.rejects == []


def test_personal_data_are_gone_before_anything_is_kept(path: Path) -> None:
    """Our patterns and those of kbuilder.toml, in text and product, and across a cell's markup."""
    rows = (
        "text,product\n"
        '"Hallo, mail <b>ada@example.org</b>, Kundennummer: K-20391, Kabel LS-40711. Viele Grüße\nAda Byron",'
        "Hub ada@example.org\n"
    )
    (found,), _ = imported(path, rows, own=(r"\bLS-[0-9]{5}\b",))
    assert "[own]" in found.text
    for secret in ("ada@", "Byron", "20391", "40711", "<b>"):
        assert secret not in repr(found)


def test_bad_rows_wait_with_file_and_line(path: Path) -> None:
    """And the good ones are in, whatever stands between."""
    huge = "x" * 200_000
    rows = f'date,text\n2024-13-45,Why?\n2024-02-01,\n2024-02-02,Works?,2\n2024-02-03,"{huge}"\n2024-02-04,How?\n'
    (found,), report = imported(path, rows)
    assert found.text == "How?"
    assert [each.place.partition(":")[2] for each in report.rejects] == ["2", "3", "4", "5"]


def test_no_more_is_kept_than_is_compared(path: Path) -> None:
    """Of a tale the beginning, by words and by characters."""
    rows = "text\n" + "word " * 5_000 + "\n" + "x" * 50_000 + "\n=HYPERLINK(1) +cmd|' /C calc'!A0\n"
    (tale, noise, formula), _ = imported(path, rows)
    assert len(tale.text.split()) == contacts.WORDS
    assert len(noise.text) == contacts.CHARACTERS
    assert formula.text.startswith("=HYPERLINK")  # no table is ever written of it


def test_the_same_table_again_is_the_same_messages(path: Path) -> None:
    """Two customers who write the same are two; a row that is mended or moved is no other."""
    rows = ["2024-01-01,Router dead", "2024-01-01,Router dead", "2024-01-02,Router dead"]
    once, _ = imported(path, "date,text\n" + "\n".join(rows))
    again, _ = imported(path, "date,text\n" + "\n".join(rows[::-1]))
    assert len({each.id for each in once}) == 3
    assert {each.id for each in once} == {each.id for each in again}


def test_a_table_without_messages_is_refused(path: Path) -> None:
    """By naming what its first row holds."""
    with pytest.raises(SourceError, match="no column of messages") as refused:
        imported(path, "when,who\n1,2\n")
    assert refused.value.values["headers"] == "when, who"
    with pytest.raises(SourceError, match="no column of messages"):
        imported(path, "")
    with pytest.raises(SourceError, match="no file"):
        list(contacts.read(path.parent, "desk", Report(), {}))
