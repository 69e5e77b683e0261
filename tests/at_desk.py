"""What tests of the desk share: people of every role, and browsers without scripts in which they are signed in."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from fastapi.routing import APIRoute
from httpx import Response
from starlette.testclient import TestClient

from kbuilder.store.people import Person
from kbuilder.text import short_id
from kbuilder.web.app import create_app
from kbuilder.web.desk.access import COOKIE, Gate
from kbuilder.workspace import people
from kbuilder.workspace.rights import ROLES, Right
from kbuilder.workspace.workspace import Workspace

HOST = "http://127.0.0.1:8000"
PASSWORD = "seven blue herons"


class Desk:
    """A knowledge base of its own with someone of every role, and its application."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.kb = Workspace.open(shutil.copytree(root, folder))
        self.app = create_app(self.kb)
        self.people: dict[str, Person] = {}

    def person(self, role: str, **values: Any) -> Person:
        """Someone of a role, without a password: it takes half a second to hash one."""
        if role not in self.people:
            mail, now = f"{role}@example.org", self.kb.parts.clock()
            made = Person(id=short_id(mail), name=f"The {role}", mail=mail, created=now, roles=(role,))
            self.people[role] = replace(made, **values)
            self.kb.parts.people.add(self.people[role])
        return self.people[role]

    def everyone(self) -> None:
        for role in ROLES:
            self.person(role)

    def client(self, role: str = "", **values: Any) -> Browser:
        """A browser in which someone of a role is signed in; ``""``: nobody."""
        client = Browser(self.app, base_url=HOST, client=("127.0.0.1", 50000), follow_redirects=False)
        if role:
            client.cookies.set(COOKIE, people.open_session(self.kb.parts, self.person(role, **values)))
        return client


class Browser(TestClient):
    """Sends forms as a browser does: with what the page before it held."""

    def token(self, path: str = "/desk/account") -> str:
        found = re.search(r'name="csrf" value="([^"]*)"', self.get(path).text)
        return found[1] if found else ""

    def submit(self, path: str, data: dict[str, Any] | None = None, **given: Any) -> Response:
        return self.post(path, data={"csrf": self.token(), **(data or {})}, **given)

    def sign_in(self, mail: str, password: str, **fields: str) -> Response:
        data = {"csrf": self.token("/desk/sign-in"), "mail": mail, "password": password, **fields}
        return self.post("/desk/sign-in", data=data)


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """An application behind a real server on loopback; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    began = threading.Event()
    startup = server.startup

    async def started(*given: object, **named: object) -> None:
        await startup(*given, **named)  # type: ignore[arg-type]
        began.set()

    server.startup = started  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert began.wait(30)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


def routes(app: Any) -> Iterator[tuple[str, str, Right | None]]:
    """Method, path and right of each route of the desk."""
    for route in _all(app.routes):
        gates = [each.dependency for each in route.dependencies if isinstance(each.dependency, Gate)]
        for method in sorted(route.methods - {"HEAD"}):
            yield method, route.path, gates[0].right if gates else None


def _all(found: Any) -> Iterator[APIRoute]:
    for each in found:
        if isinstance(each, APIRoute):
            if each.path.startswith("/desk"):
                yield each
        elif hasattr(each, "original_router"):
            yield from _all(each.original_router.routes)
