"""What people and programs are told without asking: found in git and the database, sent by mail and to webhooks.

What was published, changed or retired is read from the commits since the last look, whoever made them: at the desk,
on the command line, or in git. Nothing has to remember to tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kbuilder.errors import KBError
from kbuilder.publish.knowledge import SHOWN
from kbuilder.records import Article, Draft
from kbuilder.redact import redact
from kbuilder.store import articles as article_files
from kbuilder.store import outbox
from kbuilder.store.git import Tree, Version
from kbuilder.store.locks import locked
from kbuilder.store.outbox import Delivery, Kind, News, Outbox
from kbuilder.store.people import Note
from kbuilder.text import N_, squeeze, utc
from kbuilder.workspace import generation, hooks, mailing
from kbuilder.workspace.parts import Parts

MOST = 2_000
"""Commits that are looked through; of a longer history nothing is told."""
KEPT = timedelta(days=30)
"""How long news wait for mails."""
FAILED = 20
"""Deliveries that were given up and are still named."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a round did."""

    found: int
    mails: int
    posts: int
    wrong: tuple[KBError, ...]
    """Why something could not be sent."""


def is_wanted(parts: Parts) -> bool:
    """Whether anybody is to be told anything."""
    config = parts.config()
    return bool(config.mail.host or config.webhook)


def tell(parts: Parts) -> Told:
    """Find what is new, and send what is due.

    Raises:
        Busy: another process does so just now.
    """
    with locked(parts.var / "telling.lock", N_("another round of telling")):
        config, box = parts.config(), outbox.read(parts.var)
        before, number = deepcopy(box), box.number
        if config.mail.host:
            mailing.meet(parts, box)
        gather(parts, box)
        for hook in config.webhook:
            fresh = [each for each in box.news if each.number > number and hooks.wants(hook, each, config)]
            box.deliveries += [Delivery(news=each.id, url=hook.url, due=parts.clock()) for each in fresh]
        if box != before:
            outbox.write(parts.var, box)  # what was found is kept before anything can go wrong with telling it
        before = deepcopy(box)
        wrong: list[KBError] = []
        try:
            posts = hooks.send(parts, config, box, wrong)
            mails = mailing.send(parts, config, box, wrong)
        finally:  # what was sent is noted, whatever went wrong with the rest
            _forget(parts, box)
            if box != before:
                outbox.write(parts.var, box)
        return Told(box.number - number, mails, posts, tuple(wrong))


def _forget(parts: Parts, box: Outbox) -> None:
    """Drop news that nobody waits for."""
    since = utc(datetime.fromisoformat(parts.clock()) - KEPT)
    box.news = [each for each in box.news if each.time >= since]
    box.failed = box.failed[-FAILED:]


# -- what is new --------------------------------------------------------------------------------------------------


def gather(parts: Parts, box: Outbox) -> None:
    """Put what has happened since the last look into the outbox; at the first look nothing has."""
    tree, now = parts.head(), parts.clock()
    notes = parts.people.notes()
    if not box.commit:
        box.note = max((each.id for each in notes), default=0)
        box.commit = tree.id
    found: list[News] = []
    for version in _commits(parts, box.commit, tree):
        found += _of_commit(parts, version)
    found += [_question(parts, tree, each) for each in notes if each.id > box.note]
    if now[:13] != box.looked[:13]:  # once an hour: all articles are looked at
        found += _past(parts, tree, box.looked, now)
        box.looked = now
    for each in found:
        box.number += 1
        box.news.append(replace(each, number=box.number))
    box.commit = tree.id
    box.note = max((box.note, *(each.id for each in notes)))


def _commits(parts: Parts, since: str, tree: Tree) -> list[Version]:
    """The commits after one, the oldest first; none where it is not in the history any more, or too far back."""
    if since == tree.id:
        return []
    found: list[Version] = []
    for version in parts.repository.history():
        if version.id == since:
            return found[::-1]
        found.append(version)
        if len(found) == MOST:
            break
    return []


def _of_commit(parts: Parts, version: Version) -> Iterator[News]:
    """What a commit did to the articles that readers see."""
    new, old = parts.repository.tree(version.id), parts.repository.tree(version.parent)
    there, gone = _blobs(new), _blobs(old)
    paths = sorted(path for path in {*there, *gone} if there.get(path) != gone.get(path))
    now = {each.id: each for path in paths if (each := _article(new, path))}
    before = {each.id: each for path in paths if (each := _article(old, path))}
    for name in sorted({*now, *before}):
        kind, article = _kind(before.get(name), now.get(name)), now.get(name) or before[name]
        if kind:
            editor = version.author.partition(" <")[0]
            yield _news(kind, f"{kind}:{version.id[:12]}:{name}", version.time, article, editor)


def _blobs(tree: Tree) -> dict[str, str | None]:
    return {path: tree.blob(path) for path in tree.list(article_files.FOLDER) if path.endswith(".md")}


def _article(tree: Tree, path: str) -> Article | None:
    data = tree.read(path)
    return article_files.examine(data, path)[0] if data is not None else None


def _kind(before: Article | None, now: Article | None) -> Kind | None:
    """What became of an article, as readers see it; ``None``: nothing that they could tell."""
    was, stands = (article is not None and article.state in SHOWN for article in (before, now))
    if was != stands:
        return "published" if stands else "retired"
    if stands and before and now and _bare(before) != _bare(now):
        return "changed"
    return None


def _bare(article: Article) -> Article:
    return replace(article, updated="", verified="")


def _news(kind: Kind, name: str, time: str, article: Article, editor: str = "") -> News:
    return News(
        number=0,
        id=name,
        kind=kind,
        time=time,
        title=article.title,
        path=f"/desk/articles/{article.id}",
        article=article.id,
        language=article.language,
        audience=article.audience,
        editor=editor,
    )


def _past(parts: Parts, tree: Tree, since: str, now: str) -> Iterator[News]:
    """Articles that readers see, and that went past the date until which they hold."""
    for each in parts.decided.articles(tree):
        if each.state in SHOWN and since < each.valid_until <= now:
            yield _news("breached", f"breached:{each.id}:{each.valid_until}", each.valid_until, each)


def _question(parts: Parts, tree: Tree, note: Note) -> News:
    """A question to a colleague."""
    target = note.target
    article = next((each for each in parts.decided.articles(tree) if target in (each.id, each.lineage)), None)
    built = generation.current(parts.derived)
    candidate = built.candidates.get(target) if built else None
    draft = built.drafts.get(target) if built else None
    thing = article or (draft if isinstance(draft, Draft) else None)
    asked = candidate.phrasings[0] if candidate and candidate.phrasings else target
    who = parts.people.person(id=note.person)
    own = article is not None and article.id == target
    return News(
        number=0,
        id=f"assigned:{note.id}",
        kind="assigned",
        time=note.time,
        title=thing.title if thing else squeeze(redact(asked).text),
        path=f"/desk/{'articles' if own else 'candidates'}/{target}",
        article=article.id if article else "",
        language=thing.language if thing else "",
        audience=thing.audience if thing else "",
        editor=who.name if who else "",
        person=note.recipient,
        text=note.text,
    )
