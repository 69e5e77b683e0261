"""Which answer solved a thread, where nobody marked one: from votes, thanks, age and words, with a probability.

The parameters stand in ``models/answers.json``. Three linear scores, by what there is to go by: votes; no votes; and
threads in which people talk, where most posts are no answers at all.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from kbuilder import chatter, resources
from kbuilder.errors import ModelError
from kbuilder.records import FORMAT, Post, Thread
from kbuilder.text import N_, fold, sentences, words

FILE = "models/answers.json"

Features = dict[str, float]

_EACH = ("length", "wait", "late", "overlap", "asks", "thanked", "praised", "doubted", "back", "own", "listed")
VOTED = ("ratio", "margin", "record", *_EACH)
"""Features of an answer where there are votes: those of the votes, and how its author's other answers did."""
PLAIN = ("agreed", *_EACH)
"""Features without votes: also how much it shares with another answer."""
TALK = (
    "words",
    "question",
    "questions",
    "thanks",
    "first person",
    "chat",
    "smile",
    "advice",
    "overlap",
    "asker",
    "place",
)
"""Features of a post that may be no answer."""
SURE = ("share", "votes", "thanked", "doubted", "length")
"""What the chosen answer's probability rests on."""

_DAY = 86_400
_BACK = 14 * _DAY
"""An asker who comes back within so many seconds can have accepted an answer."""
_LATE = 30 * _DAY
_BELIEF, _USUAL = 3, 0.4
"""Few answers cannot tell how good somebody's are: what is usual weighs as much as so many."""
_STEM, _SHORT = 6, 3
_MOST_WORDS = 100

_THANKS = re.compile(
    r"\b(?:thanks?|thank you|thx|danke\w*|merci|accept\w*|perfect|perfekt|geholfen|geklappt"
    r"|that (?:works|worked|helps|helped|did it|solved))\b",
    re.IGNORECASE,
)
_DOUBTS = re.compile(
    r"\b(?:but|however|doesn['’]?t|didn['’]?t|not|still|unfortunately|aber|leider|nicht|immer noch)\b", re.IGNORECASE
)
_GRATEFUL = re.compile(
    _THANKS.pattern
    + r"|\b(?:cheers|great answer|exactly|awesome|brilliant|excellent|super|klasse|funktioniert|makes sense"
    r"|good (?:answer|point)|very helpful|appreciate)\b",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|i['’]m|ich|mir|mich|mein\w*)\b", re.IGNORECASE)
_ADVICE = re.compile(
    r"\b(?:try|use|check|go|visit|call|contact|get|ask|look|see|make|you (?:can|should|need|have to|must|may|could|will)"
    r"|can be|there (?:is|are)|versuch\w*|nimm|probier\w*|kannst|sollte\w*|musst|können|müssen|gibt es|geh\w*|schau\w*)\b",
    re.IGNORECASE,
)
_SMILE = re.compile(r"[:;]-?[)(DP]|\b(?:lol|haha\w*|hehe\w*|rofl|lmao)\b|!!|\.{4,}", re.IGNORECASE)
_LISTED = re.compile(r"^\s*(?:[-*]|\d+[.)])\s", re.MULTILINE)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Score(_Table):
    """A sum of weighted features."""

    weights: dict[str, float]
    intercept: float = 0.0

    def of(self, features: Features) -> float:
        return self.intercept + sum(weight * features[name] for name, weight in sorted(self.weights.items()))


class Model(_Table):
    """How answers are ordered, and how sure one can be of the first."""

    format: int = FORMAT
    voted: Score
    plain: Score
    talk: Score
    sure: Score

    @model_validator(mode="after")
    def _features_are_known(self) -> Self:
        known = {"voted": VOTED, "plain": PLAIN, "talk": TALK, "sure": SURE}
        for name, features in known.items():
            if {*getattr(self, name).weights} != {*features}:
                raise ValueError(f"{name}: a weight for each of {', '.join(features)}")
        return self


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer, and what speaks for it."""

    post: Post
    share: float
    """That it is the right one, if one of the thread's is."""
    probability: float
    """That its asker would accept it: of the first choice; else 0."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """The answer that is held for the solution of a thread in which nobody marked one."""

    post: str
    """Its id."""
    probability: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What all threads tell of the people in them."""

    times: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """When somebody wrote something: seconds, sorted."""
    records: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """How somebody's answers did, by thread: 1 for the one that was marked, or that readers liked best, else 0."""


def load(tree: resources.Tree | None = None) -> Model:
    """The parameters of the knowledge base, else ours.

    Raises:
        ModelError: ``models/answers.json`` holds something else.
    """
    try:
        return Model.model_validate_json(resources.read(FILE, tree))
    except ValidationError as error:
        raise ModelError(
            N_("{file} does not hold the parameters that choose answers: {error}"),
            N_("Remove the knowledge base's own {file}, so that the shipped one counts."),
            file=FILE,
            error="; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()),
        ) from None


def unmarked(thread: Thread) -> Thread:
    """The thread as if nobody had marked an answer."""
    return replace(thread, answers=tuple(replace(each, accepted=False, verified=False) for each in thread.answers))


def seen(threads: Iterable[Thread]) -> Seen:
    """What some threads tell of the people in them."""
    times: dict[str, list[float]] = {}
    records: dict[str, dict[str, float]] = {}
    for thread in threads:
        for post in thread.posts:
            if who := _who(post):
                times.setdefault(who, []).append(_seconds(post.created))
        for post, fared in _fared(thread):
            if who := _who(post):
                records.setdefault(who, {})[thread.id] = fared
    return Seen({who: sorted(found) for who, found in times.items()}, records)


def _fared(thread: Thread) -> list[tuple[Post, float]]:
    """Which of several answers was the right one, by marks, else by votes; nothing where neither tells."""
    best = max((post.score for post in thread.answers), default=0)
    right = thread.solutions or tuple(post for post in thread.answers if post.score == best)
    if len(thread.answers) < 2 or len(right) == len(thread.answers):
        return []
    return [(post, float(post in right)) for post in thread.answers]


def ranked(thread: Thread, seen: Seen, model: Model) -> list[Choice]:
    """A thread's answers, the likeliest solution first. Marks are not looked at."""
    if not thread.answers:
        return []
    score, rows = _scored(thread, seen, model)
    utilities = [score.of(row) for row in rows]
    top = max(utilities)
    shares = [math.exp(each - top) for each in utilities]
    total = sum(shares)
    order = sorted(range(len(rows)), key=lambda each: (-utilities[each], each))
    first = order[0]
    sure = sigmoid(model.sure.of(sureness(thread, seen, first, shares[first] / total)))
    return [Choice(thread.answers[each], shares[each] / total, sure if each == first else 0.0) for each in order]


def inferred(threads: Iterable[Thread], least: float, model: Model) -> dict[str, Inferred]:
    """The solutions of questions that have none marked, by thread, where they are at least so probable.

    Args:
        threads: all there are: when an asker came back is told by the others.
        least: the smallest probability, in [0, 1].
        model: from :func:`load`.
    """
    threads = list(threads)
    times = seen(threads)
    found = {}
    for thread in threads:
        if thread.style == "question" and thread.answers and not thread.solved:
            best = ranked(thread, times, model)[0]
            if best.probability >= least:
                found[thread.id] = Inferred(best.post.id, round(best.probability, 3))
    return found


def held(thread: Thread, chosen: Inferred | None) -> Thread:
    """The thread with its inferred answer as if somebody had verified it; the thread itself where there is none."""
    if chosen is None:
        return thread
    return replace(
        thread,
        answers=tuple(replace(post, verified=post.verified or post.id == chosen.post) for post in thread.answers),
    )


def _scored(thread: Thread, seen: Seen, model: Model) -> tuple[Score, list[Features]]:
    if any(post.score for post in thread.answers):
        return model.voted, features(thread, seen)
    if is_talk(thread):
        return model.talk, talk_features(thread)
    return model.plain, features(thread, seen)


def is_talk(thread: Thread) -> bool:
    """Whether a thread's answers are all that was said in it, one after the other, rather than answers alone."""
    names = [who for post in thread.answers if (who := _who(post))]
    return not thread.comments and (len({*names}) < len(names) or _who(thread.question) in names)


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, value))))


# Features


def sureness(thread: Thread, seen: Seen, chosen: int, share: float) -> Features:
    """What the probability of a chosen answer rests on (:data:`SURE`)."""
    row = features(thread, seen)[chosen]
    votes = thread.answers[chosen].score
    return {
        "share": math.log(max(share, 1e-6)),
        "votes": math.copysign(math.log1p(abs(votes)), votes),
        "thanked": row["thanked"],
        "doubted": row["doubted"],
        "length": row["length"],
    }


def features(thread: Thread, seen: Seen) -> list[Features]:
    """Those of each answer (:data:`VOTED` and :data:`PLAIN`)."""
    asker, asked = _who(thread.question), _stems(f"{thread.title} {thread.question.body}")
    begun = _seconds(thread.question.created)
    times = seen.times.get(asker, ())
    replies = _replies(thread)
    scores = [post.score for post in thread.answers]
    answered = [_stems(post.body) for post in thread.answers]
    rows = []
    for number, post in enumerate(thread.answers):
        best_other = max([*scores[:number], *scores[number + 1 :]], default=0)
        said, created = answered[number], _seconds(post.created)
        others_said = [*answered[:number], *answered[number + 1 :]]
        fared = [value for name, value in seen.records.get(_who(post), {}).items() if name != thread.id]
        mine = [each for each in replies.get(post.id, ()) if asker and _who(each) == asker]
        others = [each for each in replies.get(post.id, ()) if each not in mine]
        returned = bisect_right(times, created + _BACK) - bisect_right(times, created)
        rows.append(
            {
                "ratio": math.log1p(max(post.score, 0)) - math.log1p(max(*scores, 0)),
                "margin": (post.score - best_other) / math.sqrt(abs(post.score) + abs(best_other) + 1),
                "length": math.log1p(len(words(post.body))),
                "wait": math.log1p(max(0.0, created - begun) / 3600),
                "late": float(created - begun > _LATE),
                "overlap": _overlap(said, asked),
                "agreed": max((_overlap(said, each) for each in others_said), default=0.0),
                "asks": float(post.body.rstrip().endswith("?")),
                "thanked": float(bool(mine) and bool(_THANKS.search(mine[-1].body))),
                "praised": float(any(_THANKS.search(each.body) for each in others)),
                "doubted": float(any(_DOUBTS.search(each.body) for each in mine)),
                "back": float(returned > 0),
                "own": float(bool(asker) and _who(post) == asker),
                "listed": float(bool(_LISTED.search(post.body))),
                "record": (sum(fared) + _BELIEF * _USUAL) / (len(fared) + _BELIEF),
            }
        )
    return rows


def talk_features(thread: Thread) -> list[Features]:
    """Those of each post of a conversation (:data:`TALK`)."""
    asker, asked = _who(thread.question), _stems(f"{thread.title} {thread.question.body}")
    rows = []
    for number, post in enumerate(thread.answers):
        row = said_features(post.body, asked, thread.language)
        rows.append({**row, "asker": float(bool(asker) and _who(post) == asker), "place": math.log1p(number)})
    return rows


def said_features(body: str, asked: set[str], language: str) -> Features:
    """What a post's words tell of whether it answers."""
    count = len(words(body))
    said = [body[start:end] for start, end in sentences(body, language)] if count else []
    asking = sum(each.rstrip().endswith("?") for each in said)
    return {
        "words": math.log1p(min(count, _MOST_WORDS)),
        "question": float("?" in body),
        "questions": asking / max(1, len(said)),
        "thanks": float(bool(_GRATEFUL.search(body))),
        "first person": len(_FIRST_PERSON.findall(body)) / (count + 5),
        "chat": sum(map(chatter.is_chat, said)) / max(1, len(said)),
        "smile": float(bool(_SMILE.search(body))),
        "advice": float(bool(_ADVICE.search(body))),
        "overlap": _overlap(_stems(body), asked),
    }


def _replies(thread: Thread) -> dict[str, list[Post]]:
    """Comments by the answer that they stand under; in a conversation, what the asker says next."""
    found: dict[str, list[Post]] = {}
    for post in thread.comments:
        found.setdefault(post.reply_to, []).append(post)
    asker, before = _who(thread.question), ""
    for post in thread.answers:
        if asker and _who(post) == asker and before:
            found.setdefault(post.reply_to or before, []).append(post)
        else:
            before = post.id
    return found


def _who(post: Post) -> str:
    return (post.author.id or post.author.name) if post.author else ""


def _seconds(time: str) -> float:
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return 0.0


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in words(fold(text)) if len(word) > _SHORT or word.isdigit()}


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / math.sqrt(len(one) * len(other) + 1)
