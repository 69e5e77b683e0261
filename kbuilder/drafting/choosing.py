"""Which answers a draft is made of: the one that it follows, and those that say something else."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from kbuilder import chatter, contrast
from kbuilder.drafting import variants
from kbuilder.drafting.extract import LONG, Extract, Part, Sentence, leads, tidied
from kbuilder.drafting.meaning import Meaning
from kbuilder.index.lexical import common_words
from kbuilder.records import Post, Thread
from kbuilder.text import N_, fold, products_of, squeeze, words

NO_ANSWER = (
    N_("No answer is marked as right."),
    N_("Mark an answer in the forum as accepted or verified, and build again."),
)
NO_QUESTION = (
    N_("The question is empty."),
    N_("Add what was asked to the thread in the forum, and build again."),
)
ONLY_LINKS = (
    N_("The accepted answer holds nothing but links."),
    N_("Write in the thread what the linked page says, and accept that."),
)
ONLY_CHAT = (
    N_("The accepted answer only says that it is solved, not how."),
    N_("Ask in the thread how it was solved, and accept that answer."),
)
TOO_SHORT = (
    N_("The accepted answer is too short to help anyone else."),
    N_("Ask in the thread for the steps, and accept that answer."),
)

OPPOSED = N_("It contradicts another answer.")
"""The remark on a sentence."""

JOKE = (
    N_("The accepted answer is meant as a joke."),
    N_("Accept an answer in the thread that solves it, and build again."),
)
NO_AGREEMENT = (
    N_("Readers disagree with the accepted answer: it was voted down."),
    N_("Find out in the thread which answer is right, accept or verify that one, and build again."),
)

_JOKE = re.compile(
    r"\b(?:just (?:kidding|joking)|only joking|(?:it'?s|was|as) (?:just )?a joke|jk|(?:war|ist|als|kleiner) (?:nur )?(?:ein )?"
    r"(?:scherz|witz|spa(?:ß|ss) gemacht)|nur spa(?:ß|ss))\b|\b(?:lol|rofl|lmao|haha(?:ha)*)\b",
    re.IGNORECASE,
)
_JOKE_WORDS = 40
"""Words of an answer above which a joke in it is not all that it is."""

_LINK = re.compile(r"!?\[[^\[\]]*\]\([^()]*(?:\([^()]*\)[^()]*)*\)|<?https?://\S+")
_POINTS = re.compile(
    r"^\W*(?:(?:please |just |bitte )?(?:see|read|look|check|try|here|schau\w*|siehe|guck\w*|lies|hier|da)(?: \w+){0,4})?\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A solution of one member, taken apart."""

    thread: Thread
    post: Post
    extract: Extract
    probability: float = 0.0
    """That it is right, where nobody marked it; 0: it is marked."""

    @property
    def text(self) -> str:
        return self.extract.text

    @property
    def own_text(self) -> str:
        """Without what it quotes: two answers may quote the same and say different things."""
        return "\n".join(part.text for part in self.extract.parts if part.kind != "quote")

    @property
    def version(self) -> str:
        """The main version that it holds for, by its own words, else by the question's; ``""``: none is named."""
        return variants.version_of(self.text, self.thread.question.body, self.thread.title)


def fault(answer: Answer, min_words: int) -> tuple[str, str] | None:
    """Why an answer is too thin for a draft: reason and hint; ``None``: it will do."""
    body, text = answer.post.body, answer.text
    if answer.post.score < 0 and not (answer.post.staff or answer.post.verified):
        return NO_AGREEMENT
    if _JOKE.search(body) and len(words(text)) <= _JOKE_WORDS:
        return JOKE
    bare = _LINK.sub(" ", text)
    if _LINK.search(body) and len(words(bare)) < min_words and (_POINTS.match(squeeze(bare)) or not words(bare)):
        return ONLY_LINKS
    if not words(text):
        return ONLY_CHAT if _is_all_chat(body) else TOO_SHORT
    if len(words(bare)) < min_words:
        return ONLY_CHAT if _is_all_chat(body) else TOO_SHORT
    return None


_CHAT = 8
_STATE_ONLY = re.compile(
    r"\b(?:solved|works? (?:now|again)|gel(?:ö|oe)st|erledigt|geht (?:jetzt|wieder)|same (?:here|problem)|me too|auch so"
    r"|thanks?|thank you|danke|fixed itself|von (?:selbst|allein))\b",
    re.IGNORECASE,
)


def _is_all_chat(body: str) -> bool:
    return chatter.is_chat(body) or (bool(_STATE_ONLY.search(body)) and len(words(body)) <= 2 * _CHAT)


_LEAD = 1.5
"""What the representative's answer is worth beside another thread's: title, problem and answer are then of one piece."""


def worth(answer: Answer, representative: str) -> tuple[float, int, str]:
    """By how much an answer is the one to follow: thorough, in steps, from the staff, liked; ties by score and id."""
    count = min(len(words(answer.text)), 150)
    steps = any(part.number for part in answer.extract.parts)
    points = (
        0.7 * math.log1p(count)
        + 0.6 * steps
        + 0.6 * answer.post.staff
        + 0.4 * math.log1p(max(0, answer.post.score))
        + 0.4 * answer.post.accepted
        - 1.0 * (answer.probability > 0)
        + _LEAD * (answer.thread.id == representative)
    )
    return points, answer.post.score, answer.post.id


_MORE, _TIMES = 5, 3
"""Votes more, and times as many, that another answer of the thread needs to be told."""


def outvoted(answer: Answer) -> bool:
    """Whether readers clearly like another answer of the thread better."""
    others = [post.score for post in answer.thread.answers if post.id != answer.post.id]
    best, own = max(others, default=0), max(answer.post.score, 0)
    return best >= own + _MORE and best >= _TIMES * own


# What else was answered


_SAME_ANSWER, _SAME_QUESTION, _SAME_TITLE = 0.36, 0.3, 0.8
"""Cosine of content words from which on two threads, which a build holds for one problem, are told as one."""
_NEAR_ANSWER, _NEAR_QUESTION = 0.24, 0.21
"""Where everyone writes about one subject, answers to different questions share words: less is not enough by itself."""
_NEAR_TITLE, _TAKEN_UP = 0.4, 0.2
"""Titles that name one subject ask different things of it: the answers must share words as well."""
_ONE_BY_MEANING, _NEAR_BY_MEANING, _SOME_ANSWER = 0.32, 0.25, 0.28
"""So near by meaning they are one problem; where they are less so, their answers must share words, too: more, the less
so they are. Two questions about one thing are near, whatever they want to know of it."""


def same(one: Answer, other: Answer, meaning: Meaning | None = None) -> bool:
    """Whether an answer of another thread answers the same question: by what was asked, or by what was answered.

    Args:
        meaning: with it meaning counts besides words, and the words of the questions alone tell nothing against it.
    """
    if one.thread.id == other.thread.id or one.thread.id in other.thread.duplicate_of:
        return True
    if _labels_differ(one.thread.title, other.thread.title):
        return False
    near = meaning.alike.get((one.thread.id, other.thread.id), 0.0) if meaning else 0.0
    language = one.thread.language
    titles = _alike(one.thread.title, other.thread.title, language)
    answers = _alike(one.own_text, other.own_text, language)
    asked = _alike(_asked(one.thread), _asked(other.thread), language)
    return (
        near >= _ONE_BY_MEANING
        or (near >= _NEAR_BY_MEANING and answers >= _TAKEN_UP)
        or (near > 0 and answers >= _SOME_ANSWER)
        or titles >= _SAME_TITLE
        or answers >= _SAME_ANSWER
        or (asked >= _SAME_QUESTION and (near > 0 or meaning is None))
        or (answers >= _NEAR_ANSWER and asked >= _NEAR_QUESTION)
        or (titles >= _NEAR_TITLE and answers >= _TAKEN_UP)
    )


_LABEL = re.compile(
    r"\b(exercise|problem|question|step|part|chapter|section|example|theorem|lemma|lesson|error(?: code)?|fehler(?:code)?|aufgabe"
    r"|übung|frage|schritt|teil|kapitel|abschnitt|beispiel|lektion) #?(\d+(?:\.\d+)*)",
    re.IGNORECASE,
)


def _labels_differ(one: str, other: str) -> bool:
    """Whether two titles name different ones of what is numbered: exercise 2.1 and exercise 2.4."""
    here, there = ({name.casefold(): number for name, number in _LABEL.findall(title)} for title in (one, other))
    return any(here[name] != there[name] for name in here.keys() & there.keys())


def _asked(thread: Thread) -> str:
    return f"{thread.title} {thread.question.body}"


def _alike(one: str, other: str, language: str) -> float:
    """The cosine of their content words; those that stand in every text of the language do not count."""
    first, second = (_stems(text, common_words(language)) for text in (one, other))
    return len(first & second) / math.sqrt(len(first) * len(second)) if first and second else 0.0


_SAID = 0.42
"""Share of an answer's content words that were used before, from which on it says the same once more."""
_REPEATED = 0.7
"""The same of a single part of it."""
_FEWEST = 6
_STEM = 6
_SHORT = 3
_MOST_WORDS = 200
"""Of an answer beside the first; what stands beyond is for the editor to fetch."""


def others(
    first: Answer, rest: Sequence[Answer], most: int, min_words: int, meaning: Meaning | None = None
) -> list[Answer]:
    """Answers that say something else than the first and those before, the best first, without what was said.

    What is said is told by content words, cut to their first letters, and with ``meaning`` by that. An answer for
    another version always counts; one for another product contradicts nothing.
    """
    told, versions = _stems(first.text), {first.version}
    chosen: list[Answer] = []
    for answer in rest:
        said = _stems(answer.text)
        is_variant = bool(answer.version) and answer.version not in versions
        apart = is_variant or _products_differ(first, answer)
        against = set[str]() if apart else {each.text for each, _ in contradictions(first, answer)}
        new = answer if is_variant else _shortened(answer, told, against)
        is_new = len(said & told) < _SAID * len(said) and len(words(new.text)) >= min_words
        if meaning is not None and not apart:
            is_new = is_new and not meaning.is_told(answer.post, [each.post for each in (first, *chosen)])
        if len(chosen) < most and (is_variant or is_new or against):
            chosen.append(new)
            told |= said
            versions.add(answer.version)
    return chosen


def _products_differ(one: Answer, other: Answer) -> bool:
    here, there = (set(products_of(fold(each.thread.product))) for each in (one, other))
    return bool(here and there and not here & there)


def contradictions(first: Answer, other: Answer) -> list[tuple[Sentence, Sentence]]:
    """Sentences of another answer, each with the one of the first that it contradicts."""
    told = [each for each in first.extract.sentences if each.text]
    found = []
    for sentence in other.extract.sentences:
        against = next((each for each in told if contrast.opposed(each.text, sentence.text)), None)
        if against:
            found.append((sentence, against))
    yes = [contrast.decided(each.text) for each in (first, other)]
    if not found and told and other.extract.sentences and {*yes} == {True, False}:
        found.append((other.extract.sentences[0], told[0]))
    return found


def _shortened(answer: Answer, told: set[str], against: Collection[str]) -> Answer:
    """An answer without parts that were told before, and without its end where it is long.

    Sentences that contradict what was told stay, and are marked.
    """
    parts: list[Part] = []
    warnings, count = set(answer.extract.warnings), 0
    for part in answer.extract.parts:
        said = _stems(part.text)
        opposed = {each.text for each in part.sentences} & {*against}
        if opposed:
            marked = (replace(each, remark=OPPOSED) if each.text in opposed else each for each in part.sentences)
            part = replace(part, sentences=tuple(marked))  # noqa: PLW2901 - the same part, marked
        elif len(said) >= _FEWEST and len(said & told) >= _REPEATED * len(said):
            while parts and leads(parts[-1]):
                parts.pop()
            continue
        if count > _MOST_WORDS:
            warnings.add(LONG)
            break
        parts.append(part)
        count += len(words(part.text))
    return replace(answer, extract=Extract(answer.post, tidied(parts), warnings))


def _stems(text: str, common: Collection[str] = ()) -> set[str]:
    found = (word for word in words(fold(text)) if len(word) > _SHORT or word.isdigit())
    return {word[:_STEM] for word in found if word not in common}
