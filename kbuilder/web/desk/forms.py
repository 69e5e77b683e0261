"""What forms say: named fields alone are read, each with a limit."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from kbuilder.config import Config
from kbuilder.errors import KBError
from kbuilder.text import N_, utc
from kbuilder.web.pages import language_of

LINE, TEXT, LETTER = 300, 200_000, 4_000
"""Characters of a line, of an article's body, of a note."""
UNPROCESSABLE = 422
"""The status of a form whose values are not as expected; its name differs between versions of Python."""


async def field(request: Request, name: str, limit: int = LINE) -> str:
    """A field's text with line ends ``\\n``; ``""`` where it was not sent.

    Raises:
        HTTPException: it is too long, a file, or holds what no text has: 422.
    """
    value = (await request.form()).get(name, "")
    text = "" if isinstance(value, UploadFile) else value.replace("\r\n", "\n")
    if isinstance(value, UploadFile) or len(text) > limit or "\0" in text:
        raise HTTPException(UNPROCESSABLE)
    return text if limit > LINE else text.strip()


async def until(request: Request, name: str, zone: ZoneInfo) -> str:
    """The end of a day that was sent, in a time zone, as times are stored; ``""`` where it was left empty.

    Raises:
        KBError: it is no day.
    """
    given = await field(request, name)
    if not given:
        return ""
    try:
        return utc(datetime.combine(date.fromisoformat(given), time(23, 59, 59), zone))
    except (ValueError, OverflowError):
        raise KBError(N_("“{value}” is no day such as 2026-11-23"), value=given[:40]) from None


async def fields(request: Request, name: str) -> list[str]:
    """All values of a field that may be sent several times."""
    values = (await request.form()).getlist(name)
    if len(values) > LINE or any(not isinstance(value, str) or len(value) > LINE for value in values):
        raise HTTPException(UNPROCESSABLE)
    return [str(value) for value in values]


def begun_in(request: Request, config: Config, wanted: str = "") -> str:
    """The language of a text that is begun: the one wanted, else the one its writer reads the desk in."""
    return next((each for each in (wanted, language_of(request)) if each in config.languages), config.languages[0])
