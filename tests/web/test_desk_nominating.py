"""An article from a thread, or an answer, that somebody names by its address."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from at_desk import Desk

from kbuilder.errors import NotFound
from kbuilder.records import Draft, Thread
from kbuilder.workspace import nominating
from kbuilder.workspace.workspace import Workspace

NEW: dict[str, Any] = {
    "id": "larkspan:9001",
    "title": "Why does the lamp hum at night?",
    "url": "https://community.larkspan.example/t/9001",
    "language": "en",
    "style": "question",
    "question": {
        "id": "larkspan:9001#1",
        "body": "The lamp of my terrace hums as soon as it is dark. What can I do about that?",
        "created": "2025-01-01T00:00:00Z",
        "url": "https://community.larkspan.example/t/9001",
    },
    "answers": [
        {
            "id": f"larkspan:9001#{number}",
            "body": text,
            "created": "2025-01-02T00:00:00Z",
            "url": f"https://community.larkspan.example/t/9001#{number}",
            "licence": "CC BY-SA 4.0",
        }
        for number, text in (
            (2, "Mine does that as well."),
            (3, "Turn the dimmer to full once, then screw the bulb in firmly until the ring clicks into its place."),
        )
    ],
}


@pytest.fixture(scope="module")
def desk(kb: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("nominating")
    made = Desk(kb.root, folder / "kb")
    (folder / "new.jsonl").write_text(json.dumps(NEW) + "\n")
    made.kb.import_threads("jsonl", folder / "new.jsonl", name="larkspan", complete=False)
    return made


def bring_in(desk: Desk, thread: dict[str, Any]) -> None:
    file = desk.kb.root.parent / "more.jsonl"
    file.write_text(json.dumps(thread) + "\n")
    desk.kb.import_threads("jsonl", file, name="larkspan", complete=False)


def post(desk: Desk, address: str, role: str = "editor") -> str:
    answer = desk.client(role).submit("/desk/nominate", {"address": address})
    return str(answer.headers.get("location", answer.text))


def a_thread(desk: Desk, lineage: str) -> Thread:
    thread = desk.kb.parts.database.thread(desk.kb.generation.candidates[lineage].members[0])
    assert thread
    return thread


def test_it_leads_to_what_holds_the_thread(desk: Desk) -> None:
    """The article that answers it, or the candidate that waits; by address, with what browsers add, or by id."""
    article = desk.kb.articles()[0]
    cited = next(iter(article.sources.values())).post
    thread = desk.kb.parts.database.thread(cited.partition("#")[0])
    assert thread
    for address in (thread.url, f" {thread.url}/?utm=x#reply ", thread.id):
        assert post(desk, address) == f"/desk/articles/{article.id}?done=there", address
    waiting = next(each for each in desk.kb.queue() if isinstance(desk.kb.draft(each.lineage), Draft))
    held = a_thread(desk, waiting.lineage)
    assert post(desk, held.url) == f"/desk/candidates/{waiting.lineage}?done=held"


def test_an_answer_becomes_an_article_with_its_source(desk: Desk) -> None:
    """Nobody marked it; the one who knows names it, and what it says keeps its author and licence."""
    thread = f"{NEW['url']}"
    place = post(desk, f"{thread}#3")
    assert urlsplit(place).path == "/desk/articles/new"
    client = desk.client("editor")
    page = client.get(place).text
    body = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert body
    assert "until the ring clicks" in body[1]
    assert "[^p" in body[1]
    assert 'class="sup' in page or 'class="ref' in page
    data = {"thread": "larkspan:9001", "post": "larkspan:9001#3", "title": "A humming lamp", "body": body[1]}
    preview = client.submit("/desk/preview", data).text
    assert 'class="ref"' in preview
    answer = client.submit("/desk/articles", data)
    assert answer.status_code == 303, answer.text
    made = desk.kb.articles()
    article = next(each for each in made if each.title == "A humming lamp")
    assert {each.post for each in article.sources.values()} >= {"larkspan:9001#3"}
    version = next(desk.kb.parts.repository.history())
    assert (version.message, version.author.partition(" <")[0]) == (
        "Approve “A humming lamp”, nominated",
        "The editor",
    )
    assert post(desk, thread) == f"/desk/articles/{article.id}?done=there"
    again = client.submit("/desk/articles", data)
    assert again.status_code == 422
    assert "has an article already" in again.text
    desk.kb.build()
    assert not [each for each in desk.kb.queue() if "humming" in each.title or "hum at night" in each.title]


def test_a_thread_that_stands_alone_gives_a_draft(desk: Desk) -> None:
    """Nobody marked an answer, or the marked one says too little: the likeliest is followed, and that is said."""
    posts = {each["id"]: each for each in NEW["answers"]}
    for number, accepted in ((9002, ""), (9003, "larkspan:9003#2")):
        made = json.loads(json.dumps(NEW).replace("9001", str(number)))
        for each in made["answers"]:
            each["accepted"] = each["id"] == accepted
        bring_in(desk, made)
        place = post(desk, made["url"], "author")
        page = desk.client("author").get(place).text
        assert posts["larkspan:9001#3"]["body"][:40] in page
        assert "follows the answer that is likeliest right" in page
        assert f'<a href="{made["url"]}" rel="noopener">See the thread</a>' in page
        another = re.search(r'<a href="([^"]*)">Nominate another answer</a>', page)
        assert another
        assert f'value="{made["url"]}"' in desk.client("author").get(another[1]).text
    assert "likeliest" not in desk.client("author").get(post(desk, f"{NEW['url']}#3", "author")).text


def test_where_there_is_no_draft_the_reason_is_plain(desk: Desk) -> None:
    """Nobody answered, or all too shortly; and what to do, which is nothing that only the forum can do."""
    silent = json.loads(json.dumps({**NEW, "answers": []}).replace("9001", "9004"))
    short = json.loads(json.dumps({**NEW, "answers": NEW["answers"][:1]}).replace("9001", "9005"))
    for thread, why in ((silent, "Nobody has answered it."), (short, "too short to help anyone else")):
        bring_in(desk, thread)
        told = post(desk, thread["url"])
        assert ("This thread gives no draft:" in told, why in told) == (True, True)
        assert "write the article from nothing" in told
        assert "build again" not in told


def test_an_author_nominates_and_never_publishes(desk: Desk) -> None:
    """What was handed in waits above the queue, with its sources; an editor saves it."""
    waiting = next(each for each in reversed(desk.kb.queue()) if isinstance(desk.kb.draft(each.lineage), Draft))
    thread = a_thread(desk, waiting.lineage)
    right = next(each for each in thread.answers if each in thread.solutions)
    author = desk.client("author")
    place = post(desk, right.id, "author")
    page = author.get(place).text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    sent = {**fields, "title": "Handed in", "body": "Mine alone."}
    assert author.submit("/desk/articles", sent).status_code == 403
    assert author.submit("/desk/work/hand-in", sent).headers["location"] == "/desk?done=submitted"
    editor = desk.client("editor")
    link = re.search(r'href="(/desk/articles/new\?[^"]*)">Handed in', editor.get("/desk").text)
    assert link
    form = editor.get(link[1].replace("&amp;", "&")).text
    assert "Mine alone.</textarea>" in form
    assert 'name="thread" value="' in form


@pytest.mark.parametrize("address", ["", "x", "https://evil.example/t/1", "javascript:alert(1)", "larkspan:0", '%"'])
def test_what_is_not_there_is_said(desk: Desk, address: str) -> None:
    """With what to do; nothing an address holds is a pattern."""
    with pytest.raises(NotFound, match="Nothing that was imported"):
        nominating.find(desk.kb.parts, address)


def test_platforms_addresses_are_read(tmp_path: Path) -> None:
    """Long and short forms of Stack Exchange and Discourse, with title, answer or share number."""
    kb = Workspace.create(tmp_path / "kb", recipe="small")
    sources = "".join(
        f'\n[[source]]\nname = "{name}"\nformat = "{form}"\nurl = "https://{name}.example"\n'
        for name, form in (("se", "stackexchange"), ("dc", "discourse"))
    )
    parts = kb.parts
    before = parts.head().read("kbuilder.toml") or b""
    for name, url in (("se:12", "https://se.example/questions/12"), ("dc:34", "https://dc.example/t/lamp/34")):
        thread = json.loads(json.dumps(NEW).replace("larkspan:9001", name))
        thread["url"] = url
        for number, each in enumerate(thread["answers"], 2):
            if name == "se:12":
                each |= {"id": f"se:12#{74 + number}", "url": f"https://se.example/a/{74 + number}"}
            else:
                each["url"] = f"{url}/{number}"
        (tmp_path / "x.jsonl").write_text(json.dumps(thread) + "\n")
        kb.import_threads("jsonl", tmp_path / "x.jsonl", name=name.partition(":")[0], complete=False)
    config = {"kbuilder.toml": before + sources.encode()}
    parts.repository.commit(parts.head(), config, "Sources", "test", parts.clock())

    def found(address: str) -> tuple[str, str]:
        named = nominating.find(parts, address)
        return named.thread.id, named.post.id if named.post else ""

    assert found("https://se.example/questions/12/why-does-the-lamp-hum?noredirect=1#comment5_12") == ("se:12", "")
    assert found("https://se.example/q/12/999") == ("se:12", "")
    assert found("https://se.example/questions/12/why#comment5_77") == ("se:12", "")
    for answer in ("a/77", "a/77/999", "a/77?x=y", "questions/12/why-does-it/77#77", "questions/12/why-does-it#77"):
        assert found(f"https://se.example/{answer}") == ("se:12", "se:12#77"), answer
    with pytest.raises(NotFound):
        found("https://se.example/a/78")
    assert found("https://dc.example/t/lamp/34") == ("dc:34", "")
    assert found("https://dc.example/t/34") == ("dc:34", "")
    assert found("https://dc.example/t/lamp/34/3?u=ada") == ("dc:34", "dc:34#3")
    kb.close()
