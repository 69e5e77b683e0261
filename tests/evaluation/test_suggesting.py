"""Evaluation: answers first, judgments after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kbuilder.config import read_recipe
from kbuilder.errors import SourceError
from kbuilder.evaluation import Evaluation, Wanted, evaluate_suggest
from kbuilder.evaluation.report import misses, report

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ENTRIES = {
    "a": "Where is the wifi password?",
    "b": "The light is red",
    "c": "How do I swap the strap?",
    "d": "Battery empty",
}
QUESTIONS = {"1": "where is my wifi password", "2": "why is the light red", "3": "swap the strap", "4": "bake bread"}
RIGHT = {"1": "a", "2": "b", "3": "c"}


def lines(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four entries, four questions; the last has no answer."""
    corpus = lines([{"_id": key, "title": title, "text": "", "answers": []} for key, title in ENTRIES.items()])
    (tmp_path / "corpus.jsonl").write_text(corpus, encoding="utf-8")
    questions = lines([{"_id": key, "text": text} for key, text in QUESTIONS.items()])
    (tmp_path / "queries.dev.jsonl").write_text(questions, encoding="utf-8")
    (tmp_path / "qrels").mkdir()
    rows = "".join(f"{question}\t{entry}\t1\n" for question, entry in RIGHT.items())
    (tmp_path / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\n" + rows, encoding="utf-8")
    return tmp_path


def value(found: Evaluation, name: str) -> float:
    return found.figures[name].value


def run_of(file: Path) -> dict[str, dict[str, object]]:
    return {row["_id"]: row for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())}


def test_a_run_has_a_line_for_each_question(folder: Path) -> None:
    """Results best first and the probability of the first; the figures say the same."""
    found = evaluate_suggest(folder, Wanted(), read_recipe("small"), folder / "out" / "run.jsonl")
    run = run_of(folder / "out" / "run.jsonl")
    assert {key: row["results"][0]["_id"] for key, row in run.items() if key != "4"} == RIGHT  # type: ignore[index]
    assert float(str(run["4"]["probability"])) < 0.1
    assert value(found, "P@1") == value(found, "MRR") == value(found, "AUROC has answer") == 1
    assert found.scored.has.tolist() == [True, True, True, False]


def test_judgments_are_read_after_the_run_is_written(folder: Path) -> None:
    """Without judgments the run is there all the same."""
    (folder / "qrels" / "dev.tsv").unlink()
    with pytest.raises(SourceError, match=r"dev\.tsv"):
        evaluate_suggest(folder, Wanted(), read_recipe("small"), folder / "run.jsonl")
    assert len(run_of(folder / "run.jsonl")) == 4


def test_judgments_on_what_the_corpus_lacks_are_counted(folder: Path) -> None:
    """Those on what was left out are not among them."""
    file = folder / "qrels" / "dev.tsv"
    file.write_text(file.read_text(encoding="utf-8") + "4\tz\t1\n", encoding="utf-8")
    wanted = Wanted(leave_out=0.9)
    assert evaluate_suggest(folder, wanted, read_recipe("small"), folder / "run.jsonl").strays == 1


@pytest.mark.parametrize("labels", [4, 5])
def test_a_question_is_left_to_be_scored(folder: Path, labels: int) -> None:
    """Else nothing is answered, and no run is written."""
    with pytest.raises(SourceError, match=f"there are 4, and {labels} are to be fitted on"):
        evaluate_suggest(folder, Wanted(labels=labels), read_recipe("small"), folder / "run.jsonl")
    assert not (folder / "run.jsonl").exists()


def test_just_the_judged_entries_are_ranked(folder: Path) -> None:
    """Where a set lists them."""
    (folder / "candidates").mkdir()
    rows = "query-id\tcorpus-id\trank\n1\tb\t1\n1\tc\t2\n2\tb\t1\n"
    (folder / "candidates" / "dev.tsv").write_text(rows, encoding="utf-8")
    evaluate_suggest(folder, Wanted(), read_recipe("small"), folder / "run.jsonl")
    ranked = {key: {each["_id"] for each in row["results"]} for key, row in run_of(folder / "run.jsonl").items()}  # type: ignore[attr-defined]
    assert ranked["1"] <= {"b", "c"}
    assert ranked["2"] == {"b"}
    assert ranked["3"] == ranked["4"] == set()


def test_a_question_without_a_word_gets_silence(folder: Path) -> None:
    """An empty one too; both have their line."""
    with (folder / "queries.dev.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(lines([{"_id": "5", "text": "?!"}, {"_id": "6"}]))
    evaluate_suggest(folder, Wanted(), read_recipe("small"), folder / "run.jsonl")
    run = run_of(folder / "run.jsonl")
    assert run["5"] == {"_id": "5", "results": [], "probability": 0.0}
    assert run["6"]["results"] == []


def test_what_is_left_out_is_not_found(folder: Path) -> None:
    """All of it: every question is one without an answer."""
    found = evaluate_suggest(folder, Wanted(leave_out=1), read_recipe("small"), folder / "run.jsonl")
    assert not found.scored.has.any()
    assert all(row["results"] == [] for row in run_of(folder / "run.jsonl").values())


def test_questions_that_were_fitted_on_are_not_scored(folder: Path) -> None:
    """They stand in the run, marked; only their judgments were read before."""
    plain = evaluate_suggest(folder, Wanted(), read_recipe("small"), folder / "plain.jsonl")
    found = evaluate_suggest(folder, Wanted(labels=2), read_recipe("small"), folder / "run.jsonl")
    run = run_of(folder / "run.jsonl")
    fitted = {key for key, row in run.items() if row.get("fitted")}
    assert len(fitted) == 2
    assert {each.id for each in found.run} == {*QUESTIONS} - fitted
    before = {each.id: each.probability for each in plain.run}
    assert all(each.probability != before[each.id] for each in found.run if each.results)


def test_the_report_shows_the_surest_misses_and_escapes_what_people_wrote(folder: Path) -> None:
    """A question is hostile text like any other."""
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\n3\ta\t1\n", encoding="utf-8")
    rows = [{"_id": key, "text": text + " <script>alert(1)</script>"} for key, text in QUESTIONS.items()]
    (folder / "queries.dev.jsonl").write_text(lines(rows), encoding="utf-8")
    found = evaluate_suggest(folder, Wanted(), read_recipe("small"), folder / "run.jsonl")
    sure = [each.probability for each in misses(found)]
    assert len(sure) >= 3
    assert sure == sorted(sure, reverse=True)
    page = report("made", found, "en", lambda message: message)
    assert "swap the strap &lt;script&gt;" in page
    assert "<script" not in page
    assert "http" not in page
    assert page.count("<circle") >= 1


def test_the_report_fits_a_phone(folder: Path, browser: Browser) -> None:
    """Whatever long words people wrote."""
    rows = [{"_id": key, "text": text + " " + "Werkseinstellungen" * 5} for key, text in QUESTIONS.items()]
    (folder / "queries.dev.jsonl").write_text(lines(rows), encoding="utf-8")
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\n3\ta\t1\n", encoding="utf-8")
    found = evaluate_suggest(folder, Wanted(), read_recipe("small"), folder / "run.jsonl")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    (folder / "page.html").write_text(report("made", found, "en", str), encoding="utf-8")
    page.goto((folder / "page.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.close()


@pytest.mark.model
def test_what_shares_no_word_is_found_by_its_meaning(folder: Path) -> None:
    """With the model of the recipe that is asked for."""
    asked = lines([{"_id": "1", "text": "forgot the passphrase of my wireless network"}])
    (folder / "queries.dev.jsonl").write_text(asked, encoding="utf-8")
    found = evaluate_suggest(folder, Wanted(), read_recipe("default"), folder / "run.jsonl")
    assert value(found, "P@1") == 1
