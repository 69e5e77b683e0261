"""Which file of the site an address means."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.web.preview import find, media_type, rule


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    root = folder / "public"
    for path in ("index.html", "en/index.html", "en/wi fi/index.html", "static/style.css", ".hidden/index.html"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    (folder / "secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(folder / "secret.txt")
    (root / "inside.txt").symlink_to(root / "index.html")
    return root


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/", "index.html"),
        ("/en/", "en/index.html"),
        ("/en/index.html", "en/index.html"),
        ("/en/wi fi/", "en/wi fi/index.html"),
        ("/static/style.css", "static/style.css"),
        ("/inside.txt", "inside.txt"),
    ],
)
def test_an_address_means_a_file(site: Path, path: str, file: str) -> None:
    """Files by name, folders by their index.html."""
    assert find(site, path) == site / file


def test_a_folder_without_its_slash_is_sent_on(site: Path) -> None:
    """Relative links hold only below the address with the slash."""
    assert find(site, "/en") == "/en/"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/static/",
        "/static",
        "/static/style.css/",
        "/../secret.txt",
        "/en/../../secret.txt",
        "/..\\secret.txt",
        "//en",
        "/en//",
        "/./en/",
        "/.hidden/",
        "/link.txt",
        "/en/\0",
        "/C:/x",
    ],
)
def test_nothing_else_is_found(site: Path, path: str) -> None:
    """Neither what is not there, nor what is hidden, nor anything outside of the site."""
    assert find(site, path) == ""


@given(path=st.text() | st.text(min_size=250, alphabet="aä/").map(lambda text: text * 20))
def test_any_address_is_answered(site: Path, path: str) -> None:
    """No text is an error: too long for a file system, with control characters, with half characters."""
    assert isinstance(find(site, "/" + path), Path | str)


@given(parts=st.lists(st.sampled_from(["..", ".", "", "en", "secret.txt", "link.txt", "\\", "public", "%2e%2e"])))
def test_no_address_leaves_the_site(site: Path, parts: list[str]) -> None:
    """Whatever its parts are; and an address to go to is one of this host."""
    found = find(site, "/" + "/".join(parts))
    if isinstance(found, Path):
        assert found.resolve().is_relative_to(site)
    else:
        assert not found.startswith(("//", "/\\"))


def test_moved_and_withdrawn_articles(tmp_path: Path) -> None:
    """The list that the site carries for web servers holds in the preview too."""
    (tmp_path / "_redirects").write_text("/en/old/ /en/new/ 301\n/en/gone/ /en/gone/index.html 410\n")
    assert rule(tmp_path, "/en/old/") == ("/en/new/", 301)
    assert rule(tmp_path, "/en/gone/") == ("/en/gone/", 410)
    assert rule(tmp_path, "/en/new/") == ("/en/new/", 200)
    assert rule(tmp_path / "nowhere", "/en/") == ("/en/", 200)


def test_a_site_that_was_never_written_has_no_file(tmp_path: Path) -> None:
    """Before the first publish."""
    assert find(tmp_path / "public", "/") == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pagefind.js", "text/javascript"),
        ("wasm.en.wasm", "application/wasm"),
        ("wasm.en.pagefind", "application/octet-stream"),
        ("icon.SVG", "image/svg+xml"),
        ("photo.jpg", "image/jpeg"),
        ("_redirects", "application/octet-stream"),
    ],
)
def test_media_types_do_not_depend_on_the_machine(name: str, expected: str) -> None:
    """Those that a browser is strict about are listed here."""
    assert media_type(name) == expected
