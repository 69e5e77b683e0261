"""What people and programs are told without asking, seen by a mail server and a web server that are there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from at_desk import Desk

from kbuilder.errors import ConfigError
from kbuilder.store import outbox
from kbuilder.store.people import Note, Person
from kbuilder.text import short_id
from kbuilder.web import app
from kbuilder.workspace import hooks, mailing, telling, writing
from kbuilder.workspace.parts import Parts
from kbuilder.workspace.workspace import Workspace

KEY = b"twenty-four bytes or more"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Hook:
    """A program that is told: what it was sent, and what it answers."""

    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, str], bytes]] = []
        self.answer = 204
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                hook.sent.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(hook.answer)
                self.send_header("location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def types(self) -> list[tuple[str, str]]:
        found = [json.loads(body) for _, body in self.sent]
        return [(each["type"], each["data"]["title"]) for each in found]


class Post:
    """A mail server of the plainest kind: what it took, and whom it refuses."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.busy = False
        post = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 here")
                while line := self.rfile.readline().decode().strip():
                    word = line.upper()
                    if word.startswith("EHLO"):
                        self.say("250 here")
                    elif word.startswith("RCPT") and any(each.upper() in word for each in post.refused):
                        self.say("550 nobody of this name")
                    elif word.startswith("MAIL") and post.busy:
                        self.say("451 later")
                    elif word == "DATA":
                        self.say("354 go on")
                        post.mails.append(self.taken())
                        self.say("250 taken")
                    else:
                        self.say("221 bye" if word == "QUIT" else "250 fine")

            def say(self, line: str) -> None:
                self.wfile.write(line.encode() + b"\r\n")

            def taken(self) -> EmailMessage:
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line.removeprefix(b"."))
                found = message_from_bytes(b"".join(lines), policy=policy.default)
                assert isinstance(found, EmailMessage)
                return found

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def to(self, mail: str) -> list[EmailMessage]:
        return [each for each in self.mails if each["to"] == mail]


@contextmanager
def running(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    with running(made.server):
        yield made


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post()
    with running(made.server):
        yield made


class Place:
    """A knowledge base of one's own that tells, at a time of one's own."""

    def __init__(self, root: Path, settings: str) -> None:
        self.kb = Workspace.open(root)
        self.parts = self.kb.parts
        self.now = "2026-11-26T05:00:00Z"
        self.parts.clock = lambda: self.now
        self.parts.environ = {hooks.SECRET: SECRET}
        config = self.parts.head().read("kbuilder.toml") or b""
        self.commit({"kbuilder.toml": config + settings.encode()})

    def commit(self, changes: dict[str, bytes | None]) -> None:
        self.parts.repository.commit(self.parts.head(), changes, "Settings", "test", self.now)

    def person(self, name: str, role: str = "editor", **values: Any) -> Person:
        """Somebody without a password: these tests sign nobody in."""
        mail = f"{name.lower()}@example.org"
        made = Person(id=short_id(mail), name=name, mail=mail, created=self.now, roles=(role,), **values)
        self.parts.people.add(made)
        return made

    def tell(self, now: str = "") -> telling.Told:
        self.now = now or self.now
        return telling.tell(self.parts)

    @property
    def box(self) -> outbox.Outbox:
        return outbox.read(self.parts.var)


Made = Callable[[str], Place]
_SITE = shutil.ignore_patterns("site", "publish", "cache.sqlite*")


@pytest.fixture
def place(kb: Workspace, tmp_path: Path) -> Made:
    return lambda settings: Place(shutil.copytree(kb.root, tmp_path / "kb", ignore=_SITE), settings)


def with_hook(hook: Hook, more: str = "") -> str:
    return f'\n[desk]\nurl = "https://kb.example"\n\n[[webhook]]\nurl = "{hook.url}"\n{more}\n'


def with_post(post: Post, more: str = "") -> str:
    mail = f'host = "127.0.0.1"\nport = {post.port}\nsecurity = "none"\nsender = "kb@example.org"'
    return f'\n[desk]\nurl = "https://kb.example"\n\n[mail]\n{mail}\n{more}\n'


# -- webhooks -----------------------------------------------------------------------------------------------------


def test_whatever_readers_see_differently_is_told(place: Made, hook: Hook) -> None:
    """Published, changed and retired, by whatever way it came into git; the past and what nobody sees is not."""
    here = place(with_hook(hook))
    assert here.tell().posts == 0
    article, lineage = here.kb.articles()[0], here.kb.queue()[0].lineage
    here.kb.edit(article.id, editor="ada", title="Another title")
    here.kb.edit(article.id, editor="ada", reason="still right")
    made = here.kb.approve(lineage, editor="ada")
    unseen = replace(made, id="", slug="", title="Not yet", state="draft")
    writing.create(here.parts, unseen, "ada")
    here.kb.expire(article.id, editor="ada", reason="old")
    assert here.tell().posts == 3
    assert hook.types() == [("changed", "Another title"), ("published", made.title), ("retired", "Another title")]
    told = json.loads(hook.sent[1][1])["data"]
    assert told["desk"] == f"https://kb.example/desk/articles/{made.id}"
    assert told["by"] == "ada"
    assert here.tell() == telling.Told(0, 0, 0, ())


def test_a_message_is_signed_as_the_specification_says(place: Made, hook: Hook) -> None:
    """Over id, time and body; the specification's own example comes out as it says."""
    example = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = hooks.signature(example, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    here = place(with_hook(hook))
    here.tell()
    here.kb.approve(here.kb.queue()[0].lineage, editor="ada")
    here.tell("2026-11-26T05:01:00Z")
    headers, body = hook.sent[0]
    assert headers["webhook-timestamp"] == "1795669260"
    signed_text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.new(KEY, signed_text, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{right}"
    assert headers["content-type"] == "application/json"


def test_a_program_that_is_away_is_told_later(place: Made, hook: Hook) -> None:
    """Under the same id, after longer and longer waits; at last it is given up and named."""
    here = place(with_hook(hook))
    here.tell()
    here.kb.approve(here.kb.queue()[0].lineage, editor="ada")
    hook.answer = 503
    (wrong,) = here.tell("2026-11-26T06:00:00Z").wrong
    assert wrong.values["problem"] == "HTTP 503"
    assert here.tell("2026-11-26T06:00:59Z").posts == 0
    assert len(hook.sent) == 1
    for hour in range(7, 7 + 5):
        here.tell(f"2026-11-26T{hour:02}:00:00Z")
    hook.answer = 302  # where it leads is not asked: the signature is for this address
    for day in range(27, 31):
        here.tell(f"2026-11-{day}T23:00:00Z")
    assert len(hook.sent) == len(hooks.WAITS) + 1
    assert len({headers["webhook-id"] for headers, _ in hook.sent}) == 1
    assert here.box.deliveries == []
    assert [each.error for each in here.box.failed] == ["HTTP 302"]


def test_whoever_wants_no_more_is_not_asked_again(place: Made, hook: Hook) -> None:
    """Gone is gone; the next news is another matter."""
    here = place(with_hook(hook))
    here.tell()
    here.kb.approve(here.kb.queue()[0].lineage, editor="ada")
    hook.answer = 410
    here.tell("2026-11-26T06:00:00Z")
    here.tell("2026-11-27T06:00:00Z")
    assert len(hook.sent) == 1


def test_killed_after_sending_it_is_told_again_under_the_same_id(place: Made, hook: Hook) -> None:
    """At least once: what was found is kept before it is sent."""
    here = place(with_hook(hook))
    here.tell()
    here.kb.approve(here.kb.queue()[0].lineage, editor="ada")
    kept = (here.parts.var / outbox.FILE).read_bytes()
    here.tell()
    (here.parts.var / outbox.FILE).write_bytes(kept)
    here.tell()
    assert len(hook.sent) == 2
    assert hook.sent[0][0]["webhook-id"] == hook.sent[1][0]["webhook-id"]


def test_a_program_is_told_of_its_readers_articles_alone(place: Made, hook: Hook) -> None:
    """Those of another audience, and other events, are not for it."""
    here = place(with_hook(hook, 'events = ["published"]\n\n[audience.partner]\nsees = ["public", "partner"]'))
    here.tell()
    article = here.kb.articles()[0]
    secret = replace(article, id="", slug="", title="SECRET", audience="partner", sources={}, body="x", lineage="")
    writing.create(here.parts, secret, "ada")
    here.kb.edit(article.id, editor="ada", title="Changed only")
    here.kb.approve(here.kb.queue()[0].lineage, editor="ada")
    here.tell()
    assert [kind for kind, _ in hook.types()] == ["published"]
    assert not any(b"SECRET" in body for _, body in hook.sent)


@pytest.mark.parametrize("secret", ["", "plain", "whsec_c2hvcnQ=", "whsec_???"])
def test_without_a_secret_nothing_is_sent(place: Made, hook: Hook, secret: str) -> None:
    """It says how to make one; once it is there, nothing was lost."""
    here = place(with_hook(hook))
    here.tell()
    here.parts.environ = {hooks.SECRET: secret}
    here.kb.approve(here.kb.queue()[0].lineage, editor="ada")
    (wrong,) = here.tell().wrong
    assert isinstance(wrong, ConfigError)
    assert "openssl rand" in wrong.hint
    assert hook.sent == []
    here.parts.environ = {hooks.SECRET: SECRET}
    assert here.tell().posts == 1


def test_a_history_that_was_rewritten_is_not_told_anew(place: Made, hook: Hook) -> None:
    """From then on it goes on."""
    here = place(with_hook(hook))
    here.tell()
    box = here.box
    box.commit = "0" * 40
    outbox.write(here.parts.var, box)
    assert here.tell().found == 0
    here.kb.approve(here.kb.queue()[0].lineage, editor="ada")
    assert here.tell().posts == 1


# -- mail ---------------------------------------------------------------------------------------------------------


def test_the_days_digest(place: Made, post: Post) -> None:
    """Once a day from its hour on, in the reader's language, without what they did, may not see or switched off."""
    here = place(with_post(post, '\n[audience.partner]\nsees = ["public", "partner"]'))
    ada = here.person("Ada", settings={"language": "de"})
    here.person("Bo", languages=("xx",))
    here.person("Cleo", settings={mailing.QUIET: ["published"]})
    here.person("Dan", disabled=True)
    here.person("Eve")
    here.tell()
    made = here.kb.approve(here.kb.queue()[0].lineage, editor="Eve")
    assert here.tell("2026-11-26T05:59:59Z").mails == 0  # one second before seven in Berlin
    assert here.tell("2026-11-26T06:00:00Z").mails == 1
    (mail,) = post.mails
    assert mail["to"] == ada.mail
    assert mail["subject"].endswith(": Neues")
    assert mail["auto-submitted"] == "auto-generated"
    text = mail.get_content().replace("\r\n", "\n")
    assert "Veröffentlicht\n" in text
    assert made.title in text
    assert f"https://kb.example/desk/articles/{made.id}" in text
    assert "https://kb.example/desk/account" in text
    assert not mail.is_multipart()
    here.kb.edit(made.id, editor="Eve", title="Changed since")
    assert here.tell("2026-11-26T20:00:00Z").mails == 0
    assert here.tell("2026-11-27T07:00:00Z").mails == 2
    assert {each["to"] for each in post.mails[1:]} == {"ada@example.org", "cleo@example.org"}
    assert len({each["message-id"] for each in post.mails}) == 3


def test_a_question_is_told_at_once(place: Made, post: Post) -> None:
    """To whom it was put, and nobody else; with its words, and where to answer."""
    here = place(with_post(post))
    ada, bo = here.person("Ada"), here.person("Bo")
    here.tell()
    lineage = here.kb.queue()[0].lineage
    note = Note(target=lineage, person=ada.id, recipient=bo.id, text="Is this\nstill so?", time=here.now)
    here.parts.people.ask(note)
    assert here.tell().mails == 1
    (mail,) = post.mails
    assert mail["to"] == bo.mail
    assert mail["subject"].startswith("Ada asks: ")
    assert "> still so?" in mail.get_content()
    assert f"https://kb.example/desk/candidates/{lineage}" in mail.get_content()
    assert here.tell().mails == 0


def test_what_is_past_its_date_is_told_once(place: Made, post: Post) -> None:
    """On the day after; a later date that passes is told again."""
    here = place(with_post(post))
    here.person("Ada")
    here.tell()
    article = here.kb.articles()[0]
    writing.revise(here.parts, article.id, "Ada", why="until", valid_until="2026-11-26T23:00:00Z")
    assert here.tell("2026-11-26T22:00:00Z").found == 1  # it was changed, by the reader herself
    assert here.tell("2026-11-27T08:00:00Z").mails == 1
    assert "Past the day until which it holds" in post.mails[0].get_content()
    assert article.title in post.mails[0].get_content()
    assert here.tell("2026-11-28T08:00:00Z").mails == 0


def test_mail_that_cannot_be_sent_is_sent_later(place: Made, post: Post) -> None:
    """A server that is away or busy loses nothing; it is left alone for five minutes."""
    here = place(with_post(post))
    here.person("Ada")
    here.tell()
    here.kb.approve(here.kb.queue()[0].lineage, editor="Eve")
    post.busy = True
    (wrong,) = here.tell("2026-11-26T07:00:00Z").wrong
    assert "451" in wrong.values["problem"] or "later" in wrong.values["problem"]
    post.busy = False
    assert here.tell("2026-11-26T07:04:00Z").mails == 0
    assert here.tell("2026-11-26T07:05:00Z").mails == 1


def test_a_refused_address_keeps_nobody_else_waiting(place: Made, post: Post) -> None:
    """It is named, and not tried every five minutes."""
    here = place(with_post(post))
    here.person("Ada")
    here.person("Bo")
    here.tell()
    post.refused.add("ada@example.org")
    here.kb.approve(here.kb.queue()[0].lineage, editor="Eve")
    done = here.tell("2026-11-26T07:00:00Z")
    assert (done.mails, [each.values["name"] for each in done.wrong]) == (1, ["Ada"])
    assert here.tell("2026-11-26T07:10:00Z").wrong == ()


def test_a_password_never_goes_in_the_clear(place: Made, post: Post) -> None:
    """A server that does not encrypt is told nothing, and settings that ask for it are refused."""
    here = place(with_post(post).replace('"none"', '"starttls"\nuser = "kb"'))
    here.parts.environ = {mailing.PASSWORD: "hunter2"}
    here.person("Ada")
    here.tell()
    here.kb.approve(here.kb.queue()[0].lineage, editor="Eve")
    (wrong,) = here.tell("2026-11-26T07:00:00Z").wrong
    assert "STARTTLS" in wrong.values["problem"]
    assert post.mails == []
    here.commit({"kbuilder.toml": b'[mail]\nhost = "x"\nsender = "a@b.c"\nuser = "kb"\nsecurity = "none"\n'})
    with pytest.raises(ConfigError, match="starttls"):
        here.parts.config()


def test_a_title_writes_no_header(place: Made, post: Post) -> None:
    """Line ends and what turns text around stay out of subject and lines."""
    here = place(with_post(post))
    ada, bo = here.person("Ada"), here.person("Bo")
    here.tell()
    article = here.kb.articles()[0]
    here.kb.edit(article.id, editor="Eve", title="A\u202eB\r\nBcc: eve@example.org")
    here.parts.people.ask(Note(target=article.id, person=ada.id, recipient=bo.id, text="x", time=here.now))
    here.tell()
    (mail,) = post.mails
    assert mail["bcc"] is None
    assert mail["to"] == bo.mail
    assert "\u202e" not in mail["subject"]


# -- at the desk --------------------------------------------------------------------------------------------------


def test_everyone_chooses_what_they_are_told(kb: Workspace, tmp_path: Path, post: Post) -> None:
    """In the account, where mails are sent at all; what was chosen stays when something else is kept."""
    desk = Desk(kb.root, tmp_path / "kb")
    client = desk.client("editor")
    assert 'name="told"' not in client.get("/desk/account").text
    client.submit("/desk/account/settings", {"language": "en"})
    assert mailing.QUIET not in desk.kb.parts.people.people()[0].settings
    parts: Parts = desk.kb.parts
    config = (parts.head().read("kbuilder.toml") or b"") + with_post(post).encode()
    parts.repository.commit(parts.head(), {"kbuilder.toml": config}, "Mail", "test", parts.clock())
    assert client.get("/desk/account").text.count('name="told"') == len(mailing.KINDS)
    client.submit("/desk/account/settings", {"told": ["assigned", "published"], "language": "en"})
    assert parts.people.people()[0].settings[mailing.QUIET] == ["changed", "retired", "breached"]
    page = client.get("/desk/account").text
    assert page.count("checked>") >= 2
    assert 'value="breached">' in page


def test_a_running_server_tells_by_itself(
    kb: Workspace, tmp_path: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verdict at the desk, and the program knows; the editor waits for nothing."""
    monkeypatch.setattr(app, "MOVE_EVERY", 0.05)
    desk = Desk(kb.root, tmp_path / "kb")
    parts = desk.kb.parts
    parts.environ = {hooks.SECRET: SECRET}
    config = (parts.head().read("kbuilder.toml") or b"") + with_hook(hook).encode()
    parts.repository.commit(parts.head(), {"kbuilder.toml": config}, "Hook", "test", parts.clock())
    client, item = desk.client("editor"), desk.kb.queue()[0]
    with client:
        until((parts.var / outbox.FILE).exists)
        client.submit(f"/desk/candidates/{item.lineage}/approve", {"seen": desk.kb.draft(item.lineage).digest})  # type: ignore[union-attr]
        until(lambda: bool(hook.sent))
    assert [kind for kind, _ in hook.types()] == ["published"]


def until(done: Callable[[], bool]) -> None:
    """Wait for something that happens by itself."""
    for _ in range(600):
        if done():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen in half a minute")


def test_a_damaged_outbox_is_named(tmp_path: Path) -> None:
    """Rather than telling everything anew."""
    (tmp_path / outbox.FILE).write_text("{")
    with pytest.raises(Exception, match=r"telling\.json is damaged"):
        outbox.read(tmp_path)
