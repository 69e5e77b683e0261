"""An editor's verdict: made by the review room, and lasting once it is one commit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from kbuilder.config import Config
from kbuilder.errors import Conflict, KBError, Lines, NotFound, Said
from kbuilder.publish import faults
from kbuilder.publish.knowledge import SHOWN
from kbuilder.records import Article, Candidate, Citation, Decision, Draft, Fault, Refusal, State, Thread
from kbuilder.redact import redact
from kbuilder.review import grouping, provenance, standing, verdicts
from kbuilder.review import queue as waiting
from kbuilder.review.queue import Item
from kbuilder.store import articles as article_files
from kbuilder.store import decisions as decision_files
from kbuilder.store.git import Tree
from kbuilder.store.locks import locked
from kbuilder.store.people import Person
from kbuilder.text import N_
from kbuilder.workspace import generation, pictures, proposals, rights
from kbuilder.workspace.generation import Generation
from kbuilder.workspace.parts import Parts

PATIENCE = 30.0
"""Seconds that a verdict waits for another one; each takes milliseconds."""


class Faulty(KBError):
    """A text has faults that ``check`` would tell: all of them at once, each with its line."""

    def __init__(self, found: Sequence[Fault]) -> None:
        self.found = found
        lines = Lines(tuple(_line(each) for each in found))
        super().__init__("{faults}", N_("Mend that, then save it."), faults=lines)


def _line(fault: Fault) -> Said:
    """A fault with its line before it, and what to do behind it."""
    what, hint = Said(fault.message, fault.values), Said(fault.hint, fault.values)
    message = N_("Line {line}: {what}. {hint}") if fault.place else "{what}. {hint}"
    return Said(message, {"line": fault.place, "what": what, "hint": hint})


@dataclass(frozen=True)
class Case:
    """All that a verdict on a candidate is about, as it stands."""

    tree: Tree
    candidate: Candidate
    draft: Draft | Refusal
    articles: list[Article]


@dataclass(frozen=True)
class Taken:
    """What a text takes from the draft of a candidate that goes into it."""

    candidate: Candidate
    title: str
    """Of its draft."""
    sources: dict[str, Citation]
    """All that the text refers to from now on."""
    phrasings: tuple[str, ...]
    """All ways in which it is asked."""


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
    standing_now = {each.id for each in standing.standing(decisions) if each.groups}
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
    return candidate_of(generation.needed(parts.derived), lineage)[1]


def members(parts: Parts, lineage: str) -> list[Thread]:
    """The threads of a candidate that are still there; last those that ask the same and have no answer."""
    candidate, _ = candidate_of(generation.needed(parts.derived), lineage)
    found = (parts.database.thread(member) for member in (*candidate.members, *candidate.asking))
    return [thread for thread in found if thread]


def approve(
    parts: Parts,
    lineage: str,
    editor: str,
    *,
    title: str,
    body: str,
    seen: str,
    state: State = "validated",
) -> Article:
    """A draft becomes an article, in one commit with its decision."""
    with deciding(parts):
        case = open_case(parts, lineage)
        return approve_case(parts, case, editor, title=title, body=body, seen=seen, state=state)


def approve_case(
    parts: Parts,
    case: Case,
    editor: str,
    *,
    title: str,
    body: str,
    seen: str,
    state: State,
    taken: Taken | None = None,
) -> Article:
    """Likewise, by whoever decides already.

    Args:
        taken: what the body takes from another candidate, which goes into the article by the same verdict.
    """
    if isinstance(case.draft, Refusal):
        raise KBError(N_("There is no draft to approve: {reason}"), case.draft.hint, reason=Said(case.draft.reason))
    made = verdicts.approve(
        case.draft,
        case.candidate,
        verdicts.slugs(case.articles, case.draft.language),
        editor,
        parts.clock(),
        seen=seen,
        title=title,
        body=body,
        spans=spans(parts, taken.sources if taken else case.draft.sources) if body else None,
        state=state,
        sources=taken.sources if taken else None,
    )
    told = _translations(case)
    names = {each.language: each.id for each in told}
    near = tuple(each.id for each in related(case.candidate, case.draft.audience, case.articles))
    made = _taking(replace(made, article=replace(article_of(made), translations=names, related=near)), taken)
    message = f"Approve “{title or case.draft.title}”" + (f", merged with “{taken.title}”" if taken else "")
    beside = naming(told, article_of(made))
    return article_of(commit(parts, case.tree, made, message, beside=beside))


def _taking(made: verdicts.Verdict, taken: Taken | None) -> verdicts.Verdict:
    """A verdict that merges, too, where its text takes something from another candidate."""
    if taken is None:
        return made
    wider = replace(article_of(made), phrasings=taken.phrasings)
    return grouping.merging(replace(made, article=wider), [taken.candidate])


def _translations(case: Case) -> list[Article]:
    """Articles that answer the same problem in other languages, for the same readers; one a language."""
    found: dict[str, Article] = {}
    for each in sorted(case.articles, key=lambda each: (each.created, each.id)):
        same = each.lineage in case.candidate.translations and each.audience == case.draft.audience
        if same and each.language != case.candidate.language and each.state != "archived":
            found.setdefault(each.language, each)
    return list(found.values())


def related(candidate: Candidate, audience: str, articles: Sequence[Article]) -> list[Article]:
    """Articles that the nearest candidates have become and that its readers may see, the nearest first."""
    written = {each.lineage: each for each in articles if each.lineage and each.state != "archived"}
    found = (written[name] for name, _ in candidate.near if name in written)
    return [each for each in found if each.audience in ("public", audience)]


def naming(articles: Iterable[Article], translation: Article) -> list[Article]:
    """Articles that name another one as what they say in that one's language: they are committed with it."""
    return [
        replace(each, translations={**each.translations, translation.language: translation.id}) for each in articles
    ]


def _without(articles: Iterable[Article], gone: Article) -> list[Article]:
    """Those articles that name one that is gone, without it."""
    found = []
    for each in articles:
        named = {language: name for language, name in each.translations.items() if name != gone.id}
        left = replace(each, translations=named, related=tuple(name for name in each.related if name != gone.id))
        if left != each and each.id != gone.id:
            found.append(left)
    return found


def reject(parts: Parts, lineage: str, editor: str, reason: str) -> Decision:
    """A candidate is turned down."""
    with deciding(parts):
        case = open_case(parts, lineage)
        made = verdicts.reject(case.draft, case.candidate, editor, parts.clock(), reason)
        told = f"Reject “{called(case.candidate, case.draft)}”: {made.decision.reason}"
        return commit(parts, case.tree, made, told).decision


def merge(parts: Parts, lineages: Sequence[str], editor: str, *, article: str, reason: str) -> Decision:
    """Several candidates are one, or one that an article answers."""
    with deciding(parts):
        built, tree = generation.needed(parts.derived), parts.head()
        into = parts.decided.article(tree, article) if article else None
        if into:
            verdicts.in_use(into)
        own = [into.lineage] if into and into.lineage in built.candidates else []
        known = [candidate_of(built, each) for each in dict.fromkeys([*own, *lineages])]
        found = [candidate for candidate, _ in known]
        made = grouping.merge(found, editor, parts.clock(), article=into, reason=reason)
        told = into.title if into else called(*known[0])
        return commit(parts, tree, made, because(f"Merge {len(found)} candidates into “{told}”", reason)).decision


def split(parts: Parts, lineage: str, threads: Collection[str], editor: str, *, reason: str) -> Decision:
    """Some threads of a candidate are another problem."""
    with deciding(parts):
        candidate, found = candidate_of(generation.needed(parts.derived), lineage)
        made = grouping.split(candidate, threads, editor, parts.clock(), reason=reason)
        count = len(made.decision.members)
        told = f"Split {count} thread{'s' if count > 1 else ''} from “{called(candidate, found)}”"
        return commit(parts, parts.head(), made, because(told, reason)).decision


def link(
    parts: Parts, verdict: Literal["must-link", "cannot-link"], threads: Sequence[str], editor: str, *, reason: str
) -> Decision:
    """Threads are one problem, or no two of them are."""
    with deciding(parts):
        for thread in threads:
            stored(parts, thread)
        holders = {
            m: each.lineage for each in generation.needed(parts.derived).candidates.values() for m in each.members
        }
        lineage = holders.get(threads[0], "") if threads else ""
        made = grouping.link(verdict, threads, editor, parts.clock(), lineage=lineage, reason=reason)
        titles = ", ".join(f"“{redact(stored(parts, each).title).text}”" for each in made.decision.members)
        told = f"{'Link' if verdict == 'must-link' else 'Keep apart'}: {titles}"
        return commit(parts, parts.head(), made, because(told, reason)).decision


def expire(parts: Parts, target: str, editor: str, *, reason: str) -> Decision:
    """A candidate, by lineage, or an article, by id or slug, is past."""
    with deciding(parts):
        if target in generation.needed(parts.derived).candidates:
            case = open_case(parts, target)
            draft = case.draft.digest if isinstance(case.draft, Draft) else ""
            made = verdicts.expire(case.candidate, editor, parts.clock(), draft=draft, reason=reason)
            told = because(f"Expire “{called(case.candidate, case.draft)}”", reason)
            return commit(parts, case.tree, made, told).decision
        tree = parts.head()
        article = parts.decided.article(tree, target)
        made = verdicts.expire(article, editor, parts.clock(), reason=reason)
        return commit(parts, tree, made, because(f"Archive “{article.title}”", reason), before=article).decision


def called(candidate: Candidate, found: Draft | Refusal) -> str:
    """What a commit calls a candidate: people who read history know no ids."""
    if isinstance(found, Draft):
        return found.title
    return redact(candidate.phrasings[0]).text if candidate.phrasings else candidate.lineage


def _spoken(parts: Parts, taken: Decision, article: Article | None) -> str:
    """What a commit calls a verdict: by what it is about, where that is still there."""
    if article:
        return f"“{taken.verdict}” on “{article.title}”"
    built = generation.current(parts.derived)
    if built and taken.lineage in built.candidates:
        return f"“{taken.verdict}” on “{called(*candidate_of(built, taken.lineage))}”"
    return taken.id


def because(told: str, reason: str) -> str:
    return told + (f": {reason}" if reason else "")


def stored(parts: Parts, name: str) -> Thread:
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
    state: State = "validated",
) -> Article:
    """An article, by id or slug, gets a new version."""
    with deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        return edit_article(
            parts, tree, article, editor, title=title, body=body, reason=reason, seen=seen, until=until, state=state
        )


def edit_article(
    parts: Parts,
    tree: Tree,
    article: Article,
    editor: str,
    *,
    title: str,
    body: str,
    reason: str = "",
    seen: str,
    until: str | None = None,
    state: State,
    taken: Taken | None = None,
) -> Article:
    """Likewise, by whoever decides already.

    Args:
        taken: what the body takes from a candidate, which goes into the article by the same verdict.
    """
    verdicts.unchanged(article, seen)
    sources = taken.sources if taken else article.sources
    made = verdicts.edit(
        replace(article, sources=sources),
        editor,
        parts.clock(),
        title=title,
        body=body,
        reason=reason,
        spans=spans(parts, sources),
        about=proposals.about(parts, tree, article),
        until=until,
        state=state,
    )
    made = _taking(replace(made, article=_rebased(parts, article_of(made))), taken)
    told = because(_told(article, article_of(made), taken), reason)
    return article_of(commit(parts, tree, made, told, before=article))


def _told(before: Article, now: Article, taken: Taken | None) -> str:
    """What a commit says of an edit."""
    if taken:
        return f"Merge “{taken.title}” into “{before.title}”"
    same = (now.title, now.body) == (before.title, before.body)
    return f"Find “{before.title}” still right" if same else f"Edit “{before.title}”"


def accept(parts: Parts, name: str, editor: str, *, reason: str = "", seen: str = "", proposed: str = "") -> Article:
    """What further threads add to an article is taken into it, each sentence with its source; all else still waits.

    Args:
        seen: digest of the article that the editor looked at; ``""``: not asked.
        proposed: likewise, of what was proposed for it (:func:`kbuilder.workspace.proposals.version`).

    Raises:
        Conflict: one of them has changed since.
        KBError: they add nothing.
    """
    with deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        verdicts.unchanged(article, seen)
        proposals.unchanged(parts, tree, article, proposed)
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
            about=proposals.about(parts, tree, article, ["update"]),
        )
        return article_of(commit(parts, tree, made, because(f"Add to “{article.title}”", reason), before=article))


def dismiss(parts: Parts, name: str, editor: str, reason: str) -> Decision:
    """An article stays as it is, whatever was proposed for it.

    Where its sources have changed, or its day has come, it is still right: it rests on them as they are now.
    """
    with deciding(parts):
        tree = parts.head()
        article = parts.decided.article(tree, name)
        about, now = proposals.about(parts, tree, article), parts.clock()
        made = verdicts.dismiss(article, editor, now, reason, about)
        told = f"Leave “{article.title}” as it is: {made.decision.reason}"
        rested, due = _rebased(parts, article), proposals.dated(parts, tree, [article])
        if rested == article and not due:
            return commit(parts, tree, made, told).decision
        state: State = "validated" if article.state == "not-validated" else article.state
        made = verdicts.edit(rested, editor, now, reason=reason, about=about, until="" if due else None, state=state)
        return commit(parts, tree, made, told, before=article).decision


def undo(parts: Parts, target: str, editor: str) -> Decision:
    """The last standing verdict on a candidate or article is taken back."""
    with deciding(parts):
        tree = parts.head()
        decisions = parts.decided.decisions(tree)
        taken = last(parts, target)
        article = _at(parts, tree, taken.article)
        effect = verdicts.effect_of_undo(taken)
        before, after = _around(parts, taken) if effect != "nothing" else (None, None)
        if article and after and _text(after) != _text(article):
            raise Conflict(
                N_("“{title}” was changed after the verdict {decision}: taking that back would lose the change."),
                N_("Take back what came later first, the last one with: kbuilder review undo {article}"),
                title=article.title,
                decision=taken.id,
                article=article.id,
            )
        if before and article:
            before = replace(before, translations=article.translations, related=article.related)
        made = verdicts.undo(decisions, taken.id, editor, parts.clock(), article=article, before=before)
        beside = _without(parts.decided.articles(tree), made.removed) if made.removed else []
        told = f"Take back the verdict {_spoken(parts, taken, article)}"
        gone = article if effect == "restore" else None
        return commit(parts, tree, made, told, before=gone, beside=beside).decision


def last(parts: Parts, target: str) -> Decision:
    """The last standing verdict on a candidate or article, which is what an undo of it takes back.

    Raises:
        NotFound: there is none.
    """
    tree = parts.head()
    decisions = parts.decided.decisions(tree)
    return standing.last(decisions, _target(parts, tree, decisions, target))


def _text(article: Article) -> Article:
    """What verdicts change of an article."""
    return replace(article, updated="", translations={}, related=())


def spans(parts: Parts, cited: Mapping[str, Citation], threads: Iterable[Thread] = ()) -> dict[str, str]:
    """The words that each citation rests on, redacted, where the posts are still as they were.

    Args:
        threads: those at hand, which need not be read again.
    """
    known: dict[str, Thread | None] = {each.id: each for each in threads}
    missing = {each.post.partition("#")[0] for each in cited.values()} - known.keys()
    known |= {name: parts.database.thread(name) for name in missing}
    posts = {post.id: post for each in known.values() if each for post in each.posts}
    return {
        key: redact(posts[each.post].body[each.start : each.end]).text
        for key, each in cited.items()
        if each.post in posts and posts[each.post].digest == each.digest
    }


@contextmanager
def deciding(parts: Parts) -> Iterator[None]:
    """One verdict at a time."""
    with locked(parts.var / "verdict.lock", N_("another verdict"), PATIENCE):
        yield


def candidate_of(built: Generation, lineage: str) -> tuple[Candidate, Draft | Refusal]:
    if lineage not in built.candidates:
        raise NotFound(
            N_("There is no candidate {lineage}."),
            N_("List those that wait with: kbuilder review list"),
            lineage=lineage,
        )
    return built.candidates[lineage], built.drafts[lineage]


def open_case(parts: Parts, lineage: str) -> Case:
    """The candidate with its draft, if it still waits for a verdict."""
    built, tree = generation.needed(parts.derived), parts.head()
    candidate, found = candidate_of(built, lineage)
    articles, decisions = parts.decided.articles(tree), parts.decided.decisions(tree)
    if _moving(built, decisions) & {*candidate.members, *candidate.asking}:
        raise Conflict(
            N_("An editor has decided which threads of {lineage} belong together since it was built."),
            N_("Build, and look at it again: kbuilder build"),
            lineage=lineage,
        )
    waits = waiting.queue([candidate], {lineage: found}, decisions, articles)
    if isinstance(found, Draft) and not waits:
        raise Conflict(
            N_("{editor} has decided on the candidate {lineage} already."),
            N_("Take that verdict back with: kbuilder review undo {lineage}"),
            editor=_decider(parts, lineage),
            lineage=lineage,
        )
    return Case(tree, candidate, found, articles)


def _decider(parts: Parts, lineage: str) -> str | Said:
    """Whose verdict stands on a candidate; an article that came by git has none."""
    try:
        return last(parts, lineage).editor
    except NotFound:
        return Said(N_("Somebody"))


def _target(parts: Parts, tree: Tree, decisions: list[Decision], name: str) -> str:
    """The lineage, article or decision that decisions know for an id, its beginning, or a slug.

    A candidate that went into another, or into an article, stands for the verdict that put it there.
    """
    known = {name for each in decisions for name in (each.id, each.lineage, each.article)}
    if name in known:
        return name
    slugs = {each.slug: each.id for each in parts.decided.articles(tree)}
    begun = [each for each in known if each.startswith(name)]
    if name in slugs or len(begun) == 1:
        return slugs.get(name) or begun[0]
    built = generation.current(parts.derived)
    found = [each for key, each in built.candidates.items() if key.startswith(name)] if built else []
    merged = [
        each.id
        for each in standing.standing(decisions)
        if each.joins and len(found) == 1 and {*found[0].members} <= {*each.members}
    ]
    return merged[-1] if merged else name


def _around(parts: Parts, taken: Decision) -> tuple[Article | None, Article | None]:
    """The article that a decision is about as it was before that was made, and right after."""
    file, last = decision_files.path(taken), parts.head()
    for version in parts.repository.history():
        tree = parts.repository.tree(version.id)
        if tree.blob(file) is None:
            return _at(parts, tree, taken.article), _at(parts, last, taken.article)
        last = tree
    return None, _at(parts, last, taken.article)


def _at(parts: Parts, tree: Tree, name: str) -> Article | None:
    return next((each for each in parts.decided.articles(tree) if each.id == name), None)


def _rebased(parts: Parts, article: Article) -> Article:
    """The article resting on its sources as they are today, as far as these still say the same.

    A sentence that its changed source no longer holds loses that reference: from now on it is the editor's.
    """
    body, cited = article.body, dict(article.sources)
    for statement in reversed(provenance.statements(article.body)):
        for key in [each for each in statement.keys if each in article.sources]:
            post = proposals.post_of(parts, article.sources[key])
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


def article_of(made: verdicts.Verdict) -> Article:
    """The article that a verdict makes."""
    if made.article is None:
        raise AssertionError("this verdict makes an article")
    return made.article


def commit(
    parts: Parts,
    tree: Tree,
    made: verdicts.Verdict,
    message: str,
    before: Article | None = None,
    *,
    beside: Sequence[Article] = (),
    looked_at: bool = True,
) -> verdicts.Verdict:
    """Article, its new pictures and decision, in one commit; the decision after all others of its second.

    Args:
        before: the article that it changes.
        beside: others that name it from now on, or do not any more.
        looked_at: ``False`` for what was brought in, at which somebody looks when it is published.

    Raises:
        Faulty: the text has faults that ``check`` would tell.
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
        editor = made.decision.editor
        if looked_at and _is_new_text(made, before) and (found := faults_of(parts, tree, made.article, editor)):
            raise Faulty(found)
        joining = pictures.joining(parts, tree, made.article.body)
        changes[article_files.path(made.article)] = article_files.write(made.article)
    changes |= {article_files.path(each): article_files.write(each) for each in beside}
    parts.repository.commit(tree, {**changes, **joining}, message, made.decision.editor, made.decision.time)
    pictures.saved(parts, [*joining])
    return made


def faults_of(parts: Parts, tree: Tree, article: Article, editor: str) -> list[Fault]:
    """What ``check`` would tell of an article's text; pictures that wait to be saved with it count as there.

    Nothing is told of articles that the editor may not see: they are not there. A link to one that stood in the
    article before is not looked at.
    """
    every = parts.decided.articles(tree)
    people = [each for each in parts.people.people() if each.editor == editor]
    seen = [each for each in every if _may_see(people, each)]
    hidden = [each for each in every if not _may_see(people, each)]
    before = _at(parts, tree, article.id)
    left = faults.links_to(hidden, before) if hidden and before else set()
    return faults.of_text(article, seen, partial(pictures.is_there, parts, tree), left)


def _may_see(people: Sequence[Person], article: Article) -> bool:
    """Whether readers see an article, or all may whose name a verdict bears; at a command line it is nobody's."""
    is_open = article.audience == "public" and article.state in SHOWN
    return is_open or all(rights.reaches(each, article.audience, article.language) for each in people)


def lacking(sources: Mapping[str, Citation], config: Config) -> list[Said]:
    """What ``check`` would tell of the licences of some sources: no editor can mend that in a text."""
    return [_line(each) for each in faults.of_sources(sources, config)]


def _is_new_text(made: verdicts.Verdict, before: Article | None) -> bool:
    """Whether an editor stands for a text with this verdict who has not before."""
    if made.article is None or made.decision.verdict not in ("approve", "edit"):
        return False
    return before is None or before.body != made.article.body or before.state == "draft" != made.article.state
