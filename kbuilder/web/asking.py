"""A question in, existing answers out, and what is counted of it: never the question's words."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from starlette.background import BackgroundTasks

from kbuilder.config import Config
from kbuilder.errors import KBError, Overloaded
from kbuilder.insight.holdout import arm
from kbuilder.records import Suggestion
from kbuilder.store.database import Arm, Event
from kbuilder.text import N_, language_of, surely_language_of, words
from kbuilder.web.service import AUDIENCE, MOST_UNKEPT, Service
from kbuilder.workspace import events

if TYPE_CHECKING:
    from kbuilder.workspace.workspace import Workspace

Reason = Literal["no-words", "nothing-sure", "held-out"]
"""Why there is no suggestion: no word in the question, nothing sure enough, or the asker is held out to compare."""
T = TypeVar("T")
MOST_WAITING = 64
"""Questions that wait for their turn; one more is told to come again."""
A_MOMENT = 3.0
"""Seconds that a connection waits for the database, at most."""
TOLD_EVERY = 10.0
"""Seconds between two counts of how often each answer helped."""
TOLD_RESTS = 50
"""How many times as long as counting took, too: it never takes more than a fiftieth of a core."""
_REMEMBERED = 2_000
"""Page views: those of some minutes, where a worker is asked as much as it takes."""

_LOG = logging.getLogger(__name__)
_LIKELY = (
    (0.95, N_("almost certain")),
    (0.85, N_("very likely")),
    (0.65, N_("likely")),
    (0.0, N_("possible")),
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asks, without a name."""

    page_view: str = ""
    member: str = ""
    signed: bool = False
    """The member by the forum's word."""
    language: str = ""
    product: str = ""
    audience: str = AUDIENCE

    @property
    def id(self) -> str:
        """By which the hold-out is drawn: a member over all visits, else the page view; ``""``: not known."""
        return self.member or self.page_view


@dataclass(frozen=True)
class Answered:
    """What was found for a question."""

    suggestions: tuple[Suggestion, ...]
    """What is to be shown."""
    language: str
    """Of the question."""
    config: Config
    best: Suggestion | None = None
    """What was found, shown or not."""
    arm: Arm = ""
    surely: str = ""
    """The question's language, as far as it is more than a guess; ``""``: it is none."""

    def reason(self, question: str) -> Reason | None:
        """Why there is none."""
        if self.suggestions:
            return None
        if self.arm == "held":
            return "held-out"
        return "nothing-sure" if words(question) else "no-words"


def in_words(probability: float) -> str:
    """How likely something is, as a message of the catalogue.

    >>> in_words(0.97), in_words(0.4)
    ('almost certain', 'possible')
    """
    return next(words for least, words in _LIKELY if probability >= least)


async def ask(service: Service, question: str, asker: Asker = Asker(), *, experiment: bool = True) -> Answered:
    """The suggestions for a question.

    Args:
        asker: its ``language`` is detected where it is not given.
        experiment: the asker may be one of those who are held out, where there are any.

    Raises:
        Overloaded: too many wait, or it took too long.
    """
    if service.work.waiting >= MOST_WAITING:
        raise _overloaded()
    settings, began = (await service.recent()).api, time.perf_counter()
    try:
        found = await asyncio.wait_for(service.do(_ask, service.workspace, question, asker), settings.seconds)
    except TimeoutError:
        service.metrics.questions.labels("late").inc()
        raise _overloaded() from None
    service.metrics.seconds.observe(time.perf_counter() - began)
    answered = _in_experiment(found, asker) if experiment else found
    service.metrics.questions.labels("answered" if answered.suggestions else str(answered.reason(question))).inc()
    return answered


def _overloaded() -> Overloaded:
    return Overloaded(N_("There are too many questions at the moment."), N_("Ask again in a few seconds."))


def _ask(workspace: Workspace, question: str, asker: Asker) -> Answered:
    config = workspace.parts.config()
    spoken = asker.language or language_of(question, config.languages)
    found = tuple(workspace.suggest(question, spoken, asker.audience, asker.product) if words(question) else ())
    surely = asker.language or surely_language_of(question, config.languages)
    return Answered(found, spoken, config, found[0] if found else None, surely=surely)


def _in_experiment(found: Answered, asker: Asker) -> Answered:
    settings = found.config.asking
    if not settings.hold_out:
        return found
    drawn = arm(asker.id, settings.hold_out_share, settings.hold_out_seed)
    return replace(found, arm=drawn, suggestions=() if drawn == "held" else found.suggestions)


async def count(service: Service, answered: Answered, question: str, asker: Asker = Asker()) -> None:
    """Keep that something was asked and what was found: a task for after the response.

    What happens on one page view is one question, however often it is asked while it is being typed: it is kept once
    for each answer that was found meanwhile. Whether it was seen is told by the page. Without a page view each
    request is a question, and its answer was shown.
    """
    happened = _events(service, answered, asker)
    try:
        try:
            await take(service, happened)
        except Overloaded:  # nobody will send it again
            service.lately.unkept.extend(happened)
        if service.events.waiting < MOST_WAITING:  # else the database hangs: words do not pile up in memory
            await shortly(_kept(service, answered, question, asker))
    except Exception:  # the answer is out already, and counting is not worth a lost one
        _LOG.exception("An event could not be stored")


async def _kept(service: Service, answered: Answered, question: str, asker: Asker) -> None:
    try:
        await service.events.do(_keep, service.workspace, answered, question, asker)
    except Exception as error:
        _LOG.warning("A question could not be kept: %s", error)


async def take(service: Service, happened: list[Event], later: BackgroundTasks | None = None) -> None:
    """Keep events: they are on disk when this returns, and then moved on to the database.

    Args:
        later: tasks for after the response, by which they are moved on; without, they are moved at once.

    Raises:
        Overloaded: the disk does not take them, or another process keeps it from that.
    """
    await put_down(service, happened)
    if later is None:
        await move_soon(service)
    else:
        later.add_task(move_soon, service)


async def put_down(service: Service, happened: Sequence[Event] = ()) -> None:
    """Bring events onto the disk, behind those that it did not take before.

    Raises:
        Overloaded: the disk does not take them, or another process keeps it from that.
    """
    lately = service.lately
    before = [lately.unkept.popleft() for _ in range(len(lately.unkept))]
    if not (before or happened):
        return
    try:
        await service.spooling.do(events.add, service.workspace.parts, [*before, *happened])
    except (OSError, KBError) as error:
        lately.unkept = deque((*before, *lately.unkept), MOST_UNKEPT)
        if not lately.full:
            _LOG.error("Events cannot be kept; what was asked waits in memory: %s", error)
        lately.full = True
        raise Overloaded(
            N_("The events could not be kept."), N_("Send them again later; the server's log says what is wrong.")
        ) from error
    lately.full = False
    for each in (*before, *happened):
        service.metrics.events.labels(each.kind).inc()


async def move_soon(service: Service) -> None:
    """Move on what waits on disk, unless that is being done; one who is slow keeps nobody's connection."""
    if not service.events.waiting:
        await shortly(move_on(service))


async def shortly(work: Coroutine[Any, Any, T]) -> T | None:
    """The result of some work that goes on by itself where it takes longer than a moment; ``None``: it does."""
    doing = asyncio.ensure_future(work)
    done, _ = await asyncio.wait((doing,), timeout=A_MOMENT)
    return doing.result() if done else None


async def move_on(service: Service) -> None:
    """Move what waits on disk to the database, if it answers."""
    parts = service.workspace.parts
    try:
        with suppress(Overloaded):  # as `ready` tells
            await put_down(service)
        await service.events.do(events.drain, parts)
        if time.monotonic() >= service.lately.tell_at:
            await _count_helped(service)
    except KBError as error:
        _LOG.warning("Events wait on disk: %s", error)
    except Exception:
        _LOG.exception("Events wait on disk")
    service.metrics.waiting.set(await service.spooling.do(lambda: events.spool(parts).waiting()))


async def _count_helped(service: Service) -> None:
    """Once at a time, and apart from what comes in: of a large archive all that was said takes seconds."""
    service.lately.tell_at, took = inf, 0.0
    try:
        service.lately.helped, took = await service.figures.do(_helped, service.workspace)
    finally:
        service.lately.tell_at = time.monotonic() + max(TOLD_EVERY, TOLD_RESTS * took)


def _helped(workspace: Workspace) -> tuple[dict[str, events.Helped], float]:
    """How often each answer helped, and the seconds of a core that it took to count."""
    began = time.thread_time()
    return events.helped(workspace.parts), time.thread_time() - began


def _events(service: Service, answered: Answered, asker: Asker) -> list[Event]:
    best = answered.best
    first, others = best.target if best else "", [each.target for each in answered.suggestions[1:]]
    if asker.page_view and not _is_news(service.lately.counted, asker.page_view, first, others):
        return []
    asked = Event(
        time=service.workspace.parts.clock(),
        kind="asked",
        target=first,
        page_view=asker.page_view,
        member=asker.member,
        signed=asker.signed,
        language=answered.language,
        product=asker.product,
        audience=asker.audience,
        probability=best.probability if best else None,
        arm=answered.arm,
        evidence=_evidence(service.workspace, best, others) if best else "",
    )
    shown = () if asker.page_view else answered.suggestions
    told = replace(asked, kind="shown", evidence="")
    return [asked, *(replace(told, target=each.target, probability=each.probability) for each in shown)]


def _is_news(counted: OrderedDict[str, set[str]], page_view: str, first: str, others: list[str]) -> bool:
    """Whether it was not counted yet that these were found for a page view; nothing counts before the first find."""
    known = counted.setdefault(page_view, set())
    counted.move_to_end(page_view)
    if len(counted) > _REMEMBERED:
        counted.popitem(last=False)
    found = {first, *(f"{each} besides" for each in others)}
    if found <= known or (known and not first):
        return False
    known |= found
    return True


def _evidence(workspace: Workspace, best: Suggestion, others: list[str]) -> str:
    told = {"model": workspace.reader_id, "figures": best.evidence, "others": others}
    return json.dumps(told, separators=(",", ":"))


def _keep(workspace: Workspace, answered: Answered, question: str, asker: Asker) -> None:
    """Keep an unanswered question where that is wanted; one that is answered, or wordless, is forgotten."""
    events.keep_question(
        workspace.parts,
        "" if answered.best or not words(question) else question,
        page_view=asker.page_view,
        language=answered.language,
        product=asker.product,
        audience=asker.audience,
    )
