"""A post taken apart: its sentences with their exact places, its steps, code, tables and pictures, in order.

Whatever is kept is the post's own text: ``squeeze(redact(post.body[start:end]))`` of a sentence's place is the
sentence, with a capital where a greeting stood before it. What cannot be kept so, such as a stranger's HTML, is left
out and noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace

from kbuilder import chatter, markup
from kbuilder.errors import KBError
from kbuilder.markup import Block
from kbuilder.records import Post
from kbuilder.redact import redact
from kbuilder.text import N_, capital, fold, sentences, squeeze, words

HTML = N_("Raw HTML was left out. Look at the source.")
ADDRESS = N_("A link or picture with an address that is not allowed was left out.")
PERSONAL = N_("Personal data was replaced or left out.")
LONG = N_("The answer is long; only its beginning is here.")
MARKUP = N_("A passage whose markup cannot be quoted was left out. Look at the source.")

MOST_WORDS = 1200
"""Of one post; what stands beyond is for the editor to fetch."""
_MOST_CHARACTERS = 40 * MOST_WORDS
"""Of one paragraph that are looked at."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of a post: ``body[start:end]``, redacted and squeezed, with a capital where its opening was cut off."""

    start: int
    end: int
    text: str
    line: bool = False
    """It begins a line of its own."""
    remark: str = ""
    """What the editor should look at, as a message id."""


@dataclass(frozen=True, slots=True)
class Part:
    """A block of a post as a draft takes it over."""

    kind: str
    """``heading``, ``paragraph``, ``item``, ``quote``; or, with a ``block``: ``code``, ``table``, ``image``,
    ``formula``."""
    depth: int = 0
    """How many lists it stands in."""
    number: int | None = None
    """Of an item in a numbered list, as written; ``0``: of one with bullets; ``None``: no item."""
    sentences: tuple[Sentence, ...] = ()
    block: Sentence | None = None
    """Kept as it stands: lines and all."""

    @property
    def text(self) -> str:
        return " ".join(each.text for each in (*self.sentences, *((self.block,) if self.block else ())))


@dataclass(slots=True)
class Extract:
    """What a post gives to a draft."""

    post: Post
    parts: list[Part] = field(default_factory=list)
    warnings: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self.parts)

    @property
    def sentences(self) -> list[Sentence]:
        return [each for part in self.parts for each in part.sentences]


@dataclass(slots=True)
class _Reader:
    """What has to be known of a post while its blocks are read in order."""

    post: Post
    language: str
    secrets: Set[str]
    asked: Set[tuple[str, ...]]
    title: str
    out: Extract
    closed: bool = False
    """A closing was read: a short rest is a name."""
    opened: bool = False
    """A greeting was read that ends in a comma: what follows began with it."""
    replies: bool = False
    """Point by point, each under a quotation of what was asked."""
    count: int = 0


def extract(
    post: Post,
    language: str,
    secrets: Set[str] = frozenset(),
    asked: Set[tuple[str, ...]] = frozenset(),
    title: str = "",
) -> Extract:
    """The parts of a post worth keeping, without chatter.

    Args:
        post: any post; odd ones give few parts or none.
        language: of the sentences.
        secrets: personal data found anywhere in the thread, never let through.
        asked: :func:`runs_of_words` of question and comments, for an answer: a quotation of them is not repeated.
        title: of the thread, for an answer: nor is that.
    """
    reader = _Reader(post, language, secrets, asked, fold(title).strip(" ?!."), Extract(post))
    blocks = list(markup.blocks(post.body))
    reader.replies = sum(each.kind == "quote" and _is_asked(reader, runs_of_words(each.text)) for each in blocks) > 1
    for block in blocks:
        if reader.count > MOST_WORDS:
            reader.out.warnings.add(LONG)
            break
        for part in _parts(reader, block):
            count = len(words(part.text))
            if count > MOST_WORDS:
                reader.out.warnings.add(LONG)
                continue
            reader.out.parts.append(part)
            reader.count += count
    reader.out.parts = tidied(reader.out.parts)
    return reader.out


def _parts(reader: _Reader, block: Block) -> Iterator[Part]:
    if block.kind in ("rule", "definition"):
        return
    if block.kind == "html":
        reader.out.warnings.add(HTML)
        return
    if block.kind == "item":
        yield from _item(reader, block)
    elif block.kind == "paragraph":
        for each in _lines(block, reader.post.body):
            number = _number(reader.post.body, each) if each.kind == "item" else None
            yield from _prose(reader, each, each.content, each.kind, number)
    elif block.kind == "heading":
        yield from _prose(reader, block, block.content, block.kind)
    elif block.kind == "quote":
        yield from _quote(reader, block)
    else:
        yield from _verbatim(reader, block.kind, block.start, block.end, block.depth)


def _item(reader: _Reader, block: Block) -> Iterator[Part]:
    """A list's item; what it begins with may be anything."""
    number = _number(reader.post.body, block)
    inner = markup.blocks(block.text)
    first = inner[0].kind if inner else ""
    if first in ("image", "code") and (first == "code" or len(inner) == 1):
        end = block.content + inner[0].end
        whole = list(_verbatim(reader, first, block.content + inner[0].start, end, block.depth))
        yield from (replace(part, kind="item", number=number) for part in whole)
    elif first:
        yield from _prose(reader, block, block.content, "item", number)


_MARK = re.compile(r"^[ ]{0,3}(?:\\?[-*+]|[•·–—]|(?P<number>\(?\d{1,2}\\?(?:\.\)|[.)])))[ \t]+(?=\S)", re.MULTILINE)
"""What a line of a paragraph begins with that was meant as a list's item and is read as text."""


def _lines(block: Block, body: str) -> list[Block]:
    """A paragraph, or where lines of it were meant as a list, what stands before them and each of them as an item."""
    marks = list(_MARK.finditer(body, block.content, block.end))
    if len(marks) < 2 and not (marks and marks[0].start() == block.content and ".)" in marks[0][0]):
        return [block]
    starts = [mark.start() for mark in marks]
    items = [
        Block("item", mark.start(), end, body[mark.end() : end], bool(mark["number"]), block.depth + 1)
        for mark, end in zip(marks, [*starts[1:], block.end], strict=True)
    ]
    before = replace(block, end=starts[0], text=body[block.content : starts[0]])
    return [before, *items] if before.text.strip() else items


def _number(body: str, block: Block) -> int:
    mark = re.match(r"\W*(\d{1,9})", body[block.start : block.content])
    return int(mark[1]) if mark and block.ordered else 0


# Sentences


_CODE = r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)"
_AUTOLINK = r"<(?:https?://|mailto:)[^<>\s]*>"
_BENIGN = r"</?(?:kbd|sub|sup|em|strong|del|ins|b|i|s|u)>|<br ?/?>"
_FOREIGN = (
    r"<(?P<tag>script|style|iframe|object|svg|math|form|textarea|template|noscript)\b.*?(?:</(?P=tag)\s*>|\Z)"
    r"|<!--.*?(?:-->|\Z)|</?[A-Za-z][^<>]*>|<[!?][^<>]*>"
)
_TEX = r"\$\$[^$]*\\[A-Za-z][^$]*\$\$|\$[^$\n]*\\[A-Za-z][^$\n]*\$"
_HTML = re.compile(rf"{_CODE}|{_TEX}|{_AUTOLINK}|{_BENIGN}|(?P<foreign>{_FOREIGN})", re.DOTALL | re.IGNORECASE)
_WHOLE = re.compile(
    rf"\\.|{_CODE}|{_AUTOLINK}|\$\$.{{1,2000}}?\$\$|\$[^$\n]{{1,300}}\$"
    r"|!?\[(?:[^\[\]\\]|\\.|\[[^\[\]]*\]){0,500}\]\((?:[^()\s\\]|\\.|\([^()\s]*\)){0,2000}(?:\s+\"[^\"]{0,300}\")?\)"
    r"|https?://[^\s<>]+"
    r"|<(?P<html>kbd|sub|sup|em|strong|del|ins|b|i|s|u)>.{0,500}?</(?P=html)>"
    r"|(?P<strong>\*\*|__|~~)(?=\S).{1,500}?(?<=\S)(?P=strong)"
    r"|(?<![\w*])\*(?=[^\s*])[^*]{1,500}?(?<=[^\s*])\*(?![\w*])|(?<![\w_])_(?=[^\s_])[^_]{1,500}?(?<=[^\s_])_(?![\w_])"
    r"|\.{4,}\s*\S+"
    r"|„[^„“”]{1,200}[“”]|“[^“”]{1,200}”|(?<!\w)\"[^\"\n]{1,200}\"(?!\w)|\((?:[^()]|\([^()]{0,80}\)){1,200}\)",
    re.DOTALL,
)
"""What a sentence's end must not cut through."""
_HARD_BREAK = re.compile(r"(?: {2,}|\\)\n\s*+(?!\[?[a-zäöüß])")
"""A line that begins with a small letter goes on with the sentence before it."""
_SMILEY = re.compile(r"(?<=\s)[:;]-?[)(DP](?=\s+[A-ZÄÖÜ]|\s*$)")
_BAD_ADDRESS = re.compile(
    r"\]\(\s*<?\s*(?!https?:|mailto:)[a-z][a-z0-9+.-]*:|\]\(\s*<?\s*[^\s()]*&\w*colon", re.IGNORECASE
)


def _prose(reader: _Reader, block: Block, start: int, kind: str, number: int | None = None) -> Iterator[Part]:
    """A paragraph, item or heading with its sentences."""
    text = reader.post.body[start : min(block.end, start + _MOST_CHARACTERS)]
    if kind == "heading":
        text = re.sub(r"\s*\n[ ]{0,3}(?:=+|-+)\s*\Z|\s+#+\s*\Z", "", text)
    found = [replace(each, start=each.start + start, end=each.end + start) for each in _spans(reader, text)]
    if block.end - start > _MOST_CHARACTERS:
        reader.out.warnings.add(LONG)
        found = found[:-1]  # it may be cut through
    kept = _without_chatter(reader, found)
    part = Part(kind, block.depth, number, tuple(kept))
    whole = sound(part) or _as_one(reader, part) if kept else None
    if whole:
        yield whole
    elif kept:
        reader.out.warnings.add(MARKUP)


def _spans(reader: _Reader, text: str) -> list[Sentence]:
    """Sentences of a passage by their places in it; those that may not be kept are left out."""
    found: list[Sentence] = []
    for start, end, line in _passages(reader, text):
        for number, (first, last) in enumerate(_whole_sentences(text, start, end, reader.language)):
            slashes = len(text[first:last]) - len(text[first:last].rstrip("\\"))
            kept = last - slashes % 2  # an odd one would take the reference's bracket
            found.append(Sentence(first, kept, text[first:kept], line and number == 0))
    return found


def _passages(reader: _Reader, text: str) -> Iterator[tuple[int, int, bool]]:
    """What stands between pieces of raw HTML, smileys, hard line breaks and closings; whether it begins a line."""
    cuts: list[tuple[int, int, bool]] = []
    for match in _HTML.finditer(text):
        if match["foreign"]:
            reader.out.warnings.add(HTML)
            cuts.append((*match.span(), False))
    cuts += [(*match.span(), True) for match in _HARD_BREAK.finditer(text)]
    # What a smiley ended without a full stop would run on into the next sentence.
    for match in _SMILEY.finditer(text):
        ended = text[max(0, match.start() - 3) : match.start()].rstrip().endswith((".", "!", "?", ":", "…"))
        cuts.append((*match.span(), not ended))
    cuts += [(place, place, True) for place in chatter.closing_lines(text)]
    position, line = 0, False
    for start, end, breaks in [*sorted(cuts), (len(text), len(text), False)]:
        if start > position:
            yield position, start, line
        position, line = max(position, end), breaks


def _whole_sentences(text: str, start: int, end: int, language: str) -> Iterator[tuple[int, int]]:
    """Sentences of ``text[start:end]``, none of which ends inside a link, emphasis, code or parentheses."""
    passage = text[start:end]
    inside = [match.span() for match in _WHOLE.finditer(passage)]
    first, number = -1, 0
    for begin, last in sentences(passage, language):
        first = begin if first < 0 else first
        while number < len(inside) and inside[number][1] <= last:
            number += 1
        if number < len(inside) and inside[number][0] < last:
            continue
        yield start + first, start + last
        first = -1
    if first >= 0:
        yield start + first, start + len(passage.rstrip())


def _without_chatter(reader: _Reader, found: list[Sentence]) -> list[Sentence]:
    """Sentences with their openings cut off and those left out that are chat or may not be kept."""
    kept, count = [], 0
    for each in found:
        count += len(words(each.text))
        if count > MOST_WORDS:
            reader.out.warnings.add(LONG)
            break
        greeted = chatter.without_opening(each.text)
        start = each.start + chatter.without_opinion(each.text, greeted)
        source = reader.post.body[start : each.end]
        author = reader.post.author.name if reader.post.author else ""
        is_rest = reader.closed and chatter.is_short(source)
        is_title = fold(source).strip(" ?!.*#") == reader.title
        if chatter.is_chat(source) or chatter.is_name(source, author) or is_rest or is_title:
            reader.closed = reader.closed or chatter.is_closing(each.text)
            reader.opened = each.text.rstrip().endswith(",")
            continue
        cut, reader.closed, reader.opened = start > each.start or reader.opened, False, False
        sentence = _kept(reader, start, each.end)
        if sentence:
            text = squeeze(sentence.text)
            text = capital(text) if cut else text
            opinion = chatter.OPINION if start > each.start + greeted else ""
            kept.append(replace(sentence, text=text, line=each.line, remark=chatter.remark(text) or opinion))
    return kept


def _kept(reader: _Reader, start: int, end: int) -> Sentence | None:
    """A piece of the post without personal data; ``None`` if it may not be kept."""
    source = reader.post.body[start:end]
    if _BAD_ADDRESS.search(source):
        reader.out.warnings.add(ADDRESS)
        return None
    redacted = redact(source)
    if redacted.found:
        reader.out.warnings.add(PERSONAL)
    if any(secret in redacted.text for secret in reader.secrets):
        reader.out.warnings.add(PERSONAL)
        return None
    return Sentence(start, end, redacted.text)


def _as_one(reader: _Reader, part: Part) -> Part | None:
    """The sentences as a single one with one reference, for a passage whose markup goes across them."""
    if len(part.sentences) < 2:
        return None
    one = _kept(reader, part.sentences[0].start, part.sentences[-1].end)
    if one is None or any(match["foreign"] for match in _HTML.finditer(one.text)):
        return None
    return sound(replace(part, sentences=(replace(one, text=squeeze(one.text)),)))


def sound(part: Part) -> Part | None:
    """The part if Markdown reads it as what it is: one block with all its references."""
    try:
        blocks = markup.blocks(cited(part, ["p1"] * len(part.sentences)))
        marks = markup.references(cited(part, ["p1"] * len(part.sentences)))
    except (KBError, ValueError, RecursionError):
        return None
    kinds = [block.kind for block in blocks]
    expected = {"paragraph": ["paragraph", "image"], "quote": ["quote"], "heading": ["paragraph", "image"]}
    fits = len(kinds) == 1 and kinds[0] in expected.get(part.kind, ["paragraph", "image"])
    return part if fits and len(marks) == len(part.sentences) else None


def begun(parts: Sequence[Part]) -> list[Part]:
    """The parts, the first without the word that links it to what was said before: nothing stands before it."""
    if not parts or not parts[0].sentences:
        return [*parts]
    first, *others = parts[0].sentences
    cut = chatter.without_link(first.text)
    rest = replace(first, start=first.start + cut, text=capital(first.text[cut:])) if cut else first
    return [replace(parts[0], sentences=(rest, *others)), *parts[1:]]


def cited(part: Part, keys: list[str]) -> str:
    """The sentences of a part, each with its reference.

    >>> cited(Part("paragraph", sentences=(Sentence(0, 5, "Wait."),)), ["p7"])
    'Wait.[^p7]'
    """
    marked = [f"{each.text}[^{key}]" for each, key in zip(part.sentences, keys, strict=True)]
    gaps = ["  \n" if each.line else " " for each in part.sentences[1:]]
    return "".join(map("".join, zip(marked, [*gaps, ""], strict=True))) if marked else ""


# Quotations, and what is kept as it stands


_QUOTED_SHARE = 0.6
_SHORTEST_SECRET = 5


def _quote(reader: _Reader, block: Block) -> Iterator[Part]:
    """A quotation, kept as one; not that of the question, which stands in the draft already.

    Where several are replied to one by one, the replies are not understood without them: they stay, and are marked.
    """
    runs = runs_of_words(block.text)
    is_asked = _is_asked(reader, runs)
    if not runs or (is_asked and not reader.replies):
        return
    if any(match["foreign"] for match in _HTML.finditer(block.text)):
        reader.out.warnings.add(HTML)
        return
    kept = _kept(reader, block.start, block.end)
    if kept is None:
        return
    column = _column(reader.post.body, block.start)
    quoted = replace(kept, text=_dedented(kept.text, column), remark=chatter.THREAD if is_asked else "")
    part = Part("quote", block.depth, None, (quoted,))
    if sound(part):
        yield part
    else:
        reader.out.warnings.add(MARKUP)


def _is_asked(reader: _Reader, runs: frozenset[tuple[str, ...]]) -> bool:
    return bool(runs) and len(runs & reader.asked) >= _QUOTED_SHARE * len(runs)


def runs_of_words(text: str) -> frozenset[tuple[str, ...]]:
    """Every three words that follow each other, folded; all of them where there are fewer."""
    said = words(fold(text))
    return frozenset(zip(said, said[1:], said[2:], strict=False)) or frozenset([tuple(said)] if said else [])


def _verbatim(reader: _Reader, kind: str, start: int, end: int, depth: int) -> Iterator[Part]:
    """Code, a table, a formula or pictures: the lines as they are, without the indentation around them."""
    kept = _kept(reader, start, end)
    if kept is None:
        return
    if kind in ("table", "image") and any(match["foreign"] for match in _HTML.finditer(kept.text)):
        reader.out.warnings.add(HTML)
        return
    if kind != "code" and markup.references(kept.text):
        reader.out.warnings.add(MARKUP)
        return
    text = _dedented(kept.text, _column(reader.post.body, start))
    if kind == "code" and not text.startswith(("```", "~~~")):
        text = _fenced(text)
    if kind == "image":
        text = squeeze(text)
    yield Part(kind, depth, block=replace(kept, text=text))


def _column(body: str, position: int) -> int:
    return position - (body.rfind("\n", 0, position) + 1)


def _dedented(text: str, column: int) -> str:
    """Lines after the first without up to ``column`` blanks before them."""
    return re.sub(rf"\n[ \t]{{0,{column}}}", "\n", text.replace("\r\n", "\n").replace("\r", "\n"))


def _fenced(code: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{code}\n{fence}"


_BOLD = re.compile(r"(\*\*|__)(?=\S)(?:(?!\1).){1,100}(?<![.!…])\1:?", re.DOTALL)
"""A paragraph that is all bold and no statement: a heading by its look."""


_LEADS = re.compile(
    r"\W*(?:see(?: also)?|sources?|references?|links?|further reading|siehe(?: auch)?|quellen?|verweise|nachweise)\W*",
    re.IGNORECASE,
)
"""What leads to links and names nothing by itself."""


def tidied(parts: list[Part]) -> list[Part]:
    """Without headings and lead-ins that nothing follows."""
    kept: list[Part] = []
    for part in reversed(parts):
        follower = kept[-1] if kept else None
        ends = follower is None or _is_heading(follower)
        is_empty = ends and (part.kind == "heading" or (_is_heading(part) and (follower or "?" in part.text)))
        if not is_empty and (follower is not None or not (leads(part) or _LEADS.fullmatch(part.text))):
            kept.append(part)
    return kept[::-1]


def leads(part: Part) -> bool:
    """Whether a part says nothing without the one behind it: a lead-in, or a quotation that is replied to."""
    return is_replied_to(part) or part.text.rstrip().endswith(":")


def is_replied_to(part: Part) -> bool:
    """Whether it is a quotation of what was asked."""
    return part.kind == "quote" and part.sentences[0].remark == chatter.THREAD


def _is_heading(part: Part) -> bool:
    return part.kind == "heading" or (part.kind == "paragraph" and bool(_BOLD.fullmatch(part.text)))


def secrets_of(bodies: Iterator[str]) -> frozenset[str]:
    """Personal data found anywhere in some posts, long enough to be known again."""
    found = (original for body in bodies for kind, original in redact(body).found if kind != "name")
    return frozenset(original for original in found if len(original) >= _SHORTEST_SECRET)
