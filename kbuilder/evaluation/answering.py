"""How well the answer that solved a thread is found where its mark is hidden: choices first, marks after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from kbuilder import importers
from kbuilder.config import Source
from kbuilder.drafting import inferring
from kbuilder.errors import SourceError
from kbuilder.evaluation.judged import rows_of, text_of
from kbuilder.importers.report import Report
from kbuilder.records import Author, Post, Thread
from kbuilder.text import N_, words

Order = Sequence[str]
"""Ids of a thread's answers, the likeliest first."""


def evaluate_answers(source: Path) -> dict[str, float]:
    """Choose the answers of a source, then read which were right.

    Args:
        source: a Stack Exchange dump (folder or ``.7z``), of which the accepted answer is to be found, with votes and
            without; or comments judged good or not: a set in the BEIR layout whose ``corpus.jsonl`` has
            ``answer_labels``, or the XML of SemEval-2015, task 3.

    Returns:
        Figures by name, in [0, 1], and the numbers of threads.

    Raises:
        SourceError: there is no such source, or it is none of these.
    """
    corpus = source / "corpus.jsonl"
    if source.suffix == ".jsonl" or corpus.is_file():
        return _judge_comments(partial(_rows_of_corpus, corpus if corpus.is_file() else source))
    if source.suffix == ".xml":
        return _judge_comments(partial(_rows_of_xml, source))
    return _judge_dump(source)


# Accepted answers


def _judge_dump(path: Path) -> dict[str, float]:
    blind = [inferring.unmarked(thread) for thread in _threads(path)]
    orders = {
        "accuracy, votes kept": _choose(blind),
        "accuracy, votes hidden": _choose([_without_votes(thread) for thread in blind]),
        "most votes": _by(blind, lambda post: -post.score),
        "longest": _by(blind, lambda post: -len(post.body)),
        "first": _by(blind, lambda _: 0),
    }
    sure = _sureness(blind)
    right = {thread.id: post.id for thread in _threads(path) for post in thread.answers if post.accepted}
    several = {thread.id for thread in blind if len(thread.answers) > 1} & right.keys()
    if not several:
        raise SourceError(
            N_("{path} has no thread with two answers or more of which one is accepted."),
            N_("Name a whole dump: a folder with Posts.xml, or its .7z."),
            path=path,
        )
    found = {name: _share([order[each][0] == right[each] for each in several]) for name, order in orders.items()}
    return {
        "threads with answers": float(len(sure)),
        "threads with two answers or more, one accepted": float(len(several)),
        **found,
        "mean probability that the first choice is accepted": _share([value for _, value in sure.values()]),
        "first choice accepted": _share([right.get(each) == post for each, (post, _) in sure.items()]),
        "probability, Brier score": _share(
            [(value - (right.get(each) == post)) ** 2 for each, (post, value) in sure.items()]
        ),
    }


def _threads(path: Path) -> Iterator[Thread]:
    return importers.read(path, Source(name="judged", format="stackexchange"), Report())


def _without_votes(thread: Thread) -> Thread:
    return replace(
        thread,
        question=replace(thread.question, score=0),
        answers=tuple(replace(each, score=0) for each in thread.answers),
        comments=tuple(replace(each, score=0) for each in thread.comments),
    )


def _choose(threads: Sequence[Thread]) -> dict[str, Order]:
    model, seen = inferring.load(), inferring.seen(threads)
    return {each.id: [choice.post.id for choice in inferring.ranked(each, seen, model)] for each in threads}


def _by(threads: Sequence[Thread], key: Callable[[Post], int]) -> dict[str, Order]:
    """By a plain rule; ties go to the older one."""
    return {
        each.id: [post.id for post in sorted(each.answers, key=lambda post: (key(post), post.created, post.id))]
        for each in threads
    }


def _sureness(threads: Sequence[Thread]) -> dict[str, tuple[str, float]]:
    """The first choice of each thread that has answers, and its probability."""
    model, seen = inferring.load(), inferring.seen(threads)
    chosen = {each.id: inferring.ranked(each, seen, model) for each in threads if each.answers}
    return {name: (choices[0].post.id, choices[0].probability) for name, choices in chosen.items()}


# Comments, good or not


Row = dict[str, Any]
Reader = Callable[[bool], Iterator[Row]]
"""Rows of ``id, title, body, comments`` and, when asked for them, ``good``."""


def _judge_comments(read: Reader) -> dict[str, float]:
    model = inferring.load()
    threads = [_conversation(row) for row in read(False)]
    scored = [[model.talk.of(row) for row in inferring.talk_features(thread)] for thread in threads]
    lengths = [[float(len(words(post.body))) for post in thread.answers] for thread in threads]
    good = [row["good"] for row in read(True)]
    if not any(map(any, good)):
        raise SourceError(
            N_("No comment is judged good."), N_("Name a set with labels; see the reference, “evaluate answers”.")
        )
    return {
        "threads": float(len(threads)),
        "threads with a good comment": float(sum(map(any, good))),
        "comments": float(sum(map(len, good))),
        "MAP": _mean_precision(scored, good),
        "first is good": _share([each[_best(row)] for row, each in zip(scored, good, strict=True)]),
        "MAP, chronological": _mean_precision([[-float(n) for n in range(len(each))] for each in good], good),
        "MAP, longest": _mean_precision(lengths, good),
    }


def _conversation(row: Row) -> Thread:
    name = f"judged:{row['id']}"
    posts = tuple(
        Post(id=f"{name}#{number}", body=text, created="", author=_author(who))
        for number, (text, who) in enumerate(row["comments"], 2)
    )
    question = Post(id=f"{name}#1", body=row["body"], created="", author=_author(row["asker"]))
    return Thread(id=name, title=row["title"], question=question, answers=posts, language="en")


def _author(name: str) -> Author | None:
    return Author(id=f"judged:{name}", name=name) if name else None


def _rows_of_corpus(file: Path, labels: bool) -> Iterator[Row]:
    for row in rows_of(file):
        answers, marks = row.get("answers"), row.get("answer_labels")
        if not answers or not isinstance(answers, list) or not isinstance(marks, list) or len(answers) != len(marks):
            continue
        told = {"id": row["_id"], "title": text_of(row, "title"), "body": text_of(row, "text"), "asker": ""}
        comments = [(text if isinstance(text, str) else "", "") for text in answers]
        yield {**told, "comments": comments, **_good(marks, labels)}


def _rows_of_xml(file: Path, labels: bool) -> Iterator[Row]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.parse(file, parser).getroot()
    except (etree.XMLSyntaxError, OSError) as error:
        raise SourceError(
            N_("{file} is not XML: {error}"), N_("Name the file as it was published."), file=file, error=error
        ) from None
    for question in root.iter("Question"):
        comments = question.findall("Comment")
        if comments:
            yield {
                "id": question.get("QID", ""),
                "title": question.findtext("QSubject") or "",
                "body": question.findtext("QBody") or "",
                "asker": question.get("QUSERID", ""),
                "comments": [(each.findtext("CBody") or "", each.get("CUSERID", "")) for each in comments],
                **_good([each.get("CGOLD", "") for each in comments], labels),
            }


def _good(labels: Sequence[str], wanted: bool) -> Row:
    return {"good": [label == "Good" for label in labels]} if wanted else {}


def _best(scores: Sequence[float]) -> int:
    return max(range(len(scores)), key=lambda each: (scores[each], -each))


def _mean_precision(scores: Sequence[Sequence[float]], good: Sequence[Sequence[bool]]) -> float:
    """MAP; a thread without a good comment counts 0."""
    return _share([_precision(*case) for case in zip(scores, good, strict=True)])


def _precision(scores: Sequence[float], good: Sequence[bool]) -> float:
    order = sorted(range(len(scores)), key=lambda each: (-scores[each], each))
    places = [place for place, each in enumerate(order, 1) if good[each]]
    return sum(number / place for number, place in enumerate(places, 1)) / max(1, len(places))


def _share(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
