"""The site in a browser: for everybody, by keyboard, and without a word to another host."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Trickling
from trees import CONFIG, article, knowledge_base

from kbuilder import publish, texts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

PAGES = {
    "home": "en/",
    "article": "en/reset-router/",
    "article with notice and table": "en/restart-router/",
    "article with marks": "de/armband-synchronisiert-nicht/",
    "topics": "en/-/topics/",
    "topic": "en/-/topics/router/",
    "product": "de/-/products/hub-3/",
    "changes": "de/-/changes/",
    "status": "en/-/status/",
    "media": "en/-/media/",
    "contributors": "de/-/contributors/",
    "tabs": "en/two-ways/",
    "formulas": "en/formulas/",
    "gone": "en/signal-strength/",
    "missing": "404.html",
}
VARIANTS = """Lead.[^p1]

## With Hub 2

Two.[^p1]

```sh
forward add --port 8080 --to 192.168.1.20 --protocol tcp --comment "a line that is wider than the page is"
```

## With Hub 3

Three.[^p1]
"""
LONG = " + ".join(f"a_{{{number}}} b^{{{number}}}" for number in range(20))
FORMULAS = f"""Wider than a small screen: ${LONG}$.[^p1]

1. Here too: ${LONG}$.[^p1]

$$
{LONG}
$$
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden knowledge base, served from below a prefix as its address says."""
    lines = [{"post": "larkspan:20#3", "state": "changed"}, {"post": "larkspan:7#9", "state": "gone"}]
    tree = knowledge_base().having({"withdrawn.jsonl": "".join(json.dumps(line) + "\n" for line in lines)})
    tree = tree.with_(
        article("two-ways", "Two ways", VARIANTS),
        article("formulas", "Formulas", FORMULAS),
        article("mass", "Wie ändere ich das Maß?", "Größe und Straße. Ölfilterwechsel, Routerneustart.[^p1]", "de"),
    )
    root = tmp_path_factory.mktemp("served")
    publish.publish(tree, root / "site").folder.rename(root / "kb")
    return root


@pytest.fixture
def address(site: Path, serve: Callable[[Path], str]) -> str:
    return serve(site) + "kb/"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may go wrong: no error, no refused policy, no other host."""
    opened, wrong, asked = context.new_page(), list[str](), set[str]()
    opened.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda request: asked.add(re.sub(r"^(\w+://[^/]*).*", r"\1", request.url)))
    yield opened
    assert wrong == []
    assert {host for host in asked if not host.startswith(("http://127.0.0.1:", "file:"))} == set()


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_no_page_is_closed_to_anybody(page: Page, address: str, width: int, scheme: str) -> None:
    """axe finds nothing on any kind of page, and nothing has to be scrolled sideways."""
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    for name, path in PAGES.items():
        page.goto(address + path)
        found = Axe().run(page)
        assert found.response["passes"], name
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_long_names_of_topics_and_products_are_broken(
    page: Page, tmp_path: Path, serve: Callable[[Path], str]
) -> None:
    """Nobody scrolls sideways for one."""
    name = "Donaudampfschifffahrtsgesellschaft" * 4
    tree = knowledge_base().with_(article("long", "Long", "L.[^p2]", tags=(name,), product=name))
    address = serve(publish.publish(tree, tmp_path / "site").folder)
    page.set_viewport_size({"width": 320, "height": 700})
    for path in ("en/long/", "en/-/topics/", "en/"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_an_open_search_is_closed_to_nobody(page: Page, address: str) -> None:
    """Results and “nothing found”, in both schemes."""
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for words, shown in (("reset", ".results li a"), ("xylophone", ".results .nothing")):
            page.goto(address + "en/")
            page.fill("#q", words)
            page.wait_for_selector(shown)
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()


def test_an_article_is_found_by_keyboard(page: Page, address: str) -> None:
    """/ leads to the field, words to results, the arrow to the first, Enter to the article."""
    page.goto(address + "en/-/changes/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("blinks red")
    page.wait_for_selector(".results li a")
    assert page.inner_text("#q-status") == "1 answer"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/kb/en/reset-router/*")
    assert page.inner_text("h1") == "How do I reset my Larkspan Hub?"


def test_arrows_go_back_and_escape_closes(page: Page, address: str) -> None:
    """The field is never lost."""
    page.goto(address + "en/")
    page.fill("#q", "hub")
    page.wait_for_selector(".results li a")
    page.press("#q", "ArrowDown")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Escape")
    assert page.locator(".results").is_hidden()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('.results li') !== null")


def test_results_do_not_lie_over_what_has_the_focus(page: Page, address: str) -> None:
    """They close when the keyboard leaves them, as when somebody clicks elsewhere."""
    page.goto(address + "en/two-ways/")
    page.fill("#q", "hub")
    page.wait_for_selector(".results li a")
    page.locator(".results li a").last.focus()
    page.keyboard.press("Tab")
    assert page.locator(".results").is_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Deutsch"


def test_enter_opens_the_first_result(page: Page, address: str) -> None:
    """Of what was typed last, as soon as it is there."""
    page.goto(address + "en/")
    page.fill("#q", "battery")
    page.wait_for_selector(".results li a")
    page.fill("#q", "restart")
    page.press("#q", "Enter")
    page.wait_for_url("**/kb/en/restart-router/*")


def test_a_result_leads_to_the_sentence_that_was_found(page: Page, address: str) -> None:
    """The tab that has it is opened; on the page that is read already, results do not stay in its way."""
    page.goto(address + "en/")
    page.fill("#q", "three")
    page.click(".results a:has-text('Two ways')")
    page.locator(".variant", has_text="Three.").wait_for()
    assert page.locator(".variant", has_text="Two.").is_hidden()
    page.fill("#q", "three")
    page.click(".results a:has-text('Two ways')")
    page.wait_for_selector(".results", state="hidden")


def test_all_that_was_found_can_be_reached(tmp_path: Path, page: Page, serve: Callable[[Path], str]) -> None:
    """More than are shown at first come as the list is gone through."""
    many = [article(f"a-{number}", f"Zebra {number}?", "One.[^p1]") for number in range(12)]
    page.goto(serve(publish.publish(knowledge_base().with_(*many), tmp_path / "site").folder) + "en/")
    page.fill("#q", "zebra")
    page.wait_for_selector(".results li a")
    assert page.locator(".results li").count() < 12
    page.press("#q", "ArrowUp")
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    page.wait_for_selector(".results li:nth-child(12)")
    assert page.locator(".results li").count() == 12
    assert page.evaluate("document.activeElement === document.querySelector('.results li:nth-child(8) a')")


def test_other_people_s_words_find_the_article_too(page: Page, address: str) -> None:
    """Phrasings are searched; German pages find German articles."""
    page.goto(address + "de/")
    page.fill("#q", "Werkseinstellungen")
    page.wait_for_selector(".results li a")
    assert page.inner_text(".results li span") == "Wie setze ich meinen Larkspan Hub zurück?"
    assert page.inner_text("#q-status") == "1 Antwort"


def test_german_words_are_found_as_people_type_them(page: Page, address: str) -> None:
    """Umlauts as two letters, compounds by their parts."""
    page.goto(address + "de/")
    for typed in ("Größe", "groesse", "Strasse", "neustart", "filterwechsel", "oelfilter"):
        page.fill("#q", "")
        page.wait_for_selector(".results", state="hidden")
        page.fill("#q", typed)
        page.wait_for_selector(".results li a")
        assert page.inner_text(".results li span >> nth=0") == "Wie ändere ich das Maß?", typed


def test_signs_are_searched_as_people_type_them(tmp_path: Path, page: Page, serve: Callable[[Path], str]) -> None:
    """Those that belong to a word tell it from others; all others neither help nor harm."""
    told = {
        "Sharp": "A class in C#, not in Java.[^p1]",
        "Plus": "Templates of C++: C++17 has more, says g++.[^p1]",
        "Plain": "The language C is old, and F too.[^p1]",
        "Shell": "Set $PATH for `kbuilder --help`; write to ~/.profile.[^p1]",
        "Net": "Install .NET and node.js, over TCP/IP, on wi-fi 802.11ac.[^p1]",
        "Keys": "Press Ctrl+Alt+Del, then Shift + Tab; error 0x80070005 after KB5005565.[^p1]",
        "Mail": "Send us an E-Mail: router, modem? Call +49 30 1 about #42. 🔧[^p1]",
        "Joined": "Copy by Strg+C in GTK+3, written in F#/Q#, as issue #7 has it.[^p1]",
    }
    expected = {
        "Sharp": ["C#", "c# class", "(C#)", "java"],
        "Plus": ["C++", "c++17", "g++", "c++ templates"],
        "Shell": ["$PATH", "${PATH}", "path", "--help", "~/.profile"],
        "Net": [".NET", "node.js", "nodejs", "TCP/IP", "tcp", "wi-fi", "wifi", "802.11ac"],
        "Keys": ["ctrl+alt+del", "ctrl + alt + del", "alt del", "shift+tab", "0x80070005", "KB5005565"],
        "Mail": ["E-Mail", "e mail", "email", "router#", "modem", "modem+", "+49 30", "#42", "42", "🔧"],
        "Joined": ["Strg+C", "strg + c", "gtk+3", "gtk 3", "f#", "Q#", "#7"],
    }
    articles = [article(f"s-{title.lower()}", title, text, tags=()) for title, text in told.items()]
    page.goto(serve(publish.publish(knowledge_base().with_(*articles), tmp_path / "site").folder) + "en/")
    for title, queries in expected.items():
        for typed in queries:
            page.fill("#q", "")
            page.wait_for_selector(".results", state="hidden")
            page.fill("#q", typed)
            page.wait_for_selector(".results li a")
            assert page.inner_text(".results li span >> nth=0") == title, typed
    for typed, titles in {"C#": ["Sharp", "What does -67 dBm mean?"], "C++": ["Plus"]}.items():
        page.fill("#q", "")
        page.wait_for_selector(".results", state="hidden")
        page.fill("#q", typed)
        page.wait_for_selector(".results li a")
        assert page.locator(".results li span").all_inner_texts() == titles, typed


def test_slips_are_not_mended_but_beginnings_are_enough(page: Page, address: str) -> None:
    """As far as Pagefind goes, which the guide says: a beginning finds the word, a wrong letter in it does not."""
    page.goto(address + "en/")
    page.fill("#q", "resta")
    page.wait_for_selector(".results li a")
    page.fill("#q", "restrat")
    page.wait_for_selector(".results .nothing")


def test_nothing_found_says_so_and_shows_the_way_out(page: Page, address: str) -> None:
    """What was typed is shown as text, whatever it is, and is the beginning of the question."""
    page.goto(address + "de/")
    page.fill("#q", "<img src=x onerror=alert(1)> $& qqq")
    page.wait_for_selector(".results .nothing")
    assert page.inner_text(".results .nothing") == "Nichts gefunden zu „<img src=x onerror=alert(1)> $& qqq“."
    href = page.get_attribute(".results .button", "href") or ""
    assert href.startswith("https://community.larkspan.example/new?title=%3Cimg%20src%3Dx")
    page.press("#q", "ArrowDown")
    assert page.evaluate("document.activeElement.className") == "button"


def test_the_search_is_loaded_only_when_it_is_used(page: Page, address: str) -> None:
    """A page that is only read loads nothing of it."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + "en/reset-router/", wait_until="networkidle")
    assert not [url for url in asked if "pagefind" in url]
    assert len(asked) <= 6
    with page.expect_request("**/pagefind.js*"):
        page.focus("#q")


def test_without_script_there_is_a_list_of_everything(browser: Browser, address: str) -> None:
    """The search field leads to it."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address + "en/")
        page.fill("#q", "anything")
        page.press("#q", "Enter")
        page.wait_for_url("**/kb/en/-/topics/**")
        page.click("text=How do I reset my Larkspan Hub?")
        assert page.inner_text("h1") == "How do I reset my Larkspan Hub?"
        assert page.locator("main a").count() > 10
        assert page.locator(".scheme, .here, .copy").count() == 0


def test_code_is_copied(context: BrowserContext, page: Page, address: str) -> None:
    """As it is, without its colours."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(address + "en/reset-router/")
    page.hover(".code")
    page.click(".copy")
    page.wait_for_selector("text=Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == 'ssh admin@192.168.1.1 "factory-reset --yes"  # all settings are lost'


PAPER = "getComputedStyle(document.body).backgroundColor"
DRESSED = "document.body && document.documentElement.style.colorScheme"


def test_a_reader_s_colours_are_remembered_and_do_not_flash(page: Page, address: str) -> None:
    """As the system has them, light, dark, and round again; paper is white. Nothing is kept of who chooses none."""
    page.emulate_media(color_scheme="light")
    page.goto(address + "en/reset-router/")
    light = page.evaluate(PAPER)
    assert page.evaluate("localStorage.length") == 0
    for name in ("System colours", "Light colours"):
        page.get_by_role("button", name=name).press("Enter")
    assert page.get_by_role("button", name="Dark colours").is_visible()
    dark = page.evaluate(PAPER)
    assert dark != light
    page.goto(address + "en/", wait_until="commit")
    assert page.wait_for_function(DRESSED).json_value() == "dark"  # while the body is still being read
    page.wait_for_load_state()
    assert page.evaluate(PAPER) == dark
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    page.emulate_media(media="screen")
    page.click(".scheme")
    assert page.evaluate(PAPER) == light


def test_a_heading_leads_to_itself(page: Page, address: str) -> None:
    """By keyboard, and its sign shows that it does; what opens tabs leads nowhere."""
    page.goto(address + "en/reset-router/")
    sign = "getComputedStyle(document.querySelector('#alternatives a'), '::after').opacity"
    assert page.evaluate(sign) == "0"
    page.get_by_role("heading", name="Alternatives", exact=True).get_by_role("link").focus()
    assert page.evaluate(sign) == "1"
    page.keyboard.press("Enter")
    page.wait_for_url("**/reset-router/#alternatives")
    page.goto(address + "en/two-ways/")
    assert page.locator("summary h2").count() == 2
    assert page.locator("summary a").count() == 0


def test_what_is_gone_leads_to_what_is_like_it(page: Page, tmp_path: Path, serve: Callable[[Path], str]) -> None:
    """By the words of its address, of which few have all; nothing that stands there already is pushed aside."""
    slugs = ("reset-the-hub", "is-a-reset-ok-or-no")
    gone = [article(each, "Reset", "Gone.[^p1]", state="archived") for each in slugs]
    address = serve(publish.publish(knowledge_base().with_(*gone), tmp_path / "site").folder)
    for each in gone:
        page.goto(f"{address}en/{each.slug}/")
        page.wait_for_selector("[data-suggest] li a")
        assert page.locator("[data-suggest] a span").all_inner_texts()[0] == "How do I reset my Larkspan Hub?"
        assert page.evaluate(SHIFTS) == 0


def test_a_missing_page_suggests_by_whatever_address(page: Page, address: str, site: Path) -> None:
    """By what can be read of it: a lone per cent sign is no code of a letter."""
    for missing in ("reset-50%-hub", "h%75b-reset"):
        page.route(f"**/en/{missing}/", lambda route: route.fulfill(path=site / "kb" / "en" / "404.html"))
        page.goto(f"{address}en/{missing}/")
        page.wait_for_selector("[data-suggest] li a")
        assert "How do I reset my Larkspan Hub?" in page.locator("[data-suggest] a span").all_inner_texts()


def test_old_names_and_the_root_lead_on(page: Page, address: str) -> None:
    """Without a server's help."""
    page.goto(address)
    page.wait_for_url("**/kb/en/index.html")
    page.goto(address + "en/reset-hub/")
    page.wait_for_url("**/kb/en/reset-router/index.html")


def test_a_folder_on_disk_is_a_site_too(page: Page, site: Path) -> None:
    """Links find their pages, and the search says that it is not to be had."""
    page.goto((site / "kb" / "index.html").as_uri())
    page.wait_for_url("**/en/index.html")
    page.click(".wanted a")
    page.wait_for_url("**/en/reset-router/index.html")
    page.click("text=Deutsch")
    page.wait_for_url("**/de/router-zuruecksetzen/index.html")


def test_the_first_thing_that_the_keyboard_reaches_leads_past_the_rest(page: Page, address: str) -> None:
    """And it can be seen."""
    page.goto(address + "en/reset-router/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.locator(".skip").bounding_box()["width"] > 50  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_print_shows_the_answer_and_its_sources(page: Page, address: str) -> None:
    """Without what only a screen needs."""
    page.emulate_media(media="print")
    page.goto(address + "en/reset-router/")
    assert page.locator(".search").is_hidden()
    assert page.locator("article h1").is_visible()
    assert page.locator(".sources").is_visible()
    page.goto(address + "en/restart-router/")
    assert page.evaluate("getComputedStyle(document.querySelector('.table')).overflow") == "visible"


def test_tabs_need_no_script_and_are_all_printed(browser: Browser, address: str) -> None:
    """By keyboard; one is shown at a time, on paper all are."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address + "en/two-ways/")
        one, two = page.locator(".variant", has_text="Two."), page.locator(".variant", has_text="Three.")
        assert one.is_visible()
        assert two.is_hidden()
        page.locator("summary", has_text="With Hub 3").press("Enter")
        assert two.is_visible()
        assert one.is_hidden()
        page.emulate_media(media="print")
        assert one.is_visible()
        assert two.is_visible()


def test_code_in_a_tab_ends_where_the_tab_does(page: Page, address: str) -> None:
    """What is wider is scrolled, and not cut off with its end and the button to copy it."""
    for width in (320, 700, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address + "en/two-ways/")
        code, tabs = (page.locator(each).first.bounding_box() for each in (".variants pre", ".variants"))
        assert code
        assert tabs
        assert code["x"] + code["width"] < tabs["x"] + tabs["width"], width


def test_a_status_page_has_room_for_titles(page: Page, address: str) -> None:
    """A problem's name is not squeezed by its bar."""
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address + "en/-/status/")
        name, bar = (page.locator(f".bars {each}").first.bounding_box() for each in ("tbody th", "tbody td"))
        assert name
        assert bar
        assert name["width"] > 1.4 * bar["width"]


SHIFTS = """new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const each of list.getEntries()) sum += each.value; })
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 0)));
})"""


def test_nothing_moves_while_a_page_is_read(page: Page, address: str) -> None:
    """Layout shift is 0, on a narrow and a wide screen, scrolled to the end."""
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        for name, path in PAGES.items():
            page.goto(address + path, wait_until="load")
            page.mouse.wheel(0, 20_000)
            assert page.evaluate(SHIFTS) == 0, name


def test_nothing_moves_while_a_page_arrives(page: Page, site: Path, serve: Callable[..., str]) -> None:
    """On a slow line too: a page is painted once it is there, so that nothing is pushed aside by what follows it."""
    for width in (320, 1280):
        address = serve(site, Trickling) + "kb/"
        page.set_viewport_size({"width": width, "height": 700})
        for name in ("article with notice and table", "topic", "product", "contributors", "tabs", "gone", "missing"):
            page.goto(address + PAGES[name], wait_until="load")
            assert page.evaluate(SHIFTS) == 0, name


LEFT_ITS_ROW = """(() => {
  const row = document.querySelector(".articles > li");
  const [link, time] = ["a", "time"].map((name) => row.querySelector(name));
  const lengths = Array.from({ length: 120 }, (_, length) => length + 1);
  return lengths.filter((length) => {
    link.textContent = "m ".repeat(length);
    return time.getBoundingClientRect().bottom > row.getBoundingClientRect().bottom;
  });
})()"""


def test_a_date_stays_in_its_row(page: Page, address: str) -> None:
    """However long the title is, on a narrow and a wide screen."""
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(address + "en/-/topics/")
        assert page.evaluate(LEFT_ITS_ROW) == [], width


BELOW_ITS_TITLE = """(() => {
  const row = document.querySelector(".changes .articles > li");
  const [link, time] = ["a", "time"].map((name) => row.querySelector(name));
  const lengths = Array.from({ length: 120 }, (_, length) => length + 1);
  return lengths.filter((length) => {
    link.textContent = "m ".repeat(length);
    return time.getBoundingClientRect().top > link.getClientRects()[0].bottom;
  });
})()"""


def test_a_change_has_its_date_beside_its_title(page: Page, address: str) -> None:
    """However long that is, where there is room for a column."""
    page.set_viewport_size({"width": 1280, "height": 700})
    page.goto(address + "en/-/changes/")
    assert page.evaluate(BELOW_ITS_TITLE) == []


def test_nothing_moves_on_long_pages_on_a_slow_processor(
    tmp_path: Path, page: Page, serve: Callable[[Path], str]
) -> None:
    """Not even where 400 topics and 100 changes are listed; how long a task takes is told by ``make bench``."""
    tags = [[f"topic {number * 4 + each}" for each in range(4)] for number in range(100)]
    many = [article(f"a-{number}", f"How {number}?", VARIANTS, tags=tags[number % 100]) for number in range(200)]
    site = publish.publish(knowledge_base().with_(*many), tmp_path / "site").folder
    address = serve(site)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    for path in ("en/-/topics/", "en/-/changes/", "en/", "en/a-1/"):
        page.goto(address + path, wait_until="load")
        page.mouse.wheel(0, 20_000)
        assert page.evaluate(SHIFTS) == 0, path


ALONE = """(() => {
  const text = document.querySelector(".text p"), mark = text.querySelector(".ref").outerHTML;
  const lengths = Array.from({ length: 80 }, (_, length) => length + 1);
  return lengths.filter((length) => {
    text.innerHTML = "m ".repeat(length) + "really?" + mark;
    const range = document.createRange();
    range.setStart(text.firstChild, text.firstChild.length - 1);
    range.setEnd(text.firstChild, text.firstChild.length);
    return text.querySelector(".ref a").getBoundingClientRect().left < range.getBoundingClientRect().right - 1;
  });
})()"""


def test_a_number_of_a_source_stands_by_its_sentence(page: Page, address: str) -> None:
    """Never alone at the beginning of a line, wherever the sentence ends."""
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(address + "en/reset-router/")
    assert page.evaluate(ALONE) == []


FOCUSED_NEXT = """(() => {
  const stops = [...document.querySelectorAll("a[href], input, button, summary, [tabindex='0']")]
    .filter((each) => each.checkVisibility());
  const next = stops[stops.indexOf(document.activeElement) + 1];
  return next ? next.outerHTML : "";
})()"""
"""What Tab leads to from here; "" after the last."""
IN_SIGHT = """(() => {
  const here = document.activeElement, box = here.getClientRects()[0];
  const over = document.elementFromPoint((box.left + Math.min(box.right, innerWidth)) / 2, box.top + box.height / 2);
  return box.top >= 0 && box.top < innerHeight && (here.contains(over) || over?.contains(here));
})()"""


def test_at_four_hundred_per_cent_all_is_one_column(page: Page, address: str) -> None:
    """As a window of 1280 by 1024 shows it then: nothing is cut off, and the answer has room below what stays."""
    page.set_viewport_size({"width": 320, "height": 256})
    for name, path in PAGES.items():
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        page.evaluate("scrollTo(0, 800)")
        top = page.locator(".top").bounding_box()
        assert top, name
        assert top["y"] + top["height"] <= 0, name


def test_at_four_hundred_per_cent_the_keyboard_sees_where_it_is(page: Page, address: str) -> None:
    """From the first link to the last, what has the focus is in sight and nothing lies over it."""
    page.set_viewport_size({"width": 320, "height": 256})
    page.emulate_media(reduced_motion="reduce")
    page.goto(address + "en/reset-router/")
    reached = []
    while (name := page.evaluate(FOCUSED_NEXT)) != "":
        page.keyboard.press("Tab")
        assert page.evaluate(IN_SIGHT), name
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert len(reached) > 25
    assert reached[0] == "Skip to the content"
    assert reached[-1] == "Ask the community"


def test_in_forced_colours_what_is_chosen_can_be_seen(page: Page, address: str) -> None:
    """Steps keep their numbers, fields and tabs their edges; what was found is no darker than the words around it."""
    page.emulate_media(forced_colors="active")
    page.goto(address + "en/two-ways/")
    edges = "(each) => parseFloat(getComputedStyle(document.querySelector(each)).borderBottomWidth)"
    assert page.evaluate(edges, ".search input") >= 1
    assert page.evaluate(edges, ".variants [open] > summary") >= 1
    assert page.evaluate(edges, ".variants :not([open]) > summary") == 0
    page.fill("#q", "reset")
    page.wait_for_selector(".results mark")
    colour = "(each) => getComputedStyle(document.querySelector(each)).color"
    assert page.evaluate(colour, ".results mark") == page.evaluate(colour, ".results li a")


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site in all languages, one article in each."""
    config = CONFIG.replace('["en", "de"]', json.dumps(texts.PUBLISHED))
    config = config.replace(
        "[audience.public]", '[site]\nhelped_url = "https://c.example/helped"\n\n[audience.public]'
    )
    each = [
        article("one", "One", VARIANTS, language, tags=("t",), product="P", phrasings=("Q",))
        for language in texts.PUBLISHED
    ]
    root = tmp_path_factory.mktemp("eight")
    bare = knowledge_base().having(dict.fromkeys(knowledge_base().list("articles")))
    publish.publish(bare.having({"kbuilder.toml": config}).with_(*each), root / "site").folder.rename(root / "kb")
    return root


@pytest.mark.parametrize("language", texts.PUBLISHED)
def test_no_language_is_closed_to_anybody(
    page: Page, eight: Path, serve: Callable[[Path], str], language: str
) -> None:
    """axe finds nothing; colours are no other ones than of the pages above."""
    from axe_playwright_python.sync_playwright import Axe

    address = f"{serve(eight)}kb/{language}/"
    for path in ("", "one/", "-/topics/", "-/status/", "-/contributors/", "404.html"):
        page.goto(address + path)
        assert page.get_attribute("html", "lang") == language
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"


@pytest.mark.parametrize("language", texts.PUBLISHED)
def test_yes_and_no_stand_beside_the_question(
    page: Page, eight: Path, serve: Callable[[Path], str], language: str
) -> None:
    """On a small phone too, each in one line."""
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{serve(eight)}kb/{language}/one/")
    yes, no = (each.bounding_box() for each in page.locator(".feedback .choice").all())
    assert yes
    assert no
    assert (yes["y"], yes["height"]) == (no["y"], no["height"])
    assert yes["height"] <= 40
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
