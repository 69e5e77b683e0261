"""What there is to do about articles that stand: each reason once, until an editor has answered it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from kbuilder.records import Addition, Article, Candidate, Decision, digest, is_question
from kbuilder.review.sources import Stale
from kbuilder.review.standing import standing
from kbuilder.store.database import Event
from kbuilder.text import N_

Kind = Literal["outdated", "contradiction", "flagged", "verify", "update", "split", "merge"]
ORDER: tuple[Kind, ...] = ("outdated", "contradiction", "flagged", "verify", "merge", "split", "update")
"""The most urgent first: what readers are told wrongly before what they are not told."""

SOURCES = N_("its sources have changed (posts changed: {changed}, gone: {gone})")
ACCEPTED = N_("another answer is accepted now (threads: {threads})")
AGAINST = N_("newer accepted answers contradict it (threads: {threads})")
ADDED = N_("asked again, with something new in the answers (threads: {threads}, sentences: {sentences})")
PARTED = N_("it rests on answers to problems that are apart now (threads elsewhere: {threads})")
FLAGGED = N_("readers who say so: {readers}")
DUE = N_("holds until {day}: is it still right?")
PAST = N_("held until {day}: is it still right?")
TWICE = N_("another article answers the same: {title}")

_HALF = 0.5
_LOOKED_AT = ("approve", "edit", "reject", "expire")
"""Verdicts whose editors saw what the threads say; what was merged into an article is news for it."""
_SHOWN = ("validated", "not-validated")
_HEARD = "flagged until "
"""Before the time of the newest flag that a decision has answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an article waits for an editor."""

    kind: Kind
    message: str
    """A message id of the catalogue with ``{name}`` fields."""
    values: dict[str, int | str] = field(default_factory=dict)
    threads: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    article: str = ""
    """Id of the other article."""
    until: str = ""
    """When the newest of the flags came that it rests on."""

    @property
    def digest(self) -> str:
        """By which a decision settles it: of all that it rests on; of flags, those that had come by then."""
        if self.kind == "flagged":
            return _HEARD + self.until
        return digest("\n".join((self.kind, self.article, *self.threads, "", *self.posts)))[:16]


@dataclass(frozen=True)
class Homes:
    """Which candidate each article answers now, and which holds each thread."""

    of: dict[str, Candidate]
    """By article id."""
    holders: dict[str, str]
    """Thread to lineage."""

    @classmethod
    def find(cls, articles: Sequence[Article], candidates: Sequence[Candidate]) -> Homes:
        """An article belongs to the candidate of its lineage, else to the one with most of the threads it cites."""
        lineages = {each.lineage: each for each in candidates}
        holders = {thread: each.lineage for each in candidates for thread in each.members}
        found = {}
        for article in articles:
            home = lineages.get(article.lineage) or _with_most(_answered(article), lineages, holders)
            if home:
                found[article.id] = home
        return cls(found, holders)


def _with_most(
    threads: Collection[str], lineages: Mapping[str, Candidate], holders: Mapping[str, str]
) -> Candidate | None:
    held = [holders[thread] for thread in threads if thread in holders]
    best = min(set(held), key=lambda each: (-held.count(each), each), default="")
    return lineages[best] if held.count(best) > _HALF * len(threads) else None


def fresh(
    articles: Sequence[Article], candidates: Sequence[Candidate], decisions: Sequence[Decision]
) -> dict[str, tuple[str, ...]]:
    """By article, the threads that have come to its problem since an editor last decided on it."""
    homes = Homes.find(articles, candidates)
    known: dict[str, set[str]] = defaultdict(set)
    for decision in standing(decisions):
        if decision.verdict in _LOOKED_AT:
            for name in {decision.article, decision.lineage} - {""}:
                known[name] |= {*decision.members}
    decided: dict[str, set[str]] = defaultdict(set)
    for article in articles:  # what another article on the same problem is made of is no news: they are to be merged
        home = homes.of.get(article.id)
        own = known[article.id] | (known[article.lineage] if article.lineage else set()) | article.cited
        decided[home.lineage if home else ""] |= own
    found = {}
    for article in _shown(articles):
        home = homes.of.get(article.id)
        before = decided[home.lineage] if home else set()
        new = tuple(each for each in home.members if each not in before) if home and before else ()
        if new:
            found[article.id] = new
    return found


def of_articles(
    articles: Sequence[Article],
    candidates: Sequence[Candidate],
    decisions: Sequence[Decision],
    stale: Mapping[str, Stale],
    news: Mapping[str, Sequence[Addition]],
    solutions: Mapping[str, Collection[str]],
) -> dict[str, list[Reason]]:
    """What waits on each article, by id, the most urgent first; articles with nothing are left out.

    Args:
        articles: all there are.
        candidates: those of the last build.
        decisions: all there are; what they settle is not told again.
        stale: articles whose sources have changed, by id.
        news: by article, what its new threads (:func:`fresh`) add.
        solutions: by thread, the posts that are marked as right.
    """
    held = standing(decisions)
    settled = {name for each in held for name in each.settles}
    taken: dict[str, set[str]] = defaultdict(set)
    for each in held:
        if each.joins and each.article:  # the next build brings them together
            taken[each.article] |= {*each.members}
    homes = Homes.find(articles, candidates)
    together: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        if article.id in homes.of:
            together[homes.of[article.id].lineage].append(article)
    found: dict[str, list[Reason]] = {}
    for article in articles:
        every = [*_outdated(article, stale.get(article.id), solutions)]
        if article.state in _SHOWN:
            every += _news(news.get(article.id, ()))
            every += [*_split(article, homes, taken[article.id]), *_twice(article, together, homes)]
        left = [reason for reason in every if reason.digest not in settled or reason.message == SOURCES]
        if left:
            found[article.id] = sorted(left, key=lambda each: ORDER.index(each.kind))
    return found


def dated(articles: Sequence[Article], now: str, soon: str, zone: ZoneInfo) -> dict[str, Reason]:
    """Articles that are to be looked at again, by id: the day until which they hold is near, or past.

    Args:
        now: the time.
        soon: the time until which a day is near.
        zone: whose days are told.
    """
    return {
        each.id: Reason(
            kind="verify",
            message=PAST if each.valid_until <= now else DUE,
            values={"day": datetime.fromisoformat(each.valid_until).astimezone(zone).date().isoformat()},
        )
        for each in _shown(articles)
        if "" < each.valid_until <= soon
    }


def unanswered(article: Article, flags: Sequence[Event], decisions: Sequence[Decision]) -> list[Event]:
    """What readers told of an article since a verdict last answered such flags: of each the last, the oldest first.

    Args:
        flags: on the article.
        decisions: all there are.
    """
    if article.state not in _SHOWN or not flags:
        return []
    answered = (name for each in standing(decisions) if each.article == article.id for name in each.settles)
    heard = max((name.removeprefix(_HEARD) for name in answered if name.startswith(_HEARD)), default="")
    new = sorted((each for each in flags if each.time > heard), key=lambda each: each.time)
    return sorted({each.member or each.page_view: each for each in new}.values(), key=lambda each: each.time)


def flagged(flags: Sequence[Event]) -> Reason:
    """What :func:`unanswered` flags are to an editor."""
    return Reason(kind="flagged", message=FLAGGED, values={"readers": len(flags)}, until=flags[-1].time)


def _answered(article: Article) -> set[str]:
    """The threads of which it cites an answer; where it cites none, those whose question it cites."""
    posts = {source.post for source in article.sources.values()}
    answers = {post for post in posts if not is_question(post)}
    return {post.partition("#")[0] for post in answers or posts}


def _shown(articles: Sequence[Article]) -> Iterator[Article]:
    return (each for each in articles if each.state in _SHOWN)


def _outdated(article: Article, stale: Stale | None, solutions: Mapping[str, Collection[str]]) -> Iterator[Reason]:
    """Its sources have changed or are gone, or another answer was accepted in their stead."""
    if stale:
        values: dict[str, int | str] = {"changed": len(stale.changed), "gone": len(stale.gone)}
        yield Reason(kind="outdated", message=SOURCES, values=values, posts=stale.posts)
    answers: dict[str, set[str]] = defaultdict(set)
    for source in article.sources.values():
        if not is_question(source.post):
            answers[source.post.partition("#")[0]].add(source.post)
    past = sorted(name for name, posts in answers.items() if solutions.get(name) and not posts & {*solutions[name]})
    if past:
        posts = tuple(sorted(post for name in past for post in solutions[name]))
        yield Reason(
            kind="outdated", message=ACCEPTED, values={"threads": len(past)}, threads=tuple(past), posts=posts
        )


def _news(news: Sequence[Addition]) -> Iterator[Reason]:
    """What further threads say against it, and what they add."""
    against, more = [each for each in news if each.against], [each for each in news if not each.against]
    if against:
        threads = _threads(against)
        yield Reason(
            kind="contradiction",
            message=AGAINST,
            values={"threads": len(threads)},
            threads=threads,
            posts=tuple(sorted({each.post for each in against})),
        )
    if more:
        threads = _threads(more)
        yield Reason(
            kind="update",
            message=ADDED,
            values={"threads": len(threads), "sentences": len(more)},
            threads=threads,
            posts=tuple(sorted({each.post for each in more})),
        )


def _threads(news: Sequence[Addition]) -> tuple[str, ...]:
    return tuple(sorted({each.thread for each in news}))


def _split(article: Article, homes: Homes, taken: Collection[str]) -> Iterator[Reason]:
    """It cites answers of threads that are in different candidates now, and that no editor merged into it."""
    home = homes.of.get(article.id)
    if home is None:
        return
    answered = sorted(_answered(article) - {*taken})
    apart = [each for each in answered if homes.holders.get(each, home.lineage) != home.lineage]
    if apart and any(homes.holders.get(each) == home.lineage for each in _answered(article)):
        yield Reason(kind="split", message=PARTED, values={"threads": len(apart)}, threads=tuple(apart))


def _twice(article: Article, together: Mapping[str, Sequence[Article]], homes: Homes) -> Iterator[Reason]:
    """An older article answers the same candidate, in the same language and for the same readers.

    Args:
        together: the articles that answer each candidate, by its lineage.
    """
    home = homes.of.get(article.id)
    if home is None:
        return
    for other in together[home.lineage]:
        same = other.id != article.id and other.state in _SHOWN
        alike = (other.language, other.audience) == (article.language, article.audience)
        if same and alike and (other.created, other.id) < (article.created, article.id):
            yield Reason(kind="merge", message=TWICE, values={"title": other.title}, article=other.id)
            return
