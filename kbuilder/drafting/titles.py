"""A title as the name of a problem: the best of those that people gave, without the noise around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from kbuilder import contrast
from kbuilder.redact import redact
from kbuilder.text import capital, fold, squeeze, words

_LONGEST = 120
_SHOUTED = 0.7
_STATE = r"solved|gel(?:ö|oe)st|erledigt|fixed|closed|resolved|answered|beantwortet|urgent|dringend|eilt|help|hilfe|sos|update"
_PLEA = (
    r"(?:please |pls |plz )?help(?: me)?(?: please| pls)?|(?:bitte |dringend )?(?:um )?hilfe(?: bitte)?|bitte helfen"
    r"|urgent|dringend|thanks(?: in advance)?|danke(?: im voraus)?|pls|plz|please|wer kann helfen|any ideas|any help"
)
_NOISE = (
    re.compile(rf"^\W*[\[(<{{]\s*(?:{_STATE})\s*[\])>}}]\s*[-:–—]*\s*", re.IGNORECASE),
    re.compile(rf"\s*[-:–—]*\s*[\[(<{{]\s*(?:{_STATE})\s*[\])>}}]\W*$", re.IGNORECASE),
    re.compile(rf"^\W*(?:{_STATE})\b\s*[-:–—!.]+\s*", re.IGNORECASE),
    re.compile(r"^\W*(?:help|hilfe)\W*[!:,–—-]+\s*(?:please|bitte)?\W*", re.IGNORECASE),
    re.compile(r"^\s*(?:hi|hello|hallo|hey|moin)(?: all| zusammen| leute| everyone)?\s*[,!:–—-]+\s*", re.IGNORECASE),
    re.compile(rf"(?:\s*[-,:;–—!.?…]+\s*|\s+)(?:{_PLEA})\W*$", re.IGNORECASE),
    re.compile(rf"\s*[-:–—|,]+\s*(?:{_STATE})\W*$", re.IGNORECASE),
)
_ENDS = (
    (re.compile(r"[\s.!…,;:*–—-]*\?[\s?!…]*$"), "?"),
    (re.compile(r"[\s!…,;:*–—-]+$|(?<!etc)(?<!\.[A-Za-z])[\s.]+$|\.{2,}\s*$"), ""),
)
_VERB = r"(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have)"
_ASKS = re.compile(
    rf"(?:why|what|which|who|whose|when|where|how)(?:['’]s| {_VERB}| (?:much|many|long|often|far))\b"
    rf"|{_VERB} (?:i|you|we|they|he|she|it|there|this|that|these|those|the|an?|my|your|our|any|some|all)\b"
    r"|(?:wie|warum|wieso|weshalb|wo|wann|wohin|woher|was|wer|welche[rsnm]?) (?!(?:ich|man|wir|der|die|das|ein\w*)\b)\w+"
    r" (?:ich|man|wir|ihr|es|der|die|das|mein\w*)\b",
    re.IGNORECASE,
)
"""A title that is a question, mark or not: a verb stands before whom it is about."""
_MARKED = re.compile(r"[?!:;)…]")
"""It ends as a question somewhere, or is more than one."""


def cleaned(title: str, written: Counter[str] | None = None) -> str:
    """A title without pleas, states, shouting and marks, redacted; it begins with a capital letter, a question ends as one.

    Args:
        title: as its asker wrote it.
        written: how often each form of a word stands in the posts, to write a shouted word as people do.

    >>> cleaned("HELP!!! router wont start, please help...")
    'Router wont start'
    >>> cleaned("[Gelöst] Wo steht das WLAN-Passwort???")
    'Wo steht das WLAN-Passwort?'
    >>> cleaned("why is the red light blinking")
    'Why is the red light blinking?'
    >>> cleaned("wie setze ich den Hub zurück"), cleaned("Wie ich den Hub zurücksetze")
    ('Wie setze ich den Hub zurück?', 'Wie ich den Hub zurücksetze')
    """
    bare = squeeze(redact(title).text)
    while (shorter := _without_noise(bare)) != bare:
        bare = shorter
    for pattern, end in _ENDS:
        bare = pattern.sub(end, bare, count=1)
    if _is_shouted(bare):
        bare = " ".join(_spoken(word, written or Counter()) for word in bare.split())
    bare = re.sub(r"(?<![\w'’])i(?=[ '’])", "I", bare) if _is_english(bare) else bare
    asks = _ASKS.match(bare) and not _MARKED.search(bare)
    return capital(_shortened(bare + "?" if asks else bare))


def _without_noise(title: str) -> str:
    for pattern in _NOISE:
        shorter = pattern.sub("", title)
        if words(shorter):
            title = shorter
    return title


def _is_shouted(title: str) -> bool:
    letters = [char for char in title if char.isalpha()]
    return len(words(title)) > 1 and sum(char.isupper() for char in letters) > _SHOUTED * len(letters)


def _spoken(word: str, written: Counter[str]) -> str:
    """A shouted word in the form in which it mostly stands in the posts."""
    forms = [(count, form) for form, count in written.items() if form.casefold() == word.strip("?!.,:;").casefold()]
    if not forms:
        return word.lower()
    best = max(forms, key=lambda each: (each[0], each[1]))[1]
    return word.replace(word.strip("?!.,:;"), best)


def _is_english(title: str) -> bool:
    """Whether a lone ``i`` can be a person."""
    return bool(re.search(r"(?<![\w'’])i(?: |['’](?:m|ve|d|ll)\b)", title)) and not re.search(r"\bi\.", title)


def _shortened(title: str) -> str:
    if len(title) <= _LONGEST:
        return title
    return title[: _LONGEST + 1].rpartition(" ")[0].rstrip(" ,;:-–—") + "…"


def forms(texts: Iterable[str]) -> Counter[str]:
    """How often each form of a word stands in some texts."""
    return Counter(word for text in texts for word in words(text))


def best(titles: Sequence[str], written: Counter[str] | None = None, told: str = "") -> str:
    """The title that names the problem best: the first if it will do, else the one that shares most with the others.

    Args:
        titles: first that of the thread which the draft follows.
        written: as for :func:`cleaned`.
        told: what that thread says: another one's title must not name what is not in it.
    """
    known = [title for title in dict.fromkeys(cleaned(title, written) for title in titles) if words(title)]
    if not known:
        return ""
    if told:
        said = contrast.content(told)
        fitting = [
            title
            for title in known[1:]
            if len(contrast.content(title) & said) >= _TOLD * len(contrast.content(title))
        ]
        known = [known[0], *fitting]
    shared = Counter(word for title in known for word in set(words(fold(title))))
    return max(known, key=lambda title: (_worth(title, shared, title == known[0]), title))


_FEW, _MANY = 3, 20
_TOLD = 0.75
"""Share of a title's content words that its draft must tell."""
_OWN = 1.8
"""What the first title is worth: only one that is too short or too long gives way to another."""


def _worth(title: str, shared: Counter[str], first: bool) -> float:
    said = set(words(fold(title)))
    usual = sum(shared[word] - 1 for word in said) / (len(said) + 3)
    length = 0.0 if _FEW <= len(words(title)) <= _MANY else -2.0
    return usual + length + _OWN * first
