"""Unsaved work: whose it is, who may see it, where it goes on, and when it is let go.

What someone wrote outlives what others do to the thing that it is about: of an approved candidate it goes on as a
change of the article, and of what is gone as a new article.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from kbuilder.records import Article, Draft
from kbuilder.store.people import Work, subject
from kbuilder.text import short_id
from kbuilder.web.desk.access import Reach, Visitor
from kbuilder.workspace.workspace import Workspace

ABOUT = ("thread", "post", "translates", "asked")
"""What is said of a new article that rests on something else."""
TURNED_DOWN = ("turned_down", "turned_down_by")
"""Why what was handed in was turned down, and who did."""
AS_HANDED_IN = "as_handed_in"
"""When it was handed in, of a text that came back beside what its writer went on to write from it."""
NEW, NOTICE = "new", "notice"
"""What a new article is kept as, and a notice: behind a dash, which one."""
_ASKED = ("kind", "language", *ABOUT)


@dataclass(frozen=True, slots=True)
class Carried:
    """The unsaved work that a form carries."""

    target: str
    by: str = ""
    """Who handed it in; ``""``: it is the sender's own."""
    handed: str = ""
    """When: what is handed in again meanwhile is another text."""


@dataclass(frozen=True)
class Unsaved:
    """The unsaved work of everybody."""

    workspace: Workspace

    def own(self, visitor: Visitor) -> list[tuple[Work, str]]:
        """What the visitor is writing, and where it goes on; the newest first."""
        works = self.workspace.parts.people.works(person=visitor.person.id)
        own = [each for each in works if not each.submitted]
        return [(each, _address(each, self._about(each), visitor)) for each in own]

    def begun(self, visitor: Visitor, kind: str, but: str = "") -> list[tuple[Work, str]]:
        """What the visitor is writing that shall be something new and rests on nothing, and where it goes on.

        Args:
            kind: as what it is kept.
            but: what that one is kept under which they look at.
        """
        own = ((work, place) for work, place in self.own(visitor) if work.about == kind and not work.base)
        return [each for each in own if each[0].target != but and _rests_on(each[0], {})]

    def place(self, work: Work, visitor: Visitor) -> str:
        """Where what the visitor is writing goes on."""
        return _address(work, self._about(work), visitor)

    def handed_in(self, visitor: Visitor) -> list[tuple[Work, str]]:
        """What the visitor may look at of what was handed in, and where; to an author their own."""
        works = [each for each in self.workspace.parts.people.works() if each.submitted]
        return [
            (each, _address(each, about, visitor, each.person))
            for each, about in ((each, self._about(each)) for each in works)
            if each.person == visitor.person.id or _shown(each, about, visitor)
        ]

    def find(self, visitor: Visitor, person: str, target: str) -> Work | None:
        """What someone handed in, to themselves and to whoever decides on it."""
        work = self.workspace.parts.people.handed_in(person, target)
        if work is None or person == visitor.person.id:
            return work
        return work if _shown(work, self._about(work), visitor) else None

    def keep(self, work: Work) -> None:
        """Keep what is being written, with why it was turned down: what was handed in stays as it is."""
        people = self.workspace.parts.people
        before = people.work(work.person, work.target)
        told = {name: before.more[name] for name in TURNED_DOWN if name in before.more} if before else {}
        people.save_work(replace(work, more={**work.more, **told}))

    def hand_in(self, visitor: Visitor, work: Work, carried: Carried) -> None:
        """Let a text wait for others, in place of the one that it goes on from."""
        people = self.workspace.parts.people
        people.save_work(work)
        people.drop_work(work.person, carried.target)
        if carried.by not in ("", visitor.person.id):
            self.let_go(visitor, carried)

    def is_out_of_reach(self, visitor: Visitor, work: Work) -> bool:
        """Whether a text is on something that its writer may not see: it can be handed in as a new article alone."""
        about = self._about(work)
        return about is not None and not visitor.reaches(about)

    def take_back(self, visitor: Visitor, target: str) -> None:
        """Let one's own text wait for nobody any more: it is being written again."""
        work = self.workspace.parts.people.handed_in(visitor.person.id, target)
        if work:
            self._give_back(work, {})

    def turn_down(self, visitor: Visitor, handed: Work, reason: str) -> None:
        """Give a text back to whoever handed it in, with the reason; they keep it as unsaved work."""
        self._give_back(handed, {"turned_down": reason, "turned_down_by": visitor.person.id})

    def _give_back(self, handed: Work, told: Mapping[str, str]) -> None:
        """Let what was handed in be written on; what its writer went on to write from it stays beside it."""
        people = self.workspace.parts.people
        later = people.work(handed.person, handed.target)
        if later:
            people.save_work(replace(later, more={**later.more, **told}))
        if not later or (later.title, later.body) != (handed.title, handed.body):
            aside = f"{handed.target[:40]}-{short_id(handed.submitted)}" if later else handed.target
            more = {**handed.more, **told, **({AS_HANDED_IN: handed.submitted} if later else {})}
            people.save_work(replace(handed, target=aside, submitted="", more=more))
        people.drop_handed_in(handed.person, handed.target)

    def changes(self, article: Article, visitor: Visitor) -> list[tuple[Work, str]]:
        """What was handed in on an article, as far as the visitor may look at it, and where."""
        kept = {article.id, article.lineage} - {""}
        return [(work, place) for work, place in self.handed_in(visitor) if work.about in kept]

    def let_go(self, visitor: Visitor, carried: Carried, about: Mapping[str, str] | None = None) -> None:
        """Forget the very work that was saved, and the visitor's copy of it.

        Args:
            about: of a new article, what it rests on; work on something else is not what was saved.
        """
        found = self._named(subject(carried.target))
        if about is not None and found and visitor.reaches(found):
            return
        people, own = self.workspace.parts.people, visitor.person.id
        by = carried.by or own
        copy, handed = people.work(own, carried.target), self.find(visitor, by, carried.target)
        if copy and copy.more.get("by", own) == by and _rests_on(copy, about):
            people.drop_work(own, carried.target)
        if handed and handed.submitted == carried.handed and _rests_on(handed, about):
            people.drop_handed_in(by, carried.target)

    def _about(self, work: Work) -> Article | Draft | None:
        """The article or draft that a work is about; ``None``: it is a new article, or what it was about is gone."""
        return self._named(work.about)

    def _named(self, name: str) -> Article | Draft | None:
        articles = self.workspace.articles()
        found = next((each for each in articles if name and name in (each.id, each.lineage)), None)
        draft = self.workspace.generation.drafts.get(name)
        return found or (draft if isinstance(draft, Draft) else None)


def _rests_on(work: Work, about: Mapping[str, str] | None) -> bool:
    """Whether a work rests on what is said; ``None``: not asked."""
    return about is None or all(work.more.get(name, "") == about.get(name, "") for name in ABOUT)


def _shown(work: Work, about: Article | Draft | None, visitor: Visitor) -> bool:
    """Whether somebody else's work is for the visitor: what is still being written is its author's alone."""
    said = Reach(work.more.get("audience", "public"), work.more.get("language", ""))
    return bool(work.submitted) and visitor.may("decide") and visitor.reaches(about or said)


def _address(work: Work, about: Article | Draft | None, visitor: Visitor, by: str = "") -> str:
    """Where it is gone on with: to whom what it is about is out of reach, as if that were gone."""
    if work.about == NOTICE:
        known = work.target.partition("-")[2] if work.base else NEW
        return f"/desk/notices/{known}?{urlencode({'target': work.target})}"
    asked = {"target": work.target, **({"by": by} if by else {})}
    if about is None or not visitor.reaches(about):
        more = {name: work.more[name] for name in _ASKED if work.more.get(name)}
        return f"/desk/articles/new?{urlencode({**more, **asked})}"
    place = f"articles/{about.id}" if isinstance(about, Article) else f"candidates/{about.lineage}"
    return f"/desk/{place}/edit?{urlencode(asked)}"
