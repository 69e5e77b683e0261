"""A draft's body: headings, and the parts of posts with a reference behind each sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kbuilder.drafting.extract import Part, Sentence, cited
from kbuilder.records import Citation, Post, Thread
from kbuilder.text import squeeze

_INDENT = 4
"""Blanks that carry a block into the list above it, whatever the list's marks."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Parts of one post, under a heading or without."""

    thread: Thread
    post: Post
    parts: Sequence[Part]
    heading: str = ""
    """Markdown with its hashes."""
    remarked: bool = True
    """What is to be looked at in its sentences is told; an asker's own words are in the first person by nature."""


@dataclass(slots=True)
class _Page:
    """What is written so far."""

    pieces: list[str] = field(default_factory=list)
    sources: dict[str, Citation] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    items: dict[int, int] = field(default_factory=dict)
    """Number of the last item of each list that is open, by its depth."""
    depth: int = 0
    """How many lists are open."""
    tight: bool = False
    """The piece before was an item."""
    digests: dict[str, str] = field(default_factory=dict)
    """Of the posts that are cited, by id: a long one has many sentences."""

    def add(self, piece: str, is_item: bool = False) -> None:
        gap = "" if not self.pieces else "\n" if is_item and self.tight else "\n\n"
        self.pieces.append(gap + piece)
        self.tight = is_item


@dataclass(frozen=True, slots=True)
class Composed:
    """A body and what stands behind it."""

    body: str
    sources: dict[str, Citation]
    """``p1``, ``p2`` … in the order of the text."""
    marks: dict[str, str]
    """By source, what the editor should look at in its sentence."""


def body(passages: Iterable[Passage]) -> Composed:
    """Markdown, its sources, and what is to be looked at."""
    page = _Page()
    for passage in passages:
        if passage.heading:
            page.add(passage.heading)
        _write(page, passage)
    return Composed("".join(page.pieces), page.sources, page.marks)


def _write(page: _Page, passage: Passage) -> None:
    page.depth = 0
    leading = False
    for part in passage.parts:
        if part.kind == "item":
            _write_item(page, passage, part)
        elif part.block:
            _write_block(page, passage, part, part.block, leading)
        else:
            _write_sentences(page, passage, part)
        leading = True


def _write_sentences(page: _Page, passage: Passage, part: Part) -> None:
    text = _cited(page, passage, part)
    if part.kind == "heading":
        text = "#### " + squeeze(text)
    page.add(_indented(text, _depth(page, part)))


def _write_block(page: _Page, passage: Passage, part: Part, block: Sentence, leading: bool) -> None:
    """Code, a table, a picture: cited by the sentence before, else by a reference of its own."""
    depth = _depth(page, part)
    mark = "" if leading else f"[^{_cite(page, passage, block)}]"
    if part.kind == "image":
        page.add(_indented(block.text + mark, depth))
        return
    if mark:
        page.add(_indented(mark, depth))
    page.add(_indented(block.text, depth))


def _write_item(page: _Page, passage: Passage, part: Part) -> None:
    """A list's item at its depth, numbered on from the one before."""
    depth = min(max(1, part.depth), page.depth + 1)
    for deeper in [each for each in page.items if each > depth or not page.depth]:
        del page.items[deeper]
    page.depth = depth
    mark = "-"
    if part.number:
        page.items[depth] = page.items.get(depth, part.number - 1) + 1
        mark = f"{page.items[depth]}."
    text = _cited(page, passage, part).replace("\n", "\n" + " " * _INDENT)
    if part.block:
        reference = f"[^{_cite(page, passage, part.block)}]"
        text = reference if _is_code(part.block) else part.block.text + reference
    page.add(_indented(f"{mark} {text}", depth - 1), is_item=True)
    if part.block and _is_code(part.block):
        page.add(_indented(part.block.text, depth))


def _is_code(block: Sentence) -> bool:
    return block.text.startswith(("```", "~~~"))


def _depth(page: _Page, part: Part) -> int:
    """How deep a block that is no item stands: in lists that are open."""
    page.depth = min(part.depth, page.depth)
    return page.depth


def _indented(text: str, depth: int) -> str:
    """Lines carried into a list of some depth."""
    blanks = " " * (_INDENT * depth)
    return "\n".join(blanks + line if line.strip() else line for line in text.split("\n"))


def _cited(page: _Page, passage: Passage, part: Part) -> str:
    return cited(part, [_cite(page, passage, each) for each in part.sentences])


def _cite(page: _Page, passage: Passage, sentence: Sentence) -> str:
    post, author = passage.post, passage.post.author
    key = f"p{len(page.sources) + 1}"
    if post.id not in page.digests:
        page.digests[post.id] = post.digest
    page.sources[key] = Citation(
        post=post.id,
        start=sentence.start,
        end=sentence.end,
        digest=page.digests[post.id],
        author=author.name if author else "",
        author_url=author.url if author else "",
        url=post.url or passage.thread.url,
        licence=post.licence,
        date=post.created,
    )
    if sentence.remark and passage.remarked:
        page.marks[key] = sentence.remark
    return key
