"""Pictures of articles: kept while one writes, previewed, described, committed with the verdict that shows them."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from at_desk import Desk
from httpx import Response
from PIL import Image

from kbuilder.records import Article
from kbuilder.web.middleware import MAX_PICTURE
from kbuilder.workspace import pictures, publishing
from kbuilder.workspace.workspace import Workspace

ADDRESS = re.compile(r"/media/([0-9a-f]{2}/[0-9a-f]{20}\.png)")


@pytest.fixture(scope="module")
def desk(kb: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(kb.root, tmp_path_factory.mktemp("pictures") / "kb")


def drawn(shade: int) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (30, 20), (shade, 90, 10)).save(made, "PNG")
    return made.getvalue()


def add(
    desk: Desk, data: bytes, words: str = "", role: str = "author", script: bool = True, **given: str
) -> Response:
    client = desk.client(role)
    headers = {"hx-request": "true"} if script else {"referer": "http://127.0.0.1:8000/desk/articles/new"}
    sent = {"csrf": client.token(), "words": words, **given}
    return client.post("/desk/pictures", data=sent, files={"picture": ("x.svg", data, "text/html")}, headers=headers)


def added(desk: Desk, shade: int, words: str = "A red light") -> str:
    return add(desk, drawn(shade), words).text


def edit(desk: Desk, article: Article, body: str) -> Response:
    data = {"title": article.title, "body": body, "seen": article.digest, "target": article.id}
    return desk.client("editor").submit(f"/desk/articles/{article.id}/edit", data)


def now(desk: Desk, article: Article) -> Article:
    return next(each for each in desk.kb.articles() if each.id == article.id)


def waiting(desk: Desk) -> list[str]:
    folder = desk.kb.parts.var / "pictures"
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def test_from_the_form_to_the_site(desk: Desk) -> None:
    """Kept at once, previewed, then one commit with text and picture; the site shows the same file."""
    parts, article = desk.kb.parts, desk.kb.articles()[0]
    line = added(desk, 1, "A [red] *light*\nat the back")
    found = ADDRESS.search(line)
    assert found
    assert line == rf"![A \[red\] \*light\* at the back](/media/{found[1]})"
    before = parts.head()
    body = f"{article.body}\n\n{line}\n"
    editor = desk.client("editor")
    preview = editor.submit("/desk/preview", {"body": body, "target": article.id}).text
    shown = f'<img src="/desk/pictures/{found[1]}" alt="A [red] *light* at the back"'
    assert shown in preview
    picture = editor.get(f"/desk/pictures/{found[1]}")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert "sandbox" in picture.headers["content-security-policy"]
    assert edit(desk, article, body).status_code == 303
    (version, *_) = parts.repository.history()
    assert {*parts.head().list("media")} - {*before.list("media")} == {f"media/{found[1]}"}
    assert parts.repository.tree(version.id).read(f"media/{found[1]}") == picture.content
    assert len([each for each in parts.head().list("decisions") if each not in before.list("decisions")]) == 1
    assert waiting(desk) == []
    assert shown in editor.get(f"/desk/articles/{article.id}").text
    publishing.publish(parts, "public", lambda *_: None)
    page = (parts.site / "public" / article.language / article.slug / "index.html").read_text("utf-8")
    assert f'media/{found[1]}" alt="A [red] *light* at the back" width="30" height="20"' in page
    assert (parts.site / "public/media" / found[1]).read_bytes() == picture.content
    assert not [each for each in desk.kb.check() if "media" in each.place or "picture" in each.message]


def test_without_a_description_nothing_is_approved(desk: Desk) -> None:
    """Edited, written anew, or a draft with others' words: refused with what to do, and what was written stays."""
    article = desk.kb.articles()[1]
    line = added(desk, 2, "")
    assert line.startswith("![](/media/")
    answer = edit(desk, article, f"{article.body}\n\n{line}")
    assert answer.status_code == 422
    assert "has no description" in answer.text
    assert line in answer.text
    assert now(desk, article).body == article.body
    client = desk.client("editor")
    data = {"title": "With a picture", "body": f"Look.\n\n{line}", "language": "en", "audience": "public"}
    assert "has no description" in client.submit("/desk/articles", data).text
    item = next(each for each in desk.kb.queue() if each.kind == "create")
    draft = desk.kb.draft(item.lineage)
    data = {"title": draft.title, "body": f"{draft.body}\n\n{line}", "seen": draft.digest, "target": item.lineage}  # type: ignore[union-attr]
    assert "has no description" in client.submit(f"/desk/candidates/{item.lineage}/edit", data).text
    assert item.lineage not in {each.lineage for each in desk.kb.articles()}
    assert edit(desk, article, f"{article.body}\n\n{line.replace('![]', '![A light]')}").status_code == 303
    gone = re.sub("[0-9a-f]{20}", "0" * 20, line).replace("![]", "![x]")
    assert "is not there" in edit(desk, now(desk, article), f"{article.body}\n\n{gone}").text


def test_without_a_script_it_stands_at_the_end(desk: Desk) -> None:
    """The text that was being written is kept with it."""
    given = {"target": "new", "title": "Lights", "body": "What the lights mean.", "language": "de"}
    answer = add(desk, drawn(3), "A light", script=False, **given)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/articles/new?language=de&target=new")
    work = desk.kb.parts.people.work(desk.person("author").id, "new")
    assert work
    assert (work.title, work.more["language"]) == ("Lights", "de")
    assert re.fullmatch(r"What the lights mean\.\n\n!\[A light\]\(/media/.*\.png\)\n", work.body)
    assert ADDRESS.search(desk.client("author").get(answer.headers["location"]).text)
    refused = add(desk, b"<svg/>", script=False, **given)
    assert refused.status_code >= 400
    assert "no picture that can be taken" in refused.text


def test_what_is_no_picture_or_too_much_is_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its name and its type say; nothing lands on disk."""
    before = waiting(desk)
    answer = add(desk, b"<svg onload='alert(1)'/>")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/plain; charset=utf-8")
    assert "An SVG can hold scripts" in answer.text
    assert add(desk, bytes(MAX_PICTURE)).status_code == 413
    client = desk.client("author")
    data = {"csrf": client.token(), "picture": "no file"}
    assert client.post("/desk/pictures", data=data).status_code == 422
    monkeypatch.setattr(pictures, "MOST_WAITING", 10)
    assert "Too many pictures wait" in add(desk, drawn(4)).text
    assert waiting(desk) == before


def test_what_nobody_uses_goes_and_what_is_being_written_stays(desk: Desk) -> None:
    """After a month; a text that is not saved yet keeps its pictures."""
    parts = desk.kb.parts
    kept, lost = added(desk, 5), added(desk, 6)
    client = desk.client("author")
    client.submit("/desk/work", {"target": "new-abc", "title": "t", "body": kept})
    clock, parts.clock = parts.clock, lambda: "2099-01-01T00:00:00Z"
    added(desk, 7)
    parts.clock = clock
    names = waiting(desk)
    assert Path(ADDRESS.search(kept)[1]).name in names  # type: ignore[index]
    assert Path(ADDRESS.search(lost)[1]).name not in names  # type: ignore[index]


@pytest.mark.parametrize(
    "name",
    [
        "../kbuilder.toml",
        "..%2f..%2fkbuilder.toml",
        "%2e%2e/%2e%2e/var/kbuilder.sqlite",
        "/etc/passwd",
        "ab/none.png",
        "a.md",
    ],
)
def test_nothing_else_is_shown(desk: Desk, name: str) -> None:
    """Only pictures of the knowledge base, only to who is signed in."""
    assert desk.client("editor").get(f"/desk/pictures/{name}").status_code == 404
    assert desk.client().get(f"/desk/pictures/{name}").status_code in (303, 404)


def test_a_picture_from_git_can_run_nothing(desk: Desk) -> None:
    """An SVG that somebody committed is shown as a picture, and does nothing when it is opened alone."""
    parts, data = desk.kb.parts, b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    parts.repository.commit(
        parts.head(), {"media/a b.svg": data, "media/x.html": data}, "By hand", "ada", parts.clock()
    )
    answer = desk.client("editor").get("/desk/pictures/a%20b.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert desk.client("editor").get("/desk/pictures/x.html").status_code == 404
