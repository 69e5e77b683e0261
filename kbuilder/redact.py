"""Personal data in a text: found, and replaced before the text leaves.

A find is replaced by what it was, in brackets: ``[e-mail]``, ``[order number]``. What people need in order to
follow instructions stays: versions, dates, times, prices, ports, private addresses, well-known name servers.

Two texts that are joined are not redacted like each alone: a keyword in one can give a number in the other away.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote, unquote_plus

KINDS = (
    "key",
    "e-mail",
    "IBAN",
    "card number",
    "MAC address",
    "IP address",
    "order number",
    "customer number",
    "serial number",
    "ticket number",
    "phone",
    "name",
)
"""What is looked for, and what stands in the brackets. Where two finds overlap, the earlier kind wins."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without personal data, and what was taken out of it."""

    text: str
    found: tuple[tuple[str, str], ...]
    """``(kind, original)``, in the order of the text."""


_DEEPEST = 5
"""Times that an address is decoded."""
_UNSURE = ("card number", "phone", "name")
"""What an ordinary address may look like."""
Span = tuple[int, int]
Finder = Callable[[str], Iterator[Span]]

_WORTH_A_LOOK = re.compile(
    r"[0-9@]|[\[(]at[\])]|PRIVATE KEY|\b(?:hi|hello|hey|dear|hallo|moin|servus|liebe|sehr geehrte|guten|good"
    r"|name|hei(?:ß|ss)e|i am|i['’]m|ich bin"
    r"|thanks?|dank|regards|best|cheers|yours|gr(?:ü|ue)(?:ß|ss)|gru(?:ß|ss)|[lvb]g|mfg)|--",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(r"\[(?:" + "|".join(map(re.escape, KINDS)) + r")\]")
"""What stands where something was taken out."""


def redact(text: str) -> Redacted:
    """The text with each piece of personal data replaced by its kind in brackets.

    What was redacted once stays as it is. White space and all words around a find are kept.

    >>> redact("Mail ada@example.org, order LS-4471-90823, firmware 3.1.2 at 192.168.0.1").text
    'Mail [e-mail], order [order number], firmware 3.1.2 at 192.168.0.1'
    """
    found: list[tuple[str, str]] = []
    while _WORTH_A_LOOK.search(text):
        finds = _finds(text)
        if not finds:
            break
        found += [(kind, text[start:end]) for (start, end), kind in finds]
        text = _replaced(text, finds)
    return Redacted(text, tuple(found))


def gives_away(address: str) -> bool:
    """Whether a link's address holds personal data, however often it is encoded.

    A long number alone is none: ids look like it. A telephone number is told by its plus sign. An address out of
    which something was taken leads nowhere, and is told too.

    >>> gives_away("https://forms.example/?to=ada%2540example.org"), gives_away("https://wa.me/+491711234567")
    (True, True)
    >>> gives_away("https://forum.example/t/4539578763621486?order=desc")
    False
    """
    for _ in range(_DEEPEST):
        spaced = unquote_plus(address)
        phones = (each for each in redact(spaced).found if each[1].startswith("+")) if spaced != address else ()
        finds = (*redact(address).found, *phones)
        if PLACEHOLDER.search(address) or any(kind not in _UNSURE or find.startswith("+") for kind, find in finds):
            return True
        address, written = unquote(address), address
        if address == written:
            return False
    return True  # nobody encodes as often without something to hide


def own(text: str, patterns: Mapping[str, Sequence[str]]) -> Redacted:
    """The text with each match of some patterns replaced by its kind in brackets.

    Args:
        text: any.
        patterns: by kind, regular expressions; where a match has a group ``find``, that alone is replaced.

    >>> own("Ask LS-40711 at the desk.", {"staff id": [r"\\bLS-[0-9]{5}\\b"]}).text
    'Ask [staff id] at the desk.'
    """
    finds: list[tuple[Span, str]] = []
    for kind, each in patterns.items():
        for pattern in each:
            spans = (span for span in _matches(pattern)(text) if span[0] < span[1])
            finds += [(span, kind) for span in spans if not any(_overlap(span, other) for other, _ in finds)]
    finds.sort()
    return Redacted(_replaced(text, finds), tuple((kind, text[start:end]) for (start, end), kind in finds))


def _finds(text: str) -> list[tuple[Span, str]]:
    """Spans that do not overlap each other or a placeholder, in the order of the text."""
    taken: list[tuple[Span, str]] = [(match.span(), "") for match in PLACEHOLDER.finditer(text)]
    for kind, finder in _finders():
        taken += [(span, kind) for span in finder(text) if not any(_overlap(span, other) for other, _ in taken)]
    return sorted((span, kind) for span, kind in taken if kind)


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _replaced(text: str, finds: list[tuple[Span, str]]) -> str:
    pieces, position = [], 0
    for (start, end), kind in finds:
        pieces += [text[position:start], f"[{kind}]"]
        position = end
    return "".join([*pieces, text[position:]])


@cache
def _finders() -> tuple[tuple[str, Finder], ...]:
    """Kind and what finds it, in the order of :data:`KINDS`; some kinds have several."""
    return (
        *(("key", _matches(pattern)) for pattern in _KEYS),
        *(("e-mail", _matches(pattern)) for pattern in _E_MAILS),
        ("IBAN", _ibans),
        ("card number", _cards),
        ("MAC address", _mac_addresses),
        ("IP address", _ip_addresses),
        *((kind, _numbers_named(names)) for kind, names in _NUMBER_NAMES.items()),
        *((kind, _numbers_near(names)) for kind, names in _NUMBER_NAMES.items()),
        *(("phone", _phones(pattern)) for pattern in _PHONES),
        *(("name", _names(pattern)) for pattern in _NAMES),
    )


def _matches(pattern: str, flags: int = 0) -> Finder:
    """All matches of a pattern: its group ``find`` where it has one."""
    compiled = re.compile(pattern, flags)
    group = "find" if "find" in compiled.groupindex else 0

    def finder(text: str) -> Iterator[Span]:
        return (match.span(group) for match in compiled.finditer(text))

    return finder


# --- keys and passwords -----------------------------------------------------------------------------------------

_KEYS = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----",
    r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}",
    r"\b(?:sk|pk|rk)[-_](?=[A-Za-z_-]*[0-9])[\w-]{20,}",
    r"\b(?:gh[opsur]|glpat|xox[abpr]|hf|npm|pypi)[-_][\w-]{16,}",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\bAIza[\w-]{35}",
    r"(?i)\b(?:api[ _-]?key|(?:access|auth|refresh)?[ _-]?token|bearer|(?:client[ _-]?)?secret|password|passwort)"
    r"(?:[\"']?\s*[:=]\s*|\s+)[\"']?(?=[^\s\"']*[0-9])(?=[^\s\"']*[a-z])(?P<find>[\w+/=-]{16,})",
    r"(?i)\b(?:my|mein|unser|our)[ ](?:\w+[ -])?(?:password|passwort|kennwort|pin|wlan-schlüssel|wi-?fi key)"
    r"\s*(?:is|ist|lautet|was|war)?\s*[:=]?\s*[\"'„“”`]?(?=[^\s\"'“”`]*[0-9])(?P<find>[^\s\"'„“”`\[\]]*[^\s\"'„“”`.,;:!?)\[\]])",
    r"(?i)\b(?:wlan-schlüssel|netzwerkschlüssel|wpa2?[ -](?:key|schlüssel)|network key|wi-?fi key)"
    r"\s*(?:is|ist|lautet)?\s*[:=]?\s*(?P<find>[0-9]{8,})(?!\w)",
)

# --- e-mail -----------------------------------------------------------------------------------------------------

_LOCAL = r"(?<![\w.+-])(?!git@)[\w+-][\w.+-]{0,63}"
_ADDRESS = _LOCAL + r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w@])"
_E_MAILS = (
    rf"\[[^\[\]]*\]\(mailto:{_ADDRESS}[^()\s]*\)",
    rf"<(?:mailto:)?{_ADDRESS}>",
    rf"(?:mailto:)?{_ADDRESS}",
    "(?i)" + _LOCAL + r"\s?[\[({](?:at|ät)[\])}]\s?[\w-]{1,63}"
    r"(?:\s?[\[({](?:dot|punkt)[\])}]\s?|\.)[^\W\d_]{2,24}(?!\w)",
)

# --- bank accounts and cards ------------------------------------------------------------------------------------

_IBAN = re.compile(r"(?<![\w-])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){10,30}")
_IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "NL"), 18),
    **dict.fromkeys(("SI",), 19),
    **dict.fromkeys(("AT", "EE", "LT", "LU", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "DE", "GB", "IE", "ME", "RS"), 22),
    **dict.fromkeys(("AE", "GI", "IL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "RO", "SA", "SE", "SK"), 24),
    **dict.fromkeys(("PT",), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "SM"), 27),
    **dict.fromkeys(("AL", "CY", "HU", "LB", "PL"), 28),
    **dict.fromkeys(("UA",), 29),
    **dict.fromkeys(("MT",), 31),
}
"""Characters of an IBAN by country, from the IBAN registry (ISO 13616)."""


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        start, length = match.start(), _IBAN_LENGTHS.get(match[0][:2].upper(), 0)
        end = _end_of(text, start, length)
        whole = length and end <= match.end() and not text[end : end + 1].isalnum()
        if whole and _iban_holds(text[start:end]):
            yield start, end


def _end_of(text: str, start: int, count: int) -> int:
    """Where the ``count``-th letter or digit from ``start`` ends."""
    position = start
    while count > 0 and position < len(text):
        count -= text[position].isalnum()
        position += 1
    return position if count == 0 else len(text) + 1


def _iban_holds(written: str) -> bool:
    """The checksum of ISO 7064, MOD 97-10."""
    bare = re.sub(r"[ -]", "", written).upper()
    return int("".join(str(int(char, 36)) for char in bare[4:] + bare[:4])) % 97 == 1


_AFTER_IMEI = re.compile(r"\bIMEI[ :#.]*(?:is|ist|lautet|number|nummer)?[ :#]*$", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w.,:/-])[2-6](?:[ -]?[0-9]){12,18}(?![\w-]|[.,:/]\d)")


def _cards(text: str) -> Iterator[Span]:
    for match in _CARD.finditer(text):
        is_device = _AFTER_IMEI.search(text, max(0, match.start() - 20), match.start())
        if not is_device and _luhn_holds(re.sub(r"[ -]", "", match[0])):
            yield match.span()


def _luhn_holds(digits: str) -> bool:
    """The checksum of ISO/IEC 7812-1."""
    odd = sum(int(digit) for digit in digits[-1::-2])
    return (odd + sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])) % 10 == 0


# --- network addresses ------------------------------------------------------------------------------------------

_MAC = re.compile(
    r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-]|\.\w)"
    r"|(?<![\w:.-])(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}(?![\w:-]|\.\w)"
)
_IP4 = re.compile(r"(?<![\w.:-])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w-]|\.\w)")
_IP6 = re.compile(r"(?<![\w.:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){3,7}(?![\w:]|\.\w)")
_AFTER_VERSION = re.compile(r"(?:version|firmware|release|build|fritz!?os|\bv)[ :.]*$", re.IGNORECASE)
_RESOLVERS = {"1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "149.112.112.112", "208.67.222.222"}
_IN_INSTRUCTIONS = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
        *("224.0.0.0/3", "fc00::/7", "fe80::/10", "ff00::/8", "::/127"),
    )
)
_LARGEST_VERSION_PART = 31
"""Four numbers none of which is above this are a version such as 7.29.1.4: hardly an address is so small."""


def _mac_addresses(text: str) -> Iterator[Span]:
    for match in _MAC.finditer(text):
        if len(set(re.sub(r"[^0-9a-f]", "", match[0].lower()))) > 1:  # not 00:00:… and ff:ff:…
            yield match.span()


def _ip_addresses(text: str) -> Iterator[Span]:
    for match in _IP4.finditer(text):
        is_version = _AFTER_VERSION.search(text, max(0, match.start() - 20), match.start())
        if not is_version and _is_personal(match[0]) and max(map(int, match[0].split("."))) > _LARGEST_VERSION_PART:
            yield match.span()
    for match in _IP6.finditer(text):
        if _is_personal(match[0]):
            yield match.span()


def _is_personal(written: str) -> bool:
    """An address that can be somebody's line; documentation's are taken for what they stand for."""
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return False
    return written not in _RESOLVERS and not any(
        address in network for network in _IN_INSTRUCTIONS if network.version == address.version
    )


# --- numbers of orders, customers, devices, tickets -------------------------------------------------------------

_NUMBER_NAMES = {
    "order number": r"(?<!in )orders?|purchase|invoice|receipt|tracking|shipment|RMA|Bestell(?:ung|-?n(?:umme)?r)?"
    r"|Auftrag(?:s-?n(?:umme)?r)?|Rechnung(?:s-?n(?:umme)?r)?|Sendung(?:s-?n(?:umme)?r)?|Paket(?:-?n(?:umme)?r)",
    "customer number": r"customer|client id|account|contract|policy|Kunden(?:-?konto|-?n(?:umme)?r)?"
    r"|Vertrag(?:s-?n(?:umme)?r)?|Kto",
    "serial number": r"serial|s/n|SN|IMEI|device id|Serien(?:-?n(?:umme)?r)?|Ser|Ger(?:ä|ae)te-?n(?:umme)?r",
    "ticket number": r"tickets?|case|incident|support request|Ticket-?n(?:umme)?r|Vorgang(?:s-?n(?:umme)?r)?"
    r"|Fall(?:-?n(?:umme)?r)?|Reklamation(?:s-?n(?:umme)?r)?|Aktenzeichen",
}
_LABEL = (
    r"(?:[ -]?(?P<label>number|numbers|num\.?|no\.?|nr\.?|n°|№|id|code|ref(?:erence)?\.?|Nummern?|Kennung))?"
    r"(?:\s+(?:is|was|ist|war|lautet|lautete|with|mit|der|die|das|the|unter))*"
    r"\s*(?P<sign>[:#=№]|Nr\.?|No\.?)?\s*[\"'„“”`*(\[]{0,3}#?"
)
_ID = r"(?<=\W)(?P<find>[A-Za-z0-9](?:[A-Za-z0-9]|[-/_](?=[A-Za-z0-9]))*)(?![\w]|[.,:]\d|[-/]\d)"
_LABELLED_NAME = re.compile(r"n(?:umme)?r$|^imei$|^s/n$|^sn$|aktenzeichen", re.IGNORECASE)
_YEAR = r"(?:1[5-9]|20)\d\d"
_DATE = re.compile(
    rf"{_YEAR}(?:[-/]\d{{1,2}}){{0,2}}|\d{{1,2}}[-/]\d{{1,2}}[-/]\d{{2,4}}|{_YEAR}[-/](?:{_YEAR}|\d\d)"
)
_UNIT = re.compile(r"\s?(?:baud|bps|bit|[kMGT]?Bit/s|bytes?|[kMGT]i?B|mAh|m?s|[kM]?Hz|€|\$|£|EUR|USD|CHF|%|x)(?!\w)")
_NEARBY_BEFORE, _NEARBY_AFTER = 60, 30
_SHAPED_ID = re.compile(
    r"(?<![\w/.-])(?:[A-Z]{1,6}[-_]?[0-9]{2,}(?:[-/][0-9]{2,})+|[0-9]{3,}-[0-9]{4,}(?:-[0-9]{4,})*|[A-Z]{2,4}-?[0-9]{6,})"
    r"(?![\w]|[-/.]\w)"
)


def _numbers_named(names: str) -> Finder:
    """Ids right after their keyword: ``order no. 4471``, ``Kundennummer: K-20391``."""
    pattern = re.compile(rf"(?<![\w-])(?P<name>{names}){_LABEL}{_ID}", re.IGNORECASE)

    def finder(text: str) -> Iterator[Span]:
        for match in pattern.finditer(text):
            named = bool(match["label"] or match["sign"] or _LABELLED_NAME.search(match["name"]))
            if _is_id(match["find"], named) and not _UNIT.match(text, match.end("find")):
                yield match.span("find")

    return finder


def _is_id(written: str, named: bool) -> bool:
    """Enough digits for an id and no date; fewer do where the text says that it is a number."""
    digits = sum(char.isdigit() for char in written)
    if _DATE.fullmatch(written):
        return False
    if named:
        return digits >= 3 and len(written) >= 4
    return digits >= (5 if written.isdigit() else 4)


def _numbers_near(names: str) -> Finder:
    """Ids known by their form, such as ``LS-4471-90823``, with a keyword some words away on the same line."""
    keyword = re.compile(rf"(?<![\w-])(?:{names})(?![\w])", re.IGNORECASE)

    def finder(text: str) -> Iterator[Span]:
        for match in _SHAPED_ID.finditer(text):
            before = text[max(0, match.start() - _NEARBY_BEFORE) : match.start()].rpartition("\n")[2]
            after = text[match.end() : match.end() + _NEARBY_AFTER].partition("\n")[0]
            if not _DATE.fullmatch(match[0]) and (keyword.search(before) or keyword.search(after)):
                yield match.span()

    return finder


# --- telephones -------------------------------------------------------------------------------------------------

_NO_NUMBER_BEFORE, _NO_NUMBER_AFTER = r"(?<![\w+.,:/-])(?<![0-9] )", r"(?!\w|[.,:-]\d)"
_PHONES = (
    # +49 (0)171 1234567, +49 171 / 12 34 567, +1-555-123-4567, https://wa.me/+491711234567
    r"(?<![\w+.,-])\+[1-9][0-9]{0,2}(?:[ /.-]?\(0?[0-9]{0,5}\))?(?:[ /.-]{0,3}[0-9]{1,12}){1,6}" + _NO_NUMBER_AFTER,
    # 0049 171 1234567
    _NO_NUMBER_BEFORE
    + r"00[1-9][0-9]{0,2}[ /-](?:\(0\)[ ]?)?[0-9]{1,5}(?:[ /-]{1,2}[0-9]{2,8}){1,4}"
    + _NO_NUMBER_AFTER,
    # 0171/1234567, (030) 123 456
    _NO_NUMBER_BEFORE
    + r"(?:\(0[1-9][0-9]{1,4}\)|0[1-9][0-9]{1,4})[ ]?[ /-][ ]?[0-9]{3,8}(?:[ -][0-9]{2,6}|[ ]?-[ ]?[0-9]{1,5}){0,3}"
    + _NO_NUMBER_AFTER,
    # 030 / 12 34 56, (030) 12 34 56, 0171 12 34 567: pairs alone may be any numbers, but not behind such a code
    _NO_NUMBER_BEFORE
    + r"(?:0[1-9][0-9]{1,4}[ ]?[/-][ ]?|\(0[1-9][0-9]{1,4}\)[ ]?|01[5-7][0-9]{1,2}[ ])"
    + r"[0-9]{2}(?:[ ][0-9]{2}){1,3}(?:[ ]?[0-9])?"
    + _NO_NUMBER_AFTER,
    # (555) 123-4567, 1-555-123-4567
    _NO_NUMBER_BEFORE + r"(?:1[ .-])?(?:\([2-9][0-9]{2}\)[ ]?|[2-9][0-9]{2}-)[0-9]{3}-[0-9]{4}" + _NO_NUMBER_AFTER,
    # any form after a word that says what it is
    r"(?i)(?<![\w-])(?:tel(?:efon|ephone)?(?:-?nummer| number)?|phone(?: number)?|cell|fax|whatsapp|hotline"
    r"|mobil(?:e|nummer|telefon)?(?: number)?|handy(?:-?nummer)?|r(?:ü|ue)ckruf(?:nummer)?|call me|rufnummer"
    r"|anrufen|erreichbar)(?:[ ](?:is|ist|lautet|at|on|under|unter|der|meine|my|nr\.?|no\.?))*[.:]?[ ]{0,2}"
    r"(?P<find>\+?\(?[0-9](?:[ /().-]{0,3}[0-9]){6,14})" + _NO_NUMBER_AFTER,
)
_CLOCK_OR_DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4}|(?:19|20)\d\d ?- ?(?:19|20)\d\d")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
"""Of a telephone number; the longest is that of E.164."""


def _phones(pattern: str) -> Finder:
    matches = _matches(pattern)

    def finder(text: str) -> Iterator[Span]:
        for start, end in matches(text):
            digits = sum(char.isdigit() for char in text[start:end])
            if _FEWEST_DIGITS <= digits <= _MOST_DIGITS and not _CLOCK_OR_DATE.match(text, start):
                yield start, end

    return finder


# --- names in greetings, introductions and signatures --------------------------------------------------------------

_CAPITAL = "[A-ZÀ-ÖØ-ÞĆČĞİŁŚŞŠŹŻŽ]"
_HONORIFIC = r"(?:(?:Herrn?|Frau|Mr|Mrs|Ms|Miss|Sir|Dr|Prof)\.?[ ])*"
_NAME = (
    rf"{_HONORIFIC}(?P<find>(?:(?:von|van|de|der|den|zu)[ ])*{_CAPITAL}(?:[\w'’-]*\w|\.)"
    rf"(?:[ ](?:(?:von|van|de|der|den|zu)[ ])*{_CAPITAL}(?:[\w'’-]*\w|\.)){{0,2}})"
)
_GREETING = (
    r"(?i:hi|hello|hey|hiya|dear|hallo|moin|servus|liebe[rs]?|sehr geehrte[rs]?|guten (?:tag|morgen|abend)"
    r"|good (?:morning|day|afternoon|evening)|(?:many |vielen |besten |herzlichen )?(?:thanks|thank you|danke|dank))"
)
_CLOSING = (
    r"(?i:(?:best|kind|warm|many|with best|with kind)? ?regards|cheers|best(?: wishes)?|sincerely|yours(?: \w+)?"
    r"|thanks|thank you"
    r"|(?:viele|beste|liebe|schöne|herzliche|freundliche|mit freundlichen)"
    r" (?:grüße|gruß|grüßen|gruesse|grüsse|grüssen)"
    r"|gruß|grüße|gruss|lg|vg|mfg|bg|danke|dein|deine|ihr|ihre|--|–|—)"
)
_CALLED = r"(?i:my name is|my name's|mein name ist|ich hei(?:ß|ss)e|i am called)"
_BEING = r"(?i:i am|i'm|i’m|ich bin)"
"""Behind which a name has two words at least, and ends what is said: "I am German", "ich bin Kunde"."""
_NAMES = (
    rf"(?<![\w-]){_GREETING},?[ ]{_NAME}(?=[ ]?[,!:;–—]|[ ]?-[ ]|\.(?:\s|$)|[ \t]*(?:\n|$))",
    rf"(?:^|(?<=\n)|(?<=[.!?)]\s))[ \t]*{_CLOSING}[ \t]?[,!.]?\s{{1,3}}{_NAME}(?=[ \t]*[.!]?[ \t]*(?:\n|$))",
    rf"(?<![\w-]){_CALLED},?[ ]{_NAME}",
    rf"(?<![\w-]){_BEING}[ ]{_NAME.replace('{0,2}', '{1,2}')}"
    r"(?=[ ]?[,;.!)]|[ ](?:and|und|from|aus)\b|[ \t]*(?:\n|$))",
)
_NOBODY = re.compile(
    r"(?:mr|mrs|ms|miss|dr|prof|herrn?|frau|all|alle|allerseits|everyone|everybody|anyone|somebody|there|guys|folks"
    r"|friends?|team|community|gemeinde|forum|forums?mitglieder"
    r"|together|zusammen|leute|miteinander|world|welt|damen|herren|kollegen|colleagues|support|sir|madam|siri|alexa|google|cortana"
    r"|again|very|much|so|god|gott|dir|dich|du|euch|ihr|ihnen|sie|mods?|admins?|moderators?|moderatoren|experts?|experten|freunde"
    r"|gr(?:ü|ue)(?:ß|ss)en?|gru(?:ß|ss)|dank|danke|thanks?|regards|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|i|you|we|it|in|to|the|for|from)\b",
    re.IGNORECASE,
)


def _names(pattern: str) -> Finder:
    """Names where people are spoken to, say who they are, and sign."""
    matches = _matches(pattern)

    def finder(text: str) -> Iterator[Span]:
        return ((start, end) for start, end in matches(text) if not _NOBODY.match(text, start))

    return finder
