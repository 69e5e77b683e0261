"""What is indexed of an article or a solved thread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kbuilder.markup import plain
from kbuilder.records import Article, Thread, is_question
from kbuilder.redact import redact
from kbuilder.text import fold, squeeze
from kbuilder.texts import HEADINGS, translator

_REFERENCE = re.compile(r"\[\^([^\]\s]+)\]")
_HEADING = re.compile(r"^#{1,6}\s.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An existing answer, as plain text."""

    id: str
    title: str
    body: str = ""
    """The question in the asker's words; empty where the title says all."""
    answers: tuple[str, ...] = ()
    """Each one that is marked as right; an article's sections."""
    phrasings: tuple[str, ...] = ()
    """Other titles for the same question."""
    language: str = ""
    url: str = ""
    updated: str = ""
    reviewed: bool = False
    """An article, else a solved thread."""
    audience: str = "public"
    product: str = ""
    """That it is about; empty: no certain one."""
    covers: tuple[str, ...] = ()
    """Ids of the threads that an article was made from: it is shown in their place."""


def of_thread(thread: Thread) -> Entry:
    """A solved thread: its question and each of its solutions, without personal data."""
    dates = (post.edited or post.created for post in (thread.question, *thread.solutions))
    return Entry(
        id=thread.id,
        title=redact(thread.title).text,
        body=_bare(thread.question.body),
        answers=_texts(_bare(post.body) for post in thread.solutions),
        language=thread.language,
        url=thread.url,
        updated=max(dates),
        audience=thread.audience,
        product=thread.product,
    )


def of_article(article: Article, members: Sequence[str] = ()) -> Entry:
    """An article: title, phrasings, and its sections without references.

    Args:
        members: ids of threads that ask the same, beside those that it cites.
    """
    asked, answered = _asked_and_answered(article)
    return Entry(
        id=article.id,
        title=article.title,
        body="\n".join(_texts(map(_bare, asked))),
        answers=_texts(map(_bare, answered)),
        phrasings=tuple(dict.fromkeys(squeeze(phrasing) for phrasing in article.phrasings)),
        language=article.language,
        url=f"{article.language}/{article.slug}/",
        updated=article.verified or article.updated,
        reviewed=True,
        audience=article.audience,
        product=article.product,
        covers=tuple(sorted({*article.cited, *members} - {""})),
    )


def _asked_and_answered(article: Article) -> tuple[list[str], list[str]]:
    """The sections that rest on questions alone, or stand below a problem's heading on nothing; and the others."""
    asked: list[str] = []
    answered: list[str] = []
    say = translator(article.language)
    problems = {fold(name) for problem, _ in HEADINGS.values() for name in (problem, say(problem))}
    for heading, section in _sections(article.body):
        posts = [article.sources[key].post for key in _REFERENCE.findall(section) if key in article.sources]
        is_asked = all(map(is_question, posts)) if posts else fold(heading) in problems
        (asked if is_asked else answered).append(section)
    return (asked, answered) if any(map(_bare, answered)) else ([], asked + answered)


def _bare(markdown: str) -> str:
    """What is said; what a picture is described by would be shown as an answer's best sentence."""
    return redact(plain(_REFERENCE.sub("", markdown), pictures=False)).text.strip()


def _texts(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in parts if text))


def _sections(markdown: str) -> Iterator[tuple[str, str]]:
    """The Markdown between its headings, each with the one above: these answer nothing, and would be shown as if."""
    begins = [(0, 0), *((found.start(), found.end()) for found in _HEADING.finditer(markdown)), (len(markdown),) * 2]
    for (start, end), (until, _) in pairwise(begins):
        yield squeeze(plain(markdown[start:end])), markdown[end:until]
