"""A question in, existing answers out, and what is counted of it: never the question's words."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kbuilder.config import Config
from kbuilder.records import Suggestion
from kbuilder.store.database import Event
from kbuilder.text import N_, language_of, words
from kbuilder.web.service import AUDIENCE, Service

if TYPE_CHECKING:
    from kbuilder.workspace.workspace import Workspace

Reason = Literal["no-words", "nothing-sure"]
"""Why there is no suggestion: the question holds no word, or nothing is sure enough to answer it."""

_LOG = logging.getLogger(__name__)
_LIKELY = (
    (0.95, N_("almost certain")),
    (0.85, N_("very likely")),
    (0.65, N_("likely")),
    (0.0, N_("possible")),
)


@dataclass(frozen=True)
class Answered:
    """What was found for a question."""

    suggestions: tuple[Suggestion, ...]
    language: str
    """Of the question."""
    config: Config

    def reason(self, question: str) -> Reason | None:
        """Why there is none."""
        if self.suggestions:
            return None
        return "nothing-sure" if words(question) else "no-words"


def in_words(probability: float) -> str:
    """How likely something is, as a message of the catalogue.

    >>> in_words(0.97), in_words(0.4)
    ('almost certain', 'possible')
    """
    return next(words for least, words in _LIKELY if probability >= least)


async def ask(service: Service, question: str, language: str = "") -> Answered:
    """The suggestions for a question.

    Args:
        language: the asker's (BCP 47); detected where it is not given.
    """
    return await service.do(_ask, service.workspace, question, language)


def _ask(workspace: Workspace, question: str, language: str) -> Answered:
    config = workspace.parts.config()
    spoken = language or language_of(question, config.languages)
    found = workspace.suggest(question, spoken) if words(question) else []
    return Answered(tuple(found), spoken, config)


async def count(service: Service, answered: Answered) -> None:
    """Keep that something was asked and what was shown: a task for after the response."""
    try:
        await service.events.do(_count, service.workspace, answered.suggestions, answered.language)
    except Exception:  # the answer is out already, and counting is not worth a lost one
        _LOG.exception("An event could not be stored")


def _count(workspace: Workspace, shown: Sequence[Suggestion], language: str) -> None:
    now = workspace.parts.clock()
    asked = Event(time=now, kind="asked", language=language, audience=AUDIENCE)
    seen = (
        Event(
            time=now,
            kind="shown",
            target=each.target,
            language=each.language,
            audience=AUDIENCE,
            probability=each.probability,
        )
        for each in shown
    )
    workspace.parts.database.record_events([asked, *seen])
