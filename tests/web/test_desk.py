"""Verdicts, articles and work at the desk, by forms as a browser without scripts sends them."""

from __future__ import annotations

import csv
import dataclasses
import html
import io
import re
from pathlib import Path
from typing import Any

import factories
import pytest
from at_desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.records import Article, Decision, Draft
from kbuilder.review import queue
from kbuilder.store.people import Handled
from kbuilder.store.remote import Unreached
from kbuilder.web.desk import candidate as shown
from kbuilder.web.desk import diff, marking
from kbuilder.web.desk.figures import pareto, safe, summary
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
    """It stands in the decision, and the candidate is gone from the queue."""
    client, lineage = desk.client("editor"), waiting(desk)
    assert client.submit(f"/desk/candidates/{lineage}/reject").status_code == 400
    client.submit(f"/desk/candidates/{lineage}/reject", {"kind": "Out of date", "reason": "since  2024"})
    assert decided(desk, "reject").reason == "Out of date: since 2024"
    assert lineage not in {item.lineage for item in desk.kb.queue()}
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


def test_what_is_odd_among_the_threads_is_told() -> None:
    """What the draft does not use, and a title that has nothing in common with the others; one alone is not odd."""
    threads = [
        factories.thread(1, title="Reset the router"),
        factories.thread(2, title="Router does not reset"),
        factories.thread(3, title="Where is my invoice"),
    ]
    assert [each.odd for each in shown.members(threads, [])] == [(), (), (shown.APART,)]
    assert [each.odd for each in shown.members(threads[1:], [])] == [(), ()]
    assert shown.members(threads[2:], [])[0].odd == ()


def test_putting_off_claiming_and_asking(desk: Desk) -> None:
    """What is put off waits elsewhere; what is claimed is someone's; who is asked sees the question."""
    client, lineage = desk.client("editor"), waiting(desk)
    client.submit(f"/desk/candidates/{lineage}/defer", {"until": "2099-01-01", "reason": "firmware 5"})
    assert lineage not in client.get("/desk").text
    assert lineage in client.get("/desk?later=yes").text
    assert client.submit(f"/desk/candidates/{lineage}/defer", {"until": "soon"}).status_code == 409
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
    assert f"{page}/publish" not in desk.client("editor").get(page).text
    assert desk.client("editor").submit(f"{page}/publish").status_code == 403
    desk.client("publisher").submit(f"{page}/publish")
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


def test_the_preview_is_the_sites_own_rendering(desk: Desk) -> None:
    """Markdown as readers will see it, without anything that is not allowed."""
    body = "# Head\n\n1. **Do** it\n\n<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1))"
    html = desk.client("author").submit("/desk/preview", {"body": body, "target": "new"}).text
    assert "<strong>Do</strong>" in html
    assert "<script" not in html
    assert "onerror=" not in re.sub("&[lg]t;.*?&gt;", "", html)
    assert 'href="javascript' not in html


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
    target, by = (re.search(rf'name="{name}" value="([^"]+)"', page) for name in ("target", "by"))
    assert target
    assert by
    secret = {**data, "title": "Not yet", "body": "Unfinished."}
    author.submit("/desk/work", secret)
    by_me = desk.person("author").id
    assert "Unfinished." not in editor.get("/desk/articles/new", params={"by": by_me, "target": "new"}).text
    assert "From the field" not in desk.client("publisher", languages=("de",)).get("/desk").text
    saved = {**data, "target": target[1], "by": by[1], "audience": "public"}
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
    client.submit(f"{page}/rename", {"slug": "A better address"})
    revisions = writing.history(desk.kb.parts, writing.find(desk.kb.parts, article.id))
    assert [each.article.slug for each in revisions] == ["a-better-address", article.slug, article.slug]
    assert "asked" in revisions[1].message
    shown = client.get(f"{page}/history", params={"old": revisions[2].commit, "new": revisions[0].commit}).text
    assert re.search(r"<ins>.*Extra advice\..*</ins>", shown, re.DOTALL)
    client.submit(f"{page}/restore", {"commit": revisions[2].commit})
    now = writing.find(desk.kb.parts, article.id)
    assert (now.body, now.sources, now.slug) == (article.body, article.sources, "a-better-address")
    assert article.slug in now.redirects
    assert client.submit(f"{page}/restore", {"commit": "0" * 40}).status_code == 404


@pytest.mark.parametrize("slug", ["../../../etc/passwd", "..", "a/b", "%2e%2e%2f", "CON\\x", "<script>"])
def test_an_address_never_leaves_its_folder(desk: Desk, slug: str) -> None:
    """Whatever is asked for becomes letters, figures and hyphens."""
    article = desk.kb.articles()[0]
    answer = desk.client("editor").submit(f"/desk/articles/{article.id}/rename", {"slug": slug})
    assert answer.status_code in (303, 400)
    assert re.fullmatch(r"[a-z0-9-]+", writing.find(desk.kb.parts, article.id).slug)


def test_retiring_takes_an_article_from_the_site(desk: Desk) -> None:
    """A publisher's word; it stays in the knowledge base, and can be taken back."""
    article = desk.kb.articles()[0]
    page = f"/desk/articles/{article.id}"
    assert desk.client("editor").submit(f"{page}/retire").status_code == 403
    desk.client("publisher").submit(f"{page}/retire", {"reason": "gone"})
    assert writing.find(desk.kb.parts, article.id).state == "archived"
    assert desk.client("publisher").submit(f"{page}/undo").status_code == 303
    assert writing.find(desk.kb.parts, article.id).state == "validated"


def test_what_the_sources_say_now(desk: Desk) -> None:
    """The sentences that rest on a changed post, beside its words of today; still right, or to be mended."""
    article = next(each for each in desk.kb.articles() if each.sources)
    post = next(iter(article.sources.values())).post
    parts = desk.kb.parts
    line = f'{{"post": "{post}", "state": "changed"}}\n'.encode()
    parts.repository.commit(parts.head(), {"withdrawn.jsonl": line}, "Changed", "x", parts.clock())
    client = desk.client("editor")
    assert f"/desk/articles/{article.id}/sources" in client.get("/desk").text
    page = client.get(f"/desk/articles/{article.id}/sources").text
    assert "Its source says now" in page
    assert "It is still right" in page
    assert client.submit(f"/desk/articles/{article.id}/still-right").status_code == 303


def test_stored_scripts_stay_text(desk: Desk) -> None:
    """In titles, tags, products, names, reasons and bodies, on every page that shows them."""
    evil = '<script>alert(1)</script>"><img src=x alt=y onerror=alert(1)>'
    admin = desk.client("administrator", name=evil, pseudonym=evil)
    data = {
        "title": evil,
        "body": f"{evil}\n\nText.",
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


def test_the_figures_of_a_day() -> None:
    """Median minutes, and the mean share kept of what was approved."""

    def done(minute: int, kept: float | None) -> Handled:
        decided = f"2026-11-01T10:{minute:02}:00Z"
        return Handled(decision="d", person="p", target="t", title="", verdict="approve" if kept else "reject",
                       opened="2026-11-01T10:00:00Z", decided=decided, kept=kept)  # fmt: skip

    found = summary([done(1, 1.0), done(3, 0.5), done(50, None)])
    assert (found["count"], found["minutes"], found["kept"], found["rejected"]) == (3, 3.0, 0.75, 1)
    assert summary([])["minutes"] is None


def test_the_curve_ends_at_everyone(desk: Desk) -> None:
    """And never falls."""
    shares = [share for _, share in pareto(desk.kb.queue())]
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_replying_shows_what_there_is_and_stores_nothing(desk: Desk) -> None:
    """An agent gets the answer with its article, or hears that there is none."""
    title = desk.kb.articles()[0].title
    client = desk.client("agent")
    assert "<blockquote" in client.submit("/desk/answer", {"message": title}).text
    assert "Nothing here is sure" in client.submit("/desk/answer", {"message": "zzyzx qwrt plonk"}).text


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
