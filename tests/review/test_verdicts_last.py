"""What an editor decided once holds through three later builds, each with new threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from factories import author, thread

from kbuilder import Workspace, records
from kbuilder.errors import Conflict, NotFound
from kbuilder.records import Draft, Thread
from kbuilder.review.grouping import NothingToGroup
from kbuilder.review.uniting import Kept
from kbuilder.store import articles as article_files
from kbuilder.workspace import uniting

PROBLEMS = {
    "reset": (
        "How do I reset my router?",
        "Hold the small reset button at the back for ten seconds. Then wait until the light is white.",
    ),
    "charge": (
        "My tracker does not charge",
        "Clean the two contacts of the cradle with a dry cloth. Charge it from a wall plug for an hour.",
    ),
    "port": (
        "Forward a port to my server",
        "Open Internet, then Port forwarding. Choose the server and enter the number of the port.",
    ),
}
WAYS = ("please", "again", "today", "since the update", "at home", "any idea", "help", "urgent")


def asked(problem: str, number: int, when: str = "2025-01-01T00:00:00Z") -> Thread:
    """The same problem once more, by somebody else and in a few other words."""
    title, answer = PROBLEMS[problem]
    made = thread(
        f"{problem}{number}", f"{title} {WAYS[number % 8]}", f"{title} I tried it {number + 2} times.", (answer,)
    )
    return replace(made, question=replace(made.question, created=when, author=author(f"{problem}{number}")))


@pytest.fixture
def kb(tmp_path: Path) -> Workspace:
    """Three problems, three threads each."""
    seconds = count()
    made = Workspace.create(tmp_path / "kb", recipe="small", clock=lambda: f"2026-06-01T12:00:{next(seconds):02}Z")
    add(made, [asked(problem, number) for problem in PROBLEMS for number in range(3)])
    return made


def add(kb: Workspace, threads: list[Thread]) -> None:
    file = kb.root.parent / "threads.jsonl"
    file.write_bytes(b"".join(records.dumps(each) + b"\n" for each in threads))
    kb.import_threads("jsonl", file, name="forum")
    kb.build()


def later(kb: Workspace, when: str = "2026-07-01T00:00:00Z") -> Iterator[None]:
    """Three builds, each with a new thread for every problem."""
    for number in (3, 4, 5):
        add(kb, [asked(problem, number, when) for problem in PROBLEMS])
        yield


def holder(kb: Workspace, name: str) -> records.Candidate:
    """The candidate with a thread, by the thread's key."""
    return next(each for each in kb.generation.candidates.values() if f"forum:{name}" in each.members)


def lineages(kb: Workspace) -> set[str]:
    return {item.lineage for item in kb.queue() if item.kind == "create"}


def test_the_fixture_has_three_candidates(kb: Workspace) -> None:
    """Without a verdict each problem is one, and grows with its new threads."""
    assert len({holder(kb, f"{problem}0").lineage for problem in PROBLEMS}) == 3
    for number, _ in enumerate(later(kb), 4):
        assert [len(each.members) for each in kb.generation.candidates.values()] == [number] * 3


def test_merged_candidates_stay_one(kb: Workspace) -> None:
    """Their threads, and what comes to either, are one candidate that is asked about; the first one's id goes on."""
    first, second = holder(kb, "reset0").lineage, holder(kb, "charge0").lineage
    kb.merge([first, second], editor="ada", reason="one leaflet")
    assert not lineages(kb) & {first, second}
    with pytest.raises(Conflict, match="belong together"):
        kb.approve(first, editor="bea")
    for _ in later(kb):
        assert {f"forum:{problem}{n}" for problem in ("reset", "charge") for n in range(3)} <= {
            *holder(kb, "reset0").members
        }
        assert holder(kb, "reset0").lineage == first
        assert first in lineages(kb)


def test_what_was_merged_with_a_choice_stays_one(kb: Workspace) -> None:
    """One verdict makes the article and brings the threads together; taken back, each problem waits by itself."""
    first, second = holder(kb, "reset0").lineage, holder(kb, "charge0").lineage
    kept = Kept("Both", (frozenset({0}), frozenset({0})), ())
    article = uniting.into_candidate(kb.parts, first, second, kept, "ada", seen=("", ""), state="validated")
    for _ in later(kb):
        assert {f"forum:{problem}{n}" for problem in ("reset", "charge") for n in range(3)} <= {
            *holder(kb, "reset0").members
        }
        assert not lineages(kb) & {first, second}
    kb.undo(article.id, editor="bea")
    kb.build()
    assert kb.articles() == []
    assert holder(kb, "reset0").lineage != holder(kb, "charge0").lineage
    assert {holder(kb, f"{problem}0").lineage for problem in ("reset", "charge")} <= lineages(kb)


def test_what_an_article_answers_already_is_not_asked_again(kb: Workspace) -> None:
    """A candidate that was merged into an article leaves the queue, with all that comes to it."""
    article = kb.approve(holder(kb, "reset0").lineage, editor="ada")
    kb.merge([holder(kb, "charge0").lineage], article=article.slug, editor="ada")
    for _ in later(kb):
        assert holder(kb, "charge0").lineage not in lineages(kb)
        assert kb.articles() == [article]
    kb.undo(holder(kb, "charge0").lineage, editor="ada")
    assert kb.articles() == [article]


def test_split_threads_stay_apart(kb: Workspace) -> None:
    """What was taken out is a candidate of its own, and both are asked about."""
    kb.split(holder(kb, "reset0").lineage, ["forum:reset1", "forum:reset2"], editor="ada")
    for _ in later(kb):
        one, other = holder(kb, "reset0"), holder(kb, "reset1")
        assert one.lineage != other.lineage
        assert "forum:reset2" in other.members
        assert {one.lineage, other.lineage} <= lineages(kb)


def test_linked_threads_stay_together(kb: Workspace) -> None:
    """Whatever they are about."""
    kb.must_link(["forum:reset0", "forum:port0"], editor="ada")
    for _ in later(kb):
        assert "forum:port0" in holder(kb, "reset0").members


def test_unlinked_threads_stay_apart(kb: Workspace) -> None:
    """However alike they are, and whatever else comes to them."""
    kb.cannot_link(["forum:reset0", "forum:reset1"], editor="ada")
    for _ in later(kb):
        assert "forum:reset1" not in holder(kb, "reset0").members


def test_a_rejected_candidate_stays_away_until_it_has_grown_by_half(kb: Workspace) -> None:
    """With one thread more it is the same; with two it returns, and says how it has changed."""
    rejected = holder(kb, "reset0").lineage
    kb.reject(rejected, editor="ada", reason="stands in the manual")
    seen = [[item for item in kb.queue() if item.lineage == rejected] for _ in later(kb)]
    assert seen[0] == []
    assert [item.values for item in seen[1] + seen[2]] == [
        {"added": 2, "removed": 0, "threads": 5},
        {"added": 3, "removed": 0, "threads": 6},
    ]
    assert all("rejected before" in item.why for item in seen[1] + seen[2])


@pytest.mark.parametrize(("when", "back"), [("2020-01-01T00:00:00Z", False), ("2026-07-01T00:00:00Z", True)])
def test_an_expired_candidate_returns_when_it_is_asked_anew(kb: Workspace, when: str, back: bool) -> None:
    """Old threads that were found late do not bring it back; a new question does, and it says so."""
    expired = holder(kb, "reset0").lineage
    kb.expire(expired, editor="ada", reason="the last one was sold in 2019")
    assert expired not in lineages(kb)
    for _ in later(kb, when):
        found = [item for item in kb.queue() if item.lineage == expired]
        assert [bool(item.why) for item in found] == [True] * back


def test_a_day_in_the_future_brings_no_expired_candidate_back(kb: Workspace) -> None:
    """Nobody has asked since; whoever does so brings it back, and the list says how many threads are new."""
    add(kb, [asked("reset", 8, "2031-01-01T00:00:00Z")])
    expired = holder(kb, "reset8").lineage
    kb.expire(expired, editor="ada")
    add(kb, [asked("port", 8)])
    assert expired not in lineages(kb)
    add(kb, [asked("reset", 9, "2026-07-01T00:00:00Z")])
    (item,) = (item for item in kb.queue() if item.lineage == expired)
    assert item.values == {"threads": 5, "added": 1}


def test_an_expired_article_is_archived_and_its_problem_not_asked_again(kb: Workspace) -> None:
    """It stays in git, on no page, and comes back as it was when that is taken back."""
    article = kb.approve(holder(kb, "reset0").lineage, editor="ada")
    kb.publish()
    kb.expire(article.slug, editor="ada")
    for _ in later(kb):
        assert article.lineage not in lineages(kb)
        assert kb.publish().articles == 0
        assert [each.state for each in kb.articles()] == ["archived"]
    kb.undo(article.id, editor="ada")
    assert kb.publish().articles == 1
    assert [(each.state, each.valid_until) for each in kb.articles()] == [("validated", "")]


GROUPINGS: dict[str, Callable[[Workspace], records.Decision]] = {
    "pin": lambda kb: kb.pin("forum:port0", holder(kb, "reset0").lineage, editor="ada"),
    "merge": lambda kb: kb.merge([holder(kb, f"{p}0").lineage for p in ("reset", "port")], editor="ada"),
    "split": lambda kb: kb.split(holder(kb, "reset0").lineage, ["forum:reset1"], editor="ada"),
    "must-link": lambda kb: kb.must_link(["forum:reset0", "forum:port0"], editor="ada"),
    "cannot-link": lambda kb: kb.cannot_link(["forum:reset0", "forum:reset1"], editor="ada"),
}


@pytest.mark.parametrize("verdict", GROUPINGS)
def test_what_was_taken_back_stays_taken_back(kb: Workspace, verdict: str) -> None:
    """Named by its id, a verdict on belonging together leaves no trace: three problems are three again."""
    decision = GROUPINGS[verdict](kb)
    assert decision.verdict == verdict
    kb.build()
    assert [len(each.members) for each in kb.generation.candidates.values()] != [3] * 3
    kb.undo(decision.id, editor="ada")
    for number, _ in enumerate(later(kb), 4):
        assert [len(each.members) for each in kb.generation.candidates.values()] == [number] * 3
        assert len(lineages(kb)) == 3


def test_verdicts_of_one_second_are_taken_back_in_their_order(tmp_path: Path) -> None:
    """However their digests sort: each undo takes the newest verdict that still stands."""
    kb = Workspace.create(tmp_path / "kb", recipe="small", clock=lambda: "2026-06-01T12:00:00Z")
    add(kb, [asked("reset", number) for number in range(3)])
    article = kb.approve(holder(kb, "reset0").lineage, editor="ada")
    titles = [f"Reset the router, version {number}" for number in range(8)]
    for title in titles:
        kb.edit(article.id, editor="ada", title=title)
    taken = []
    for expected in reversed([article.title, *titles[:-1]]):
        taken.append(kb.undo(article.id, editor="ada").undoes)
        assert [each.title for each in kb.articles()] == [expected]
    held = {each.id: each.nth for each in kb.parts.decided.decisions(kb.parts.head())}
    assert [held[name] for name in taken] == list(range(8, 0, -1))
    assert sorted(held.values()) == list(range(17))


def test_taking_an_earlier_verdict_back_loses_no_later_change(kb: Workspace) -> None:
    """It is refused until what came later is taken back: an edit at the desk, and one by hand in git."""
    article = kb.approve(holder(kb, "reset0").lineage, editor="ada")
    approval = kb.parts.decided.decisions(kb.parts.head())[-1].id
    kb.edit(article.id, editor="ada", title="First")
    first = kb.parts.decided.decisions(kb.parts.head())[-1].id
    kb.edit(article.id, editor="bea", title="Second")
    for earlier in (approval, first):
        with pytest.raises(Conflict, match="would lose the change"):
            kb.undo(earlier, editor="ada")
        assert [each.title for each in kb.articles()] == ["Second"]
    kb.undo(article.id, editor="bea")
    kb.undo(first, editor="ada")
    assert [each.title for each in kb.articles()] == [article.title]
    path = article_files.path(article)
    by_hand = (kb.parts.head().read(path) or b"").replace(b"ten seconds", b"twelve seconds")
    kb.parts.repository.commit(kb.parts.head(), {path: by_hand}, "By hand", "ada", kb.parts.clock())
    with pytest.raises(Conflict, match="would lose the change"):
        kb.undo(approval, editor="ada")
    assert "twelve seconds" in kb.articles()[0].body


def test_a_merge_into_an_article_is_taken_back_by_what_was_merged(kb: Workspace) -> None:
    """An editor names the candidate that they merged; its problem is its own again."""
    article = kb.approve(holder(kb, "reset0").lineage, editor="ada")
    merged = holder(kb, "port0").lineage
    done = kb.merge([merged], article=article.slug, editor="ada")
    assert kb.undo(merged, editor="ada").undoes == done.id
    kb.build()
    assert holder(kb, "port0").lineage == merged


def test_verdicts_find_their_candidates_without_the_ledger(kb: Workspace) -> None:
    """On a machine where only git is left, ids are those that editors' verdicts name."""
    rejected, expired = holder(kb, "reset0").lineage, holder(kb, "charge0").lineage
    kb.reject(rejected, editor="ada", reason="no")
    kb.expire(expired, editor="ada")
    next(later(kb, "2020-01-01T00:00:00Z"))
    kb.parts.database.write_ledger([])
    add(kb, [asked("port", 9)])
    assert (holder(kb, "reset0").lineage, holder(kb, "charge0").lineage) == (rejected, expired)
    assert not lineages(kb) & {rejected, expired}


def test_a_verdict_that_groups_nothing_is_refused(kb: Workspace) -> None:
    """One candidate alone, all of its threads, threads of another, a thread that nobody knows."""
    lineage = holder(kb, "reset0").lineage
    for wrong in (
        lambda: kb.merge([lineage, lineage], editor="ada"),
        lambda: kb.split(lineage, [], editor="ada"),
        lambda: kb.split(lineage, holder(kb, "reset0").members, editor="ada"),
        lambda: kb.split(lineage, ["forum:port0"], editor="ada"),
        lambda: kb.must_link(["forum:reset0"], editor="ada"),
        lambda: kb.cannot_link([], editor="ada"),
    ):
        with pytest.raises(NothingToGroup):
            wrong()
    with pytest.raises(NotFound, match="forum:nobody"):
        kb.must_link(["forum:reset0", "forum:nobody"], editor="ada")
    assert kb.parts.head().list("decisions") == []


def test_drafts_of_what_was_merged_hold_both(kb: Workspace) -> None:
    """The candidate that a merge makes is drafted from all of its threads."""
    kb.merge([holder(kb, "reset0").lineage, holder(kb, "charge0").lineage], editor="ada")
    kb.build()
    draft = kb.draft(holder(kb, "reset0").lineage)
    assert isinstance(draft, Draft)
    cited = {source.post.partition("#")[0] for source in draft.sources.values()}
    assert any("reset" in name for name in cited)
    assert any("charge" in name for name in cited)


def test_linked_languages_become_translations(kb: Workspace) -> None:
    """Two drafts, one a language; once both are approved the articles name each other."""
    answer = "Halten Sie die kleine Taste auf der Rückseite zehn Sekunden lang gedrückt, bis die Lampe weiß wird."
    german = thread("rueck", "Router zurücksetzen", "Wie geht das?", (answer,))
    add(kb, [replace(german, language="de")])
    assert holder(kb, "rueck").translations == ()
    kb.must_link(["forum:rueck", "forum:reset1"], editor="ada")
    for _ in later(kb):
        here, there = holder(kb, "reset0"), holder(kb, "rueck")
        assert (here.translations, there.translations) == ((there.lineage,), (here.lineage,))
    first = kb.approve(here.lineage, editor="ada")
    second = kb.approve(there.lineage, editor="ada")
    known = {each.id: each.translations for each in kb.articles()}
    assert known == {first.id: {"de": second.id}, second.id: {"en": first.id}}
    assert kb.check() == []
    kb.undo(there.lineage, editor="ada")
    assert [(each.id, each.translations) for each in kb.articles()] == [(first.id, {})]
    assert kb.check() == []
    kb.undo(here.lineage, editor="ada")
    assert kb.articles() == []


def moved(kb: Workspace) -> records.Decision:
    """A tracker's thread is put to the routers."""
    return kb.pin("forum:charge0", holder(kb, "reset0").lineage, editor="ada", reason="their router is off")


def test_a_pinned_thread_does_not_move(kb: Workspace) -> None:
    """It stays with the candidate that it was put to, and with its id, without the ledger, too."""
    home = holder(kb, "reset0").lineage
    moved(kb)
    assert home not in lineages(kb)  # until the next build
    for _ in later(kb):
        found = holder(kb, "charge0")
        assert found.lineage == home
        assert {"forum:reset0", "forum:reset1", "forum:reset2"} <= {*found.members}
        assert found.pinned["forum:charge0"] == "ada"
        kb.parts.database.write_ledger([])
    assert [each.pinned for each in kb.explain(home).members if each.id in ("forum:charge0", "forum:reset5")] == [
        "ada",
        "",
    ]
    kb.unpin("forum:charge0", editor="bea")
    kb.build()
    assert holder(kb, "charge0").lineage == holder(kb, "charge1").lineage != home
    with pytest.raises(NotFound, match="not pinned"):
        kb.unpin("forum:charge0", editor="bea")


def test_a_pin_that_another_verdict_denies_is_refused(kb: Workspace) -> None:
    """Pinned elsewhere, told apart, kept together with others: who said so is told, and nothing is lost."""
    home, other = holder(kb, "reset0").lineage, holder(kb, "port0").lineage
    kb.cannot_link(["forum:port1", "forum:reset0"], editor="bea")
    kb.must_link(["forum:charge1", "forum:charge2"], editor="bea")
    pin = moved(kb)
    for named, lineage, why in (
        ("forum:charge0", other, f"pinned to {home} already, by ada"),
        ("forum:charge0", home, "already"),
        ("forum:port1", home, "bea said otherwise of forum:port1: cannot-link"),
        ("forum:charge1", home, "must-link"),
        ("forum:reset1", other, rf"pin \({pin.id}\)"),
    ):
        with pytest.raises(Conflict, match=why):
            kb.pin(named, lineage, editor="cy")
    kb.pin("forum:reset1", home, editor="cy")  # what is pinned to the same candidate is no contradiction
    add(kb, [replace(thread("rueck"), language="de"), replace(thread("talk"), style="discussion")])
    for name in ("forum:rueck", "forum:talk"):
        with pytest.raises(NothingToGroup):
            kb.pin(name, home, editor="cy")
    with pytest.raises(NotFound):
        kb.pin("forum:nobody", home, editor="cy")
    held = kb.parts.decided.decisions(kb.parts.head())
    assert [each.verdict for each in held] == ["cannot-link", "must-link", "pin", "pin"]
