"""Drafts: what a candidate's threads say, put in order for the editor, each sentence with the post it came from.

Nothing is written anew. The problem stands in its askers' words, the solution is the best accepted answer as it was
given, and what other answers add follows. A candidate that is too thin for that is refused, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kbuilder import markup, texts
from kbuilder.config import DraftingRecipe
from kbuilder.drafting import choosing, compose, extract, problem, titles, variants
from kbuilder.drafting.choosing import Answer
from kbuilder.drafting.compose import Passage
from kbuilder.records import Candidate, Draft, Kind, Refusal, Thread
from kbuilder.redact import redact
from kbuilder.text import N_, fold, squeeze, words

PROBLEM = N_("Problem")
SOLUTION = N_("Solution")
ANOTHER = N_("Another way")

LANGUAGES = N_("The threads are in several languages. Only those in the draft's language are used.")
AUDIENCES = N_("Some of the threads are for other readers. They are not used.")
SEVERAL = N_("More than one answer is shown. Check that they do not contradict each other.")
VERIFIED = N_("The asker did not accept the answer; someone else verified it.")
ADDRESSES = N_("The text says both du and Sie.")
PICTURES = N_("A picture has no description. Say between its brackets what it shows.")


def draft(candidate: Candidate, threads: Mapping[str, Thread], recipe: DraftingRecipe) -> Draft | Refusal:
    """A candidate's draft, or why there is none.

    Args:
        candidate: what the draft is for.
        threads: at least the candidate's members, by id.
        recipe: how long an answer must be, and how many others are shown.
    """
    members, warnings = _usable(candidate, threads)
    reason = _refusal(members)
    if reason:
        return Refusal(lineage=candidate.lineage, reason=reason[0], hint=reason[1])
    answers = _answers(members, candidate)
    faults = [choosing.fault(answer, recipe.min_words) for answer in answers]
    good = [answer for answer, wrong in zip(answers, faults, strict=True) if wrong is None]
    if not good:
        worst = faults[0] or choosing.TOO_SHORT
        return Refusal(lineage=candidate.lineage, reason=worst[0], hint=worst[1])
    return _draft(candidate, members, good, recipe, warnings)


def bare(body: str) -> str:
    """A body without its references.

    >>> bare("Wait.[^p1] Go on.[^p2]")
    'Wait. Go on.'
    """
    for key, place in reversed(markup.references(body)):
        body = body[:place] + body[place + len(f"[^{key}]") :]
    return body


def _usable(candidate: Candidate, threads: Mapping[str, Thread]) -> tuple[list[Thread], set[str]]:
    """The members whose words the draft may use, the representative first: same language, no closer audience."""
    first = threads[candidate.representative]
    known = [first, *(threads[name] for name in candidate.members if name != first.id and name in threads)]
    spoken = [each for each in known if not each.language or each.language == candidate.language or each is first]
    open_to = [each for each in spoken if each.audience in (first.audience, "public")]
    warnings = {LANGUAGES} if len(spoken) < len(known) else set()
    return open_to, warnings | ({AUDIENCES} if len(open_to) < len(spoken) else set())


def _refusal(members: Sequence[Thread]) -> tuple[str, str] | None:
    if not any(thread.solved for thread in members):
        return choosing.NO_ANSWER
    if not any(words(thread.title) or words(thread.question.body) for thread in members):
        return choosing.NO_QUESTION
    return None


def _answers(members: Sequence[Thread], candidate: Candidate) -> list[Answer]:
    """Every marked answer, taken apart, the best first."""
    secrets = extract.secrets_of(post.body for thread in members for post in thread.posts)
    asked = {thread.id: extract.runs_of_words(thread.question.body) for thread in members}
    found = [
        Answer(thread, post, extract.extract(post, candidate.language, secrets, asked[thread.id], thread.title))
        for thread in members
        for post in thread.solutions
    ]
    return sorted(found, key=lambda each: choosing.worth(each, candidate.representative), reverse=True)


def _draft(
    candidate: Candidate,
    members: Sequence[Thread],
    good: Sequence[Answer],
    recipe: DraftingRecipe,
    warnings: set[str],
) -> Draft:
    first = good[0]
    rest = choosing.others(first, good[1:], recipe.alternatives)
    title = _title(members)
    asked = _asked(members, first, candidate.language)
    told = problem.statement(asked, first.text, title)
    body, sources = compose.body([*_problem(told, candidate.language), *_solutions(first, rest, candidate.language)])
    used = {*(each.extract.post.id for each, _ in told), *(each.post.id for each in (first, *rest))}
    extracts = [*(each.extract for each in asked), *(each.extract for each in (first, *rest))]
    found = {warning for each in extracts if each.post.id in used for warning in each.warnings}
    return Draft(
        lineage=candidate.lineage,
        title=title,
        language=candidate.language,
        body=body,
        sources=sources,
        audience=members[0].audience,
        kind=_kind(title, first),
        tags=_tags(members),
        product=_product(members),
        phrasings=_phrasings(candidate, members),
        warnings=tuple(sorted(warnings | found | _doubts(first, rest, body, candidate.language))),
    )


# Title and phrasings


def _title(members: Sequence[Thread]) -> str:
    written = titles.forms(post.body for thread in members for post in thread.posts)
    return titles.best([thread.title for thread in members], written) or titles.cleaned(
        " ".join(members[0].question.body.split()[:12]), written
    )


def _phrasings(candidate: Candidate, members: Sequence[Thread]) -> tuple[str, ...]:
    """How members asked, as they wrote it, without personal data."""
    usable = {squeeze(redact(thread.title).text) for thread in members}
    return tuple(title for title in candidate.phrasings if title in usable and words(title))


# Sections


def _asked(members: Sequence[Thread], first: Answer, language: str) -> list[problem.Asked]:
    """The members' questions, taken apart; first the one that the answer was given to."""
    secrets = extract.secrets_of(post.body for thread in members for post in thread.posts)
    ordered = [first.thread, *(each for each in members if each is not first.thread)]
    return [problem.Asked(each, extract.extract(each.question, language, secrets)) for each in ordered]


def _problem(told: list[tuple[problem.Asked, list[extract.Part]]], language: str) -> list[Passage]:
    heading = "## " + texts.translator(language)(PROBLEM)
    return [
        Passage(each.thread, each.extract.post, parts, heading if number == 0 else "")
        for number, (each, parts) in enumerate(told)
    ]


def _solutions(first: Answer, rest: Sequence[Answer], language: str) -> list[Passage]:
    """The answer that the draft follows, then the others; each under its version where they differ in that."""
    say = texts.translator(language)
    versions = [each.version for each in (first, *rest)]
    differ = variants.differ(versions)
    passages = []
    for number, (each, version) in enumerate(zip((first, *rest), versions, strict=True)):
        heading = "" if number else "## " + say(SOLUTION)
        if differ and version:
            heading += ("\n\n" if heading else "") + "### " + say(variants.VARIANT).format(version=version)
        elif number:
            heading = "### " + say(ANOTHER)
        passages.append(Passage(each.thread, each.post, each.extract.parts, heading))
    return passages


# What it is about


_HOW = re.compile(r"\W*(?:how|wie|where|wo|can i|kann ich|is there a way|gibt es)\b", re.IGNORECASE)
_BROKEN = re.compile(
    r"\b(?:not|n['’]t|no|never|nothing|error|fails?|failed|broken|problem|issue|wrong|stuck|dead|lost|missing|cannot"
    r"|nicht|kein\w*|nie|fehler|kaputt|defekt|weg|tot|falsch|bricht|hängt|verliert|geht nix|nix)\b",
    re.IGNORECASE,
)


def _kind(title: str, answer: Answer) -> Kind:
    if _HOW.match(title):
        return "how-to"
    steps = any(part.number for part in answer.extract.parts)
    return "fix" if _BROKEN.search(title) or steps else "question"


def _tags(members: Sequence[Thread]) -> tuple[str, ...]:
    """Those of at least half of the members, else the representative's."""
    counts: dict[str, int] = {}
    for thread in members:
        for tag in dict.fromkeys(thread.tags):
            counts[tag] = counts.get(tag, 0) + 1
    usual = sorted(tag for tag, count in counts.items() if 2 * count >= len(members))
    return tuple(usual) or tuple(sorted(set(members[0].tags)))


def _product(members: Sequence[Thread]) -> str:
    """The products that members name, the most frequent first."""
    named = [thread.product for thread in members if thread.product]
    return ", ".join(sorted(dict.fromkeys(named), key=lambda name: (-named.count(name), name)))


_DU = re.compile(r"\b(?:du|dir|dich|dein\w*|deine?[mnrs]?)\b", re.IGNORECASE)
_SIE = re.compile(r"(?<=[a-zäöüß,] )(?:Sie|Ihnen|Ihre?[mnrs]?)\b")


def _doubts(first: Answer, rest: Sequence[Answer], body: str, language: str) -> set[str]:
    """What the editor should look at."""
    found = set() if first.post.accepted else {VERIFIED}
    if variants.differ(each.version for each in (first, *rest)):
        found.add(variants.DIFFER)
    elif rest:
        found.add(SEVERAL)
    if fold(language).startswith("de") and _DU.search(body) and _SIE.search(body):
        found.add(ADDRESSES)
    if "![](" in body:
        found.add(PICTURES)
    return found
