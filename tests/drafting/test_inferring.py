"""Choosing the answer where nobody marked one: votes, thanks, age and words, never marks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories import post, thread

from kbuilder import resources
from kbuilder.drafting import inferring
from kbuilder.errors import ModelError
from kbuilder.records import Author, Thread

LONG = "Hold the small button for ten seconds, wait until the light is white, then log in and set the name again."
MODEL = inferring.load()


def first(told: Thread) -> str:
    return inferring.ranked(told, inferring.seen([told]), MODEL)[0].post.id


def three(*scores: int) -> Thread:
    """Three answers of equal length with these votes, none accepted."""
    answers = (
        "Hold the button down for ten seconds.",
        "Hold the switch down for ten seconds.",
        "Hold it down there.",
    )
    told = thread(answers=answers, accepted=None)
    return replace(told, answers=tuple(replace(each, score=s) for each, s in zip(told.answers, scores, strict=True)))


def commented(told: Thread, answer: int, body: str, by_asker: bool) -> Thread:
    comment = post(told.id, 90, body, reply_to=told.answers[answer].id)
    writer = told.question.author if by_asker else Author(id="forum:other", name="Other")
    return replace(told, comments=(*told.comments, replace(comment, author=writer)))


def test_votes_count_most() -> None:
    """The answer with far more votes comes first, wherever it stands."""
    assert first(three(1, 9, 0)).endswith("#3")
    assert first(three(9, 1, 0)).endswith("#2")


def test_marks_are_not_looked_at() -> None:
    """The choice is the same whatever is accepted: so it can be measured."""
    told = three(1, 9, 0)
    marked = replace(told, answers=tuple(replace(each, accepted=n == 2) for n, each in enumerate(told.answers)))
    assert [each.post.id for each in inferring.ranked(told, inferring.Seen(), MODEL)] == [
        each.post.id for each in inferring.ranked(marked, inferring.Seen(), MODEL)
    ]


@pytest.mark.parametrize("thanks", ["Thanks, that worked!", "Danke, das hat geholfen."])
def test_the_askers_thanks_afterwards_speak_for_an_answer(thanks: str) -> None:
    """In English and German; the same words of somebody else weigh less."""
    told = three(2, 2, 2)
    told = replace(told, answers=(told.answers[0], told.answers[1]))
    share = {
        by: {
            each.post.id: each.share
            for each in inferring.ranked(commented(told, 1, thanks, by_asker=by), inferring.Seen(), MODEL)
        }["forum:1#3"]
        for by in (True, False)
    }
    plain = {each.post.id: each.share for each in inferring.ranked(told, inferring.Seen(), MODEL)}["forum:1#3"]
    assert share[True] > plain
    assert first(commented(told, 1, thanks, by_asker=True)).endswith("#3")


def test_whose_other_answers_did_well_is_believed() -> None:
    """Of equal votes the answer counts more whose author's were marked elsewhere; what is in this thread does not."""
    told = three(2, 2, 0)
    names = [Author(id=f"forum:{name}", name=name) for name in ("Ada", "Bo", "Cy")]
    told = replace(
        told, answers=tuple(replace(each, author=who) for each, who in zip(told.answers, names, strict=True))
    )
    marked = replace(
        told, id="forum:2", answers=tuple(replace(each, accepted=each.author == names[1]) for each in told.answers)
    )
    share = {
        count: {each.post.id: each.share for each in inferring.ranked(told, inferring.seen(threads), MODEL)}
        for count, threads in enumerate(([told], [told, marked]))
    }
    assert share[1]["forum:1#3"] > share[0]["forum:1#3"]
    assert share[1]["forum:1#2"] < share[0]["forum:1#2"]


def test_doubts_speak_against() -> None:
    """What the asker says that it does not help is less likely."""
    told = three(2, 2, 2)
    doubted = commented(told, 0, "It still does not start, unfortunately.", by_asker=True)
    before = {each.post.id: each.share for each in inferring.ranked(told, inferring.Seen(), MODEL)}
    after = {each.post.id: each.share for each in inferring.ranked(doubted, inferring.Seen(), MODEL)}
    assert after["forum:1#2"] < before["forum:1#2"]


def test_shares_add_up_and_only_the_first_has_a_probability() -> None:
    """The shares are of one whole; the probability is the first choice's alone."""
    choices = inferring.ranked(three(3, 1, 0), inferring.Seen(), MODEL)
    assert sum(each.share for each in choices) == pytest.approx(1)
    assert 0 < choices[0].probability < 1
    assert [each.probability for each in choices[1:]] == [0, 0]


def test_more_votes_and_thanks_make_it_surer() -> None:
    """The probability says more than the order."""
    weak = inferring.ranked(three(1, 1, 1), inferring.Seen(), MODEL)[0].probability
    strong = inferring.ranked(commented(three(12, 1, 0), 0, "Thanks, that worked!", True), inferring.Seen(), MODEL)[
        0
    ].probability
    assert strong > weak + 0.3


def test_in_a_conversation_what_answers_comes_before_chat() -> None:
    """Thanks, questions and the asker's own words are no answers."""
    told = thread(answers=("Same here, any news?", LONG, "Thanks a lot, great :)"), accepted=None)
    answers = (told.answers[0], told.answers[1], replace(told.answers[2], author=told.question.author))
    talk = replace(told, answers=answers)
    assert inferring.is_talk(talk)
    assert first(talk).endswith("#3")


def test_a_thread_without_answers_has_no_choice() -> None:
    """Nothing is made up."""
    assert inferring.ranked(thread(answers=(), accepted=None), inferring.Seen(), MODEL) == []


class _Tree:
    """A knowledge base with its own parameters."""

    def __init__(self, content: str) -> None:
        self.content = content

    def read(self, path: str) -> bytes | None:
        return self.content.encode() if path == inferring.FILE else None

    def list(self, prefix: str) -> list[str]:
        return []


def test_parameters_that_are_none_are_refused() -> None:
    """A file of another shape is told, with what to do."""
    tree: resources.Tree = _Tree('{"voted": {"weights": {}}}')
    with pytest.raises(ModelError, match=r"models/answers\.json"):
        inferring.load(tree)
