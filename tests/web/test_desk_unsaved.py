"""Unsaved work: nobody's deed drops what somebody else wrote, and only whom it is for may see it."""

from __future__ import annotations

import html
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from at_desk import Browser, Desk

from kbuilder.records import Draft
from kbuilder.store.people import Work
from kbuilder.texts import _catalogue
from kbuilder.web.desk.advice import AT_DESK, FOR_BOTH, at_desk
from kbuilder.web.middleware import MAX_FORM
from kbuilder.workspace import writing
from kbuilder.workspace.workspace import Workspace

GERMAN = {"title": "Nur intern", "body": "Streng geheim.", "language": "de", "kind": "fix", "audience": "staff"}


@pytest.fixture
def desk(kb: Workspace, tmp_path: Path) -> Desk:
    return Desk(kb.root, tmp_path / "kb")


def draft(desk: Desk) -> Draft:
    """The first draft that waits."""
    found = (desk.kb.draft(each.lineage) for each in desk.kb.queue() if not each.article and each.kind != "asked")
    return next(each for each in found if isinstance(each, Draft))


def work(desk: Desk, role: str, target: str) -> Work | None:
    return desk.kb.parts.people.work(desk.person(role).id, target)


def opened(client: Browser, title: str, start: str = "/desk") -> tuple[str, dict[str, str]]:
    """The form that the link of a title leads to: its text, and what it sends unseen."""
    found = re.search(rf'href="([^"]*)">{title}</a>', client.get(start).text)
    assert found, title
    page = client.get(html.unescape(found[1]))
    assert page.status_code == 200
    form = page.text[page.text.index('id="writing"') :]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    fields.pop("csrf")
    return form, fields


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_a_verdict_drops_nobodys_text(desk: Desk, verdict: str) -> None:
    """What is kept and what is handed in is listed, opens, and is there again once the verdict is taken back."""
    found = draft(desk)
    place = f"/desk/candidates/{found.lineage}"
    sent = {"target": found.lineage, "seen": found.digest}
    desk.client("author").submit("/desk/work/hand-in", {**sent, "title": "Handed", "body": "From an author."})
    desk.client("publisher").submit("/desk/work", {**sent, "title": "Begun", "body": "Of a colleague."})
    judge = {"seen": found.digest, "kind": "Too thin"}
    assert desk.client("editor").submit(f"{place}/{verdict}", judge).status_code == 303
    assert "Of a colleague." in opened(desk.client("publisher"), "Begun")[0]
    form, fields = opened(desk.client("editor"), "Handed")
    assert "From an author." in form
    assert fields["by"] == desk.person("author").id
    assert desk.client("editor").submit(f"{place}/undo").status_code == 303
    assert "Of a colleague." in desk.client("publisher").get(f"{place}/edit").text
    assert "From an author." in opened(desk.client("editor"), "Handed")[0]


def test_work_on_a_candidate_goes_on_as_a_change_of_its_article(desk: Desk) -> None:
    """Whoever saves it sees what was approved meanwhile; then it is saved, and is let go: that text alone."""
    found, editor = draft(desk), desk.client("editor")
    sent = {"target": found.lineage, "seen": found.digest}
    desk.client("author").submit("/desk/work/hand-in", {**sent, "title": "Handed", "body": "From an author."})
    desk.client("publisher").submit("/desk/work", {**sent, "title": "Begun", "body": "Of a colleague."})
    editor.submit(f"/desk/candidates/{found.lineage}/approve", {"seen": found.digest})
    article = next(each for each in desk.kb.articles() if each.lineage == found.lineage)
    assert "You began to write here" in desk.client("publisher").get(f"/desk/articles/{article.id}").text
    _, fields = opened(editor, "Handed")
    mine = {**fields, "title": article.title, "body": "From an author, mended."}
    answer = editor.submit(f"/desk/articles/{article.id}/edit", mine)
    assert answer.status_code == 409
    both = answer.text[answer.text.index('id="both"') :]
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', both))
    again.pop("csrf")
    saved = editor.submit(f"/desk/articles/{article.id}/edit", {**mine, **again})
    assert saved.status_code == 303
    assert writing.find(desk.kb.parts, article.id).body == "From an author, mended."
    assert work(desk, "author", found.lineage) is None
    assert work(desk, "editor", found.lineage) is None
    assert work(desk, "publisher", found.lineage)


def test_only_what_is_saved_is_let_go(desk: Desk) -> None:
    """An author's second text and an editor's own stay when the author's first is saved."""
    author, editor = desk.client("author"), desk.client("editor")
    new = {"target": "new", "language": "en", "kind": "fix", "audience": "public"}
    author.submit("/desk/work/hand-in", {**new, "title": "First", "body": "One."})
    author.submit("/desk/work", {**new, "title": "Second", "body": "Two."})
    editor.submit("/desk/work", {**new, "title": "Own", "body": "Mine."})
    _, fields = opened(editor, "First")
    kept = {**new, **fields, "title": "First", "body": "One, mended."}
    editor.submit("/desk/work", kept)
    assert editor.submit("/desk/articles", kept).status_code == 303
    left = {(each.person, each.title) for each in desk.kb.parts.people.works()}
    assert left == {(desk.person("author").id, "Second"), (desk.person("editor").id, "Own")}


def test_nobody_lets_go_of_what_they_did_not_save(desk: Desk) -> None:
    """Whatever a form says: not what was never handed in, is about something else, or was handed in anew."""
    author, editor = desk.client("author"), desk.client("editor")
    article, person = desk.kb.articles()[0], desk.person("author").id
    new = {"language": "en", "kind": "fix", "audience": "public", "title": "T", "body": "B"}
    author.submit("/desk/work", {**new, "target": "new"})
    author.submit("/desk/work/hand-in", {**new, "target": article.id})
    author.submit("/desk/work/hand-in", {**new, "target": "new-abc"})
    author.submit("/desk/work/hand-in", {**new, "target": "new-xyz", "asked": "something"})
    kept = {each.target: each.submitted for each in desk.kb.parts.people.works()}
    tried = [(target, kept[target]) for target in ("new", article.id, "new-xyz")] + [("new-abc", "earlier")]
    for target, handed in tried:
        hostile = {**new, "target": target, "by": person, "handed": handed, "title": f"T of {target}"}
        assert editor.submit("/desk/articles", hostile).status_code == 303
    assert {each.target for each in desk.kb.parts.people.works()} == set(kept)


def test_a_change_that_was_handed_in_is_gone_once_it_is_saved(desk: Desk) -> None:
    """It waits for nobody any more."""
    article, editor = desk.kb.articles()[0], desk.client("editor")
    sent = {"target": article.id, "seen": article.digest, "title": "A change", "body": "Other words."}
    desk.client("author").submit("/desk/work/hand-in", sent)
    _, fields = opened(editor, "A change")
    assert "A change" in desk.client("author").get("/desk").text
    saved = editor.submit(f"/desk/articles/{article.id}/edit", {**sent, **fields})
    assert saved.status_code == 303
    assert writing.find(desk.kb.parts, article.id).body == "Other words."
    assert desk.kb.parts.people.works() == []


@pytest.mark.parametrize("rights", [{"audiences": ("public",)}, {"languages": ("en",)}, {"roles": ("author",)}])
def test_handed_in_work_is_seen_where_rights_reach(desk: Desk, rights: dict[str, Any]) -> None:
    """Not by its address either."""
    author = desk.client("author")
    author.submit("/desk/work/hand-in", {**GERMAN, "target": "new-abc"})
    asked = {"by": desk.person("author").id, "target": "new-abc"}
    other = desk.client("publisher", **rights)
    assert "Streng geheim." not in other.get("/desk/articles/new", params=asked).text
    assert "Nur intern" not in other.get("/desk").text
    assert "Streng geheim." in desk.client("editor").get("/desk/articles/new", params=asked).text


def test_what_is_gone_takes_no_text_along(desk: Desk) -> None:
    """Saved on an article that was taken back, a text is kept, listed, and becomes an article of its own."""
    editor, new = desk.client("editor"), {"language": "en", "audience": "public"}
    made = (
        editor.submit("/desk/articles", {**new, "title": "Short", "body": "Here."})
        .headers["location"]
        .partition("?")[0]
    )
    name = made.rpartition("/")[2]
    seen = writing.find(desk.kb.parts, name).digest
    assert desk.client("publisher").submit(f"{made}/undo").status_code == 303
    sent = {**new, "target": name, "seen": seen, "title": "Mine", "body": "Long work."}
    answer = editor.submit(f"{made}/edit", sent)
    assert answer.status_code == 404
    assert "Long work.</textarea>" in answer.text
    assert "Your text is kept." in answer.text
    form, fields = opened(editor, "Mine")
    assert "Long work.</textarea>" in form
    assert editor.submit("/desk/articles", {**sent, **fields}).status_code == 303
    assert next(each for each in desk.kb.articles() if each.title == "Mine").body == "Long work."
    assert desk.kb.parts.people.works() == []


# Handed in, and written on


def two_steps(desk: Desk) -> None:
    parts = desk.kb.parts
    config = (parts.head().read("kbuilder.toml") or b"") + b"\n[desk]\nsteps = 2\n"
    parts.repository.commit(parts.head(), {"kbuilder.toml": config}, "Two steps", "ada", parts.clock())


def handed(desk: Desk, role: str) -> list[tuple[str, str]]:
    """Title and text of what somebody handed in."""
    found = desk.kb.parts.people.works(person=desk.person(role).id)
    return [(each.title, each.body) for each in found if each.submitted]


def test_what_was_handed_in_stays_so_while_its_writer_goes_on(desk: Desk) -> None:
    """The publisher reads it as it was handed in; further typing is kept apart, until it is handed in anew."""
    two_steps(desk)
    article, editor, publisher = desk.kb.articles()[0], desk.client("editor"), desk.client("publisher")
    page = f"/desk/articles/{article.id}"
    sent = {"target": article.id, "seen": article.digest, "title": "A change"}
    editor.submit(f"{page}/edit", {**sent, "body": "First."})
    form = editor.get(f"{page}/edit").text
    assert ("First.</textarea>" in form, "It waits as it was then" in form) == (True, True)
    editor.submit("/desk/work", {**sent, "body": "First, and half a sen"})
    assert handed(desk, "editor") == [("A change", "First.")]
    assert "half a sen</textarea>" in editor.get(f"{page}/edit").text
    assert "half a sen" not in opened(publisher, "A change")[0]
    again = editor.submit(f"{page}/edit", {**sent, "body": "First, and second."})
    assert again.status_code == 303
    assert handed(desk, "editor") == [("A change", "First, and second.")]
    assert work(desk, "editor", article.id) is None


def test_what_was_handed_in_is_taken_back_by_a_button(desk: Desk) -> None:
    """And is being written again: nobody else sees it; what was written since is what is left."""
    author, editor = desk.client("author"), desk.client("editor")
    new = {"target": "new-abc", "language": "en", "kind": "fix", "audience": "public", "title": "First"}
    author.submit("/desk/work/hand-in", {**new, "body": "One."})
    assert "/desk/work/take-back" in opened(author, "First")[0]
    taken = author.submit("/desk/work/take-back", {"target": "new-abc"})
    assert "among what you have not saved yet" in author.get(taken.headers["location"]).text
    assert (handed(desk, "author"), "First" in editor.get("/desk").text) == ([], False)
    form, _ = opened(author, "First")
    assert ("One.</textarea>" in form, "/desk/work/take-back" in form) == (True, False)
    author.submit("/desk/work/hand-in", {**new, "body": "One."})
    author.submit("/desk/work", {**new, "body": "One and two."})
    author.submit("/desk/work/take-back", {"target": "new-abc"})
    left = work(desk, "author", "new-abc")
    assert left
    assert (left.body, left.submitted) == ("One and two.", "")


def test_the_way_to_what_was_handed_in_holds_in_a_language_chosen_by_hand(desk: Desk) -> None:
    """The language goes along, and the text is the one that was handed in."""
    new = {"target": "new-abc", "language": "en", "kind": "fix", "audience": "public", "title": "First"}
    desk.client("author").submit("/desk/work/hand-in", {**new, "body": "One."})
    form, _ = opened(desk.client("editor"), "First", "/desk?lang=de")
    assert ("One.</textarea>" in form, "Wie Leser es sehen" in form) == (True, True)


def test_the_reason_goes_with_what_is_handed_in(desk: Desk) -> None:
    """The publisher sees it beside the change, and it stands in the history once that is saved."""
    two_steps(desk)
    article, publisher = desk.kb.articles()[0], desk.client("publisher")
    page, why = f"/desk/articles/{article.id}", "The vendor moved the button"
    sent = {"target": article.id, "seen": article.digest, "title": "A change", "body": "Other words.", "reason": why}
    assert desk.client("editor").submit(f"{page}/edit", sent).status_code == 303
    assert f"<q>{why}</q>" in publisher.get(page).text
    form, fields = opened(publisher, "A change")
    shown = re.search(r'name="reason" value="([^"]*)"', form)
    assert shown
    assert shown[1] == why
    saved = publisher.submit(
        f"{page}/edit", {**fields, "title": "A change", "body": "Other words.", "reason": shown[1]}
    )
    assert saved.status_code == 303
    assert f"<q>{why}</q>" in publisher.get(f"{page}/history").text


@pytest.mark.parametrize(
    ("language", "button", "told"),
    [("en", "Turn down", "turned it down: Not yet"), ("de", "Zurückgeben", "hat es zurückgegeben: Not yet")],
)
def test_a_publisher_turns_down_what_was_handed_in(desk: Desk, language: str, button: str, told: str) -> None:
    """With a reason that its writer sees, who keeps the text as unsaved work and may hand it in again."""
    two_steps(desk)
    article, publisher = desk.kb.articles()[0], desk.client("publisher", settings={"language": language})
    editor, page = desk.client("editor", settings={"language": language}), f"/desk/articles/{article.id}"
    sent = {"target": article.id, "seen": article.digest, "title": "A change", "body": "Other words."}
    editor.submit(f"{page}/edit", sent)
    form, fields = opened(publisher, "A change")
    assert f">{button}</button>" in form
    given = {**fields, "why": "Not yet"}
    assert publisher.submit("/desk/work/turn-down", {**given, "why": " "}).status_code == 400
    assert editor.submit("/desk/work/turn-down", given).status_code == 403
    assert handed(desk, "editor") == [("A change", "Other words.")]
    assert publisher.submit("/desk/work/turn-down", given).status_code == 303
    assert handed(desk, "editor") == []
    assert "A change" not in publisher.get("/desk").text
    assert told in editor.get("/desk").text
    assert told in opened(editor, "A change")[0]
    editor.submit("/desk/work", {**sent, "body": "Other words, better."})
    written = editor.get(f"{page}/edit").text
    assert (told in written, "better.</textarea>" in written) == (True, True)
    assert editor.submit(f"{page}/edit", {**sent, "body": "Other words, better."}).status_code == 303
    assert handed(desk, "editor") == [("A change", "Other words, better.")]
    assert told not in editor.get("/desk").text
    late = publisher.submit("/desk/work/turn-down", {**given, "handed": "earlier"})
    assert late.status_code == 409


def test_an_editor_turns_down_an_authors_new_article(desk: Desk) -> None:
    """An author turns nothing down; theirs is kept with what they went on to write."""
    author, editor = desk.client("author"), desk.client("editor")
    new = {"target": "new-abc", "language": "en", "kind": "fix", "audience": "public", "title": "First"}
    author.submit("/desk/work/hand-in", {**new, "body": "One."})
    author.submit("/desk/work", {**new, "body": "One and two."})
    _, fields = opened(editor, "First")
    given = {**fields, "why": "There is one already"}
    assert author.submit("/desk/work/turn-down", given).status_code == 403
    assert editor.submit("/desk/work/turn-down", given).status_code == 303
    assert handed(desk, "author") == []
    form, _ = opened(author, "First")
    assert ("One and two.</textarea>" in form, "turned it down: There is one already" in form) == (True, True)


def test_what_is_on_something_out_of_reach_is_handed_in_as_new(desk: Desk) -> None:
    """Nobody is shown a change of an article that its writer may not see."""
    article = next(each for each in desk.kb.articles() if each.language == "en")
    author = desk.client("author", languages=("de",))
    sent = {"target": article.id, "title": "Fremd", "body": "So.", "language": "de", "audience": "public"}
    assert author.submit("/desk/work/hand-in", sent).status_code == 303
    form, fields = opened(desk.client("editor"), "Fremd")
    assert fields["target"].startswith("new-")
    assert (
        'action="/desk/articles"' in desk.client("editor").get(f"/desk/articles/new?target={fields['target']}").text
    )
    assert article.title not in form


def test_an_author_hands_in_by_key(desk: Desk) -> None:
    """Ctrl Enter presses the button that is theirs."""
    for role, place in (("author", "/desk/work/hand-in"), ("editor", "")):
        page = desk.client(role).get("/desk/articles/new").text
        buttons = re.findall(r"<button [^>]*data-key-submit[^>]*>", page)
        assert len(buttons) == 1
        assert f'formaction="{place}"' in buttons[0] or not place


@pytest.mark.parametrize("way", ["turn-down", "take-back"])
def test_what_comes_back_stays_beside_what_was_written_since(desk: Desk, way: str) -> None:
    """Each under its own way from the queue; each is handed in, or thrown away, by itself."""
    two_steps(desk)
    article, editor, publisher = desk.kb.articles()[0], desk.client("editor"), desk.client("publisher")
    page = f"/desk/articles/{article.id}"
    sent = {"target": article.id, "seen": article.digest, "title": "A change"}
    editor.submit(f"{page}/edit", {**sent, "body": "First."})
    editor.submit("/desk/work", {**sent, "body": "First, and half a sen"})
    _, fields = opened(publisher, "A change")
    who, given = (publisher, {**fields, "why": "Not yet"}) if way == "turn-down" else (editor, sent)
    assert who.submit(f"/desk/work/{way}", given).status_code == 303
    told = editor.get("/desk").text
    places = [html.unescape(each) for each in re.findall(r'<a href="([^"]*)">A change</a>', told)]
    assert ("as you handed it in" in told, len(places)) == (True, 2)
    forms = [editor.get(each).text for each in places]
    assert [re.findall(r"(First[^<]*)</textarea>", each) for each in forms] == [["First, and half a sen"], ["First."]]
    assert all(("turned it down: Not yet" in each) is (way == "turn-down") for each in forms)
    aside = re.search(r'name="target" value="([^"]*)"', forms[1])
    assert aside
    editor.submit("/desk/work", {**sent, "target": aside[1], "body": "First, mended."})
    assert {each.body for each in desk.kb.parts.people.works()} == {"First, and half a sen", "First, mended."}
    assert editor.submit(f"{page}/edit", {**sent, "target": aside[1], "body": "First, mended."}).status_code == 303
    assert handed(desk, "editor") == [("A change", "First, mended.")]
    assert "First, mended.</textarea>" in opened(publisher, "A change")[0]
    assert "A change was handed in" in publisher.get("/desk/articles").text
    left = work(desk, "editor", article.id)
    assert left
    assert left.body == "First, and half a sen"


# What is sent when the session has ended


OWN = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form on a page of this host."""


def sent_by(client: Browser, desk: Desk) -> tuple[str, dict[str, str]]:
    """Where the form of an article goes that somebody has written on, and what it sends."""
    article = desk.kb.articles()[0]
    text = {"title": article.title, "body": "Line one.\n\n<b>Line</b> two.", "seen": article.digest}
    return f"/desk/articles/{article.id}/edit?lang=en", {"csrf": client.token(), "target": article.id, **text}


def held(page: str) -> dict[str, str]:
    """What the form of a page that holds it would send."""
    form = page[page.index('<form method="post" class="stack"') :]
    fields = re.findall(r'<input[^>]* name="(\w+)" value="([^"]*)"', form)
    areas = re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n([^<]*)</textarea>', form)
    return {name: html.unescape(value) for name, value in [*fields, *areas]}


def test_what_is_sent_after_the_session_ended_is_held(desk: Desk) -> None:
    """By the page that says so; signed in again, it is sent from there, once it was looked at."""
    client = desk.client("editor")
    place, sent = sent_by(client, desk)
    desk.kb.parts.people.end_sessions(desk.person("editor").id)
    answer = client.post(place, data=sent, headers=OWN)
    assert answer.status_code == 401
    assert "Your session has ended" in answer.text
    assert held(answer.text) == sent
    client = desk.client("editor")
    again = client.post(place, data=held(answer.text), headers=OWN)
    assert (again.status_code, writing.find(desk.kb.parts, sent["target"]).body) != (303, sent["body"])
    assert "You have signed in anew" in again.text
    assert client.post(place, data=held(again.text), headers=OWN).status_code == 303
    assert writing.find(desk.kb.parts, sent["target"]).body == sent["body"]


def test_nothing_is_done_in_the_name_of_who_did_not_write_it(desk: Desk) -> None:
    """Somebody else who signs in in the same browser sees what was written, and no token of theirs goes with it."""
    place, sent = sent_by(desk.client("editor"), desk)
    other = desk.client("publisher")
    answer = other.post(place, data=sent, headers=OWN)
    assert answer.status_code == 403
    assert "The publisher is signed in in this browser now" in answer.text
    assert held(answer.text) == sent
    assert other.post(place, data=held(answer.text), headers=OWN).status_code == 403
    assert desk.kb.articles()[0].body != sent["body"]


def test_what_another_hosts_page_sends_is_not_held(desk: Desk) -> None:
    """Nor passwords; who signs out need not sign in for it."""
    client = desk.client("editor")
    place, sent = sent_by(client, desk)
    sent["csrf"] = sent["csrf"][:-1] + ("A" if sent["csrf"][-1] != "A" else "B")
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        answer = client.post(place, data=sent, headers=headers)
        assert (answer.status_code, "Line one" in answer.text) == (403, False)
    password = {"csrf": "", "old": "secret old one", "new": "secret new one"}
    for address in ("/desk/account/password", "/desk/sign-out"):
        assert "secret" not in client.post(address, data=password, headers=OWN).text
        assert desk.client().post(address, data=password, headers=OWN).status_code == 303


def test_an_open_page_is_told_who_is_signed_in(desk: Desk) -> None:
    """It alone; nobody is led away by what a page asks in the background."""
    client, told = desk.client("editor"), {"HX-Request": "true"}
    found = client.get("/desk/session", headers=told).json()
    assert found == {"person": desk.person("editor").id, "name": "The editor", "csrf": client.token()}
    assert found["csrf"].startswith(f"{found['person']}.")
    assert client.get("/desk/session", headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
    answer = desk.client().get("/desk/session", headers=told)
    assert (answer.status_code, answer.text, "hx-redirect" in answer.headers) == (401, "", False)


def test_a_first_password_loses_nothing_either(desk: Desk) -> None:
    """What was sent waits until a password was chosen."""
    client = desk.client("editor", renew=True)
    place, sent = sent_by(client, desk)
    answer = client.post(place, data=sent, headers=OWN)
    assert "Choose a password of your own first" in answer.text
    assert held(answer.text) == sent


# What is refused


@pytest.mark.parametrize(
    ("language", "advice", "back", "wrote"),
    [
        ("en", "take the verdict back on its page", "Back to where you were", "What you wrote"),
        ("de", "nehmen Sie die Entscheidung auf seiner Seite zurück", "Dorthin zurück", "Was Sie geschrieben haben"),
    ],
)
def test_what_is_refused_is_told_at_the_desk(desk: Desk, language: str, advice: str, back: str, wrote: str) -> None:
    """In its frame and words, in the editor's language, with what was written and the way back; without a command."""
    client, found = desk.client("publisher", settings={"language": language}), draft(desk)
    place = f"/desk/candidates/{found.lineage}"
    client.submit(f"{place}/approve", {"seen": found.digest})
    came = {**OWN, "Referer": f"http://127.0.0.1:8000{place}?of=x"}
    decided = client.submit(f"{place}/reject", {"reason": "Two <b>bold</b> words"}, headers=came)
    assert decided.status_code == 409
    assert advice in decided.text
    assert wrote in decided.text
    assert held(decided.text) == {"csrf": client.token(), "reason": "Two <b>bold</b> words"}
    assert '<button class="button"' not in decided.text  # it would be refused again
    missing = client.submit("/desk/articles/none/retire", headers=came)
    assert missing.status_code == 404
    for page in (decided.text, missing.text):
        assert 'class="places"' in page
        assert f'<a class="button" href="{place}?of=x">{back}' in page
        assert "kbuilder review" not in page


def test_each_field_of_what_is_refused_is_called_what_it_is(desk: Desk) -> None:
    """Words can be seen and copied; what was chosen goes along unseen."""
    client, found = desk.client("editor"), draft(desk)
    article = desk.kb.articles()[0]
    values = {"seen": "0", "product": "Hub", "tags": "a, b"}
    details = client.submit(f"/desk/articles/{article.id}/details", values, headers=OWN)
    assert re.search(r"Products, with commas between</label>\s*<input id[^>]* value=\"Hub\"", details.text)
    assert re.search(r"Topics, with commas between</label>\s*<input id[^>]* value=\"a, b\"", details.text)
    sent = {"into": f"/desk/articles/{article.id}", "title": "one", "seen-one": "0", "keep": "one-0"}
    refused = client.submit(f"/desk/candidates/{found.lineage}/keep", sent, headers=OWN)
    assert refused.status_code == 409
    assert not re.search(r'<input id[^>]* value="one"', refused.text)


FRAME = {
    "en": ("Queue", "To the queue", "Back to where you were"),
    "de": ("Warteliste", "Zur Warteliste", "Dorthin zurück"),
}
LARGE = {"en": "What you sent is larger than the desk takes", "de": "Was Sie geschickt haben, ist größer"}
FAULT = {"en": "This is a fault of the program, not yours", "de": "Das ist ein Fehler des Programms"}


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_goes_wrong_before_any_form_is_read_is_told_at_the_desk(
    desk: Desk, language: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too large, no such page, a page that is none, a fault: in its frame, the person's language, with a way back."""
    client, found = desk.client("editor", settings={"language": language}), draft(desk)
    token, place = client.token(), f"/desk/candidates/{found.lineage}"
    came = {
        **OWN,
        "Referer": f"http://127.0.0.1:8000{place}/edit",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    declared = client.post("/desk/work", content=b"x" * (MAX_FORM + 1), headers=came)
    streamed = client.post("/desk/work", content=iter([b"body=", b"x" * MAX_FORM]), headers=came)
    nowhere, reloaded = client.get("/desk/nowhere"), client.get(f"{place}/reject")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret plan")

    monkeypatch.setattr(desk.app.state.service.workspace, "reject", broken)
    with caplog.at_level(logging.ERROR, "kbuilder"):
        fault = client.post(f"{place}/reject", data={"csrf": token, "reason": "Two words"}, headers=came)
    answers = [declared, streamed, nowhere, reloaded, fault]
    assert [each.status_code for each in answers] == [413, 413, 404, 405, 500]
    places, queue, back = FRAME[language]
    for each in answers:
        assert f">{places}</a>" in each.text.partition('class="places"')[2].partition("</nav>")[0]
        assert desk.person("editor").name in each.text
        assert (back if each.request.method == "POST" else queue) in each.text
    assert all(LARGE[language] in each.text for each in (declared, streamed))
    assert FAULT[language] in fault.text
    assert "secret" not in fault.text
    assert held(fault.text) == {"csrf": token, "reason": "Two words"}
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [RuntimeError]


def test_a_stranger_is_told_nothing_of_the_desk(desk: Desk) -> None:
    """Nobody signed in sees its places, or a name, where something goes wrong."""
    desk.everyone()
    for page in ("/desk/nowhere", "/desk/work"):
        answer = desk.client().get(page)
        assert answer.status_code in (404, 405)
        assert 'class="places"' not in answer.text


def test_what_is_no_form_is_told_so(desk: Desk) -> None:
    """It is no bug of ours."""
    client = desk.client("editor")
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = client.post("/desk/work", content=b"--y\r\n", headers={**OWN, "Content-Type": kind})
        assert answer.status_code == 400


def test_a_reason_that_is_missing_is_written_on_the_page_that_says_so(desk: Desk) -> None:
    """And sent from there."""
    client, found = desk.client("editor"), draft(desk)
    place = f"/desk/candidates/{found.lineage}/reject"
    refused = client.submit(place, {"reason": " "}, headers=OWN)
    assert refused.status_code == 400
    assert "Write the reason, then send it again." in refused.text
    assert "--reason" not in refused.text
    sent = held(refused.text)
    assert sent == {"csrf": client.token(), "reason": " "}
    assert client.post(place, data={**sent, "reason": "Too thin"}, headers=OWN).status_code == 303


def test_no_advice_at_the_desk_is_a_command() -> None:
    """Whatever the catalogue holds; what is said instead stands in it."""
    known = set(_catalogue("de"))
    commands = [each for each in known if re.search(r"kbuilder [a-z]", each)]
    assert len(commands) > 50
    assert set(AT_DESK) <= known
    for each in {*commands} - FOR_BOTH:
        assert "kbuilder " not in at_desk(each)


def test_a_new_article_begins_beside_what_is_not_saved(desk: Desk) -> None:
    """Whoever asks for a template gets it, and is told of what they began: to go on with it, or throw it away."""
    client = desk.client("editor", settings={"language": "en"})
    begun = {"title": "A lamp", "body": "Take it out.[^zz]", "kind": "fix", "language": "en", "audience": "public"}
    refused = client.submit("/desk/articles", {**begun, "target": "new"}).text
    assert "Throw away what is not saved" in refused
    answer = client.get("/desk/articles/new?kind=how-to")
    page = client.get(answer.headers["location"]).text
    assert ("Take it out." in page, "First step." in page) == (False, True)
    form, fields = opened(client, "Go on with “A lamp”", answer.headers["location"])
    assert ("Take it out.[^zz]</textarea>" in form, fields["target"]) == (True, "new")
    target = re.search(r'name="target" value="(new-\w+)"', page)
    assert target
    client.submit("/desk/work", {**begun, "kind": "how-to", "target": target[1], "body": "Screw it in."})
    kept = {each.target: each.body for each in desk.kb.parts.people.works(person=desk.person("editor").id)}
    assert kept == {"new": "Take it out.[^zz]", target[1]: "Screw it in."}
    client.submit("/desk/work/drop", {"target": "new", "back": "/desk/articles"})
    assert client.get("/desk/articles/new").status_code == 200
