"""What waits for editors, and what their verdicts make."""

from __future__ import annotations

import pytest

from kbuilder.errors import Conflict, KBError, NotFound
from kbuilder.records import Article, Candidate, Citation, Decision, Demand, Draft
from kbuilder.review import reasons, sources, standing, verdicts
from kbuilder.review.provenance import UnknownReference, checked
from kbuilder.review.queue import Item, queue

NOW, LATER = "2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z"
BODY = "## Solution\n\nHold the button for ten seconds.[^p1] Then wait a minute.[^p2]"


def candidate(lineage: str = "aaa", members: tuple[str, ...] = ("forum:1", "forum:2"), score: float = 1) -> Candidate:
    demand = Demand(threads=len(members), askers=1, views=1, recent=0, last=NOW, score=score)
    return Candidate(
        lineage=lineage,
        members=members,
        representative=members[0],
        language="en",
        cohesion=1.0,
        demand=demand,
        phrasings=("How?",),
    )


def draft(lineage: str = "aaa", body: str = BODY) -> Draft:
    cited = {
        key: Citation(post="forum:1#2", start=0, end=9, digest="d", author="ada", licence="CC0-1.0")
        for key in ("p1", "p2")
    }
    return Draft(lineage=lineage, title="How do I reset it?", language="en", body=body, sources=cited)


def approved(**fields: str) -> verdicts.Verdict:
    return verdicts.approve(draft(), candidate(), (), "ada", NOW, **fields)


def article() -> Article:
    made = approved().article
    assert made is not None
    return made


def waiting(*decisions: Decision, members: tuple[str, ...] = ("forum:1", "forum:2"), body: str = BODY) -> list[Item]:
    return queue([candidate(members=members)], {"aaa": draft(body=body)}, decisions, [])


def test_the_most_wanted_waits_first() -> None:
    """By demand, then by id; refused drafts do not wait."""
    both = [candidate("bbb", score=5), candidate("aaa", score=1), candidate("ccc", score=5)]
    drafts = {each.lineage: draft(each.lineage) for each in both}
    assert [item.lineage for item in queue(both, drafts, [], [])] == ["bbb", "ccc", "aaa"]


def test_what_was_approved_waits_no_more() -> None:
    """Neither by its decision nor by its article."""
    assert waiting(approved().decision) == []
    assert queue([candidate()], {"aaa": draft()}, [], [article()]) == []
    assert len(waiting()) == 1


def test_a_rejected_candidate_returns_only_when_changed() -> None:
    """The same again stays away; grown by half and drafted anew it returns, and says how."""
    no = verdicts.reject(draft(), candidate(), "ada", NOW, "off topic").decision
    assert waiting(no) == []
    assert waiting(no, body=BODY + " More.[^p1]") == []
    grown = waiting(no, members=("forum:1", "forum:2", "forum:3"), body=BODY + " More.[^p1]")
    assert [item.values["added"] for item in grown] == [1]
    assert "{added}" in grown[0].why


def test_a_decision_finds_its_candidate_by_its_threads() -> None:
    """With a lost ledger the same threads have another id, and still are not asked again."""
    no = verdicts.reject(draft(), candidate(), "ada", NOW, "off topic").decision
    moved = [candidate("zzz")]
    assert queue(moved, {"zzz": draft("zzz")}, [no], []) == []


def test_an_approval_carries_sources_and_says_who_and_what() -> None:
    """The article holds the draft; the decision names draft, threads and editor."""
    made = approved()
    assert made.article is not None
    assert (made.article.body, made.article.sources) == (BODY, draft().sources)
    assert (made.article.state, made.article.verified) == ("validated", NOW)
    assert made.decision.verdict == "approve"
    assert (made.decision.draft, made.decision.members) == (draft().digest, ("forum:1", "forum:2"))
    assert approved(title="Another title").decision.verdict == "edit"


def test_slugs_do_not_collide() -> None:
    """The second article of a name gets a number."""
    made = verdicts.approve(draft(), candidate(), {"how-do-i-reset-it"}, "ada", NOW)
    assert made.article is not None
    assert made.article.slug == "how-do-i-reset-it-2"


def test_a_draft_that_changed_is_a_conflict() -> None:
    """What the editor did not see is not approved."""
    with pytest.raises(Conflict):
        approved(seen="another digest")
    assert approved(seen=draft().digest).article is not None


def test_an_edited_sentence_keeps_its_source_while_it_is_supported() -> None:
    """Nearly the same words keep it; other words, another number or a negation become editorial."""
    kept = verdicts.edit(article(), "ada", LATER, body="Hold the button for ten full seconds.[^p1]").article
    lost = verdicts.edit(article(), "ada", LATER, body="Throw it away and buy another one.[^p1]").article
    turned = verdicts.edit(article(), "ada", LATER, body="Do not hold the button for ten seconds.[^p1]").article
    assert kept is not None
    assert lost is not None
    assert turned is not None
    assert "[^p1]" in kept.body
    assert set(kept.sources) == {"p1"}
    assert lost.sources == {}
    assert "[^p1]" not in turned.body
    assert (kept.slug, kept.created, kept.updated) == (article().slug, NOW, LATER)


def test_references_to_nothing_are_refused() -> None:
    """A body cannot cite what the draft does not have; the names are told."""
    with pytest.raises(UnknownReference, match="p9"):
        approved(body="Hold it.[^p9]")
    with pytest.raises(UnknownReference, match="zz"):
        approved(body="Hold it.[^zz] Then wait.[^p2]")


def test_what_only_looks_like_a_reference_and_stood_there_stays() -> None:
    """Such as a note of whoever wrote the post; in code it is no reference either."""
    checked("Hold it.[^1] Write `[^zz]`.", {}, "Hold.[^1]")
    with pytest.raises(UnknownReference, match="2"):
        checked("Hold it.[^1] Wait.[^2]", {}, "Hold.[^1]")


def test_a_rejection_needs_a_reason() -> None:
    """Whoever meets it again must know why."""
    with pytest.raises(KBError, match="reason"):
        verdicts.reject(draft(), candidate(), "ada", NOW, "  ")


def test_each_verdict_can_be_taken_back() -> None:
    """An approval's article goes, an edit's is as before, a rejected candidate waits again."""
    yes = approved().decision
    back = verdicts.undo([yes], "aaa", "bea", LATER, article=article())
    assert back.removed == article()
    assert waiting(yes, back.decision) != []
    no = verdicts.reject(draft(), candidate(), "ada", NOW, "no").decision
    again = verdicts.undo([no], "aaa", "bea", LATER)
    assert waiting(no, again.decision) != []
    change = verdicts.edit(article(), "ada", LATER, title="Other")
    restored = verdicts.undo(
        [yes, change.decision], article().id, "bea", LATER, article=change.article, before=article()
    )
    assert restored.article is not None
    assert restored.article.title == article().title


def test_nothing_is_taken_back_twice() -> None:
    """An undone verdict does not stand any more."""
    yes = approved().decision
    back = verdicts.undo([yes], "aaa", "bea", LATER, article=article()).decision
    assert standing.standing([yes, back]) == []
    with pytest.raises(NotFound):
        verdicts.undo([yes, back], "aaa", "bea", LATER)


def test_changed_and_gone_sources_wait_as_outdated() -> None:
    """The article comes before new candidates, with the posts concerned."""
    found = sources.stale([article()], {"forum:1#2": "other words"})
    assert found[article().id].changed == ("forum:1#2",)
    told = reasons.of_articles([article()], [candidate("bbb")], [], found, {}, {})
    items = queue([candidate("bbb")], {"bbb": draft("bbb")}, [], [article()], told)
    assert [(item.kind, item.article) for item in items] == [("outdated", article().id), ("create", "")]
    assert items[0].values == {"changed": 1, "gone": 0}
    assert sources.stale([article()], {"forum:9#1": "x"})[article().id].gone == ("forum:1#2",)
    assert sources.stale([article()], {"forum:1#2": "d"}) == {}


def test_a_source_that_was_never_imported_here_is_not_gone() -> None:
    """On another machine nothing is known of it, and nothing is claimed."""
    assert sources.stale([article()], {}, sources={"other"}) == {}
    assert sources.states(sources.stale([article()], {}, sources={"forum"})) == [
        {"post": "forum:1#2", "state": "gone"}
    ]


def test_ids_of_decisions_differ() -> None:
    """Two verdicts in one second on two candidates are two files."""
    other = verdicts.reject(draft("bbb"), candidate("bbb"), "ada", NOW, "no").decision
    assert other.id != verdicts.reject(draft(), candidate(), "ada", NOW, "no").decision.id
