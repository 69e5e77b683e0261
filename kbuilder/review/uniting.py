"""One text out of two: what an editor keeps of a draft and of what it is merged into."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from kbuilder import markup
from kbuilder.records import Article, Citation, Draft
from kbuilder.text import squeeze


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it up to the next one; the first may have none."""

    path: tuple[str, ...]
    """Words of the headings that it stands below, then of its own; ``()``: what stands before any."""
    text: str
    """With its heading."""
    content: str
    """Without it."""

    @property
    def heading(self) -> str:
        """The heading alone."""
        return self.text.removesuffix(self.content).rstrip()


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of two sides."""

    title: str
    sections: tuple[frozenset[int], frozenset[int]]
    """Numbers of the sections of each side."""
    phrasings: tuple[str, ...]


def sections(body: str) -> list[Section]:
    """The sections of a text, in order; together they are the text.

    >>> [each.path for each in sections("Why.\\n\\n## Do\\n\\nIt.\\n\\n### Then\\n\\nGo.")]
    [(), ('Do',), ('Do', 'Then')]
    """
    found: list[Section] = []
    path: list[tuple[int, str]] = []
    start = content = 0
    for block in markup.blocks(body):
        if block.kind != "heading" or block.depth:
            continue
        if body[start : block.start].strip():
            found.append(_section(path, body, start, content, block.start))
        level = len(body[block.start : block.content].strip()) or 2
        path = [*(each for each in path if each[0] < level), (level, squeeze(markup.plain(block.text)))]
        start, content = block.start, block.end
    if body[start:].strip():
        found.append(_section(path, body, start, content, len(body)))
    return found


def _section(path: Sequence[tuple[int, str]], body: str, start: int, content: int, end: int) -> Section:
    return Section(tuple(name for _, name in path), _trimmed(body[start:end]), _trimmed(body[content:end]))


def _trimmed(text: str) -> str:
    """Without empty lines around, but with the indent of code that it may begin with."""
    return re.sub(r"\A(?:[ \t]*[\r\n]+)+", "", text).rstrip()


def phrasings(one: Draft | Article, other: Draft | Article) -> tuple[str, ...]:
    """Titles and phrasings of both sides, each once."""
    found: dict[str, str] = {}
    for each in (one.title, other.title, *one.phrasings, *other.phrasings):
        found.setdefault(each.casefold(), each)
    return tuple(found.values())


def united(one: Draft | Article, other: Draft | Article, kept: Kept) -> tuple[str, dict[str, Citation]]:
    """The text of what is kept, and the sources that it refers to.

    What is kept of the other side stands where the same heading is, or was if that is left out; else below the
    nearest heading that both have, else at the end. What stands before any heading goes to the beginning. A heading
    stands wherever something below it is kept. What would read as one with what is before it, as two lists of steps
    would, stands below the title that it had. No heading skips a level.
    """
    names = _names(one.sources, other.sources)
    own = _closed(one.body)
    theirs = _closed(markup.relabelled(renamed(other.body, names), markup.definitions(own)))
    left = _chosen(found := sections(own), kept.sections[0])
    result = [(left.get(number, each), number in left) for number, each in enumerate(found)]
    for each in _chosen(sections(theirs), kept.sections[1]).values():
        _put(each, result, other.title)
    body = levelled("\n\n".join(each.text for each, stays in result if stays))
    body = markup.with_definitions(body, {**markup.definitions(theirs), **markup.definitions(own)})
    cited = {key for key, _ in markup.references(body)}
    every = {**one.sources, **{names[key]: each for key, each in other.sources.items()}}
    return body, {key: each for key, each in every.items() if key in cited}


def _chosen(found: Sequence[Section], numbers: Collection[int]) -> dict[int, Section]:
    """The sections that are kept by number, and of those that they stand below the headings."""
    taken = [number for number, each in enumerate(found) if number in numbers and each.content]
    above = {heading for number in taken for heading in _above(found, number)}.difference(taken)
    return {
        number: each if number in taken else Section(each.path, each.heading, "")
        for number, each in enumerate(found)
        if number in taken or number in above
    }


def _above(found: Sequence[Section], number: int) -> Iterator[int]:
    """The headings that a section stands below, from the nearest on."""
    path = found[number].path
    for earlier in reversed(range(number)):
        each = found[earlier].path
        if 0 < len(each) < len(path) and each == path[: len(each)]:
            yield earlier
            path = each


def _put(section: Section, result: list[tuple[Section, bool]], title: str) -> None:
    """Put a section where it belongs among others, each with whether it stays."""
    same = [number for number, (each, _) in enumerate(result) if each.path == section.path]
    staying = [number for number in same if result[number][1]]
    shared = [_shared(each.path, section.path) for each, _ in result] if section.path else []
    below = [number for number, each in enumerate(shared) if each == max(shared)]
    place = (staying or same or below or [-1])[-1]
    if staying:
        section = Section(section.path, _apart(result[place][0], section, title), section.content)
    if section.text:
        result.insert(place + 1, (section, True))


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many headings, from the first on, two paths have in common."""
    return len([*takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))])


def _apart(before: Section, section: Section, title: str) -> str:
    """What stands in a section, below a title of its own where it would read as one with what is before it."""
    one, other = before.text, section.content
    if markup.to_html(f"{one}\n\n{other}").split() == (markup.to_html(one) + " " + markup.to_html(other)).split():
        return other
    level = 1 + max(1, len(section.heading) - len(section.heading.lstrip("#")))
    return f"{'#' * min(level, 6)} {markup.escaped(title)}\n\n{other}"


_ENDS = ("-->", "?>", "]]>", ">", "</pre>", "</script>", "</style>", "</textarea>")


def _closed(body: str) -> str:
    """A text behind which another one begins anew: what it left open, such as a fence, is closed."""
    opened = re.match(r"`{3,}|~{3,}", "".join(each.text for each in markup.blocks(body)[-1:]))
    ends = ("", f"\n{opened[0]}" if opened else "", *(f"\n{each}" for each in _ENDS))
    return next((body + end for end in ends if markup.blocks(f"{body}{end}\n\n.")[-1].text == "."), body)


def levelled(body: str) -> str:
    """A text in which each heading stands at most one level below the one that it belongs to.

    >>> levelled("## A\\n\\n#### B\\n\\n##### C\\n\\n#### D\\n\\n## E")
    '## A\\n\\n### B\\n\\n#### C\\n\\n### D\\n\\n## E'
    """
    above: list[tuple[int, int]] = []
    found, last = [], 0
    for block in markup.blocks(body):
        hashes = body[block.start : block.content].strip()
        if block.kind != "heading" or block.depth or not hashes:  # an underlined one is of the first levels
            continue
        above = [each for each in above if each[0] < len(hashes)]
        level = min(len(hashes), (above[-1][1] if above else 1) + 1)
        above.append((len(hashes), level))
        start = body.index(hashes, block.start)
        found += [body[last:start], "#" * level]
        last = start + len(hashes)
    return "".join([*found, body[last:]])


def _names(taken: Mapping[str, Citation], given: Mapping[str, Citation]) -> dict[str, str]:
    """Under which key each source of the other side stands: that of the same place in a post, or a free one."""
    places = {(each.post, each.start, each.end, each.digest): key for key, each in taken.items()}
    last = max((int(key[1:]) for key in taken if key[1:].isdecimal()), default=0)
    names = {}
    for key, each in given.items():
        known = places.get((each.post, each.start, each.end, each.digest))
        last += known is None
        names[key] = known or f"p{last}"
    return names


def renamed(body: str, names: Mapping[str, str]) -> str:
    """A text whose references have other keys."""
    for key, start in reversed(markup.references(body)):
        if key in names:
            body = f"{body[:start]}[^{names[key]}]{body[start + len(key) + 3 :]}"
    return body


def chosen(options: Sequence[str], given: Collection[str], title: str) -> tuple[str, ...]:
    """Those of some phrasings that were given, without the title."""
    return tuple(each for each in options if each in given and each.casefold() != title.casefold())
