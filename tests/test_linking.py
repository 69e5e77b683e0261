"""Links to other hosts: asked for politely, once a week, by a server that is really asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kbuilder.publish import outside
from kbuilder.records import silent
from kbuilder.store.cache import Cache
from kbuilder.workspace import linking

NOW = "2026-11-25T10:00:00Z"
ASKED: list[str] = []


class Host(BaseHTTPRequestHandler):
    """Another host: some pages are there, one knows no HEAD, one keeps programs out."""

    def do_HEAD(self) -> None:
        self._answer(405 if self.path == "/no-head" else 0)

    def do_GET(self) -> None:
        self._answer(0)

    def _answer(self, status: int) -> None:
        ASKED.append(f"{self.command} {self.path}")
        known = {"/": 200, "/no-head": 200, "/old": 301, "/members": 403}
        status = status or known.get(self.path, 404)
        self.send_response(status)
        if status == 301:
            self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def host() -> Iterator[str]:
    ASKED.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def problems(links: dict[str, list[str]], cache: Cache, now: str = NOW) -> list[tuple[str, str]]:
    found = linking.faults(links, cache, now, silent, pause=0)
    return [(fault.place, str(fault.values["problem"])) for fault in found]


def test_what_is_not_there_is_told_by_page(host: str, tmp_path: Path) -> None:
    """Moved pages, and those that keep programs out, are there."""
    links = {f"{host}{path}": ["a.html"] for path in ("/", "/no-head", "/old", "/members")}
    links |= {f"{host}/gone": ["a.html", "b.html"], "http://127.0.0.1:1/": ["c.html"]}
    found = problems(links, Cache(tmp_path / "cache.sqlite"))
    assert found[:2] == [("a.html", "404"), ("b.html", "404")]
    assert [place for place, _ in found] == ["a.html", "b.html", "c.html"]
    assert "GET /no-head" in ASKED
    assert "GET /" not in ASKED


def test_what_was_there_is_not_asked_for_again_in_the_same_week(host: str, tmp_path: Path) -> None:
    """What was not there is."""
    cache = Cache(tmp_path / "cache.sqlite")
    links = {f"{host}/": ["a.html"], f"{host}/gone": ["a.html"]}
    assert problems(links, cache) == problems(links, cache, "2026-11-27T10:00:00Z") == [("a.html", "404")]
    assert [each for each in ASKED if each.endswith(" /")] == ["HEAD /"]
    problems(links, cache, "2026-12-02T10:00:00Z")
    assert [each for each in ASKED if each.endswith(" /")] == ["HEAD /"] * 2


def test_no_host_is_asked_twice_in_a_row_while_others_wait() -> None:
    """One address of each, then the next of each."""
    addresses = ["http://a/1", "http://a/2", "http://b/1", "http://c/1"]
    assert list(linking._by_turns(addresses)) == ["http://a/1", "http://b/1", "http://c/1", "http://a/2"]


def test_links_of_a_site_to_other_hosts(tmp_path: Path) -> None:
    """Each once, without its anchor, with all its pages."""
    page = '<!doctype html><html lang="en"><title>T</title><a href="https://x.example/a#b">x</a><a href="../c/">c</a>'
    for name in ("one.html", "two.html"):
        (tmp_path / name).write_text(page)
    assert outside(tmp_path) == {"https://x.example/a": ["one.html", "two.html"]}
