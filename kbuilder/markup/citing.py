"""References, footnotes and the definitions of links."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from kbuilder.markup.parser import parser, whole
from kbuilder.markup.pieces import blocks
from kbuilder.markup.tex import formulas_in

if TYPE_CHECKING:
    pass


_SKIPPED = re.compile(r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)|\\.|\[\^(?P<key>[^\]\s]+)\]", re.DOTALL)
_KEY = re.compile(r"p\d+")


def references(body: str) -> list[tuple[str, int]]:
    """The references ``[^p1]`` of a text and where they stand, in order; code and formulas hold none.

    >>> references("Wait.[^p1] `[^p2]` Go.[^p1]")
    [('p1', 5), ('p1', 22)]
    """
    return [(key, start) for key, start in _marks(body) if _KEY.fullmatch(key)]


def footnotes(body: str) -> list[str]:
    """What looks like a reference and is none, since no source is called so: a page shows it as it stands.

    >>> footnotes("Wait.[^p1] `[^x]` Go.[^zz]")
    ['zz']
    """
    return [key for key, _ in _marks(body) if not _KEY.fullmatch(key)]


def _marks(body: str) -> list[tuple[str, int]]:
    found = []
    for block in blocks(body):
        if block.kind in ("code", "formula", "html"):
            continue
        edges = [edge for formula in formulas_in(body[block.start : block.end]) for edge in formula.span()]
        for mark in _SKIPPED.finditer(body[block.start : block.end]):
            inside = bisect_right(edges, mark.start()) % 2
            if mark["key"] and not inside:
                found.append((mark["key"], block.start + mark.start()))
    return found


_LABEL = re.compile(
    r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)|\\.|\[(?P<label>(?:\\.|[^\[\]\\])+)\](?:\[\])?", re.DOTALL
)


def definitions(markdown: str) -> dict[str, str]:
    """Where the labels of a text's links lead, each as Markdown that says so.

    >>> definitions("See [the page][x].\\n\\n[x]: https://x.example")
    {'X': '[X]: <https://x.example>'}
    """
    known: dict[str, Any] = {}
    parser().parse(whole(markdown), known)
    found: dict[str, dict[str, str]] = known.get("references", {})
    return {label: _defining(label, each["href"], each["title"]) for label, each in found.items()}


def _defining(label: str, address: str, title: str) -> str:
    quoted = title.replace("\\", r"\\").replace('"', r"\"")
    return f"[{label}]: <{address}>" + (f' "{quoted}"' if title else "")


def relabelled(markdown: str, taken: Mapping[str, str]) -> str:
    """A text whose links' labels are none of some that lead elsewhere.

    >>> relabelled("[Here][x], [x].\\n\\n[x]: /b", definitions("[x]: /a"))
    '[Here][X-2], [x][X-2].\\n\\n[X-2]: /b'
    """
    own = definitions(markdown)
    names: dict[str, str] = {}
    for label, said in own.items():
        if taken.get(label, said) != said:
            free = (f"{label}-{number}" for number in range(2, len(taken) + 2 * len(own) + 3))
            names[label] = next(each for each in free if each not in {*taken, *own, *names.values()})
    for block in reversed(blocks(markdown) if names else []):
        if block.kind not in ("code", "formula", "html"):
            rename = partial(_renamed, names, block.kind == "definition")
            source = _LABEL.sub(rename, markdown[block.start : block.end])
            markdown = markdown[: block.start] + source + markdown[block.end :]
    return markdown


def with_definitions(markdown: str, known: Mapping[str, str]) -> str:
    """A text with those of some definitions that its links need and that it has not.

    >>> with_definitions("[Here][x]", definitions("[x]: /a\\n[y]: /b"))
    '[Here][x]\\n\\n[X]: </a>'
    """
    from markdown_it.common.utils import normalizeReference

    used = {normalizeReference(found["label"]) for found in _LABEL.finditer(markdown) if found["label"]}
    needed = used.intersection(known).difference(definitions(markdown))
    added = "\n".join(known[label] for label in sorted(needed))
    return f"{markdown}\n\n{added}" if added else markdown


_TARGET = re.compile(
    r"""(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)|\\.
    |(?P<before>(?P<mark>\](?:\(|:))\s*)
     (?:<(?P<angled>(?:\\.|[^<>\\\n])*)>|(?P<bare>(?:\\.|[^\s<>()\\]|\([^\s()]*\))+))
     (?P<title>(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?)""",
    re.DOTALL | re.VERBOSE,
)
_LED_NOWHERE = re.compile(r"!?\[([^\[\]]*)\]\(\x00[^()]*\)")


def readdressed(markdown: str, find: Callable[[str], str | None]) -> str:
    """A text whose links and pictures lead elsewhere; of one that leads nowhere, the words are left.

    Args:
        find: an address, as the text's HTML has it, to another; ``None``: nowhere.

    >>> readdressed('[a](<b c.md> "T") `[a](b)` [d](e)', {"b%20c.md": "../f/"}.get)
    '[a](../f/ "T") `[a](b)` d'
    """
    for block in reversed(blocks(markdown)):
        if block.kind not in ("code", "formula", "html"):
            change = partial(_retargeted, find, "]:" if block.kind == "definition" else "](")
            source = _TARGET.sub(change, markdown[block.start : block.end])
            while (plainer := _LED_NOWHERE.sub(r"\1", source)) != source:  # a link's words may be a picture
                source = plainer
            source = source.replace("\x00", "")
            markdown = markdown[: block.start] + source + markdown[block.end :]
    return markdown


def _retargeted(find: Callable[[str], str | None], mark: str, found: re.Match[str]) -> str:
    from markdown_it.common.normalize_url import normalizeLink
    from markdown_it.common.utils import unescapeAll

    if found["mark"] != mark:
        return found[0]
    written = normalizeLink(unescapeAll(found["bare"] if found["angled"] is None else found["angled"]))
    target = find(written)
    if target == written:
        return found[0]
    if target is None:
        return found["before"] + ("<>" if mark == "]:" else "\x00")
    return found["before"] + target + found["title"]


def _renamed(names: Mapping[str, str], defines: bool, found: re.Match[str]) -> str:
    from markdown_it.common.utils import normalizeReference

    name = names.get(normalizeReference(found["label"])) if found["label"] else None
    start, end = found.span()
    before, after = found.string[max(start - 1, 0) : start], found.string[end : end + 1]
    if name is None or (defines and after != ":") or (before != "]" and after in ("[", "(")):
        return found[0]
    return f"[{name}]" if defines or before == "]" else f"[{found['label']}][{name}]"
