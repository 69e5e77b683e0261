"""Rights end at an audience and a language: at every route of the desk that names something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from at_desk import Browser, Desk, routes

from kbuilder.records import Draft
from kbuilder.store.askers import Askers, Question
from kbuilder.store.notices import Notice
from kbuilder.workspace import notices, writing
from kbuilder.workspace.workspace import Workspace

NOT_BY_REACH = {
    "/desk/files/{name}": "the desk's own script and style",
    "/desk/people/{person}": "an administrator's, wherever their rights as an editor end",
    "/desk/people/{person}/release": "likewise",
    "/desk/people/{person}/reset": "likewise",
    "/desk/account/sessions/{number}": "one's own sessions",
    "/desk/notes/{number}": "a question to oneself",
    "/desk/pictures/{name:path}": "a picture, whose name is a digest, belongs to no one article",
}
"""Routes that name something that has neither audience nor language."""
SENT = {"kind": "x", "title": "t", "body": "b", "slug": "s", "reason": "r", "text": "t", "until": "2099-01-01",
        "wording": "w", "article": "none", "thread": "t", "with": ""}  # fmt: skip


@pytest.fixture(scope="module")
def desk(kb: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where questions are kept, and one that nothing answers waits, in English like all that is tried."""
    made = Desk(kb.root, tmp_path_factory.mktemp("reach") / "kb")
    parts = made.kb.parts
    settings = (parts.head().read("kbuilder.toml") or b"") + b"\n[asking]\nkeep_questions = 7\n"
    parts.repository.commit(parts.head(), {"kbuilder.toml": settings}, "Keep", "ada", parts.clock())
    askers, now = Askers(parts.database), parts.clock()
    for number in range(3):
        text = "How often should I descale the espresso machine?"
        askers.keep_question(Question(time=now, text=text, page_view=f"v{number}", language="en"))
    down = Notice(id="", title="Down", text="It is down.", until="2099-01-01T00:00:00Z", language="en")
    notices.make(parts, down, "ada")
    return made


@pytest.fixture(autouse=True)
def rights_given_back(desk: Desk) -> Iterator[None]:
    """The desk is one for all tests; whom one of them limits has every right in the next."""
    yield
    for person in desk.people.values():
        desk.kb.parts.people.change(person)


def limited(desk: Desk, role: str, **rights: Any) -> Browser:
    """A browser of someone whose rights of a role hold there alone."""
    desk.kb.parts.people.change(replace(desk.person(role), **rights))
    return desk.client(role)


def named(desk: Desk) -> dict[str, str]:
    """What each kind of route names: all in English, and public."""
    generation = desk.kb.generation
    waiting = (item.lineage for item in desk.kb.queue() if not item.article and item.kind != "asked")
    drafts = (generation.drafts.get(each) for each in waiting)
    candidate = next(each for each in drafts if isinstance(each, Draft) and each.language == "en")
    article = next(each for each in desk.kb.articles() if each.language == "en")
    (asked,) = desk.kb.missing()
    return {
        "/desk/candidates/{lineage}": candidate.lineage,
        "/desk/articles/{name}": article.id,
        "/desk/asked/{name}": asked.id,
        "/desk/notices/{name}": notices.standing(desk.kb.parts).all[0].id,
    }


@pytest.mark.parametrize("rights", [{"languages": ("de",)}, {"audiences": ("staff",)}])
def test_every_route_that_names_something_asks_how_far_rights_reach(desk: Desk, rights: dict[str, Any]) -> None:
    """To whom it is out of reach, it is not there: no page, no change, no name; to others it is."""
    things, parts = named(desk), desk.kb.parts
    client, before = limited(desk, "publisher", **rights), next(parts.repository.history()).id
    known = {path for _, path, _ in routes(desk.app) if "{" in path}
    tried = {path for path in known if path.startswith(tuple(things))}
    assert known - tried == set(NOT_BY_REACH)
    inside = {"language": rights.get("languages", ("en",))[0], "audience": rights.get("audiences", ("public",))[0]}
    sent = {**SENT, **inside, "csrf": client.token()}
    for method, path, _ in routes(desk.app):
        start = next((each for each in things if path.startswith(each)), "")
        if start:
            address = re.sub(r"\{\w+\}", things[start], path)
            answer = client.request(method, address, data=sent if method == "POST" else None)
            assert answer.status_code == 404, (method, path)
    assert next(parts.repository.history()).id == before
    assert [parts.people.visits(each) for each in things.values()] == [[]] * len(things)
    assert parts.people.claims() == parts.people.deferred() == {}


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/desk/articles/new?translates={article}&language=de", None),
        ("/desk/articles/new?asked={asked}", None),
        ("/desk/articles/new?thread={thread}", None),
        ("/desk/articles", {"translates": "{article}", "language": "de"}),
        ("/desk/articles", {"thread": "{thread}"}),
        ("/desk/articles", {"asked": "{asked}", "language": "de"}),
        ("/desk/candidates/{german}/merge", {"article": "{article}"}),
        ("/desk/candidates/{german}/merge", {"with": "{candidate}"}),
    ],
)
def test_what_a_form_names_is_asked_too(desk: Desk, path: str, sent: dict[str, str] | None) -> None:
    """Beside the address: what is merged into, translated, nominated or answered."""
    things, parts = named(desk), desk.kb.parts
    names = {start.split("/")[2].rstrip("s"): name for start, name in things.items()}
    members = desk.kb.members(names["candidate"])
    waiting = (item for item in desk.kb.queue() if not item.article and item.kind != "asked")
    names |= {"thread": members[0].id, "german": next(item.lineage for item in waiting if item.language == "de")}
    client, before = limited(desk, "editor", languages=("de",)), next(parts.repository.history()).id
    address = path.format(**names)
    if sent is None:
        answer = client.get(address)
    else:
        given = {name: value.format(**names) for name, value in sent.items()}
        answer = client.submit(address, {"title": "t", "body": "b", "audience": "public", **given})
    assert answer.status_code == (422 if sent and "asked" in sent else 404)  # the form again, with what was written
    assert next(parts.repository.history()).id == before


def test_faults_tell_nothing_out_of_reach(desk: Desk) -> None:
    """A link to what one may not see leads nowhere, like one to nothing, wherever a text is saved."""
    parts, given = desk.kb.parts, next(each for each in desk.kb.articles() if each.language == "en")
    article = writing.create(parts, replace(given, title="Mine", body="Words.", sources={}), "ada")
    secret = replace(article, title="Secret merger", body="## Hidden words\n\nNo.", audience="staff")
    secret = writing.create(parts, secret, "ada")
    shown = replace(secret, title="Open", body="## Open words\n\nYes.", audience="public", language="de")
    open_, draft = (writing.create(parts, replace(shown, state=state), "ada") for state in ("validated", "draft"))
    client = limited(desk, "editor", audiences=("public",), languages=("en",))
    page, before = f"/desk/articles/{article.id}/edit", next(parts.repository.history()).id
    new = {"language": "en", "audience": "public", "kind": "question"}
    for target in ("en/secret-merger/#nope", "en/secret-merger/#hidden-words", "en/secret-merger/", "en/none/"):
        sent = {"title": article.title, "body": f"[x](/{target})"}
        for place, more in ((page, {"seen": article.digest}), ("/desk/articles", new)):
            answer = client.submit(place, sent | more)
            assert answer.status_code == 422
            assert f"the link /{target} leads nowhere" in answer.text
            assert "hidden-words" not in answer.text.replace(target, "")
    led = client.submit(page, {"title": "t", "body": f"[x](/de/{draft.slug}/)"})
    assert f"the link /de/{draft.slug}/ leads nowhere" in led.text
    assert next(parts.repository.history()).id == before
    everywhere = desk.client("publisher")
    linked = {"title": article.title, "body": f"[x](/en/{secret.slug}/) [y](/de/{open_.slug}/)"}
    assert "hidden-words" in everywhere.submit(page, {**linked, "body": f"[x](/en/{secret.slug}/#nope)"}).text
    assert everywhere.submit(page, linked).status_code == 303
    assert client.submit(page, {**linked, "body": linked["body"] + " More."}).status_code == 303
    told = client.submit(page, {**linked, "body": f"[x](/en/{secret.slug}/#nope)"})
    assert (told.status_code, "leads nowhere" in told.text) == (422, True)


def test_what_was_decided_out_of_reach_is_not_told_elsewhere(desk: Desk) -> None:
    """Not by the address of another candidate's page either, which offers to take the last verdict back."""
    waiting = [item for item in desk.kb.queue() if item.kind == "create"]
    english, german, mine = (
        next(item.lineage for item in waiting if item.language == "en"),
        *[item.lineage for item in waiting if item.language == "de"][:2],
    )
    for each in (english, german):
        desk.client("editor").submit(f"/desk/candidates/{each}/reject", {"reason": "Of no use"})
    client = limited(desk, "editor", languages=("de",))
    pages = [client.get(f"/desk/candidates/{mine}?done=rejected&last={each}").text for each in (german, english)]
    assert [f"/desk/candidates/{each}/undo" in page for each, page in zip((german, english), pages, strict=True)] == [
        True,
        False,
    ]
    assert 'name="verdict"' not in pages[1]


def test_what_is_kept_for_nobody_in_reach_is_a_text_of_ones_own(desk: Desk) -> None:
    """A preview with another's target shows no source of it."""
    things = named(desk)
    article = next(each for each in desk.kb.articles() if each.id == things["/desk/articles/{name}"])
    client = limited(desk, "author", languages=("de",))
    reference = next(iter(article.sources))
    shown = client.submit("/desk/preview", {"body": f"Words.[^{reference}]", "target": article.id}).text
    assert "Words." in shown
    assert 'class="ref"' not in shown
