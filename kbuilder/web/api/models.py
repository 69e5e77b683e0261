"""What goes in and out of ``/api/v1``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from kbuilder.workspace.reading import NoReply
from kbuilder.workspace.tokens import LONGEST_MEMBER, MEMBER, PSEUDONYM

MAX_TITLE = 300
MAX_BODY = 20_000
MAX_EVENTS = 50
MAX_WORDS = 300
LONGEST_AGO = 3600
"""Seconds: what could not be told for an hour is not told."""
SHORTEST_REPLY, LONGEST_REPLY, USUAL_REPLY = 80, 5_000, 500

_GIVEN = ConfigDict(extra="forbid")
Language = Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3}(-[a-z0-9]{2,8})*)?$", max_length=35)]
"""Without what no database keeps: one event that cannot be stored would hold up all behind it."""
Target = Annotated[str, StringConstraints(pattern=r"^[!-~]{0,200}$")]
Pseudonym = Annotated[str, StringConstraints(pattern=f"^({PSEUDONYM})?$")]
Member = Annotated[str, StringConstraints(pattern=f"^({MEMBER})?$", max_length=LONGEST_MEMBER)]
"""Likewise, and no telephone number: these begin with a nought."""

Told = Literal["shown", "opened", "helped", "not_helped", "posted", "abandoned", "flagged"]
"""What a page tells of. That something was asked it does not tell: whoever asks is counted."""
Reason = Literal["no-words", "nothing-sure", "held-out", "no-article", "no-room"]
"""Why there is no suggestion."""
REASONS: tuple[NoReply, ...] = ("nothing-sure", "no-article", "no-room")


def _number(given: object) -> object:
    """A number of JSON, for which neither its text nor a yes or no stands."""
    if isinstance(given, str | bool):
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return given


def _as_sent(longest: int) -> BeforeValidator:
    """White space at a text's ends is cut off, but counts as it is sent: so the schema says, and so clients count."""

    def counted(given: object) -> object:
        if isinstance(given, str) and len(given) > longest:
            message = "String should have at most {max_length} characters"
            raise PydanticCustomError("string_too_long", message, {"max_length": longest})
        return given

    return BeforeValidator(counted)


Product = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\x00]*$"), _as_sent(100)
]


class Who(BaseModel):
    """Whoever asks, without a name."""

    model_config = _GIVEN

    page_view: Pseudonym = Field(
        "", description="A random id of the page view: what belongs together is counted once."
    )
    member: Member = Field(
        "", description="A pseudonym that the host passes. No mail address is taken, and no telephone number."
    )
    language: Language = Field("", description="BCP 47, lower case; detected where it is empty.")
    product: Product = Field("", description="What is about another product is not shown.")


class Question(Who):
    """A question as it is being asked."""

    title: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE), _as_sent(MAX_TITLE)
    ]
    body: Annotated[str, StringConstraints(max_length=MAX_BODY)] = ""
    purpose: Literal["ask", "reply"] = Field(
        "ask", description="`reply`: a short text to send to somebody, out of an article, besides the suggestions."
    )
    max_length: Annotated[int, BeforeValidator(_number)] = Field(
        USUAL_REPLY,
        ge=SHORTEST_REPLY,
        le=LONGEST_REPLY,
        description="Characters of a reply, its link included.",
    )

    count: bool = Field(
        True, strict=True, description="`false`: nothing is kept of it, not even that something was asked."
    )

    @property
    def text(self) -> str:
        """Title and body as one."""
        return f"{self.title}\n{self.body}".strip()


class Helped(BaseModel):
    """What askers said of an answer, as far as it can be believed."""

    yes: int
    told: int = Field(description="How many said whether it helped.")


class Found(BaseModel):
    """An existing answer."""

    target: str = Field(description="The article's or thread's id.")
    reviewed: bool = Field(description="A reviewed article, else a solved thread.")
    slug: str | None = Field(None, description="Of an article, to read it by.")
    title: str
    url: str | None = Field(
        None, description="Where it can be read: an article once the published site has it, a thread in its forum."
    )
    sentence: str = Field(description="The best sentence of the answer, without personal data.")
    probability: float = Field(ge=0, le=1, description="That it answers the question, calibrated.")
    language: str
    updated: str
    why: list[str] = Field(description="What matched.")
    helped: Helped | None = Field(None, description="Absent where nobody has said so far.")


class Source(BaseModel):
    """A post that a text rests on: what its licence asks to be said."""

    number: int
    url: str
    author: str
    author_url: str
    site: str
    site_url: str
    licence: str
    licence_url: str
    date: str


class Cited(BaseModel):
    """A sentence and the posts that it rests on."""

    text: str
    sources: list[Source]


class Reply(BaseModel):
    """A short answer to send to somebody."""

    text: str = Field(description="Its sentences and, on a line of its own, the article's address.")
    target: str
    title: str
    url: str
    language: str
    sentences: list[Cited]


class Notice(BaseModel):
    """A current problem."""

    title: str
    text: str
    url: str
    since: str


class Suggestions(BaseModel):
    """The answers that exist, the likeliest first."""

    suggestions: list[Found]
    reason: Reason | None = Field(None, description="Why there are none, or no reply.")
    reply: Reply | None = Field(None, description="For `purpose: reply`.")
    notices: list[Notice] | None = Field(None, description="Current problems, to be shown first.")


class Article(BaseModel):
    """An article as its readers see it."""

    id: str
    slug: str
    language: str
    title: str
    html: str = Field(description="Safe: without scripts, styles and pictures of other hosts.")
    url: str | None = Field(None, description="Where it is published.")
    state: Literal["validated", "not-validated"] = Field(description="`not-validated`: a source changed since.")
    product: str
    updated: str
    verified: str
    sources: list[Source]
    helped: Helped | None = None


class Answer(BaseModel):
    """An answer of the forum that is marked as right."""

    html: str = Field(description="Safe: without scripts, styles and pictures of other hosts, without personal data.")
    mark: Literal["accepted", "verified"] = Field(description="By whoever asked, or by the forum's people.")
    source: Source


class Solved(BaseModel):
    """A solved thread: its answers that are marked as right, the accepted one first."""

    id: str
    language: str
    title: str
    url: str | None = Field(None, description="Where it stands in its forum.")
    product: str
    updated: str
    answers: Annotated[list[Answer], Field(min_length=1)]
    helped: Helped | None = None


class Happened(BaseModel):
    """Something that an asker did."""

    model_config = _GIVEN

    kind: Told
    target: Target = Field("", description="The article's or thread's id.")
    words: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_WORDS), _as_sent(MAX_WORDS)] = (
        Field("", description="Of `flagged` alone: what is wrong; kept without personal data, for the editors.")
    )
    ago: Annotated[int, BeforeValidator(_number)] = Field(
        0, ge=0, le=LONGEST_AGO, description="Seconds since it happened, where it could not be told at once."
    )


class Events(Who):
    """What an asker did, in order."""

    events: Annotated[list[Happened], Field(min_length=1, max_length=MAX_EVENTS)]


class Taken(BaseModel):
    """Events are kept."""

    taken: int


class Health(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Questions can be answered."""

    status: Literal["ready"] = "ready"
    generation: str = Field(description="The build whose index answers.")
    waiting: int = Field(description="Events on disk that are not in the database yet.")
    note: str | None = Field(None, description="What it does without: the model, an index, the database.")
