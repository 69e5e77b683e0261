"""Is a published site in order?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from trees import knowledge_base

from kbuilder import publish

PAGE = "en/reset-router/index.html"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return publish.publish(knowledge_base(), tmp_path / "site").folder


def found(site: Path) -> list[str]:
    """What is wrong, as a person reads it."""
    return [f"{each.place}: {each.message.format(**each.values)}" for each in publish.examine(knowledge_base(), site)]


def test_what_is_published_is_in_order(site: Path) -> None:
    """No fault on any page."""
    assert found(site) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('href="../restart-router/#restart"', 'href="../nowhere/"', "the link ../nowhere/ leads nowhere"),
        ("restart-router/#restart", "restart-router/#gone", "restart-router/#gone names a place that is not there"),
        ('alt="The reset button beside the power socket"', 'alt=""', "reset.png has no description"),
        ('media/reset.png"', 'media/gone.png"', "media/gone.png is not there"),
        ('href="../../static/style.css"', 'href="../../static/gone.css"', "../../static/gone.css leads nowhere"),
        ("<h1>How do I reset my Larkspan Hub?</h1>", "<p>No heading</p>", "the page has 0 main headings"),
        ('<h2 id="alternatives">Alternatives</h2>', '<h4 id="alternatives">A</h4>', "a heading of level 4 follows"),
        ('id="alternatives"', 'id="reset-it"', "the name “reset-it” stands on two elements"),
        ("</article>", "</section>", "this is no proper HTML"),
        ('<html lang="en">', "<html>", "the page does not say which language it is in"),
        ('href="../../static/icon.svg"', 'href="https://x.example/i.svg"', "is loaded from another host"),
        ("</article>", "<p>" + "".join(map(str, range(20_000))) + "</p></article>", "the page weighs"),
        ("</article>", "<p>PARTNERCANARY price list</p></article>", "something of articles/en/pa/partner-secret.md"),
    ],
)
def test_each_fault_is_found(site: Path, old: str, new: str, expected: str) -> None:
    """And named with its page."""
    page = site / PAGE
    html = page.read_text("utf-8")
    assert old in html
    page.unlink()  # the twin has the same file
    page.write_text(html.replace(old, new, 1), "utf-8")
    assert any(each.startswith(f"{PAGE}: ") and expected in each for each in found(site)), found(site)


def test_what_other_hosts_have_is_no_fault(site: Path) -> None:
    """Their pages and the places in them are not the site's."""
    page = site / PAGE
    html = page.read_text("utf-8")
    page.unlink()
    page.write_text(html.replace("</article>", '<a href="https://x.example/#!/there">x</a></article>'), "utf-8")
    assert found(site) == []


def test_a_canary_is_found_in_what_is_compressed(site: Path) -> None:
    """The search index is looked into as well."""
    import gzip

    (site / "pagefind/en/0/fragment/x.pf_fragment").write_bytes(gzip.compress(b"..PARTNERCANARY price list.."))
    assert any("x.pf_fragment" in each for each in found(site))


def test_the_command_checks_the_pages_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A theme without a main heading fails the check."""
    from typer.testing import CliRunner

    from kbuilder import Workspace
    from kbuilder.cli.app import app

    kb = Workspace.create(tmp_path / "kb", recipe="small")
    run: Callable[..., object] = CliRunner().invoke
    assert run(app, ["-C", str(kb.root), "publish", "--check"]).exit_code == 0  # type: ignore[attr-defined]
    theme = {"site/templates/home.html": b"<!doctype html><html lang=en><title>x</title><p>x</p></html>"}
    kb.parts.repository.commit(kb.parts.head(), theme, "A theme", "ada", "2026-01-01T00:00:00Z")
    result = run(app, ["-C", str(kb.root), "publish", "--check"])
    assert result.exit_code == 1  # type: ignore[attr-defined]
    assert "0 main headings" in result.output  # type: ignore[attr-defined]
