"""What there is to write on: a candidate's draft, an article, what a thread gives, or a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kbuilder.errors import NotFound, Said
from kbuilder.markup import without_references
from kbuilder.publish import attribution
from kbuilder.records import Article, Citation, Draft, Refusal
from kbuilder.review import verdicts
from kbuilder.text import N_, short_id
from kbuilder.texts import translator
from kbuilder.web.desk.access import Visitor
from kbuilder.web.desk.queue import Room
from kbuilder.workspace import nominating, translating, writing
from kbuilder.workspace.asked import article_about, unknown

SKELETONS = {
    "question": N_("What is asked, in a sentence.\n\nThe answer."),
    "how-to": N_("What this is for, in a sentence.\n\n1. First step.\n2. Second step."),
    "fix": N_("What goes wrong, in a sentence.\n\n1. What to do about it."),
    "reference": N_("What this lists.\n\n- One thing\n- Another"),
}
"""What a new article of each kind begins with."""
KINDS = {
    "question": N_("Question and answer"),
    "how-to": N_("How-to"),
    "fix": N_("Fix"),
    "reference": N_("Reference"),
}


LIKELIEST = N_(
    "This draft follows the answer that is likeliest right: none is marked, or the marked one says too little. "
    "If another is right, nominate that answer by its address."
)


@dataclass(frozen=True)
class Text:
    """What there is to write on."""

    target: str
    base: str
    """Digest of what it begins from; ``""``: nothing."""
    title: str
    body: str
    language: str
    sources: Mapping[str, Citation]
    action: str
    """Where it is saved."""
    back: str
    new: bool = False
    audience: str = "public"
    original: Article | None = None
    """What it is a translation of."""
    lineage: str = ""
    """Of an article, the candidate that it was: what was written on that goes on here."""
    awaits: bool = False
    """Whether what the visitor writes on it awaits publication."""
    note: str = ""
    """What is to be known of it before: a message id of the catalogue."""
    thread: str = ""
    """Where the thread is that a nominated text is made of."""

    @property
    def kept_as(self) -> tuple[str, ...]:
        """Under which unsaved work on it may be kept."""
        return (self.target, self.lineage) if self.lineage else (self.target,)


def text_of_candidate(room: Room, lineage: str, visitor: Visitor) -> Text:
    """A candidate's draft.

    Raises:
        NotFound: there is none.
    """
    found = room.case(lineage, visitor)
    if not isinstance(found.draft, Draft):
        raise NotFound(N_("There is no draft: {reason}"), found.draft.hint, reason=Said(found.draft.reason))
    draft, page = found.draft, f"/desk/candidates/{lineage}"
    return Text(
        lineage,
        draft.digest,
        draft.title,
        draft.body,
        draft.language,
        draft.sources,
        f"{page}/edit",
        page,
        audience=draft.audience,
    )


def text_of_article(room: Room, name: str, visitor: Visitor) -> Text:
    """An article that the visitor may see."""
    article = article_for(room, name, visitor)
    page = f"/desk/articles/{article.id}"
    original = translating.original(article, translating.by_id(room.workspace.articles()))
    return Text(
        article.id,
        article.digest,
        article.title,
        article.body,
        article.language,
        article.sources,
        f"{page}/edit",
        page,
        audience=article.audience,
        original=original if original and visitor.reaches(original) else None,
        lineage=article.lineage,
        awaits=room.awaits(article, visitor),
    )


def article_for(room: Room, name: str, visitor: Visitor) -> Article:
    """An article by id or slug.

    Raises:
        NotFound: there is none of this name for the visitor.
    """
    article = writing.find(room.parts, name)
    if not visitor.reaches(article):
        raise NotFound(N_("There is no article “{name}”."), N_("Name it by its id or its slug."), name=name)
    return article


def text_of_thread(room: Room, thread: str, post: str, visitor: Visitor) -> Text:
    """What a thread gives for an article that somebody nominates.

    Raises:
        NotFound: there is no such thread for the visitor, or it gives nothing.
    """
    found = room.parts.database.thread(thread)
    candidate, made = nominating.draft(room.parts, thread, post)
    if found is None or not visitor.reaches(replace(found, language=candidate.language)):
        raise NotFound(N_("There is no thread {name}."), N_("Name it by its address."), name=thread)
    if isinstance(made, Refusal):
        raise NotFound(N_("This thread gives no draft: {reason}"), made.hint, reason=Said(made.reason))
    target = f"new-{short_id(f'{thread} {post}')}"
    return Text(
        target,
        "",
        made.title,
        made.body,
        made.language,
        made.sources,
        "/desk/articles",
        "/desk",
        new=True,
        audience=made.audience,
        note=LIKELIEST if made.inferred else "",
        thread=attribution.web_address(found.url),
    )


def text_of_translation(room: Room, name: str, language: str, visitor: Visitor) -> Text:
    """An article to be told in another language: its own text, to be written over.

    Raises:
        Conflict: it is retired.
    """
    original = article_for(room, name, visitor)
    verdicts.in_use(original)
    return Text(
        f"new-{short_id(f'{original.id} {language}')}",
        "",
        original.title,
        without_references(original.body),
        language,
        {},
        "/desk/articles",
        f"/desk/articles/{original.id}",
        new=True,
        audience=original.audience,
        original=original,
    )


def text_of_asked(room: Room, name: str, visitor: Visitor) -> tuple[Text, dict[str, str]]:
    """What an article begins with that askers had wanted to find, and what is said about it beside its text.

    Raises:
        NotFound: nobody asks it any more, or not that the visitor may see.
    """
    found = room.workspace.asked_of(name)
    if found is None or not visitor.reaches(found):
        raise unknown(name)
    made = article_about(room.parts, found, found.title, "")
    text = replace(new_text(made.kind, made.language), target=f"new-{found.id}", title=made.title)
    said = {name: getattr(made, name) for name in ("kind", "language", "audience", "product")}
    return replace(text, back=f"/desk/asked/{found.id}"), {**said, "asked": found.id, "wording": found.title}


def new_text(kind: str, language: str) -> Text:
    """What an article of a kind begins with."""
    say = translator(language)
    body = say(SKELETONS[kind])
    return Text("new", "", "", body, language, {}, "/desk/articles", "/desk/articles", new=True)
