"""The command line: words in, a :class:`~kbuilder.workspace.Workspace` method called, its result printed."""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import click
import typer

from kbuilder import __version__
from kbuilder.errors import KBError, Said, told
from kbuilder.text import N_, squeeze
from kbuilder.texts import translator
from kbuilder.workspace import environment

if TYPE_CHECKING:
    from kbuilder.records import Fault, Progress
    from kbuilder.workspace.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])

FINE, FAILED, WRONG, OUR_BUG = 0, 1, 2, 70

_ = translator(environment.interface_language())

_FRAME = (N_("Usage: "), N_("Arguments"), N_("Options"), N_("Commands"), N_("[OPTIONS]"), N_("COMMAND [ARGS]..."))
_NOTES = (N_("Show this message and exit."), N_("[default: {value}]"), N_("[required]"))
_MISUSES = (
    N_("Missing argument {name}."),
    N_("Missing option {name}."),
    N_("Missing command."),
    N_("No such command {name}."),
    N_("No such option: {name}"),
    N_("Option {name} requires an argument."),
    N_("Got unexpected extra argument(s) ({name})"),
    N_("Invalid value for {name}: {problem}"),
)
"""What the library of the command line says; matched against what it said, to be said in another language."""


def _in_our_words(text: str, messages: tuple[str, ...]) -> str:
    """A text of the library in the reader's language, if it is one of these messages with its fields filled in."""
    for message in messages:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(message))
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return _(message).format(**found.groupdict())
    return text


class _Formatter(click.HelpFormatter):
    """Help in the reader's language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:  # noqa: ARG002
        for part in _FRAME[4:]:
            args = args.replace(part, _(part))
        super().write_usage(prog, args, _(_FRAME[0]))

    def write_heading(self, heading: str) -> None:
        super().write_heading(_in_our_words(heading, _FRAME))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(name, self._note(text)) for name, text in rows], col_max, col_spacing)

    def _note(self, text: str) -> str:
        before, space, note = text.rpartition("  [")
        return before + "  " + _in_our_words("[" + note, _NOTES) if space else _in_our_words(text, _NOTES)


class _Context(typer.Context):
    formatter_class = _Formatter  # type: ignore[assignment]  # typer's own copy of the same class


class _Command(typer.core.TyperCommand):
    context_class = _Context


class _Group(typer.core.TyperGroup):
    context_class = _Context


class _App(typer.Typer):
    """Commands and groups whose help is in the reader's language."""

    def __init__(self, **given: Any) -> None:
        super().__init__(cls=_Group, no_args_is_help=True, **given)

    def command(self, name: str | None = None, **given: Any) -> Callable[[F], F]:
        return super().command(name, cls=_Command, **given)


app = _App(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_("Turn a forum's solved threads into a knowledge base that people trust."),
)
review = _App(help=_("Decide what becomes an article."))
erase = _App(help=_("Remove a post or an author from everything but git's history."))
evaluate = _App(help=_("Measure quality on judged data."))
vectors = _App(help=_("Carry vectors to another machine."))
app.add_typer(review, name="review")
app.add_typer(erase, name="erase")
app.add_typer(evaluate, name="evaluate")
app.add_typer(vectors, name="vectors")

AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]
Editor = Annotated[str, typer.Option("--editor", help=_("Who decides; by default you."), show_default=False)]
Lineage = Annotated[str, typer.Argument(metavar="ID", help=_("The candidate's id, or its beginning."))]
VectorFile = Annotated[Path, typer.Argument(metavar="FILE", help=_("The file of vectors."))]
Plan = Annotated[bool, typer.Option("--plan", help=_("Only say what is stale, and why."))]


def main() -> None:
    """Run the command line; exit codes: 0 fine, 1 a check failed, 2 wrong usage or configuration, 70 our bug."""
    try:
        sys.exit(app(standalone_mode=False) or FINE)  # what a command exits with comes back as a value
    except KBError as error:
        _fail(error)
    except (typer.Abort, KeyboardInterrupt):
        _say_error(_("Interrupted. The same command goes on where it stopped."))
        sys.exit(130)
    except Exception as error:
        _fail_unforeseen(error)


def _fail(error: KBError) -> NoReturn:
    _complain(told(error.message, error.values, _))
    if error.hint:
        _say_error("  → " + told(error.hint, error.values, _))
    sys.exit(WRONG)


def _complain(what: str) -> None:
    _say_error(_("Error: {what}").format(what=what))


def _fail_unforeseen(error: Exception) -> NoReturn:
    format_message = getattr(error, "format_message", None)
    if format_message:  # the command line's own: a wrong option or argument
        _fail_misuse(format_message(), getattr(error, "ctx", None))
    traceback.print_exception(error)
    _say_error(
        _("This is a bug in kbuilder {version}. Please report it with the lines above.").format(version=__version__)
    )
    sys.exit(OUR_BUG)


def _fail_misuse(what: str, context: typer.Context | None) -> NoReturn:
    if context and what == context.get_help():  # a group of commands without one of them
        _say_error(what)
        sys.exit(WRONG)
    if context:
        _say_error(context.get_usage())
        _say_error(_("Help: {command}").format(command=f"{context.command_path} --help"))
    _complain(_in_our_words(what, _MISUSES))
    sys.exit(WRONG)


def _say(text: str = "") -> None:
    print(text)


def _say_error(text: str) -> None:
    print(text, file=sys.stderr)


def _print_json(value: Any) -> None:
    _say(json.dumps(value, ensure_ascii=False, indent=2))


def _workspace(context: typer.Context) -> Workspace:
    from kbuilder.workspace.workspace import Workspace

    return Workspace.open(context.obj)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on a terminal; nothing where the output is read by a program."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(_(stage), total=total or None)
            bars.update(tasks[stage], completed=done, total=total or None)

        yield tell


def _version(wanted: bool) -> None:
    if wanted:
        _say(__version__)
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("-C", metavar="DIR", help=_("The knowledge base; by default the current folder."))
    ] = Path(),
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("Print the version."))
    ] = False,
) -> None:
    context.obj = folder


@app.command(help=_("Make a new knowledge base."))
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help=_("A new or empty folder."))],
    example: Annotated[bool, typer.Option("--example", help=_("With the example community's threads."))] = False,
    title: Annotated[str, typer.Option(help=_("The knowledge base's name."))] = "Knowledge base",
    language: Annotated[
        list[str] | None, typer.Option(help=_("Of the site; repeat it for several, the first is the default."))
    ] = None,
    recipe: Annotated[str, typer.Option(help=_("What is built, and how: default or small."))] = "default",
) -> None:
    from kbuilder.workspace.workspace import Workspace

    kb = Workspace.create(directory, title=title, languages=tuple(language or ["en"]), recipe=recipe, example=example)
    _say(_("Made {folder}.").format(folder=kb.root))
    source = f"jsonl {kb.example}" if example else "FORMAT SOURCE"
    _say(_("Next: {command}").format(command=f"kbuilder -C {directory} import {source}"))


@app.command("import", help=_("Import a forum's export: stackexchange, discourse, jsonl or csv."))
def import_(
    context: typer.Context,
    format: Annotated[str, typer.Argument(metavar="FORMAT", help=_("Of the export."))],  # noqa: A002 - the field's term
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help=_("A file or a folder."))],
    name: Annotated[str, typer.Option(help=_("Of the source; by default the file's name."))] = "",
    url: Annotated[str, typer.Option(help=_("Of the forum, for links to threads and authors."))] = "",
    title: Annotated[str, typer.Option(help=_("Of the forum, for attributions."))] = "",
    licence: Annotated[str, typer.Option(help=_("Of posts that carry none."))] = "",
    complete: Annotated[
        bool | None,
        typer.Option("--complete/--partial", help=_("The export holds everything: what is absent was deleted.")),
    ] = None,
    allow_removals: Annotated[
        bool, typer.Option(help=_("Let the import remove more than 5 % of the source."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    kb = _workspace(context)
    if format == "csv" and not as_json:
        _show_columns(kb.guess_columns(source))
    with _progress() as progress:
        result = kb.import_threads(
            format,
            source,
            name=name,
            url=url,
            title=title,
            licence=licence,
            complete=complete,
            allow_removals=allow_removals,
            progress=progress,
        )
    counts = result.as_dict()
    if as_json:
        _print_json(counts)
    else:
        _show_import(counts)
    raise typer.Exit(FAILED if result.report.rejects else FINE)


def _show_columns(columns: dict[str, str]) -> None:
    for field, column in columns.items():
        _say(_("The column “{column}” is taken as {field}.").format(column=column, field=field))


def _show_import(counts: dict[str, Any]) -> None:
    languages = ", ".join(f"{language} {count}" for language, count in counts["languages"].items())
    total = _("Threads: {threads} (solved: {solved}) · Answers: {answers} · Authors: {authors}")
    _say(total.format(**counts) + (f" · {languages}" if languages else ""))
    _say(_("{added} added, {changed} changed, {unchanged} unchanged, {removed} removed").format(**counts))
    for title, kind in ((_("Skipped"), "skipped"), (_("Not carried"), "not_carried")):
        if counts[kind]:
            _say(f"{title}: " + ", ".join(f"{_label(name)} {count}" for name, count in counts[kind].items()))
    for reject in counts["rejects"][:20]:
        _say_error(f"{reject['place']}: {told(reject['message'], reject['values'], _)}")
    if counts["rejects"] and counts["complete"]:
        _say_error(_("Because rows could not be read, nothing counts as deleted."))
    if counts["set_aside"]:
        _say_error(
            _("Rows set aside in {path}: {count}. Mend them there and import that file.").format(
                count=len(counts["rejects"]), path=counts["set_aside"]
            )
        )


def _label(name: str) -> str:
    """What is not carried, in words; a column comes with its header."""
    column, space, header = name.partition(" ")
    return _(column) + space + header if column == N_("column") else _(name)


@app.command(help=_("Make candidates, drafts and index from what was imported and decided."))
def build(
    context: typer.Context,
    plan: Plan = False,
    check: Annotated[bool, typer.Option("--check", help=_("Build twice and compare."))] = False,
) -> None:
    kb = _workspace(context)
    if plan:
        stale = kb.build_plan()
        for each in stale:
            _say(f"{_(each.stage)}: {told(each.why, each.values, _)}")
        _say("" if stale else _("Nothing is stale."))
        return
    with _progress() as progress:
        if check:
            _show_differences(kb.build_check(progress))
            return
        built = kb.build(progress)
    if built.note:
        _say_error(_(built.note))
    _show_built(kb, built.fresh)


def _show_differences(files: list[str]) -> None:
    if files:
        for file in files:
            _say_error(_("{file} differs between two builds").format(file=file))
        raise typer.Exit(FAILED)
    _say(_("Two builds gave the same bytes."))


def _show_built(kb: Workspace, fresh: bool) -> None:
    from kbuilder.records import Refusal

    made = kb.generation
    refused = sum(isinstance(each, Refusal) for each in made.drafts.values())
    groups = sum(len(each.members) > 1 for each in made.candidates.values())
    _say(
        _("Candidates: {candidates} (of several threads: {groups}) · Drafts: {drafts} (too thin: {refused})").format(
            candidates=len(made.candidates), groups=groups, drafts=len(made.drafts) - refused, refused=refused
        )
    )
    if not fresh:
        _say(_("Nothing had changed."))
        return
    counts: dict[str, int] = {}
    for change in made.changes:
        counts[change.kind] = counts.get(change.kind, 0) + 1
    _say(", ".join(f"{_(_CHANGES[kind])} {count}" for kind, count in sorted(counts.items())))


_CHANGES = {
    "born": N_("new"),
    "grown": N_("grown"),
    "shrunk": N_("smaller"),
    "split": N_("split"),
    "merged": N_("merged"),
    "died": N_("gone"),
}
_KINDS = {"create": N_("new article"), "update": N_("article to mend")}


@review.command("list", help=_("What waits for an editor, the most wanted first."))
def review_list(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help=_("How many to show."))] = 20,
    as_json: AsJson = False,
) -> None:
    items = _workspace(context).queue()
    if as_json:
        _print_json([item.as_dict() for item in items])
        return
    for item in items[:limit]:
        demand = _("Threads: {threads} · Askers: {askers} · Views: {views}").format(
            threads=item.demand.threads, askers=item.demand.askers, views=item.demand.views
        )
        _say(f"{item.lineage}  {_(_KINDS[item.kind])}  {item.language}  {item.title}")
        _say(f"              {demand}" + (f" · {told(item.why, item.values, _)}" if item.why else ""))
    _say(_("Waiting: {count}. Look at one with: kbuilder review show ID").format(count=len(items)))


@review.command("show", help=_("A candidate's draft and threads."))
def review_show(context: typer.Context, lineage: Lineage, as_json: AsJson = False) -> None:
    from kbuilder.records import Refusal

    kb = _workspace(context)
    lineage = kb.lineage_of(lineage)
    draft = kb.draft(lineage)
    if as_json:
        from kbuilder.records import dumps

        _say(dumps(draft).decode())
        return
    if isinstance(draft, Refusal):
        _say(_("No draft: {reason}").format(reason=Said(draft.reason)))
        _say("  → " + _(draft.hint))
    else:
        _say(f"# {draft.title}\n\n{draft.body}\n")
        for warning in draft.warnings:
            _say(_("Look at this: {warning}").format(warning=_(warning)))
        for name, source in sorted(draft.sources.items(), key=lambda each: (len(each[0]), each[0])):
            author = source.author or _("a deleted account")
            _say(f"[{name}] {source.post} · {author} · {source.licence} · {source.url}")
    _say(_("Threads:"))
    for thread in kb.members(lineage):
        _say(f"  {thread.id}  {thread.title}  {thread.url}")


@review.command(help=_("Let a draft become an article."))
def approve(
    context: typer.Context,
    lineage: Lineage,
    editor: Editor = "",
    seen: Annotated[str, typer.Option(help=_("Digest of the draft that was looked at."))] = "",
) -> None:
    kb = _workspace(context)
    article = kb.approve(kb.lineage_of(lineage), editor=editor or environment.user_name(), seen=seen)
    _say(_("Approved: {title} ({slug})").format(title=article.title, slug=article.slug))


@review.command(help=_("Change a draft and approve it, or change an article: in your editor, or from a file."))
def edit(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="ID", help=_("A candidate's or an article's id, or a slug."))],
    file: Annotated[
        Path | None, typer.Option(help=_("Markdown: the title as its first heading, then the body."))
    ] = None,
    reason: Annotated[str, typer.Option(help=_("Why; kept in the history."))] = "",
    editor: Editor = "",
) -> None:
    kb = _workspace(context)
    text = _text_of(kb, target)
    changed = file.read_text(encoding="utf-8") if file else click.edit(text, extension=".md")
    if changed is None or changed.strip() == text.strip():
        _say(_("Nothing was changed."))
        return
    title, body = _split_title(changed)
    editor = editor or environment.user_name()
    if _is_article(kb, target):
        article = kb.edit(target, editor=editor, title=title, body=body, reason=reason)
    else:
        article = kb.approve(kb.lineage_of(target), editor=editor, title=title, body=body)
    _say(_("Saved: {title} ({slug})").format(title=article.title, slug=article.slug))


def _is_article(kb: Workspace, name: str) -> bool:
    return any(name in (article.id, article.slug) for article in kb.articles())


def _text_of(kb: Workspace, name: str) -> str:
    """What there is to edit: an article, or a candidate's draft."""
    from kbuilder.errors import NotFound
    from kbuilder.records import Refusal

    for article in kb.articles():
        if name in (article.id, article.slug):
            return f"# {article.title}\n\n{article.body}\n"
    draft = kb.draft(kb.lineage_of(name))
    if isinstance(draft, Refusal):
        raise NotFound(N_("There is no draft: {reason}"), draft.hint, reason=Said(draft.reason))
    return f"# {draft.title}\n\n{draft.body}\n"


def _split_title(text: str) -> tuple[str, str]:
    first, _rest, body = text.lstrip().partition("\n")
    return (squeeze(first.lstrip("#")), body.strip()) if first.startswith("# ") else ("", text.strip())


@review.command(help=_("Turn a candidate down; it returns only when it has changed materially."))
def reject(
    context: typer.Context,
    lineage: Lineage,
    reason: Annotated[str, typer.Option(help=_("Why; kept in the history."))],
    editor: Editor = "",
) -> None:
    kb = _workspace(context)
    decision = kb.reject(kb.lineage_of(lineage), editor=editor or environment.user_name(), reason=reason)
    _say(_("Rejected ({decision}).").format(decision=decision.id))


@review.command(help=_("Take back the last verdict on a candidate or article."))
def undo(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="ID", help=_("A candidate's or an article's id, or a slug."))],
    editor: Editor = "",
) -> None:
    decision = _workspace(context).undo(target, editor=editor or environment.user_name())
    _say(_("Taken back ({decision}).").format(decision=decision.undoes))


@app.command(help=_("Write the site, from what is committed alone."))
def publish(
    context: typer.Context,
    plan: Plan = False,
    check: Annotated[bool, typer.Option("--check", help=_("Build the site twice and compare."))] = False,
    audience: Annotated[str, typer.Option(help=_("For whom."))] = "public",
) -> None:
    kb = _workspace(context)
    if plan:
        stale = kb.publish_plan(audience)
        for page, why in stale:
            _say(f"{page}: {_(why)}")
        _say("" if stale else _("Nothing is stale."))
        return
    if check:
        _show_differences(kb.publish_check(audience))
        return
    with _progress() as progress:
        published = kb.publish(audience, progress)
    _say(
        _("Articles: {articles} · Pages: {pages} · Folder: {folder}").format(
            articles=published.articles, pages=published.pages, folder=kb.root / "_build/site" / audience
        )
    )


@app.command(help=_("Show the existing answers to a question, or nothing."))
def suggest(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=_("The question."))],
    language: Annotated[str, typer.Option(help=_("The asker's; detected by default."))] = "",
    as_json: AsJson = False,
) -> None:
    kb = _workspace(context)
    found = kb.suggest(text, language)
    if as_json:
        from dataclasses import asdict

        _print_json({"suggestions": [asdict(each) for each in found]})
        return
    if not found:
        _say(_("Nothing here is sure to answer that."))
    for each in found:
        kind = _("reviewed article") if each.reviewed else _("solved thread")
        _say(f"{each.probability:.0%}  {each.title}  [{kind}]")
        _say(f"     {each.sentence}")
        _say(f"     {each.url}" + (f" · {', '.join(map(_reason, each.why))}" if each.why else ""))


def _reason(why: str) -> str:
    """The asker's own words stay as they are."""
    from kbuilder.suggest.reasons import MEANING

    return _(why) if why == MEANING else why


@app.command(help=_("Show the site, a form to ask in and the review list in a browser."))
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help=_("The address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=_("The port to listen on."))] = 8000,
) -> None:
    kb = _workspace(context)
    import uvicorn

    from kbuilder.web.app import create_app

    _say(_("Serving {title} at {url} (Ctrl-C ends it)").format(title=kb.title, url=f"http://{host}:{port}/"))
    uvicorn.run(create_app(kb), host=host, port=port, log_level="warning")


@app.command(help=_("Check configuration, articles, links, citations, licences and model pins."))
def check(context: typer.Context, as_json: AsJson = False) -> None:
    faults = _workspace(context).check()
    if as_json:
        _print_json([_fault(fault) for fault in faults])
    else:
        for fault in faults:
            said = _fault(fault)
            _say_error(f"{said['place']}: {said['message']}" + (f" → {said['hint']}" if said["hint"] else ""))
        _say(_("Faults: {count}").format(count=len(faults)) if faults else _("Everything is in order."))
    raise typer.Exit(FAILED if faults else FINE)


def _fault(fault: Fault) -> dict[str, str]:
    return {
        "place": fault.place,
        "message": told(fault.message, fault.values, _),
        "hint": told(fault.hint, fault.values, _) if fault.hint else "",
    }


@evaluate.command(
    "suggest", help=_("Answer the questions of a judged set in the BEIR layout, then score the answers.")
)
def evaluate_suggest(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_("The judged set."))],
    run: Annotated[Path, typer.Option(help=_("Where the answers are written, before any judgment is read."))],
    split: Annotated[str, typer.Option(help=_("Which queries: queries.SPLIT.jsonl."))] = "dev",
    recipe: Annotated[str, typer.Option(help=_("default or small."))] = "default",
    as_json: AsJson = False,
) -> None:
    from kbuilder.config import read_recipe
    from kbuilder.evaluation import evaluate_suggest as answer_and_score

    with _progress() as progress:
        figures = answer_and_score(folder, split, read_recipe(recipe), run, progress)
    if as_json:
        _print_json(figures)
        return
    for name, value in figures.items():
        _say(f"{name:<28} {value:.3f}")


@erase.command("post", help=_("Remove a post; a question takes its thread along."))
def erase_post(
    context: typer.Context,
    post: Annotated[str, typer.Argument(metavar="ID", help=_("The post's id, as in source:thread#post."))],
) -> None:
    kb = _workspace(context)
    with _progress() as progress:
        _show_erased(kb.erase_post(post, progress).as_dict())


@erase.command("author", help=_("Remove all that an author wrote, and the name."))
def erase_author(
    context: typer.Context,
    author: Annotated[str, typer.Argument(metavar="ID", help=_("The author's id, as in source:user."))],
) -> None:
    kb = _workspace(context)
    with _progress() as progress:
        _show_erased(kb.erase_author(author, progress).as_dict())


def _show_erased(counts: dict[str, Any]) -> None:
    _say(_("Erased posts: {posts} · Erased threads: {threads} · Changed articles: {articles}").format(**counts))
    if counts["history"]:
        _say(_("Git's history still holds it (commits: {count}). To rewrite them:").format(count=counts["commits"]))
        for line in counts["history"]:
            _say(f"  {line}")


@vectors.command("export", help=_("Write the vectors made so far to a file."))
def vectors_export(context: typer.Context, file: VectorFile) -> None:
    _say(_("Vectors: {count}").format(count=_workspace(context).export_vectors(file)))


@vectors.command("import", help=_("Read the vectors of such a file."))
def vectors_import(context: typer.Context, file: VectorFile) -> None:
    _say(_("Vectors: {count}").format(count=_workspace(context).import_vectors(file)))


@app.command(help=_("What is stored, what waits, and what needs attention."))
def status(context: typer.Context, as_json: AsJson = False) -> None:
    found = _workspace(context).status()
    if as_json:
        _print_json(found)
        return
    for name, value in found["counts"].items():
        _say(f"{_(name):<24} {value}")
    for line in found["attention"]:
        _say_error("! " + told(line["message"], line["values"], _))


@app.command(help=_("Bring an older knowledge base to this version."))
def upgrade(context: typer.Context) -> None:
    for step in _workspace(context).upgrade():
        _say(_(step))
    _say(_("This knowledge base fits kbuilder {version}.").format(version=__version__))


@app.command(help=_("Make the example knowledge base and run the whole flow on it."))
def demo(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help=_("A new or empty folder."))],
    recipe: Annotated[str, typer.Option(help=_("What is built, and how: default or small."))] = "default",
) -> None:
    from kbuilder.demo import run

    with _progress() as progress:
        run(directory, recipe, _say, _, progress)


if __name__ == "__main__":
    main()
