"""What readers say is out of date: their flags on articles, until a verdict has answered them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from kbuilder.records import Article, Decision
from kbuilder.redact import redact
from kbuilder.review import reasons
from kbuilder.store.askers import Askers
from kbuilder.store.database import Event, EventKind
from kbuilder.store.git import Tree
from kbuilder.text import squeeze
from kbuilder.workspace.parts import Parts

KIND: EventKind = "flagged"


def waiting(
    parts: Parts, tree: Tree, articles: Sequence[Article], decisions: Sequence[Decision]
) -> dict[str, list[Event]]:
    """By article id, the flags that no verdict has answered yet, one of each reader, the oldest first.

    Flags of readers to whom the article is not shown do not count.
    """
    every: dict[str, list[Event]] = defaultdict(list)
    for each in Askers(parts.database).events(kinds=(KIND,)):
        every[each.target].append(each)
    if not every:
        return {}
    audiences = parts.config(tree).audience
    found = {}
    for article in articles:
        told = (each for each in every.get(article.id, ()) if each.audience in audiences)
        heard = [each for each in told if article.audience in audiences[each.audience].sees]
        left = reasons.unanswered(article, heard, decisions)
        if left:
            found[article.id] = left
    return found


def state(parts: Parts) -> str:
    """Another one whenever there is another flag."""
    return str(Askers(parts.database).newest(KIND))


def plain(words: str) -> str:
    """A reader's words as they are kept: on one line, without personal data."""
    return squeeze(redact("".join(each if each.isprintable() else " " for each in words)).text)
