"""A process that imports threads, to be killed. Prints a line once it has begun."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from factories import thread

from kbuilder.records import Thread
from kbuilder.store import database


def threads(count: int) -> Iterator[Thread]:
    """The same dump each time."""
    for number in range(count):
        yield thread(number, title=f"How do I reset number {number}?")


def main(url: str, count: int) -> None:
    database.BATCH = 10
    opened = database.Database.open(url)
    print("begun", flush=True)
    opened.put_threads("forum", list(threads(count)), complete=True)
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
