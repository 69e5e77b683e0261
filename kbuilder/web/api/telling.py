"""Records as what ``/api/v1`` says of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kbuilder.config import Config
from kbuilder.insight.holdout import arm
from kbuilder.publish.views import Source
from kbuilder.records import Suggestion
from kbuilder.store.database import Event
from kbuilder.text import utc
from kbuilder.web.api import models
from kbuilder.web.asking import Answered, Asker
from kbuilder.workspace import reading
from kbuilder.workspace.events import Helped
from kbuilder.workspace.flags import plain
from kbuilder.workspace.reading import Reading, Reply
from kbuilder.workspace.solved import Solved

if TYPE_CHECKING:
    from kbuilder.workspace.workspace import Workspace


def told(
    workspace: Workspace,
    answered: Answered,
    question: models.Question,
    asker: Asker,
    base: str,
    helped: Mapping[str, Helped],
) -> models.Suggestions:
    """What is answered to a question.

    Args:
        base: address of the public site where ``kbuilder.toml`` names none.
    """
    parts = workspace.parts
    addresses = reading.addresses(parts, answered.suggestions, asker.audience, base)
    found = [_found(each, addresses[each.target], helped) for each in answered.suggestions]
    read = [answered.surely] if answered.surely else []
    current = reading.notices(parts, asker.audience, read, question.product)
    notices = [models.Notice(**each) for each in current] or None
    if question.purpose == "ask":
        return models.Suggestions(suggestions=found, reason=answered.reason(question.text), notices=notices)
    made = reading.reply(parts, answered.suggestions, asker.audience, answered.language, base, question.max_length)
    if isinstance(made, Reply):
        return models.Suggestions(suggestions=found, reply=_reply(made), notices=notices)
    return models.Suggestions(suggestions=found, reason=answered.reason(question.text) or made, notices=notices)


def article(found: Reading, helped: Mapping[str, Helped]) -> models.Article:
    """An article."""
    each = found.article
    return models.Article(
        id=each.id,
        slug=each.slug,
        language=each.language,
        title=each.title,
        html=found.html,
        url=found.url or None,
        state="validated" if each.state == "validated" else "not-validated",
        product=each.product,
        updated=each.updated,
        verified=each.verified,
        sources=_sources(found.sources),
        helped=_helped(each.id, helped),
    )


def solved(found: Solved, helped: Mapping[str, Helped]) -> models.Solved:
    """A solved thread."""
    each = found.thread
    return models.Solved(
        id=each.id,
        language=each.language,
        title=found.title,
        url=found.url or None,
        product=each.product,
        updated=found.updated,
        answers=[
            models.Answer(html=answer.html, mark=answer.mark, source=_source(answer.source))
            for answer in found.answers
        ],
        helped=_helped(each.id, helped),
    )


def events(told: models.Events, asker: Asker, now: str, config: Config) -> list[Event]:
    """What an asker did, as it is kept."""
    settings = config.asking
    drawn = arm(asker.id, settings.hold_out_share, settings.hold_out_seed) if settings.hold_out else ""
    return [
        Event(
            time=utc(datetime.fromisoformat(now) - timedelta(seconds=each.ago)),
            kind=each.kind,
            target=each.target,
            page_view=asker.page_view,
            member=asker.member,
            signed=asker.signed,
            language=asker.language,
            product=asker.product,
            audience=asker.audience,
            arm=drawn,
            words=plain(each.words) if each.kind == "flagged" else "",
        )
        for each in told.events
    ]


def _found(suggestion: Suggestion, address: str, helped: Mapping[str, Helped]) -> models.Found:
    said = dataclasses.asdict(suggestion)
    slug = suggestion.url.strip("/").rpartition("/")[2] if suggestion.reviewed else None
    return models.Found(
        **{**said, "url": address or None, "slug": slug, "helped": _helped(suggestion.target, helped)}
    )


def _helped(target: str, helped: Mapping[str, Helped]) -> models.Helped | None:
    found = helped.get(target)
    return models.Helped(yes=found.yes, told=found.told) if found else None


def _reply(made: Reply) -> models.Reply:
    return models.Reply(
        text=made.text,
        target=made.article.id,
        title=made.article.title,
        url=made.url,
        language=made.article.language,
        sentences=[models.Cited(text=each.text, sources=_sources(each.sources)) for each in made.sentences],
    )


def _sources(sources: Sequence[Source]) -> list[models.Source]:
    return [_source(each) for each in sources]


def _source(source: Source) -> models.Source:
    return models.Source(**{name: getattr(source, name) for name in models.Source.model_fields})
