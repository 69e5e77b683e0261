"""What readers say is out of date: told on the published site, seen at the desk, answered by a verdict, counted."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from at_desk import Desk

from kbuilder.records import Article
from kbuilder.review.queue import Item
from kbuilder.store import articles as article_files
from kbuilder.web.app import create_app
from kbuilder.workspace import events
from kbuilder.workspace.workspace import Workspace

MAIL = "write to bo@example.org"


@pytest.fixture(scope="module")
def shared(kb: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(kb.root, tmp_path_factory.mktemp("flags") / "kb")


@pytest.fixture
def desk(shared: Desk) -> Iterator[Desk]:
    """At noon of a day of its own, with a fresh count of what an address has told."""
    parts = shared.kb.parts
    times = [each.time for each in parts.decided.decisions(parts.head()) if each.time > "2027"]
    at = f"2027-01-{int(max(times, default='2027-01-01')[8:10]) + 1:02d}T12:00:00Z"
    parts.clock = lambda: at
    shared.app = create_app(shared.kb)
    yield shared
    for item in flagged(shared):
        shared.kb.edit(item.article, editor="ada", reason="still right")


def flagged(desk: Desk) -> list[Item]:
    """What waits because readers said so."""
    events.drain(desk.kb.parts)
    return [item for item in desk.kb.queue() if item.article and any(each.kind == "flagged" for each in item.reasons)]


def article(desk: Desk, number: int = 0) -> Article:
    return sorted(desk.kb.articles(), key=lambda each: each.id)[number]


def tell(desk: Desk, one: Article, words: str = "", page_view: str = "view", **given: str) -> int:
    """What a reader does on the page for it; the status."""
    client = desk.client()
    assert 'name="page_view"' in client.get(f"/flag?article={one.id}").text
    data = {"words": words, "page_view": page_view}
    return client.post(f"/flag?article={one.id}", data=data, headers=given).status_code


def later(desk: Desk) -> None:
    """An hour passes."""
    at = desk.kb.parts.clock()
    desk.kb.parts.clock = lambda: re.sub(r"T(\d\d)", lambda hour: f"T{int(hour[1]) + 1:02d}", at)


def test_a_readers_words_reach_the_editor_and_a_verdict_answers_them(desk: Desk) -> None:
    """Without personal data and without markup; what is said afterwards is news again."""
    one, editor = article(desk), desk.client("editor")
    assert tell(desk, one, f"Gone since May!\n <b>x</b> {MAIL}") == 303
    (item,) = flagged(desk)
    assert (item.kind, item.article, item.reasons[0].values) == ("flagged", one.id, {"readers": 1})
    queue = editor.get("/desk?kind=flagged").text
    assert "readers who say so: 1" in queue
    assert f"/desk/articles/{one.id}/sources" in queue
    assert "Readers say that it is out of date (1)." in editor.get(f"/desk/articles/{one.id}").text
    page = editor.get(f"/desk/articles/{one.id}/sources").text
    assert "Gone since May! &lt;b&gt;x&lt;/b&gt; write to" in page
    assert "bo@example.org" not in page
    assert editor.submit(f"/desk/articles/{one.id}/still-right").status_code == 303
    assert flagged(desk) == []
    assert "kind=flagged" not in editor.get("/desk").text.partition('class="queue"')[2]
    later(desk)
    assert tell(desk, one, page_view="another") == tell(desk, one, "Once more", page_view="another") == 303
    (item,) = flagged(desk)
    assert item.reasons[0].values == {"readers": 1}
    activity = editor.get("/desk/activity").text
    assert "an article is out of date: 2. Articles that wait for an answer to them: 1." in activity
    desk.kb.dismiss(one.id, editor="ada", reason="It is right.")
    assert flagged(desk) == []
    desk.kb.undo(one.id, editor="ada")
    assert len(flagged(desk)) == 1


def test_mending_answers_them_and_details_do_not(desk: Desk) -> None:
    """A new topic says nothing of the text; another text does."""
    one = article(desk, 1)
    tell(desk, one)
    data = {"seen": one.digest, "until": "", "product": one.product, "tags": "a new topic"}
    desk.client("editor").submit(f"/desk/articles/{one.id}/details", data)
    assert len(flagged(desk)) == 1
    desk.kb.edit(one.id, editor="ada", body=one.body + "\n\nSince May it is otherwise.\n")
    assert flagged(desk) == []


def test_each_reader_counts_once_and_one_address_not_without_end(desk: Desk) -> None:
    """By page view or member, the last words count; twenty an hour is more than any reader needs."""
    one = article(desk, 2)
    for number in range(3):
        assert tell(desk, one, f"words {number}", page_view="same") == 303
    assert flagged(desk)[0].reasons[0].values == {"readers": 1}
    page = desk.client("editor").get(f"/desk/articles/{one.id}/sources").text
    assert "words 2" in page
    assert "words 1" not in page
    statuses = [tell(desk, one, page_view=f"p{number}") for number in range(20)]
    assert statuses == [303] * 17 + [429] * 3
    assert flagged(desk)[0].reasons[0].values == {"readers": 18}


def test_the_api_tells_them_too(desk: Desk) -> None:
    """From the widget and from programs: words of other kinds are not kept; the same limit holds without a key."""
    one, client = article(desk, 3), desk.client()
    told = [
        {"kind": "opened", "target": one.id, "words": "not these"},
        {"kind": "flagged", "target": one.id, "words": f"  {MAIL} "},
        {"kind": "flagged", "target": "no-article"},
    ]
    assert client.post("/api/v1/events", json={"page_view": "v", "events": told}).status_code == 202
    (item,) = flagged(desk)
    assert item.article == one.id
    page = desk.client("editor").get(f"/desk/articles/{one.id}/sources").text
    assert "write to" in page
    assert "bo@example.org" not in page
    assert "not these" not in page
    many = {"page_view": "w", "events": [{"kind": "flagged", "target": one.id}] * 19}
    refused = client.post("/api/v1/events", json=many)
    assert (refused.status_code, int(refused.headers["retry-after"]) > 60) == (429, True)
    assert flagged(desk)[0].reasons[0].values == {"readers": 1}
    long = {"events": [{"kind": "flagged", "target": one.id, "words": "x" * 301}]}
    assert client.post("/api/v1/events", json=long).status_code == 422


def test_only_readers_of_an_article_can_flag_it(desk: Desk) -> None:
    """Nobody learns of another audience's articles by it, and a page of another host sends nothing in their name."""
    assert desk.client().get("/flag?article=nothing-here").status_code == 404
    assert desk.client().get("/flag").status_code == 422
    parts, one = desk.kb.parts, article(desk, 4)
    assert tell(desk, one, Origin="https://evil.example") == 403
    for wrong in ({"page_view": "<script>"}, {"page_view": "v", "words": "x" * 301}):
        assert desk.client().post(f"/flag?article={one.id}", data=wrong).status_code == 422
    tell(desk, one)
    assert len(flagged(desk)) == 1
    text = (parts.head().read("kbuilder.toml") or b"") + b"\n[audience.staff]\nsees = ['staff']\n"
    path = article_files.path(one)
    before = parts.head().read(path) or b""
    after = before.replace(b"audience: public", b"audience: staff")
    parts.repository.commit(parts.head(), {"kbuilder.toml": text, path: after}, "Staff", "ada", parts.clock())
    assert desk.client().get(f"/flag?article={one.id}").status_code == 404
    assert flagged(desk) == []
    parts.repository.commit(parts.head(), {path: before}, "For all", "ada", parts.clock())
    assert len(flagged(desk)) == 1
