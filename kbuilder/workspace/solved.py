"""A solved thread as its readers see it: the answers marked as right, with whose they are and under which licence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Literal

from kbuilder import markup
from kbuilder.config import Config
from kbuilder.errors import NotFound
from kbuilder.publish import attribution
from kbuilder.publish.body import Frame, page_body
from kbuilder.publish.views import Source
from kbuilder.records import Post, Thread
from kbuilder.redact import gives_away, redact
from kbuilder.store.database import Database
from kbuilder.text import N_, squeeze
from kbuilder.texts import translator

LONGEST = 40_000
"""Characters of an answer that are shown: forums end their posts before."""
_SENTENCE = re.compile(r"[.!?…](?=\s)|[。！？]")
Mark = Literal["accepted", "verified"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is marked as right."""

    html: str
    """Safe, and without personal data."""
    mark: Mark
    """By whoever asked, or by the forum's people."""
    source: Source


@dataclass(frozen=True, slots=True)
class Solved:
    """A thread with all its answers that are marked as right."""

    thread: Thread
    title: str
    """Without personal data."""
    url: str
    """Where it stands in its forum; ``""``: that is not known."""
    updated: str
    answers: tuple[Answer, ...]


def read(database: Database, config: Config, name: str, audience: str, *, below: int = 1, names: str = "") -> Solved:
    """A solved thread by its id.

    Args:
        audience: who reads.
        below: level of the heading that the answers stand below.
        names: what stands before every anchor, where several texts share a page.

    Raises:
        NotFound: these readers have none, or it is not solved.
    """
    thread = database.thread(name)
    if thread is None or not thread.solved_question or thread.audience not in config.audience[audience].sees:
        raise NotFound(N_("There is no solved thread “{name}”."), N_("Name it by its id."), name=name)
    say = translator(thread.language)
    answers = []
    for number, post in enumerate(thread.solutions, 1):
        anchors = f"{names}answer-{number}-"
        frame = Frame(_link, lambda _: None, {}, say, below=below, names=anchors)
        source = attribution.of_post(post, thread.url, number, config)
        answers.append(Answer(_html(post, frame), "accepted" if post.accepted else "verified", source))
    return Solved(
        thread,
        squeeze(redact(thread.title).text),
        attribution.web_address(thread.url),
        max(post.edited or post.created for post in (thread.question, *thread.solutions)),
        tuple(answers),
    )


def _link(address: str) -> str | None:
    return None if gives_away(address) else attribution.web_address(address) or None


def _html(post: Post, frame: Frame) -> str:
    """A post for readers. Where markup runs through personal data its words are shown without any."""
    text = _cut(redact(post.body[: 2 * LONGEST]).text)  # what is cut in two is not known as personal data any more
    hidden = redact(markup.plain(text))
    if hidden.found:
        return "".join(f"<p>{escape(line)}</p>" for line in hidden.text.splitlines())
    return page_body(markup.to_html(text), frame).html


def _cut(text: str) -> str:
    """A text of at most :data:`LONGEST` characters and the sign that it goes on.

    It ends with a line, else with a sentence, else with a word, where one of these ends in the second half.
    """
    if len(text) <= LONGEST:
        return text
    kept = text[:LONGEST]
    sentence = max((match.end() for match in _SENTENCE.finditer(kept)), default=0)
    ends = (kept.rfind("\n"), sentence, kept.rfind(" "))
    return kept[: next((end for end in ends if end > LONGEST // 2), LONGEST)] + "\n\n…"
