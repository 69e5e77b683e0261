"""What the answers saved, as it is told: out of the database's events, with the assumptions beside each figure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kbuilder.config import AskingSettings
from kbuilder.insight import deflection
from kbuilder.insight.deflection import Case, Effect, Row
from kbuilder.publish.knowledge import HELPED, SOLVED
from kbuilder.records import FORMAT, Article
from kbuilder.redact import redact
from kbuilder.store.askers import Askers
from kbuilder.store.git import Tree
from kbuilder.text import N_, fold, products_of
from kbuilder.workspace.events import days_ago, drain, helped, posted
from kbuilder.workspace.facts import AUTHOR
from kbuilder.workspace.parts import Parts

WEEKS = 12
"""Told where nothing else is asked for."""
OTHER = N_("another product")
"""What is neither an article's nor a thread's."""
OTHER_LANGUAGE = N_("another language")
"""What is none of the site's."""
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
    signed: float
    """Share of the questions whose asker the forum vouches for: nobody else can speak for them."""
    aside: dict[str, int]
    """Questions of which it is said that an answer helped, and that do not count, by reason."""
    apart: int
    """Requests of programs that name neither a page view nor a member: what becomes of them nobody knows."""
    effect: Effect | None
    settings: AskingSettings

    @property
    def calls(self) -> float | None:
        """Calls saved by confirmed cases, by the assumption of ``kbuilder.toml``; ``None``: it names none."""
        return self.calls_of(self.total)

    def calls_of(self, row: Row) -> float | None:
        """Likewise of some of the questions."""
        share = self.settings.calls_per_question
        return row.outcomes["confirmed"] * share if share else None

    @property
    def calls_by_effect(self) -> tuple[float, float] | None:
        """Least and most calls saved by what the hold-out says; ``None``: there is none, or no assumption."""
        share, found = self.settings.calls_per_question, self.effect
        return (found.low * found.shown * share, found.high * found.shown * share) if share and found else None


def report(parts: Parts, weeks: int = WEEKS) -> Report:
    """What the answers saved in the last weeks."""
    settings, since = parts.config().asking, days_ago(parts, 7 * weeks)
    events = list(Askers(parts.database).events(since))
    posts = posted(parts, {event.member for event in events if event.member})
    found = deflection.cases(events, settings.window, posts, now=parts.clock())
    articles = {article.id: article for article in parts.decided.articles(parts.head())}
    titles = {target: _title(parts, target, articles) for target in {case.target for case in found}}
    products = _products(parts, {case.product for case in found}, articles.values())
    spoken = {"", *(each.partition("-")[0] for each in parts.config().languages)}
    by = {
        "week": sorted(deflection.rows(found, deflection.week), key=lambda row: row.name),
        "language": deflection.rows(
            found, lambda case: case.language if _primary(case) in spoken else OTHER_LANGUAGE
        ),
        "product": deflection.rows(found, lambda case: products[case.product]),
        "article": deflection.rows([each for each in found if each.target], lambda case: titles[case.target]),
    }
    (total,) = deflection.rows(found, lambda _: "") or [_nothing()]
    share = 1 / len(found) if found else 0.0
    return Report(
        since=since,
        total=total,
        by=by,
        members=sum(bool(case.member) for case in found) * share,
        signed=sum(case.signed for case in found) * share,
        aside=dict(Counter(case.doubt for case in found if case.doubt)),
        apart=sum(each.kind == "asked" and not (each.page_view or each.member) for each in events),
        effect=deflection.effect(found),
        settings=settings,
    )


def _products(parts: Parts, asked: set[str], articles: Iterable[Article]) -> dict[str, str]:
    """By what was sent, the product as articles or threads call it: anybody can send any text."""
    known = _by_fold(name for article in articles for name in products_of(article.product))
    if {fold(each) for each in asked} - known.keys() - {""}:
        known |= _by_fold(name for each in parts.database.products() for name in products_of(each))
    return {each: known.get(fold(each), OTHER) if each else "" for each in asked}


def _primary(case: Case) -> str:
    return case.language.partition("-")[0]


def _by_fold(names: Iterable[str]) -> dict[str, str]:
    return {fold(name): name for name in names}


def _title(parts: Parts, target: str, articles: dict[str, Article]) -> str:
    if target in articles:
        return articles[target].title
    thread = parts.database.thread(target) if target else None
    return redact(thread.title).text if thread else target


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


def _nothing() -> Row:
    return Row("", 0, 0, dict.fromkeys(deflection.OUTCOMES, 0))
