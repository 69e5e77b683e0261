"""Articles whose sources are no longer what they were."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, replace

from kbuilder.records import Article, Citation, Post
from kbuilder.review import provenance
from kbuilder.text import sentences


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


def renewed(article: Article, posts: Mapping[str, Post]) -> Article:
    """An article that an editor has compared with its changed sources, resting on them as they are now.

    A sentence whose words still stand in the post cites their new place. Of one whose words do not, or whose post is
    gone, the reference goes: it is editorial from now on.

    Args:
        article: as the editor leaves it.
        posts: those of the cited posts that there are, by id.
    """
    told = {key: each.text for each in provenance.statements(article.body) for key in each.keys}
    found = {
        key: _renewed(citation, told.get(key, ""), posts.get(citation.post))
        for key, citation in article.sources.items()
    }
    kept = {key: citation for key, citation in found.items() if citation}
    return replace(article, body=provenance.without(article.body, found.keys() - kept.keys()), sources=kept)


def _renewed(citation: Citation, text: str, post: Post | None) -> Citation | None:
    if post is None or post.digest == citation.digest:
        return citation if post else None
    for start, _ in sentences(text) or [(0, 0)]:
        place = _find(text[start:], post.body)
        if place:
            return replace(citation, start=place[0], end=place[1], digest=post.digest)
    return None


def _find(text: str, body: str) -> tuple[int, int] | None:
    """Where words stand in a post, whatever the white space between them."""
    found = re.search(r"\s+".join(map(re.escape, text.split())), body) if text else None
    return found.span() if found else None


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
