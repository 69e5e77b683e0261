"""Templates: a page's values to its bytes."""

from __future__ import annotations

import datetime
import re
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from kbuilder import resources, texts
from kbuilder.errors import ConfigError, NotFound
from kbuilder.markup import escaped, title_html, title_text
from kbuilder.publish.addresses import relative
from kbuilder.publish.compounds import hyphenated
from kbuilder.publish.views import Chrome, Link, Page
from kbuilder.resources import Tree
from kbuilder.text import N_, squeeze

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = "site/templates"
_FROM_ROOT = ("404", "nginx")
"""Kinds of pages."""


@dataclass(frozen=True)
class Renderer:
    """Makes pages: one environment for each language."""

    chrome: Chrome
    environment: Callable[[str], Environment]
    themed: bool = False
    """Whether the knowledge base has templates of its own."""

    def page(self, page: Page) -> bytes:
        """The page as it is served.

        Raises:
            ConfigError: a template is wrong.
        """
        from jinja2 import TemplateError

        meta, parts = page.make()
        root = self._root(page)
        link = (lambda target: root + target) if root else partial(_link, page.path)
        try:
            template = self.environment(meta.language).get_template(page.template)
            html = template.render(site=self.chrome, page=meta, link=link, absolute=self._absolute, **parts)
        except Exception as error:
            if not self.themed and not isinstance(error, TemplateError):
                raise
            raise ConfigError(
                N_("{file}: {error}"),
                N_("Mend the template, or take it away to use the one that ships."),
                file=_place(error) or f"{TEMPLATES}/{page.template}",
                error=error,
            ) from None
        return html.encode()

    def _absolute(self, target: str) -> str:
        return f"{self.chrome.url}/{target}"

    def _root(self, page: Page) -> str:
        """What links begin with where they are from the host's root: on the page for missing pages, for nobody knows
        where it will be shown, and in what nginx is told, below one of whose paths the site may lie.
        """
        if page.kind not in _FROM_ROOT:
            return ""
        return "/" + "/".join([*self.chrome.url.split("/")[3:], ""]).lstrip("/")


def _place(error: Exception) -> str:
    """The template and the line that an error comes from; ``""``: from none."""
    frames = traceback.extract_tb(error.__traceback__)
    found = [f"{each.filename}:{each.lineno}" for each in frames if each.filename.startswith(f"{TEMPLATES}/")]
    return found[-1] if found else ""


def _link(page: str, target: str) -> str:
    return relative(target, page)


def renderer(chrome: Chrome, zone: ZoneInfo, tree: Tree) -> Renderer:
    """What makes a site's pages from its templates."""
    themed = bool(tree.list(TEMPLATES))
    return Renderer(chrome, cache(lambda language: _environment(language, zone, tree)), themed)


def _environment(language: str, zone: ZoneInfo, tree: Tree) -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    from kbuilder.publish.folding import Folding

    def load(name: str) -> tuple[str, str, None] | None:
        file = f"{TEMPLATES}/{name}"
        try:
            return resources.read(file, tree).decode(), file, None
        except NotFound:
            return None

    environment = Environment(
        loader=FunctionLoader(load),
        extensions=[Folding],
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["_"] = texts.translator(language, tree)
    environment.filters["date"] = cache(lambda time: date(time, language, zone))
    environment.filters["month"] = lambda month_of: month(f"{month_of[:7]}-15T12:00:00Z", language, zone)
    environment.filters["by_month"] = lambda links: by_month(links, language, zone)
    environment.filters["day"] = cache(lambda time: _moment(time, zone).date().isoformat())
    environment.filters["plain"] = Markup  # what is no markup is not escaped
    environment.filters["markdown"] = lambda text: Markup(escaped(squeeze(text)))  # noqa: S704 - it is no HTML
    environment.filters["label"] = lambda text: Markup(_label(text))  # noqa: S704 - nor is this
    environment.filters["formulas"] = cache(lambda title: Markup(hyphenated(title_html(title), language)))  # noqa: S704 - it is cleaned
    environment.filters["size"] = lambda count: size(count, language)
    environment.filters["words"] = title_text
    environment.filters["about"] = _about
    environment.filters["bare"] = _bare
    environment.filters["asking"] = _asking
    environment.filters["language"] = language_name
    environment.filters["direction"] = direction
    return environment


def date(time: str, language: str, zone: ZoneInfo) -> str:
    """A day as people of that language write it.

    >>> date("2026-11-23T23:30:00Z", "de", ZoneInfo("Europe/Berlin"))
    '24. November 2026'
    """
    return _long_date(_moment(time, zone).date(), _locale(language))


@lru_cache(20_000)
def _long_date(day: datetime.date, locale: str) -> str:
    from babel.dates import format_date

    return format_date(day, "long", locale=locale)


def month(time: str, language: str, zone: ZoneInfo) -> str:
    """A month as people of that language write it.

    >>> month("2026-11-23T20:15:00Z", "de", ZoneInfo("UTC"))
    'November 2026'
    """
    from babel.dates import format_skeleton

    return format_skeleton("yMMMM", _moment(time, zone), locale=_locale(language))


def size(count: int, language: str) -> str:
    """Bytes as people of that language read them.

    >>> size(1_250_000, "de"), size(900, "en")
    ('1,2 MB', '1 kB')
    """
    from babel.units import format_unit

    unit, value = ("megabyte", count / 1e6) if count >= 1e6 else ("kilobyte", max(1, round(count / 1e3)))
    return format_unit(value, f"digital-{unit}", "short", format="#,##0.#", locale=_locale(language))


def by_month(links: Iterable[Link], language: str, zone: ZoneInfo) -> list[tuple[str, list[Link]]]:
    """Dated links under the names of their months, in the order given."""
    groups = groupby(links, lambda link: month(link.date, language, zone))
    return [(name, list(group)) for name, group in groups]


@cache
def language_name(language: str) -> str:
    """A language by its own name.

    >>> language_name("de")
    'Deutsch'
    """
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(language.replace("-", "_")).get_display_name()
    except (UnknownLocaleError, ValueError):
        return language
    return name[:1].upper() + name[1:] if name else language


@cache
def direction(language: str) -> str:
    """Whether a language is written from the right, ``rtl``, or from the left, ``ltr``.

    >>> direction("ar"), direction("de")
    ('rtl', 'ltr')
    """
    from babel import Locale

    return str(Locale.parse(_locale(language)).text_direction)


def _moment(time: str, zone: ZoneInfo) -> datetime.datetime:
    return datetime.datetime.fromisoformat(time).astimezone(zone)


@cache
def _locale(language: str) -> str:
    """The locale whose dates a language uses; English ones where Babel does not know it."""
    from babel import UnknownLocaleError, negotiate_locale
    from babel.core import Locale

    name = language.replace("-", "_")
    try:
        return str(Locale.parse(name))
    except (UnknownLocaleError, ValueError):
        return negotiate_locale([name.partition("_")[0]], ["en"]) or "en"


def _label(text: str) -> str:
    """The words of a link in Markdown; programs that look for the first bracket find the link's own.

    >>> _label("[x] Where (is) it?")
    '&#91;x&#93; Where (is) it?'
    """
    parts = re.split(r"([\[\]])", squeeze(text))
    return "".join(f"&#{ord(part)};" if part in ("[", "]") else escaped(part) for part in parts)


def _about(address: str, title: str, name: str = "") -> str:
    """Where a reader tells something about a page: mail gets its title as the subject, a form the article's id."""
    if address.startswith("mailto:"):
        return f"{address}?subject={quote(title)}"
    page, mark, anchor = address.partition("#")
    return f"{page}{'&' if '?' in page else '?'}article={quote(name)}{mark}{anchor}" if name else address


def _bare(address: str) -> str:
    """An address to ask at, without the place for what was typed.

    >>> _bare("https://c.example/new?title={query}"), _bare("https://c.example/ask?lang=en#q={query}")
    ('https://c.example/new', 'https://c.example/ask?lang=en')
    """
    before, _, behind = address.partition("#")
    if "{query}" in behind:
        return before
    return address.partition("?")[0] if "{query}" in address else address


def _asking(address: str) -> str:
    """An address to ask at, with a place for what was typed.

    >>> _asking("https://c.example/new?lang=en#form"), _asking("https://c.example/ask#q={query}"), _asking("")
    ('https://c.example/new?lang=en&title={query}#form', 'https://c.example/ask#q={query}', '')
    """
    if not address or "{query}" in address:
        return address
    page, mark, anchor = address.partition("#")
    return f"{page}{'&' if '?' in page else '?'}title={{query}}{mark}{anchor}"
