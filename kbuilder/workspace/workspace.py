"""A knowledge base as one object: open it, import, build, review, publish, suggest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbuilder.errors import KBError
from kbuilder.records import (
    Addition,
    Article,
    Decision,
    Draft,
    Fault,
    Progress,
    Refusal,
    State,
    Suggestion,
    Thread,
    silent,
)
from kbuilder.review.queue import with_asked
from kbuilder.workspace import (
    adapting,
    answering,
    asked,
    building,
    creating,
    erasing,
    explaining,
    generation,
    importing,
    learning,
    models,
    pinning,
    proposals,
    publishing,
    reviewing,
)
from kbuilder.workspace import status as status_of
from kbuilder.workspace.environment import clock as system_clock
from kbuilder.workspace.parts import Parts, find

if TYPE_CHECKING:
    from kbuilder.candidates.explaining import Explanation
    from kbuilder.candidates.threshold import Choice
    from kbuilder.embedding.adapt import Adapted
    from kbuilder.embedding.pins import Pin, Prefixes
    from kbuilder.publish import Published
    from kbuilder.review.queue import Item
    from kbuilder.review.reasons import Reason


class Workspace:
    """A knowledge base that is open.

    Make one with :meth:`create`, open one with :meth:`open`. Each method is one piece of work; all can be
    interrupted, and go on where they stopped when they are called again.

    >>> import tempfile
    >>> kb = Workspace.create(Path(tempfile.mkdtemp()) / "kb", recipe="small", example=True)
    >>> kb.import_threads("jsonl", kb.example).report.threads
    212
    >>> kb.build().fresh
    True
    >>> wanted = kb.queue()[0]
    >>> article = kb.approve(wanted.lineage, editor="ada")
    >>> kb.publish().articles
    1
    >>> kb.suggest("xyzzy plugh")
    []
    """

    def __init__(self, root: Path, clock: Callable[[], str] = system_clock) -> None:
        self.parts = Parts(root, clock)
        self._library: answering.Library | None = None
        self._asked = asked.Gathered()
        self._beside: Parts | None = None
        self.renewing = False
        """Whether somebody calls :meth:`renew`, so that no question waits for an index that is being made."""
        self.outdated: Exception | None = None
        """Why what was committed last is not suggested yet."""

    @classmethod
    def open(cls, folder: Path | str = ".", clock: Callable[[], str] = system_clock) -> Workspace:
        """The knowledge base that a folder is, or lies in.

        Raises:
            ConfigError: there is none.
        """
        return cls(find(Path(folder)), clock)

    @classmethod
    def create(
        cls,
        folder: Path | str,
        *,
        title: str = "Knowledge base",
        languages: tuple[str, ...] = ("en",),
        recipe: str = "default",
        example: bool = False,
        clock: Callable[[], str] = system_clock,
    ) -> Workspace:
        """A new, empty knowledge base; with ``example`` the one that ships, whose threads lie in :attr:`example`.

        Raises:
            Conflict: the folder is not empty.
        """
        parts = Parts(Path(folder).absolute(), clock)
        creating.create(parts, title, languages, recipe, example)
        return cls(parts.root, clock)

    @property
    def title(self) -> str:
        return self.parts.config().title

    @property
    def root(self) -> Path:
        return self.parts.root

    @property
    def example(self) -> Path:
        """Where a knowledge base made with ``example`` keeps the example community's threads."""
        return self.parts.var / creating.EXAMPLE

    def import_threads(
        self,
        format: str,  # noqa: A002 - the field's term
        path: Path | str,
        *,
        name: str = "",
        url: str = "",
        title: str = "",
        licence: str = "",
        complete: bool | None = None,
        allow_removals: bool = False,
        progress: Progress = silent,
    ) -> importing.ImportResult:
        """Import an export: ``stackexchange``, ``discourse``, ``jsonl`` or ``csv``.

        Args:
            name: of the source, in ids and attributions; made of the file's name where it is not given.
            url: of the forum, for links to threads and authors.
            complete: the export holds the whole source, so that absence means deletion.
            allow_removals: let an import remove more than 5 % of the source.

        Raises:
            ConfigError: no such format.
            SourceError: the export cannot be read, is hostile, or would remove too much.
        """
        given = {"name": name, "url": url, "title": title, "licence": licence, "complete": complete}
        source = importing.settle(self.parts, format, Path(path), given)
        return importing.run(self.parts, source, Path(path), allow_removals=allow_removals, progress=progress)

    def guess_columns(self, path: Path | str) -> dict[str, str]:
        """What an import would take the columns of a CSV file for: our field to the column's header."""
        return importing.guess_columns(Path(path))

    def build(self, progress: Progress = silent) -> building.Built:
        """Make candidates, drafts, index and the sites that there are fit what is stored and decided."""
        built = building.build(self.parts, progress)
        publishing.refresh(self.parts, progress)
        return built

    def build_plan(self) -> list[building.Stale]:
        """What :meth:`build` would do, and why."""
        return building.plan(self.parts)

    def build_check(self, progress: Progress = silent) -> list[str]:
        """Build twice from nothing, the second time in another order; the names of files that differ."""
        return building.check(self.parts, progress)

    @property
    def generation(self) -> generation.Generation:
        """The last build's result.

        Raises:
            StaleError: nothing was built yet.
        """
        return generation.needed(self.parts.derived)

    def queue(self) -> list[Item]:
        """What waits for an editor, the most wanted first."""
        return with_asked(reviewing.queue(self.parts), [asked.item(each) for each in self.missing()])

    def articles(self) -> list[Article]:
        """All articles as they are committed, by path."""
        return self.parts.decided.articles(self.parts.head())

    def members(self, lineage: str) -> list[Thread]:
        """A candidate's threads.

        Raises:
            NotFound: there is no such candidate.
        """
        return reviewing.members(self.parts, lineage)

    def lineage_of(self, start: str) -> str:
        """The one candidate whose id begins so.

        Raises:
            NotFound: none does, or several do.
        """
        return reviewing.lineage_of(self.parts, start)

    def cuts(self) -> dict[str, Choice]:
        """By language, the similarity from which on threads became one candidate, and why it lies there."""
        return self.generation.cuts

    def explain(self, lineage: str) -> Explanation:
        """Why a candidate is what it is: how near its threads are, and what is nearest outside.

        Raises:
            NotFound, StaleError: there is no such candidate, or it is older than its threads.
        """
        return explaining.explain(self.parts, self.lineage_of(lineage))

    def missing(self) -> list[asked.Missing]:
        """What several askers found no answer to and no editor decided on, where such questions are kept."""
        return [each for each in self._judged() if each.decision is None]

    def asked_of(self, name: str) -> asked.Missing | None:
        """What several askers found no answer to, by its id or the id's beginning, decided on or not."""
        return asked.named(self._judged(), name)

    def _judged(self) -> list[asked.Missing]:
        self._asked = asked.gather(self.parts, self._asked)
        return asked.judged(self.parts, self._asked)

    def reject_asked(self, name: str, *, editor: str, reason: str, wording: str = "") -> Decision:
        """Turn down what askers found no answer to: it is not proposed again.

        Args:
            wording: what was asked, in the editor's words: whoever asks so later is not proposed either.

        Raises:
            NotFound, Conflict: nobody asks it any more, or it was decided meanwhile.
        """
        return asked.reject(self.parts, self._asked_now(name), editor, reason=reason, wording=wording)

    def answer_asked(self, name: str, article: str, *, editor: str, wording: str = "") -> Article:
        """An article, by id or slug, answers what was asked: it is found by the editor's wording from now on."""
        return asked.answer(self.parts, self._asked_now(name), article, editor, wording=wording)

    def write_asked(self, name: str, article: Article, *, editor: str, wording: str = "") -> Article:
        """An article about what was asked, with the editor's wording among its phrasings."""
        return asked.write(self.parts, self._asked_now(name), article, editor, wording=wording)

    def _asked_now(self, name: str) -> asked.Missing:
        found = self.asked_of(name)
        if found is None:
            raise asked.unknown(name)
        return found

    def demanded(self) -> explaining.Demanded:
        """All problems, the most wanted first, and how many stand for 80 % of the demand."""
        return explaining.demanded(self.parts)

    def draft(self, lineage: str) -> Draft | Refusal:
        """A candidate's draft, or why there is none.

        Raises:
            NotFound: there is no such candidate.
        """
        return reviewing.draft(self.parts, lineage)

    def related(self, lineage: str) -> list[Article]:
        """The articles that a candidate's draft will lead to, the nearest first.

        Raises:
            NotFound: there is no such candidate.
        """
        draft = self.draft(lineage)
        return reviewing.related(self.generation.candidates[lineage], draft.audience, self.articles())

    def approve(
        self,
        lineage: str,
        *,
        editor: str,
        title: str = "",
        body: str = "",
        seen: str = "",
        state: State = "validated",
    ) -> Article:
        """Let a draft become an article, as it is or with the editor's title and body.

        Args:
            seen: digest of the draft that the editor saw; another one by now is a ``Conflict``.
            state: ``draft`` where somebody else is to publish it.

        Raises:
            NotFound, Conflict, KBError: no such candidate, decided meanwhile, or no draft to approve.
        """
        return reviewing.approve(self.parts, lineage, editor, title=title, body=body, seen=seen, state=state)

    def edit(
        self,
        article: str,
        *,
        editor: str,
        title: str = "",
        body: str = "",
        reason: str = "",
        seen: str = "",
        until: str | None = None,
        state: State = "validated",
    ) -> Article:
        """Give an article, by id or slug, another title or body, or say that it is still right.

        Args:
            seen: digest of the article that the editor saw; another one by now is a ``Conflict``.
            until: when it is to be looked at again, ``""`` for never; without it, as was said before.
            state: that of before, where the editor may not let readers see it.
        """
        return reviewing.edit(
            self.parts, article, editor, title=title, body=body, reason=reason, seen=seen, until=until, state=state
        )

    def proposed(self, article: str) -> tuple[list[Reason], list[Addition]]:
        """What there is to do about an article, by id or slug, and the sentences that further threads add to it.

        Raises:
            NotFound, StaleError: no such article, or nothing was built yet.
        """
        tree = self.parts.head()
        return proposals.of_article(self.parts, tree, self.parts.decided.article(tree, article))

    def accept(self, article: str, *, editor: str, reason: str = "", seen: str = "", proposed: str = "") -> Article:
        """Take into an article, by id or slug, what further threads add to it.

        Args:
            seen: digest of the article that the editor looked at; ``""``: not asked.
            proposed: likewise, of what was proposed (:func:`kbuilder.workspace.proposals.version`).

        Raises:
            Conflict: one of them has changed since.
            NotFound, KBError: no such article, or nothing to take over.
        """
        return reviewing.accept(self.parts, article, editor, reason=reason, seen=seen, proposed=proposed)

    def dismiss(self, article: str, *, editor: str, reason: str) -> Decision:
        """Leave an article, by id or slug, as it is: what was proposed for it is not proposed again."""
        return reviewing.dismiss(self.parts, article, editor, reason)

    def reject(self, lineage: str, *, editor: str, reason: str) -> Decision:
        """Turn a candidate down; it returns only when it has changed materially."""
        return reviewing.reject(self.parts, lineage, editor, reason)

    def merge(self, lineages: Sequence[str], *, editor: str, article: str = "", reason: str = "") -> Decision:
        """Candidates are one problem: the next build, and every later one, keeps their threads together.

        Args:
            lineages: the one to go on with first.
            article: by id or slug, that answers them already: they are not asked again.

        Raises:
            NotFound, NothingToGroup: no such candidate or article, or only one.
        """
        return reviewing.merge(self.parts, lineages, editor, article=article, reason=reason)

    def split(self, lineage: str, threads: Collection[str], *, editor: str, reason: str = "") -> Decision:
        """Some threads of a candidate are another problem: they go together, apart from what was asked so far.

        Raises:
            NotFound, NothingToGroup: no such candidate, or not some but not all of its threads.
        """
        return reviewing.split(self.parts, lineage, threads, editor, reason=reason)

    def pin(self, thread: str, lineage: str, *, editor: str, reason: str = "") -> Decision:
        """A thread belongs to a candidate, and stays with its threads whatever comes.

        Raises:
            NotFound, NothingToGroup: no such thread or candidate, or they are not of one kind or language.
            Conflict: another verdict says otherwise.
        """
        return pinning.pin(self.parts, thread, lineage, editor, reason=reason)

    def unpin(self, thread: str, *, editor: str) -> Decision:
        """Take the pin of a thread back.

        Raises:
            NotFound: it has none.
        """
        return pinning.unpin(self.parts, thread, editor)

    def must_link(self, threads: Sequence[str], *, editor: str, reason: str = "") -> Decision:
        """Threads, by id, are one problem.

        Raises:
            NotFound, NothingToGroup: no such thread, or only one.
        """
        return reviewing.link(self.parts, "must-link", threads, editor, reason=reason)

    def cannot_link(self, threads: Sequence[str], *, editor: str, reason: str = "") -> Decision:
        """No two of these threads are one problem.

        Raises:
            NotFound, NothingToGroup: no such thread, or only one.
        """
        return reviewing.link(self.parts, "cannot-link", threads, editor, reason=reason)

    def expire(self, target: str, *, editor: str, reason: str = "") -> Decision:
        """A candidate is past, and not asked again before somebody asks it anew; an article is archived.

        Args:
            target: a lineage, or an article's id or slug.

        Raises:
            NotFound, Conflict: nothing has this name, or it was decided already.
        """
        return reviewing.expire(self.parts, target, editor, reason=reason)

    def undo(self, target: str, *, editor: str) -> Decision:
        """Take back the last verdict on a candidate or article, or the verdict of an id."""
        return reviewing.undo(self.parts, target, editor)

    def pinned_models(self) -> list[models.Pinned]:
        """All pinned models, each compared with its files."""
        return models.pinned(self.parts)

    def verify_model(self, name: str) -> models.Pinned:
        """One of them.

        Raises:
            NotFound: there is no such pin.
        """
        return models.verified(self.parts, name)

    def pin_model(
        self, source: str, *, name: str = "", revision: str = "", licence: str = "", prefixes: Prefixes | None = None
    ) -> Pin:
        """Write down a sentence-transformers model by path or name, for recipes to name; fetch it if need be.

        Args:
            name: of the pin; by default made of the source.
            revision: of a model on the hub; by default the newest.
            licence: by default what the model's own card says.
            prefixes: what the model wants to read before a text; by default what it says itself.

        Raises:
            ModelError: there is no such model, or it cannot be read.
            Conflict: another model is pinned by this name.
        """
        return models.pin(self.parts, source, name, revision, licence, prefixes)

    def adapt(self, progress: Progress = silent) -> Adapted:
        """Train the recipe's model on the solved threads, without labels; keep and pin it if it finds them better.

        The next build uses it. Takes some minutes of one core.

        Raises:
            ModelError: there is no model to adapt.
        """
        found = adapting.adapt_model(self.parts, progress)
        self.parts.forget_models()
        return found

    def learn(self, *, plan: bool = False) -> learning.Lesson:
        """Learn from askers and editors how sure suggestions are; commit it if it surely is better.

        Args:
            plan: only see what would change.
        """
        return learning.learn(self.parts, plan=plan)

    def publish(self, audience: str = "public", progress: Progress = silent) -> Published:
        """Write the site of an audience, from what is committed alone."""
        return publishing.publish(self.parts, audience, progress)

    def publish_plan(self, audience: str = "public") -> list[tuple[str, str]]:
        """Pages that :meth:`publish` would write or remove, and why."""
        return publishing.plan(self.parts, audience)

    def publish_check(self, audience: str = "public") -> list[str]:
        """Publish twice from nothing; the names of files that differ."""
        return publishing.check_twice(self.parts, audience)[0]

    def suggest(
        self, question: str, language: str = "", audience: str = "public", product: str = ""
    ) -> list[Suggestion]:
        """Existing answers to a question, the likeliest first; none where nothing is sure enough.

        Args:
            language: the asker's (BCP 47); detected where it is not given.
            audience: whose articles and threads the asker may see.
            product: that the asker has: what is about another one is not shown.

        Raises:
            StaleError: nothing was built yet.
        """
        found = self._library
        if found and self.renewing and audience in found.config.audience:
            told = answering.ask(found, question, language, audience, product)
            if answering.is_current(self.parts, found) or answering.stands(self.parts, told, audience):
                return told
        self._library = answering.library(self.parts, found, steadfast=self.parts.steadfast)
        return answering.ask(self._library, question, language, audience, product)

    def renew(self) -> None:
        """Make ready what questions are answered from, in another thread than they are: until then the old answers.

        Raises:
            KBError: it cannot be made; the old answers last.
        """
        if self._library is None:  # the first question makes it
            return
        if self._beside is None:
            self._beside = self.parts.apart()
        try:
            self._library = answering.library(self._beside, self._library, steadfast=self.parts.steadfast)
        except Exception as error:
            self.outdated = error
            raise
        self.outdated = None

    @property
    def reader_id(self) -> str:
        """Id of the model that questions were read with last; ``""``: by words alone."""
        return self._library.reader.id if self._library and self._library.reader else ""

    @property
    def lacks(self) -> tuple[KBError, ...]:
        """Without what questions were answered last, where a server goes on."""
        return self._library.problems if self._library else ()

    def check(self) -> list[Fault]:
        """All that is wrong with configuration, articles, links, citations, licences and model pins."""
        return publishing.check(self.parts)

    def erase_post(self, post: str, progress: Progress = silent) -> erasing.Erased:
        """Remove a post from everything but git's history; a question takes its thread along."""
        return erasing.erase_post(self.parts, post, progress)

    def erase_author(self, author: str, progress: Progress = silent) -> erasing.Erased:
        """Remove all that an author wrote, and the name, from everything but git's history."""
        return erasing.erase_author(self.parts, author, progress)

    def export_vectors(self, file: Path) -> int:
        """Write the recipe's model's vectors made so far to a file; how many."""
        encoder = self.parts.encoder
        return self.parts.cache.export(encoder.id, file) if encoder else 0

    def import_vectors(self, file: Path) -> int:
        """Read the vectors of such a file; how many.

        Raises:
            SourceError: the file is no such file, or cut short.
        """
        return self.parts.cache.import_(file)[1]

    def close(self) -> None:
        """Let go of open files."""
        self.parts.close()
        if self._beside:
            self._beside.close()

    def status(self) -> dict[str, Any]:
        """Counts and what needs attention."""
        return status_of.status(self.parts)

    def upgrade(self) -> list[str]:
        """Bring files and database of an older version to this one; what was done."""
        return status_of.upgrade(self.parts)
