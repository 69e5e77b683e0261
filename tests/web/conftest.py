"""A small knowledge base, built and published once, and clients of its application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import prepared
import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from kbuilder.records import Draft
from kbuilder.web.app import create_app
from kbuilder.workspace.workspace import Workspace

APPROVED = 6


@pytest.fixture(scope="session")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The example community, with six articles approved and published. Its last table is ``[api]``: busy machines."""
    workspace = prepared.example(tmp_path_factory)
    tree = workspace.parts.head()
    patient = (tree.read("kbuilder.toml") or b"") + b"\n[api]\nseconds = 60\n"
    workspace.parts.repository.commit(tree, {"kbuilder.toml": patient}, "Patience", "ada", workspace.parts.clock())
    ready = [item for item in workspace.queue() if isinstance(workspace.draft(item.lineage), Draft)]
    for item in ready[:APPROVED]:
        workspace.approve(item.lineage, editor="ada")
    workspace.build()
    workspace.publish()
    return workspace


@pytest.fixture(scope="module", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords of people who are made up are hashed at the least cost, not at the one that keeps real ones safe."""
    with pytest.MonkeyPatch.context() as patch:
        least = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr("kbuilder.workspace.people._hasher", lambda: least)
        yield


@pytest.fixture(scope="session")
def client(kb: Workspace) -> TestClient:
    """A reader at this machine."""
    return TestClient(create_app(kb), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000))


@pytest.fixture(scope="session")
def stranger(kb: Workspace) -> TestClient:
    """A reader on another machine."""
    return TestClient(create_app(kb), base_url="http://kb.example", client=("203.0.113.7", 50000))


@pytest.fixture
def empty(tmp_path: Path) -> TestClient:
    """A client of a knowledge base in which nothing was done yet."""
    workspace = Workspace.create(tmp_path / "kb", recipe="small")
    tree = workspace.parts.head()
    patient = (tree.read("kbuilder.toml") or b"") + b"\n[api]\nseconds = 60\n"
    workspace.parts.repository.commit(tree, {"kbuilder.toml": patient}, "Patience", "ada", workspace.parts.clock())
    return TestClient(create_app(workspace), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000))
