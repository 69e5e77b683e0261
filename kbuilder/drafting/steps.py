"""Steps told from remarks: a numbered list stays one list, in order, and only what is to be done has a number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from kbuilder.drafting.extract import Part
from kbuilder.text import N_

REMARK = N_("It stood among the steps, and reads like a remark.")

_LEAD = (
    r"\W*(?:(?:and |und |please |bitte |just |also |auch )*(?:then|next|now|first(?:ly)?|second(?:ly)?|third(?:ly)?|finally|lastly"
    r"|after that|afterwards|again|optional(?:ly)?|dann|danach|jetzt|nun|zuerst|zunächst|anschließend|zuletzt|schließlich)\b[,:)]*\s+)*"
    r"(?:and |und |please |bitte |just |simply |einfach |also |auch )*"
)
_VERBS = (
    r"(?:add|adjust|allow|apply|ask|boil|boot|bring|build|call|change|charge|check|choose|clean|clear|click|clone|close|compile|configure"
    r"|confirm|connect|cool|copy|create|cut|delete|disable|disconnect|do(?:n['’]t| not)?|download|drag|drain|dry|edit|enable|ensure|enter"
    r"|execute|export|fill|find|fix|flash|follow|get|give|go|heat|hit|hold|import|insert|install|keep|launch|lay|leave|let|lift|load|log"
    r"|look|lower|make|measure|mix|mount|move|navigate|open|pair|paste|pick|place|plug|pour|power|press|prepare|pull|push|put|raise|reboot"
    r"|release|remove|rename|repeat|replace|reset|restart|restore|rinse|run|save|scan|scroll|select|send|set|shake|sign|slide|start|stir"
    r"|stop|store|swipe|switch|sync|take|tap|test|tick|tighten|tilt|touch|try|turn|type|uncheck|uninstall|unplug|unscrew|untick|update"
    r"|upgrade|upload|use|verify|wait|wash|wear|wipe|write)\b"
)
_GERMAN_VERBS = (
    r"(?:aktivier|deaktivier|änder|bestätig|drück|entfern|füg|gib|geh|halt|installier|klick|kopier|lad|leg|lösch|mach|nimm|öffn|prüf|reinig"
    r"|richt|schalt|schließ|schraub|schreib|setz|speicher|starte?|steck|stell|such|tausch|tipp|trag|trenn|verbind|wähl|wart|wechsl|zieh)"
    r"(?:e|t|st|est)?\b"
)
_TO_DO = re.compile(
    rf"(?:^|,\s|:\s){_LEAD}(?:{_VERBS}|{_GERMAN_VERBS})|\b[a-zäöüß]\w*(?:en|ern|eln) Sie\b|\b\w{{2,}}(?:en|ern|eln)\W*$"
    r"|\byou(?:['’]ll)? (?:can |now |then )*(?:need to|have to|should|must)\b|^\W*\S[^.]{0,40} > \S",
    re.IGNORECASE,
)
"""An imperative, an infinitive at a German sentence's end, a duty, a menu's path."""
_NOTE = re.compile(
    r"\W*(?:(?:and |but |also |please |just )*(?:note|notice|remember|keep in mind|bear in mind|be aware|beware)(?:,? that\b|\s*:)"
    r"|(?:(?:side|quick|one|a|final|last) ?)*(?:note|hint|tip|remark|warning|caution|caveat|disclaimer|fyi|btw|nb|n\.b\.|by the way)\b\s*[:,.–—-]"
    r"|(?:ein |kleiner |noch |nur )*(?:hinweis|anmerkung|bemerkung|achtung|vorsicht|tipp|warnung|nebenbei|zur info|info)\b\s*(?:bemerkt\s*)?[:,.!–—-]"
    r"|übrigens\b|(?:bitte )?(?:beachte|beachtet|beachten sie|bedenke|bedenken sie)(?: bitte)?(?:, dass\b|\s*:))",
    re.IGNORECASE,
)
_EXPERIENCE = re.compile(
    r"\b(?:took|cost|costs|saved|drove|confused|surprised|annoyed|bothered|puzzled|fooled|helped) (?:me|us)\b"
    r"|\b(?:i|we)(?:['’](?:ve|d))? (?:\w+ly |also |just |only |too |have |had )*(?:spent|spend|struggled|forgot|missed|wondered|wasted|fought|thought"
    r"|hated|hate|love|loved|was|were|did(?:n['’]t| not)|could(?:n['’]t| not)|never|found|searched|learned|learnt|stumbled)\b"
    r"|\b(?:hat|hatte) (?:mich|mir|uns)\b|\b(?:ich|wir) (?:habe?n?|hatten?|war(?:en)?|brauchten?|wussten?|dachten?|saß(?:en)?|musste|konnte)\b"
    r"|\b(?:habe?|hatte|war|brauchte|wusste|dachte|saß|musste|konnte) ich\b",
    re.IGNORECASE,
)
"""What befell the one who writes."""
_NAMED = re.compile(
    r"\b(?:steps?|points?|items?|no\.|numbers?|options?|schritte?n?|punkte?n?|nr\.|nummer|variante|möglichkeit) ?#?\d",
    re.IGNORECASE,
)
"""A step is named by its number: whoever counts anew would name another one."""
_FEWEST = 2


def ordered(parts: Sequence[Part]) -> list[Part]:
    """The parts, with what stands between two steps in the step before it, and remarks without a number.

    A remark that was counted as a step is a note to the step before it, and marked; the steps are counted anew. Where
    the text names a step by its number, it keeps its own and is marked only.
    """
    found = [*parts]
    named = any(_NAMED.search(part.text) for part in parts)
    for run in _runs(found):
        for step, following in pairwise(run):
            _carry(found, step, following, found[step].depth)
        _demote(found, run, named)
    return found


def _runs(parts: Sequence[Part]) -> Iterator[list[int]]:
    """The places of the items of each numbered list, also where it was broken by what stands between them."""
    open_: dict[int, list[int]] = {}
    for place, part in enumerate(parts):
        if part.kind in ("heading", "table"):
            yield from open_.values()
            open_ = {}
        if not part.number:
            continue
        run = open_.get(part.depth, [])
        if run and part.number == (parts[run[-1]].number or 0) + 1:
            run.append(place)
            continue
        for depth in [each for each in open_ if each >= part.depth]:
            yield open_.pop(depth)
        open_[part.depth] = [place]
    yield from open_.values()


def _carry(parts: list[Part], step: int, following: int, depth: int) -> None:
    """Put what has left the list between two of its steps into the first of them."""
    left = False
    for place in range(step + 1, following):
        part = parts[place]
        left = left or part.depth < depth or (part.kind == "item" and part.depth == depth)
        if left:
            parts[place] = replace(part, depth=part.depth + depth)


def _demote(parts: list[Part], run: Sequence[int], named: bool) -> None:
    """Mark remarks among steps, and take their numbers where none is named."""
    remarks = [place for place in run if _is_remark(parts[place])]
    steps = [place for place in run if place not in remarks]
    to_do = sum(_is_to_do(parts[place]) for place in steps)
    if not remarks or to_do < max(_FEWEST, len(steps) / 2):
        return
    first = parts[run[0]].number or 1
    for place in remarks:
        part = parts[place]
        told = tuple(replace(each, remark=each.remark or REMARK) for each in part.sentences)
        depth = part.depth if place > steps[0] else part.depth - 1
        marked = replace(part, sentences=told)
        parts[place] = marked if named else replace(marked, kind="paragraph", depth=depth, number=None)
    for number, place in enumerate([] if named else steps, first):
        parts[place] = replace(parts[place], number=number)


def _is_remark(part: Part) -> bool:
    """Whether nothing in an item is to be done, and it says so or tells what befell somebody."""
    if part.block or not part.sentences:
        return False
    if _NOTE.match(part.sentences[0].text):
        return True
    told = [bool(_EXPERIENCE.search(each.text)) for each in part.sentences]
    return told[0] and not any(_is_told_to_do(each.text) for each in part.sentences)


def _is_to_do(part: Part) -> bool:
    return bool(part.block) or any(_is_told_to_do(each.text) for each in part.sentences)


def _is_told_to_do(sentence: str) -> bool:
    return bool(_TO_DO.search(sentence))
