"""Erasing a post or an author: from database, articles, decisions, vectors, caches, index and site in one go.

Git first, the database last: a run that was killed is simply run again, and finds what is left to do.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from kbuilder import candidates, index
from kbuilder.drafting import inferring, meaning
from kbuilder.embedding import read_pin
from kbuilder.errors import Conflict, NotFound
from kbuilder.index import entries
from kbuilder.publish import withdrawn
from kbuilder.records import Article, Progress, Thread, digest
from kbuilder.store import articles as article_files
from kbuilder.store import decisions as decision_files
from kbuilder.store import judgments, outbox
from kbuilder.store.git import Tree
from kbuilder.store.locks import locked
from kbuilder.text import N_, squeeze
from kbuilder.workspace import adapting, building, publishing
from kbuilder.workspace.facts import AUTHOR, PROBLEMS, WITHDRAWN
from kbuilder.workspace.importing import SET_ASIDE
from kbuilder.workspace.parts import ADAPTED, Parts

BLOBS = "erased-blobs.txt"
_PATIENCE = 30.0
"""Seconds to wait for mails and webhooks that are being sent."""
"""In ``var/``: ids of the blobs in git's history that hold what was erased."""


@dataclass(frozen=True)
class Erased:
    """What an erasure did, and what only the operator can do."""

    posts: int
    threads: int
    articles: int
    """Articles that were changed or removed."""
    commits: int
    """Of git's history that still hold what was erased."""
    rows_of: tuple[str, ...]
    """Files of rows that were set aside, of the same source, and were deleted: they may have held it."""
    history: tuple[str, ...]
    """The commands that rewrite it; they ask everyone to clone again."""
    adapted: bool
    """The archive's own model had learnt from it, and was deleted."""
    exports: tuple[str, ...]
    """Files named in ``kbuilder.toml`` that it was imported from, and that may still hold it."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def erase_post(parts: Parts, post: str, progress: Progress) -> Erased:
    """Erase a post; a question takes its thread along, an answer its comments.

    Raises:
        NotFound: neither a thread nor an article knows it.
    """
    thread = parts.database.thread(post.partition("#")[0])
    affected = [thread] if thread and any(each.id == post for each in thread.posts) else []
    if not affected and not _cites(parts, {post}):
        raise NotFound(N_("There is no post {post}."), N_("A post's id looks like source:thread#post."), post=post)
    posts = {each for thread in affected for each in _with_followers(thread, {post})} or {post}
    return _erase(parts, affected, posts, lambda: parts.database.erase_posts([post]), progress)


def erase_author(parts: Parts, author: str, progress: Progress) -> Erased:
    """Erase all posts of an author.

    Raises:
        NotFound: no post is by that author.
    """
    affected, posts = [], set()
    for thread in parts.database.threads():
        own = {post.id for post in thread.posts if post.author and post.author.id == author}
        if own:
            affected.append(thread)
            posts |= _with_followers(thread, own)
    if not posts:
        raise NotFound(N_("No post is by {author}."), N_("An author's id looks like source:user."), author=author)
    return _erase(parts, affected, posts, lambda: parts.database.erase_author(author), progress)


def _with_followers(thread: Thread, posts: set[str]) -> set[str]:
    """Posts, with those that go with them: all of a thread with its question, comments with what they are on."""
    if thread.question.id in posts:
        return {post.id for post in thread.posts}
    return posts | {comment.id for comment in thread.comments if comment.reply_to in posts}


def _erase(
    parts: Parts, affected: Sequence[Thread], posts: set[str], from_database: Any, progress: Progress
) -> Erased:
    gone = [thread for thread in affected if thread.question.id in posts]
    with parts.building():
        _refuse_hand_edits(parts)
        before = parts.head()
        learnt = read_pin(ADAPTED, before) if any(thread.solved_question for thread in affected) else None
        after = _commit(parts, before, posts, gone, learnt is not None)
        words = _words(affected, posts)
        if learnt:
            adapting.forget(parts, learnt)
        _forget_derived(parts)
        _forget_vectors(parts, affected)
        for folder in (parts.generations, parts.derived / "articles", *parts.derived.glob("site-*")):
            shutil.rmtree(folder, ignore_errors=True)
            folder.unlink(missing_ok=True)  # what an earlier version kept beside the site is a file
        rows = _forget_rows(parts, {post.partition(":")[0] for post in posts})
        _forget_news(parts, after.id)
        _forget_desk(parts, before, affected, posts)
        from_database()
    sites = publishing.published(parts)
    shutil.rmtree(parts.site, ignore_errors=True)
    building.build(parts, progress)
    for audience in sites:
        publishing.publish(parts, audience, progress)
    blobs, commits = _history(parts, words, posts)
    return Erased(
        posts=len(posts),
        threads=len(gone),
        articles=_changed(before, after),
        commits=commits,
        rows_of=rows,
        history=_commands(parts, blobs),
        adapted=learnt is not None,
        exports=tuple(source.path for source in parts.config().source if source.path),
    )


def _refuse_hand_edits(parts: Parts) -> None:
    """
    Raises:
        Conflict: an article was edited by hand and not committed: the edit would bring back what is erased.
    """
    edited = [path for path in parts.repository.uncommitted() if path.startswith((article_files.FOLDER, "decisions"))]
    if edited:
        raise Conflict(
            N_("{files}: changed by hand and not committed, so that what is erased may stay in it."),
            N_("Commit it, or take it back with git, then erase."),
            files=", ".join(edited),
        )


def _forget_rows(parts: Parts, sources: set[str]) -> tuple[str, ...]:
    """Delete the rows set aside of some sources; the names of the files."""
    files = [file for file in sorted((parts.var / SET_ASIDE).glob("*")) if file.name.partition(".")[0] in sources]
    for file in files:
        file.unlink()
    return tuple(file.name for file in files)


def _forget_news(parts: Parts, commit: str) -> None:
    """Drop what is still to be told, titles and all; of what stands in commits up to this one nothing is told."""
    with locked(parts.var / "telling.lock", N_("another round of telling"), _PATIENCE):
        box = outbox.read(parts.var)
        if box.commit:
            outbox.write(parts.var, replace(box, commit=commit, news=[], deliveries=[], failed=[]))


def _forget_desk(parts: Parts, before: Tree, affected: Sequence[Thread], posts: set[str]) -> None:
    """Drop what the desk keeps of candidates and articles with an erased post: unsaved work, titles in figures."""
    threads = {thread.id for thread in affected}
    targets = {each.id for each in parts.database.read_ledger() if threads.intersection(each.members)}
    for article in parts.decided.articles(before):
        if article.lineage in targets or any(source.post in posts for source in article.sources.values()):
            targets.add(article.id)
    for work in parts.people.works():
        if work.about in targets or any(thread in repr(work.more) for thread in threads):
            parts.people.drop_work(work.person, work.target)
            parts.people.drop_handed_in(work.person, work.target)
    for done in parts.people.done():
        if done.target in targets and done.title:
            parts.people.handled(replace(done, title=""))


def _cites(parts: Parts, posts: set[str]) -> bool:
    articles = parts.decided.articles(parts.head())
    return any(source.post in posts for article in articles for source in article.sources.values())


def _commit(parts: Parts, tree: Tree, posts: set[str], gone: Sequence[Thread], adapted: bool) -> Tree:
    """Take posts out of articles, decisions and figures, in one commit, and the model that has learnt from them."""
    changes: dict[str, bytes | None] = {f"models/{ADAPTED}.toml": None} if adapted else {}
    for article in parts.decided.articles(tree):
        left = _without(article, posts, gone)
        if left != article:
            changes[article_files.path(article)] = None
        if left and left != article:
            changes[article_files.path(left)] = article_files.write(left)
    ids = {thread.id for thread in gone}
    for decision in parts.decided.decisions(tree):
        if ids & {*decision.members}:
            left_over = tuple(member for member in decision.members if member not in ids)
            merged = tuple("" if thread in ids else thread for thread in decision.merged)
            left_of = replace(decision, members=left_over, merged=merged)
            changes[decision_files.path(decision)] = decision_files.write(left_of)
    judged = judgments.without(tree, ids)
    if judged != tree.read(judgments.FILE):
        changes[judgments.FILE] = judged
    if changes or tree.read(PROBLEMS):
        changes |= {path: None for path in (PROBLEMS, WITHDRAWN) if tree.read(path) is not None}
        return parts.repository.commit(tree, changes, "Erase posts on request", AUTHOR, parts.clock())
    return tree


def _without(article: Article, posts: set[str], gone: Sequence[Thread]) -> Article | None:
    """What is left of an article; ``None``: no answer, or no title of its own."""
    left = withdrawn.standing(article, dict.fromkeys(posts, "gone"))
    titles = {squeeze(thread.title).casefold() for thread in gone}
    if left is None or not titles:
        return left
    kept = tuple(each for each in left.phrasings if squeeze(each).casefold() not in titles)
    title = left.title if squeeze(left.title).casefold() not in titles else ""
    if not title:  # the erased thread gave it
        return None
    return replace(left, phrasings=kept)


def _changed(before: Tree, after: Tree) -> int:
    return sum(after.blob(path) != before.blob(path) for path in before.list("articles"))


def _forget_derived(parts: Parts) -> None:
    """Empty the caches of what was made from posts; vectors are kept, but for those of what is erased."""
    encoder = parts.encoder
    for space in parts.cache.spaces():
        if encoder is None or space != encoder.id:
            parts.cache.clear(space)


def _forget_vectors(parts: Parts, threads: Iterable[Thread]) -> None:
    """Drop the vectors of all texts of some threads: what stays of them is encoded again."""
    keys = sorted({digest(text) for thread in threads for text in _embedded(thread)})
    for space in parts.cache.spaces():
        parts.cache.delete(space, keys)


def _embedded(thread: Thread) -> Iterator[str]:
    yield candidates.text_of(thread)
    for post in thread.answers:  # any of them may have been held for the right one
        yield candidates.text_of(inferring.held(thread, inferring.Inferred(post.id, 1.0)))
    yield from meaning.texts(thread)
    entry = entries.of_thread(thread)
    for texts in index.texts_to_embed([entry]).values():
        yield from texts
    yield from index.asked_of(entry)


def _words(threads: Iterable[Thread], posts: set[str]) -> list[bytes]:
    """Passages that tell erased text: sentences and lines long enough not to stand elsewhere by chance."""
    bodies = [post.body for thread in threads for post in thread.posts if post.id in posts]
    titles = [thread.title for thread in threads if thread.question.id in posts]
    pieces = {piece.strip() for text in (*bodies, *titles) for piece in re.split(r"[\n.!?]", text)}
    return sorted(piece.encode() for piece in pieces if len(piece) >= 20)


def _history(parts: Parts, words: Sequence[bytes], posts: set[str]) -> tuple[list[str], int]:
    """Blobs of older commits that hold erased text or cite an erased post, and in how many commits they stand."""
    told = [*words, *(post.encode() for post in posts)]
    judged: dict[str, bool] = {}
    commits = 0
    head = parts.head()
    kept = {head.blob(path) for path in head.list("")}
    for version in parts.repository.history():
        tree = parts.repository.tree(version.id)
        found = False
        for path in (*tree.list("articles"), *tree.list("facts")):
            blob = tree.blob(path)
            if blob and blob not in judged:
                data = tree.read(path) or b""
                judged[blob] = blob not in kept and any(word in data for word in told)
            found = found or bool(blob and judged[blob])
        commits += found
    return sorted(blob for blob, holds in judged.items() if holds), commits


def _commands(parts: Parts, blobs: Sequence[str]) -> tuple[str, ...]:
    if not blobs:
        return ()
    file = parts.var / BLOBS
    known = file.read_text(encoding="ascii").split() if file.exists() else []
    file.write_text("".join(f"{blob}\n" for blob in sorted({*known, *blobs})), encoding="ascii")
    return (
        f"git -C {parts.root} filter-repo --force --strip-blobs-with-ids {file}",
        f"git -C {parts.root} push --force --all",
    )
