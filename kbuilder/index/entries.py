"""What is indexed of an article or a solved thread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kbuilder.markup import plain
from kbuilder.records import Article, Thread, is_question
from kbuilder.redact import redact
from kbuilder.text import squeeze

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
    cited = {citation.post.partition("#")[0] for citation in article.sources.values()}
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
        covers=tuple(sorted({*cited, *members} - {""})),
    )


def _asked_and_answered(article: Article) -> tuple[list[str], list[str]]:
    """The sections that rest on questions alone, and the others."""
    asked: list[str] = []
    answered: list[str] = []
    for section in _sections(article.body):
        posts = [article.sources[key].post for key in _REFERENCE.findall(section) if key in article.sources]
        (asked if posts and all(map(is_question, posts)) else answered).append(section)
    return (asked, answered) if answered else ([], asked)


def _bare(markdown: str) -> str:
    return redact(plain(_REFERENCE.sub("", markdown))).text.strip()


def _texts(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in parts if text))


def _sections(markdown: str) -> list[str]:
    """The Markdown between its headings: these answer nothing, and would be shown as if they did."""
    return _HEADING.split(markdown)
