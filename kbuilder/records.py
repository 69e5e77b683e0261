"""The records that pass between rooms: frozen, plain, and the same in memory, in files and in the database.

Times are UTC text (``2026-11-23T20:15:00Z``): they sort as text and serialise as themselves. Ids are text:
a thread is ``source:thread``, a post ``source:thread#post``. An empty string means "not known".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT = 1
"""The version of every record's written form. A file of a newer one is an error, of an older one is upgraded."""

R = TypeVar("R")
_STRICT = {"extra": "forbid"}

Style = Literal["question", "discussion", "announcement"]
Status = Literal["open", "closed"]
State = Literal["draft", "not-validated", "validated", "archived"]
Kind = Literal["question", "how-to", "fix", "reference"]
Verdict = Literal["approve", "edit", "reject", "merge", "split", "pin", "must-link", "cannot-link", "expire", "undo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote a post: only what attribution needs."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    id: str
    """``source:user``, or ``""`` where the platform gives a name alone."""
    name: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A question, an answer or a comment, its body in Markdown."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    id: str
    body: str
    created: str
    author: Author | None = None
    """``None``: the account is deleted."""
    edited: str = ""
    score: int = 0
    accepted: bool = False
    verified: bool = False
    staff: bool = False
    licence: str = ""
    url: str = ""
    reply_to: str = ""
    """The post that a comment stands under."""

    @property
    def digest(self) -> str:
        """What a citation rests on: changes when the words change, not when votes do."""
        return digest(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A question with its answers, or a discussion, from any platform."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    id: str
    title: str
    question: Post
    answers: tuple[Post, ...] = ()
    comments: tuple[Post, ...] = ()
    url: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""
    product: str = ""
    audience: str = "public"
    language: str = ""
    """BCP 47, lower case; ``""``: not known, to be detected."""
    style: Style = "question"
    status: Status = "open"
    views: int = 0
    duplicate_of: tuple[str, ...] = ()
    """Ids of the threads that the platform's people named as the same question."""

    @property
    def source(self) -> str:
        return self.id.partition(":")[0]

    @property
    def solutions(self) -> tuple[Post, ...]:
        """The answers marked as right, accepted before verified."""
        accepted = tuple(post for post in self.answers if post.accepted)
        return accepted + tuple(post for post in self.answers if post.verified and not post.accepted)

    @property
    def solved(self) -> bool:
        return bool(self.solutions)

    @property
    def solved_question(self) -> bool:
        """A question that is solved: what may become an article, and answer an asker."""
        return self.solved and self.style == "question"

    @property
    def posts(self) -> Iterator[Post]:
        """Question, answers, comments."""
        yield self.question
        yield from self.answers
        yield from self.comments

    @property
    def digest(self) -> str:
        return digest(dumps(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How much a problem is wanted. ``score`` orders the queue; the formula is ``candidates.demand``'s."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    threads: int
    askers: int
    views: int
    recent: int
    """Threads of the last 365 days before the newest thread of the corpus."""
    before: int = 0
    """Threads of the 365 days before those: what ``recent`` has grown from."""
    unanswered: int = 0
    """Threads in which nobody marked an answer."""
    contacts: int = 0
    """Messages to the support that ask it; of these nothing but their number is known outside the database."""
    last: str
    """When somebody asked last, in a thread or of the support."""
    score: float

    @property
    def growth(self) -> int:
        """How many more asked in the last year than in the one before; negative where fewer did."""
        return self.recent - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A message to the support, without personal data: counted where a candidate answers it, and never shown."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    id: str
    """A digest: of the name and the ticket's number, else of what the row says."""
    name: str
    """Of the export that it came with."""
    date: str
    text: str
    """Its beginning, as much as is compared."""
    product: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """Where a candidate would be cut if it were two problems, and what is hardly in it."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    members: tuple[str, ...]
    """Of the smaller side, sorted."""
    doubtful: bool
    """Whether the sides are less alike than duplicates in forums mostly are."""
    strays: tuple[tuple[str, str], ...] = ()
    """Members that are less like the others than duplicates mostly are, while these are like each other; each with
    the one that it is most like, by which it came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Threads that ask one problem, and so may become one article."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    lineage: str
    members: tuple[str, ...]
    """Thread ids, sorted: those that an answer is known for, or, of a gap, those that have none."""
    asking: tuple[str, ...] = ()
    """Threads that ask the same and have no answer, sorted."""
    representative: str
    language: str
    cohesion: float
    """Mean similarity of the members' pairs, in [0, 1]; 1 for a single thread."""
    demand: Demand
    phrasings: tuple[str, ...]
    """Members' titles without repetitions, the representative's first."""
    translations: tuple[str, ...] = ()
    """Candidates of other languages, sorted, of which an editor said that they are the same problem."""
    parting: Parting | None = None
    """``None``: one thread, or threads of which editors said that they belong together."""
    near: tuple[tuple[str, float], ...] = ()
    """The candidates most like it, the nearest first, each with its likeness; at 1 they would have been one."""
    pinned: dict[str, str] = field(default_factory=dict)
    """By thread that an editor put here, who did: it stays with those that it was put to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A row of the ledger: which threads an id stood for last. Ids are never given again."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    id: str
    members: tuple[str, ...]
    alive: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to a lineage between two builds."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    kind: Literal["born", "grown", "shrunk", "split", "merged", "died"]
    lineage: str
    others: tuple[str, ...] = ()
    """Split: the ids that came out of it. Merged: the id that it went into."""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The place that a sentence comes from: characters ``start:end`` of a post's Markdown."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    post: str
    start: int
    end: int
    digest: str
    """Of the whole post's body when it was cited (``Post.digest``)."""
    author: str = ""
    author_url: str = ""
    url: str = ""
    licence: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an editor is shown: Markdown in which each sentence ends in a reference ``[^p1]`` to its source."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    lineage: str
    title: str
    language: str
    body: str
    sources: dict[str, Citation]
    audience: str = "public"
    kind: Kind = "question"
    tags: tuple[str, ...] = ()
    product: str = ""
    phrasings: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """Sentences for the editor, as message ids of the catalogue."""
    marks: dict[str, str] = field(default_factory=dict)
    """By source key, what the editor should look at in that sentence, as a message id."""
    inferred: float = 0.0
    """That the answer is right, where nobody marked one; 0: it is marked."""
    differ: bool = False
    """Its answers hold for different versions, products or times, or contradict each other."""

    @property
    def digest(self) -> str:
        return digest(dumps(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A sentence of another thread's answer that an article does not say."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    thread: str
    post: str
    text: str
    """Without personal data."""
    against: str = ""
    """The sentence of the article that it contradicts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a candidate has no draft, as message ids of the catalogue: what is wrong and what would help."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    lineage: str
    reason: str
    hint: str
    audience: str = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One verdict of one editor. One small file each, replayed on every build."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    id: str
    verdict: Verdict
    editor: str
    time: str
    lineage: str = ""
    members: tuple[str, ...] = ()
    """Thread ids, sorted: they find the lineage again even if the ledger is lost."""
    draft: str = ""
    """Digest of the draft that was judged."""
    article: str = ""
    reason: str = ""
    undoes: str = ""
    """Id of the decision that an ``undo`` takes back."""
    nth: int = 0
    """Which verdict of its second it is, from 0."""
    settles: tuple[str, ...] = ()
    """Digests of the proposals on the article that it answers, or handles of the questions: not made again."""
    phrasings: tuple[str, ...] = ()
    """What askers found no answer to, in the editor's words."""
    merged: tuple[str, ...] = ()
    """The thread that stands for each candidate which goes into another, or into the article, or that is pinned;
    ``""``: erased."""
    format: int = FORMAT

    @property
    def joins(self) -> bool:
        """Whether its threads are one problem from now on."""
        return self.verdict in ("merge", "must-link") or bool(self.merged)

    @property
    def groups(self) -> bool:
        """Whether it says which threads belong together."""
        return self.joins or self.verdict in ("split", "cannot-link")

    @property
    def order(self) -> tuple[str, int, str]:
        """What decisions are sorted by, the oldest first."""
        return self.time, self.nth, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A Markdown file with front matter: the published truth."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    id: str
    slug: str
    title: str
    language: str
    body: str
    created: str
    updated: str
    sources: dict[str, Citation] = field(default_factory=dict)
    audience: str = "public"
    state: State = "validated"
    kind: Kind = "question"
    verified: str = ""
    valid_until: str = ""
    tags: tuple[str, ...] = ()
    product: str = ""
    phrasings: tuple[str, ...] = ()
    redirects: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    translations: dict[str, str] = field(default_factory=dict)
    """Language to article id."""
    lineage: str = ""
    format: int = FORMAT

    @property
    def digest(self) -> str:
        return digest(dumps(self))

    @property
    def cited(self) -> set[str]:
        """Ids of the threads that it cites."""
        return {citation.post.partition("#")[0] for citation in self.sources.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An existing answer for a question that is being asked."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    target: str
    """Article id or thread id."""
    reviewed: bool
    """A reviewed article, else a solved thread."""
    title: str
    url: str
    sentence: str
    """The best sentence of the answer, redacted."""
    probability: float
    """That it answers the question, in [0, 1], calibrated."""
    language: str
    updated: str
    why: tuple[str, ...] = ()
    """What matched: words and names of the legs."""
    evidence: dict[str, float] = field(default_factory=dict)
    """What the probability was made of: features by name, none of which tells a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that a check found."""

    place: str
    """``file``, or ``file:line``."""
    message: str
    """A message id of the catalogue with ``{name}`` fields."""
    hint: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


class Progress(Protocol):
    """Told how far a long piece of work is, so that whoever watches can show it."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """``stage`` is a message id of the catalogue; ``total`` is 0 where it is not known."""


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def is_question(post: str) -> bool:
    """Whether a post's id is that of its thread's question, as importers name it.

    >>> is_question("beer:12#12"), is_question("forum:7#1"), is_question("beer:12#40")
    (True, True, False)
    """
    thread, _, number = post.partition(":")[2].partition("#")
    return number in ("", "1", "q", thread)


def digest(content: str | bytes) -> str:
    """SHA-256 in hexadecimal, of text as UTF-8."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def dumps(record: object) -> bytes:
    """A record as JSON on one line, keys sorted: equal records give equal bytes."""
    import json

    kind: Any = type(record)
    plain = _adapter(kind).dump_python(record, mode="json")
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def loads(kind: type[R], data: str | bytes) -> R:
    """The record that :func:`dumps` wrote. Fields that ``kind`` does not have are refused.

    Raises:
        pydantic.ValidationError: the data is no such record; each fault says where.
    """
    any_kind: Any = kind
    record: R = _adapter(any_kind).validate_json(data)
    return record


def schema(kind: type[Any]) -> dict[str, Any]:
    """The JSON Schema of a record."""
    any_kind: Any = kind
    return _adapter(any_kind).json_schema()


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
