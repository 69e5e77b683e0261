"""Judging at the desk: the archive's questions asked again beside all else, and an editor's word on each."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from archive import archive
from at_desk import Browser as Client
from at_desk import Desk, serving

from kbuilder.store import judgments
from kbuilder.store.judgments import Judgment
from kbuilder.web.desk.access import COOKIE
from kbuilder.workspace import people

if TYPE_CHECKING:
    from playwright.sync_api import Browser

QUESTION = re.compile(r'name="question" value="([^"]+)"')


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = archive(tmp_path / "made")
    made.close()
    return Desk(made.root, tmp_path / "kb")


def told(desk: Desk) -> list[Judgment]:
    return judgments.read(desk.kb.parts.head())


def begun(client: Client) -> str:
    """The first case's page."""
    client.submit("/desk/judge/begin")
    return settled(client)


def settled(client: Client) -> str:
    until = time.monotonic() + 60
    while 'hx-trigger="every 2s"' in (page := client.get("/desk/judge").text):
        assert time.monotonic() < until
        time.sleep(0.05)
    return page


def test_an_editor_judges_what_would_have_been_suggested(desk: Desk) -> None:
    """Each word is a commit of its own; the last one can be said again; what is skipped waits for others."""
    client = desk.client("editor")
    assert 'action="/desk/judge/begin"' in client.get("/desk/judge").text
    page = begun(client)
    first = QUESTION.findall(page)[0]
    assert "Delete the old pairing" in page or "Push the small pin" in page or "printed on the sticker" in page
    answer = client.submit("/desk/judge", {"question": first, "answer": "yes"})
    assert answer.headers["location"] == f"/desk/judge?last={first.replace(':', '%3A')}"
    assert [(each.question, each.right, each.editor) for each in told(desk)] == [(first, True, "The editor")]
    assert "Judged: " in next(desk.kb.parts.repository.history()).message
    page = client.get(answer.headers["location"]).text
    assert first not in QUESTION.findall(page)
    assert QUESTION.findall(client.get(f"/desk/judge?again={first}").text) == [first]
    client.submit("/desk/judge", {"question": first, "answer": "no"})
    assert [(each.question, each.right) for each in told(desk)] == [(first, False)]
    while left := QUESTION.findall(client.get("/desk/judge").text):
        client.submit("/desk/judge", {"question": left[0], "answer": "skip"})
    assert len(told(desk)) == 1
    assert "Go on judging" not in client.get("/desk/judge").text
    assert QUESTION.findall(desk.client("publisher").get("/desk/judge").text)


def test_what_was_judged_teaches_or_is_kept(desk: Desk) -> None:
    """Too few teach nothing, and it says so in words; begun anew, what was judged is not asked again."""
    client = desk.client("editor")
    first = QUESTION.findall(begun(client))[0]
    client.submit("/desk/judge", {"question": first, "answer": "yes"})
    client.submit("/desk/judge/learn")
    page = settled(client)
    while "Too little to learn from yet: it takes 50 verdicts." not in page:
        page = client.get("/desk/judge?stop=yes").text
    assert first not in QUESTION.findall(begun(client))
    assert "judged: 1 of" in client.get("/desk/judge").text


def test_what_a_form_may_not_say(desk: Desk) -> None:
    """A question that is not being judged, another answer, and one that the editor may not see: nothing is kept."""
    client = desk.client("editor")
    assert client.submit("/desk/judge", {"question": "forum:12", "answer": "yes"}).status_code == 404
    first = QUESTION.findall(begun(client))[0]
    assert client.submit("/desk/judge", {"question": first, "answer": "maybe"}).status_code == 422
    assert client.submit("/desk/judge", {"question": "forum:999", "answer": "yes"}).status_code == 404
    german = desk.client("author", roles=("editor",), languages=("de",))
    assert QUESTION.findall(german.get("/desk/judge").text) == []
    assert german.submit("/desk/judge", {"question": first, "answer": "yes"}).status_code == 404
    assert told(desk) == []


def test_what_is_wrong_is_said(desk: Desk) -> None:
    """A damaged line of what was judged: its number stands on the page, and the check names it."""
    tree = desk.kb.parts.head()
    desk.kb.parts.repository.commit(tree, {judgments.FILE: b"{}\n"}, "Spoil", "ada", desk.kb.parts.clock())
    assert "models/judged.jsonl:1" in begun(desk.client("editor"))
    assert "models/judged.jsonl:1" in [each.place for each in desk.kb.check()]


@pytest.mark.browser
def test_by_keyboard_alone(desk: Desk, browser: Browser) -> None:
    """From the page that begins it to the end, with nothing for axe to find."""
    from axe_playwright_python.sync_playwright import Axe

    with serving(desk.app) as address:
        context = browser.new_context()
        context.set_default_timeout(120_000)
        token = people.open_session(desk.kb.parts, desk.person("editor"))
        context.add_cookies([{"name": COOKIE, "value": token, "url": f"{address}/desk"}])
        page = context.new_page()
        page.goto(f"{address}/desk/judge")
        assert Axe().run(page).violations_count == 0
        page.get_by_role("button", name="Begin").press("Enter")
        page.get_by_role("button", name="Yes").wait_for()
        assert Axe().run(page).violations_count == 0
        page.keyboard.press("y")
        page.wait_for_url("**last=*")
        page.keyboard.press("u")
        page.wait_for_url("**again=*")
        page.keyboard.press("n")
        page.wait_for_url("**last=*")
        page.keyboard.press("q")
        page.wait_for_url("**stop=yes*")
        page.get_by_role("button", name="Learn from it").press("Enter")
        page.get_by_text("Too little to learn from yet").wait_for()
        assert Axe().run(page).violations_count == 0
        context.close()
    assert [each.right for each in told(desk)] == [False]
