"""The widget in a browser, on a form of each kind: by keyboard, read aloud, on a phone, where everything is away."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from at_desk import serving
from conftest import CHROMIUM
from starlette.testclient import TestClient

from kbuilder import records, resources
from kbuilder.insight import deflection
from kbuilder.records import Article
from kbuilder.store.askers import Askers
from kbuilder.store.database import Event
from kbuilder.web.app import create_app
from kbuilder.web.widget import EXAMPLES, FOLDER
from kbuilder.workspace import events
from kbuilder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Locator, Page, Route

SCRIPT = (resources.read(f"{FOLDER}/kbuilder.js")).decode()
LARGEST = 12 * 1024
UNKNOWN = "How often should I descale an espresso machine?"
CODE, PICTURE = "reset  --now\n  wait", "http://elsewhere.invalid/light.png"
PHONE = {"width": 360, "height": 640}
KEYBOARD = {"width": 360, "height": 330}
"""What is left of it above the keyboard."""


def test_it_is_small(client: TestClient) -> None:
    """Less than 12 KB as it is sent; what is left out says something to readers alone."""
    script = client.get("/widget/kbuilder.js").text
    assert len(gzip.compress(script.encode(), 9)) < LARGEST
    lines = [line.strip().split(" // ")[0] for line in SCRIPT.splitlines()]
    assert script.splitlines() == [line for line in lines if not re.match(r"/?\*(?! \{)|//", line)]


def test_it_keeps_nothing_and_runs_nothing_of_others() -> None:
    """No cookie, no storage, no HTML or code from text, no other host."""
    assert not re.findall(
        r"cookie\b(?!s)|localStorage|sessionStorage|innerHTML|insertAdjacentHTML|\beval\b|Function\(", SCRIPT
    )
    assert re.findall(r"https?://[\w.]+", SCRIPT) == ["https://help.example.org"]  # how it is put on a page


def test_any_page_may_take_the_script(client: TestClient) -> None:
    """And the examples, and nothing else of that folder."""
    script = client.get("/widget/kbuilder.js")
    assert (script.status_code, script.headers["access-control-allow-origin"]) == (200, "*")
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    tag = {"if-none-match": script.headers["etag"]}
    assert client.get("/widget/kbuilder.js", headers=tag).status_code == 304
    assert {client.get(f"/widget/examples/{name}").status_code for name in EXAMPLES} == {200}
    assert client.get("/widget/examples/..%2f..%2fstatic/search.js").status_code == 404


# -- in a browser -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own(kb: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A knowledge base that scripts of every page may ask as often as they like."""
    copied = Workspace.open(shutil.copytree(kb.root, tmp_path_factory.mktemp("widget") / "kb"))
    tree = copied.parts.head()
    more = b'origins = ["*"]\nper_minute = 100000\n'
    settings = {"kbuilder.toml": (tree.read("kbuilder.toml") or b"") + more}
    copied.parts.repository.commit(tree, settings, "Settings", "ada", copied.parts.clock())
    return copied


@pytest.fixture(scope="module")
def answered(own: Workspace) -> Article:
    """An article whose title finds it."""
    articles = own.parts.decided.articles(own.parts.head())
    return next(each for each in articles if each.id in [found.target for found in own.suggest(each.title)[:1]])


@pytest.fixture(scope="module")
def address(own: Workspace) -> Iterator[str]:
    with serving(create_app(own)) as found:
        yield found


@pytest.fixture(scope="module")
def threads(own: Workspace) -> dict[str, records.Thread]:
    """By language, a solved thread that its title finds; its answer is long, with code and a picture elsewhere."""
    found: dict[str, records.Thread] = {}
    for each in [each for each in own.parts.database.threads() if each.solved_question]:
        if each.language not in found and [hit.target for hit in own.suggest(each.title)[:1]] == [each.id]:
            body = f"Do this:\n\n```sh\n{CODE}\n```\n\n![light]({PICTURE})\n\n" + "Wait a while.\n\n" * 60
            answers = tuple(replace(post, body=body) if post.accepted else post for post in each.answers)
            found[each.language] = replace(each, answers=answers)
    own.parts.database.put_threads("larkspan", found.values())
    return found


EXPECTED = re.compile(r"Failed to load resource|has been blocked by CORS policy")
"""What a browser says where a test has the server away."""


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages on which nothing goes wrong and nothing is left behind."""
    contexts, wrong = [], list[str]()

    def new(url: str, **given: object) -> Page:
        context = browser.new_context(**given)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(url)
        return page

    yield new
    for context in contexts:
        assert context.cookies() == []
        context.close()
    assert [each for each in wrong if not EXPECTED.search(each)] == []


def host(place: Page | FrameLocator) -> Locator:
    return place.locator("[data-kbuilder]")


def asked(place: Page | FrameLocator, field: str, question: str) -> Locator:
    """Type a question and wait for what is said of it; the field."""
    found = place.locator(field)
    found.press_sequentially(question)
    host(place).locator("[role=status]").filter(has_text=re.compile(r"\w")).wait_for()
    return found


def kinds(kb: Workspace, target: str) -> list[str]:
    """What was told of an answer so far, once it is in the database."""
    events.drain(kb.parts)
    return [each.kind for each in Askers(kb.parts.database).events() if each.target == target]


PAGES = {
    "plain.html": ("#subject", "en"),
    "formular.html": ("#betreff", "de"),
    "composer.html": ("#reply-title", "en"),
    "rich.html": ("#lia-subject", "en"),
    "app.html": (".ask-title", "en"),
    "frame.html": ("#subject", "en"),
}
SAID = {
    "en": ("Existing answers", "existing answer", "Did this solve it?", "Yes"),
    "de": ("Vorhandene Antworten", "vorhandene Antwort", "Hat das geholfen?", "Ja"),
}
SIZES = ({"width": 1280, "height": 720}, PHONE)


def spoken(page: Page, language: str) -> None:
    """Let the examples be pages of a language."""

    def said(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r'<html lang="\w+"', f'<html lang="{language}"', answer.text()))

    page.route("**/widget/examples/*.html", said)


@pytest.mark.browser
@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("name", PAGES)
def test_an_answer_is_found_read_and_helps_by_keyboard(
    opened: Callable[..., Page], address: str, own: Workspace, answered: Article, name: str, language: str
) -> None:
    """On each kind of form, in both languages, at a desk, on a phone, in forced colours; what was typed stays."""
    from axe_playwright_python.sync_playwright import Axe

    field, _ = PAGES[name]
    label, count, question, yes = SAID[language]
    page = opened("about:blank")
    spoken(page, language)
    page.goto(f"{address}/widget/examples/{name}")
    place = page.frame_locator("iframe") if name == "frame.html" else page
    if name == "app.html":
        page.get_by_role("button", name="New question").click()
    before = len(kinds(own, answered.id))
    typed = asked(place, field, answered.title)
    assert count in (host(place).locator("[role=status]").text_content() or "")
    tree = place.locator("body").aria_snapshot()
    assert re.search(rf'- combobox "[^"]+" \[expanded\].*\n.*- status: 1 {count}', tree, re.DOTALL)
    assert re.search(rf'- listbox "{label}":\n +- option "{re.escape(answered.title)}', tree)
    typed.press("ArrowDown")
    typed.press("Enter")
    answer = host(place).get_by_role("region", name=answered.title)
    answer.get_by_role("heading", name=answered.title).wait_for()
    assert answer.get_by_role("heading", name=answered.title).evaluate("each => each.matches(':focus')")
    assert question in answer.inner_text()
    answer.locator("details").wait_for()  # the whole article is there, with its sources
    for size, colours in ((SIZES[0], "none"), (SIZES[0], "active"), (SIZES[1], "none")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(forced_colors=colours)  # type: ignore[arg-type]
        found = Axe().run(page)
        assert found.response["passes"]
        assert found.violations_count == 0, found.generate_report()
    answer.get_by_role("button", name=yes, exact=True).press("Enter")
    answer.locator("p:focus").wait_for()
    page.keyboard.press("Escape")
    assert typed.input_value() == answered.title
    assert typed.evaluate("each => each.matches(':focus')")
    while len(told := kinds(own, answered.id)[before:]) < 4:
        page.wait_for_timeout(50)
    assert sorted(told) == ["asked", "helped", "opened", "shown"]


@pytest.mark.browser
@pytest.mark.parametrize("how", ["keys", "mouse"])
@pytest.mark.parametrize("name", ["plain.html", "formular.html"])
def test_a_solved_thread_is_read_in_place(
    opened: Callable[..., Page], address: str, own: Workspace, threads: dict[str, records.Thread], name: str, how: str
) -> None:
    """All that was accepted, whose it is and under which licence, in its language; no other host is asked."""
    from axe_playwright_python.sync_playwright import Axe

    field, language = PAGES[name]
    _, _, question, yes = SAID[language]
    thread = threads[language]
    author, source = thread.solutions[0].author, thread.solutions[0]
    assert author
    page = opened(f"{address}/widget/examples/{name}")
    asked_of: list[str] = []
    page.on("request", lambda request: asked_of.append(request.url))
    before = len(kinds(own, thread.id))
    typed = asked(page, field, thread.title)
    if how == "keys":
        typed.press("ArrowDown")
        typed.press("Enter")
    else:
        page.get_by_role("option").first.click()
    answer = host(page).get_by_role("region", name=thread.title)
    line = answer.locator(".by")
    line.wait_for()
    assert answer.get_by_role("heading", name=thread.title).evaluate("each => each.matches(':focus')")
    assert (line.inner_text() or "").startswith(
        {"en": "Accepted answer · ", "de": "Akzeptierte Antwort · "}[language]
    )
    links = {each.inner_text(): each.get_attribute("href") for each in line.get_by_role("link").all()}
    assert links[author.name] == author.url
    assert links["CC BY-SA 4.0"] == "https://creativecommons.org/licenses/by-sa/4.0/"
    assert source.url in links.values()
    assert answer.locator("pre").text_content().strip() == CODE  # type: ignore[union-attr]
    assert answer.locator("pre").evaluate("each => each.closest('[lang]').lang") == language
    assert answer.get_by_role("link", name="light").get_attribute("href") == PICTURE
    assert all(each.startswith(address) for each in asked_of)
    panel = host(page).locator(".over")
    assert panel.evaluate("each => each.scrollHeight > each.clientHeight && each.clientHeight <= innerHeight")
    assert question in answer.inner_text()
    buttons = [each.inner_text() for each in answer.get_by_role("button").all()]
    assert len(buttons) == 4, buttons  # back, close, yes, no: that it is out of date no editor would hear
    found = Axe().run(page)
    assert found.response["passes"]
    assert found.violations_count == 0, found.generate_report()
    button = answer.get_by_role("button", name=yes, exact=True)
    button.press("Enter") if how == "keys" else button.click()
    answer.locator("p:focus").wait_for()
    page.keyboard.press("Escape")
    assert typed.input_value() == thread.title
    assert typed.evaluate("each => each.matches(':focus')")
    while len(told := kinds(own, thread.id)[before:]) < 4:
        page.wait_for_timeout(50)
    assert sorted(told) == ["asked", "helped", "opened", "shown"]


@pytest.mark.browser
def test_a_field_within_its_label_leaves_the_focus_to_the_answer(
    opened: Callable[..., Page], address: str, answered: Article
) -> None:
    """A click within a label would go to the field."""
    page = opened(address + "/widget/examples/app.html")
    page.get_by_role("button", name="New question").click()
    assert page.locator("label .ask-title").count() == 1
    asked(page, ".ask-title", answered.title)
    page.get_by_role("option").first.click()
    heading = host(page).get_by_role("heading", name=answered.title)
    heading.wait_for()
    host(page).locator("details").wait_for()
    assert heading.evaluate("each => each.matches(':focus')")


@pytest.mark.browser
def test_a_combobox_is_read_aloud_as_one(opened: Callable[..., Page], address: str, answered: Article) -> None:
    """The field names its list, the list its options, and the field the one that is meant."""
    page = opened(address + "/widget/examples/plain.html")
    field = asked(page, "#subject", answered.title)
    listbox = page.get_by_role("listbox", name="Existing answers")
    assert field.get_attribute("role") == "combobox"
    assert field.get_attribute("aria-expanded") == "true"
    assert field.get_attribute("aria-controls") == listbox.get_attribute("id")
    assert field.get_attribute("aria-activedescendant") is None
    field.press("ArrowDown")
    option = page.get_by_role("option", selected=True)
    assert option.get_attribute("id") == field.get_attribute("aria-activedescendant")
    assert answered.title in (option.get_attribute("aria-label") or "")
    assert 'combobox "Your question in one line" [expanded]' in page.locator("main").aria_snapshot()
    field.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    assert not listbox.is_visible()


@pytest.mark.browser
@pytest.mark.parametrize(
    "given",
    [{"viewport": PHONE}, {"color_scheme": "dark"}, {"forced_colors": "active"}],
    ids=["phone", "dark", "forced"],
)
def test_it_is_for_everybody(
    opened: Callable[..., Page], address: str, answered: Article, given: dict[str, object]
) -> None:
    """axe finds nothing, with the list open and with an answer open."""
    from axe_playwright_python.sync_playwright import Axe

    page = opened(address + "/widget/examples/plain.html", **given)
    field = asked(page, "#subject", answered.title)
    field.press("ArrowDown")
    listed = Axe().run(page)
    field.press("Enter")
    host(page).locator("details").wait_for()
    read = Axe().run(page)
    for found in (listed, read):
        assert found.response["passes"]
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.browser
def test_on_a_phone_nothing_moves_and_everything_is_reached(
    opened: Callable[..., Page], address: str, answered: Article
) -> None:
    """Field and first answer are seen above the keyboard; the button that sends stays where it is, and is reached."""
    page = opened(address + "/widget/examples/plain.html", viewport=PHONE, has_touch=True, is_mobile=True)
    host(page).wait_for(state="attached")
    send = page.get_by_role("button", name="Post the question")
    before = send.bounding_box()
    page.set_viewport_size(KEYBOARD)  # type: ignore[arg-type]
    page.locator("#subject").tap()
    asked(page, "#subject", answered.title)
    for each in (page.locator("#subject"), page.get_by_role("option").first):
        box = each.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= KEYBOARD["height"]
        assert box["x"] + box["width"] <= KEYBOARD["width"]
    assert send.bounding_box() == before
    page.get_by_role("option").first.tap()
    host(page).get_by_role("button", name="Close").tap()
    assert send.bounding_box() == before
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.keyboard.press("Escape")
    send.tap()
    page.wait_for_url("**/sent.html?*")


@pytest.mark.browser
@pytest.mark.parametrize("name", ["plain.html", "composer.html"])
def test_an_answer_is_read_above_the_keyboard_too(
    opened: Callable[..., Page], address: str, answered: Article, name: str
) -> None:
    """The question whether it helped covers none of it, and where there is no room below it has the whole screen."""
    field, _ = PAGES[name]
    page = opened(f"{address}/widget/examples/{name}", viewport=KEYBOARD, has_touch=True, is_mobile=True)
    asked(page, field, answered.title).press("ArrowDown")
    page.keyboard.press("Enter")
    host(page).locator("details").wait_for()
    panel = host(page).locator(".over").bounding_box()
    first, foot = host(page).locator(".text p").first, host(page).locator(".foot")
    first.scroll_into_view_if_needed()
    text, asks = first.bounding_box(), foot.bounding_box()
    assert panel
    assert text
    assert asks
    assert panel["height"] >= 280
    assert 0 <= text["y"] < KEYBOARD["height"]
    assert asks["y"] >= text["y"] + text["height"]


@pytest.mark.browser
def test_current_notices_come_first(
    opened: Callable[..., Page], address: str, own: Workspace, answered: Article
) -> None:
    """Above the answers, and said before them; also where there is no answer."""
    tree = own.parts.head()
    title = "Sync is slow today" + " and will be for some hours, for most of you" * 4
    text = "We are on it, and tell you here when it is over; nothing that you write meanwhile is lost. " * 3
    text = text.strip()
    told = {"notices": [{"title": title, "text": text, "audience": "public"}]}
    own.parts.repository.commit(
        tree, {"facts/notices.json": json.dumps(told).encode()}, "Slow", "ada", own.parts.clock()
    )
    try:
        page = opened(address + "/widget/examples/plain.html", viewport=PHONE, has_touch=True, is_mobile=True)
        send = page.get_by_role("button", name="Post the question")
        host(page).wait_for(state="attached")
        before = send.bounding_box()
        field = asked(page, "#subject", answered.title)
        assert f"{title} · 1 existing answer" in (host(page).get_by_role("status").text_content() or "")
        assert send.bounding_box() == before
        status = host(page).get_by_role("status")
        assert status.evaluate("each => each.scrollHeight <= each.clientHeight")  # how many there are is not cut
        line, answer = host(page).locator("summary"), page.get_by_role("option").first
        panel = host(page).locator(".over").bounding_box()
        above, below = line.bounding_box(), answer.bounding_box()
        assert panel
        assert above
        assert below
        assert above["y"] + above["height"] <= below["y"] + 1
        assert below["y"] + below["height"] <= panel["y"] + panel["height"]
        notice = host(page).get_by_text(text)
        assert not notice.is_visible()
        line.tap()
        notice.wait_for()
        assert field.evaluate("each => each.matches(':focus')")
        field.fill("")
        asked(page, "#subject", UNKNOWN)
        host(page).get_by_role("status").filter(has_text="No existing answer found.").wait_for()
        assert (host(page).get_by_role("status").text_content() or "").startswith(title + " · ")
        assert notice.is_visible()
    finally:
        own.parts.repository.commit(own.parts.head(), {"facts/notices.json": None}, "Over", "ada", own.parts.clock())


@pytest.mark.browser
def test_on_a_page_that_is_zoomed_the_list_lies_under_the_field(
    opened: Callable[..., Page], address: str, answered: Article
) -> None:
    """By the page's own styles, as some do for small screens."""
    page = opened("about:blank", viewport=PHONE)
    written(page, address)
    page.evaluate("document.body.style.zoom = 1.25")
    asked(page, "#a", answered.title)
    panel, line = host(page).locator(".over").bounding_box(), host(page).locator(".line").bounding_box()
    assert panel
    assert line
    assert abs(panel["x"] - line["x"]) < 1
    assert abs(panel["width"] - line["width"]) < 1
    assert abs(panel["y"] - line["y"] - line["height"]) < 1


@pytest.mark.browser
def test_neither_sides_styles_show_in_the_other(opened: Callable[..., Page], address: str, answered: Article) -> None:
    """The page writes its headings red and in capitals, its buttons green; ours are not, and theirs stay."""
    page = opened(address + "/widget/examples/plain.html")
    before = page.locator("h1").evaluate("each => getComputedStyle(each).font")
    asked(page, "#subject", answered.title).press("ArrowDown")
    page.keyboard.press("Enter")
    heading = host(page).get_by_role("heading", name=answered.title)
    assert heading.evaluate("each => getComputedStyle(each).textTransform") == "none"
    family = "each => getComputedStyle(each).fontFamily"
    for each in (host(page).get_by_role("button", name="Close"), host(page).locator(".line"), heading):
        assert "system-ui" in each.evaluate(family)
    assert page.locator("h1").evaluate("each => getComputedStyle(each).font") == before


@pytest.mark.browser
def test_nothing_found_is_said_quietly(opened: Callable[..., Page], address: str) -> None:
    """In one polite place; the list stays away, and Enter sends the form as ever."""
    page = opened(address + "/widget/examples/plain.html")
    field = asked(page, "#subject", UNKNOWN)
    assert host(page).get_by_role("status").inner_text() == "No existing answer found."
    assert field.get_attribute("aria-expanded") == "false"
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**/sent.html?")  # whose address holds no word of it


@pytest.mark.browser
def test_a_text_that_comes_back_is_answered_again(
    opened: Callable[..., Page], address: str, answered: Article
) -> None:
    """Deleted and written once more, as by undo."""
    page = opened(address + "/widget/examples/plain.html")
    field = asked(page, "#subject", answered.title)
    option = page.get_by_role("option").first
    option.wait_for()
    field.fill("")
    option.wait_for(state="hidden")
    field.fill(answered.title)
    option.wait_for()


@pytest.mark.browser
def test_what_has_the_focus_stays(opened: Callable[..., Page], address: str, answered: Article) -> None:
    """An answer that is being read is not taken away because something else was typed meanwhile."""
    page = opened(address + "/widget/examples/plain.html")
    asked(page, "#subject", answered.title).press("ArrowDown")
    page.keyboard.press("Enter")
    heading = host(page).get_by_role("heading", name=answered.title)
    heading.wait_for()
    with page.expect_response("**/suggest"):
        page.locator("#message").evaluate(
            "(each, text) => { each.value = text; each.dispatchEvent(new Event('input', {bubbles: true})); }",
            UNKNOWN * 3,
        )
    assert heading.evaluate("each => each.matches(':focus')")


@pytest.mark.browser
def test_the_text_in_a_frame_is_read_too(opened: Callable[..., Page], address: str, answered: Article) -> None:
    """A Khoros-like page writes its text in one."""
    page = opened(address + "/widget/examples/rich.html")
    asked(page, "#lia-subject", UNKNOWN)
    with page.expect_request("**/suggest") as sent:
        page.frame_locator("#tinyMceEditor_ifr").locator("body").press_sequentially(answered.title)
    assert answered.title.startswith(sent.value.post_data_json["body"])
    assert sent.value.post_data_json["body"]


@pytest.mark.browser
def test_a_form_that_is_replaced_has_it_again(opened: Callable[..., Page], address: str, answered: Article) -> None:
    """Once on each form, and nothing of the one before is left."""
    page = opened(address + "/widget/examples/app.html")
    for _ in range(3):
        page.get_by_role("button", name="New question").click()
        host(page).wait_for(state="attached")
        assert host(page).count() == 1
        page.get_by_role("button", name="Cancel").click()
        host(page).wait_for(state="detached")
    page.get_by_role("button", name="New question").click()
    asked(page, ".ask-title", answered.title)


# -- where something is in the way --------------------------------------------------------------------------

STRICT = (
    "default-src 'none'; script-src 'self' {api}; connect-src {api}; style-src 'self'; form-action 'self'; "
    "require-trusted-types-for 'script'"
)


@contextmanager
def community(folder: Path, api: str, policy: str = STRICT) -> Iterator[str]:
    """The plain form on another host, under a policy as strict as it can be."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", policy.format(api=api))
            super().end_headers()

        def log_message(self, *_: object) -> None:
            pass

    form = (
        resources.read(f"{FOLDER}/examples/plain.html")
        .decode()
        .replace("../kbuilder.js", f"{api}/widget/kbuilder.js")
    )
    sent = resources.read(f"{FOLDER}/examples/sent.html").decode()
    for name, page in (("plain.html", form), ("sent.html", sent)):
        (folder / name).write_text(page.replace('<link rel="icon" href="/-/icon.svg">', ""), encoding="utf-8")
    (folder / "examples.css").write_bytes(resources.read(f"{FOLDER}/examples/examples.css"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/plain.html"
    server.shutdown()
    server.server_close()


@pytest.mark.browser
def test_a_strict_policy_is_enough(
    opened: Callable[..., Page], address: str, answered: Article, tmp_path: Path
) -> None:
    """On another host that allows the script and its connection, and nothing inline."""
    with community(tmp_path, address) as form:
        page = opened(form)
        asked(page, "#subject", answered.title).press("ArrowDown")
        page.keyboard.press("Enter")
        host(page).locator("details").wait_for()
        assert host(page).locator(".over").evaluate("each => getComputedStyle(each).position") == "fixed"


def fail(trouble: str, seen: list[str], route: Route) -> None:
    """Answer a request as a server in trouble does; a slow one never does."""
    seen.append(trouble)
    open_to_all = {"access-control-allow-origin": "*"}
    if trouble in ("down", "no script"):
        route.abort()
    elif trouble == "broken":
        route.fulfill(status=500, body="{}", headers=open_to_all)
    elif trouble == "nonsense":
        route.fulfill(status=200, body='{"suggestions": [{"title": null}]}', headers=open_to_all)


@pytest.mark.browser
@pytest.mark.parametrize("trouble", ["down", "slow", "broken", "nonsense", "no script"])
def test_where_the_server_is_in_trouble_the_form_works(
    opened: Callable[..., Page], address: str, answered: Article, tmp_path: Path, trouble: str
) -> None:
    """As if nothing were there: down, slow, broken, talking nonsense, or the script not to be had."""
    with community(tmp_path, address) as form:
        page = opened("about:blank")
        seen: list[str] = []
        page.route(f"{address}/{'widget' if trouble == 'no script' else 'api'}/**", partial(fail, trouble, seen))
        page.goto(form)
        page.locator("#subject").press_sequentially(answered.title)
        while not seen:
            page.wait_for_timeout(20)
        page.locator("#message").fill("More words")
        page.get_by_role("button", name="Post the question").click()
        page.wait_for_url("**/sent.html?*")


@pytest.mark.browser
def test_what_could_not_be_kept_is_told_again(
    opened: Callable[..., Page], address: str, own: Workspace, answered: Article
) -> None:
    """Later, in order; what the server refuses is not."""
    page = opened("about:blank")
    statuses = [422, 503]  # of what was shown, and that it was opened

    def fail(route: Route) -> None:
        route.fulfill(status=statuses.pop(0), body="{}") if statuses else route.continue_()

    page.route(f"{address}/api/v1/events", fail)
    page.goto(f"{address}/widget/examples/plain.html")
    before = len(kinds(own, answered.id))
    asked(page, "#subject", answered.title).press("ArrowDown")
    with page.expect_response(lambda found: found.url.endswith("/events") and found.status == 202):
        page.keyboard.press("Enter")
    with page.expect_response(lambda found: found.url.endswith("/events")):
        host(page).get_by_role("button", name="Yes").click()
    while "helped" not in (told := kinds(own, answered.id)[before:]):
        page.wait_for_timeout(20)
    assert [each for each in told if each != "asked"] == ["opened", "helped"]
    assert statuses == []


@pytest.mark.browser
def test_nothing_leaves_before_consent(
    opened: Callable[..., Page], address: str, answered: Article, tmp_path: Path
) -> None:
    """Where that is configured: it is asked for, and then what is typed is sent."""
    with community(tmp_path, address) as form:
        page = opened("about:blank")
        file = tmp_path / "plain.html"
        file.write_text(
            file.read_text("utf-8").replace("data-title", 'data-consent="ask" data-title'), encoding="utf-8"
        )
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if "/api/" in request.url else None)
        page.goto(form)
        page.locator("#subject").press_sequentially(answered.title)
        page.wait_for_timeout(1000)
        assert sent == []
        assert address.removeprefix("http://") in host(page).get_by_role("status").inner_text()
        page.get_by_role("button", name="Yes, look").click()
        host(page).get_by_role("status").filter(has_text="existing answer").wait_for()
        assert sent


@pytest.mark.browser
@pytest.mark.parametrize("how", ["tap", "click", "keys"])
def test_after_consent_the_list_is_open_and_stays(
    opened: Callable[..., Page], address: str, answered: Article, how: str
) -> None:
    """The focus is in the title again, where whoever asks was typing."""
    page = opened(
        "about:blank", **({"viewport": PHONE, "has_touch": True, "is_mobile": True} if how == "tap" else {})
    )
    written(page, address, data='data-consent="ask"')
    field = page.locator("#a")
    field.press_sequentially(answered.title)
    agree = page.get_by_role("button", name="Yes, look")
    below = page.get_by_label("Text").bounding_box()
    if how == "keys":
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    else:
        agree.tap() if how == "tap" else agree.click()
    page.get_by_role("option").first.wait_for()
    page.wait_for_timeout(500)  # longer than a list waits before it goes with the focus
    assert field.evaluate("each => each.matches(':focus')")
    assert page.get_by_role("option").first.is_visible()
    assert page.get_by_label("Text").bounding_box() == below
    page.get_by_label("Text").focus()
    page.get_by_role("option").first.wait_for(state="hidden")


@pytest.mark.browser
@pytest.mark.parametrize("how", ["consent", "do not track"])
def test_who_does_not_want_to_be_counted_is_not(
    opened: Callable[..., Page], address: str, own: Workspace, answered: Article, tmp_path: Path, how: str
) -> None:
    """Answers come, but no id leaves, no event, and the server keeps nothing of the question."""
    before = len(kinds(own, answered.id))
    with community(tmp_path, address) as form:
        page = opened("about:blank")
        file = tmp_path / "plain.html"
        if how == "consent":
            changed = file.read_text("utf-8").replace("data-title", 'data-consent="false" data-title')
            file.write_text(changed, encoding="utf-8")
        else:
            page.add_init_script("Object.defineProperty(navigator, 'doNotTrack', {value: '1'})")
        sent = []
        page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
        page.goto(form)
        asked(page, "#subject", answered.title).press("ArrowDown")
        page.keyboard.press("Enter")
        host(page).locator("details").wait_for()
        page.get_by_role("button", name="Yes", exact=True).click()
        assert page.get_by_role("button", name="This is wrong or out of date").count() == 0
        assert sent
        assert all(each.url.endswith("/suggest") for each in sent)
        assert all(each.post_data_json["count"] is False for each in sent)
        assert all("page_view" not in each.post_data_json for each in sent)
    assert len(kinds(own, answered.id)) == before


@pytest.mark.browser
@pytest.mark.parametrize("words", ["", "The button is on the left now."])
def test_what_is_wrong_is_told_in_words_or_without(
    opened: Callable[..., Page], address: str, own: Workspace, answered: Article, words: str
) -> None:
    """By keyboard: the editors get the flag with the words; the form of the page is not sent by it."""
    from axe_playwright_python.sync_playwright import Axe

    page = opened(f"{address}/widget/examples/plain.html")
    before = len(kinds(own, answered.id))
    asked(page, "#subject", answered.title).press("ArrowDown")
    page.keyboard.press("Enter")
    host(page).locator("details").wait_for()
    page.get_by_role("button", name="This is wrong or out of date").press("Enter")
    typed = page.get_by_label("What is wrong?")
    assert typed.evaluate("each => each.matches(':focus')")
    assert Axe().run(page).violations_count == 0
    typed.press_sequentially(words)
    typed.press("Enter")
    page.get_by_text("Thank you, it is noted.").wait_for()
    assert page.url.endswith("plain.html")
    while len(told := kinds(own, answered.id)[before:]) < 4:
        page.wait_for_timeout(50)
    assert sorted(told) == ["asked", "flagged", "opened", "shown"]
    flag = [each for each in Askers(own.parts.database).events(kinds=("flagged",)) if each.target == answered.id][-1]
    assert flag.words == words


# -- what pages and people do ---------------------------------------------------------------------------------

DOCS = Path(__file__).parents[2] / "docs/how-to/add-the-widget.md"
SCRIPTED = '<form><label for="subject">Title</label><input id="subject"><textarea id="message" aria-label="Text">'
FORM = (
    '<form><label for="a">Title</label><input id="a" name="a"><textarea id="b" aria-label="Text"></textarea></form>'
)


def written(page: Page, address: str, body: str = FORM, root: str = 'lang="en"', data: str = "") -> None:
    """Open a page of one's own with the widget on it."""
    script = f'<script src="{address}/widget/kbuilder.js" defer data-title="#a" data-body="#b" {data}></script>'
    html = f"<!doctype html><html {root}><meta charset=utf-8><title>Ask</title>{script}{body}"
    page.route("**/own.html", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{address}/own.html")


def sent(page: Page) -> list[dict[str, Any]]:
    """What is posted from now on."""
    found: list[dict[str, Any]] = []
    page.on("request", lambda each: found.append(each.post_data_json) if each.method == "POST" else None)
    return found


def paste(page: Page, field: str, text: str) -> None:
    change = "(each, text) => { each.value = text; each.dispatchEvent(new Event('input', {bubbles: true})); }"
    page.locator(field).evaluate(change, text)


@pytest.mark.browser
def test_whoever_comes_back_to_a_page_in_memory_asks_another_question(
    browser: Browser, address: str, answered: Article, threads: dict[str, records.Thread]
) -> None:
    """The browser's back/forward cache brings back a page as it was left: what was posted is not asked again."""
    remembering = browser.browser_type.launch(
        executable_path=str(CHROMIUM), args=["--no-sandbox"], ignore_default_args=["--disable-back-forward-cache"]
    )
    page = remembering.new_page()
    page.set_default_timeout(15_000)
    told = sent(page)
    page.goto(address + "/widget/examples/plain.html")
    page.evaluate("window.kept = true")
    asked(page, "#subject", answered.title)
    page.get_by_role("button", name="Post the question").click()
    page.wait_for_url("**/sent.html?*")
    page.evaluate("history.back()")
    page.wait_for_function("window.kept && document.querySelector('#subject')?.value")
    paste(page, "#subject", threads["en"].title)
    with page.expect_response("**/suggest"):
        pass
    page.get_by_role("button", name="Post the question").click()
    page.wait_for_url("**/sent.html?*")
    questions = [each for each in told if each.get("title")]
    first, second = (each["page_view"] for each in (questions[0], questions[-1]))
    assert [each["title"] for each in questions if each["page_view"] == second] == [threads["en"].title]
    assert first != second
    posted = [each["page_view"] for each in told for event in each.get("events", []) if event["kind"] == "posted"]
    assert posted == [first, second]
    remembering.close()


@pytest.mark.browser
@pytest.mark.parametrize("moment", ["listed", "read", "on its way"])
def test_a_form_that_goes_takes_its_answer_along(
    opened: Callable[..., Page], address: str, answered: Article, moment: str
) -> None:
    """While it is listed, read, or still on its way; nothing is left, and the next form works."""
    page = opened(address + "/widget/examples/app.html")
    if moment == "on its way":
        page.route("**/articles/**", lambda route: None)
    page.get_by_role("button", name="New question").click()
    field = asked(page, ".ask-title", answered.title)
    if moment != "listed":
        field.press("ArrowDown")
        field.press("Enter")
        host(page).locator("details" if moment == "read" else "h2").wait_for()
    page.get_by_role("button", name="Cancel").evaluate("each => each.click()")
    host(page).wait_for(state="detached")
    assert page.evaluate("document.querySelectorAll(':popover-open').length") == 0
    page.get_by_role("button", name="New question").click()
    asked(page, ".ask-title", answered.title)


POSTING = {
    "keys in the title": "Control+Enter",
    "keys in the text": "Meta+Enter",
    "form": "form => { kbuilder.posted(form); form.submit(); }",
    "field": "form => { kbuilder.posted(form.querySelector('#b')); form.remove(); }",
    "any": "form => { kbuilder.posted(); form.remove(); }",
}


@pytest.mark.browser
@pytest.mark.parametrize("how", POSTING)
def test_what_a_page_posts_by_script_is_posted(
    opened: Callable[..., Page], address: str, answered: Article, how: str
) -> None:
    """By the keys that composers post with, after which the form is gone, or as the page says; told once."""
    page = opened("about:blank")
    written(page, address)
    told = sent(page)
    typed = asked(page, "#a", answered.title)
    if how.startswith("keys"):
        taken = "form => form.addEventListener('keydown', (e) => { if (e.key === 'Enter') form.remove(); })"
        page.locator("form").evaluate(taken)
        typed.press("ArrowDown")  # an answer that is pointed at is not opened by them
        (typed if how.endswith("title") else page.locator("#b")).press(POSTING[how])
    else:
        page.locator("form").evaluate(POSTING[how])
    page.wait_for_timeout(500)
    found = [event["kind"] for each in told for event in each.get("events", [])]
    assert found == ["shown", "posted"]


@pytest.mark.browser
def test_another_form_is_not_posted(opened: Callable[..., Page], address: str, answered: Article) -> None:
    """A form without a watched field, and a plain Enter in the text, count for nothing."""
    page = opened("about:blank")
    written(page, address, FORM + '<form id="other"></form>')
    told = sent(page)
    asked(page, "#a", answered.title)
    page.locator("#b").press("Enter")
    page.evaluate("kbuilder.posted(document.querySelector('#other'))")
    page.wait_for_timeout(200)
    assert "posted" not in [event["kind"] for each in told for event in each.get("events", [])]


@pytest.mark.browser
@pytest.mark.parametrize("name", ["title", "body", "place", "submit"])
def test_what_is_no_selector_is_refused_once(
    opened: Callable[..., Page], address: str, answered: Article, name: str
) -> None:
    """Whoever calls hears it; nothing of it is kept, and the page and what is attached go on."""
    page = opened("about:blank")
    written(page, address)
    said = page.evaluate(
        "name => { try { kbuilder.attach({title: '#a', [name]: '###'}); } catch (error) { return error.name; } }",
        name,
    )
    assert said == "SyntaxError"
    for _ in range(2):
        page.evaluate("document.body.append(document.createElement('p'))")
        page.wait_for_timeout(100)
    page.locator("body").click()
    assert host(page).count() == 1
    asked(page, "#a", answered.title)


@pytest.mark.browser
def test_a_copy_of_a_form_has_its_own(opened: Callable[..., Page], address: str, answered: Article) -> None:
    """What a script copied along is dead: it goes, and the copied field is a combobox of its own list."""
    page = opened(address + "/widget/examples/app.html")
    page.get_by_role("button", name="New question").click()
    asked(page, ".ask-title", answered.title)
    page.evaluate("() => { const old = document.querySelector('#app'); old.replaceWith(old.cloneNode(true)); }")
    paste(page, ".ask-title", answered.title)
    host(page).get_by_role("status").filter(has_text="existing answer").wait_for()
    assert host(page).count() == 1
    field = page.locator(".ask-title")
    assert field.get_attribute("role") == "combobox"
    assert page.locator("[role=listbox]").get_attribute("id") == field.get_attribute("aria-controls")


@pytest.mark.browser
def test_escape_closes_an_answer_and_not_the_dialog_around_it(
    opened: Callable[..., Page], address: str, answered: Article
) -> None:
    """First the answer, then the list, then the dialog."""
    page = opened("about:blank")
    written(page, address, f"<dialog>{FORM}</dialog>")
    page.locator("dialog").evaluate("each => each.showModal()")
    asked(page, "#a", answered.title)
    page.get_by_role("option").first.click()
    host(page).locator("details").wait_for()
    for expected in (True, True, False):
        page.keyboard.press("Escape")
        assert page.locator("dialog").evaluate("each => each.open") == expected
    assert page.locator("#a").input_value() == answered.title


@pytest.mark.browser
def test_a_button_right_below_the_field_stays_in_reach(
    opened: Callable[..., Page], address: str, answered: Article
) -> None:
    """By mouse the list lies below it; by key it goes away once the focus is past it."""
    page = opened("about:blank")
    written(page, address, '<form><label for="a">Title</label><input id="a" name="a"><p><button>Post</button></form>')
    asked(page, "#a", answered.title)
    button, panel = page.get_by_role("button", name="Post"), host(page).locator(".over")
    post, listed = button.bounding_box(), panel.bounding_box()
    assert post
    assert listed
    assert listed["y"] >= post["y"] + post["height"]
    page.keyboard.press("Tab")
    assert panel.is_visible()
    page.keyboard.press("Tab")
    assert button.evaluate("each => each.matches(':focus')")
    panel.wait_for(state="hidden")
    button.click()
    page.wait_for_url("**/own.html?a=*")


@pytest.mark.browser
def test_whatever_is_pasted_is_a_question(opened: Callable[..., Page], address: str) -> None:
    """Much of it is cut, and no emoji in half; other scripts and directions are asked like any."""
    page = opened("about:blank")
    written(page, address)
    told = sent(page)
    for title, body in (
        ("ab c" + "x" * 295 + "😀😀", ""),
        ("كيف أعيد ضبط الموجه؟ \u202e", "y" * 3999 + "😀" + "z" * 100_000),
        ("half \ud83d of one 路由器", "\0"),
    ):
        paste(page, "#b", body)
        with page.expect_response("**/suggest") as answer:
            paste(page, "#a", title)
        assert answer.value.status == 200
    assert (len(told[0]["title"]), len(told[1]["body"])) == (299, 3999)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("root", "data", "tongue", "said"),
    [
        ('lang="en_US"', "", "en-us", "existing answer"),
        ('lang="de-AT"', "", "de-at", "vorhandene Antwort"),
        ('lang="ar" dir="rtl"', "", "en", "existing answer"),
        ('lang="i-default"', "", "en", "existing answer"),
        ('lang="en-USA"', "", "en", "existing answer"),
        ("", 'data-language="fr-FR" data-text-forum="Résolu"', "fr-fr", "existing answer"),
    ],
)
def test_in_whatever_language_a_page_says_it_is(
    opened: Callable[..., Page],
    address: str,
    threads: dict[str, records.Thread],
    root: str,
    data: str,
    tongue: str,
    said: str,
) -> None:
    """However that is written; what the interface says is marked with the language that it is in."""
    page = opened("about:blank")
    written(page, address, root=root, data=data)
    asked(page, "#a", threads["en"].title)
    host(page).get_by_role("status").filter(has_text=said).wait_for()
    assert host(page).get_attribute("lang") == tongue
    assert page.get_by_role("option").first.get_attribute("lang") == "en"


@pytest.mark.browser
@pytest.mark.parametrize("year", [2001, 2060])
def test_a_clock_that_is_wrong_makes_no_answer_new(
    opened: Callable[..., Page], address: str, threads: dict[str, records.Thread], year: int
) -> None:
    """What is newer than now has its day; what is old is old."""
    page = opened("about:blank")
    page.clock.install(time=f"{year}-01-01T00:00:00")
    written(page, address)
    asked(page, "#a", threads["en"].title)
    label = page.get_by_role("option").first.get_attribute("aria-label") or ""
    assert re.search(r", \w{3} \d+, 20\d\d" if year == 2001 else r", \d\d years ago", label)


@pytest.mark.browser
def test_two_tabs_of_one_member_are_two_questions(
    opened: Callable[..., Page], address: str, own: Workspace, answered: Article
) -> None:
    """Known as one member's: who posts in one of them was not helped in the other."""
    first = opened("about:blank")
    second = first.context.new_page()
    before = {each.page_view for each in Askers(own.parts.database).events()}
    for page in (first, second):
        written(page, address, FORM.replace("</form>", "<button>Post</button></form>"), data='data-member="m-77"')
        asked(page, "#a", answered.title)
    first.locator("#a").press("ArrowDown")
    first.locator("#a").press("Enter")
    first.get_by_role("button", name="Yes", exact=True).click()
    second.get_by_role("button", name="Post").click()
    mine: list[Event] = []
    while {"helped", "posted"} - {each.kind for each in mine}:
        first.wait_for_timeout(50)
        events.drain(own.parts)
        mine = [each for each in Askers(own.parts.database).events() if each.member == "m-77"]
    assert len({each.page_view for each in mine} - before) == 2
    assert [case.outcome for case in deflection.cases(mine, 7)] == ["none", "none"]


@pytest.mark.browser
def test_an_answer_in_another_language_says_which(opened: Callable[..., Page], address: str) -> None:
    """In the asker's words; one in the asker's own, and one of which it is not known, say nothing."""
    found = [
        {"target": f"forum:{language}", "title": f"Title {language}", "sentence": "A sentence.", "language": language}
        for language in ("de-AT", "en", "not a language")
    ]
    page = opened("about:blank")
    page.route("**/suggest", lambda route: route.fulfill(json={"suggestions": found}))
    written(page, address, root='lang="de"')
    page.locator("#a").press_sequentially("Wie geht das?")
    page.get_by_role("option").first.wait_for()
    said = [each.get_attribute("aria-label") or "" for each in page.get_by_role("option").all()]
    assert ["Englisch" in each for each in said] == [False, True, False]
    assert not [each for each in said if "eutsch" in each]


@pytest.mark.browser
@pytest.mark.parametrize(
    "answer",
    [
        "null",
        "<html>",
        '{"suggestions": [null, {}, 7]}',
        '{"suggestions": [{"target": "a", "title": "b"}]}',
        '{"suggestions": [], "notices": [null]}',
    ],
)
def test_nonsense_shows_nothing(opened: Callable[..., Page], address: str, answered: Article, answer: str) -> None:
    """And the form works."""
    page = opened("about:blank")
    page.route("**/suggest", lambda route: route.fulfill(body=answer, content_type="application/json"))
    written(page, address)
    with page.expect_response("**/suggest"):
        page.locator("#a").press_sequentially(answered.title)
    page.wait_for_timeout(1000)
    assert page.get_by_role("option").count() == 0
    assert not host(page).locator(".over").is_visible()
    page.locator("#a").press("Enter")
    page.wait_for_url("**/own.html?a=*")


@pytest.mark.browser
def test_while_it_is_typed_it_is_said_once_and_the_focus_stays(
    opened: Callable[..., Page], address: str, threads: dict[str, records.Thread]
) -> None:
    """One announcement after a pause, however often the answers change; what was asked before is let go."""
    page = opened("about:blank")
    written(page, address)
    let_go: list[str] = []
    page.on("requestfailed", lambda each: let_go.append(each.url))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/suggest", hold)
    page.evaluate(
        """() => {
        window.said = [];
        const status = document.querySelector("[data-kbuilder]").shadowRoot.querySelector("[role=status]");
        new MutationObserver(() => said.push(status.textContent)).observe(status, {childList: true, subtree: true});
        }"""
    )
    first, second = threads["en"].title[:12], threads["en"].title[12:]
    page.locator("#a").press_sequentially(first)
    while not held:
        page.wait_for_timeout(20)
    page.locator("#a").press_sequentially(second)
    while len(held) < 2:
        page.wait_for_timeout(20)
    assert [each.endswith("/suggest") for each in let_go] == [True]
    page.unroute("**/suggest")
    held[1].continue_()
    page.get_by_role("option").first.wait_for()
    page.wait_for_function("said.length > 0")
    page.wait_for_timeout(1000)
    assert page.evaluate("said") == ["1 existing answer. Arrow down leads there."]
    assert page.locator("#a").evaluate("each => each.matches(':focus')")
    assert page.locator("#a").input_value() == threads["en"].title


@pytest.mark.browser
def test_an_answer_says_who_vouches_for_it_how_old_it_is_and_how_often_it_helped(
    opened: Callable[..., Page], address: str, own: Workspace, answered: Article
) -> None:
    """In texts and colours of the page's own, where it has some."""
    page = opened("about:blank")
    page.route("**/suggest", partial(with_help, answered.id))
    style = "<style>form { --kb-accent: rgb(1, 2, 3); --kb-hover: rgb(4, 5, 6); }</style>"
    written(page, address, style + FORM, data='data-text-team="Checked by us"')
    asked(page, "#a", answered.title).press("ArrowDown")
    option = page.get_by_role("option", selected=True)
    assert (option.get_attribute("aria-label") or "").endswith("Checked by us, German, today, helped 31 of 34")
    colour = "each => getComputedStyle(each).backgroundColor"
    assert option.locator(".item").evaluate(colour) == "rgb(4, 5, 6)"
    option.click()
    assert host(page).get_by_role("button", name="Yes", exact=True).evaluate(colour) == "rgb(1, 2, 3)"


def with_help(target: str, route: Route) -> None:
    """What the server says, and that an answer helped."""
    answer = route.fetch()
    told = answer.json()
    for each in told["suggestions"]:
        each["helped"] = {"yes": 31, "told": 34} if each["target"] == target else None
    route.fulfill(response=answer, json=told)


@pytest.mark.browser
def test_a_field_of_several_lines_gets_a_list_of_buttons(
    opened: Callable[..., Page], address: str, answered: Article
) -> None:
    """No combobox; they are reached with the Tab key, and Enter in the field makes a line."""
    page = opened("about:blank")
    written(page, address, '<form><label for="a">Question</label><textarea id="a"></textarea></form>')
    field = asked(page, "#a", answered.title)
    assert field.get_attribute("role") is None
    answers = page.get_by_role("group", name="Existing answers")
    assert answers.get_by_role("button").count() == 1
    field.press("Enter")
    assert field.input_value() == answered.title + "\n"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.wait_for_timeout(300)  # longer than a list waits before it goes with the focus
    assert answers.get_by_role("button").first.evaluate("each => each.matches(':focus')")
    page.keyboard.press("Enter")
    host(page).locator("details").wait_for()
    assert host(page).get_by_role("heading", name=answered.title).evaluate("each => each.matches(':focus')")


@pytest.mark.browser
def test_the_script_of_the_docs_runs_as_it_stands(
    opened: Callable[..., Page], address: str, answered: Article
) -> None:
    """Attached by script, with a text of one's own and an event when it helped."""
    (script,) = re.findall(r"```js\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    page = opened("about:blank")
    head = f'<meta charset=utf-8><title>Ask</title><script src="{address}/widget/kbuilder.js"></script>'
    html = f'<!doctype html><html lang="en">{head}{SCRIPTED}'
    page.route("**/own.html", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{address}/own.html")
    page.evaluate(script.replace("const end", "window.end"))
    with page.expect_console_message() as said:
        asked(page, "#subject", answered.title).press("ArrowDown")
        page.keyboard.press("Enter")
        host(page).get_by_role("button", name="Yes", exact=True).click()
    assert said.value.text == answered.id
    page.locator("#subject").fill("")
    page.locator("#subject").press_sequentially(UNKNOWN)
    host(page).get_by_role("status").filter(has_text="Nothing yet – do ask!").wait_for()
    page.evaluate("end()")
    assert host(page).count() == 0
    assert page.locator("#subject").get_attribute("role") is None


PUT = "const late = document.querySelector('#late'); late.innerHTML = "
LATE = {
    "frame": PUT + "'<iframe id=b srcdoc=\"<body contenteditable></body>\"></iframe>'",
    "text": PUT + "'<textarea id=b></textarea>'",
    "swapped": PUT + "'<textarea id=b></textarea>'; late.innerHTML = '<div id=b contenteditable>&nbsp;</div>'",
    "written": PUT + "'<iframe id=b></iframe>'; const inside = late.firstChild.contentDocument; inside.open();"
    "inside.write('<body contenteditable></body>'); inside.close()",
}


@pytest.mark.browser
@pytest.mark.parametrize("kind", LATE)
def test_an_editor_that_comes_later_is_watched(opened: Callable[..., Page], address: str, kind: str) -> None:
    """As those of forums do: what is written in it is asked, and what its keys send is posted once the form goes."""
    page = opened("about:blank")
    written(page, address, '<form><label for="a">Title</label><input id="a"><div id="late"></div></form>')
    told = sent(page)
    asked(page, "#a", UNKNOWN)
    page.evaluate(LATE[kind])
    editor = page.frame_locator("#b").locator("body") if kind in ("frame", "written") else page.locator("#b")
    editor.click()
    with page.expect_request("**/suggest"):
        editor.press_sequentially("It came later.")
    editor.press("Control+Enter")
    page.locator("form").evaluate("each => each.remove()")
    while "posted" not in [event["kind"] for each in told for event in each.get("events", [])]:
        page.wait_for_timeout(50)
    assert "It came later." in [each["body"].strip() for each in told if "body" in each]


@pytest.mark.browser
def test_an_editor_that_writes_by_itself_is_watched(opened: Callable[..., Page], address: str) -> None:
    """Some take each key and put its letter there by script: nothing is input."""
    page = opened("about:blank")
    taken = "b.addEventListener('beforeinput', (e) => { e.preventDefault(); b.textContent += e.data; })"
    form = '<form><label for="a">Title</label><input id="a"><div id="b" contenteditable></div></form>'
    written(page, address, f"{form}<script>const b = document.querySelector('#b'); {taken}</script>")
    asked(page, "#a", UNKNOWN)
    with page.expect_request("**/suggest") as told:
        page.locator("#b").press_sequentially("By script")
    assert told.value.post_data_json["body"] == "By script"


TWO = "".join(
    f'<form id="f{n}" onsubmit="return false"><label>Title {n}<input class="t"></label><p class="p">Place</p>'
    f'<textarea class="b" aria-label="Text {n}">Text of {n}</textarea>'
    f'<button class="s" type="button">Post</button></form>'
    for n in (1, 2)
)


@pytest.mark.browser
@pytest.mark.parametrize("tag", ["form", "section"])
def test_two_forms_are_two_questions(opened: Callable[..., Page], address: str, answered: Article, tag: str) -> None:
    """Each has its own text, place and button, in a form or in whatever is around them."""
    page = opened("about:blank")
    script = f'{address}/widget/kbuilder.js" data-title=".t" data-body=".b" data-place=".p" data-submit=".s'
    html = f'<!doctype html><html lang="en"><title>Two</title><script src="{script}" defer></script>{TWO}'
    html = html.replace("<form", f"<{tag}").replace("</form", f"</{tag}")
    page.route("**/own.html", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{address}/own.html")
    told = sent(page)
    with page.expect_response("**/suggest"):
        page.get_by_label("Title 2").press_sequentially(answered.title)
    assert {each["body"] for each in told if "body" in each} == {"Text of 2"}
    assert page.locator("#f2 > .p + [data-kbuilder]").count() == 1
    with page.expect_response("**/suggest"):
        page.get_by_label("Title 1").press_sequentially(answered.title)
    assert {each["body"] for each in told if "body" in each} == {"Text of 1", "Text of 2"}
    second = next(each["page_view"] for each in told if each.get("body") == "Text of 2")
    page.keyboard.press("Escape")
    page.locator("#f2 .s").click()
    page.evaluate("document.body.textContent = ''")
    page.wait_for_timeout(500)
    posted = [each["page_view"] for each in told for event in each.get("events", []) if event["kind"] == "posted"]
    assert posted == [second]


@pytest.mark.browser
def test_a_form_that_is_emptied_and_used_again_asks_another_question(
    opened: Callable[..., Page], address: str, answered: Article
) -> None:
    """By a page that stays: its answers are shown though those to the first one were put away."""
    page = opened("about:blank")
    written(page, address, FORM.replace("<form>", '<form onsubmit="event.preventDefault()">'))
    told = sent(page)
    for number in (1, 2):
        typed = asked(page, "#a", answered.title)
        while [event["kind"] for each in told for event in each.get("events", [])].count("shown") < number:
            page.wait_for_timeout(50)
        typed.press("Escape")
        typed.press("Enter")
        typed.evaluate("each => each.form.reset()")
    with page.expect_request("**/events"):
        page.evaluate("dispatchEvent(new Event('pagehide'))")
    views = [(each["page_view"], event["kind"]) for each in told for event in each.get("events", [])]
    first, second = dict.fromkeys(view for view, _ in views)
    assert views == [(first, "shown"), (first, "posted"), (second, "shown"), (second, "posted")]


@pytest.mark.browser
@pytest.mark.parametrize("then", ["goes on", "leaves", "empties"])
def test_what_the_page_refuses_is_not_posted(
    opened: Callable[..., Page], address: str, answered: Article, then: str
) -> None:
    """Who goes on writing was refused; what a page sends by script is posted once it is left or empty."""
    page = opened("about:blank")
    written(page, address, FORM.replace("<form>", '<form onsubmit="event.preventDefault()">'))
    told = sent(page)
    typed = asked(page, "#a", answered.title)
    typed.press("Escape")
    typed.press("Enter")
    page.wait_for_timeout(200)
    kinds = [event["kind"] for each in told for event in each.get("events", [])]
    assert kinds == ["shown"]
    if then == "empties":
        typed.evaluate("each => each.form.reset()")
    if then != "leaves":
        page.locator("#b").press_sequentially("More")
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    page.wait_for_timeout(200)
    kinds = [event["kind"] for each in told for event in each.get("events", [])]
    assert kinds == ["shown", "abandoned" if then == "goes on" else "posted"]


@pytest.mark.browser
@pytest.mark.parametrize("consent", [False, "false"])
def test_by_script_too_nobody_is_counted_against_their_will(
    opened: Callable[..., Page], address: str, answered: Article, consent: object
) -> None:
    """As a word or as a truth."""
    page = opened("about:blank")
    html = (
        f'<!doctype html><html lang="en"><title>Ask</title><script src="{address}/widget/kbuilder.js"></script>{FORM}'
    )
    page.route("**/own.html", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{address}/own.html")
    told = sent(page)
    page.evaluate("consent => kbuilder.attach({title: '#a', body: '#b', consent})", consent)
    asked(page, "#a", answered.title)
    assert [each["count"] for each in told] == [False] * len(told)
    assert told
    assert not [each for each in told if "page_view" in each or "events" in each]


@pytest.mark.browser
def test_consent_that_is_withdrawn_lets_nothing_leave(
    opened: Callable[..., Page], address: str, answered: Article
) -> None:
    """What waits or is on its way is let go, and the answers go."""
    page = opened("about:blank")
    written(page, address, data='data-consent="ask"')
    page.evaluate("kbuilder.consent(true)")
    asked(page, "#a", answered.title)
    page.get_by_role("option").first.wait_for()
    told = sent(page)
    page.locator("#a").press_sequentially(" xyz")
    page.evaluate("kbuilder.consent(false)")
    page.get_by_role("option").first.wait_for(state="detached")
    page.locator("#a").press_sequentially(" and more")
    page.wait_for_timeout(800)
    assert told == []
    page.evaluate("kbuilder.consent(true)")
    page.get_by_role("option").first.wait_for()
    assert told
    page.locator("#a").press("ArrowDown")
    page.locator("#a").press("Enter")
    host(page).get_by_role("heading", name=answered.title).wait_for()
    page.evaluate("kbuilder.consent(false)")
    assert page.locator("#a").evaluate("each => each.matches(':focus')")


@pytest.mark.browser
@pytest.mark.parametrize("consent", [True, False])
def test_what_waits_leaves_with_the_page_unless_consent_is_withdrawn(
    opened: Callable[..., Page], address: str, answered: Article, consent: bool
) -> None:
    """Though its form is gone."""
    page = opened("about:blank")
    page.route(f"{address}/api/v1/events", lambda route: route.fulfill(status=503, body="{}"))
    written(page, address, data='data-consent="ask"')
    page.evaluate("kbuilder.consent(true)")
    with page.expect_response(lambda found: found.url.endswith("/events")):
        asked(page, "#a", answered.title)
    page.evaluate("document.querySelector('form').replaceWith(document.createElement('p'))")
    host(page).wait_for(state="detached")
    page.evaluate(f"kbuilder.consent({str(consent).lower()})")
    told = sent(page)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    page.wait_for_timeout(100)
    assert bool(told) == consent


@pytest.mark.browser
@pytest.mark.parametrize("how", ["script", "button"])
def test_consent_lasts_as_long_as_the_page(
    opened: Callable[..., Page], address: str, answered: Article, how: str
) -> None:
    """A form that is drawn anew does not ask again; what was said before there was a form is kept."""
    page = opened("about:blank")
    written(page, address, FORM if how == "button" else "", data='data-consent="ask"')
    if how == "button":
        page.get_by_role("button", name="Yes, look").click()
    else:
        page.evaluate("kbuilder.consent(true)")
    page.evaluate("html => { document.body.innerHTML = html; }", FORM)
    asked(page, "#a", answered.title)
    page.get_by_role("option").first.wait_for()
    assert page.get_by_role("button", name="Yes, look").count() == 0


@pytest.mark.browser
def test_a_list_of_trusted_types_without_it_shows_text(
    browser: Browser, address: str, answered: Article, tmp_path: Path
) -> None:
    """The browser tells the page's owner; answers are there without their form, and the page's own calls work."""
    with community(tmp_path, address, STRICT + "; trusted-types other") as form:
        page = browser.new_page()
        page.set_default_timeout(15_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(form)
        asked(page, "#subject", answered.title).press("ArrowDown")
        page.keyboard.press("Enter")
        text = host(page).locator(".text")
        host(page).locator("details").wait_for()
        assert len(text.inner_text()) > 100
        assert "<" not in text.inner_text()
        page.evaluate("kbuilder.posted()")
        assert errors == []
        page.close()


SHORT = {
    "text helps": ("No sync", "My Pace does not sync any more", True),
    "one long word": ("Routerverbindungsabbruch", "", True),
    "without spaces": ("路由器重置", "", True),
    "too little": ("No sync", "", False),
    "one short word": ("Connection", "", False),
    "no title": ("", "My Pace does not sync any more", False),
}


@pytest.mark.browser
@pytest.mark.parametrize("kind", SHORT)
def test_what_is_enough_is_asked(opened: Callable[..., Page], address: str, kind: str) -> None:
    """Title and text together, in the language that the page says."""
    title, body, enough = SHORT[kind]
    page = opened("about:blank")
    written(page, address, root='lang="de-CH"')
    told = sent(page)
    paste(page, "#b", body)
    paste(page, "#a", title)
    page.wait_for_timeout(1500)
    asked_of = [(each["title"], each["body"], each["language"]) for each in told if "title" in each]
    assert asked_of == [(title, body, "de-ch")] * enough


@pytest.mark.browser
@pytest.mark.parametrize(
    ("root", "data", "hint"),
    [
        ('lang="de"', "", "de"),
        ('lang="de"', 'data-language="fr"', "fr"),
        ('lang="de"', 'data-language=""', ""),
        ("", "", ""),
    ],
)
def test_the_server_hears_the_askers_language(
    opened: Callable[..., Page], address: str, root: str, data: str, hint: str
) -> None:
    """That of the page, as the docs say, or of its own attribute; where there is none, the question tells it."""
    page = opened("about:blank")
    written(page, address, root=root, data=data)
    with page.expect_request("**/suggest") as told:
        page.locator("#a").press_sequentially(UNKNOWN)
    assert told.value.post_data_json["language"] == hint


def many(route: Route) -> None:
    """Three long answers and a notice."""
    sentence = (
        "Hold the button until the light turns, wait a while, then let the app look for the tracker again. " * 3
    )
    found = [
        {"target": f"a{n}", "title": f"Answer {n}", "sentence": sentence, "language": "en", "reviewed": n == 0}
        for n in range(3)
    ]
    notices = [
        {
            "title": "Sync is slow today",
            "text": "See status (https://status.example/2).",
            "url": "https://status.example/1",
        }
    ]
    route.fulfill(json={"suggestions": found, "notices": notices})


@pytest.mark.browser
@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", ["plain.html", "composer.html", "rich.html", "app.html"])
def test_the_text_stays_in_reach(opened: Callable[..., Page], address: str, name: str, size: dict[str, int]) -> None:
    """The list leaves the text's last lines in sight; who presses there writes, and the list is gone."""
    page = opened("about:blank", viewport=size)
    page.route("**/suggest", many)
    page.goto(f"{address}/widget/examples/{name}")
    if name == "app.html":
        page.get_by_role("button", name="New question").click()
    asked(page, PAGES[name][0], UNKNOWN)
    first, body = page.get_by_role("option").first, page.locator("textarea, iframe")
    assert first.locator("span").first.is_visible()
    field = body.bounding_box()
    assert field
    x, y = field["x"] + field["width"] / 2, field["y"] + field["height"] - 12
    assert body.evaluate("(each, [x, y]) => document.elementFromPoint(x, y) === each", [x, y])
    page.mouse.click(x, y)
    host(page).locator(".over").wait_for(state="hidden")
    assert body.evaluate("each => document.activeElement === each")


@pytest.mark.browser
def test_a_click_that_was_meant_for_the_field_opens_nothing(opened: Callable[..., Page], address: str) -> None:
    """In the moment in which the list comes, or other answers; a while later it does."""
    page = opened("about:blank")
    page.route("**/suggest", many)
    written(page, address)
    page.evaluate(
        """() => new MutationObserver((_, seen) => {
            const answer = document.querySelector('[role=option]');
            if (!answer) return;
            seen.disconnect();
            answer.dispatchEvent(new MouseEvent('click', {bubbles: true, detail: 1}));
        }).observe(document.querySelector('[data-kbuilder]'), {childList: true, subtree: true})"""
    )
    asked(page, "#a", UNKNOWN)
    assert not host(page).get_by_role("region").is_visible()
    page.get_by_role("option").first.click()
    host(page).get_by_role("region", name="Answer 0").wait_for()


@pytest.mark.browser
def test_the_list_has_a_cross(opened: Callable[..., Page], address: str) -> None:
    """It goes and stays away until it is wanted; the focus stays in the field."""
    page = opened("about:blank")
    page.route("**/suggest", many)
    written(page, address)
    field = asked(page, "#a", UNKNOWN)
    panel = host(page).locator(".over")
    panel.get_by_role("button", name="Hide").click()
    assert not panel.is_visible()
    assert field.evaluate("each => each.matches(':focus')")
    field.press_sequentially(" And more?")
    page.wait_for_timeout(1000)
    assert not panel.is_visible()
    host(page).get_by_role("button", name="Show: Existing answers").click()
    assert page.get_by_role("option").first.is_visible()


@pytest.mark.browser
def test_an_answer_that_is_opened_is_closed_from_anywhere_in_it(
    opened: Callable[..., Page], address: str, threads: dict[str, records.Thread]
) -> None:
    """Its head stays in sight, and what was closed stays closed; no box is drawn around what was touched."""
    page = opened("about:blank", viewport=PHONE, has_touch=True, is_mobile=True)
    written(page, address)
    asked(page, "#a", threads["en"].title)
    page.get_by_role("option").first.tap()
    host(page).locator(".by").wait_for()
    heading, panel = host(page).get_by_role("heading", name=threads["en"].title), host(page).locator(".over")
    assert heading.evaluate("each => each.matches(':focus') && getComputedStyle(each).outlineStyle") == "none"
    panel.evaluate("each => each.scrollTo(0, each.scrollHeight)")
    close, seen = host(page).get_by_role("button", name="Close"), panel.bounding_box()
    box = close.bounding_box()
    assert box
    assert seen
    assert seen["y"] <= box["y"] < seen["y"] + 40
    close.tap()
    page.wait_for_timeout(300)
    assert not panel.is_visible()


@pytest.mark.browser
def test_the_question_for_consent_is_read_with_field_and_button(
    opened: Callable[..., Page], address: str, answered: Article
) -> None:
    """It describes both, is said anew once it can be heard, and goes when it is answered."""
    page = opened("about:blank")
    written(page, address, data='data-consent="ask"')
    question = re.compile(r"Look for existing answers while you type\?")
    field, agree = page.locator("#a"), page.get_by_role("button", name="Yes, look")
    assert question.search(field.get_attribute("aria-description") or "")
    described = "each => each.getRootNode().getElementById(each.getAttribute('aria-describedby')).textContent"
    assert question.search(agree.evaluate(described))
    agree.click()
    assert field.get_attribute("aria-description") is None
    asked(page, "#a", answered.title)


@pytest.mark.browser
def test_a_notice_is_seen_once_and_keeps_its_address(opened: Callable[..., Page], address: str) -> None:
    """It is said before the answers, and stands in the list alone, where what it leads to is a link."""
    page = opened("about:blank")
    page.route("**/suggest", many)
    written(page, address)
    asked(page, "#a", UNKNOWN)
    status = host(page).get_by_role("status")
    assert status.text_content() == "Sync is slow today · 3 existing answers. Arrow down leads there."
    assert status.locator("bdi").inner_text() == "3 existing answers"
    assert status.locator(".hint").first.evaluate("each => each.offsetWidth") == 1
    host(page).locator("summary").click()
    links = host(page).locator(".notice a")
    assert [each.get_attribute("href") for each in links.all()] == [
        "https://status.example/2",
        "https://status.example/1",
    ]
    assert links.first.is_visible()


@pytest.mark.browser
def test_from_right_to_left_what_is_said_begins_on_the_right(opened: Callable[..., Page], address: str) -> None:
    """Whatever its own direction; the button stands at the other end, and the cross beside the first title."""
    page = opened("about:blank")
    page.route("**/suggest", many)
    written(page, address, root='lang="ar" dir="rtl"')
    asked(page, "#a", UNKNOWN)
    line, said = host(page).locator(".line").bounding_box(), host(page).locator("bdi").first.bounding_box()
    button = host(page).get_by_role("button", name="Hide: Existing answers").bounding_box()
    assert line
    assert said
    assert button
    assert abs(said["x"] + said["width"] - line["x"] - line["width"]) < 2
    assert abs(button["x"] - line["x"]) < 2
    cross = host(page).get_by_role("button", name="Hide", exact=True).bounding_box()
    assert cross
    title = page.get_by_role("option").first.locator("b")
    assert title.evaluate("each => getComputedStyle(each).direction") == "ltr"
    written_in = (
        "each => { const all = new Range(); all.selectNodeContents(each); return all.getBoundingClientRect().x; }"
    )
    assert title.evaluate(written_in) >= cross["x"] + cross["width"]


@pytest.mark.browser
def test_in_forced_colours_the_chosen_answer_alone_has_a_bar(opened: Callable[..., Page], address: str) -> None:
    """The others' is of the colour of the ground."""
    page = opened("about:blank", forced_colors="active")
    page.route("**/suggest", many)
    written(page, address)
    asked(page, "#a", UNKNOWN).press("ArrowDown")
    edge = "each => getComputedStyle(each).borderInlineStartColor"
    ground = host(page).locator(".over").evaluate("each => getComputedStyle(each).backgroundColor")
    edges = [each.locator(".item").evaluate(edge) for each in page.get_by_role("option").all()]
    assert [each == ground for each in edges] == [False, True, True]


@pytest.mark.browser
def test_the_servers_address_may_end_as_it_likes(opened: Callable[..., Page], address: str) -> None:
    """With a path of its own, too."""
    page = opened("about:blank")
    page.route("**/kb/api/v1/suggest", many)
    written(page, address, data=f'data-api="{address}/kb"')
    asked(page, "#a", UNKNOWN)
    page.get_by_role("option").first.wait_for()
