"""Locks between processes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kbuilder.errors import Conflict
from kbuilder.store.locks import locked

HOLD = (
    "import sys, time; from pathlib import Path; from kbuilder.store.locks import locked\n"
    "with locked(Path(sys.argv[1]), 'a build'): print('held', flush=True); time.sleep(60)"
)


def test_held_by_another(tmp_path: Path) -> None:
    """A lock that another process holds is a conflict that says who holds it and what to do."""
    path = tmp_path / "var/build.lock"
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE)
    assert child.stdout
    assert child.stdout.readline() == b"held\n"
    with pytest.raises(Conflict, match="a build") as caught, locked(path, "a build"):
        pytest.fail("the lock was given twice")
    assert str(path) in str(caught.value)
    assert "Wait" in caught.value.advice
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with locked(path, "a build", wait=5):
        assert path.exists()


def test_given_back(tmp_path: Path) -> None:
    """A lock is free again after its block, also if that failed."""
    path = tmp_path / "lock"
    with pytest.raises(ZeroDivisionError), locked(path, "a build"):
        _ = 1 / 0
    with locked(path, "a build"), pytest.raises(Conflict), locked(path, "a build"):
        pytest.fail("the lock was given twice")
