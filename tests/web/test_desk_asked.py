"""What askers found no answer to, in the editors' queue: written about, answered, turned down, and forgotten."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from at_desk import Desk
from typer.testing import CliRunner

from kbuilder.cli.app import app
from kbuilder.store.askers import Askers, Question
from kbuilder.workspace.asked import Missing
from kbuilder.workspace.workspace import Workspace

ESPRESSO = "How often should I descale the espresso machine?"
AGAIN = "descale the espresso machine how often should I"
LYON = "Do you have a shop in Lyon?"


@pytest.fixture
def desk(kb: Workspace, tmp_path: Path) -> Desk:
    """Where questions are kept for a week."""
    made = Desk(kb.root, tmp_path / "kb")
    parts = made.kb.parts
    settings = (parts.head().read("kbuilder.toml") or b"") + b"\n[asking]\nkeep_questions = 7\n"
    parts.repository.commit(parts.head(), {"kbuilder.toml": settings}, "Keep", "ada", parts.clock())
    return made


def ask(desk: Desk, *texts: str, **more: Any) -> None:
    """Each on a page of its own, and never answered."""
    askers, now = Askers(desk.kb.parts.database), desk.kb.parts.clock()
    known = len(askers.questions())
    for number, text in enumerate(texts, known):
        given = {"time": now, "text": text, "page_view": f"v{number}", "language": "en", **more}
        askers.keep_question(Question(**given))
    later(desk)


def later(desk: Desk) -> None:
    """Let the minute pass within which nothing is looked at again."""
    object.__setattr__(desk.kb._asked, "looked", "")


def waiting(desk: Desk) -> Missing:
    (found,) = desk.kb.missing()
    return found


def test_what_several_ask_in_vain_waits(desk: Desk) -> None:
    """With how often and by how many pages; what one alone asks does not, nor anything where no question is kept."""
    ask(desk, ESPRESSO, LYON, AGAIN, AGAIN)
    item = next(each for each in desk.kb.queue() if each.kind == "asked")
    assert (item.title, item.values, item.language) == (AGAIN, {"times": 3, "pages": 3}, "en")
    assert item.demand.askers == 3
    client = desk.client("editor")
    listed = client.get("/desk?kind=asked").text
    assert re.findall(r'href="(/desk/asked/\w+)[^"]*" data-open>([^<]*)', listed) == [
        (f"/desk/asked/{item.lineage}", AGAIN)
    ]
    page = client.get(f"/desk/asked/{item.lineage}").text
    assert page.count("<li>" + ESPRESSO) == 1
    assert "asked 3 times on 3 pages" in page
    assert LYON not in page
    assert "asked" in client.get("/desk/queue.csv").text
    parts = desk.kb.parts
    text = (parts.head().read("kbuilder.toml") or b"").replace(b"keep_questions = 7", b"keep_questions = 0")
    parts.repository.commit(parts.head(), {"kbuilder.toml": text}, "Keep none", "ada", parts.clock())
    assert desk.kb.missing() == []
    assert client.get(f"/desk/asked/{item.lineage}").status_code == 404
    assert "asked" not in {each.kind for each in desk.kb.queue()}


def test_a_build_knows_nothing_of_it(desk: Desk) -> None:
    """What expires changes no build; what is old is gone from the queue by itself."""
    desk.kb.build()
    before = desk.kb.generation.id
    ask(desk, ESPRESSO, AGAIN)
    assert waiting(desk)
    assert desk.kb.build_plan() == []
    desk.kb.build()
    assert desk.kb.generation.id == before
    desk.kb.parts.clock = lambda: "2099-01-01T00:00:00Z"
    assert desk.kb.missing() == []


def test_turned_down_it_is_not_asked_again(desk: Desk) -> None:
    """Nor what is asked like it, once the questions are forgotten; git holds the editor's words and no others."""
    ask(desk, f"{ESPRESSO}\nMine is of last year.", AGAIN)
    found, client = waiting(desk), desk.client("editor")
    assert client.submit(f"/desk/asked/{found.id}/reject", {"wording": ESPRESSO}).status_code == 400
    sent = {"kind": "Too special", "reason": "no machines", "wording": "How often to descale the espresso machine?"}
    answer = client.submit(f"/desk/asked/{found.id}/reject", sent)
    assert answer.headers["location"] == f"/desk/asked/{found.id}?done=rejected"
    assert desk.kb.missing() == []
    decision = desk.kb.parts.decided.decisions(desk.kb.parts.head())[-1]
    assert (decision.verdict, decision.reason) == ("reject", "Too special: no machines")
    assert decision.phrasings == ("How often to descale the espresso machine?",)
    assert "Mine is of" not in str(decision)
    assert "descale" not in next(desk.kb.parts.repository.history()).message
    Askers(desk.kb.parts.database).drop_questions("9999")
    ask(desk, "How often should I descale an espresso machine?", "How often do I descale the espresso machine?")
    assert desk.kb.missing() == []
    again = desk.client("editor").submit(f"/desk/asked/{found.id}/reject", sent)
    assert again.status_code in (404, 409)
    desk.kb.undo(found.id, editor="ada")
    assert waiting(desk).askers == 2


def test_a_verdict_is_taken_back_on_its_page(desk: Desk) -> None:
    """Then it waits as before."""
    ask(desk, ESPRESSO, AGAIN)
    found, client = waiting(desk), desk.client("editor")
    client.submit(f"/desk/asked/{found.id}/reject", {"reason": "no", "wording": ""})
    assert "Take the verdict back" in client.get(f"/desk/asked/{found.id}").text
    assert desk.client("editor").submit(f"/desk/asked/{found.id}/reject", {"reason": "no"}).status_code == 409
    assert client.submit(f"/desk/asked/{found.id}/undo").status_code == 303
    assert waiting(desk) == found


def test_an_article_that_answers_it_is_found_by_it(desk: Desk) -> None:
    """From the next question on."""
    ask(desk, ESPRESSO, AGAIN)
    article = next(each for each in desk.kb.articles() if each.language == "en")
    assert desk.kb.suggest(ESPRESSO) == []
    found, client = waiting(desk), desk.client("editor")
    sent = {"other": article.slug, "wording": ESPRESSO}
    answer = client.submit(f"/desk/asked/{found.id}/answered", sent)
    assert answer.headers["location"] == f"/desk/articles/{article.id}?done=saved"
    assert [each.target for each in desk.kb.suggest(ESPRESSO)][:1] == [article.id]
    assert desk.kb.missing() == []
    client.submit(f"/desk/asked/{found.id}/undo")
    assert desk.kb.suggest(ESPRESSO) == []
    assert waiting(desk)


def test_with_two_steps_what_published_words_rest_on_is_taken_back_by_a_publisher(desk: Desk) -> None:
    """An editor takes no change of what readers see back here either; a rejection as ever."""
    parts = desk.kb.parts
    config = (parts.head().read("kbuilder.toml") or b"") + b"\n[desk]\nsteps = 2\n"
    parts.repository.commit(parts.head(), {"kbuilder.toml": config}, "Two steps", "ada", parts.clock())
    ask(desk, ESPRESSO, AGAIN)
    found, editor = waiting(desk), desk.client("editor")
    page = f"/desk/asked/{found.id}"
    editor.submit(f"{page}/reject", {"reason": "no", "wording": ""})
    assert f"{page}/undo" in editor.get(page).text
    assert editor.submit(f"{page}/undo").status_code == 303
    article = next(each for each in desk.kb.articles() if each.language == "en")
    editor.submit(f"{page}/answered", {"other": article.id, "wording": ESPRESSO})
    refused = editor.submit(f"{page}/undo")
    assert (refused.status_code, "awaits publication" in refused.text) == (403, True)
    assert [each.target for each in desk.kb.suggest(ESPRESSO)][:1] == [article.id]
    assert f"{page}/undo" not in editor.get(page).text
    assert f"{page}/undo" in desk.client("publisher").get(page).text
    assert desk.client("publisher").submit(f"{page}/undo").status_code == 303
    assert desk.kb.suggest(ESPRESSO) == []


def test_an_article_is_written_from_it(desk: Desk) -> None:
    """From a template, with what was asked as its title and among its phrasings; an author hands it in."""
    ask(desk, ESPRESSO, AGAIN, AGAIN)
    found = waiting(desk)
    author = desk.client("author")
    form = author.get(f"/desk/articles/new?asked={found.id}").text
    fields = dict(re.findall(r'<input (?:type="hidden" )?name="(\w+)" value="([^"]*)"', form))
    assert (fields["asked"], fields["wording"], fields["title"]) == (found.id, AGAIN, AGAIN)
    fields.pop("csrf")
    sent = {**fields, "kind": "question", "language": "en", "audience": "public"}
    sent |= {"title": "Descaling", "wording": ESPRESSO, "body": "Once a month."}
    assert author.submit("/desk/articles", sent).status_code == 403
    assert author.submit("/desk/work/hand-in", sent).headers["location"] == "/desk?done=submitted"
    editor = desk.client("editor")
    link = re.search(r'href="(/desk/articles/new\?[^"]*)">Descaling', editor.get("/desk").text)
    assert link
    written = editor.get(link[1].replace("&amp;", "&")).text
    assert ">Once a month.</textarea>" in written
    sent |= dict(re.findall(r'name="(by|handed)" value="([^"]+)"', written))
    wrong = editor.submit("/desk/articles", {**sent, "body": " "})
    assert wrong.status_code == 422
    assert f'name="asked" value="{found.id}"' in wrong.text
    assert editor.submit("/desk/articles", sent).status_code == 303
    article = next(each for each in desk.kb.articles() if each.title == "Descaling")
    assert article.phrasings == (ESPRESSO,)
    assert desk.kb.missing() == []
    assert "Handed in" not in editor.get("/desk").text
    editor.submit(f"/desk/asked/{found.id}/undo")
    assert article.id not in {each.id for each in desk.kb.articles()}
    assert waiting(desk)


def test_what_a_protected_audience_asks_is_theirs(desk: Desk) -> None:
    """It is brought together with nobody else's questions, and seen by whom the audience is trusted to."""
    parts = desk.kb.parts
    more = (parts.head().read("kbuilder.toml") or b"") + b'\n[audience.partner]\nsees = ["public", "partner"]\n'
    parts.repository.commit(parts.head(), {"kbuilder.toml": more}, "Partners", "ada", parts.clock())
    ask(desk, ESPRESSO, AGAIN, audience="partner")
    ask(desk, ESPRESSO)
    found = waiting(desk)
    assert (found.audience, found.askers) == ("partner", 2)
    narrow = desk.client("editor", audiences=("public",))
    assert narrow.get(f"/desk/asked/{found.id}").status_code == 404
    assert found.id not in narrow.get("/desk").text
    assert narrow.get(f"/desk/articles/new?asked={found.id}").status_code == 404
    assert narrow.submit(f"/desk/asked/{found.id}/reject", {"reason": "no"}).status_code == 404
    assert desk.client("publisher").get(f"/desk/asked/{found.id}").status_code == 200


def test_on_the_command_line(desk: Desk, tmp_path: Path) -> None:
    """Listed, shown, turned down, taken back, written about and answered, by the beginning of its id."""
    ask(desk, ESPRESSO, AGAIN)
    found = waiting(desk)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["-C", str(desk.kb.root), *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert f"{found.id}  asked in vain  en" in run("review", "list", "--limit", "100")
    assert ESPRESSO in run("review", "show", found.id[:6])
    assert found.id in run("candidates", "asked")
    done = run("review", "reject", found.id, "--reason", "no", "--wording", "Descaling, how often?").split("(")[1]
    assert found.id not in run("review", "list", "--limit", "100")
    decisions = desk.kb.parts.decided.decisions(desk.kb.parts.head())
    (kept,) = (each for each in decisions if each.id == done.split(")")[0])
    assert kept.phrasings == ("Descaling, how often?",)
    run("review", "undo", found.id)
    text = tmp_path / "text.md"
    text.write_text("# Descaling\n\nOnce a month.\n")
    assert "Saved: Descaling" in run("review", "edit", found.id, "--file", str(text))
    run("review", "undo", found.id)
    article = desk.kb.articles()[0]
    assert article.title in run("review", "merge", found.id, "--into", article.slug)
    assert found.title in next(each for each in desk.kb.articles() if each.id == article.id).phrasings
