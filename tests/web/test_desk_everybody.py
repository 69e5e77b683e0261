"""The desk is for everybody: axe finds nothing on any page, in both languages and schemes, narrow and wide."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from at_desk import PASSWORD, Desk, routes, serving
from PIL import Image

from kbuilder import resources
from kbuilder.records import Article
from kbuilder.store.askers import Askers, Question
from kbuilder.web.desk.access import COOKIE
from kbuilder.web.pages import Pages
from kbuilder.workspace import notices, people, pictures, translating, writing
from kbuilder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NO_PAGES = {
    "/desk/activity.csv",
    "/desk/queue.csv",
    "/desk/files/{name}",
    "/desk/pictures/{name:path}",
    "/desk/session",
    "/desk/sign-in/away",
    "/desk/sign-in/back",
}
"""Routes that answer with a file, or lead on."""
PARTS = {"here.html", "kept.html", "layout.html", "parts.html", "help.html", "steps.html", "queue-list.html"}
"""Templates that are parts of pages, or what all are made from."""
WORN_OUT = "descale the espresso machine how often should I"
PANEL = "[popover]:popover-open"
UNFOLD = "for (const each of document.querySelectorAll('details:not([name])')) each.open = true"
LOOK = """async (within) => {
  const violations = { resultTypes: ["violations"] };
  const found = await axe.run(within || document, { ...violations, rules: { "color-contrast": { enabled: false } } });
  const ways = new Set(JSON.parse(sessionStorage.ways || "[]")), before = ways.size, first = [];
  const behind = (each) => {
    const style = getComputedStyle(each);
    const told = [style.backgroundColor, style.backgroundImage, style.opacity, style.position, style.filter].join();
    return told === "rgba(0, 0, 0, 0),none,1,static,none" ? "" : told;
  };
  for (const each of document.querySelectorAll("body *")) {
    const says = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!(says || each.matches("input, select, textarea")) || !each.checkVisibility()) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(each);
    const way = [each.localName, color, fontSize, fontWeight];
    for (let at = each; at; at = at.parentElement) way.push(behind(at));
    if (ways.size < ways.add(way.filter(Boolean).join()).size) first.push(each);
  }
  if (ways.size > before) {
    sessionStorage.ways = JSON.stringify([...ways]);
    const colours = await axe.run({ include: first }, { ...violations, runOnly: ["color-contrast"] });
    found.violations.push(...colours.violations);
  }
  found.beyond = document.documentElement.scrollWidth - innerWidth;
  found.headings = ["h1", "main h1"].map((each) => document.querySelectorAll(each).length);
  return found;
}"""
"""axe's rules on a page, or on a part of it. Contrast takes more time than all other rules together: it is looked at
once for each way in which text stands before a background. One question a page: each takes Playwright time."""


@pytest.fixture
def desk(kb: Workspace, tmp_path: Path) -> Iterator[Desk]:
    """A desk on which there is something of everything."""
    made = Desk(kb.root, tmp_path / "kb")
    parts = made.kb.parts
    settings = (parts.head().read("kbuilder.toml") or b"") + b"\n[asking]\nkeep_questions = 7\n"
    parts.repository.commit(parts.head(), {"kbuilder.toml": settings}, "Keep", "ada", parts.clock())
    made.everyone()
    article, now = english(made), parts.clock()
    told = {"kind": "flagged", "target": article.id, "words": "It is otherwise since May."}
    assert made.client().post("/api/v1/events", json={"page_view": "v", "events": [told]}).status_code == 202
    for number in range(3):
        Askers(parts.database).keep_question(Question(time=now, text=WORN_OUT, page_view=f"v{number}", language="en"))
    german = Article(id="", slug="", title="Auf Deutsch", language="de", body="So.", created="", updated="")
    translating.translate(parts, article.id, german, "Ada")
    client, lineage = made.client("administrator"), waiting(made)
    client.submit("/desk/notices", {"title": "Down", "body": "Soon.", "language": "en", "audience": "public"})
    client.submit(f"/desk/candidates/{lineage}/claim", {"mine": "yes"})
    asked = {"recipient": made.person("administrator").id, "text": "Is it so?"}
    made.client("editor").submit(f"/desk/candidates/{lineage}/ask", asked)
    handed = {"target": f"{lineage}", "title": "Handed in", "body": "Like this."}
    made.client("author").submit("/desk/work/hand-in", handed)
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), (180, 60, 20)).save(drawn, "PNG")
    files = {"picture": ("x.png", drawn.getvalue(), "image/png")}
    sent = {"csrf": client.token(), "words": "A light"}
    line = client.post("/desk/pictures", data=sent, files=files, headers={"hx-request": "true"}).text
    parts_of = writing.find(parts, article.id)
    made.kb.edit(article.id, editor="Ada", body=f"{parts_of.body}\n\n{line}", reason="a picture")
    assert pictures.address(line.partition("](")[2].rstrip(")\n")) is not None
    yield made
    made.kb.close()


def english(desk: Desk) -> Article:
    return next(each for each in desk.kb.articles() if each.language == "en" and each.sources)


def waiting(desk: Desk) -> str:
    """A candidate of several threads with a draft."""
    known = desk.kb.generation.candidates
    kinds = ("create", "contradiction")
    return next(
        each.lineage for each in desk.kb.queue() if each.kind in kinds and len(known[each.lineage].members) > 1
    )


def beside(desk: Desk, lineage: str) -> str:
    """Another candidate in its language, with a draft."""
    spoken = desk.kb.generation.candidates[lineage].language
    others = (each for each in desk.kb.queue() if each.kind == "create" and each.language == spoken)
    return next(each.lineage for each in others if each.lineage != lineage)


def addresses(desk: Desk) -> dict[str, list[str]]:
    """Where each page is, by its route; after a blank, what opens something on the one before: a key, a button by the
    panel that it opens, or ``+``, which unfolds all that is folded."""
    article, candidate = english(desk), waiting(desk)
    asked = next(each.lineage for each in desk.kb.queue() if each.kind == "asked")
    notice = notices.standing(desk.kb.parts).all[0].id
    german = next(each for each in desk.kb.articles() if each.title == "Auf Deutsch")
    keys = ("r", "m", "s", "d", "c", "?")
    return {
        "/desk": ["/desk", "/desk ?", "/desk +", "/desk?words=nothing+at+all"],
        "/desk/account": ["/desk/account"],
        "/desk/activity": ["/desk/activity"],
        "/desk/answer": ["/desk/answer"],
        "/desk/articles": ["/desk/articles"],
        "/desk/articles/new": [
            "/desk/articles/new",
            "/desk/articles/new +",
            f"/desk/articles/new?translates={article.id}&language=de",
        ],
        "/desk/articles/{name}": [
            *(f"/desk/articles/{each.id}" for each in (article, german)),
            *(f"/desk/articles/{german.id} #{each}" for each in ("details", "rename", "retire", "undo")),
        ],
        "/desk/articles/{name}/edit": [f"/desk/articles/{each.id}/edit" for each in (article, german)],
        "/desk/articles/{name}/history": [f"/desk/articles/{article.id}/history"],
        "/desk/articles/{name}/sources": [f"/desk/articles/{article.id}/sources"],
        "/desk/asked/{name}": [f"/desk/asked/{asked}", f"/desk/asked/{asked} m", f"/desk/asked/{asked} r"],
        "/desk/bring": ["/desk/bring"],
        "/desk/candidates/{lineage}": [
            f"/desk/candidates/{candidate}",
            *(f"/desk/candidates/{candidate} {key}" for key in keys),
        ],
        "/desk/candidates/{lineage}/edit": [f"/desk/candidates/{candidate}/edit"],
        "/desk/candidates/{lineage}/keep": [
            f"/desk/candidates/{candidate}/keep?into={each}"
            for each in (f"/desk/articles/{article.id}", beside(desk, candidate))
        ],
        "/desk/judge": ["/desk/judge"],
        "/desk/nominate": ["/desk/nominate"],
        "/desk/notices": ["/desk/notices"],
        "/desk/notices/new": ["/desk/notices/new"],
        "/desk/notices/{name}": [f"/desk/notices/{notice}"],
        "/desk/people": ["/desk/people"],
        "/desk/saved": ["/desk/saved"],
        "/desk/sign-in": ["/desk/sign-in"],
        "/desk/top": ["/desk/top"],
        "/desk/translations": ["/desk/translations"],
    }


def test_every_page_is_looked_at(desk: Desk) -> None:
    """A route that answers with a page and stands not in the list fails here."""
    there = {path for method, path, _ in routes(desk.app) if method == "GET"}
    assert {*addresses(desk)} == there - NO_PAGES


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(320, "dark", "de"), (1280, "light", "en")],
)
def test_every_page_of_the_desk_is_for_everybody(
    desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch, width: int, scheme: Any, language: str
) -> None:
    """axe finds nothing, nothing has to be scrolled sideways (320 px is 1280 at 400 %), and each has one heading.

    No template is left out: those that only a form leads to are made by it, in one language; it is looked at in both
    schemes, narrow and wide.
    """
    made = set[str]()
    page_of = Pages.page

    def noted(self: Pages, request: Any, template: str, **values: Any) -> Any:
        made.add(template)
        return page_of(self, request, template, **values)

    monkeypatch.setattr(Pages, "page", noted)
    with serving(desk.app) as address:
        size = {"width": width, "height": 800}
        context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # no half colours
        context.set_default_timeout(60_000)
        token = people.open_session(desk.kb.parts, desk.person("administrator", settings={"language": language}))
        context.add_cookies([{"name": COOKIE, "value": token, "url": f"{address}/desk"}])
        page = context.new_page()
        wrong: list[str] = []
        opened = set[str]()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if "policy" in told.text.lower() else None)
        page.on("request", lambda sent: wrong.append(sent.url) if "//127.0.0.1:" not in sent.url else None)
        for path in (each for group in addresses(desk).values() for each in group):
            where, _, key = path.partition(" ")
            if key == "+":
                page.evaluate(UNFOLD)
                assert_fine(page, path)
            elif key:
                page.locator(f"[popovertarget={key[1:]}]").click() if key[1:] else page.keyboard.press(key)
                page.locator(PANEL).wait_for()
                assert_fine(page, path, PANEL if key in opened else "")  # of each kind once, with the page behind it
                opened.add(key)
                page.keyboard.press("Escape")
            else:
                page.goto(f"{address}{where}{'&' if '?' in where else '?'}lang={language}")
                assert_fine(page, path)
        for name, make in FORMS.items() if language == "de" else ():
            make(page, f"{address}/desk", desk, f"lang={language}")
            assert_fine_everywhere(page, name)
        page.goto(f"{address}/flag?article={english(desk).id}&lang={language}")
        assert_fine(page, "flag")
        page.evaluate("document.querySelector('h1').style = 'color: #777; background: #888'")
        assert [each["id"] for each in looked_at(page).response["violations"]] == ["color-contrast"]
        context.close()
        assert wrong == []
    own = {each.removeprefix("desk/") for each in made if each.startswith("desk/")}
    listed = {Path(each).name for each in resources.listing("site/templates/web/desk")}
    assert language == "en" or own >= listed - PARTS


def looked_at(page: Page, within: str = "") -> Any:
    from axe_playwright_python.base import AXE_SCRIPT, AxeResults

    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return AxeResults(page.evaluate(LOOK, within))


def assert_fine(page: Page, name: str, within: str = "") -> None:
    found = looked_at(page, within)
    assert found.response["passes"], name
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert found.response["beyond"] <= 0, name
    assert found.response["headings"] == [1, 1], name


def assert_fine_everywhere(page: Page, name: str) -> None:
    """Wide and light, then narrow and dark, as the page is left."""
    sizes: list[tuple[int, Literal["light", "dark"]]] = [(1280, "light"), (320, "dark")]
    for width, scheme in sizes:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert_fine(page, f"{name}, {scheme}")


def two_at_once(page: Page, at: str, desk: Desk, query: str) -> None:
    article = english(desk)
    page.goto(f"{at}/articles/{article.id}/edit?{query}")
    desk.kb.edit(article.id, editor="Bea", body=f"{article.body}\n\nMind the gap.")
    page.locator("input[name=title]").fill("Mine")
    page.locator("textarea[name=body]").press("Control+Enter")
    page.get_by_text("Mind the gap.").first.wait_for()


def nothing_named(page: Page, at: str, _: Desk, query: str) -> None:
    page.goto(f"{at}/nominate?{query}")
    page.locator("main input[name=address]").fill("https://elsewhere.example/t/1")
    page.locator("main input[name=address]").press("Enter")
    page.get_by_role("alert").wait_for()


def a_reply(page: Page, at: str, desk: Desk, query: str) -> None:
    page.goto(f"{at}/answer?{query}")
    page.locator("#message").fill(english(desk).title)
    page.locator("main button[type=submit]").click()
    page.locator("article.card").first.wait_for()


def brought_in(page: Page, at: str, _: Desk, query: str) -> None:
    page.goto(f"{at}/bring?{query}")
    page.locator("#files").set_input_files({"name": "a.md", "mimeType": "text/markdown", "buffer": b"# New\n\nYes."})
    page.locator("main button[type=submit]").click()
    page.locator("#brought-head").wait_for()


def not_brought_in(page: Page, at: str, _: Desk, query: str) -> None:
    page.goto(f"{at}/bring?{query}")
    page.locator("#files").set_input_files({"name": "a.md", "mimeType": "text/markdown", "buffer": b"no title"})
    page.locator("main button[type=submit]").click()
    page.get_by_role("alert").wait_for()


def decided(page: Page, at: str, desk: Desk, query: str) -> None:
    page.goto(f"{at}/candidates/{waiting(desk)}?{query}")
    page.keyboard.press("a")
    page.wait_for_url("**done=approved*")


def a_place_that_is_not(page: Page, at: str, _: Desk, query: str) -> None:
    page.goto(f"{at}/articles/none?{query}")


def too_late(page: Page, at: str, desk: Desk, query: str) -> None:
    lineage = waiting(desk)
    page.goto(f"{at}/candidates/{lineage}?{query}")
    page.keyboard.press("r")
    page.locator("#reject:popover-open [name=reason]").fill("Nobody asks")
    desk.kb.reject(lineage, editor="Bea", reason="too thin")
    page.keyboard.press("Enter")
    page.locator("main [name=reason]").wait_for()


def a_session_that_ended(page: Page, at: str, desk: Desk, query: str) -> None:
    """Told on the page that is written on; what another form sends is held."""
    article, person = english(desk), desk.person("administrator")
    page.goto(f"{at}/articles/{article.id}/edit?{query}")
    desk.kb.parts.people.end_sessions(person.id)
    page.locator("[name=title]").press("Control+Enter")
    page.locator("#ended").wait_for()
    assert_fine_everywhere(page, "told in place")
    page.context.add_cookies([{"name": COOKIE, "value": people.open_session(desk.kb.parts, person), "url": at}])
    page.goto(f"{at}/articles/{article.id}?{query}")
    page.locator("[popovertarget=rename]").click()
    desk.kb.parts.people.end_sessions(person.id)
    page.locator("#slug").press("Enter")
    page.locator("main [name=slug]").wait_for()


def a_first_password(page: Page, at: str, desk: Desk, query: str) -> None:
    added = people.add(desk.kb.parts, "new@example.org", "New", ["editor"])
    assert added.password != PASSWORD
    page.context.clear_cookies()
    page.goto(f"{at}/sign-in?{query}")
    page.locator("input[name=mail]").fill("new@example.org")
    page.locator("input[name=password]").fill("wrong")
    page.locator("input[name=password]").press("Enter")
    page.get_by_role("alert").wait_for()
    assert_fine_everywhere(page, "a wrong password")
    page.locator("input[name=mail]").fill("new@example.org")
    page.locator("input[name=password]").fill(added.password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/account**")


FORMS: dict[str, Callable[[Page, str, Desk, str], None]] = {
    "two at once": two_at_once,
    "nothing named": nothing_named,
    "a reply": a_reply,
    "brought in": brought_in,
    "not brought in": not_brought_in,
    "decided": decided,
    "a place that is not": a_place_that_is_not,
    "too late": too_late,
    "a session that ended": a_session_that_ended,
    "a first password": a_first_password,
}
"""Pages that a form leads to; the last one signs somebody else in."""
