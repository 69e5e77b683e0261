"""What tests of every room may use: a browser, and a folder served to it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; worker-src 'self'"
)
"""The strictest policy that a site of ours runs under."""

os.environ.update(LC_ALL="C", HF_HUB_OFFLINE="1")
# What commands say is compared with English, on every machine, and nothing may be fetched.
MEMORY, ROOM = Path("/dev/shm"), 6 << 30


def _holds_tests(place: Path) -> bool:
    """Whether there is room for what tests write, and for programs that they install."""
    found = os.statvfs(place) if place.is_dir() else None
    return bool(found and found.f_bavail * found.f_frsize > ROOM and not found.f_flag & os.ST_NOEXEC)


if _holds_tests(MEMORY):
    # Thousands of small files that are gone again after seconds: on a disk they take twice the time.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
settings.register_profile("untimed", deadline=None)  # a busy machine proves nothing wrong
settings.load_profile("untimed")


def pytest_xdist_auto_num_workers() -> int:
    """Half more than processors: a third of the time tests wait for a browser, a server or a disk."""
    return (os.cpu_count() or 1) * 3 // 2


class _Quiet(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Trickling(_Quiet):
    """Sends pages in small pieces, as a slow line does."""

    PIECE = 300
    PAUSE = 0.02

    def copyfile(self, source: Any, outputfile: Any) -> None:
        page = self.path.endswith(("/", ".html"))
        while piece := source.read(self.PIECE if page else -1):
            outputfile.write(piece)
            time.sleep(self.PAUSE if page else 0)


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serve a folder on loopback; gives its address, with a slash at the end."""
    running: list[ThreadingHTTPServer] = []

    def start(folder: Path, handler: type[SimpleHTTPRequestHandler] = _Quiet) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        running.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()
