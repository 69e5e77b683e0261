"""The form takes part: what is asked and said there counts as with the widget, and notices come first."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kbuilder.insight import deflection
from kbuilder.store.askers import Askers
from kbuilder.store.database import Event
from kbuilder.web.app import create_app
from kbuilder.workspace import events
from kbuilder.workspace.workspace import Workspace


class Form:
    """The form of a knowledge base of one's own."""

    def __init__(self, kb: Workspace) -> None:
        self.kb = kb
        self.client = TestClient(create_app(kb), base_url="http://kb.example", client=("203.0.113.7", 1))
        self.title = kb.parts.decided.articles(kb.parts.head())[0].title

    def commit(self, name: str, data: str) -> None:
        tree = self.kb.parts.head()
        given = (tree.read(name) or b"") if name == "kbuilder.toml" else b""
        self.kb.parts.repository.commit(tree, {name: given + data.encode()}, "Changed", "ada", self.kb.parts.clock())
        self.client.app.state.service.lately.config = None  # type: ignore[attr-defined]

    def ask(self, question: str, **given: str) -> tuple[str, str]:
        """The page, and the id of the page view in it."""
        page = self.client.post("/ask", data={"q": question}, headers=given).text
        return page, "".join(re.findall(r'id="asking".*?name="page_view" value="([^"]+)"', page, re.DOTALL))

    def tell(self, **told: str) -> int:
        answer = self.client.post("/ask/told", data=told, follow_redirects=False)
        return answer.status_code

    @property
    def events(self) -> list[Event]:
        while events.spool(self.kb.parts).waiting():
            events.drain(self.kb.parts)
        return list(Askers(self.kb.parts.database).events())


@pytest.fixture
def form(kb: Workspace, tmp_path: Path) -> Iterator[Form]:
    """Of its own, and never asked."""
    own = Workspace.open(shutil.copytree(kb.root, tmp_path / "kb", ignore=shutil.ignore_patterns("events")))
    Askers(own.parts.database).drop_events(before="9999")
    yield Form(own)
    own.close()


def test_what_happens_at_the_form_is_a_case(form: Form) -> None:
    """Asked, opened and thanked for: one case, as with the widget; another wording on the page is no other case."""
    page, view = form.ask(form.title)
    (target, *_) = re.findall(r'<article data-target="([^"]+)">', page)
    assert re.search(r'<form class="solved"[^>]*action="/ask/told"', page)
    form.client.post("/ask", data={"q": "zebrafinch", "page_view": view})
    assert form.tell(page_view=view, kind="opened", target=target) == 303
    told = form.events
    assert [(each.kind, each.page_view, each.target) for each in told] == [
        ("asked", view, target),
        ("opened", view, target),
    ]
    assert [case.outcome for case in deflection.cases(told, 7)] == ["potential"]
    form.kb.parts.clock = lambda: "2099-01-01T00:00:00Z"
    assert form.tell(page_view=view, kind="helped", target=target) == 303
    assert [case.outcome for case in deflection.cases(form.events, 7)] == ["confirmed"]
    assert form.tell(page_view=view, kind="posted") == 303
    assert [case.outcome for case in deflection.cases(form.events, 7)] == ["none"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"page_view": "v", "kind": "flagged", "target": "x"},
        {"page_view": "v", "kind": "asked"},
        {"page_view": "", "kind": "opened", "target": "x"},
        {"page_view": "a b", "kind": "opened", "target": "x"},
        {"page_view": "v", "kind": "opened", "target": "a b"},
    ],
)
def test_what_is_no_word_of_the_page_is_refused(form: Form, wrong: dict[str, str]) -> None:
    """And kept nowhere; nor is what another host's page sends."""
    assert form.tell(**wrong) == 422
    strange = {"origin": "https://evil.example"}
    good = {"page_view": "v", "kind": "opened", "target": "x"}
    assert form.client.post("/ask/told", data=good, headers=strange).status_code == 403
    assert form.events == []


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_who_is_not_to_be_counted_is_not(form: Form, header: str) -> None:
    """The answers are there all the same."""
    page, view = form.ask(form.title, **{header: "1"})
    assert ("data-target" in page, view, form.events) == (True, "", [])


def test_some_are_held_out(form: Form) -> None:
    """By page view, as with the widget."""
    form.commit("kbuilder.toml", "\n[asking]\nhold_out = true\nhold_out_share = 0.5\n")
    pages = [form.ask(form.title) for _ in range(16)]
    held = {view for page, view in pages if "data-target" not in page}
    assert 0 < len(held) < 16
    assert {each.page_view for each in form.events if each.arm == "held"} == held


def test_current_problems_come_first(form: Form) -> None:
    """Those of the page's language, too: two words do not tell in which one is asked."""
    notices = [
        {"title": "Outage", "text": "See [status](https://status.example).", "language": "en"},
        {"title": "Ausfall", "text": "", "language": "de"},
    ]
    form.commit("facts/notices.json", json.dumps({"notices": notices}))
    page, _ = form.ask("internet slow")
    assert "Outage</strong> See status (https://status.example)." in unescape(page)
    assert "Ausfall" not in page
    german = form.client.post("/ask?lang=de", data={"q": "Wie setze ich meinen Hub zurück?"}).text
    assert ("Ausfall" in german, "Outage" in german) == (True, False)
    assert german.index("Ausfall") < german.index("found")
    found = form.client.post("/api/v1/suggest", json={"title": "internet slow"}).json()["notices"]
    assert {each["title"] for each in found} == {"Outage", "Ausfall"}
