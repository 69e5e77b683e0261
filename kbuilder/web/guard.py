"""Who sits at this machine: they may see the desk while nobody can sign in."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Headers that a proxy adds: then the client's address is the proxy's, and says nothing."""


def is_local(request: Request) -> bool:
    """Whether a request was made on this machine, to a name of this machine.

    The name is looked at because a page of another host can have its own name resolved to 127.0.0.1 (DNS
    rebinding): the browser then counts the desk as that page's own.
    """
    client = request.client.host if request.client else ""
    forwarded = any(name in request.headers for name in _FORWARDED)
    return not forwarded and _is_loopback(client) and _names_loopback(request.headers.get("host", ""))


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def _names_loopback(host: str) -> bool:
    """Whether a Host header is a loopback address or ``localhost``, with a port or without.

    >>> [_names_loopback(host) for host in ("localhost:8000", "[::1]:8000", "127.0.0.1", "evil.example", "")]
    [True, True, True, False, False]
    """
    name = host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]
    return name.lower() == "localhost" or _is_loopback(name)
