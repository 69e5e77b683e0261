from pathlib import Path

import pytest
from importers.importing import imported, question, source, xml

from kbuilder import importers
from kbuilder.importers.report import Report


def test_the_language_is_detected_where_nobody_says_it(tmp_path: Path) -> None:
    """Each thread gets the language of its own words."""
    german = {"Title": "Wie setze ich das Gerät zurück?", "Body": "<p>Es startet leider nicht mehr.</p>"}
    english = {"Title": "How do I reset the device?", "Body": "<p>It does not start any more.</p>"}
    path = xml(tmp_path, "Posts.xml", [question(1, **german), question(2, **english)])
    threads, report = imported(path, "stackexchange", language="")
    assert [thread.language for thread in threads] == ["de", "en"]
    assert report.as_dict()["languages"] == {"de": 1, "en": 1}


def test_authors_are_counted_once(tmp_path: Path) -> None:
    """A person is counted once, whether known by number or by name alone."""
    rows = [question(1), question(2), question(3, OwnerUserId=-1), question(4, OwnerUserId=-1)]
    _, report = imported(xml(tmp_path, "Posts.xml", rows), "stackexchange")
    assert report.authors == 2


def test_the_same_export_gives_the_same_threads(tmp_path: Path) -> None:
    """Importing twice, or with the rows in another order, gives equal records."""
    rows = [question(key) for key in (1, 2, 3)]
    first, _ = imported(xml(tmp_path, "a.xml", rows), "stackexchange")
    assert imported(xml(tmp_path, "b.xml", rows[::-1]), "stackexchange")[0] == first


@pytest.mark.parametrize(
    ("format", "complete"), [("stackexchange", True), ("discourse", False), ("jsonl", False), ("csv", False)]
)
def test_completeness(format: str, complete: bool) -> None:  # noqa: A002 - the field's term
    """Only a dump is the whole source by its nature."""
    assert importers.complete_by_nature(format) is complete
    assert format in importers.FORMATS


def test_an_import_that_is_left_early_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary files go with the import, finished or not."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = xml(tmp_path, "Posts.xml", [question(key) for key in (1, 2, 3)])
    threads = importers.read(path, source("stackexchange"), Report())
    next(threads)
    assert list(scratch.iterdir()) != []
    threads.close()  # type: ignore[attr-defined]
    assert list(scratch.iterdir()) == []


def test_a_thread_of_codes_and_figures_has_the_usual_language(tmp_path: Path) -> None:
    """What is in no language by its words becomes none of its own on the site."""
    path = xml(tmp_path, "Posts.xml", [question(1, Title="0x80070057 404", Body="<p>123 456 abc</p>")])
    [thread] = importers.read(path, source("stackexchange", language=""), Report(), usual="de")
    assert thread.language == "de"


def test_few_words_are_in_no_rare_language(tmp_path: Path) -> None:
    """Short technical English looks like Latin or Pidgin to a detector that knows a hundred languages."""
    path = xml(tmp_path, "Posts.xml", [question(1, Title="config reset firmware", Body="<p>status LED</p>")])
    [thread] = importers.read(path, source("stackexchange", language=""), Report(), usual="de")
    assert thread.language == "en"
