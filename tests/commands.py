"""The command line, run as a person runs it: exit code and what it said."""

from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from kbuilder.cli.main import main

COMMAND = (sys.executable, "-m", "kbuilder.cli")


def run(*words: str, folder: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command and its end.

    It runs in this process, since starting one takes longer than most commands: the same entry point, the same words.
    What an environment of its own decides is read when a process starts, so that it gets one.
    """
    ours = {"LC_ALL": "C", "COLUMNS": "200", "PYTHONIOENCODING": "utf-8", **environment}
    if environment:
        return subprocess.run(
            [*COMMAND, *words],
            capture_output=True,
            encoding="utf-8",
            check=False,
            cwd=folder,
            env={**os.environ, **ours},
            timeout=60,
        )
    out, error, code, often = io.StringIO(), io.StringIO(), 0, gc.get_threshold()
    with (
        chdir(folder or "."),
        redirect_stdout(out),
        redirect_stderr(error),
        patch.dict(os.environ, ours),
        patch.object(sys, "argv", ["kbuilder", *words]),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        finally:
            gc.set_threshold(*often)
    return subprocess.CompletedProcess(words, code, out.getvalue(), error.getvalue())
