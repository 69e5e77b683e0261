"""Pure functions over strings: names, times, sentences, words."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PLACEHOLDER_LANGUAGE = "en"
_IS = r"(?:['’]s| (?:is|was|would|seems))"
_OF_WHAT_FOLLOWS = (
    r"(?: (?:be|not|really|always|still|also|even|very|a|too))*"
    r" (?:ok(?:ay)?|alright|fine|possible|impossible|safe|true|normal|common|legal|illegal|allowed|advisable"
    r"|better|best|good|bad|worth|necessary|important|easy|hard|difficult|enough|correct|usual|typical|likely|acceptable"
    r"|appropriate|wise)\b(?!\W*$)"
)
"""What is behind an “it” that stands for the rest of its own sentence: it is safe to, is it possible that."""
_LEANS = re.compile(
    r"\W*(?:and|but|or|so|also|yet|then|now|because|however|though|still|otherwise|therefore|in any case|additionally"
    r"|furthermore|moreover|instead|similarly|likewise|by comparison|for example|for instance|in addition"
    r"|on the other hand|after(?:wards| that)|they|he|she|these|those"
    rf"|(?:that|this|which|it(?!{_IS}{_OF_WHAT_FOLLOWS}))(?:{_IS}| (?:has|had|means|does|makes|should|could|can))"
    r"|if (?:it|they|that|this|so|not)(?:['’]\w+)?"
    r"|(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have) (?:they|this|that|these|those|he|she"
    rf"|it(?!{_OF_WHAT_FOLLOWS}))"
    r"|und|aber|oder|also|dann|danach|anschließend|dabei|dadurch|denn|trotzdem|jedoch|außerdem|allerdings|deshalb|daher"
    r"|stattdessen|zum beispiel|ebenso|(?:das|dies|es) (?:ist|war|wäre|hat|wird|heißt|bedeutet|sind)|diese[rsn]?"
    r"|(?:wenn|falls) (?:es|das|sie|nicht|ja)"
    r")\b",
    re.IGNORECASE,
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def N_(message: str) -> str:
    """Mark a message for the catalogue where it is translated later.

    >>> N_("Nothing found")
    'Nothing found'
    """
    return message


def clean(text: str) -> str:
    """Text that UTF-8 and every database can hold: half characters and NUL are replaced."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def printable(text: str) -> str:
    r"""Text without what moves a terminal's cursor, rings its bell or turns its lines around.

    >>> printable("Zebra \x1b[2J\u202estripes")
    'Zebra [2Jstripes'
    """
    return _UNPRINTABLE.sub("", text)


_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
"""Times between which every zone has a date."""


def utc(moment: datetime) -> str:
    """A moment as the records write it, to the second.

    >>> utc(datetime(2026, 11, 23, 20, 15, tzinfo=UTC))
    '2026-11-23T20:15:00Z'
    """
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def parse_time(written: str) -> str:
    """An ISO 8601 time of any platform as the records write it; without a zone it is UTC.

    Raises:
        ValueError: it is not a time, or none that every zone has.

    >>> parse_time("2014-01-21T20:26:05.383")
    '2014-01-21T20:26:05Z'
    >>> parse_time("2014-01-21T20:26:05+02:00")
    '2014-01-21T18:26:05Z'
    """
    moment = datetime.fromisoformat(written.strip())
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _FIRST <= moment <= _LAST:
        raise ValueError(written)
    return utc(moment)


def short_id(content: str | bytes) -> str:
    """Twelve base32 characters made from content: the form of lineage and article ids.

    >>> short_id("a")
    'zklycewkdo64'
    """
    raw = hashlib.sha256(content.encode() if isinstance(content, str) else content).digest()
    return base64.b32encode(raw)[:12].decode().lower()


def fold(text: str) -> str:
    """Lower case, without accents, ä as ae: what two spellings of a word share.

    >>> fold("Größe façade")
    'groesse facade'
    """
    if text.isascii():  # most words: nothing to take apart
        return text.lower()
    german = unicodedata.normalize("NFC", text).translate(_GERMAN)
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", german).casefold())
    return "".join(char for char in bare if not unicodedata.combining(char))


def slug(title: str, limit: int = 60) -> str:
    """A title as a name for files and addresses: ``[a-z0-9-]+``, cut at a word's end.

    A title without any Latin letter or digit becomes ``x`` and its digest, so that it never is empty.

    >>> slug("Wie ändere ich das WLAN-Passwort?")
    'wie-aendere-ich-das-wlan-passwort'
    """
    name = re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")
    if not name:
        return "x" + short_id(title)
    if len(name) <= limit:
        return name
    cut = name[: limit + 1].rpartition("-")[0]
    return cut or name[:limit]


def words(text: str) -> list[str]:
    """The words of a text as written, digits included, without punctuation.

    >>> words("Don't reset: v2.1!")
    ["Don't", 'reset', 'v2', '1']
    """
    return _WORD.findall(text)


def products_of(written: str) -> tuple[str, ...]:
    """The products of something that may be about several.

    >>> products_of("Hub 2, Hub 3")
    ('Hub 2', 'Hub 3')
    """
    return tuple(dict.fromkeys(name for part in written.split(",") if (name := squeeze(part))))


def per_cent(share: float) -> int:
    """A share in whole per cent, cut and not rounded: what is not sure is never said to be.

    >>> per_cent(0.998), per_cent(0.29)
    (99, 29)
    """
    return int(round(share * 100, 6))


def squeeze(text: str) -> str:
    """White space folded to single spaces.

    >>> squeeze("  a \\n b ")
    'a b'
    """
    return " ".join(text.split())


def sentences(text: str, language: str = "") -> list[tuple[int, int]]:
    """Where the sentences of a plain paragraph lie: ``(start, end)`` in characters, white space left out.

    Every character that is not white space lies in exactly one sentence.

    >>> text = "It works. Thanks!"
    >>> [text[start:end] for start, end in sentences(text)]
    ['It works.', 'Thanks!']
    >>> len(sentences("Ask on Bicycles.SE instead."))
    1
    """
    from sentencex import segment

    spans: list[tuple[int, int]] = []
    position = 0
    for piece in segment(language.partition("-")[0] or _PLACEHOLDER_LANGUAGE, text):
        bare = piece.strip()
        if not bare:
            continue
        start = text.index(bare, position)
        inside = spans and start == position and text[start - 1] == "." and text[start].isalnum()  # Bicycles.SE
        position = start + len(bare)
        spans.append((spans.pop()[0] if inside else start, position))
    return spans


def capital(text: str) -> str:
    """A text with a capital at its beginning, unless its first word is a name as iPhone, eMMC or hub.example.org are.

    >>> capital("press it"), capital("iPhone and Hub")
    ('Press it', 'iPhone and Hub')
    """
    first = text.split(" ", 1)[0]
    is_name = any(char.isupper() for char in first) or re.search(r"\w[.@/_]\w", first)
    return text if is_name else text[:1].upper() + text[1:]


def leans(sentence: str) -> bool:
    """Whether a sentence begins as one does that is not understood without the one before it.

    >>> leans("Danach sind alle Einstellungen gelöscht."), leans("Hold the button for ten seconds.")
    (True, False)
    >>> leans("Is it safe?"), leans("Is it safe to drink old beer?")
    (True, False)
    """
    return bool(_LEANS.match(sentence))


def language_of(text: str, among: tuple[str, ...] = ()) -> str:
    """The likeliest language of a text (BCP 47), of those named or of all known; ``""`` if it is in none.

    >>> language_of("Wo finde ich das Passwort für mein WLAN?", ("de", "en"))
    'de'
    """
    return _detected(text, among, 0)


SURE = 0.9
"""How likely a language must be that others go by: of two or three words it is a guess."""


def surely_language_of(text: str, among: tuple[str, ...] = ()) -> str:
    """Likewise, and ``""`` where that is only a guess.

    >>> surely_language_of("internet slow", ("de", "en")), surely_language_of("How do I reset my hub?", ("de", "en"))
    ('', 'en')
    """
    return _detected(text, among, SURE)


_NO_LANGUAGE = "zxx"
"""What the detector calls a text of codes and figures."""
_ALIKE = {"nb": "no"}
"""Languages that the detector knows by another name."""


def _detected(text: str, among: tuple[str, ...], sure: float) -> str:
    identifier, named = _identifier(among)
    if not words(text) or (among and not named):
        return ""
    language, likely = identifier.classify(text)
    return named.get(language, language) if likely >= sure and language != _NO_LANGUAGE else ""


@cache
def _identifier(among: tuple[str, ...]) -> tuple[LanguageIdentifier, dict[str, str]]:
    """The detector, and by its names the languages of those that it knows: ``pt`` for ``pt-br``, none for ``gsw``."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    codes = {each: each.partition("-")[0] for each in reversed(among)}
    named = {_ALIKE.get(code, code): each for each, code in codes.items()}
    named = {code: each for code, each in named.items() if code in identifier.labels}
    if named:
        identifier.set_languages([*named, _NO_LANGUAGE])
    return identifier, named
