"""What the answers saved, as it is told: out of the database's events, with the assumptions beside each figure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from kbuilder.config import AskingSettings
from kbuilder.insight import deflection
from kbuilder.insight.deflection import Case, Effect, Row
from kbuilder.publish.knowledge import HELPED, SOLVED
from kbuilder.records import FORMAT, Article
from kbuilder.store.askers import Askers
from kbuilder.store.git import Tree
from kbuilder.workspace.events import days_ago, drain, helped
from kbuilder.workspace.facts import AUTHOR
from kbuilder.workspace.parts import Parts

WEEKS = 12
"""Told where nothing else is asked for."""
FEWEST = 5
"""Readers who said whether an article helped: of fewer nothing is published."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the answers saved in a span of time."""

    since: str
    total: Row
    by: dict[str, list[Row]]
    """``week``, ``language``, ``product``, ``article``: the rows of each, the most asked first, weeks by time."""
    members: float
    """Share of the questions whose asker is known by a pseudonym: only theirs are followed beyond the page view."""
    effect: Effect | None
    settings: AskingSettings

    @property
    def calls(self) -> float | None:
        """Calls saved by confirmed cases, by the assumption of ``kbuilder.toml``; ``None``: it names none."""
        share = self.settings.calls_per_question
        return self.total.outcomes["confirmed"] * share if share else None

    @property
    def calls_by_effect(self) -> tuple[float, float] | None:
        """Least and most calls saved by what the hold-out says; ``None``: there is none, or no assumption."""
        share, found = self.settings.calls_per_question, self.effect
        return (found.low * found.shown * share, found.high * found.shown * share) if share and found else None


def report(parts: Parts, weeks: int = WEEKS) -> Report:
    """What the answers saved in the last weeks."""
    settings, since = parts.config().asking, days_ago(parts, 7 * weeks)
    events = list(Askers(parts.database).events(since))
    further = posted(parts, since) if any(event.member for event in events) else ()
    found = deflection.cases(events, settings.window, further)
    articles = {article.id: article for article in parts.decided.articles(parts.head())}
    by = {
        "week": sorted(deflection.rows(found, deflection.week), key=lambda row: row.name),
        "language": deflection.rows(found, lambda case: case.language),
        "product": deflection.rows(found, lambda case: case.product),
        "article": deflection.rows([each for each in found if each.target], lambda case: _named(case, articles)),
    }
    (total,) = deflection.rows(found, lambda _: "") or [_nothing()]
    known = sum(bool(case.member) for case in found) / len(found) if found else 0.0
    return Report(since, total, by, known, deflection.effect(found), settings)


def commit_figures(parts: Parts) -> list[str]:
    """Commit the figures that the site shows of questions and readers; the files that changed.

    They are how many public questions were solved by month, and how many each article helped, of those who said so.
    """
    drain(parts)
    tree = parts.head()
    told = {SOLVED: _solved(parts), HELPED: _helped(parts, tree)}
    changes = {path: data for path, data in told.items() if tree.read(path) != data}
    parts.repository.commit(tree, changes, "Questions solved, and whom answers helped", AUTHOR, parts.clock())
    return sorted(changes)


def _helped(parts: Parts, tree: Tree) -> bytes:
    articles = {article.id for article in parts.decided.articles(tree)}
    told = [
        {"id": target, "yes": said.yes, "told": said.told}
        for target, said in helped(parts).items()
        if target in articles and said.told >= FEWEST
    ]
    return _json({"format": FORMAT, "articles": told})


def _json(told: dict[str, object]) -> bytes:
    return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _solved(parts: Parts) -> bytes:
    months = Counter(
        min(post.created for post in thread.solutions)[:7]
        for thread in parts.database.threads()
        if thread.solved and thread.audience == "public"
    )
    return _json(
        {"format": FORMAT, "months": [{"month": month, "solved": months[month]} for month in sorted(months)]}
    )


def posted(parts: Parts, since: str) -> Iterator[tuple[str, str]]:
    """Questions of the forum since a time: the author, as the host would name the member, and when."""
    for thread in parts.database.threads():
        author = thread.question.author
        if author and author.id and thread.question.created >= since:
            yield author.id.partition(":")[2], thread.question.created


def _named(case: Case, articles: dict[str, Article]) -> str:
    return articles[case.target].title if case.target in articles else case.target


def _nothing() -> Row:
    return Row("", 0, 0, dict.fromkeys(deflection.OUTCOMES, 0))
