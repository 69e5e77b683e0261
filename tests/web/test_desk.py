"""Verdicts, articles and work at the desk, by forms as a browser without scripts sends them."""

from __future__ import annotations

import csv
import dataclasses
import html
import io
import re
import subprocess
from pathlib import Path
from typing import Any

import factories
import pytest
from at_desk import Browser, Desk
from hypothesis import given
from hypothesis import strategies as st

from kbuilder import records
from kbuilder.index.lexical import open_words, stems, write_words
from kbuilder.records import Article, Decision, Draft, Parting
from kbuilder.review import queue
from kbuilder.review.uniting import sections
from kbuilder.store import articles as article_files
from kbuilder.store.people import Handled
from kbuilder.store.remote import Unreached
from kbuilder.web.desk import alike, diff, marking
from kbuilder.web.desk import candidate as shown
from kbuilder.web.desk.figures import safe, summary
from kbuilder.web.desk.shelf import View, after
from kbuilder.workspace import people, proposals, pushing, reviewing, writing
from kbuilder.workspace.workspace import Workspace


@pytest.fixture
def desk(kb: Workspace, tmp_path: Path) -> Desk:
    return Desk(kb.root, tmp_path / "kb")


def waiting(desk: Desk, number: int = 0, members: int = 1) -> str:
    """The lineage of a candidate with a draft, by its place in the queue."""
    known = desk.kb.generation.candidates
    drafted = [item for item in desk.kb.queue() if not item.article and item.kind != "gap"]
    return [item.lineage for item in drafted if len(known[item.lineage].members) >= members][number]


def decisions(desk: Desk) -> list[Decision]:
    parts = desk.kb.parts
    return parts.decided.decisions(parts.head())


def decided(desk: Desk, verdict: str) -> Decision:
    """The newest decision of a kind: several may be of the same second."""
    return [each for each in decisions(desk) if each.verdict == verdict][-1]


def draft_of(desk: Desk, lineage: str) -> Draft:
    found = desk.kb.draft(lineage)
    assert isinstance(found, Draft)
    return found


def article_of(desk: Desk, lineage: str) -> Article:
    return next(each for each in desk.kb.articles() if each.lineage == lineage)


def head(desk: Desk) -> Any:
    return next(desk.kb.parts.repository.history())


# Verdicts


def test_what_waits_is_the_same_however_it_is_found(desk: Desk) -> None:
    """The queue keeps what nobody has judged; with verdicts of each kind it is what it would be found anew."""
    parts, built = desk.kb.parts, desk.kb.generation
    desk.kb.approve(waiting(desk), editor="ada")
    desk.kb.reject(waiting(desk), editor="ada", reason="no")
    several = waiting(desk, members=2)
    desk.kb.split(several, built.candidates[several].members[:1], editor="ada")
    tree = parts.head()
    candidates, articles = list(built.candidates.values()), parts.decided.articles(tree)
    known = parts.decided.decisions(tree)
    reasons = proposals.on_articles(parts, tree, built, articles)
    anew = queue.queue(candidates, built.drafts, known, articles, reasons, reviewing._moving(built, known))
    assert desk.kb.queue() == anew
    assert len(anew) < len(built.unjudged)


def test_approving_is_one_commit_and_shows_the_next(desk: Desk) -> None:
    """The author is the editor's pseudonym; one press, and the next of the queue is there with the way back."""
    client = desk.client("editor", pseudonym="Quill")
    lineage, following = waiting(desk), waiting(desk, 1)
    before = head(desk).id
    page = client.get(f"/desk/candidates/{lineage}").text
    assert f'name="seen" value="{draft_of(desk, lineage).digest}"' in page
    answer = client.submit(f"/desk/candidates/{lineage}/approve", {"seen": draft_of(desk, lineage).digest})
    assert answer.headers["location"].startswith(f"/desk/candidates/{following}?done=approved")
    assert (head(desk).parent, head(desk).author.partition(" <")[0]) == (before, "Quill")
    assert article_of(desk, lineage).body == draft_of(desk, lineage).body
    told = client.get(answer.headers["location"]).text
    assert f'action="/desk/candidates/{lineage}/undo"' in told
    back = client.submit(f"/desk/candidates/{lineage}/undo")
    assert back.headers["location"] == f"/desk/candidates/{lineage}?done=undone"
    assert [each for each in desk.kb.articles() if each.lineage == lineage] == []
    assert waiting(desk) == lineage


def test_a_draft_that_changed_meanwhile_is_not_approved(desk: Desk) -> None:
    """What was seen is what is approved, or nothing."""
    answer = desk.client("editor").submit(f"/desk/candidates/{waiting(desk)}/approve", {"seen": "other"})
    assert answer.status_code == 409


def test_rejecting_needs_a_reason_and_keeps_it(desk: Desk) -> None:
    """It stands in the decision; the candidate is gone from the queue, and its page tells why, with the way back."""
    client, lineage = desk.client("editor"), waiting(desk)
    assert client.submit(f"/desk/candidates/{lineage}/reject").status_code == 400
    client.submit(f"/desk/candidates/{lineage}/reject", {"kind": "Out of date", "reason": "since  2024"})
    assert decided(desk, "reject").reason == "Out of date: since 2024"
    assert lineage not in {item.lineage for item in desk.kb.queue()}
    page = client.get(
        f"/desk/candidates/{lineage}"
    ).text  # who finds it later sees who, when and why, and the way back
    assert "Rejected – Out of date: since 2024" in page
    assert f'action="/desk/candidates/{lineage}/undo"' in page

    assert client.submit(f"/desk/candidates/{lineage}/undo").status_code == 303
    assert lineage in {item.lineage for item in desk.kb.queue()}
    assert client.submit(f"/desk/candidates/{lineage}/undo").status_code == 404


def test_merging_and_splitting_are_kept_for_the_next_build(desk: Desk) -> None:
    """Candidates into one, into an article, and threads apart; the editor's reason with each."""
    client = desk.client("editor")
    one, two = waiting(desk), waiting(desk, 1)
    client.submit(f"/desk/candidates/{one}/merge", {"with": two, "reason": "the same"})
    last = decided(desk, "merge")
    assert last.reason == "the same"
    gone_in = desk.kb.generation.candidates[two].phrasings[0]
    for each, other in ((one, gone_in), (two, draft_of(desk, one).title)):
        page = html.unescape(client.get(f"/desk/candidates/{each}").text)
        assert f'action="/desk/candidates/{each}/undo"' in page
        met = re.sub("<.*?>", "", page.partition("Together with:")[2].partition("</p>")[0])
        assert met.strip() == other
    assert set(last.members) == {
        *desk.kb.generation.candidates[one].members,
        *desk.kb.generation.candidates[two].members,
    }
    large = waiting(desk, members=2)
    apart = desk.kb.generation.candidates[large].members[0]
    client.submit(f"/desk/candidates/{large}/split", {"thread": apart})
    assert decided(desk, "split").members == (apart,)
    assert client.submit(f"/desk/candidates/{waiting(desk)}/split", {"thread": []}).status_code == 400
    article, third = desk.kb.articles()[0], waiting(desk)
    client.submit(f"/desk/candidates/{third}/merge", {"article": article.id})
    assert article.id in {each.article for each in decisions(desk) if each.verdict == "merge"}


def test_merging_as_a_browser_sends_it(desk: Desk) -> None:
    """A ticked candidate beside the empty field for an address; and the address of a candidate, or of an article."""
    client = desk.client("editor")
    one, two = waiting(desk), waiting(desk, 1)
    answer = client.submit(f"/desk/candidates/{one}/merge", {"with": [two, ""]})
    assert answer.status_code == 303
    members = desk.kb.generation.candidates
    assert set(decided(desk, "merge").members) == {*members[one].members, *members[two].members}
    told = client.get(answer.headers["location"]).text
    assert f"<q>{draft_of(desk, one).title}</q>" in html.unescape(told)
    one, two = waiting(desk), waiting(desk, 1)
    client.submit(f"/desk/candidates/{one}/merge", {"with": f"http://127.0.0.1:8000/desk/candidates/{two}?of=x"})
    assert set(decided(desk, "merge").members) == {*members[one].members, *members[two].members}
    article = desk.kb.articles()[1]
    client.submit(f"/desk/candidates/{waiting(desk)}/merge", {"with": f"/desk/articles/{article.id}/history"})
    assert decided(desk, "merge").article == article.id
    assert client.submit(f"/desk/candidates/{waiting(desk)}/merge", {"with": "../../etc"}).status_code == 404


def test_what_is_kept_is_chosen_before_the_merge(desk: Desk) -> None:
    """Two drafts become one article of what is ticked, each sentence with its source, and neither waits any more."""
    client = desk.client("editor")
    english = [item.lineage for item in desk.kb.queue() if item.kind == "create" and item.language == "en"]
    one, other = english[:2]
    drafts = draft_of(desk, one), draft_of(desk, other)
    answer = client.submit(f"/desk/candidates/{one}/merge", {"with": other, "choose": "yes"})
    page = html.unescape(client.get(answer.headers["location"]).text)
    assert all(each.title in page for each in drafts)
    told = [number for number, each in enumerate(sections(drafts[0].body)) if each.content]
    assert [int(each) for each in re.findall(r'name="keep" value="one-(\d+)" checked', page)] == told
    assert not re.search(r'name="keep" value="other-\d+" checked', page)
    last = len(sections(drafts[1].body)) - 1
    data = {"into": other, "seen-one": drafts[0].digest, "seen-other": drafts[1].digest, "title": "other"}
    data |= {"keep": ["one-0", f"other-{last}"], "asked": [drafts[0].title]}
    assert client.submit(f"/desk/candidates/{one}/keep", data | {"title": "x"}).status_code == 422
    assert client.submit(f"/desk/candidates/{one}/keep", data | {"seen-other": "0"}).status_code == 409
    done = client.submit(f"/desk/candidates/{one}/keep", {**data, "of": "kind=create"})
    assert 'href="/desk?kind=create"' in client.get(done.headers["location"]).text
    back = client.get(answer.headers["location"]), client.get(f"/desk/candidates/{one}/edit")
    assert [each.headers["location"] for each in back] == [f"/desk/candidates/{one}"] * 2
    made = article_of(desk, one)
    assert (made.title, made.phrasings) == (drafts[1].title, (drafts[0].title,))
    assert made.body.startswith(sections(drafts[0].body)[0].text)
    posts = {each.post for each in made.sources.values()}
    assert posts & {each.post for each in drafts[0].sources.values()}
    assert posts & {each.post for each in drafts[1].sources.values()}
    assert {one, other}.isdisjoint(item.lineage for item in desk.kb.queue())
    assert made.id not in {item.article for item in desk.kb.queue()}
    desk.kb.build()
    assert {made.id, made.lineage}.isdisjoint({item.article or item.lineage for item in desk.kb.queue()})
    assert not [each for each in desk.kb.check() if each.place.startswith("articles/")]


@pytest.mark.parametrize("into_article", [True, False])
def test_history_tells_of_a_merge_with_a_choice(desk: Desk, into_article: bool) -> None:
    """And not of one without, whose words are the article's own."""
    client = desk.client("editor")
    one, other, third = [item.lineage for item in desk.kb.queue() if item.kind == "create" and item.language == "en"][
        :3
    ]
    article = next(each for each in desk.kb.articles() if each.language == "en" and each.sources)
    into = f"/desk/articles/{article.id}" if into_article else other
    data = {"into": into, "title": "one", "keep": ["one-0", "other-0"]}
    assert client.submit(f"/desk/candidates/{one}/keep", data).status_code == 303
    made = writing.find(desk.kb.parts, article.id) if into_article else article_of(desk, one)
    place = f"/desk/articles/{made.id}"
    more = {"seen": made.digest, "title": made.title, "body": made.body + "\n\nMore."}
    assert client.submit(f"{place}/edit", more).status_code == 303
    assert client.submit(f"/desk/candidates/{third}/merge", {"article": made.id}).status_code == 303
    listed = html.unescape(client.get(f"{place}/history").text).partition('<ol class="versions">')[2].split("</li>")
    merged = desk.kb.generation.candidates[one if into_article else other].phrasings[0]
    assert [f"Merged with “{merged}”" in each for each in listed[:2]] == [False, True]
    assert "Merged" not in listed[0]


@pytest.mark.parametrize("into_article", [True, False])
def test_a_merge_with_a_choice_is_one_verdict(desk: Desk, into_article: bool) -> None:
    """One commit with one decision, which one press takes back: both wait again, the article is as before."""
    client, parts, before = desk.client("editor"), desk.kb.parts, head(desk).id
    one, other = [item.lineage for item in desk.kb.queue() if item.kind == "create" and item.language == "en"][:2]
    articles, count = desk.kb.articles(), len(decisions(desk))
    article = next(each for each in articles if each.language == "en" and each.sources)
    into = f"/desk/articles/{article.id}" if into_article else other
    data = {"into": into, "title": "one", "keep": ["one-0", "other-0"]}
    assert client.submit(f"/desk/candidates/{one}/keep", data).status_code == 303
    assert (head(desk).parent, len(decisions(desk))) == (before, count + 1)
    known = desk.kb.generation.candidates
    made = decisions(desk)[-1]
    assert made.merged == (known[one if into_article else other].representative,)
    assert {member for each in (one, *([] if into_article else [other])) for member in known[each].members} < {
        *made.members,
        "",
    }
    waits = {item.lineage for item in desk.kb.queue()}
    assert one not in waits
    assert into_article or other not in waits
    page = html.unescape(client.get(f"/desk/articles/{made.article}").text)
    assert known[one if into_article else other].phrasings[0] in page.partition("Together with:")[2]
    assert ("what was merged with it waits" if into_article else "candidates that it was made of") in page
    assert client.submit(f"/desk/articles/{made.article}/undo", {"verdict": made.id}).status_code == 303
    as_before = [dataclasses.replace(each, updated="") for each in parts.decided.articles(parts.head())]
    assert as_before == [dataclasses.replace(each, updated="") for each in articles]
    assert {one, other} <= {item.lineage for item in desk.kb.queue()}


def test_what_a_merge_with_a_choice_refuses_is_not_half_done(desk: Desk) -> None:
    """Neither the article nor the candidate, where the other one was decided on meanwhile; by whom is told."""
    client = desk.client("editor")
    one, other = [item.lineage for item in desk.kb.queue() if item.kind == "create" and item.language == "en"][:2]
    desk.kb.reject(other, editor="ada", reason="no")
    before = head(desk).id
    data = {"into": other, "title": "one", "keep": ["one-0", "other-0"]}
    refused = client.submit(f"/desk/candidates/{one}/keep", data)
    assert (refused.status_code, "ada has decided on this candidate already." in refused.text) == (409, True)
    assert (head(desk).id, one in {item.lineage for item in desk.kb.queue()}) == (before, True)


def test_a_merge_is_with_what_a_title_begins_with(desk: Desk) -> None:
    """Editors know no ids: the beginning of a title is enough; several of one, or none, are told."""
    client, one, other = desk.client("editor"), waiting(desk), waiting(desk, 1)
    title, place = draft_of(desk, other).title, f"/desk/candidates/{one}/merge"
    none = client.submit(place, {"with": "Quite unheard of"})
    assert (none.status_code, "begins with “Quite unheard of”" in none.text) == (404, True)
    several = client.submit(place, {"with": ""} | {"with": draft_of(desk, one).title[:1]})
    assert (several.status_code, "Several begin with" in several.text) == (404, True)
    assert client.submit(place, {"with": f" {title[:-2].upper()}"}).status_code == 303
    assert {*desk.kb.generation.candidates[other].members} <= {*decided(desk, "merge").members}
    version = next(desk.kb.parts.repository.history())
    assert version.message == f"Merge 2 candidates into “{draft_of(desk, one).title}”"


def test_commits_name_no_ids(desk: Desk) -> None:
    """Whoever reads the history reads titles, and one thread is one."""
    large = next(item.lineage for item in desk.kb.queue() if item.demand.threads > 2)
    title, history = draft_of(desk, large).title, desk.kb.parts.repository.history
    desk.kb.split(large, desk.kb.generation.candidates[large].members[:1], editor="ada", reason="another")
    assert next(history()).message == f"Split 1 thread from “{title}”: another"
    desk.kb.undo(large, editor="ada")
    assert next(history()).message == f"Take back the verdict “split” on “{title}”"
    desk.kb.expire(large, editor="ada", reason="past")
    assert next(history()).message == f"Expire “{title}”: past"


def test_languages_and_readers_are_said_in_words(desk: Desk) -> None:
    """Codes are for the settings alone; where there is one language, nobody is told of it in each line."""
    queue = desk.client("editor", settings={"language": "de"}).get("/desk").text
    assert '<option value="en">Englisch</option>' in queue
    assert '<span class="language">Englisch</span>' in queue
    german = desk.client("reader", languages=("de",)).get("/desk").text
    assert ("data-row" in german, 'class="language"' in german, 'name="language"' in german) == (True, False, False)
    form = desk.client("publisher").get("/desk/articles/new").text
    assert '<option value="de">German</option>' in form
    assert '<option value="public" selected>Everyone</option>' in form


def test_with_two_steps_what_an_article_keeps_is_a_publishers_choice(desk: Desk) -> None:
    """An editor is told so on the candidate's page, and merges as it is; no door that is shut is offered."""
    two_steps(desk)
    article, one = next(each for each in desk.kb.articles() if each.language == "en"), waiting(desk)
    place, client = f"/desk/candidates/{one}/merge", desk.client("editor")
    answer = client.submit(place, {"article": article.id, "choose": "yes"})
    told = client.get(answer.headers["location"])
    assert (told.status_code, "a publisher’s choice" in told.text) == (200, True)
    chosen = desk.client("publisher").submit(place, {"article": article.id, "choose": "yes"})
    assert "/keep?into=" in chosen.headers["location"]
    assert client.submit(place, {"article": article.id}).status_code == 303


def test_a_merge_names_one_article(desk: Desk) -> None:
    """No second one is dropped without a word."""
    client, before = desk.client("editor"), head(desk).id
    one, other = (f"/desk/articles/{each.id}" for each in desk.kb.articles()[:2])
    place = f"/desk/candidates/{waiting(desk)}/merge"
    for named in ({"with": [one, other]}, {"with": one, "article": desk.kb.articles()[1].id}):
        answer = client.submit(place, named)
        assert (answer.status_code, head(desk).id) == (400, before)
        assert "A merge goes into one article" in answer.text
    assert client.submit(place, {"with": [one, one]}).status_code == 303


@pytest.mark.parametrize("into_article", [True, False])
def test_nothing_ticked_is_told_beside_the_choice(desk: Desk, into_article: bool) -> None:
    """Nothing is done, and what was chosen stays so."""
    client, before = desk.client("editor"), head(desk).id
    one, other = [item.lineage for item in desk.kb.queue() if item.kind == "create" and item.language == "en"][:2]
    article = next(each for each in desk.kb.articles() if each.language == "en" and each.sources)
    into, goes_on = (f"/desk/articles/{article.id}", article) if into_article else (other, draft_of(desk, one))
    asked = draft_of(desk, one).title
    answer = client.submit(f"/desk/candidates/{one}/keep", {"into": into, "title": "other", "asked": [asked]})
    page = html.unescape(answer.text)
    assert answer.status_code == 422
    assert "Nothing is ticked: the article would have no text. Tick what it is to say." in page
    assert not re.search(r'name="keep" value="[^"]*" checked', page)
    assert re.search(r'name="title" value="other" checked', page)
    assert re.findall(r'name="asked" value="([^"]*)" checked', page) == [asked]
    assert (goes_on.title in page, head(desk).id) == (True, before)
    where = f"{into}/history" if into_article else f"/desk/candidates/{other}"
    assert client.get(where).status_code == 200


def test_what_the_site_could_not_show_is_told_beside_the_choice(desk: Desk) -> None:
    """And nothing is done."""
    client, before = desk.client("editor"), head(desk).id
    one, other = [item.lineage for item in desk.kb.queue() if item.kind == "create" and item.language == "en"][:2]
    drafts = desk.kb.generation.drafts
    drafts[other] = dataclasses.replace(draft_of(desk, other), body="See [x](gone.md).", sources={})
    answer = client.submit(
        f"/desk/candidates/{one}/keep", {"into": other, "title": "one", "keep": ["one-0", "other-0"]}
    )
    page = html.unescape(answer.text)
    assert (answer.status_code, head(desk).id) == (422, before)
    assert "the link gone.md leads nowhere" in page.partition('id="wrong"')[2].partition("</div>")[0]
    assert re.findall(r'name="keep" value="([^"]*)" checked', page) == ["one-0", "other-0"]


def test_nothing_is_merged_with_itself(desk: Desk) -> None:
    """It is said before anything is done, with the way back to the candidate."""
    client, before = desk.client("editor"), head(desk).id
    lineage = waiting(desk)
    came = f"/desk/candidates/{lineage}"
    page = f"{came}/keep"
    answers = (
        client.get(page, params={"into": lineage}, headers={"Referer": f"http://127.0.0.1:8000{came}"}),
        client.submit(page, {"into": lineage, "title": "one", "keep": ["one-0"]}),
    )
    assert [each.status_code for each in answers] == [400, 400]
    assert all("Nothing can be merged with itself." in each.text for each in answers)
    assert f'<a class="button" href="{came}">' in answers[0].text
    assert (head(desk).id, waiting(desk)) == (before, lineage)


@pytest.mark.parametrize(("title", "body"), [("", "Words."), ("Title", " \n"), ("Title", "##"), ("", "")])
def test_an_emptied_title_or_text_is_refused_beside_its_field(desk: Desk, title: str, body: str) -> None:
    """For a draft and for an article; what else was written stays."""
    client, article, before = desk.client("editor"), desk.kb.articles()[0], head(desk).id
    for place in (f"/desk/articles/{article.id}/edit", f"/desk/candidates/{waiting(desk)}/edit"):
        answer = client.submit(place, {"title": title, "body": body})
        page = html.unescape(answer.text)
        assert answer.status_code == 422
        assert "An article needs a title and a text." in page
        assert ('aria-describedby="no-title"' in page) is (not title.strip())
        assert ('aria-describedby="no-text"' in page) is (not body.strip())
        assert f'name="title" value="{title}"' in page
        assert (">Words.</textarea>" in page) is (body == "Words.")
    assert head(desk).id == before


def test_an_article_takes_over_what_is_ticked(desk: Desk) -> None:
    """As a new version of it; whoever is not to see it, or who speaks of another language, is refused."""
    client, articles = desk.client("editor"), desk.kb.articles()
    article = next(each for each in articles if each.language == "en")
    spoken = {item.lineage: item.language for item in desk.kb.queue() if item.kind == "create"}
    lineage = next(each for each, language in spoken.items() if language == "en")
    draft, count = draft_of(desk, lineage), len(sections(article.body))
    data = {"into": f"/desk/articles/{article.id}", "seen-one": article.digest, "seen-other": draft.digest}
    data |= {"title": "one", "keep": [*(f"one-{number}" for number in range(count)), "other-0"], "asked": []}
    german = next(each for each, language in spoken.items() if language == "de")
    assert client.submit(f"/desk/candidates/{german}/keep", data).status_code == 400
    assert client.submit(f"/desk/candidates/{lineage}/keep", data).status_code == 303
    new = next(each for each in desk.kb.articles() if each.id == article.id)
    assert (new.title, new.phrasings, new.slug) == (article.title, (), article.slug)
    assert {*article.sources.values()} < {*new.sources.values()}
    assert lineage not in {item.lineage for item in desk.kb.queue()}
    assert article.id not in {item.article for item in desk.kb.queue()}
    client.submit(f"/desk/articles/{article.id}/undo")
    assert next(each for each in desk.kb.articles() if each.id == article.id).body == article.body


def test_a_candidate_shows_the_articles_that_its_page_will_lead_to(desk: Desk) -> None:
    """Those that its nearest candidates became, the nearest first: none that is retired or out of one's reach."""
    known, articles = desk.kb.generation.candidates, [each for each in desk.kb.articles() if each.lineage]
    lineage = next(item.lineage for item in desk.kb.queue() if item.kind == "create" and item.language == "en")
    english, german = ([each for each in articles if each.language == spoken] for spoken in ("en", "de"))
    gone, far = english[0], german[0]
    desk.kb.expire(gone.id, editor="ada", reason="past")
    order = [english[2], gone, far, english[1]]
    near = tuple((each.lineage, 0.9 - number / 10) for number, each in enumerate(order))
    known[lineage] = dataclasses.replace(known[lineage], near=((waiting(desk, 7), 0.95), *near))

    def led_to(client: Browser) -> list[str]:
        shown = client.get(f"/desk/candidates/{lineage}").text.partition('aria-labelledby="related"')[2]
        return re.findall(r'href="/desk/articles/(\w+)"', shown.partition("</section>")[0])

    assert led_to(desk.client("editor")) == [english[2].id, far.id, english[1].id]
    assert led_to(desk.client("publisher", languages=("en",))) == [english[2].id, english[1].id]
    known[lineage] = dataclasses.replace(known[lineage], near=())
    assert led_to(desk.client("editor")) == []
    assert "Related answers" not in desk.client("editor").get(f"/desk/candidates/{lineage}").text


def test_what_is_perhaps_the_same_goes_by_meaning(desk: Desk) -> None:
    """What the build found near comes first, with how near it is; as an article once it is one."""
    lineage, others = waiting(desk), [waiting(desk, 3), waiting(desk, 5)]
    known, article = desk.kb.generation.candidates, desk.kb.articles()[0]
    near = ((others[0], 0.83), (article.lineage, 0.7), (others[1], 0.62))
    own = dataclasses.replace(known[lineage], near=near, phrasings=("Quite unheard of",))
    known[lineage] = own
    articles = [dataclasses.replace(each, language=own.language) for each in desk.kb.articles()]
    items = [dataclasses.replace(each, language=own.language) for each in desk.kb.queue() if not each.article]
    titles = alike.Titles.of(items, ())
    found = alike.similar(own, items, articles, titles, len(items))
    assert [(each.id, each.article, each.likeness) for each in found] == [
        (others[0], False, 0.83),
        (article.id, True, 0.7),
        (others[1], False, 0.62),
    ]
    known[lineage] = dataclasses.replace(own, near=((lineage, 1.0), ("gone", 0.9)))
    assert alike.similar(known[lineage], items, articles, titles, len(items)) == []
    same = next(each for each in others if known[each].language == own.language)
    known[lineage] = dataclasses.replace(own, near=((same, 0.83),))
    page = desk.client("editor").get(f"/desk/candidates/{lineage}", params={"lang": "de"}).text
    listed = page.partition('id="similar"')[2].partition("</section>")[0]
    assert f"/desk/candidates/{same}" in listed
    assert "83\N{NO-BREAK SPACE}%" in listed
    assert "nah nach dem, was gefragt und geantwortet wurde" not in listed  # the heading says it


def test_words_that_may_stand_in_any_title_say_nothing(desk: Desk, tmp_path: Path) -> None:
    """Nor does the product, nor one word of many; what threads say far more often than titles do is no reason."""
    one = next(iter(desk.kb.generation.candidates.values()))
    titles = [
        "Growler leaks",
        "What keeps a growler fresh?",
        "I drank a stout",
        "A stout was drunk, not drank",
        "Pilsner",
    ]
    titles += ["Does the Tap 2 keep foam", "Foam, cups and lines of an old keg", "Keg, lines, a cup and gas"]
    item = next(each for each in desk.kb.queue() if each.kind == "create")
    items = [
        dataclasses.replace(item, lineage=str(n), title=each, language="en", product="Pilsner, Tap 2")
        for n, each in enumerate(titles)
    ]
    write_words(tmp_path / "words", [("en", stems(each, "en")) for each in [*titles, *["drank stout"] * 40]])
    known = alike.Titles.of(items, [open_words(tmp_path / "words")])

    def why(title: str) -> dict[str, tuple[str, ...]]:
        own = dataclasses.replace(one, lineage="own", language="en", phrasings=(title,), near=(("4", 0.8),))
        return {each.title: each.why for each in alike.similar(own, items, [], known, 100)}

    assert why("How long does a growler last?") == {"Pilsner": (), titles[0]: ("Growler",), titles[1]: ("growler",)}
    assert why("Who drank the stout") == {"Pilsner": ()}
    assert why("Pilsner from the Tap 2") == {"Pilsner": ()}
    assert why("Washing a keg and its long lines by hand") == {
        "Pilsner": (),
        titles[7]: ("Keg", "lines"),
        titles[6]: ("lines", "keg"),
    }


def test_what_is_odd_among_the_threads_is_told() -> None:
    """What the draft does not use, and a title that has nothing in common with the others; one alone is not odd."""
    threads = [
        factories.thread(1, title="Reset the router"),
        factories.thread(2, title="Router does not reset"),
        factories.thread(3, title="Where is my invoice"),
    ]
    assert [each.odd for each in shown.members(threads, [])] == [(), (), ((shown.APART, {}),)]
    assert [each.odd for each in shown.members(threads[1:], [])] == [(), ()]
    assert shown.members(threads[2:], [])[0].odd == ()
    parting = Parting(members=("forum:3",), doubtful=True, strays=(("forum:3", "forum:2"),))
    told = shown.members(threads, [], parting)
    assert told[2].odd == ((shown.STRAY, {"title": "Router does not reset"}),)
    assert [each.goes for each in told] == [False, False, True]


def test_editors_read_posts_as_everybody_would() -> None:
    """Who wrote them is told as a page that cites them tells it; their words are without personal data."""
    body = "Hi Gwendolyn,\n\nask erin@forum.example or me.\n\nCheers,\nBartholomew"
    thread = factories.thread("1", "Which reset", body)
    mail = dataclasses.replace(thread.question, author=factories.author("dora@forum.example"))
    named = dataclasses.replace(thread.question, author=factories.author("dora"))
    shown_posts = [shown.member(dataclasses.replace(thread, question=each), []).messages[0] for each in (mail, named)]
    assert [each.author for each in shown_posts] == ["[e-mail]", "dora"]
    for each in shown_posts:
        assert "or me" in each.html
        assert not re.search("Gwendolyn|Bartholomew|forum.example", each.html)


def test_the_words_that_tell_the_sides_of_a_cut_apart() -> None:
    """Those that only one side's titles have, the most frequent first; no cut where one side is not to be seen."""
    threads = [
        factories.thread(1, title="Reset the router"),
        factories.thread(2, title="The router does not reset, router blinks"),
        factories.thread(3, title="Where is the invoice of the router"),
    ]
    parting = Parting(members=("forum:3",), doubtful=True)
    members = shown.members(threads, [], parting)
    assert shown.cut(members, parting, "en") == shown.Cut(True, ("invoice",), ("Reset", "blinks"))
    assert shown.cut(members[:2], parting, "en") is None
    assert shown.cut(members, None, "en") is None


def test_the_proposed_cut_is_ticked_and_taken_as_it_is(desk: Desk) -> None:
    """What the form holds is sent as it stands: that much is split off. Words, no figure, say why."""
    client = desk.client("editor")
    known = desk.kb.generation.candidates
    lineage = next(each for each in (waiting(desk, n, 2) for n in range(9)) if known[each].parting)
    parting = known[lineage].parting
    assert parting
    form = client.get(f"/desk/candidates/{lineage}").text.partition('id="split"')[2].partition("</form>")[0]
    ticked = re.findall(r'name="thread" value="([^"]+)" checked', form)
    assert sorted(ticked) == [*parting.members]
    assert len(re.findall('name="thread"', form)) == len(known[lineage].members) + len(known[lineage].asking)
    assert "Ticked is where it would be cut first" in form
    client.submit(f"/desk/candidates/{lineage}/split", {"thread": ticked})
    assert decided(desk, "split").members == parting.members


def test_putting_off_claiming_and_asking(desk: Desk) -> None:
    """What is put off waits elsewhere; what is claimed is someone's; who is asked sees the question."""
    client, lineage = desk.client("editor"), waiting(desk)
    client.submit(f"/desk/candidates/{lineage}/defer", {"until": "2099-01-01", "reason": "firmware 5"})
    assert lineage not in client.get("/desk").text
    assert lineage in client.get("/desk?later=yes").text
    assert client.submit(f"/desk/candidates/{lineage}/defer", {"until": "soon"}).status_code == 400
    client.submit(f"/desk/candidates/{lineage}/defer", {"until": "2020-01-01"})
    assert lineage in client.get("/desk").text
    client.submit(f"/desk/candidates/{lineage}/claim", {"mine": "yes"})
    assert lineage in client.get("/desk?who=mine").text
    assert lineage not in client.get("/desk?who=free").text
    colleague = desk.person("publisher")
    client.submit(f"/desk/candidates/{lineage}/ask", {"recipient": colleague.id, "text": "<i>Is it so?</i>"})
    page = desk.client("publisher").get("/desk").text
    assert "&lt;i&gt;Is it so?&lt;/i&gt;" in page
    number = re.search(r'action="/desk/notes/(\d+)"', page)
    assert number
    client.submit(f"/desk/notes/{number[1]}")  # another's
    assert "Is it so?" in desk.client("publisher").get("/desk").text
    desk.client("publisher").submit(f"/desk/notes/{number[1]}")
    assert "Is it so?" not in desk.client("publisher").get("/desk").text


def test_what_was_put_off_is_taken_back_where_it_is_told(desk: Desk) -> None:
    """Beside the word that it was, and on its own page; then it waits again."""
    client, lineage = desk.client("editor"), waiting(desk)
    for on_its_page in (False, True):
        told = client.submit(f"/desk/candidates/{lineage}/defer", {"until": "2099-01-01"}).headers["location"]
        page = client.get(f"/desk/candidates/{lineage}" if on_its_page else told).text
        form = page.partition(f'action="/desk/candidates/{lineage}/defer"')[2].partition("</form>")[0]
        assert 'name="until" value=""' in form
        assert 'data-key="u"' in form
        back = client.submit(f"/desk/candidates/{lineage}/defer", {"until": ""})
        assert "done=undone" in back.headers["location"]
        assert (desk.kb.parts.people.deferred(), waiting(desk)) == ({}, lineage)


def test_what_is_said_of_a_split_or_merge_that_is_none_names_no_ids(desk: Desk) -> None:
    """And what to do is what can be done on the page."""
    client, large = desk.client("editor"), waiting(desk, members=2)
    members = [*desk.kb.generation.candidates[large].members, *desk.kb.generation.candidates[large].asking]
    for threads in ([], members):
        told = client.submit(f"/desk/candidates/{large}/split", {"thread": threads})
        assert (told.status_code, "not none and not all" in told.text) == (400, True)
        assert large not in told.text.partition("<main")[2].partition("What you wrote")[0].replace("href=", "")
    told = client.submit(f"/desk/candidates/{large}/merge", {"with": ""})
    assert (told.status_code, "Tick what it is to be merged with" in told.text) == (400, True)


def test_a_new_article_is_made_once(desk: Desk) -> None:
    """Sent again from the form that a browser shows again, it is told so; and so is what is left of a template."""
    client = desk.client("editor")
    new = {"target": "new", "kind": "fix", "language": "en", "audience": "public", "title": "A lamp that hums"}
    made = client.submit("/desk/articles", {**new, "body": "Turn it."}).headers["location"].partition("?")[0]
    assert "Compare" not in client.get(f"{made}/history").text  # there is one version
    before = head(desk).id
    again = client.submit("/desk/articles", {**new, "title": "a lamp  that hums", "body": "Turn it."})
    assert (again.status_code, head(desk).id) == (422, before)
    assert "An article is called “a lamp that hums” already." in html.unescape(again.text)
    assert "Turn it.</textarea>" in again.text
    assert client.submit("/desk/articles", {**new, "language": "de", "body": "So."}).status_code == 303
    left = client.submit("/desk/articles", {**new, "title": "A fan", "body": "It whirs.\n\n1. What to do about it."})
    assert (left.status_code, "“1. What to do about it.” stands there still" in left.text) == (422, True)


@pytest.mark.parametrize("rights", [{"languages": ("de",)}, {"audiences": ("staff",)}, {"disabled": True}])
def test_only_whose_rights_reach_a_candidate_is_asked_about_it(desk: Desk, rights: dict[str, Any]) -> None:
    """Nobody else is offered; who is named all the same is not asked, and the asker is told why."""
    lineage = next(item.lineage for item in desk.kb.queue() if item.kind == "create" and item.language == "en")
    near, far = desk.person("publisher"), desk.person("administrator", **rights)
    client, page = desk.client("editor"), f"/desk/candidates/{lineage}"
    offered = client.get(page).text.partition('id="ask-who"')[2].partition("</select>")[0]
    assert re.findall(r'<option value="([^"]*)">', offered) == [near.id]
    refused = client.submit(f"{page}/ask", {"recipient": far.id, "text": "Is it so?"})
    assert refused.status_code == (400 if "disabled" in rights else 403)
    assert ("disabled" in rights) is not (f"{far.name} may not see this candidate" in refused.text)
    assert desk.kb.parts.people.notes(target=lineage) == []
    assert client.submit(f"{page}/ask", {"recipient": near.id, "text": "Is it so?"}).status_code == 303
    assert [each.recipient for each in desk.kb.parts.people.notes(target=lineage)] == [near.id]


def test_filters_hold_for_what_comes_next(desk: Desk) -> None:
    """Whoever works on the German ones is led to the next German one."""
    client = desk.client("editor")
    german = [item.lineage for item in desk.kb.queue() if item.language == "de"]
    page = client.get("/desk?language=de").text
    assert re.findall(r'href="/desk/candidates/(\w+)\?of=language%3Dde"', page)[:3] == german[:3]
    answer = client.submit(f"/desk/candidates/{german[0]}/reject", {"kind": "x", "of": "language=de"})
    assert answer.headers["location"].startswith(f"/desk/candidates/{german[1]}?")
    assert "of=language%3Dde" in answer.headers["location"]
    title = next(item.title for item in desk.kb.queue() if item.lineage == german[3])
    found = client.get("/desk", params={"words": title}, headers={"hx-request": "true"}).text
    assert german[3] in found
    assert "<html" not in found


def test_whoever_else_is_there_is_shown(desk: Desk) -> None:
    """By name, to the others and not to oneself."""
    lineage = waiting(desk)
    desk.client("publisher").get(f"/desk/candidates/{lineage}")
    assert "Also here: The publisher" in desk.client("editor").get(f"/desk/candidates/{lineage}").text
    assert "Also here" not in desk.client("editor").get(f"/desk/candidates/{waiting(desk, 1)}").text


def test_rights_end_at_the_language(desk: Desk) -> None:
    """Who has German alone finds nothing of anything else, at no address."""
    client = desk.client("editor", languages=("de",))
    english = next(item.lineage for item in desk.kb.queue() if item.language == "en")
    article = next(each for each in desk.kb.articles() if each.language == "en")
    assert english not in client.get("/desk").text
    assert article.id not in client.get("/desk/articles").text
    for path in (f"/desk/candidates/{english}", f"/desk/candidates/{english}/edit", f"/desk/articles/{article.id}",
                 f"/desk/articles/{article.slug}/edit", f"/desk/articles/{article.id}/history"):  # fmt: skip
        assert client.get(path).status_code == 404, path
    token, before = client.token(), head(desk).id
    for path in (f"candidates/{english}/approve", f"candidates/{english}/reject", f"candidates/{english}/claim",
                 f"candidates/{english}/edit", f"articles/{article.id}/edit", f"articles/{article.id}/rename",
                 f"articles/{article.id}/undo", f"articles/{article.id}/still-right"):  # fmt: skip
        data = {"csrf": token, "kind": "x", "title": "t", "body": "b", "slug": "s"}
        assert client.post(f"/desk/{path}", data=data).status_code == 404, path
    data = {"csrf": token, "title": "t", "body": "b", "language": "en", "audience": "public"}
    assert client.post("/desk/articles", data=data).status_code == 422
    assert head(desk).id == before
    assert english not in client.get("/desk/queue.csv").text


def test_rights_end_at_the_audience(desk: Desk) -> None:
    """A thread for partners is shown to nobody else, and a candidate of such threads is not there for them."""
    lineage = waiting(desk, members=2)
    database = desk.kb.parts.database
    members = desk.kb.members(lineage)
    client = desk.client("editor", audiences=("public",))

    def protect(threads: list[Any]) -> None:
        hidden = [dataclasses.replace(each, audience="partner") for each in threads]
        database.put_threads(members[0].source, hidden)

    protect(members[-1:])
    page = client.get(f"/desk/candidates/{lineage}").text
    assert members[0].id in page
    assert members[-1].id not in page
    assert members[-1].id in desk.client("publisher").get(f"/desk/candidates/{lineage}").text
    protect(members)
    assert client.get(f"/desk/candidates/{lineage}").status_code == 404


def test_an_article_is_given_to_other_readers(desk: Desk) -> None:
    """As far as the editor's rights reach, and never to more than may see what it cites."""
    parts = desk.kb.parts
    more = (parts.head().read("kbuilder.toml") or b"") + b'\n[audience.partner]\nsees = ["public", "partner"]\n'
    parts.repository.commit(parts.head(), {"kbuilder.toml": more}, "Partners", "ada", parts.clock())
    article = next(each for each in desk.kb.articles() if each.cited)

    def give(client: Browser, audience: str) -> int:
        now = writing.find(parts, article.id)
        sent = {"seen": now.digest, "until": "", "product": now.product, "tags": ", ".join(now.tags)}
        return client.submit(f"/desk/articles/{article.id}/details", {**sent, "audience": audience}).status_code

    assert give(desk.client("author", roles=("editor",), audiences=("public",)), "partner") == 403
    editor = desk.client("editor")
    assert give(editor, "nobody") == 422
    assert give(editor, "partner") == 303
    assert writing.find(parts, article.id).audience == "partner"
    assert "Audience changed" in editor.get(f"/desk/articles/{article.id}/history").text
    thread = parts.database.thread(min(article.cited))
    assert thread
    parts.database.put_threads(thread.source, [dataclasses.replace(thread, audience="partner")])
    assert give(editor, "public") == 403
    parts.database.put_threads(thread.source, [thread])
    assert give(editor, "public") == 303
    assert writing.find(parts, article.id).audience == "public"


def test_with_two_steps_somebody_else_publishes(desk: Desk) -> None:
    """What an editor approves awaits publication; a publisher's word puts it on the site."""
    parts = desk.kb.parts
    config = (parts.head().read("kbuilder.toml") or b"") + b"\n[desk]\nsteps = 2\n"
    parts.repository.commit(parts.head(), {"kbuilder.toml": config}, "Two steps", "ada", parts.clock())
    lineage = waiting(desk)
    answer = desk.client("editor").submit(f"/desk/candidates/{lineage}/approve")
    assert "done=awaiting" in answer.headers["location"]
    article = article_of(desk, lineage)
    assert article.state == "draft"
    assert desk.kb.publish().articles == len(desk.kb.articles()) - 1
    page = f"/desk/articles/{article.id}"
    changed = {"title": article.title, "body": f"{article.body}\n\nMore.", "seen": article.digest}
    assert desk.client("editor").submit(f"{page}/edit", changed).status_code == 303
    assert desk.client("editor").submit(f"{page}/still-right", {"until": ""}).status_code == 303
    article = article_of(desk, lineage)
    assert (article.state, article.body.endswith("More.")) == ("draft", True)
    assert f"{page}/publish" not in desk.client("editor").get(page).text
    assert desk.client("editor").submit(f"{page}/publish").status_code == 403
    desk.client("publisher").submit(f"{page}/publish", {"seen": article.digest})
    assert article_of(desk, lineage).state == "validated"
    assert desk.kb.publish().articles == len(desk.kb.articles())


# Writing


def test_a_draft_is_approved_with_other_words(desk: Desk) -> None:
    """Title and text as written; the share of the draft that stayed is noted."""
    client, lineage = desk.client("editor"), waiting(desk)
    draft = draft_of(desk, lineage)
    page = client.get(f"/desk/candidates/{lineage}/edit").text
    assert "<textarea" in page
    body = draft.body + "\n\nMind the step."
    data = {"seen": draft.digest, "title": "Another title", "body": body, "target": lineage}
    assert "done=approved" in client.submit(f"/desk/candidates/{lineage}/edit", data).headers["location"]
    assert (article_of(desk, lineage).title, article_of(desk, lineage).body) == ("Another title", body)
    done = desk.kb.parts.people.done()[0]
    assert (done.verdict, done.kept) == ("approve", 1.0)
    article = article_of(desk, lineage)
    for _ in range(2):  # also once the article was changed, which is taken back at the article
        page = client.get(f"/desk/candidates/{lineage}").text
        assert ": Approved with other words" in page
        desk.kb.edit(article.id, editor="ada", body=body + "\n\nAnd the gap.")
    assert f"/desk/candidates/{lineage}/undo" not in client.get(f"/desk/candidates/{lineage}").text


def test_the_preview_is_the_sites_own_rendering(desk: Desk) -> None:
    """Markdown as readers will see it, without anything that is not allowed."""
    body = "# Head\n\n1. **Do** it\n\n<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1))"
    html = desk.client("author").submit("/desk/preview", {"body": body, "target": "new"}).text
    assert "<strong>Do</strong>" in html
    assert "<script" not in html
    assert "onerror=" not in re.sub("&[lg]t;.*?&gt;", "", html)
    assert 'href="javascript' not in html


def test_a_preview_is_in_the_language_of_the_text(desk: Desk) -> None:
    """What holds for some alone is told side by side, as on its page, whatever the editor's own language."""
    body = "## Antwort\n\n### Mit Hub 2\n\nZiehen.\n\n### Mit Hub 3\n\nDrücken."
    client = desk.client("editor")
    sent = {"body": body, "target": "new", "language": "de"}
    assert client.submit("/desk/preview?lang=en", sent).text.count("<details") == 2
    assert "<details" not in client.submit("/desk/preview?lang=en", {**sent, "language": "en"}).text
    made = writing.create(
        desk.kb.parts, dataclasses.replace(desk.kb.articles()[0], language="de", title="Zwei", body=body), "ada"
    )
    for page in (f"/desk/articles/{made.id}", f"/desk/articles/{made.id}/edit"):
        assert 'name="variants-1"' in client.get(page, params={"lang": "en"}).text


def test_what_is_written_is_kept_until_it_is_saved(desk: Desk) -> None:
    """On the server, by person: it is there after signing in again, and gone once it is saved or thrown away."""
    client, lineage = desk.client("editor"), waiting(desk)
    data = {"target": lineage, "seen": "base", "title": "Mine", "body": "Half a sent"}
    assert "Kept" in client.submit("/desk/work", data).text
    client.submit("/desk/sign-out")
    page = desk.client("editor").get(f"/desk/candidates/{lineage}/edit").text
    assert "Half a sent" in page
    assert "has changed meanwhile" in page  # it began from another draft
    assert "Half a sent" not in desk.client("publisher").get(f"/desk/candidates/{lineage}/edit").text
    assert "You began to write here" in desk.client("editor").get(f"/desk/candidates/{lineage}").text
    desk.client("editor").submit("/desk/work/drop", {"target": lineage, "back": "//evil.example"})
    assert "Half a sent" not in desk.client("editor").get(f"/desk/candidates/{lineage}/edit").text
    assert client.submit("/desk/work", {"target": "../../x", "body": "x"}).status_code in (303, 403, 422)


def test_authors_hand_in_and_editors_decide(desk: Desk) -> None:
    """A new article of an author waits for an editor, and is nobody's article before."""
    author = desk.client("author")
    data = {
        "target": "new",
        "title": "From the field",
        "body": "Turn it off and on.",
        "language": "en",
        "kind": "fix",
    }
    before = head(desk).id
    assert author.submit("/desk/articles", data).status_code == 403
    assert "done=submitted" in author.submit("/desk/work/hand-in", data).headers["location"]
    assert head(desk).id == before
    editor = desk.client("editor")
    link = re.search(r'href="(/desk/articles/new\?[^"]+)"', editor.get("/desk").text)
    assert link
    page = editor.get(link[1].replace("&amp;", "&")).text
    assert "Turn it off and on." in page
    carried = dict(re.findall(r'name="(target|by|handed)" value="([^"]+)"', page))
    assert carried.keys() == {"target", "by", "handed"}
    secret = {**data, "title": "Not yet", "body": "Unfinished."}
    author.submit("/desk/work", secret)
    by_me = desk.person("author").id
    assert "Unfinished." not in editor.get("/desk/articles/new", params={"by": by_me, "target": "new"}).text
    assert "From the field" not in desk.client("publisher", languages=("de",)).get("/desk").text
    saved = {**data, **carried, "audience": "public"}
    made = editor.submit("/desk/articles", saved).headers["location"]
    assert made.startswith("/desk/articles/")
    article = next(each for each in desk.kb.articles() if each.title == "From the field")
    assert (article.kind, article.state, article.sources) == ("fix", "validated", {})
    assert "From the field" not in editor.get("/desk").text
    assert editor.submit(f"/desk/articles/{article.id}/undo").headers["location"] == "/desk/articles?done=undone"
    assert article.id not in {each.id for each in desk.kb.articles()}


def test_the_second_to_save_sees_the_first(desk: Desk) -> None:
    """Word by word, with both texts at hand; nothing is lost, and the choice is saved."""
    article = desk.kb.articles()[0]
    page = f"/desk/articles/{article.id}/edit"
    first, second = desk.client("editor"), desk.client("publisher")
    seen = {"seen": article.digest, "target": article.id, "title": article.title}
    theirs, mine = article.body + "\n\nFirst to come.", article.body + "\n\nSecond to come."
    assert first.submit(page, {**seen, "body": theirs}).status_code == 303
    answer = second.submit(page, {**seen, "body": mine})
    assert answer.status_code == 409
    shown = re.sub(r"<[^>]+>", "", answer.text)
    assert "What The editor changed" in shown
    assert "First to come." in re.sub(r"\[[^\]]*: |\]", "", shown)
    assert "Second to come." in answer.text
    assert desk.kb.parts.people.work(desk.person("publisher").id, article.id)
    token = re.search(r'name="seen" value="(\w+)"', answer.text)
    assert token
    both = theirs + "\n\nSecond to come."
    assert second.submit(page, {"seen": token[1], "title": article.title, "body": both}).status_code == 303
    assert writing.find(desk.kb.parts, article.id).body == both
    assert desk.kb.parts.people.work(desk.person("publisher").id, article.id) is None
    again = second.submit(page, {**seen, "seen": token[1], "body": mine})  # from a window that is older
    assert (again.status_code, "You saved a change in another window." in again.text) == (409, True)


def test_two_who_judge_the_same_candidate(desk: Desk) -> None:
    """The second one's words are kept beside the article that the first one made."""
    lineage = waiting(desk)
    draft = draft_of(desk, lineage)
    desk.client("editor").submit(f"/desk/candidates/{lineage}/approve", {"seen": draft.digest})
    data = {"seen": draft.digest, "title": draft.title, "body": draft.body + "\n\nMy own words."}
    answer = desk.client("publisher").submit(f"/desk/candidates/{lineage}/edit", data)
    assert answer.status_code == 409
    assert "My own words." in answer.text
    assert f"/desk/articles/{article_of(desk, lineage).id}/edit" in answer.text


def test_an_unknown_reference_is_told_and_the_text_is_kept(desk: Desk) -> None:
    """The form once more, with what was written."""
    article = desk.kb.articles()[0]
    data = {"seen": article.digest, "title": "T", "body": "Said somewhere.[^p99]", "target": article.id}
    answer = desk.client("editor").submit(f"/desk/articles/{article.id}/edit", data)
    assert answer.status_code == 422
    assert "p99" in answer.text
    assert "Said somewhere." in answer.text


@pytest.mark.parametrize("where", ["candidate", "article", "new", "translation"])
def test_what_check_calls_a_fault_is_not_saved(desk: Desk, where: str) -> None:
    """Each fault with its line and what to do, beside the text; once mended it is saved, and check finds nothing."""
    client, article, lineage = desk.client("editor"), desk.kb.articles()[0], waiting(desk)
    draft, other = draft_of(desk, lineage), {"de": "en", "en": "de"}[article.language]
    path, values = {
        "candidate": (f"/desk/candidates/{lineage}/edit", {"seen": draft.digest, "target": lineage}),
        "article": (f"/desk/articles/{article.id}/edit", {"seen": article.digest, "target": article.id}),
        "new": ("/desk/articles", {"language": "en", "audience": "public", "kind": "question"}),
        "translation": ("/desk/articles", {"translates": article.id, "language": other}),
    }[where]
    body = "## Here\n\nSee [this](/en/nothing/).\n\nAnd [that](#there).\n\n![](/media/none.png)"
    answer = client.submit(f"{path}?lang=de", {**values, "title": "Titel", "body": body})
    assert answer.status_code == 422
    assert "Nicht gespeichert" in answer.text
    listed = answer.text.partition('id="faults"')[2].partition("</section>")[0]
    found = [" ".join(re.sub("<[^>]*>", " ", each).split()) for each in listed.split("</li>")[:-1]]
    assert [each[-200:].partition("Zeile ")[2][:1] for each in found] == ["3", "5", "7", "7"]
    assert "/en/nothing/" in found[0]
    assert "here" in found[1]
    assert html.escape(body) in answer.text
    mended = body.replace("/en/nothing/", f"/{article.language}/{article.slug}/").replace("#there", "#here")
    mended = mended.partition("\n\n![")[0]
    assert client.submit(path, {**values, "title": "Titel", "body": mended}).status_code == 303
    assert not [each for each in desk.kb.check() if each.place.startswith("articles/")]


def test_what_a_licence_lacks_is_told_beside_the_draft(desk: Desk) -> None:
    """It stops no editor, who cannot mend it; whoever runs the site is told before check fails."""
    client, lineage = desk.client("editor"), waiting(desk)
    page = f"/desk/candidates/{lineage}"
    assert 'id="lacking"' not in client.get(page).text
    draft = draft_of(desk, lineage)
    bare = {key: dataclasses.replace(each, url="") for key, each in draft.sources.items()}
    desk.kb.generation.drafts[lineage] = dataclasses.replace(draft, sources=bare)
    told = client.get(page, params={"lang": "de"}).text.partition('id="lacking"')[2].partition("</section>")[0]
    assert "p1" in told
    assert "Für die Verwaltung der Website" in told
    assert client.submit(f"{page}/approve").status_code == 303
    assert article_of(desk, lineage).sources == bare


def test_a_draft_with_a_fault_is_led_to_where_it_is_mended(desk: Desk) -> None:
    """Approved by one key or published: the form, which names the fault."""
    client, lineage = desk.client("publisher"), waiting(desk)
    draft = draft_of(desk, lineage)
    desk.kb.generation.drafts[lineage] = dataclasses.replace(draft, body=draft.body + "\n\n[x](gone.md)")
    answer = client.submit(f"/desk/candidates/{lineage}/approve")
    assert answer.headers["location"] == f"/desk/candidates/{lineage}/edit?done=faulty"
    assert "the link gone.md leads nowhere" in client.get(answer.headers["location"]).text
    brought = dataclasses.replace(desk.kb.articles()[0], title="B", body="[x](gone.md)", sources={}, state="draft")
    made = writing.create(desk.kb.parts, brought, "ada", looked_at=False)
    answer = client.submit(f"/desk/articles/{made.id}/publish", {"seen": made.digest})
    assert answer.headers["location"] == f"/desk/articles/{made.id}/edit?done=faulty"
    assert "the link gone.md leads nowhere" in client.get(answer.headers["location"]).text


# Articles


def test_history_difference_and_rolling_back(desk: Desk) -> None:
    """Who, when and why; any two versions by words; and back to one of them, under the same address."""
    client, article = desk.client("editor"), desk.kb.articles()[0]
    page = f"/desk/articles/{article.id}"
    data = {
        "seen": article.digest,
        "title": article.title,
        "body": article.body + "\n\nExtra advice.",
        "reason": "asked",
    }
    client.submit(f"{page}/edit", data)
    told = client.submit(f"{page}/rename", {"slug": "A better address"}).headers["location"]
    assert told.endswith("?done=renamed")
    other = next(each for each in desk.kb.articles() if each.language == article.language and each.id != article.id)
    apart = client.submit(f"/desk/articles/{other.id}/rename", {"slug": "A better address"})
    assert "with a number behind it" in client.get(apart.headers["location"]).text
    revisions = writing.history(desk.kb.parts, writing.find(desk.kb.parts, article.id))
    assert [each.article.slug for each in revisions] == ["a-better-address", article.slug, article.slug]
    assert "asked" in revisions[1].message
    shown = client.get(f"{page}/history", params={"old": revisions[2].commit, "new": revisions[0].commit}).text
    assert re.search(r"<ins>.*Extra advice\..*</ins>", shown, re.DOTALL)
    (whole,) = re.findall(r"\[…\]</span>\s*(\S+)", html.unescape(shown))
    assert whole in article.body.split()
    client.submit(f"{page}/restore", {"commit": revisions[2].commit})
    assert "Rolled back to an earlier version ·" in client.get("/desk/activity").text
    now = writing.find(desk.kb.parts, article.id)
    assert (now.body, now.sources, now.slug) == (article.body, article.sources, "a-better-address")
    assert article.slug in now.redirects
    assert client.submit(f"{page}/restore", {"commit": "0" * 40}).status_code == 404


def test_a_link_to_a_renamed_article_holds(desk: Desk) -> None:
    """Its old address leads to it, and whoever links there can save and roll back; so can who links to itself."""
    client, parts, (one, other) = desk.client("editor"), desk.kb.parts, desk.kb.articles()[:2]
    page, first = f"/desk/articles/{one.id}", head(desk).id
    body = f"{one.body}\n\nSee [this](/{other.language}/{other.slug}/) and [here](/{one.language}/{one.slug}/)."
    assert client.submit(f"{page}/edit", {"seen": one.digest, "title": one.title, "body": body}).status_code == 303
    linking = head(desk).id
    client.submit(f"/desk/articles/{other.id}/rename", {"slug": "Quite another"})
    now = writing.find(parts, one.id)
    assert 'id="faults"' not in client.get(f"{page}/edit").text
    more = {"seen": now.digest, "title": one.title, "body": f"{body} More."}
    assert client.submit(f"{page}/edit", more).status_code == 303
    for commit in (first, linking):
        assert client.submit(f"{page}/restore", {"commit": commit}).status_code == 303
    assert writing.find(parts, one.id).body == body


def test_a_version_that_cannot_be_shown_any_more_is_mended_in_the_form(desk: Desk) -> None:
    """Rolling back to it leads there, with its words and what is wrong with them."""
    client, parts, one = desk.client("editor"), desk.kb.parts, desk.kb.articles()[0]
    page = f"/desk/articles/{one.id}"
    other = writing.create(parts, dataclasses.replace(one, title="B", body="B.", sources={}), "ada")
    linking = desk.kb.edit(one.id, editor="ada", body=f"{one.body}\n\nSee [x](/{other.language}/{other.slug}/).")
    version = head(desk).id
    desk.kb.edit(one.id, editor="ada", body=one.body)
    desk.kb.undo(other.id, editor="ada")
    before = head(desk).id
    answer = client.submit(f"{page}/restore", {"commit": version})
    form = html.unescape(answer.text)
    assert (answer.status_code, head(desk).id) == (422, before)
    assert f"the link /{other.language}/{other.slug}/ leads nowhere" in form
    assert linking.body in form
    unseen = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    mended = {**unseen, "title": one.title, "body": f"{one.body}\n\nSee below."}
    assert client.submit(f"{page}/edit", mended).status_code == 303
    assert writing.find(parts, one.id).body == mended["body"]


def test_history_is_told_in_the_editors_language(desk: Desk) -> None:
    """What happened, who and why; no message of git's but that of a commit which somebody made there by hand."""
    client, article = desk.client("editor"), desk.kb.articles()[0]
    page, parts = f"/desk/articles/{article.id}", desk.kb.parts
    more = {"seen": article.digest, "title": article.title, "body": article.body + "\n\nMore.", "reason": "Gefragt"}
    client.submit(f"{page}/edit", more)
    client.submit(f"{page}/rename", {"slug": "Bessere Adresse"})
    client.submit(f"{page}/details", {"product": "Hub 9", "tags": ", ".join(article.tags)})
    first = writing.history(parts, writing.find(parts, article.id))[-1].commit
    client.submit(f"{page}/restore", {"commit": first})
    before = writing.find(parts, article.id)
    mended = dataclasses.replace(before, body=before.body + "\n\nFrom git.")
    path, told = article_files.path(mended), "Mend a typo\n\nAnd say why at length"
    parts.repository.commit(parts.head(), {path: article_files.write(mended)}, told, "Bo", parts.clock())
    shown = client.get(f"{page}/history", params={"lang": "de"}).text
    listed = shown.partition('<ol class="versions">')[2].partition("</ol>")[0]
    versions = [" ".join(re.sub("<[^>]*>", " ", each).split()) for each in listed.split("</li>")[:-1]]
    wanted = [
        "Bo Text geändert von Hand in git Mend a typo",
        "The editor Auf eine frühere Fassung zurückgesetzt · Produkte geändert",
        "The editor Produkte geändert",
        f"The editor Umbenannt von {article.slug} in bessere-adresse",
        "The editor Text geändert Gefragt",
        "ada Freigegeben wie entworfen",
    ]
    assert [each.split(" · ", 1)[1] for each in versions] == wanted
    assert "Roll back" not in shown
    assert all(each.decision for each in writing.history(parts, before)[1:])


def test_history_names_whoever_made_a_commit_in_git(desk: Desk) -> None:
    """Also who calls themselves as we do; and no sign in their words turns those around."""
    parts, article = desk.kb.parts, desk.kb.articles()[0]
    path, root = article_files.path(article), str(desk.kb.root)
    (desk.kb.root / path).write_bytes(article_files.write(dataclasses.replace(article, body="Words.", sources={})))
    who = ["-c", "user.name=kbuilder", "-c", "user.email=editor@localhost"]
    subprocess.run(["git", "-C", root, *who, "commit", "-qm", "Mend \u202eit", "--", path], check=True)
    erased = dataclasses.replace(article, body="Fewer words.", sources={})
    parts.repository.commit(
        parts.head(), {path: article_files.write(erased)}, "Erase posts on request", "kbuilder", parts.clock()
    )
    shown = desk.client("editor").get(f"/desk/articles/{article.id}/history").text
    listed = shown.partition('<ol class="versions">')[2].split("</li>")
    assert "<small>Mend it</small>" in listed[1]
    assert "Erase posts" not in listed[0]


@pytest.mark.parametrize("slug", ["../../../etc/passwd", "..", "a/b", "%2e%2e%2f", "CON\\x", "<script>"])
def test_an_address_never_leaves_its_folder(desk: Desk, slug: str) -> None:
    """Whatever is asked for becomes letters, figures and hyphens."""
    article = desk.kb.articles()[0]
    answer = desk.client("editor").submit(f"/desk/articles/{article.id}/rename", {"slug": slug})
    assert answer.status_code in (303, 400)
    assert re.fullmatch(r"[a-z0-9-]+", writing.find(desk.kb.parts, article.id).slug)


def test_files_of_git_appear_and_a_broken_one_stops_no_other(desk: Desk) -> None:
    """A good one is there as any other; what is wrong with the other is told to who can have it mended."""
    parts, article = desk.kb.parts, desk.kb.articles()[0]
    path = article_files.path(article)
    by_hand = (parts.head().read(path) or b"").replace(article.title.encode(), b"By hand")
    changes: dict[str, bytes | None] = {path: by_hand, "articles/en/br/broken.md": b"---\nlang: [<b>\n---\nText."}
    parts.repository.commit(parts.head(), changes, "By hand", "ada", parts.clock())
    page = desk.client("editor").get("/desk/articles").text
    assert "By hand" in page
    assert f"{len(desk.kb.articles())} articles" in page
    assert "<code>articles/en/br/broken.md" in page
    assert "the site is not made anew until these are mended" in page
    assert "&lt;b&gt;" in page or "<b>" not in page
    assert "broken.md" not in desk.client("reader").get("/desk/articles").text
    assert (
        "done=approved"
        in desk.client("editor").submit(f"/desk/candidates/{waiting(desk)}/approve").headers["location"]
    )


def test_retiring_takes_an_article_from_the_site(desk: Desk) -> None:
    """A publisher's word; it stays in the knowledge base, and can be taken back."""
    article = desk.kb.articles()[0]
    page = f"/desk/articles/{article.id}"
    assert desk.client("editor").submit(f"{page}/retire").status_code == 403
    desk.client("publisher").submit(f"{page}/retire", {"reason": "gone"})
    assert writing.find(desk.kb.parts, article.id).state == "archived"
    editor, seen = desk.client("editor"), writing.find(desk.kb.parts, article.id).digest
    assert editor.submit(f"{page}/undo").status_code == 403
    assert editor.submit(f"/desk/candidates/{article.lineage}/undo").status_code == 403
    editor.submit(f"{page}/edit", {"title": "Again", "body": article.body, "seen": seen})
    found = writing.find(desk.kb.parts, article.id)
    assert (found.state, found.title) == ("archived", "Again")
    editor.submit(f"{page}/undo")
    assert desk.client("publisher").submit(f"{page}/undo").status_code == 303
    assert writing.find(desk.kb.parts, article.id).state == "validated"


def test_what_the_sources_say_now(desk: Desk, tmp_path: Path) -> None:
    """The sentences that rest on a changed post, beside its words of today; still right, or to be mended."""
    article = next(each for each in desk.kb.articles() if each.sources)
    post = next(iter(article.sources.values())).post
    parts = desk.kb.parts
    thread = parts.database.thread(post.partition("#")[0])
    assert thread is not None
    posts = [dataclasses.replace(each, body=f"{each.body}\n\nOr so.") for each in thread.posts]
    changed = dataclasses.replace(thread, question=posts[0], answers=tuple(posts[1:]), comments=())
    (tmp_path / "changed.jsonl").write_bytes(records.dumps(changed) + b"\n")
    desk.kb.import_threads("jsonl", tmp_path / "changed.jsonl", name="larkspan", complete=False)
    line = f'{{"post": "{post}", "state": "changed"}}\n'.encode()
    parts.repository.commit(parts.head(), {"withdrawn.jsonl": line}, "Changed", "x", parts.clock())
    client, waits = desk.client("editor"), f"/desk/articles/{article.id}/sources"
    assert waits in client.get("/desk").text
    page = client.get(waits).text
    assert "Its source says now" in page
    assert "It is still right" in page
    assert client.submit(f"/desk/articles/{article.id}/still-right").status_code == 303
    assert waits not in client.get("/desk").text


def test_what_is_gone_at_the_source_waits(desk: Desk) -> None:
    """Though the database may hold it still: it was somebody else's import that found it gone."""
    article = next(each for each in desk.kb.articles() if each.sources)
    post = next(iter(article.sources.values())).post
    parts = desk.kb.parts
    line = f'{{"post": "{post}", "state": "gone"}}\n'.encode()
    parts.repository.commit(parts.head(), {"withdrawn.jsonl": line}, "Gone", "x", parts.clock())
    assert f"/desk/articles/{article.id}/sources" in desk.client("editor").get("/desk").text


def test_stored_scripts_stay_text(desk: Desk) -> None:
    """In titles, tags, products, names, reasons and bodies, on every page that shows them."""
    evil = '<script>alert(1)</script>"><img src=https://host.example/x alt=y onerror=alert(1)>'
    admin = desk.client("administrator", name=evil, pseudonym=evil)
    data = {
        "title": evil,
        "body": evil.replace("src=x", "src=https://elsewhere.example/x.png") + "\n\nText.",
        "language": "en",
        "audience": "public",
        "tags": evil,
        "product": evil,
    }
    made = admin.submit("/desk/articles", data).headers["location"].partition("?")[0]
    admin.submit(f"/desk/candidates/{waiting(desk)}/reject", {"kind": evil})
    admin.submit("/desk/work/hand-in", {**data, "target": "new"})
    for path in ("/desk", "/desk/articles", made, f"{made}/edit", f"{made}/history", "/desk/people", "/desk/activity",
                 "/desk/account", f"/desk/articles?words={evil}", f"/desk?words={evil}&done={evil}"):  # fmt: skip
        page = admin.get(path).text
        assert "<h1" in page, path
        assert not re.search(
            r"<script(?! src=\"/desk/files/)|<img|<[^>]*\son\w+=", page.replace("onerror=alert(1)&gt;", "")
        ), path


def test_a_form_says_no_more_than_its_fields(desk: Desk) -> None:
    """What an article's forms do not have is not read: neither who it is, its sources and dates, nor its state."""
    client, known = desk.client("editor"), desk.kb.articles()[0]
    more = {"id": known.id, "slug": "mine", "lineage": known.lineage, "created": "2001-01-01T00:00:00Z",
            "sources": "{}", "redirects": "x", "related": known.id, "translations": "{}", "editor": "Bo"}  # fmt: skip
    data = {**more, "title": "Fresh", "body": "Yes.", "language": "en", "audience": "public", "state": "archived"}
    assert client.submit("/desk/articles", data).status_code == 303
    made = next(each for each in desk.kb.articles() if each.title == "Fresh")
    assert (made.slug, made.state, made.lineage, made.redirects) == ("fresh", "validated", "", ())
    assert made.id != known.id
    assert made.created > "2001-01-02"
    seen = {"seen": known.digest, "language": "de", "state": "archived", "title": "x"}
    client.submit(f"/desk/articles/{known.id}/details", {**more, **seen, "tags": "new", "until": ""})
    now = writing.find(desk.kb.parts, known.id)
    assert (now.id, now.slug, now.lineage, now.created) == (known.id, known.slug, known.lineage, known.created)
    assert (now.audience, now.language, now.state, now.title) == ("public", known.language, known.state, known.title)
    assert now.tags == ("new",)
    assert decided(desk, "edit").editor == "The editor"


# Figures


def test_csv_is_no_formula(desk: Desk) -> None:
    """Whatever a title begins with."""
    parts = desk.kb.parts
    person = desk.person("editor")
    for number, title in enumerate(("=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", " =1")):
        parts.people.handled(
            Handled(decision=f"d{number}", person=person.id, target="t", title=title, verdict="approve",
                    opened=parts.clock(), decided=parts.clock())
        )  # fmt: skip
    answer = desk.client("editor").get("/desk/activity.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    cells = [cell for row in csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))) for cell in row]
    assert len([cell for cell in cells if cell.startswith("'")]) == 6
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]


@given(st.text())
def test_any_cell_is_safe(text: str) -> None:
    """No spreadsheet begins to reckon with it."""
    assert str(safe(text)).lstrip(" ")[:1] not in tuple("=+-@\t\r\n")


def test_activity_is_by_person_only_for_oneself(desk: Desk) -> None:
    """Everyone's in sum; nobody reads a colleague's figures unless the knowledge base is set up so."""
    desk.client("publisher").submit(f"/desk/candidates/{waiting(desk)}/approve")
    page = desk.client("editor").get("/desk/activity").text
    assert "The publisher" not in page
    assert "The publisher" in desk.client("publisher").get("/desk/activity").text


def test_activity_is_what_one_may_reach(desk: Desk) -> None:
    """Who is limited reads no title that their rights do not reach, nor of what is gone; in no sum, and no CSV."""
    parts = desk.kb.parts
    language = desk.kb.articles()[0].language
    spoken = next(each for each in parts.config().languages if each != language)
    editor = desk.client("editor")
    new = {"kind": "question", "body": "Text.", "target": "new"}
    for title, its in (("For all", language), ("Elsewhere", spoken)):
        made = editor.submit("/desk/articles", {**new, "title": title, "language": its})
        assert made.status_code == 303
    parts.people.handled(
        Handled(decision="gone", person=desk.people["editor"].id, target="gone", title="Long gone", verdict="reject",
                opened=parts.clock(), decided=parts.clock())
    )  # fmt: skip
    limited = desk.client("reader", audiences=("public",), languages=(language,))
    for path in ("/desk/activity", "/desk/activity.csv"):
        text = limited.get(path).text
        assert "For all" in text
        assert [title for title in ("Elsewhere", "Long gone") if title in text] == []
        every = editor.get(path).text
        assert [title for title in ("For all", "Elsewhere", "Long gone") if title not in every] == []
    assert "<td>1</td>" in limited.get("/desk/activity").text


def test_what_was_decided_on_another_version_is_not_done(desk: Desk) -> None:
    """A dialog that was open while a colleague saved takes nothing of theirs back: it is told, and the text stays."""
    ada, bo = desk.client("editor"), desk.client("publisher")
    article = desk.kb.articles()[0]
    base = f"/desk/articles/{article.id}"
    commit = writing.history(desk.kb.parts, article)[-1].commit

    def hidden(path: str, action: str) -> dict[str, str]:
        page = ada.get(base + path).text
        form = re.search(rf'action="{base}/{action}".*?</form>', page, re.DOTALL)
        assert form, action
        return dict(re.findall(r'type="hidden" name="(seen|verdict)" value="([^"]+)"', form[0]))

    told = {"undo": hidden("", "undo"), "rename": hidden("", "rename")}
    assert [*told["undo"], *told["rename"]] == ["verdict", "seen"]
    old = told["rename"]
    sent = {**told, "restore": {**old, "commit": commit}, "still-right": {**old, "until": ""}, "accept": old}
    saved = {"title": article.title, "body": f"{article.body}\n\nOne more.", "seen": article.digest}
    assert bo.submit(f"{base}/edit", saved).status_code == 303
    late = ada.submit(f"{base}/undo", sent.pop("undo"))
    assert "Nothing was taken back" in ada.get(late.headers["location"]).text
    for action, fields in sent.items():
        answer = ada.submit(f"{base}/{action}", {"slug": "another", **fields})
        assert (answer.status_code, "has changed since you looked at it" in answer.text) == (409, True), action
    now = next(each for each in desk.kb.articles() if each.id == article.id)
    assert "One more." in now.body
    assert now.slug == article.slug
    assert ada.submit(f"{base}/undo", hidden("", "undo")).status_code == 303
    after = next(each for each in desk.kb.articles() if each.id == article.id)
    assert "One more." not in after.body
    ada.submit(f"{base}/rename", {**hidden("", "rename"), "slug": "another"})
    assert re.search(r'restore".*?name="seen" value="\w+"', ada.get(f"{base}/history").text)


def test_the_figures_of_a_day() -> None:
    """Median minutes, and the mean share kept of what was approved."""

    def done(minute: int, kept: float | None) -> Handled:
        decided = f"2026-11-01T10:{minute:02}:00Z"
        return Handled(decision="d", person="p", target="t", title="", verdict="approve" if kept else "reject",
                       opened="2026-11-01T10:00:00Z", decided=decided, kept=kept)  # fmt: skip

    found = summary([done(1, 1.0), done(3, 0.5), done(50, None)])
    assert (found["count"], found["minutes"], found["kept"], found["rejected"]) == (3, 3.0, 0.75, 1)
    assert summary([])["minutes"] is None


def test_replying_shows_what_there_is_and_stores_nothing(desk: Desk) -> None:
    """An agent gets the answer with its article, or hears that there is none."""
    title = desk.kb.articles()[0].title
    client = desk.client("agent")
    answered = client.submit("/desk/answer", {"message": title}).text
    letter = client.submit("/desk/answer", {"message": f"Hello,\n{title}\nBest regards, Max Miller"}).text
    cards = [
        re.findall(r'<blockquote lang="\w+" id="reply-\d+">.*?</blockquote>', page) for page in (answered, letter)
    ]
    assert cards[0] == cards[1] != []
    assert "<blockquote" in answered
    assert '<details class="whole">' in answered
    assert "Nothing here is sure" in client.submit("/desk/answer", {"message": "zzyzx qwrt plonk"}).text


def test_an_agent_reports_what_nothing_answers(desk: Desk) -> None:
    """In words without the customer; an editor writes about it, or turns it down with a reason that is seen."""
    agent, editor = desk.client("agent"), desk.client("editor")
    letter = "Hello,\nhow do I zzyzx my qwrt? Write to bo@example.org.\nBest regards, Max Miller"
    page = html.unescape(agent.submit("/desk/answer", {"message": letter}).text)
    offered = re.search(r'name="wording" value="([^"]*)"', page)
    assert offered
    assert ("zzyzx my qwrt" in offered[1], "bo@" in offered[1], "Miller" in offered[1]) == (True, False, False)
    assert agent.submit("/desk/answer/gap", {"wording": "?"}).status_code == 400
    told = agent.submit("/desk/answer/gap", {"wording": "How do I zzyzx my qwrt?"})
    assert "Editors see it above the queue" in agent.get(told.headers["location"]).text
    place = re.search(r'href="([^"]*)">How do I zzyzx my qwrt\?</a>', editor.get("/desk").text)
    assert place
    form = editor.get(html.unescape(place[1])).text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert editor.submit("/desk/work/turn-down", {**fields, "why": "Nobody has one"}).status_code == 303
    listed = agent.get("/desk").text
    assert "Nobody has one" in listed
    assert not re.search(r"<a [^>]*>How do I zzyzx", listed)


# Parts


def test_words_that_differ() -> None:
    """Only those, whatever line they stand on."""
    found = diff.words("Hold it\nfor ten seconds.", "Hold it for ten minutes.")
    assert "".join(piece.text for piece in found if piece.kind != "new") == "Hold it\nfor ten seconds."
    assert [piece.text for piece in found if piece.kind == "new"] == [" ", "minutes"]


@given(st.text(), st.text())
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    """The old one without what is new, the new one without what is gone."""
    found = diff.words(before, after)
    assert "".join(piece.text for piece in found if piece.kind != "new") == before
    assert "".join(piece.text for piece in found if piece.kind != "gone") == after


@given(st.text(max_size=200))
def test_any_query_is_a_view(query: str) -> None:
    """Nothing in an address is an error, and what it is read as reads as itself."""
    view = View.read(query)
    assert View.read(view.written()) == view


def test_sentences_are_marked_with_their_sources() -> None:
    """Cited ones by number and key; one that says something else, and one without a source, by sign and words too."""
    ref = '<sup class="ref"><a href="#source-{0}">{0}</a></sup>'
    html = f"<p>One <em>two</em>.{ref.format(1)} Three.{ref.format(2)}{ref.format(3)} Own words.</p><p>[e-mail]</p>"
    told = [marking.Statement(("p1",)), marking.Statement(("p2", "p3"), wrong=True)]
    found = marking.marked(html, told, str)
    assert '<span data-k="p1" class="sentence" data-n="1">One <em>two</em>.</span>' in found
    assert re.search(
        r'<span data-k="p2 p3" class="sentence unsupported" data-n="2 3"> Three\.<span class="flag"', found
    )
    assert re.search(r'class="sentence editorial"> Own words\.<span class="flag" title="editorial', found)
    assert '<mark class="redacted"' in found
    assert re.sub(r"<[^>]+>| \([^)]*\)|[⚠✎]", "", found) == "One two.1 Three.23 Own words.[e-mail]"


def test_what_comes_after_something_that_is_gone() -> None:
    """What has moved into its place; at the end the first again; nothing where it was the only one."""
    from types import SimpleNamespace as Item

    items: Any = [Item(article="", lineage=name) for name in "abc"]
    names = [
        found.lineage if (found := after(items, shown, place)) else ""
        for shown, place in (("a", 0), ("x", 1), ("c", 2))
    ]
    assert names == ["b", "b", "a"]
    assert after([], "x", 0) is None
    assert after(items[:1], "a", 0) is None


def test_pages_are_in_german_too(desk: Desk) -> None:
    """Every page of the desk, with its dates and plurals."""
    client = desk.client("administrator", settings={"language": "de"})
    article, lineage = desk.kb.articles()[0], waiting(desk)
    for path in ("/desk", f"/desk/candidates/{lineage}", f"/desk/candidates/{lineage}/edit", "/desk/articles",
                 f"/desk/articles/{article.id}", f"/desk/articles/{article.id}/history", "/desk/top",
                 "/desk/activity", "/desk/people", "/desk/account", "/desk/answer",
                 "/desk/articles/new"):  # fmt: skip
        page = client.get(path)
        assert page.status_code == 200, path
        assert '<html lang="de">' in page.text
        assert "Abmelden" in page.text
    assert people.find(desk.kb.parts, "administrator@example.org").settings["language"] == "de"


def test_the_queue_says_what_could_not_be_sent_on(kb: Workspace, tmp_path: Path) -> None:
    """Where a push fails, editors see how much waits and why, in their language; who only reads does not."""
    desk = Desk(kb.root, tmp_path / "kb")
    parts = desk.kb.parts
    tree = parts.head()
    settings = (tree.read("kbuilder.toml") or b"") + f'\n[push]\nremote = "{tmp_path}/nowhere"\n'.encode()
    parts.repository.commit(tree, {"kbuilder.toml": settings}, "Send it on", "ada", parts.clock())
    assert "nowhere" not in desk.client("editor").get("/desk").text
    with pytest.raises(Unreached):
        pushing.push(parts)
    page = desk.client("editor").get("/desk?lang=de").text
    assert "noch nicht in" in page
    assert f"Unter {tmp_path}/nowhere ist kein git-Repository." in page
    assert "nowhere" not in desk.client("reader").get("/desk").text


# Two steps


def two_steps(desk: Desk) -> None:
    parts = desk.kb.parts
    config = (parts.head().read("kbuilder.toml") or b"") + b"\n[desk]\nsteps = 2\n"
    parts.repository.commit(parts.head(), {"kbuilder.toml": config}, "Two steps", "ada", parts.clock())


def sent_from(client: Any, place: str) -> dict[str, str]:
    """What the form on a page that is written on sends unseen."""
    form = client.get(place).text.partition('id="writing"')[2]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_with_two_steps_a_change_of_what_readers_see_awaits_publication(desk: Desk) -> None:
    """It is handed in; the article stays as it was, on the site too, until a publisher has saved the change."""
    two_steps(desk)
    article, editor, publisher = desk.kb.articles()[0], desk.client("editor"), desk.client("publisher")
    page, before = f"/desk/articles/{article.id}", head(desk).id
    assert "Hand in for publication" in editor.get(f"{page}/edit").text
    assert "Hand in for publication" not in publisher.get(f"{page}/edit").text
    changed = {"title": article.title, "body": f"{article.body}\n\nMind the gap.", "seen": article.digest}
    answer = editor.submit(f"{page}/edit", {**changed, "target": article.id})
    assert answer.headers["location"].startswith(f"{page}?done=change-awaits")
    assert head(desk).id == before
    assert writing.find(desk.kb.parts, article.id) == article
    assert "until then readers see the text as before" in editor.get(answer.headers["location"]).text
    assert "A change was handed in" in editor.get("/desk/articles").text
    assert "The editor handed in a change" in publisher.get(page).text
    assert article.title in publisher.get("/desk").text.partition("Handed in, awaiting review")[2]
    found = re.search(rf'href="({page}/edit\?[^"]*)">Look at the change', publisher.get(page).text)
    assert found
    place = html.unescape(found[1])
    assert re.search(r"<ins>.*Mind.*gap.*</ins>", publisher.get(place).text, re.DOTALL)
    assert publisher.submit(f"{page}/edit", {**sent_from(publisher, place), **changed}).status_code == 303
    assert writing.find(desk.kb.parts, article.id).body.endswith("Mind the gap.")
    assert desk.kb.parts.people.works() == []
    assert "A change was handed in" not in editor.get("/desk/articles").text


def test_with_two_steps_only_what_the_publisher_looked_at_is_published(desk: Desk) -> None:
    """What an editor changed after the page was opened is not: the publisher is told, and looks again."""
    two_steps(desk)
    lineage, editor, publisher = waiting(desk), desk.client("editor"), desk.client("publisher")
    editor.submit(f"/desk/candidates/{lineage}/approve")
    article = article_of(desk, lineage)
    page = f"/desk/articles/{article.id}"

    def shown() -> dict[str, str]:
        form = re.search(rf'action="{page}/publish".*?</form>', publisher.get(page).text, re.DOTALL)
        assert form
        return dict(re.findall(r'type="hidden" name="(seen)" value="([^"]+)"', form[0]))

    before = shown()
    changed = {"title": article.title, "body": f"{article.body}\n\nUnread.", "seen": article.digest}
    assert editor.submit(f"{page}/edit", changed).status_code == 303
    late = publisher.submit(f"{page}/publish", before)
    assert (late.status_code, "has changed since you looked at it" in late.text) == (409, True)
    assert publisher.submit(f"{page}/publish").status_code == 422
    assert article_of(desk, lineage).state == "draft"
    assert publisher.submit(f"{page}/publish", shown()).status_code == 303
    now = article_of(desk, lineage)
    assert (now.state, now.body.endswith("Unread.")) == ("validated", True)


def test_with_two_steps_a_change_that_could_not_be_saved_is_not_handed_in(desk: Desk) -> None:
    """Somebody else's change is shown, and a source that is not there is told, as where it is saved at once."""
    two_steps(desk)
    article, editor = desk.kb.articles()[0], desk.client("editor")
    page = f"/desk/articles/{article.id}/edit"
    sent = {"title": article.title, "body": "Words.[^p99]", "seen": article.digest, "target": article.id}
    unknown = editor.submit(page, sent)
    assert (unknown.status_code, "p99" in unknown.text) == (422, True)
    desk.kb.edit(article.id, editor="Bea", body=f"{article.body}\n\nMind the step.")
    both = editor.submit(page, {**sent, "body": "Mine."})
    assert both.status_code == 409
    assert "Mind" in both.text
    assert not [each for each in desk.kb.parts.people.works() if each.submitted]


def test_with_two_steps_an_editor_who_goes_on_with_what_was_handed_in_hands_it_in(desk: Desk) -> None:
    """Once, in place of the author's."""
    two_steps(desk)
    article, editor = desk.kb.articles()[0], desk.client("editor")
    sent = {"target": article.id, "seen": article.digest, "title": "From an author", "body": "One."}
    desk.client("author").submit("/desk/work/hand-in", sent)
    by = desk.person("author").id
    place = f"/desk/articles/{article.id}/edit?target={article.id}&by={by}"
    mended = {**sent_from(editor, place), "title": "From an author", "body": "One, mended."}
    assert editor.submit(f"/desk/articles/{article.id}/edit", mended).status_code == 303
    (left,) = desk.kb.parts.people.works()
    assert (left.person, left.body, bool(left.submitted)) == (desk.person("editor").id, "One, mended.", True)
    assert writing.find(desk.kb.parts, article.id) == article


def test_with_two_steps_other_ways_to_change_its_words_are_a_publishers(desk: Desk) -> None:
    """Rolling back, taking over what was proposed, taking a verdict back; merging changes no word."""
    article, parts = desk.kb.articles()[0], desk.kb.parts
    first = head(desk).id
    desk.kb.edit(article.id, editor="Bea", body=f"{article.body}\n\nMind the step.")
    two_steps(desk)
    now, editor, publisher = writing.find(parts, article.id), desk.client("editor"), desk.client("publisher")
    page, before = f"/desk/articles/{article.id}", head(desk).id
    ways = {"restore": {"seen": now.digest, "commit": first}, "accept": {"seen": now.digest}, "undo": {}}
    for way, sent in ways.items():
        refused = editor.submit(f"{page}/{way}", sent)
        assert (refused.status_code, "awaits publication" in refused.text) == (403, True), way
    assert head(desk).id == before
    drafts = (draft_of(desk, waiting(desk, number)) for number in range(9))
    alike = next(each for each in drafts if each.language == article.language)
    both = f"/desk/candidates/{alike.lineage}/keep?into=/desk/articles/{article.id}"
    assert (editor.get(both).status_code, publisher.get(both).status_code) == (403, 200)
    assert f"{page}/restore" not in editor.get(f"{page}/history").text
    assert f"{page}/restore" in publisher.get(f"{page}/history").text
    assert f"{page}/undo" not in editor.get(page).text
    assert editor.submit(f"/desk/candidates/{waiting(desk)}/merge", {"article": article.id}).status_code == 303
    assert writing.find(parts, article.id) == now
    assert publisher.submit(f"{page}/restore", ways["restore"]).status_code == 303
    assert writing.find(parts, article.id).body == article.body


# What is retired, and what is not the last any more


def test_nothing_goes_with_a_retired_article(desk: Desk) -> None:
    """Merged into it, told in another language, or answered by it: refused, with what to do."""
    article, publisher = desk.kb.articles()[0], desk.client("publisher")
    other = "de" if article.language == "en" else "en"
    page, lineage = f"/desk/articles/{article.id}", waiting(desk)
    assert "Translate into" in publisher.get(page).text
    publisher.submit(f"{page}/retire", {"reason": "gone"})
    before = head(desk).id
    refused = [
        publisher.submit(f"/desk/candidates/{lineage}/merge", {"article": article.id}),
        publisher.get(f"/desk/articles/new?translates={article.id}&language={other}"),
        publisher.submit("/desk/articles", {"translates": article.id, "language": other, "title": "t", "body": "b"}),
    ]
    for answer in refused:
        assert (answer.status_code, "take its retirement back first" in answer.text) == (409, True)
    assert head(desk).id == before
    assert "Translate into" not in publisher.get(page).text
    publisher.submit(f"{page}/undo")
    assert publisher.submit(f"/desk/candidates/{lineage}/merge", {"article": article.id}).status_code == 303


def test_a_verdict_that_is_not_the_last_any_more_is_not_taken_back(desk: Desk) -> None:
    """Of a candidate, as of an article: the page says so in its place, and what stands stays."""
    client, lineage = desk.client("editor"), waiting(desk)
    page = f"/desk/candidates/{lineage}"
    client.submit(f"{page}/reject", {"kind": "Too thin"})
    shown = re.search(r'name="verdict" value="([^"]*)"', client.get(page).text)
    assert shown
    assert shown[1] == decided(desk, "reject").id
    following = client.get(f"/desk/candidates/{waiting(desk)}?done=rejected&last={lineage}").text
    assert f'name="verdict" value="{shown[1]}"' in following
    desk.client("publisher").submit(f"{page}/undo", {"verdict": shown[1]})
    desk.client("publisher").submit(f"{page}/reject", {"kind": "Outdated"})
    before = head(desk).id
    late = client.submit(f"{page}/undo", {"verdict": shown[1]})
    assert (late.status_code, head(desk).id) == (303, before)
    told = client.get(late.headers["location"]).text
    assert "Nothing was taken back" in told
    assert "Outdated" in told


def test_a_long_text_is_counted_as_it_is_kept(desk: Desk) -> None:
    """A browser sends each line's end as two characters; one is kept, and counted."""
    client, body = desk.client("editor"), "word\r\n" * 39_000
    sent = {"target": "new", "title": "Long", "body": body}
    assert client.submit("/desk/work", sent).status_code == 200
    assert client.submit("/desk/work", {**sent, "body": "word\n" * 40_001}).status_code == 422


def test_with_two_steps_what_the_site_could_not_show_is_not_handed_in(desk: Desk) -> None:
    """It is told where it is written, as where it is saved at once."""
    two_steps(desk)
    article, editor = desk.kb.articles()[0], desk.client("editor")
    body = f"{article.body}\n\n![A light](/media/nothing-there.png)"
    sent = {"title": article.title, "body": body, "seen": article.digest, "target": article.id}
    refused = editor.submit(f"/desk/articles/{article.id}/edit", sent)
    assert refused.status_code == 422
    assert "What the site could not show" in refused.text
    assert [each for each in desk.kb.parts.people.works() if each.submitted] == []
