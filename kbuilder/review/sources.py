"""Articles whose sources are no longer what they were."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass

from kbuilder.records import Article, Citation


@dataclass(frozen=True, slots=True)
class Stale:
    """Posts that an article cites and that have changed since, or are gone."""

    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def posts(self) -> tuple[str, ...]:
        return tuple(sorted({*self.changed, *self.gone}))


def stale(
    articles: Iterable[Article], post_digests: Mapping[str, str], sources: Collection[str] | None = None
) -> dict[str, Stale]:
    """What has happened to the posts that articles cite, by article id; articles with nothing are left out.

    Args:
        articles: those of the knowledge base.
        post_digests: every post that there is now: id to digest.
        sources: names of the sources that ``post_digests`` covers; without, those that it has a post of. What is
            missing from another source is not gone, it is not known here.
    """
    known = {_source(post) for post in post_digests} if sources is None else set(sources)
    found = {article.id: _of(article.sources.values(), post_digests, known) for article in articles}
    return {name: each for name, each in sorted(found.items()) if each.posts}


def states(found: Mapping[str, Stale]) -> list[dict[str, str]]:
    """The lines of ``withdrawn.jsonl``: a post and its state, sorted; gone outweighs changed."""
    told = {post: "changed" for each in found.values() for post in each.changed}
    told |= {post: "gone" for each in found.values() for post in each.gone}
    return [{"post": post, "state": told[post]} for post in sorted(told)]


def _of(citations: Iterable[Citation], post_digests: Mapping[str, str], known: Set[str]) -> Stale:
    changed, gone = set(), set()
    for each in citations:
        if each.post in post_digests:
            if post_digests[each.post] != each.digest:
                changed.add(each.post)
        elif _source(each.post) in known:
            gone.add(each.post)
    return Stale(tuple(sorted(changed - gone)), tuple(sorted(gone)))


def _source(post: str) -> str:
    return post.partition(":")[0]
