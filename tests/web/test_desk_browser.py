"""A day at the desk in a browser: by keyboard alone, in both languages, on SQLite and on PostgreSQL."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from at_desk import PASSWORD, Desk, serving
from PIL import Image
from store.conftest import postgres_server, postgres_url  # noqa: F401 - fixtures

from kbuilder.web.desk.access import COOKIE
from kbuilder.workspace import people
from kbuilder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
PASTE = """(area, data) => {
  const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
  const brought = new DataTransfer();
  brought.items.add(new File([bytes], "shot.png", { type: "image/png" }));
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
  area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: brought, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest, kb: Workspace, tmp_path: Path) -> Iterator[Desk]:
    """A knowledge base whose database is of each kind."""
    made = Desk(kb.root, tmp_path / "kb")
    if request.param == "postgres":
        made.kb.parts.environ = {"KBUILDER_DATABASE_URL": request.getfixturevalue("postgres_url")}
        made.kb.import_threads("jsonl", made.kb.example)
    yield made
    made.kb.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


def signed_in(context: BrowserContext, desk: Desk, address: str, role: str) -> Page:
    """A page of someone of a role on which nothing may go wrong."""
    token = people.open_session(desk.kb.parts, desk.person(role))
    context.add_cookies([{"name": COOKIE, "value": token, "url": f"{address}/desk"}])
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda told: wrong.append(told.text) if "policy" in told.text.lower() else None)
    page.on("request", lambda sent: wrong.append(sent.url) if "//127.0.0.1:" not in sent.url else None)
    page.wrong = wrong  # type: ignore[attr-defined]
    return page


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_verdict_by_keyboard_alone(desk: Desk, context: BrowserContext, language: str) -> None:
    """Sign in, find, approve with one key, reject, merge, split, put off, write, take back: no mouse."""
    added = people.add(desk.kb.parts, "ada@example.org", "Ada", ["publisher"])
    person = people.change(desk.kb.parts, added.person, renew=False, settings={"language": language})
    people.set_password(desk.kb.parts, person, added.password, PASSWORD, "")
    before = [item.lineage for item in desk.kb.queue()]
    large = next(item.lineage for item in desk.kb.queue() if item.demand.threads > 2)
    with serving(desk.app) as address:
        page = context.new_page()
        page.goto(f"{address}/desk?lang={language}")
        page.keyboard.type("ada@example.org")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-row]")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/candidates/{before[0]}*")
        page.keyboard.press("a")
        page.wait_for_url("**done=approved*")
        assert before[1] in page.url
        page.keyboard.press("r")
        page.wait_for_selector("#reject:popover-open")
        page.keyboard.press("Tab")
        page.keyboard.type("because")
        page.keyboard.press("Enter")
        page.wait_for_url("**done=rejected*")
        page.keyboard.press("u")
        page.wait_for_url("**done=undone*")
        assert before[1] in page.url
        page.keyboard.press("j")
        page.wait_for_url(f"**/candidates/{before[2]}*")
        page.keyboard.press("d")
        page.wait_for_selector("#defer:popover-open")
        page.locator("#defer-until").fill("2099-01-01")
        page.keyboard.press("Enter")
        page.wait_for_url("**done=deferred*")
        page.goto(f"{address}/desk/candidates/{large if large != before[0] else before[1]}")
        page.keyboard.press("s")
        page.wait_for_selector("#split:popover-open")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url("**done=split*")
        page.goto(f"{address}/desk/candidates/{before[4]}")
        page.keyboard.press("m")
        page.wait_for_selector("#merge:popover-open")
        page.locator("#merge-with").fill(before[5])
        page.keyboard.press("Enter")
        page.wait_for_url("**done=merged*")
        page.goto(f"{address}/desk/candidates/{before[6]}")
        page.keyboard.press("e")
        page.wait_for_selector("textarea[name=body]")
        page.locator("textarea[name=body]").focus()
        page.keyboard.press("Control+End")
        page.keyboard.type("\n\nMind the step.")
        page.locator("#preview", has_text="Mind the step.").wait_for()
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**done=approved*")
        page.keyboard.press("?")
        assert page.locator("#help").is_visible()
    parts = desk.kb.parts
    found = sorted(each.verdict for each in parts.people.done())
    assert found == ["approve", "approve", "merge", "reject", "split", "undo"]
    made = sorted(each.verdict for each in parts.decided.decisions(parts.head()) if each.editor == "Ada")
    assert made == ["approve", "edit", "merge", "reject", "split", "undo"]
    assert next(each for each in desk.kb.articles() if each.lineage == before[6]).body.endswith("Mind the step.")


def test_a_sentence_and_its_source(desk: Desk, context: BrowserContext) -> None:
    """Touched, a sentence shows its source in place, a source its sentences; by more than colour."""
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.goto(f"{address}/desk/candidates/{desk.kb.queue()[0].lineage}")
        page.locator(".sentence[data-n]").first.click()
        shown = page.locator(".in-place > span").first.inner_text()
        assert shown.split()[0] in page.locator(".sentence[data-n]").first.inner_text()
        assert page.locator(".sup.ref a[aria-expanded=true], .ref a[aria-expanded=true]").count() == 1
        page.locator(".sentence[data-n]").first.click()
        assert page.locator(".in-place").count() == 0
        page.mouse.move(0, 0)
        page.locator(".passage").last.hover()
        assert page.locator(".sentence.lit").count() >= 1
        lit = page.locator(".sentence.lit").first.evaluate("each => getComputedStyle(each).textDecorationLine")
        assert lit == "underline"
        assert page.wrong == []  # type: ignore[attr-defined]


def test_what_is_written_survives_the_connection_and_the_session(desk: Desk, context: BrowserContext) -> None:
    """Offline, the page says so and tries again; ended sessions lose nothing that was kept."""
    lineage = desk.kb.queue()[0].lineage
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.goto(f"{address}/desk/candidates/{lineage}/edit")
        page.locator("input[name=title]").fill("Kept title")
        page.locator("#kept", has_text="not saved yet").wait_for()
        context.set_offline(True)
        page.locator("input[name=title]").fill("Kept title, longer")
        page.wait_for_selector("#kept.wrong")
        context.set_offline(False)
        page.locator("#kept:not(.wrong)").wait_for(timeout=20_000)
        person = desk.person("editor")
        desk.kb.parts.people.end_sessions(person.id)
        page.locator("input[name=title]").fill("Never kept")
        page.wait_for_selector("#kept.wrong")
        assert page.locator("input[name=title]").input_value() == "Never kept"
        other = signed_in(context, desk, address, "editor")
        other.goto(f"{address}/desk/candidates/{lineage}/edit")
        assert other.locator("input[name=title]").input_value() == "Kept title, longer"


def test_a_picture_is_chosen_and_pasted(desk: Desk, context: BrowserContext) -> None:
    """By keyboard into the text where the cursor is; pasted without words, the cursor waits where these belong."""
    made = io.BytesIO()
    Image.new("RGB", (60, 40), (180, 60, 20)).save(made, "PNG")
    chosen: Any = {"name": "light.png", "mimeType": "image/png", "buffer": made.getvalue()}
    article = desk.kb.articles()[0]
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.goto(f"{address}/desk/articles/{article.id}/edit")
        area = page.locator("textarea[name=body]")
        area.press("Control+End")
        page.get_by_text("Add a picture").press("Enter")
        page.get_by_label("File").set_input_files(chosen)
        page.get_by_label("What it shows").fill("The red light")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.locator("#preview img[alt='The red light']").wait_for()
        assert page.locator("#preview img").evaluate("each => each.decode().then(() => each.naturalWidth)") == 60
        area.evaluate(PASTE, base64.b64encode(made.getvalue()).decode())
        page.locator("#picture-told", has_text="write between the brackets").wait_for()
        page.keyboard.press("Control+Enter")
        assert "has no description" in page.get_by_role("alert").inner_text()
        text = area.input_value()
        assert text.count("](/media/") == 2
        area.fill(text.replace("![](", "![Again]("))
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**done=saved*")
        assert page.locator("img[alt='Again']").evaluate("each => each.decode().then(() => each.naturalWidth)") == 60
        assert page.wrong == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("width", "scheme", "language"), [(320, "dark", "de"), (1280, "light", "en")])
def test_every_page_of_the_desk_is_for_everybody(
    desk: Desk, context: BrowserContext, width: int, scheme: str, language: str
) -> None:
    """axe finds nothing, nothing has to be scrolled sideways (320 px is 1280 at 400 %), and each has one heading."""
    from axe_playwright_python.sync_playwright import Axe

    desk.everyone()
    told = {"kind": "flagged", "target": desk.kb.articles()[0].id, "words": "It is otherwise since May."}
    assert desk.client().post("/api/v1/events", json={"page_view": "v", "events": [told]}).status_code == 202
    article, lineage = desk.kb.articles()[0], desk.kb.queue()[0].lineage
    one = f"/articles/{article.id}"
    paths = ["", "/articles", one, f"{one}/history", f"{one}/edit", "/articles/new", f"/candidates/{lineage}",
             f"/candidates/{lineage}/edit", "/top", "/activity", "/answer", "/people", "/account",
             "/notices", "/notices/new", "/nominate", f"{one}/sources"]  # fmt: skip
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "administrator")
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for path in (*(f"/desk{each}?" for each in paths), f"/flag?article={article.id}&"):
            page.goto(f"{address}{path}lang={language}")
            if path == f"/desk/candidates/{lineage}?":
                page.locator(".sentence[data-n]").first.click()
                page.keyboard.press("m")
            found = Axe().run(page)
            assert found.response["passes"], path
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
            assert page.locator("h1").count() == 1, path
        assert page.wrong == []  # type: ignore[attr-defined]
        assert "heading" in json.dumps(page.locator("main").aria_snapshot())
