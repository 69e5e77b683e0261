"""An editor's verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer

from kbuilder.cli.app import AsJson, app, print_json, say, say_error, unreadable, workspace, write_file
from kbuilder.cli.language import App, _, percent
from kbuilder.errors import KBError, Said, told
from kbuilder.redact import redact
from kbuilder.text import N_, slug, squeeze
from kbuilder.workspace import environment

if TYPE_CHECKING:
    from kbuilder.records import Article, Decision, Demand, Draft, Parting, Refusal
    from kbuilder.review.queue import Item
    from kbuilder.review.reasons import Reason as Why
    from kbuilder.workspace.asked import Missing
    from kbuilder.workspace.bringing import File
    from kbuilder.workspace.workspace import Workspace

review = App(help=_("Decide what becomes an article."))
app.add_typer(review, name="review")

Editor = Annotated[str, typer.Option("--editor", help=_("Who decides; by default you."), show_default=False)]
Lineage = Annotated[str, typer.Argument(metavar="ID", help=_("The candidate's id, or its beginning."))]
Target = Annotated[str, typer.Argument(metavar="ID", help=_("A candidate's or an article's id, or a slug."))]
Threads = Annotated[list[str], typer.Argument(metavar="THREAD…", help=_("Ids of threads."))]
Reason = Annotated[str, typer.Option(help=_("Why; kept in the history."))]
Wording = Annotated[
    str,
    typer.Option(
        help=_("What was asked, in your words: kept for good. By default the first line of the newest question."),
        show_default=False,
    ),
]
_KINDS = {
    "create": N_("new article"),
    "gap": N_("answer wanted"),
    "asked": N_("asked in vain"),
    "contradiction": N_("answers differ"),
    "update": N_("something to add"),
    "merge": N_("two articles for one problem"),
    "split": N_("one article for two problems"),
    "flagged": N_("readers say: out of date"),
    "verify": N_("to be looked at again"),
    "outdated": N_("out of date"),
}


@review.command("list", help=_("What waits for an editor, the most wanted first."))
def review_list(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help=_("How many to show."))] = 20,
    as_json: AsJson = False,
) -> None:
    items = workspace(context).queue()
    if as_json:
        print_json([_item(item) for item in items])
        return
    for item in items[:limit]:
        demand = _("Threads: {threads} · Askers: {askers} · Views: {views}").format(
            threads=item.demand.threads, askers=item.demand.askers, views=item.demand.views
        )
        if item.demand.contacts:
            demand += " · " + _("Messages to the support: {count}").format(count=item.demand.contacts)
        say(f"{item.article or item.lineage}  {_(_KINDS[item.kind])}  {item.language}  {item.title}")
        whys = [(each.message, each.values) for each in item.reasons] or [(item.why, item.values)]
        say(" · ".join([f"              {demand}", *(told(why, values, _) for why, values in whys if why)]))
    say(_("Waiting: {count}. Look at one with: kbuilder review show ID").format(count=len(items)))


def _item(item: Item) -> dict[str, Any]:
    """For JSON: what is to be known of it in words, as people read it."""
    reasons = [_reason(each) for each in item.reasons]
    return {**asdict(item), "why": told(item.why, item.values, _), "reasons": reasons}


def _reason(why: Why) -> dict[str, Any]:
    return {**asdict(why), "message": told(why.message, why.values, _)}


@review.command("show", help=_("A candidate's draft and threads; or an article, and what there is to do about it."))
def review_show(context: typer.Context, target: Target, as_json: AsJson = False) -> None:
    kb = workspace(context)
    if _is_article(kb, target):
        _show_article(kb, target, as_json)
        return
    asked = kb.asked_of(target)
    if asked:
        _show_asked(kb, asked, as_json)
        return
    lineage = kb.lineage_of(target)
    draft = kb.draft(lineage)
    if as_json:
        from kbuilder.records import dumps

        say(dumps(draft).decode())
        return
    _show_draft(draft)
    candidate = kb.generation.candidates[lineage]
    say(_("Demand: {score} = {terms}").format(score=f"{candidate.demand.score:g}", terms=_terms(candidate.demand)))
    for other in candidate.translations:
        say(_("The same problem in another language") + f": {other}")
    for near in kb.related(lineage):
        say(_("Related answers") + f": {near.id}  {near.title}")
    say(_("Threads:"))
    for thread in kb.members(lineage):
        state = "" if thread.id not in candidate.asking else "  " + _("(no answer yet)")
        if thread.id in candidate.pinned:
            state += "  " + _("(pinned by {editor})").format(editor=candidate.pinned[thread.id])
        say(f"  {thread.id}  {redact(thread.title).text}  {thread.url}{state}")
    if candidate.parting:
        _show_parting(kb, lineage, candidate.parting)


def _show_draft(draft: Draft | Refusal) -> None:
    """Its text, what is to be looked at, and its sources; or why there is none."""
    from kbuilder.records import Refusal

    if isinstance(draft, Refusal):
        say(_("No draft: {reason}").format(reason=Said(draft.reason)))
        say("  → " + _(draft.hint))
    else:
        say(f"# {draft.title}\n\n{draft.body}\n")
        if draft.inferred:
            say(_("The answer is right with a probability of {share}.").format(share=percent(draft.inferred)))
        for warning in (*draft.warnings, *dict.fromkeys(draft.marks.values())):
            places = ", ".join(key for key, mark in draft.marks.items() if mark == warning)
            say(_("Look at this: {warning}").format(warning=_(warning)) + (f" ({places})" if places else ""))
        for name, source in sorted(draft.sources.items(), key=lambda each: (len(each[0]), each[0])):
            author = source.author or _("a deleted account")
            say(f"[{name}] {source.post} · {author} · {source.licence} · {source.url}")


def _show_parting(kb: Workspace, lineage: str, parting: Parting) -> None:
    """Where the candidate would be cut, and which threads are hardly in it."""
    titles = {thread.id: redact(thread.title).text for thread in kb.members(lineage)}
    if parting.doubtful:
        say(_("Perhaps two problems: the sides of this cut are less alike than one problem's threads mostly are."))
    for name, by in parting.strays:
        why = _("less like the others than they are like each other; it came in by “{title}”")
        say(f"  {name}  {titles.get(name, '')}: " + why.format(title=titles.get(by, by)))
    say(_("Two problems? kbuilder review split {lineage} --proposed").format(lineage=lineage))
    say("  " + _("splits off {threads}").format(threads=" ".join(parting.members)))


def _show_asked(kb: Workspace, asked: Missing, as_json: bool) -> None:
    from kbuilder.workspace.asked import nearest

    near = nearest(kb.parts, asked, 3)
    if as_json:
        print_json({**asdict(asked), "nearest": [asdict(each) for each in near]})
        return
    for question in asked.questions:
        say(f"– {question}")
    for each in near:
        say(
            _("near it: {title} ({target}, {probability})").format(
                title=each.title, target=each.target, probability=percent(each.probability)
            )
        )
    say(_("Write an article: kbuilder review edit {id}").format(id=asked.id))
    say(_("One answers it already: kbuilder review merge {id} --into ARTICLE").format(id=asked.id))
    say(_("Turn it down: kbuilder review reject {id} --reason WHY").format(id=asked.id))


def _terms(demand: Demand) -> str:
    """What a demand is the sum of (:mod:`kbuilder.candidates.demand`)."""
    halves = [
        _("askers {n}").format(n=demand.askers),
        _("of the last year {n}").format(n=demand.recent),
        _("growth {n}").format(n=max(demand.growth, 0)),
        _("unanswered {n}").format(n=demand.unanswered),
        _("views {n}, in decades").format(n=demand.views),
    ]
    wholes = [_("threads {n}").format(n=demand.threads)]
    if demand.contacts:
        wholes.append(_("messages to the support {n}").format(n=demand.contacts))
    return " + ".join([*wholes, f"({' + '.join(halves)}) / 2"])


def _show_article(kb: Workspace, name: str, as_json: bool) -> None:
    from kbuilder.workspace.proposals import to_take

    reasons, additions = kb.proposed(name)
    if as_json:
        added = [asdict(each) for each in additions]
        print_json({"reasons": [_reason(each) for each in reasons], "additions": added})
        return
    say(_text_of(kb, name)[0])
    for reason in reasons:
        what = f"{_(_KINDS[reason.kind])}: {told(reason.message, reason.values, _)}"
        say(what + "".join(f"\n  {each}" for each in (*reason.threads, *reason.posts, reason.article) if each))
    for each in additions:
        say(f"+ {each.text} ({each.post})")
        if each.against:
            say("  " + _("against: {sentence}").format(sentence=each.against))
    if to_take(additions):
        say(_("Take it over: kbuilder review approve {name}").format(name=name))
    if reasons:
        say(_("Leave it as it is: kbuilder review reject {name} --reason WHY").format(name=name))
    else:
        say(_("Nothing is proposed for this article."))


@review.command(help=_("Let a draft become an article; or let an article take over what is new in further threads."))
def approve(
    context: typer.Context,
    target: Target,
    editor: Editor = "",
    seen: Annotated[str, typer.Option(help=_("Digest of the draft that was looked at."))] = "",
) -> None:
    kb = workspace(context)
    editor = editor or environment.user_name()
    if _is_article(kb, target):
        article = kb.accept(target, editor=editor)
    else:
        article = kb.approve(kb.lineage_of(target), editor=editor, seen=seen)
    say(_("Approved: {title} ({slug})").format(title=article.title, slug=article.slug))


@review.command(help=_("Change a draft and approve it, or change an article: in your editor, or from a file."))
def edit(
    context: typer.Context,
    target: Target,
    file: Annotated[
        Path | None, typer.Option(help=_("Markdown: the title as its first heading, then the body."))
    ] = None,
    reason: Reason = "",
    wording: Wording = "",
    editor: Editor = "",
) -> None:
    kb = workspace(context)
    text, seen = _text_of(kb, target)
    changed = _read(file) if file else _typed(text)
    if changed is None or changed.strip() == text.strip():
        say(_("Nothing was changed."))
        return
    editor = editor or environment.user_name()
    try:
        article = _saved(kb, target, changed, editor, reason, "" if file else seen, wording)
    except KBError:
        if not file:
            kept = kb.parts.var / f"unsaved-{slug(target)}.md"
            write_file(kept, changed)
            say_error(_("What you wrote is kept in {file}; review edit --file takes it.").format(file=kept))
        raise
    say(_("Saved: {title} ({slug})").format(title=article.title, slug=article.slug))


def _saved(kb: Workspace, target: str, text: str, editor: str, reason: str, seen: str, wording: str) -> Article:
    from kbuilder.workspace.asked import article_about

    title, body = _split_title(text)
    if not body:
        raise KBError(
            N_("There is no text below the title; nothing was saved."),
            N_("To take an article back: kbuilder review undo ID"),
        )
    asked = _asked_of(kb, target, wording)
    if _is_article(kb, target):
        return kb.edit(target, editor=editor, title=title, body=body, reason=reason, seen=seen)
    if asked:
        made = article_about(kb.parts, asked, title or asked.title, body)
        return kb.write_asked(asked.id, made, editor=editor, wording=wording or asked.title)
    return kb.approve(kb.lineage_of(target), editor=editor, title=title, body=body, seen=seen)


def _asked_of(kb: Workspace, target: str, wording: str) -> Missing | None:
    """What was asked in vain, if it is that which is named.

    Raises:
        KBError: words for it, where it is not.
    """
    found = None if _is_article(kb, target) else kb.asked_of(target)
    if wording and not found:
        raise KBError(N_("{name}: nothing was asked in vain there."), N_("Leave --wording out."), name=target)
    return found


def _typed(text: str) -> str | None:
    """What somebody makes of a text in their editor; ``None``: they left without saving."""
    try:
        return click.edit(text, extension=".md")
    except click.ClickException as error:
        raise KBError(
            N_("The editor failed: {problem}"),
            N_("Name another one in EDITOR, or give the text with --file."),
            problem=error.format_message(),
        ) from None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(file, error) from None


def _is_article(kb: Workspace, name: str) -> bool:
    return any(name in (article.id, article.slug) for article in kb.articles())


def _text_of(kb: Workspace, name: str) -> tuple[str, str]:
    """What there is to edit, an article or a candidate's draft, and its digest."""
    from kbuilder.errors import NotFound
    from kbuilder.records import Refusal

    for article in kb.articles():
        if name in (article.id, article.slug):
            return f"# {article.title}\n\n{article.body}\n", article.digest
    asked = kb.asked_of(name)
    if asked:
        return f"# {asked.title}\n\n", ""
    draft = kb.draft(kb.lineage_of(name))
    if isinstance(draft, Refusal):
        raise NotFound(N_("There is no draft: {reason}"), draft.hint, reason=Said(draft.reason))
    return f"# {draft.title}\n\n{draft.body}\n", draft.digest


def _split_title(text: str) -> tuple[str, str]:
    first, _rest, body = text.lstrip().partition("\n")
    return (squeeze(first.lstrip("#")), body.strip()) if first.startswith("# ") else ("", text.strip())


@review.command(help=_("Turn a candidate down, or what is proposed for an article; it returns only when changed."))
def reject(
    context: typer.Context,
    target: Target,
    reason: Annotated[str, typer.Option(help=_("Why; kept in the history."))],
    wording: Wording = "",
    editor: Editor = "",
) -> None:
    kb = workspace(context)
    editor = editor or environment.user_name()
    asked = _asked_of(kb, target, wording)
    if _is_article(kb, target):
        decision = kb.dismiss(target, editor=editor, reason=reason)
    elif asked:
        decision = kb.reject_asked(asked.id, editor=editor, reason=reason, wording=wording or asked.title)
    else:
        decision = kb.reject(kb.lineage_of(target), editor=editor, reason=reason)
    say(_("Rejected ({decision}).").format(decision=decision.id))


@review.command(help=_("Several candidates are one problem, or an article answers them already."))
def merge(
    context: typer.Context,
    lineages: Annotated[list[str], typer.Argument(metavar="ID…", help=_("Candidates; the one to go on with first."))],
    into: Annotated[str, typer.Option("--into", help=_("An article's id or slug."))] = "",
    reason: Reason = "",
    wording: Wording = "",
    editor: Editor = "",
) -> None:
    kb = workspace(context)
    answered = bool(into) and len(lineages) == 1
    asked = _asked_of(kb, lineages[0], wording) if answered or wording else None
    if asked and answered:
        editor = editor or environment.user_name()
        article = kb.answer_asked(asked.id, into, editor=editor, wording=wording or asked.title)
        say(_("“{title}” is found by these words from now on.").format(title=article.title))
        return
    named = [kb.lineage_of(each) for each in lineages]
    decision = kb.merge(named, article=into, editor=editor or environment.user_name(), reason=reason)
    _say_grouped(_("Merged"), decision)


@review.command(help=_("Some threads of a candidate are another problem."))
def split(
    context: typer.Context,
    lineage: Lineage,
    threads: Annotated[
        list[str] | None, typer.Argument(metavar="THREAD…", help=_("The threads that go."), show_default=False)
    ] = None,
    proposed: Annotated[
        bool, typer.Option("--proposed", help=_("Those that go by the cut which review show proposes."))
    ] = False,
    reason: Reason = "",
    editor: Editor = "",
) -> None:
    kb = workspace(context)
    parting = kb.generation.candidates[kb.lineage_of(lineage)].parting
    chosen = [*(threads or ()), *(parting.members if proposed and parting else ())]
    decision = kb.split(kb.lineage_of(lineage), chosen, editor=editor or environment.user_name(), reason=reason)
    _say_grouped(_("Split"), decision)


@review.command(help=_("Threads are one problem."))
def link(context: typer.Context, threads: Threads, reason: Reason = "", editor: Editor = "") -> None:
    kb = workspace(context)
    _say_grouped(_("Linked"), kb.must_link(threads, editor=editor or environment.user_name(), reason=reason))


@review.command(help=_("No two of these threads are one problem."))
def unlink(context: typer.Context, threads: Threads, reason: Reason = "", editor: Editor = "") -> None:
    kb = workspace(context)
    _say_grouped(_("Kept apart"), kb.cannot_link(threads, editor=editor or environment.user_name(), reason=reason))


def _say_grouped(what: str, decision: Decision) -> None:
    say(_("{what} ({decision}). The next build follows: kbuilder build").format(what=what, decision=decision.id))


@review.command(help=_("A candidate is past until somebody asks it anew; an article is archived."))
def expire(context: typer.Context, target: Target, reason: Reason = "", editor: Editor = "") -> None:
    kb = workspace(context)
    name = target if _is_article(kb, target) else kb.lineage_of(target)
    decision = kb.expire(name, editor=editor or environment.user_name(), reason=reason)
    say(_("Expired ({decision}).").format(decision=decision.id))


@review.command(help=_("Take back the last verdict on a candidate or article, or any one by its id."))
def undo(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="ID", help=_("A candidate's, an article's or a verdict's id, or a slug."))
    ],
    editor: Editor = "",
) -> None:
    decision = workspace(context).undo(target, editor=editor or environment.user_name())
    say(_("Taken back ({decision}).").format(decision=decision.undoes))


@review.command("bring", help=_("Bring in articles from Markdown files and tables (CSV); they await publication."))
def review_bring(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help=_("Files, or folders that hold them."))],
    language: Annotated[str, typer.Option(help=_("Of those that do not say; by default the site's first."))] = "",
    audience: Annotated[str, typer.Option(help=_("Who may see those that do not say."))] = "public",
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help=_("They were reviewed where they come from: publish them."))
    ] = False,
    editor: Editor = "",
) -> None:
    from kbuilder.workspace import bringing

    parts = workspace(context).parts
    config = parts.config()
    found = bringing.read([*_files(paths, bringing.ENDINGS)], config, language or config.languages[0], audience)
    done = bringing.bring(parts, found.articles, editor or parts.editor, "validated" if reviewed else "draft")
    for each in done.made:
        say(f"{each.id}  {each.language}  {each.title}")
    say(_("Brought in: {made} · There already: {known}").format(made=len(done.made), known=len(done.known)))
    if found.not_carried:
        names = ", ".join(f"{name} ({count})" for name, count in found.not_carried.items())
        say(_("Not carried: {names}").format(names=names))


def _files(paths: list[Path], endings: tuple[str, ...]) -> Iterator[File]:
    """The files that are named, and those of folders that are, as far as they end so."""
    from kbuilder.workspace.bringing import File

    for path in paths:
        inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in endings) if path.is_dir() else []
        for file in inside or [path]:
            try:
                yield File(str(file), file.read_bytes())
            except OSError as error:
                raise unreadable(file, error) from None
