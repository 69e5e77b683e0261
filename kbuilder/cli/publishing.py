"""The site: written, served, checked."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from kbuilder.cli.app import (
    FAILED,
    FINE,
    AsJson,
    Plan,
    app,
    print_json,
    progress_bar,
    say,
    say_error,
    show_differences,
    workspace,
)
from kbuilder.cli.language import _
from kbuilder.errors import KBError, told
from kbuilder.text import N_

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from kbuilder.records import Fault


RECORDS = 2_000_000
"""New records before those that are no longer needed are looked for: a publish holds hundreds of thousands to its
end and leaves next to none that only each other refer to, but each look goes through all of them."""


@app.command(help=_("Write the site, from what is committed alone."))
def publish(
    context: typer.Context,
    plan: Plan = False,
    check: Annotated[
        bool, typer.Option("--check", help=_("Build the site twice, compare, and look at every page."))
    ] = False,
    links: Annotated[
        bool, typer.Option("--links", help=_("With --check: ask other hosts for what pages link; slow and polite."))
    ] = False,
    audience: Annotated[str, typer.Option(help=_("For whom."))] = "public",
) -> None:
    # not by way of the workspace, which knows every room: the build server needs only this one
    from kbuilder.workspace import publishing
    from kbuilder.workspace.parts import Parts, find

    gc.set_threshold(RECORDS)
    parts = Parts(find(context.obj))
    if plan:
        stale = publishing.plan(parts, audience)
        for page, why in stale:
            say(f"{page}: {_(why)}")
        say("" if stale else _("Nothing is stale."))
        return
    if check or links:
        with progress_bar() as progress:
            differing, faults = publishing.check_twice(parts, audience, links, progress)
        _tell(faults)
        show_differences(differing)
        if faults:
            raise typer.Exit(FAILED)
        return
    with progress_bar() as progress:
        published = publishing.publish(parts, audience, progress)
    say(
        _("Articles: {articles} · Pages: {pages} · Folder: {folder}").format(
            articles=published.articles, pages=published.pages, folder=published.folder
        )
    )


@app.command(help=_("Tell what readers will see differently than at another commit, as Markdown for a comment."))
def changes(
    context: typer.Context,
    since: Annotated[str, typer.Argument(metavar="COMMIT", help=_("As git names it: main, HEAD~1, an id."))],
    audience: Annotated[str, typer.Option(help=_("For whom."))] = "public",
    url: Annotated[str, typer.Option(help=_("Where the site can be looked at, if not at its own address."))] = "",
    as_json: AsJson = False,
) -> None:
    from kbuilder.publish import changes_told
    from kbuilder.workspace import publishing
    from kbuilder.workspace.parts import Parts, find

    found = publishing.changes(Parts(find(context.obj)), since, audience)
    if as_json:
        print_json(asdict(found))
    else:
        say(changes_told(found, _, url).rstrip("\n"))


PATIENCE = 60
"""Seconds without a sign of life after which a process is replaced: a busy machine is no dead one."""


@app.command(help=_("Show the site, a form to ask in and the review list in a browser."))
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help=_("The address to listen on."))] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help=_("The port to listen on; 0: any that is free."))
    ] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help=_("Processes that answer; all read the same index."))
    ] = 1,
) -> None:
    kb = workspace(context)
    with _listening(host, port) as listener:
        import uvicorn
        from uvicorn.supervisors import Multiprocess

        from kbuilder.web.app import open_app
        from kbuilder.workspace.people import everyone

        if not everyone(kb.parts):
            say(_("Nobody can sign in at /desk yet: kbuilder -C {folder} people add MAIL").format(folder=kb.root))
        url = f"http://{host}:{listener.getsockname()[1]}/"
        say(_("Serving {title} at {url} (Ctrl-C ends it)").format(title=kb.title, url=url))
        kb.close()
        if workers == 1:
            with suppress(KeyboardInterrupt):  # that is how it ends
                uvicorn.Server(uvicorn.Config(open_app(kb.root), log_level="warning")).run([listener])
            return
        made = uvicorn.Config(
            partial(open_app, kb.root),
            factory=True,
            workers=workers,
            timeout_worker_healthcheck=PATIENCE,
            log_level="warning",
        )
        Multiprocess(made, sockets=[listener]).run()


def _listening(host: str, port: int) -> socket.socket:
    """A socket at an address: one that is taken or cannot be is told before anything else starts."""
    import socket

    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        problem = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
        raise KBError(
            N_("{host}:{port} cannot be listened on: {problem}"),
            N_("Name another one with --host and --port."),
            host=host,
            port=port,
            problem=problem,
        ) from None


@app.command(help=_("Check configuration, articles, links, citations, licences and model pins."))
def check(context: typer.Context, as_json: AsJson = False) -> None:
    faults = workspace(context).check()
    if as_json:
        print_json([_fault(fault) for fault in faults])
    else:
        _tell(faults)
        say(_("Faults: {count}").format(count=len(faults)) if faults else _("Everything is in order."))
    raise typer.Exit(FAILED if faults else FINE)


def _tell(faults: Sequence[Fault]) -> None:
    for fault in faults:
        said = _fault(fault)
        say_error(f"{said['place']}: {said['message']}" + (f" → {said['hint']}" if said["hint"] else ""))


def _fault(fault: Fault) -> dict[str, str]:
    return {
        "place": fault.place,
        "message": told(fault.message, fault.values, _).removeprefix(f"{fault.place}: "),
        "hint": told(fault.hint, fault.values, _) if fault.hint else "",
    }
