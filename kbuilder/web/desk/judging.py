"""Suggestions for the archive's own questions, judged one after the other: ``kbuilder evaluate judge`` at the desk.

Asking the questions again takes minutes, so it is done once, beside all else, for everybody who judges.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kbuilder.errors import KBError, NotFound, told
from kbuilder.records import Thread
from kbuilder.text import N_
from kbuilder.texts import translator
from kbuilder.web.desk import candidate as shown
from kbuilder.web.desk import forms
from kbuilder.web.desk.access import PATH, Visitor, visitor_of
from kbuilder.web.desk.forms import UNPROCESSABLE
from kbuilder.web.desk.pages import go
from kbuilder.web.desk.queue import Room
from kbuilder.web.pages import language_of
from kbuilder.web.service import Service
from kbuilder.workspace import judging, learning
from kbuilder.workspace.judging import Reach, Round
from kbuilder.workspace.learning import Lesson
from kbuilder.workspace.parts import Parts
from kbuilder.workspace.replaying import Replayed

ANSWERS = ("yes", "no", "skip")


class Stopped(Exception):
    """The server is going, and nobody waits for the work any more."""


@dataclass
class Table:
    """What is being judged at this desk."""

    service: Service
    model: str = ""
    """Id of the model that the questions were read with."""
    round: Round | None = None
    judged: set[str] = field(default_factory=set)
    """Questions that somebody answered since it began."""
    skipped: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By person."""
    busy: bool = False
    progress: tuple[int, int] = (0, 0)
    problem: KBError | None = None
    outcome: tuple[Lesson, Reach, Reach] | None = None
    """What was learnt, and what suggestions did before and do now."""

    @property
    def parts(self) -> Parts:
        return self.service.workspace.parts

    def begin(self) -> None:
        """Ask the archive's questions again."""
        self._do(self._ask)

    def learn(self) -> None:
        """Let what was judged count."""
        self._do(self._learn)

    def forget(self) -> None:
        """What another model would have found is nothing to judge."""
        if self.round and self.model != learning.model(self.parts):
            self.round = self.outcome = None

    def left(self, visitor: Visitor) -> list[Replayed]:
        """What this one may see and has not answered."""
        done = self.judged | self.skipped[visitor.person.id]
        cases = self.round.cases if self.round else []
        return [each for each in cases if each.thread.id not in done and _reached(each, visitor)]

    def case(self, question: str, visitor: Visitor) -> Replayed:
        """The case of a question.

        Raises:
            NotFound: none is judged here, for this one.
        """
        cases = self.round.cases if self.round else []
        for each in cases:
            if each.thread.id == question and _reached(each, visitor):
                return each
        raise NotFound(N_("This question is not being judged."), N_("Begin anew."))

    def _do(self, work: Any) -> None:
        if self.busy:
            return
        self.busy, self.progress, self.problem = True, (0, 0), None
        self.service.judging.begin(self._done, work)

    def _done(self, work: Any) -> None:
        """A piece of work with stores of its own, so that nobody at the desk waits for it."""
        own = Parts(self.parts.root, self.parts.clock, self.parts.environ)
        try:
            work(own)
        except KBError as error:
            self.problem = error
        except Stopped:
            pass
        finally:
            own.close()
            self.busy = False

    def _ask(self, own: Parts) -> None:
        found, model = judging.begin(own, progress=self._told), learning.model(own)
        self.judged, self.skipped, self.outcome = set(), defaultdict(set), None
        self.round, self.model = found, model

    def _learn(self, own: Parts) -> None:
        replayed, precision = self.round.replayed if self.round else [], own.config().suggest.precision
        before = judging.reach(replayed, learning.ranker(own, own.head()), precision)
        lesson = learning.learn(own)
        now = judging.reach(replayed, learning.ranker(own, own.head()), precision)
        self.outcome = lesson, before, now

    def _told(self, stage: str, done: int, total: int) -> None:  # noqa: ARG002
        if self.service.judging.closed:
            raise Stopped
        self.progress = done, total


def router(room: Room) -> APIRouter:
    """The routes of judging."""
    desk = APIRouter(prefix=PATH, include_in_schema=False)
    do, may = room.service.do, room.may
    table = Table(room.service)

    @desk.get("/judge", dependencies=may("decide"))
    async def look(request: Request, again: str = "", last: str = "", stop: bool = False) -> Response:
        values = await do(_values, room, table, visitor_of(request), again, stop)
        problem, say = table.problem, translator(language_of(request))
        values["problem"] = told(problem.message, problem.values, say) if problem else ""
        return await room.desk.page(request, "judge.html", table=table, last=last, **values)

    @desk.post("/judge/begin", dependencies=may("decide"))
    async def begin(request: Request) -> Response:
        table.begin()
        return go(request, f"{PATH}/judge")

    @desk.post("/judge", dependencies=may("decide"))
    async def judge(request: Request) -> Response:
        question, answer = await forms.field(request, "question"), await forms.field(request, "answer")
        if answer not in ANSWERS:
            raise HTTPException(UNPROCESSABLE)
        await do(_judge, table, visitor_of(request), question, answer)
        return go(request, f"{PATH}/judge", last=question)

    @desk.post("/judge/learn", dependencies=may("decide"))
    async def learn(request: Request) -> Response:
        if table.round:
            table.learn()
        return go(request, f"{PATH}/judge", stop="yes")

    return desk


def _reached(case: Replayed, visitor: Visitor) -> bool:
    return bool(case.found and visitor.reaches(case.thread) and visitor.reaches(case.found))


def _values(room: Room, table: Table, visitor: Visitor, again: str, stop: bool) -> dict[str, Any]:
    busy = table.busy  # as it is now: it may be done before the page is
    if not busy:
        table.forget()
    left = table.left(visitor)
    wanted = [] if busy or stop else [table.case(again, visitor)] if again else left
    both = ((each, thread) for each in wanted if (thread := _thread(room, each)))
    case, answer = next(both, (None, None))
    found = table.round
    return {
        "config": room.parts.config(),
        "busy": busy,
        "case": case,
        "asked": shown.quoted(case.thread.question.body) if case else "",
        "answer": shown.member(answer, []) if answer else None,
        "judged": found.judged + len(table.judged) if found else 0,
        "count": found.judged + len(found.cases) if found else 0,
        "left": len(left),
        "needed": judging.COUNT,
    }


def _thread(room: Room, case: Replayed) -> Thread | None:
    """The thread that was suggested, if it is still there."""
    return room.parts.database.thread(case.found.id) if case.found else None


def _judge(table: Table, visitor: Visitor, question: str, answer: str) -> None:
    case = table.case(question, visitor)
    if answer == "skip":
        table.skipped[visitor.person.id].add(question)
        return
    judging.keep(table.parts, case, visitor.editor, right=answer == "yes")
    table.judged.add(question)
