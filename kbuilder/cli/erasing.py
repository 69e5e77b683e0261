"""Remove what must not be kept."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kbuilder.cli.app import app, progress_bar, say, workspace
from kbuilder.cli.language import App, _

erase = App(help=_("Remove a post or an author from everything but git's history."))
app.add_typer(erase, name="erase")


@erase.command("post", help=_("Remove a post; a question takes its thread along."))
def erase_post(
    context: typer.Context,
    post: Annotated[str, typer.Argument(metavar="ID", help=_("The post's id, as in source:thread#post."))],
) -> None:
    kb = workspace(context)
    with progress_bar() as progress:
        _show_erased(kb.erase_post(post, progress).as_dict())


@erase.command("author", help=_("Remove all that an author wrote, and the name."))
def erase_author(
    context: typer.Context,
    author: Annotated[str, typer.Argument(metavar="ID", help=_("The author's id, as in source:user."))],
) -> None:
    kb = workspace(context)
    with progress_bar() as progress:
        _show_erased(kb.erase_author(author, progress).as_dict())


@erase.command(
    "member", help=_("Forget what a member asked, opened and said, by the pseudonym that the forum passes.")
)
def erase_member(
    context: typer.Context,
    member: Annotated[str, typer.Argument(metavar="PSEUDONYM", help=_("As the forum's page passes it."))],
) -> None:
    from kbuilder.workspace import events

    say(_("Erased events and questions: {count}").format(count=events.erase_member(workspace(context).parts, member)))


def _show_erased(counts: dict[str, Any]) -> None:
    say(_("Erased posts: {posts} · Erased threads: {threads} · Changed articles: {articles}").format(**counts))
    if counts["adapted"]:
        say(_("The model that had learnt from it was deleted. To let it learn anew: kbuilder adapt"))
    if counts["rows_of"]:
        files = ", ".join(counts["rows_of"])
        say(_("Rows set aside of this source were deleted, since they may hold it: {files}").format(files=files))
    if counts["history"]:
        say(_("Git's history still holds it (commits: {count}). To rewrite them:").format(count=counts["commits"]))
        for line in counts["history"]:
            say(f"  {line}")
