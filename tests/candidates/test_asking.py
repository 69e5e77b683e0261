"""Questions without an answer: they join who answers them, or are a gap, and change nothing else."""

from __future__ import annotations

from dataclasses import replace

from factories import author, thread

from kbuilder.candidates import propose
from kbuilder.candidates.proposal import Proposal
from kbuilder.config import CandidatesRecipe
from kbuilder.records import Candidate, Decision, Thread
from kbuilder.review import grouping

RECIPE = CandidatesRecipe(lexical=1.0)
RESET = "How do I reset my router?"
CHARGE = "My tracker does not charge"
WAYS = (
    (RESET, "Hold the small reset button at the back for ten seconds."),
    (CHARGE, "Clean the two contacts of the cradle with a dry cloth."),
)
OPENINGS = ("", "Please help: ", "Again: ", "Question, ")
BELL = "The bell of the side gate rings twice at night"
MENDED = thread("x", answers=("Water got into the button: dry it, and seal its frame with silicone.",)).answers


def forum() -> list[Thread]:
    """Four solved threads on each of two problems: even ones on the first."""
    made = []
    for number in range(8):
        title, answer = WAYS[number % 2]
        body = f"{title} I tried it twice."
        made.append(thread(f"{number:03}", OPENINGS[number // 2] + title, body, (answer,), views=number))
    return made


def decision(verdict: str, *members: str, number: int = 1) -> Decision:
    return Decision(
        id=f"d{number}",
        verdict=verdict,  # type: ignore[arg-type]
        editor="ada",
        time=f"2026-01-0{number}T00:00:00Z",
        members=tuple(sorted(members)),
    )


def unanswered(key: str, title: str, **fields: object) -> Thread:
    return thread(key, title, f"{title}, and I cannot sleep.", (), None, **fields)


def waiting() -> list[Thread]:
    """Two ask what the forum answers, three ask what nobody answers, one is alone."""
    bells = [unanswered(f"b{n}", f"{opening}{BELL}") for n, opening in enumerate(("", "Again: ", "Please help: "))]
    return [
        unanswered("a1", f"Question, {RESET}"),
        unanswered("a2", RESET),
        *bells,
        unanswered("c1", "Which lamp suits a damp cellar with low ceilings?"),
    ]


def found(*decisions: Decision, threads: list[Thread] | None = None) -> Proposal:
    return propose([*forum(), *(waiting() if threads is None else threads)], None, [], decisions, RECIPE)


def of(proposal: Proposal, member: str) -> Candidate:
    return next(each for each in proposal.candidates if f"forum:{member}" in (*each.members, *each.asking))


def test_a_question_joins_the_group_that_answers_it() -> None:
    """It is counted as asked and unanswered, and its wording is kept; it is no member."""
    reset = of(found(), "000")
    assert reset.asking == ("forum:a1", "forum:a2")
    assert (reset.demand.threads, reset.demand.unanswered) == (6, 2)
    assert not {"forum:a1", "forum:a2"} & {*reset.members}


def test_several_questions_that_nobody_answered_are_a_gap() -> None:
    """Three ask one thing: a candidate all of whose members lack an answer. One alone is none."""
    proposal = found()
    gap = of(proposal, "b0")
    assert gap.members == ("forum:b0", "forum:b1", "forum:b2")
    assert (gap.demand.threads, gap.demand.unanswered, gap.asking) == (3, 3, ())
    told = {name for each in proposal.candidates for name in (*each.members, *each.asking)}
    assert "forum:c1" not in told


def test_questions_change_no_group_of_answered_threads() -> None:
    """Members of the others are the same with and without them."""
    answered = {each.members for each in found(threads=[]).candidates}
    assert answered < {each.members for each in found().candidates}


def test_the_order_of_questions_does_not_matter() -> None:
    """Backwards, the same candidates."""
    assert found(threads=waiting()[::-1]).candidates == found().candidates


def test_a_gap_that_is_answered_keeps_its_id() -> None:
    """The ledger knows it: from a gap it becomes a candidate for an article."""
    before = found()
    solved = [replace(each, answers=MENDED) if each.id == "forum:b1" else each for each in waiting()]
    after = propose([*forum(), *solved], None, before.ledger, [], RECIPE)
    assert of(after, "b1").members == ("forum:b1",)
    assert of(after, "b1").lineage == of(before, "b1").lineage


def test_editors_decide_where_a_question_belongs() -> None:
    """Linked, it goes where it was put; kept apart, it stays away."""
    linked = found(decision("must-link", "forum:c1", "forum:001"))
    assert "forum:c1" in of(linked, "001").asking
    members = [f"forum:{number:03}" for number in range(0, 8, 2)]
    apart = found(*(decision("cannot-link", "forum:a2", each, number=n) for n, each in enumerate(members, 1)))
    assert of(apart, "000").asking == ("forum:a1",)


def test_a_question_is_split_off_like_any_thread() -> None:
    """It stays away from the group that it asked again."""
    reset = of(found(), "000")
    made = grouping.split(reset, ["forum:a2"], "ada", "2026-01-01T00:00:00Z").decision
    assert made.members == ("forum:a2",)
    assert of(found(made), "000").asking == ("forum:a1",)


def test_without_any_answer_there_are_gaps_alone() -> None:
    """A forum in which nothing is solved still tells what is asked often."""
    proposal = propose(waiting(), None, [], [], RECIPE)
    assert {each.members for each in proposal.candidates} == {
        ("forum:a1", "forum:a2"),
        ("forum:b0", "forum:b1", "forum:b2"),
    }


def test_an_answer_that_nobody_marked_counts_as_unanswered() -> None:
    """Its thread is a member, as if it were solved, and is told in the demand."""
    held = forum()[0]
    proposal = propose(forum(), None, [], [], RECIPE, {held.id})
    assert of(proposal, "000").demand.unanswered == 1


def test_who_asked_counts_with_those_without_an_answer() -> None:
    """Askers of unanswered threads are people too."""
    asked = replace(waiting()[0], question=replace(waiting()[0].question, author=author("nobody else")))
    with_one, without = of(found(threads=[asked]), "000"), of(found(threads=[]), "000")
    assert with_one.demand.askers == without.demand.askers + 1
