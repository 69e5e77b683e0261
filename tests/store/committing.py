"""A process that commits in a loop, to be killed. Prints each commit once it is acknowledged."""

from __future__ import annotations

import sys
from pathlib import Path

from kbuilder.store import git

WHEN = "2026-11-23T20:15:00Z"


def main(root: Path, first: int, pack_after: int) -> None:
    git.PACK_AFTER = pack_after
    repository = git.Repository(root)
    repository.repair()
    head = repository.head()
    for number in range(first, first + 100_000):
        # the same article again and again, a new decision each time, an old one removed now and then
        changes = {
            "articles/en/re/reset.md": f"version {number}\n".encode(),
            f"articles/en/{number % 7}a/a{number}.md": b"new\n" * 50,
            f"decisions/{number % 10}0/{number}.json": str(number).encode(),
        }
        if number % 3 == 0:
            changes[f"decisions/{(number - 1) % 10}0/{number - 1}.json"] = None
        head = repository.commit(head, changes, f"Verdict {number}", "Ada", WHEN)
        print(number, head.id, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
