"""Where things stand on the site."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from trees import RESET_DE, RESET_EN, RESTART_EN

from kbuilder.publish.addresses import Addresses, distinct, relative
from kbuilder.text import slug

PATHS = st.lists(st.sampled_from(["en", "de", "-", "topics", "a"]), max_size=4).map("/".join)


@given(PATHS, PATHS)
@settings(max_examples=80)
def test_relative_links_lead_where_they_should(target: str, page: str) -> None:
    """Joined to the page's folder they give the target, whatever the prefix."""
    folder = f"{target}/" if target else ""
    link = relative(folder, f"{page}/index.html".lstrip("/"))
    joined = posixpath.normpath(posixpath.join("/prefix", page, link))
    assert joined == posixpath.normpath(f"/prefix/{target}")
    assert link.endswith("/")


@given(st.lists(st.text(max_size=6), max_size=8))
@settings(max_examples=80)
def test_no_two_names_share_an_address(names: list[str]) -> None:
    """Each is a slug, and the same in any order."""
    found = distinct(names)
    assert len(set(found.values())) == len(set(names))
    assert all(value == slug(value) for value in found.values())
    assert found == distinct(reversed(names))


def test_links_may_name_what_an_article_was_called_before() -> None:
    """Its page or its file, in another language too; a name that another article has now is that one's."""
    renamed = replace(RESTART_EN, redirects=("power-cycle", "de/neustart", "reset-router", "../x"))
    addresses = Addresses.of([RESET_EN, renamed, RESET_DE])
    file = "articles/en/re/reset-router.md"
    assert addresses.resolve("/en/power-cycle/#do", file) == "en/restart-router/#do"
    assert addresses.resolve("../po/power-cycle.md", file) == "en/restart-router/"
    assert addresses.resolve("/de/neustart/", file) == "en/restart-router/"
    assert addresses.resolve("/en/reset-router/", file) == "en/reset-router/"
    assert addresses.resolve("/en/x/", file) is None


def test_links_between_articles_may_name_the_file_or_the_page() -> None:
    """So that they work in the repository too."""
    addresses = Addresses.of([RESET_EN, RESTART_EN, RESET_DE])
    file = "articles/en/re/reset-router.md"
    assert addresses.resolve("restart-router.md", file) == "en/restart-router/"
    assert addresses.resolve("../../de/ro/router-zuruecksetzen.md#x", file) == "de/router-zuruecksetzen/#x"
    assert addresses.resolve("/en/restart-router/", file) == "en/restart-router/"
    assert addresses.resolve("missing.md", file) is None
    assert addresses.resolve("#part", file) == "#part"
    assert addresses.resolve("https://a.example/", file) == "https://a.example/"
    assert addresses.resolve("javascript:alert(1)", file) is None
