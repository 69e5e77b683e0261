"""The widget in a browser, on a form of each kind: by keyboard, read aloud, on a phone, where everything is away."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from at_desk import serving
from starlette.testclient import TestClient

from kbuilder import resources
from kbuilder.records import Article
from kbuilder.store.askers import Askers
from kbuilder.web.app import create_app
from kbuilder.web.widget import EXAMPLES, FOLDER
from kbuilder.workspace import events
from kbuilder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Locator, Page, Route

SCRIPT = (resources.read(f"{FOLDER}/kbuilder.js")).decode()
LARGEST = 12 * 1024
UNKNOWN = "How often should I descale an espresso machine?"
PHONE = {"width": 360, "height": 640}
KEYBOARD = {"width": 360, "height": 330}
"""What is left of it above the keyboard."""


def test_it_is_small() -> None:
    """Less than 12 KB as it is sent."""
    assert len(gzip.compress(SCRIPT.encode(), 9)) < LARGEST


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
    assert client.get("/widget/examples/..%2f..%2fstatic/site.js").status_code == 404


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
    "en": ("existing answer", "Did this solve it?", "Yes"),
    "de": ("vorhandene Antwort", "Hat das geholfen?", "Ja"),
}


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_an_answer_is_found_read_and_helps_by_keyboard(
    opened: Callable[..., Page], address: str, own: Workspace, answered: Article, name: str
) -> None:
    """On each kind of form, in its language, with nothing for axe to find; what was typed stays."""
    from axe_playwright_python.sync_playwright import Axe

    field, language = PAGES[name]
    count, question, yes = SAID[language]
    page = opened(f"{address}/widget/examples/{name}")
    place = page.frame_locator("iframe") if name == "frame.html" else page
    if name == "app.html":
        page.get_by_role("button", name="New question").click()
    before = len(kinds(own, answered.id))
    typed = asked(place, field, answered.title)
    assert count in (host(place).locator("[role=status]").text_content() or "")
    typed.press("ArrowDown")
    typed.press("Enter")
    answer = host(place).get_by_role("region", name=answered.title)
    answer.get_by_role("heading", name=answered.title).wait_for()
    assert answer.get_by_role("heading", name=answered.title).evaluate("each => each.matches(':focus')")
    assert question in answer.inner_text()
    answer.locator("details").wait_for()  # the whole article is there, with its sources
    for colours in ("none", "active"):
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
    told = {"notices": [{"title": title, "text": "We are on it.", "audience": "public"}]}
    own.parts.repository.commit(
        tree, {"facts/notices.json": json.dumps(told).encode()}, "Slow", "ada", own.parts.clock()
    )
    try:
        page = opened(address + "/widget/examples/plain.html", viewport=PHONE)
        send = page.get_by_role("button", name="Post the question")
        host(page).wait_for(state="attached")
        before = send.bounding_box()
        field = asked(page, "#subject", answered.title)
        assert f"{title} · 1 existing answer" in (host(page).get_by_role("status").text_content() or "")
        assert send.bounding_box() == before
        notice, answer = host(page).get_by_text("We are on it."), page.get_by_role("option").first
        above, below = notice.bounding_box(), answer.bounding_box()
        assert above
        assert below
        assert above["y"] + above["height"] <= below["y"] + 1
        field.fill("")
        asked(page, "#subject", UNKNOWN)
        host(page).get_by_role("status").filter(has_text="No existing answer found.").wait_for()
        assert (host(page).get_by_role("status").text_content() or "").startswith(title + " · ")
        assert notice.is_visible()
    finally:
        own.parts.repository.commit(own.parts.head(), {"facts/notices.json": None}, "Over", "ada", own.parts.clock())


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
    page.wait_for_url("**/sent.html?*")
    assert "espresso" in page.url


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
        assert sent
        assert all(each.url.endswith("/suggest") for each in sent)
        assert all(each.post_data_json["count"] is False for each in sent)
        assert all("page_view" not in each.post_data_json for each in sent)
    assert len(kinds(own, answered.id)) == before
