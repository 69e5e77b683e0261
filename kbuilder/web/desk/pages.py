"""What all pages of the desk share: who is there, what was just done, figures and dates."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kbuilder import resources
from kbuilder.redact import redact
from kbuilder.review.happened import given
from kbuilder.text import N_
from kbuilder.texts import SHIPPED, Translate, translator
from kbuilder.web.desk.access import Visitor
from kbuilder.web.pages import language_of
from kbuilder.web.preview import media_type
from kbuilder.web.service import AUDIENCE, Service
from kbuilder.workspace.rights import NAMES

FILES = ("htmx.js", "desk.js", "desk.css")
_YEAR = 31_536_000
_ID = re.compile(r"[a-z2-7]{12}")

DONE = {
    "approved": N_("Approved."),
    "awaiting": N_("Approved. It awaits publication."),
    "rejected": N_("Rejected."),
    "merged": N_("Merged."),
    "publishers-choice": N_(
        "Not merged: readers see that article, and what it keeps is a publisher’s choice. "
        "Merge it as it is, or edit the article and hand the change in."
    ),
    "split": N_("Split. The parts appear with the next build."),
    "deferred": N_("Deferred."),
    "undone": N_("Taken back."),
    "overtaken": N_("Nothing was taken back: another verdict came meanwhile. This is how it is now."),
    "asked": N_("Your colleague sees the question."),
    "claimed": N_("It is yours."),
    "released": N_("It is nobody's again."),
    "saved": N_("Saved."),
    "taken-back": N_("Taken back. Your text is among what you have not saved yet."),
    "turned-down": N_("Turned down. Whoever wrote it sees why, and keeps the text."),
    "reported": N_("Reported. Editors see it above the queue."),
    "submitted": N_("Handed in. An editor will look at it."),
    "change-awaits": N_("Handed in. It awaits publication; until then readers see the text as before."),
    "restored": N_("Rolled back."),
    "renamed": N_("Renamed. The old address leads to the new one."),
    "renamed-apart": N_(
        "Renamed, with a number behind it: another article has, or had, that address. "
        "The old one leads to the new one."
    ),
    "retired": N_("Retired."),
    "published": N_("It will be on the site with the next publish."),
    "thrown-away": N_("The unsaved text was thrown away."),
    "password": N_("Your password was changed."),
    "settings": N_("Your settings were kept."),
    "ended": N_("The session was ended."),
    "changed": N_("The change was kept."),
    "faulty": N_("Not approved yet: first mend what is named here."),
    "there": N_("An article answers this thread already."),
    "held": N_("This candidate holds the thread."),
    "released-account": N_("Released. Their next sign-in at the provider binds an account anew."),
    "ended-notice": N_("The notice is over."),
}
"""What can have been done on the page before; an address can ask for nothing else to be said."""


_UNDER = {
    "candidates": "/desk",
    "asked": "/desk",
    "judge": "/desk/activity",
    "nominate": "/desk",
    "bring": "/desk/articles",
    "translations": "/desk/articles",
}
"""Pages that stand under another place than their address says."""


@dataclass(frozen=True)
class Desk:
    """Makes the desk's pages."""

    service: Service

    async def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
        """A template of the desk, as a page for whoever is there."""
        config = values.pop("config", None) or await self.service.config()
        visitor: Visitor | None = getattr(request.state, "visitor", None)
        language, last = language_of(request), request.query_params.get("last", "")
        return self.service.pages.page(
            request,
            f"desk/{template}",
            title=config.title,
            status=status,
            config=config,
            visitor=visitor,
            csrf=visitor.csrf if visitor else "",
            may=visitor.may if visitor else lambda _: False,
            keys=bool(visitor and visitor.person.settings.get("keys", True)),
            done=DONE.get(request.query_params.get("done", ""), ""),
            request_last=last if _ID.fullmatch(last) else "",
            file=file_address,
            role_names=NAMES,
            place_of=place_of,
            given=given,
            redacted=lambda text: redact(text).text,
            readers=lambda audience: readers(audience, translator(language)),
            moment=lambda written, exact=False: moment(written, language, config.zone, exact=exact),
            day_of=lambda written: day_of(written, config.zone),
            root=self.service.workspace.root,
            **values,
        )


def place_of(path: str) -> str:
    """The place of the desk under which a page stands.

    >>> place_of("/desk/candidates/abc/edit"), place_of("/desk/articles/new"), place_of("/desk")
    ('/desk', '/desk/articles', '/desk')
    """
    first = path.removeprefix("/desk").strip("/").partition("/")[0]
    return _UNDER.get(first, f"/desk/{first}".rstrip("/"))


def readers(audience: str, say: Translate) -> str:
    """What an audience is called: the settings name all but the one that there always is."""
    return say(N_("Everyone")) if audience == AUDIENCE else audience


def moment(written: str, language: str, zone: ZoneInfo, *, exact: bool = False) -> str:
    """A stored time as day and time of day in a time zone; to the second where minutes tell two not apart.

    >>> moment("2024-01-01T23:30:00Z", "de", ZoneInfo("Europe/Berlin"))
    '02.01.24, 00:30'
    """
    told = "medium" if exact else "short"
    return format_datetime(datetime.fromisoformat(written).astimezone(zone), told, locale=language)


def day_of(written: str, zone: ZoneInfo) -> str:
    """A stored time as the day that a form sends; ``""`` for none.

    >>> day_of("2024-01-01T23:30:00Z", ZoneInfo("Europe/Berlin"))
    '2024-01-02'
    """
    return datetime.fromisoformat(written).astimezone(zone).date().isoformat() if written else ""


def go(request: Request, path: str, **parameters: str) -> Response:
    """After a change: on to a page, in the language that was chosen by hand."""
    chosen = request.query_params.get("lang", "")
    kept = {**parameters, **({"lang": chosen} if chosen in SHIPPED else {})}
    query = ("&" if "?" in path else "?") + urlencode(kept) if kept else ""
    return RedirectResponse(path + query, HTTPStatus.SEE_OTHER)


@cache
def _file(name: str) -> tuple[bytes, str]:
    data = resources.read(f"site/web/{name}")
    return data, hashlib.sha256(data).hexdigest()[:12]


def file_address(name: str) -> str:
    """Where a script or style of the desk is; another address when it changes."""
    return f"/desk/files/{name}?v={_file(name)[1]}"


def file_response(name: str) -> Response:
    """A script or style of the desk.

    Raises:
        HTTPException: there is none of this name.
    """
    if name not in FILES:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    headers = {"Cache-Control": f"public, max-age={_YEAR}, immutable"}
    return Response(_file(name)[0], 200, headers, media_type(name))
