"""Who comes in at the desk and what they may: signing in, roles by route, forms of ours, and those who try."""

from __future__ import annotations

import asyncio
import hashlib
import re
import tomllib
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from argon2 import PasswordHasher
from at_desk import HOST, PASSWORD, Desk, routes
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kbuilder import resources
from kbuilder.store.people import Person
from kbuilder.web.desk.access import COOKIE, is_own_page, own_address
from kbuilder.web.desk.throttle import WAITING
from kbuilder.workspace import people
from kbuilder.workspace.rights import ROLES, Right, reaches, rights
from kbuilder.workspace.workspace import Workspace

Result = TypeVar("Result")
OPEN = {
    ("GET", "/desk/files/{name}"),
    ("GET", "/desk/sign-in"),
    ("GET", "/desk/sign-in/away"),
    ("GET", "/desk/sign-in/back"),
    ("POST", "/desk/sign-in"),
}
"""The routes that need nobody to be signed in."""


@pytest.fixture(scope="module")
def desk(kb: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(kb.root, tmp_path_factory.mktemp("access") / "kb")
    made.everyone()
    return made


TABLE: dict[tuple[str, str], Right] = {
    ("GET", "/desk"): "see",
    ("GET", "/desk/account"): "see",
    ("POST", "/desk/account/password"): "see",
    ("POST", "/desk/account/sessions/{number}"): "see",
    ("POST", "/desk/account/settings"): "see",
    ("GET", "/desk/people"): "administer",
    ("POST", "/desk/people"): "administer",
    ("POST", "/desk/people/{person}"): "administer",
    ("POST", "/desk/people/{person}/release"): "administer",
    ("POST", "/desk/people/{person}/reset"): "administer",
    ("GET", "/desk/session"): "see",
    ("POST", "/desk/sign-out"): "see",
    ("GET", "/desk/activity"): "see",
    ("GET", "/desk/activity.csv"): "see",
    ("GET", "/desk/saved"): "see",
    ("GET", "/desk/answer"): "answer",
    ("POST", "/desk/answer"): "answer",
    ("POST", "/desk/answer/gap"): "answer",
    ("GET", "/desk/articles"): "see",
    ("POST", "/desk/articles"): "decide",
    ("GET", "/desk/articles/new"): "write",
    ("GET", "/desk/articles/{name}"): "see",
    ("POST", "/desk/articles/{name}/details"): "decide",
    ("GET", "/desk/articles/{name}/edit"): "write",
    ("POST", "/desk/articles/{name}/accept"): "decide",
    ("POST", "/desk/articles/{name}/edit"): "decide",
    ("GET", "/desk/articles/{name}/history"): "see",
    ("POST", "/desk/articles/{name}/publish"): "publish",
    ("POST", "/desk/articles/{name}/rename"): "decide",
    ("POST", "/desk/articles/{name}/restore"): "decide",
    ("POST", "/desk/articles/{name}/retire"): "publish",
    ("GET", "/desk/articles/{name}/sources"): "see",
    ("POST", "/desk/articles/{name}/still-right"): "decide",
    ("POST", "/desk/articles/{name}/undo"): "decide",
    ("GET", "/desk/asked/{name}"): "see",
    ("POST", "/desk/asked/{name}/answered"): "decide",
    ("POST", "/desk/asked/{name}/reject"): "decide",
    ("POST", "/desk/asked/{name}/undo"): "decide",
    ("GET", "/desk/judge"): "decide",
    ("POST", "/desk/judge"): "decide",
    ("POST", "/desk/judge/begin"): "decide",
    ("POST", "/desk/judge/learn"): "decide",
    ("GET", "/desk/bring"): "decide",
    ("POST", "/desk/bring"): "decide",
    ("GET", "/desk/candidates/{lineage}"): "see",
    ("POST", "/desk/candidates/{lineage}/approve"): "decide",
    ("POST", "/desk/candidates/{lineage}/ask"): "write",
    ("POST", "/desk/candidates/{lineage}/claim"): "decide",
    ("POST", "/desk/candidates/{lineage}/defer"): "decide",
    ("GET", "/desk/candidates/{lineage}/edit"): "write",
    ("POST", "/desk/candidates/{lineage}/edit"): "decide",
    ("POST", "/desk/candidates/{lineage}/here"): "see",
    ("GET", "/desk/candidates/{lineage}/keep"): "decide",
    ("POST", "/desk/candidates/{lineage}/keep"): "decide",
    ("POST", "/desk/candidates/{lineage}/merge"): "decide",
    ("POST", "/desk/candidates/{lineage}/reject"): "decide",
    ("POST", "/desk/candidates/{lineage}/split"): "decide",
    ("POST", "/desk/candidates/{lineage}/undo"): "decide",
    ("POST", "/desk/notes/{number}"): "see",
    ("GET", "/desk/pictures/{name:path}"): "see",
    ("POST", "/desk/pictures"): "write",
    ("GET", "/desk/nominate"): "write",
    ("POST", "/desk/nominate"): "write",
    ("GET", "/desk/notices"): "see",
    ("POST", "/desk/notices"): "decide",
    ("GET", "/desk/notices/new"): "decide",
    ("GET", "/desk/notices/{name}"): "decide",
    ("POST", "/desk/notices/{name}"): "decide",
    ("POST", "/desk/notices/{name}/end"): "decide",
    ("POST", "/desk/preview"): "write",
    ("GET", "/desk/queue.csv"): "see",
    ("GET", "/desk/top"): "see",
    ("GET", "/desk/translations"): "see",
    ("POST", "/desk/views"): "see",
    ("POST", "/desk/views/drop"): "see",
    ("POST", "/desk/work"): "write",
    ("POST", "/desk/work/drop"): "write",
    ("POST", "/desk/work/hand-in"): "write",
    ("POST", "/desk/work/take-back"): "write",
    ("POST", "/desk/work/turn-down"): "decide",
}
"""The least right of each route behind the gate: a new route that nobody thought about fails here."""


def address(path: str) -> str:
    return re.sub(r"\{[\w:]+\}", "aaaaaaaaaaaa", path)


def test_every_route_has_its_right(desk: Desk) -> None:
    """Those that need nobody are five; all others are in the table."""
    found = {(method, path): right for method, path, right in routes(desk.app)}
    assert {key for key, right in found.items() if right is None} == OPEN
    assert {key: right for key, right in found.items() if right} == TABLE


@pytest.mark.parametrize("role", ROLES)
def test_every_refusal(desk: Desk, role: str) -> None:
    """Each role at each route: let through, or refused with the role that would be let through."""
    client = desk.client(role)
    token = client.token()
    for (method, path), right in TABLE.items():
        if path in ("/desk/sign-out", "/desk/account/password") or (role == "administrator" and method == "POST"):
            continue
        data = {"csrf": token, "language": "xx"} if method == "POST" else None
        answer = client.request(method, address(path), data=data)
        if right in ROLES[role]:
            assert answer.status_code != 403, (method, path)
        else:
            assert answer.status_code == 403, (method, path)
            assert "Your role does not allow this." in answer.text


@pytest.mark.parametrize(("method", "path"), TABLE)
def test_without_signing_in_nothing(desk: Desk, method: str, path: str) -> None:
    """Every route leads to the form, for changes too; a part of a page is refused, and the page stays."""
    client = desk.client()
    answer = client.request(method, address(path))
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/desk/sign-in")
    part = client.request(method, address(path), headers={"hx-request": "true"})
    assert part.status_code == 401
    assert "hx-redirect" not in part.headers


@pytest.mark.parametrize("path", [path for method, path in TABLE if method == "POST"])
@pytest.mark.parametrize("how", ["no token", "another's token", "another page", "another site", "another type"])
def test_a_form_that_is_not_ours_is_refused(desk: Desk, path: str, how: str) -> None:
    """No token, a wrong one, or sent from elsewhere with the right one: 403, and nothing is changed."""
    client = desk.client("administrator")
    token = client.token()
    data: dict[str, str] = {"csrf": token}
    headers: dict[str, str] = {}
    if how == "no token":
        data = {}
    elif how == "another's token":
        data = {"csrf": desk.client("editor").token()}
    elif how == "another page":
        headers = {"origin": "http://evil.example"}
    elif how == "another site":
        headers = {"sec-fetch-site": "cross-site"}
    else:
        headers, data = {"content-type": "text/plain"}, {}
    assert client.post(address(path), data=data, headers=headers).status_code == 403
    assert client.get("/desk/account").status_code == 200


# Signing in


def fresh(kb: Workspace, folder: Path) -> Desk:
    made = Desk(kb.root, folder / "kb")
    added = people.add(made.kb.parts, " Ada@Example.org", "Ada  Lovelace", ["editor"])
    with_password = people.change(made.kb.parts, added.person, renew=False)
    people.set_password(made.kb.parts, with_password, added.password, PASSWORD, "")
    return made


def test_the_first_password_is_changed_before_anything_else(kb: Workspace, tmp_path: Path) -> None:
    """It is said once, opens one page, and does not work any more after that."""
    desk = Desk(kb.root, tmp_path / "kb")
    added = people.add(desk.kb.parts, "ada@example.org", "Ada", ["editor"])
    client = desk.client()
    assert client.sign_in("ada@example.org", added.password).headers["location"] == "/desk"
    assert client.get("/desk").headers["location"].startswith("/desk/account")
    wrong = client.submit("/desk/account/password", {"old": added.password, "new": "short", "again": "short"})
    assert wrong.status_code == 422
    data = {"old": added.password, "new": PASSWORD, "again": PASSWORD}
    assert client.submit("/desk/account/password", data).headers["location"] == "/desk?done=password"
    assert client.get("/desk").status_code == 200
    assert desk.client().sign_in("ada@example.org", added.password).status_code == 403
    assert desk.client().sign_in("ADA@example.org ", PASSWORD).status_code == 303


def test_nothing_tells_who_is_known(kb: Workspace, tmp_path: Path) -> None:
    """A wrong password, an address that nobody has and a closed account give the same page."""
    desk = fresh(kb, tmp_path)
    people.add(desk.kb.parts, "eve@example.org", "Eve", ["editor"])
    people.change(desk.kb.parts, people.find(desk.kb.parts, "eve@example.org"), disabled=True)
    pages = []
    for mail in ("ada@example.org", "nobody@example.org", "eve@example.org"):
        answer = desk.client().sign_in(mail, "wrong")
        pages.append((answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)))
    assert pages[0][0] == 403
    assert "do not belong together" in pages[0][1]
    assert pages[0] == pages[1] == pages[2]


def test_whoever_guesses_is_slowed_down(kb: Workspace, tmp_path: Path) -> None:
    """After six failures the right password is refused too, from there; from elsewhere the person comes in."""
    desk = fresh(kb, tmp_path)
    client = desk.client()
    answers = [client.sign_in("ada@example.org", f"guess {number}").status_code for number in range(7)]
    assert answers == [403] * 6 + [429]
    late = client.sign_in("ada@example.org", PASSWORD)
    assert late.status_code == 429
    assert 0 < int(late.headers["retry-after"]) <= 900
    other = TestClient(desk.app, base_url="http://127.0.0.1:8000", client=("192.0.2.7", 1), follow_redirects=False)
    token = re.search(r'name="csrf" value="([^"]*)"', other.get("/desk/sign-in").text)
    assert token
    data = {"csrf": token[1], "mail": "ada@example.org", "password": PASSWORD}
    assert other.post("/desk/sign-in", data=data).status_code == 303


def test_many_addresses_from_one_machine_are_too_many(kb: Workspace, tmp_path: Path) -> None:
    """One password tried on everyone is slowed down as well."""
    client = fresh(kb, tmp_path).client()
    answers = [client.sign_in(f"p{number}@example.org", "summer 2026").status_code for number in range(31)]
    assert answers == [403] * 30 + [429]


async def at_once(desk: Desk, tries: list[tuple[str, str, str]], session: str = "") -> tuple[list[int], int, int]:
    """Sign-ins by machine, address and password, all sent together; how each was answered.

    And, where a session is given, how its page was, asked for after all these, and how many had their answer by then.
    """

    def browser(machine: str) -> httpx.AsyncClient:
        carrier = httpx.ASGITransport(desk.app, client=(machine, 50000))
        return httpx.AsyncClient(transport=carrier, base_url=HOST)

    async def sign_in(client: httpx.AsyncClient, token: str, mail: str, password: str) -> int:
        data = {"csrf": token, "mail": mail, "password": password}
        return (await client.post("/desk/sign-in", data=data)).status_code

    begun = []
    for machine, mail, password in tries:
        client = browser(machine)
        token = re.search(r'name="csrf" value="([^"]*)"', (await client.get("/desk/sign-in")).text)
        assert token
        begun.append((client, token[1], mail, password))
    tasks = [asyncio.ensure_future(sign_in(*each)) for each in begun]
    await asyncio.sleep(0.05)
    editor = browser("127.0.0.1")
    editor.cookies.set(COOKIE, session)
    page = await editor.get("/desk/account")
    by_then = sum(task.done() for task in tasks)
    return list(await asyncio.gather(*tasks)), page.status_code, by_then


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """In a thread of its own: in this one a browser's tests may keep a loop."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, work).result()


def test_whoever_guesses_all_at_once_is_slowed_down_too(kb: Workspace, tmp_path: Path) -> None:
    """Forty passwords sent together are six tries: the right one among the rest is not looked at."""
    desk = fresh(kb, tmp_path)
    guesses = [*(f"guess {number}" for number in range(39)), PASSWORD]
    answers, _, _ = _run(at_once(desk, [("192.0.2.1", "ada@example.org", each) for each in guesses]))
    assert sorted(answers) == [403] * 6 + [429] * 34
    assert answers[-1] == 429
    again, _, _ = _run(at_once(desk, [("192.0.2.9", "ada@example.org", PASSWORD)] * 6))
    assert again == [303] * 6  # each a success, and none is counted
    assert _run(at_once(desk, [("192.0.2.9", "ada@example.org", PASSWORD)]))[0] == [303]


def test_a_burst_of_passwords_keeps_nobody_waiting_who_is_signed_in(
    kb: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page opens while passwords are compared; more than wait for some seconds are turned away."""
    monkeypatch.setattr(people, "_hasher", PasswordHasher)  # at the cost of real ones
    desk = fresh(kb, tmp_path)
    session = people.open_session(desk.kb.parts, people.find(desk.kb.parts, "ada@example.org"))
    burst = [(f"192.0.2.{number}", "ada@example.org", "guess") for number in range(WAITING + 5)]
    answers, page, by_then = _run(at_once(desk, burst, session))
    assert page == 200
    assert by_then < WAITING
    assert sorted(answers) == [403] * WAITING + [503] * 5


def test_a_session_is_never_the_visitors_choice(kb: Workspace, tmp_path: Path) -> None:
    """A token that was there before signing in is not taken over, and stays worth nothing."""
    desk = fresh(kb, tmp_path)
    client = desk.client()
    client.cookies.set(COOKIE, "chosen-by-someone-else", path="/desk")
    answer = client.sign_in("ada@example.org", PASSWORD)
    given = answer.headers["set-cookie"]
    assert "chosen-by-someone-else" not in given
    assert "HttpOnly" in given
    assert "SameSite=lax" in given
    assert "Path=/desk" in given
    other = desk.client()
    other.cookies.set(COOKIE, "chosen-by-someone-else")
    assert other.get("/desk").status_code == 303


def test_over_https_the_cookie_stays_there(kb: Workspace, tmp_path: Path) -> None:
    """Secure, so that it is never sent in the clear."""
    desk = fresh(kb, tmp_path)
    client = desk.client()
    client.base_url = "https://127.0.0.1:8000"
    assert "Secure" in client.sign_in("ada@example.org", PASSWORD).headers["set-cookie"]


def test_the_form_to_sign_in_is_tied_to_its_browser(kb: Workspace, tmp_path: Path) -> None:
    """Nobody is signed in as someone else by another page's form."""
    client = fresh(kb, tmp_path).client()
    client.get("/desk/sign-in")
    data = {"csrf": "guessed", "mail": "ada@example.org", "password": PASSWORD}
    assert client.post("/desk/sign-in", data=data).status_code == 403


def test_a_session_ends(kb: Workspace, tmp_path: Path) -> None:
    """By signing out, by the list of sessions, by time, by a new password, by being shut out."""
    desk = fresh(kb, tmp_path)
    parts = desk.kb.parts
    person = people.find(parts, "ada@example.org")
    desk.people["editor"] = person
    first, second = desk.client("editor"), desk.client("editor")
    assert first.submit("/desk/sign-out").status_code == 303
    assert first.get("/desk").status_code == 303
    number = re.search(r'action="/desk/account/sessions/(\w+)"', second.get("/desk/account").text)
    assert number
    second.submit(f"/desk/account/sessions/{number[1]}")
    assert second.get("/desk").status_code == 303
    third, fourth = desk.client("editor"), desk.client("editor")
    third.submit("/desk/account/password", {"old": PASSWORD, "new": "nine green geese", "again": "nine green geese"})
    assert (third.get("/desk").status_code, fourth.get("/desk").status_code) == (200, 303)
    people.change(parts, people.find(parts, "ada@example.org"), disabled=True)
    assert third.get("/desk").status_code == 303


def test_a_session_that_nobody_uses_ends_by_itself(kb: Workspace, tmp_path: Path) -> None:
    """After half a day; one in use after thirty days."""
    desk = fresh(kb, tmp_path)
    parts = desk.kb.parts
    now = ["2026-11-01T08:00:00Z"]
    parts.clock = lambda: now[0]
    client = desk.client("editor")
    for hour in ("2026-11-01T19:00:00Z", "2026-11-02T06:00:00Z"):
        now[0] = hour
        assert client.get("/desk").status_code == 200
    now[0] = "2026-11-02T18:30:00Z"
    assert client.get("/desk").status_code == 303
    now[0] = "2026-11-01T08:00:00Z"
    token = people.open_session(parts, people.find(parts, "ada@example.org"))
    for day in range(1, 31):
        for hour in ("T04:00:00Z", "T14:00:00Z", "T23:00:00Z"):
            now[0] = f"2026-11-{day:02}{hour}"
            assert people.signed_in(parts, token)
    now[0] = "2026-12-01T08:00:01Z"
    assert people.signed_in(parts, token) is None


def test_neither_passwords_nor_tokens_are_stored(kb: Workspace, tmp_path: Path) -> None:
    """Whoever reads the database cannot sign in with what stands there."""
    desk = fresh(kb, tmp_path)
    token = people.open_session(desk.kb.parts, people.find(desk.kb.parts, "ada@example.org"))
    stored = b"".join(file.read_bytes() for file in desk.kb.parts.var.glob("kbuilder.sqlite*"))
    assert b"$argon2id$" in stored
    assert PASSWORD.encode() not in stored
    assert token.encode() not in stored
    assert hashlib.sha256(token.encode()).hexdigest().encode() in stored


# Going on


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example/desk",
        "/desk//evil",
        "/\\evil",
        "/deskevil",
        "javascript:alert(1)",
        "",
        "/desk/../x",
    ],
)
def test_after_signing_in_nobody_is_led_away(kb: Workspace, tmp_path: Path, address: str) -> None:
    """Any address but the desk's own becomes the desk."""
    client = fresh(kb, tmp_path).client()
    assert client.sign_in("ada@example.org", PASSWORD, next=address).headers["location"] == "/desk"


@given(st.text() | st.text(alphabet="/desk\\.:@?#%").map(lambda text: "/desk" + text))
def test_an_address_to_go_on_to_is_ours(address: str) -> None:
    """Whatever is asked for."""
    found = own_address(address)
    assert re.fullmatch(r"/desk([/?][!-~]*)?", found)
    assert "//" not in found.partition("?")[0]
    assert not set(found) & set("\\\"'<>#")


# Before there are people


def test_before_there_are_people_one_may_look(client: TestClient) -> None:
    """At the machine itself: the pages say how the first person is let in, and nothing can be changed."""
    page = client.get("/desk").text
    assert "people add" in page
    assert client.post("/desk/people", data={"csrf": ""}).status_code == 403
    assert client.get("/desk/people").status_code == 403
    assert client.get("/desk/account").status_code == 404


def test_from_another_machine_nobody_looks(stranger: TestClient) -> None:
    """Not even then."""
    assert stranger.get("/desk").status_code == 403


def test_once_someone_can_sign_in_everyone_must(desk: Desk) -> None:
    """At the machine itself too."""
    assert desk.client().get("/desk").status_code == 303


# Administering


def test_people_are_administered_on_their_page(kb: Workspace, tmp_path: Path) -> None:
    """Taken in with a first password, given other roles, shut out; the last administrator stays."""
    desk = Desk(kb.root, tmp_path / "kb")
    client = desk.client("administrator")
    data = {"mail": "bo@example.org", "name": "Bo", "role": ["author"], "language": ["de"], "renew": "", "id": "x"}
    page = client.submit("/desk/people", data).text
    password = re.search(r"<code>([a-z0-9-]{23})</code>", page)
    assert password
    bo = people.find(desk.kb.parts, "bo@example.org")
    assert (bo.roles, bo.languages, bo.renew) == (("author",), ("de",), True)
    assert bo.id != "x"
    assert desk.client().sign_in("bo@example.org", password[1]).status_code == 303
    client.submit(f"/desk/people/{bo.id}", {"role": ["editor", "agent"], "disabled": "yes"})
    bo = people.find(desk.kb.parts, bo.id)
    assert (bo.roles, bo.disabled) == (("agent", "editor"), True)
    own = desk.person("administrator").id
    refused = client.submit(f"/desk/people/{own}", {"role": ["editor"]})
    assert refused.status_code == 422
    assert "only administrator" in refused.text
    assert (
        client.submit("/desk/people", {"mail": "bo@example.org", "name": "B", "role": ["author"]}).status_code == 422
    )
    assert client.submit("/desk/people", {"mail": "x@example.org", "name": "X", "role": ["god"]}).status_code == 422


def test_nobody_gives_themselves_a_role(kb: Workspace, tmp_path: Path) -> None:
    """Fields that the form of the settings does not have are not read."""
    desk = Desk(kb.root, tmp_path / "kb")
    client = desk.client("author")
    fields = {
        "pseudonym": "<b>Ink</b>",
        "roles": '["administrator"]',
        "role": "administrator",
        "disabled": "",
        "mail": "x@y",
    }
    assert client.submit("/desk/account/settings", fields).status_code == 303
    person = people.find(desk.kb.parts, "author@example.org")
    assert (person.roles, person.pseudonym) == (("author",), "bInk/b")
    for name in ("the  EDITOR", "Quill", "editor@example.org"):
        desk.kb.parts.people.change(replace(desk.person("editor"), pseudonym="Quill"))
        refused = desk.client("author").submit("/desk/account/settings", {"pseudonym": name})
        assert (refused.status_code, "goes by this name" in refused.text) == (422, True), name
        found = desk.kb.parts.people.person(id=person.id)
        assert found
        assert found.pseudonym == "bInk/b"
    desk.kb.parts.people.change(desk.person("editor"))


def test_a_role_holds_where_it_is_meant_to() -> None:
    """Audiences and languages narrow it; without any it holds everywhere; whoever is shut out has none."""
    person = Person(
        id="a", name="A", mail="a@b", created="", roles=("editor",), languages=("de",), audiences=("public",)
    )
    assert reaches(person, "public", "de")
    assert not reaches(person, "partner", "de")
    assert not reaches(person, "public", "en")
    assert rights(Person(id="a", name="A", mail="a@b", created="", roles=("editor",), disabled=True)) == frozenset()
    assert rights(Person(id="a", name="A", mail="a@b", created="", roles=("king",))) == frozenset()


def test_an_author_never_publishes() -> None:
    """Nor decides, nor does an agent; each role above holds what the ones below it do."""
    assert not ROLES["author"] & {"decide", "publish", "administer"}
    assert not ROLES["agent"] & {"write", "decide", "publish", "administer"}
    assert ROLES["reader"] < ROLES["author"] < ROLES["editor"] < ROLES["publisher"] < ROLES["administrator"]


# What comes along


def test_the_script_that_came_from_elsewhere_is_the_pinned_one(desk: Desk) -> None:
    """Byte for byte, with its licence beside it, at an address that changes with it."""
    pin = tomllib.loads(resources.read("site/web/htmx.toml").decode())
    data = resources.read("site/web/htmx.js")
    assert hashlib.sha256(data).hexdigest() == pin["sha256"]
    assert b"Zero-Clause BSD" in resources.read("site/web/htmx.LICENSE")
    page = desk.client().get("/desk/sign-in").text
    named = re.findall(r'(?:src|href)="(/desk/files/[^"]+)"', page)
    assert len(named) == 3
    for address in named:
        answer = desk.client().get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert desk.client().get("/desk/files/..%2fhtmx.toml").status_code in (404, 303)
    assert desk.client().get("/desk/files/htmx.toml").status_code == 404


def test_is_own_page_believes_the_browser() -> None:
    """Same origin and typed addresses pass; another host's page does not, whatever its port."""
    from starlette.requests import Request

    def request(**headers: str) -> Request:
        raw = [
            (b"host", b"desk.example:8000"),
            *((k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()),
        ]
        return Request({"type": "http", "headers": raw})

    assert is_own_page(request())
    assert is_own_page(request(origin="http://desk.example:8000", sec_fetch_site="same-origin"))
    assert not is_own_page(request(origin="http://desk.example:9000"))
    assert not is_own_page(request(origin="null"))
    assert not is_own_page(request(sec_fetch_site="same-site"))
