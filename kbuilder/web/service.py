"""What the routes share: the knowledge base, who works on it, and the templates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from kbuilder.web.pages import Pages
from kbuilder.web.work import Work

if TYPE_CHECKING:
    from kbuilder.config import Config
    from kbuilder.workspace.workspace import Workspace

P = ParamSpec("P")
T = TypeVar("T")

AUDIENCE = "public"
"""Whose site and answers are shown: without sign-in there is no other."""


@dataclass(frozen=True)
class Service:
    """A knowledge base that is being served."""

    workspace: Workspace
    pages: Pages = field(default_factory=Pages.shipped)
    work: Work = field(default_factory=lambda: Work("workspace"))
    events: Work = field(default_factory=lambda: Work("events"))
    """Apart, so that an import that holds the database keeps no answer waiting."""
    people: Work = field(default_factory=lambda: Work("people"))
    """Apart too: comparing a password takes a fifth of a second, one after the other."""

    async def do(self, function: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """The result of a piece of work on the knowledge base."""
        return await self.work.do(function, *given, **named)

    async def config(self) -> Config:
        """The configuration as last committed."""
        return await self.do(self.workspace.parts.config)

    def close(self) -> None:
        """End the threads."""
        self.work.close()
        self.events.close()
        self.people.close()
