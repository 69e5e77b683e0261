"""Pages made of templates: the layout, the reader's language, dates and figures as they are written there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from kbuilder import resources, texts
from kbuilder.text import per_cent
from kbuilder.texts import SHIPPED, translator
from kbuilder.web.guard import is_local
from kbuilder.web.languages import NAMES, preferred

FOLDER = "site/templates/web"
PRODUCT = "kbuilder"
"""What a page is headed with where the knowledge base's own title is not at hand."""


@dataclass(frozen=True)
class Pages:
    """The templates, read as they are asked for."""

    environment: Environment

    @classmethod
    def shipped(cls) -> Pages:
        """The templates that come with the product."""
        return cls(
            Environment(
                loader=FunctionLoader(lambda name: resources.read(f"{FOLDER}/{name}").decode()),
                autoescape=True,
                undefined=StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
            )
        )

    def page(
        self, request: Request, template: str, *, title: str = PRODUCT, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A template as a page in the reader's language; ``title`` is the knowledge base's."""
        language = language_of(request)
        translate = translator(language)
        html = self.environment.get_template(template).render(
            _=translate,
            language=language,
            site_title=title,
            chosen=_chosen(request),
            link=_link(request),
            languages=_switch(request, language),
            local=is_local(request),
            path=request.url.path,
            number=lambda figure: format_decimal(figure, locale=language),
            percent=lambda share: percent(share, language),
            day=lambda written, zone: day(written, language, zone),
            foreign=lambda spoken: foreign(spoken, language),
            tongue=lambda spoken: tongue(spoken, language),
            **values,
        )
        headers = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
        return HTMLResponse(html, status, headers)


def language_of(request: Request) -> str:
    """The reader's language: ``?lang=``, else what was set at the desk, else what the browser asks for."""
    visitor = getattr(request.state, "visitor", None)
    kept = visitor.person.settings.get("language", "") if visitor else ""
    wanted = request.query_params.get("lang", "") or kept
    return preferred(request.headers.get("accept-language", ""), wanted)


def percent(share: float, language: str) -> str:
    """A share in whole per cent, in a language.

    >>> percent(0.998, "en"), percent(0.29, "de")
    ('99%', '29\xa0%')
    """
    return texts.percent(per_cent(share) / 100, language)


def day(written: str, language: str, zone: ZoneInfo) -> str:
    """A stored time as the day that it was in a time zone.

    >>> day("2024-01-01T23:30:00Z", "de", ZoneInfo("Europe/Berlin"))
    '02.01.2024'
    """
    return format_date(datetime.fromisoformat(written).astimezone(zone), "medium", locale=language)


def foreign(spoken: str, language: str) -> str:
    """What another language than the reader's is called in the reader's; empty for the reader's own.

    >>> foreign("en", "de"), foreign("de-at", "de"), foreign("x-klingon", "de")
    ('Englisch', '', 'x-klingon')
    """
    return "" if spoken.partition("-")[0] == language.partition("-")[0] else tongue(spoken, language)


def tongue(spoken: str, language: str) -> str:
    """What a language is called in the reader's.

    >>> tongue("en", "de"), tongue("de", "de"), tongue("x-klingon", "de")
    ('Englisch', 'Deutsch', 'x-klingon')
    """
    try:
        return Locale.parse(spoken, sep="-").get_display_name(language) or spoken
    except (UnknownLocaleError, ValueError):
        return spoken


def _chosen(request: Request) -> dict[str, str]:
    """The language that was asked for by hand, so that links keep it."""
    chosen = request.query_params.get("lang", "")
    return {"lang": chosen} if chosen in SHIPPED else {}


def _link(request: Request) -> Any:
    """What makes links that keep the chosen language."""

    def link(path: str, **parameters: object) -> str:
        query = urlencode({**parameters, **_chosen(request)})
        return f"{path}{'&' if '?' in path else '?'}{query}" if query else path

    return link


def _switch(request: Request, current: str) -> list[tuple[str, str, str]]:
    """Code, name and address of this page in each other language."""
    kept = {name: value for name, value in request.query_params.items() if name != "lang"}
    return [(code, NAMES[code], "?" + urlencode({**kept, "lang": code})) for code in SHIPPED if code != current]
