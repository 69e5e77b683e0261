"""An editor's verdict: made by the review room, and lasting once it is one commit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from kbuilder.errors import Conflict, KBError, NotFound, Said
from kbuilder.records import Article, Candidate, Citation, Decision, Draft, Post, Refusal, State, Thread
from kbuilder.redact import redact
from kbuilder.review import grouping, provenance, standing, verdicts, writing
from kbuilder.review import queue as waiting
from kbuilder.review.queue import Item
from kbuilder.store import articles as article_files
from kbuilder.store import decisions as decision_files
from kbuilder.store.git import Tree
from kbuilder.store.locks import locked
from kbuilder.text import N_
from kbuilder.workspace import generation, pictures, proposals
from kbuilder.workspace.generation import Generation
from kbuilder.workspace.parts import Parts

PATIENCE = 30.0
"""Seconds that a verdict waits for another one; each takes milliseconds."""


@dataclass(frozen=True)
class Case:
    """All that a verdict on a candidate is about, as it stands."""

    tree: Tree
    candidate: Candidate
    draft: Draft | Refusal
    articles: list[Article]


def queue(parts: Parts) -> list[Item]:
    """What waits for an editor, as of the last build and the last verdict."""
    built, tree = generation.needed(parts.derived), parts.head()
    decisions, articles = parts.decided.decisions(tree), parts.decided.articles(tree)
    return waiting.queue(
        list(built.candidates.values()),
        built.drafts,
        decisions,
        articles,
        proposals.on_articles(parts, tree, built, articles),
        _moving(built, decisions),
        built.unjudged,
    )


def _moving(built: Generation, decisions: Sequence[Decision]) -> set[str]:
    """Threads that a verdict puts elsewhere which the last build did not know, or knew and which was taken back."""
    standing_now = {each.id for each in standing.standing(decisions) if each.verdict in grouping.VERDICTS}
    return {member for each in decisions if each.id in standing_now ^ built.followed for member in each.members}


def lineage_of(parts: Parts, start: str) -> str:
    """The one candidate whose id begins so.

    Raises:
        NotFound: none does, or several do.
    """
    found = [each for each in generation.needed(parts.derived).candidates if start and each.startswith(start)]
    if len(found) != 1:
        several = N_("Several candidates have an id that begins with “{start}”.")
        none = N_("No candidate has an id that begins with “{start}”.")
        hint = N_("List those that wait with: kbuilder review list")
        raise NotFound(several if found else none, hint, start=start)
    return found[0]


def draft(parts: Parts, lineage: str) -> Draft | Refusal:
    """A candidate's draft, or why there is none."""
    return _known(generation.needed(parts.derived), lineage)[1]


def members(parts: Parts, lineage: str) -> list[Thread]:
    """The threads of a candidate that are still there; last those that ask the same and have no answer."""
    candidate, _ = _known(generation.needed(parts.derived), lineage)
    found = (parts.database.thread(member) for member in (*candidate.members, *candidate.asking))
    return [thread for thread in found if thread]


def approve(
    parts: Parts, lineage: str, editor: str, *, title: str, body: str, seen: str, state: State = "validated"
) -> Article:
    """A draft becomes an article, in one commit with its decision."""
    with deciding(parts):
        case = _case(parts, lineage)
        if isinstance(case.draft, Refusal):
            raise KBError(
                N_("There is no draft to approve: {reason}"), case.draft.hint, reason=Said(case.draft.reason)
            )
        made = verdicts.approve(
            case.draft,
            case.candidate,
            verdicts.slugs(case.articles, case.draft.language),
            editor,
            parts.clock(),
            seen=seen,
            title=title,
            body=body,
            spans=spans(parts, case.draft.sources) if body else None,
            state=state,
        )
        told = _translations(case)
        names = {each.language: each.id for each in told}
        made = replace(made, article=replace(article_of(made), translations=names))
        article = article_of(commit(parts, case.tree, made, f"Approve “{title or case.draft.title}”"))
        for each in told:
            name_translation(parts, each, article, editor)
        return article


def _translations(case: Case) -> list[Article]:
    """Articles that answer the same problem in other languages, for the same readers; one a language."""
    found: dict[str, Article] = {}
    for each in sorted(case.articles, key=lambda each: (each.created, each.id)):
        same = each.lineage in case.candidate.translations and each.audience == case.draft.audience
        if same and each.language != case.candidate.language:
            found.setdefault(each.language, each)
    return list(found.values())


def name_translation(parts: Parts, article: Article, translation: Article, editor: str) -> None:
    """Let an article name another one as what it says in that one's language, in a commit of its own."""
    made = writing.link(article, {translation.language: translation.id}, editor, parts.clock())
    commit(parts, parts.head(), made, f"Name the translation of “{article.title}”", article)


def reject(parts: Parts, lineage: str, editor: str, reason: str) -> Decision:
    """A candidate is turned down."""
    with deciding(parts):
        case = _case(parts, lineage)
        made = verdicts.reject(case.draft, case.candidate, editor, parts.clock(), reason)
        shown = case.draft.title if isinstance(case.draft, Draft) else case.candidate.lineage
        return commit(parts, case.tree, made, f"Reject “{shown}”: {made.decision.reason}").decision


def merge(parts: Parts, lineages: Sequence[str], editor: str, *, article: str, reason: str) -> Decision:
    """Several candidates are one, or one that an article answers."""
    with deciding(parts):
        built, tree = generation.needed(parts.derived), parts.head()
        into = parts.decided.article(tree, article) if article else None
        own = [into.lineage] if into and into.lineage in built.candidates else []
        found = [_known(built, each)[0] for each in dict.fromkeys([*own, *lineages])]
        made = grouping.merge(found, editor, parts.clock(), article=into, reason=reason)
        told = into.title if into else found[0].phrasings[0] if found[0].phrasings else found[0].lineage
        return commit(parts, tree, made, _because(f"Merge {len(found)} candidates into “{told}”", reason)).decision


def split(parts: Parts, lineage: str, threads: Collection[str], editor: str, *, reason: str) -> Decision:
    """Some threads of a candidate are another problem."""
    with deciding(parts):
        candidate, _ = _known(generation.needed(parts.derived), lineage)
        made = grouping.split(candidate, threads, editor, parts.clock(), reason=reason)
        told = f"Split {len(made.decision.members)} threads from {lineage}"
        return commit(parts, parts.head(), made, _because(told, reason)).decision


def link(
    parts: Parts, verdict: Literal["must-link", "cannot-link"], threads: Sequence[str], editor: str, *, reason: str
) -> Decision:
    """Threads are one problem, or no two of them are."""
    with deciding(parts):
        for thread in threads:
            _stored(parts, thread)
        holders = {
            m: each.lineage for each in generation.needed(parts.derived).candidates.values() for m in each.members
        }
        lineage = holders.get(threads[0], "") if threads else ""
        made = grouping.link(verdict, threads, editor, parts.clock(), lineage=lineage, reason=reason)
        told = f"{'Link' if verdict == 'must-link' else 'Keep apart'}: {', '.join(made.decision.members)}"
        return commit(parts, parts.head(), made, _because(told, reason)).decision


def expire(parts: Parts, target: str, editor: str, *, reason: str) -> Decision:
    """A candidate, by lineage, or an article, by id or slug, is past."""
    with deciding(parts):
        if target in generation.needed(parts.derived).candidates:
            case = _case(parts, target)
            draft = case.draft.digest if isinstance(case.draft, Draft) else ""
            made = verdicts.expire(case.candidate, editor, parts.clock(), draft=draft, reason=reason)
            return commit(parts, case.tree, made, _because(f"Expire {target}", reason)).decision
        tree = parts.head()
        article = parts.decided.article(tree, target)
        made = verdicts.expire(article, editor, parts.clock(), reason=reason)
        return commit(parts, tree, made, _because(f"Archive “{article.title}”", reason), before=article).decision


def _because(told: str, reason: str) -> str:
    return told + (f": {reason}" if reason else "")


def _stored(parts: Parts, name: str) -> Thread:
    thread = parts.database.thread(name)
    if thread is None:
        raise NotFound(
            N_("There is no thread {name}."), N_("Name it as “kbuilder review show ID” lists it."), name=name
        )
    return thread


def edit(
    parts: Parts,
    name: str,
    editor: str,
    *,
    title: str,
    body: str,
    reason: str,
    seen: str = "",
    until: str | None = None,
) -> Article:
    """An article, by id or slug, gets a new version."""
    with deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        made = verdicts.edit(
            article,
            editor,
            parts.clock(),
            title=title,
            body=body,
            reason=reason,
            seen=seen,
            spans=spans(parts, article.sources),
            about=proposals.about(parts, tree, article),
            until=until,
        )
        made = verdicts.Verdict(made.decision, _rebased(parts, article_of(made)))
        return article_of(commit(parts, tree, made, _because(f"Edit “{article.title}”", reason), before=article))


def accept(parts: Parts, name: str, editor: str, *, reason: str = "") -> Article:
    """What further threads add to an article is taken into it, each sentence with its source.

    Raises:
        KBError: they add nothing.
    """
    with deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        new = proposals.updated(parts, tree, article)
        if new is None:
            raise KBError(
                N_("Nothing was proposed for “{title}” that could be taken over as it is."),
                N_("Change it yourself with: kbuilder review edit {name}"),
                title=article.title,
                name=article.slug,
            )
        made = verdicts.edit(
            replace(new, body=article.body),
            editor,
            parts.clock(),
            body=new.body,
            reason=reason,
            spans=spans(parts, new.sources),
            about=proposals.about(parts, tree, article),
        )
        return article_of(commit(parts, tree, made, _because(f"Add to “{article.title}”", reason), before=article))


def dismiss(parts: Parts, name: str, editor: str, reason: str) -> Decision:
    """An article stays as it is, whatever was proposed for it."""
    with deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        made = verdicts.dismiss(article, editor, parts.clock(), reason, proposals.about(parts, tree, article))
        return commit(parts, tree, made, f"Leave “{article.title}” as it is: {made.decision.reason}").decision


def undo(parts: Parts, target: str, editor: str) -> Decision:
    """The last standing verdict on a candidate or article is taken back."""
    with deciding(parts):
        tree = parts.head()
        decisions = parts.decided.decisions(tree)
        name = _target(parts, tree, decisions, target)
        taken = standing.last(decisions, name)
        article = next((each for each in parts.decided.articles(tree) if each.id == taken.article), None)
        before = _version_before(parts, taken) if verdicts.effect_of_undo(taken) == "restore" else None
        made = verdicts.undo(decisions, name, editor, parts.clock(), article=article, before=before)
        told = f"Take back the verdict {taken.id}"
        return commit(parts, tree, made, told, before=article if before else None).decision


def spans(parts: Parts, cited: Mapping[str, Citation]) -> dict[str, str]:
    """The words that each citation rests on, redacted, where the posts are still as they were."""
    posts = {key: _post(parts, citation) for key, citation in cited.items()}
    return {
        key: redact(post.body[cited[key].start : cited[key].end]).text
        for key, post in posts.items()
        if post and post.digest == cited[key].digest
    }


@contextmanager
def deciding(parts: Parts) -> Iterator[None]:
    """One verdict at a time."""
    with locked(parts.var / "verdict.lock", N_("another verdict"), PATIENCE):
        yield


def _known(built: Generation, lineage: str) -> tuple[Candidate, Draft | Refusal]:
    if lineage not in built.candidates:
        raise NotFound(
            N_("There is no candidate {lineage}."),
            N_("List those that wait with: kbuilder review list"),
            lineage=lineage,
        )
    return built.candidates[lineage], built.drafts[lineage]


def _case(parts: Parts, lineage: str) -> Case:
    """The candidate with its draft, if it still waits for a verdict."""
    built, tree = generation.needed(parts.derived), parts.head()
    candidate, found = _known(built, lineage)
    articles, decisions = parts.decided.articles(tree), parts.decided.decisions(tree)
    if _moving(built, decisions) & {*candidate.members}:
        raise Conflict(
            N_("An editor has decided which threads of {lineage} belong together since it was built."),
            N_("Build, and look at it again: kbuilder build"),
            lineage=lineage,
        )
    waits = waiting.queue([candidate], {lineage: found}, decisions, articles)
    if isinstance(found, Draft) and not waits:
        raise Conflict(
            N_("The candidate {lineage} has been decided already."),
            N_("Take that verdict back with: kbuilder review undo {lineage}"),
            lineage=lineage,
        )
    return Case(tree, candidate, found, articles)


def _target(parts: Parts, tree: Tree, decisions: list[Decision], name: str) -> str:
    """The lineage, article or decision that decisions know for an id, its beginning, or a slug.

    A candidate that went into another, or into an article, stands for the verdict that put it there.
    """
    known = {name for each in decisions for name in (each.id, each.lineage, each.article)}
    slugs = {each.slug: each.id for each in parts.decided.articles(tree)}
    begun = [each for each in known if each.startswith(name)]
    if name in known or name in slugs or len(begun) == 1:
        return name if name in known else slugs.get(name) or begun[0]
    built = generation.current(parts.derived)
    found = [each for key, each in built.candidates.items() if key.startswith(name)] if built else []
    merged = [
        each.id
        for each in standing.standing(decisions)
        if each.verdict == "merge" and len(found) == 1 and {*found[0].members} <= {*each.members}
    ]
    return merged[-1] if merged else name


def _version_before(parts: Parts, taken: Decision) -> Article | None:
    """The article as it was when the decision was not yet made."""
    file = decision_files.path(taken)
    for version in parts.repository.history():
        tree = parts.repository.tree(version.id)
        if tree.blob(file) is None:
            return next((each for each in parts.decided.articles(tree) if each.id == taken.article), None)
    return None


def _rebased(parts: Parts, article: Article) -> Article:
    """The article resting on its sources as they are today, as far as these still say the same.

    A sentence that its changed source no longer holds loses that reference: from now on it is the editor's.
    """
    body, cited = article.body, dict(article.sources)
    for statement in reversed(provenance.statements(article.body)):
        for key in statement.keys:
            post = _post(parts, article.sources[key])
            if post is None or post.digest == article.sources[key].digest:
                continue
            start = post.body.find(statement.text)
            if start >= 0:
                end = start + len(statement.text)
                cited[key] = replace(cited[key], start=start, end=end, digest=post.digest)
            else:
                marks = body[statement.start : statement.end].replace(f"[^{key}]", "")
                body = body[: statement.start] + marks + body[statement.end :]
                cited.pop(key, None)
    return replace(article, body=body, sources=cited)


def _post(parts: Parts, citation: Citation) -> Post | None:
    """The cited post as it is now."""
    thread = parts.database.thread(citation.post.partition("#")[0])
    return next((each for each in thread.posts if each.id == citation.post), None) if thread else None


def article_of(made: verdicts.Verdict) -> Article:
    """The article that a verdict makes."""
    if made.article is None:
        raise AssertionError("this verdict makes an article")
    return made.article


def commit(
    parts: Parts, tree: Tree, made: verdicts.Verdict, message: str, before: Article | None = None
) -> verdicts.Verdict:
    """Article, its new pictures and decision, in one commit; the decision after all others of its second.

    Raises:
        Incomplete: a picture is not there, or has no description.
    """
    earlier = [each.nth for each in parts.decided.decisions(tree) if each.time == made.decision.time]
    if earlier:
        made = replace(made, decision=verdicts.named(replace(made.decision, id="", nth=max(earlier) + 1)))
    changes: dict[str, bytes | None] = {decision_files.path(made.decision): decision_files.write(made.decision)}
    gone = made.removed or before
    if gone:
        changes[article_files.path(gone)] = None
    joining: dict[str, bytes] = {}
    if made.article:
        if _is_new_text(made, before):
            pictures.check(parts, tree, made.article.body)
        joining = pictures.joining(parts, tree, made.article.body)
        changes[article_files.path(made.article)] = article_files.write(made.article)
    parts.repository.commit(tree, {**changes, **joining}, message, made.decision.editor, made.decision.time)
    pictures.saved(parts, [*joining])
    return made


def _is_new_text(made: verdicts.Verdict, before: Article | None) -> bool:
    """Whether an editor stands for a text with this verdict who has not before.

    What was brought in, and waits for a publisher, is looked at when it is published.
    """
    if made.article is None or made.decision.verdict not in ("approve", "edit"):
        return False
    if made.article.state == "draft" and not made.decision.draft:
        return False
    return before is None or before.body != made.article.body or before.state == "draft"
