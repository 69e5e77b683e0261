"""What is gone or changed at the source: the sentences that rest on it are left out, or marked.

``withdrawn.jsonl`` names the posts, one line each: ``{"post": id, "state": "gone" | "changed"}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from kbuilder import markup
from kbuilder.errors import ConfigError
from kbuilder.markup import Block
from kbuilder.records import Article, is_question
from kbuilder.resources import Tree
from kbuilder.text import N_, sentences

FILE = "withdrawn.jsonl"
MARK = "⸤", "⸥"
"""Where a sentence whose source has changed begins and ends, in Markdown and in the HTML made of it."""

State = Literal["gone", "changed"]

_FOLLOWERS = ("code", "table", "image", "formula")
_SHORTER = 0.6


@dataclass(frozen=True, slots=True)
class Sentence:
    """A cited sentence of an article's body, ``body[start:end]`` with its references, and what follows from it."""

    start: int
    end: int
    keys: tuple[str, ...]
    blocks: tuple[Block, ...] = ()
    """Code, tables and pictures without a reference of their own: they take that of their lead-in sentence."""


def read(tree: Tree) -> dict[str, State]:
    """The posts that are gone or changed, by id.

    Raises:
        ConfigError: a line is no such entry.
    """
    found: dict[str, State] = {}
    for number, line in enumerate((tree.read(FILE) or b"").decode("utf-8", "replace").splitlines(), 1):
        if not line.strip():
            continue
        post, state = _entry(line)
        if not post or state not in ("gone", "changed"):
            raise ConfigError(
                N_('{file}:{line}: expected {{"post": "…", "state": "gone" or "changed"}}'),
                N_("Mend that line, or run: kbuilder build"),
                file=FILE,
                line=number,
            )
        found[post] = "gone" if found.get(post) == "gone" or state == "gone" else "changed"
    return found


def _entry(line: str) -> tuple[str, str]:
    try:
        entry = json.loads(line)
    except ValueError:
        return "", ""
    return (str(entry.get("post", "")), str(entry.get("state", ""))) if isinstance(entry, dict) else ("", "")


def standing(article: Article, states: Mapping[str, State]) -> Article | None:
    """The article without the sentences that rest only on posts that are gone, and without those sources.

    The other ways in which people asked go with them, for nobody can tell whose words they were. ``None``: no
    sentence of an answer is left.
    """
    gone = {key for key, source in article.sources.items() if states.get(source.post) == "gone"}
    if not gone:
        return article
    body = _without(article, gone)
    kept = {key for key, _ in markup.references(body)}
    if all(is_question(article.sources[key].post) for key in kept if key in article.sources):
        return None
    sources = {key: source for key, source in article.sources.items() if key not in gone}
    return replace(article, body=body, sources=sources, phrasings=())


def marked(article: Article, states: Mapping[str, State]) -> str:
    """The body with :data:`MARK` around each sentence of which a source has changed."""
    changed = {key for key, source in article.sources.items() if states.get(source.post) == "changed"}
    body = article.body
    if not changed:
        return body
    tables = [block for block in markup.blocks(body) if block.kind == "table"]
    for sentence in reversed(cited(article)):
        in_table = any(table.start <= sentence.start < table.end for table in tables)
        if changed.intersection(sentence.keys) and not in_table:
            words = unmarked(body[sentence.start : sentence.end])
            body = body[: sentence.start] + MARK[0] + words + MARK[1] + body[sentence.end :]
    return body


def unmarked(text: str) -> str:
    """A text without :data:`MARK`: for lists, feeds and searching, where nothing shows what changed."""
    return text.replace(MARK[0], "").replace(MARK[1], "")


def cited(article: Article) -> list[Sentence]:
    """The cited sentences of an article, in order."""
    found: list[Sentence] = []
    marks = markup.references(article.body)
    leading = False
    for block in markup.blocks(article.body):
        groups = list(_groups(article.body, block, marks))
        if groups:
            found += _sentences(article, block, groups)
            leading = article.body[groups[-1].end : block.end].strip(" \t\r\n.:)*_") == ""
        elif block.kind in _FOLLOWERS:
            if leading:
                found[-1] = replace(found[-1], blocks=(*found[-1].blocks, block))
        else:
            leading = False
    return found


def _groups(body: str, block: Block, marks: list[tuple[str, int]]) -> Iterator[Sentence]:
    """The references of a block, those that stand side by side together."""
    start, end, keys = -1, -1, list[str]()
    for key, position in marks:
        if not block.content <= position < block.end:
            continue
        if keys and body[end:position].strip():
            yield Sentence(start, end, tuple(keys))
            keys = []
        if not keys:
            start = position
        end = position + len(f"[^{key}]")
        keys.append(key)
    if keys:
        yield Sentence(start, end, tuple(keys))


def _sentences(article: Article, block: Block, groups: list[Sentence]) -> list[Sentence]:
    if block.kind == "table":  # a table without some of its words is none
        keys = tuple(key for group in groups for key in group.keys)
        return [Sentence(block.start, block.end, keys)]
    begins = [block.content, *(group.end for group in groups)]
    return [replace(group, start=_begin(article, begin, group)) for begin, group in zip(begins, groups, strict=False)]


def _begin(article: Article, begin: int, group: Sentence) -> int:
    """Where the sentence in front of a reference begins.

    What was cited may hold a full stop that looks like a sentence's end. So sentences are added from behind
    until there is about as much text as was cited: rather too much is withdrawn than half of what is gone.
    """
    before = article.body[begin : group.start]
    spans = sentences(before, article.language)
    known = [article.sources[key] for key in group.keys if key in article.sources]
    length = _SHORTER * max((source.end - source.start for source in known), default=0)
    for start, _ in reversed(spans):
        if len(before) - start >= length:
            return begin + start
    return begin + (spans[0][0] if spans else 0)


def _without(article: Article, gone: Set[str]) -> str:
    """The body without the sentences whose every source is gone, and without the marks of those sources."""
    cuts: list[tuple[int, int]] = []
    for sentence in cited(article):
        if gone >= set(sentence.keys):
            space = article.body[sentence.end : sentence.end + 1] == " "
            cuts.append((sentence.start, sentence.end + space))
            cuts += [(block.start, block.end) for block in sentence.blocks]
    cuts += [
        (position, position + len(f"[^{key}]"))
        for key, position in markup.references(article.body)
        if key in gone and not any(start <= position < end for start, end in cuts)
    ]
    cuts += _emptied(article.body, cuts)
    return _cut(article.body, cuts)


def _emptied(body: str, cuts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Blocks of which nothing is left, with their list marks, and headings over nothing."""
    kept: list[Block] = []
    empty: list[tuple[int, int]] = []
    for block in markup.blocks(body):
        inner = [(start - block.content, end - block.content) for start, end in cuts if block.content <= start]
        left = _cut(block.text, [cut for cut in inner if cut[0] < len(block.text)])
        if re.sub(r"[\s>*_.~-]", "", left) or block.kind in ("rule", "definition") or not inner:
            kept.append(block)
        else:
            empty.append((block.start, block.end))
    if not empty:
        return []
    end = Block("heading", len(body), len(body), "", depth=0)
    for block, follows in reversed(list(pairwise([*kept, end]))):
        if block.kind == "heading" and _over_nothing(body, block, follows):
            empty.append((block.start, block.end))
    return empty


def _over_nothing(body: str, heading: Block, follows: Block) -> bool:
    if follows.kind != "heading":
        return False
    return follows.start == len(body) or _level(body, follows) <= _level(body, heading)


def _level(body: str, heading: Block) -> int:
    source = body[heading.start : heading.end]
    return len(source) - len(source.lstrip("#")) or (1 if source.rstrip().endswith("=") else 2)


def _cut(text: str, cuts: list[tuple[int, int]]) -> str:
    kept, position = [], 0
    for start, end in sorted(cuts):
        kept.append(text[position : max(position, start)])
        position = max(position, end)
    return "".join(kept) + text[position:]
