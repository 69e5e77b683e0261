"""The pages in a browser: by keyboard, read aloud, on a phone, and under their own policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from at_desk import serving

from kbuilder.records import Draft, Refusal
from kbuilder.web.app import create_app
from kbuilder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

UNKNOWN = "How often should I descale an espresso machine?"


@pytest.fixture(scope="module")
def address(kb: Workspace) -> Iterator[str]:
    """The application behind a real server on loopback."""
    with serving(create_app(kb)) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which nothing may go wrong: no error, no refused policy, no other host."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda sent: wrong.append(sent.url) if "//127.0.0.1:" not in sent.url else None)
    yield opened
    context.close()
    assert wrong == []


def question(kb: Workspace) -> str:
    return next(each.title for each in kb.generation.drafts.values() if isinstance(each, Draft))


def addresses(kb: Workspace) -> dict[str, str]:
    """Each kind of page, by what it shows."""
    refused = next(key for key, each in kb.generation.drafts.items() if isinstance(each, Refusal))
    decided = next(key for key in kb.generation.candidates if key not in {item.lineage for item in kb.queue()})
    german = next(item.lineage for item in kb.queue() if item.language == "de")
    return {
        "form": "/ask",
        "answers": "/ask?" + urlencode({"q": question(kb)}),
        "silence": "/ask?" + urlencode({"q": UNKNOWN, "lang": "de"}),
        "queue": "/desk",
        "last page of the queue": "/desk?page=999&lang=de",
        "draft": f"/desk/candidates/{kb.queue()[0].lineage}",
        "draft in German": f"/desk/candidates/{german}?lang=de",
        "refusal": f"/desk/candidates/{refused}",
        "decided": f"/desk/candidates/{decided}",
    }


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_every_page_is_for_everybody(page: Page, address: str, kb: Workspace, width: int, scheme: str) -> None:
    """axe finds nothing on any kind of page, and nothing has to be scrolled sideways."""
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for name, path in addresses(kb).items():
        page.goto(address + path)
        for closed in page.locator("summary:visible").all():
            closed.click()
        found = Axe().run(page)
        assert found.response["passes"], name
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name


def test_a_question_is_asked_by_keyboard(page: Page, address: str, kb: Workspace) -> None:
    """From the address bar: skip the header, type, press Enter, go on to the first answer."""
    page.goto(address + "/ask")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(question(kb))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="1 answer").wait_for()
    assert page.title().startswith("1 answer")
    assert page.url == address + "/ask"
    page.locator("#question").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == page.locator("h3").first.inner_text()
    assert 'heading "1 answer"' in page.locator("main").aria_snapshot()


@pytest.mark.parametrize("way", ["opened", "clicked"])
def test_what_another_page_carries_over_is_asked_and_in_no_address(
    page: Page, address: str, kb: Workspace, way: str
) -> None:
    """Behind the ``#``: the server is asked for ``/ask`` alone, the words come in a body, and the address is bare."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    if way == "clicked":
        page.goto(address + "/ask")
    page.goto(f"{address}/ask#q={quote(question(kb))}")
    page.get_by_role("heading", name="1 answer").wait_for()
    assert page.locator("#question").input_value() == question(kb)
    assert (page.url, [each for each in sent if "q=" in each.partition("#")[0]]) == (address + "/ask", [])
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_role("heading", name="1 Antwort").wait_for()
    assert page.locator("#question").input_value() == question(kb)


def test_whoever_comes_back_to_an_answer_finds_it(page: Page, address: str, kb: Workspace) -> None:
    """Without being asked to send the form again."""
    page.goto(address + "/ask")
    page.locator("#question").fill(question(kb))
    page.locator("#question").press("Enter")
    page.locator("h3 a").first.click()
    page.locator("h1").filter(has_not_text="Ask").wait_for()
    page.go_back()
    page.get_by_role("heading", name="1 answer").wait_for()
    assert page.locator("#question").input_value() == question(kb)


def test_an_answer_leads_to_its_article(page: Page, address: str, kb: Workspace) -> None:
    """A link in the result opens the page of the published site."""
    page.goto(address + "/ask?" + urlencode({"q": question(kb)}))
    title = page.locator("h3 a").first.inner_text()
    page.locator("h3 a").first.click()
    assert page.locator("h1").inner_text() == title


def test_a_sentences_number_leads_to_its_source_and_back(page: Page, address: str, kb: Workspace) -> None:
    """The passage opens in place under the sentence; an entry's arrow leads back to the sentence."""
    page.goto(f"{address}/desk/candidates/{kb.queue()[0].lineage}")
    page.locator("sup.ref a").first.click()
    quoted = page.locator(".in-place > span").first.inner_text()
    assert quoted
    assert quoted in page.locator(".passage.lit").first.inner_text()
    page.locator("a.back").first.click()
    assert page.locator("sup.ref :target, sup.ref:target, a:target").count() == 1


def test_the_sites_search_runs_under_the_previews_policy(page: Page, address: str) -> None:
    """Pagefind's WebAssembly is allowed, and nothing more."""
    page.goto(address + "/en/")
    title = page.locator(".articles a").first.inner_text()
    page.locator("#q").fill(title)
    page.wait_for_selector(".results li")
    assert title in page.locator(".results").inner_text()
