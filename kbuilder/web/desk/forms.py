"""What forms say: named fields alone are read, each with a limit."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

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
    if isinstance(value, UploadFile) or len(value) > limit or "\0" in value:
        raise HTTPException(UNPROCESSABLE)
    text = value.replace("\r\n", "\n")
    return text if limit > LINE else text.strip()


async def fields(request: Request, name: str) -> list[str]:
    """All values of a field that may be sent several times."""
    values = (await request.form()).getlist(name)
    if len(values) > LINE or any(not isinstance(value, str) or len(value) > LINE for value in values):
        raise HTTPException(UNPROCESSABLE)
    return [str(value) for value in values]
