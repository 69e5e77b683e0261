"""What every request passes, around an application of three lines."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from kbuilder.web.middleware import BodyLimit, LastNet, ProtectingHeaders
from kbuilder.web.pages import Pages


async def length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())), headers={"Referrer-Policy": "no-referrer"})


async def bug(request: Request) -> PlainTextResponse:
    raise RuntimeError("the secret plan")


async def late_bug(request: Request) -> StreamingResponse:
    def parts() -> Iterator[str]:
        yield "begun"
        raise RuntimeError("too late")

    return StreamingResponse(parts())


@pytest.fixture(scope="module")
def client() -> TestClient:
    pages = Pages.shipped()
    routes = [
        Route("/api/length", length, methods=["POST"]),
        Route("/api/bug", bug),
        Route("/bug", bug),
        Route("/late", late_bug),
    ]
    stack = [
        Middleware(ProtectingHeaders),
        Middleware(LastNet, pages=pages),
        Middleware(BodyLimit, pages=pages, limit=10),
    ]
    return TestClient(Starlette(routes=routes, middleware=stack), raise_server_exceptions=False)


def test_a_body_up_to_the_limit_is_read(client: TestClient) -> None:
    """Ten bytes of ten."""
    assert client.post("/api/length", content=b"x" * 10).text == "10"


def test_a_declared_body_over_the_limit_is_a_problem(client: TestClient) -> None:
    """Refused before a byte of it is read."""
    answer = client.post("/api/length", content=b"x" * 11)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert answer.json()["status"] == 413


def test_a_streamed_body_over_the_limit_is_refused(client: TestClient) -> None:
    """What is sent counts, not only what is declared."""
    assert client.post("/api/length", content=iter([b"x" * 6, b"x" * 6])).status_code == 413


def test_a_bug_shows_nothing_of_the_inside(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """A program gets a problem, the log the traceback."""
    with caplog.at_level(logging.ERROR, "kbuilder"):
        answer = client.get("/api/bug")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [RuntimeError]


def test_a_bug_is_a_page_for_a_reader(client: TestClient) -> None:
    """The same facts as HTML, in the reader's language."""
    answer = client.get("/bug", headers={"accept-language": "de"})
    assert (answer.status_code, answer.headers["content-language"]) == (500, "de")
    assert "500" in answer.text
    assert "secret" not in answer.text


def test_a_response_that_began_is_not_mended(client: TestClient) -> None:
    """Half an answer is cut off, not continued with an error page."""
    answer = client.get("/late")
    assert "<html" not in answer.text


@pytest.mark.parametrize("path", ["/bug", "/api/bug", "/nowhere"])
def test_every_response_is_protected(client: TestClient, path: str) -> None:
    """Errors too carry the headers."""
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_a_response_keeps_its_own_headers(client: TestClient) -> None:
    """What a route decided is not overruled, and stands once."""
    answer = client.post("/api/length", content=b"")
    assert answer.headers.get_list("referrer-policy") == ["no-referrer"]
