"""What programs are answered."""

from __future__ import annotations

import logging
import sqlite3

import pytest
from starlette.testclient import TestClient

from kbuilder.web.api.models import MAX_BODY, MAX_TITLE
from kbuilder.workspace.workspace import Workspace

SUGGEST = "/api/v1/suggest"
PROBLEM = "application/problem+json"


def known_question(kb: Workspace) -> str:
    """A title that an article answers."""
    return next(iter(kb.generation.drafts.values())).title  # type: ignore[union-attr]


def test_a_known_question_is_answered(client: TestClient, kb: Workspace) -> None:
    """Title, address, sentence, kind and a probability above the operator's precision."""
    answer = client.post(SUGGEST, json={"title": known_question(kb)})
    found = answer.json()["suggestions"]
    assert answer.status_code == 200
    assert found
    assert found[0]["probability"] >= kb.parts.config().suggest.precision
    assert found[0]["url"].startswith("http")
    assert found[0]["sentence"]
    assert "reason" not in answer.json()


def test_silence_says_why(client: TestClient) -> None:
    """Nothing sure, or nothing asked."""
    unknown = client.post(SUGGEST, json={"title": "How often should I descale an espresso machine?"})
    wordless = client.post(SUGGEST, json={"title": "?!"})
    assert unknown.json() == {"suggestions": [], "reason": "nothing-sure"}
    assert wordless.json() == {"suggestions": [], "reason": "no-words"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/title"),
        ({"title": ""}, "#/title"),
        ({"title": "   "}, "#/title"),
        ({"title": "x" * (MAX_TITLE + 1)}, "#/title"),
        ({"title": "x", "body": "x" * (MAX_BODY + 1)}, "#/body"),
        ({"title": "x", "language": "Deutsch!"}, "#/language"),
        ({"title": "x", "surprise": 1}, "#/surprise"),
        ({"title": 7}, "#/title"),
        ({"title": "x", "count": 0.0}, "#/count"),
        ({"title": "x", "max_length": "500"}, "#/max_length"),
        ({"title": "\n" + 300 * "x"}, "#/title"),
        ([], "#"),
    ],
)
def test_a_wrong_value_is_named(client: TestClient, body: object, pointer: str) -> None:
    """422 with a JSON pointer to each."""
    answer = client.post(SUGGEST, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_half_characters_are_refused(client: TestClient) -> None:
    """Text that UTF-8 cannot hold is no question."""
    answer = client.post(
        SUGGEST, content=rb'{"title": "\ud800 router"}', headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422


def test_what_is_no_json_is_a_bad_request(client: TestClient) -> None:
    """400, and the words are not repeated."""
    answer = client.post(SUGGEST, content=b'{"title": my secret', headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert "secret" not in answer.text


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded; charset=utf-8"])
def test_what_is_not_sent_as_json_is_told_what_is_expected(client: TestClient, kind: str) -> None:
    """415, by its words and by the header for it; kinds that are JSON are taken."""
    question = b'{"title": "Router"}'
    answer = client.post(SUGGEST, content=question, headers={"content-type": kind} if kind else {})
    assert (answer.status_code, answer.headers["content-type"]) == (415, PROBLEM)
    assert "Content-Type: application/json" in answer.json()["detail"]
    assert answer.headers["accept"] == "application/json"
    for right in ("application/json", "Application/JSON; charset=utf-8", "application/ld+json"):
        assert client.post(SUGGEST, content=question, headers={"content-type": right}).status_code == 200


@pytest.mark.parametrize("host", ["kb.example", "evil.example"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", SUGGEST + "/"),
        ("GET", "/api/v1/health/"),
        ("GET", "/openapi.json/"),
        ("GET", "/desk/"),
        ("GET", "/desk/sign-in/"),
        ("GET", "/ask/"),
        ("GET", "/widget/kbuilder.js/"),
        ("GET", "/-/icon.svg/"),
    ],
)
def test_a_slash_too_many_leads_nowhere(client: TestClient, method: str, path: str, host: str) -> None:
    """No redirect to whatever host the request names."""
    answer = client.request(method, path, headers={"host": host}, follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers
    if path.startswith("/api"):
        assert answer.headers["content-type"] == PROBLEM


def test_a_body_that_is_too_large(client: TestClient) -> None:
    """413 before it is read."""
    assert client.post(SUGGEST, json={"title": "x", "body": "x" * 100_000}).status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/nothing", 404),
        ("GET", "/api", 404),
        ("GET", SUGGEST, 405),
        ("DELETE", "/api/v1/health", 405),
    ],
)
def test_every_refusal_has_the_one_shape(client: TestClient, method: str, path: str, status: int) -> None:
    """Routes that are not there, methods that are not theirs."""
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert {"type", "title", "status", "detail"} <= answer.json().keys()


def test_problems_are_told_in_the_clients_language(client: TestClient) -> None:
    """``Content-Language`` says which."""
    answer = client.get("/api/v1/nothing", headers={"accept-language": "de"})
    assert answer.headers["content-language"] == "de"
    assert answer.json()["title"] == "Nicht gefunden"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "Das fehlt."),
        ({"title": "a", "colour": "red"}, "Ein solches Feld gibt es nicht."),
        ({"title": "a" * 301}, "Höchstens 300 Zeichen werden angenommen."),
        ({"title": "a", "purpose": "joke"}, "Erwartet wird eines von: ask, reply"),
        ({"title": "a", "max_length": 1}, "Erwartet wird mindestens 80."),
        ({"title": "a", "count": "yes"}, "Erwartet wird true oder false."),
        ([], "Erwartet wird ein Objekt."),
    ],
)
def test_what_is_wrong_with_a_value_is_told_in_it_too(client: TestClient, body: object, said: str) -> None:
    """Not in the words of the program's library."""
    answer = client.post("/api/v1/suggest", json=body, headers={"accept-language": "de"})
    assert [each["detail"] for each in answer.json()["errors"]] == [said]


def test_health_and_readiness(client: TestClient, kb: Workspace) -> None:
    """The process runs, and the index of the current build answers."""
    assert client.get("/api/v1/health").json() == {"status": "ok"}
    ready = client.get("/api/v1/ready").json()
    assert (ready["generation"], ready["waiting"]) == (kb.generation.id, 0)
    assert ready["note"]
    assert "threads" not in ready  # of protected audiences not even a count leaves


def test_nothing_built_is_not_ready(empty: TestClient) -> None:
    """503 with the command that helps; the process is well nevertheless."""
    for answer in (empty.get("/api/v1/ready"), empty.post(SUGGEST, json={"title": "router"})):
        assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
        assert "kbuilder build" in answer.json()["hint"]
    assert empty.get("/api/v1/health").status_code == 200


def test_questions_are_counted_but_not_kept(
    client: TestClient, kb: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    """An event for the question and one for each suggestion, without a word of the question anywhere."""
    before = kb.parts.database.count_events()
    secret = "zebrafinch"
    with caplog.at_level(logging.DEBUG):
        shown = client.post(SUGGEST, json={"title": f"{known_question(kb)} {secret}"}).json()["suggestions"]
        client.post(SUGGEST, json={"title": secret})
    after = kb.parts.database.count_events()
    assert (after["asked"] - before["asked"], after["shown"] - before["shown"]) == (2, len(shown))
    with sqlite3.connect(kb.parts.var / "kbuilder.sqlite") as database:
        assert secret not in "\n".join(database.iterdump())
    assert secret not in caplog.text


def test_the_description_tells_every_route_and_problem(client: TestClient) -> None:
    """OpenAPI 3.1 whose references all lead somewhere."""
    told = client.get("/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    routes = ("suggest", "articles/{slug}", "threads/{id}", "events", "health", "ready", "metrics")
    assert set(told["paths"]) == {f"/api/v1/{route}" for route in routes}
    references = {
        each.partition('"')[0] for each in client.get("/openapi.json").text.split("#/components/schemas/")[1:]
    }
    assert references <= told["components"]["schemas"].keys()
    assert {"ProblemDetails", "Suggestions"} <= references


def test_no_page_loads_another_hosts_scripts(client: TestClient) -> None:
    """There is no Swagger UI."""
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
