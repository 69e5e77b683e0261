"""The desk's guard, request by request."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from kbuilder.web.guard import is_local


def request(client: str | None = "127.0.0.1", host: str = "127.0.0.1:8000", **headers: str) -> Request:
    raw = [(b"host", host.encode()), *((name.encode(), value.encode()) for name, value in headers.items())]
    return Request({"type": "http", "headers": raw, "client": (client, 40000) if client else None})


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "[::1]"])
def test_this_machine_is_let_through(client: str, host: str) -> None:
    """Every loopback address, under every name of this machine."""
    assert is_local(request(client, host))


@pytest.mark.parametrize("client", ["192.168.1.7", "10.0.0.1", "::ffff:192.168.1.7", "2001:db8::1", "testclient", ""])
def test_another_machine_is_not(client: str) -> None:
    """An address that is not loopback, or none at all."""
    assert not is_local(request(client))


def test_a_request_without_a_client_is_not_local() -> None:
    """Whoever cannot be told is refused."""
    assert not is_local(request(None))


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "[::2]", "", "["],
)
def test_a_name_that_was_pointed_here_is_refused(host: str) -> None:
    """DNS rebinding: the connection comes from this machine, the name is another host's."""
    assert not is_local(request(host=host))


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via", "x-real-ip", "x-forwarded-host"])
def test_what_came_through_a_proxy_is_refused(header: str) -> None:
    """Behind a proxy every client looks like this machine."""
    assert not is_local(request(**{header: "127.0.0.1"}))
