"""The index that browsers search: Pagefind over the articles, in shards, so that an edit indexes few of them again.

What is indexed is a document of its own for each article, not its page: its words, and beside them, so that no
excerpt shows them, its title and what only searching needs, such as phrasings and the parts of German compounds.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape, unescape
from itertools import islice
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, cast
from zlib import crc32

from kbuilder.errors import KBError
from kbuilder.markup import title_text
from kbuilder.publish import compounds
from kbuilder.publish.cards import Card, media
from kbuilder.publish.views import clean
from kbuilder.records import Article
from kbuilder.text import N_
from kbuilder.texts import HEADINGS, translator

if TYPE_CHECKING:
    from io import BufferedReader

FOLDER = "pagefind"
SHARD = 250
"""Articles in a shard, at most on average: a larger one makes edits dear; of more, browsers load more files."""
CHUNK = 2_500
"""Places of words in one file of a shard, about: browsers load one of each shard for a word, some 3 kB.

With Pagefind's own 20,000, shards would have to be four times as large for as little to be loaded.
"""
ENTRY = "pagefind-entry.json"
HEADS = "heads.json"
"""What browsers ask of all shards of a language before they can look for a word, in one file."""
ENGINE = "pagefind.js"
"""What browsers run, beside WebAssembly; the first shard of a language has it."""

_TAG = r'</?(?:{})\b[^">]*(?:"[^"]*"[^">]*)*>'
_HEADING = re.compile(r"<(/?)h([1-6])\b[^>]*>")
_WITHIN = re.compile(_TAG.format("a|abbr|b|code|del|em|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|u|var"))
_OTHER = re.compile(r'<(?!/?h[1-6]>)[^">]*(?:"[^"]*"[^">]*)*>')
_ENDINGS = (".pf_meta", ".pf_index", ".pf_fragment")
_PIPE = 1 << 16
"""Bytes that a pipe holds."""
SIGNS = "#+"
"""What belongs to a word as a letter does: C# is not C, nor is C++. The worker in the browser knows them too."""
_SIGNED = re.compile(r"(?<!\S)[^\s#+]*[#+]\S*")
_PART = re.compile(r"\w+(?:#|\+\+|\+(?!\w))?")
AT_ONCE = 50
"""Documents that Pagefind is told before its answers are read, which are short: a pipe holds far more of them."""

Message = dict[str, Any]


def document(article: Article, html: str) -> str:
    """What is searched of an article, as a page that nobody sees.

    Args:
        html: its text, safe.
    """
    words = _OTHER.sub(" ", _WITHIN.sub("", _HEADING.sub(r"<\1h\2>", html)))
    say = translator(article.language)
    for heading in {say(each) for pair in HEADINGS.values() for each in pair}:
        words = words.replace(f"<h2>{heading}</h2>", "")
    title = title_text(article.title)
    typed = (article.title,) if article.title != title else ()
    asked = " ".join((*typed, *article.phrasings, *article.tags, article.product))
    text = f"{article.title} {asked} {words}"
    hidden = " ".join((*compounds.parts(text, article.language), *dict.fromkeys(signed(unescape(text)))))
    names = " ".join(f"{said} {PurePosixPath(address).stem}" for address, said in media(html))
    said = {"title": title, "asked": asked, "words": hidden, "media": names}
    meta = "".join(
        f'<p data-pagefind-ignore data-pagefind-meta="{name}">{escape(clean(text))}</p>'
        for name, text in said.items()
        if text
    )
    return f'<!doctype html><html lang="{escape(article.language)}"><body>{meta}{words}</body></html>'


def signed(text: str) -> Iterator[str]:
    """Of words that signs join those that Pagefind leaves out: single letters, and what has signs of its own.

    >>> list(signed("Strg+C, C#/F#, C++17, A+ (C#)"))
    ['C', 'C#', 'F#', 'C++']
    """
    for word in _SIGNED.findall(text):
        parts = _PART.findall(word)
        yield from (part for part in parts if len(part) == 1 or (len(parts) > 1 and not part.isalnum()))


def spread(cards: Sequence[Card], parts: int) -> list[list[Card]]:
    """Articles in parts of about the same size, by their ids: one that comes or goes moves no other."""
    found: list[list[Card]] = [[] for _ in range(parts)]
    for card in cards:
        found[crc32(card.id.encode()) % parts].append(card)
    return found


def shards_for(articles: int) -> int:
    """How many shards that many articles of a language are spread over."""
    return max(1, -(-articles // SHARD))


def index(documents: Iterable[tuple[str, str]], whole: bool) -> Iterator[tuple[str, bytes]]:
    """The index of some documents, given by address: the names of its files, sorted, with what they hold.

    Args:
        whole: with what browsers run; else the data alone.

    Raises:
        KBError: Pagefind failed.
    """
    with _Indexer() as indexer:
        made = indexer.ask(type="NewIndex", config={"include_characters": SIGNS})["index_id"]
        asked = (_adding(made, address, text) for address, text in documents)
        while some := list(islice(asked, AT_ONCE)):
            indexer.ask_all(some)
        files = indexer.ask(type="GetFiles", index_id=made)["files"]
    for file in sorted(files, key=lambda file: str(file["path"])):
        name = file["path"]
        if _is_loaded(name, whole):
            data = base64.b64decode(file["content"])
            yield name, _in_order(data) if name == ENTRY else data


def _adding(index: int, address: str, text: str) -> Message:
    return {"type": "AddFile", "index_id": index, "file_path": f"{address}.html", "file_contents": text}


def _is_loaded(name: str, whole: bool) -> bool:
    """Whether browsers load a file; Pagefind's own faces are left: ours is smaller."""
    ending = PurePosixPath(name).suffix
    return (whole and (name == ENGINE or ending == ".pagefind")) or name == ENTRY or ending in _ENDINGS


def is_head(path: str) -> bool:
    """Whether a file of a shard is one that browsers load before any word is looked for."""
    return path.endswith((ENTRY, ".pf_meta"))


def heads(files: Mapping[str, bytes]) -> bytes:
    """Such files in one, by their paths below the language's folder: a request instead of two for each shard."""
    packed = {path: base64.b64encode(data).decode() for path, data in sorted(files.items())}
    return json.dumps(packed, separators=(",", ":")).encode()


class _Indexer:
    """Pagefind, told one document after the other, as its libraries for other languages do.

    Of a folder it would number the documents as the disk has them in store, on each machine in another order. Its
    library for Python waits a tenth of a second for each answer.
    """

    def __enter__(self) -> _Indexer:
        import pagefind_bin

        self._process = subprocess.Popen(  # noqa: S603
            [str(pagefind_bin.get_executable()), "--service"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PAGEFIND_UNSTABLE_INDEX_CHUNK_SIZE": str(CHUNK)},  # a test sees whether it is heeded
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, **asked: Any) -> Message:
        """What Pagefind answers.

        Raises:
            KBError: it failed.
        """
        return self.ask_all([asked])[0]

    def ask_all(self, asked: Sequence[Message]) -> list[Message]:
        """What Pagefind answers to each: all are JSON as base64, and end in a comma.

        Raises:
            KBError: it failed.
        """
        told, heard = cast("IO[bytes]", self._process.stdin), cast("BufferedReader", self._process.stdout)
        try:
            told.write(b"".join(map(_written, asked)))
            told.flush()
        except BrokenPipeError:
            raise self._failed() from None
        parts: list[bytes] = []
        missing = len(asked)
        while missing:
            more = heard.read1(_PIPE)
            if not more:
                raise self._failed()
            missing -= more.count(b",")
            parts.append(more)
        answers = [_read(each) for each in b"".join(parts).split(b",")[:-1]]
        wrong = next((str(answer["message"]) for answer in answers if answer["type"] == "Error"), None)
        if wrong is not None:
            raise _failed(wrong)
        return answers

    def _failed(self) -> KBError:
        """Why it has ended."""
        _, said = self._process.communicate()
        return _failed(said.decode(errors="replace"))


def _written(asked: Message) -> bytes:
    return base64.b64encode(json.dumps({"message_id": 0, "payload": asked}).encode()) + b","


def _read(answer: bytes) -> Message:
    told: Message = json.loads(base64.b64decode(answer))["payload"]
    return told


def _failed(said: str) -> KBError:
    return KBError(
        N_("The search index could not be made: {output}"),
        N_("Try again; if it stays so, install pagefind-bin again."),
        output=said.strip(),
    )


def _in_order(entry: bytes) -> bytes:
    """Pagefind's table of languages in order: it writes them as its hash table has them, each time another."""
    return json.dumps(json.loads(entry), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
