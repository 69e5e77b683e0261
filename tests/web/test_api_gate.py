"""Who may use the API: origins, keys, limits, audiences."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from starlette.testclient import TestClient

from kbuilder.config import ApiSettings
from kbuilder.web import service
from kbuilder.web.api import gate
from kbuilder.web.api.gate import TOKEN
from kbuilder.web.app import create_app
from kbuilder.web.service import Service
from kbuilder.workspace import keys, tokens
from kbuilder.workspace.workspace import Workspace

SUGGEST = "/api/v1/suggest"
PROBLEM = "application/problem+json"
FORUM = "https://forum.example.org"
SECRET = "0123456789abcdef0123456789abcdef"
PARTNERS = '\n[audience.partner]\nsees = ["public", "partner"]\n'


def settings(kb: Workspace, more: str) -> None:
    """Commit more lines of ``kbuilder.toml``."""
    tree = kb.parts.head()
    text = (tree.read("kbuilder.toml") or b"").decode()
    kb.parts.repository.commit(tree, {"kbuilder.toml": (text + more).encode()}, "Settings", "ada", kb.parts.clock())


@pytest.fixture
def own(tmp_path: Path) -> Workspace:
    """An empty knowledge base of one's own."""
    return Workspace.create(tmp_path / "kb", recipe="small")


def client(kb: Workspace, host: str = "203.0.113.7") -> TestClient:
    return TestClient(create_app(kb), base_url="http://kb.example", client=(host, 50000))


def events(key: str = "") -> dict[str, object]:
    """A request that the API takes even where nothing is built."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return {"json": {"events": [{"kind": "posted"}], "page_view": "x"}, "headers": headers}


def test_scripts_of_configured_pages_may_ask(own: Workspace) -> None:
    """The browser hears so before it asks, and with every answer, refusals included."""
    settings(own, f'[api]\norigins = ["{FORUM}"]\n')
    asking = client(own)
    before = asking.options(
        SUGGEST,
        headers={
            "origin": FORUM,
            "access-control-request-method": "POST",
            "access-control-request-headers": f"content-type,{TOKEN}",
        },
    )
    assert (before.status_code, before.headers["access-control-allow-origin"]) == (204, FORUM)
    refused = asking.post(SUGGEST, json={}, headers={"origin": FORUM})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (422, FORUM)
    assert "access-control-allow-credentials" not in refused.headers


def test_scripts_of_other_pages_may_not(own: Workspace) -> None:
    """Neither before nor after; and nobody's may where none are configured."""
    for more in ("", f'[api]\norigins = ["{FORUM}"]\n'):
        settings(own, more)
        asking = client(own)
        given = {"origin": "https://evil.example", "access-control-request-method": "POST"}
        before = asking.options(SUGGEST, headers=given)
        assert (before.status_code, before.headers["content-type"]) == (403, PROBLEM)
        assert "access-control-allow-origin" not in before.headers
        after = asking.post(SUGGEST, json={}, headers=given)
        assert "access-control-allow-origin" not in after.headers


def test_the_desk_is_open_to_no_other_page(own: Workspace) -> None:
    """CORS is the API's alone."""
    settings(own, '[api]\norigins = ["*"]\n')
    answer = client(own).get("/desk", headers={"origin": FORUM})
    assert "access-control-allow-origin" not in answer.headers


def test_a_key_is_said_once_and_kept_as_a_digest(own: Workspace) -> None:
    """Whoever reads the database cannot ask with what stands there."""
    made = keys.create(own.parts, "The forum")
    assert made.secret.startswith(keys.PREFIX)
    own.parts.database.close()
    content = b"".join(file.read_bytes() for file in own.parts.var.glob("kbuilder.sqlite*"))
    assert b"The forum" in content
    assert made.secret.removeprefix(keys.PREFIX).encode() not in content


def test_only_keys_open_a_closed_api(own: Workspace) -> None:
    """None, a wrong one and a revoked one do not; what the probes ask stays open."""
    settings(own, "[api]\nkey_required = true\n")
    good, revoked = keys.create(own.parts, "a").secret, keys.create(own.parts, "b")
    keys.revoke(own.parts, revoked.key.id)
    asking = client(own)
    for wrong in ("", "kb_wrong", "nonsense", revoked.secret):
        answer = asking.post("/api/v1/events", **events(wrong))
        assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM), wrong
        assert answer.headers["www-authenticate"] == "Bearer"
    assert asking.post("/api/v1/events", **events(good)).status_code == 202
    assert asking.get("/api/v1/health").status_code == 200
    assert {each.name: each.used != "" for each in keys.everyone(own.parts)} == {"a": True, "b": False}


def test_a_revoked_key_is_noticed(own: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the time is over for which it is remembered."""
    monkeypatch.setattr(gate, "REMEMBERED", 0.0)
    made, asking = keys.create(own.parts, "a"), client(own)
    assert asking.post("/api/v1/events", **events(made.secret)).status_code == 202
    keys.revoke(own.parts, made.key.id)
    assert asking.post("/api/v1/events", **events(made.secret)).status_code == 401


def test_limits_by_address_and_by_key(own: Workspace) -> None:
    """Each address and each key has its own; who is over it hears when to come again, and probes are not counted."""
    settings(own, "[api]\nper_minute = 3\nper_minute_key = 5\n")
    app = create_app(own)
    one, other = (TestClient(app, client=(host, 1)) for host in ("203.0.113.7", "203.0.113.8"))
    key = keys.create(own.parts, "a").secret
    assert [one.post("/api/v1/events", **events()).status_code for _ in range(4)] == [202] * 3 + [429]
    assert other.post("/api/v1/events", **events()).status_code == 202
    assert [one.post("/api/v1/events", **events(key)).status_code for _ in range(6)] == [202] * 5 + [429]
    refused = one.post("/api/v1/events", **events())
    assert refused.headers["content-type"] == PROBLEM
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert one.get("/api/v1/health").status_code == 200


@pytest.mark.parametrize(("method", "route"), [("POST", "events"), ("GET", "metrics")])
def test_invented_keys_are_seldom_looked_up(
    own: Workspace, monkeypatch: pytest.MonkeyPatch, method: str, route: str
) -> None:
    """The database has better to do; a key that is known from before goes on, by its own limit."""
    settings(own, "[api]\nper_minute = 5\nper_minute_key = 50\n")
    looked: list[str] = []
    known = keys.known
    monkeypatch.setattr(keys, "known", lambda parts, secret: looked.append(secret) or known(parts, secret))
    asking, key = client(own), keys.create(own.parts, "a").secret
    assert asking.post("/api/v1/events", **events(key)).status_code == 202
    asked = [asking.request(method, f"/api/v1/{route}", **events(f"kb_{number}")) for number in range(20)]
    found = [each.status_code for each in asked]
    assert {*found} == {401, 429}
    assert len(looked) == 1 + found.count(401) < 15  # a minute may have passed meanwhile
    assert asking.post("/api/v1/events", **events(key)).status_code == 202


def recent(found: Service) -> ApiSettings:
    """In a thread of its own: in this one a browser's tests may keep a loop."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, found.recent()).result().api


def test_the_gate_waits_for_no_question(own: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is being answered, it goes by the configuration that it read last, and afterwards by the new one."""
    monkeypatch.setattr(service, "A_GLANCE", 0.01)
    found, over = Service(own), Event()
    assert recent(found).per_minute != 3
    settings(own, "[api]\nper_minute = 3\n")
    found.work.begin(over.wait)
    found.lately.read = 0.0
    assert recent(found).per_minute != 3
    over.set()
    found.lately.read = 0.0
    monkeypatch.setattr(service, "A_GLANCE", 60)
    assert recent(found).per_minute == 3
    found.close()


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_client_is_counted_by_its_network(host: str, counted: str) -> None:
    """One customer has a whole /64 of IPv6 addresses."""
    from starlette.requests import Request

    assert gate.address(Request({"type": "http", "client": (host, 1)})) == counted


def test_a_token_says_whose_articles_may_be_seen(own: Workspace) -> None:
    """Signed by the shared secret it holds; forged, old, for nobody here, or with a number never passed over."""
    settings(own, PARTNERS)
    own.parts.environ = {"KBUILDER_SECRET": SECRET}
    hour, asking = timedelta(hours=1), client(own)
    good = tokens.signed(own.parts, "partner", hour, "m1")
    assert tokens.reader(good, own.parts.environ, own.parts.config()) == tokens.Reader("partner", "m1")
    old = tokens.signed(own.parts, "partner", -hour)
    own.parts.environ = {"KBUILDER_SECRET": SECRET[::-1]}
    forged = tokens.signed(own.parts, "partner", hour)
    own.parts.environ = {"KBUILDER_SECRET": SECRET}
    for wrong in (
        old,
        forged,
        good[:-3],
        "x",
        unsigned(good),
        foreign("nobody"),
        foreign(["partner"]),
        foreign(None),
        *(tokens.signed(own.parts, "partner", hour, name) for name in ("0170-1234567", "ada@example.org", "m" * 65)),
    ):
        answer = asking.post("/api/v1/events", json=events()["json"], headers={TOKEN: wrong})
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:kbuilder:problem:token"), wrong
        assert "partner" not in answer.text
    assert asking.post("/api/v1/events", json=events()["json"], headers={TOKEN: good}).status_code == 202


def test_the_form_is_no_way_around_the_limits(own: Workspace) -> None:
    """Whoever asks there is counted as at the API, and hears it as a page; no key is needed."""
    settings(own, "\n[api]\nper_minute = 2\nkey_required = true\n")
    asking = client(own)
    answers = [asking.post("/ask", data={"q": "?!"}) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2].headers["content-type"].startswith("text/html")
    assert int(answers[2].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("claims", "holds"),
    [
        ({"iat": 30, "exp": 3600}, True),
        ({"exp": -30}, True),
        ({"iat": 120, "exp": 3600}, False),
        ({"exp": -120}, False),
    ],
)
def test_the_clock_of_the_site_that_signs_may_differ(own: Workspace, claims: dict[str, int], holds: bool) -> None:
    """By a minute: many libraries say when they signed, and a moment ahead of us is no forgery."""
    import jwt

    own.parts.environ = {"KBUILDER_SECRET": SECRET}
    now = int(time.time())
    told = {"aud": tokens.FOR, "audience": "public", **{name: now + seconds for name, seconds in claims.items()}}
    token = jwt.encode(told, SECRET, tokens.ALGORITHM)
    status = client(own).post("/api/v1/events", json=events()["json"], headers={TOKEN: token}).status_code
    assert status == (202 if holds else 401)


def unsigned(token: str) -> str:
    """The same claims with no signature, as ``alg: none`` has it."""
    import jwt

    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, None, "none")


def foreign(audience: object) -> str:
    """Signed rightly, but for an audience that there is not."""
    import jwt

    claims = {"aud": tokens.FOR, "audience": audience, "exp": 4_000_000_000}
    return jwt.encode(claims, SECRET, tokens.ALGORITHM)


def test_without_a_secret_no_token_holds(own: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody is taken for the public in silence; that it is missing is said in the log, and to no stranger."""
    own.parts.environ = {}
    answer = client(own).post("/api/v1/events", json=events()["json"], headers={TOKEN: "x.y.z"})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:kbuilder:problem:token")
    assert "not set" not in answer.text
    assert "KBUILDER_SECRET is not set" in caplog.text


def test_metrics_are_for_whoever_runs_the_server(own: Workspace) -> None:
    """From the same machine, or with a key."""
    key = keys.create(own.parts, "prometheus").secret
    far, near = client(own), TestClient(create_app(own), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 1))
    assert far.get("/api/v1/metrics").status_code == 403
    assert near.get("/api/v1/metrics").status_code == 200
    far.post("/api/v1/events", **events())
    told = far.get("/api/v1/metrics", headers={"authorization": f"Bearer {key}"})
    assert told.headers["content-type"].startswith("text/plain")
    assert 'kbuilder_events_total{kind="posted"} 1.0' in told.text.splitlines()
