"""Candidates and articles that may be the same problem as a candidate, and what says so.

A word says what a text is about where it stands in a title by more than chance: "drank" stands in the answers of many
threads and in a title or two, "growler" in few answers and in their titles, too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kbuilder.index.lexical import Words, common_words, stems
from kbuilder.records import Article, Candidate
from kbuilder.text import words

if TYPE_CHECKING:
    from kbuilder.review.queue import Item

ALIKE = 6
"""Candidates and articles that are shown as perhaps the same."""
RARE = 3
"""Titles that share a word, at most, where the word says that they may be the same."""
COMMON = 0.02
"""The share of titles from which on a word says nothing of one problem."""
TITLED = 0.1
"""Of the texts that have a word, the share that must have it in the title."""
SHORTEST = 3
"""Letters of words that tell something."""
_AIMLESS = {
    "en": "begin bring call change come find get give go happen help keep know leave let like look make mean meant "
    "need put say see seem start stop take tell think try turn use want work always another anyone anything best "
    "better different else ever good instead kind long many much never new old possible problem proper question "
    "quick right simple small someone something thing time way",
    "de": "beginnen bekommen bleiben brauchen bringen fehlen finden funktionieren geben gehen halten helfen heißen "
    "kommen lassen liegen machen meinen nehmen nutzen sagen sehen stehen stellen suchen tun verwenden wissen "
    "bleibt fehlt findet funktioniert geht gibt hält kommt lässt liegt macht nimmt sieht steht stellt beim "
    "besser bitte eben einfach erst ganz gar gerade gut immer irgendwie jemand kurz lange mehr möglich neu nie "
    "beide obwohl per plötzlich problem richtig schnell schon seit statt trotz warum wegen wieso zwei",
}
"""Words that may stand in any title: in a small archive, chance puts one of them into two."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A candidate or article that may be the same problem, and what says so."""

    id: str
    title: str
    language: str
    article: bool
    lineage: str = ""
    product: str = ""
    why: tuple[str, ...] = ()
    """Words that its title shares with the candidate's, as they stand in it."""
    likeness: float = 0.0
    """By what the build compared; at 1 they would have been one candidate. 0: it is not among the nearest."""


@dataclass(frozen=True)
class Titles:
    """What the titles of all candidates of a build are made of."""

    holding: Mapping[tuple[str, str], Sequence[str]]
    """By language and stem, the candidates in whose titles it stands, by lineage."""
    texts: Sequence[Mapping[str, Words]]
    """The words of all threads, by language."""

    @classmethod
    def of(cls, items: Iterable[Item], texts: Sequence[Mapping[str, Words]]) -> Titles:
        holding = defaultdict(list)
        for item in items:
            for stem in written(item.title, item.language):
                holding[item.language, stem].append(item.lineage)
        return cls(dict(holding), texts)

    def asked(self, candidate: Candidate) -> frozenset[str]:
        """The stems of a candidate's phrasings that may say what its problem is."""
        language = candidate.language
        said = {stem for each in candidate.phrasings for stem in written(each, language)}
        return frozenset(stem for stem in said if self._tells(stem, language))

    def sharing(self, candidate: Candidate) -> list[str]:
        """The candidates in whose titles such a stem stands, by lineage."""
        found = (self.holding.get((candidate.language, stem), ()) for stem in sorted(self.asked(candidate)))
        return list(dict.fromkeys(lineage for each in found for lineage in each))

    def _tells(self, stem: str, language: str) -> bool:
        found = (each.get(language.partition("-")[0]) for each in self.texts)
        count = sum(each.frequency(stem) for each in found if each)
        return len(self.holding.get((language, stem), ())) >= TITLED * count


def similar(
    candidate: Candidate, items: Sequence[Item], articles: Sequence[Article], titles: Titles, count: int
) -> list[Similar]:
    """Others that may be the same: first those that the build found near, then those that share rare words.

    Args:
        items: candidates that wait: all that are near or :meth:`Titles.sharing` a stem.
        articles: all that there are.
        count: of the candidates that wait.
    """
    near, language = dict(candidate.near), candidate.language
    named = [Similar(each.lineage, each.title, each.language, False, each.lineage, each.product) for each in items]
    named += [Similar(each.id, each.title, each.language, True, each.lineage, each.product) for each in articles]
    others = [each for each in named if each.language == language and each.lineage != candidate.lineage]
    shared = _telling(others, titles.asked(candidate), max(RARE, COMMON * (count + len(articles))))
    found = [
        replace(each, why=_as_written(each, both), likeness=near.get(each.lineage, 0.0))
        for each, both in zip(others, shared, strict=True)
    ]
    own = written(candidate.phrasings[0], language)
    nearest = sorted((each for each in found if each.likeness), key=lambda each: (-each.likeness, each.id))
    by_words = (found[number] for number in _sharing(found, shared, len(own)) if not found[number].likeness)
    return [*nearest, *by_words][:ALIKE]


def _telling(others: Sequence[Similar], own: Set[str], most: float) -> list[Set[str]]:
    """The stems that each title shares with a candidate's phrasings, and that no more titles than ``most`` have.

    What names the product is none of them: a product has many problems.
    """
    shared = [
        (own & written(each.title, each.language).keys()) - written(each.product, each.language).keys()
        for each in others
    ]
    counts = Counter(stem for both in shared for stem in both)
    return [{stem for stem in both if counts[stem] <= most} for both in shared]


def _sharing(others: Sequence[Similar], shared: Sequence[Set[str]], own: int) -> list[int]:
    """Numbers of the titles that share the rarest words with a candidate's, the likeliest first.

    One word is chance, unless it is half of what either title says.

    Args:
        shared: the stems that each shares.
        own: how many the candidate's title has.
    """
    counts = Counter(stem for both in shared for stem in both)
    sizes = [len(written(each.title, each.language)) for each in others]
    scored = [
        (sum(1 / counts[stem] for stem in both) * len(both) / size, number)
        for number, (both, size) in enumerate(zip(shared, sizes, strict=True))
        if any(counts[stem] <= RARE for stem in both) and (len(both) > 1 or 2 * len(both) >= min(own, size))
    ]
    return [number for _, number in sorted(scored, key=lambda each: (-each[0], others[each[1]].id))]


def _as_written(each: Similar, shared: Set[str]) -> tuple[str, ...]:
    """The words of a title whose stems are shared, as they stand in it."""
    return tuple(word for stem, word in written(each.title, each.language).items() if stem in shared)


@lru_cache(50_000)
def written(title: str, language: str) -> Mapping[str, str]:
    """The stems of a title that may say something, and the word that each is of, in order.

    >>> dict(written("Verstärker geht nicht aufs Ladekabel", "de"))
    {'verstark': 'Verstärker', 'ladekabel': 'Ladekabel'}
    """
    found: dict[str, str] = {}
    for word in words(title):
        (stem,) = stems(word, language) or ("",)
        if len(word) >= SHORTEST and not word.isdecimal() and stem not in _aimless(language.partition("-")[0]):
            found.setdefault(stem, word)
    return found


@cache
def _aimless(language: str) -> frozenset[str]:
    """The stems of words that say nothing of what a text is about."""
    return frozenset(stems(" ".join((*common_words(language), _AIMLESS.get(language, ""))), language))
