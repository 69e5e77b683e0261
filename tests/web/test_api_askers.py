"""Askers by program: what is read, counted, kept and held out; whose articles; short replies."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from kbuilder import ranking, resources
from kbuilder.errors import ModelError, StaleError
from kbuilder.ranking import KINDS
from kbuilder.records import Article
from kbuilder.store import articles as article_files
from kbuilder.store.askers import Askers
from kbuilder.store.database import Event
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

    def settings(self, more: str) -> None:
        """Commit more lines of ``kbuilder.toml``."""
        text = (self.kb.parts.head().read("kbuilder.toml") or b"").decode()
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
    yield Asked(own)
    own.close()


def test_an_article_is_read_with_its_sources(asked: Asked) -> None:
    """What its licence asks to be said comes along: author, licence, where it stands."""
    wanted = asked.articles[0]
    told = asked.client.get(f"{API}articles/{wanted.slug}", params={"language": wanted.language}).json()
    assert (told["id"], told["title"], told["state"]) == (wanted.id, wanted.title, "validated")
    assert told["url"].endswith(f"/{wanted.language}/{wanted.slug}/")
    assert told["sources"]
    assert all(each["author"] and each["licence"] and each["date"] for each in told["sources"])
    assert 'href="#source-1"' in told["html"]
    assert asked.client.get(f"{API}articles/{wanted.id}").json() == told


@pytest.mark.parametrize(("slug", "language"), [("nothing", ""), ("..%2f..%2fkbuilder.toml", ""), ("", "xx")])
def test_what_is_not_there_is_not_found(asked: Asked, slug: str, language: str) -> None:
    """Nor in a language that it does not have."""
    answer = asked.client.get(f"{API}articles/{slug or asked.articles[0].slug}", params={"language": language})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_link_is_given_once_the_page_is_published(asked: Asked) -> None:
    """Before, the answer is shown in place alone."""
    wanted = asked.articles[0]
    found = asked.suggest(wanted.title)["suggestions"][0]  # type: ignore[index]
    assert (found["slug"], found["url"].startswith("http")) == (wanted.slug, True)
    shutil.rmtree(asked.kb.parts.site / "public" / wanted.language / wanted.slug)
    found = asked.suggest(wanted.title)["suggestions"][0]  # type: ignore[index]
    assert (found["slug"], "url" in found) == (wanted.slug, False)


def test_what_is_protected_never_leaves(asked: Asked) -> None:
    """Neither suggested nor read nor counted without the token; a partner has both."""
    hidden, token = asked.partner()
    public = asked.client.get(f"{API}articles/{hidden.slug}")
    missing = asked.client.get(f"{API}articles/no-such-slug")
    assert public.status_code == missing.status_code == 404
    assert public.json().keys() == missing.json().keys()
    assert hidden.id not in str(asked.suggest(hidden.title))
    assert asked.client.get(f"{API}articles/{hidden.slug}", headers=given(token)).json()["id"] == hidden.id
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
    found = asked.suggest(title, page_view="v1")["suggestions"][0]  # type: ignore[index]
    (kept,) = asked.events
    told = json.loads(kept.evidence)
    row = np.array([[told["figures"][name] for name in KINDS["lexical"]]])
    assert ranking.load().lexical.chances(row)[0] == pytest.approx(found["probability"], abs=1e-4)
    assert (kept.target, told["model"], told["figures"].keys()) == (found["target"], "", {*KINDS["lexical"]})


def test_the_tokens_member_goes_before_the_requests(asked: Asked) -> None:
    """Nobody speaks for another member whom the site vouched for."""
    _, token = asked.partner()
    asked.tell("posted", token=token, member="somebody-else", page_view="v")
    assert [(each.member, each.audience) for each in asked.events] == [("m1", "partner")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"events": []},
        {"events": [{"kind": "clicked"}]},
        {"events": [{"kind": "shown", "target": "a b"}]},
        {"events": [{"kind": "shown"}], "member": "ada@example.org"},
        {"events": [{"kind": "shown"}] * 51},
        {"events": [{"kind": "shown", "time": "2020-01-01T00:00:00Z"}]},
    ],
)
def test_wrong_events_are_refused(asked: Asked, wrong: dict[str, object]) -> None:
    """A mail address is no pseudonym, and the time is the server's."""
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
    (kept,) = askers.questions()
    assert kept.text.startswith(UNKNOWN)
    assert "ada@" not in kept.text
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
        told = asked.suggest(article.title, purpose="reply", max_length=longest, language=article.language)
        reply = told["reply"]
        assert isinstance(reply, dict)
        assert len(reply["text"]) <= longest
        assert reply["text"].endswith("\n" + reply["url"])
        assert reply["text"] == " ".join(each["text"] for each in reply["sentences"]) + "\n" + reply["url"]
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
        {"title": "Sync is slow", "text": "We are on it.", "language": "en", "audience": "public"},
        {"title": "Für alle", "text": "", "url": "javascript:alert(1)"},
        {"title": "Nur deutsch", "language": "de"},
        {"title": "Partners", "audience": "partner"},
        {"title": "Hub 3 restarts", "products": ["Hub 3"]},
    ]
    asked.settings('\n[audience.partner]\nsees = ["public", "partner"]\n')
    asked.commit({"facts/notices.json": json.dumps({"notices": notices}).encode()})
    told = asked.suggest(UNKNOWN, language="en", product="Hub 2")["notices"]
    assert [(each["title"], each["url"]) for each in told] == [("Sync is slow", ""), ("Für alle", "")]  # type: ignore[index,union-attr]


def test_how_often_an_answer_helped(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reader once, with the last word; a loud one counts no more than a quiet one."""
    monkeypatch.setattr(asking, "TOLD_EVERY", 0.0)
    article = asked.articles[0]
    for _ in range(5):
        asked.tell("helped", target=article.id, page_view="loud")
    asked.tell("helped", "not_helped", target=article.id, page_view="v2")
    asked.tell("helped", target=article.id)  # nobody
    assert asked.client.get(f"{API}articles/{article.id}").json()["helped"] == {"yes": 1, "told": 2}
    found = asked.suggest(article.title)["suggestions"][0]  # type: ignore[index]
    assert found["helped"] == {"yes": 1, "told": 2}


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


def test_with_the_disk_full_answers_go_on_and_whoever_tells_hears_it(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No event is taken that is not on disk; what is wrong stands in the log, without a word of the question."""

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    title, told = asked.articles[0].title, {"events": [{"kind": "opened"}], "page_view": "v"}
    with monkeypatch.context() as patched:
        patched.setattr("kbuilder.store.spool.os.write", full)
        assert asked.suggest(title)["suggestions"]
        answer = asked.client.post(API + "events", json=told)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert "log" in answer.json()["hint"]
    assert "No space left on device" in caplog.text
    assert title not in caplog.text
    asked.tell("opened", page_view="v")
    assert [each.kind for each in asked.events] == ["opened"]


def cut_short(kb: Workspace) -> None:
    """Let the current build be one whose index was not copied whole."""
    build = kb.generation.folder
    copied = shutil.copytree(build, build.with_name("cut"))
    entries = copied / "index" / "entries.jsonl"
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
