"""Answers that hold for some alone (“With Hub 3”), one below another in the text, shown side by side as tabs.

They are ``<details>`` of one name: browsers show one at a time, open the one that an address leads to, and print all.
No script has a part in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import unescape
from typing import NamedTuple

from kbuilder import texts
from kbuilder.text import squeeze

_HEADING = re.compile(r'<h([2-6]) id="[^"]*">(.*?)</h\1>', re.DOTALL)
_MARKUP = re.compile(r'<sup class="ref\b.*?</sup>|<[^">]*(?:"[^"]*"[^">]*)*>')
_TAG = re.compile(r"<(/?)([a-z0-9]+)[^>]*>")
_VOID = ("br", "img", "hr")


class _Section(NamedTuple):
    """A heading and what stands below it."""

    level: int
    """0: what stands before the first heading."""
    title: str
    html: str


def with_tabs(html: str, say: texts.Translate, names: str = "") -> str:
    """A page's text in which sections that hold for some alone are tabs, where at least two follow one another.

    Args:
        html: in which every heading has an ``id``.
        say: the texts of the article's language, in which its draft was written.
        names: what stands before every anchor, where several texts share a page.
    """
    variant = _variants(say)
    if sum(bool(variant.fullmatch(_title(each))) for each in _HEADING.finditer(html)) < 2:
        return html  # nothing to choose from, as almost everywhere
    sections = list(_sections(html))
    out, at, groups = [], 0, 0
    while at < len(sections):
        end = at
        while end < len(sections) and _is_next(sections[end], sections[at], variant):
            end = _after(sections, end)
        tabs = _joined(_whole(sections[at:end]))
        if len(tabs) > 1 and all(map(balanced, tabs)):
            groups += 1
            out.append(_tabs(tabs, f"{names}variants-{groups}", _newest(tabs, say)))
        else:
            end = at + 1
            out.append(sections[at].html)
        at = end
    return "".join(out)


@lru_cache(64)
def _variants(say: texts.Translate) -> re.Pattern[str]:
    """Headings of sections that hold for some alone."""
    forms = (re.sub(r"\\\{\w+\\\}", ".+", re.escape(say(message))) for message in texts.VARIANTS)
    return re.compile("|".join(forms))


def balanced(html: str) -> bool:
    """Whether every element of a piece of HTML begins and ends in it."""
    opened: list[str] = []
    for closing, name in _TAG.findall(html):
        if name in _VOID:
            continue
        if not closing:
            opened.append(name)
        elif not opened or opened.pop() != name:
            return False
    return not opened


def _sections(html: str) -> Iterator[_Section]:
    headings = list(_HEADING.finditer(html))
    starts = [each.start() for each in headings]
    yield _Section(0, "", html[: starts[0]] if starts else html)
    for each, end in zip(headings, [*starts[1:], len(html)], strict=False):
        yield _Section(int(each[1]), _title(each), html[each.start() : end])


def _title(heading: re.Match[str]) -> str:
    return squeeze(unescape(_MARKUP.sub("", heading[2])))


def _is_next(section: _Section, first: _Section, variant: re.Pattern[str]) -> bool:
    return section.level == first.level > 0 and bool(variant.fullmatch(section.title))


def _after(sections: Sequence[_Section], at: int) -> int:
    """Where a section with all below it ends."""
    deeper = range(at + 1, len(sections))
    return next((end for end in deeper if sections[end].level <= sections[at].level), len(sections))


def _whole(sections: Sequence[_Section]) -> Iterator[str]:
    """The sections of one level, each with all below it."""
    at = 0
    while at < len(sections):
        end = _after(sections, at)
        yield "".join(each.html for each in sections[at:end])
        at = end


def _joined(tabs: Iterable[str]) -> list[str]:
    """Those of one name as one tab: two for “With Hub 3” would not tell which is whose."""
    found: dict[str, str] = {}
    for tab in tabs:
        name = _name(tab)
        found[name] = found.get(name, "") + tab
    return list(found.values())


def _name(tab: str) -> str:
    heading = _HEADING.match(tab)
    return _title(heading) if heading else ""


def _newest(tabs: Sequence[str], say: texts.Translate) -> int:
    """Which of them is of the latest year; the first, where they are not of years."""
    form = re.compile(re.escape(say(texts.YEAR)).replace(r"\{year\}", r"(\d{1,4})"))
    years = [int(found[1]) if (found := form.fullmatch(_name(tab))) else 0 for tab in tabs]
    return years.index(max(years))


def _tabs(tabs: Sequence[str], group: str, shown: int) -> str:
    """One of them is open."""
    made: list[str] = []
    for tab in tabs:
        end = tab.index("</h") + len("</h2>")
        state = " open" if len(made) == shown else ""
        made.append(
            f'<details name="{group}"{state}><summary>{tab[:end]}</summary>\n'
            f'<div class="variant">{tab[end:].strip()}</div></details>\n'
        )
    return f'<div class="variants">\n{"".join(made)}</div>\n'
