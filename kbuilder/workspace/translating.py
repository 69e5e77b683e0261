"""Articles in several languages: each names the others, the oldest is the original, and the others follow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kbuilder.errors import Conflict
from kbuilder.records import Article
from kbuilder.review import verdicts, writing
from kbuilder.text import N_
from kbuilder.workspace import reviewing
from kbuilder.workspace.parts import Parts


@dataclass(frozen=True, slots=True)
class Pair:
    """A translation beside its original."""

    original: Article
    translation: Article

    @property
    def behind(self) -> bool:
        """Whether the original was changed after it was last looked at."""
        return is_behind(self.translation, self.original)


def by_id(articles: Iterable[Article]) -> dict[str, Article]:
    """Articles as the other functions want them."""
    return {each.id: each for each in articles}


def of(article: Article, known: Mapping[str, Article]) -> list[Article]:
    """An article in its other languages, by language."""
    found = (known[name] for name in article.translations.values() if name in known and name != article.id)
    return sorted(found, key=lambda each: each.language)


def original(article: Article, known: Mapping[str, Article]) -> Article | None:
    """What an article is a translation of: the oldest in any language; ``None``: it is that itself."""
    first = min([article, *of(article, known)], key=lambda each: (each.created, each.id))
    return None if first.id == article.id else first


def is_behind(article: Article, first: Article | None) -> bool:
    """Whether an original was changed after its translation was changed or looked at."""
    return first is not None and first.updated > max(article.updated, article.verified)


def pairs(articles: Sequence[Article]) -> list[Pair]:
    """All translations beside their originals; those that are behind come first, the longest behind at the top."""
    known = by_id(articles)
    found = [Pair(first, each) for each in articles if (first := original(each, known))]
    return sorted(found, key=lambda each: (not each.behind, each.original.updated, each.translation.id))


def translate(parts: Parts, name: str, article: Article, editor: str) -> Article:
    """An article in another language, which each of its other languages names from then on: one commit.

    Args:
        name: of the original, or of any of its translations.
        article: as it is to be; its sentences are editorial.

    Raises:
        Conflict: it is told in that language already, or retired.
        Incomplete: it has no title or no text.
    """
    with reviewing.deciding(parts):
        tree = parts.head()
        articles = parts.decided.articles(tree)
        first = parts.decided.article(tree, name)
        verdicts.in_use(first)
        group = [first, *of(first, by_id(articles))]
        if article.language in {each.language for each in group}:
            raise Conflict(
                N_("“{title}” is told in {language} already."),
                N_("Change that article."),
                title=first.title,
                language=article.language,
            )
        bare = replace(article, redirects=(), phrasings=(), related=(), valid_until="")
        named = replace(bare, translations={each.language: each.id for each in group})
        taken = verdicts.slugs(articles, article.language)
        verdict = writing.create(named, taken, editor, parts.clock())
        beside = reviewing.naming(group, reviewing.article_of(verdict))
        told = f"Translate “{first.title}” into {article.language}"
        return reviewing.article_of(reviewing.commit(parts, tree, verdict, told, beside=beside))
