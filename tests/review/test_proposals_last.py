"""What is proposed for articles that stand: told once, with what it rests on, until an editor has answered it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from factories import author, thread

from kbuilder import Workspace, records
from kbuilder.errors import Conflict, KBError
from kbuilder.records import Article, Thread
from kbuilder.review.queue import Item
from kbuilder.workspace import proposals

RESET = "How do I reset my router?"
HOLD = "Hold the small reset button at the back for ten seconds. Then wait until the light is white."
CHARGE = "My tracker does not charge"
CLEAN = "Clean the two contacts of the cradle with a dry cloth. Charge it from a wall plug for an hour."
MORE = "Write down your access data before, because the router forgets them."
AGAINST = "Hold the small reset button at the back for thirty seconds."
WAYS = ("please", "again", "today", "since the update", "at home", "any idea", "help", "urgent")


def asked(title: str, number: int, answer: str, **fields: object) -> Thread:
    """A thread by somebody of its own; without an answer where that is empty."""
    key = f"{title.split()[-1].strip('?')}{number}"
    answers = (answer,) if answer else ()
    made = thread(key, f"{title} {WAYS[number % 8]}", f"{title} I tried it {number + 2} times.", answers, **fields)
    return replace(made, question=replace(made.question, author=author(key)))


RESETS = [asked(RESET, number, HOLD) for number in range(3)]
CHARGES = [asked(CHARGE, number, CLEAN) for number in range(3)]


@pytest.fixture
def kb(tmp_path: Path) -> Workspace:
    """Two problems, three threads each."""
    seconds = count()
    made = Workspace.create(tmp_path / "kb", recipe="small", clock=lambda: f"2026-06-01T12:00:{next(seconds):02}Z")
    add(made, [*RESETS, *CHARGES])
    return made


def add(kb: Workspace, threads: Sequence[Thread]) -> None:
    file = kb.root.parent / "threads.jsonl"
    file.write_bytes(b"".join(records.dumps(each) + b"\n" for each in threads))
    kb.import_threads("jsonl", file, name="forum")
    kb.build()


def approved(kb: Workspace, title: str = RESET) -> Article:
    item = next(each for each in kb.queue() if title[:12] in each.title)
    return kb.approve(item.lineage, editor="ada")


def on(kb: Workspace, article: Article) -> Item | None:
    """What waits on an article."""
    return next((each for each in kb.queue() if each.article == article.id), None)


def test_threads_that_add_nothing_are_no_news(kb: Workspace) -> None:
    """The same question with the same answer: nobody is asked."""
    article = approved(kb)
    add(kb, [asked(RESET, 3, HOLD)])
    assert on(kb, article) is None


def test_new_threads_are_an_update_that_says_what_they_add(kb: Workspace) -> None:
    """The sentence that the article lacks is named with its post, and taken over with its source on one word."""
    article = approved(kb)
    add(kb, [asked(RESET, number, f"{HOLD} {MORE}") for number in (3, 4)])  # it is said twice, and added once
    item = on(kb, article)
    assert item is not None
    assert (item.kind, item.values) == ("update", {"threads": 1, "sentences": 1})
    reasons, additions = kb.proposed(article.slug)
    assert [each.threads for each in reasons] == [("forum:router3",)]
    assert [(each.text, each.post, each.against) for each in additions] == [(MORE, "forum:router3#2", "")]

    mended = kb.accept(article.slug, editor="ada")
    assert mended.body.startswith(article.body)
    assert "## What others found" in mended.body
    key = mended.body.partition(MORE)[2][2:].partition("]")[0]
    assert key not in article.sources
    assert mended.sources[key].post == "forum:router3#2"
    assert on(kb, article) is None
    with pytest.raises(KBError, match="Nothing was proposed"):
        kb.accept(article.slug, editor="ada")


def test_only_what_was_looked_at_is_taken_over(kb: Workspace) -> None:
    """An addition that changed with a build, or with the article, is not: nothing is done, and it waits."""
    article = approved(kb)
    add(kb, [asked(RESET, 3, f"{HOLD} {MORE}")])
    looked_at = {"seen": article.digest, "proposed": proposals.version(kb.proposed(article.slug))}
    add(kb, [asked(RESET, 4, f"{HOLD} Then call the hotline, which is open until eight.")])
    before = next(kb.parts.repository.history()).id
    with pytest.raises(Conflict, match="What is proposed for"):
        kb.accept(article.slug, editor="ada", **looked_at)
    assert (next(kb.parts.repository.history()).id, on(kb, article) is None) == (before, False)
    now = {**looked_at, "proposed": proposals.version(kb.proposed(article.slug))}
    with pytest.raises(Conflict, match="has changed since"):
        kb.accept(article.slug, editor="ada", **{**now, "seen": "0"})
    mended = kb.accept(article.slug, editor="ada", **now)
    assert (MORE in mended.body, "the hotline" in mended.body) == (True, True)


def test_a_dismissed_update_stays_away_for_three_builds(kb: Workspace) -> None:
    """Threads that say the same are not proposed again; one that adds more is. Taken back, it waits again."""
    article = approved(kb)
    add(kb, [asked(RESET, 3, f"{HOLD} {MORE}")])
    kb.dismiss(article.slug, editor="ada", reason="too special")
    for number in (4, 5, 6):
        add(kb, [asked(RESET, number, HOLD)])
        assert on(kb, article) is None
    add(kb, [asked(RESET, 7, f"{HOLD} Afterwards install the newest firmware from the maker's page.")])
    assert (on(kb, article) or Item).kind == "update"
    assert [each.thread for each in kb.proposed(article.id)[1]] == ["forum:router7"]


def test_a_dismissal_that_is_taken_back_asks_again(kb: Workspace) -> None:
    """And a dismissal without a reason is refused."""
    article = approved(kb)
    add(kb, [asked(RESET, 3, f"{HOLD} {MORE}")])
    with pytest.raises(KBError, match="needs a reason"):
        kb.dismiss(article.slug, editor="ada", reason=" ")
    kb.dismiss(article.slug, editor="ada", reason="no")
    kb.undo(article.id, editor="ada")
    assert (on(kb, article) or Item).kind == "update"


def test_a_newer_answer_that_says_otherwise_is_a_contradiction(kb: Workspace) -> None:
    """Both sentences stand beside each other."""
    article = approved(kb)
    add(kb, [asked(RESET, 3, f"{AGAINST} Then wait until the light is white.")])
    item = on(kb, article)
    assert item is not None
    assert item.kind == "contradiction"
    told = [(each.text, each.against) for each in kb.proposed(article.slug)[1]]
    assert told == [(AGAINST, "Hold the small reset button at the back for ten seconds.")]


def test_what_contradicts_an_article_is_never_added_to_it(kb: Workspace) -> None:
    """Nothing of its thread is taken over as it is; what others add is, and the contradiction waits on."""
    article = approved(kb)
    add(kb, [asked(RESET, 3, f"{AGAINST} Then call the hotline, which is open until eight.")])
    with pytest.raises(KBError, match="Nothing was proposed"):
        kb.accept(article.slug, editor="ada")
    add(kb, [asked(RESET, 4, f"{HOLD} {MORE}")])
    mended = kb.accept(article.slug, editor="ada")
    assert (MORE in mended.body, "thirty" in mended.body, "hotline" in mended.body) == (True, False, False)
    assert (on(kb, article) or Item).kind == "contradiction"
    add(kb, [asked(RESET, 5, HOLD)])
    assert (on(kb, article) or Item).kind == "contradiction"
    kb.dismiss(article.slug, editor="ada", reason="another model")
    assert on(kb, article) is None


def test_answers_that_differ_make_a_draft_that_says_so(kb: Workspace) -> None:
    """Two accepted answers, ten seconds and thirty: shown one after the other, marked, never blended."""
    add(kb, [asked(RESET, 3, f"{AGAINST} {MORE}")])
    item = next(each for each in kb.queue() if "reset" in each.title)
    draft = kb.draft(item.lineage)
    assert isinstance(draft, records.Draft)
    assert (item.kind, draft.differ) == ("contradiction", True)
    assert "ten seconds" in draft.body
    marked = [key for key, mark in draft.marks.items() if "contradicts" in mark]
    assert [draft.sources[key].post for key in marked] == ["forum:router3#2"]
    assert f"{AGAINST}[^{marked[0]}]" in draft.body


def test_another_accepted_answer_makes_an_article_outdated(kb: Workspace) -> None:
    """The asker took the mark from the answer that the article rests on."""
    article = approved(kb)
    cited = {source.post.partition("#")[0] for source in article.sources.values()}
    moved = [
        replace(
            each,
            answers=(
                replace(each.answers[0], accepted=False),
                replace(each.answers[0], id=f"{each.id}#9", body=f"Send it in. {MORE}", accepted=True),
            ),
        )
        for each in RESETS
        if each.id in cited
    ]
    add(kb, moved)
    item = on(kb, article)
    assert item is not None
    assert (item.kind, item.values) == ("outdated", {"threads": len(cited)})
    kb.edit(article.slug, editor="ada", body=article.body + "\n\nOr send it in.")
    assert on(kb, article) is None


def test_a_changed_source_makes_an_article_outdated(kb: Workspace) -> None:
    """As before: by its posts."""
    article = approved(kb)
    changed = [replace(each, answers=(replace(each.answers[0], body="Buy another one."),)) for each in RESETS]
    add(kb, changed)
    item = on(kb, article)
    assert item is not None
    assert (item.kind, item.values["gone"]) == ("outdated", 0)
    assert item.posts


def test_an_addition_answers_nothing_else(kb: Workspace) -> None:
    """That another answer is accepted now waits on."""
    article = approved(kb)
    cited = {source.post.partition("#")[0] for source in article.sources.values()}
    other = replace(RESETS[0].answers[0], id="#9", body="Send it in, with the bill.", accepted=True)
    bare = [replace(each, answers=(replace(each.answers[0], accepted=False),)) for each in RESETS if each.id in cited]
    moved = [replace(each, answers=(*each.answers, replace(other, id=f"{each.id}#9"))) for each in bare]
    add(kb, [*moved, asked(RESET, 3, f"{HOLD} {MORE}")])
    assert MORE in kb.accept(article.slug, editor="ada").body
    assert (on(kb, article) or Item).kind == "outdated"


def test_an_article_that_is_still_right_waits_no_more(kb: Workspace) -> None:
    """Whatever its sources say now, and on whatever day it was to be looked at; taken back, it waits again."""
    article = kb.edit(approved(kb).slug, editor="ada", until="2026-06-02T00:00:00Z")
    add(kb, [replace(each, answers=(replace(each.answers[0], body=f"{HOLD} {MORE}"),)) for each in RESETS])
    reasons, _ = kb.proposed(article.slug)
    assert [each.kind for each in reasons] == ["outdated", "verify"]
    done = kb.dismiss(article.slug, editor="ada", reason="it is so")
    assert (on(kb, article), done.reason) == (None, "it is so")
    add(kb, [asked(CHARGE, 5, CLEAN)])
    assert on(kb, article) is None
    kb.undo(article.id, editor="ada")
    assert on(kb, article) is not None


def test_an_article_on_two_problems_is_to_be_split(kb: Workspace) -> None:
    """An editor parted the threads that it cites; answered once, it is not asked again."""
    first, second = ({*each.members} for each in kb.generation.candidates.values())
    kb.merge(list(kb.generation.candidates), editor="ada")
    kb.build()
    lineage = next(iter(kb.generation.candidates))
    draft = kb.draft(lineage)
    assert isinstance(draft, records.Draft)
    body = draft.body + "\n\nClean the two contacts of the cradle with a dry cloth."
    article = kb.approve(lineage, editor="ada", body=body)
    cited = {source.post.partition("#")[0] for source in article.sources.values()}
    other = first if cited & second else second
    source = replace(
        next(iter(article.sources.values())), post=f"{min(other)}#2", digest=thread(answers=(CLEAN,)).digest
    )
    held = replace(article, sources={**article.sources, "p99": source}, body=f"{article.body}[^p99]")
    from kbuilder.review.reasons import of_articles

    kb.split(lineage, sorted(other), editor="ada")
    kb.build()
    candidates = list(kb.generation.candidates.values())
    found = of_articles([held], candidates, [], {}, {}, {})
    assert [each.kind for each in found[article.id]] == ["split"]
    assert set(found[article.id][0].threads) <= {*first, *second}


def test_two_articles_for_one_problem_are_to_be_merged(kb: Workspace) -> None:
    """Their threads became one candidate: the younger article says which one was there before."""
    older, younger = approved(kb, RESET), approved(kb, CHARGE)
    kb.merge([older.lineage, younger.lineage], editor="ada")
    kb.build()
    items = [each for each in kb.queue() if each.kind == "merge"]
    assert [(each.article, each.reasons[-1].article) for each in items] == [(younger.id, older.id)]
    kb.dismiss(younger.slug, editor="ada", reason="two leaflets")
    kb.build()
    assert [each for each in kb.queue() if each.kind == "merge"] == []


def test_what_nobody_answers_waits_for_an_answer(kb: Workspace) -> None:
    """A gap: no draft, with reason and hint; it can be turned down, and goes when somebody answers."""
    bells = [asked("The bell of the gate rings twice", number, "") for number in range(3)]
    add(kb, bells)
    gap = next(each for each in kb.queue() if each.kind == "gap")
    assert (gap.demand.threads, gap.demand.unanswered, gap.values) == (3, 3, {"threads": 3})
    assert isinstance(kb.draft(gap.lineage), records.Refusal)
    with pytest.raises(KBError, match="no draft"):
        kb.approve(gap.lineage, editor="ada")
    kb.reject(gap.lineage, editor="ada", reason="not ours")
    add(kb, [asked(RESET, 3, HOLD)])
    assert not [each for each in kb.queue() if each.kind == "gap"]
    kb.undo(gap.lineage, editor="ada")
    answers = thread("x", answers=("Set the relay to one pulse, and tighten the screw of its lower clamp.",)).answers
    add(kb, [replace(each, answers=tuple(replace(a, id=f"{each.id}#2") for a in answers)) for each in bells])
    assert [each.kind for each in kb.queue() if each.lineage == gap.lineage] == ["create"]
