"""A forum whose every field is hostile: what each carries stays text, at the desk, on the site and for programs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from at_desk import Desk, serving
from lxml import html as parser

from kbuilder.records import Author, Draft, Post, Thread
from kbuilder.web.desk.access import COOKIE
from kbuilder.workspace import people
from kbuilder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CARRIERS = ("title", "tag", "product", "author", "question", "answer", "picture")
OURS = re.compile(
    r"/?(desk/files/|desk/pictures/|(\.{1,2}/)*static/|(\.{1,2}/)*media/|(\.{1,2}/)*([a-z]{2}/)?site\.js$)"
)
PROBLEMS = {
    1: ("mend the lamp", "Unscrew the cover of the lamp and turn the small wheel to the left until it clicks in."),
    2: ("paint the garden fence", "Brush the old colour off the wood, let it dry for a day, and begin at the top."),
    3: ("prune roses in spring", "Cut above a bud that looks outwards, with a sharp blade, once the frost is over."),
}


def evil(carrier: str) -> str:
    """A script in several disguises, which tells where it came from."""
    return (
        f"{carrier} \"><script>alert('{carrier}')</script><img src=x onerror=alert('{carrier}')>"
        f"<svg onload=alert('{carrier}')> {{{{7*7}}}}"
    )


def hostile(number: int) -> Thread:
    """A solved thread."""
    key, who = (
        f"forum:{number}",
        Author(id=f"forum:eve{number}", name=evil("author"), url="javascript:alert('author')"),
    )

    def post(place: int, body: str, **fields: Any) -> Post:
        return Post(
            id=f"{key}#{place}",
            body=body,
            author=who,
            created=f"2026-01-0{number}T10:00:00Z",
            url=f"https://forum.example/t/{number}#{place}",
            licence="CC BY-SA 4.0",
            **fields,
        )

    problem, answer = PROBLEMS[number]
    links = "[a link](javascript:alert('answer')) ![shown](data:image/svg+xml,<svg/onload=alert('picture')>)"
    return Thread(
        id=key,
        title=f"=HYPERLINK(1) How do I {problem}? {evil('title')}",
        url="javascript:alert('title')" if number == 1 else f"https://forum.example/t/{number}",
        language="en",
        tags=(evil("tag"),),
        product=evil("product"),
        question=post(1, f"I want to {problem}, and do not know how. {evil('question')}"),
        answers=(post(2, f"{answer} {evil('answer')}\n\n{links}", accepted=True),),
    )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Three such threads: two of them articles, one a candidate; all of them published."""
    made = Workspace.create(tmp_path_factory.mktemp("hostile") / "made", recipe="small")
    made.parts.database.put_threads("forum", [hostile(number) for number in PROBLEMS])
    made.build()
    made.cannot_link([f"forum:{number}" for number in PROBLEMS], editor="ada")  # what they share would join them
    made.build()
    made.close()
    desk = Desk(made.root, tmp_path_factory.mktemp("desk") / "kb")
    desk.everyone()
    drafted = [each for each in desk.kb.queue() if isinstance(desk.kb.draft(each.lineage), Draft)]
    for item in drafted[: max(len(drafted) - 1, 1)]:
        desk.kb.approve(item.lineage, editor="ada")
    desk.kb.publish()
    return desk


def addresses(desk: Desk) -> list[str]:
    """Pages of the desk that show what comes from the forum."""
    found = ["/desk", "/desk/articles", "/desk/top", "/desk/activity", "/desk/articles?words=roses"]
    for each in desk.kb.generation.candidates:
        found += [f"/desk/candidates/{each}", f"/desk/candidates/{each}/edit"]
    for article in desk.kb.articles():
        page = f"/desk/articles/{article.id}"
        found += [page, f"{page}/edit", f"{page}/history", f"{page}/sources", f"/flag?article={article.id}"]
    return found


def pages(desk: Desk) -> Iterator[tuple[str, str]]:
    """Each page of the desk, and each of the site."""
    client = desk.client("administrator")
    for path in addresses(desk):
        answer = client.get(path, follow_redirects=True)  # what is decided has no form any more
        assert answer.status_code == 200, path
        yield path, answer.text
    yield "/desk/answer", client.submit("/desk/answer", {"message": "How do I mend the lamp?"}).text
    for file in sorted((desk.kb.parts.site / "public").rglob("*.html")):
        yield str(file.relative_to(desk.kb.parts.site)), file.read_text("utf-8")


def test_nothing_of_it_is_markup(desk: Desk) -> None:
    """No script, no handler, no address that runs, no picture but ours, nothing that a template reckoned."""
    seen = 0
    for path, text in pages(desk):
        tree, seen = parser.fromstring(text), seen + 1
        for element in tree.iter():
            if not isinstance(element.tag, str):
                continue
            assert element.tag not in ("iframe", "object", "embed", "base"), path
            assert not [name for name in element.attrib if name.startswith("on") or name == "style"], path
            for name in ("href", "src", "action", "formaction"):
                given = element.get(name, "").strip().lower()
                assert not given.startswith(("javascript:", "data:", "vbscript:")), path
            if element.tag == "script" and element.get("type") != "application/ld+json":
                assert OURS.match(element.get("src", "")), path
                assert not (element.text or "").strip(), path
            if element.tag == "img":
                assert OURS.match(element.get("src", "")), path
        assert "{{7*7}}" in text or "7*7" not in text, path
    assert seen > 25


@pytest.mark.parametrize("carrier", CARRIERS)
def test_each_carrier_is_told_as_text(desk: Desk, carrier: str) -> None:
    """What a person wrote there is read somewhere at the desk, as it was written."""
    shown = (parser.fromstring(text).text_content() for path, text in pages(desk) if path.startswith("/desk"))
    assert f"alert('{carrier}')" in " ".join(shown)


def test_no_cell_is_a_formula(desk: Desk) -> None:
    """A title that begins as one is none in what a spreadsheet opens."""
    client, cells = desk.client("administrator"), list[str]()
    for path in ("/desk/queue.csv", "/desk/activity.csv"):
        rows = csv.reader(io.StringIO(client.get(path).text.removeprefix("\ufeff")))
        cells += [cell for row in rows for cell in row]
    assert [each for each in cells if "HYPERLINK" in each]
    assert not [each for each in cells if each.lstrip(" ")[:1] in tuple("=+-@\t\r\n")]


def test_programs_get_no_markup_either(desk: Desk) -> None:
    """Titles and sentences of suggestions are text; an article's HTML holds nothing that runs."""
    client = desk.client()
    found = client.post("/api/v1/suggest", json={"title": "How do I mend the lamp?"}).json()
    for article in desk.kb.articles():
        told = client.get(f"/api/v1/articles/{article.id}").json()
        for element in parser.fromstring(f"<div>{told['html']}</div>").iter():
            assert element.tag not in ("script", "svg", "img", "iframe")
            assert not [name for name in element.attrib if name.startswith("on")]
            assert not element.get("href", "").startswith("javascript")
        for source in told["sources"]:
            assert not [value for value in source.values() if str(value).startswith("javascript")]
    assert "javascript:" not in str([each["url"] for each in found["suggestions"]])


@pytest.mark.browser
def test_a_browser_runs_none_of_it(desk: Desk, browser: Browser) -> None:
    """No dialog opens, nothing breaks the policy, nothing is asked of another host, with every detail open."""
    with serving(desk.app) as address:
        context = browser.new_context()
        context.set_default_timeout(30_000)
        token = people.open_session(desk.kb.parts, desk.person("administrator"))
        context.add_cookies([{"name": COOKIE, "value": token, "url": f"{address}/desk"}])
        page, wrong = context.new_page(), list[str]()
        page.on("dialog", lambda opened: (wrong.append(opened.message), opened.dismiss()))
        page.on("console", lambda told: wrong.append(told.text) if "policy" in told.text.lower() else None)
        page.on("request", lambda sent: wrong.append(sent.url) if "//127.0.0.1:" not in sent.url else None)
        public = [f"/en/{each.slug}/" for each in desk.kb.articles()]
        for path in (*addresses(desk), *public):
            page.goto(f"{address}{path}")
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            for sentence in page.locator(".sentence[data-n]").all()[:2]:
                sentence.click()
        page.wait_for_timeout(200)
        context.close()
        assert wrong == []
