"""What every request passes, around an application of three lines."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from at_desk import serving
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from kbuilder.web import problems
from kbuilder.web.middleware import BodyLimit, LastNet, ProtectingHeaders
from kbuilder.web.pages import Pages


async def tell(request: Request, problem: problems.Problem) -> Response:
    return problems.answer(request, problem, Pages.shipped())


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
    routes = [
        Route("/api/length", length, methods=["POST"]),
        Route("/api/bug", bug),
        Route("/bug", bug),
        Route("/late", late_bug),
    ]
    stack = [
        Middleware(ProtectingHeaders),
        Middleware(LastNet, tell=tell, pages=Pages.shipped()),
        Middleware(BodyLimit, tell=tell, limit=10),
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


def test_whoever_reads_on_after_a_refused_body_waits_for_nothing() -> None:
    """Also where the refused part was the last."""

    async def twice(request: Request) -> PlainTextResponse:
        with suppress(HTTPException):
            await request.body()
        return PlainTextResponse(str(len(await request.body())))

    app = Starlette(routes=[Route("/api/twice", twice, methods=["POST"])])
    app.add_middleware(BodyLimit, tell=tell, limit=10)
    assert TestClient(app).post("/api/twice", content=iter([b"x" * 11])).status_code == 413


@pytest.mark.parametrize("sent", [b"", b"half"])
def test_a_body_that_does_not_end_is_a_problem_and_the_connection_ends(sent: bytes) -> None:
    """Whoever sends half of what was declared, and then nothing, holds nothing up."""
    routes = [Route("/api/length", length, methods=["POST"])]
    limit = Middleware(BodyLimit, tell=tell, limit=10, seconds=0.3)
    app = FastAPI(routes=routes, middleware=[limit])
    problems.install(app, tell)
    with (
        serving(app) as address,
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), 10) as line,
    ):
        line.sendall(b"POST /api/length HTTP/1.1\r\nHost: kb.example\r\nContent-Length: 9\r\n\r\n" + sent)
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert b'"status":408' in answer


def test_whoever_waits_long_for_an_answer_is_not_refused() -> None:
    """The time is that of the body, not of what is made of it."""

    async def slow(request: Request) -> PlainTextResponse:
        await request.body()
        await asyncio.sleep(0.3)
        return PlainTextResponse(str(await request.is_disconnected()))

    app = Starlette(routes=[Route("/api/slow", slow, methods=["POST"])])
    app.add_middleware(BodyLimit, tell=tell, limit=10, seconds=0.1)
    assert TestClient(app).post("/api/slow", content=b"x").text == "False"


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


def test_a_bug_in_what_tells_of_a_bug_is_told_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    """Plainly, and both are logged."""

    async def broken(request: Request, problem: problems.Problem) -> Response:
        raise LookupError("no frame either")

    stack = [Middleware(LastNet, tell=broken, pages=Pages.shipped())]
    client = TestClient(Starlette(routes=[Route("/bug", bug)], middleware=stack), raise_server_exceptions=False)
    with caplog.at_level(logging.ERROR, "kbuilder"):
        answer = client.get("/bug")
    assert (answer.status_code, "Something went wrong here" in answer.text) == (500, True)
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [RuntimeError, LookupError]


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
