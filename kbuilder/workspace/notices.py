"""Notices as editors make, change and end them, one commit each; and what the clock asks for."""

from __future__ import annotations

from dataclasses import replace

from kbuilder.errors import Conflict, KBError, NotFound
from kbuilder.publish.attribution import web_address
from kbuilder.store import notices
from kbuilder.store.notices import FILE, Notice, Notices
from kbuilder.text import N_, short_id, squeeze
from kbuilder.workspace import reviewing
from kbuilder.workspace.parts import Parts

AUTHOR = "kbuilder"


def standing(parts: Parts) -> Notices:
    """What is told now, and what is announced for later."""
    return notices.read(parts.head()).at(parts.clock())


def find(parts: Parts, name: str) -> Notice:
    """A notice by its id.

    Raises:
        NotFound: there is none, or it is over.
    """
    return _find(standing(parts), name)


def make(parts: Parts, notice: Notice, editor: str) -> Notice:
    """A new notice; without a beginning it begins now.

    Raises:
        KBError: something about it cannot be.
    """
    with reviewing.deciding(parts):
        known = _turned(parts)
        new = _checked(parts, replace(notice, id="", since=notice.since or parts.clock()))
        _see_that_it_is_new(new, known)
        new = replace(new, id=short_id(f"{new.title} {new.since} {len(known.all)} {parts.head().id}"))
        _commit(parts, [*known.all, new], f"Notice: {new.title}", editor)
        return new


def _see_that_it_is_new(notice: Notice, known: Notices) -> None:
    """Make sure that the same was not told a moment ago, from the form that a browser shows again.

    Raises:
        KBError: a notice says the same to the same readers until the same time.
    """
    begun = {replace(each, id="", since="") for each in known.all}
    if replace(notice, id="", since="") in begun:
        raise KBError(
            N_("“{title}” is told already."),
            N_("Change that one, or give this one another title."),
            title=notice.title,
        )


def change(parts: Parts, notice: Notice, editor: str, *, seen: str) -> Notice:
    """Tell a notice differently.

    Args:
        notice: as it is to be; its id names which.
        seen: digest of what the editor began from.

    Raises:
        Conflict: somebody else changed it meanwhile.
        NotFound: it is over.
        KBError: something about it cannot be.
    """
    with reviewing.deciding(parts):
        known = _turned(parts)
        before = _find(known, notice.id)
        if seen != before.digest:
            raise Conflict(
                N_("Somebody else changed “{title}” meanwhile."),
                N_("Theirs is below. Save again to put yours in its place."),
                title=before.title,
            )
        new = _checked(parts, replace(notice, since=notice.since or before.since))
        others = [each for each in known.all if each.id != new.id]
        _commit(parts, [*others, new], f"Change the notice: {new.title}", editor)
        return new


def end(parts: Parts, name: str, editor: str) -> Notice:
    """Let a notice be over.

    Raises:
        NotFound: it is already.
    """
    with reviewing.deciding(parts):
        known = _turned(parts)
        gone = _find(known, name)
        _commit(parts, [each for each in known.all if each.id != name], f"End the notice: {gone.title}", editor)
        return gone


def turn(parts: Parts) -> bool:
    """Commit what the clock asks for: what begins is told from now on, what is over no longer.

    Returns:
        Whether there was anything.
    """
    stored = notices.read(parts.head())
    if stored.at(parts.clock()) == stored:
        return False
    with reviewing.deciding(parts):
        _turned(parts)
    return True


def _turned(parts: Parts) -> Notices:
    """The notices as the clock has them, committed if they were others."""
    stored, now = notices.read(parts.head()), standing(parts)
    if now != stored:
        over = [f"End the notice: {each.title}" for each in stored.all if each not in now.all]
        begun = [f"Notice: {each.title}" for each in now.current if each not in stored.current]
        _commit(parts, list(now.all), "\n".join([*begun, *over]) or "Notices in their order", AUTHOR)
    return now


def _commit(parts: Parts, told: list[Notice], message: str, author: str) -> None:
    now = parts.clock()
    data = notices.write(Notices(tuple(told)).at(now))
    parts.repository.commit(parts.head(), {FILE: data}, message, author, now)


def _find(known: Notices, name: str) -> Notice:
    found = next((each for each in known.all if each.id == name), None)
    if found is None:
        raise NotFound(N_("There is no such notice, or it is over."), N_("Look at those that there are."))
    return found


def _checked(parts: Parts, notice: Notice) -> Notice:
    """A notice with its lines in order.

    Raises:
        KBError: it has no title, ends before it begins or by now, or is for nobody.
    """
    config, now = parts.config(), parts.clock()
    made = replace(
        notice,
        title=squeeze(notice.title),
        text=notice.text.strip(),
    )
    if not made.title:
        raise KBError(N_("A notice needs a title."), N_("Say in a line what the matter is."))
    if made.until and made.until <= max(made.since, now):
        raise KBError(
            N_("A notice must end after it begins, and after now."), N_("Leave its end empty to end it by hand.")
        )
    if made.url and not web_address(made.url):
        raise KBError(N_("“{url}” is no web address."), N_("It begins with https://"), url=made.url)
    if made.audience not in config.audience or (made.language and made.language not in config.languages):
        raise KBError(N_("There is no such audience or language here."), N_("Choose one of the list."))
    return made
