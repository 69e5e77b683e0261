"""Files brought in at the desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from at_desk import Browser, Desk
from httpx import Response

from kbuilder.workspace.workspace import Workspace


@pytest.fixture
def desk(kb: Workspace, tmp_path: Path) -> Desk:
    return Desk(kb.root, tmp_path / "kb")


def sent(client: Browser, *files: tuple[str, bytes], **values: str) -> Response:
    data = {"csrf": client.token(), "language": "en", "audience": "public", **values}
    return client.post("/desk/bring", data=data, files=[("file", each) for each in files])


def test_files_become_articles_that_wait(desk: Desk) -> None:
    """The page says what came in and what was there, and leads to each; titles from outside stay text."""
    client = desk.client("editor")
    assert 'action="/desk/bring"' in client.get("/desk/bring").text
    files = (("a.md", b"# Fresh <script>x</script>\n\nYes."), ("b.csv", b"question,answer\nHow fresh?,Very.\n"))
    answer = sent(client, *files)
    assert answer.status_code == 200
    assert "Brought in: 2 · There already: 0" in answer.text
    assert "Fresh &lt;script&gt;x&lt;/script&gt;" in answer.text
    made = [each for each in desk.kb.articles() if "fresh" in each.title.lower()]
    assert [each.state for each in made] == ["draft", "draft"]
    assert all(f"/desk/articles/{each.id}" in answer.text for each in made)
    assert "Brought in: 0 · There already: 2" in sent(client, *files).text
    done = [each.title for each in desk.kb.parts.people.done()]
    assert sorted(done) == sorted(each.title for each in made)


def test_what_wants_mending_is_told_and_stops_nobody(desk: Desk) -> None:
    """What the site could not show comes in, is named as such, fails no check, and is not published as it is."""
    client, before = desk.client("publisher"), desk.kb.check()
    broken = ("a.md", b"# Old page\n\nSee ![](x.png) and [that](/en/nowhere/).")
    answer = sent(client, broken, ("b.md", b"# Good page\n\nYes."))
    old, good = (
        next(each for each in desk.kb.articles() if each.title == name) for name in ("Old page", "Good page")
    )
    listed = answer.text.partition('class="rows"')[2].partition("</ul>")[0].split("</li>")
    mending = {each.id: any("Wants mending" in row for row in listed if each.id in row) for each in (old, good)}
    assert mending == {old.id: True, good.id: False}
    assert desk.kb.check() == before
    published = client.submit(f"/desk/articles/{old.id}/publish", {"seen": old.digest})
    assert published.headers["location"].endswith(f"/desk/articles/{old.id}/edit?done=faulty")
    assert client.submit(f"/desk/articles/{good.id}/publish", {"seen": good.digest}).status_code == 303
    assert {each.verdict for each in desk.kb.parts.people.done() if each.target == old.id} == {"bring"}
    assert "Brought in" in client.get("/desk/activity").text


def test_faults_are_listed_with_their_places(desk: Desk) -> None:
    """In the reader's language, and nothing is made."""
    before = len(desk.kb.articles())
    client = desk.client("editor")
    data = {"csrf": client.token(), "language": "en", "audience": "public"}
    files = [("file", ("../../x.md", b"no title")), ("file", ("ok.md", b"# Fine\n\nYes."))]
    answer = client.post("/desk/bring?lang=de", data=data, files=files)
    assert answer.status_code == 422
    assert "../../x.md:1: erwartet: ein Titel" in answer.text
    assert "Nichts wurde hereingeholt" in answer.text
    assert len(desk.kb.articles()) == before


def test_rights_hold_for_what_files_say(desk: Desk) -> None:
    """An editor of one language brings in nothing of another, nor beside it; other values of a form are none."""
    before = len(desk.kb.articles())
    client = desk.client("editor", languages=("de",))
    answer = sent(client, ("a.md", b"---\nlang: de\n---\n# Gut\n\nJa."), ("b.md", b"# Bad\n\nNo."))
    assert answer.status_code == 422
    assert "“Bad” is for readers, or in a language, that your role does not reach." in answer.text
    assert sent(client, ("a.md", b"# A\n\nYes."), language="xx").status_code == 422
    assert sent(client, ("a.md", b"# A\n\nYes."), audience="nobody").status_code == 422
    assert "There is no article in these files." in sent(client, ("", b"")).text
    assert len(desk.kb.articles()) == before
