"""Signing in with an account elsewhere, at a provider that is a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import oidc_provider
import pytest
from at_desk import HOST, PASSWORD, Browser, Desk, serving
from httpx import Response

from kbuilder.config import Config, parse
from kbuilder.errors import ConfigError
from kbuilder.web.app import create_app
from kbuilder.web.desk.access import COOKIE
from kbuilder.web.desk.signing import AWAY
from kbuilder.workspace import oidc, people
from kbuilder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

BACK = HOST + oidc.BACK
DIRECT = httpx2.Client(trust_env=False, verify=False)
"""To the provider, which speaks HTTP alone: certificates take long to read."""


class Elsewhere:
    """The provider, as tests speak to it."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def will(self, **given: Any) -> None:
        """What it does differently from now on; nothing: it behaves."""
        DIRECT.put(f"{self.issuer}/next", json=given).raise_for_status()


def started(back: str) -> Iterator[Elsewhere]:
    process = subprocess.Popen(
        [sys.executable, oidc_provider.__file__, back], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout
    try:
        yield Elsewhere(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    yield from started(BACK)


def introduced(desk: Desk, issuer: str, url: str = HOST, **more: str) -> Desk:
    """The desk, which knows the provider now, and Ada, who has a first password that nobody used."""
    parts = desk.kb.parts
    tree = parts.head()
    values = {"issuer": issuer, "client": oidc_provider.CLIENT, "title": "Staff login", **more}
    table = "".join(f'{name} = "{value}"\n' for name, value in values.items())
    text = (tree.read("kbuilder.toml") or b"").decode() + f'\n[desk]\nurl = "{url}"\n\n[oidc]\n{table}'
    parts.repository.commit(tree, {"kbuilder.toml": text.encode()}, "Sign in elsewhere", "ada", parts.clock())
    parts.environ = {oidc.SECRET: oidc_provider.SECRET}
    people.add(parts, "ada@example.org", "Ada", ["editor"])
    return desk


@pytest.fixture(scope="module")
def shared(kb: Workspace, tmp_path_factory: pytest.TempPathFactory, elsewhere: Elsewhere) -> Desk:
    """A desk with Ada, an administrator, and Eve, who was shut out."""
    made = introduced(Desk(kb.root, tmp_path_factory.mktemp("oidc") / "kb"), elsewhere.issuer)
    parts = made.kb.parts
    people.add(parts, "root@example.org", "Root", ["administrator"])
    eve = people.add(parts, "eve@example.org", "Eve", ["administrator"]).person
    people.change(parts, eve, disabled=True)
    return made


@pytest.fixture
def desk(shared: Desk, elsewhere: Elsewhere) -> Desk:
    """The same for each test: nobody has failed to sign in, Ada has a first password, the provider behaves."""
    elsewhere.will()
    parts = shared.kb.parts
    parts.environ = {oidc.SECRET: oidc_provider.SECRET}
    people.reset(parts, people.release(parts, people.find(parts, "ada@example.org")))
    shared.app = create_app(shared.kb)
    return shared


def there_and_back(client: Browser, following: str = "/desk", **changed: str) -> Response:
    """Set out, be led through the provider, and come back with its answer, some of it changed on the way."""
    out = client.get("/desk/sign-in/away", params={"next": following})
    assert out.status_code == 303, out.text
    there = DIRECT.get(out.headers["location"])
    assert there.status_code == 302, there.text
    address = httpx2.URL(there.headers["location"])
    return client.get(str(address.copy_merge_params(changed)))


def refusal(answer: Response) -> str:
    """What the page says to whoever does not come in; that nobody did come in is seen as well."""
    assert COOKIE not in answer.headers.get("set-cookie", "")
    return answer.text.partition('role="alert" id="wrong">')[2].partition("<")[0]


def test_someone_known_comes_in(desk: Desk) -> None:
    """With their own roles, where they wanted to go, without changing a password that they do not need."""
    client = desk.client()
    assert "Sign in with Staff login" in client.get("/desk/sign-in").text
    back = there_and_back(client, "/desk/articles?q=a;b,c&page=2")
    assert (back.status_code, back.headers["location"]) == (303, "/desk/articles?q=a;b,c&page=2")
    assert "HttpOnly" in back.headers["set-cookie"]
    assert client.cookies.get(AWAY) is None
    page = client.get("/desk/account")
    assert "Ada · ada@example.org · Editor" in page.text
    assert "You have no password here" in page.text
    assert client.get("/desk/people").status_code == 403


def test_the_language_that_was_chosen_stays(desk: Desk, elsewhere: Elsewhere) -> None:
    """Through the provider and back, for who comes in and for who is told that they do not."""
    for person, status in (({}, 303), ({"sub": "2", "email": "nobody@example.org"}, 403)):
        elsewhere.will(person=person)
        client = desk.client()
        out = client.get("/desk/sign-in/away?lang=de")
        again = client.get(DIRECT.get(out.headers["location"]).headers["location"])
        assert again.headers["location"].endswith("&lang=de")
        back = client.get(again.headers["location"])
        assert back.status_code == status
        assert "lang=de" in back.headers["location"] if status == 303 else "Niemand an diesem" in refusal(back)


def test_a_first_password_that_nobody_used_ends_and_ones_own_stays(desk: Desk) -> None:
    """Whoever overheard the first one cannot come in; whoever chose a password can go on with it."""
    parts = desk.kb.parts
    first = people.reset(parts, people.find(parts, "ada@example.org")).password
    assert there_and_back(desk.client()).status_code == 303
    assert desk.client().sign_in("ada@example.org", first).status_code == 403
    again = people.reset(parts, people.find(parts, "ada@example.org"))
    people.set_password(parts, again.person, again.password, PASSWORD, "")
    assert there_and_back(desk.client()).status_code == 303
    assert desk.client().sign_in("ada@example.org", PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ({"claims": {"nonce": "another"}}, "nonce"),
        ({"claims": {"nonce": None}}, "nonce"),
        ({"claims": {"aud": "another-client"}}, "aud"),
        ({"claims": {"aud": ["kbuilder", "another"]}}, "azp"),
        ({"claims": {"azp": "another-client"}}, "azp"),
        ({"claims": {"iss": "https://evil.example"}}, "iss"),
        ({"claims": {"exp": 1}}, "expired"),
        ({"claims": {"exp": None}}, "exp"),
        ({"claims": {"iat": 99_999_999_999}}, "in the future"),
        ({"claims": {"sub": None}}, "sub"),
        ({"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}, "at_hash"),
        ({"signed": "none"}, "none"),
        ({"signed": "HS256"}, "HS256"),
        ({"signed": "another key"}, "signature"),
        ({"signed": "cut"}, "signature"),
    ],
)
def test_a_token_that_does_not_hold_lets_nobody_in(
    desk: Desk, elsewhere: Elsewhere, behaviour: dict[str, Any], said: str
) -> None:
    """For another sign-in, another program, from another provider, too old, from the future, or not signed by it."""
    elsewhere.will(**behaviour)
    answer = there_and_back(desk.client())
    assert answer.status_code == 403
    told = refusal(answer)
    assert "What Staff login says about you cannot be trusted" in told
    assert said.lower() in told.lower()


@pytest.mark.parametrize(
    "changed", [{"state": "another"}, {"state": ""}, {"iss": "https://evil.example"}, {"code": "guessed"}]
)
def test_an_answer_to_another_question_lets_nobody_in(desk: Desk, changed: dict[str, str]) -> None:
    """Another state, none, another provider's, or a code that was never given."""
    answer = there_and_back(desk.client(), **changed)
    assert answer.status_code == 403
    assert refusal(answer)


def test_the_way_back_is_tied_to_the_browser_and_goes_once(desk: Desk) -> None:
    """An answer handed to someone else signs nobody in as its sender; the same answer does not work twice."""
    ada, other = desk.client(), desk.client()
    out = ada.get("/desk/sign-in/away")
    address = DIRECT.get(out.headers["location"]).headers["location"]
    assert "not to what this browser asked" in refusal(other.get(address))
    other.get("/desk/sign-in/away")
    assert "not to what this browser asked" in refusal(other.get(address))
    kept = ada.cookies.get(AWAY, path="/desk/sign-in")
    assert ada.get(address).status_code == 303
    assert "not to what this browser asked" in refusal(ada.get(address))
    ada.cookies.set(AWAY, kept or "", path="/desk/sign-in")
    assert "did not let you in" in refusal(ada.get(address))


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ({"email_verified": False}, "verified"),
        ({"email_verified": None}, "verified"),
        ({"email_verified": "true"}, "verified"),
        ({"email": None}, "verified"),
        ({"email": "nobody@example.org"}, "Nobody at this desk has the address nobody@example.org."),
        ({"email": "<b>bo</b>@example.org"}, "&lt;b&gt;bo&lt;/b&gt;@example.org"),
        ({"email": "eve@example.org"}, "Nobody at this desk has the address eve@example.org."),
    ],
)
def test_who_is_not_known_by_a_verified_address_stays_outside(
    desk: Desk, elsewhere: Elsewhere, person: dict[str, Any], said: str
) -> None:
    """Not verified, no address, a stranger, or someone who was shut out: told why, and nobody is taken in by it."""
    parts = desk.kb.parts
    before = people.everyone(parts)
    elsewhere.will(person=person)
    answer = there_and_back(desk.client())
    assert answer.status_code == 403
    assert said in refusal(answer)
    assert people.everyone(parts) == before


def test_the_first_account_is_theirs_until_it_is_released(desk: Desk, elsewhere: Elsewhere) -> None:
    """Whoever is given the address later is not let in; who gets another address is; release makes it free again."""
    parts = desk.kb.parts
    assert there_and_back(desk.client()).status_code == 303
    ada = people.find(parts, "ada@example.org")
    assert (ada.issuer, ada.subject) == (elsewhere.issuer, "1")
    elsewhere.will(person={"sub": "2"})
    assert "belongs to another account here" in refusal(there_and_back(desk.client()))
    assert people.find(parts, "ada@example.org") == ada
    elsewhere.will(person={"email": "ada.lovelace@example.org"})
    client = desk.client()
    assert there_and_back(client).status_code == 303
    assert "Ada · ada@example.org · Editor" in client.get("/desk/account").text
    assert f"account “1” at {elsewhere.issuer}" in desk.client("administrator").get("/desk/people").text
    desk.client("administrator").submit(f"/desk/people/{ada.id}/release")
    assert client.get("/desk").status_code == 303  # their sessions ended
    elsewhere.will(person={"sub": "2"})
    assert there_and_back(desk.client()).status_code == 303
    assert people.find(parts, "ada@example.org").subject == "2"


def test_somebody_elses_account_is_not_taken_over(desk: Desk, elsewhere: Elsewhere) -> None:
    """An account that is one person's stays theirs, whatever verified address it brings now."""
    assert there_and_back(desk.client()).status_code == 303
    elsewhere.will(person={"email": "root@example.org"})
    client = desk.client()
    assert there_and_back(client).status_code == 303
    assert client.get("/desk/people").status_code == 403  # Ada still, not the administrator
    assert people.find(desk.kb.parts, "root@example.org").subject == ""


def test_an_address_that_is_told_on_request_alone(desk: Desk, elsewhere: Elsewhere) -> None:
    """A provider whose token holds no address is asked once more, and believed if it speaks of the same person."""
    elsewhere.will(quiet=True)
    assert there_and_back(desk.client()).status_code == 303
    elsewhere.will(quiet=True, me={"sub": "2"})
    assert there_and_back(desk.client()).status_code == 403


@pytest.mark.parametrize(
    "address",
    ["//evil.example/desk", "https://evil.example/desk", "/desk/\\evil", "/desk/../x", "/desk/sign-in/away"],
)
def test_nobody_is_led_elsewhere_afterwards(desk: Desk, address: str) -> None:
    """Signing in goes on to the desk alone: by the address that was asked for, and by a cookie that was laid down."""
    assert there_and_back(desk.client(), address).headers["location"] == "/desk"
    client = desk.client()
    out = client.get("/desk/sign-in/away")
    there = DIRECT.get(out.headers["location"]).headers["location"]
    token = (client.cookies.get(AWAY, path="/desk/sign-in") or "").strip('"').partition(" ")[0]
    assert token
    client.cookies.set(AWAY, f"{token} - {address}", path="/desk/sign-in")
    back = client.get(there)
    assert (back.status_code, back.headers["location"]) == (303, "/desk")


def test_a_provider_that_says_no(desk: Desk, elsewhere: Elsewhere) -> None:
    """Its own words go nowhere: anybody can write them into an address."""
    elsewhere.will(answer={"code": None, "error": "access_denied", "error_description": "<script>x</script>"})
    answer = there_and_back(desk.client())
    assert "Staff login did not let you in." in refusal(answer)
    assert "<script>x" not in answer.text


def test_a_wrong_secret_lets_nobody_in(desk: Desk) -> None:
    """Nor none where one is needed."""
    for environ in ({oidc.SECRET: "another"}, {}):
        desk.kb.parts.environ = environ
        assert "did not let you in (invalid_grant" in refusal(there_and_back(desk.client()))


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_that_is_not_what_it_should_be(
    desk: Desk, elsewhere: Elsewhere, discovery: dict[str, Any]
) -> None:
    """Of another name, or with addresses that are not safe: nobody is sent there, and no secret."""
    elsewhere.will(discovery=discovery)
    answer = desk.client().get("/desk/sign-in/away")
    assert answer.status_code == 502
    assert "is not as expected" in refusal(answer)


def test_a_provider_that_is_away(kb: Workspace, tmp_path: Path) -> None:
    """It is said, in the reader's language, and the form for a password is still there."""
    desk = introduced(Desk(kb.root, tmp_path / "kb"), "http://127.0.0.1:9")
    answer = desk.client().get("/desk/sign-in/away?lang=de")
    assert answer.status_code == 502
    assert "http://127.0.0.1:9 antwortet nicht wie erwartet" in refusal(answer)
    assert 'name="password"' in answer.text


def test_who_tries_again_and_again_is_slowed_down(desk: Desk) -> None:
    """Codes cannot be guessed without end."""
    client = desk.client()
    answers = [there_and_back(client, code=f"guess {number}").status_code for number in range(7)]
    assert answers == [403] * 6 + [429]


def test_without_a_provider_there_is_no_way_there(kb: Workspace, tmp_path: Path) -> None:
    """Where none is configured, its addresses are not there."""
    client = Desk(kb.root, tmp_path / "kb").client()
    assert client.get("/desk/sign-in/away").status_code == 404
    assert client.get("/desk/sign-in/back?code=x&state=y").status_code == 404


@pytest.mark.parametrize(
    ("issuer", "client", "url", "said"),
    [
        ("http://login.example.org", "kb", HOST, "an address such as https://login.example.org"),
        ("https://login.example.org/?a=b", "kb", HOST, "an address such as https://login.example.org"),
        ("https://login.example.org", "", HOST, "the desk's name at the provider"),
        ("https://login.example.org", "kb", "", "[oidc] leads back to"),
    ],
)
def test_settings_that_would_not_be_safe(issuer: str, client: str, url: str, said: str) -> None:
    """Without HTTPS, a name, or an address of our own to come back to: told before anyone signs in."""
    text = f'[desk]\nurl = "{url}"\n[oidc]\nissuer = "{issuer}"\nclient = "{client}"\n'
    with pytest.raises(ConfigError) as found:
        parse(Config, text.encode(), "kbuilder.toml")
    assert said in str(found.value)


@pytest.mark.browser
def test_in_a_browser(kb: Workspace, tmp_path: Path, browser: Chromium) -> None:
    """One link leads there and back, past the policy that pages have, with cookies as a browser sends them."""
    desk = Desk(kb.root, tmp_path / "kb")
    with serving(desk.app) as address, browser.new_context() as context:
        for elsewhere in started(address + oidc.BACK):
            introduced(desk, elsewhere.issuer, address)
            page = context.new_page()
            page.goto(f"{address}/desk/articles")
            page.get_by_role("link", name="Sign in with Staff login").click()
            page.wait_for_url(f"{address}/desk/articles")
            assert page.locator("h1").inner_text() == "Articles"
    desk.kb.close()
