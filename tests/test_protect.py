"""The guide to protected audiences is true: nginx, set up as it says, shows nothing to who is not signed in."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from trees import CONFIG, knowledge_base

from kbuilder import publish

GUIDE = Path(__file__).parents[1] / "docs/how-to/protect-an-audience.md"
TREE = knowledge_base().having({"kbuilder.toml": CONFIG.replace("example/kb", "example")})
"""Of a site that has its host for itself, as in the guide."""
KIM = {"Authorization": "Basic " + b64encode(b"kim:secret").decode()}
AROUND = """\
{user}
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")


@dataclass(frozen=True)
class Served:
    """A server for each audience."""

    folder: Path
    public: int
    partner: int

    def get(self, port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, str, bytes]:
        """Status, ``Location``, body."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        found = answer.status, answer.headers["Location"] or "", answer.read()
        connection.close()
        return found

    def partner_files(self) -> list[str]:
        """Every address of a file of the protected site."""
        root = self.folder / "partner"
        return [f"/{file.relative_to(root).as_posix()}" for file in root.rglob("*") if file.is_file()]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("help")
    _publish(folder)
    yield from _run(folder, _snippets()[0])


@pytest.fixture(scope="module")
def with_who(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Likewise, with a sign-in of somebody else's."""
    folder = tmp_path_factory.mktemp("who")
    _publish(folder)
    servers, who = _snippets()
    asked = ThreadingHTTPServer(("127.0.0.1", 0), _SignIn)
    Thread(target=asked.serve_forever, daemon=True).start()
    who = who.replace("4180", str(asked.server_port))
    yield from _run(folder, re.sub(r"    auth_basic .*\n    auth_basic_user_file.*\n", lambda _: who, servers))
    asked.shutdown()
    asked.server_close()


class _SignIn(BaseHTTPRequestHandler):
    """Knows one cookie."""

    def do_GET(self) -> None:
        self.send_response(204 if self.headers["Cookie"] == "session=kim" else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _publish(folder: Path) -> None:
    for audience in ("public", "partner"):
        publish.publish(TREE, folder, audience)


def _snippets() -> list[str]:
    found = re.findall(r"```nginx\n(.*?)\n *```", GUIDE.read_text("utf-8"), re.DOTALL)
    return [f"{each}\n" for each in found]


def _run(folder: Path, servers: str) -> Iterator[Served]:
    """What the guide says, with this folder and ports that are free."""
    site = Served(folder, _free(), _free())
    secret = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input="secret", capture_output=True, text=True, check=True
    )
    (folder / "partner.users").write_text(f"kim:{secret.stdout}", "utf-8")
    servers = servers.replace("/srv/help", str(folder))
    servers = servers.replace("8080", f"127.0.0.1:{site.public}").replace("8081", f"127.0.0.1:{site.partner}")
    user = "user root;" if os.getuid() == 0 else ""
    settings = folder / "settings.conf"
    settings.write_text(AROUND.format(user=user, folder=folder, servers=servers), "utf-8")
    running = subprocess.Popen(["nginx", "-c", str(settings)], stderr=subprocess.PIPE, text=True)
    try:
        _wait(running, site.partner)
        yield site
    finally:
        running.terminate()
        running.communicate()


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(running: subprocess.Popen[str], port: int) -> None:
    while running.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
        return
    raise AssertionError(running.communicate()[1])


def test_nothing_is_shown_to_who_is_not_signed_in(served: Served) -> None:
    """No page, feed, picture or part of the index; no address that moved either; not with a wrong password."""
    wrong = {"Authorization": "Basic " + b64encode(b"kim:guess").decode()}
    paths = [*served.partner_files(), "/", "/en/", "/en/reset-hub/", "/en/archived/", "/nowhere"]
    assert len(paths) > 60
    for path in paths:
        for headers in (None, wrong):
            status, location, body = served.get(served.partner, path, headers)
            assert (status, location) == (401, ""), path
            assert b"Larkspan" not in body, path


def test_who_is_signed_in_reads_all_of_it(served: Served) -> None:
    """Pages at the addresses of folders; old addresses lead on; what is missing says so."""
    for path in served.partner_files():
        assert served.get(served.partner, path, KIM)[0] == 200, path
    assert b"PARTNERCANARY" in served.get(served.partner, "/en/partner-secret/", KIM)[2]
    assert b"../reset-router/" in served.get(served.partner, "/en/reset-hub/", KIM)[2]
    status, _, body = served.get(served.partner, "/nowhere", KIM)
    assert (status, b"<h1>" in body) == (404, True)


def test_the_public_site_is_open_and_its_old_addresses_lead_on(served: Served) -> None:
    """301 for what was renamed, 410 with a page for what was retired; nothing of the protected site is in it."""
    assert served.get(served.public, "/en/reset-router/")[0] == 200
    status, location, _ = served.get(served.public, "/en/reset-hub/")
    assert (status, location.endswith("/en/reset-router/")) == (301, True)
    status, _, body = served.get(served.public, "/en/archived/")
    assert (status, b"nobody needs it any more" in body) == (410, True)
    assert served.get(served.public, "/en/partner-secret/")[0] == 404


def test_a_sign_in_of_one_s_own_does_as_well(with_who: Served) -> None:
    """nginx asks it for each file."""
    for path in with_who.partner_files():
        assert with_who.get(with_who.partner, path)[0] == 401, path
    assert with_who.get(with_who.partner, "/en/partner-secret/", {"Cookie": "session=kim"})[0] == 200
    assert with_who.get(with_who.partner, "/-/who", {"Cookie": "session=kim"})[0] == 404
