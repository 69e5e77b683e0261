"""A text with its sentences marked: which source each rests on, and what an editor must look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from types import MappingProxyType
from typing import Any, NamedTuple

from lxml import html as lxml_html

from kbuilder.redact import PLACEHOLDER
from kbuilder.review import provenance
from kbuilder.text import N_

EDITORIAL = N_("editorial: rests on no source")
UNSOURCED = N_("No post of the forum says this. Readers see it without a source; whoever approves it answers for it.")
UNSUPPORTED = N_("not what its source says")
REDACTED = N_("personal data was taken out here")

NOTHING: Mapping[str, str] = MappingProxyType({})
_BLOCKS = ("p", "li", "td", "th")
_NEST = {"p", "ul", "ol", "pre", "table", "blockquote", "div", "h2", "h3", "h4", "h5", "h6", "hr", "dl", "figure"}


class Statement(NamedTuple):
    """A cited statement of a text."""

    keys: tuple[str, ...] = ()
    """Its references."""
    wrong: bool = False
    """It says something else than its sources."""
    remark: str = ""
    """What an editor should look at, as a message id."""


def statements(body: str, spans: Mapping[str, str], marks: Mapping[str, str] = NOTHING) -> list[Statement]:
    """The cited statements of a body, in order.

    Args:
        body: of a draft or article.
        spans: the words of its sources by reference.
        marks: what is to be looked at, by reference.

    One whose sources have changed or are gone cannot be told, and is not accused.
    """
    told: list[Statement] = []
    for each in provenance.statements(body):
        known = [spans[key] for key in each.keys if key in spans]
        wrong = bool(known) and not any(provenance.supported(each.text, span) for span in known)
        remark = next((marks[key] for key in each.keys if key in marks), "")
        told.append(Statement(each.keys, wrong, remark))
    return told


def marked(html: str, told: list[Statement], say: Callable[[str], str]) -> str:
    """The HTML of a page's body with spans around its sentences.

    Args:
        html: as :func:`kbuilder.publish.body.page_body` makes it.
        told: its cited statements (:func:`statements`).
        say: texts of the interface.
    """
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    groups = sum(_is_reference(each) and not _follows(each) for each in root.iter("sup"))
    left = iter(told if groups == len(told) else [])
    for block in list(root.iter(*_BLOCKS)):
        _mark(block, left, say)
    inner = escape(root.text or "", quote=False)
    inner += "".join(lxml_html.tostring(each, encoding="unicode") for each in root)
    return PLACEHOLDER.sub(lambda found: _redacted(found[0], say), inner)


def _redacted(text: str, say: Callable[[str], str]) -> str:
    return f'<mark class="redacted" title="{escape(say(REDACTED))}">{text}</mark>'


def _follows(reference: Any) -> bool:
    """Whether another reference stands right before it: both are of one statement."""
    before = reference.getprevious()
    return before is not None and _is_reference(before) and not (before.tail or "").strip()


def _is_reference(element: Any) -> bool:
    return "ref" in (element.get("class") or "").split()


def _mark(block: Any, left: Iterator[Statement], say: Callable[[str], str]) -> None:
    """Put spans around what stands before each group of references of a block, and around what has none."""
    children = list(block)
    if any(child.tag in _NEST for child in children) and not any(_is_reference(child) for child in children):
        return
    text, block.text = block.text or "", None
    for child in children:
        block.remove(child)
    span, last = _span(text), None
    for child in children:
        tail, child.tail = child.tail or "", None
        if _is_reference(child):
            if span is not None and (len(span) or (span.text or "").strip()):
                _close(block, span, child, next(left, Statement()), say)
                last = span
                span = None
            elif last is not None:
                last.set("data-n", f"{last.get('data-n')} {_number(child)}")
            block.append(child)
            if tail.strip():
                span = _span(tail)
            else:
                child.tail = tail
                span = None
        elif child.tag in _NEST:
            _editorial(block, span, say)
            span = None
            block.append(child)
            child.tail = tail
        else:
            span = span if span is not None else _span("")
            span.append(child)
            child.tail = tail
    _editorial(block, span, say)


def _span(text: str) -> Any:
    span = lxml_html.Element("span")
    span.text = text
    return span


def _close(block: Any, span: Any, reference: Any, told: Statement, say: Callable[[str], str]) -> None:
    span.set("data-k", " ".join(told.keys))
    span.set("class", "sentence unsupported" if told.wrong else "sentence remarked" if told.remark else "sentence")
    span.set("data-n", _number(reference))
    if told.wrong:
        _flag(span, "⚠", say(UNSUPPORTED))
    if told.remark:
        _flag(span, "☞", say(told.remark))
    block.append(span)


def _editorial(block: Any, span: Any, say: Callable[[str], str]) -> None:
    """What has no reference is the editor's own, if it says anything."""
    if span is None:
        return
    if re.search(r"\w", span.text_content()):
        span.set("class", "sentence editorial")
        _flag(span, "✎", say(EDITORIAL), say(UNSOURCED))
        block.append(span)
    else:
        children = list(block)
        if children:
            children[-1].tail = (children[-1].tail or "") + (span.text or "")
        else:
            block.text = (block.text or "") + (span.text or "")
        for child in list(span):
            block.append(child)


def _flag(span: Any, sign: str, words: str, more: str = "") -> None:
    """A sign at the end of a sentence; touched, the sentence says what it means."""
    flag = lxml_html.Element("span")
    flag.set("class", "flag")
    flag.set("title", words)
    if more:
        flag.set("data-more", more)
    mark = lxml_html.Element("span")
    mark.set("aria-hidden", "true")
    mark.text = sign
    hidden = lxml_html.Element("span")
    hidden.set("class", "hidden")
    hidden.text = f" ({words})"
    flag.append(mark)
    flag.append(hidden)
    span.append(flag)


def _number(reference: Any) -> str:
    return re.sub(r"\D", "", reference.text_content())
