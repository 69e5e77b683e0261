"""Drafts: what a candidate's threads say, put in order for the editor, each sentence with the post it came from.

Nothing is written anew. The problem stands in its askers' words, the solution is the best accepted answer as it was
given, and what other answers add follows. A candidate that is too thin for that is refused, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from kbuilder import markup, texts
from kbuilder.config import DraftingRecipe
from kbuilder.drafting import choosing, compose, extract, problem, steps, titles, variants
from kbuilder.drafting.choosing import Answer
from kbuilder.drafting.compose import Passage
from kbuilder.drafting.inferring import Inferred
from kbuilder.drafting.meaning import Meaning
from kbuilder.records import Candidate, Draft, Kind, Post, Refusal, Thread
from kbuilder.redact import redact
from kbuilder.text import N_, fold, squeeze, words
from kbuilder.texts import HEADINGS

ANOTHER = N_("Another way")

AUDIENCES = N_("Some of the threads are for other readers. They are not used.")
SEVERAL = N_("More than one answer is shown. Check that they do not contradict each other.")
VERIFIED = N_("The asker did not accept the answer; someone else verified it.")
OTHERS = N_("Some of the threads ask something else. Their answers are not used.")
INFERRED = N_("Nobody marked the answer as right. It was chosen by votes, thanks and words.")
CONTRADICT = N_("Accepted answers contradict each other. Check which one is right, or for whom.")
OUTVOTED = N_("Readers like another answer of the thread much better. Look at it.")
QUOTED = N_("Most of the answer is quoted from elsewhere. Check whether it may be published.")
ADDRESSES = N_("The text says both du and Sie.")
PICTURES = N_("A picture has no description. Say between its brackets what it shows.")


def draft(
    candidate: Candidate,
    threads: Mapping[str, Thread],
    recipe: DraftingRecipe,
    inferred: Mapping[str, Inferred] = MappingProxyType({}),
    meaning: Meaning | None = None,
) -> Draft | Refusal:
    """A candidate's draft, or why there is none.

    Args:
        candidate: what the draft is for.
        threads: at least the candidate's members, by id.
        recipe: how long an answer must be, and how many others are shown.
        inferred: by thread, the answer that was chosen where nobody marked one.
        meaning: of all candidates; without it words alone tell what says the same.
    """
    members, warnings = _usable(candidate, threads)
    answers = _answers(members, candidate, inferred)
    reason = _refusal(members, answers)
    if reason:
        return _refused(candidate, threads, reason)
    faults = [choosing.fault(answer, recipe.min_words) for answer in answers]
    good = [answer for answer, wrong in zip(answers, faults, strict=True) if wrong is None]
    if not good:
        return _refused(candidate, threads, faults[0] or choosing.TOO_SHORT)
    return _draft(candidate, members, good, recipe, warnings, meaning)


def _refused(candidate: Candidate, threads: Mapping[str, Thread], why: tuple[str, str]) -> Refusal:
    audience = threads[candidate.representative].audience
    return Refusal(lineage=candidate.lineage, reason=why[0], hint=why[1], audience=audience)


def bare(body: str) -> str:
    """A body without its references.

    >>> bare("Wait.[^p1] Go on.[^p2]")
    'Wait. Go on.'
    """
    for key, place in reversed(markup.references(body)):
        body = body[:place] + body[place + len(f"[^{key}]") :]
    return body


def _usable(candidate: Candidate, threads: Mapping[str, Thread]) -> tuple[list[Thread], set[str]]:
    """The members whose words the draft may use, the representative first: none for a closer audience."""
    first = threads[candidate.representative]
    known = [first, *(threads[name] for name in candidate.members if name != first.id and name in threads)]
    open_to = [each for each in known if each.audience in (first.audience, "public")]
    return open_to, {AUDIENCES} if len(open_to) < len(known) else set()


def _refusal(members: Sequence[Thread], answers: Sequence[Answer]) -> tuple[str, str] | None:
    if not answers:
        return choosing.NO_ANSWER
    if not any(words(thread.title) or words(thread.question.body) for thread in members):
        return choosing.NO_QUESTION
    return None


def _answers(members: Sequence[Thread], candidate: Candidate, inferred: Mapping[str, Inferred]) -> list[Answer]:
    """Every marked answer, and where a thread has none the inferred one, taken apart, the best first."""
    secrets = extract.secrets_of(post.body for thread in members for post in thread.posts)
    asked = {thread.id: _asked_in(thread) for thread in members}
    found = [
        Answer(thread, post, extract.extract(post, candidate.language, secrets, asked[thread.id], thread.title), sure)
        for thread in members
        for post, sure in _solutions_of(thread, inferred)
    ]
    return sorted(found, key=lambda each: choosing.worth(each, candidate.representative), reverse=True)


def _asked_in(thread: Thread) -> frozenset[tuple[str, ...]]:
    """The runs of words of its question and comments: an answer quotes them to reply, and readers know neither."""
    return frozenset().union(*(extract.runs_of_words(post.body) for post in (thread.question, *thread.comments)))


def _solutions_of(thread: Thread, inferred: Mapping[str, Inferred]) -> list[tuple[Post, float]]:
    if thread.solved or thread.id not in inferred:
        return [(post, 0.0) for post in thread.solutions]
    chosen = inferred[thread.id]
    return [(post, chosen.probability) for post in thread.answers if post.id == chosen.post]


def _draft(
    candidate: Candidate,
    members: Sequence[Thread],
    good: Sequence[Answer],
    recipe: DraftingRecipe,
    warnings: set[str],
    meaning: Meaning | None,
) -> Draft:
    first = good[0]
    alike = [each for each in good[1:] if choosing.same(first, each, meaning)]
    rest = choosing.others(first, alike, recipe.alternatives, recipe.min_words, meaning)
    followed = {each.thread.id for each in (first, *alike)}
    members = [first.thread, *(each for each in members if each.id in followed and each.id != first.thread.id)]
    title = _title(members, f"{first.thread.title} {first.thread.question.body} {first.text}")
    kind = _kind(title, first)
    asked = _asked(members, candidate.language)
    told = problem.statement(asked, first.text, title)
    headings = [texts.translator(candidate.language)(heading) for heading in HEADINGS[kind]]
    made = compose.body([*_problem(told, headings[0]), *_solutions(first, rest, headings[1], candidate.language)])
    used = {*(each.extract.post.id for each, _ in told), *(each.post.id for each in (first, *rest))}
    extracts = [*(each.extract for each in asked), *(each.extract for each in (first, *rest))]
    found = {warning for each in extracts if each.post.id in used for warning in each.warnings}
    found |= {OTHERS} if len(alike) < len(good) - 1 else set()
    doubts = _doubts(first, rest, made, candidate.language)
    return Draft(
        lineage=candidate.lineage,
        title=title,
        language=candidate.language,
        body=made.body,
        sources=made.sources,
        audience=first.thread.audience,
        kind=kind,
        tags=_tags(members),
        product=_product(members),
        phrasings=_phrasings(candidate, members),
        warnings=tuple(sorted(warnings | found | doubts)),
        marks=made.marks,
        inferred=round(first.probability, 2),
        differ=bool({variants.DIFFER, CONTRADICT} & {*warnings, *doubts}),
    )


# Title and phrasings


def _title(members: Sequence[Thread], told: str) -> str:
    written = titles.forms(post.body for thread in members for post in thread.posts)
    return titles.best([thread.title for thread in members], written, told) or titles.cleaned(
        " ".join(members[0].question.body.split()[:12]), written
    )


def _phrasings(candidate: Candidate, members: Sequence[Thread]) -> tuple[str, ...]:
    """How members asked, as they wrote it, without personal data."""
    usable = {squeeze(redact(thread.title).text) for thread in members}
    return tuple(title for title in candidate.phrasings if title in usable and words(title))


# Sections


def _asked(members: Sequence[Thread], language: str) -> list[problem.Asked]:
    """The members' questions, taken apart; first the one that the answer was given to."""
    secrets = extract.secrets_of(post.body for thread in members for post in thread.posts)
    return [problem.Asked(each, extract.extract(each.question, language, secrets)) for each in members]


def _problem(told: list[tuple[problem.Asked, list[extract.Part]]], heading: str) -> list[Passage]:
    headings = [f"## {heading}", *[""] * len(told)]
    return [
        Passage(each.thread, each.extract.post, extract.begun(parts), over, remarked=False)
        for over, (each, parts) in zip(headings, told, strict=False)
    ]


def _solutions(first: Answer, rest: Sequence[Answer], title: str, language: str) -> list[Passage]:
    """The answer that the draft follows and the others; each under what it holds for where they differ in that."""
    say = texts.translator(language)
    passages: list[Passage] = []
    before = None
    for each, variant in variants.ordered([first, *rest]):
        over = [] if passages else [f"## {title}"]
        if variant and variant != before:
            over.append("### " + say(variant.message).format(**variant.values))
        elif passages and not variant:
            over.append("### " + say(ANOTHER))
        parts = each.extract.parts if passages else _without_echo(each.extract.parts, title)
        passages.append(Passage(each.thread, each.post, steps.ordered(extract.begun(parts)), "\n\n".join(over)))
        before = variant
    return passages


def _without_echo(parts: Sequence[extract.Part], heading: str) -> Sequence[extract.Part]:
    """Without a beginning that says what the heading over it says."""
    echoes = len(parts) > 1 and not parts[0].block and _said(parts[0].text) == _said(heading)
    return parts[1:] if echoes else parts


def _said(text: str) -> list[str]:
    return words(fold(text))


# What it is about


_HOW = re.compile(
    r"\W*(?:how ?to\b|how (?:do|can|should|could|would|did|might) (?:i|you|we|one)\b|what is the (?:best|right|proper) way"
    r"|wie \w+ (?:ich|man|wir)\b|wo (?:finde|stelle|schalte) (?:ich|man)\b|wohin\b)"
    r"|(?:set(?:ting)? up|install(?:ing)?|chang(?:e|ing)|connect(?:ing)?|reset(?:ting)?|configur(?:e|ing))\b",
    re.IGNORECASE,
)
_TO_DO = re.compile(
    r"[^?]*\b\w*(?:richten|setzen|schalten|ändern|legen|stellen|nehmen|binden|spielen|tauschen|geben|sperren|löschen|koppeln|sichern"
    r"|tragen|aktivieren|installieren|wechseln|teilen|trennen|lesen|leiten|ziehen|drucken|laden|senken|verlängern|kündigen)\W*$",
    re.IGNORECASE,
)
"""A German title that ends in what is to be done."""
_BROKEN = re.compile(
    r"\b(?:not|n['’]t|\w+n['’]t|wont|cant|doesnt|no|never|nothing|error|fail(?:s|ed|ing)?|broken|problem|issue|wrong|stuck|dead|lost"
    r"|missing|cannot|crash\w*|drops?|slow\w*|nicht|kein\w*|nie|fehler|kaputt|defekt|weg|tot|falsch|bricht|hängt|verliert|geht nix"
    r"|nix|reißt|langsam|dauernd)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\W*(?:what|why|which|who|when|where|is|are|was|were|do|does|did|can|could|should|will|would|has|have|how"
    r"|was|warum|wieso|weshalb|welche\w*|wer|wann|wo|wie|ist|sind|kann|können|darf|soll|muss|hat|haben|gibt)\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:my|mine|our|I|mein\w*|ich|unser\w*)\b|\bdoes ?n['’]t\b|\bwon['’]t\b|\bgeht nicht\b", re.IGNORECASE
)
"""A question with a word such as “not” in it is about something broken where it is about the asker's own."""
_LISTS = re.compile(
    r"\W*(?:what are|what do|which|list of|overview|comparison|welche|was bedeuten|übersicht|liste)\b", re.IGNORECASE
)
_MANY = 5
"""Items of a list, or a table, that make an overview."""


def _kind(title: str, answer: Answer) -> Kind:
    parts = answer.extract.parts
    items = sum(part.number == 0 for part in parts)
    if _LISTS.match(title) and (items >= _MANY or any(part.kind == "table" for part in parts)):
        return "reference"
    broken = _BROKEN.search(title)
    if _HOW.match(title) or (_TO_DO.match(title) and not broken):
        return "how-to"
    numbered = sum(bool(part.number) for part in parts) > 1
    asks = _ASKS.match(title) or title.endswith("?")
    if broken and (not asks or _OWN.search(title)):
        return "fix"
    return "fix" if numbered and not asks else "question"


def _tags(members: Sequence[Thread]) -> tuple[str, ...]:
    """Those of at least half of the members, else the representative's."""
    counts: dict[str, int] = {}
    for thread in members:
        for tag in dict.fromkeys(thread.tags):
            counts[tag] = counts.get(tag, 0) + 1
    usual = sorted(tag for tag, count in counts.items() if 2 * count >= len(members))
    return tuple(usual) or tuple(sorted(set(members[0].tags)))


def _product(members: Sequence[Thread]) -> str:
    """The products that members name, by name: the same products are the same words."""
    return ", ".join(sorted({thread.product for thread in members if thread.product}))


_DU = re.compile(r"\b(?:du|dir|dich|dein\w*|deine?[mnrs]?)\b", re.IGNORECASE)
_SIE = re.compile(r"(?<=[a-zäöüß,] )(?:Sie|Ihnen|Ihre?[mnrs]?)\b")


def _doubts(first: Answer, rest: Sequence[Answer], made: compose.Composed, language: str) -> set[str]:
    """What the editor should look at."""
    body = made.body
    found = set() if first.post.accepted else {INFERRED if first.probability else VERIFIED}
    quoted = (part for part in first.extract.parts if part.kind == "quote" and not extract.is_replied_to(part))
    words_quoted = sum(len(words(part.text)) for part in quoted)
    if 2 * words_quoted > len(words(first.text)):
        found.add(QUOTED)
    if any(variants.told([first, *rest])):
        found.add(variants.DIFFER)
    elif choosing.OPPOSED in made.marks.values():
        found.add(CONTRADICT)
    elif rest:
        found.add(SEVERAL)
    if choosing.outvoted(first):
        found.add(OUTVOTED)
    if fold(language).startswith("de") and _DU.search(body) and _SIE.search(body):
        found.add(ADDRESSES)
    if "![](" in body:
        found.add(PICTURES)
    return found
