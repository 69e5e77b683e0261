"""The entry point: runs a command, and tells what went wrong by message and exit code."""

from __future__ import annotations

import atexit
import errno
import gc
import sys
import traceback
from typing import NoReturn

import typer

from kbuilder import __version__
from kbuilder.cli.app import FINE, INTERRUPTED, OUR_BUG, WRONG, app, complain, say_error
from kbuilder.cli.language import _, misuse
from kbuilder.errors import KBError, told
from kbuilder.text import N_

_WRITABLE = N_("Let yourself write there, or work on a copy elsewhere.")
_ROOM = N_("Make room there, and run the same command again.")
_ELSE = N_("Move away what lies there, and run the same command again.")
_NOT_OURS = {
    errno.EACCES: _WRITABLE,
    errno.EPERM: _WRITABLE,
    errno.EROFS: _WRITABLE,
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EEXIST: _ELSE,
    errno.EISDIR: _ELSE,
    errno.ENOTDIR: _ELSE,
}
"""What the machine refuses, and what to do: it is told without a traceback."""


def main() -> None:
    """Run the command line; exit codes: 0 fine, 1 a check failed, 2 wrong usage or configuration, 70 our bug."""
    atexit.register(gc.freeze)  # what is left is the system's to free: looking through it took a fifth of an edit
    try:
        code = app(standalone_mode=False) or FINE  # what a command exits with comes back as a value
        if code == INTERRUPTED:  # the library's own word for Ctrl-C
            raise KeyboardInterrupt
        sys.exit(code)
    except KBError as error:
        _fail(error)
    except (typer.Abort, KeyboardInterrupt):
        say_error(_("Interrupted. Run the same command again: what is kept is not made twice."))
        sys.exit(INTERRUPTED)
    except OSError as error:
        if error.errno not in _NOT_OURS:
            _fail_unforeseen(error)
        complain(f"{error.filename or ''}: {error.strerror}".removeprefix(": "))
        say_error("  → " + _(_NOT_OURS[error.errno]))
        sys.exit(WRONG)
    except Exception as error:
        _fail_unforeseen(error)


def _fail(error: KBError) -> NoReturn:
    complain(told(error.message, error.values, _))
    if error.hint:
        say_error("  → " + told(error.hint, error.values, _))
    sys.exit(WRONG)


def _fail_unforeseen(error: Exception) -> NoReturn:
    if hasattr(error, "format_message"):  # the command line's own: a wrong option or argument
        _fail_misuse(misuse(error), getattr(error, "ctx", None))
    traceback.print_exception(error)
    say_error(
        _("This is a bug in kbuilder {version}. Please report it with the lines above.").format(version=__version__)
    )
    sys.exit(OUR_BUG)


def _fail_misuse(what: str, context: typer.Context | None) -> NoReturn:
    if context and what == context.get_help():  # a group of commands without one of them
        say_error(what)
        sys.exit(WRONG)
    complain(what)
    if context:
        say_error("  → " + _("Help: {command}").format(command=f"{context.command_path} --help"))
    sys.exit(WRONG)
