"""What two commits tell readers differently: the articles that came, went, moved or changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kbuilder.errors import ConfigError
from kbuilder.publish import knowledge
from kbuilder.publish.addresses import Addresses
from kbuilder.publish.cards import Card
from kbuilder.publish.knowledge import Knowledge
from kbuilder.publish.reading import Tree
from kbuilder.text import N_

Kind = Literal["added", "changed", "moved", "removed"]
LISTED = 50
"""Articles of a kind that a summary names: a comment of thousands of lines helps nobody."""
_PARTS = {
    "title": N_("title"),
    "body": N_("text"),
    "sources": N_("sources"),
    "state": N_("state"),
    "kind": N_("kind"),
    "product": N_("product"),
    "tags": N_("topics"),
    "phrasings": N_("other wordings"),
    "related": N_("related answers"),
    "translations": N_("translations"),
    "valid_until": N_("valid until"),
    "verified": N_("day of review"),
}
"""Fields of an article that readers see, as a summary names them."""
_SITE = {
    "kbuilder.toml": N_("the configuration"),
    "site/": N_("templates or texts"),
    "media/": N_("pictures and files"),
    "facts/": N_("figures and notices"),
    "withdrawn.jsonl": N_("posts gone at their source"),
}
"""What pages rest on besides."""
_HEADS: dict[Kind, str] = {
    "added": N_("Added"),
    "changed": N_("Changed"),
    "moved": N_("Moved"),
    "removed": N_("Removed"),
}
_SIGNS = re.compile(r"[\\`*_{}\[\]<>&#|~]")


@dataclass(frozen=True)
class Change:
    """What became of an article."""

    kind: Kind
    id: str
    title: str
    address: str
    """Where it stands now; of one removed, where it stood."""
    before: str = ""
    """Of one that moved: where it stood."""
    parts: tuple[str, ...] = ()
    """What changed in it: fields of the article."""


@dataclass(frozen=True)
class Changes:
    """What changed between two commits, for one audience."""

    articles: tuple[Change, ...]
    """By kind and address."""
    besides: tuple[str, ...]
    """What all pages may rest on: ``kbuilder.toml``, ``site/`` …"""
    url: str = ""
    """Of the site, where it has one."""
    compared: bool = True
    """Whether there was something to compare with: else the commit before cannot be published for this audience."""


def changes(before: Tree, after: Tree, audience: str = "public") -> Changes:
    """What readers of an audience are told differently after some commits.

    Raises:
        ConfigError: what there is after them cannot be read, or has no such audience.
    """
    besides = tuple(name for name in _SITE if _files(before, name) != _files(after, name))
    try:
        old = knowledge.read(before, audience)
    except ConfigError:  # what mends a commit, or gives it an audience, is to get through
        return Changes((), besides, knowledge.read(after, audience).config.url.rstrip("/"), compared=False)
    new = knowledge.read(after, audience, before=old.every)
    found = sorted(_articles(old, new), key=lambda each: (list(_HEADS).index(each.kind), each.address))
    return Changes(tuple(found), besides, new.config.url.rstrip("/"))


def _files(tree: Tree, name: str) -> list[tuple[str, str | None]]:
    listed = tree.list(name.rstrip("/")) if name.endswith("/") else [name]
    return [(path, tree.blob(path)) for path in listed]


def _articles(old: Knowledge, new: Knowledge) -> Iterator[Change]:
    was, now = ({card.id: card for card in known.cards} for known in (old, new))
    place = Addresses.article
    for name in now.keys() - was.keys():
        yield Change("added", name, now[name].title, place(now[name]))
    for name in was.keys() - now.keys():
        yield Change("removed", name, was[name].title, place(was[name]))
    for name in now.keys() & was.keys():
        one, other = was[name], now[name]
        parts = () if (one.blob, one.mark) == (other.blob, other.mark) else tuple(_parts(one, other, old, new))
        if place(one) != place(other):
            yield Change("moved", name, other.title, place(other), place(one), parts)
        elif parts:
            yield Change("changed", name, other.title, place(other), parts=parts)


def _parts(one: Card, other: Card, old: Knowledge, new: Knowledge) -> Iterator[str]:
    """Fields that readers see and that differ."""
    before, after = old.reader.text(one.file).article, new.reader.text(other.file).article
    for name in _PARTS:
        if getattr(before, name) != getattr(after, name) or (name == "sources" and one.mark != other.mark):
            yield name


# For a comment


def markdown(found: Changes, say: Callable[[str], str], url: str = "") -> str:
    """The changes as a comment on a pull request: a line that counts them, then a list of each kind.

    Args:
        say: translates.
        url: where the site can be looked at; by default its own address.
    """
    counts = [(each, [change for change in found.articles if change.kind == each]) for each in _HEADS]
    counted = " · ".join(f"{say(_HEADS[kind])}: {len(listed)}" for kind, listed in counts)
    unknown = N_("What was there before cannot be published: there is nothing to compare with.")
    lines = ["### " + say(N_("What readers will see differently")), "", counted if found.compared else say(unknown)]
    for kind, listed in counts:
        if listed:
            lines += ["", f"**{say(_HEADS[kind])}**", "", *_listed(listed, say, (url or found.url).rstrip("/"))]
    if found.besides:
        named = ", ".join(say(_SITE[name]) for name in found.besides)
        lines += ["", say(N_("Changed besides, and with it perhaps every page: {what}.")).format(what=named)]
    return "\n".join(lines) + "\n"


def _listed(listed: Sequence[Change], say: Callable[[str], str], url: str) -> Iterable[str]:
    before = say(N_("before"))
    for each in listed[:LISTED]:
        title = _plain(each.title)
        linked = url and each.kind != "removed"
        line = f"- [{title}]({url}/{each.address})" if linked else f"- {title} (`{each.address}`)"
        if each.before:
            line += f", {before} `{each.before}`"
        if each.parts:
            line += ": " + ", ".join(say(_PARTS[part]) for part in each.parts)
        yield line
    if len(listed) > LISTED:
        yield "- " + say(N_("and {n} more")).format(n=len(listed) - LISTED)


def _plain(title: str) -> str:
    """A title in which nothing is Markdown, and that calls nobody by name.

    >>> _plain("Ask @ada about *this* &amp;")
    'Ask @\\u200bada about \\\\*this\\\\* \\\\&amp;'
    """
    return _SIGNS.sub(r"\\\g<0>", " ".join(title.split())).replace("@", "@\u200b")
