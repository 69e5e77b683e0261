"""What to do about an error, said to an editor: many errors were worded for whoever sits at a command line."""

from __future__ import annotations

import re

from starlette.requests import Request

from kbuilder.errors import KBError, told
from kbuilder.text import N_
from kbuilder.texts import translator
from kbuilder.web.pages import language_of

_IN_QUEUE = N_("Look in the queue: it may have been merged, split up or decided on.")
_TAKE_BACK = N_("If that was wrong, take the verdict back on its page.")
_THREADS = N_("Choose them on the candidate's page.")
_OPERATOR = N_("Show this to whoever looks after this server.")
AT_DESK = {
    "There is no candidate {lineage}.": N_("There is no such candidate."),
    "{editor} has decided on the candidate {lineage} already.": N_("{editor} has decided on this candidate already."),
    "An editor has decided which threads of {lineage} belong together since it was built.": N_(
        "Somebody has decided which of its threads belong together since it was built."
    ),
    "“{title}” was changed after the verdict {decision}: taking that back would lose the change.": N_(
        "“{title}” was changed after this verdict: taking that back would lose the change."
    ),
    "There is no verdict on {target} that could be taken back.": N_("There is no verdict that could be taken back."),
    "Nobody asks “{name}” any more: questions are kept for a while only.": N_(
        "Nobody asks this any more: questions are kept for a while only."
    ),
    "There is no article “{name}”.": N_("There is no such article."),
    "A split takes some of a candidate's threads out of it, not all; {lineage} has {members}.": N_(
        "A split takes some of a candidate's threads out of it, not none and not all."
    ),
    "Look at it again with: kbuilder review show {lineage}": N_("Look at the draft as it is now, then decide."),
    "Say it with --reason.": N_("Write the reason, then send it again."),
    "Write the article as it should be with: kbuilder review edit {article}": N_(
        "Edit the article, or roll it back in its history."
    ),
    "List those that wait with: kbuilder review list": _IN_QUEUE,
    "List what waits with: kbuilder review list": _IN_QUEUE,
    "Name two that “kbuilder review list” lists, or one and --into an article.": N_(
        "Tick what it is to be merged with, or write its address."
    ),
    "Name threads as “kbuilder review show {lineage}” lists them.": _THREADS,
    "Name them as “kbuilder review show ID” lists them.": _THREADS,
    "Name it as “kbuilder review show ID” lists it.": _THREADS,
    "Change it yourself with: kbuilder review edit {name}": N_("Edit the article yourself."),
    "Take back what came later first, the last one with: kbuilder review undo {article}": N_(
        "Take back what came later first, one after the other, on the article's page."
    ),
    "Build, and look at it again: kbuilder build": N_("The next build makes it anew. Look at it then."),
    "Take that verdict back with: kbuilder review undo {lineage}": _TAKE_BACK,
    "List everyone with: kbuilder people list": N_("Everyone stands under People."),
    "Name it by its id or its slug.": N_("Look for it among the articles."),
    "Wait a quarter of an hour, or have the password reset: kbuilder people reset MAIL": N_(
        "Wait a quarter of an hour, or let whoever administers the desk give you a new password."
    ),
    "Some values of the request are missing, too long or of another kind.": N_(
        "Something in the form is missing, too long, or of another kind than belongs there. Nothing was done."
    ),
    "The request is larger than this server takes.": N_(
        "What you sent is larger than the desk takes: a text of 200,000 characters, a picture of ten megabytes. "
        "Nothing was done."
    ),
    "This is a fault of the program. It was written to the log.": N_(
        "This is a fault of the program, not yours; it was written to the log. Whether something was done, "
        "the page that you came from shows."
    ),
    "This address does not answer to the method {method}.": N_(
        "This is no page: something is sent here from a form. Nothing was done."
    ),
    "The request did not arrive whole in time.": N_(
        "What you sent did not arrive whole in time. Nothing was done; send it again."
    ),
}
"""What is said here in place of a message, without ids and commands. Other hints with a command are an operator's."""
FOR_BOTH = {
    "Open it there, at http://127.0.0.1, or let the first person sign in with: kbuilder people add MAIL",
}
"""Hints with a command that are said here too: to whoever sets the desk up."""
_COMMAND = re.compile(r"\bkbuilder [a-z-]|(?<!\S)--\w")


def at_desk(message: str) -> str:
    """A message or hint as the desk says it.

    >>> at_desk("Say it with --reason."), at_desk("Run: kbuilder build"), at_desk("Choose a colleague.")
    ('Write the reason, then send it again.', 'Show this to whoever looks after this server.', 'Choose a colleague.')
    """
    named = _COMMAND.search(message) and message not in FOR_BOTH
    return AT_DESK.get(message, _OPERATOR if named else message)


def said(error: KBError, request: Request) -> str:
    """What is wrong and what to do about it, in the reader's language."""
    say = translator(language_of(request))
    return f"{told(at_desk(error.message), error.values, say)} {told(at_desk(error.hint), error.values, say)}".strip()
