"""The examples for programs run as they stand: curl, Python and a page's script."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import prepared
import pytest
from at_desk import serving

from kbuilder.records import Draft
from kbuilder.store.askers import Askers
from kbuilder.web.app import create_app
from kbuilder.workspace import events, tokens
from kbuilder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = Path(__file__).parents[1] / "docs/how-to/suggest-from-a-program.md"
WRITTEN = "http://127.0.0.1:8000"
SECRET = "0123456789abcdef0123456789abcdef"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The example, with every draft approved, so that its question has its answer."""
    made = prepared.example(tmp_path_factory)
    for item in [each for each in made.queue() if isinstance(made.draft(each.lineage), Draft)]:
        made.approve(item.lineage, editor="ada")
    made.publish()
    return made


@pytest.fixture(scope="module")
def address(kb: Workspace) -> Iterator[str]:
    with serving(create_app(kb)) as found:
        yield found


def test_curl(kb: Workspace, address: str) -> None:
    """Suggestions, and events that are kept."""
    asks, tells = (each.replace(WRITTEN, address) for each in blocks("sh"))
    assert '"title"' in subprocess.run(["bash", "-c", asks], capture_output=True, text=True, check=True).stdout
    told = subprocess.run(["bash", "-c", tells], capture_output=True, text=True, check=True).stdout
    assert told == '{"taken":2}'
    while events.spool(kb.parts).waiting():  # they are on disk now, and move on by themselves
        time.sleep(0.05)
    assert {"opened", "helped"} <= {each.kind for each in Askers(kb.parts.database).events()}


def thread_alone(kb: Workspace) -> str:
    """A title that a solved thread answers, and no article."""
    titles = (each.title for each in kb.parts.database.threads() if each.solved_question)
    return next(title for title in titles if [each.reviewed for each in kb.suggest(title)[:1]] == [False])


def test_python(
    kb: Workspace, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Suggestions, whole answers of both kinds, a token that holds, and a reply."""
    monkeypatch.setenv("KBUILDER_SECRET", SECRET)
    asks, opens, signs, replies = (each.replace(WRITTEN, address) for each in blocks("python"))
    exec(asks, {})
    assert re.match(r"0\.\d+ .+", capsys.readouterr().out)
    for title in ("Pace no longer syncs with the Move app", thread_alone(kb)):
        exec(opens.replace("where do i find the wifi password", title), {})
        assert re.match(r"<\w+", told := capsys.readouterr().out)
        assert ("CC BY-SA 4.0" in told) == (title == thread_alone(kb))
    made: dict[str, str] = {}
    exec(signs, made)
    config = kb.parts.config().model_copy(update={"audience": {"partner": kb.parts.config().audience["public"]}})
    assert tokens.reader(made["token"], {"KBUILDER_SECRET": SECRET}, config) == tokens.Reader("partner", "m-4711")
    exec(replies, {})
    assert "/en/" in capsys.readouterr().out


@pytest.mark.browser
def test_javascript(address: str, browser: Browser) -> None:
    """A script of a page of the same host."""
    page = browser.new_page()
    page.goto(address + "/ask")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    (script,) = (each.replace(WRITTEN, address) for each in blocks("js"))
    page.evaluate(f"(async () => {{ {script} }})()")
    page.close()
    assert said
    assert len(said[0]) > len("[]")
