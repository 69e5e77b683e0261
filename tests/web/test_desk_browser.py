"""A day at the desk in a browser: by keyboard alone, in both languages, on SQLite and on PostgreSQL."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from at_desk import PASSWORD, Desk, serving
from PIL import Image
from store.conftest import postgres_server, postgres_url  # noqa: F401 - fixtures

from kbuilder.records import Draft
from kbuilder.web.desk.access import COOKIE
from kbuilder.workspace import people, writing
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
        page.wait_for_load_state()  # a row is there before what listens to keys
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
        page.keyboard.press("Enter")  # without a reason it asks for one
        page.wait_for_selector("#reject-reason:focus")
        page.keyboard.type("because")
        page.keyboard.press("Enter")
        page.wait_for_url("**done=rejected*")
        page.keyboard.press("u")
        page.wait_for_url("**done=undone*")
        page.keyboard.press("r")
        page.wait_for_selector("#reject:popover-open")
        page.keyboard.press("ArrowDown")
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
        page.keyboard.press("Enter")  # as proposed
        page.wait_for_url("**done=split*")
        page.goto(f"{address}/desk/candidates/{before[4]}")
        page.keyboard.press("m")
        page.wait_for_selector("#merge:popover-open")
        page.locator("#merge-with").fill(before[5])
        page.keyboard.press("Enter")
        page.wait_for_url("**done=merged*")
        page.goto(f"{address}/desk/candidates/{before[6]}")
        page.keyboard.press("e")
        page.wait_for_url("**/edit*")
        page.wait_for_selector("textarea[name=body]:focus")
        page.keyboard.press("Control+End")
        page.keyboard.type("\n\nMind the step.")
        page.locator("#preview", has_text="Mind the step.").wait_for()
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**done=approved*")
        page.keyboard.press("?")
        assert page.locator("#help").is_visible()
        approved = next(each for each in desk.kb.articles() if each.lineage == before[0])
        page.goto(f"{address}/desk/articles/{approved.id}")
        page.keyboard.press("u")
        page.wait_for_selector("#undo:popover-open")
        page.keyboard.press("Enter")
        page.wait_for_url("**done=undone*")
    parts = desk.kb.parts
    found = sorted(each.verdict for each in parts.people.done())
    assert found == ["approve", "approve", "merge", "reject", "reject", "split", *["undo"] * 3]
    made = sorted(each.verdict for each in parts.decided.decisions(parts.head()) if each.editor == "Ada")
    assert made == ["approve", "edit", "merge", "reject", "reject", "split", *["undo"] * 3]
    split = next(each for each in parts.decided.decisions(parts.head()) if each.verdict == "split")
    parting = desk.kb.generation.candidates[split.lineage].parting
    assert parting
    assert split.members == parting.members
    assert next(each for each in desk.kb.articles() if each.lineage == before[6]).body.endswith("Mind the step.")


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_thirty_verdicts_in_one_sitting(desk: Desk, context: BrowserContext) -> None:
    """One key each, rejections by three: the next candidate is there after each, and none is left out."""
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.goto(f"{address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/candidates/*")
        for number in range(30):
            before = page.url
            if page.locator("[data-key=a]").count() and number % 3:
                page.keyboard.press("a")
            else:
                page.keyboard.press("r")
                page.wait_for_selector("#reject:popover-open")
                page.keyboard.press("ArrowDown")
                page.keyboard.press("Enter")
            page.wait_for_url(lambda url, before=before: url != before)
            page.wait_for_selector(".done")
        assert page.wrong == []  # type: ignore[attr-defined]
    parts = desk.kb.parts
    made = [each.verdict for each in parts.decided.decisions(parts.head()) if each.editor == "The editor"]
    assert len(made) == 30
    assert {*made} == {"approve", "reject"}


def test_back_to_what_was_refused(desk: Desk, context: BrowserContext) -> None:
    """What was written is there again after Back and after a reload, and no error of the browser's own; a word that
    has no end leaves the queue as narrow as the screen."""
    title = "A lamp" * 40
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.goto(f"{address}/desk/articles/new?kind=fix")
        page.locator("input[name=title]").fill(title)
        page.locator("textarea[name=body]").fill("Take the lamp out.[^zz]")
        page.locator("[data-key-submit]").click()
        page.wait_for_selector(".wrong")
        page.set_viewport_size({"width": 320, "height": 740})
        page.goto(f"{address}/desk")
        assert page.get_by_text(title).bounding_box()
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        page.go_back()
        assert page.locator("textarea[name=body]").input_value() == "Take the lamp out.[^zz]"
        page.reload()
        assert page.locator("input[name=title]").input_value() == title
        page.locator("textarea[name=body]").fill("Take the lamp out.")
        page.locator("[data-key-submit]").click()
        page.wait_for_url("**done=saved*")
        assert page.wrong == []  # type: ignore[attr-defined]
    parts = desk.kb.parts
    assert [each.title for each in desk.kb.articles() if each.body == "Take the lamp out."] == [title]
    assert parts.people.works(person=desk.person("editor").id) == []


def test_a_sentence_and_its_source(desk: Desk, context: BrowserContext) -> None:
    """Touched, a sentence shows its source in place and what is to be looked at, a source its sentences; by more
    than colour."""
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.goto(f"{address}/desk/candidates/{desk.kb.queue()[0].lineage}")
        page.locator(".sentence[data-n]").first.click()
        shown = page.locator(".in-place > span").first.inner_text()
        assert shown.split()[0] in page.locator(".sentence[data-n]").first.inner_text()
        assert page.locator(".sup.ref a[aria-expanded=true], .ref a[aria-expanded=true]").count() == 1
        page.locator(".sentence[data-n]").first.click()
        assert page.locator(".in-place").count() == 0
        drafts = (each for each in desk.kb.generation.drafts.values() if isinstance(each, Draft))
        marked = next(each for each in drafts if each.marks)
        page.goto(f"{address}/desk/candidates/{marked.lineage}")
        page.locator(".sentence[data-n]:has(.flag)").first.dispatch_event("click")  # it may stand in a tab
        assert page.locator(".in-place strong").first.text_content() in marked.marks.values()
        article, told = desk.kb.articles()[0], page.locator(".in-place span")
        desk.kb.edit(article.id, editor="Bea", body=f"Mind the gap. It is wide.\n\n{article.body}")
        page.goto(f"{address}/desk/articles/{article.id}?lang=de")
        page.locator(".editorial", has_text="Mind the gap.").click()
        assert "Kein Beitrag des Forums sagt das." in told.inner_text()
        page.locator(".editorial", has_text="Mind the gap.").click()
        assert told.count() == 0
        page.go_back()
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


def sign_in(context: BrowserContext, desk: Desk, address: str, role: str) -> None:
    """Somebody signs in, in another tab."""
    token = people.open_session(desk.kb.parts, desk.person(role))
    context.add_cookies([{"name": COOKIE, "value": token, "url": f"{address}/desk"}])


@pytest.mark.parametrize(
    ("language", "told", "other", "held"),
    [
        ("en", "Your session has ended", "The publisher is signed in", "Send it now"),
        ("de", "Ihre Sitzung ist beendet", "ist jetzt The publisher angemeldet", "Jetzt abschicken"),
    ],
)
def test_a_session_that_ends_is_told_in_place(
    desk: Desk, context: BrowserContext, language: str, told: str, other: str, held: str
) -> None:
    """Writing goes on; kept and saved by whoever wrote it, once they are back, and in nobody else's name."""
    article, parts = desk.kb.articles()[0], desk.kb.parts
    person = desk.person("editor")

    def kept() -> str:
        work = parts.people.work(person.id, article.id)
        return work.title if work else ""

    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        place = f"{address}/desk/articles/{article.id}/edit?lang={language}"
        page.goto(place)
        parts.people.end_sessions(person.id)
        page.locator("textarea[name=body]").fill("Written after the session ended.")  # the preview asks too
        page.locator("#ended", has_text=told).wait_for()
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#kept.wrong")
        assert page.url == place
        sign_in(context, desk, address, "publisher")
        page.keyboard.press("Control+Enter")
        page.locator("#ended", has_text=other).wait_for()
        assert (page.url, kept()) == (place, "")
        sign_in(context, desk, address, "editor")
        page.locator("input[name=title]").fill("Another title")
        page.locator("#ended").wait_for(state="hidden", timeout=20_000)
        page.locator("#kept:not(.wrong)").wait_for(timeout=20_000)
        assert kept() == "Another title"
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**done=saved*")
        changed = next(each for each in desk.kb.articles() if each.id == article.id)
        assert (changed.title, changed.body) == ("Another title", "Written after the session ended.")
        page.goto(f"{address}/desk/articles/{article.id}?lang={language}")
        page.locator("[popovertarget=rename]").click()
        page.locator("#slug").fill("where-it-is-now")
        parts.people.end_sessions(person.id)
        page.keyboard.press("Enter")
        page.get_by_role("button", name=held).wait_for()
        sign_in(context, desk, address, "editor")
        page.get_by_role("button", name=held).click()
        page.locator("h1", has_text="anew" if language == "en" else "neu angemeldet").wait_for()
        page.get_by_role("button", name=held).click()
        page.wait_for_url("**done=renamed*")
        assert page.wrong == []  # type: ignore[attr-defined]


def test_with_two_steps_a_change_waits_for_a_publisher(desk: Desk, context: BrowserContext) -> None:
    """The editor is told, in German; the publisher sees the change word by word, and saves it."""
    article, parts = desk.kb.articles()[0], desk.kb.parts
    settings = (parts.head().read("kbuilder.toml") or b"") + b"\n[desk]\nsteps = 2\n"
    parts.repository.commit(parts.head(), {"kbuilder.toml": settings}, "Two steps", "ada", parts.clock())
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.goto(f"{address}/desk/articles/{article.id}?lang=de")
        page.keyboard.press("e")
        page.get_by_role("button", name="Zur Veröffentlichung einreichen").wait_for()
        area = page.locator("textarea[name=body]")
        area.press("Control+End")
        page.keyboard.type("\n\nMind the gap.")
        page.keyboard.press("Control+Enter")
        page.locator(".done", has_text="bis dahin sehen Leser den Text wie zuvor").wait_for()
        assert next(each for each in desk.kb.articles() if each.id == article.id) == article
        sign_in(context, desk, address, "publisher")
        page.goto(f"{address}/desk/articles/{article.id}")
        page.get_by_role("link", name="Look at the change").click()
        page.locator(".changes ins", has_text="Mind").first.wait_for()
        page.locator("textarea[name=body]").press("Control+Enter")
        page.wait_for_url("**done=saved*")
        assert page.wrong == []  # type: ignore[attr-defined]
    changed = next(each for each in desk.kb.articles() if each.id == article.id)
    assert changed.body == f"{article.body.rstrip()}\n\nMind the gap."


def test_what_is_refused_keeps_what_was_written(desk: Desk, context: BrowserContext) -> None:
    """A colleague was quicker: the page says what to do, with the reason that was typed, and leads back; what was
    stopped on its way is sent again."""
    lineage, held = desk.kb.queue()[0].lineage, list[str]()
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.goto(f"{address}/desk/candidates/{lineage}?of=sort%3Dnew")
        page.keyboard.press("r")
        page.locator("#reject:popover-open [name=reason]").fill("Nobody has this any more")
        desk.kb.reject(lineage, editor="Bea", reason="too thin")
        page.route("**/reject*", lambda route: held.append(route.request.url))
        with page.expect_request("**/reject*"):
            page.keyboard.press("Enter")
        context.new_cdp_session(page).send("Page.stopLoading")
        page.unroute("**/reject*")
        page.keyboard.press("Enter")
        page.locator("h1", has_text="Changed meanwhile").wait_for()
        assert page.get_by_label("Why?").input_value() == "Nobody has this any more"
        assert page.locator("nav.places").count() == 1
        assert lineage not in page.locator("main").inner_text()
        page.get_by_role("link", name="Back to where you were").click()
        page.wait_for_url(f"**/candidates/{lineage}?of=sort*")
        page.get_by_text("too thin").first.wait_for()
        assert page.wrong == []  # type: ignore[attr-defined]


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
        area.press("Control+Home")  # at the end it may be put away below "another way"
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
        page.get_by_role("alert").wait_for()
        assert "has no description" in page.locator("#faults").inner_text()
        text = area.input_value()
        assert text.count("](/media/") == 2
        area.fill(text.replace("![](", "![Again]("))
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**done=saved*")
        assert page.locator("img[alt='Again']").evaluate("each => each.decode().then(() => each.naturalWidth)") == 60
        assert page.wrong == []  # type: ignore[attr-defined]


def test_a_fault_leads_to_its_line(desk: Desk, context: BrowserContext) -> None:
    """What the site could not show is named beside the text; its line is a touch away, and nothing is lost."""
    article = desk.kb.articles()[0]
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.goto(f"{address}/desk/articles/{article.id}/edit")
        page.locator("#body").fill("First.\n\nSee [this](/en/nothing/).\n\nLast.")
        page.keyboard.press("Control+Enter")
        page.get_by_role("link", name="Line 3").click()
        assert page.evaluate("getSelection().toString()") == "See [this](/en/nothing/)."
        assert page.locator("#body").get_attribute("aria-describedby") == "faults"
        page.keyboard.type("See nothing.")
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**done=saved*")
    assert writing.find(desk.kb.parts, article.id).body == "First.\n\nSee nothing.\n\nLast."


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_the_key_after_a_closed_dialog_counts(desk: Desk, context: BrowserContext) -> None:
    """Its field keeps the focus until the page is drawn again; a key may come before, as one does here each time."""
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.goto(f"{address}/desk/candidates/{desk.kb.queue()[0].lineage}")
        page.keyboard.press("d")
        page.locator("#defer:popover-open").wait_for()
        opened = """() => {
          const field = document.activeElement;
          document.getElementById("defer").hidePopover();
          field.dispatchEvent(new KeyboardEvent("keydown", { key: "r", bubbles: true, cancelable: true }));
          return [field.id, document.querySelector("[popover]:popover-open")?.id];
        }"""
        assert page.evaluate(opened) == ["defer-until", "reject"]


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_the_menu_of_a_narrow_screen_closes_with_escape(desk: Desk, context: BrowserContext) -> None:
    """And leaves the focus where it was opened."""
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(f"{address}/desk")
        menu, places = page.locator(".menu summary"), page.locator(".places")
        menu.press("Enter")
        places.wait_for()
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        places.wait_for(state="hidden")
        assert menu.evaluate("each => each === document.activeElement")


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_filters_leave_a_narrow_screen_to_what_waits(desk: Desk, browser: Browser) -> None:
    """Folded at 360 px until one is set, as is the head but for where one is; open where there is room; without a
    script."""
    token = people.open_session(desk.kb.parts, desk.person("editor"))
    opened = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    with serving(desk.app) as address:
        opened.add_cookies([{"name": COOKIE, "value": token, "url": f"{address}/desk"}])
        page = opened.new_page()
        for place, told in (("/desk", "Warteliste"), ("/desk/articles", "Artikel")):
            page.set_viewport_size({"width": 320, "height": 740})
            page.goto(f"{address}{place}?lang=de")
            menu, here = page.locator(".menu summary"), page.locator(".places [aria-current=page]")
            assert (menu.text_content(), here.is_visible()) == (f"Menü · {told}", False)
            assert page.locator("header.top").evaluate("each => each.offsetHeight") <= 2 * 48, place
            menu.press("Enter")
            assert here.inner_text() == told
            page.set_viewport_size({"width": 360, "height": 740})
            page.goto(f"{address}{place}")
            language, fold = page.locator("select[name=language]"), page.locator(".fold summary")
            assert (language.is_visible(), fold.is_visible()) == (False, True), place
            row = page.locator("[data-row]").first.bounding_box()
            assert row
            assert row["y"] + row["height"] < 740, place
            fold.click()
            language.select_option("de")
            page.locator(".filters button[type=submit]").click()
            assert "language=de" in page.url
            language.wait_for()  # the page may not have its style yet
            assert language.input_value() == "de", place
            page.set_viewport_size({"width": 1280, "height": 740})
            page.goto(f"{address}{place}")
            assert (language.is_visible(), fold.is_visible()) == (True, False), place
            assert (here.is_visible(), menu.is_visible()) == (True, False), place
            language.focus()
            page.keyboard.press("Tab")
            assert page.locator(".filters select").nth(1).evaluate("each => each === document.activeElement"), place
    opened.close()


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_tabs_stay_open_while_a_text_is_written(desk: Desk, context: BrowserContext) -> None:
    """The preview shows one of them, as the page will."""
    body = "## Solution\n\n### With Hub 3\n\nHold the button.\n\n### With Hub 2\n\nPull the plug."
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "editor")
        page.goto(f"{address}/desk/articles/new?lang=en&language=en")
        page.wait_for_load_state()
        area, preview = page.locator("textarea[name=body]"), page.locator("#preview")
        area.fill(body)
        preview.get_by_text("Hold the button.").wait_for()
        for more in (" Wait.", " Look."):
            area.press("Control+End")
            area.press_sequentially(more)
            preview.locator("details", has_text=more.strip()).wait_for()
            assert preview.get_by_text("Hold the button.").is_visible()
            assert preview.locator("details[open]").count() == 1
        assert page.wrong == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_an_answer_is_copied_without_https(desk: Desk, context: BrowserContext) -> None:
    """Where scripts have no clipboard."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    with serving(desk.app) as address:
        page = signed_in(context, desk, address, "agent")
        page.goto(f"{address}/desk/answer?lang=en")
        page.locator("textarea").fill(desk.kb.articles()[0].title)
        page.get_by_role("button", name="Find the answer").click()
        copy = page.locator("[data-copy]").first
        copy.wait_for()
        page.evaluate(
            "window.kept = navigator.clipboard; Object.defineProperty(navigator, 'clipboard', { value: undefined })"
        )
        copy.click()
        page.get_by_role("button", name="Copied").wait_for()
        assert page.evaluate("kept.readText()").strip() == page.locator("#reply-1").inner_text().strip()
        assert page.wrong == []  # type: ignore[attr-defined]
