"""What there is to do about articles: sources that went on, answers that came, problems that parted or met."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from kbuilder.drafting import adding
from kbuilder.drafting.inferring import held
from kbuilder.errors import Conflict
from kbuilder.publish import withdrawn
from kbuilder.records import Addition, Article, Citation, Post, Thread, digest, dumps
from kbuilder.review import reasons, sources
from kbuilder.review.reasons import Reason
from kbuilder.review.verdicts import About
from kbuilder.store.git import Tree
from kbuilder.text import N_, utc
from kbuilder.workspace import flags, generation
from kbuilder.workspace.generation import Generation
from kbuilder.workspace.parts import Parts

ADDITIONS = "additions"
"""The cache's space for what threads add to articles, by the digest of both."""


def on_articles(
    parts: Parts, tree: Tree, built: Generation, articles: Sequence[Article], chosen: Collection[str] = ()
) -> dict[str, list[Reason]]:
    """What waits on articles, by id.

    Args:
        parts: of the workspace.
        tree: the commit.
        built: the last build.
        articles: all of the commit.
        chosen: ids of the only ones to look at closely; all without.
    """
    decisions, candidates = parts.decided.decisions(tree), list(built.candidates.values())
    fresh = reasons.fresh(articles, candidates, decisions)
    wanted = {name: threads for name, threads in fresh.items() if not chosen or name in chosen}
    news = _news(parts, {each.id: each for each in articles}, wanted, built)
    found = reasons.of_articles(articles, candidates, decisions, _stale(parts, tree, articles), news, built.solutions)
    told = {name: reasons.flagged(each) for name, each in flags.waiting(parts, tree, articles, decisions).items()}
    for more in (dated(parts, tree, articles), told):
        for name, due in more.items():
            found[name] = sorted([*found.get(name, []), due], key=lambda each: reasons.ORDER.index(each.kind))
    return {name: each for name, each in found.items() if not chosen or name in chosen}


def of_article(parts: Parts, tree: Tree, article: Article) -> tuple[list[Reason], list[Addition]]:
    """What waits on one article, and the sentences that further threads add to it."""
    built = generation.needed(parts.derived)
    articles = parts.decided.articles(tree)
    found = on_articles(parts, tree, built, articles, {article.id}).get(article.id, [])
    wanted = {thread for each in found if each.kind in ("update", "contradiction") for thread in each.threads}
    additions = adding.additions(article, _threads(parts, sorted(wanted), built)) if wanted else []
    return found, additions


def version(found: tuple[Sequence[Reason], Sequence[Addition]]) -> str:
    """A digest of what waits on an article, as :func:`of_article` tells it."""
    reasons, additions = found
    told = (*(each.digest for each in reasons), *(dumps(each).decode() for each in additions))
    return digest("\n".join(told))


def unchanged(parts: Parts, tree: Tree, article: Article, seen: str) -> None:
    """Make sure that what waits on an article is what was looked at, where that is known.

    Args:
        seen: its :func:`version` then; ``""``: not asked.

    Raises:
        Conflict: it is something else by now.
    """
    if seen and seen != version(of_article(parts, tree, article)):
        raise Conflict(
            N_("What is proposed for “{title}” has changed since you looked at it."),
            N_("Look at it as it is now, then decide."),
            title=article.title,
        )


def to_take(additions: Sequence[Addition]) -> list[Addition]:
    """Those that can be taken over as they are: of threads that say nothing against the article."""
    against = {each.thread for each in additions if each.against}
    return [each for each in additions if each.thread not in against]


def updated(parts: Parts, tree: Tree, article: Article) -> Article | None:
    """The article with what further threads add; ``None`` where there is nothing to take over as it is."""
    additions = to_take(of_article(parts, tree, article)[1])
    if not additions:
        return None
    threads = sorted({each.thread for each in additions})
    return adding.updated(article, _threads(parts, threads, generation.needed(parts.derived)), additions)


def about(parts: Parts, tree: Tree, article: Article, kinds: Collection[reasons.Kind] = reasons.ORDER) -> About:
    """What a verdict on an article answers: what is proposed for it now. Nothing where nothing was built.

    Args:
        kinds: of proposals that it answers; threads of a contradiction that it does not answer stay news.
    """
    built = generation.current(parts.derived)
    if built is None:
        return About()
    articles = parts.decided.articles(tree)
    found = on_articles(parts, tree, built, articles, {article.id}).get(article.id, [])
    home = reasons.Homes.find([article], list(built.candidates.values())).of.get(article.id)
    unanswered = [each for each in found if each.kind == "contradiction" and each.kind not in kinds]
    left = {name for each in unanswered for name in each.threads}
    members = tuple(each for each in home.members if each not in left) if home else ()
    return About(members, tuple(each.digest for each in found if each.kind in kinds))


def dated(parts: Parts, tree: Tree, articles: Sequence[Article]) -> dict[str, Reason]:
    """Articles whose day has come, or comes within the time that the settings name."""
    now, config = parts.clock(), parts.config(tree)
    soon = utc(datetime.fromisoformat(now) + timedelta(days=config.desk.remind))
    return reasons.dated(articles, now, soon, config.zone)


def _news(
    parts: Parts, articles: Mapping[str, Article], fresh: Mapping[str, Sequence[str]], built: Generation
) -> dict[str, list[Addition]]:
    """By article what new threads add: told once for the same article, threads and answers."""
    keys = {name: _key(articles[name], threads, built) for name, threads in fresh.items()}
    known = parts.cache.get(ADDITIONS, list(keys.values()))
    found, made = {}, {}
    for name, key in keys.items():
        if key in known:
            found[name] = [Addition(**each) for each in json.loads(known[key])]
        else:
            found[name] = adding.additions(articles[name], _threads(parts, fresh[name], built))
            made[key] = json.dumps([asdict(each) for each in found[name]]).encode()
    parts.cache.put(ADDITIONS, made)
    return found


def _key(article: Article, threads: Sequence[str], built: Generation) -> str:
    told = [built.software, article.digest, *(f"{name} {built.manifest['threads'].get(name)}" for name in threads)]
    return digest("\n".join([*told, *(repr(built.inferred.get(name)) for name in threads)]))


def _threads(parts: Parts, names: Sequence[str], built: Generation) -> list[Thread]:
    found = (parts.database.thread(name) for name in names)
    return [held(thread, built.inferred.get(thread.id)) for thread in found if thread]


def post_of(parts: Parts, citation: Citation) -> Post | None:
    """The cited post as it is now."""
    thread = parts.database.thread(citation.post.partition("#")[0])
    return next((each for each in thread.posts if each.id == citation.post), None) if thread else None


def _is_current(parts: Parts, citation: Citation) -> bool:
    post = post_of(parts, citation)
    return post is not None and post.digest == citation.digest


def _stale(parts: Parts, tree: Tree, articles: Sequence[Article]) -> dict[str, sources.Stale]:
    """Articles that rest on posts which ``withdrawn.jsonl`` names: gone ones, or changed ones as they no more are."""
    states = withdrawn.read(tree)
    found = {}
    for article in articles:
        named = [source for source in article.sources.values() if source.post in states]
        gone = {each.post for each in named if states[each.post] == "gone"}
        changed = {each.post for each in named if each.post not in gone and not _is_current(parts, each)}
        if gone or changed:
            found[article.id] = sources.Stale(changed=tuple(sorted(changed)), gone=tuple(sorted(gone)))
    return found
