"""Askers by program: what is read, counted, kept and held out; whose articles; short replies."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from factories import thread
from starlette.testclient import TestClient

from kbuilder import ranking, resources
from kbuilder.errors import ModelError, StaleError
from kbuilder.markup import plain
from kbuilder.ranking import KINDS
from kbuilder.records import Article, Contact
from kbuilder.store import articles as article_files
from kbuilder.store.askers import Askers
from kbuilder.store.database import Event
from kbuilder.text import utc
from kbuilder.web import asking
from kbuilder.web.api.gate import TOKEN
from kbuilder.web.app import create_app
from kbuilder.workspace import events, tokens
from kbuilder.workspace.asked import nearest
from kbuilder.workspace.workspace import Workspace

API = "/api/v1/"
SECRET = "0123456789abcdef0123456789abcdef"
UNKNOWN = "How often should I descale an espresso machine?"


class Asked:
    """A knowledge base of one's own, and a program that asks it."""

    def __init__(self, kb: Workspace) -> None:
        self.kb = kb
        kb.parts.environ = {"KBUILDER_SECRET": SECRET}
        self.client = TestClient(create_app(kb), base_url="http://kb.example", client=("203.0.113.7", 1))

    def settings(self, more: str, home: str = "") -> None:
        """Commit more lines of ``kbuilder.toml``, and where the site stands."""
        text = (self.kb.parts.head().read("kbuilder.toml") or b"").decode()
        text = re.sub(r'(?m)^url = ".*"', f'url = "{home}"', text, count=1) if home else text
        self.commit({"kbuilder.toml": (text + more).encode()})
        self.client.app.state.service.lately.config = None  # type: ignore[attr-defined]

    def commit(self, files: dict[str, bytes]) -> None:
        self.kb.parts.repository.commit(self.kb.parts.head(), files, "Changed", "ada", self.kb.parts.clock())

    def suggest(self, title: str, token: str = "", **more: object) -> dict[str, object]:
        answer = self.client.post(API + "suggest", json={"title": title, **more}, headers=given(token))
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    def tell(self, *kinds: str, target: str = "", token: str = "", **who: str) -> None:
        told = {"events": [{"kind": kind, "target": target} for kind in kinds], **who}
        assert self.client.post(API + "events", json=told, headers=given(token)).status_code == 202

    @property
    def articles(self) -> list[Article]:
        return self.kb.parts.decided.articles(self.kb.parts.head())

    @property
    def events(self) -> list[Event]:
        while events.spool(self.kb.parts).waiting():  # a busy machine may still be at it
            events.drain(self.kb.parts)
        return list(Askers(self.kb.parts.database).events())

    def partner(self) -> tuple[Article, str]:
        """An article made the partners' alone, and a partner's token."""
        self.settings('\n[audience.partner]\nsees = ["public", "partner"]\n')
        hidden = replace(self.articles[0], audience="partner")
        self.commit({article_files.path(hidden): article_files.write(hidden)})
        return hidden, tokens.signed(self.kb.parts, "partner", timedelta(hours=1), "m1")


def given(token: str) -> dict[str, str]:
    return {TOKEN: token} if token else {}


@pytest.fixture
def asked(kb: Workspace, tmp_path: Path) -> Iterator[Asked]:
    """Of its own, and never asked: other tests ask the one that they share."""
    own = Workspace.open(shutil.copytree(kb.root, tmp_path / "kb", ignore=shutil.ignore_patterns("events")))
    Askers(own.parts.database).drop_events(before="9999")
    found = Asked(own)
    found.settings("", home="http://kb.example")
    yield found
    own.close()


def test_an_article_is_read_with_its_sources(asked: Asked) -> None:
    """What its licence asks to be said comes along: author, licence, where it stands."""
    wanted = asked.articles[0]
    told = asked.client.get(f"{API}articles/{wanted.slug}", params={"language": wanted.language}).json()
    assert (told["id"], told["title"], told["state"]) == (wanted.id, wanted.title, "validated")
    assert told["url"].endswith(f"/{wanted.language}/{wanted.slug}/")
    assert told["sources"]
    assert all(each["author"] and each["licence"] and each["date"] for each in told["sources"])
    assert 'href="#s1"' in told["html"]
    assert asked.client.get(f"{API}articles/{wanted.id}").json() == told


@pytest.mark.parametrize(("slug", "language"), [("nothing", ""), ("..%2f..%2fkbuilder.toml", ""), ("", "xx")])
def test_what_is_not_there_is_not_found(asked: Asked, slug: str, language: str) -> None:
    """Nor in a language that it does not have."""
    answer = asked.client.get(f"{API}articles/{slug or asked.articles[0].slug}", params={"language": language})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def unreviewed(asked: Asked) -> dict[str, object]:
    """What is suggested from a solved thread alone, and the title that finds it."""
    threads = (each for each in asked.kb.parts.database.threads() if each.solved_question and each.language == "en")
    for title in (each.title for each in threads):
        for found in asked.suggest(title, count=False)["suggestions"]:  # type: ignore[attr-defined]
            if not found["reviewed"] and found["title"] == title:
                return dict(found)
    raise AssertionError("no thread is suggested")


def test_a_solved_thread_is_read_as_an_article_is(asked: Asked) -> None:
    """The answer that was accepted, with author, licence and where it stands; by a key, from pages, within limits."""
    asked.settings('origins = ["https://forum.example"]\nper_minute = 1000\n')
    found = unreviewed(asked)
    known = asked.kb.parts.database.thread(str(found["target"]))
    assert known
    answer = asked.client.get(f"{API}threads/{known.id}", headers={"Origin": "https://forum.example"})
    assert answer.headers["access-control-allow-origin"] == "https://forum.example"
    told = answer.json()
    assert (told["id"], told["title"], told["language"], told["url"]) == (known.id, known.title, "en", known.url)
    assert [each["mark"] for each in told["answers"]] == ["accepted"] * len(known.solutions)
    (source, author) = (told["answers"][0]["source"], known.solutions[0].author)
    assert author
    assert (source["author"], source["author_url"], source["licence"]) == (author.name, author.url, "CC BY-SA 4.0")
    assert source["url"] == known.solutions[0].url
    plainly = re.sub(r"<[^>]+>", "", told["answers"][0]["html"])
    assert unescape(plainly).split()[:5] == plain(known.solutions[0].body).split()[:5]
    text = asked.kb.parts.head().read("kbuilder.toml") or b""
    asked.commit({"kbuilder.toml": text.replace(b"per_minute = 1000", b"per_minute = 1")})
    asked.client.app.state.service.lately.config = None  # type: ignore[attr-defined]
    statuses = [asked.client.get(f"{API}threads/{known.id}").status_code for _ in range(2)]
    assert statuses == [200, 429]


def test_a_protected_thread_and_a_customers_message_never_leave(asked: Asked) -> None:
    """Neither by their ids nor otherwise; refused as what is not there is. The partner reads the thread."""
    _, token = asked.partner()
    secret = "CANARY-4471"
    hidden = thread("hidden", f"Which {secret} sings?", answers=(f"The {secret} of zone seven, pressed for long.",))
    asked.kb.parts.database.put_threads("forum", [replace(hidden, audience="partner")])
    wrote = Contact(id="c1", name="mails", date="2024-01-01T00:00:00Z", text=f"My {secret} is silent.", language="en")
    asked.kb.parts.contacts.put([wrote])
    missing = asked.client.get(f"{API}threads/forum:nothing")
    for name in (hidden.id, "c1", "mails:c1", "contacts", f"{hidden.id}#2"):
        answer = asked.client.get(f"{API}threads/{quote(name, safe='')}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert answer.text.replace(name, "forum:nothing") == missing.text
    assert secret in asked.client.get(f"{API}threads/{hidden.id}", headers=given(token)).text
    assert asked.client.get(f"{API}threads/c1", headers=given(token)).status_code == 404


def test_a_thread_that_cannot_be_read_now_is_told(asked: Asked) -> None:
    """503 with when to come again, while questions are answered as ever."""
    found = unreviewed(asked)
    asked.kb.parts.database.close()
    del asked.kb.parts.__dict__["database"]
    asked.kb.parts.environ = {**asked.kb.parts.environ, "KBUILDER_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/kb"}
    answer = asked.client.get(f"{API}threads/{found['target']}")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:kbuilder:problem:overloaded")
    assert answer.headers["retry-after"] == "2"
    assert asked.suggest(str(found["title"]), count=False)["suggestions"]
    page = asked.client.post("/ask", data={"q": str(found["title"])})
    assert (page.status_code, "<blockquote" in page.text, "<details" in page.text) == (200, True, False)
    asked.kb.parts.environ = {"KBUILDER_SECRET": SECRET}
    assert asked.client.get(f"{API}threads/{found['target']}").status_code == 200


def test_a_link_is_given_once_the_page_is_published(asked: Asked) -> None:
    """Before, the answer is shown in place alone."""
    wanted = asked.articles[0]
    found = asked.suggest(wanted.title)["suggestions"][0]  # type: ignore[index]
    assert (found["slug"], found["url"].startswith("http")) == (wanted.slug, True)
    shutil.rmtree(asked.kb.parts.site / "public" / wanted.language / wanted.slug)
    found = asked.suggest(wanted.title)["suggestions"][0]  # type: ignore[index]
    assert (found["slug"], "url" in found) == (wanted.slug, False)


def test_no_link_follows_a_host_that_nobody_configured(asked: Asked) -> None:
    """It leads to where the site is said to stand, or nowhere."""
    title, strange = asked.articles[0].title, {"host": "evil.example"}
    told = asked.client.post(API + "suggest", json={"title": title}, headers=strange).json()["suggestions"][0]
    assert told["url"].startswith("http://kb.example/")
    text = (asked.kb.parts.head().read("kbuilder.toml") or b"").decode()
    asked.commit({"kbuilder.toml": text.replace('url = "http://kb.example"', 'url = ""').encode()})
    told = asked.client.post(API + "suggest", json={"title": title}, headers=strange)
    assert "evil.example" not in told.text
    assert "url" not in told.json()["suggestions"][0]


def test_what_is_protected_never_leaves(asked: Asked) -> None:
    """Neither suggested nor read nor counted without the token; a partner has both."""
    hidden, token = asked.partner()
    public = asked.client.get(f"{API}articles/{hidden.slug}")
    missing = asked.client.get(f"{API}articles/no-such-slug")
    assert public.status_code == missing.status_code == 404
    assert public.json().keys() == missing.json().keys()
    assert hidden.id not in str(asked.suggest(hidden.title))
    theirs = asked.client.get(f"{API}articles/{hidden.slug}", headers=given(token))
    assert theirs.json()["id"] == hidden.id
    assert theirs.headers["cache-control"] == "private, no-store"
    assert "X-Audience-Token" in asked.client.get(f"{API}articles/{asked.articles[1].slug}").headers["vary"]
    found = asked.suggest(hidden.title, token)["suggestions"]
    assert [each["target"] for each in found][:1] == [hidden.id]  # type: ignore[index,union-attr]
    assert "url" not in found[0]  # type: ignore[index]


def test_a_question_that_is_being_typed_is_one(asked: Asked) -> None:
    """However often it is asked; what was shown of it the page tells."""
    title = asked.articles[0].title
    for typed in ("How", UNKNOWN, title, title + " ?", UNKNOWN):
        asked.suggest(typed, page_view="v1", member="m1", product="")
    asked.tell("shown", "opened", "helped", target=asked.articles[0].id, page_view="v1", member="m1", language="en")
    kinds = [(each.kind, bool(each.target), each.page_view, each.member) for each in asked.events]
    assert kinds == [
        ("asked", False, "v1", "m1"),
        ("asked", True, "v1", "m1"),
        *((kind, True, "v1", "m1") for kind in ("shown", "opened", "helped")),
    ]


def test_what_a_probability_was_made_of_is_kept(asked: Asked) -> None:
    """Of the first answer, in figures, of which the same parameters make the same probability again; no word."""
    title = asked.articles[0].title
    found, *others = asked.suggest(title, page_view="v1")["suggestions"]  # type: ignore[attr-defined]
    (kept,) = asked.events
    told = json.loads(kept.evidence)
    row = np.array([[told["figures"][name] for name in KINDS["lexical"]]])
    assert ranking.load().lexical.chances(row)[0] == pytest.approx(found["probability"], abs=1e-4)
    assert (kept.target, told["model"], told["figures"].keys()) == (found["target"], "", {*KINDS["lexical"]})
    assert told["others"] == [each["target"] for each in others]


def test_the_tokens_member_goes_before_the_requests(asked: Asked) -> None:
    """Nobody speaks for another member whom the site vouched for."""
    _, token = asked.partner()
    asked.tell("posted", token=token, member="somebody-else", page_view="v")
    asked.tell("posted", member="m1")
    told = [(each.member, each.signed, each.audience) for each in asked.events]
    assert told == [("m1", True, "partner"), ("m1", False, "public")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"events": []},
        {"events": [{"kind": "clicked"}]},
        {"events": [{"kind": "asked", "target": "nonexistent"}, {"kind": "helped"}], "page_view": "A2"},
        {"events": [{"kind": "shown", "target": "a b"}]},
        {"events": [{"kind": "shown"}], "member": "ada@example.org"},
        {"events": [{"kind": "shown"}], "member": "0049-170-1234567"},
        {"events": [{"kind": "shown"}] * 51},
        {"events": [{"kind": "shown"}], "product": "Hub\0"},
        {"events": [{"kind": "shown", "time": "2020-01-01T00:00:00Z"}]},
    ],
)
def test_wrong_events_are_refused(asked: Asked, wrong: dict[str, object]) -> None:
    """A mail address is no pseudonym, the time is the server's, and ``suggest`` alone counts what was asked."""
    assert asked.client.post(API + "events", json=wrong).status_code == 422
    assert asked.events == []


def test_the_held_out_see_nothing_and_are_counted(asked: Asked) -> None:
    """A member is always on the same side; replies to others are no part of it."""
    asked.settings("[asking]\nhold_out = true\nhold_out_share = 0.5\n")
    title = asked.articles[0].title
    answers = {f"m{n}": asked.suggest(title, member=f"m{n}", page_view=f"v{n}") for n in range(20)}
    arms = {each.member: each.arm for each in asked.events}
    held = {member for member, answer in answers.items() if answer.get("reason") == "held-out"}
    assert 0 < len(held) < 20
    assert {member for member, arm in arms.items() if arm == "held"} == held
    assert all(each.target for each in asked.events)  # what would have been shown
    assert all(answers[member]["suggestions"] == [] for member in held)
    assert all(answers[member]["suggestions"] for member in answers.keys() - held)
    assert {asked.suggest(title, member=next(iter(held)), page_view="other").get("reason")} == {"held-out"}
    assert asked.suggest(title, member=next(iter(held)), purpose="reply")["suggestions"]


def test_no_question_is_kept_unless_it_is_wanted(asked: Asked) -> None:
    """Then without personal data, one of each page view, and none that was answered."""
    asked.suggest(UNKNOWN)
    askers = Askers(asked.kb.parts.database)
    assert askers.questions() == []
    asked.settings("[asking]\nkeep_questions = 7\n")
    asked.suggest("How often", page_view="v1")
    asked.suggest(f"{UNKNOWN} Write to ada@example.org", page_view="v1")
    asked.suggest("How often", page_view="v2")
    asked.suggest(asked.articles[0].title, page_view="v2")
    asked.suggest("\u200b\u200b", page_view="v3")
    asked.suggest(UNKNOWN, page_view="v1", body="Write to ada@example.org " + "x" * 9000)
    (kept,) = askers.questions()
    assert kept.text.startswith(UNKNOWN)
    assert "ada@" not in kept.text
    assert len(kept.text) < 4200
    asked.kb.parts.clock = lambda: "2099-01-01T00:00:00Z"
    events.tidy(asked.kb.parts)
    assert askers.questions() == []


def test_what_several_miss_is_told_together(asked: Asked) -> None:
    """Each page view once, without personal data; what one alone asks, or nobody is to keep, is not told."""
    asked.settings("[asking]\nkeep_questions = 7\n")
    typed = (UNKNOWN, "descale the espresso machine, how often? ada@example.org", "Do you have a shop in Lyon?")
    for view, title in enumerate((*typed, UNKNOWN)):
        asked.suggest(title, page_view=f"v{view % 3}", language="en")
    (one,) = asked.kb.missing()
    assert (one.askers, one.language) == (2, "en")
    assert {*one.questions} == {UNKNOWN, typed[1].replace("ada@example.org", "[e-mail]")}
    (near,) = nearest(asked.kb.parts, one)
    assert near.probability < 0.9
    asked.settings("")
    text = (asked.kb.parts.head().read("kbuilder.toml") or b"").replace(b"keep_questions = 7", b"keep_questions = 0")
    asked.commit({"kbuilder.toml": text})
    assert asked.kb.missing() == []


def test_who_names_no_page_view_is_one_asker(asked: Asked) -> None:
    """However often: else a loop of one stranger's makes a gap."""
    asked.settings("[asking]\nkeep_questions = 7\n")
    for _ in range(3):
        asked.suggest(UNKNOWN)
    assert asked.kb.missing() == []
    asked.suggest(UNKNOWN, page_view="v")
    now = utc(datetime.fromisoformat(asked.kb.parts.clock()) + timedelta(minutes=2))
    asked.kb.parts.clock = lambda: now  # what was gathered is looked at anew each minute
    (one,) = asked.kb.missing()
    assert (one.askers, one.page_views) == (2, 1)


def test_the_last_answers_are_known_until_something_changes(asked: Asked) -> None:
    """What was answered is not looked up again; after a commit everything is, and no word of a question is held."""
    title = asked.articles[0].title
    first = asked.suggest(title, count=False)
    library = asked.kb._library
    assert library is not None
    assert asked.suggest(f" {title}  ", count=False) == first
    assert len(library.answers._found) == 1
    assert not any(title.split()[0] in key for key in library.answers._found)
    draft = replace(asked.articles[0], state="draft")
    asked.commit({article_files.path(draft): article_files.write(draft)})
    assert asked.suggest(title, count=False) != first


def test_who_is_not_to_be_counted_is_not(asked: Asked) -> None:
    """The answer is the same."""
    title = asked.articles[0].title
    assert asked.suggest(title, count=False) == asked.suggest(title)
    assert [each.kind for each in asked.events] == ["asked", "shown"]


def test_what_is_about_another_product_is_not_shown(asked: Asked) -> None:
    """What is about none in particular is; spelling does not matter."""
    article = replace(asked.articles[0], product="Pace 2, Pace 3")
    asked.commit({article_files.path(article): article_files.write(article)})
    for product, there in (("", True), ("pace 3", True), ("Move 1", False)):
        found = asked.suggest(article.title, product=product)["suggestions"]
        assert (article.id in [each["target"] for each in found]) == there, product  # type: ignore[index,union-attr]


def test_a_reply_is_short_and_says_what_it_rests_on(asked: Asked) -> None:
    """Sentences of the article, its address, within the length."""
    article = asked.articles[0]
    for longest in (200, 400, 2000):
        answer = asked.suggest(article.title, purpose="reply", max_length=longest, language=article.language)
        reply = answer["reply"]
        assert isinstance(reply, dict)
        assert len(reply["text"]) <= longest
        assert reply["text"].endswith("\n" + reply["url"])
        told = re.sub(r"(^|(?<= ))\d+\. | …$", "", reply["text"].removesuffix("\n" + reply["url"]))
        assert told == " ".join(each["text"] for each in reply["sentences"])
        assert all(each["sources"] for each in reply["sentences"])
        assert "[^" not in reply["text"]


def test_no_reply_where_there_is_none_to_give(asked: Asked) -> None:
    """In another language, too long for the room, nothing sure: each silence has its reason."""
    article = asked.articles[0]
    other = "de" if article.language == "en" else "en"
    for title, more, reason in (
        (article.title, {"language": other}, "no-article"),
        (article.title, {"max_length": 80}, "no-room"),
        (UNKNOWN, {}, "nothing-sure"),
    ):
        told = asked.suggest(title, purpose="reply", **{"language": article.language, **more})
        assert ("reply" in told, told["reason"]) == (False, reason)


def test_current_notices_come_along(asked: Asked) -> None:
    """In the asker's language or for all; of other audiences none, nor of other products where it is known."""
    notices = [
        {
            "title": "Sync is slow",
            "text": "*We* are [on it](https://x.example).",
            "language": "en",
            "audience": "public",
        },
        {"title": "Für alle", "text": "", "url": "javascript:alert(1)"},
        {"title": "Nur deutsch", "language": "de"},
        {"title": "Partners", "audience": "partner"},
        {"title": "Hub 3 restarts", "products": ["Hub 3"]},
    ]
    asked.settings('\n[audience.partner]\nsees = ["public", "partner"]\n')
    asked.commit({"facts/notices.json": json.dumps({"notices": notices}).encode()})
    told = asked.suggest(UNKNOWN, language="en", product="Hub 2")["notices"]
    assert [(each["title"], each["url"]) for each in told] == [("Sync is slow", ""), ("Für alle", "")]  # type: ignore[index,union-attr]
    assert told[0]["text"] == "We are on it (https://x.example)."  # type: ignore[index]


def test_how_often_an_answer_helped(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each asker once, with the last word on what was suggested and opened; a loud one counts no more."""
    monkeypatch.setattr(asking, "TOLD_EVERY", 0.0)
    monkeypatch.setattr(asking, "TOLD_RESTS", 0)
    article = asked.articles[0]

    def says(view: str, *words: str) -> None:
        asked.kb.parts.clock = lambda: "2026-03-02T10:00:00Z"
        asked.suggest(article.title, page_view=view)
        asked.tell("opened", target=article.id, page_view=view)
        asked.kb.parts.clock = lambda: "2026-03-02T10:00:09Z"
        asked.tell(*words, target=article.id, page_view=view)

    def helped() -> object:
        return asked.client.get(f"{API}articles/{article.id}").json().get("helped")

    for number in range(40):
        asked.tell("opened", "helped", target=article.id, page_view=f"rob{number}")
    asked.tell("helped", target=article.id)  # nobody
    assert helped() is None
    for _ in range(5):
        says("loud", "helped")
    says("v2", "helped", "not_helped")
    says("v3", "helped")
    asked.tell("posted", page_view="v3")
    assert helped() == {"yes": 1, "told": 3}
    found = asked.suggest(article.title)["suggestions"][0]  # type: ignore[index]
    assert found["helped"] == {"yes": 1, "told": 3}


def test_how_often_is_not_counted_for_each_request(asked: Asked) -> None:
    """All that was said is read for it once in a while, however much is asked and told meanwhile."""
    article, lately = asked.articles[0], asked.client.app.state.service.lately  # type: ignore[attr-defined]
    asked.tell("opened", target=article.id, page_view="v")
    counted, at = lately.helped, lately.tell_at
    for number in range(5):
        asked.suggest(article.title, page_view=f"v{number}")
        asked.tell("opened", "helped", target=article.id, page_view=f"v{number}")
    assert at > 0
    assert (lately.helped is counted, lately.tell_at) == (True, at)


def test_with_the_database_away_answers_go_on_and_events_wait(asked: Asked) -> None:
    """On disk; ``ready`` tells, and once the database is back none is lost."""
    title = asked.articles[0].title
    asked.suggest(title)
    before = len(asked.events)
    asked.kb.parts.database.close()
    del asked.kb.parts.__dict__["database"]
    asked.kb.parts.environ = {**asked.kb.parts.environ, "KBUILDER_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/kb"}
    assert asked.suggest(title)["suggestions"]
    asked.tell("opened", page_view="v")
    ready = asked.client.get(API + "ready")
    assert (ready.status_code, ready.json()["waiting"]) == (200, 3)
    assert "database" in ready.json()["note"]
    asked.kb.parts.environ = {"KBUILDER_SECRET": SECRET}
    ready = asked.client.get(API + "ready").json()
    assert (ready["waiting"], "note" in ready and "database" in ready["note"]) == (0, False)
    assert [each.kind for each in asked.events][before:] == ["asked", "shown", "opened"]


def test_a_wrong_configuration_stops_no_server(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    """It goes on by the last one that was right; its log says what is wrong, and strangers hear only that it is."""
    title = asked.articles[0].title
    before = asked.suggest(title)
    right = asked.kb.parts.head().read("kbuilder.toml") or b""
    asked.settings("\n[nonsense_key]\nsecond = 3\n")
    assert asked.suggest(title) == before
    asked.tell("posted", page_view="v")
    assert asked.client.post("/ask", data={"q": title}).status_code == 200
    ready = asked.client.get(API + "ready")
    assert (ready.status_code, "kbuilder.toml" in ready.json()["note"]) == (200, True)
    assert "nonsense_key" not in ready.text
    assert sum("nonsense_key" in each.message for each in caplog.records) == 1
    asked.commit({"kbuilder.toml": right})
    assert "kbuilder.toml" not in str(asked.client.get(API + "ready").json().get("note"))


def test_a_configuration_that_was_never_right_is_nothing_for_strangers(asked: Asked) -> None:
    """They hear that it is wrong, and not what stands where."""
    asked.settings("\n[nonsense_key]\nsecond = 3\n")
    for answer in (asked.client.post(API + "suggest", json={"title": "Anything"}), asked.client.get(API + "ready")):
        assert answer.status_code in (500, 503)
        assert "nonsense_key" not in answer.text


def test_too_much_at_once_is_told(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with when to come again, whether too many wait or one takes too long; no word of the question is logged."""
    monkeypatch.setattr(asking, "MOST_WAITING", 0)
    answer = asked.client.post(API + "suggest", json={"title": "router"})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:kbuilder:problem:overloaded")
    assert answer.headers["retry-after"] == "2"
    monkeypatch.undo()
    text = asked.kb.parts.head().read("kbuilder.toml") or b""
    asked.commit({"kbuilder.toml": text.replace(b"seconds = 60", b"seconds = 0.000001")})
    asked.client.app.state.service.lately.config = None  # type: ignore[attr-defined]
    assert asked.client.post(API + "suggest", json={"title": "router"}).status_code == 503


# -- what is away -------------------------------------------------------------------------------------------------


def test_with_the_database_held_answers_go_on_and_nobody_waits_for_it(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As an import does that writes for long: events are on disk, ``ready`` tells, and afterwards none is lost."""
    monkeypatch.setattr(asking, "A_MOMENT", 0.05)
    title = asked.articles[0].title
    before = len(asked.events)
    with closing(sqlite3.connect(asked.kb.parts.var / "kbuilder.sqlite", isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        assert asked.suggest(title)["suggestions"]
        asked.tell("opened", page_view="v")
        ready = asked.client.get(API + "ready")
        assert (ready.status_code, ready.json()["waiting"] >= 3) == (200, True)
        assert "database" in ready.json()["note"]
        assert asked.suggest(title)["suggestions"]
        held.execute("ROLLBACK")
    assert sum(each.kind == "opened" for each in asked.events) == 1
    assert len(asked.events) >= before + 5
    assert title not in caplog.text


def test_while_what_was_said_is_counted_more_is_taken(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large archive that takes seconds: events go on to the database, which ``ready`` does not call away."""
    monkeypatch.setattr(asking, "A_MOMENT", 0.05)
    service, over = asked.client.app.state.service, threading.Event()  # type: ignore[attr-defined]
    service.figures.begin(over.wait)
    try:
        for number in range(3):
            asked.tell("opened", page_view=f"v{number}")
        assert [each.kind for each in asked.events] == ["opened"] * 3
        assert "database" not in str(asked.client.get(API + "ready").json())
    finally:
        over.set()


def test_what_is_told_later_happened_when_it_happened(asked: Asked) -> None:
    """Up to an hour ago."""
    asked.kb.parts.clock = lambda: "2026-03-02T10:00:30Z"

    def status(ago: object) -> int:
        told = {"events": [{"kind": "opened", "ago": ago}], "page_view": "v"}
        return asked.client.post(API + "events", json=told).status_code

    assert status(90) == 202
    assert [each.time for each in asked.events] == ["2026-03-02T09:59:00Z"]
    assert {status(ago) for ago in (-1, 3601, "90", 1.5)} == {422}


def full(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_with_the_disk_full_answers_go_on_and_whoever_tells_hears_it(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No event is taken that is not on disk; what is wrong stands in the log, without a word of the question."""
    title, told = asked.articles[0].title, {"events": [{"kind": "opened"}], "page_view": "v"}
    with monkeypatch.context() as patched:
        patched.setattr("kbuilder.store.spool.os.write", full)
        assert asked.suggest(title, page_view="v")["suggestions"]
        answer = asked.client.post(API + "events", json=told)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert "log" in answer.json()["hint"]
        assert asked.suggest(title, page_view="v")["suggestions"]
        assert "disk" in asked.client.get(API + "ready").json()["note"]
        happened = {"page_view": "v", "kind": "opened", "target": asked.articles[0].id}
        assert asked.client.post("/ask/told", data=happened).status_code == 503
    assert caplog.text.count("No space left on device") == 1
    assert title not in caplog.text
    asked.tell("opened", page_view="v")
    assert [each.kind for each in asked.events] == ["asked", "opened"]
    counted = asked.client.app.state.service.metrics.written().decode()  # type: ignore[attr-defined]
    assert 'kbuilder_events_total{kind="asked"} 1.0' in counted
    assert "disk" not in asked.client.get(API + "ready").json().get("note", "")


def test_what_was_asked_while_the_disk_was_full_outlives_a_stop(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever makes room starts the server again."""
    app = asked.client.app
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 1)) as client:
        with monkeypatch.context() as patched:
            patched.setattr("kbuilder.store.spool.Spool.add", full)
            question = {"title": asked.articles[0].title, "page_view": "v"}
            assert client.post(API + "suggest", json=question).status_code == 200
        assert [each.kind for each in asked.events] == []
    assert [each.kind for each in asked.events] == ["asked"]


def test_without_a_cache_answers_go_on(asked: Asked) -> None:
    """On a full disk it can not even be read."""
    title = asked.articles[0].title
    asked.suggest(title, count=False)
    for file in asked.kb.parts.derived.glob("cache.sqlite*"):
        file.unlink()
    (asked.kb.parts.derived / "cache.sqlite").mkdir()
    tree = asked.kb.parts.head()
    asked.kb.parts.repository.commit(tree, {"notes.txt": b"x"}, "Notes", "ada", asked.kb.parts.clock())
    asked.kb.parts.decided._articles.clear()
    assert asked.suggest(title, count=False)["suggestions"]


def cut_short(kb: Workspace) -> None:
    """Let the current build be one whose index was not copied whole."""
    build = kb.generation.folder
    copied = shutil.copytree(build, build.with_name("cut"))
    entries = copied / "indexes" / "0" / "entries.jsonl"
    entries.write_bytes(entries.read_bytes()[:-100])
    (kb.parts.derived / "current").write_text("cut\n", encoding="ascii")


def test_with_an_index_cut_short_answers_go_on(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    """By what was there before, or by the articles alone; a command stops and says what to do."""
    title = asked.articles[0].title
    before = asked.suggest(title, count=False)["suggestions"]
    cut_short(asked.kb)
    assert asked.suggest(title, count=False)["suggestions"] == before
    ready = asked.client.get(API + "ready").json()
    assert "damaged" in ready["note"]
    assert ready["generation"] == "cut"
    assert caplog.text.count("entries.jsonl has") == 1
    fresh = Workspace.open(asked.kb.root)
    with pytest.raises(StaleError, match="damaged"):
        fresh.suggest(title)
    client = TestClient(create_app(fresh), base_url="http://kb.example", client=("203.0.113.7", 1))
    found = client.post(API + "suggest", json={"title": title, "count": False}).json()["suggestions"]
    assert [each["target"] for each in found][:1] == [asked.articles[0].id]
    assert "damaged" in client.get(API + "ready").json()["note"]
    fresh.close()


def test_a_build_that_is_gone_leaves_what_was_opened_of_it(asked: Asked) -> None:
    """As while a folder is brought back from a copy: a server answers on, and ``ready`` tells."""
    title, current = asked.articles[0].title, asked.kb.parts.derived / "current"
    before = asked.suggest(title, count=False)["suggestions"]
    asked.kb.renewing = True
    current.rename(current.with_name("aside"))
    assert asked.suggest(title, count=False)["suggestions"] == before
    assert asked.client.get(API + "ready").status_code == 503
    current.with_name("aside").rename(current)
    assert asked.suggest(title, count=False)["suggestions"] == before
    assert asked.client.get(API + "ready").status_code == 200


def test_an_index_of_articles_that_is_cut_is_made_anew(asked: Asked) -> None:
    """All that is in it is committed."""
    title = asked.articles[0].title
    before = asked.suggest(title, count=False)["suggestions"]
    (entries,) = (asked.kb.parts.derived / "articles").glob("*/0/entries.jsonl")
    os.truncate(entries, 10)
    assert asked.suggest(title, count=False)["suggestions"] == before
    assert "damaged" not in str(asked.client.get(API + "ready").json())


def test_with_the_model_missing_answers_go_on_by_words(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    """``ready`` tells, the log too, once; a command stops and says what to do."""
    recipe, pin = (resources.read(name) for name in ("pipelines/small.toml", "models/minilm.toml"))
    other = {"pipelines/small.toml": recipe.replace(b'model = ""', b'model = "minilm"')}
    asked.commit({**other, "models/minilm.toml": pin.replace(b'sha256 = "53', b'sha256 = "00')})
    title = asked.articles[0].title
    found = asked.suggest(title)["suggestions"]
    assert [each["target"] for each in found][:1] == [asked.articles[0].id]  # type: ignore[index,union-attr]
    assert "minilm" in asked.client.get(API + "ready").json()["note"]
    assert caplog.text.count("Questions are answered without it") == 1
    assert [each.kind for each in asked.events] == ["asked", "shown"]
    with pytest.raises(ModelError):
        Workspace.open(asked.kb.root).suggest(title)
