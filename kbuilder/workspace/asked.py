"""What askers found no answer to: kept questions that ask the same, brought together like threads.

They are looked at when somebody wants to see them, and written nowhere: what is no longer kept is no longer told, and
a build does not depend on it. What an editor decides on them lasts, as every verdict does: by handles of the
questions, from which nobody reads them, and in the words that the editor writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kbuilder import candidates, suggest
from kbuilder.candidates import demand
from kbuilder.candidates.asking import LEAST
from kbuilder.errors import Conflict, NotFound
from kbuilder.records import Article, Decision, Demand, Suggestion, digest
from kbuilder.review import asking, standing, verdicts
from kbuilder.review.queue import ASKED, Item
from kbuilder.store.askers import Askers, Question
from kbuilder.text import N_, fold, short_id, squeeze
from kbuilder.workspace import answering, generation, reviewing
from kbuilder.workspace.events import days_ago
from kbuilder.workspace.parts import Parts

MOST = 500
"""Questions that are looked at, the newest: a desk does not wait for more."""
LONGEST = 200
"""Characters of a title."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Questions that ask one thing, and that nothing answered surely."""

    id: str
    language: str
    audience: str
    product: str
    """That all are about; ``""``: not one, or none is known."""
    askers: int
    """How often it was asked: of each page view the last question counts, and what names no page view once in all."""
    page_views: int
    questions: tuple[str, ...]
    """Without personal data, the newest first."""
    last: str
    """The day of the newest."""
    handles: tuple[str, ...]
    """Of the questions, the oldest first: the first is its id."""
    wordings: tuple[str, ...] = ()
    """What editors wrote of the same."""
    decision: Decision | None = None
    """The verdict on it."""

    @property
    def title(self) -> str:
        """The newest one's first line."""
        line = squeeze(self.questions[0].partition("\n")[0])
        return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


@dataclass(frozen=True)
class Gathered:
    """What was brought together last, and from what: as long as that stands it is not done again."""

    looked: str = ""
    """The minute in which the questions were read, and the build and the commit of then."""
    key: tuple[object, ...] = ()
    found: tuple[Missing, ...] = ()
    vectors: Mapping[str, np.ndarray] = field(default_factory=dict)
    """By digest of the text; in memory alone, as long as the question is kept."""


def gather(parts: Parts, before: Gathered) -> Gathered:
    """What several askers found no answer to; ``before`` again while nothing changed, and within a minute.

    Raises:
        StaleError: nothing was built yet.
    """
    days = parts.config().asking.keep_questions
    if not days:
        return Gathered()
    built, minute = generation.needed(parts.derived), parts.clock()[:16]
    looked = f"{minute} {built.id} {parts.head().id}"
    if before.looked == looked:
        return before
    wordings = tuple(sorted({words for each in _standing(parts) for words in each.phrasings}))
    if before.looked.partition(" ")[0] == minute and before.key[:2] == (built.id, wordings):
        return replace(before, looked=looked)
    kept = Askers(parts.database).questions(days_ago(parts, days))[-MOST:]
    key = (built.id, wordings, *kept)
    if before.key == key:
        return replace(before, looked=looked)
    vectors = _vectors(parts, [*(each.text for each in kept), *wordings], before.vectors)
    found = [
        missing
        for scope in sorted({_scope(each) for each in kept})
        for missing in _together(parts, [each for each in kept if _scope(each) == scope], wordings, vectors)
    ]
    return Gathered(looked, key, tuple(sorted(found, key=lambda each: (-each.askers, each.questions))), vectors)


def judged(parts: Parts, found: Gathered) -> list[Missing]:
    """All of them, the most asked first, each with the verdict on it, if there is one."""
    decisions = _standing(parts) if found.found else []
    return [replace(each, decision=_decision(each, decisions)) for each in found.found]


def item(missing: Missing) -> Item:
    """As it stands in the editors' queue: an asker counts as one of a thread that nobody answered."""
    count = missing.askers
    wanted = Demand(
        threads=0,
        askers=count,
        views=0,
        recent=count,
        unanswered=count,
        last=missing.last,
        score=0.0,
    )
    return Item(
        kind="asked",
        lineage=missing.id,
        title=missing.title,
        language=missing.language,
        demand=replace(wanted, score=demand.score(wanted)),
        audience=missing.audience,
        product=missing.product,
        why=ASKED,
        values={"times": count, "pages": missing.page_views},
    )


def named(every: Sequence[Missing], name: str) -> Missing | None:
    """The one that an id, or its beginning, means: also by a question that was the oldest before."""
    found = [each for each in every if name and any(handle.startswith(name) for handle in each.handles)]
    return found[0] if len(found) == 1 else None


def nearest(parts: Parts, missing: Missing, most: int = 1) -> list[Suggestion]:
    """The answers that come nearest to the newest question, sure enough or not: by the same search, with no bar."""
    library = answering.library(parts)
    kinds = {kind: library.ranker.model(kind).model_copy(update={"bars": ()}) for kind in ("lexical", "dense")}
    return suggest.suggest(
        missing.questions[0],
        missing.language,
        library.indexes(missing.audience),
        library.reader,
        library.ranker.model_copy(update=kinds),
        precision=0.0,
        limit=most,
        pool=library.recipe.pool,
        audiences=library.config.audience[missing.audience].sees,
    )[:most]


# -- verdicts -------------------------------------------------------------------------------------------------


def reject(parts: Parts, missing: Missing, editor: str, *, reason: str, wording: str) -> Decision:
    """It is turned down, and not proposed again."""
    with reviewing.deciding(parts):
        made = asking.reject(_open(parts, missing, wording), editor, parts.clock(), reason)
        return reviewing.commit(parts, parts.head(), made, f"Reject what was asked: {made.decision.reason}").decision


def write(parts: Parts, missing: Missing, article: Article, editor: str, *, wording: str) -> Article:
    """An article about it, in one commit with its decision."""
    with reviewing.deciding(parts):
        tree = parts.head()
        taken = verdicts.slugs(parts.decided.articles(tree), article.language)
        made = asking.write(article, _open(parts, missing, wording), taken, editor, parts.clock())
        return _article(reviewing.commit(parts, tree, made, f"Write “{article.title}”, which was asked"))


def answer(parts: Parts, missing: Missing, name: str, editor: str, *, wording: str) -> Article:
    """An article, by id or slug, answers it: from now on it is found by these words too.

    Raises:
        NotFound: there is no such article.
    """
    with reviewing.deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        verdicts.in_use(article)
        made = asking.answer(article, _open(parts, missing, wording), editor, parts.clock())
        return _article(reviewing.commit(parts, tree, made, f"“{article.title}” answers what was asked", article))


def article_about(parts: Parts, missing: Missing, title: str, body: str) -> Article:
    """An article as it is to be written about it, in a language of the site."""
    languages = parts.config().languages
    return Article(
        id="",
        slug="",
        title=title,
        language=missing.language if missing.language in languages else languages[0],
        body=body,
        created="",
        updated="",
        audience=missing.audience,
        product=missing.product,
    )


def _open(parts: Parts, missing: Missing, wording: str) -> asking.Judged:
    """What is judged, if nobody has done so meanwhile."""
    if _decision(missing, _standing(parts)):
        raise Conflict(
            N_("An editor has decided on this question already."),
            N_("Take that verdict back with: kbuilder review undo {lineage}"),
            lineage=missing.id,
        )
    return asking.Judged(missing.handles, wording)


def _article(made: verdicts.Verdict) -> Article:
    if made.article is None:
        raise AssertionError("these verdicts make an article")
    return made.article


def unknown(name: str) -> NotFound:
    """What to say where nothing of a name is asked."""
    return NotFound(
        N_("Nobody asks “{name}” any more: questions are kept for a while only."),
        N_("List what waits with: kbuilder review list"),
        name=name,
    )


# -- bringing together ----------------------------------------------------------------------------------------


def _together(
    parts: Parts, questions: Sequence[Question], wordings: Sequence[str], vectors: Mapping[str, np.ndarray]
) -> list[Missing]:
    """Questions of one language and audience, grouped as the last build grouped threads, with what editors wrote."""
    texts = [*(each.text for each in questions), *wordings]
    recipe, cuts = parts.recipe().candidates, generation.needed(parts.derived).cuts
    if (known := cuts.get(_scope(questions[0])[0])) is not None:
        recipe = recipe.model_copy(update={"cut": known.cut})
    ids = [f"{number:09d}" for number in range(len(texts))]
    rows = np.stack([vectors[digest(text)] for text in texts]) if vectors else None
    numbers, _ = candidates.labelled(ids, texts, rows, recipe)
    groups: dict[int, list[int]] = {}
    for row, number in enumerate(numbers):
        groups.setdefault(number, []).append(row)
    count = len(questions)
    made = (
        ([questions[row] for row in rows if row < count], tuple(texts[row] for row in rows if row >= count))
        for rows in groups.values()
    )
    return [found for some, words in made if some and (found := _missing(some, words)).askers >= LEAST]


def _missing(questions: Sequence[Question], wordings: tuple[str, ...]) -> Missing:
    oldest = sorted(questions, key=lambda each: (each.time, each.text))
    products = {each.product for each in questions}
    handles = tuple(dict.fromkeys(_handle(each.text) for each in oldest))
    views = {each.page_view for each in questions}
    return Missing(
        id=handles[0],
        language=oldest[-1].language,
        audience=oldest[-1].audience,
        product=products.pop() if len(products) == 1 else "",
        askers=len(views),
        page_views=len(views - {""}),
        questions=tuple(dict.fromkeys(each.text for each in reversed(oldest))),
        last=oldest[-1].time[:10],
        handles=handles,
        wordings=wordings,
    )


def _vectors(parts: Parts, texts: Sequence[str], known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Of each text by its digest, as questions are read; empty without a model."""
    encoder = parts.encoder
    if encoder is None:
        return {}
    wanted = {digest(text): text for text in texts}
    return {key: known[key] if key in known else encoder.question(text) for key, text in wanted.items()}


def _handle(text: str) -> str:
    return short_id(f"asked {fold(squeeze(text))}")


def _scope(question: Question) -> tuple[str, str]:
    """What is told apart: language and audience."""
    return question.language.partition("-")[0], question.audience


def _standing(parts: Parts) -> list[Decision]:
    return standing.standing(parts.decided.decisions(parts.head()))


def _decision(missing: Missing, decisions: Sequence[Decision]) -> Decision | None:
    """The last verdict on one of the questions, or on what an editor found to be the same."""
    handles, words = {*missing.handles}, {*missing.wordings}
    return next(
        (each for each in reversed(decisions) if handles & {*each.settles} or words & {*each.phrasings}), None
    )
