"""Notices at the desk: made, changed and ended by forms, one commit each; what begins and ends by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from at_desk import Browser, Desk

from kbuilder.store import notices as file
from kbuilder.store.notices import Notice
from kbuilder.text import products_of
from kbuilder.workspace import notices, publishing, reading
from kbuilder.workspace.workspace import Workspace

FORM = {"title": "Sync is down", "body": "We **work** on it.", "language": "en", "audience": "public"}
SETTINGS = '\ntimezone = "Europe/Berlin"\n'


@pytest.fixture(scope="module")
def shared(kb: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(kb.root, tmp_path_factory.mktemp("notices") / "kb")
    config = (made.kb.root / "kbuilder.toml").read_bytes().decode()
    zoned = re.sub(r"(?m)^timezone.*\n", "", config)
    text = SETTINGS.lstrip() + zoned + '\n[audience.partner]\nsees = ["public", "partner"]\n'
    parts = made.kb.parts
    parts.repository.commit(parts.head(), {"kbuilder.toml": text.encode()}, "Settings", "test", parts.clock())
    return made


@pytest.fixture
def desk(shared: Desk) -> Iterator[Desk]:
    """One knowledge base, its notices taken away after each test, its clock stood still."""
    shared.kb.parts.clock = lambda: "2026-11-26T12:00:00Z"
    yield shared
    parts = shared.kb.parts
    if parts.head().read(file.FILE):
        parts.repository.commit(parts.head(), {file.FILE: None}, "Away", "test", "2026-11-26T12:00:00Z")


def made(desk: Desk, client: Browser | None = None, **values: str) -> Notice:
    before = notices.standing(desk.kb.parts).all
    answer = (client or desk.client("editor")).submit("/desk/notices", {**FORM, **values})
    assert answer.headers["location"] == "/desk/notices?done=saved", answer.text
    return next(each for each in notices.standing(desk.kb.parts).all if each not in before)


def messages(desk: Desk, count: int) -> list[tuple[str, str]]:
    history = desk.kb.parts.repository.history()
    return [(each.message, each.author.partition(" <")[0]) for each, _ in zip(history, range(count), strict=False)]


def test_made_changed_and_ended_in_a_commit_each(desk: Desk) -> None:
    """By the editor's name, with a message that says what."""
    client, sent = desk.client("editor"), {"products": "Hub 3, Pulse ,Hub 3", "until": "2026-11-27T09:30"}
    notice = made(desk, client, **sent)
    again = client.submit("/desk/notices", {**FORM, **sent, "since": "2026-11-26T13:05"})  # Back, and sent once more
    assert (again.status_code, "“Sync is down” is told already." in again.text) == (422, True)
    assert notice == Notice(
        id=notice.id,
        title="Sync is down",
        text="We **work** on it.",
        language="en",
        since="2026-11-26T12:00:00Z",
        until="2026-11-27T08:30:00Z",  # half past nine in Berlin
        products=("Hub 3", "Pulse"),
    )
    page = client.get(f"/desk/notices/{notice.id}").text
    assert 'value="2026-11-26T13:00"' in page
    assert "We <strong>work</strong> on it." in page
    changed = {**FORM, "title": "Sync is slow", "since": "2026-11-26T13:00", "seen": notice.digest}
    client.submit(f"/desk/notices/{notice.id}", changed)
    assert notices.find(desk.kb.parts, notice.id).title == "Sync is slow"
    assert "Sync is slow" in client.get("/desk/notices").text
    answer = client.submit(f"/desk/notices/{notice.id}/end")
    assert answer.headers["location"] == "/desk/notices?done=ended-notice"
    assert notices.standing(desk.kb.parts).all == ()
    name = "The editor"
    assert messages(desk, 3) == [
        ("End the notice: Sync is slow", name),
        ("Change the notice: Sync is slow", name),
        ("Notice: Sync is down", name),
    ]
    assert client.submit(f"/desk/notices/{notice.id}/end").status_code == 404


def test_it_begins_and_ends_by_itself(desk: Desk) -> None:
    """Nobody is told before or after; the server commits what the clock asks for, and nothing besides."""
    parts = desk.kb.parts
    notice = made(desk, since="2026-11-26T14:00", until="2026-11-26T16:00")
    assert file.read(parts.head()).current == ()
    assert reading.notices(parts, "public", ["en"]) == []
    assert notices.turn(parts) is False
    parts.clock = lambda: "2026-11-26T13:00:00Z"
    assert [each["title"] for each in reading.notices(parts, "public", ["en"])] == ["Sync is down"]
    assert reading.notices(parts, "public", ["de"]) == []
    assert notices.turn(parts) is True
    assert file.read(parts.head()).current == (notice,)
    parts.clock = lambda: "2026-11-26T15:00:00Z"
    assert reading.notices(parts, "public", ["en"]) == []
    assert (notices.turn(parts), notices.turn(parts)) == (True, False)
    assert file.read(parts.head()) == file.Notices()
    assert messages(desk, 2) == [("End the notice: Sync is down", "kbuilder"), ("Notice: Sync is down", "kbuilder")]


def test_home_and_the_articles_of_its_product_show_it(desk: Desk) -> None:
    """And when it is over they do not; other articles are not written again."""
    parts, product = desk.kb.parts, next(name for each in desk.kb.articles() for name in products_of(each.product))
    publishing.publish(parts, "public", lambda *_: None)
    notice = made(desk, language="", products=f"{product}, Other", title="NOTICED")
    published = publishing.publish(parts, "public", lambda *_: None)
    pages = {path for path in published.written if b"NOTICED" in (published.folder / path).read_bytes()}
    own = {
        f"{each.language}/{each.slug}/index.html"
        for each in desk.kb.articles()
        if product in products_of(each.product)
    }
    assert own <= pages
    homes = {f"{language}/index.html" for language in desk.kb.parts.config().languages}
    assert {page for page in pages if page.endswith(".html")} == own | homes
    notices.end(parts, notice.id, "test")
    again = publishing.publish(parts, "public", lambda *_: None)
    assert not any(b"NOTICED" in (again.folder / path).read_bytes() for path in pages)


def test_the_second_to_save_sees_the_first(desk: Desk) -> None:
    """Nothing is lost: both texts are there, and saving again is a choice."""
    notice = made(desk)
    first, second = desk.client("editor"), desk.client("publisher")
    sent = {**FORM, "since": "2026-11-26T13:00", "seen": notice.digest}
    first.submit(f"/desk/notices/{notice.id}", {**sent, "body": "Theirs."})
    answer = second.submit(f"/desk/notices/{notice.id}", {**sent, "body": "Mine."})
    assert answer.status_code == 409
    assert "Theirs." in answer.text
    assert "Mine.</textarea>" in answer.text
    seen = re.search(r'name="seen" value="(\w+)"', answer.text)
    assert seen
    assert second.submit(f"/desk/notices/{notice.id}", {**sent, "body": "Mine.", "seen": seen[1]}).status_code == 303
    assert notices.find(desk.kb.parts, notice.id).text == "Mine."


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"title": "  "}, "A notice needs a title."),
        ({"until": "2026-11-26T12:59"}, "must end after it begins"),
        ({"until": "soon"}, "is no day with its time"),
        ({"since": "9999-12-31T23:59", "until": "0001-01-01T00:00"}, "is no day with its time"),
        ({"url": "javascript:alert(1)"}, "is no web address"),
        ({"audience": "nobody"}, "There is no such audience or language here."),
        ({"language": "xx"}, "There is no such audience or language here."),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_written(desk: Desk, wrong: dict[str, Any], told: str) -> None:
    """The form comes back, nothing is committed."""
    before = desk.kb.parts.head().id
    answer = desk.client("editor").submit("/desk/notices", {**FORM, **wrong})
    assert answer.status_code == 422
    assert told in answer.text
    assert "We **work** on it.</textarea>" in answer.text
    assert desk.kb.parts.head().id == before


def test_rights_reach_as_far_as_audience_and_language(desk: Desk) -> None:
    """Whoever has German alone makes none for all, changes none in English, and reads one that is for all."""
    for_all, english = made(desk, language="", title="For all"), made(desk, title="In English")
    limited = desk.client("author", roles=("editor",), languages=("de",), audiences=("public",))
    page = limited.get("/desk/notices").text
    assert "For all" in page
    assert "In English" not in page
    assert limited.get(f"/desk/notices/{english.id}").status_code == 404
    assert limited.submit(f"/desk/notices/{for_all.id}/end").status_code == 404
    for values in ({"language": ""}, {"language": "en"}, {"language": "de", "audience": "partner"}):
        assert limited.submit("/desk/notices", {**FORM, **values}).status_code == 403
    assert made(desk, limited, language="de", title="Nur deutsch").language == "de"
    assert '<option value="de" selected>' in limited.get("/desk/notices/new?lang=de").text  # as the desk is read


@pytest.mark.parametrize("languages", [(), ("de", "en")])
def test_a_notice_for_others_keeps_nobody_from_theirs(desk: Desk, languages: tuple[str, ...]) -> None:
    """Limited to an audience, whatever languages: what is for partners alone is not there, and the page is."""
    made(desk, language="", audience="partner", title="For partners")
    made(desk, language="", title="For all")
    person = replace(desk.person("editor"), audiences=("public",), languages=languages)
    desk.kb.parts.people.change(person)
    page = desk.client("editor").get("/desk/notices")
    desk.kb.parts.people.change(desk.person("editor"))
    assert page.status_code == 200
    assert ("For all" in page.text, "For partners" in page.text) == (True, False)


def test_with_two_steps_it_takes_a_publisher(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody looks at again is theirs who may publish."""
    parts, config = desk.kb.parts, desk.kb.parts.config()
    two = config.model_copy(update={"desk": config.desk.model_copy(update={"steps": 2})})
    monkeypatch.setattr(parts, "config", lambda tree=None: two)
    assert desk.client("editor").submit("/desk/notices", FORM).status_code == 403
    listed = [desk.client(role).get("/desk/notices").text for role in ("editor", "publisher")]
    assert ["/desk/notices/new" in each for each in listed] == [False, True]
    assert made(desk, desk.client("publisher")).title == "Sync is down"


def test_what_is_refused_has_an_address(desk: Desk) -> None:
    """There it is seen again with all that was written, on a reload as from the queue, until it is saved or thrown
    away; a new notice begins beside it."""
    client, people = desk.client("editor"), desk.kb.parts.people
    sent = {**FORM, "since": "2026-11-26T13:05", "products": "Hub 3", "url": "https://status.example", "title": ""}
    refused = client.submit("/desk/notices", {**sent, "target": "notice-new"})
    place = re.search(r'data-again="([^"]*)"', refused.text)
    assert place
    assert place[1] in client.get("/desk").text
    again = client.get(place[1]).text
    for each in (sent["body"], 'value="2026-11-26T13:05"', 'value="Hub 3"', 'value="https://status.example"'):
        assert each in again
    beside = client.get(client.get("/desk/notices/new").headers["location"]).text
    assert (sent["body"] in beside, place[1] in beside) == (False, True)
    notice = made(desk, client, target="notice-new")
    assert people.works(person=desk.person("editor").id) == []
    wrong = {**FORM, "seen": notice.digest, "target": f"notice-{notice.id}", "body": "Written.", "since": "soon"}
    place = re.search(r'data-again="([^"]*)"', client.submit(f"/desk/notices/{notice.id}", wrong).text)
    assert place
    assert "Written." in client.get(place[1]).text
    client.submit(f"/desk/notices/{notice.id}/end")
    over = client.get(client.get(place[1]).headers["location"]).text
    assert ("Written." in over, 'action="/desk/notices"' in over) == (True, True)
    drop = {"target": f"notice-{notice.id}", "back": "/desk/notices"}
    assert client.submit("/desk/work/drop", drop).headers["location"] == "/desk/notices?done=thrown-away"
    assert people.works(person=desk.person("editor").id) == []
