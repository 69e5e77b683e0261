"""Runs the documents' ``console`` blocks and renews the output below each command: what is shown is what happened.

A block holds commands after ``$ `` and their output; where ``…`` stands for lines, the same number of lines around
it is kept. ``<!-- file: NAME -->`` above a block writes that block to a file first. The commands of a page run one
after another in one new folder, which reads ``~`` in what they print. ``python docs/transcripts.py`` renews all
pages; a test holds that nothing would change.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess  # running documented commands is the purpose here
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
PAGES = (
    DOCS / "tutorial.md",
    DOCS / "how-to" / "import-csv-or-json-lines.md",
    DOCS / "how-to" / "publish-from-git.md",
    DOCS / "how-to" / "review-on-the-command-line.md",
    DOCS / "how-to" / "erase-personal-data.md",
    DOCS / "how-to" / "count-support-contacts.md",
)
_BLOCK = re.compile(r"(?P<file><!-- file: (?P<name>[\w./-]+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)
_GAP = "…"
_SECRET = {"KBUILDER_DATABASE_URL", "LC_MESSAGES"}
_KEEP = {name: value for name, value in os.environ.items() if name not in _SECRET}


def renewed(page: Path) -> str:
    """A page with the output that its commands give now."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        return _BLOCK.sub(lambda block: _renewed_block(block, folder), page.read_text(encoding="utf-8"))


def _renewed_block(block: re.Match[str], folder: Path) -> str:
    if block["name"]:
        (folder / block["name"]).write_text(block["text"], encoding="utf-8")
    if block["kind"] != "console":
        return block[0]
    parts = re.split(r"^\$ (.*)\n", block["text"], flags=re.MULTILINE)
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return "```console\n" + "".join(f"$ {each}\n{_run(each, shown, folder)}" for each, shown in pairs) + "```"


def _run(command: str, shown: str, folder: Path) -> str:
    tool = f'kbuilder() {{ {shlex.quote(sys.executable)} -m kbuilder.cli "$@"; }}\n'
    done = subprocess.run(  # noqa: S603 - the commands are our own documents'
        ["/bin/bash", "-c", tool + command],
        cwd=folder,
        env={**_KEEP, "LC_ALL": "C.UTF-8", "TZ": "UTC", "COLUMNS": "100", "HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if "Traceback" in done.stdout:
        raise RuntimeError(f"{command}\n{done.stdout}")
    return _as_before(done.stdout.replace(str(folder), "~"), shown)


def _as_before(output: str, shown: str) -> str:
    """The output, cut where the page cuts it."""
    lines, before = output.splitlines(), shown.splitlines()
    if _GAP in before:
        head = before.index(_GAP)
        tail = len(before) - head - 1
        if len(lines) > head + tail:
            lines = [*lines[:head], _GAP, *lines[len(lines) - tail :]]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def main() -> None:
    """Renew all pages."""
    for page in PAGES:
        page.write_text(renewed(page), encoding="utf-8")


if __name__ == "__main__":
    main()
