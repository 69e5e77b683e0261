"""Makes the pictures that README and how-tos show from a copy of the demo, those of the desk in both languages.

``make pictures``, or ``python docs/pictures.py DEMO`` where ``make demo`` has made one.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import uvicorn
from playwright.sync_api import Page, sync_playwright

from kbuilder.web.app import create_app
from kbuilder.web.desk.access import COOKIE
from kbuilder.workspace import people
from kbuilder.workspace.workspace import Workspace

IMAGES = Path(__file__).parent / "images"
NAMES = {"en": "", "de": ".de"}
"""By language, what stands in a picture's name."""
SIZE = {"width": 1180, "height": 700}
CHROMIUM = "/usr/bin/chromium"
QUESTION = "Red light on Hub, no internet"
"""An article of the demo."""


def main(demo: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kb = Workspace.open(shutil.copytree(demo, Path(folder) / "kb"))
        added = people.add(kb.parts, "ada@example.org", "Ada", ["editor"]).person
        ada = people.change(kb.parts, added, renew=False)  # with a password of her own
        people.add(kb.parts, "bo@example.org", "Bo", ["editor"])  # whom one can ask
        token = people.open_session(kb.parts, ada)
        with _served(kb) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM)
            for language in NAMES:
                context = browser.new_context(viewport=SIZE, locale=language)  # type: ignore[arg-type]
                context.add_cookies([{"name": COOKIE, "value": token, "url": f"{address}/desk"}])
                _desk(context.new_page(), kb, address, language)
            _readers(browser.new_page(locale="en"), kb, address)
        kb.close()


def _readers(page: Page, kb: Workspace, address: str) -> None:
    """An article, and how it is found by whoever asks: on the site's own form, and on a forum's."""
    article = next(each for each in kb.articles() if each.title == QUESTION)
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"{address}/{article.language}/{article.slug}/")
    page.screenshot(path=IMAGES / "site.png")
    page.set_viewport_size({"width": 1000, "height": 700})
    page.goto(f"{address}/ask")
    page.locator("textarea, input[name=q]").first.fill(QUESTION)
    page.get_by_role("button", name="Find answers").click()
    page.get_by_text("What matched").wait_for()
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / "ask.png")
    page.set_viewport_size({"width": 760, "height": 520})
    page.goto(f"{address}/widget/examples/plain.html")
    page.locator("#subject").press_sequentially(QUESTION)
    page.get_by_role("status").filter(has_text="1 existing answer").wait_for()
    page.keyboard.press("ArrowDown")
    page.screenshot(path=IMAGES / "widget.png")


def _desk(page: Page, kb: Workspace, address: str, language: str) -> None:
    """A candidate whose answers differ, with a sentence touched; then the form for it."""
    item = next(each for each in kb.queue() if each.kind == "contradiction" and each.language == language)
    place = f"{address}/desk/candidates/{item.lineage}"
    page.goto(f"{place}?lang={language}")
    page.locator(".sentence[data-n]").nth(1).click()
    page.screenshot(path=IMAGES / f"desk{NAMES[language]}.png")
    page.goto(f"{place}/edit?lang={language}")
    page.screenshot(path=IMAGES / f"desk-writing{NAMES[language]}.png")


@contextmanager
def _served(kb: Workspace) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(kb), port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
