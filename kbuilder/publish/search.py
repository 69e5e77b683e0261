"""The index that browsers search: Pagefind over the article pages."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from kbuilder.errors import KBError
from kbuilder.text import N_

FOLDER = "pagefind"
_KEPT = ("pagefind.js", "pagefind-worker.js", "pagefind-entry.json")
_ENDINGS = (".pf_meta", ".pf_index", ".pf_fragment", ".pf_filter", ".pagefind")


def index(site: Path) -> list[str]:
    """Write the index of a site's folder into it; the paths of its files, sorted.

    Only pages marked ``data-pagefind-body`` are found. Pagefind's own faces are left out: ours is smaller.

    Raises:
        KBError: Pagefind failed.
    """
    import pagefind_bin

    command = [str(pagefind_bin.get_executable()), "--site", ".", "--output-subdir", FOLDER, "--silent"]
    done = subprocess.run(command, cwd=site, env={}, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise KBError(
            N_("The search index could not be made: {output}"),
            N_("Try again; if it stays so, install pagefind-bin again."),
            output=(done.stderr or done.stdout).strip(),
        )
    for file in (site / FOLDER).rglob("*"):
        if file.is_file() and file.name not in _KEPT and file.suffix not in _ENDINGS:
            file.unlink()
    _in_order(site / FOLDER / "pagefind-entry.json")
    return sorted(file.relative_to(site).as_posix() for file in (site / FOLDER).rglob("*") if file.is_file())


def _in_order(entry: Path) -> None:
    """Write Pagefind's table of languages in order: it writes them as its hash table has them, each time another."""
    told = json.loads(entry.read_bytes())
    entry.write_text(json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")), "utf-8")
