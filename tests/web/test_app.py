"""The site's preview, the form and the desk, as a browser without scripts sees them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from threading import Event, current_thread
from types import SimpleNamespace
from urllib.parse import quote_plus

import pytest
from httpx import Response
from starlette.testclient import TestClient

from kbuilder.markup import plain
from kbuilder.records import Draft, Refusal
from kbuilder.web import app
from kbuilder.web.app import create_app
from kbuilder.web.service import Service
from kbuilder.workspace.workspace import Workspace

GERMAN = {"accept-language": "de"}


# The site


def test_the_published_site_is_shown_as_it_is(client: TestClient, kb: Workspace) -> None:
    """Byte for byte, nothing added."""
    site = kb.parts.site / "public"
    pages = [file.relative_to(site) for file in site.rglob("*.html")]
    assert len(pages) > 10
    for page in pages:
        address = "/" + page.as_posix().removesuffix("index.html")
        assert client.get(address).content == (site / page).read_bytes()


def test_what_is_not_there_is_the_sites_own_page(client: TestClient, kb: Workspace) -> None:
    """404 with the site's 404.html."""
    answer = client.get("/en/nothing-here/")
    assert (answer.status_code, answer.content) == (404, (kb.parts.site / "public/404.html").read_bytes())


def test_an_unchanged_file_is_not_sent_twice(client: TestClient) -> None:
    """304 for the tag that was given."""
    first = client.get("/static/style.css")
    again = client.get("/static/style.css", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_a_folder_is_sent_on_to_its_slash(client: TestClient) -> None:
    """To this host, with the query."""
    answer = client.get("/en?x=1", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/en/?x=1")


def test_the_site_can_only_be_read(client: TestClient) -> None:
    """Other methods are refused with a page."""
    answer = client.post("/en/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_head_says_what_get_says(client: TestClient) -> None:
    """Without the body."""
    head, get = client.head("/en/"), client.get("/en/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_before_the_first_publish_the_way_is_shown(empty: TestClient) -> None:
    """A page with the command instead of an empty one."""
    answer = empty.get("/")
    assert answer.status_code == 404
    assert "publish" in answer.text
    assert "/desk" in answer.text


def test_a_site_swapped_while_it_is_read_is_whole(kb: Workspace, tmp_path: Path) -> None:
    """The folder changes places between two requests; both are answered from one of the two."""
    workspace = Workspace.open(shutil.copytree(kb.root, tmp_path / "kb"))
    reader = TestClient(create_app(workspace), base_url="http://127.0.0.1", client=("127.0.0.1", 1))
    site = workspace.parts.site
    shutil.copytree(site / "public", site / "next")
    (site / "next/en/index.html").write_text("next")
    assert reader.get("/en/").text != "next"
    (site / "public").rename(site / "before")
    (site / "next").rename(site / "public")
    assert reader.get("/en/").text == "next"


# The form


def question_of(kb: Workspace) -> str:
    return next(each.title for each in kb.generation.drafts.values() if isinstance(each, Draft))


def test_the_form_waits_for_a_question(client: TestClient) -> None:
    """A labelled field, and neither answers nor an apology."""
    page = client.get("/ask").text
    assert '<label for="question">' in page
    assert "Nothing found" not in page


def test_an_answer_says_what_it_is_and_how_sure(client: TestClient, kb: Workspace) -> None:
    """Linked title, sentence, kind, and the probability in words and per cent."""
    page = client.get("/ask", params={"q": question_of(kb)}).text
    assert re.search(r"<h3[^>]*><a href=", page)
    assert "<blockquote" in page
    assert re.search(r"(certain|likely) \(\d+%\)", page)


def test_a_question_is_in_no_address(client: TestClient, kb: Workspace) -> None:
    """The form sends it in the body; web servers write addresses into their logs. Other languages ask it again so."""
    question = question_of(kb)
    answer = client.post("/ask", data={"q": question}, follow_redirects=False)
    assert answer.status_code == 200
    assert '<form class="question" id="asking" method="post" action="/ask">' in answer.text
    assert re.search(r'<button[^>]* form="asking" formaction="/ask\?lang=de" lang="de">', answer.text)
    assert quote_plus(question) not in answer.text
    assert '<html lang="de">' in client.post("/ask?lang=de", data={"q": question}).text


def test_a_question_is_in_no_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """However much is logged."""
    with caplog.at_level(logging.DEBUG):
        assert client.post("/ask", data={"q": "Why is my zebrafinch silent?"}).status_code == 200
    assert "zebrafinch" not in caplog.text


def test_an_answer_is_shown_whole_and_in_place(client: TestClient, kb: Workspace) -> None:
    """An article with its sources, a solved thread with its author and licence; no anchor stands twice."""
    found: set[bool] = set()
    for thread in [each for each in kb.parts.database.threads() if each.solved_question]:
        hits = kb.suggest(thread.title)
        if not hits or hits[0].reviewed in found:
            continue
        found.add(hits[0].reviewed)
        page = client.post("/ask", data={"q": thread.title}).text
        whole = re.findall(r'<details class="whole">.*?\n</details>', page, re.DOTALL)
        assert len(whole) == len(hits)
        assert "CC BY-SA 4.0</a>" in whole[0]
        if hits[0].reviewed:
            assert '<ol class="sources">' in whole[0]
        else:
            solved_thread = kb.parts.database.thread(hits[0].target)
            assert solved_thread
            said = plain(solved_thread.solutions[0].body).split()[:5]
            assert (
                said == unescape(re.sub(r"<[^>]+>", " ", whole[0].partition('aria-label="Answer">')[2])).split()[:5]
            )
            assert "Accepted answer · <a" in whole[0]
        names = re.findall(r' id="([^"]+)"', page)
        assert len(names) == len({*names})
        assert all(f'id="{link}"' in page for link in re.findall(r'href="#([^"]+)"', page))
        if len(found) == 2:
            break
    assert found == {True, False}


def test_silence_is_quiet_and_shows_the_way_on(client: TestClient, kb: Workspace) -> None:
    """No answer, no wrong answer, and where to ask, with what was typed as the beginning."""
    page = client.post("/ask", data={"q": "How often should I descale an espresso machine?"}).text
    assert "Nothing found" in page
    assert f'{kb.parts.config().ask_url}?title=How+often+should+I+descale+an+espresso+machine%3F"' in page


def test_the_question_stays_in_the_field_and_is_not_markup(client: TestClient) -> None:
    """What was typed comes back as text."""
    page = client.post("/ask", data={"q": '"><script>alert(1)</script>'}).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_question_that_is_too_long_is_a_page(client: TestClient) -> None:
    """422 as HTML, the words not repeated."""
    for answer in (
        client.post("/ask", data={"q": "word " * 500}),
        client.get("/ask", params={"q": "word " * 500}),
        client.post("/ask", files={"q": ("q.txt", b"word")}),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
        assert "word word" not in answer.text


def test_the_language_follows_the_browser_and_can_be_chosen(client: TestClient) -> None:
    """A choice holds for the links of the page."""
    assert '<html lang="de">' in client.get("/ask", headers=GERMAN).text
    chosen = client.get("/ask?lang=en", headers=GERMAN).text
    assert '<html lang="en">' in chosen
    assert 'href="/desk?lang=en"' in chosen
    assert 'action="/ask?lang=en"' in chosen


# The desk


def waiting(kb: Workspace) -> str:
    return kb.queue()[0].lineage


def test_the_queue_shows_the_most_wanted_first(client: TestClient, kb: Workspace) -> None:
    """All that wait, page by page, in the queue's order."""
    wanted = [item.lineage for item in kb.queue()]
    shown: list[str] = []
    address = "/desk"
    while address:
        page = client.get(address).text
        shown += re.findall(r'<h2[^>]*><a href="/desk/candidates/([a-z2-7]{12})"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(wanted) > 50
    assert shown == wanted


def test_a_page_beyond_the_last_is_the_last(client: TestClient) -> None:
    """An old link still leads somewhere."""
    assert 'rel="prev"' in client.get("/desk?page=999").text
    assert client.get("/desk?page=0").status_code == 422


def test_each_sentence_leads_to_its_source(client: TestClient, kb: Workspace) -> None:
    """A number behind it, an entry for the number, and the way back."""
    draft = kb.draft(lineage := waiting(kb))
    page = client.get(f"/desk/candidates/{lineage}").text
    numbers = set(re.findall(r'href="#s(\d+)"', page))
    assert numbers
    assert all(f'id="s{number}"' in page and f'href="#r{number}"' in page for number in numbers)
    assert isinstance(draft, Draft)


@pytest.fixture(scope="module")
def candidate_pages(client: TestClient, kb: Workspace) -> list[Response]:
    """The page of every candidate, decided ones and refusals too, in German."""
    return [client.get(f"/desk/candidates/{lineage}", headers=GERMAN) for lineage in kb.generation.candidates]


def test_every_candidate_has_a_page(candidate_pages: list[Response]) -> None:
    """Without an inline script, and without a style of its own."""
    assert len(candidate_pages) > 100
    for answer in candidate_pages:
        assert answer.status_code == 200
        assert not re.search(r"<script(?! src=\"/desk/files/)|<[^>]*\s(on\w+|style)=", answer.text)


def test_a_refusal_says_why(client: TestClient, kb: Workspace) -> None:
    """The reason instead of a draft, and nothing to approve."""
    lineage = next(key for key, each in kb.generation.drafts.items() if isinstance(each, Refusal))
    refusal = kb.draft(lineage)
    page = client.get(f"/desk/candidates/{lineage}").text
    assert isinstance(refusal, Refusal)
    assert "There is no draft." in page
    assert "/approve" not in page


def test_personal_data_is_on_no_page_of_the_desk(candidate_pages: list[Response], kb: Workspace) -> None:
    """Neither an e-mail address nor an order number that the example's threads hold."""
    secrets = set(re.findall(r"[\w.]+@[\w.-]+\.\w+|LS-\d{4}-\d{5}", kb.example.read_text("utf-8")))
    assert {"casey.wren@mail.example", "LS-4471-90823"} <= secrets
    assert [secret for secret in secrets for page in candidate_pages if secret in page.text] == []


def test_an_unknown_candidate_is_not_found(client: TestClient) -> None:
    """404 as a page, with a script's address as text."""
    answer = client.get("/desk/candidates/%3Cscript%3E")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", ["/desk", "/desk/candidates/aaaaaaaaaaaa"])
def test_the_desk_is_closed_to_other_machines(stranger: TestClient, path: str) -> None:
    """403 that says who would be let in; the other pages do not even link to it."""
    answer = stranger.get(path)
    assert answer.status_code == 403
    assert "127.0.0.1" in answer.text
    assert "/desk" not in stranger.get("/ask").text


def test_nothing_built_is_a_page_at_the_desk(empty: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """503 that says whom to show it to; the command that helps stands in the log."""
    answer = empty.get("/desk")
    assert answer.status_code == 503
    assert "There is no build of this knowledge base yet." in answer.text
    assert "whoever looks after this server" in answer.text
    assert "kbuilder build" in caplog.text


def test_once_it_is_warm_more_can_be_done(kb: Workspace) -> None:
    """As a process of its own does, whose memory is to stay as it is."""
    warm = Event()
    with TestClient(create_app(Workspace.open(kb.root), once_warm=warm.set)):
        assert warm.wait(60)


def test_the_pages_are_dressed(client: TestClient) -> None:
    """Every style and picture that a page names is there."""
    page = client.get("/ask").text
    named = re.findall(r'<link[^>]* href="([^"]+)"', page)
    assert len(named) >= 3
    assert [client.get(address).status_code for address in named] == [200] * len(named)
    assert client.get("/-/kbuilder.toml").status_code == 404


@pytest.mark.parametrize("path", ["/", "/en/", "/ask", "/desk", "/api/v1/health", "/nothing", "/-/web.css"])
def test_every_response_is_protected(client: TestClient, path: str) -> None:
    """Only the site itself may be framed, by itself."""
    policy = client.get(path).headers["content-security-policy"]
    framed = path in ("/", "/en/", "/nothing")
    assert policy.endswith("frame-ancestors 'self'" if framed else "frame-ancestors 'none'")


def test_a_fifth_of_the_work_at_most_makes_ready_what_is_suggested(
    kb: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an index that took long to make a server lets it be for four times as long; else it looks again soon."""
    clock, pauses, took = [100.0], list[float](), iter((0.0, 3.0, 0.001))

    def renew() -> None:
        try:
            clock[0] += next(took)
        except StopIteration:
            raise asyncio.CancelledError from None

    async def slept(seconds: float) -> None:
        if not current_thread().name.startswith("renewing"):  # that of another server, which is up for all tests
            await asyncio.sleep(seconds)
            return
        pauses.append(seconds)

    monkeypatch.setattr(app, "asyncio", SimpleNamespace(sleep=slept))
    monkeypatch.setattr(app, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    own = Workspace.open(kb.root)
    monkeypatch.setattr(own, "renew", renew)
    service = Service(own)
    with ThreadPoolExecutor(1, "renewing") as elsewhere, contextlib.suppress(asyncio.CancelledError):
        elsewhere.submit(asyncio.run, app._keep_renewing(service)).result()
    service.close()
    assert pauses == [app.RENEW_EVERY, app.RENEW_EVERY, pytest.approx(12), app.RENEW_EVERY]
