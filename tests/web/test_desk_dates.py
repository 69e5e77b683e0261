"""The day until which an article holds: set at the desk, told before it comes, and renewed by who looks again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from at_desk import Desk

from kbuilder.records import Article
from kbuilder.review.queue import Item
from kbuilder.workspace import publishing, writing
from kbuilder.workspace.workspace import Workspace


@pytest.fixture(scope="module")
def shared(kb: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(kb.root, tmp_path_factory.mktemp("dates") / "kb")


@pytest.fixture
def desk(shared: Desk) -> Iterator[Desk]:
    """At noon of a day, with all articles as they were when the test began."""
    parts = shared.kb.parts
    parts.clock = lambda: "2026-11-26T12:00:00Z"
    before = parts.head()
    yield shared
    changed = {path for path in before.list("articles") if before.blob(path) != parts.head().blob(path)}
    if changed:
        changes = {path: before.read(path) for path in changed}
        parts.repository.commit(parts.head(), changes, "As it was", "test", "2026-11-26T12:00:00Z")


def keep(desk: Desk, article: Article, **values: str) -> Article:
    sent = {
        "seen": article.digest,
        "until": "",
        "product": article.product,
        "tags": ", ".join(article.tags),
        **values,
    }
    answer = desk.client("editor").submit(f"/desk/articles/{article.id}/details", sent)
    assert answer.headers["location"] == f"/desk/articles/{article.id}?done=saved", answer.text
    return next(each for each in desk.kb.articles() if each.id == article.id)


def waits(desk: Desk, article: Article) -> list[Item]:
    return [each for each in desk.kb.queue() if each.article == article.id and each.kind == "verify"]


def test_details_are_one_commit_and_no_form_more(desk: Desk) -> None:
    """Day, products, topics and state; saved as they were, nothing is committed; what is not asked stays."""
    article, parts = desk.kb.articles()[0], desk.kb.parts
    new = keep(desk, article, until="2027-03-01", product="Hub 2 ,Hub 9", tags="a, b,a", state="not-validated")
    assert (new.valid_until, new.product) == ("2027-03-01T22:59:59Z", "Hub 2, Hub 9")  # midnight in Berlin
    assert (new.tags, new.state, new.verified) == (("a", "b"), "not-validated", article.verified)
    version = next(parts.repository.history())
    assert version.message == f"Change “{article.title}”: valid_until, product, tags, state"
    assert version.author.startswith("The editor")
    page = desk.client("editor").get(f"/desk/articles/{article.id}").text
    assert 'name="until" type="date" value="2027-03-01"' in page
    again = keep(desk, new, until="2027-03-01", product=new.product, state="not-validated")
    assert parts.head().id == version.id
    assert keep(desk, again, until="2027-03-01", state="validated").verified == "2026-11-26T12:00:00Z"


def test_a_state_that_is_not_the_editors_to_give_is_not_given(desk: Desk) -> None:
    """Neither archived nor a draft; and who saw another version is told."""
    article = desk.kb.articles()[0]
    assert keep(desk, article, state="archived").state == article.state
    sent = {"seen": "f" * 64, "until": "2027-01-01"}
    assert desk.client("editor").submit(f"/desk/articles/{article.id}/details", sent).status_code == 409
    sent = {"seen": article.digest, "until": "soon"}
    assert desk.client("editor").submit(f"/desk/articles/{article.id}/details", sent).status_code == 400


def test_a_day_that_is_over_is_a_slip_of_the_pen(desk: Desk) -> None:
    """It is refused, and said; what stood there already and has gone by stops no other change."""
    article, client = desk.kb.articles()[0], desk.client("editor")
    for form in ("details", "still-right"):
        sent = {"seen": article.digest, "until": "2026-11-25"}
        answer = client.submit(f"/desk/articles/{article.id}/{form}", sent)
        assert answer.status_code == 400
        assert "The day 2026-11-25 is over already." in answer.text
    writing.revise(desk.kb.parts, article.id, "ada", why="past", valid_until="2026-11-20T22:59:59Z")
    past = desk.kb.articles()[0]
    assert keep(desk, past, until="2026-11-20", tags="new").valid_until == past.valid_until
    client.submit(f"/desk/articles/{article.id}/still-right", {"until": "2026-11-20"})
    assert desk.kb.articles()[0].valid_until == ""


def test_it_waits_before_its_day_comes(desk: Desk) -> None:
    """From two weeks before on, and says so; the queue at the desk knows it the day it begins."""
    article, parts = desk.kb.articles()[0], desk.kb.parts
    keep(desk, article, until="2026-12-31")
    client = desk.client("editor")
    told = "holds until Dec 31, 2026"
    assert told not in client.get("/desk?kind=verify").text
    parts.clock = lambda: "2026-12-16T22:59:58Z"
    assert waits(desk, article) == []
    parts.clock = lambda: "2026-12-17T22:59:59Z"
    assert waits(desk, article)[0].values == {"day": "2026-12-31"}
    page = desk.client("editor").get("/desk?kind=verify").text
    assert told in page
    assert "To be looked at again" in page
    parts.clock = lambda: "2027-01-01T09:00:00Z"
    assert "held until" in waits(desk, article)[0].why


def test_who_looks_again_renews_it(desk: Desk) -> None:
    """For as long as before, unless another day is chosen; then it waits no more."""
    article, parts = desk.kb.articles()[0], desk.kb.parts
    parts.clock = lambda: "2026-06-01T12:00:00Z"
    desk.kb.edit(article.id, editor="ada", reason="still right", until="2026-12-01T22:59:59Z")  # for 183 days
    parts.clock = lambda: "2026-11-26T12:00:00Z"
    assert len(waits(desk, article)) == 1
    client = desk.client("editor")
    page = client.get(f"/desk/articles/{article.id}/sources").text
    suggested = re.search(r'name="until" type="date" value="([^"]*)"', page)
    assert suggested
    assert suggested[1] == "2027-05-28"
    client.submit(f"/desk/articles/{article.id}/still-right", {"until": suggested[1]})
    new = next(each for each in desk.kb.articles() if each.id == article.id)
    assert (new.valid_until, new.verified) == ("2027-05-28T21:59:59Z", "2026-11-26T12:00:00Z")
    assert waits(desk, article) == []


def test_an_edit_after_its_day_lets_it_hold_again(desk: Desk) -> None:
    """A day that is past is no promise; one that is to come stays."""
    article, parts = desk.kb.articles()[0], desk.kb.parts
    keep(desk, article, until="2026-12-01")
    assert desk.kb.edit(article.id, editor="ada", title="Before").valid_until == "2026-12-01T22:59:59Z"
    parts.clock = lambda: "2026-12-02T12:00:00Z"
    assert desk.kb.edit(article.id, editor="ada", title="After").valid_until == ""
    assert waits(desk, article) == []


def test_it_says_what_readers_do_not_see_yet(desk: Desk) -> None:
    """A verdict waits for the next publish; where another machine publishes, nothing is claimed."""
    article, parts, told = desk.kb.articles()[0], desk.kb.parts, "Waits for the next publish"
    client = desk.client("editor")
    page = f"/desk/articles/{article.id}"
    publishing.publish(parts, "public", lambda *_: None)
    assert told not in client.get(page).text
    keep(desk, article, tags="new, topics")
    assert told in client.get(page).text
    publishing.publish(parts, "public", lambda *_: None)
    assert told not in client.get(page).text
    keep(desk, next(each for each in desk.kb.articles() if each.id == article.id), tags="other")
    shutil.rmtree(parts.site)
    assert told not in client.get(page).text
