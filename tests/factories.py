"""Threads for tests: short to write, complete, and the same each time."""

from __future__ import annotations

from kbuilder.records import Author, Post, Thread

WHEN = "2024-01-01T00:00:00Z"
LICENCE = "CC BY-SA 4.0"


def author(name: str = "ada", source: str = "forum") -> Author:
    return Author(id=f"{source}:{name}", name=name, url=f"https://forum.example/u/{name}")


def post(thread: str, number: int, body: str, **fields: object) -> Post:
    """Post ``number`` of a thread; ``fields`` are those of :class:`Post`."""
    given: dict[str, object] = {
        "author": author(f"member{number}"),
        "created": WHEN,
        "licence": LICENCE,
        "url": f"https://forum.example/t/{thread.partition(':')[2]}/{number}",
    }
    return Post(id=f"{thread}#{number}", body=body, **{**given, **fields})  # type: ignore[arg-type]


def thread(
    key: str | int = 1,
    title: str = "How do I reset it?",
    body: str = "It does not start any more. What can I do?",
    answers: tuple[str, ...] = ("Hold the reset button for ten seconds. Then wait until the light is white.",),
    accepted: int | None = 0,
    **fields: object,
) -> Thread:
    """A solved question of source ``forum``; ``accepted`` is the index of the accepted answer, or ``None``."""
    name = f"forum:{key}"
    given: dict[str, object] = {"url": f"https://forum.example/t/{key}", "language": "en"}
    return Thread(
        id=name,
        title=title,
        question=post(name, 1, body),
        answers=tuple(post(name, n + 2, text, accepted=n == accepted) for n, text in enumerate(answers)),
        **{**given, **fields},  # type: ignore[arg-type]
    )
