"""The queue as one editor sees it: filtered, with what is whose, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from kbuilder.text import N_, fold, products_of
from kbuilder.web.desk.access import Visitor
from kbuilder.web.desk.alike import Similar, Titles, similar
from kbuilder.workspace import flags

if TYPE_CHECKING:
    from kbuilder.records import Article, Candidate
    from kbuilder.review.queue import Item
    from kbuilder.store.people import Deferred, Person
    from kbuilder.workspace.workspace import Workspace

KINDS = {
    "create": N_("New article"),
    "gap": N_("Answer wanted"),
    "asked": N_("Asked in vain"),
    "contradiction": N_("Answers differ"),
    "update": N_("Something to add"),
    "merge": N_("Two articles for one problem"),
    "split": N_("One article for two problems"),
    "flagged": N_("Readers say: out of date"),
    "verify": N_("To be looked at again"),
    "outdated": N_("Out of date"),
}
"""What is proposed (:data:`kbuilder.review.queue.Kind`), as it is called."""
WHO = ("mine", "free")
VIEWS = "views"
"""The setting that holds the views which somebody keeps."""


@dataclass(frozen=True, slots=True)
class View:
    """What an editor wants to see of the queue; its words travel in addresses as ``of``."""

    words: str = ""
    language: str = ""
    product: str = ""
    kind: str = ""
    who: str = ""
    """``mine``, ``free``, or everyone's."""
    later: bool = False
    """What was put off, instead of what waits."""

    @classmethod
    def read(cls, query: str) -> View:
        """A view as :meth:`written`; what is not known is left out.

        >>> View.read("language=de&who=mine&x=1").written()
        'language=de&who=mine'
        """
        given = dict(parse_qsl(query[:1000]))
        view = cls(words=given.get("words", "").strip()[:100], later=given.get("later") == "yes")
        view = replace(view, language=given.get("language", "")[:20], product=given.get("product", "")[:100])
        kind, who = given.get("kind", ""), given.get("who", "")
        return replace(view, kind=kind if kind in KINDS else "", who=who if who in WHO else "")

    def written(self) -> str:
        """The view as a query without what is not asked for."""
        values = {name: getattr(self, name) for name in ("words", "language", "product", "kind", "who")}
        return urlencode(
            {name: value for name, value in values.items() if value} | ({"later": "yes"} if self.later else {})
        )


@dataclass
class Shelf:
    """What waits, read again only after a verdict, a build, a question, a flag, or midnight. Used by one thread."""

    workspace: Workspace
    _key: tuple[str, ...] = ()
    _items: list[Item] = field(default_factory=list)
    _waiting: dict[str, Item] = field(default_factory=dict)
    """Candidates among them, by lineage."""
    _titles: tuple[str, Titles] | None = None
    """A build, and what its titles are made of."""

    def items(self) -> list[Item]:
        """All that waits, the most wanted first."""
        parts = self.workspace.parts
        asked = (f"{each.id} {each.askers} {each.title}" for each in self.workspace.missing())
        key = (self.workspace.generation.id, parts.head().id, parts.clock()[:10], flags.state(parts), *asked)
        if key != self._key:
            self._items, self._key = self.workspace.queue(), key
            waiting = (item for item in self._items if not item.article and item.kind != "asked")
            self._waiting = {item.lineage: item for item in waiting}
        return self._items

    def waiting(self, lineage: str, visitor: Visitor) -> Item | None:
        """A candidate's place in the queue; ``None``: it does not wait, or not for this one."""
        self.items()
        item = self._waiting.get(lineage)
        return item if item and visitor.reaches(item) else None

    def alike(self, candidate: Candidate, articles: list[Article], visitor: Visitor) -> list[Similar]:
        """Candidates that wait and articles that may be the same as a candidate.

        Args:
            articles: all that the visitor may see.
        """
        titles = self._titles_of_build()
        near = (lineage for lineage, _ in candidate.near)
        waiting = (self._waiting.get(lineage) for lineage in dict.fromkeys((*near, *titles.sharing(candidate))))
        items = [item for item in waiting if item and visitor.reaches(item)]
        return similar(candidate, items, articles, titles, len(self.reached(visitor)))

    def _titles_of_build(self) -> Titles:
        """The same as long as a build stands."""
        built = self.workspace.generation
        if self._titles is None or self._titles[0] != built.id:
            self._titles = built.id, Titles.of(built.unjudged, built.words)
        return self._titles[1]

    def reached(self, visitor: Visitor) -> list[Item]:
        """Of these, what a visitor's rights reach; not to be changed."""
        items = self.items()
        if not (visitor.person.audiences or visitor.person.languages):
            return items
        return [item for item in items if visitor.reaches(item)]

    def seen(self, view: View, visitor: Visitor, now: str) -> list[Item]:
        """Of these, what a visitor may see and wants to."""
        people = self.workspace.parts.people
        claims, put_off = people.claims(), people.deferred()
        items = self.reached(visitor)
        if view.language or view.product or view.kind:
            items = [item for item in items if _wanted(item, view)]
        if view.who:
            items = [item for item in items if _whose(claims.get(key(item), ""), view.who, visitor)]
        if view.later or put_off:
            items = [item for item in items if is_later(put_off, item, now) == view.later]
        asked = fold(view.words).split()
        if asked:
            told = ((item, fold(f"{item.title} {item.product} {key(item)}")) for item in items)
            items = [item for item, text in told if all(word in text for word in asked)]
        return list(items)


def views_of(person: Person) -> list[tuple[str, str]]:
    """The views that somebody keeps: names, and queries as :meth:`View.written`."""
    return [(name, View.read(query).written()) for name, query in person.settings.get(VIEWS, ())]


def key(item: Item) -> str:
    """By which people know what waits: an update by its article, a candidate by its lineage."""
    return item.article or item.lineage


def is_later(put_off: Mapping[str, Deferred], item: Item, now: str) -> bool:
    """Whether something was put off to a day that has not come."""
    found = put_off.get(key(item))
    return found is not None and found.until > now


def after(items: list[Item], shown: str, place: int) -> Item | None:
    """What comes after something in a list from which it may be gone by now.

    Args:
        shown: the key of what is looked at.
        place: where it stood.
    """
    keys = [key(item) for item in items]
    if shown in keys:
        place = keys.index(shown) + 1
    return items[place] if place < len(items) else items[0] if items and key(items[0]) != shown else None


def _wanted(item: Item, view: View) -> bool:
    return all(
        not asked or asked in given
        for asked, given in (
            (view.language, (item.language,)),
            (view.product, products_of(item.product)),
            (view.kind, (item.kind,)),
        )
    )


def _whose(claimed: str, who: str, visitor: Visitor) -> bool:
    if who == "mine":
        return claimed == visitor.person.id
    return who != "free" or not claimed
